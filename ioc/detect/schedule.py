"""When a limit holds: hours, weekdays and days of the year, all local, and from which day until which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ioc.tomlfile import Table
from ioc.vocabulary import WEEKDAYS

_DAY: Final = re.compile(r"(\d\d)-(\d\d)")
_LEAP_YEAR: Final = 2000
_HOURS: Final = frozenset(range(24))
_ALL_WEEK: Final = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Local times in which a limit holds; every condition must be met.

    Attributes:
        hours: Hours of the day.
        weekdays: 0 is Monday.
        season: First and last day of the year as (month, day), both inclusive; may run over the New Year.
        first: The day from which it holds, if there is one.
        last: The last day on which it holds, if there is one.

    """

    hours: frozenset[int] = _HOURS
    weekdays: frozenset[int] = _ALL_WEEK
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    first: date | None = None
    last: date | None = None

    @property
    def always(self) -> bool:
        """Whether there is no time at which it does not hold."""
        return self == ALWAYS

    def covers(self, at: datetime) -> bool:
        """Whether the limit holds at a local time."""
        if at.hour not in self.hours or at.weekday() not in self.weekdays:
            return False
        if self.season is not None and not _within(self.season, (at.month, at.day)):
            return False
        day = at.date()
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: Schedule) -> bool:
        """Whether there may be a time at which both hold."""
        if not self.hours & other.hours or not self.weekdays & other.weekdays:
            return False
        if self.season and other.season and not _days(self.season) & _days(other.season):
            return False
        return not (
            (self.last is not None and other.first is not None and self.last < other.first)
            or (other.last is not None and self.first is not None and other.last < self.first)
        )

    def longest(self) -> timedelta | None:
        """How long it holds without a break, by its hours; none where it holds all day."""
        if self.hours == _HOURS:
            return None
        first = next(hour for hour in self.hours if (hour - 1) % 24 not in self.hours)
        length = next(n for n in range(1, 25) if (first + n) % 24 not in self.hours)
        return timedelta(hours=length)


ALWAYS: Final = Schedule()


def read_schedule(entry: Table) -> Schedule:
    """Read ``hours``, ``weekdays``, ``season``, ``from`` and ``until``; what is absent restricts nothing.

    Raises:
        ConfigError: no such hour or day, or a schedule that never comes.

    """
    hours, weekdays, season = _HOURS, _ALL_WEEK, None
    if "hours" in entry:
        start, end = (int(hour) for hour in entry.numbers("hours", size=2))
        if not (0 <= start < 24 and 0 < end <= 24 and start != end):
            raise entry.error("must be two different hours of the day, like [6, 21]", "hours")
        hours = frozenset(range(start, end)) if start < end else frozenset((*range(start, 24), *range(end)))
    if "weekdays" in entry:
        names = entry.texts("weekdays")
        if not names or not set(names) <= set(WEEKDAYS) or len(set(names)) < len(names):
            raise entry.error(f"must be some of {', '.join(WEEKDAYS)}, each once", "weekdays")
        weekdays = frozenset(WEEKDAYS.index(name) for name in names)
    if "season" in entry:
        texts = entry.texts("season")
        days = [day for text in texts if (day := _day(text)) is not None]
        if len(texts) != 2 or len(days) != 2:
            raise entry.error('must be two days of the year, month first, like ["06-01", "10-31"]', "season")
        season = days[0], days[1]
    first = entry.day("from") if "from" in entry else None
    last = entry.day("until") if "until" in entry else None
    if first is not None and last is not None and first > last:
        raise entry.error("lies before `from`: the limit never holds", "until")
    return Schedule(hours, weekdays, season, first, last)


def _day(text: str) -> tuple[int, int] | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    month, day = int(found[1]), int(found[2])
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return None
    return month, day


def _within(season: tuple[tuple[int, int], tuple[int, int]], day: tuple[int, int]) -> bool:
    first, last = season
    return first <= day <= last if first <= last else day >= first or day <= last


def _days(season: tuple[tuple[int, int], tuple[int, int]]) -> set[tuple[int, int]]:
    start = date(_LEAP_YEAR, 1, 1)
    every = (start + timedelta(days=n) for n in range(366))
    return {(day.month, day.day) for day in every if _within(season, (day.month, day.day))}
