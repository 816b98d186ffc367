from __future__ import annotations

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.incidents import load_correlation
from ioc.incidents.index import cell_of, distance_m
from ioc.tomlfile import ConfigError
from ioc.vocabulary import CATEGORIES
from tests.unit.incidents.support import CORRELATION, correlation

RAW = CORRELATION.read_text()


def test_every_category_has_a_group() -> None:
    assert set(correlation().by_category) == set(CATEGORIES)


def test_a_subcategory_may_have_a_group_of_its_own() -> None:
    rules = correlation()
    assert rules.group("security", "cyber").name == "cyber"
    assert rules.group("security", "theft").key("theft") == "security/theft"
    assert rules.group("fire_rescue", "smoke").key("smoke") == rules.group("fire_rescue", "fire").key("fire")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('members = ["telecom"]', 'members = ["telecoms"]', "'telecoms' does not begin with a category"),
        ('members = ["telecom"]', 'members = ["telecom", "traffic"]', "'traffic' is a member of another group too"),
        ('members = ["telecom"]', 'members = ["telecom/bts"]', "no group has telecom among its members"),
        ('name = "cable"', 'name = "telecom"', "is the name of another group too"),
        ("radius_m = 2000", "radius_m = -1", "radius_m: must be at least 0"),
        ("same_commune = true", "same_comune = true", "same_comune: is not known here"),
        ("weights = [0.4, 0.4, 0.2]", "weights = [0.4, 0.4, 0.4]", "similarity.weights: must be three numbers"),
        ("min_score = 0.15", "min_score = 1.5", "min_score: must be at most 1"),
        ('"fire_rescue", "security/fight"', '"fire", "security/fight"', "similarity.emergencies"),
        ("min_text = 0.65\n", "", "similarity.min_text: is missing"),
        ("closed_hours", "close_hours", "memory.closed_hours: is missing"),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str, problem: str) -> None:
    assert old in RAW
    with pytest.raises(ConfigError, match=problem):
        load_correlation(RAW.replace(old, new, 1).encode())


latitudes = st.floats(8.0, 23.5)
longitudes = st.floats(102.0, 110.0)


@given(latitudes, longitudes, st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([80.0, 300.0, 2000.0]))
def test_whatever_is_within_the_radius_is_in_a_neighbouring_cell(
    lat: float, lon: float, north: float, east: float, radius_m: float
) -> None:
    other_lat = lat + north * radius_m / 111_195
    other_lon = lon + east * radius_m / (111_195 * cos(radians(lat)))
    if distance_m(lat, lon, other_lat, other_lon) <= radius_m:
        _, row, column = cell_of("g", radius_m, lat, lon)
        _, other_row, other_column = cell_of("g", radius_m, other_lat, other_lon)
        assert abs(row - other_row) <= 1
        assert abs(column - other_column) <= 1


def test_distance_is_that_of_a_sphere() -> None:
    assert distance_m(21.0, 107.0, 21.0 + 1 / 111.195, 107.0) == pytest.approx(1000, rel=1e-4)
    assert distance_m(21.0, 107.0, 21.0, 107.0 + 1 / 111.195) == pytest.approx(1000 * cos(radians(21)), rel=1e-4)
