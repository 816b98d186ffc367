"""The outbox: what has to be sent to whom, with how far the topics are read, in one file of SQLite.

An alert is written down for every subscription that takes it in the transaction that moves the positions, under its
place in Kafka: reading it again changes nothing. Several that go out together are bound to one message before it is
sent for the first time, so that whatever happens the same message has the same id and content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from ioc.notify import Notice, notice_of

State = Literal["waiting", "sent", "dead", "dropped"]
Partition = tuple[str, int]

FILE: Final = "notify.db"
_VERSION: Final = 1
_BUSY_MS: Final = 5_000
_TABLES: Final = (
    (
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, subscription TEXT NOT NULL, topic TEXT NOT NULL,"
        " partition INTEGER NOT NULL, place INTEGER NOT NULL, severity TEXT NOT NULL, document BLOB NOT NULL,"
        " taken_s REAL NOT NULL, state TEXT NOT NULL, message TEXT, ended_s REAL, reason TEXT,"
        " UNIQUE (subscription, topic, partition, place))"
    ),
    "CREATE INDEX entries_open ON entries (subscription, id) WHERE state = 'waiting'",
    "CREATE INDEX entries_ended ON entries (ended_s) WHERE ended_s IS NOT NULL",
    (
        "CREATE TABLE messages (id TEXT PRIMARY KEY, subscription TEXT NOT NULL, attempts INTEGER NOT NULL,"
        " next_s REAL NOT NULL, begun_s REAL NOT NULL, reason TEXT) WITHOUT ROWID"
    ),
    "CREATE TABLE sent (subscription TEXT NOT NULL, at_s REAL NOT NULL)",
    "CREATE INDEX sent_at ON sent (subscription, at_s)",
    (
        "CREATE TABLE positions (topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL,"
        " PRIMARY KEY (topic, partition)) WITHOUT ROWID"
    ),
)
_ENTRIES: Final = (
    "SELECT id, subscription, topic, partition, place, document, severity, taken_s, state, reason FROM entries"
)


class OutboxError(Exception):
    """The file is none of ours, or damaged; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert that waits for a subscription, or did."""

    id: int
    subscription: str
    notice: Notice
    severity: str
    taken: datetime
    state: State = "waiting"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Entries that go out together.

    Attributes:
        id: The same at every attempt.
        attempts: How often it was tried.
        next: When it is tried again.
        begun: When it was put together.

    """

    id: str
    attempts: int
    next: datetime
    begun: datetime


class Outbox:
    """One file; one process sends from it, others may look and ask for a replay.

    Args:
        path: The file; made, readable by its owner alone, if it is not there.

    Raises:
        OutboxError: it cannot be used.

    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                with self._transaction():
                    for table in _TABLES:
                        self._db.execute(table)
                    self._db.execute(f"PRAGMA user_version={_VERSION}")
            elif version != _VERSION:
                raise OutboxError(f"{path} was written by another version of this program")
        except (sqlite3.DatabaseError, OSError) as error:
            raise OutboxError(f"{path} cannot be used ({error}); move it away to begin anew") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ---- from the topics --------------------------------------------------------------------------------------

    def positions(self) -> dict[Partition, int]:
        """Offset that is read next of each partition; empty: nothing was ever read."""
        rows = self._db.execute("SELECT topic, partition, next_offset FROM positions")
        return {(topic, partition): offset for topic, partition, offset in rows}

    def take(
        self, entries: Iterable[tuple[str, Notice, bytes]], positions: Mapping[Partition, int], now: datetime
    ) -> int:
        """Write alerts down for their subscriptions, and how far that goes; returns how many were new."""
        added = 0
        with self._transaction():
            for subscription, notice, document in entries:
                added += self._db.execute(
                    "INSERT INTO entries (subscription, topic, partition, place, severity, document, taken_s, state)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT DO NOTHING",
                    (
                        subscription, notice.topic, notice.partition, notice.offset, notice.text("severity"), document,
                        now.timestamp(),
                    ),
                ).rowcount  # fmt: skip
            self._db.executemany(
                "INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET"
                " next_offset = excluded.next_offset",
                [(*partition, offset) for partition, offset in positions.items()],
            )
        return added

    # ---- to the sinks -----------------------------------------------------------------------------------------

    def begun(self, subscription: str) -> Message | None:
        """The message that is on its way: it is brought to its end before another one begins."""
        row = self._db.execute(
            "SELECT id, attempts, next_s, begun_s FROM messages WHERE subscription = ? ORDER BY begun_s LIMIT 1",
            (subscription,),
        ).fetchone()
        return None if row is None else Message(row[0], row[1], _time(row[2]), _time(row[3]))

    def of_message(self, message: Message) -> list[Entry]:
        """What a message tells, in order."""
        return self._entries(f"{_ENTRIES} WHERE message = ? AND state = 'waiting' ORDER BY id", (message.id,))

    def waiting(self, subscription: str, most: int) -> list[Entry]:
        """What waits for a subscription and is of no message yet, in the order of arrival."""
        return self._entries(
            f"{_ENTRIES} WHERE subscription = ? AND state = 'waiting' AND message IS NULL ORDER BY id LIMIT ?",
            (subscription, most),
        )

    def bind(self, entries: Sequence[Entry], now: datetime) -> Message:
        """Put entries into one message."""
        first = entries[0]
        message = Message(f"{first.subscription}:{first.notice.place}", 0, now, now)
        with self._transaction():
            self._db.execute(
                "INSERT INTO messages VALUES (?, ?, 0, ?, ?, NULL)",
                (message.id, first.subscription, now.timestamp(), now.timestamp()),
            )
            self._db.executemany(
                "UPDATE entries SET message = ? WHERE id = ?", [(message.id, entry.id) for entry in entries]
            )
        return message

    def done(self, message: Message, subscription: str, now: datetime) -> None:
        """The message was taken by its receiver."""
        with self._transaction():
            self._end(message, "sent", "", now)
            self._db.execute("INSERT INTO sent VALUES (?, ?)", (subscription, now.timestamp()))

    def failed(self, message: Message, reason: str, again: datetime) -> None:
        """The message was not taken; it is tried again."""
        with self._transaction():
            self._db.execute(
                "UPDATE messages SET attempts = attempts + 1, next_s = ?, reason = ? WHERE id = ?",
                (again.timestamp(), reason, message.id),
            )

    def bury(self, message: Message, reason: str, now: datetime) -> None:
        """The message is given up: its entries are dead until somebody asks for a replay."""
        with self._transaction():
            self._end(message, "dead", reason, now)

    def _end(self, message: Message, state: State, reason: str, now: datetime) -> None:
        self._db.execute(
            "UPDATE entries SET state = ?, reason = ?, ended_s = ? WHERE message = ? AND state = 'waiting'",
            (state, reason, now.timestamp(), message.id),
        )
        self._db.execute("DELETE FROM messages WHERE id = ?", (message.id,))

    def drop(self, kept: Iterable[str], now: datetime) -> dict[str, int]:
        """End what waits for subscriptions that are no more; returns how many, by their names."""
        names = {
            row[0] for row in self._db.execute("SELECT DISTINCT subscription FROM entries WHERE state = 'waiting'")
        }
        found: dict[str, int] = {}
        for name in sorted(names - {*kept}):
            with self._transaction():
                found[name] = self._db.execute(
                    "UPDATE entries SET state = 'dropped', reason = 'the subscription was taken away', ended_s = ?"
                    " WHERE subscription = ? AND state = 'waiting'",
                    (now.timestamp(), name),
                ).rowcount
                self._db.execute("DELETE FROM messages WHERE subscription = ?", (name,))
        return found

    def sent_since(self, subscription: str, since: datetime) -> list[datetime]:
        """When messages went out, oldest first."""
        rows = self._db.execute(
            "SELECT at_s FROM sent WHERE subscription = ? AND at_s > ? ORDER BY at_s",
            (subscription, since.timestamp()),
        )
        return [_time(row[0]) for row in rows]

    # ---- for people -------------------------------------------------------------------------------------------

    def counts(self) -> dict[tuple[str, State], int]:
        """Entries by subscription and state."""
        rows = self._db.execute("SELECT subscription, state, count(*) FROM entries GROUP BY 1, 2")
        return {(name, state): count for name, state, count in rows}

    def open(self) -> dict[str, tuple[int, datetime]]:
        """How many entries wait for each subscription, and when the oldest was taken; what is over is not looked at."""
        rows = self._db.execute(
            "SELECT subscription, count(*), min(taken_s) FROM entries WHERE state = 'waiting' GROUP BY 1"
        )
        return {name: (count, _time(taken)) for name, count, taken in rows}

    def listed(self, state: State, subscription: str | None, most: int) -> list[Entry]:
        """The newest entries of a state, the newest first."""
        return self._entries(
            f"{_ENTRIES} WHERE state = ? AND subscription = coalesce(?, subscription) ORDER BY id DESC LIMIT ?",
            (state, subscription, most),
        )

    def replay(self, subscription: str | None, entry: int | None, now: datetime) -> int:
        """Let dead entries wait again, under new messages; returns how many."""
        with self._transaction():
            return self._db.execute(
                "UPDATE entries SET state = 'waiting', message = NULL, reason = NULL, ended_s = NULL, taken_s = ?"
                " WHERE state = 'dead' AND subscription = coalesce(?, subscription) AND id = coalesce(?, id)",
                (now.timestamp(), subscription, entry),
            ).rowcount

    def forget(self, sent_before: datetime, dead_before: datetime) -> int:
        """Remove what ended long ago; returns how many entries went."""
        with self._transaction():
            self._db.execute("DELETE FROM sent WHERE at_s < ?", (sent_before.timestamp(),))
            return self._db.execute(
                "DELETE FROM entries WHERE ended_s IS NOT NULL AND ended_s < CASE state WHEN 'dead' THEN ? ELSE ? END",
                (dead_before.timestamp(), sent_before.timestamp()),
            ).rowcount

    def _entries(self, query: str, values: tuple[object, ...]) -> list[Entry]:
        rows = self._db.execute(query, values)
        return [
            Entry(
                row[0], row[1], notice_of(row[2], row[3], row[4], row[5]), row[6], _time(row[7]), row[8], row[9] or ""
            )
            for row in rows
        ]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
