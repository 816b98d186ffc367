"""Devices that speak and are in no register: they are counted, and nobody is expected of them."""

from __future__ import annotations

from typing import Final

PERIOD_MS: Final = 3_600_000
"""What was not heard in this period of an hour or the one before is not counted."""
_MOST: Final = 5_000
"""Of one source and period; names beyond it are taken for made up."""


class Strangers:
    """Names heard in this hour and the one before; in memory alone, as the devices' next records tell it again."""

    def __init__(self) -> None:
        self._period = 0
        self._now: dict[str, set[str]] = {}
        self._before: dict[str, set[str]] = {}

    def hear(self, source: str, device: str, at: int) -> None:
        """A device was heard; ``at`` in milliseconds since 1970."""
        self._turn(at)
        names = self._now.setdefault(source, set())
        if len(names) < _MOST:
            names.add(device)

    def counts(self, now: int) -> dict[str, int]:
        """Devices by source; ``now`` in milliseconds since 1970."""
        self._turn(now)
        sources = {*self._now, *self._before}
        return {each: len(self._now.get(each, set()) | self._before.get(each, set())) for each in sources}

    def _turn(self, at: int) -> None:
        period = at // PERIOD_MS
        if period > self._period:
            self._before = self._now if period == self._period + 1 else {}
            self._now, self._period = {}, period
