"""Hourly means of one station, and the air quality index of its newest hour that is over.

Event time alone decides. A reading is the mean of the cycle that ends at its time, so the hour that ends at 09:00 has
the readings from after 08:00 to 09:00. A late reading goes into its own hour and corrects what follows from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from math import ceil
from struct import Struct
from typing import Any, Final

from ioc.detect.air import NOWCAST_HOURS, POLLUTANTS, Index, Means, VnAqi
from ioc.detect.air_limits import MAX_HOURS

HOUR_S: Final = 3600
KEPT_HOURS: Final = 72 + MAX_HOURS
"""Hours of which readings are remembered: a station's late window, and what the oldest of them needs."""

_USUAL_HOURS: Final = 24
_ROW: Final = Struct("<iId")
"""An hour's number, its readings and their sum."""
_BYTES: Final = _ROW.size
_read: Final = _ROW.unpack_from
_write: Final = _ROW.pack_into

Cell = tuple[int, float]
"""Readings of an hour, and their sum."""


def hour_of(at_s: float) -> int:
    """Number of the hour that holds an instant, counted by its end: hours since 1970, Unix seconds given."""
    return ceil(at_s / HOUR_S)


class Hours(MutableMapping[int, Cell]):
    """Cells of one metric, the oldest first: sixteen bytes each, a tenth of what a dictionary of tuples takes.

    A province's stations keep four days of hours of every metric, which is most of what is remembered of them. They are
    rows of one buffer, as a station's first hour would take three times as much in columns of their own.
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows = bytearray()

    def __getitem__(self, hour: int) -> Cell:
        at, found = self._find(hour)
        if not found:
            raise KeyError(hour)
        _, readings, total = _read(self._rows, at)
        return readings, total

    def __setitem__(self, hour: int, cell: Cell) -> None:
        at, found = self._find(hour)
        if found:
            _write(self._rows, at, hour, *cell)
        else:
            self._rows[at:at] = _ROW.pack(hour, *cell)

    def __delitem__(self, hour: int) -> None:
        at, found = self._find(hour)
        if not found:
            raise KeyError(hour)
        del self._rows[at : at + _BYTES]

    def __iter__(self) -> Iterator[int]:
        return (hour for hour, _, _ in self.rows())

    def __len__(self) -> int:
        return len(self._rows) // _BYTES

    def add(self, hour: int, value: float) -> Cell | None:
        """Take in a reading; returns the hour's cell before it."""
        rows = self._rows
        if rows:
            last = len(rows) - _BYTES
            newest, readings, total = _read(rows, last)
            if newest == hour:  # as nearly always
                _write(rows, last, hour, readings + 1, total + value)
                return readings, total
        before = self.get(hour)
        self[hour] = (1, value) if before is None else (before[0] + 1, before[1] + value)
        return before

    def _find(self, hour: int) -> tuple[int, bool]:
        """Where an hour's row begins, or would begin, and whether it is there."""
        rows = self._rows
        end = len(rows)
        if not end:
            return 0, False
        newest = _read(rows, end - _BYTES)[0]
        if hour > newest:
            return end, False
        at = end - _BYTES - (newest - hour) * _BYTES  # where it is if no hour is missing
        if at < 0 or _read(rows, at)[0] != hour:
            at = bisect_left(range(end // _BYTES), hour, key=self._hour) * _BYTES
        return at, _read(rows, at)[0] == hour

    def _hour(self, place: int) -> int:
        hour: int = _read(self._rows, place * _BYTES)[0]
        return hour

    def rows(self) -> Iterator[tuple[int, int, float]]:
        """Hour, readings and sum of each."""
        return _ROW.iter_unpack(bytes(self._rows))

    def newest(self) -> int:
        """The newest hour; 0 if there is none."""
        return self._hour(len(self) - 1) if self._rows else 0

    def usual(self) -> int:
        """Upper median of the readings of the newest day's hours; 0 without any."""
        newest = self._rows[-_USUAL_HOURS * _BYTES :]
        counts = sorted(readings for _, readings, _ in _ROW.iter_unpack(newest))
        return counts[len(counts) // 2] if counts else 0

    def forget(self, oldest: int) -> None:
        """Forget an hour and all before it."""
        del self._rows[: self._find(oldest + 1)[0]]


_NO_HOURS: Final = Hours()


class AirHours:
    """What is known of one station's air."""

    def __init__(self) -> None:
        self.cells: dict[str, Hours] = {}

    def add(self, metric: str, hour: int, value: float) -> Cell | None:
        """Take in a reading in µg/m³; returns what to hand to :meth:`restore` to take it back."""
        cells = self.cells.get(metric)
        if cells is None:
            cells = self.cells[metric] = Hours()
        return cells.add(hour, value)

    def restore(self, metric: str, hour: int, before: Cell | None) -> None:
        """Take back the last change of an hour."""
        if before is not None:
            self.cells[metric][hour] = before
        else:
            self.cells[metric].pop(hour, None)

    def newest(self) -> int:
        """The newest hour with a reading; 0 if there is none."""
        return max((cells.newest() for cells in self.cells.values()), default=0)

    def means(self, metric: str, hour: int, count: int, min_share: float) -> Means:
        """Means of an hour and those before it, the newest first; of hours that count, see :meth:`hourly`."""
        cells = self.cells.get(metric, _NO_HOURS)
        needed = min_share * cells.usual()
        found = (cells.get(hour - back) for back in range(count))
        return [cell[1] / cell[0] if cell is not None and cell[0] >= needed else None for cell in found]

    def hourly(self, metric: str, min_share: float) -> dict[int, float]:
        """Mean of every hour that counts.

        An hour counts if it has its share of the readings that an hour of late usually has: stations differ in how
        often they send, none says it, and some change it.
        """
        cells = self.cells.get(metric, _NO_HOURS)
        needed = min_share * cells.usual()
        return {hour: total / readings for hour, readings, total in cells.rows() if readings >= needed}

    def index(self, table: VnAqi, hour: int) -> Index | None:
        """Hourly index of an hour that is over; ``None`` where too little is known."""
        return table.hourly({metric: self.means(metric, hour, NOWCAST_HOURS, table.min_share) for metric in POLLUTANTS})

    def prune(self) -> None:
        """Forget the hours that nothing depends on any more."""
        oldest = self.newest() - KEPT_HOURS
        for cells in self.cells.values():
            cells.forget(oldest)

    def rows(self) -> list[list[str | float]]:
        """All of it, for JSON."""
        return [[metric, *row] for metric, cells in self.cells.items() for row in cells.rows()]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]]) -> AirHours:
        """Read :meth:`rows`."""
        hours = cls()
        for metric, hour, readings, total in rows:
            hours.cells.setdefault(metric, Hours())[hour] = (readings, total)
        return hours
