"""The synthetic province: invented devices around the real reference points of its communes.

What is normal and what is beyond a limit is taken from the province's own limits, so that another province's folder
makes another simulator without a change here. How many devices there are is what the reference province's articles say;
where they stand, who runs them and what they hang on is made from the seed, because nobody has published it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ioc.catalog import Commune
from ioc.detect import Rules
from ioc.detect.air import UNIT
from ioc.detect.air_limits import AirRules
from ioc.detect.sensors import Metric


@dataclass(frozen=True, slots=True)
class Size:
    """How many devices send.

    Attributes:
        stations: Automatic monitoring stations and gauges: 163, as one vendor's text says of the province.
        cameras: 2,038 after the provincial centre's first year.
        sites: Base stations: 2,649.
        gates: Border gates (made).
        assets: Hosts that a SOC watches (made).

    """

    stations: int = 163
    cameras: int = 2_038
    sites: int = 2_649
    gates: int = 3
    assets: int = 400

    def scaled(self, share: float) -> Size:
        """A part of it, at least one of each; gates stay as they are."""
        return Size(
            max(len(_WEIGHTS) + 2, round(self.stations * share)),
            max(1, round(self.cameras * share)),
            max(1, round(self.sites * share)),
            self.gates,
            max(1, round(self.assets * share)),
        )


PROVINCE: Final = Size()
AIR: Final = "air"
"""Kind of station whose limits are those of means."""
GAUGE: Final = "gauge"
"""Kind of station that measures the level of a river or the tide; levels have no limits of their own (QĐ 05/2020: each
gauge's alert levels are heights above its own zero, and the reference province's were not found)."""
OPERATORS: Final[Mapping[str, int]] = {"sim-a": 45, "sim-b": 30, "sim-c": 25}
"""Mobile operators and their share of the sites, per cent (made)."""

_WEIGHTS: Final = {AIR: 3, "rain": 3, "noise-ordinary": 1, GAUGE: 1}
"""How stations are spread over kinds, ``_OTHER`` for every other limit set (made)."""
_OTHER: Final = 6
_TECHNOLOGIES: Final = {"2G": 6, "3G": 9, "4G": 85}
"""Per cent of the sites: 85 % have 4G; two more are the 5G trial sites."""
_TRIAL_SITES: Final = 2
_SHARED_MASTS: Final = 0.3
"""Sites that stand on another operator's mast, and share its power (made)."""
_COMMUNES_PER_NODE: Final = 3
"""Neighbouring communes whose sites of one operator hang on one transmission node (made)."""
_BATTERY_S: Final = (1_800.0, 18_000.0)
"""How long a site lasts without mains: half an hour to five hours (made)."""
_GENERATOR_SHARE: Final = 0.25
"""Sites that a generator keeps alive (made)."""
_SPREAD_DEGREES: Final = 0.01
"""How far a device stands from its commune's reference point, at most: about a kilometre."""
_LEVEL_M: Final = (0.4, 1.4)
"""Usual heights at a gauge, metres above its own zero (made)."""


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
class Station:
    """A monitoring station: what kind, what it measures, and the limits that its single readings are held against."""

    device: Device
    kind: str
    series: tuple[Series, ...]
    limit_set: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One technology of a base station.

    Attributes:
        device: The site.
        operator: Who runs it.
        technology: Of its cells.
        upstream: Transmission node that it hangs on; one operator's.
        mast: Mast and power that it may share with others.
        battery_s: How long it lasts without mains, seconds; endless with a generator.

    """

    device: Device
    operator: str
    technology: str
    upstream: str
    mast: str
    battery_s: float


@dataclass(frozen=True, slots=True)
class SyntheticProvince:
    """All that sends. ``series`` is what ``stations`` measure, shuffled."""

    places: Sequence[Place]
    stations: Sequence[Station]
    series: Sequence[Series]
    cameras: Sequence[Device]
    sites: Sequence[Site]
    gates: Sequence[str]
    assets: Sequence[str]


def build_province(communes: Sequence[Commune], rules: Rules, seed: int, size: Size = PROVINCE) -> SyntheticProvince:
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

    by_set = _by_set(rules)
    stations = [
        _station(device(kind.lower(), number), kind, by_set.get(kind, {}), rules.air)
        for kind, count in _spread(sorted({*by_set, AIR, GAUGE}), size.stations)
        for number in range(count)
    ]
    series = [one for station in stations for one in station.series]
    random.shuffle(series)
    return SyntheticProvince(
        places,
        stations,
        series,
        [device("cam", number) for number in range(size.cameras)],
        list(_sites(places, size.sites, random)),
        [f"sim-gate-{number}" for number in range(size.gates)],
        [f"sim-host-{number:04d}" for number in range(size.assets)],
    )


def _spread(kinds: Sequence[str], total: int) -> Iterator[tuple[str, int]]:
    """Share out so many stations; at least one of each kind, and exactly ``total`` if that is enough."""
    weights = {kind: _WEIGHTS.get(kind, _OTHER) for kind in kinds}
    whole = sum(weights.values())
    counts = {kind: max(1, total * weight // whole) for kind, weight in weights.items()}
    most = max(kinds, key=weights.__getitem__)
    counts[most] = max(1, counts[most] + total - sum(counts.values()))
    yield from counts.items()


def _sites(places: Sequence[Place], count: int, random: Random) -> Iterator[Site]:
    """Base stations; neighbours (by longitude) hang on one node, some share a mast."""
    order = {place.commune: index for index, place in enumerate(sorted(places, key=lambda one: (one.lon, one.lat)))}
    masts: dict[str, list[tuple[str, Place]]] = {}
    for number in range(count):
        place = random.choice(places)
        own = masts.setdefault(place.commune, [])
        if own and random.random() < _SHARED_MASTS:
            mast, spot = random.choice(own)
        else:
            mast, spot = f"sim-mast-{number:05d}", _near(place, random)
            own.append((mast, spot))
        operator = random.choices([*OPERATORS], [*OPERATORS.values()])[0]
        technology = random.choices([*_TECHNOLOGIES], [*_TECHNOLOGIES.values()])[0]
        battery_s = round(random.uniform(*_BATTERY_S), 1)
        yield Site(
            Device(f"sim-bts-{number:05d}", spot),
            operator,
            "5G" if number < _TRIAL_SITES else technology,
            f"sim-node-{operator[-1]}-{order[place.commune] // _COMMUNES_PER_NODE:02d}",
            mast,
            float("inf") if random.random() < _GENERATOR_SHARE else battery_s,
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


def _station(device: Device, kind: str, metrics: Mapping[str, Metric], air: AirRules) -> Station:
    if kind == GAUGE:
        return Station(device, kind, (Series(device, "water_level", "m", *_LEVEL_M, beyond=()),))
    series = [_series(device, name, metric) for name, metric in metrics.items()]
    if kind == AIR:
        series += _air_station(device, air)
    return Station(device, kind, tuple(series), limit_set=kind if metrics else "")


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
