"""Who handles what, and within which time: effective-dated rows, the narrower one first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ioc.catalog.errors import CatalogueError
from ioc.catalog.model import Department, Duty
from ioc.catalog.tables import Period, Row
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

FILE: Final = "duties.csv"
COLUMNS: Final = (
    "category",
    "subcategory",
    "department",
    *(f"{severity}_min" for severity in SEVERITIES),
    "valid_from",
    "valid_to",
)


@dataclass(frozen=True, slots=True)
class _Rule:
    period: Period
    duties: Mapping[Severity, Duty]


class Duties:
    """The duty table; every category has a rule for all its subcategories that is open-ended."""

    def __init__(self, rows: Iterable[Row], departments: Mapping[str, Department], timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._rules: dict[tuple[str, str], list[_Rule]] = {}
        for row in rows:
            category = row.among("category", CATEGORIES, "category")
            department = departments[row.among("department", departments, "department of departments.csv")]
            targets = {severity: timedelta(minutes=row.minutes(f"{severity}_min")) for severity in SEVERITIES}
            duties = {severity: Duty(department.code, department.name, targets[severity]) for severity in SEVERITIES}
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


def _overlap(one: Period, other: Period) -> bool:
    first = max(one.first or date.min, other.first or date.min)
    last = min(one.last or date.max, other.last or date.max)
    return first <= last
