"""The Faust transport ``batch://``: looked up by its URL scheme through the ``faust.transports`` entry point."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiokafka import AIOKafkaProducer
from faust.transport import base
from faust.transport.drivers import aiokafka as faust_aiokafka

from streams.transport.consumer import Consumer, started

log = logging.getLogger(__name__)

_FLUSH_S = 2.0


class Producer(faust_aiokafka.Producer):  # type: ignore[misc]
    """The plain producer, idempotent: for the notes of attempts and what else is not part of a round.

    The rounds have a writer of their own.
    """

    logger = logging.getLogger("faust.transport")

    @property
    def plain(self) -> Any:
        """The started aiokafka producer."""
        return self._ensure_producer()

    async def on_start(self) -> None:
        await base.Producer.on_start(self)
        settings = self.app.engine.settings
        arguments = settings.client_arguments() | {
            "request_timeout_ms": int(settings.session_timeout_s * 1000),
            "client_id": f"{settings.transactional_id}-producer",
        }
        self._producer = await started(
            lambda: AIOKafkaProducer(enable_idempotence=True, acks="all", **arguments), "the producer"
        )

    async def flush(self) -> None:
        """Wait for what was sent, but not for a broker that is away."""
        if self._producer is not None:
            try:
                await asyncio.wait_for(self._producer.flush(), _FLUSH_S)
            except TimeoutError:
                log.warning("the plain producer could not be flushed")

    async def on_stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), _FLUSH_S)
            except TimeoutError:
                log.warning("the plain producer could not be stopped in good order")


class Transport(faust_aiokafka.Transport):  # type: ignore[misc]
    """Faust over record batches."""

    Consumer = Consumer
    Producer = Producer
