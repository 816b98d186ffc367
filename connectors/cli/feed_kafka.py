"""Alerts straight from their topics, as any Kafka client may read them: read committed, without a group."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.cli.errors import EXIT_USAGE, CommandError, Unavailable
from connectors.cli.feed import Alert, Connected, Lost, Notice, Wanted, among
from connectors.cli.kafka import Record, away, open_consumer, partitions_of, read_to_end
from ioc.settings import Settings
from ioc.topics import ALERT_PREFIX, alert_topic

_POLL_MS: Final = 250
_BEAT_S: Final = 2.0
"""How often an idle reader asks whether the broker is still there: its silence looks like having no news."""
_BEAT_TIMEOUT_S: Final = 5.0
_RETRY_S: Final = 1.0
_OLD_PER_PARTITION: Final = 4
"""Past records looked at for each wanted one: filters and control markers leave some out."""


async def from_kafka(settings: Settings, wanted: Wanted) -> AsyncGenerator[Notice, None]:
    """Follow the alert topics for ever.

    Raises:
        CommandError: a centre has no topic.

    """
    positions: dict[TopicPartition, int] | None = None
    lost: Lost | None = None
    heard = _Heard(datetime.now(UTC))
    while True:
        try:
            async with open_consumer(settings) as consumer:
                partitions = await _partitions(consumer, wanted)
                if positions is None:
                    for alert in await _history(consumer, partitions, wanted):
                        yield alert
                    positions = {partition: await consumer.position(partition) for partition in partitions}
                consumer.assign(partitions)
                for partition in partitions:
                    consumer.seek(partition, positions.setdefault(partition, 0))
                lost, heard.at = None, datetime.now(UTC)
                yield Connected()
                async with contextlib.aclosing(_follow(consumer, positions, wanted, heard)) as alerts:
                    async for alert in alerts:
                        yield alert
        except (Unavailable, KafkaError, TimeoutError) as error:
            if lost is None:
                why = str(error) if isinstance(error, Unavailable) else str(away(settings, error))
                lost = Lost(heard.at, why)
                yield lost
        await asyncio.sleep(_RETRY_S)


@dataclass(slots=True)
class _Heard:
    """When the broker last answered."""

    at: datetime


async def _follow(
    consumer: AIOKafkaConsumer, positions: dict[TopicPartition, int], wanted: Wanted, heard: _Heard
) -> AsyncGenerator[Alert, None]:
    loop = asyncio.get_running_loop()
    beat = loop.time() + _BEAT_S
    while True:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        for partition, records in batches.items():
            for record in records:
                positions[partition] = record.offset + 1
                if (alert := _alert(record, wanted)) is not None:
                    yield alert
        if not batches and loop.time() <= beat:
            continue
        if not batches:
            async with asyncio.timeout(_BEAT_TIMEOUT_S):
                await consumer.end_offsets(list(positions))
        beat, heard.at = loop.time() + _BEAT_S, datetime.now(UTC)


async def _partitions(consumer: AIOKafkaConsumer, wanted: Wanted) -> list[TopicPartition]:
    existing = sorted(topic for topic in await consumer.topics() if topic.startswith(ALERT_PREFIX))
    topics = [alert_topic(centre) for centre in wanted.centres] or existing
    if missing := [topic for topic in topics if topic not in existing]:
        known = ", ".join(topic.removeprefix(ALERT_PREFIX) for topic in existing) or "none: run `ioc topics create`"
        raise CommandError(f"there is no topic {missing[0]}; centres with one: {known}", EXIT_USAGE)
    if not topics:
        raise CommandError("there are no alert topics yet: run `ioc topics create`")
    return await partitions_of(consumer, topics)


async def _history(consumer: AIOKafkaConsumer, partitions: list[TopicPartition], wanted: Wanted) -> list[Alert]:
    """The newest past alerts, oldest first. Leaves every partition at its end."""
    ends = await consumer.end_offsets(partitions)
    back = wanted.history * _OLD_PER_PARTITION
    starts = {partition: max(0, end - back) for partition, end in ends.items()}
    found: list[tuple[int, Alert]] = []
    async for records in read_to_end(consumer, partitions, starts):
        found += [(one.timestamp, alert) for one in records if (alert := _alert(one, wanted)) is not None]
    found.sort(key=lambda pair: pair[0])
    return [alert for _, alert in found[-wanted.history :]] if wanted.history else []


def _alert(record: Record, wanted: Wanted) -> Alert | None:
    try:
        alert = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(alert, dict) or "incident_id" not in alert:
        return None
    return alert if among(alert, wanted.centres, wanted.severities) else None
