"""What was sent and which files are through: on disk before and after each transaction, so that a crash is no doubt.

A batch is written down before it goes to Kafka, with the number that goes along in the transaction. What a crash
leaves open is settled by asking Kafka which number it has: that one and the state here become true together.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from connectors.stations.files import Found, Signature
from ioc.stations import Key

_VERSION: Final = 1
_TABLES: Final = (
    (
        "CREATE TABLE sent (station TEXT, at_s INTEGER, metrics TEXT NOT NULL, noted_s INTEGER NOT NULL,"
        " PRIMARY KEY (station, at_s)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE handled (path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,"
        " inode INTEGER NOT NULL, shelf BLOB NOT NULL, noted_s INTEGER NOT NULL) WITHOUT ROWID"
    ),
    "CREATE TABLE pending (number INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE self (name TEXT NOT NULL, number INTEGER NOT NULL)",
)
"""``sent`` has a row per station and time: its quantities come together, so that sixty days of them stay small."""


class LedgerError(Exception):
    """The file is none of ours, or damaged; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A file that is through.

    Attributes:
        signature: As it was when it was read; with another one it is read again.
        shelf: Where it will go.
        noted_s: When, Unix seconds.

    """

    signature: Signature
    shelf: str
    noted_s: int


class Ledger:
    """One file of SQLite; one process at a time.

    Args:
        path: The file; made if it is not there.

    Raises:
        LedgerError: it cannot be used.

    """

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._make()
            elif version != _VERSION:
                raise LedgerError(f"{path} was written by another version of this program")
            self.name: str = self._db.execute("SELECT name FROM self").fetchone()[0]
            self._marks = {
                os.fsdecode(row[0]): Mark(Signature(*row[1:4]), os.fsdecode(row[4]), row[5])
                for row in self._db.execute("SELECT path, size, mtime_ns, inode, shelf, noted_s FROM handled")
            }
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{path} cannot be used ({error}); move it away to begin anew") from None

    def _make(self) -> None:
        with self._transaction():
            for table in _TABLES:
                self._db.execute(table)
            self._db.execute("INSERT INTO self VALUES (?, 0)", (secrets.token_hex(8),))
            self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def mark(self, path: str) -> Mark | None:
        """What is known of a file."""
        return self._marks.get(path)

    def marks(self) -> dict[str, Mark]:
        """All files that are through and have not been moved away."""
        return dict(self._marks)

    def known(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these were sent."""
        asked: dict[tuple[str, int], set[str]] = defaultdict(set)
        for key in keys:
            asked[key.station, key.at_s].add(key.metric)
        found: set[Key] = set()
        for (station, at_s), metrics in asked.items():
            found |= {Key(station, at_s, metric) for metric in metrics & self._sent(station, at_s)}
        return found

    def begin(self, keys: Sequence[Key], files: Sequence[tuple[Found, str]], now_s: int) -> int:
        """Write down what is about to be sent, and where its files go; returns the batch's number."""
        content = orjson.dumps(
            {
                "keys": [list(key) for key in keys],
                "files": [
                    [os.fsencode(file.path).hex(), file.signature, os.fsencode(shelf).hex()] for file, shelf in files
                ],
                "now_s": now_s,
            }
        )
        with self._transaction():
            self._db.execute("UPDATE self SET number = number + 1")
            number: int = self._db.execute("SELECT number FROM self").fetchone()[0]
            self._db.execute("INSERT INTO pending VALUES (?, ?)", (number, content))
        return number

    def pending(self) -> int | None:
        """Number of a batch of which it is not known here whether Kafka has it."""
        row = self._db.execute("SELECT number FROM pending").fetchone()
        return row[0] if row else None

    def finish(self, number: int) -> None:
        """Kafka has the batch: its readings are sent and its files through."""
        row = self._db.execute("SELECT content FROM pending WHERE number = ?", (number,)).fetchone()
        content = orjson.loads(row[0])
        by_row: dict[tuple[str, int], set[str]] = defaultdict(set)
        for station, at_s, metric in content["keys"]:
            by_row[station, at_s].add(metric)
        now_s = content["now_s"]
        marks: dict[str, Mark] = {}
        with self._transaction():
            for (station, at_s), metrics in by_row.items():
                everything = "\n".join(sorted(metrics | self._sent(station, at_s)))
                self._db.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)", (station, at_s, everything, now_s))
            for path_hex, signature, shelf_hex in content["files"]:
                path, shelf = bytes.fromhex(path_hex), bytes.fromhex(shelf_hex)
                mark = Mark(Signature(**signature), os.fsdecode(shelf), now_s)
                marks[os.fsdecode(path)] = mark
                row = (path, mark.signature.size, mark.signature.mtime_ns, mark.signature.inode, shelf, now_s)
                self._db.execute("INSERT OR REPLACE INTO handled VALUES (?, ?, ?, ?, ?, ?)", row)
            self._db.execute("DELETE FROM pending WHERE number = ?", (number,))
        self._marks |= marks

    def abandon(self, number: int) -> None:
        """Kafka has nothing of the batch: its files will be read again."""
        self._db.execute("DELETE FROM pending WHERE number = ?", (number,))

    def forget(self, paths: Iterable[str]) -> None:
        """The files are no longer in the folder."""
        gone = list(paths)
        if not gone:
            return
        with self._transaction():
            self._db.executemany("DELETE FROM handled WHERE path = ?", [(os.fsencode(path),) for path in gone])
        for path in gone:
            self._marks.pop(path, None)

    def prune(self, before_s: int) -> int:
        """Forget readings that were sent before; how many rows."""
        return self._db.execute("DELETE FROM sent WHERE noted_s < ?", (before_s,)).rowcount

    def _sent(self, station: str, at_s: int) -> set[str]:
        row = self._db.execute("SELECT metrics FROM sent WHERE station = ? AND at_s = ?", (station, at_s)).fetchone()
        return set(row[0].split("\n")) if row else set()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
