"""What counts as seen: over redelivery, rollback, restart, and time."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.events.sensor import Sensor
from ioc.identity import digest
from ioc.intake.repeats import BySeries
from ioc.intake.seen import NewestTimes, SeenIds
from streams.transport.state import PartitionState
from tests.unit.intake.store import Changelog

HOUR_MS = 3_600_000


def seen_ids(state: PartitionState, *, hours: int = 24, capacity: int = 10_000) -> SeenIds:
    return SeenIds(state, window_ms=hours * HOUR_MS, capacity=capacity)


def test_the_same_identity_is_new_once() -> None:
    seen = seen_ids(PartitionState(0))
    assert seen.add(7, 0)
    assert not seen.add(7, HOUR_MS)


def test_the_same_id_of_another_publisher_is_another_event() -> None:
    assert digest("app-a", "1") != digest("app-b", "1")


def test_an_identity_is_new_again_after_the_window() -> None:
    seen = seen_ids(PartitionState(0), hours=24)
    assert seen.add(7, 0)
    assert not seen.add(7, 24 * HOUR_MS)
    assert seen.add(7, 25 * HOUR_MS)


def test_capacity_forgets_the_oldest_hour_first() -> None:
    seen = seen_ids(PartitionState(0), capacity=2)
    for identity, hour in ((1, 0), (2, 1), (3, 2)):
        seen.add(identity, hour * HOUR_MS)
    seen.flush(2 * HOUR_MS)
    assert len(seen) == 2
    assert not seen.add(3, 2 * HOUR_MS)
    assert not seen.add(2, 2 * HOUR_MS)
    assert seen.add(1, 2 * HOUR_MS)


@given(
    rounds=st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=30),
            st.sampled_from(["commit", "rollback", "crash"]),
        ),
        max_size=12,
    )
)
def test_what_is_remembered_is_exactly_what_was_committed(
    rounds: list[tuple[list[tuple[int, int]], str]],
) -> None:
    changelog = Changelog()
    state = changelog.recover()
    seen = seen_ids(state, hours=30, capacity=10**6)
    committed: dict[int, int] = {}
    clock = 0
    for events, ending in rounds:
        expected = dict(committed)
        for identity, advance in events:
            clock += advance * 60_000
            hour = clock // HOUR_MS
            fresh = identity not in expected or hour - expected[identity] > 30
            assert seen.add(identity, clock) == fresh
            if fresh:
                expected[identity] = hour
        seen.flush(clock)
        if ending == "commit":
            changelog.commit(state)
            committed = expected
        elif ending == "rollback":
            state.rollback()
        else:
            state = changelog.recover()
            seen = seen_ids(state, hours=30, capacity=10**6)


def newest_times(state: PartitionState) -> NewestTimes:
    return NewestTimes(state, window_ms=HOUR_MS, checkpoint_ms=0, late_capacity=100)


def test_telemetry_is_new_while_time_goes_on_and_repeated_otherwise() -> None:
    newest = newest_times(PartitionState(0))
    newest.begin()
    assert newest.add("s", 10.0, "") is True
    assert newest.add("s", 10.0, "") is False
    assert newest.add("s", 11.0, "") is True
    assert newest.add("s", 10.5, "") is None
    assert newest.add("s", 10.5, "") is False


def test_two_ids_at_the_same_time_are_two_events() -> None:
    newest = newest_times(PartitionState(0))
    newest.begin()
    assert newest.add("site", 10.0, "alarm-1") is True
    assert newest.add("site", 10.0, "alarm-2") is None
    assert newest.add("site", 10.0, "alarm-2") is False
    assert newest.add("site", 10.0, "alarm-1") is False


def test_a_failed_round_leaves_no_trace() -> None:
    state = PartitionState(0)
    newest = newest_times(state)
    newest.begin()
    newest.add("s", 10.0, "")
    state.commit()
    newest.begin()
    newest.add("s", 12.0, "")
    newest.add("s", 11.0, "")
    state.rollback()
    newest.begin()
    assert newest.add("s", 11.0, "") is True
    assert newest.add("s", 12.0, "") is True


def test_a_restart_remembers_the_checkpoint() -> None:
    changelog = Changelog()
    state = changelog.recover()
    newest = newest_times(state)
    newest.begin()
    newest.add("s", 10.0, "a")
    newest.flush(1000)
    changelog.commit(state)
    newest = newest_times(changelog.recover())
    newest.begin()
    assert newest.add("s", 10.0, "a") is False
    assert newest.add("s", 10.1, "") is True


def test_a_series_that_is_silent_for_the_window_is_forgotten_with_its_checkpoint() -> None:
    changelog = Changelog()
    state = changelog.recover()
    newest = newest_times(state)
    newest.begin()
    for n in range(200):
        newest.add(f"made-up-{n}", 10.0, "")
    newest.add("real", 10.0, "")
    newest.flush(10_000)
    changelog.commit(state)
    newest.begin()
    newest.add("real", 7000.0, "")
    newest.flush(7_000_000)
    changelog.commit(state)
    assert len(newest) == 1
    assert len(newest_times(changelog.recover())) == 1


def test_what_is_forgotten_in_a_failed_round_is_there_again() -> None:
    state = PartitionState(0)
    newest = newest_times(state)
    newest.begin()
    newest.add("old", 10.0, "")
    newest.flush(10_000)
    state.commit()
    newest.begin()
    newest.add("new", 7000.0, "")
    newest.flush(7_000_000)
    state.rollback()
    newest.begin()
    assert newest.add("old", 10.0, "") is False


# ---- what was said -------------------------------------------------------------------------------------------------


@given(
    rounds=st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12),
            st.sampled_from(["commit", "rollback", "crash"]),
        ),
        max_size=10,
    )
)
def test_a_repetition_is_a_conflict_exactly_where_the_first_said_something_else(
    rounds: list[tuple[list[tuple[int, int]], str]],
) -> None:
    changelog = Changelog()
    state = changelog.recover()
    seen = seen_ids(state)
    committed: dict[int, int] = {}
    for events, ending in rounds:
        expected = dict(committed)
        for identity, content in events:
            first = expected.setdefault(identity, content)
            if not seen.add(identity, 0, content):
                assert seen.conflicting == (first != content)
        seen.flush(0)
        if ending == "commit":
            changelog.commit(state)
            committed = expected
        elif ending == "rollback":
            state.rollback()
        else:
            state = changelog.recover()
            seen = seen_ids(state)


def test_identities_of_an_earlier_release_are_known_and_contradict_nothing() -> None:
    changelog = Changelog()
    changelog.records[b"seen/0/0"] = array("Q", [7, 8]).tobytes()
    state = changelog.recover()
    seen = seen_ids(state, hours=24)
    assert seen.add(9, 0, 1)
    for content in (0, 5):
        assert not seen.add(7, 0, content)
        assert not seen.conflicting
    seen.flush(0)
    changelog.commit(state)
    again = seen_ids(state := changelog.recover(), hours=24)
    assert [again.add(identity, 0, 2) for identity in (7, 8, 9)] == [False] * 3
    assert again.conflicting
    again.flush(26 * HOUR_MS)
    changelog.commit(state)
    assert changelog.records == {}
    assert len(again) == 0


def test_a_newest_reading_that_comes_again_may_say_something_else() -> None:
    newest = newest_times(PartitionState(0))
    newest.begin()
    newest.add("s", 10.0, "", 1)
    assert (newest.add("s", 10.0, "", 1), newest.conflicting) == (False, False)
    assert (newest.add("s", 10.0, "", 2), newest.conflicting) == (False, True)
    newest.add("s", 20.0, "a", 1)
    newest.add("s", 15.0, "b", 1)
    assert (newest.add("s", 15.0, "b", 2), newest.conflicting) == (False, True)
    assert (newest.add("s", 10.0, "", 3), newest.conflicting) == (False, False)  # nobody remembers what it said


# ---- readings that newer ones have overtaken -----------------------------------------------------------------------


@given(step=st.integers(1, 3600), lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5), data=st.data())
def test_the_first_repetition_of_an_overtaken_reading_of_a_regular_station_is_known(
    step: int, lengths: list[int], data: st.DataObject
) -> None:
    """Up to four gaps are remembered, and the times in them are new."""
    changelog = Changelog()
    state = changelog.recover()
    newest = newest_times(state)
    times: list[int] = []
    at = 1_790_000_000
    for length in lengths:
        times += [at + n * step for n in range(length)]
        at = times[-1] + step * data.draw(st.integers(2, 5)) + data.draw(st.integers(0, step - 1))
    newest.begin()
    assert all(newest.add("s", float(each), "") for each in times)
    if data.draw(st.booleans()):
        newest.flush(times[-1] * 1000)
        changelog.commit(state)
        newest = newest_times(changelog.recover())
        newest.begin()
    missing = data.draw(st.integers(times[0], times[-1]).filter(lambda each: each not in times)) if step > 1 else None
    assert [newest.add("s", float(each), "") for each in times] == [False] * len(times)
    if missing is not None:
        assert newest.add("s", float(missing), "") is None


arrivals = st.tuples(
    st.sampled_from("ab"),
    st.one_of(st.integers(0, 30).map(float), st.integers(0, 60).map(lambda half: half / 2), st.floats(0, 30)),
    st.sampled_from(["", "", "", "x", "y"]),
)


@given(
    st.lists(st.tuples(st.lists(arrivals, max_size=15), st.sampled_from(["commit", "rollback", "crash"])), max_size=8)
)
def test_nothing_is_taken_for_seen_that_was_not(rounds: list[tuple[list[tuple[str, float, str]], str]]) -> None:
    """Whatever comes in whatever order: a forgotten repetition costs a count, a false one a reading."""
    changelog = Changelog()
    state = changelog.recover()
    newest = newest_times(state)
    committed: set[tuple[str, float, str]] = set()
    for events, ending in rounds:
        expected = set(committed)
        newest.begin()
        for event in events:
            if newest.add(*event) is False:
                assert event in expected
            expected.add(event)
        newest.flush(30_000)
        if ending == "commit":
            changelog.commit(state)
            committed = expected
        elif ending == "rollback":
            state.rollback()
        else:
            state = changelog.recover()
            newest = newest_times(state)


@pytest.mark.parametrize(
    ("own_id", "known"),
    [("", True), ("s-1|pm10|2026-11-22T08:00:00Z", True), ("s-1|pm10|2026-11-22T08:00:01Z", False), ("e-7", False)],
)
def test_an_id_that_an_edge_made_of_series_and_time_is_none_of_its_own(own_id: str, known: bool) -> None:
    repeats = BySeries(PartitionState(0), 72, 30)
    repeats.begin()

    def is_new(minute: int, own_id: str) -> bool | None:
        at = datetime(2026, 11, 22, 8, minute, tzinfo=UTC)
        reading = Sensor("s-1", "pm10", 1.0, "µg/m³", at)
        return repeats.is_new(reading, "p", own_id, at.timestamp(), 0, b"{}")

    for minute in range(3):
        assert is_new(minute, f"s-1|pm10|2026-11-22T08:0{minute}:00Z")
    assert is_new(0, own_id) is (False if known else None)
