"""Rain summed up over hours, of gauges that only send what fell since their last reading.

A band of rain is one of 12 or 24 hours. No single reading is compared with it, only a sum over event time: each
amount counts in the ten minutes in which it fell, however late it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Any, Final

import orjson

from ioc.events.units import METRICS

AMOUNT: Final = "rainfall"
"""What fell since the gauge's reading before, mm."""
WINDOWS: Final = {"rain_1h": 1, "rain_12h": 12, "rain_24h": 24}
"""Metric of a sum, and its hours."""
UNIT: Final = METRICS[AMOUNT].unit

BUCKET_S: Final = 600
_PER_HOUR: Final = 3600 // BUCKET_S
_KEPT: Final = max(WINDOWS.values()) * _PER_HOUR


@dataclass(frozen=True, slots=True)
class RainSum:
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
    """Amounts of the last 24 hours of one gauge.

    Attributes:
        newest: The ten minutes of its newest reading.
        own: Sums that the gauge sends itself: those are not made here.

    """

    __slots__ = ("_amounts", "_totals", "newest", "own")

    def __init__(self) -> None:
        self._amounts: dict[int, float] = {}
        self._totals: dict[str, float] = dict.fromkeys(WINDOWS, 0.0)
        self.newest = 0
        self.own: frozenset[str] = frozenset()

    def add(self, bucket: int, amount: float) -> None:
        """Add an amount, mm; one from before the last 24 hours changes nothing."""
        if bucket > self.newest:
            self.newest = bucket
            oldest = bucket - _KEPT
            self._amounts = {number: fell for number, fell in self._amounts.items() if number > oldest}
            if amount:
                self._amounts[bucket] = amount
            self._sum_up()
        elif amount and bucket > self.newest - _KEPT:
            self._amounts[bucket] = self._amounts.get(bucket, 0.0) + amount
            self._sum_up()

    def total(self, metric: str) -> float:
        """Sum of the hours of a metric up to the newest reading, mm."""
        return self._totals[metric]

    def copy(self) -> RainGauge:
        """Return another of the same content."""
        other = RainGauge()
        other._amounts, other._totals = dict(self._amounts), dict(self._totals)
        other.newest, other.own = self.newest, self.own
        return other

    def encode(self) -> bytes:
        """Amounts and what else is remembered, as JSON."""
        amounts = {str(number): round(fell, 3) for number, fell in self._amounts.items()}
        return orjson.dumps({"newest": self.newest, "own": sorted(self.own), "mm": amounts})

    @classmethod
    def decode(cls, raw: bytes) -> RainGauge:
        """Read :meth:`encode`."""
        content: dict[str, Any] = orjson.loads(raw)
        gauge = cls()
        gauge.newest = content["newest"]
        gauge.own = frozenset(content["own"])
        gauge._amounts = {int(number): fell for number, fell in content["mm"].items()}
        gauge._sum_up()
        return gauge

    def _sum_up(self) -> None:
        for metric, hours in WINDOWS.items():
            oldest = self.newest - hours * _PER_HOUR
            self._totals[metric] = fsum(fell for number, fell in self._amounts.items() if number > oldest)
