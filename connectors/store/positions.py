"""How far each partition has been read: kept with the rows, so that they and it are true together or not at all.

A partition's ``generation`` counts how often its topic was found to be another one under the same name. Two writers
cannot both go on from one position: the second finds it moved, changes nothing and reads the positions anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection, insert, select, update

from connectors.store.schema import gaps, positions

Partition: TypeAlias = tuple[str, int]
Kind = Literal["retention", "recreated"]

FROM_THE_FIRST: Final = -1
"""Position of what has to be read from its first record, wherever that is."""


class FencedError(Exception):
    """Another writer has gone on from the position that this one had."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of a partition stands.

    Attributes:
        generation: Which topic of this name.
        next_offset: Of the record to be read next.
        last_offset: Of the newest record that was read, by whose time the topic is recognised; ``last_ms`` is that.
        last_ms: See ``last_offset``.

    """

    generation: int
    next_offset: int
    last_offset: int | None = None
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Records that were not read.

    Attributes:
        kind: ``retention``: Kafka had deleted them before they were read; ``recreated``: the topic is another one, and
            what was not read of the former one is not known.

    """

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    kind: Kind


def find_places(
    connection: Connection, first: Mapping[Partition, int], end: Mapping[Partition, int], now: datetime
) -> tuple[dict[Partition, Place], list[Gap]]:
    """Where to go on, within a transaction that remembers it.

    Args:
        connection: In a transaction.
        first: First offset that Kafka still has, by partition.
        end: Offset after the last one.
        now: The clock.

    Returns:
        A place for each partition of ``first``, and what was found to be missing.

    """
    known = read_places(connection)
    found: dict[Partition, Place] = {}
    missing: list[Gap] = []
    for partition, begin in sorted(first.items()):
        place = known.get(partition)
        if place is None:
            found[partition] = Place(0, begin)
            _add(connection, partition, found[partition])
        elif place.next_offset == FROM_THE_FIRST:
            found[partition] = _move(connection, partition, place, replace(place, next_offset=begin))
        elif place.next_offset > end[partition]:
            found[partition], gap = begin_anew(connection, partition, place, begin, now)
            missing.append(gap)
        elif place.next_offset < begin:
            gap = Gap(*partition, place.next_offset, begin, "retention")
            _remember(connection, gap, place.generation, now)
            missing.append(gap)
            found[partition] = _move(connection, partition, place, Place(place.generation, begin))
        else:
            found[partition] = place
    return found, missing


def begin_anew(
    connection: Connection, partition: Partition, place: Place, begin: int, now: datetime
) -> tuple[Place, Gap]:
    """Read a topic that is another one under the same name from its first record."""
    gap = Gap(*partition, place.next_offset, begin, "recreated")
    _remember(connection, gap, place.generation, now)
    return _move(connection, partition, place, Place(place.generation + 1, begin)), gap


def advance(connection: Connection, moves: Mapping[Partition, tuple[Place, Place]]) -> None:
    """Move from the first to the second place of each partition.

    Raises:
        FencedError: another writer has moved one of them; the transaction has to be rolled back.

    """
    for partition, (before, after) in sorted(moves.items()):
        _move(connection, partition, before, after)


def read_places(connection: Connection) -> dict[Partition, Place]:
    """All that is known."""
    columns = (positions.c[name] for name in ("topic", "partition", *Place.__slots__))
    return {(row[0], row[1]): Place(*row[2:]) for row in connection.execute(select(*columns))}


def read_gaps(connection: Connection) -> list[tuple[Gap, datetime]]:
    """What was found missing, and when, oldest first."""
    order = gaps.c.noticed_at, gaps.c.topic, gaps.c.partition
    rows = connection.execute(select(gaps).order_by(*order)).mappings()
    return [(Gap(*(row[name] for name in Gap.__slots__)), row["noticed_at"]) for row in rows]


def forget_places(connection: Connection) -> None:
    """Have every partition read again from its first record."""
    connection.execute(update(positions).values(next_offset=FROM_THE_FIRST, last_offset=None, last_ms=None))


def reached(places: Mapping[Partition, Place], goal: Mapping[Partition, int]) -> bool:
    """Whether every partition has been read as far as the goal."""
    return all(partition in places and places[partition].next_offset >= end for partition, end in goal.items())


def _move(connection: Connection, partition: Partition, before: Place, after: Place) -> Place:
    topic, number = partition
    changed = connection.execute(
        update(positions)
        .where(
            positions.c.topic == topic,
            positions.c.partition == number,
            positions.c.next_offset == before.next_offset,
            positions.c.generation == before.generation,
        )
        .values(**_values(after))
    )
    if changed.rowcount != 1:
        raise FencedError(f"{topic}/{number}")
    return after


def _add(connection: Connection, partition: Partition, place: Place) -> None:
    connection.execute(insert(positions).values(topic=partition[0], partition=partition[1], **_values(place)))


def _values(place: Place) -> dict[str, int | None]:
    return {name: getattr(place, name) for name in Place.__slots__}


def _remember(connection: Connection, gap: Gap, generation: int, now: datetime) -> None:
    values = {name: getattr(gap, name) for name in Gap.__slots__}
    connection.execute(insert(gaps).values(generation=generation, noticed_at=now, **values))
