"""What Kafka has of the topics that the store keeps: partitions, their ends, and records from given offsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka import discard
from connectors.store.positions import Partition
from connectors.store.records import Record
from connectors.store.topic_ids import topic_ids

_POLL_MS: Final = 200


class Source:
    """A read_committed reader of all partitions of those of the topics that exist.

    Args:
        options: Arguments of every Kafka client.
        topics: What is wanted; what does not exist yet is left out.

    """

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            **options,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            # An offset that Kafka does not have is for the positions to deal with, not for the client to skip.
            auto_offset_reset="none",
        )
        self.partitions: frozenset[Partition] = frozenset()
        self.ids: dict[str, str] = {}
        """Ids of the topics when the reading began, where the broker has such."""

    async def open(self) -> Self:
        """Connect and find the partitions.

        Raises:
            Exception: Kafka cannot be reached.

        """
        try:
            await self._consumer.start()
            self.partitions, self.ids = await self.existing()
        except BaseException:
            await self.close()
            raise
        self._consumer.assign([TopicPartition(*each) for each in sorted(self.partitions)])
        return self

    async def existing(self) -> tuple[frozenset[Partition], dict[str, str]]:
        """Partitions and ids of the topics that there are now."""
        client = self._consumer._client
        known = await client.fetch_all_metadata()
        partitions = frozenset(
            (topic, number) for topic in self._topics for number in known.partitions_for_topic(topic) or ()
        )
        return partitions, await topic_ids(client, sorted({topic for topic, _ in partitions}))

    async def first(self) -> dict[Partition, int]:
        """First offset that Kafka has of each partition."""
        return await self._asked(self._consumer.beginning_offsets)

    async def ends(self) -> dict[Partition, int]:
        """Offset after the last record that can be read now."""
        return await self._asked(self._consumer.end_offsets)

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from an offset."""
        self._consumer.seek(TopicPartition(*partition), offset)

    async def some(self, most: int) -> list[Record]:
        """The next records, after a short wait if there are none.

        Raises:
            aiokafka.errors.OffsetOutOfRangeError: Kafka does not have what is to be read next.

        """
        found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=most)
        return [
            Record(each.topic, each.partition, each.offset, each.timestamp, each.key, each.value, each.headers)
            for records in found.values()
            for each in records
        ]

    async def place(self, partition: Partition) -> int:
        """Offset of what is read next: it passes what is no record, such as the marks of transactions."""
        return int(await self._consumer.position(TopicPartition(*partition)))

    async def close(self) -> None:
        """End at once, whatever state Kafka is in."""
        await discard(self._consumer)

    async def _asked(self, ask: Any) -> dict[Partition, int]:
        found = await ask([TopicPartition(*each) for each in self.partitions]) if self.partitions else {}
        return {(each.topic, each.partition): offset for each, offset in found.items()}
