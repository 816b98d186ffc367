"""Alerts straight from their topics, as any Kafka client may read them: read committed, without a group."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.cli.errors import EXIT_USAGE, CommandError, Unavailable
from connectors.cli.feed import Alert, Connected, Gap, Here, Lost, News, Notice, Wanted
from connectors.cli.kafka import Record, away, open_consumer, partitions_of, read_to_end
from connectors.gateway.cursor import Cursor, Places
from ioc.settings import Settings
from ioc.topics import ALERT_PREFIX, alert_topic

_POLL_MS: Final = 250
_BEAT_S: Final = 2.0
"""How often an idle reader asks whether the broker is still there: its silence looks like having no news."""
_BEAT_TIMEOUT_S: Final = 5.0
_RETRY_S: Final = 1.0
_OLD_PER_PARTITION: Final = 4
"""Past records looked at for each wanted one: filters and control markers leave some out."""


async def from_kafka(settings: Settings, wanted: Wanted, place: Places | None = None) -> AsyncGenerator[Notice, None]:
    """Follow the alert topics for ever.

    Args:
        settings: Where Kafka is.
        wanted: Which alerts.
        place: Where an earlier one ended; what came since is told first, and no history.

    Raises:
        CommandError: a centre has no topic.

    """
    reader: _Reader | None = None
    lost: Lost | None = None
    heard = _Heard(datetime.now(UTC))
    while True:
        try:
            async with open_consumer(settings) as consumer:
                partitions = await _partitions(consumer, wanted)
                if reader is None:
                    reader = _Reader(wanted)
                    async for notice in reader.begin(consumer, partitions, place):
                        yield notice
                consumer.assign(partitions)
                for partition in partitions:
                    consumer.seek(partition, reader.positions.setdefault(partition, 0))
                lost, heard.at = None, datetime.now(UTC)
                yield Connected()
                async with contextlib.aclosing(reader.follow(consumer, heard)) as notices:
                    async for notice in notices:
                        yield notice
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


class _Past(NamedTuple):
    """A past alert and where it stands."""

    at_ms: int
    partition: TopicPartition
    offset: int
    alert: Alert


class _Reader:
    """Where the reading stands, over all interruptions."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._cursor = Cursor({})
        self.positions: dict[TopicPartition, int] = {}

    async def begin(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], place: Places | None
    ) -> AsyncGenerator[Notice, None]:
        """Find where to begin; without a place to go on from, the newest past alerts come first."""
        if place is None:
            history = await _history(consumer, partitions, self._wanted)
            self.positions = {partition: await consumer.position(partition) for partition in partitions}
            # Who stops within the history goes on within it.
            starts = {each.partition: each.offset for each in reversed(history)}
            self._cursor = _cursor(self.positions | starts)
            for each in history:
                self._cursor.passes(each.partition.topic, each.partition.partition, each.offset)
                yield News(each.alert, str(self._cursor))
            self._cursor = _cursor(self.positions)
            return
        first, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        topics = {topic for topic, _ in place}
        for partition in partitions:
            # A partition that came since is new as a whole; a topic that was not asked for is not.
            unknown = 0 if partition.topic in topics else ends[partition]
            wanted = place.get((partition.topic, partition.partition), unknown)
            self.positions[partition] = wanted if first[partition] <= wanted <= ends[partition] else first[partition]
            if self.positions[partition] != wanted and wanted:
                yield Gap(f"Kafka no longer keeps all alerts of {partition.topic} since then")
        self._cursor = _cursor(self.positions)

    async def follow(self, consumer: AIOKafkaConsumer, heard: _Heard) -> AsyncGenerator[Notice, None]:
        """What is there and what comes."""
        loop = asyncio.get_running_loop()
        beat = loop.time() + _BEAT_S
        ends: Mapping[TopicPartition, int] | None = await consumer.end_offsets(list(self.positions))
        while True:
            if ends is not None and [each for each, end in ends.items() if await consumer.position(each) < end] == []:
                ends = None
                yield Here(str(self._cursor))
            batches = await consumer.getmany(timeout_ms=_POLL_MS)
            for partition, records in batches.items():
                for record in records:
                    self.positions[partition] = record.offset + 1
                    self._cursor.passes(partition.topic, partition.partition, record.offset)
                    if (alert := _alert(record, self._wanted)) is not None:
                        yield News(alert, str(self._cursor))
            if not batches and loop.time() <= beat:
                continue
            if not batches:
                async with asyncio.timeout(_BEAT_TIMEOUT_S):
                    await consumer.end_offsets(list(self.positions))
            beat, heard.at = loop.time() + _BEAT_S, datetime.now(UTC)


def _cursor(positions: Mapping[TopicPartition, int]) -> Cursor:
    return Cursor({(each.topic, each.partition): offset for each, offset in positions.items()})


async def _partitions(consumer: AIOKafkaConsumer, wanted: Wanted) -> list[TopicPartition]:
    existing = sorted(topic for topic in await consumer.topics() if topic.startswith(ALERT_PREFIX))
    topics = [alert_topic(centre) for centre in wanted.centres] or existing
    if missing := [topic for topic in topics if topic not in existing]:
        known = ", ".join(topic.removeprefix(ALERT_PREFIX) for topic in existing) or "none: run `ioc topics create`"
        raise CommandError(f"there is no topic {missing[0]}; centres with one: {known}", EXIT_USAGE)
    if not topics:
        raise CommandError("there are no alert topics yet: run `ioc topics create`")
    return await partitions_of(consumer, topics)


async def _history(consumer: AIOKafkaConsumer, partitions: list[TopicPartition], wanted: Wanted) -> list[_Past]:
    """The newest past alerts, oldest first. Leaves every partition at its end."""
    ends = await consumer.end_offsets(partitions)
    back = wanted.history * _OLD_PER_PARTITION
    starts = {partition: max(0, end - back) for partition, end in ends.items()}
    found: list[_Past] = []
    async for records in read_to_end(consumer, partitions, starts):
        found += [
            _Past(one.timestamp, TopicPartition(one.topic, one.partition), one.offset, alert)
            for one in records
            if (alert := _alert(one, wanted)) is not None
        ]
    found.sort(key=lambda each: each.at_ms)
    return found[-wanted.history :] if wanted.history else []


def _alert(record: Record, wanted: Wanted) -> Alert | None:
    try:
        alert = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(alert, dict) or "incident_id" not in alert:
        return None
    return alert if wanted.among(alert) else None
