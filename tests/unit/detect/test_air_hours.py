from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import common_data
from ioc.detect.air import load_vn_aqi
from ioc.detect.air_hours import HOUR_S, KEPT_HOURS, AirHours, hour_of
from tests.unit.detect.test_air import ANNEX

AQI = load_vn_aqi((common_data() / "vn_aqi.toml").read_bytes())
NINE = hour_of(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp())
MINUTE = 60


def fill(hours: AirHours, hour: int, *values: float, metric: str = "pm2_5") -> None:
    for value in values:
        hours.add(metric, hour, value)


def test_a_reading_belongs_to_the_hour_that_its_cycle_lies_in() -> None:
    """Stamped with the end of its cycle: the one of 09:00 is the last of the hour that ends then."""
    nine = NINE * HOUR_S
    assert hour_of(nine) == hour_of(nine - 55 * MINUTE) == NINE
    assert hour_of(nine + 5 * MINUTE) == hour_of(nine - 60 * MINUTE) + 2 == NINE + 1


def test_the_annexs_day_gives_the_annexs_index() -> None:
    hours = AirHours()
    for back, mean in enumerate(reversed(ANNEX)):
        fill(hours, NINE - back, *[mean - 1, mean + 1] * 6)
    index = hours.index(AQI, NINE)
    assert index is not None
    assert index.value == 41


def test_an_hour_of_too_few_readings_has_no_mean() -> None:
    hours = AirHours()
    fill(hours, NINE - 1, *[10.0] * 12)
    fill(hours, NINE, *[20.0] * 5)
    assert list(hours.means("pm2_5", NINE, 3, 0.5)) == [None, 10.0, None]
    fill(hours, NINE, 20.0)
    assert list(hours.means("pm2_5", NINE, 3, 0.5)) == [20.0, 10.0, None]


def test_a_station_that_sends_less_often_from_now_on_is_understood_after_half_a_day() -> None:
    hours = AirHours()
    for back in range(40):
        fill(hours, NINE - back, *[10.0] * (12 if back < 13 else 60))
    assert list(hours.means("pm2_5", NINE, 1, 0.75)) == [10.0]
    more = AirHours()
    for back in range(40):
        fill(more, NINE - back, *[10.0] * (12 if back < 12 else 60))
    assert list(more.means("pm2_5", NINE, 1, 0.75)) == [None]


def test_a_late_reading_corrects_its_hour() -> None:
    hours = AirHours()
    fill(hours, NINE - 1, 10.0)
    fill(hours, NINE, 10.0)
    first = hours.index(AQI, NINE)
    fill(hours, NINE - 1, 50.0)
    later = hours.index(AQI, NINE)
    assert first is not None
    assert later is not None
    assert first.value == 20
    assert later.value > first.value


def test_what_nothing_depends_on_any_more_is_forgotten() -> None:
    hours = AirHours()
    for hour in range(NINE - 200, NINE + 1):
        fill(hours, hour, 10.0)
    hours.prune()
    assert sorted(hours.cells["pm2_5"]) == list(range(NINE - KEPT_HOURS + 1, NINE + 1))


readings = st.lists(
    st.tuples(st.sampled_from(["pm2_5", "pm10", "o3"]), st.integers(NINE - 14, NINE), st.integers(0, 400)), max_size=60
)


@settings(deadline=None)
@given(readings=readings, data=st.data())
def test_the_index_does_not_depend_on_the_order_of_arrival(
    readings: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    one, other = AirHours(), AirHours()
    for metric, hour, value in readings:
        one.add(metric, hour, value)
    for metric, hour, value in data.draw(st.permutations(readings)):
        other.add(metric, hour, value)
    assert one.index(AQI, NINE) == other.index(AQI, NINE)


@settings(deadline=None)
@given(readings=readings)
def test_what_is_written_is_read_and_what_is_taken_back_never_was(readings: list[tuple[str, int, int]]) -> None:
    hours = AirHours()
    fill(hours, NINE, 7.0)
    before = hours.rows()
    undo = [(metric, hour, hours.add(metric, hour, float(value))) for metric, hour, value in readings]
    assert AirHours.of(hours.rows()).cells == {metric: cells for metric, cells in hours.cells.items() if cells}
    for metric, hour, cell in reversed(undo):
        hours.restore(metric, hour, cell)
    assert hours.rows() == before


@pytest.mark.parametrize("hour", [0, NINE])
def test_without_readings_there_is_no_index(hour: int) -> None:
    assert AirHours().index(AQI, hour) is None
    assert AirHours().newest() == 0
