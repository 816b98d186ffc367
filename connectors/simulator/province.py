"""The synthetic province: invented devices around the real reference points of its communes.

What is normal and what is beyond a limit is taken from the province's own limits, so that another province's folder
makes another simulator without a change here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ioc.catalog import Commune
from ioc.detect import Rules
from ioc.detect.air import UNIT
from ioc.detect.air_limits import AirRules
from ioc.detect.sensors import Metric

STATIONS_PER_SET: Final = {"air": 400, "rain": 300}
"""Stations by limit set; :data:`_STATIONS` of every other set. Each station measures every metric of its set."""
_STATIONS: Final = 200
_CAMERAS: Final = 1_200
_SITES: Final = 2_649
"""Base stations of the reference province."""
_GATES: Final = 3
_ASSETS: Final = 400
_OPERATORS: Final = ("sim-a", "sim-b", "sim-c")
_TECHNOLOGIES: Final = ("2G", "4G", "4G", "5G")
_SPREAD_DEGREES: Final = 0.01
"""How far a device stands from its commune's reference point, at most: about a kilometre."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device stands, or a report comes from."""

    commune: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Device:
    """An invented device; ``synthetic`` says so to whoever sees it."""

    id: str
    place: Place
    synthetic: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of a station.

    Attributes:
        device: The station.
        metric: Canonical name.
        unit: Canonical unit.
        low: Least normal value.
        high: Greatest normal value.
        beyond: Values that pass a limit, the gravest last; empty where one reading alone passes none.

    """

    device: Device
    metric: str
    unit: str
    low: float
    high: float
    beyond: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One technology of a base station."""

    device: Device
    operator: str
    technology: str


@dataclass(frozen=True, slots=True)
class SyntheticProvince:
    """All that sends."""

    places: Sequence[Place]
    series: Sequence[Series]
    cameras: Sequence[Device]
    sites: Sequence[Site]
    gates: Sequence[str]
    assets: Sequence[str]


def build_province(communes: Sequence[Commune], rules: Rules, seed: int) -> SyntheticProvince:
    """Invent the devices; the same seed gives the same ones.

    Raises:
        ValueError: no commune has a position.

    """
    random = Random(seed)
    places = [
        Place(commune.code, commune.name, commune.lat, commune.lon)
        for commune in communes
        if commune.lat is not None and commune.lon is not None
    ]
    if not places:
        raise ValueError("no commune of the province has a position")

    def device(kind: str, number: int) -> Device:
        return Device(f"sim-{kind}-{number:05d}", _near(random.choice(places), random))

    series = [
        one
        for owner, metrics in sorted(_by_set(rules).items())
        for number in range(STATIONS_PER_SET.get(owner, _STATIONS))
        for one in _station(device(owner.lower(), number), metrics)
    ]
    series += [
        one for number in range(STATIONS_PER_SET["air"]) for one in _air_station(device("air", number), rules.air)
    ]
    random.shuffle(series)
    sites = [
        Site(device("bts", number), random.choice(_OPERATORS), random.choice(_TECHNOLOGIES)) for number in range(_SITES)
    ]
    return SyntheticProvince(
        places,
        series,
        [device("cam", number) for number in range(_CAMERAS)],
        sites,
        [f"sim-gate-{number}" for number in range(_GATES)],
        [f"sim-host-{number:04d}" for number in range(_ASSETS)],
    )


def _near(place: Place, random: Random) -> Place:
    return Place(
        place.commune,
        place.name,
        round(place.lat + random.uniform(-1, 1) * _SPREAD_DEGREES, 5),
        round(place.lon + random.uniform(-1, 1) * _SPREAD_DEGREES, 5),
    )


def _by_set(rules: Rules) -> dict[str, dict[str, Metric]]:
    sets: dict[str, dict[str, Metric]] = {}
    for name, metric in rules.sensors.default.items():
        if not metric.limits or metric.limits[0].issued:  # air is judged by its means, see _air_station
            continue  # a level that an authority issues, nothing that a station measures
        owner = metric.limits[0].rule.partition("/")[0]
        sets.setdefault(owner, {})[name] = metric
    return sets


def _station(device: Device, metrics: dict[str, Metric]) -> list[Series]:
    return [_series(device, name, metric) for name, metric in metrics.items()]


def _air_station(device: Device, rules: AirRules) -> list[Series]:
    """Clean air: limits are those of means, so no single reading passes one."""
    top: dict[str, float] = {}
    for limit in rules.limits:
        clear = limit.steps[-1].ladder.rungs[0].clear
        top[limit.metric] = min(clear, top.get(limit.metric, clear))
    return [Series(device, metric, UNIT, most * 0.1, most * 0.5, ()) for metric, most in top.items()]


def _series(device: Device, name: str, metric: Metric) -> Series:
    ups = [ladder for limit in metric.limits if (ladder := limit.above)]
    downs = [ladder for limit in metric.limits if (ladder := limit.below)]
    top = min((ladder.rungs[0].clear for ladder in ups), default=None)
    bottom = max((ladder.rungs[0].clear for ladder in downs), default=None)
    least, most = metric.valid
    if bottom is not None and top is not None:
        low, high = bottom + (top - bottom) / 5, top - (top - bottom) / 5
    elif top is not None:
        low, high = top * 0.1, top * 0.5
    else:
        assert bottom is not None
        low, high = bottom * 1.2, min(most, bottom * 2)
    beyond: tuple[float, ...] = ()
    if all(limit.samples == 1 for limit in metric.limits):
        last = max(ups, key=lambda ladder: ladder.rungs[-1].limit, default=None)
        rungs = last.rungs if last else ()
        beyond = tuple(min(rung.limit * 1.04, (rung.limit + most) / 2) for rung in rungs)
    return Series(device, name, metric.unit, max(low, least), high, beyond)
