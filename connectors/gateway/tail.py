"""Follows topics from given offsets, through every absence of Kafka, without a gap and without a repeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.gateway.kafka import reader
from connectors.kafka import discard

_log = logging.getLogger(__name__)

_RECONNECT_S: Final = 0.5
_CONNECT_TIMEOUT_S: Final = 10.0
_POLL_MS: Final = 500

Offsets = dict[TopicPartition, int]
Start = Callable[[Offsets, Offsets], Offsets]
"""From the first and the end offsets of every partition to those where reading begins."""


async def open_reader(options: dict[str, Any], topics: Sequence[str]) -> tuple[AIOKafkaConsumer, Offsets, Offsets]:
    """A started consumer of all partitions of the topics, their first offsets and their end offsets.

    Raises:
        LookupError: a topic does not exist.
        Exception: Kafka cannot be reached.

    """
    consumer = reader(options)
    try:
        await consumer.start()
        known = await consumer._client.fetch_all_metadata()
        partitions = [partition for topic in topics for partition in _partitions(known, topic)]
        consumer.assign(partitions)
        return consumer, await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    except BaseException:
        await discard(consumer)
        raise


def _partitions(known: Any, topic: str) -> list[TopicPartition]:
    numbers = known.partitions_for_topic(topic)
    if not numbers:
        raise LookupError(f"the topic {topic} does not exist")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


class Tail:
    """Calls ``on_record(topic, partition, offset, key, value, timestamp_ms)`` for each record, in order per partition.

    Args:
        options: Arguments of every Kafka client.
        topics: Topics to follow; reading begins when all of them exist.
        start: Where to begin, asked once.
        on_record: Must not raise and must not wait.
        name: For the log.

    """

    def __init__(
        self,
        options: dict[str, Any],
        topics: Sequence[str],
        *,
        start: Start,
        on_record: Callable[[str, int, int, bytes | None, bytes | None, int], None],
        name: str,
    ) -> None:
        self._options = options
        self._topics = topics
        self._start = start
        self._on_record = on_record
        self._name = name
        self._task: asyncio.Task[None] | None = None
        self._goal: Offsets | None = None
        self.positions: Offsets = {}
        """Offset of the next record of each partition."""
        self.first: Offsets = {}
        """Where reading began."""
        self.caught_up = asyncio.Event()
        """Set once everything is read that was there when reading began."""

    def start(self) -> None:
        """Begin; returns at once, Kafka there or not."""
        self._task = asyncio.create_task(self._run(), name=f"gateway-{self._name}")

    async def stop(self) -> None:
        """End at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=2.0)

    async def _run(self) -> None:
        told = False
        while True:
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                    consumer, first, end = await open_reader(self._options, self._topics)
            except Exception as error:
                if not told:
                    _log.warning("reader_waits", extra={"reader": self._name, "reason": type(error).__name__})
                told = True
                await asyncio.sleep(_RECONNECT_S)
                continue
            try:
                if told:
                    _log.info("reader_goes_on", extra={"reader": self._name})
                told = False
                self._place(consumer, first, end)
                await self._read(consumer)
            except Exception as error:
                _log.warning("reader_restarts", extra={"reader": self._name, "reason": type(error).__name__})
                told = True
                await asyncio.sleep(_RECONNECT_S)
            finally:
                await discard(consumer)

    def _place(self, consumer: AIOKafkaConsumer, first: Offsets, end: Offsets) -> None:
        if self._goal is None:
            self.first = self._start(first, end)
            self.positions = dict(self.first)
            self._goal = dict(end)
        for partition, begin in first.items():
            # A partition that came since is new as a whole; one that shrank is another topic under the same name.
            position = self.positions.get(partition, begin)
            if not begin <= position <= end[partition]:
                position = begin
            self.positions[partition] = position
            consumer.seek(partition, position)
        self._check()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            for partition, records in (await consumer.getmany(timeout_ms=_POLL_MS, max_records=2000)).items():
                for record in records:
                    self._on_record(
                        record.topic, record.partition, record.offset, record.key, record.value, record.timestamp
                    )
                self.positions[partition] = records[-1].offset + 1
            if not self.caught_up.is_set():
                # Control records at the end are no records: only the consumer's own position passes them.
                for partition in self.positions:
                    self.positions[partition] = max(self.positions[partition], await consumer.position(partition))
                self._check()

    def _check(self) -> None:
        if all(self.positions[partition] >= end for partition, end in (self._goal or {}).items()):
            self.caught_up.set()
