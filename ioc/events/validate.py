"""One event, or several, checked before they go to Kafka: what the gateway answers with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson

from ioc.events.decode import MAX_VALUE_BYTES
from ioc.events.sources import SPECS, Event, read_event
from ioc.records import FieldError
from ioc.vocabulary import Source


def validate_one(
    source: Source, data: object, *, now: datetime, max_future: timedelta, envelope_id: str | None = None
) -> Event | list[FieldError]:
    """Read one event.

    Args:
        source: Which model.
        data: JSON bytes, or what a JSON reader made of them.
        now: The clock, aware.
        max_future: How far ahead of it an event time may be.
        envelope_id: CloudEvents ``id``; wins over the body's and may stand for it.

    Returns:
        The event, or what is wrong with it: pointers are relative to the event.

    """
    if isinstance(data, bytes):
        raw = data
    else:
        try:
            raw = orjson.dumps(data)
        except orjson.JSONEncodeError:
            return [FieldError("", "json", "must be JSON")]
    if len(raw) > MAX_VALUE_BYTES:
        return [FieldError("", "too_large", f"must have at most {MAX_VALUE_BYTES} bytes")]
    return read_event(SPECS[source], raw, now + max_future, envelope_id)


def validate_many(
    source: Source, items: Iterable[object], *, now: datetime, max_future: timedelta
) -> list[Event | list[FieldError]]:
    """Read several events; the answer has their order, see :func:`validate_one`."""
    return [validate_one(source, item, now=now, max_future=max_future) for item in items]
