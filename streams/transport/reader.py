"""Reading topics from their beginning to their end: changelogs before the first round, and the notes of attempts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiokafka.errors as kafka_errors
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED

from streams.transport.errors import EXIT_FORCED, EXIT_MISCONFIGURED, Fatal
from streams.transport.fetch import drain, waiting
from streams.transport.ledger import TP, Chunk
from streams.transport.records import Record
from streams.transport.settings import EngineSettings

Take = Callable[[Iterable[Record]], None]

_FETCH_BYTES = 4 << 20


async def read_to_end(settings: EngineSettings, takers: Mapping[TP, Take], *, deadline: float) -> int:
    """Give every committed record of the partitions to their takers, in order; returns how many.

    The end is the log's end when this starts, open transactions included: a transaction whose offsets are committed
    may still lack its marker in a changelog, and a reader of committed records waits there until it comes.

    Args:
        settings: How to connect.
        takers: What to call with the records of each partition.
        deadline: Time on the monotonic clock by which it must be done.

    Raises:
        Fatal: The deadline passed, or a partition does not exist.
        KafkaError: The broker is away; try again.

    """
    if not takers:
        return 0
    consumer = AIOKafkaConsumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=_FETCH_BYTES,
        **settings.client_arguments(),
    )
    try:
        await consumer.start()
        return await _read(consumer, takers, deadline)
    finally:
        await consumer.stop()


async def partition_counts(settings: EngineSettings, topics: Iterable[str]) -> dict[str, int]:
    """Number of partitions of each topic that exists."""
    consumer = AIOKafkaConsumer(enable_auto_commit=False, **settings.client_arguments())
    try:
        await consumer.start()
        cluster = await consumer._client.fetch_all_metadata()
        return {topic: len(found) for topic in topics if (found := cluster.partitions_for_topic(topic))}
    finally:
        await consumer.stop()


async def _read(consumer: Any, takers: Mapping[TP, Take], deadline: float) -> int:
    tps = [TopicPartition(*tp) for tp in takers]
    for topic, number in tps:
        known = await consumer._client._wait_on_metadata(topic)
        if number not in known:
            raise Fatal(
                EXIT_MISCONFIGURED,
                f"topic {topic} has {len(known)} partitions, but partition {number} of it is needed: "
                "it must have as many as the input topics",
            )
    fetcher = consumer._fetcher
    fetcher._isolation_level = READ_UNCOMMITTED  # the end with open transactions; nothing is fetched yet
    ends = await consumer.end_offsets(tps)
    fetcher._isolation_level = READ_COMMITTED
    starts = await consumer.beginning_offsets(tps)
    pending = {tp for tp in tps if starts[tp] < ends[tp]}
    if not pending:
        return 0
    consumer.assign(list(pending))
    assignment = consumer._subscription.subscription.assignment
    for tp in pending:
        fetcher.seek_to(tp, starts[tp])
    count = 0

    def accept(tp: TP, chunk: Chunk[Record]) -> bool:
        nonlocal count
        takers[tp](chunk.records)
        count += len(chunk.records)
        return True

    while pending:
        drain(consumer, accept, pending, lambda _: True)
        for tp in [tp for tp in pending if assignment.state_value(tp).position >= ends[tp]]:
            pending.discard(tp)
            consumer.pause(tp)
        if not pending:
            break
        if time.monotonic() > deadline:
            names = ", ".join(f"{topic}/{number}" for topic, number in sorted(pending))
            raise Fatal(EXIT_FORCED, f"{names} could not be read to the end in time")
        if waiting(consumer, pending):
            await asyncio.sleep(0)
        else:
            await asyncio.wait([fetcher._create_fetch_waiter()], timeout=0.1)
            if not _connected(consumer):
                raise kafka_errors.KafkaConnectionError("the broker went away")
    return count


def _connected(consumer: Any) -> bool:
    return any(connection.connected() for connection in consumer._client._conns.values())
