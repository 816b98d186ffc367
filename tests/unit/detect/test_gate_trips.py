"""A vehicle's trip is the same in whatever order, and however often, its events are heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect.gate_trips import AT_GATE, News, Trip, decode_trip, encode_trip, first_step, next_step

HOUR_S = 3600.0
WHILES = {"apart_s": 600.0, "again_s": 24 * HOUR_S}
WAY = ("declared", "approved", "en_route", "yard_waiting", "called", "inspecting", "cleared", "crossed")


def told(*events: tuple[str, float]) -> Trip:
    """Trip of events given by state and hour."""
    trip: Trip | None = None
    for state, hour in events:
        news = News(state, hour * HOUR_S)
        trip = first_step(news) if trip is None else next_step(trip, news, **WHILES)
    assert trip is not None
    return trip


def facts(trip: Trip) -> tuple[str, float, float]:
    return trip.state, trip.since / HOUR_S, trip.ended / HOUR_S


def test_a_trip_runs_from_the_declaration_to_the_crossing() -> None:
    trip = told(*((state, 1.0 + n) for n, state in enumerate(WAY)))
    assert facts(trip) == ("crossed", 4, 8)  # in the yard as the fourth event, across as the eighth


@given(
    states=st.lists(st.sampled_from(WAY[3:-1]), max_size=5, unique=True),
    end=st.sampled_from(("crossed", "returned", "rejected", "expired", "cancelled", None)),
    data=st.data(),
)
def test_order_and_repetition_change_nothing(states: list[str], end: str | None, data: st.DataObject) -> None:
    ranked = ["declared", *sorted(states, key=WAY.index), *([end] if end else [])]
    events = [(state, 1.0 + n) for n, state in enumerate(ranked)]
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations(repeated))
    assert facts(told(*shuffled)) == facts(told(*events))


@pytest.mark.parametrize(
    "late", [("called", 6.0), ("inspecting", 6.0), ("cleared", 4.0), ("yard_waiting", 5.1), ("expired", 9.0)]
)
def test_what_cannot_be_after_the_crossing_is_not_believed(late: tuple[str, float]) -> None:
    assert facts(told(("yard_waiting", 2), ("crossed", 5), late)) == ("crossed", 2, 5)


def test_a_step_that_was_skipped_is_made_up_for_later() -> None:
    assert facts(told(("crossed", 5))) == ("crossed", 5, 5)
    assert facts(told(("crossed", 5), ("yard_waiting", 2))) == ("crossed", 2, 5)


def test_a_crossing_outweighs_another_way_to_leave() -> None:
    assert facts(told(("yard_waiting", 1), ("expired", 3), ("crossed", 4))) == ("crossed", 1, 4)
    assert facts(told(("yard_waiting", 1), ("crossed", 4), ("expired", 3))) == ("crossed", 1, 4)


def test_of_two_ends_the_earlier_one_counts() -> None:
    assert facts(told(("yard_waiting", 1), ("returned", 4), ("rejected", 3))) == ("rejected", 1, 3)
    assert facts(told(("yard_waiting", 1), ("rejected", 3), ("returned", 3))) == ("rejected", 1, 3)
    assert facts(told(("yard_waiting", 1), ("returned", 3), ("rejected", 3))) == ("rejected", 1, 3)


def test_a_vehicle_that_comes_again_makes_another_trip() -> None:
    trip = told(("yard_waiting", 1), ("crossed", 3), ("declared", 20), ("yard_waiting", 21))
    assert facts(trip) == ("yard_waiting", 21, 0)
    late = next_step(trip, News("called", 2 * HOUR_S), **WHILES)
    assert late is trip  # it belongs to the trip before


def test_a_late_crossing_of_the_trip_before_does_not_end_this_one() -> None:
    trip = told(("yard_waiting", 20), ("crossed", 3), ("called", 21))
    assert facts(trip) == ("called", 20, 0)
    assert facts(told(("yard_waiting", 20), ("crossed", 3), ("crossed", 22))) == ("crossed", 20, 22)


def test_a_trip_whose_end_was_never_heard_ends_with_the_next_declaration() -> None:
    assert facts(told(("yard_waiting", 1), ("declared", 40))) == ("declared", 0, 0)
    assert told(("yard_waiting", 1), ("declared", 20)).state in AT_GATE  # too soon: the declaration was changed


def test_the_inspections_go_on_side_by_side() -> None:
    trip = first_step(News("inspecting", 1.0, inspections=(1, 1, 0)))
    trip = next_step(trip, News("inspecting", 2.0, inspections=(2, 0, 0)), **WHILES)
    trip = next_step(trip, News("inspecting", 3.0, inspections=(0, 0, 1)), **WHILES)
    assert trip.inspections == (2, 1, 1)
    assert next_step(trip, News("inspecting", 1.5, inspections=(3, 3, 3)), **WHILES).inspections == (2, 1, 1)


@given(
    st.builds(
        Trip,
        st.sampled_from(WAY),
        *[st.floats(0, 2e9)] * 4,
        st.text(),
        st.text(),
        st.booleans(),
        st.tuples(*[st.integers(0, 3)] * 3),
    )
)
def test_a_trip_comes_back_as_it_was_written(trip: Trip) -> None:
    assert decode_trip(encode_trip(trip)) == trip
