"""From the items of a request to records for Kafka, or to what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from connectors.gateway.caller import Caller
from connectors.gateway.sealing import ReportRecord
from connectors.gateway.writer import Record
from ioc.emit import headers_of
from ioc.events import (
    SOURCE_OF_TYPE,
    TYPES,
    Envelope,
    EnvelopeError,
    Report,
    Structured,
    encode_event,
    to_binary_headers,
    validate_one,
)
from ioc.events.camera import Camera
from ioc.events.fields import MAX_ID, MAX_SOURCE
from ioc.events.gate import Gate
from ioc.events.identifiers import is_personal, unbetraying
from ioc.events.problems import under, within
from ioc.events.raw import RECORD_KEY, record_id
from ioc.privacy.plates import NO_PLATES, PlateGuard
from ioc.records import FieldError, Receipt, encode
from ioc.topics import RAW, RECEIPTS
from ioc.ves import Refused, Sample, Unused
from ioc.vocabulary import WRITE_SCOPE, Source

SOURCE_MISMATCH: Final = "source_mismatch"
SCOPE: Final = "scope"
_REFUSALS: Final = frozenset({SOURCE_MISMATCH, SCOPE})


@dataclass(frozen=True, slots=True)
class Plain:
    """An event's JSON, and its envelope where it came in HTTP headers."""

    source: Source
    raw: bytes
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """An event in the words of another standard.

    Attributes:
        source: Of the event that it becomes.
        translate: From the key's publisher and the time to that event, or to why there is none.

    """

    source: Source
    translate: Callable[[str, datetime], Sample | Unused | Refused]


Item = Plain | Structured | Foreign | EnvelopeError
"""One item of a request; a structured event without ``pointer`` had its envelope in HTTP headers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item.

    Attributes:
        id: Of the event, as far as it is known.
        source: Of the event, as far as it is known and the key's own.
        record: What is to be written; ``None`` where the item is refused.
        errors: Why it is refused; pointers are relative to the item.
        unused: Whether it is fine and yet nothing is to be written.

    """

    id: str
    source: str
    record: Record | None
    errors: Sequence[FieldError] = ()
    unused: bool = False

    @property
    def accepted(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.record is not None or self.unused

    @property
    def forbidden(self) -> bool:
        """Whether the key, not the content, is the reason."""
        return any(error.code in _REFUSALS for error in self.errors)


class Checker:
    """Checks the items of one request.

    Args:
        key: Whose request it is.
        now: The clock, aware.
        max_future: How far ahead of it an event time may be.
        guard: Takes number plates out of camera and gate events.
        photos: What is wrong with links to photos.

    """

    def __init__(
        self,
        key: Caller,
        now: datetime,
        max_future: timedelta,
        guard: PlateGuard = NO_PLATES,
        photos: Callable[[Sequence[str]], Sequence[FieldError]] = lambda _: (),
    ) -> None:
        self._photos = photos
        self._guard = guard
        self._key = key
        self._now = now
        self._max_future = max_future

    def check(self, item: Item) -> Outcome:
        """What becomes of an item."""
        if isinstance(item, Plain):
            return self.plain(item)
        return self.foreign(item) if isinstance(item, Foreign) else self.structured(item)

    def plain(self, item: Plain) -> Outcome:
        """An item that is an event's JSON, its envelope in HTTP headers if it has one."""
        source, raw, envelope = item.source, item.raw, item.envelope
        if envelope is not None and SOURCE_OF_TYPE.get(envelope.type, source) != source:
            error = FieldError("", "not_allowed", f"header ce-type: must be {TYPES[source]} here")
            return self._refused(envelope.id, envelope.source, [error])
        event = validate_one(
            source,
            raw,
            now=self._now,
            max_future=self._max_future,
            envelope_id=envelope.id if envelope is not None else None,
        )
        if isinstance(event, list):
            return self._refused(*_names_in(raw, envelope), event)
        if isinstance(event, Gate):
            event = self._guard.clean_gate(event)  # before it is named: a vehicle may be part of the name
        name = record_id(event)
        publisher = (envelope.source if envelope is not None else event.source) or self._key.publisher
        if not self._key.owns(publisher):
            pointer = "/source" if envelope is None else ""
            message = "must be the key's publisher, or begin with it and a slash"
            return self._refused(name, None, [FieldError(pointer, SOURCE_MISMATCH, message)])
        if isinstance(event, Report) and event.photos and (faults := self._photos(event.photos)):
            return self._refused(name, publisher, faults)
        key = getattr(event, RECORD_KEY[source])
        forwarded = envelope.forwarded if envelope is not None else None
        headers = to_binary_headers(name, publisher, TYPES[source], event.at, forwarded=forwarded)
        if isinstance(event, Camera):
            # Written anew even without a plate: fields that are not ours may hold one in clear.
            raw = encode_event(self._guard.clean(event))
        elif isinstance(event, Gate):
            raw = encode_event(event)
        if isinstance(event, Report):
            record: Record = ReportRecord(RAW[source], key.encode(), raw, headers, source=publisher, report=event)
        else:
            record = Record(RAW[source], key.encode(), raw, headers)
        return Outcome(name, publisher, record)

    def structured(self, event: Structured | EnvelopeError) -> Outcome:
        """An item that is a CloudEvent in one JSON document: its type tells the source."""
        if isinstance(event, EnvelopeError):
            return self._refused(event.id, event.source, event.errors)
        envelope = event.envelope
        source = SOURCE_OF_TYPE.get(envelope.type)
        place, prefix = ("/type", "") if event.pointer else ("", "header ce-type: ")
        if source is None:
            error = FieldError(place, "not_allowed", f"{prefix}must be one of {', '.join(TYPES.values())}")
            return self._refused(envelope.id, envelope.source, [error])
        if not self._key.allows(WRITE_SCOPE[source]):
            error = FieldError(place, SCOPE, f"{prefix}the key lacks the scope {WRITE_SCOPE[source]}")
            return self._refused(envelope.id, envelope.source, [error])
        outcome = self.plain(Plain(source, event.data, envelope))
        if outcome.record is not None or not event.pointer:
            return outcome
        errors = outcome.errors
        if outcome.forbidden:
            errors = [FieldError("/source", error.code, error.message) for error in errors]
        elif event.encoded:
            errors = within(event.pointer, errors)
        else:
            errors = under(event.pointer, errors)
        return Outcome(outcome.id, outcome.source, None, errors)

    def foreign(self, item: Foreign) -> Outcome:
        """An event in other words: an item like any other once it is in ours; faults are told of the original."""
        made = item.translate(self._key.publisher, self._now)
        if isinstance(made, Refused):
            return self._refused(made.id, None, made.errors)
        if isinstance(made, Unused):
            return Outcome(made.id, self._key.publisher, None, unused=True)
        outcome = self.plain(Plain(item.source, made.body))
        if outcome.record is not None:
            return outcome
        return Outcome(made.id, outcome.source, None, made.at_origin(outcome.errors))

    def _refused(self, name: str | None, source: str | None, errors: Sequence[FieldError]) -> Outcome:
        own = source if source is not None and self._key.owns(source) else self._key.publisher
        return Outcome(name or "", own, None, errors)


def results(outcomes: Sequence[Outcome], accepted: str) -> list[dict[str, Any]]:
    """Answer per item; ``accepted`` is the word for those that are fine."""
    return [
        {
            "index": index,
            "id": outcome.id or None,
            "status": accepted if outcome.accepted else "rejected",
            "errors": outcome.errors,
        }
        for index, outcome in enumerate(outcomes)
    ]


def receipt(outcome: Outcome, now: datetime, province: str) -> Record:
    """What the publisher finds in ``ioc.receipts`` about an item that was refused here."""
    content = Receipt(outcome.source, outcome.id, "rejected", None, list(outcome.errors), now)
    return Record(RECEIPTS, outcome.id.encode(), encode(content), headers_of(content, province))


def _names_in(raw: bytes, envelope: Envelope | None) -> tuple[str | None, str | None]:
    """Id and source of an event whose body breaks the contract: the envelope's, else the body's."""
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        content = None
    fields = content if isinstance(content, dict) else {}
    if envelope is not None:
        names: tuple[str | None, str | None] = envelope.id, envelope.source
    else:
        names = _name(fields.get("id"), MAX_ID), _name(fields.get("source"), MAX_SOURCE)
    return unbetraying(fields, names[0]), unbetraying(fields, names[1])


def _name(value: object, limit: int) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable() or is_personal(value):
        return None
    return value.strip()
