"""What devices say of themselves: lost connections, frozen, black and moved pictures.

Which words mean what is data. A fault is told once it has gone on for its hold time, so that a device that comes and
goes does not ring each time, and it is over once its end has lasted as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isnan, nan
from struct import Struct, error
from typing import Any, Final, Literal, NamedTuple, cast

from ioc.detect.inputs import PlacedCameraEvent, PlacedReading
from ioc.detect.model import Finding, micros, shown
from ioc.events.fields import parted
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, Category, Severity

DeviceState = Literal["online", "faulty", "stuck", "offline", "maintenance"]
"""What an event says of the device that sent it, for the register's liveness; silence is seen elsewhere."""

_FAULTS: Final = ("offline", "faulty", "stuck")
_FINE: Final = ("online", "maintenance")
_CATEGORY: Final[Category] = "other"
_SUBCATEGORY: Final = "device_fault"
_SECOND: Final = 1_000_000
"""Microseconds."""
_LINK: Final = "link"
_OVER: Final = 0.5
"""Between 0 (no connection) and 1."""
_FORGOTTEN_US: Final = 72 * 3600 * _SECOND
"""How long it is remembered that a condition is over: older news of it is too late for intake anyway."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One word for a fault.

    Attributes:
        word: The word itself; what a device says in other words of the same condition is the same fault.
        state: What the device is then.
        condition: What is wrong; a device has each condition once.
        severity: Of the signal.
        hold_us: How long it has to last, microseconds.
        title: Of the signal, Vietnamese.
        source: Where the figures come from.

    """

    word: str
    state: DeviceState
    condition: str
    severity: Severity
    hold_us: int
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class FineKind:
    """One word for a device that is well: its state, and the conditions that are over."""

    state: DeviceState
    ends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultRules:
    """Words of cameras, and what the connection of a device means; ``faults`` knows every fault by its word."""

    cameras: Mapping[str, FaultKind | FineKind]
    metric: str
    link: FaultKind

    @property
    def faults(self) -> dict[str, FaultKind]:
        """Every fault by its word."""
        kinds = [kind for kind in self.cameras.values() if isinstance(kind, FaultKind)]
        return {kind.word: kind for kind in (*kinds, self.link)}


class Said(NamedTuple):
    """What an event says of one condition of its device.

    Attributes:
        device: Which device.
        condition: Which condition.
        word: Of the fault, see :class:`FaultKind`; empty: there is none, or no longer.
        at: Since when, microseconds since 1970.
        lat: Where the event says that the device is, WGS 84 degrees, with ``lon``; none: nowhere.
        lon: See ``lat``.

    """

    device: str
    condition: str
    word: str
    at: int
    lat: float | None = None
    lon: float | None = None


Says = Callable[[Any], Iterable[Said]]
"""From an event to what it says of its device; most say nothing."""


def camera_says(rules: FaultRules) -> Says:
    """Reads camera events."""
    kinds = rules.cameras

    def says(event: PlacedCameraEvent) -> Iterable[Said]:
        kind = kinds.get(event.kind)
        if kind is None:
            return ()
        if isinstance(kind, FineKind):
            at = micros(event.observed_at)
            return [Said(event.camera_id, condition, "", at, event.lat, event.lon) for condition in kind.ends]
        word, at = kind.word, micros(event.observed_at)
        if event.ended_at is not None:
            word, at = "", max(at, micros(event.ended_at))
        return (Said(event.camera_id, kind.condition, word, at, event.lat, event.lon),)

    return says


def reading_says(rules: FaultRules) -> Says:
    """Reads readings: only the connection of a device says something of it."""
    metric, link = rules.metric, rules.link

    def says(event: PlacedReading) -> Iterable[Said]:
        if event.metric != metric:
            return ()
        word = link.word if event.value < _OVER else ""
        return (Said(event.device_id, link.condition, word, micros(event.observed_at), event.lat, event.lon),)

    return says


class Fault(NamedTuple):
    """What is remembered of one condition of a device; immutable.

    Attributes:
        word: What the device says now; empty: all is well.
        since: Since when, microseconds since 1970.
        heard_at: Time of the newest news; what is older is late.
        told: The word that operators know; empty: they know of nothing.
        lat: Where the device is, as its events say, with ``lon``; none: they do not.
        lon: See ``lat``.

    """

    word: str
    since: int
    heard_at: int
    told: str = ""
    lat: float | None = None
    lon: float | None = None


_LAYOUT: Final = Struct("<BqqddB")
_VERSION: Final = 1


def encode_fault(fault: Fault) -> bytes:
    """Pack a fault."""
    word = fault.word.encode()
    lat, lon = (nan if degrees is None else degrees for degrees in (fault.lat, fault.lon))
    return _LAYOUT.pack(_VERSION, fault.since, fault.heard_at, lat, lon, len(word)) + word + fault.told.encode()


def decode_fault(raw: bytes) -> Fault:
    """Unpack :func:`encode_fault`.

    Raises:
        ValueError: these are not the bytes of a fault.

    """
    try:
        version, since, heard_at, lat, lon, length = _LAYOUT.unpack_from(raw)
    except error as problem:
        raise ValueError(f"a fault has at least {_LAYOUT.size} bytes, not {len(raw)}") from problem
    if version != _VERSION:
        raise ValueError(f"a fault of version {version} is not known, only {_VERSION}")
    border = _LAYOUT.size + length
    place = (None, None) if isnan(lat) or isnan(lon) else (lat, lon)
    return Fault(raw[_LAYOUT.size : border].decode(), since, heard_at, raw[border:].decode(), *place)


class FaultMachine:
    """Follows one condition of a device.

    Args:
        rules: What the words mean.

    """

    def __init__(self, rules: FaultRules) -> None:
        self._faults = rules.faults

    def hear(self, said: Said, fault: Fault | None) -> Fault | None:
        """The condition after an event; none where nothing changes."""
        if fault is None:
            return Fault(said.word, said.at, said.at, "", said.lat, said.lon)
        if said.at <= fault.heard_at:
            return None
        if said.word == fault.word or (said.word and fault.word and self._rank(said.word) >= self._rank(fault.word)):
            # The same or less, in whatever words; what is worse is told anew.
            return fault._replace(heard_at=said.at)
        lat, lon = (fault.lat, fault.lon) if said.lat is None else (said.lat, said.lon)
        return Fault(said.word, said.at, said.at, fault.told, lat, lon)

    def due(self, fault: Fault) -> int | None:
        """When operators are to be told, or it is forgotten, microseconds; none while what they know holds."""
        if fault.word == fault.told:
            return None if fault.word else fault.heard_at + _FORGOTTEN_US
        kind = self._faults.get(fault.word or fault.told)
        return fault.since + (0 if kind is None else kind.hold_us)

    def tell(self, key: str, fault: Fault) -> tuple[Finding | None, Fault | None]:
        """What operators are told at its :meth:`due`, and what is left of it: nothing once it is forgotten.

        Args:
            key: Device and condition, joined.
            fault: What is known of it.

        """
        device, condition = parted(key)
        if fault.word == fault.told:
            return None, None
        if fault.word:
            kind = self._faults.get(fault.word)
            return None if kind is None else _fault(device, kind), fault._replace(told=fault.word)
        kind = self._faults.get(fault.told)
        return None if kind is None else _over(device, condition, kind), fault._replace(told="")

    def _rank(self, word: str) -> int:
        kind = self._faults.get(word)
        return len(SEVERITIES) if kind is None else SEVERITIES.index(kind.severity)


def _fault(device: str, kind: FaultKind) -> Finding:
    return Finding(
        kind=f"fault:{kind.condition}",
        category=_CATEGORY,
        subcategory=_SUBCATEGORY,
        severity=kind.severity,
        confidence=1.0,
        title=f"{kind.title}: {device}",
        text=f"{kind.title}: {device}, đã kéo dài {shown(round(kind.hold_us / _SECOND / 60, 1))} phút.",
        evidence={
            "device_id": device,
            "condition": kind.condition,
            "word": kind.word,
            "state": kind.state,
            "hold_s": kind.hold_us / _SECOND,
            "limit_source": kind.source,
        },
        rule_id=f"fault/{kind.condition}/{kind.word}",
        clears=False,
        device=device,
        resolves=True,
    )


def _over(device: str, condition: str, kind: FaultKind) -> Finding:
    return Finding(
        kind=f"fault:{condition}",
        category=_CATEGORY,
        subcategory=_SUBCATEGORY,
        severity="low",
        confidence=1.0,
        title=f"Đã khắc phục: {kind.title} ({device})",
        text=f"{device} hoạt động trở lại; trước đó: {kind.title}.",
        evidence={"device_id": device, "condition": condition, "word": kind.word, "state": "online"},
        rule_id=f"fault/{condition}/clear",
        clears=True,
        device=device,
        resolves=True,
    )


def read_fault_rules(root: Table, detections: Iterable[str]) -> FaultRules:
    """Read ``[[camera_state]]`` and ``[availability]``; ``detections``: words that mean something else already.

    Raises:
        ConfigError: names file, line and key.

    """
    detections = frozenset(detections)
    kinds: dict[str, FaultKind | FineKind] = {}
    endings: list[tuple[Table, tuple[str, ...]]] = []
    for entry in root.tables("camera_state"):
        word = entry.text("kind")
        if word in kinds:
            raise entry.error("is listed twice", "kind")
        if word in detections:
            raise entry.error("is a kind of [[camera]] too: it cannot be both", "kind")
        state = cast("DeviceState", entry.choice("state", (*_FINE, *_FAULTS)))
        if state in _FAULTS:
            kinds[word] = _fault_kind(entry, word, state, entry.text("condition"))
        else:
            ends = entry.texts("ends")
            if not ends:
                raise entry.error("must name at least one condition", "ends")
            kinds[word] = FineKind(state, ends)
            endings.append((entry, ends))
        entry.done()
    conditions = {kind.condition for kind in kinds.values() if isinstance(kind, FaultKind)}
    for entry, ends in endings:
        if unknown := [condition for condition in ends if condition not in conditions]:
            raise entry.error(f"ends {unknown[0]!r}, which no fault is", "ends")
    table = root.table("availability")
    metric = table.text("metric")
    if metric in kinds:
        raise table.error("is a kind of [[camera_state]] too", "metric")
    link = _fault_kind(table, metric, "offline", _LINK)
    table.done()
    return FaultRules(kinds, metric, link)


def _fault_kind(entry: Table, word: str, state: DeviceState, condition: str) -> FaultKind:
    entry.day("date")
    return FaultKind(
        word=word,
        state=state,
        condition=condition,
        severity=cast("Severity", entry.choice("severity", SEVERITIES)),
        hold_us=int(entry.number("hold_s", low=0.0) * _SECOND),
        title=entry.text("title"),
        source=entry.text("source"),
    )
