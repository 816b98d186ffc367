"""Raw copies of a reporter's reports: how many the restricted topics still hold, and until when they exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from connectors.cli.cluster import keeps
from connectors.cli.kafka import Record, partitions_of, read_to_end
from connectors.cli.letters import CONTEXT
from ioc.privacy import REF_BYTES
from ioc.privacy.ports import HEADER
from ioc.topics import DLQ, RAW

TOPICS: Final = (RAW["reports"], DLQ)
"""Topics that hold reports as they came."""
Kind = Literal["sealed", "clear", "unread"]
"""Under the reporter's key; in clear; not JSON, so it may be anybody's."""

Means = Callable[[str, Mapping[str, Any]], bool]
"""Whether a report of a publisher is the reporter's."""


class Found(NamedTuple):
    """Copies of one kind."""

    number: int
    newest: datetime


@dataclass(slots=True)
class Copies:
    """What one topic holds.

    Attributes:
        topic: Which.
        keeps: How long a record exists there at most; ``None``: for ever.
        found: Copies by kind; a kind without any is absent.

    """

    topic: str
    keeps: timedelta | None
    found: dict[Kind, Found] = field(default_factory=dict)

    def add(self, kind: Kind, at: datetime) -> None:
        """Count one more."""
        number, newest = self.found.get(kind, Found(0, at))
        self.found[kind] = Found(number + 1, max(newest, at))

    def until(self, *kinds: Kind) -> datetime | None:
        """When the last of them is gone; ``None`` where there are none, ``datetime.max`` where that is never."""
        newest = [self.found[kind].newest for kind in kinds if kind in self.found]
        if not newest:
            return None
        return datetime.max.replace(tzinfo=UTC) if self.keeps is None else max(newest) + self.keeps


async def copies(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, refs: Collection[bytes], means: Means
) -> list[Copies]:
    """Read the restricted topics to their end and count what is the reporter's.

    Args:
        admin: Tells how long topics keep records.
        consumer: Reads.
        refs: Names of the reporter's keys.
        means: Tells whether a report in clear is the reporter's.

    """
    found = []
    kept = await keeps(admin, TOPICS)
    for topic in TOPICS:
        here = Copies(topic, kept[topic])
        found.append(here)
        async for records in read_to_end(consumer, await partitions_of(consumer, [topic])):
            for record in records:
                kind = _kind(record, refs, means)
                if kind is not None:
                    here.add(kind, datetime.fromtimestamp(record.timestamp / 1000, UTC))
    return found


def _kind(record: Record, refs: Collection[bytes], means: Means) -> Kind | None:
    headers = dict(record.headers)
    if record.topic == DLQ and headers.get(CONTEXT + "topic") != RAW["reports"].encode():
        return None
    if (sealed := headers.get(HEADER)) is not None:
        return "sealed" if sealed[1 : 1 + REF_BYTES] in refs else None
    try:
        body = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return "unread" if record.value else None
    if not isinstance(body, dict):
        return "unread"
    source = headers.get("ce_source")
    publisher = source.decode(errors="replace") if source else body.get("source")
    if "specversion" in body and isinstance(body.get("data"), dict):
        body = body["data"]
    publisher = publisher or body.get("source") or f"urn:ioc:{RAW['reports']}"
    return "clear" if isinstance(publisher, str) and means(publisher, body) else None
