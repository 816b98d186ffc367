"""From one VES event to one sample of a base station, to nothing that we use, or to what is wrong with it."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import orjson

from ioc.events import instant_text
from ioc.events.fields import MAX_ID
from ioc.events.identifiers import is_personal
from ioc.events.problems import MAX_ERRORS
from ioc.records import FieldError
from ioc.ves.mapping import Figure, Place, VesMapping, plain
from ioc.ves.schema import DOMAINS, Domain, faults, with_textual_versions

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = (datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST: Final = (datetime(9998, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)

_BLOCK: Final[Mapping[Domain, str]] = {
    "fault": "faultFields",
    "heartbeat": "heartbeatFields",
    "measurement": "measurementFields",
    "stateChange": "stateChangeFields",
    "thresholdCrossingAlert": "thresholdCrossingAlertFields",
}
"""The domains that say something of a base station, and the block of each; a heartbeat may come without."""

_HEADER: Final = "commonEventHeader"
_MAPS: Final = ("additionalFields", "alarmAdditionalInformation")
_MAP_ARRAYS: Final = ("additionalMeasurements", "additionalParameters")

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DAY_S: Final = 86_400
_MAX_CONDITION: Final = 128
_MAX_PROBLEM: Final = 512


@dataclass(frozen=True, slots=True)
class Sample:
    """What a VES event says of a base station.

    Attributes:
        id: Identity within the publisher: source, event id, sequence and time of the VES event.
        body: JSON of our event, as ``/v1/bts`` takes it; its fields' ranges are not checked yet.
        origins: Pointer of a field of ``body`` to the pointer of where it stood in the VES event.

    """

    id: str
    body: bytes
    origins: Mapping[str, str]

    def at_origin(self, errors: Sequence[FieldError]) -> list[FieldError]:
        """What is wrong with ``body``, told of the VES event."""
        return [FieldError(self.origins.get(error.pointer, ""), error.code, error.message) for error in errors]


@dataclass(frozen=True, slots=True)
class Unused:
    """An event that is valid and says nothing that is used here, such as a log line or a registration."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that cannot be taken.

    Attributes:
        id: As far as it can be read, else empty.
        errors: At least one; pointers are relative to the event.

    """

    id: str
    errors: Sequence[FieldError]


def domain_of(event: object) -> Domain | None:
    """The domain that an event says it has, valid or not."""
    header = event.get(_HEADER) if isinstance(event, dict) else None
    domain = header.get("domain") if isinstance(header, dict) else None
    return domain if isinstance(domain, str) and domain in DOMAINS else None


def translate(event: object, mapping: VesMapping, publisher: str, now: datetime) -> Sample | Unused | Refused:
    """Read one event.

    Args:
        event: What a JSON reader made of ``event``, or of one element of ``eventList``.
        mapping: Where things stand.
        publisher: Whose key sends it.
        now: When it was received, aware: the time of devices that have no clock and say 0.

    """
    if isinstance(event, dict):
        event = with_textual_versions(event)
    if errors := faults(event):
        return Refused(_id(event), errors)
    assert isinstance(event, dict)  # the schema says so
    name = _id(event)
    domain: Domain = event[_HEADER]["domain"]
    block_name = _BLOCK.get(domain)
    if block_name is None:
        return Unused(name)
    if block_name not in event and domain != "heartbeat":
        return Refused(name, [FieldError(f"/{block_name}", "missing", "required")])
    block: dict[str, Any] = event.get(block_name, {})
    draft = _Draft(event[_HEADER], block, f"/{block_name}", mapping, publisher, _hashed(block, mapping))
    draft.name_site()
    draft.time(now)
    if domain == "stateChange":
        draft.put("state", block["newState"], f"/{block_name}/newState")
    elif domain == "fault":
        draft.fault()
    elif domain == "thresholdCrossingAlert":
        draft.threshold()
    else:
        draft.interval()
    draft.figures()
    if draft.errors:
        return Refused(name, draft.errors[:MAX_ERRORS])
    return Sample(name, orjson.dumps({"id": name, **draft.values}), draft.origins)


@dataclass(slots=True)
class _Draft:
    """A sample in the making."""

    header: dict[str, Any]
    block: dict[str, Any]
    pointer: str
    mapping: VesMapping
    publisher: str
    hashed: Mapping[str, Sequence[tuple[str, str]]]
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)

    def put(self, name: str, value: object, origin: str) -> None:
        self.values[name] = value
        self.origins[f"/{name}"] = origin

    def name_site(self) -> None:
        """Say which site it is, whose and of which technology."""
        for name, places in (("site_id", self.mapping.site), ("operator", self.mapping.operator)):
            for text, origin in self._texts(places):
                self.put(name, text, origin)
                break
            else:
                self.errors.append(FieldError(_shown(places[0], self.pointer), "missing", f"names no {name}"))
        for text, origin in self._texts(self.mapping.technology):
            if technology := self.mapping.technologies.get(plain(text)):
                self.put("technology", technology, origin)
                return
        if self.mapping.default_technology is not None:
            self.put("technology", self.mapping.default_technology, "")
        else:
            place = _shown(self.mapping.technology[0], self.pointer)
            self.errors.append(FieldError(place, "missing", "names no technology that is known"))

    def time(self, now: datetime) -> None:
        """Take the time of what is told: the last one, for the first one of a fault is that of its beginning.

        A fault keeps ``startEpochMicrosec`` until it is cleared, so going by it would lose every clear.
        """
        last, start = self.header["lastEpochMicrosec"], self.header["startEpochMicrosec"]
        name = "lastEpochMicrosec" if last or not start else "startEpochMicrosec"
        at = self._instant(name) if last or start else instant_text(now)
        if at is not None:
            self.put("observed_at", at, f"/{_HEADER}/{name}")

    def fault(self) -> None:
        severity = self.mapping.severities["fault"][self.block["eventSeverity"]]
        raised = self._instant("startEpochMicrosec") if self.header["startEpochMicrosec"] else None
        own = (self.block["alarmCondition"], self.block.get("alarmInterfaceA", ""))
        self._alarm(severity, own, self.block["specificProblem"], raised)

    def threshold(self) -> None:
        """A crossed threshold holds while it is set or continues; a clear ends it whatever severity it names."""
        severity = self.mapping.severities["thresholdCrossingAlert"][self.block["eventSeverity"]]
        if self.block["alertAction"] == "CLEAR":
            severity = "normal"
        own = (self.block["alertDescription"], "threshold", self.block.get("interfaceName", ""))
        self._alarm(severity, own, self.block["alertType"], None)

    def interval(self) -> None:
        """Take the time until the next heartbeat or measurement; one beyond a day is no promise and is left out."""
        for name in ("heartbeatInterval", "measurementInterval"):
            if name in self.block and 1 <= (seconds := self.block[name]) <= _DAY_S:
                self.put("interval_s", seconds, f"{self.pointer}/{name}")

    def figures(self) -> None:
        """Find the numbers; of several figures of one field, the first that has a value counts."""
        for figure in self.mapping.figures:
            if figure.field in self.values:
                continue
            found = self._numbers(figure)
            if not found:
                continue
            value = figure.joined([number for number, _ in found]) * figure.scale
            origin = next((place for number, place in found if number * figure.scale == value), found[0][1])
            self.put(figure.field, int(value) if figure.field == "users" and value.is_integer() else value, origin)

    def _alarm(self, severity: str, own: Sequence[str], problem: str, raised: str | None) -> None:
        """Tell of an alarm; ``own`` is its condition and what else tells it from the site's other ones."""
        told = {
            "severity": severity,
            "id": _alarm_id(own),
            "condition": _cut(own[0], _MAX_CONDITION),
            "problem": _cut(problem, _MAX_PROBLEM),
            "raised_at": raised,
        }
        self.put("alarm", {name: value for name, value in told.items() if value}, self.pointer)

    def _instant(self, name: str) -> str | None:
        micros = self.header[name]
        if not _FIRST <= micros < _LAST:
            message = "must be microseconds since 1970, later than 1999"
            self.errors.append(FieldError(f"/{_HEADER}/{name}", "out_of_range", message))
            return None
        return instant_text(_EPOCH + timedelta(microseconds=int(micros)))

    def _texts(self, places: Sequence[Place]) -> Iterator[tuple[str, str]]:
        """Values at these places, in order, and where each stands."""
        for place in places:
            if place.where == "publisher":
                yield self.publisher.partition("/")[0], ""
            elif place.where == "header":
                value = self.header.get(place.name)
                if isinstance(value, str) and value.strip():
                    yield value, f"/{_HEADER}/{place.name}"
            else:
                for value, origin in self.hashed.get(place.name, ()):
                    yield value, f"{self.pointer}{origin}"

    def _numbers(self, figure: Figure) -> list[tuple[float, str]]:
        """Values of a figure, and where each stands; what is no number is an error."""
        texts = next((self.hashed[name] for name in figure.names if name in self.hashed), ())
        if not texts:
            in_block = (name for name in figure.fields if name in self.block)
            return [(float(self.block[name]), f"{self.pointer}/{name}") for name in in_block][:1]
        numbers = ((self._number(text, f"{self.pointer}{origin}"), origin) for text, origin in texts)
        return [(number, f"{self.pointer}{origin}") for number, origin in numbers if number is not None]

    def _number(self, text: str, pointer: str) -> float | None:
        number = float(text) if _NUMBER.fullmatch(text.strip()) else None
        if number is None or not math.isfinite(number):
            self.errors.append(FieldError(pointer, "type", "must be a number, written with a decimal point"))
            return None
        return number


def _hashed(block: dict[str, Any], mapping: VesMapping) -> dict[str, list[tuple[str, str]]]:
    """What the hash maps of a block tell: by plain name, the values and where in the block each stands."""
    maps = [(block[name], f"/{name}") for name in _MAPS if name in block]
    for array in _MAP_ARRAYS:
        maps += [(each["hashMap"], f"/{array}/{index}/hashMap") for index, each in enumerate(block.get(array, ()))]
    found: dict[str, list[tuple[str, str]]] = {}
    for content, pointer in maps:
        for name, text in content.items():
            if text.strip().lower() not in mapping.no_value:
                found.setdefault(plain(name), []).append((text, f"{pointer}/{_escaped(name)}"))
    return found


def _id(event: object) -> str:
    """Identity of an event within its publisher, made of its source's name, event id, sequence and time.

    The event id alone is not enough: a fault keeps it from its raising to its clear, and sources count anew after a
    restart.
    """
    header = event.get(_HEADER) if isinstance(event, dict) else None
    if not isinstance(header, dict):
        return ""
    source, own, sequence, last = (
        header.get(name) for name in ("sourceName", "eventId", "sequence", "lastEpochMicrosec")
    )
    if not (isinstance(source, str) and isinstance(own, str)):
        return ""
    numbers = (value if isinstance(value, int | float) else 0 for value in (sequence, last))
    name = "/".join([*(quote(text, safe=":._-~") for text in (source, own)), *(f"{number:.0f}" for number in numbers)])
    return _fit(name)


def _alarm_id(parts: Sequence[str]) -> str:
    """What an alarm is called from its beginning to its end, readable and within our bounds.

    Not the event id: some sources give the clear one of its own.
    """
    words = ("".join(filter(str.isprintable, " ".join(part.split()))) for part in parts)
    name = " / ".join(filter(None, words))
    return _fit(name)


def _fit(name: str) -> str:
    """A name that may be an identifier: as it is, or its digest where it is too long or looks like personal data.

    Counters of equipment can look like phone numbers, and an alarm is not lost for its number.
    """
    if len(name) <= MAX_ID and not is_personal(name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()


def _shown(place: Place, block: str) -> str:
    return f"/{_HEADER}/{place.name}" if place.where == "header" else block


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _cut(text: str, limit: int) -> str:
    """A text for people, within our bound: an alarm is not lost for its words."""
    return text.replace("\0", "").strip()[:limit].strip()
