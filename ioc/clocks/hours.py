"""When an office is open: its shifts, its days, public holidays and the days that were swapped."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import holidays

_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta()
_YEARS: Final = range(1990, 2100)
"""Years whose holidays are known; the lunar calendar of the library ends in 2099."""
_CACHED: Final = 4096
"""Days whose shifts, and ends of terms, are kept: eleven years."""

_COUNTRIES: Final = "holidays.countries"

Shift = tuple[time, time]
"""Local times between which people work; the end is after the beginning."""
Span = tuple[datetime, datetime]


class _Year(NamedTuple):
    """Days of one year that the rule of the week does not decide."""

    off: frozenset[date]
    working: frozenset[date]


class Closures:
    """Public holidays of a country and what a province knows better; swapped days in both directions.

    Args:
        country: ISO 3166 code, as the library ``holidays`` knows it; none: no holidays but the overrides.
        overrides: Days, and whether people work then; they decide against the library.

    Raises:
        NotImplementedError: the library does not know the country.

    """

    def __init__(self, country: str | None, overrides: Mapping[date, bool]) -> None:
        self._country = country
        self._overrides = dict(overrides)
        self._years: dict[int, _Year] = {}
        if country is not None:
            holidays.country_holidays(country)

    def is_open(self, day: date) -> bool | None:
        """Whether people work on a day; ``None``: as the week says."""
        if (known := self._overrides.get(day)) is not None:
            return known
        if self._country is None or day.year not in _YEARS:
            return None
        year = self._years.get(day.year) or self._read(self._country, day.year)
        return False if day in year.off else True if day in year.working else None

    def _read(self, country: str, year: int) -> _Year:
        # A day that is worked for another may stand in the year before or after that one.
        found = holidays.country_holidays(country, years=(year - 1, year, year + 1))
        working = frozenset(day for day in found.weekend_workdays if day.year == year)
        known = _Year(frozenset(day for day in found if day.year == year) - working, working)
        self._years[year] = known
        return known


def _only_the_country_asked_for() -> None:
    """Stand in for the library's package of countries, which reads all 250 when it is imported.

    The library imports each country by its own module, so an empty package with the same folder will do: it saves 7 MB
    and a fifth of a second of each process.
    """
    if _COUNTRIES not in sys.modules:
        package = ModuleType(_COUNTRIES)
        package.__path__ = [str(Path(holidays.__file__).parent / "countries")]
        sys.modules[_COUNTRIES] = package


_only_the_country_asked_for()


class WorkingTime:
    """One class of working hours.

    Args:
        zone: Whose local time the shifts are in.
        closures: Holidays and swapped days.
        weekdays: Days of the week on which people work, Monday is 0; at least one.
        shifts: At least one, in order, none over another.
        holidays_count: People work on public holidays too, as on any day of their week.

    """

    def __init__(
        self,
        zone: tzinfo,
        closures: Closures,
        weekdays: frozenset[int],
        shifts: tuple[Shift, ...],
        *,
        holidays_count: bool = False,
    ) -> None:
        self._zone = zone
        self._closures = closures
        self._weekdays = weekdays
        self._shifts = shifts
        self._holidays_count = holidays_count
        self._ends = lru_cache(_CACHED)(self._end_of)
        self._spans = lru_cache(_CACHED)(self._spans_of)

    def is_open(self, day: date) -> bool:
        """Whether a local day is a working day."""
        usual = day.weekday() in self._weekdays
        if self._holidays_count:
            return usual
        known = self._closures.is_open(day)
        return usual if known is None else known

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """Working time between two instants; nothing if the second is not the later one."""
        total = _NOTHING
        if until <= since:
            return total
        day, last = self._day(since), self._day(until)
        while day <= last:
            for begin, end in self._spans(day):
                if begin < until and end > since:
                    total += min(end, until) - max(begin, since)
            day += _DAY
        return total

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """The first instant at which so much working time has passed since ``start``; ``start`` itself for nothing."""
        left, day = worked, self._day(start)
        if left <= _NOTHING:
            return start
        while True:
            for begin, end in self._spans(day):
                if end <= start:
                    continue
                from_here = max(begin, start)
                if end - from_here >= left:
                    return from_here + left
                left -= end - from_here
            day += _DAY

    def end_of(self, start: datetime, days: int) -> datetime:
        """When the last of so many working days ends; the local day of ``start`` is none of them.

        Bộ luật Dân sự 91/2015/QH13, Điều 147 khoản 2 (the first day does not count) and Điều 148 (a term ends with its
        last day, and what would end on a day off ends with the next working day). The law's day ends at 24:00; ours
        with the last shift, when the last person is there.
        """
        return self._ends(self._day(start), days)

    def _end_of(self, day: date, days: int) -> datetime:
        left = days
        while left:
            day += _DAY
            if self.is_open(day):
                left -= 1
        return self._spans(day)[-1][1]

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        if not self.is_open(day):
            return ()
        return tuple((self._instant(day, begin), self._instant(day, end)) for begin, end in self._shifts)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self._zone).astimezone(UTC)
