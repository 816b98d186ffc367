"""What is written about a message that could not be read: its bytes as a dead letter, and a receipt per fault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ioc.mqtt.decoder import Rejected
from ioc.mqtt.message import Message
from ioc.records import Receipt, encode
from ioc.topics import DLQ, RECEIPTS

_PREFIX: Final = "__connect.errors."
ORIGIN: Final = "mqtt:"
"""Begins the topic that a dead letter names: no Kafka topic has a colon, so that none is replayed into."""
_MAX_KEY: Final = 1024
_MAX_MESSAGE: Final = 1024
_MAX_PAYLOAD: Final = 900_000
"""Brokers refuse records above 1,048,588 bytes by default."""

Row = tuple[str, bytes, bytes, Sequence[tuple[str, bytes]]]
"""Topic, key, value and headers of a record."""


def dead_letter(message: Message, rejects: Sequence[Rejected]) -> Row:
    """The message's bytes unchanged, headers saying where from and why (Kafka Connect's names).

    A payload that no record can hold is left out; ``ioc.error.truncated`` says how long it was.
    """
    first = rejects[0].errors[0]
    topic = message.topic.encode(errors="replace")
    headers = [
        (_PREFIX + "topic", ORIGIN.encode() + topic),
        (_PREFIX + "partition", b"-1"),
        (_PREFIX + "offset", b"-1"),
        (_PREFIX + "exception.class.name", b"Rejected"),
        (_PREFIX + "exception.message", first.message.encode()[:_MAX_MESSAGE]),
        (_PREFIX + "stage", b"mqtt"),
        ("ioc.error.pointer", first.pointer.encode()),
        ("ioc.error.reason", first.code.encode()),
    ]
    value = message.payload
    if len(value) > _MAX_PAYLOAD:
        headers.append(("ioc.error.truncated", b"%d" % len(value)))
        value = b""
    return DLQ, topic[:_MAX_KEY], value, headers


def receipt(reject: Rejected, now: datetime) -> Row:
    """What the publisher finds about it; never a value that was sent."""
    content = Receipt(reject.publisher, reject.id, "rejected", None, list(reject.errors), now)
    return RECEIPTS, reject.id.encode(), encode(content), ()
