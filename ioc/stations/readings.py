"""From the lines of a station's file to sensor events, each with the key by which it counts once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from ioc.events import Sensor, validate_one
from ioc.records import FieldError
from ioc.stations.lines import Fault, Line, read_lines
from ioc.stations.symbols import Symbols

_COLUMN_OF: Final = {
    "/device_id": "station",
    "/metric": "symbol",
    "/value": "value",
    "/unit": "unit",
    "/observed_at": "time",
}


class Key(NamedTuple):
    """What a reading is: the same key again is the same reading, whatever it says (the first one wins)."""

    station: str
    at_s: int
    """Event time in Unix seconds; stations stamp whole seconds."""
    metric: str
    """Canonical."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line that became an event; metric, unit and value are canonical."""

    key: Key
    event: Sensor
    line: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a file of a station holds.

    Attributes:
        readings: The good lines, in their order.
        faults: The others, in their order.
        finished: Whether it ends with a line end.

    """

    readings: tuple[Reading, ...]
    faults: tuple[Fault, ...]
    finished: bool


class StationReader:
    """Reads files of stations.

    Args:
        symbols: What symbols mean.
        zone: Of the stations' clocks.
        max_future: How far ahead of the clock a time may be.

    """

    def __init__(self, symbols: Symbols, zone: tzinfo, max_future: timedelta) -> None:
        self._symbols = symbols
        self.zone = zone
        self._max_future = max_future

    def read(self, raw: bytes, station: str | None, now: datetime) -> Content:
        """Read one file.

        Args:
            raw: Its content.
            station: Whose it is; ``None`` where nothing tells, and then nothing of it can be used.
            now: The clock, aware.

        """
        found = read_lines(raw, self.zone)
        if station is None:
            reason = "neither a folder nor the name (<STATION>_<YYYYMMDDhhmmss>.txt) tells the station"
            return Content((), (Fault(0, "station", reason), *found.faults), found.finished)
        readings: list[Reading] = []
        faults = list(found.faults)
        for line in found.lines:
            event = self._event(line, station, now)
            if isinstance(event, Sensor):
                key = Key(event.device_id, int(event.observed_at.timestamp()), event.metric)
                readings.append(Reading(key, event, line.number))
            else:
                faults.append(_fault(line, event))
        faults.sort(key=lambda fault: fault.line)
        return Content(tuple(readings), tuple(faults), found.finished)

    def _event(self, line: Line, station: str, now: datetime) -> object:
        body = {
            "device_id": station,
            "metric": self._symbols.metric(line.symbol),
            "value": line.value,
            "unit": line.unit,
            "observed_at": line.at.isoformat(),
            "status": line.status,
        }
        return validate_one("sensors", body, now=now, max_future=self._max_future)


def _fault(line: Line, errors: object) -> Fault:
    assert isinstance(errors, list)
    first: FieldError = errors[0]
    column = _COLUMN_OF.get(first.pointer, "line")
    shown = f"{line.symbol} {line.value:g} {line.unit} {line.at:%Y%m%d%H%M%S} {line.status}"
    return Fault(line.number, first.code, f"{column}: {first.message}", shown[:200])


def once(readings: Iterable[Reading], known: set[Key]) -> tuple[list[Reading], int]:
    """Readings that are not known yet, each once, and how many repeat; ``known`` grows by them."""
    fresh: list[Reading] = []
    repeated = 0
    for reading in readings:
        if reading.key in known:
            repeated += 1
        else:
            known.add(reading.key)
            fresh.append(reading)
    return fresh, repeated
