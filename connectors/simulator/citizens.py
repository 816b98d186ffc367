"""What people report in a storm: spots that several tell of, single reports, people in danger; from the seed alone."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from random import Random
from typing import Any, Final

from connectors.simulator.province import Place

CRITICAL: Final = 20
"""Reports of people in danger."""
SPOTS: Final = 60
"""Places that several people report."""
_CRITICAL_AT_ONCE: Final = 12
"""Of them in the first hour."""
_SINGLES: Final = 40
_PER_SPOT: Final = (4, 14)
_HOUR_S: Final = 3_600.0
_FROM_S: Final = -1_800.0
_MOST_AT_S: Final = 2 * _HOUR_S
_UNTIL_S: Final = 10 * _HOUR_S
"""Spots begin to be told of from half an hour before the first lost site to ten hours after it (made)."""
_BETWEEN_S: Final = 420.0
"""Mean time between two reports of one spot (made)."""
_POSITIONS: Final = 0.8
"""Reports of spots that come with a position; the others only name the place."""
_SPOT_M: Final = 40.0
_AROUND_M: Final = 900.0
"""How far from a commune's reference point a spot is, at most."""
_DEGREE_M: Final = 111_000.0
_NO_SIGNAL: Final = "no_signal"
_FLOOD: Final = "flood"


@dataclass(frozen=True, slots=True)
class Told:
    """One report to come; ``name`` is its id within the run."""

    at_s: float
    name: str
    text: str
    commune: str
    position: tuple[float, float] | None
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """What several people tell of: the names of their reports."""

    kind: str
    commune: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Reports:
    """All reports in order of time, the spots among them, and where and since when there is water on a road."""

    told: list[Told] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    floods: list[tuple[float, float, float]] = field(default_factory=list)


def plan_reports(places: Sequence[Place], dead: Sequence[tuple[float, Place]], random: Random) -> Reports:
    """Make the reports.

    Args:
        places: Reference points of the communes.
        dead: When and where sites are lost, in order of time; people there miss their signal.
        random: The numbers.

    """
    return _Writer(places, dead, random).write()


class _Writer:
    def __init__(self, places: Sequence[Place], dead: Sequence[tuple[float, Place]], random: Random) -> None:
        table = tomllib.loads((files("connectors.simulator") / "data" / "storm.toml").read_text(encoding="utf-8"))
        self._kinds: list[dict[str, Any]] = table["kind"]
        self._weights = [kind["weight"] for kind in self._kinds]
        self._grave: list[str] = table["critical"]["texts"]
        self._spots: list[str] = table["spots"]
        self._places = places
        self._dead = dead
        self._times = [at_s for at_s, _ in dead]
        self._random = random
        self._made = Reports()

    def write(self) -> Reports:
        for number in range(SPOTS):
            self._spot(number)
        for number in range(_SINGLES):
            kind, place = self._random.choice(self._kinds), self._random.choice(self._places)
            self._tell(f"single-{number:02d}", self._when(), kind["texts"], place)
        self._people_in_danger()
        self._made.told.sort(key=lambda told: (told.at_s, told.name))
        return self._made

    def _spot(self, number: int) -> None:
        random = self._random
        (kind,) = random.choices(self._kinds, self._weights)
        at_s, place = self._when(), random.choice(self._places)
        if kind["name"] == _NO_SIGNAL and (known := bisect_right(self._times, at_s)):
            place = self._dead[random.randrange(known)][1]
        lat, lon = self._near(place, _AROUND_M)
        centre, spot = Place(place.commune, place.name, lat, lon), random.choice(self._spots)
        if kind["name"] == _FLOOD:
            self._made.floods.append((at_s, lat, lon))
        names = []
        for index in range(random.randint(*_PER_SPOT)):
            names.append(f"spot-{number:02d}-{index:02d}")
            position = self._near(centre, _SPOT_M) if random.random() < _POSITIONS else None
            text = random.choice(kind["texts"]).format(place=place.name, spot=spot)
            self._made.told.append(Told(at_s, names[-1], text, place.commune, position))
            at_s += random.expovariate(1 / _BETWEEN_S)
        self._made.spots.append(Spot(kind["name"], place.commune, tuple(names)))

    def _people_in_danger(self) -> None:
        """Each in a commune of its own, as far as there are so many: none can be taken for another's."""
        random, first_s = self._random, self._times[0]
        places = random.sample(list(self._places), min(CRITICAL, len(self._places)))
        for number in range(CRITICAL):
            within = (60.0, _HOUR_S - 60) if number < _CRITICAL_AT_ONCE else (_HOUR_S, 8 * _HOUR_S)
            text = [self._grave[number % len(self._grave)]]
            at_s = first_s + random.uniform(*within)
            self._tell(f"critical-{number:02d}", at_s, text, places[number % len(places)], critical=True)

    def _tell(self, name: str, at_s: float, texts: Iterable[str], place: Place, *, critical: bool = False) -> None:
        text = self._random.choice([*texts]).format(place=place.name, spot=self._random.choice(self._spots))
        self._made.told.append(Told(at_s, name, text, place.commune, self._near(place, _AROUND_M), critical))

    def _when(self) -> float:
        return self._times[0] + self._random.triangular(_FROM_S, _UNTIL_S, _MOST_AT_S)

    def _near(self, place: Place, metres: float) -> tuple[float, float]:
        lat, lon = (self._random.uniform(-1, 1) * metres / _DEGREE_M for _ in range(2))
        return round(place.lat + lat, 5), round(place.lon + lon, 5)
