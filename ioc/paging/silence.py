"""A silence as it is asked: its record, and what its matchers and windows say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from ioc.paging.matchers import Matcher, all_hold, names_critical, read_matchers
from ioc.paging.policy import Policy
from ioc.paging.subject import Subject
from ioc.paging.windows import Windows
from ioc.records import Silence, SilenceWindow
from ioc.routing.labels import Moment
from ioc.routing.matchers import Window
from ioc.vocabulary import WEEKDAYS

MAX_WINDOWS: Final = 16

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


@dataclass(frozen=True, slots=True)
class Rule:
    """A silence, a maintenance window or an emergency mode in force, before its begin or after its end.

    Attributes:
        record: As others read it. Not to be changed.
        matchers: Of the record; none where they cannot be read (any more): it covers nothing then.
        windows: Of the record.
        names_critical: It says expressly that it is about what is critical.

    """

    record: Silence
    matchers: tuple[Matcher, ...] | None
    windows: Windows
    names_critical: bool

    @classmethod
    def of(cls, record: Silence, policy: Policy, zone: tzinfo) -> Rule:
        """Of a record that was checked when it was made; what it names may have gone since."""
        try:
            matchers = read_matchers(record.matchers, policy.known, policy.names)
        except ValueError:
            matchers = None
        return cls(record, matchers, Windows(zone, read_windows(record.windows)), names_critical(record.matchers))

    def lasts(self, at: datetime) -> bool:
        """Whether an instant is between its begin and its end."""
        return self.record.ended_at is None and self.record.starts_at <= at < self.record.ends_at

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.lasts(at) and self.windows.hold(at)

    def until(self, at: datetime) -> datetime:
        """When it is in force no more, where it is at an instant."""
        ends_at = self.record.ends_at
        return min(self.windows.closes(at) or ends_at, ends_at)

    def covers(self, subject: Subject, centre: str, at: datetime) -> bool:
        """Whether it is in force at an instant and about something."""
        if self.matchers is None or centre not in self.record.centres or not self.holds(at):
            return False
        return all_hold(self.matchers, subject, Moment.of(at.astimezone(self.windows.zone)))

    def is_maintenance(self, at: datetime) -> bool:
        """Whether it is a maintenance in force at an instant."""
        return self.record.kind == "maintenance" and self.matchers is not None and self.holds(at)

    def maintains(self, subject: Subject) -> bool:
        """Whether it is about the subject's device or site, whatever that were to say."""
        places = [matcher for matcher in self.matchers or () if matcher.label in {"device", "site"}]
        moment = Moment.of(self.record.starts_at.astimezone(self.windows.zone))
        return bool(places) and all_hold(places, subject, moment)


def read_windows(windows: Sequence[Any]) -> tuple[Window, ...]:
    """Read recurring local times.

    Raises:
        ValueError: with what was expected.

    """
    if len(windows) > MAX_WINDOWS:
        raise ValueError(f"there are at most {MAX_WINDOWS} windows")
    return tuple(_window(each) for each in windows)


def written_windows(windows: Sequence[Window]) -> list[SilenceWindow]:
    """Windows as the record has them."""
    return [
        {
            "days": [WEEKDAYS[day] for day in sorted(window.days)],
            "start": _clock(window.begin),
            "end": _clock(window.end),
        }
        for window in windows
    ]


def _window(entry: Any) -> Window:
    if not isinstance(entry, dict) or not {"start", "end"} <= set(entry) <= {"days", "start", "end"}:
        raise ValueError('a window is {"days": ["mon", …], "start": "22:00", "end": "05:00"}, days optional')
    days = entry.get("days") or [*WEEKDAYS]
    if not isinstance(days, list) or not all(day in WEEKDAYS for day in days):
        raise ValueError(f"days are some of {', '.join(WEEKDAYS)}")
    begin, end = _minute(entry["start"]), _minute(entry["end"])
    if begin == 24 * 60:
        raise ValueError("a window begins before 24:00")
    return Window(frozenset(map(WEEKDAYS.index, days)), begin, end)


def _minute(text: object) -> int:
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a time of day is written like 07:30")
    return int(found[1]) * 60 + int(found[2]) if found[1] else 24 * 60


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
