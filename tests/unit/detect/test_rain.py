from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect.rain import BUCKET_S, WINDOWS, RainGauge, bucket_of

HOUR = 3600 // BUCKET_S


def gauge(*amounts: tuple[int, float]) -> RainGauge:
    found = RainGauge()
    for bucket, amount in amounts:
        found.add(bucket, amount)
    return found


def test_amounts_of_the_last_hours_add_up_and_older_ones_drop_out() -> None:
    rain = gauge((1000, 10), (1000 + 11 * HOUR, 5), (1000 + 12 * HOUR, 1))
    assert rain.total("rain_12h") == 6, "what fell twelve hours ago is out"
    assert rain.total("rain_24h") == 16
    rain.add(1000 + 24 * HOUR, 0)
    assert (rain.total("rain_1h"), rain.total("rain_12h"), rain.total("rain_24h")) == (0, 0, 6)


def test_an_amount_that_comes_late_counts_where_it_fell() -> None:
    rain = gauge((1000, 1), (1000 + 13 * HOUR, 2))
    rain.add(1000 + 3 * HOUR, 7)
    assert (rain.total("rain_12h"), rain.total("rain_24h")) == (9, 10)
    rain.add(1000 - 12 * HOUR, 50)
    assert rain.total("rain_24h") == 10, "a day ago is too late for any sum"


@pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (599.9, 0), (600, 1), (-1, -1)])
def test_buckets_are_ten_minutes(seconds: float, bucket: int) -> None:
    assert bucket_of(seconds) == bucket


fell = st.lists(st.tuples(st.integers(1, 400), st.sampled_from([0.0, 0.2, 1.4, 12.0])), min_size=1, max_size=60)


@given(fell)
def test_sums_are_those_of_the_window_whatever_the_order(amounts: list[tuple[int, float]]) -> None:
    newest = max(bucket for bucket, _ in amounts)
    kept = [(bucket, amount) for bucket, amount in amounts if bucket > newest - 24 * HOUR]
    for order in (amounts, sorted(amounts), sorted(amounts, reverse=True)):
        rain = gauge(*order)
        for metric, hours in WINDOWS.items():
            expected = fsum(amount for bucket, amount in kept if bucket > newest - hours * HOUR)
            assert rain.total(metric) == pytest.approx(expected)


@given(fell, fell)
def test_a_gauge_survives_its_bytes(before: list[tuple[int, float]], after: list[tuple[int, float]]) -> None:
    one = gauge(*before)
    other = RainGauge.decode(one.encode())
    for bucket, amount in after:
        one.add(bucket, amount)
        other.add(bucket, amount)
    assert [one.total(metric) for metric in WINDOWS] == pytest.approx([other.total(metric) for metric in WINDOWS])


@given(fell, fell)
def test_a_copy_is_another_gauge(before: list[tuple[int, float]], after: list[tuple[int, float]]) -> None:
    one = gauge(*before)
    raw, copy = one.encode(), one.copy()
    for bucket, amount in after:
        copy.add(bucket, amount)
    assert one.encode() == raw
