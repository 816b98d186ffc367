"""Counts per minute, of which stretches are wanted often and single minutes seldom."""

from __future__ import annotations

from typing import Final

_HOUR_MIN: Final = 60
_NONE: Final = (0,) * _HOUR_MIN


class Minutes:
    """A count for every minute since 1970; most are zero. Kept by the hour, so that a stretch is a few slices."""

    __slots__ = ("by_hour",)

    def __init__(self) -> None:
        self.by_hour: dict[int, list[int]] = {}
        """Hour to the counts of its 60 minutes; hours in which nothing was counted are left out."""

    def __bool__(self) -> bool:
        return bool(self.by_hour)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Minutes) and self.by_hour == other.by_hour

    __hash__ = None  # type: ignore[assignment]

    def add(self, minute: int, n: int) -> None:
        """Count a minute ``n`` times more."""
        hour, part = divmod(minute, _HOUR_MIN)
        counts = self.by_hour.get(hour)
        if counts is None:
            counts = self.by_hour[hour] = [0] * _HOUR_MIN
        counts[part] += n
        if n < 0 and not any(counts):
            del self.by_hour[hour]

    def between(self, first: int, last: int) -> list[int]:
        """Counts from one minute to another, both included."""
        hour, part = divmod(first, _HOUR_MIN)
        end, rest = divmod(last, _HOUR_MIN)
        get = self.by_hour.get
        counts: list[int] = []
        for each in range(hour, end + 1):
            counts += get(each, _NONE)
        return counts[part : len(counts) - _HOUR_MIN + rest + 1]

    def total(self, first: int, last: int) -> int:
        """Sum of :meth:`between`."""
        return sum(self.between(first, last))
