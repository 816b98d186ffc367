"""From a message to records of the raw topics, and to what is wrong with it: nothing is dropped unsaid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from ioc.events import MAX_VALUE_BYTES, TYPES, encode_event, to_binary_headers, validate_one
from ioc.events.camera import Camera
from ioc.events.cloudevents import identifier
from ioc.events.fields import MAX_ID, MAX_SOURCE
from ioc.events.gate import Gate
from ioc.events.identifiers import unbetraying
from ioc.events.raw import RECORD_KEY, record_id
from ioc.mqtt.documents import Unreadable
from ioc.mqtt.drafts import Draft, Read
from ioc.mqtt.flat import read_chirpstack, read_home_assistant
from ioc.mqtt.frigate import read_frigate
from ioc.mqtt.mapping import Entry, Preset
from ioc.mqtt.message import Message, Received
from ioc.mqtt.plain import read_availability, read_json
from ioc.mqtt.senml import read_senml
from ioc.privacy.plates import NO_PLATES, PlateGuard
from ioc.records import FieldError
from ioc.topics import RAW
from ioc.vocabulary import Source

__all__ = ["OUTCOMES", "UNMAPPED", "Decoded", "Decoder", "Message", "Outcome", "RawRecord", "Rejected"]

Outcome = Literal["written", "partial", "rejected", "passed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("written", "partial", "rejected", "passed")
"""What becomes of a message: all of it, some of it or none of it is records, or there is nothing in it to tell."""

UNMAPPED: Final = "unmapped"
"""Stands for the preset of a message whose topic no entry has."""

_READERS: Final[Mapping[Preset, Callable[[Received], Read]]] = {
    "json": read_json,
    "senml": read_senml,
    "frigate": read_frigate,
    "chirpstack": read_chirpstack,
    "home-assistant": read_home_assistant,
    "availability": read_availability,
}
_SOURCE_MISMATCH: Final = "source_mismatch"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record of a raw topic, a CloudEvent in binary mode."""

    source: Source
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]

    @property
    def topic(self) -> str:
        """Where it belongs."""
        return RAW[self.source]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A part of a message that is no record.

    Attributes:
        publisher: Who sent it.
        id: Of the event, as far as it is known.
        errors: What is wrong, at least one; pointers into the payload.

    """

    publisher: str
    id: str
    errors: Sequence[FieldError]


@dataclass(slots=True)
class Decoded:
    """What became of one message.

    Attributes:
        preset: What it was read with.
        records: To be written, in the payload's order.
        rejects: What could not be read.
        passed: Why there is nothing to write and nothing wrong; empty otherwise.

    """

    preset: str
    records: list[RawRecord] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    passed: str = ""

    @property
    def outcome(self) -> Outcome:
        """In one word."""
        if self.records:
            return "partial" if self.rejects else "written"
        return "rejected" if self.rejects else "passed"


class Decoder:
    """Reads messages as the mapping says.

    Args:
        entries: The mapping; of those that match a topic the first one counts.
        max_future: How far ahead of the clock an event time may be.
        guard: Takes number plates out of camera and gate events.

    """

    def __init__(self, entries: Sequence[Entry], max_future: timedelta, guard: PlateGuard = NO_PLATES) -> None:
        self._guard = guard
        self._entries = tuple(entries)
        self._max_future = max_future

    @property
    def filters(self) -> list[str]:
        """What has to be subscribed to."""
        return [one.mqtt for entry in self._entries for one in entry.filters]

    def decode(self, message: Message, now: datetime) -> Decoded:
        """Read one message.

        Args:
            message: The message.
            now: When it arrived, aware.

        """
        found = self._entry(message.topic)
        if found is None:
            error = FieldError("", "not_allowed", "the mapping has no entry for this topic")
            return Decoded(UNMAPPED, rejects=[Rejected("urn:ioc:mqtt", "", [error])])
        entry, levels = found
        publisher = str(entry.fill(entry.publisher, levels))
        decoded = Decoded(entry.preset)
        if (fault := identifier(publisher, MAX_SOURCE)) is not None:
            errors = [FieldError("", fault.code, f"publisher: {fault.message}")]
            decoded.rejects.append(Rejected("urn:ioc:mqtt", "", errors))
            return decoded
        if len(message.payload) > MAX_VALUE_BYTES:
            errors = [FieldError("", "too_large", f"must have at most {MAX_VALUE_BYTES} bytes")]
            decoded.rejects.append(Rejected(publisher, "", errors))
            return decoded
        try:
            read = _READERS[entry.preset](Received(message, entry, levels, now))
        except Unreadable as error:
            decoded.rejects.append(Rejected(publisher, "", error.errors))
            return decoded
        for draft in read.drafts:
            self._settle(draft, publisher, now, decoded)
        decoded.rejects += [Rejected(publisher, "", fault.errors) for fault in read.faults]
        decoded.passed = read.passed
        return decoded

    def _entry(self, topic: str) -> tuple[Entry, Mapping[str, str]] | None:
        for entry in self._entries:
            for one in entry.filters:
                levels = one.match(topic)
                if levels is not None:
                    return entry, levels
        return None

    def _settle(self, draft: Draft, publisher: str, now: datetime, decoded: Decoded) -> None:
        event = validate_one(draft.source, draft.fields, now=now, max_future=self._max_future)
        if isinstance(event, list):
            errors = [_placed(draft, error) for error in event]
            decoded.rejects.append(Rejected(publisher, _id_of(draft.fields), errors))
            return
        if isinstance(event, Gate):
            event = self._guard.clean_gate(event)
        own = event.source
        if own is not None and own != publisher and not own.startswith(f"{publisher}/"):
            message = "must be the mapping's publisher, or begin with it and a slash"
            error = _placed(draft, FieldError("/source", _SOURCE_MISMATCH, message))
            decoded.rejects.append(Rejected(publisher, record_id(event), [error]))
            return
        if isinstance(event, Camera):
            event = self._guard.clean(event)
        source = draft.source
        key: str = getattr(event, RECORD_KEY[source])
        headers = to_binary_headers(record_id(event), own or publisher, TYPES[source], event.at)
        decoded.records.append(RawRecord(source, key.encode(), encode_event(event), headers))


def _placed(draft: Draft, error: FieldError) -> FieldError:
    """An error of the event as one of the payload."""
    name, slash, rest = error.pointer[1:].partition("/")
    place = draft.places.get(name)
    if place is not None:
        return FieldError(place + slash + rest, error.code, error.message)
    return FieldError(draft.pointer, error.code, f"{name}: {error.message}" if name else error.message)


def _id_of(fields: Mapping[str, Any]) -> str:
    value = fields.get("id")
    return unbetraying(fields, str(value)) or "" if identifier(value, MAX_ID) is None else ""
