"""The way to Kafka: everything of a batch is there with acks=all, or it is tried again until it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from connectors.kafka import discard
from ioc.mqtt.letters import Row

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 10.0
_PROBE_TIMEOUT_S: Final = 3.0
_BACKOFF_S: Final = 0.5
_MAX_REQUEST_BYTES: Final = 1_048_576


class TopicMissingError(Exception):
    """A topic is not there; the message is a sentence."""


class Outlet:
    """One idempotent producer, replaced when it fails.

    A batch that was tried twice may be there twice, as a message may be that is delivered again: identities tell.

    Args:
        client: Arguments of every Kafka client.
        topics: What is written to; looked for with every connection.
        on_state: Told whether Kafka is there, whenever that changes.

    """

    def __init__(self, client: Mapping[str, Any], topics: Collection[str], on_state: Callable[[bool], None]) -> None:
        self._client = dict(client)
        self._topics = topics
        self._on_state = on_state
        self._producer: AIOKafkaProducer | None = None
        self._told: str | None = None
        self.trouble: list[str] = ["kafka: not reached yet"]

    async def write(self, rows: Sequence[Row]) -> None:
        """Write; returns when Kafka has all of it, however long that takes."""
        while True:
            try:
                producer = await self._connected()
                async with asyncio.timeout(_TIMEOUT_S):
                    sent = [
                        await producer.send(topic, value, key=key, headers=list(headers))
                        for topic, key, value, headers in rows
                    ]
                    await asyncio.gather(*sent)
            except Exception as error:
                await self._lost(error)
                await asyncio.sleep(_BACKOFF_S)
            else:
                return

    async def probe(self) -> None:
        """Find out whether Kafka is there, while there is nothing to write."""
        try:
            producer = await self._connected()
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                await producer.client.fetch_all_metadata()
        except Exception as error:
            await self._lost(error)

    async def close(self) -> None:
        """Disconnect at once, whatever state Kafka is in."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._client, acks="all", enable_idempotence=True, max_request_size=_MAX_REQUEST_BYTES
            )
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await producer.start()
                    missing = set(self._topics) - set((await producer.client.fetch_all_metadata()).topics())
            except BaseException:
                await discard(producer)
                raise
            if missing:
                await discard(producer)
                raise TopicMissingError(f"the topic {min(missing)} is missing: make it with `ioc topics create`")
            self._producer = producer
            self._say("")
        return self._producer

    async def _lost(self, error: Exception) -> None:
        expected = isinstance(error, KafkaError | OSError | TimeoutError | TopicMissingError)
        sentence = str(error) if isinstance(error, TopicMissingError) else f"not reached ({type(error).__name__})"
        self._say(sentence, trace=None if expected else error)
        await self.close()

    def _say(self, trouble: str, *, trace: Exception | None = None) -> None:
        """Note why Kafka does not take anything; empty: it does."""
        self.trouble = [f"kafka: {trouble}"] if trouble else []
        self._on_state(not trouble)
        if trouble == self._told:
            return
        self._told = trouble
        if trouble:
            _log.warning("kafka_away", extra={"reason": trouble}, exc_info=trace)
        else:
            _log.info("kafka_reached")
