"""Laws of working time, around the holidays at which it breaks if it breaks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import load_folder, shipped_province
from ioc.clocks import (
    CALENDAR_FILE,
    Closures,
    RoundTheClock,
    Target,
    WorkingDays,
    WorkingHours,
    WorkingTime,
    read_calendar,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE_DAY = timedelta(hours=8)


@cache
def office() -> WorkingTime:
    calendar = read_calendar(load_folder(shipped_province())[CALENDAR_FILE], ZONE)
    return calendar.hours[calendar.default]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


DAYS_OFF = {
    "Tết 2027": ("2027-02-04", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10"),
    "30/4 and, its first day a Saturday, 1/5 in lieu": ("2027-04-30", "2027-05-03"),
    "2/9": ("2027-09-02", "2027-09-03"),
    "swapped": ("2025-05-02", "2026-08-31", "2026-01-02"),
    "weekends": ("2027-02-06", "2027-02-07", "2026-11-28"),
}
WORKED = {
    "around Tết 2027": ("2027-02-03", "2027-02-11"),
    "around the others": ("2027-04-29", "2027-05-04", "2027-09-01", "2027-09-06"),
    "Saturdays that were swapped for it": ("2025-04-26", "2026-08-22", "2026-01-10"),
}


@pytest.mark.parametrize("day", [day for days in DAYS_OFF.values() for day in days])
def test_nobody_works_then(day: str) -> None:
    assert not office().is_open(date.fromisoformat(day))
    assert office().worked(local(f"{day}T00:00"), local(f"{day}T23:59")) == timedelta()


@pytest.mark.parametrize("day", [day for days in WORKED.values() for day in days])
def test_people_work_then(day: str) -> None:
    assert office().is_open(date.fromisoformat(day))
    assert office().worked(local(f"{day}T00:00"), local(f"{day}T23:59")) == OFFICE_DAY


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-23T10:00", 3, "2026-11-27T17:00"),  # Monday; Tuesday 24/11 is Ngày Văn hóa Việt Nam
        ("2026-11-25T10:00", 1, "2026-11-26T17:00"),  # the first day does not count
        ("2026-11-27T23:59", 1, "2026-11-30T17:00"),  # Friday
        ("2026-11-28T00:01", 1, "2026-11-30T17:00"),  # Saturday
        ("2027-02-03T09:00", 1, "2027-02-11T17:00"),  # the last day before Tết
        ("2027-02-06T09:00", 2, "2027-02-12T17:00"),  # mùng một
        ("2027-04-29T09:00", 1, "2027-05-04T17:00"),
        ("2026-08-21T09:00", 1, "2026-08-22T17:00"),  # a Saturday that is worked
        ("2026-08-28T09:00", 1, "2026-09-03T17:00"),  # for the Monday before 2/9
    ],
)
def test_working_days_end_with_the_last_shift(start: str, days: int, due: str) -> None:
    assert WorkingDays(days, office()).due(local(start)) == local(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-25T10:00", 1, "2026-11-25T11:00"),
        ("2026-11-25T11:00", 1, "2026-11-25T13:30"),  # over noon
        ("2026-11-25T03:00", 8, "2026-11-25T17:00"),
        ("2026-11-27T16:00", 2, "2026-11-30T08:30"),  # over a weekend
        ("2027-02-03T16:30", 1, "2027-02-11T08:00"),  # over Tết
        ("2026-08-21T16:30", 1, "2026-08-22T08:00"),
    ],
)
def test_working_hours_are_those_of_shifts(start: str, hours: int, due: str) -> None:
    assert WorkingHours(timedelta(hours=hours), office()).due(local(start)) == local(due)


def test_an_override_decides_against_the_library() -> None:
    own = Closures("VN", {date(2027, 2, 4): True, date(2026, 11, 25): False})
    hours = WorkingTime(ZONE, own, frozenset(range(5)), ((time(8), time(12)),))
    assert hours.is_open(date(2027, 2, 4))
    assert not hours.is_open(date(2026, 11, 25))


def test_who_works_on_holidays_works_on_all_days_of_the_week_named() -> None:
    always = WorkingTime(
        ZONE, Closures("VN", {}), frozenset(range(7)), ((time(8), time(12)),), holidays_count=True
    )  # fmt: skip
    assert always.is_open(date(2027, 2, 6))


def test_what_is_far_away_in_time_is_as_the_week_says() -> None:
    assert office().is_open(date(1900, 1, 1))
    assert not office().is_open(date(2150, 2, 1))  # a Sunday


# Times from a year before the swapped days that are known to a year after Tết 2027, down to the second.
def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    begin, end = local(first), local(last)
    return st.integers(0, int((end - begin).total_seconds())).map(lambda seconds: begin + timedelta(seconds=seconds))


instants = st.one_of(
    between("2025-04-01", "2028-02-15"),
    between("2027-01-28", "2027-02-20"),
    between("2027-04-26", "2027-05-08"),
    between("2026-08-17", "2026-09-08"),
)
spans = st.tuples(instants, st.integers(0, 20 * 24 * 3600)).map(
    lambda each: (each[0], each[0] + timedelta(seconds=each[1]))
)
targets: st.SearchStrategy[Target] = st.one_of(
    st.integers(1, 9).map(lambda days: WorkingDays(days, office())),
    st.integers(1, 60).map(lambda hours: WorkingHours(timedelta(hours=hours), office())),
    st.integers(1, 9999).map(lambda minutes: RoundTheClock(timedelta(minutes=minutes))),
)


def counted(target: Target, since: datetime, until: datetime) -> timedelta:
    """What of a span counts for a target."""
    return until - since if isinstance(target, RoundTheClock) else office().worked(since, until)


@given(targets, instants, instants)
@settings(deadline=None)
def test_what_begins_later_is_never_due_earlier(target: Target, one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    assert first < target.due(first) <= target.due(second)


@given(targets, instants, spans)
@settings(deadline=None)
def test_a_pause_adds_exactly_what_would_have_counted(
    target: Target, start: datetime, pause: tuple[datetime, datetime]
) -> None:
    due = target.due(start)
    later = target.later(due, *pause)
    assert later >= due
    assert counted(target, due, later) == counted(target, *pause)


@given(targets, instants, spans, st.integers(0, 100))
@settings(deadline=None)
def test_a_pause_may_be_told_in_two_parts(
    target: Target, start: datetime, pause: tuple[datetime, datetime], percent: int
) -> None:
    """As after a restart in the middle of it."""
    since, until = pause
    middle = since + timedelta(seconds=(until - since).total_seconds() * percent // 100)
    due = target.due(start)
    assert target.later(target.later(due, since, middle), middle, until) == target.later(due, since, until)


@given(st.integers(1, 500), instants)
@settings(deadline=None)
def test_working_hours_are_worked_until_they_are_due(hours: int, start: datetime) -> None:
    due = WorkingHours(timedelta(hours=hours), office()).due(start)
    assert office().worked(start, due) == timedelta(hours=hours)
    assert office().worked(start, due - timedelta(seconds=1)) < timedelta(hours=hours)


@given(instants, instants, instants)
@settings(deadline=None)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    assert office().worked(first, third) == office().worked(first, second) + office().worked(second, third)
    assert office().worked(third, first) == timedelta()


@given(targets, instants)
@settings(deadline=None)
def test_the_zone_in_which_an_instant_is_written_does_not_matter(target: Target, start: datetime) -> None:
    assert target.due(start) == target.due(start.astimezone(ZoneInfo("UTC")))


@given(targets, instants)
@settings(deadline=None)
def test_a_fresh_calendar_says_the_same(target: Target, start: datetime) -> None:
    """Nothing depends on what was asked before."""
    office.cache_clear()
    fresh = office()
    again = (
        WorkingDays(target.days, fresh)
        if isinstance(target, WorkingDays)
        else WorkingHours(target.length, fresh)
        if isinstance(target, WorkingHours)
        else target
    )
    assert again.due(start) == target.due(start)
