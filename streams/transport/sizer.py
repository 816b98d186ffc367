"""How many records a round takes: what is there, and more at once while there is a backlog. Pure."""

from __future__ import annotations

from typing import Final

_SMALLEST: Final = 256
_BACKLOG_FACTOR: Final = 4.0


class RoundSizer:
    """Additive patience, multiplicative growth.

    A round that takes all it may and is quick doubles the next one: a transaction costs the same for one record as
    for thousands. One that takes longer than four target times makes the next smaller, so that what comes behind
    does not wait for ever.
    """

    def __init__(self, largest: int, target_s: float) -> None:
        self._largest = largest
        self._longest_s = target_s * _BACKLOG_FACTOR
        self.limit = min(largest, 1000)

    def finished(self, records: int, seconds: float) -> None:
        """A round of ``records`` took ``seconds``."""
        if seconds > self._longest_s:
            self.limit = max(min(_SMALLEST, self._largest), self.limit * 3 // 4)
        elif records >= self.limit * 0.9 and seconds < self._longest_s / 2:
            self.limit = min(self._largest, self.limit * 2)
