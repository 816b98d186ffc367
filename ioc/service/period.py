"""Periods of reports: calendar months, or months that end on a day and hour of one's own."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Final, NamedTuple

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one month ends and the next begins, local time.

    Thành phố Hồ Chí Minh's 1022 counts its October from 12:00 on 25 September to 12:00 on 25 October: day 25 at 12:00.

    Attributes:
        day: 1 to 28; 1 at 0:00 gives calendar months.
        at: Time of that day.

    """

    day: int = 1
    at: time = time()

    @property
    def is_calendar(self) -> bool:
        """Months are those of the calendar."""
        return self.day == 1 and self.at == time()


class Period(NamedTuple):
    """A month of a report: from ``begin`` to before ``end``, aware."""

    name: str
    begin: datetime
    end: datetime

    def holds(self, at: datetime | None) -> bool:
        """Whether an instant is in it."""
        return at is not None and self.begin <= at < self.end


def month(name: str, cut: Cut, zone: tzinfo) -> Period:
    """The month of a name like ``2026-11``: it ends at its cut, a calendar month with its last day.

    Raises:
        ValueError: it is no month.

    """
    found = _MONTH.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no month: expected for instance 2026-11")
    year, number = int(found[1]), int(found[2])
    if cut.is_calendar:
        return Period(name, _cut(year, number, cut, zone), _cut(*_after(year, number), cut, zone))
    return Period(name, _cut(*_before(year, number), cut, zone), _cut(year, number, cut, zone))


def current(at: datetime, cut: Cut, zone: tzinfo) -> Period:
    """The month that an instant belongs to."""
    local = at.astimezone(zone)
    period = month(f"{local.year:04}-{local.month:02}", cut, zone)
    if at >= period.end:
        year, number = _after(local.year, local.month)
        period = month(f"{year:04}-{number:02}", cut, zone)
    return period


def _cut(year: int, number: int, cut: Cut, zone: tzinfo) -> datetime:
    day = min(cut.day, calendar.monthrange(year, number)[1])
    return datetime.combine(datetime(year, number, day, tzinfo=zone).date(), cut.at, tzinfo=zone)


def _after(year: int, number: int) -> tuple[int, int]:
    return (year + 1, 1) if number == 12 else (year, number + 1)


def _before(year: int, number: int) -> tuple[int, int]:
    return (year - 1, 12) if number == 1 else (year, number - 1)
