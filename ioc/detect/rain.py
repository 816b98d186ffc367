"""Rain summed up over hours, of gauges that only send what fell since their last reading.

A band of rain is one of 12 or 24 hours. No single reading is compared with it, only a sum over event time: each
amount counts in the ten minutes in which it fell, however late it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from ioc.events.units import METRICS
from ioc.tomlfile import Table

AMOUNT: Final = "rainfall"
"""What fell since the gauge's reading before, mm."""
WINDOWS: Final = {"rain_1h": 1, "rain_12h": 12, "rain_24h": 24}
"""Metric of a sum, and its hours."""
UNIT: Final = METRICS[AMOUNT].unit

BUCKET_S: Final = 600
_PER_HOUR: Final = 3600 // BUCKET_S
_LENGTHS: Final = tuple(hours * _PER_HOUR for hours in WINDOWS.values())
_NUMBERS: Final = {metric: n for n, metric in enumerate(WINDOWS)}
_KEPT: Final = max(_LENGTHS)
_UM: Final = 1000
"""Micrometres in a millimetre."""


@dataclass(frozen=True, slots=True)
class RainRules:
    """What is believed of amounts.

    Attributes:
        most_mm: More than that never falls between two readings.
        counters: Gauges whose ``rainfall`` is a running total since they were last set to 0.

    """

    most_mm: float
    counters: frozenset[str]


def read_rain_rules(root: Table) -> RainRules:
    """Read ``[rainfall]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("rainfall")
    rules = RainRules(table.number("most_mm", low=0.1), frozenset(table.texts("counters", ())))
    table.text("source")
    table.day("date")
    table.done()
    return rules


class RainSum(NamedTuple):
    """A sum, as if the gauge had sent it."""

    device_id: str
    metric: str
    value: float
    observed_at: datetime
    unit: str = UNIT
    status: str | None = None


def bucket_of(at_s: float) -> int:
    """Number of the ten minutes, since 1970, that an instant (Unix seconds) lies in."""
    return int(at_s // BUCKET_S)


class RainGauge:
    """Amounts of the last 24 hours of one gauge; whole micrometres, so that sums stay exact as they are carried on.

    Attributes:
        newest: The ten minutes of its newest reading.
        own: Sums that the gauge sends itself: those are not made here.
        counted: Newest running total, mm, and its event time, Unix seconds; of a gauge that sends totals.

    """

    __slots__ = ("_amounts", "_totals", "counted", "newest", "own")

    def __init__(self) -> None:
        self._amounts: dict[int, int] = {}
        self._totals = [0] * len(WINDOWS)
        self.newest = 0
        self.own: frozenset[str] = frozenset()
        self.counted: tuple[float, float] | None = None

    def since(self, total: float, at_s: float) -> float | None:
        """Amount since the running total before, mm; none of the first one, and of one that comes late.

        A total that is less than the one before it was set to 0 in between.
        """
        if self.counted is None:
            return None
        before, before_s = self.counted
        if at_s <= before_s:
            return None
        return total - before if total >= before else total

    def add(self, bucket: int, amount: float) -> None:
        """Add an amount, mm; one from before the last 24 hours changes nothing."""
        if bucket > self.newest:
            self._advance(bucket)
        if not amount or bucket <= self.newest - _KEPT:
            return
        fell = round(amount * _UM)
        self._amounts[bucket] = self._amounts.get(bucket, 0) + fell
        age = self.newest - bucket
        for n, length in enumerate(_LENGTHS):
            if age < length:
                self._totals[n] += fell

    def total(self, metric: str) -> float:
        """Sum of the hours of a metric up to the newest reading, mm."""
        return self._totals[_NUMBERS[metric]] / _UM

    def copy(self) -> RainGauge:
        """Return another of the same content."""
        other = RainGauge()
        other._amounts, other._totals = self._amounts.copy(), self._totals.copy()
        other.newest, other.own, other.counted = self.newest, self.own, self.counted
        return other

    def encode(self) -> bytes:
        """Amounts and what else is remembered, as JSON."""
        amounts = {str(number): fell for number, fell in self._amounts.items()}
        content = {"newest": self.newest, "own": sorted(self.own), "counted": self.counted, "um": amounts}
        return orjson.dumps(content)

    @classmethod
    def decode(cls, raw: bytes) -> RainGauge:
        """Read :meth:`encode`."""
        content: dict[str, Any] = orjson.loads(raw)
        gauge = cls()
        gauge.newest = content["newest"]
        gauge.own = frozenset(content["own"])
        gauge.counted = (content["counted"][0], content["counted"][1]) if content["counted"] else None
        gauge._amounts = {int(number): fell for number, fell in content["um"].items()}
        gauge._sum_up()
        return gauge

    def _advance(self, bucket: int) -> None:
        """Let go of what leaves each window."""
        before, self.newest = self.newest, bucket
        amounts = self._amounts
        if not amounts:
            return
        if bucket - before >= _KEPT:
            amounts.clear()
            self._sum_up()
            return
        for n, length in enumerate(_LENGTHS):
            for left in range(before - length + 1, bucket - length + 1):
                self._totals[n] -= amounts.get(left, 0)
        for left in range(before - _KEPT + 1, bucket - _KEPT + 1):
            amounts.pop(left, None)

    def _sum_up(self) -> None:
        for n, length in enumerate(_LENGTHS):
            oldest = self.newest - length
            self._totals[n] = sum(fell for number, fell in self._amounts.items() if number > oldest)
