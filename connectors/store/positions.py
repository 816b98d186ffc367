"""How far each partition has been read: kept with the rows, so that they and it are true together or not at all.

A partition's ``generation`` counts how often its topic was found to be another one under the same name. Two writers
cannot both go on from one position: the second finds it moved, changes nothing and reads the positions anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        topic_id: Kafka's id of the topic; none where the broker has no ids.

    """

    generation: int
    next_offset: int
    topic_id: str | None = None


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
    connection: Connection,
    first: Mapping[Partition, int],
    end: Mapping[Partition, int],
    ids: Mapping[str, str],
    now: datetime,
) -> tuple[dict[Partition, Place], list[Gap]]:
    """Where to go on, within a transaction that remembers it.

    Args:
        connection: In a transaction.
        first: First offset that Kafka still has, by partition.
        end: Offset after the last one.
        ids: Of the topics, as far as they have one.
        now: The clock.

    Returns:
        A place for each partition of ``first``, and what was found to be missing.

    """
    known = read_places(connection)
    found: dict[Partition, Place] = {}
    missing: list[Gap] = []
    for partition, begin in sorted(first.items()):
        place, topic_id = known.get(partition), ids.get(partition[0])
        if place is None:
            found[partition] = Place(0, begin, topic_id)
            _add(connection, partition, found[partition])
        elif place.next_offset != FROM_THE_FIRST and _is_another(place, topic_id, end[partition]):
            missing.append(Gap(*partition, place.next_offset, begin, "recreated"))
            found[partition] = Place(place.generation + 1, begin, topic_id)
        elif FROM_THE_FIRST < place.next_offset < begin:
            missing.append(Gap(*partition, place.next_offset, begin, "retention"))
            found[partition] = Place(place.generation, begin, topic_id)
        else:
            found[partition] = Place(place.generation, max(place.next_offset, begin), topic_id)
        if place is not None and place != found[partition]:
            _move(connection, partition, place, found[partition])
    for gap in missing:
        _remember(connection, gap, known[gap.topic, gap.partition].generation, now)
    return found, missing


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
    connection.execute(update(positions).values(next_offset=FROM_THE_FIRST))


def reached(places: Mapping[Partition, Place], goal: Mapping[Partition, int]) -> bool:
    """Whether every partition has been read as far as the goal."""
    return all(partition in places and places[partition].next_offset >= end for partition, end in goal.items())


def _is_another(place: Place, topic_id: str | None, end: int) -> bool:
    """Whether a topic is another one under the same name: by its id, or because it ends before the place."""
    by_id = place.topic_id is not None and topic_id is not None and place.topic_id != topic_id
    return by_id or place.next_offset > end


def _move(connection: Connection, partition: Partition, before: Place, after: Place) -> None:
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


def _add(connection: Connection, partition: Partition, place: Place) -> None:
    connection.execute(insert(positions).values(topic=partition[0], partition=partition[1], **_values(place)))


def _values(place: Place) -> dict[str, int | None]:
    return {name: getattr(place, name) for name in Place.__slots__}


def _remember(connection: Connection, gap: Gap, generation: int, now: datetime) -> None:
    values = {name: getattr(gap, name) for name in Gap.__slots__}
    connection.execute(insert(gaps).values(generation=generation, noticed_at=now, **values))
