"""Hours of one station's air that are over: the limits of means, the bands of VN_AQI, and what late readings change.

Each condition is judged once for an hour, in the order of the hours, and only while the hour is fresh. What comes
later may change what is known of a past hour: that is a correction, never an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import fsum
from typing import Any, Final, NamedTuple

import orjson

from ioc.detect.air import NOWCAST_HOURS, POLLUTANTS, Index, VnAqi
from ioc.detect.air_hours import HOUR_S, KEPT_HOURS, AirHours
from ioc.detect.air_limits import AirRules
from ioc.detect.ladder import Ladder

INDEX: Final = "vn_aqi"
"""The condition that the hourly index is in a band; the other ones are the keys of limits."""
_NO_INDEX: Final = -1


class Verdict(NamedTuple):
    """What is known of an hour: its VN_AQI (−1: none), and the limits that the means ending with it exceed."""

    aqi: int
    exceeded: tuple[str, ...] = ()


class Level(NamedTuple):
    """Of a condition: the rung that was reached, 0 for none, and the newest hour that it was judged for."""

    rung: int
    hour: int


class Crossing(NamedTuple):
    """A condition began, worsened (``rung``) or ended (``rung`` 0) with an hour.

    Attributes:
        key: Of the limit, or :data:`INDEX`.
        hour: Number of the hour, see :func:`~ioc.detect.air_hours.hour_of`.
        value: The mean in µg/m³, or the index.
        rung: See above; ``before`` is the one before it.
        before: See ``rung``.
        aqi: The index, of :data:`INDEX`.
        hours: Hours that the mean is of, which have one.

    """

    key: str
    hour: int
    value: float
    rung: int
    before: int
    aqi: Index | None
    hours: int


class Change(NamedTuple):
    """Late readings changed what is known of a past hour; ``before`` is none where nothing was."""

    hour: int
    before: Verdict | None
    after: Verdict


@dataclass(slots=True)
class StationAir:
    """What is remembered of one station.

    Attributes:
        hours: Sums of its readings by hour.
        judged: Newest hour that was judged; 0 before the first.
        redo_from: Oldest hour that was judged already and has a late reading since; 0 for none.
        redo_ms: When the first such reading came.
        verdicts: By hour; hours without index and exceedance are left out.
        levels: By condition.
        place: WGS 84 latitude and longitude that its readings gave last.

    """

    hours: AirHours = field(default_factory=AirHours)
    judged: int = 0
    redo_from: int = 0
    redo_ms: int = 0
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)
    place: tuple[float, float] | None = None

    def prune(self) -> None:
        """Forget the hours that nothing depends on any more."""
        self.hours.prune()
        oldest = self.hours.newest() - KEPT_HOURS
        self.verdicts = {hour: verdict for hour, verdict in self.verdicts.items() if hour > oldest}

    def encode(self) -> bytes:
        """All of it, as JSON."""
        return orjson.dumps(
            {
                "hours": self.hours.rows(),
                "judged": self.judged,
                "redo_from": self.redo_from,
                "redo_ms": self.redo_ms,
                "verdicts": [[hour, *verdict] for hour, verdict in self.verdicts.items()],
                "levels": {key: list(level) for key, level in self.levels.items()},
                "place": self.place,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> StationAir:
        """Read :meth:`encode`, and the rows of hours that were all there was before anything was judged."""
        known = orjson.loads(raw)
        if isinstance(known, list):
            return cls(AirHours.of(known))
        place = known["place"]
        return cls(
            AirHours.of(known["hours"]),
            known["judged"],
            known["redo_from"],
            known["redo_ms"],
            {hour: Verdict(index, tuple(exceeded)) for hour, index, exceeded in known["verdicts"]},
            {key: Level(*level) for key, level in known["levels"].items()},
            None if place is None else (place[0], place[1]),
        )


def judge(
    air: StationAir, newest: int, fresh_from: int, table: VnAqi, rules: AirRules, *, redo: bool
) -> tuple[list[Crossing], list[Change]]:
    """Judge the hours up to ``newest`` that were not.

    Args:
        air: The station; what becomes known is kept in it.
        newest: Newest hour that is over and has readings.
        fresh_from: Oldest hour that is not past.
        table: The index.
        rules: The limits.
        redo: Judge those again, too, that late readings have changed.

    """
    first = min(air.judged + 1, air.redo_from) if redo else air.judged + 1
    first = max(first, newest - KEPT_HOURS + 1)
    means = _Means(air.hours, table, rules)
    crossings: list[Crossing] = []
    changes: list[Change] = []
    for hour in range(first, newest + 1):
        found = means.values(hour)
        index = means.index(hour)
        verdict = Verdict(
            _NO_INDEX if index is None else index.value,
            tuple(key for key, (value, ladder, _) in found.items() if ladder.reached(value)),
        )
        news = []
        if hour >= fresh_from:
            news = _crossings(air.levels, hour, found, index or means.gases(hour), rules.index)
            crossings += news
        before = air.verdicts.get(hour)
        alarmed = {crossing.key for crossing in news}
        if hour <= air.judged:
            known = before or Verdict(_NO_INDEX)
            changed = known.aqi not in {_NO_INDEX, verdict.aqi} or _differ(known, verdict, alarmed)
        else:
            changed = hour < fresh_from and bool(verdict.exceeded)
        if changed:
            changes.append(Change(hour, before, verdict))
        if verdict == (_NO_INDEX, ()):
            air.verdicts.pop(hour, None)
        else:
            air.verdicts[hour] = verdict
    air.judged = max(air.judged, newest)
    if redo:
        air.redo_from = 0
    return crossings, changes


def _differ(before: Verdict, after: Verdict, alarmed: set[str]) -> bool:
    return bool(set(before.exceeded) ^ set(after.exceeded) - alarmed)


def _crossings(
    levels: dict[str, Level],
    hour: int,
    found: Mapping[str, tuple[float, Ladder, int]],
    index: Index | None,
    bands: Ladder,
) -> list[Crossing]:
    """What begins, worsens or ends with an hour; a condition that was judged for it or a newer one stays as it is."""
    values = dict(found)
    if index is not None:
        values[INDEX] = (float(index.value), bands, 1)
    crossings = []
    for key, (value, ladder, count) in values.items():
        level = levels.get(key, Level(0, 0))
        if hour <= level.hour:
            continue
        rung = ladder.reached(value)
        if rung <= level.rung and not (level.rung and ladder.cleared(value)):
            rung = level.rung
        if rung != level.rung:
            named = index if key == INDEX else None
            crossings.append(Crossing(key, hour, value, rung, level.rung, named, count))
        levels[key] = Level(rung, hour)
    return crossings


class _Means:
    """Hourly means of a station, found once for all hours that are judged together."""

    def __init__(self, hours: AirHours, table: VnAqi, rules: AirRules) -> None:
        self._table = table
        self._rules = rules
        self._for_index = {metric: hours.hourly(metric, table.min_share) for metric in POLLUTANTS}
        self._for_limits = {
            metric: _without_first(hours.hourly(metric, rules.min_share))
            for metric in {limit.metric for limit in rules.limits}
        }

    def index(self, hour: int) -> Index | None:
        return self._table.hourly(self._newest_first(hour, NOWCAST_HOURS))

    def gases(self, hour: int) -> Index | None:
        return self._table.gases(self._newest_first(hour, 1))

    def values(self, hour: int) -> dict[str, tuple[float, Ladder, int]]:
        """Running mean that ends with an hour, its limit, and how many hours it is of, by the limit's key."""
        day = (datetime.fromtimestamp(hour * HOUR_S, UTC) - timedelta(seconds=1)).astimezone(self._rules.zone).date()
        values = {}
        for limit in self._rules.limits:
            step = limit.in_force(day)
            means = self._for_limits[limit.metric]
            if step is None or hour not in means:
                continue
            there = [means[each] for each in range(hour - limit.hours + 1, hour + 1) if each in means]
            if len(there) >= self._rules.min_share * limit.hours:
                values[limit.key] = fsum(there) / len(there), step.ladder, len(there)
        return values

    def _newest_first(self, hour: int, count: int) -> dict[str, list[Any]]:
        return {metric: [means.get(hour - back) for back in range(count)] for metric, means in self._for_index.items()}


def _without_first(means: dict[int, float]) -> dict[int, float]:
    """Without the oldest hour: a station begins within one, and nothing says yet how many readings an hour has."""
    if means:
        del means[min(means)]
    return means
