"""Shift logs of centres, and how things stand there now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, case, or_, select

from connectors.store import schema
from connectors.store.queries import OPEN, Row
from connectors.store.records import Body, Record
from connectors.store.upserts import chunks
from ioc.paging.silence import read_windows
from ioc.paging.windows import Windows
from ioc.shifts import GROUPS, MAX_LISTED, ShiftGroup
from ioc.vocabulary import SEVERITIES

_SILENCED: Final = ("silence", "silenced")
"""Kind and outcome of the decision that holds an incident's alert back."""


def shift_row(record: Record) -> dict[str, Any]:
    """Row of ``shift_entries``."""
    body = Body.of(record)
    return {
        "entry_id": body.text("entry_id"),
        "centre": body.text("centre"),
        "kind": body.text("kind"),
        "at": body.instant("at"),
        "document": record.document,
    }


def find_entries(
    connection: Connection,
    centre: str,
    *,
    since: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> Sequence[Row]:
    """A centre's log, the earliest first; ``after`` is ``(at, entry_id)`` of the last one of the page before."""
    table = schema.shift_entries
    conditions: list[ColumnElement[bool]] = [table.c.centre == centre]
    if since is not None:
        conditions.append(table.c.at >= since)
    if after is not None:
        at, name = after
        conditions.append(or_(table.c.at > at, (table.c.at == at) & (table.c.entry_id > name)))
    ordered = select(table).where(*conditions).order_by(table.c.at, table.c.entry_id).limit(limit)
    return connection.execute(ordered).mappings().all()


def last_handover(connection: Connection, centre: str) -> Row | None:
    """What was handed over last at a centre."""
    table = schema.shift_entries
    wanted = select(table).where(table.c.centre == centre, table.c.kind == "handover")
    return connection.execute(wanted.order_by(table.c.at.desc(), table.c.entry_id.desc()).limit(1)).mappings().first()


def standing(connection: Connection, centre: str, now: datetime, zone: tzinfo) -> dict[str, ShiftGroup]:
    """What is open at a centre now, by the groups of a handover; windows of silences are times of the zone."""
    table = schema.incidents
    rank = case({name: place for place, name in enumerate(SEVERITIES)}, value=table.c.severity, else_=len(SEVERITIES))
    columns = (table.c[name] for name in ("incident_id", "status", "overdue", "acknowledged_at"))
    open_now = select(*columns).where(table.c.centre == centre, table.c.status.in_(OPEN))
    rows = connection.execute(open_now.order_by(rank, table.c.opened_at, table.c.incident_id)).mappings().all()
    silenced = _silenced(connection, [row["incident_id"] for row in rows], now, zone)
    names = {
        "open": [row["incident_id"] for row in rows],
        "overdue": [row["incident_id"] for row in rows if row["overdue"]],
        "silenced": [row["incident_id"] for row in rows if row["incident_id"] in silenced],
        "unanswered": [row["incident_id"] for row in rows if _unanswered(row)],
    }
    return {name: _group(names[name]) for name in GROUPS}


def _unanswered(row: Row) -> bool:
    """Nobody has acknowledged it, or it waits for a citizen's answer."""
    return row["acknowledged_at"] is None or row["status"] == "needs_info"


def _group(names: Sequence[str]) -> ShiftGroup:
    return {"count": len(names), "incidents": [*names[:MAX_LISTED]]}


def _silenced(connection: Connection, names: Sequence[str], now: datetime, zone: tzinfo) -> set[str]:
    """Incidents of which the silence that held back an alert last is in force."""
    table = schema.decisions
    kind, outcome = _SILENCED
    found: dict[str, object] = {}
    for part in chunks(names):
        wanted = select(table.c.incident_id, table.c.document).where(
            table.c.incident_id.in_(part), table.c.kind == kind, table.c.outcome == outcome
        )
        for row in connection.execute(wanted.order_by(table.c.at, table.c.decision_id)).mappings():
            found[row["incident_id"]] = (orjson.loads(row["document"]).get("inputs") or {}).get("silence")
    in_force = _in_force(connection, now, zone) if found else frozenset()
    return {name for name, silence in found.items() if silence in in_force}


def _in_force(connection: Connection, now: datetime, zone: tzinfo) -> frozenset[str]:
    """Ids of silences that hold now."""
    rows = connection.execute(select(schema.silences)).mappings()
    return frozenset(row["silence_id"] for row in rows if _holds(Body.within(orjson.loads(row["document"])), now, zone))


def _holds(silence: Body, now: datetime, zone: tzinfo) -> bool:
    """Whether a silence is between its begin and its end, and within one of its windows if it has some."""
    try:
        lasts = silence.instant_or("ended_at") is None and silence.instant("starts_at") <= now < silence.instant(
            "ends_at"
        )
        return lasts and Windows(zone, read_windows(silence.fields.get("windows") or ())).hold(now)
    except ValueError:
        return False  # a record of a newer release: what it holds back cannot be told
