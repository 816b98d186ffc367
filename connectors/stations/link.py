"""The way to Kafka: a batch of readings and its number in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from connectors.kafka import discard
from ioc.events import TYPES, encode_event, to_binary_headers
from ioc.events.raw import RECORD_KEY, record_id
from ioc.stations import Reading
from ioc.topics import RAW

_TOPIC: Final = RAW["sensors"]
_PLACE: Final = TopicPartition(_TOPIC, 0)
"""Where the number of a batch stands, as an offset of a group that nobody reads with."""
_TIMEOUT_S: Final = 10.0
_PROBE_TIMEOUT_S: Final = 3.0
_SECOND_LOOK_S: Final = 1.0
"""Brokers before 4.0 show the offset of a transaction that was just ended a moment later."""
_BATCH_BYTES: Final = 512 * 1024


class TopicMissingError(Exception):
    """The topic is not there; the message is a sentence."""


class Link:
    """A connection with one transactional id. Whoever opens it again ends what its predecessor left open.

    Args:
        client: Arguments of every Kafka client.
        name: Of the ledger: transactional id and group derive from it.
        publisher: ``ce_source`` of the readings.

    """

    def __init__(self, client: Mapping[str, Any], name: str, publisher: str) -> None:
        self._client = dict(client)
        self._id = f"ioc-stations-{name}"
        self._publisher = publisher
        self._producer = AIOKafkaProducer(
            **self._client,
            transactional_id=self._id,
            transaction_timeout_ms=int(_TIMEOUT_S * 1000),
            max_batch_size=_BATCH_BYTES,
        )

    async def open(self) -> Self:
        """Connect.

        Raises:
            TopicMissingError: there is nothing to write to.
            Exception: Kafka does not answer.

        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._producer.start()
                topics = (await self._producer.client.fetch_all_metadata()).topics()
        except BaseException:
            await self.close()
            raise
        if _TOPIC not in topics:
            await self.close()
            raise TopicMissingError(f"the topic {_TOPIC} is missing: make it with `ioc topics create`")
        return self

    async def close(self) -> None:
        """Disconnect at once, whatever state Kafka is in."""
        await discard(self._producer)

    async def probe(self) -> None:
        """Ask for something small.

        Raises:
            Exception: Kafka does not answer.

        """
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            await self._producer.client.fetch_all_metadata()

    async def has(self, number: int) -> bool:
        """Whether the batch of this number is in Kafka; no transaction of ours is open any more."""
        if await self._number() == number:
            return True
        await asyncio.sleep(_SECOND_LOOK_S)
        return await self._number() == number

    async def _number(self) -> int:
        admin = AIOKafkaAdminClient(**self._client)
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await admin.start()
                offsets = await admin.list_consumer_group_offsets(self._id, partitions=[_PLACE])
        finally:
            await admin.close()
        found = offsets.get(_PLACE)
        return -1 if found is None else int(found.offset)

    async def write(self, readings: Sequence[Reading], number: int) -> None:
        """Write readings and the batch's number; all of it is there with acks=all when this returns.

        Raises:
            Exception: it is not known whether they are; see :meth:`has`.

        """
        producer = self._producer
        async with asyncio.timeout(_TIMEOUT_S):
            await producer.begin_transaction()
            sent = [await self._send(reading) for reading in readings]
            # A transaction commits what was written, whether or not that is everything: look at each outcome first.
            await asyncio.gather(*sent)
            await producer.send_offsets_to_transaction({_PLACE: OffsetAndMetadata(number, "")}, self._id)
            await producer.commit_transaction()

    async def _send(self, reading: Reading) -> asyncio.Future[Any]:
        event = reading.event
        key: str = getattr(event, RECORD_KEY["sensors"])
        headers = to_binary_headers(record_id(event), self._publisher, TYPES["sensors"], event.at)
        future: asyncio.Future[Any] = await self._producer.send(
            _TOPIC, encode_event(event), key=key.encode(), headers=headers
        )
        return future
