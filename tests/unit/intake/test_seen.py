"""What counts as seen: over redelivery, rollback, restart, and time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.identity import digest
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
