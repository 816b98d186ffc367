"""What `ioc store status` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from connectors.store import schema
from connectors.store.database import GEOMETRY, fact, open_reader, revision_of, url_of
from connectors.store.positions import Gap, Partition, Place, read_gaps, read_places
from connectors.store.source import Source
from ioc.settings import Settings


@dataclass(slots=True)
class Status:
    """The store as it is.

    Attributes:
        database: Its address, without the password.
        revision: Release of its tables, and the one that is needed where that is another.
        current: Whether the two are the same.
        geometry: How positions are found.
        words: How words are found.
        rows: By table.
        places: How far each partition has been read.
        gaps: What was missing, and when that was noticed.

    """

    database: str
    revision: str
    current: bool
    geometry: str = ""
    words: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    places: Mapping[Partition, Place] = field(default_factory=dict)
    gaps: Sequence[tuple[Gap, datetime]] = ()

    def as_json(self, lag: Mapping[str, int] | None) -> dict[str, Any]:
        """For programs; ``lag`` is that of each topic, none while Kafka does not answer."""
        names = Gap.__slots__
        return {
            "database": self.database,
            "revision": self.revision,
            "current": self.current,
            "geometry": self.geometry,
            "words": self.words,
            "rows": self.rows,
            "lag": lag,
            "gaps": [{**{name: getattr(gap, name) for name in names}, "noticed_at": at} for gap, at in self.gaps],
        }


def status_of(settings: Settings) -> Status:
    """Look at the database.

    Raises:
        StoreError: its address is none.
        SQLAlchemyError: it does not answer.

    """
    url = url_of(settings)
    engine = open_reader(url)
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
            shown = revision.found or "none"
            if not revision.current:
                return Status(url.render_as_string(), f"{shown}, needed: {revision.wanted}", current=False)
            server = connection.dialect.name == "postgresql"
            return Status(
                url.render_as_string(),
                shown,
                current=True,
                geometry=(fact(connection, GEOMETRY) or "plain indexes") if server else "plain indexes",
                words="tsvector" if server else "fts5",
                rows={
                    str(table.name): connection.scalar(select(func.count()).select_from(table)) or 0
                    for table in sorted(schema.metadata.tables.values(), key=lambda each: each.name)
                },
                places=read_places(connection),
                gaps=read_gaps(connection),
            )
    finally:
        engine.dispose()


async def lag_of(
    client: Mapping[str, Any], topics: Sequence[str], places: Mapping[Partition, Place], timeout_s: float
) -> dict[str, int] | None:
    """Records of each topic that are not in the database; none where Kafka does not answer in time."""
    try:
        async with asyncio.timeout(timeout_s):
            source = await Source(client, topics).open()
    except Exception:
        return None
    try:
        async with asyncio.timeout(timeout_s):
            first, ends = await source.first(), await source.ends()
    except Exception:
        return None
    finally:
        await source.close()
    lag = dict.fromkeys(sorted({topic for topic, _ in ends}), 0)
    for partition, end in ends.items():
        place = places.get(partition)
        begin = first[partition] if place is None else max(first[partition], place.next_offset)
        lag[partition[0]] += max(0, end - begin)
    return lag
