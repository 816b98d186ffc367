"""What the edges share of Kafka: how a client is thrown away when Kafka does not answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_CANCEL_ROUNDS: Final = 40


async def discard(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Close a client at once, whatever state Kafka is in. What it had not sent is dropped.

    ``AIOKafkaProducer.stop`` first waits until everything is delivered, for ever while Kafka is away; an idempotent
    producer that is left to itself would deliver it hours later, after its senders were told that it failed.
    """
    client._closed = True
    sender = getattr(client, "_sender", None)
    if sender is not None and sender.sender_task is not None:
        # The sender answers a cancellation by waiting for its requests, so each further one ends one request.
        for _ in range(_CANCEL_ROUNDS):
            if sender.sender_task.done():
                break
            sender.sender_task.cancel()
            await asyncio.wait([sender.sender_task], timeout=0.02)
    if isinstance(client, AIOKafkaConsumer):
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1):
                await _close_consumer(client)
    with contextlib.suppress(Exception):
        async with asyncio.timeout(1):
            await (client._client if isinstance(client, AIOKafkaConsumer) else client.client).close()


async def _close_consumer(consumer: AIOKafkaConsumer) -> None:
    if consumer._coordinator:
        await consumer._coordinator.close()
    if consumer._fetcher:
        await consumer._fetcher.close()
