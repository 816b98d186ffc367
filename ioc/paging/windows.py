"""Recurring local times: whether they hold, and when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from ioc.routing.labels import Moment
from ioc.routing.matchers import Window

_DAYS = 9
"""A week, the day that a window which passes midnight began on, and the day that ends it."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Local times of the week; none: always.

    Attributes:
        zone: Whose local time.
        each: A time is within if it is within one of these.

    """

    zone: tzinfo
    each: tuple[Window, ...] = ()

    def hold(self, at: datetime) -> bool:
        """Whether an instant is within."""
        moment = Moment.of(at.astimezone(self.zone))
        return not self.each or any(window.holds(moment) for window in self.each)

    def opens(self, at: datetime) -> datetime | None:
        """The first instant from this one on that is within; none: there is none."""
        return self._change(at, wanted=True)

    def closes(self, at: datetime) -> datetime | None:
        """The first instant from this one on that is not within; none: there is none."""
        return self._change(at, wanted=False)

    def _change(self, at: datetime, *, wanted: bool) -> datetime | None:
        if self.hold(at) is wanted:
            return at
        later = (edge for edge in self._edges(at) if edge > at and self.hold(edge) is wanted)
        return min(later, default=None)

    def _edges(self, at: datetime) -> Iterator[datetime]:
        """Local times at which a window begins or ends, around an instant."""
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        minutes = {minute for window in self.each for minute in (window.begin, window.end)}
        for number in range(_DAYS + 1):
            day = first + timedelta(days=number)
            for minute in minutes:
                later, rest = divmod(minute, 24 * 60)
                wall = time(rest // 60, rest % 60)
                # By the clock on the wall: where it is put forward or back, the window is shorter or longer.
                yield datetime.combine(day + timedelta(days=later), wall, self.zone).astimezone(UTC)
