"""How the gateway's Kafka clients are set up, and how one is thrown away when Kafka does not answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.helpers import create_ssl_context

from ioc.settings import Settings

_CANCEL_ROUNDS: Final = 40


def client_options(settings: Settings) -> dict[str, Any]:
    """Arguments that every client takes: where the cluster is and how to speak to it."""
    kafka = settings.kafka
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": kafka.security_protocol,
        "request_timeout_ms": int(settings.gateway.kafka_timeout_s * 1000),
        "retry_backoff_ms": 100,
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
        }
    if kafka.security_protocol.endswith("SSL"):
        options["ssl_context"] = create_ssl_context(
            cafile=kafka.ssl_cafile, certfile=kafka.ssl_certfile, keyfile=kafka.ssl_keyfile
        )
    return options


def reader(options: dict[str, Any]) -> AIOKafkaConsumer:
    """A consumer without a group: it is told what to read and commits nothing."""
    return AIOKafkaConsumer(
        **options,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=250,
        max_partition_fetch_bytes=512 * 1024,
    )


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
