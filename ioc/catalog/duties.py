"""Within which time things are handled: effective-dated rows, the narrower one first. Who does it: ``ioc.routing``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ioc.catalog.errors import CatalogueError
from ioc.catalog.model import Duty
from ioc.catalog.tables import Period, Row
from ioc.clocks import Calendar, RoundTheClock, Target, WorkingTime, read_target
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

FILE: Final = "duties.csv"
COLUMNS: Final = (
    "category",
    "subcategory",
    *(f"{severity}_min" for severity in SEVERITIES),
    "valid_from",
    "valid_to",
)
"""Columns that must stand; ``hours`` (a class of the calendar) and ``evidence`` may."""


@dataclass(frozen=True, slots=True)
class _Rule:
    period: Period
    duties: Mapping[Severity, Duty]


class Duties:
    """The duty table; every category has a rule for all its subcategories that is open-ended."""

    def __init__(
        self,
        rows: Iterable[Row],
        timezone: ZoneInfo,
        calendar: Calendar | None = None,
    ) -> None:
        self._timezone = timezone
        self._rules: dict[tuple[str, str], list[_Rule]] = {}
        for row in rows:
            category = row.among("category", CATEGORIES, "category")
            evidence = "evidence" in row.cells and row.flag("evidence")
            duties = {severity: Duty(_target(row, category, severity, calendar), evidence) for severity in SEVERITIES}
            rules = self._rules.setdefault((category, row.cells["subcategory"]), [])
            rule = _Rule(row.period(), duties)
            if any(_overlap(rule.period, other.period) for other in rules):
                raise row.error("valid_from", "another row for the same category and subcategory is in force then")
            rules.append(rule)
        for category in CATEGORIES:
            if all(rule.period.last for rule in self._rules.get((category, ""), [])):
                raise CatalogueError(FILE, 0, "category", f"no open-ended row for {category} without a subcategory")

    def find(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        """The rule in force on the local day of ``at``; before all rules, the oldest one."""
        day = at.astimezone(self._timezone).date()
        for key in ((category, subcategory), (category, "")):
            for rule in self._rules.get(key, ()):
                if day in rule.period:
                    return rule.duties[severity]
        oldest = min(self._rules[category, ""], key=lambda rule: rule.period.first or date.min)
        return oldest.duties[severity]


def _target(row: Row, category: str, severity: str, calendar: Calendar | None) -> Target:
    column = f"{severity}_min"
    cell, hours = row.text(column), _hours(row, calendar)
    try:
        target = read_target(cell, hours)
    except ValueError as error:
        raise row.error(column, str(error)) from None
    counted = calendar.always & {category, severity} if calendar else ()
    if counted and not isinstance(target, RoundTheClock):
        raise row.error(column, f"expected minutes or hours: {min(counted)} counts every minute (calendar.toml)")
    return target


def _hours(row: Row, calendar: Calendar | None) -> WorkingTime | None:
    name = row.cells.get("hours", "")
    if calendar is None:
        if name:
            raise row.error("hours", "expected nothing: the province has no calendar.toml")
        return None
    if name and name not in calendar.hours:
        raise row.error("hours", f"{name!r} is no class of hours of calendar.toml")
    return calendar.hours[name or calendar.default]


def _overlap(one: Period, other: Period) -> bool:
    first = max(one.first or date.min, other.first or date.min)
    last = min(one.last or date.max, other.last or date.max)
    return first <= last
