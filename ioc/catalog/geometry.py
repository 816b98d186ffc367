"""Positions to communes: by boundaries, or by the nearest reference point.

Both work in kilometres on a plane around the province's middle: at this size the error is far below a commune's border.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from ioc.catalog.errors import CatalogueError
from ioc.catalog.model import Province

KM_PER_DEGREE: Final = 111.32
OFFSHORE_KM: Final = 5.0
"""How far outside every boundary a position still belongs to the nearest unit: tidal flats, fishing villages."""

_BOUNDARY_FILE: Final = "boundaries"
_PRECISION: Final = 1e-5
"""Of outlines, degrees: a metre."""


class Plane:
    """Kilometres east and north of the south-west corner of the province's box."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self.km_north = KM_PER_DEGREE
        self.km_east = KM_PER_DEGREE * math.cos(math.radians((province.south + province.north) / 2))

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        """Kilometres of a position."""
        return (lon - self._province.west) * self.km_east, (lat - self._province.south) * self.km_north

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Latitude and longitude of a point."""
        return self._province.south + y / self.km_north, self._province.west + x / self.km_east

    def near_province(self, lat: float, lon: float) -> bool:
        """Whether a position lies in the province's box, or within its margin."""
        box = self._province
        return (
            box.south - box.margin_km / self.km_north <= lat <= box.north + box.margin_km / self.km_north
            and box.west - box.margin_km / self.km_east <= lon <= box.east + box.margin_km / self.km_east
        )


class ReferencePoints:
    """Nearest-neighbour location over points of known commune."""

    def __init__(self, plane: Plane, points: Sequence[tuple[float, float, str]]) -> None:
        self._plane = plane
        self._codes = tuple(dict.fromkeys(code for _, _, code in points))
        order = {code: index for index, code in enumerate(self._codes)}
        self._owner = np.array([order[code] for _, _, code in points], dtype=np.intp)
        self._x, self._y = (
            np.array(axis) for axis in zip(*(plane.xy(lat, lon) for lat, lon, _ in points), strict=True)
        )

    def nearest(self, lat: float, lon: float) -> tuple[str, float, str | None, float]:
        """Nearest commune and its distance in km; the second commune (if there is one) and its distance."""
        x, y = self._plane.xy(lat, lon)
        dx = self._x - x
        dy = self._y - y
        squared = dx * dx + dy * dy
        best = int(squared.argmin())
        first_km = math.sqrt(squared[best])
        squared[self._owner == self._owner[best]] = np.inf
        second = int(squared.argmin())
        second_km = math.sqrt(squared[second])
        other = self._codes[self._owner[second]] if math.isfinite(second_km) else None
        return self._codes[self._owner[best]], first_km, other, second_km

    def outlines(self, reach_km: float) -> dict[str, Any]:
        """Feature collection (RFC 7946): where each commune's points are the nearest, no farther than ``reach_km``.

        That is how positions are located without boundaries; it is no boundary.
        """
        points = shapely.points(self._x, self._y)
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), ordered=False))
        near = shapely.union_all(shapely.buffer(points, reach_km))
        of_cell = shapely.STRtree(cells).query(points, predicate="intersects")
        parts: dict[str, list[BaseGeometry]] = {code: [] for code in self._codes}
        for point, cell in of_cell.T.tolist():
            parts[self._codes[self._owner[point]]].append(cells[cell])
        scale, origin = np.array([self._plane.km_east, self._plane.km_north]), np.array(self._plane.xy(0.0, 0.0))
        return _collection(
            (
                code,
                shapely.transform(
                    shapely.intersection(shapely.union_all(of_code), near), lambda km: (km - origin) / scale
                ),
            )
            for code, of_code in parts.items()
        )


class Boundaries:
    """Commune polygons in an R-tree."""

    def __init__(self, plane: Plane, raw: bytes, communes: Mapping[str, object]) -> None:
        shapes = _read_shapes(raw, communes)
        self._plane = plane
        self._codes = tuple(shapes)
        self._shapes = tuple(shapes.values())
        origin = plane.xy(0.0, 0.0)
        scale = np.array([plane.km_east, plane.km_north])
        self._polygons = [
            shapely.transform(polygon, lambda degrees: degrees * scale + np.array(origin))
            for polygon in shapes.values()
        ]
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)

    def outline(self, code: str, tolerance_km: float) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Outer boundaries of a commune as rings of latitude and longitude, the first point again at the end.

        Args:
            code: Which commune.
            tolerance_km: How far a simpler line may be from the true one.

        """
        shape_km = self._polygons[self._codes.index(code)].simplify(tolerance_km)
        parts = [part for part in getattr(shape_km, "geoms", [shape_km]) if part.geom_type == "Polygon"]
        # A bay has hundreds of islets; what is smaller than the line's own error is no news to who draws it.
        parts = [part for part in parts if part.area >= tolerance_km**2] or parts
        return tuple(tuple(self._plane.degrees(x, y) for x, y in part.exterior.coords) for part in parts)

    def find(self, lat: float, lon: float) -> tuple[str, float] | None:
        """Commune and distance to it in km (0 inside); ``None`` farther than ``OFFSHORE_KM`` from all."""
        x, y = self._plane.xy(lat, lon)
        point = shapely.Point(x, y)
        for index in sorted(self._tree.query(point).tolist()):
            if shapely.intersects_xy(self._polygons[index], x, y):
                return self._codes[index], 0.0
        near, distance = self._tree.query_nearest(point, max_distance=OFFSHORE_KM, return_distance=True)
        if not len(near):
            return None
        return self._codes[near[0]], float(distance[0])

    def outlines(self, tolerance: float) -> dict[str, Any]:
        """Feature collection (RFC 7946) of the polygons, each simplified by itself, with five decimals."""
        simple = shapely.simplify(np.array(self._shapes), tolerance).tolist()
        return _collection(zip(self._codes, simple, strict=True))


def _collection(outlines: Iterable[tuple[str, BaseGeometry]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": mapping(shapely.set_precision(outline, _PRECISION)),
            }
            for code, outline in outlines
        ],
    }


def _read_shapes(raw: bytes, communes: Mapping[str, object]) -> dict[str, BaseGeometry]:
    try:
        features: list[dict[str, Any]] = orjson.loads(raw)["features"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CatalogueError(_BOUNDARY_FILE, 0, "", f"expected a GeoJSON feature collection ({error})") from None
    shapes: dict[str, BaseGeometry] = {}
    for number, feature in enumerate(features, 1):
        where = f"feature {number}"
        try:
            code = str(feature["properties"]["code"])
            polygon = shape(feature["geometry"])
        except (KeyError, TypeError, AttributeError, ValueError, shapely.GEOSException) as error:
            raise CatalogueError(_BOUNDARY_FILE, 0, where, f"expected properties.code and geometry ({error})") from None
        if code not in communes:
            raise CatalogueError(_BOUNDARY_FILE, 0, where, f"{code!r} is no commune of communes.csv")
        if polygon.geom_type not in {"Polygon", "MultiPolygon"} or polygon.is_empty:
            raise CatalogueError(_BOUNDARY_FILE, 0, where, f"expected a polygon, found {polygon.geom_type}")
        shapes[code] = polygon if polygon.is_valid else shapely.make_valid(polygon)
    missing = sorted(set(communes) - set(shapes))
    if missing:
        raise CatalogueError(_BOUNDARY_FILE, 0, "", f"no polygon for {', '.join(missing)}")
    return shapes
