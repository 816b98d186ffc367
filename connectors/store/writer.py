"""One batch of records to rows and positions, in one transaction."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Table, delete
from sqlalchemy.exc import DBAPIError

from connectors.store import schema
from connectors.store.incidents import read_incident, remove_incidents, store_incidents
from connectors.store.positions import Partition, Place, advance
from connectors.store.quality import Told, read_health, store_quality
from connectors.store.records import Record, UnreadableError
from connectors.store.rows import (
    alert_row,
    answer_rows,
    audit_row,
    decision_row,
    receipt_row,
    signal_row,
    silence_row,
)
from connectors.store.shifts import shift_row
from connectors.store.states import StateTold, read_states, store_states
from connectors.store.telemetry import HourReader, store_hours
from connectors.store.upserts import Sink, chunks
from ioc import topics

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

OUTCOMES: Final = ("stored", "unreadable", "refused")
_REFUSED: Final = ("22", "23", "54")
"""Classes of SQLSTATE that speak of the values: bad data, broken constraint, limit exceeded."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read at once.

    Attributes:
        records: In the order of each partition.
        moves: Place before and after it, by partition.

    """

    records: Sequence[Record]
    moves: Mapping[Partition, tuple[Place, Place]]


@dataclass(slots=True)
class Written:
    """What a batch came to: records by topic and outcome, rows by table."""

    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


class Writer:
    """Writes batches.

    Args:
        engine: Of the database, whose transactions write.
        hours: Reads telemetry.

    """

    def __init__(self, engine: Engine, hours: HourReader) -> None:
        self._engine = engine
        self._hours = hours

    def write(self, batch: Batch) -> Written:
        """Write all of a batch or nothing.

        A record that the database refuses for what is in it is passed over, counted and said, and holds nothing up.

        Raises:
            FencedError: another writer has gone on from these positions.
            SQLAlchemyError: the database cannot be used now.

        """
        try:
            with self._engine.begin() as connection:
                advance(connection, batch.moves)
                return self._store(Sink(connection), batch.records, batch.moves)
        except DBAPIError as error:
            if not _is_refusal(error):
                raise
        return self._one_by_one(batch)

    def _one_by_one(self, batch: Batch) -> Written:
        written = Written()
        with self._engine.begin() as connection:
            advance(connection, batch.moves)
            for record in batch.records:
                try:
                    with connection.begin_nested():
                        one = self._store(Sink(connection), [record], batch.moves)
                except DBAPIError as error:
                    if not _is_refusal(error):
                        raise
                    written.records[record.topic, "refused"] += 1
                    _say("record_refused", record, type(error.orig).__name__)
                else:
                    written.records += one.records
                    written.rows += one.rows
        return written

    def _store(self, sink: Sink, records: Sequence[Record], moves: Mapping[Partition, tuple[Place, Place]]) -> Written:
        by_topic: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_topic[record.topic].append(record)
        written = Written(rows=sink.written)
        for topic, of_topic in by_topic.items():
            good = self._store_topic(sink, topic, of_topic, moves)
            written.records[topic, "stored"] = good
            written.records[topic, "unreadable"] = len(of_topic) - good
        return written

    def _store_topic(
        self, sink: Sink, topic: str, records: list[Record], moves: Mapping[Partition, tuple[Place, Place]]
    ) -> int:
        """Store the records of one topic; returns how many could be read."""
        if topic == topics.RAW["sensors"]:
            # What is no reading is answered for by intake, which has it in the dead letter topic.
            store_hours(sink, self._hours.read(records))
            return len(records)
        if topic == topics.INCIDENTS:
            states = [each for _, each in _newest(sink.connection, records, read_incident, remove_incidents)]
            store_incidents(sink, [state for state in states if state is not None])
            return len(states)
        if topic == topics.FEEDBACK:
            return self._store_answers(sink, records)
        if topic == topics.HEALTH:
            told = _read(records, _read_summary)
            generations = {number: place.generation for (name, number), (_, place) in moves.items() if name == topic}
            store_quality(sink, [row for rows, _ in told for row in rows], generations)
            store_states(sink, [row for _, rows in told for row in rows], generations)
            return len(told)
        if topic == topics.SILENCES:
            found = [each for _, each in _newest(sink.connection, records, silence_row, _remove_silences)]
            sink.put(schema.silences, [row for row in found if row is not None], ["silence_id"])
            return len(found)
        if topic == topics.SHIFTS:
            # An entry is never changed: the same id again, whatever it says, is the first one.
            entries = _read(records, shift_row)
            sink.add(schema.shift_entries, entries, ["entry_id"])
            return len(entries)
        table, key, read = _PLAIN.get(topic, _ALERTS)
        rows = _read(records, read)
        sink.put(table, rows, [key])
        return len(rows)

    @staticmethod
    def _store_answers(sink: Sink, records: list[Record]) -> int:
        found = [each for _, each in _newest(sink.connection, records, answer_rows, _remove_reports)]
        pairs = [pair for pair in found if pair is not None]
        sink.put_newer(
            schema.reports,
            [report for report, _ in pairs],
            ["source", "report_id"],
            by="updated_at",
            least="first_at",
            lasting=("category", "commune", "rating"),
        )
        sink.add(schema.answers, [answer for _, answer in pairs], ["source", "report_id", "answer_id"])
        return len(found)


_Plain: TypeAlias = tuple[Table, str, Callable[[Record], dict[str, Any]]]
_ALERTS: Final[_Plain] = (schema.alerts, "alert_id", alert_row)
_PLAIN: Final[dict[str, _Plain]] = {
    topics.SIGNALS: (schema.signals, "signal_id", signal_row),
    topics.DECISIONS: (schema.decisions, "decision_id", decision_row),
    topics.RECEIPTS: (schema.receipts, "receipt_id", receipt_row),
    topics.AUDIT: (schema.audit, "audit_id", audit_row),
}
"""Table, key, and what reads a record; every topic that is not named here is one of alerts."""


def _read_summary(record: Record) -> tuple[list[Told], list[StateTold]]:
    return read_health(record), read_states(record)


def _read(records: Sequence[Record], read: Callable[[Record], _T]) -> list[_T]:
    """What can be read; the rest is said."""
    found = []
    for record in records:
        try:
            found.append(read(record))
        except UnreadableError as error:
            _say("record_unreadable", record, str(error))
    return found


def _newest(
    connection: Connection,
    records: Sequence[Record],
    read: Callable[[Record], _T],
    remove: Callable[[Connection, Sequence[str]], None],
) -> list[tuple[str, _T | None]]:
    """What can be read of a compacted topic, after the removal of what a record without value removes.

    Returns:
        Key and content; without content for what was removed, and for what was removed later in the batch.

    """
    found: list[tuple[str, _T | None]] = []
    removed: set[str] = set()
    for record in records:
        if record.value is None:
            removed.add(record.name)
            found = [(name, None if name == record.name else each) for name, each in found]
            found.append((record.name, None))
            continue
        found += [(record.name, each) for each in _read([record], read)]
    if removed:
        remove(connection, sorted(removed))
    return found


def _remove_silences(connection: Connection, names: Sequence[str]) -> None:
    for part in chunks(names):
        connection.execute(delete(schema.silences).where(schema.silences.c.silence_id.in_(part)))


def _remove_reports(connection: Connection, names: Sequence[str]) -> None:
    """Keys are ids of reports alone: the same id of another source goes with it, as it does in the topic."""
    for part in chunks(names):
        for table in (schema.answers, schema.reports):
            connection.execute(delete(table).where(table.c.report_id.in_(part)))


def _is_refusal(error: DBAPIError) -> bool:
    """Whether it is about what was to be written, and not about the database."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in _REFUSED
    return type(error.orig).__name__ in {"IntegrityError", "DataError"}


def _say(event: str, record: Record, reason: str) -> None:
    """Say what was passed over: where it is, never what is in it."""
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    _log.warning(event, extra={**where, "reason": reason})
