"""The brake: a handler that keeps failing stops its agent instead of emptying a topic into the dead letters."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """When handler failures are our fault rather than a record's.

    ``consecutive`` failures in a row, or more than ``ratio`` of the last ``window`` records with at least
    ``least`` failures among them.
    """

    consecutive: int = 20
    ratio: float = 0.01
    window: int = 10_000
    least: int = 50


class Brake:
    """Counts one agent's records; pure."""

    def __init__(self, limits: BrakeLimits) -> None:
        self._limits = limits
        self._seen = 0
        self._run = 0
        self._failures: deque[int] = deque()

    def passed(self, count: int) -> None:
        """``count`` records went through the handler."""
        if count:
            self._seen += count
            self._run = 0

    def failed(self) -> None:
        """One record made the handler fail."""
        self._seen += 1
        self._run += 1
        self._failures.append(self._seen)

    @property
    def tripped(self) -> str | None:
        """Why the agent must stop, as a sentence, or None."""
        limits = self._limits
        if self._run >= limits.consecutive:
            return f"its handler failed on {self._run} records in a row (limit {limits.consecutive})"
        while self._failures and self._failures[0] <= self._seen - limits.window:
            self._failures.popleft()
        failures, window = len(self._failures), min(self._seen, limits.window)
        if failures >= limits.least and failures > limits.ratio * window:
            return (
                f"its handler failed on {failures} of the last {window} records (limit {limits.ratio:.1%}, "
                f"at least {limits.least})"
            )
        return None
