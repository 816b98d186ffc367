"""``ioc.health`` to how things are now: the state that was told last of each station, site, gate and device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select, tuple_

from connectors.store import schema
from connectors.store.queries import Row
from connectors.store.records import Body, Record
from connectors.store.upserts import Sink, chunks

_KEY: Final = ("of", "device", "part")
GONE: Final = ""
"""State of what is no longer known."""


@dataclass(frozen=True, slots=True)
class StateTold:
    """The state of one thing, and the record that told it."""

    of: str
    device: str
    part: str
    state: str
    figures: str
    lat: float | None
    lon: float | None
    at: datetime
    partition: int
    offset: int


def read_states(record: Record) -> list[StateTold]:
    """Read a record.

    Raises:
        UnreadableError: it is none.

    """
    body = Body.of(record)
    at = body.instant("at")
    return [
        StateTold(
            row.text("of"),
            row.text("device"),
            row.text("part"),
            row.text("state"),
            _figures(row),
            row.number_or("lat"),
            row.number_or("lon"),
            at,
            record.partition,
            record.offset,
        )
        for row in body.objects("states")
    ]


def _figures(row: Body) -> str:
    figures = Body.within(row.fields.get("figures") or {})
    return orjson.dumps({name: figures.number_or(name) for name in figures.fields}).decode()


def store_states(sink: Sink, told: Sequence[StateTold], generations: dict[int, int]) -> None:
    """Keep what was told last.

    The records of a partition come in one order: what is not newer than the record that a row is of, changes nothing,
    also when the topic is read again from its beginning.

    Args:
        sink: In a transaction.
        told: In the order of each partition.
        generations: Of each partition: a topic that was made anew counts its offsets from zero again.

    """
    table = schema.states
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for part in chunks(sorted({(each.of, each.device, each.part) for each in told}), 200):
        found = select(table).where(tuple_(*(table.c[name] for name in _KEY)).in_(part))
        rows |= {tuple(row[name] for name in _KEY): dict(row) for row in sink.connection.execute(found).mappings()}
    changed: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in told:
        key = (each.of, each.device, each.part)
        place = generations[each.partition], each.offset
        before = rows.get(key)
        if before is not None and each.partition == before["partition"] and place <= _place(before):
            continue
        since = before["since"] if before is not None and before["state"] == each.state else each.at
        rows[key] = changed[key] = {
            **dict(zip(_KEY, key, strict=True)),
            "state": each.state,
            "since": since,
            "told_at": each.at,
            "figures": each.figures,
            "lat": each.lat,
            "lon": each.lon,
            "partition": each.partition,
            "generation": place[0],
            "last_offset": place[1],
        }
    sink.put(table, list(changed.values()), _KEY)


def _place(row: dict[str, Any]) -> tuple[int, int]:
    return row["generation"], row["last_offset"]


def current_states(connection: Connection, of: str) -> Sequence[Row]:
    """What is known now of stations' ``air``, of each ``site``, ``gate`` or ``device``; in the order of their names."""
    table = schema.states
    wanted = select(table).where(table.c.of == of, table.c.state != GONE).order_by(table.c.device, table.c.part)
    return connection.execute(wanted).mappings().all()
