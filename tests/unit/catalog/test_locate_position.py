"""Positions to communes: how often that is right is measured against real boundaries, where a file of them is."""

from __future__ import annotations

import random

import orjson
import pytest
import shapely
from shapely.geometry import shape

from ioc.catalog import Catalogue
from ioc.vocabulary import UNLOCATED_COMMUNE

POINTS = 2000


@pytest.fixture(scope="module")
def land(boundaries: bytes) -> list[tuple[float, float, str]]:
    """Random points on land, with the commune whose polygon they lie in."""
    features = orjson.loads(boundaries)["features"]
    codes = [feature["properties"]["code"] for feature in features]
    tree = shapely.STRtree([shape(feature["geometry"]) for feature in features])
    west, south, east, north = shapely.total_bounds(tree.geometries)
    chance = random.Random(22)
    points: list[tuple[float, float, str]] = []
    while len(points) < POINTS:
        lat, lon = chance.uniform(south, north), chance.uniform(west, east)
        inside = tree.query(shapely.Point(lon, lat), predicate="within")
        if len(inside):
            points.append((lat, lon, codes[inside[0]]))
    return points


def _shares(catalogue: Catalogue, land: list[tuple[float, float, str]]) -> tuple[float, float]:
    found = [catalogue.locate(lat, lon) for lat, lon, _ in land]
    communes = sum(where.commune == code for where, (_, _, code) in zip(found, land, strict=True))
    centres = sum(
        where.centre == catalogue.communes[code].centre for where, (_, _, code) in zip(found, land, strict=True)
    )
    return communes / len(land), centres / len(land)


def test_reference_points_find_four_communes_of_five(
    catalogue: Catalogue, land: list[tuple[float, float, str]]
) -> None:
    communes, centres = _shares(catalogue, land)
    assert communes >= 0.80
    assert centres >= 0.93


def test_boundaries_find_nearly_all(bounded: Catalogue, land: list[tuple[float, float, str]]) -> None:
    communes, centres = _shares(bounded, land)
    assert communes >= 0.99
    assert centres >= 0.99


def test_confidence_means_what_it_says(catalogue: Catalogue, land: list[tuple[float, float, str]]) -> None:
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        right = [
            where.commune == code
            for lat, lon, code in land
            if low <= (where := catalogue.locate(lat, lon)).confidence < high
        ]
        assert low - 0.1 <= sum(right) / len(right) <= high + 0.05


def test_a_point_at_sea_goes_to_the_nearest_unit_within_five_kilometres(bounded: Catalogue) -> None:
    near = bounded.locate(20.92, 107.03)
    assert (near.by, near.centre) == ("offshore", "ha-long")
    assert bounded.locate(20.70, 107.80).by == "none"


def test_a_unit_known_by_position_says_where_and_how_sure(catalogue: Catalogue) -> None:
    where = catalogue.locate(20.96438, 107.04804)
    assert (where.commune, where.commune_name, where.centre) == ("06673", "Phường Bãi Cháy", "ha-long")
    assert (where.lat, where.lon, where.by) == (20.96438, 107.04804, "nearest")
    assert where.confidence > 0.9
    assert where.candidates[0] == "06673"


def test_a_mixed_commune_names_its_second_centre(catalogue: Catalogue) -> None:
    where = catalogue.locate(21.2643, 107.382)
    assert (where.commune, where.centre, where.centre_also) == ("06886", "province", "cam-pha")


def test_position_and_text_that_disagree_are_both_recorded(catalogue: Catalogue) -> None:
    where = catalogue.locate(20.96438, 107.04804, 10.0, "ngập ở phường Móng Cái 2")
    assert (where.commune, where.by, where.text_commune) == ("06673", "nearest", "06709")


def test_a_rough_position_gives_way_to_a_place_name_and_serves_without_one(catalogue: Catalogue) -> None:
    named = catalogue.locate(20.96438, 107.04804, 2000.0, "ngập ở phường Móng Cái 2")
    assert (named.commune, named.by, named.lat) == ("06709", "text", None)
    alone = catalogue.locate(20.96438, 107.04804, 2000.0, "ngập quá")
    assert (alone.commune, alone.by) == ("06673", "nearest")
    assert alone.confidence < 0.3


@pytest.mark.parametrize(("lat", "lon"), [(10.77, 106.70), (0.0, 0.0), (20.96, -107.05)])
def test_a_position_outside_the_province_is_not_believed(catalogue: Catalogue, lat: float, lon: float) -> None:
    nowhere = catalogue.locate(lat, lon)
    assert (nowhere.commune, nowhere.centre, nowhere.by) == (UNLOCATED_COMMUNE, "province", "none")
    assert catalogue.locate(lat, lon, None, "ở phường Hà Tu").commune == "06652"
