"""``ioc.health`` to counts of data quality: what partitions told adds up, and each record counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, tuple_

from connectors.store import schema
from connectors.store.records import Body, Record, UnreadableError
from connectors.store.upserts import Sink, chunks

COUNTS: Final = ("received", "correct", "repeated", "readable", "in_time", "complete")
"""In the order of ``Sums`` of :mod:`ioc.quality.figures`."""
_KEY: Final = ("source", "kind", "window", "partition", "generation")


@dataclass(frozen=True, slots=True)
class Told:
    """Counts of one class and window, and the record that told them."""

    source: str
    kind: str
    window: int
    sums: tuple[int, ...]
    partition: int
    offset: int
    at: datetime


def read_health(record: Record) -> list[Told]:
    """Read a record.

    Raises:
        UnreadableError: it is none.

    """
    body = Body.of(record)
    source = body.text("source")
    return [
        Told(
            source,
            row.text("kind"),
            row.integer("window"),
            _sums(row),
            record.partition,
            record.offset,
            record.written_at,
        )
        for row in body.objects("quality")
    ]


def _sums(row: Body) -> tuple[int, ...]:
    sums = row.fields.get("sums")
    if not isinstance(sums, list) or len(sums) < len(COUNTS):
        raise UnreadableError("sums are not as many as there are counts")
    named = Body(dict(zip(COUNTS, sums, strict=False)))
    return tuple(named.integer(name) for name in COUNTS)


def store_quality(sink: Sink, told: Sequence[Told], generations: dict[int, int]) -> None:
    """Add counts.

    The records of a partition come in one order, so the offset of the newest that was added tells which of them are in
    a row already, also when the topic is read again from its beginning.

    Args:
        sink: In a transaction.
        told: In the order of each partition.
        generations: Of each partition: a topic that was made anew counts its offsets from zero again.

    """
    table = schema.quality_windows
    keys = {(each.source, each.kind, each.window, each.partition, generations[each.partition]) for each in told}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for part in chunks(sorted(keys), 150):
        found = select(table).where(tuple_(*(table.c[name] for name in _KEY)).in_(part))
        rows |= {tuple(row[name] for name in _KEY): dict(row) for row in sink.connection.execute(found).mappings()}
    known = {key: row["last_offset"] for key, row in rows.items()}
    changed: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in told:
        key = (each.source, each.kind, each.window, each.partition, generations[each.partition])
        if each.offset <= known.get(key, -1):
            continue
        row = rows.setdefault(key, {**dict(zip(_KEY, key, strict=True)), **dict.fromkeys(COUNTS, 0)})
        for name, count in zip(COUNTS, each.sums, strict=True):
            row[name] += count
        row |= {"last_offset": each.offset, "noted_at": each.at}
        changed[key] = row
    sink.put(table, list(changed.values()), _KEY)
