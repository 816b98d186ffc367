"""The province's calendar file: working hours, days off, swapped days, and what counts every minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Final

from ioc.clocks.hours import Closures, Shift, WorkingTime
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import CATEGORIES, SEVERITIES, WEEKDAYS

CALENDAR_FILE: Final = "calendar.toml"

_SHIFT: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the calendar file says.

    Attributes:
        hours: Classes of working hours by name.
        default: Name of the one that counts where no other is named.
        always: Categories and severities that count every minute: no working time may stand for them.

    """

    hours: Mapping[str, WorkingTime]
    default: str
    always: frozenset[str]


def read_calendar(raw: bytes, zone: tzinfo, file: str = CALENDAR_FILE) -> Calendar:
    """Read and check the file.

    Args:
        raw: Its content.
        zone: The province's.
        file: Name that complaints give.

    Raises:
        ConfigError: something in it is wrong; names file, line and key.

    """
    root = read_toml(raw, file)
    country = root.text("country")
    overrides = _overrides(root)
    try:
        closures = Closures(country, overrides)
    except NotImplementedError:
        raise root.error(
            "is no country of the library holidays; an ISO 3166 code like VN is needed", "country"
        ) from None
    always = root.table("always")
    counted = _among(always, "categories", CATEGORIES) | _among(always, "severities", SEVERITIES)
    classes = root.table("hours")
    hours = {name: _hours(classes.table(name), zone, closures) for name in tuple(classes.keys())}
    default = root.choice("default", hours or ("a table under [hours]",))
    for table in (always, classes, root):
        table.done()
    return Calendar(hours, default, counted)


def _overrides(root: Table) -> dict[date, bool]:
    days: dict[date, bool] = {}
    for kind, works in (("off", False), ("working", True)):
        for row in root.tables(kind):
            day = row.day("day")
            if isinstance(day, datetime):
                raise row.error("must be a day without a time", "day")
            if day in days:
                raise row.error(f"{day} stands here twice", "day")
            # Who decided and when: nobody has to believe a day off.
            row.text("source")
            row.day("dated")
            row.text("note", "")
            row.done()
            days[day] = works
    return days


def _hours(table: Table, zone: tzinfo, closures: Closures) -> WorkingTime:
    days = table.texts("days")
    for name in days:
        if name not in WEEKDAYS:
            raise table.error(f"must be some of {', '.join(WEEKDAYS)}", "days")
    if not days:
        raise table.error("must name at least one day", "days")
    shifts: list[Shift] = []
    for text in table.texts("shifts"):
        match = _SHIFT.fullmatch(text)
        if match is None:
            raise table.error("must be shifts like 07:30-11:30", "shifts")
        begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        if begin >= end or (shifts and begin < shifts[-1][1]):
            raise table.error(f"{text} must begin after what is before it and end later on the same day", "shifts")
        shifts.append((begin, end))
    if not shifts:
        raise table.error("must have at least one shift", "shifts")
    counts = table.flag("on_holidays", default=False)
    table.done()
    weekdays = frozenset(WEEKDAYS.index(name) for name in days)
    return WorkingTime(zone, closures, weekdays, tuple(shifts), holidays_count=counts)


def _among(table: Table, key: str, allowed: tuple[str, ...]) -> frozenset[str]:
    found = table.texts(key, ())
    for name in found:
        if name not in allowed:
            raise table.error(f"must be some of {', '.join(allowed)}", key)
    return frozenset(found)
