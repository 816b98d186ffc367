"""Which cells have coverage, by the signal strengths that were measured in them over some days.

A cell of the H3 grid, an operator and a technology make one row. Its class is

* ``no_data``: fewer samples than it takes; a dead zone sends nothing, so this is neither a gap nor coverage,
* ``gap``: less than the share of samples reaches the level of a gap,
* ``weak``: less than the share of samples reaches the level of good coverage,
* ``ok``: everything else.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from struct import Struct
from typing import Final, Literal, NamedTuple

from h3.api import basic_int as h3

from ioc.detect.bts.rules import CoverageRules

CoverageClass = Literal["gap", "weak", "ok", "no_data"]
CLASSES: Final[tuple[CoverageClass, ...]] = ("gap", "weak", "ok", "no_data")
MEASURED: Final[tuple[CoverageClass, ...]] = ("gap", "weak", "ok")

DAY_S: Final = 86_400
"""Days are those of UTC: a week of samples does not care where a day begins."""

_HEAD: Final = Struct("<BiB")
_VERSION: Final = 1
_PLACES: Final = 16_384
"""Positions whose cell is remembered: sites do not move."""


@lru_cache(maxsize=_PLACES)
def cell_at(lat: float, lon: float, resolution: int) -> int:
    """H3 index of the cell that holds a position (WGS 84, degrees)."""
    cell: int = h3.latlng_to_cell(lat, lon, resolution)
    return cell


def centre_of(cell: int) -> tuple[float, float]:
    """Latitude and longitude of a cell's centre, degrees."""
    lat, lon = h3.cell_to_latlng(cell)
    return lat, lon


class Samples(NamedTuple):
    """Samples of a row: all, those that reach the level of a gap, those that reach the level of good coverage."""

    total: int
    usable: int
    good: int


def class_of(rules: CoverageRules, samples: Samples) -> CoverageClass:
    """Class of a row by its samples."""
    total, usable, good = samples
    if total < rules.samples:
        return "no_data"
    if usable < rules.gap_share * total:
        return "gap"
    return "weak" if good < rules.weak_share * total else "ok"


class CellDays:
    """Samples of one row, by day: as many days as count, the oldest overwritten by the newest."""

    __slots__ = ("counts", "newest")

    def __init__(self, days: int) -> None:
        self.newest = -(2**31)
        """Number of the newest day, counted from 1970."""
        self.counts = array("I", bytes(12 * days))

    def turn(self, day: int) -> None:
        """Begin a day: what lies a week behind it is cleared."""
        days = len(self.counts) // 3
        for each in range(max(self.newest + 1, day - days + 1), day + 1):
            first = each % days * 3
            self.counts[first : first + 3] = array("I", (0, 0, 0))
        self.newest = day

    def add(self, day: int, step: int, usable: bool, good: bool) -> None:
        """Count a sample of a day that counts: ``step`` is 1, or -1 to take it back."""
        counts = self.counts
        first = day % (len(counts) // 3) * 3
        counts[first] += step
        if usable:
            counts[first + 1] += step
            if good:
                counts[first + 2] += step

    def within(self, rules: CoverageRules, today: int) -> Samples:
        """Samples of the days that count, ``today`` (days since 1970) the last of them."""
        days, counts = rules.days, self.counts
        if today <= self.newest:  # nothing has left yet: what beginning a day cleared is all that does not count
            return Samples(sum(counts[::3]), sum(counts[1::3]), sum(counts[2::3]))
        oldest = today - days + 1
        firsts = [day % days * 3 for day in range(oldest, self.newest + 1)]
        return Samples(*(sum(counts[first + n] for first in firsts) for n in range(3)))

    def encode(self) -> bytes:
        """All of it; five bytes and twelve per day."""
        days = len(self.counts) // 3
        return _HEAD.pack(_VERSION, self.newest, days) + self.counts.tobytes()

    @classmethod
    def decode(cls, raw: bytes, days: int) -> CellDays | None:
        """Read :meth:`encode`; ``None`` if it counted another number of days, which a change of the rules brings."""
        version, newest, kept = _HEAD.unpack_from(raw)
        if version != _VERSION or kept != days:
            return None
        row = cls(days)
        row.newest = newest
        row.counts = array("I", raw[_HEAD.size :])
        return row
