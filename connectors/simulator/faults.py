"""Scenario ``sensor-fault``: stations whose instruments, loggers or links fail, among many that are well.

The faults are those that were seen at Vietnamese stations: sentinels, negative and impossible values, flat lines of
more than a day, many zeros; besides, calibration, device errors and silence as Thông tư 10/2021 knows them, and drift,
which nobody claims to find. Nothing in the air or water is wrong here: whatever alerts about the environment is a
mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from connectors.simulator.event import instant
from connectors.simulator.province import GAUGE, Series, Station, SyntheticProvince
from connectors.simulator.register import collector_of
from connectors.simulator.timeline import Due, Timeline, rounds
from ioc.vocabulary import SOURCES, Source

LENGTH_S: Final = 30 * 3600.0
"""Long enough for a flat line of more than a day."""
INTERVAL_S: Final = 300.0
_HOUR_S: Final = 3600.0
_FROM_S: Final = 2 * _HOUR_S
_SHORT_CYCLES: Final = 6
"""Bad cycles of a short fault: twice what makes a device incident."""
_STATIONS_PER_FAULT: Final = 2
_ZERO_SHARE: Final = 0.4
"""Zeros above 20 % are suspicious, above 30 % bad."""
_DRIFT: Final = 0.9
"""Share of the room between usual values and the limit that drift uses up."""
_SILENT_S: Final = 6 * _HOUR_S
_COLLECTOR_SILENT_S: Final = (8 * _HOUR_S, 11 * _HOUR_S)
_NOT_THESE: Final = frozenset({"rain", "noise-ordinary", GAUGE})
"""Kinds of stations that stay well: no rain for a day, or the same level, is no fault."""
_SENTINELS: Final = (-9999.0, -999.0, 9999.0)

FAULTS: Final = (
    "flat", "zeros", "sentinel", "out_of_range", "calibrating", "device_error", "drift", "silence",
)  # fmt: skip
"""What befalls single stations; the silence of a collector comes beside them."""
UNTOLD: Final = frozenset({"drift"})
"""Found by nobody, and the truth says so: no published figure says how far or how fast an instrument may depart, and
what departs slowly within its range is told from the air itself only by a second instrument. It is there as a trap: it
must not become an alert about the environment."""
_LONG: Final = frozenset({"flat", "zeros", "drift"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one metric, or of a whole station (``silence``)."""

    station: Station
    series: Series
    kind: str
    from_s: float
    until_s: float

    def covers(self, metric: str, at_s: float) -> bool:
        """Whether a reading is spoiled."""
        return self.from_s <= at_s < self.until_s and (self.kind == "silence" or metric == self.series.metric)


class Faults:
    """A day and more of readings, some of which mean nothing.

    Args:
        province: Who sends.
        seed: Of everything that is made.
        start: When the scenario begins, aware.
        rate: Mean readings per second; if none, as many as there are every five minutes.

    """

    def __init__(self, province: SyntheticProvince, *, seed: int, start: datetime, rate: float | None = None) -> None:
        density = 1.0 if rate is None else rate * INTERVAL_S / len(province.series)
        self._stations = province.stations
        self._seed = seed
        self._start = start
        self.interval_s = INTERVAL_S / density
        self._silent = collector_of(len(self._stations) - 1)
        self._faults = self._plan(Random(f"{seed}/faults"))
        self._spoiled: dict[str, int] = {}

    def timeline(self, sources: Collection[Source] = SOURCES) -> Timeline:
        """The readings."""
        return Timeline((self._readings(),), start=self._start, truth=self.truth, sources=sources)

    def truth(self) -> Mapping[str, Any]:
        """What was injected, and how many readings of it were sent."""
        from_s, until_s = _COLLECTOR_SILENT_S
        silent = [
            station.device.id for number, station in enumerate(self._stations) if collector_of(number) == self._silent
        ]
        return {
            "faults": [
                {
                    "device": fault.station.device.id,
                    "metric": None if fault.kind == "silence" else fault.series.metric,
                    "fault": fault.kind,
                    "told": fault.kind not in UNTOLD,
                    "from": instant(self._start, fault.from_s),
                    "until": instant(self._start, fault.until_s),
                    "readings": self._spoiled.get(fault.station.device.id, 0),
                }
                for fault in self._faults
            ],
            "collector": {
                "name": self._silent,
                "from": instant(self._start, from_s),
                "until": instant(self._start, until_s),
                "devices": silent,
            },
            "environmental_alerts": 0,
        }

    def _plan(self, random: Random) -> list[Fault]:
        """Each fault at stations of its own, away from the collector that falls silent."""
        able = [
            station
            for number, station in enumerate(self._stations)
            if station.kind not in _NOT_THESE and collector_of(number) != self._silent
        ]
        chosen = random.sample(able, min(len(able), len(FAULTS) * _STATIONS_PER_FAULT))
        found = []
        for number, station in enumerate(chosen):
            kind = FAULTS[number % len(FAULTS)]
            series = random.choice(station.series)
            from_s = _FROM_S + random.uniform(0, _HOUR_S)
            if kind in _LONG:
                until_s = LENGTH_S
            elif kind == "silence":
                until_s = from_s + _SILENT_S
            else:
                until_s = from_s + _SHORT_CYCLES * self.interval_s
            found.append(Fault(station, series, kind, from_s, until_s))
        return found

    def _readings(self) -> Iterator[Due]:
        random = Random(f"{self._seed}/readings")
        by_device = {fault.station.device.id: fault for fault in self._faults}
        self._spoiled = dict.fromkeys(by_device, 0)
        quiet_from_s, quiet_until_s = _COLLECTOR_SILENT_S
        stuck: dict[str, float] = {}
        for at_s, number in rounds(len(self._stations), self.interval_s, LENGTH_S):
            station = self._stations[number]
            device, place = station.device.id, station.device.place
            if collector_of(number) == self._silent and quiet_from_s <= at_s < quiet_until_s:
                continue
            for one in station.series:
                value, status = one.low + (one.high - one.low) * random.random(), "00"
                fault = by_device.get(device)
                if fault is not None and fault.covers(one.metric, at_s):
                    if fault.kind == "silence":
                        continue
                    value = stuck.setdefault(device, round(value, 2)) if fault.kind == "flat" else value
                    value, status = _spoiled(fault, value, at_s, random)
                    self._spoiled[device] += 1
                yield Due(
                    at_s,
                    at_s,
                    "sensors",
                    device,
                    {
                        "device_id": device, "metric": one.metric, "value": round(value, 2), "unit": one.unit,
                        "status": status, "lat": place.lat, "lon": place.lon,
                    },
                )  # fmt: skip


def _spoiled(fault: Fault, value: float, at_s: float, random: Random) -> tuple[float, str]:
    """What the logger writes instead of a value, and its status."""
    one = fault.series
    match fault.kind:
        case "zeros":
            return (0.0 if random.random() < _ZERO_SHARE else value), "00"
        case "sentinel":
            return random.choice(_SENTINELS), "00"
        case "out_of_range":
            return -_alarming(one) * 100, "00"
        case "calibrating":
            return _alarming(one), "01"
        case "device_error":
            return 0.0, "02"
        case "drift":
            gone = (at_s - fault.from_s) / (fault.until_s - fault.from_s)
            return value + (_first_limit(one) - one.high) * _DRIFT * gone, "00"
        case _:
            return value, "00"


def _alarming(one: Series) -> float:
    """A value that would alert."""
    return one.beyond[-1] if one.beyond else one.high * 20


def _first_limit(one: Series) -> float:
    """Where the first limit is; usual values go up to half of one of means."""
    return one.beyond[0] / 1.04 if one.beyond else one.high * 2
