"""The six sources: which model, which CloudEvents type, how its JSON is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
from pydantic import TypeAdapter, ValidationError

from ioc.events.bts import Bts
from ioc.events.camera import Camera
from ioc.events.gate import Gate
from ioc.events.problems import explain
from ioc.events.report import Report
from ioc.events.security import Security
from ioc.events.sensor import Sensor
from ioc.records import FieldError
from ioc.vocabulary import Source


class Event(Protocol):
    """What the six models have in common."""

    @property
    def id(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def series(self) -> str: ...
    @property
    def own_id(self) -> str: ...
    def settle(self, latest: datetime) -> Sequence[FieldError]: ...


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How one source is read.

    Attributes:
        model: Class of its events.
        type: CloudEvents ``type`` that we write.
        adapter: For schemas and for reading Python objects.
        validate: Reads JSON bytes; the adapter's validator without its detours.

    """

    model: type
    type: str
    adapter: TypeAdapter[Any]
    validate: Callable[[bytes], Any]


def _spec(model: type, type_: str) -> SourceSpec:
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    return SourceSpec(model, type_, adapter, adapter.validator.validate_json)


SPECS: Final[Mapping[Source, SourceSpec]] = {
    "reports": _spec(Report, "vn.ioc.report.v1"),
    "sensors": _spec(Sensor, "vn.ioc.sensor.v1"),
    "cameras": _spec(Camera, "vn.ioc.camera.v1"),
    "bts": _spec(Bts, "vn.ioc.bts.v1"),
    "gate": _spec(Gate, "vn.ioc.gate.v1"),
    "security": _spec(Security, "vn.ioc.security.v1"),
}

TYPES: Final[Mapping[Source, str]] = {source: spec.type for source, spec in SPECS.items()}
SOURCE_OF_TYPE: Final[Mapping[str, Source]] = {spec.type: source for source, spec in SPECS.items()}


def event_id(event: Event) -> str:
    """Id of an event within its publisher: its own, else series and time (UTC)."""
    return event.own_id or f"{event.series}|{instant_text(event.at)}"


def instant_text(at: datetime) -> str:
    """RFC 3339 in UTC with ``Z``: the same text for the same instant."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def encode_event(event: Event) -> bytes:
    """JSON of an event, absent fields left out; reading it gives an equal event."""
    content = {name: getattr(event, name) for name in event.__dataclass_fields__}  # type: ignore[attr-defined]
    return orjson.dumps({name: value for name, value in content.items() if value is not None}, option=orjson.OPT_UTC_Z)


def read_event(spec: SourceSpec, raw: bytes, latest: datetime, envelope_id: str | None) -> Event | list[FieldError]:
    """Read one event's JSON; the envelope's id, if any, wins over the body's and may stand for it.

    Args:
        spec: Source of the event.
        raw: The body.
        latest: An event time after it lies in the future.
        envelope_id: CloudEvents ``id``.

    """
    try:
        event: Event = spec.validate(raw)
    except ValidationError as error:
        problems = explain(error, raw)
        if envelope_id is None or [(fault.pointer, fault.code) for fault in problems] != [("/id", "missing")]:
            return problems
        # The only fault is the absent id, so this is an object that has other members.
        named = b'{"id":' + orjson.dumps(envelope_id) + b"," + raw.lstrip()[1:]
        return read_event(spec, named, latest, envelope_id)
    if envelope_id is not None and event.id != envelope_id:
        object.__setattr__(event, "id", envelope_id)
    faults = event.settle(latest)
    return list(faults) if faults else event
