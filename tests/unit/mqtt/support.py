"""Messages through a mapping, in one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.mqtt import Decoded, Decoder, Message, read_mapping

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def decoder(mapping: str) -> Decoder:
    return Decoder(read_mapping(mapping.encode(), "mqtt.toml"), timedelta(minutes=5))


def decode(mapping: str, topic: str, payload: object, *, retained: bool = False) -> Decoded:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decoder(mapping).decode(Message(topic, raw, retained), NOW)


def values(decoded: Decoded) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in decoded.records]


def faults(decoded: Decoded) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for reject in decoded.rejects for error in reject.errors]


def headers(decoded: Decoded, index: int = 0) -> dict[str, str]:
    return {name: value.decode() for name, value in decoded.records[index].headers}
