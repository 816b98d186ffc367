"""The air of the stations of one partition: hourly means, the index, limits of means, corrections by late readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Final

from ioc import metrics
from ioc.detect.air import POLLUTANTS, UNIT, VnAqi
from ioc.detect.air_hours import HOUR_S, KEPT_HOURS, Cell, hour_of
from ioc.detect.air_judge import StationAir, judge
from ioc.detect.air_limits import AirRules
from ioc.detect.air_words import correction_finding, crossing_finding
from ioc.detect.model import Finding
from ioc.intake.companion import Gauges, Notice
from ioc.intake.states import Shown, Subject
from ioc.ports import Store

_PREFIX: Final = b"air/"
_MOST_STATIONS: Final = 2_000
"""Of one partition; names beyond it are taken for made up."""
_MOST_REDONE: Final = 5
"""Stations whose past is judged again in one tick: a region that comes back after a storm must not hold up the rest."""

_MOST_JUDGED: Final = 20
"""Stations of which hours are judged in one tick: every hour is over for all stations at once."""

_Undone = tuple[str, StationAir, str, int, Cell | None, int, int, int, tuple[float, float] | None]
"""A reading: station, its air, metric, hour; and what was before it: cell, newest hour, past to redo, place."""
_Shown = tuple[int, int]
"""Index of a station, and the end of the hour that it is of, Unix seconds."""


class AirWatch:
    """Keeps the hours of every station that measures air, and judges those that are over.

    Sums change with each reading, so they are written down on a timer, per station and at the end of a batch. A crash
    can cost an hour the readings of one such interval; stations send every five minutes. What was judged and told is
    written down at once.

    Args:
        table: The index.
        rules: Limits of means, and bands of the index.
        is_air: Whether a reading of such a metric is a measurement, and of ambient air.
        store: State of the partition.
        checkpoint: Between two writings of one station.

    """

    def __init__(
        self, table: VnAqi, rules: AirRules, is_air: Callable[[Any], bool], store: Store, *, checkpoint: timedelta
    ) -> None:
        self._table = table
        self._rules = rules
        self._counted = frozenset(POLLUTANTS) | {limit.metric for limit in rules.limits}
        self._is_air = is_air
        self._store = store
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._written_ms: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._newest: dict[str, int] = {}
        self._stations: dict[str, StationAir] = {}
        self._shown: dict[str, _Shown] = {}
        self._log: list[_Undone] | None = None
        for key, value in store.items():
            if key.startswith(_PREFIX):
                station = key[len(_PREFIX) :].decode()
                air = self._stations[station] = StationAir.decode(value)
                self._newest[station] = air.hours.newest()
        self._stale = set(self._stations)

    def take(self, event: Any, at_s: float, accepted_ms: int) -> Finding | None:
        """Take in a reading; what it means is told when its hour is over."""
        if event.metric in self._counted and event.unit == UNIT and event.value >= 0 and self._is_air(event):
            self._add(event, at_s, accepted_ms)
        return None

    def tick(self, now_ms: int) -> list[Notice]:
        """Judge the hours that are over, and again those that late readings have changed."""
        now_s = now_ms / 1000
        over = floor((now_s - self._rules.grace_s) / HOUR_S)
        settle_ms = self._rules.settle_s * 1000
        judged = redone = 0
        notices: list[Notice] = []
        for station, air in self._stations.items():
            # An hour that had no reading is judged with the next one that has: there is nothing to say of it.
            newest = min(over, self._newest[station])
            redo = bool(air.redo_from) and redone < _MOST_REDONE and now_ms - air.redo_ms >= settle_ms
            redone += redo
            if redo or (newest > air.judged and judged < _MOST_JUDGED):
                judged += 1
                notices += self._judge(station, air, max(newest, air.judged), now_ms, redo=redo)
        return notices

    def flush(self, now_ms: int) -> None:
        """Write down the stations whose interval has passed, and forget those that have been silent for long."""
        self._log = None
        due = [name for name in self._dirty if now_ms - self._written_ms.get(name, 0) >= self._checkpoint_ms]
        for station in due:
            self._written_ms[station] = now_ms
            self._write(station)
        if due:
            self._store.journal(lambda: self._dirty.update(due))
            self._forget(hour_of(now_ms / 1000) - KEPT_HOURS)

    def gauges(self, now_ms: int) -> Gauges:
        """Index and level by station; none of a station that fell silent: an old one would look like the air of now."""
        figures: dict[tuple[str, ...], float] = {}
        for station, index, _ in self._fresh(now_ms):
            figures[metrics.AIR_QUALITY_INDEX.name, station] = index
            figures[metrics.AIR_QUALITY_LEVEL.name, station] = self._table.rank(index)
        return figures

    def shown(self, now_ms: int) -> dict[Subject, Shown]:
        """Level of each station with its index, and the end of the hour that it is of, Unix seconds."""
        found = {}
        for station, index, end_s in self._fresh(now_ms):
            figures = ("index", float(index)), ("hour_end_s", float(end_s))
            place = self._stations[station].place or (None, None)
            found[Subject("air", station)] = Shown(self._table.level(index).code, figures, *place)
        return found

    def _fresh(self, now_ms: int) -> Iterator[tuple[str, int, int]]:
        """Station, index and the end of its hour."""
        for station in self._stale:
            self._show(station)
        self._stale.clear()
        oldest_s = now_ms / 1000 - self._rules.fresh_s
        return ((station, index, end_s) for station, (index, end_s) in self._shown.items() if end_s >= oldest_s)

    def _add(self, event: Any, at_s: float, accepted_ms: int) -> None:
        log = self._log
        if log is None:
            log = self._begin()
        station, metric, hour = event.device_id, event.metric, hour_of(at_s)
        air = self._stations.get(station)
        if air is None:
            if len(self._stations) >= _MOST_STATIONS:
                return
            # Before the first hour of a station there was nothing to judge.
            air = self._stations[station] = StationAir(judged=hour - 1)
        newest = self._newest.get(station, 0)
        before = air.hours.add(metric, hour, event.value)
        log.append((station, air, metric, hour, before, newest, air.redo_from, air.redo_ms, air.place))
        self._dirty.add(station)
        if hour <= air.judged:
            air.redo_ms = air.redo_ms if air.redo_from else accepted_ms
            air.redo_from = min(hour, air.redo_from or hour)
        if event.lat is not None:
            air.place = event.lat, event.lon
        if hour != newest:  # a new hour began, or a late reading changes one that is over
            self._newest[station] = max(hour, newest)
            self._stale.add(station)

    def _begin(self) -> list[_Undone]:
        """One undo step covers the readings of a batch."""
        log: list[_Undone] = []

        def undo() -> None:
            for station, air, metric, hour, before, newest, redo_from, redo_ms, place in reversed(log):
                air.hours.restore(metric, hour, before)
                air.redo_from, air.redo_ms, air.place = redo_from, redo_ms, place
                self._newest[station] = newest
                self._stale.add(station)
            self._log = None

        self._store.journal(undo)
        self._log = log
        return log

    def _judge(self, station: str, air: StationAir, newest: int, now_ms: int, *, redo: bool) -> list[Notice]:
        before = air.judged, air.redo_from, dict(air.verdicts), dict(air.levels)

        def undo() -> None:
            air.judged, air.redo_from, air.verdicts, air.levels = before

        self._store.journal(undo)
        fresh_from = hour_of(now_ms / 1000 - self._rules.fresh_s)
        crossings, changes = judge(air, newest, fresh_from, self._table, self._rules, redo=redo)
        self._write(station)
        place = air.place or (None, None)
        notices = [
            Notice(
                crossing_finding(station, crossing, self._table, self._rules),
                datetime.fromtimestamp(crossing.hour * HOUR_S, UTC),
                *place,
            )
            for crossing in crossings
        ]
        if changes:
            # Not at the hour: two corrections of one hour are two things.
            found = datetime.fromtimestamp(now_ms / 1000, UTC)
            notices.append(Notice(correction_finding(station, changes, self._rules), found, *place))
        return notices

    def _write(self, station: str) -> None:
        air = self._stations[station]
        air.prune()
        self._dirty.discard(station)
        self._store.put(_PREFIX + station.encode(), air.encode())

    def _forget(self, before_hour: int) -> None:
        for station in [name for name, hour in self._newest.items() if hour < before_hour]:
            air, newest = self._stations.pop(station), self._newest.pop(station)
            self._shown.pop(station, None)
            self._stale.discard(station)
            self._dirty.discard(station)
            self._written_ms.pop(station, None)
            self._store.delete(_PREFIX + station.encode())

            def undo(station: str = station, air: StationAir = air, newest: int = newest) -> None:
                self._stations[station] = air
                self._newest[station] = newest
                self._stale.add(station)

            self._store.journal(undo)

    def _show(self, station: str) -> None:
        over = self._newest[station] - 1
        index = self._stations[station].hours.index(self._table, over)
        if index is None:
            self._shown.pop(station, None)
        else:
            self._shown[station] = index.value, over * HOUR_S
