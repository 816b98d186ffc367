"""How much one key may send: a token bucket per key, counted in items."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final, NamedTuple

_MAX_KEYS: Final = 10_000


class Standing(NamedTuple):
    """How much a key may send now, as the fields ``RateLimit-…`` tell it (draft-ietf-httpapi-ratelimit-headers-03).

    Attributes:
        limit: Items that may come at once after a rest.
        remaining: Items that may come at once now.
        reset_s: Seconds after which ``remaining`` is ``limit``, if nothing comes; whole ones, rounded up.

    """

    limit: int
    remaining: int
    reset_s: int


class Rates:
    """Token buckets. Each key may send ``burst`` items at once and ``rate`` items per second on average.

    A key may have a rate of its own; its bucket holds the items of a second, at least ``least`` (else ``burst``).
    The caller gives the time (seconds of any monotonic clock), so nothing here waits.
    """

    def __init__(self, rate: float, burst: float, least: float | None = None) -> None:
        self._rate = rate
        self._burst = burst
        self._least = burst if least is None else least
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, items: int, now: float, rate: float | None = None) -> float:
        """Take tokens for a request.

        Args:
            key: Whose bucket.
            items: How many.
            now: Seconds.
            rate: The key's own items per second; none: everybody's.

        Returns:
            0 where they were there, else the seconds after which they will be; nothing is taken then.

        """
        own, burst = self._bounds(rate)
        level = self._level(key, now, own, burst)
        self._buckets.pop(key, None)
        # A request larger than the bucket would never pass: it takes a full bucket.
        cost = min(float(items), burst)
        wait = 0.0 if level >= cost else (cost - level) / own
        self._buckets[key] = (level - cost if not wait else level, now)
        if len(self._buckets) > _MAX_KEYS:
            self._buckets.popitem(last=False)
        return wait

    def standing(self, key: str, now: float, rate: float | None = None) -> Standing:
        """How much the key may send; arguments as :meth:`take`."""
        own, burst = self._bounds(rate)
        level = self._level(key, now, own, burst)
        return Standing(math.floor(burst), math.floor(level), math.ceil((burst - level) / own))

    def _bounds(self, rate: float | None) -> tuple[float, float]:
        own = self._rate if rate is None else rate
        return own, max(self._burst if rate is None else self._least, own)

    def _level(self, key: str, now: float, rate: float, burst: float) -> float:
        level, at = self._buckets.get(key, (burst, now))
        return min(burst, level + (now - at) * rate)


def retry_after(seconds: float) -> str:
    """Value of a ``Retry-After`` header: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))
