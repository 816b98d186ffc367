"""VN_AQI, the air quality index of Viet Nam, from hourly means (Quyết định 1459/QĐ-TCMT, 12/11/2019).

The hourly index takes gases by their mean of the hour and dust by NowCast over twelve hours; the daily one takes dust
by its mean of the day. Both are the largest of the pollutants' indices and need PM2.5 or PM10. An index says how the
air is; it is no finding that a standard (QCVN) was exceeded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import floor, fsum, isfinite
from typing import Final

from ioc.events.units import METRICS
from ioc.tomlfile import Table, read_toml

DUST: Final = ("pm2_5", "pm10")
"""At least one of them is needed."""
GASES: Final = ("so2", "no2", "co", "o3")
POLLUTANTS: Final = (*DUST, *GASES)
"""Canonical metrics that count, in ``UNIT``."""
UNIT: Final = METRICS["pm2_5"].unit

NOWCAST_HOURS: Final = 12
_NEWEST: Final = 3
_NEEDED_OF_NEWEST: Final = 2
_DAY_HOURS: Final = 24
_O3_HOURS: Final = 8
_ROWS: Final = ("o3_1h", "o3_8h", "co", "so2", "no2", "pm10", "pm2_5")

Means = Sequence[float | None]
"""Hourly means in µg/m³; ``None`` where there are too few readings."""


@dataclass(frozen=True, slots=True)
class Level:
    """A class of the index.

    Attributes:
        code: Short English word.
        name: Vietnamese, as printed.
        to: Largest index that it covers.
        rgb: Its colour.

    """

    code: str
    name: str
    to: int
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Index:
    """An air quality index.

    Attributes:
        value: 0 to 500.
        pollutant: The one that makes it: the row of the table.
        level: Its class.
        parts: Index by row of the table.

    """

    value: int
    pollutant: str
    level: Level
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VnAqi:
    """The index's table.

    Attributes:
        version: Of the file.
        source: The text that the figures stand in; ``since`` is its date.
        since: See ``source``.
        index: Index at each breakpoint.
        breakpoints: Concentrations in µg/m³ by row; as long as ``index``, or shorter where a row ends early.
        levels: Ascending.
        min_share: Share of readings of an hour, or hours of a longer mean, that have to be there.

    """

    version: str
    source: str
    since: date
    index: tuple[float, ...]
    breakpoints: Mapping[str, tuple[float, ...]]
    levels: tuple[Level, ...]
    min_share: float

    def part(self, row: str, concentration: float) -> int | None:
        """Index of one pollutant, rounded half up; ``None`` where its row ends before the concentration.

        Args:
            row: ``o3_1h``, ``o3_8h``, ``co``, ``so2``, ``no2``, ``pm10`` or ``pm2_5``.
            concentration: µg/m³, not negative.

        Raises:
            ValueError: no such concentration is possible.

        """
        if not (isfinite(concentration) and concentration >= 0):
            raise ValueError("a concentration is finite and not negative")
        points = self.breakpoints[row]
        if concentration > points[-1] and len(points) < len(self.index):
            return None
        if concentration >= points[-1]:
            return int(self.index[len(points) - 1])
        upper = bisect_right(points, concentration)
        low, high = points[upper - 1], points[upper]
        from_index, to_index = self.index[upper - 1], self.index[upper]
        return floor((to_index - from_index) / (high - low) * (concentration - low) + from_index + 0.5)

    def level(self, value: int) -> Level:
        """Class of an index."""
        return self.levels[self.rank(value) - 1]

    def rank(self, value: int) -> int:
        """Number of an index's class, 1 for the best."""
        return next((n for n, level in enumerate(self.levels, 1) if value <= level.to), len(self.levels))

    def hourly(self, means: Mapping[str, Means]) -> Index | None:
        """Index of one hour; ``None`` where neither PM2.5 nor PM10 has a NowCast.

        Args:
            means: Hourly means by canonical metric, this hour's first; dust needs twelve, gases one.

        """
        values = self._gases(means)
        for metric in DUST:
            cast = nowcast(means.get(metric, ()))
            if cast is not None:
                values[metric] = cast
        return self._largest(values) if any(metric in values for metric in DUST) else None

    def gases(self, means: Mapping[str, Means]) -> Index | None:
        """Largest index of the gases of one hour: of a station without dust, whose air has no VN_AQI.

        Args:
            means: Hourly means by canonical metric, this hour's first.

        """
        return self._largest(self._gases(means))

    @staticmethod
    def _gases(means: Mapping[str, Means]) -> dict[str, float]:
        newest = {metric: next(iter(means.get(metric, ())), None) for metric in GASES}
        return {"o3_1h" if metric == "o3" else metric: mean for metric, mean in newest.items() if mean is not None}

    def daily(self, means: Mapping[str, Means]) -> Index | None:
        """Index of one day; ``None`` where neither PM2.5 nor PM10 has a mean of the day.

        Args:
            means: The 24 hourly means of the day that end at 01:00 to 24:00, by canonical metric, the oldest first.

        """
        values: dict[str, float] = {}
        for metric in DUST:
            mean = self._mean(means.get(metric, ()), _DAY_HOURS)
            if mean is not None:
                values[metric] = mean
        for metric in GASES:
            hours = means.get(metric, ())
            there = [mean for mean in hours if mean is not None]
            if there:
                values["o3_1h" if metric == "o3" else metric] = max(there)
            if metric == "o3":
                windows = (hours[at : at + _O3_HOURS] for at in range(len(hours) - _O3_HOURS + 1))
                eights = [mean for window in windows if (mean := self._mean(window, _O3_HOURS)) is not None]
                if eights:
                    values["o3_8h"] = max(eights)
        return self._largest(values) if any(metric in values for metric in DUST) else None

    def _mean(self, hours: Means, size: int) -> float | None:
        there = [mean for mean in hours if mean is not None]
        return fsum(there) / len(there) if there and len(there) >= self.min_share * size else None

    def _largest(self, values: Mapping[str, float]) -> Index | None:
        parts = {row: part for row, value in values.items() if (part := self.part(row, value)) is not None}
        if not parts:
            return None
        pollutant = max(parts, key=parts.__getitem__)
        return Index(parts[pollutant], pollutant, self.level(parts[pollutant]), parts)


def nowcast(means: Means) -> float | None:
    """Weighted mean of the last twelve hours, for dust, in the means' unit.

    ``w* = Cmin/Cmax``, ``w = max(w*, 1/2)``. With ``w > 1/2`` it is ``Σ wⁱ⁻¹·cᵢ / Σ wⁱ⁻¹``; with ``w = 1/2`` it is
    ``Σ (1/2)ⁱ·cᵢ``. An hour without value has weight 0. The second sum has no denominator in the decision, so a
    missing hour makes it smaller there; the letter of the text is kept, because the figure is compared with theirs.

    Args:
        means: Hourly means, this hour's first; what is beyond twelve is not used.

    Returns:
        ``None`` unless two of the three newest hours have a value.

    """
    last = means[:NOWCAST_HOURS]
    there = [(at, mean) for at, mean in enumerate(last) if mean is not None]
    if sum(1 for at, _ in there if at < _NEWEST) < _NEEDED_OF_NEWEST:
        return None
    largest = max(mean for _, mean in there)
    if largest == 0:
        return 0.0
    weight = min(mean for _, mean in there) / largest
    if weight > 0.5:
        return fsum(weight**at * mean for at, mean in there) / fsum(weight**at for at, _ in there)
    return fsum(0.5 ** (at + 1) * mean for at, mean in there)


def load_vn_aqi(raw: bytes, file: str = "vn_aqi.toml") -> VnAqi:
    """Read the table.

    Raises:
        ConfigError: names file, line and key.

    """
    root = read_toml(raw, file)
    version, source, since = root.text("version"), root.text("source"), root.day("date")
    index = root.numbers("index")
    if not _ascend(index):
        raise root.error("must ascend", "index")
    share = root.number("min_share", low=0.0)
    if not 0 < share <= 1:
        raise root.error("must be more than 0 and at most 1", "min_share")
    rows = root.table("breakpoints")
    breakpoints = {row: _row(rows, row, len(index)) for row in _ROWS}
    rows.done()
    levels = tuple(_level(entry) for entry in root.tables("level"))
    root.done()
    if not _ascend(tuple(float(level.to) for level in levels)) or levels[-1].to != index[-1]:
        raise root.error("must ascend to the largest index", "level")
    return VnAqi(version, source, since, index, breakpoints, levels, share)


def _ascend(numbers: tuple[float, ...]) -> bool:
    return len(numbers) > 1 and all(low < high for low, high in pairwise(numbers))


def _row(rows: Table, row: str, size: int) -> tuple[float, ...]:
    points = rows.numbers(row)
    if not _ascend(points) or points[0] != 0 or len(points) > size:
        raise rows.error(f"must ascend from 0, with at most {size} breakpoints", row)
    return points


def _level(entry: Table) -> Level:
    red, green, blue = (int(part) for part in entry.numbers("rgb", size=3))
    level = Level(entry.text("code"), entry.text("name"), int(entry.number("to")), (red, green, blue))
    entry.done()
    return level
