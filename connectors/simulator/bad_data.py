"""Scenario ``bad-data``: every way in which publishers break the contract, over all sources, among good events.

Each kind of broken input has the reason that it must be refused for; what keeps the contract and still means nothing
(sentinels, instruments that are not well, news of last week) must come to nothing, and repeats must be known again.
Straight to Kafka only: the gateway refuses most of it before there is a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

import orjson

from connectors.simulator.event import PUBLISHER, Event, Tally, instant, prefix_of
from ioc.events import CODES, MAX_VALUE_BYTES
from ioc.vocabulary import SOURCES, Source

_TIME: Final[Mapping[Source, str]] = dict.fromkeys(SOURCES, "observed_at") | {"reports": "occurred_at"}
_TOO_LATE_S: Final = -73 * 3600.0
"""Older than the 72 h for which late telemetry is told."""
_AHEAD_S: Final = 3_600.0
"""Beyond the five minutes that a clock may be ahead."""
_EARLIER_S: Final = -5.0
_PHONE: Final = "0912345678"

Fields = dict[str, Any]
Spoil = Callable[[Fields], bytes]
"""From a good event to the bytes that are sent."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of input: what it is made of, and what must become of it.

    Attributes:
        source: Which topic.
        name: What is wrong.
        expected: What must become of it: an outcome, or the code that it is rejected with.
        make: Its bytes, from a good event of a device of its own.
        headers: That it is sent with.
        offset_s: Event time, seconds from the moment of sending.

    """

    source: Source
    name: str
    expected: str
    make: Spoil = orjson.dumps
    headers: tuple[tuple[str, bytes], ...] = ()
    offset_s: float = _EARLIER_S


def _good(source: Source, name: str) -> Fields:
    """A quiet event of a device of its own; a report is never quiet."""
    match source:
        case "reports":
            return {"id": name, "text": "Đèn đường không sáng", "channel": "app"}
        case "sensors":
            return {"device_id": name, "metric": "so2", "value": 21.5, "unit": "µg/m³"}
        case "cameras":
            return {"id": name, "camera_id": name, "kind": "car", "confidence": 0.8}
        case "bts":
            return {"site_id": name, "operator": "sim-a", "technology": "4G", "state": "in_service", "rsrp_dbm": -80}
        case "gate":
            return {"gate_id": name, "direction": "out", "kind": "queue", "vehicles_waiting": 3}
        case "security":
            return {"id": name, "asset_id": name, "kind": "port_scan", "severity": "low"}


def _with(**changes: Any) -> Spoil:
    return lambda fields: orjson.dumps(fields | changes)


def _without(name: str) -> Spoil:
    return lambda fields: orjson.dumps({key: value for key, value in fields.items() if key != name})


def _text(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda fields: change(orjson.dumps(fields))


def _local(fields: Fields) -> bytes:
    """Times without an offset, as loggers write them."""
    return orjson.dumps({key: value[:-1] if key.endswith("_at") else value for key, value in fields.items()})


def _padded(fields: Fields) -> bytes:
    return orjson.dumps(fields | {"note": "x" * MAX_VALUE_BYTES})


_REQUIRED: Final[Mapping[Source, tuple[str, ...]]] = {
    "reports": ("id", "occurred_at", "text"),
    "sensors": ("device_id", "metric", "value", "unit", "observed_at"),
    "cameras": ("id", "camera_id", "kind", "observed_at", "confidence"),
    "bts": ("site_id", "operator", "technology", "observed_at"),
    "gate": ("gate_id", "direction", "kind", "observed_at"),
    "security": ("id", "asset_id", "kind", "severity", "observed_at"),
}
_DEVICE: Final[Mapping[Source, str]] = {
    "reports": "id", "sensors": "device_id", "cameras": "camera_id", "bts": "site_id", "gate": "gate_id",
    "security": "asset_id",
}  # fmt: skip
_WRONG_TYPE: Final[Mapping[Source, Fields]] = {
    "reports": {"text": ["Cháy"]}, "sensors": {"value": "350"}, "cameras": {"confidence": "0.9"}, "bts": {"users": 1.5},
    "gate": {"vehicles_waiting": "900"}, "security": {"count": "12"},
}  # fmt: skip
_WRONG_CODE: Final[Mapping[Source, Fields]] = {
    "reports": {"channel": "fax"}, "bts": {"technology": "6G"}, "gate": {"direction": "up"},
    "security": {"severity": "terrible"},
}  # fmt: skip
_BEYOND: Final[Mapping[Source, Fields]] = {
    "reports": {"lat": 20.95, "lon": 1070.76}, "sensors": {"lat": 120.5, "lon": 107.0}, "cameras": {"confidence": 91},
    "bts": {"rsrp_dbm": 97}, "gate": {"yard_fill_ratio": 85},
}  # fmt: skip
_HALF_PLACED: Final[tuple[Source, ...]] = ("reports", "sensors", "cameras", "bts")
_ALARMING: Final = 9_000.0
"""SO2 far above every limit: if it got through, it would alert."""


def _of_all(source: Source) -> Iterator[Kind]:
    """What can be wrong with an event of any source."""
    yield Kind(source, "no content", "empty", lambda _: b"")
    yield Kind(source, "cut off", "json", _text(lambda body: body[: len(body) // 2]))
    yield Kind(source, "two documents", "json", _text(lambda body: body + body))
    yield Kind(source, "another encoding", "encoding", lambda _: '{"id": "Hạ"}'.encode("utf-16"))
    yield Kind(source, "an array", "type", _text(lambda body: b"[" + body + b"]"))
    yield Kind(source, "too large", "too_large", _padded)
    for name in _REQUIRED[source]:
        yield Kind(source, f"without {name}", "missing", _without(name))
    yield Kind(source, "wrong type", "type", _with(**_WRONG_TYPE[source]))
    yield Kind(source, "blank name", "blank", _with(**{_DEVICE[source]: "  "}))
    yield Kind(source, "endless name", "too_long", _with(**{_DEVICE[source]: "x" * 300}))
    yield Kind(source, "control characters", "characters", _with(**{_DEVICE[source]: "a\x07b"}))
    yield Kind(source, "a phone number as name", "personal_data_in_id", _with(**{_DEVICE[source]: _PHONE}))
    yield Kind(source, "time without offset", "naive_time", _local)
    yield Kind(source, "no time", "time", _with(**{_TIME[source]: "22/11/2026 08:15"}))
    yield Kind(source, "a clock that was reset", "out_of_range", _with(**{_TIME[source]: "1970-01-01T00:00:00Z"}))
    yield Kind(source, "ahead of time", "future", offset_s=_AHEAD_S)
    yield Kind(source, "CloudEvents 0.3", "specversion", headers=(("ce_specversion", b"0.3"),))
    yield Kind(source, "called XML", "content_type", lambda _: b"<event/>", (("content-type", b"application/xml"),))
    if source in _WRONG_CODE:
        yield Kind(source, "unknown code", "not_allowed", _with(**_WRONG_CODE[source]))
    if source in _BEYOND:
        yield Kind(source, "beyond its range", "out_of_range", _with(**_BEYOND[source]))
    if source in _HALF_PLACED:
        yield Kind(source, "half a position", "position", _with(lat=20.95))


def _harmless() -> Iterator[Kind]:
    """What keeps the contract and says nothing: it must not alert."""
    for value in (-9999, -999, 9999):
        yield Kind("sensors", f"sentinel {value}", "quiet", _with(value=value))
    yield Kind("sensors", "beyond what the instrument can give", "quiet", _with(value=99_999))
    yield Kind("sensors", "negative dust", "quiet", _with(metric="pm2_5", value=-5))
    yield Kind("sensors", "calibrating", "quiet", _with(value=_ALARMING, status="01"))
    yield Kind("sensors", "device error", "quiet", _with(value=_ALARMING, status="02"))
    yield Kind("sensors", "a metric nobody knows", "quiet", _with(metric="mood", value=_ALARMING))
    yield Kind("sensors", "unit of something else", "unit", _with(unit="hPa"))
    yield Kind("sensors", "not a number", "not_finite", _text(lambda body: body.replace(b"21.5", b"NaN")))
    yield Kind("sensors", "greater than any number", "not_finite", _text(lambda body: body.replace(b"21.5", b"1e999")))
    yield Kind("sensors", "infinite", "out_of_range", _with(value=1e308, unit="g/m³"))
    yield Kind("sensors", "last week's", "quiet", _with(value=_ALARMING), offset_s=_TOO_LATE_S)
    yield Kind("bts", "last week's", "quiet", _with(state="out_of_service"), offset_s=_TOO_LATE_S)
    yield Kind("gate", "last week's", "quiet", _with(vehicles_waiting=1_400), offset_s=_TOO_LATE_S)
    yield Kind("cameras", "hardly seen", "quiet", _with(kind="fire", confidence=0.2))
    yield Kind("reports", "NUL in the text", "characters", _with(text="Cháy\0nhà"))
    yield Kind("reports", "too many photos", "too_long", _with(photos=["s3://p"] * 21))


KINDS: Final[Sequence[Kind]] = (*(kind for source in SOURCES for kind in _of_all(source)), *_harmless())
"""All kinds of broken input."""
assert {kind.expected for kind in KINDS} - {"quiet"} == set(CODES) - {"invalid"}, "a code has no kind"


class BadData:
    """Kind after kind at a steady rate, between good events and repeats of good ones.

    A :class:`~connectors.simulator.event.Feed`. Every device sends once: no reading is the third bad one of a device.

    Args:
        start: When the scenario begins, aware.
        rate: Events per second.
        sources: Only these.

    """

    def __init__(self, *, start: datetime, rate: float, sources: Collection[Source] = SOURCES) -> None:
        self.tally = Tally()
        self._start = start
        self._rate = rate
        self._prefix = prefix_of(start)
        self._numbers = count()
        self._sources = [source for source in SOURCES if source in sources]
        self._turns = [kind for kind in KINDS if kind.source in sources]
        self._made = 0
        self._expected: Counter[tuple[Source, str]] = Counter()
        self._kinds: Counter[tuple[Source, str, str]] = Counter()
        self._waiting: list[Event] = []

    @property
    def next_s(self) -> float:
        """There is always a next one."""
        return self._made / self._rate

    def due(self, until_s: float, most: int) -> Sequence[Event]:
        """What is due before a second of the scenario, at most so many."""
        found: list[Event] = []
        while len(found) < most and self.next_s < until_s:
            found.append(self._next())
        return found

    def truth(self) -> Mapping[str, Any]:
        """How much of what was sent, and what must become of it: outcomes and, of the rejected, reasons."""
        outcomes: dict[str, dict[str, int]] = {}
        reasons: dict[str, dict[str, int]] = {}
        for (source, expected), number in sorted(self._expected.items()):
            rejected = expected in CODES
            of_source = outcomes.setdefault(source, {})
            outcome = "rejected" if rejected else expected
            of_source[outcome] = of_source.get(outcome, 0) + number
            if rejected:
                reasons.setdefault(source, {})[expected] = number
        kinds = [
            {"source": source, "kind": name, "expected": expected, "events": number}
            for (source, name, expected), number in sorted(self._kinds.items())
        ]
        return {"outcomes": outcomes, "reasons": reasons, "kinds": kinds}

    def _next(self) -> Event:
        """Every other event is a kind of its turn, the others are good, one in seven of them a repeat."""
        turn, good = divmod(self._made, 2)
        if good and turn % 7 == 6:
            event, kind = self._waiting[-1], Kind(self._waiting[-1].source, "repeat", "duplicate")
        else:
            source = self._sources[turn % len(self._sources)]
            fine = Kind(source, "good", "signal" if source == "reports" else "quiet")
            event = self._event(kind := fine if good else self._turns[turn % len(self._turns)])
            if good:
                self._waiting = [event]
        self._made += 1
        self._expected[kind.source, kind.expected] += 1
        self._kinds[kind.source, kind.name, kind.expected] += 1
        self.tally.events[kind.source] += 1
        self.tally.planted[kind.source] += kind.expected == "signal"
        return event

    def _event(self, kind: Kind) -> Event:
        name = f"{self._prefix}{kind.source}-{next(self._numbers):06d}"
        at = instant(self._start, self.next_s + kind.offset_s)
        fields = _good(kind.source, name) | {_TIME[kind.source]: at, "source": PUBLISHER, "synthetic": True}
        return Event(kind.source, name.encode(), name.encode(), kind.make(fields), bare=True, headers=kind.headers)
