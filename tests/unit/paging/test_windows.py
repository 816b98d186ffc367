"""Recurring local times, and the silences that have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.paging import Windows
from ioc.paging.silence import read_windows, written_windows
from ioc.routing.matchers import Window

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = Windows(ZONE, (Window(frozenset({0, 1, 2, 3, 4}), 22 * 60, 5 * 60),))
"""Nights that begin from Monday to Friday."""


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 27th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("at", "holds", "opens", "closes"),
    [
        (local(27, 21, 59), False, local(27, 22), local(27, 21, 59)),
        (local(27, 22), True, local(27, 22), local(28, 5)),
        (local(28, 4, 59), True, local(28, 4, 59), local(28, 5)),  # it belongs to Friday
        (local(28, 5), False, local(30, 22), local(28, 5)),
        (local(28, 23), False, local(30, 22), local(28, 23)),  # Saturday has no night of its own
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins(
    at: datetime,
    holds: bool,
    opens: datetime,
    closes: datetime,
) -> None:
    assert NIGHT.hold(at) is holds
    assert NIGHT.opens(at) == opens
    assert NIGHT.closes(at) == closes


def test_times_are_those_on_the_wall_where_clocks_are_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    morning = Windows(berlin, (Window(frozenset(range(7)), 7 * 60, 8 * 60),))
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # clocks go forward in the night after it
    assert morning.opens(before) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert morning.opens(before - timedelta(days=1)) == datetime(2026, 3, 28, 6, tzinfo=UTC)


def test_without_windows_it_always_holds() -> None:
    assert Windows(ZONE).hold(local(27, 3))
    assert Windows(ZONE).opens(local(27, 3)) == local(27, 3)
    assert Windows(ZONE).closes(local(27, 3)) is None


def test_a_window_of_every_day_and_hour_never_closes() -> None:
    assert Windows(ZONE, (Window(frozenset(range(7)), 0, 24 * 60),)).closes(local(27, 3)) is None


windows = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 24 * 60),
)
instants = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.lists(windows, min_size=1, max_size=4), instants)
def test_nothing_changes_before_the_next_change(found: list[Window], at: datetime) -> None:
    some = Windows(ZONE, tuple(found))
    held = some.hold(at)
    change = some.closes(at) if held else some.opens(at)
    if change is None:
        assert all(some.hold(at + timedelta(hours=hours)) is held for hours in range(24 * 8))
        return
    assert some.hold(change) is not held
    minutes = int((change - at).total_seconds() // 60)
    assert all(some.hold(at + timedelta(minutes=minutes * part // 50)) is held for part in range(50))


@given(st.lists(windows, max_size=4))
def test_windows_are_written_as_they_are_read(found: list[Window]) -> None:
    assert list(read_windows(written_windows(found))) == found


@pytest.mark.parametrize(
    "wrong",
    [
        [{"start": "07:00"}], [{"start": "7:00", "end": "08:00"}], [{"start": "24:00", "end": "08:00"}],
        [{"start": "07:00", "end": "08:00", "days": ["monday"]}], ["07:00-08:00"],
        [{"start": "07:00", "end": "08:00", "zone": "UTC"}], [{"start": 7, "end": "08:00"}],
        [{"start": "07:00", "end": "08:00"}] * 17,
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused(wrong: list[object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_windows(wrong)
