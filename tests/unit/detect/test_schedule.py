from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect.schedule import ALWAYS, Schedule, read_schedule
from ioc.tomlfile import ConfigError, read_toml
from tests.unit.detect.support import ZONE


def schedule(text: str) -> Schedule:
    return read_schedule(read_toml(text.encode(), "limits.toml"))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_without_a_word_it_always_holds() -> None:
    assert schedule("").always
    assert not schedule("hours = [6, 21]").always


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("hours = [6, 21]", ["2026-11-27T06:00", "2026-11-27T20:59"], ["2026-11-27T21:00", "2026-11-27T05:59"]),
        ("hours = [21, 6]", ["2026-11-27T21:00", "2026-11-27T05:59"], ["2026-11-27T06:00"]),
        ("hours = [0, 24]", ["2026-11-27T00:00", "2026-11-27T23:59"], []),
        ('weekdays = ["mon", "fri"]', ["2026-11-27T12:00"], ["2026-11-28T12:00"]),  # a Friday
        ('season = ["06-01", "10-31"]', ["2026-06-01T00:00", "2026-10-31T23:59"], ["2026-11-01T00:00"]),
        ('season = ["11-15", "02-29"]', ["2026-12-31T00:00", "2027-02-28T00:00"], ["2027-03-01T00:00"]),
        ("from = 2026-01-01", ["2026-01-01T00:00"], ["2025-12-31T23:59"]),
        ("until = 2031-12-31", ["2031-12-31T23:59"], ["2032-01-01T00:00"]),
        ('hours = [7, 17]\nweekdays = ["sat"]', ["2026-11-28T07:00"], ["2026-11-28T17:00", "2026-11-27T07:00"]),
    ],
)
def test_it_holds_within_local_hours_weekdays_seasons_and_dates(
    text: str, inside: list[str], outside: list[str]
) -> None:
    found = schedule(text)
    assert all(found.covers(local(at)) for at in inside)
    assert not any(found.covers(local(at)) for at in outside)


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        ("hours = [6, 6]", 1, "hours", "two different hours"),
        ("hours = [6, 25]", 1, "hours", "two different hours"),
        ('\nweekdays = ["monday"]', 2, "weekdays", "some of mon"),
        ('weekdays = ["mon", "mon"]', 1, "weekdays", "each once"),
        ("weekdays = []", 1, "weekdays", "some of mon"),
        ('season = ["02-30", "10-31"]', 1, "season", "month first"),
        ('season = ["6-1", "10-31"]', 1, "season", "month first"),
        ("from = 2026-02-01\nuntil = 2026-01-31", 2, "until", "never holds"),
    ],
)
def test_a_time_that_never_comes_is_refused(text: str, line: int, key: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        schedule(text)
    assert (caught.value.line, caught.value.key) == (line, key)


def test_how_long_it_holds_without_a_break() -> None:
    assert schedule("hours = [21, 6]").longest() == timedelta(hours=9)
    assert schedule("hours = [6, 21]").longest() == timedelta(hours=15)
    assert ALWAYS.longest() is None


_HOURS = st.none() | st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] != pair[1])
_DAYS = st.none() | st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, unique=True)
_SEASON = st.none() | st.tuples(
    st.sampled_from(["01-01", "05-15", "11-30"]), st.sampled_from(["02-10", "06-30", "12-31"])
)


def _text(hours: tuple[int, int] | None, days: list[str] | None, season: tuple[str, str] | None) -> str:
    parts = [
        f"hours = [{hours[0]}, {hours[1]}]" if hours else "",
        f"weekdays = {days}" if days else "",
        f"season = {list(season)}" if season else "",
    ]
    return "\n".join(parts)


schedules = st.builds(_text, _HOURS, _DAYS, _SEASON).map(schedule)


@given(schedules, schedules, st.integers(0, 366 * 24))
def test_two_that_hold_at_one_time_are_known_to_meet(one: Schedule, other: Schedule, hours: int) -> None:
    at = (datetime(2028, 1, 1, tzinfo=UTC) + timedelta(hours=hours)).astimezone(ZONE)
    if one.covers(at) and other.covers(at):
        assert one.meets(other)
        assert other.meets(one)
