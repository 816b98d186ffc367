"""The register of devices as arrays: who is watched, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from ioc.identity import digest
from ioc.vocabulary import PROVINCE_CENTRE, SOURCES, UNLOCATED_COMMUNE, Source

Level = Literal["collector", "upstream", "centre", "commune", "site"]
LEVELS: Final[tuple[Level, ...]] = ("collector", "upstream", "centre", "commune", "site")
"""What silent devices may have in common; of what explains a silence the first is told."""

AREAS: Final = frozenset({"centre", "commune"})
"""Levels of which a share is enough; the others fail as a whole."""

BUCKETS: Final = 64
"""Records that times are written down in."""

NEVER: Final = 1 << 60
"""Limit of a device that may be silent for ever, milliseconds."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Registered(Protocol):
    """What is read of a device of the register."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> Source: ...
    @property
    def name(self) -> str: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def commune(self) -> str | None: ...
    @property
    def interval_s(self) -> float | None: ...
    @property
    def collector(self) -> str | None: ...
    @property
    def upstream(self) -> str | None: ...
    @property
    def site(self) -> str | None: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def synthetic(self) -> bool: ...


class Located(Protocol):
    """What is read of an answer to where something is."""

    @property
    def commune(self) -> str: ...


class Commune(Protocol):
    """What is read of a commune."""

    @property
    def name(self) -> str: ...
    @property
    def centre(self) -> str: ...


class Centre(Protocol):
    """What is read of a centre."""

    @property
    def name(self) -> str: ...


class Places(Protocol):
    """What is asked of the catalogue."""

    @property
    def communes(self) -> Mapping[str, Commune]: ...
    @property
    def centres(self) -> Mapping[str, Centre]: ...
    @property
    def version(self) -> str: ...
    def locate(self, lat: float | None = None, lon: float | None = None, /) -> Located: ...


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Devices that have something in common.

    Attributes:
        level: What it is.
        name: Its name in the register, or the area's code.
        members: Slots.

    """

    level: Level
    name: str
    members: Ints


class Roll:
    """Every registered device has a slot; slots of one source are neighbours.

    Args:
        devices: The register.
        places: Where its devices are.
        multiple: Intervals after which one is silent.
        told_ms: How often at most the owner is told of a device that goes on speaking.

    """

    def __init__(self, devices: Iterable[Registered], places: Places, multiple: float, told_ms: int) -> None:
        ordered = sorted(devices, key=lambda each: (each.source, each.id))
        self.devices: Sequence[Registered] = ordered
        self.slots: dict[str, dict[str, int]] = {}
        self.interval: Ints = np.array([_interval(each.interval_s, told_ms) for each in ordered], np.int64)
        self.watched: Bools = self.interval < NEVER
        limit = np.where(self.watched, self.interval, 0) * multiple
        self.limit: Ints = np.where(self.watched, limit.astype(np.int64), NEVER)
        self.longest: int = int(self.limit[self.watched].max(initial=0))
        self.own: Bools = np.array([each.source != "bts" for each in ordered], np.bool_)
        """Told here; what a base station does not say is its site's own business, see ``ioc/detect``."""
        self.source: Ints = np.array([SOURCES.index(each.source) for each in ordered], np.int64)
        self.spans: dict[str, slice] = {}
        communes = [_commune(each, places) for each in ordered]
        centres = [places.communes[code].centre if code else None for code in communes]
        self.commune: list[str] = [code or UNLOCATED_COMMUNE for code in communes]
        self.centre: list[str] = [code or PROVINCE_CENTRE for code in centres]
        for slot, each in enumerate(ordered):
            self.slots.setdefault(each.source, {})[each.id] = slot
            self.spans[each.source] = slice(self.spans.get(each.source, slice(slot, 0)).start, slot + 1)
        self.buckets: list[list[int]] = [[] for _ in range(BUCKETS)]
        self.digests: list[int] = [digest(each.source, each.id) for each in ordered]
        self.by_digest = {digest: slot for slot, digest in enumerate(self.digests)}
        for slot in np.flatnonzero(self.watched).tolist():
            self.buckets[self.digests[slot] % BUCKETS].append(slot)
        columns: dict[Level, list[str | None]] = {
            "collector": [each.collector for each in ordered],
            "upstream": [each.upstream for each in ordered],
            "centre": centres,
            "commune": communes,
            "site": [each.site for each in ordered],
        }
        self.groups: dict[Level, list[Group]] = {}
        self.group_of: dict[Level, Ints] = {}
        for level in LEVELS:
            self.groups[level], self.group_of[level] = self._grouped(level, columns[level])
        self.spread: dict[Level, Ints] = {
            "centre": np.unique(np.array(self.commune, dtype=str), return_inverse=True)[1].astype(np.int64),
            # A device without a site stands at a place of its own.
            "commune": np.where(self.group_of["site"] < 0, -2 - np.arange(len(ordered)), self.group_of["site"]),
        }
        """What the devices of an area have to differ in, that it is the area and not one place in it."""

    def _grouped(self, level: Level, values: Sequence[str | None]) -> tuple[list[Group], Ints]:
        """Groups of two devices and more, and the group of each slot; -1: none."""
        members: dict[str, list[int]] = {}
        for slot, value in enumerate(values):
            if value:
                members.setdefault(value, []).append(slot)
        groups: list[Group] = []
        of = np.full(len(values), -1, np.int64)
        for name, slots in sorted(members.items()):
            if len(slots) > 1:
                of[slots] = len(groups)
                groups.append(Group(level, name, np.array(slots, np.int64)))
        return groups, of


def _interval(interval_s: float | None, told_ms: int) -> int:
    """Milliseconds between two times at which a device is heard of: not every word of a talkative one is told."""
    if interval_s is None:
        return NEVER
    own_ms = interval_s * 1000
    return max(1, round(own_ms * max(1, ceil(told_ms / own_ms))))


def _commune(device: Registered, places: Places) -> str | None:
    if device.commune:
        return device.commune
    if device.lat is None or device.lon is None:
        return None
    found = places.locate(device.lat, device.lon).commune
    return None if found == UNLOCATED_COMMUNE else found
