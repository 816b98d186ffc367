"""Hourly means of one station, and the air quality index of its newest hour that is over.

Event time alone decides. A reading is the mean of the cycle that ends at its time, so the hour that ends at 09:00 has
the readings from after 08:00 to 09:00. A late reading goes into its own hour and corrects what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, Final

from ioc.detect.air import NOWCAST_HOURS, POLLUTANTS, Index, Means, VnAqi
from ioc.detect.air_limits import MAX_HOURS

HOUR_S: Final = 3600
KEPT_HOURS: Final = 72 + MAX_HOURS
"""Hours of which readings are remembered: a station's late window, and what the oldest of them needs."""

_USUAL_HOURS: Final = 24

Cell = tuple[int, float]
"""Readings of an hour, and their sum."""


def hour_of(at_s: float) -> int:
    """Number of the hour that holds an instant, counted by its end: hours since 1970, Unix seconds given."""
    return ceil(at_s / HOUR_S)


class AirHours:
    """What is known of one station's air."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[int, Cell]] = {}

    def add(self, metric: str, hour: int, value: float) -> Cell | None:
        """Take in a reading in µg/m³; returns what to hand to :meth:`restore` to take it back."""
        cells = self.cells.setdefault(metric, {})
        before = cells.get(hour)
        cells[hour] = (1, value) if before is None else (before[0] + 1, before[1] + value)
        return before

    def restore(self, metric: str, hour: int, before: Cell | None) -> None:
        """Take back the last change of an hour."""
        if before is not None:
            self.cells[metric][hour] = before
        else:
            self.cells[metric].pop(hour, None)

    def newest(self) -> int:
        """The newest hour with a reading; 0 if there is none."""
        return max((hour for cells in self.cells.values() for hour in cells), default=0)

    def means(self, metric: str, hour: int, count: int, min_share: float) -> Means:
        """Means of an hour and those before it, the newest first; of hours that count, see :meth:`hourly`."""
        cells = self.cells.get(metric, {})
        needed = min_share * _usual(cells)
        found = (cells.get(hour - back) for back in range(count))
        return [cell[1] / cell[0] if cell is not None and cell[0] >= needed else None for cell in found]

    def hourly(self, metric: str, min_share: float) -> dict[int, float]:
        """Mean of every hour that counts.

        An hour counts if it has its share of the readings that an hour of late usually has: stations differ in how
        often they send, none says it, and some change it.
        """
        cells = self.cells.get(metric, {})
        needed = min_share * _usual(cells)
        return {hour: total / readings for hour, (readings, total) in cells.items() if readings >= needed}

    def index(self, table: VnAqi, hour: int) -> Index | None:
        """Hourly index of an hour that is over; ``None`` where too little is known."""
        return table.hourly({metric: self.means(metric, hour, NOWCAST_HOURS, table.min_share) for metric in POLLUTANTS})

    def prune(self) -> None:
        """Forget the hours that nothing depends on any more."""
        oldest = self.newest() - KEPT_HOURS
        self.cells = {
            metric: {hour: cell for hour, cell in cells.items() if hour > oldest}
            for metric, cells in self.cells.items()
        }

    def rows(self) -> list[list[str | float]]:
        """All of it, for JSON."""
        return [[metric, hour, *cell] for metric, cells in self.cells.items() for hour, cell in cells.items()]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]]) -> AirHours:
        """Read :meth:`rows`."""
        hours = cls()
        for metric, hour, readings, total in rows:
            hours.cells.setdefault(metric, {})[hour] = (readings, total)
        return hours


def _usual(cells: dict[int, Cell]) -> int:
    """Upper median of the readings of the newest day's hours; 0 without any."""
    counts = sorted(cells[hour][0] for hour in sorted(cells)[-_USUAL_HOURS:])
    return counts[len(counts) // 2] if counts else 0
