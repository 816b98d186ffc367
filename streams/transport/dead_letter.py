"""Dead letters: the original bytes unchanged, and headers that say where from and why (Kafka Connect's names)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streams.transport.records import Headers

HANDLER_ERROR: Final = "handler_error"
CRASHED_WORKER: Final = "crashed_worker"

_PREFIX: Final = "__connect.errors."
_MESSAGE_LIMIT: Final = 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """The record that a dead letter is about."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a record is a dead letter. No field may quote a value of the record."""

    stage: str
    reason: str
    exception_class: str
    message: str
    pointer: str = ""


def dead_letter(
    origin: Origin, cause: Cause, limit: int
) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]:
    """Key, value and headers of the dead letter.

    A record that with the added headers would exceed ``limit`` bytes becomes a stub: the key if it is short, no
    value, no original headers, and ``ioc.error.truncated`` with the value's size. Its topic, partition and offset
    still find it for as long as the topic keeps it.
    """
    context: list[tuple[str, bytes | None]] = [
        (_PREFIX + "topic", origin.topic.encode()),
        (_PREFIX + "partition", b"%d" % origin.partition),
        (_PREFIX + "offset", b"%d" % origin.offset),
        (_PREFIX + "exception.class.name", cause.exception_class.encode()),
        (_PREFIX + "exception.message", cause.message.encode()[:_MESSAGE_LIMIT]),
        (_PREFIX + "stage", cause.stage.encode()),
        ("ioc.error.pointer", cause.pointer.encode()),
        ("ioc.error.reason", cause.reason.encode()),
    ]
    size = record_size(origin.key, origin.value, [*origin.headers, *context])
    if size <= limit:
        return origin.key, origin.value, [*origin.headers, *context]
    key = origin.key if origin.key is not None and len(origin.key) <= _MESSAGE_LIMIT else None
    # A record needs a key or a value.
    value = b"" if key is None else None
    return key, value, [*context, ("ioc.error.truncated", b"%d" % len(origin.value or b""))]


def record_size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Upper bound of a record's size on the wire, batch header included."""
    size = 100 + len(key or b"") + len(value or b"")
    for name, content in headers:
        size += 10 + 4 * len(name) + len(content or b"")
    return size
