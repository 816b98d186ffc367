"""Where communes are, for those who draw them: outlines where there are boundaries, circles where there are none."""

from __future__ import annotations

import math

import orjson
import pytest
from shapely.geometry import Point, Polygon

from ioc.catalog import Catalogue, load_catalogue, load_folder
from tests.unit.catalog.conftest import SECOND_PROVINCE


@pytest.fixture(scope="module")
def squared() -> Catalogue:
    """The invented province with a square of a tenth of a degree around each commune, and an island of the first."""
    files = load_folder(SECOND_PROVINCE)
    features = []
    for number, commune in enumerate(load_catalogue(files).communes.values()):
        assert commune.lat is not None
        assert commune.lon is not None
        squares = [[square(commune.lat, commune.lon, 0.05)]]
        if number == 0:
            squares.append([square(commune.lat + 0.2, commune.lon, 0.01)])
        shape = {"type": "MultiPolygon", "coordinates": squares}
        features.append({"type": "Feature", "properties": {"code": commune.code}, "geometry": shape})
    return load_catalogue(files, orjson.dumps({"type": "FeatureCollection", "features": features}))


def square(lat: float, lon: float, half: float) -> list[list[float]]:
    return [[lon + half * x, lat + half * y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]


def test_an_outline_is_the_boundary_latitude_first(squared: Catalogue) -> None:
    first, *others = squared.communes.values()
    rings = squared.outline(first.code)
    assert len(rings) == 2
    assert first.lat is not None
    assert first.lon is not None
    for ring in rings:
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
    expected = {(round(first.lat + y, 4), round(first.lon + x, 4)) for x in (-0.05, 0.05) for y in (-0.05, 0.05)}
    assert {(round(lat, 4), round(lon, 4)) for lat, lon in rings[0]} == expected
    assert all(len(squared.outline(each.code)) == 1 for each in others)
    assert squared.outline("99999") == ()


def test_without_boundaries_there_is_a_circle(invented: Catalogue) -> None:
    for commune in invented.communes.values():
        assert invented.outline(commune.code) == ()
        circle = invented.circle(commune.code)
        assert circle is not None
        lat, lon, radius_km = circle
        assert (lat, lon) == (commune.lat, commune.lon)
        assert radius_km >= 1.0
        assert commune.lat is not None
        assert commune.lon is not None
        others = [each for each in invented.communes.values() if each.code != commune.code]
        nearest = min(math.hypot(each.lat - lat, each.lon - lon) for each in others)  # type: ignore[operator]
        assert radius_km == pytest.approx(max(1.0, nearest * 108), rel=0.1)
    assert invented.circle("99999") is None


def test_simpler_outlines_of_real_communes_still_hold_their_middle(bounded: Catalogue) -> None:
    points = 0
    for commune in bounded.communes.values():
        rings = bounded.outline(commune.code)
        points += sum(map(len, rings))
        largest = max((Polygon(ring) for ring in rings), key=lambda ring: ring.area)
        assert largest.is_valid
        assert (
            bounded.locate(largest.representative_point().x, largest.representative_point().y).commune == commune.code
        )
        assert Point(largest.centroid).within(largest.envelope)
    assert points / len(bounded.communes) < 1_000
