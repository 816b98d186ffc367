"""Communes as a map shows them: by their boundaries, else by their points of reference."""

from __future__ import annotations

import orjson
from shapely import Point
from shapely.geometry import box, mapping, shape

from ioc.catalog import Catalogue, load_catalogue

TOLERANCE = 0.0005
REACH_KM = 7.0


def outlines(catalogue: Catalogue) -> dict[str, object]:
    found = orjson.loads(orjson.dumps(catalogue.outlines(TOLERANCE, REACH_KM)))
    return {each["properties"]["code"]: shape(each["geometry"]) for each in found["features"]}


def test_without_boundaries_an_outline_is_where_positions_are_located_so(catalogue: Catalogue) -> None:
    found = outlines(catalogue)
    assert found.keys() == set(catalogue.communes)
    asked = 0
    for code, outline in found.items():
        inside = outline.buffer(-0.002).representative_point()  # type: ignore[attr-defined]
        if not inside.is_empty:
            assert catalogue.locate(inside.y, inside.x).commune == code
            asked += 1
    assert asked > 40


def test_boundaries_are_shown_as_they_are_but_simpler(files: dict[str, bytes]) -> None:
    plain = load_catalogue(files)
    squares = {}
    for commune in plain.communes.values():
        assert commune.lat is not None
        assert commune.lon is not None
        squares[commune.code] = box(commune.lon - 0.001, commune.lat - 0.001, commune.lon + 0.001, commune.lat + 0.001)
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": mapping(square.segmentize(0.00005))}
        for code, square in squares.items()
    ]
    bounded = load_catalogue(files, orjson.dumps({"type": "FeatureCollection", "features": features}))
    found = outlines(bounded)
    for code, square in squares.items():
        outline = found[code]
        assert outline.symmetric_difference(square).area < square.area / 50  # type: ignore[attr-defined]
        assert len(outline.exterior.coords) == 5  # type: ignore[attr-defined]
        commune = bounded.communes[code]
        assert outline.contains(Point(commune.lon, commune.lat))  # type: ignore[attr-defined]
