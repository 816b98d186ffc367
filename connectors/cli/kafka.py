"""Kafka clients of the command line: connected from the settings, read committed, and never waiting without end."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, SaslAuthenticationFailed
from aiokafka.helpers import create_ssl_context

from connectors.cli.errors import Unavailable
from ioc.settings import Settings

STALL_S: Final = 20.0
"""A read that makes no progress for so long has lost its broker."""
_POLL_MS: Final = 500
_REQUEST_TIMEOUT_MS: Final = 10_000

Record: TypeAlias = ConsumerRecord[bytes | None, bytes | None]


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of every aiokafka client."""
    kafka = settings.kafka
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": kafka.security_protocol,
        "request_timeout_ms": _REQUEST_TIMEOUT_MS,
    }
    if "SASL" in kafka.security_protocol:
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
        }
    if "SSL" in kafka.security_protocol.split("_"):
        options["ssl_context"] = create_ssl_context(
            cafile=kafka.ssl_cafile, certfile=kafka.ssl_certfile, keyfile=kafka.ssl_keyfile
        )
    return options


class _Heard(logging.Handler):
    """Keeps why the client library could not connect: it logs that, and raises that it could not."""

    reason: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        last = record.args[-1] if isinstance(record.args, tuple) and record.args else None
        if isinstance(last, BaseException):
            self.reason = last


_heard: Final = _Heard(logging.ERROR)


def quiet_clients() -> None:
    """Keep aiokafka's own log lines off the terminal: what matters comes as an error with a sentence."""
    logger = logging.getLogger("aiokafka")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    if _heard not in logger.handlers:
        logger.addHandler(_heard)


@asynccontextmanager
async def open_consumer(settings: Settings, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """A read_committed consumer without a group: it disturbs nobody and leaves nothing behind."""
    quiet_clients()
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        **options,
    )
    async with _running(consumer, settings):
        yield consumer


@asynccontextmanager
async def open_producer(settings: Settings, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that waits for all replicas."""
    quiet_clients()
    producer = AIOKafkaProducer(**client_options(settings), acks="all", **options)
    async with _running(producer, settings):
        yield producer


@asynccontextmanager
async def open_admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator's client."""
    quiet_clients()
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
    except KafkaError as error:
        await admin.close()
        raise away(settings, error) from None
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def _running(client: AIOKafkaConsumer | AIOKafkaProducer, settings: Settings) -> AsyncIterator[None]:
    try:
        await client.start()
    except KafkaError as error:
        await client.stop()
        raise away(settings, error) from None
    try:
        yield
    finally:
        await client.stop()


def away(settings: Settings, error: BaseException) -> Unavailable:
    """The sentence for a broker that does not answer, or lets nobody in who comes like this."""
    if isinstance(_heard.reason, SaslAuthenticationFailed):
        return Unavailable(
            f"Kafka at {settings.bootstrap} does not take this user and password "
            "(IOC_KAFKA__SASL_USERNAME, IOC_KAFKA__SASL_PASSWORD_FILE)"
        )
    if isinstance(_heard.reason, ssl.SSLCertVerificationError):
        return Unavailable(
            f"the certificate of Kafka at {settings.bootstrap} cannot be trusted "
            f"({_heard.reason.verify_message}): see IOC_KAFKA__SSL_CAFILE"
        )
    return Unavailable(
        f"Kafka does not answer at {settings.bootstrap} ({type(error).__name__}): "
        "start it with `ioc up`, or set IOC_KAFKA_BOOTSTRAP"
    )


async def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """Partitions of the topics that exist."""
    # The public topics() asks the same and keeps the names only; partitions_for_topic() knows subscribed ones only.
    cluster = await consumer._client.fetch_all_metadata()
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(cluster.partitions_for_topic(topic) or ())
    ]


async def read_to_end(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition], starts: Mapping[TopicPartition, int] | None = None
) -> AsyncIterator[list[Record]]:
    """What the partitions hold at this moment, in batches of one partition each.

    The end is what a read_committed reader could see when the reading began, and it is the *position* that has to
    reach it: control markers and aborted records take offsets but are never delivered.

    Args:
        consumer: Of :func:`open_consumer`; its assignment is replaced.
        partitions: What to read.
        starts: First offset by partition; the beginning where it is not given.

    Raises:
        Unavailable: nothing moved for :data:`STALL_S`.

    """
    assigned = list(partitions)
    if not assigned:
        return
    consumer.assign(assigned)
    ends = await consumer.end_offsets(assigned)
    beginnings = await consumer.beginning_offsets(assigned)
    for partition in assigned:
        consumer.seek(partition, max((starts or {}).get(partition, 0), beginnings[partition]))
    left = {partition for partition in assigned if await consumer.position(partition) < ends[partition]}
    consumer.pause(*(partition for partition in assigned if partition not in left))
    moved = time.monotonic()
    while left:
        batches = await consumer.getmany(*left, timeout_ms=_POLL_MS)
        for partition, records in batches.items():
            wanted = [record for record in records if record.offset < ends[partition]]
            if wanted:
                yield wanted
        done = {partition for partition in left if await consumer.position(partition) >= ends[partition]}
        if batches or done:
            moved = time.monotonic()
        elif time.monotonic() - moved > STALL_S:
            raise Unavailable(f"Kafka stopped answering while {', '.join(sorted({p.topic for p in left}))} was read")
        consumer.pause(*done)
        left -= done
