"""Counts by the minute, who is overdue, and what a gate could do where few crossed because few came."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect.gate_minutes import Minutes
from ioc.detect.gate_pace import Pace
from ioc.detect.gate_trips import Trip
from tests.unit.detect.support import ZONE, rules

DAY = datetime(2026, 11, 26, 17, tzinfo=UTC)
"""Midnight in Việt Nam."""
RULES = replace(rules().gate, usual_wait_s=3_000.0, window_s=3_600.0, least_window_s=2_700.0)


def at(hour: float) -> float:
    return (DAY + timedelta(hours=hour)).timestamp()


def came(pace: Pace, *hours: float) -> None:
    for hour in hours:
        pace.count(Trip("yard_waiting", at(hour), at(hour)), 1)


def crossed(pace: Pace, *hours: float) -> None:
    for hour in hours:
        pace.count(Trip("crossed", at(hour), at(hour - 0.7), at(hour)), 1)


@given(st.lists(st.tuples(st.integers(1200, 1600), st.booleans())), st.integers(1200, 1600), st.integers(0, 3000))
def test_a_stretch_of_minutes_is_what_single_minutes_say(
    steps: list[tuple[int, bool]], first: int, length: int
) -> None:
    minutes, plain = Minutes(), Counter[int]()
    for minute, more in steps:
        n = 1 if more or not plain[minute] else -1
        minutes.add(minute, n)
        plain[minute] += n
    assert minutes.between(first, first + length) == [plain[n] for n in range(first, first + length + 1)]
    assert minutes.total(first, first + length) == sum(minutes.between(first, first + length))
    assert bool(minutes) == any(plain.values())


def test_who_came_within_the_usual_wait_is_not_overdue() -> None:
    pace = Pace(RULES, None, ZONE)
    came(pace, 8.0, 9.0, 9.5)
    assert [pace.overdue(3, at(hour)) for hour in (9.6, 9.9, 10.4)] == [1, 2, 3]


@pytest.mark.parametrize(("hour", "overdue"), [(7.2, 0), (7.8, 0), (8.0, 3), (18.9, 3)])
def test_who_came_while_the_gate_was_closed_waits_from_its_opening(hour: float, overdue: int) -> None:
    pace = Pace(RULES, (7, 19), ZONE)
    came(pace, -1.0, 3.0, 6.5)
    assert pace.overdue(3, at(hour)) == overdue


def test_a_gate_that_is_not_full_can_do_what_it_did_at_its_best() -> None:
    pace = Pace(RULES, None, ZONE)
    crossed(pace, *(1 + n / 40 for n in range(40)))
    crossed(pace, *(4 + n / 6 for n in range(6)))
    rates = pace.rates(at(5) - 1, 0, at(0))
    assert rates is not None
    assert rates.crossings == pytest.approx(6, abs=0.1)
    assert rates.able == 40
    full = pace.rates(at(5) - 1, 30, at(0))  # somebody was overdue all the time
    assert full is not None
    assert full.able == full.crossings


def test_vehicles_that_set_out_are_known_to_come() -> None:
    pace = Pace(RULES, None, ZONE)
    for n in range(20):
        pace.count(Trip("en_route", at(5 + n / 60)), 1)
    span_h = RULES.ahead.en_route_s / 3600
    assert pace.coming(at(5.5)) == pytest.approx(20 / span_h)
    assert pace.coming(at(5.5 + span_h)) == 0


@pytest.mark.parametrize(("hour", "left"), [(6.9, 0), (7.0, 12), (18.5, 0.5), (19.0, 0)])
def test_closing_time_ends_what_can_be_foreseen(hour: float, left: float) -> None:
    assert Pace(RULES, (7, 19), ZONE).closes_h(at(hour)) == left


def test_a_gate_has_no_rate_until_it_has_been_open_for_a_while() -> None:
    pace = Pace(RULES, (7, 19), ZONE)
    crossed(pace, 18.0, 31.1, 31.6)
    assert pace.rates(at(31.5), 0, at(0)) is None
    assert pace.rates(at(31.8), 0, at(0)) is not None
