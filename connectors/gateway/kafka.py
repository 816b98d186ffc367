"""How the gateway's Kafka clients are set up."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.helpers import create_ssl_context

from ioc.settings import Settings


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
