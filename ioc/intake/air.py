"""The air quality index of the stations of one partition, kept as their readings are taken in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from ioc import metrics
from ioc.detect import SensorDetector
from ioc.detect.air import POLLUTANTS, UNIT, VnAqi
from ioc.detect.air_hours import HOUR_S, KEPT_HOURS, AirHours, hour_of
from ioc.detect.model import Finding
from ioc.intake.companion import Gauges, Notice
from ioc.ports import Store

AirIndexes = dict[str, tuple[int, int]]
"""Station to its index and the end of the hour that it is of, Unix seconds."""

_PREFIX: Final = b"air/"
_COUNTED: Final = frozenset(POLLUTANTS)
_FRESH_S: Final = 3 * HOUR_S
"""Age of the end of an hour up to which its index is shown: it is known an hour later, and files may be late."""
_MOST_STATIONS: Final = 2_000
"""Of one partition; names beyond it are taken for made up."""


class AirWatch:
    """Hourly means of every station that measures air.

    They change with each reading, so they are written down on a timer, per station and at the end of a batch. A crash
    can cost an hour the readings of one such interval; stations send every five minutes.

    Args:
        table: The index.
        detector: Knows which readings are measurements.
        store: State of the partition.
        checkpoint: Between two writings of one station.

    """

    def __init__(self, table: VnAqi, detector: SensorDetector, store: Store, *, checkpoint: timedelta) -> None:
        self._table = table
        self._measures = detector.measures
        self._store = store
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._written_ms: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._newest: dict[str, int] = {}
        self._stations: dict[str, AirHours] = {}
        self.indexes: AirIndexes = {}
        for key, value in store.items():
            if key.startswith(_PREFIX):
                station = key[len(_PREFIX) :].decode()
                hours = self._stations[station] = AirHours.decode(value)
                self._newest[station] = hours.newest()
                self._show(station)

    def take(self, event: Any, at_s: float, _accepted_ms: int) -> Finding | None:
        """Take in a reading."""
        if event.metric in _COUNTED and event.unit == UNIT and event.value >= 0 and self._measures(event):
            self._add(event, at_s)
        return None

    def tick(self, _now_ms: int) -> Iterable[Notice]:
        """Hours end with the next reading."""
        return ()

    def gauges(self, now_ms: int) -> Gauges:
        """Index by station; none of a station that fell silent: an old figure would look like the air of now."""
        oldest_s = now_ms / 1000 - _FRESH_S
        name = metrics.AIR_QUALITY_INDEX.name
        return {(name, station): value for station, (value, end_s) in self.indexes.items() if end_s >= oldest_s}

    def _add(self, event: Any, at_s: float) -> None:
        station, metric, hour = event.device_id, event.metric, hour_of(at_s)
        hours = self._stations.get(station)
        if hours is None:
            if len(self._stations) >= _MOST_STATIONS:
                return
            hours = self._stations[station] = AirHours()
        newest, shown = self._newest.get(station, 0), self.indexes.get(station)
        before = hours.add(metric, hour, event.value)
        self._dirty.add(station)

        def undo() -> None:
            hours.restore(metric, hour, before)
            self._newest[station] = newest
            self._put(station, shown)

        self._store.journal(undo)
        if hour != newest:  # a new hour began, or a late reading changes one that is over
            self._newest[station] = max(hour, newest)
            self._show(station)

    def flush(self, now_ms: int) -> None:
        """Write down the stations whose interval has passed, and forget those that have been silent for long."""
        due = [name for name in self._dirty if now_ms - self._written_ms.get(name, 0) >= self._checkpoint_ms]
        for station in due:
            self._dirty.discard(station)
            self._written_ms[station] = now_ms
            hours = self._stations[station]
            hours.prune()
            self._store.put(_PREFIX + station.encode(), hours.encode())
        if due:
            self._store.journal(lambda: self._dirty.update(due))
            self._forget(hour_of(now_ms / 1000) - KEPT_HOURS)

    def _forget(self, before_hour: int) -> None:
        for station in [name for name, hour in self._newest.items() if hour < before_hour]:
            hours, newest = self._stations.pop(station), self._newest.pop(station)
            undo = partial(self._restore, station, hours, newest, self.indexes.pop(station, None))
            self._dirty.discard(station)
            self._written_ms.pop(station, None)
            self._store.delete(_PREFIX + station.encode())
            self._store.journal(undo)

    def _restore(self, station: str, hours: AirHours, newest: int, shown: tuple[int, int] | None) -> None:
        self._stations[station] = hours
        self._newest[station] = newest
        self._put(station, shown)

    def _show(self, station: str) -> None:
        over = self._newest[station] - 1
        index = self._stations[station].index(self._table, over)
        self._put(station, None if index is None else (index.value, over * HOUR_S))

    def _put(self, station: str, shown: tuple[int, int] | None) -> None:
        if shown is None:
            self.indexes.pop(station, None)
        else:
            self.indexes[station] = shown
