"""Scenario ``storm-yagi``: a typhoon crosses the province.

Figures of typhoon Yagi, 7 September 2024: more than 1,200 of 2,649 base stations lost, by power and by fibre;
blackouts, floods, fallen trees, hundreds of reports. How that spreads over hours and places is made from the seed.
Nineteen hours, the worst of them from the third on; the mains come back within hours, where they took days.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from connectors.simulator.citizens import Reports, plan_reports
from connectors.simulator.event import instant, prefix_of
from connectors.simulator.outages import Loss, Outage, plan_outages
from connectors.simulator.province import GAUGE, Site, Station, SyntheticProvince
from connectors.simulator.timeline import Due, Timeline, rounds
from ioc.vocabulary import SOURCES, Source

LENGTH_S: Final = 19 * 3600.0
STORM_S: Final = 3 * 3600.0
"""When the first site is lost."""
HOUR_S: Final = 3600.0
INTERVAL_S: Final = 300.0
"""How often a station (Thông tư 10/2021) and a base station speak."""
_CAMERA_S: Final = 1_800.0
"""How often a camera sees somebody (made)."""
_PEAK_S: Final = STORM_S + 2.5 * 3600
_WIDTH_S: Final = 3 * 3600.0
_RAIN_MM_H: Final = 45.0
"""Rain at the peak: some 240 mm a day at an average gauge (30 August 2019: 440 mm in 12 h at the worst one)."""
_WIND_MS: Final = (5.0, 36.0)
_SURGE_M: Final = 2.5
_BUFFERED_S: Final = 3_600.0
"""What a lost site keeps of its own measurements: the last hour."""
_BUFFER_PER_SITE: Final = 12
_NO_LINK_SHARE: Final = 0.1
"""Stations that lose their link for some hours and send what they kept afterwards, oldest first."""
_NO_LINK_S: Final = (STORM_S + 1800.0, STORM_S + 3 * 3600.0)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that will happen.

    Attributes:
        losses: Lost sites in order of time.
        outages: Their common causes.
        citizens: What people report.
        offline: Stations without link.

    """

    losses: Sequence[Loss]
    outages: Sequence[Outage]
    citizens: Reports
    offline: frozenset[str]


class Storm:
    """A storm over a province.

    Args:
        province: Who sends.
        seed: Of everything that is made.
        start: When the scenario begins, aware.
        rate: Mean events per second of telemetry; if none, as many as there are when devices speak as they do.

    """

    def __init__(self, province: SyntheticProvince, *, seed: int, start: datetime, rate: float | None = None) -> None:
        usual = (len(province.sites) + len(province.series)) / INTERVAL_S + len(province.cameras) / _CAMERA_S
        density = 1.0 if rate is None else rate / usual
        self._province = province
        self._seed = seed
        self._start = start
        self.interval_s = INTERVAL_S / density
        self._camera_s = _CAMERA_S / density
        self._plan = _plan(province, Random(f"{seed}/storm"))
        self._late = 0
        self._late_readings = 0

    def timeline(self, sources: Collection[Source] = SOURCES) -> Timeline:
        """The events."""
        return Timeline(
            (self._news_of_sites(), self._reports(), self._samples(), self._readings(), self._late_ones(),
             self._cameras()),
            start=self._start, truth=self.truth, sources=sources,
        )  # fmt: skip

    def truth(self) -> Mapping[str, Any]:
        """What was injected."""
        plan, sites = self._plan, self._province.sites
        first = min(loss.at_s for loss in plan.losses)

        def at(second: float) -> str:
            return instant(self._start, second)

        prefix = prefix_of(self._start)
        return {
            "first_hour": [at(first), at(first + HOUR_S)],
            "sites": len(sites),
            "lost_sites": [
                {
                    "site": sites[loss.site].device.id,
                    "operator": sites[loss.site].operator,
                    "commune": sites[loss.site].device.place.commune,
                    "upstream": sites[loss.site].upstream,
                    "cause": loss.cause,
                    "at": at(loss.at_s),
                    "back": at(loss.back_s),
                    "said": loss.said,
                }
                for loss in plan.losses
            ],
            "outages": [
                {
                    "cause": outage.cause,
                    "where": outage.where,
                    "at": at(outage.at_s),
                    "back": at(outage.back_s),
                    "sites": [sites[site].device.id for site in outage.sites],
                }
                for outage in plan.outages
            ],
            "critical_reports": [
                {"id": prefix + told.name, "at": at(told.at_s), "commune": told.commune}
                for told in plan.citizens.told
                if told.critical
            ],
            "spots": [
                {"kind": spot.kind, "commune": spot.commune, "reports": [prefix + name for name in spot.names]}
                for spot in plan.citizens.spots
            ],
            "reports": len(plan.citizens.told),
            "late_samples": self._late,
            "late_readings": self._late_readings,
            "late_prefix": f"{prefix}late-",
        }

    def _reports(self) -> Iterator[Due]:
        random = Random(f"{self._seed}/reports")
        for number, told in enumerate(self._plan.citizens.told):
            fields: dict[str, Any] = {
                "text": told.text,
                "channel": random.choice(("app", "hotline", "portal", "zalo")),
                "reporter": {"id": f"sim-citizen-{number:05d}"},
            }
            if told.position is not None:
                lat, lon = told.position
                fields |= {"lat": lat, "lon": lon, "accuracy_m": random.choice((5, 12, 30, 80))}
            name = prefix_of(self._start) + told.name
            yield Due(told.at_s, told.at_s, "reports", name, fields, told.name, planted=True)

    def _news_of_sites(self) -> Iterator[Due]:
        """What an operator's manager says of its sites: mains lost, lost, back, mains back."""
        sites, random = self._province.sites, Random(f"{self._seed}/news")
        found: list[Due] = []

        def say(second: float, site: Site, fields: dict[str, Any], *, planted: bool = False) -> None:
            found.append(Due(second, second, "bts", site.device.id, _of_site(site) | fields, planted=planted))

        for outage in self._plan.outages:
            for site in (sites[number] for number in outage.without_mains):
                say(outage.at_s + random.uniform(5, 60), site, _alarm("mains", "major", "Mất điện lưới"))
                say(outage.back_s + random.uniform(5, 60), site, _alarm("mains", "normal", "Có điện lưới"))
        for loss in self._plan.losses:
            site = sites[loss.site]
            if loss.said:
                alarm = {"severity": "critical", "condition": "ne_unreachable", "problem": "Mất liên lạc với trạm"}
                say(loss.at_s, site, {"state": "out_of_service", "alarm": alarm}, planted=True)
            say(loss.back_s, site, {"state": "in_service"})
        return iter(sorted(found, key=lambda due: due.due_s))

    def _samples(self) -> Iterator[Due]:
        """Signs of life with radio figures, of sites that are not lost."""
        sites, random = self._province.sites, Random(f"{self._seed}/samples")
        down = {loss.site: (loss.at_s, loss.back_s) for loss in self._plan.losses}
        heads = [_of_site(site) for site in sites]
        for at_s, number in rounds(len(sites), self.interval_s, LENGTH_S):
            lost_s, back_s = down.get(number, (LENGTH_S, LENGTH_S))
            if not lost_s <= at_s <= back_s:
                yield Due(at_s, at_s, "bts", sites[number].device.id, heads[number] | _radio(random))

    def _late_ones(self) -> Iterator[Due]:
        """What sites and stations had kept while nobody could hear them."""
        sites, random = self._province.sites, Random(f"{self._seed}/late")
        found: list[Due] = []
        for loss in self._plan.losses:
            site, due_s = sites[loss.site], loss.back_s + 60
            kept = [
                (loss.back_s - _BUFFERED_S * (1 - step / _BUFFER_PER_SITE), _radio(random))
                for step in range(_BUFFER_PER_SITE)
            ]
            if loss.cause == "power":  # its own log: dead while the mains were away
                kept = [
                    (loss.since_s + 1, _alarm("mains", "major", "Mất điện lưới")),
                    (loss.at_s - 30, _alarm("battery", "critical", "Ắc quy cạn")),
                    (loss.back_s - 5, _alarm("battery", "normal", "Ắc quy đang nạp")),
                ]
            for step, (at_s, fields) in enumerate(kept):
                name = f"late-{site.device.id}-{step}"
                found.append(Due(due_s + 2 * step, at_s, "bts", site.device.id, _of_site(site) | fields, name))
        found = [due for due in found if due.due_s < LENGTH_S]
        self._late = len(found)
        found.sort(key=lambda due: due.due_s)
        return iter(found)

    def _readings(self) -> Iterator[Due]:
        """Readings of the stations; those without link send theirs when they have it again, oldest first."""
        random, stations = Random(f"{self._seed}/readings"), self._province.stations
        begin_s, end_s = _NO_LINK_S
        factors = [random.uniform(0.4, 1.2) for _ in stations]
        weather = _Weather()
        kept: deque[Due] = deque()
        self._late_readings = 0
        for at_s, number in rounds(len(stations), self.interval_s, LENGTH_S):
            while kept and kept[0].due_s <= at_s:
                yield kept.popleft()
            station = stations[number]
            away = station.device.id in self._plan.offline and begin_s <= at_s < end_s
            for fields in _measured(station, factors[number], weather, at_s, random):
                due = Due(at_s, at_s, "sensors", station.device.id, fields)
                if not away:
                    yield due
                    continue
                name = f"late-{station.device.id}-{fields['metric']}-{at_s:.0f}"
                kept.append(due._replace(due_s=end_s + len(kept) * 0.2, name=name))
                self._late_readings += 1

    def _cameras(self) -> Iterator[Due]:
        """People and cars, water at flooded spots; nothing where the mains are away."""
        random, cameras = Random(f"{self._seed}/cameras"), self._province.cameras
        dark = {outage.where: (outage.at_s, outage.back_s) for outage in self._plan.outages if outage.cause == "power"}
        wet: dict[int, float] = {}
        for at_s, lat, lon in self._plan.citizens.floods:
            near = min(
                range(len(cameras)), key=lambda n: math.hypot(cameras[n].place.lat - lat, cameras[n].place.lon - lon)
            )
            wet.setdefault(near, at_s)
        for at_s, number in rounds(len(cameras), self._camera_s, LENGTH_S):
            camera = cameras[number]
            off_s, on_s = dark.get(camera.place.commune, (LENGTH_S, LENGTH_S))
            if off_s <= at_s < on_s:
                continue
            fields = {"camera_id": camera.id, "lat": camera.place.lat, "lon": camera.place.lon}
            if number in wet and at_s >= wet[number]:
                del wet[number]
                fields |= {"kind": "flooding", "confidence": round(random.uniform(0.8, 0.95), 3)}
                yield Due(at_s, at_s, "cameras", camera.id, fields, planted=True)
                continue
            fields |= {"kind": random.choice(("person", "car", "motorcycle")), "confidence": round(random.random(), 3)}
            yield Due(at_s, at_s, "cameras", camera.id, fields)


class _Weather:
    """How strong the storm is, and how much rain has fallen, as shares of its peak."""

    _STEP_S = 300.0

    def __init__(self) -> None:
        self._fallen = [0.0]
        for step in range(int((LENGTH_S + 86_400) / self._STEP_S)):
            strength = self.strength(step * self._STEP_S - 86_400)
            self._fallen.append(self._fallen[-1] + strength * self._STEP_S / 3600)

    @staticmethod
    def strength(at_s: float) -> float:
        """Between 0 and 1."""
        return math.exp(-(((at_s - _PEAK_S) / _WIDTH_S) ** 2))

    def fallen(self, at_s: float, hours: float) -> float:
        """Hours of peak rain that fell in the hours before a moment."""

        def until(second: float) -> float:
            step = (second + 86_400) / self._STEP_S
            return self._fallen[min(max(int(step), 0), len(self._fallen) - 1)]

        return until(at_s) - until(at_s - hours * 3600)


def _plan(province: SyntheticProvince, random: Random) -> _Plan:
    losses, outages = plan_outages(province.sites, STORM_S, random)
    dead = [(loss.at_s, province.sites[loss.site].device.place) for loss in losses]
    ids = [station.device.id for station in province.stations]
    offline = frozenset(random.sample(ids, max(1, round(len(ids) * _NO_LINK_SHARE))))
    return _Plan(losses, outages, plan_reports(province.places, dead, random), offline)


def _of_site(site: Site) -> dict[str, Any]:
    place = site.device.place
    return {
        "site_id": site.device.id,
        "operator": site.operator,
        "technology": site.technology,
        "lat": place.lat,
        "lon": place.lon,
    }


def _alarm(name: str, severity: str, problem: str) -> dict[str, Any]:
    return {"alarm": {"id": name, "severity": severity, "condition": name, "problem": problem}}


def _radio(random: Random) -> dict[str, Any]:
    """Figures of a site that is well."""
    return {
        "state": "in_service",
        "rsrp_dbm": round(random.uniform(-98, -70), 1),
        "rsrq_db": round(random.uniform(-12, -7), 1),
        "sinr_db": round(random.uniform(4, 22), 1),
        "users": random.randrange(200),
    }


def _measured(
    station: Station, factor: float, weather: _Weather, at_s: float, random: Random
) -> Iterator[dict[str, Any]]:
    """What a station measures now: weather where it measures weather, else a usual value."""
    place = station.device.place
    head = {"device_id": station.device.id, "lat": place.lat, "lon": place.lon}
    for one in station.series:
        value = one.low + (one.high - one.low) * random.random()
        if one.metric.startswith("rain_") and one.metric.endswith("h"):
            value = _RAIN_MM_H * factor * weather.fallen(at_s, float(one.metric[5:-1]))
        elif station.kind == GAUGE:
            value = one.low + _SURGE_M * factor * weather.strength(at_s - HOUR_S) + random.uniform(-0.02, 0.02)
        yield head | {"metric": one.metric, "value": round(value, 2), "unit": one.unit}
    if station.kind == "rain":
        calm, most = _WIND_MS
        wind = calm + most * weather.strength(at_s) * random.uniform(0.8, 1.1)
        yield head | {"metric": "wind_speed", "value": round(wind, 1), "unit": "m/s"}
