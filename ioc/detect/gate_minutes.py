"""Counts per minute, of which stretches are wanted often and single minutes seldom."""

from __future__ import annotations

from typing import Final

_DAY_MIN: Final = 24 * 60
_NONE: Final = [0] * _DAY_MIN


class Minutes:
    """A count for every minute since 1970; most are zero. Kept by the day, so that most stretches are one slice."""

    __slots__ = ("by_day",)

    def __init__(self) -> None:
        self.by_day: dict[int, list[int]] = {}
        """Day to the counts of its minutes and, behind them, their sum; days in which nothing was counted are left
        out."""

    def __bool__(self) -> bool:
        return bool(self.by_day)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Minutes) and self.by_day == other.by_day

    __hash__ = None  # type: ignore[assignment]

    def add(self, minute: int, n: int) -> None:
        """Count a minute ``n`` times more."""
        day, part = divmod(minute, _DAY_MIN)
        counts = self.by_day.get(day)
        if counts is None:
            counts = self.by_day[day] = [0] * (_DAY_MIN + 1)
        counts[part] += n
        counts[_DAY_MIN] += n
        if not counts[_DAY_MIN]:
            del self.by_day[day]

    def between(self, first: int, last: int) -> list[int]:
        """Counts from one minute to another, both included."""
        day, part = divmod(first, _DAY_MIN)
        end = last - day * _DAY_MIN
        if end < _DAY_MIN:
            return self.by_day.get(day, _NONE)[part : end + 1]
        counts: list[int] = []
        while end >= 0:
            counts += self.by_day.get(day, _NONE)[part : min(end + 1, _DAY_MIN)]
            day, part, end = day + 1, 0, end - _DAY_MIN
        return counts

    def total(self, first: int, last: int) -> int:
        """Sum of :meth:`between`."""
        return sum(self.between(first, last))
