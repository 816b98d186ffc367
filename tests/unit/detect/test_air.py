"""VN_AQI against the vectors of the decision's annex, and laws that hold for any air."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import common_data
from ioc.detect.air import DUST, GASES, load_vn_aqi, nowcast
from ioc.tomlfile import ConfigError

RAW = (common_data() / "vn_aqi.toml").read_bytes()
AQI = load_vn_aqi(RAW)
ANNEX = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]
"""PM2.5 in µg/m³ from 9 to 20 o'clock, the annex's example."""

concentrations = st.floats(0, 5000)
hours = st.lists(st.none() | st.floats(0, 1000), max_size=14)


def test_nowcast_is_the_annexs() -> None:
    newest_first = ANNEX[::-1]
    assert round(min(ANNEX) / max(ANNEX), 2) == 0.61
    cast = nowcast(newest_first)
    assert cast is not None
    assert round(cast, 1) == 20.3
    index = AQI.hourly({"pm2_5": newest_first})
    assert index is not None
    assert (index.value, index.pollutant, index.level.name) == (41, "pm2_5", "Tốt")


@pytest.mark.parametrize(
    ("row", "concentration", "index"),
    [
        ("pm2_5", 20.3, 41), ("o3_1h", 136.1, 43), ("o3_8h", 89.3, 45), ("o3_1h", 114.6, 36), ("no2", 130.8, 65),
        ("pm2_5", 55.7, 110),
        ("no2", 118.7, 59),  # the annex prints 60; its formula gives 59.35
    ],
)  # fmt: skip
def test_indices_are_the_annexs(row: str, concentration: float, index: int) -> None:
    assert AQI.part(row, concentration) == index


def test_the_table_is_the_decisions() -> None:
    assert AQI.index == (0, 50, 100, 150, 200, 300, 400, 500)
    assert dict(AQI.breakpoints) == {
        "o3_1h": (0, 160, 200, 300, 400, 800, 1000, 1200),
        "o3_8h": (0, 100, 120, 170, 210, 400),
        "co": (0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000),
        "so2": (0, 125, 350, 550, 800, 1600, 2100, 2630),
        "no2": (0, 100, 200, 700, 1200, 2350, 3100, 3850),
        "pm10": (0, 50, 150, 250, 350, 420, 500, 600),
        "pm2_5": (0, 25, 50, 80, 150, 250, 350, 500),
    }


def test_every_breakpoint_has_its_index() -> None:
    for row, points in AQI.breakpoints.items():
        assert [AQI.part(row, point) for point in points] == list(AQI.index[: len(points)])


def test_beyond_the_last_breakpoint_it_is_500_and_o3_over_eight_hours_is_not_used_above_400() -> None:
    assert AQI.part("pm2_5", 5000) == 500
    assert AQI.part("o3_8h", 400) == 300
    assert AQI.part("o3_8h", 400.1) is None


@pytest.mark.parametrize("concentration", [-0.1, float("nan"), float("inf")])
def test_what_is_no_concentration_is_refused(concentration: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        AQI.part("pm10", concentration)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([], None),
        ([10.0], None),
        ([10.0, None, None, 10.0, 10.0], None),
        ([None, 10.0, 10.0], 10.0),
        ([10.0, None, 10.0], 10.0),
        ([0.0, 0.0, 0.0], 0.0),
        ([100.0, 100.0, 40.0], 50.0 + 25.0 + 5.0),  # w* = 0.4, so 1/2: 100/2 + 100/4 + 40/8
        ([None, 100.0, 40.0], 25.0 + 5.0),  # the letter of the decision: a missing hour has weight 0
        ([100.0, 80.0], (100 + 0.8 * 80) / 1.8),  # w = 0.8
        ([50.0] * 12 + [900.0], 50.0),
    ],
)
def test_nowcast_by_hand(means: list[float | None], expected: float | None) -> None:
    assert nowcast(means) == pytest.approx(expected)


def test_gases_alone_make_no_index_and_the_largest_counts() -> None:
    assert AQI.hourly({"so2": [900.0]}) is None
    index = AQI.hourly({"pm10": [20.0, 20.0], "so2": [900.0], "o3": [None], "humidity": [80.0]})
    assert index is not None
    assert index.pollutant == "so2"
    assert index.value == 213  # 200 + (300 - 200) / (1600 - 800) * (900 - 800) = 212.5
    assert index.parts == {"pm10": 20, "so2": 213}
    assert index.level.code == "very_bad"


def test_a_day_takes_the_mean_of_dust_and_the_largest_hour_of_gases() -> None:
    day: dict[str, list[float | None]] = {
        "pm2_5": [10.0] * 12 + [30.0] * 12,
        "no2": [20.0] * 23 + [150.0],
        "o3": [40.0] * 16 + [90.0] * 8,
    }
    index = AQI.daily(day)
    assert index is not None
    # PM2.5: 20 → 40; NO2: 150 → 75; O3: 1 h 90 → 28, 8 h 90 → 45
    assert index.parts == {"pm2_5": 40, "no2": 75, "o3_1h": 28, "o3_8h": 45}
    assert index.value == 75


def test_a_day_of_too_few_hours_has_no_mean() -> None:
    assert AQI.daily({"pm10": [10.0] * 11 + [None] * 13}) is None
    assert AQI.daily({"pm10": [10.0] * 12 + [None] * 12}) is not None


@settings(deadline=None)
@given(row=st.sampled_from(sorted(AQI.breakpoints)), one=concentrations, other=concentrations)
def test_worse_air_has_no_better_index(row: str, one: float, other: float) -> None:
    low, high = (AQI.part(row, each) for each in sorted((one, other)))
    assert low is None or 0 <= low <= 500
    assert high is None or (low is not None and low <= high)


@settings(deadline=None)
@given(means=hours)
def test_nowcast_lies_among_its_hours_or_below_where_hours_are_missing(means: list[float | None]) -> None:
    cast = nowcast(means)
    there = [mean for mean in means[:12] if mean is not None]
    if cast is not None:
        assert 0 <= cast <= max(there) * (1 + 1e-9)
        if len(there) == 12:
            assert cast >= min(there) * (1 - 2**-12) * (1 - 1e-9)


@settings(deadline=None)
@given(means=st.dictionaries(st.sampled_from([*DUST, *GASES, "humidity"]), hours))
def test_an_index_is_the_largest_part_and_has_the_level_of_its_value(means: dict[str, list[float | None]]) -> None:
    index = AQI.hourly(means)
    if index is None:
        assert all(nowcast(means.get(metric, [])) is None for metric in DUST)
    else:
        assert index.value == max(index.parts.values()) == index.parts[index.pollutant]
        below = [level.to for level in AQI.levels if level.to < index.level.to]
        assert max(below, default=-1) < index.value <= index.level.to


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"[0, 50, 100, 150, 200, 300, 400, 500]", b"[0, 50, 50]", "index: must ascend"),
        (b"[0, 50, 150, 250, 350, 420, 500, 600]", b"[0, 50, 40]", "breakpoints.pm10: must ascend from 0"),
        (b"[0, 50, 150, 250, 350, 420, 500, 600]", b"[1, 50, 60]", "breakpoints.pm10: must ascend from 0"),
        (b"pm10 = ", b"pm11 = ", "breakpoints.pm10: is missing"),
        (b"min_share = 0.5", b"min_share = 0", "min_share: must be more than 0"),
        (b"to = 500", b"to = 400", "level"),
    ],
)
def test_a_wrong_table_is_refused_with_its_key(old: bytes, new: bytes, problem: str) -> None:
    assert old in RAW
    with pytest.raises(ConfigError, match=problem):
        load_vn_aqi(RAW.replace(old, new))
