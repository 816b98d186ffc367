"""What the benchmarks ask of the broker: topics made, filled, watched and read back."""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.partitioner import murmur2

logging.getLogger("aiokafka.cluster").setLevel(logging.CRITICAL)  # it names topics that the runner has deleted

PARTITIONS = 4
_BATCH_BYTES = 64 * 1024
_READ_TIMEOUT_S = 10.0


class Record(NamedTuple):
    """What is written to a topic."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Digest:
    """Number of records and a checksum of their values that does not depend on their order."""

    count: int = 0
    checksum: int = 0

    @classmethod
    def of(cls, values: Iterable[bytes]) -> "Digest":
        count = checksum = 0
        for value in values:
            count += 1
            checksum += zlib.crc32(value)
        return cls(count, checksum & 0xFFFFFFFFFFFFFFFF)


class Cluster:
    """A connection for watching: one admin client and one consumer without a group."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._watcher = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)

    @classmethod
    @asynccontextmanager
    async def connect(cls, bootstrap: str) -> AsyncIterator["Cluster"]:
        cluster = cls(bootstrap)
        await cluster._admin.start()
        await cluster._watcher.start()
        try:
            yield cluster
        finally:
            await cluster._watcher.stop()
            await cluster._admin.close()

    async def create(self, topic: str, partitions: int = PARTITIONS, cleanup: str = "delete") -> None:
        """Create a topic and wait until it can be written to."""
        config = {"retention.ms": "-1", "cleanup.policy": cleanup}
        await self._admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=config)])
        while True:
            (found,) = await self._admin.describe_topics([topic])
            if not found["error_code"] and all(p["leader"] >= 0 for p in found["partitions"]):
                return
            await asyncio.sleep(0.05)

    async def create_for_engine(self) -> None:
        """The topics that this engine keeps its dead letters and its attempts in."""
        await self.create("ioc.dlq")
        await self.create("ioc.worker-attempts", 1, "compact")

    async def delete(self, topic: str) -> None:
        await self._admin.delete_topics([topic])

    async def fill(
        self, topic: str, records: Iterable[Record], partitions: int = PARTITIONS, *, by_key: bool = False
    ) -> None:
        """Write records: first all batches are built, then they go out at once.

        The partitions take turns, or each record goes where its key belongs (Kafka's default partitioner).
        """
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", max_batch_size=_BATCH_BYTES)
        await producer.start()
        try:
            batches = [[producer.create_batch()] for _ in range(partitions)]
            for number, (key, value, headers) in enumerate(records):
                place = (murmur2(key) & 0x7FFFFFFF) if by_key else number
                mine = batches[place % partitions]
                if mine[-1].append(key=key, value=value, timestamp=None, headers=list(headers)) is None:
                    mine.append(producer.create_batch())
                    mine[-1].append(key=key, value=value, timestamp=None, headers=list(headers))
            for row in zip_longest(*batches):
                for partition, batch in enumerate(row):
                    if batch is not None and batch.record_count():
                        await producer.send_batch(batch, topic, partition=partition)
        finally:
            await producer.stop()

    async def written(self, topic: str, partitions: int = PARTITIONS) -> int:
        """Records (and transaction markers) that the topic holds."""
        ends = await self._watcher.end_offsets([TopicPartition(topic, p) for p in range(partitions)])
        return sum(ends.values())

    async def committed(self, group: str, topic: str) -> int:
        """Sum of the group's committed offsets on a topic; 0 while the broker has no coordinator for it."""
        try:
            offsets = await self._admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            return 0
        return sum(max(0, o.offset) for tp, o in offsets.items() if tp.topic == topic)

    async def members(self, group: str) -> int:
        """Members of a group that has settled; 0 while it is rebalancing or unknown."""
        try:
            (response,) = await self._admin.describe_consumer_groups([group])
        except GroupCoordinatorNotAvailableError:
            return 0
        _, _, state, _, _, members, *_ = response.groups[0]
        return len(members) if state == "Stable" else 0

    async def read(self, topic: str, partitions: int = PARTITIONS) -> Digest:
        """Count and checksum of everything on a topic as a read_committed reader sees it."""
        return Digest.of([value async for value in self.values(topic, partitions)])

    async def values(self, topic: str, partitions: int = PARTITIONS) -> AsyncIterator[bytes]:
        """Every value that a read_committed reader finds on a topic, in order within each partition."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        try:
            where = [TopicPartition(topic, p) for p in range(partitions)]
            consumer.assign(where)
            ends = await consumer.end_offsets(where)
            quiet_since = asyncio.get_running_loop().time()
            while any([await consumer.position(tp) < ends[tp] for tp in where]):
                found = await consumer.getmany(timeout_ms=200)
                now = asyncio.get_running_loop().time()
                if found:
                    quiet_since = now
                elif now - quiet_since > _READ_TIMEOUT_S:
                    break  # an open transaction holds readers back: what is readable counts
                for records in found.values():
                    for record in records:
                        yield record.value
        finally:
            await consumer.stop()
