"""How long rows are kept: by the day that each table goes by, deleted a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Table, delete, select, tuple_, update

from connectors.store import schema
from connectors.store.incidents import remove_incidents
from connectors.store.upserts import chunks
from ioc.settings import StoreSettings

BATCH: Final = 1_000
"""Rows of one transaction: writers wait for it."""

OVER: Final = ("closed", "resolved", "rejected", "duplicate")
"""An incident in another status is kept, however old it is."""
_KEEP_STATE_DAYS: Final = 30
"""What there is, is told again every few hours: what was not for so long, is there no more."""
_REREAD: Final = timedelta(days=8)
"""Beyond the allowance for late readings: so much older than that is nothing that Kafka may still have."""


def delete_old(engine: Engine, settings: StoreSettings, now: datetime) -> Iterator[tuple[str, int]]:
    """Delete what is old, a batch with every step, until nothing is.

    Yields:
        Table, and how many of its rows were deleted.

    """
    yield from _incidents(engine, now - timedelta(days=settings.keep_incident_days))
    for table, at, days in (
        (schema.signals, schema.signals.c.accepted_at, settings.keep_signal_days),
        (schema.alerts, schema.alerts.c.at, settings.keep_alert_days),
        (schema.decisions, schema.decisions.c.at, settings.keep_decision_days),
        (schema.receipts, schema.receipts.c.at, settings.keep_receipt_days),
        (schema.answers, schema.answers.c.at, settings.keep_report_days),
        (schema.reports, schema.reports.c.updated_at, settings.keep_report_days),
        (schema.audit, schema.audit.c.at, settings.keep_audit_days),
        (schema.shift_entries, schema.shift_entries.c.at, settings.keep_shift_days),
        (schema.telemetry_hours, schema.telemetry_hours.c.hour, settings.keep_telemetry_days),
        (schema.quality_windows, schema.quality_windows.c.noted_at, settings.keep_quality_days),
        (schema.states, schema.states.c.told_at, _KEEP_STATE_DAYS),
    ):
        yield from _rows(engine, table, at, now - timedelta(days=days))
    _seal(engine, now - timedelta(hours=settings.late_hours) - _REREAD)


def _incidents(engine: Engine, before: datetime) -> Iterator[tuple[str, int]]:
    table = schema.incidents
    old = select(table.c.incident_id).where(table.c.updated_at < before, table.c.status.in_(OVER)).limit(BATCH)
    while True:
        with engine.begin() as connection:
            names = list(connection.scalars(old))
            remove_incidents(connection, names)
        if not names:
            return
        yield str(table.name), len(names)


def _rows(engine: Engine, table: Table, at: Column[datetime], before: datetime) -> Iterator[tuple[str, int]]:
    key = list(table.primary_key.columns)
    while True:
        with engine.begin() as connection:
            count = _delete(connection, table, key, at, before)
        if not count:
            return
        yield str(table.name), count


def _delete(
    connection: Connection, table: Table, key: list[Column[Any]], at: Column[datetime], before: datetime
) -> int:
    old = [tuple(row) for row in connection.execute(select(*key).where(at < before).limit(BATCH))]
    for part in chunks(old, 200):
        connection.execute(delete(table).where(tuple_(*key).in_(part)))
    return len(old)


def _seal(engine: Engine, before: datetime) -> None:
    """Forget the moments of hours for which no reading can come any more; the hours themselves stay."""
    table = schema.telemetry_hours
    key = list(table.primary_key.columns)
    old = select(*key).where(table.c.hour < before, table.c.seen.is_not(None)).limit(BATCH)
    while True:
        with engine.begin() as connection:
            rows = [tuple(row) for row in connection.execute(old)]
            for part in chunks(rows, 200):
                connection.execute(update(table).where(tuple_(*key).in_(part)).values(seen=None))
        if not rows:
            return
