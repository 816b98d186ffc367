"""How long something may take, and what waiting does to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from ioc.clocks.hours import WorkingTime

_CELL: Final = re.compile(r"([1-9][0-9]{0,5})(h|wd|wh)?")
_LONGEST: Final = timedelta(days=366)
_MOST_DAYS: Final = 250
"""Working days of a year, about."""


class Target(Protocol):
    """A time for handling. Later starts are never due earlier."""

    @property
    def text(self) -> str:
        """As it stands in the table, such as ``3wd``."""

    def due(self, start: datetime) -> datetime:
        """By when what began at an instant (aware) has to be done."""

    def later(self, due: datetime, since: datetime, until: datetime) -> datetime:
        """A due time once it was waited from ``since`` to ``until``: later by as much as would have counted."""


@dataclass(frozen=True, slots=True)
class RoundTheClock:
    """Every minute counts, by night and on holidays too."""

    length: timedelta

    @property
    def text(self) -> str:
        """Minutes."""
        return f"{self.length.total_seconds() / 60:g}"

    def due(self, start: datetime) -> datetime:
        """That much later."""
        return start + self.length

    def later(self, due: datetime, since: datetime, until: datetime) -> datetime:
        """Later by the time waited."""
        return due + (until - since)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Only the shifts of working days count."""

    length: timedelta
    hours: WorkingTime

    @property
    def text(self) -> str:
        """Hours."""
        return f"{self.length.total_seconds() / 3600:g}wh"

    def due(self, start: datetime) -> datetime:
        """When so much has been worked since."""
        return self.hours.after(start, self.length)

    def later(self, due: datetime, since: datetime, until: datetime) -> datetime:
        """Later by the working time waited."""
        return self.hours.after(due, self.hours.worked(since, until))


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Whole working days, the first one not counted; see :meth:`~ioc.clocks.hours.WorkingTime.end_of`."""

    days: int
    hours: WorkingTime

    @property
    def text(self) -> str:
        """Days."""
        return f"{self.days}wd"

    def due(self, start: datetime) -> datetime:
        """End of the last of them."""
        return self.hours.end_of(start, self.days)

    def later(self, due: datetime, since: datetime, until: datetime) -> datetime:
        """Later by the working time waited."""
        return self.hours.after(due, self.hours.worked(since, until))


def read_target(cell: str, hours: WorkingTime | None) -> Target:
    """Read what a table says: ``240`` minutes, ``8h`` hours, ``16wh`` working hours or ``3wd`` working days.

    Args:
        cell: The text.
        hours: The working hours that count; none: the province has no calendar.

    Raises:
        ValueError: it is none of these, or too long; the message says what was expected.

    """
    match = _CELL.fullmatch(cell)
    if match is None:
        raise ValueError(
            f"expected minutes (240), hours (8h), working hours (16wh) or working days (3wd), found {cell!r}"
        )
    amount, unit = int(match[1]), match[2]
    length = timedelta(minutes=amount) if unit is None else timedelta(hours=amount)
    if (amount > _MOST_DAYS) if unit == "wd" else (length > _LONGEST):
        raise ValueError(f"expected a year at most, found {cell!r}")
    if unit in {None, "h"}:
        return RoundTheClock(length)
    if hours is None:
        raise ValueError(f"expected minutes or hours, found {cell!r}: without a calendar there is no working time")
    return WorkingDays(amount, hours) if unit == "wd" else WorkingHours(length, hours)
