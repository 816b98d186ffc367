"""Waiting longer after each failure, with jitter so that workers do not come back in step."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.1


class Backoff:
    """Delays from 0.1 s doubling to ``longest_s``, each shortened at random by up to a half."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._next_s = FIRST_S

    def next(self) -> float:
        """Seconds to wait now."""
        delay, self._next_s = self._next_s, min(self._next_s * 2, self._longest_s)
        return delay * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Something worked."""
        self._next_s = FIRST_S
