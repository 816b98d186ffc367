"""By when something has to be done: around the clock, in working hours or in working days of a province."""

from __future__ import annotations

from ioc.clocks.data import CALENDAR_FILE, Calendar, read_calendar
from ioc.clocks.hours import Closures, WorkingTime
from ioc.clocks.target import RoundTheClock, Target, WorkingDays, WorkingHours, read_target

__all__ = [
    "CALENDAR_FILE",
    "Calendar",
    "Closures",
    "RoundTheClock",
    "Target",
    "WorkingDays",
    "WorkingHours",
    "WorkingTime",
    "read_calendar",
    "read_target",
]
