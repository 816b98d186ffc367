"""Reading ``ioc.audit`` to its very end: what was committed last has to be seen, whoever still writes beside it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from connectors.audit.chains import Chains
from connectors.kafka import discard
from ioc.topics import AUDIT

Record: TypeAlias = ConsumerRecord[bytes | None, bytes | None]

_POLL_MS: Final = 250
_STALL_S: Final = 20.0
"""Longer than a transaction that a dead writer left open holds readers back."""


class AuditUnreadable(Exception):
    """The topic is missing, or it cannot be read to its end; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition in their order."""

    partition: int
    first_offset: int
    """First offset that the partition still has; above 0 where older records have been deleted."""
    records: list[Record]


async def follow(
    options: Mapping[str, Any], starts: Mapping[int, int] | None = None, since: datetime | None = None
) -> AsyncGenerator[Batch, None]:
    """What the topic holds at this moment. Each partition gives one batch at least, be it empty.

    It reads committed records, but up to the end that any reader sees: a transaction of somebody else that is still
    open hides what was committed behind its beginning, so its end is waited for.

    Args:
        options: Arguments of every Kafka client.
        starts: First offset by partition; the beginning where it is not given or no longer there.
        since: Begin with what was written then, where it is given.

    Raises:
        AuditUnreadable: the topic is missing, or nothing moved for long.
        KafkaError: Kafka does not answer.

    """
    async with AsyncExitStack() as stack:
        readers = []
        for level in ("read_committed", "read_uncommitted"):
            reader = AIOKafkaConsumer(
                **options, isolation_level=level, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
            )
            stack.push_async_callback(discard, reader)
            await reader.start()
            readers.append(reader)
        consumer, ahead = readers
        known = (await ahead._client.fetch_all_metadata()).partitions_for_topic(AUDIT)
        if not known:
            raise AuditUnreadable(f"topic {AUDIT} is missing: run `ioc topics create`")
        partitions = [TopicPartition(AUDIT, number) for number in sorted(known)]
        firsts = await ahead.beginning_offsets(partitions)
        ends = await ahead.end_offsets(partitions)
        consumer.assign(partitions)
        begin = await _begin(consumer, partitions, since) if since else {}
        for partition in partitions:
            start = begin.get(partition, (starts or {}).get(partition.partition, 0))
            # Offsets of a topic that was made anew since are no offsets of this one.
            start = start if firsts[partition] <= start <= ends[partition] else firsts[partition]
            consumer.seek(partition, start)
            yield Batch(partition.partition, firsts[partition], [])
        left = {each for each in partitions if await consumer.position(each) < ends[each]}
        moved = time.monotonic()
        while left:
            consumer.pause(*(each for each in partitions if each not in left))
            batches = await consumer.getmany(*left, timeout_ms=_POLL_MS)
            for partition, records in batches.items():
                wanted = [record for record in records if record.offset < ends[partition]]
                if wanted:
                    yield Batch(partition.partition, firsts[partition], wanted)
            done = {each for each in left if await consumer.position(each) >= ends[each]}
            if batches or done:
                moved = time.monotonic()
            elif time.monotonic() - moved > _STALL_S:
                raise AuditUnreadable(f"{AUDIT} cannot be read to its end: Kafka stopped, or a writer has not ended")
            left -= done


async def catch_up(options: Mapping[str, Any], chains: Chains) -> None:
    """Bring chains to where the topic has them. Their writer's transactional id has to be initialised before.

    Raises:
        AuditUnreadable: as :func:`follow`.
        KafkaError: Kafka does not answer.

    """
    async for batch in follow(options, chains.offsets):
        for record in batch.records:
            chains.saw(batch.partition, record.offset, record.value)


async def _begin(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since: datetime
) -> dict[TopicPartition, int]:
    moment_ms = max(0, round(since.timestamp() * 1000))
    ends = await consumer.end_offsets(partitions)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, moment_ms))
    return {partition: place.offset if place else ends[partition] for partition, place in found.items()}
