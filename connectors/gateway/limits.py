"""How much one key may send: a token bucket per key, counted in items."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

_MAX_KEYS: Final = 10_000


class Rates:
    """Token buckets. Each key may send ``burst`` items at once and ``rate`` items per second on average.

    The caller gives the time (seconds of any monotonic clock), so nothing here waits.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, items: int, now: float) -> float:
        """Take tokens for a request.

        Returns:
            0 where they were there, else the seconds after which they will be; nothing is taken then.

        """
        level, at = self._buckets.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        # A request larger than the bucket would never pass: it takes a full bucket.
        cost = min(float(items), self._burst)
        wait = 0.0 if level >= cost else (cost - level) / self._rate
        self._buckets[key] = (level - cost if not wait else level, now)
        if len(self._buckets) > _MAX_KEYS:
            self._buckets.popitem(last=False)
        return wait


def retry_after(seconds: float) -> str:
    """Value of a ``Retry-After`` header: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))
