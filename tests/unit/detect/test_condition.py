"""The timers of a condition: what begins, worsens, eases and ends it, in event time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect.condition import AT_ONCE, Timing, follow
from ioc.detect.ladder import Ladder, Rung
from ioc.detect.model import NORMAL, State, decode_state, encode_state

ABOVE = Ladder((Rung(10, 9, "normal"), Rung(20, 18, "high"), Rung(30, 27, "critical")))
BELOW = Ladder((Rung(0, 1, "normal"), Rung(-10, -9, "high")), upwards=False)
SECOND = 1_000_000


def levels(timing: Timing, *samples: tuple[float, float], restart: bool = False) -> list[int]:
    """Level after each sample (seconds, value)."""
    state, seen = NORMAL, []
    for seconds, value in samples:
        state = follow(state, value, int(seconds * SECOND), ABOVE, BELOW, timing=timing)
        if restart:
            state = decode_state(encode_state(state))
        seen.append(state.level)
    return seen


def hold(seconds: float) -> Timing:
    return Timing(hold_us=int(seconds * SECOND))


def quiet(seconds: float, *, eases: bool = False) -> Timing:
    return Timing(quiet_us=int(seconds * SECOND), eases=eases)


def test_a_condition_must_hold_for_its_duration() -> None:
    assert levels(hold(60), (0, 11), (30, 11), (59, 11), (60, 11)) == [0, 0, 0, 1]


def test_one_value_within_the_limit_begins_the_duration_again() -> None:
    assert levels(hold(60), (0, 11), (30, 10), (40, 11), (60, 11), (100, 11)) == [0, 0, 0, 0, 1]


def test_each_rung_has_a_duration_of_its_own() -> None:
    # Beyond the first since 0, beyond the third since 40: each is reached a minute later, none waits for the other.
    assert levels(hold(60), (0, 11), (40, 31), (60, 31), (99, 31), (100, 31)) == [0, 0, 1, 1, 3]


def test_a_spike_does_not_lift_what_has_held() -> None:
    assert levels(hold(60), (0, 11), (30, 11), (60, 31), (70, 11)) == [0, 0, 1, 1]


def test_a_graver_rung_takes_its_samples_too() -> None:
    assert levels(Timing(samples=2), (0, 11), (1, 11), (2, 31), (3, 11), (4, 31), (5, 31)) == [0, 1, 1, 1, 1, 3]


def test_repetition_and_duration_are_both_needed() -> None:
    timing = Timing(samples=3, hold_us=60 * SECOND)
    assert levels(timing, (0, 11), (60, 11), (61, 11)) == [0, 0, 1]
    assert levels(timing, (0, 11), (10, 11), (20, 11), (60, 11)) == [0, 0, 0, 1]


def test_samples_that_are_far_apart_say_nothing_of_the_time_between() -> None:
    timing = Timing(hold_us=60 * SECOND, gap_us=100 * SECOND)
    assert levels(timing, (0, 11), (101, 11), (160, 11), (161, 11)) == [0, 0, 0, 1]
    back = Timing(quiet_us=60 * SECOND, gap_us=100 * SECOND)
    assert levels(back, (0, 11), (10, 5), (111, 5), (170, 5), (171, 5)) == [1, 1, 1, 1, 0]


def test_it_must_be_quiet_before_a_condition_ends() -> None:
    assert levels(quiet(60), (0, 11), (10, 5), (69, 5), (70, 5)) == [1, 1, 1, 0]


def test_one_value_that_is_not_back_begins_the_quiet_again() -> None:
    assert levels(quiet(60), (0, 11), (10, 5), (40, 9.5), (50, 5), (100, 5), (110, 5)) == [1, 1, 1, 1, 1, 0]


def test_the_highest_rung_holds_unless_a_condition_may_ease() -> None:
    assert levels(AT_ONCE, (0, 31), (1, 12), (2, 25), (3, 5)) == [3, 3, 3, 0]


def test_a_condition_that_may_ease_falls_behind_each_rungs_own_clear() -> None:
    timing = Timing(eases=True)
    assert levels(timing, (0, 31), (1, 28), (2, 27), (3, 19), (4, 18), (5, 9)) == [3, 3, 2, 2, 1, 0]


def test_easing_takes_the_quiet_time_and_stops_at_the_gravest_level_of_it() -> None:
    timing = quiet(60, eases=True)
    # From 10 on behind the third rung, once above the second: after a minute that is the level, not less.
    assert levels(timing, (0, 31), (10, 12), (40, 22), (50, 12), (70, 12)) == [3, 3, 3, 3, 2]


def test_the_other_side_begins_at_once_whatever_quiet_the_first_needs() -> None:
    assert levels(quiet(600), (0, 31), (10, -11)) == [3, -2]


def test_the_other_side_takes_its_duration_while_the_first_becomes_quiet() -> None:
    timing = Timing(hold_us=60 * SECOND, quiet_us=30 * SECOND)
    assert levels(timing, (0, 11), (60, 11), (70, -1), (100, -1), (130, -1)) == [0, 1, 1, 0, -1]


def test_what_is_older_than_what_a_timer_counted_changes_nothing() -> None:
    state = follow(NORMAL, 11, 50 * SECOND, ABOVE, BELOW, timing=hold(60))
    assert follow(state, 5, 40 * SECOND, ABOVE, BELOW, timing=hold(60)) is state
    assert follow(state, 5, 50 * SECOND, ABOVE, BELOW, timing=hold(60)) is state


def test_what_was_interrupted_is_not_resumed_by_a_late_sample() -> None:
    assert levels(hold(60), (0, 11), (50, 5), (30, 11), (49, 11), (61, 11)) == [0, 0, 0, 0, 0]


def test_a_level_beyond_limits_that_have_become_fewer_ends_as_any_other() -> None:
    state = State(7, 0)
    assert follow(state, 31, SECOND, ABOVE, BELOW, timing=AT_ONCE) is state
    assert follow(state, 5, SECOND, ABOVE, BELOW, timing=AT_ONCE).level == 0
    assert follow(State(-1, 0), 5, SECOND, ABOVE, None, timing=AT_ONCE).level == 0


def test_a_state_of_the_release_before_goes_on() -> None:
    stored = encode_state(State(2, 5, 1, 5))
    assert len(stored) == 21
    assert follow(decode_state(stored), 5, SECOND, ABOVE, BELOW, timing=AT_ONCE) == State(0, SECOND)


def test_what_waits_is_stored_and_what_does_not_stays_short() -> None:
    waiting = follow(NORMAL, 31, SECOND, ABOVE, BELOW, timing=hold(60))
    assert len(waiting.runs) == 3
    assert decode_state(encode_state(waiting)) == waiting
    assert len(encode_state(State(3, 7))) == 21


@pytest.mark.parametrize("raw", [b"\x02" + bytes(20), b"\x02" + bytes(31), b"\x03" + bytes(30), b"\x01" + bytes(30)])
def test_bytes_of_another_layout_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="state"):
        decode_state(raw)


timings = st.builds(
    Timing,
    samples=st.integers(1, 3),
    hold_us=st.sampled_from([0, 5 * SECOND, 20 * SECOND]),
    quiet_us=st.sampled_from([0, 5 * SECOND, 20 * SECOND]),
    gap_us=st.sampled_from([float("inf"), 15.0 * SECOND]),
    eases=st.booleans(),
)
samples = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from([-11.0, -1.0, 5.0, 9.5, 11.0, 21.0, 31.0])), max_size=40
)


@given(timings, samples)
def test_a_restart_after_every_sample_changes_nothing(timing: Timing, given_: list[tuple[int, float]]) -> None:
    assert levels(timing, *given_, restart=True) == levels(timing, *given_)


@given(timings, samples)
def test_the_same_samples_again_change_nothing(timing: Timing, given_: list[tuple[int, float]]) -> None:
    state = NORMAL
    for seconds, value in sorted(given_):
        state = follow(state, value, seconds * SECOND, ABOVE, BELOW, timing=timing)
        if state.level or state.runs:
            again = follow(state, value, seconds * SECOND, ABOVE, BELOW, timing=timing)
            assert again.level == state.level
    held = state
    for seconds, value in given_:
        if state.streak_at > 0 or state.changed_at > 0:
            last = max(state.streak_at, state.changed_at)
            if seconds * SECOND <= last:
                state = follow(state, value, seconds * SECOND, ABOVE, BELOW, timing=timing)
    assert state is held, "what is older than the last change re-opens nothing"


@given(timings, samples)
def test_a_level_is_never_beyond_what_the_samples_reached(timing: Timing, given_: list[tuple[int, float]]) -> None:
    reached = [ABOVE.reached(value) or -BELOW.reached(value) for _, value in given_]
    seen = levels(timing, *given_)
    for n, level in enumerate(seen):
        assert min([0, *reached[: n + 1]]) <= level <= max([0, *reached[: n + 1]])


@given(st.integers(1, 3), samples)
def test_more_samples_or_a_longer_hold_never_begin_earlier(count: int, given_: list[tuple[int, float]]) -> None:
    ordered = [
        (seconds, value) for (seconds, value), (later, _) in pairwise([*sorted(given_), (91, 5.0)]) if later > seconds
    ]

    def first(timing: Timing) -> int:
        return next((n for n, level in enumerate(levels(timing, *ordered)) if level), len(ordered))

    assert first(AT_ONCE) <= first(Timing(samples=count)) <= first(Timing(samples=count, hold_us=10 * SECOND))
