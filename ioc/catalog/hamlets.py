"""Hamlets and their people, where a province has such a list, and which of them are left without any base station."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Final, NamedTuple

from ioc.catalog.devices import Device
from ioc.catalog.geometry import KM_PER_DEGREE
from ioc.catalog.model import Province
from ioc.catalog.tables import Row, read_rows

HAMLETS_FILE: Final = "hamlets.csv"
COLUMNS: Final = ("id", "name", "commune", "lat", "lon", "households", "population", "source")


@dataclass(frozen=True, slots=True)
class Hamlet:
    """A thôn, bản or khu phố, with its people as the list counts them; 0 where it does not."""

    id: str
    name: str
    commune: str
    lat: float
    lon: float
    households: int
    population: int


class Unserved(NamedTuple):
    """What of a commune has no base station left: hamlets, their households and people."""

    hamlets: int
    households: int
    population: int


class HamletCells:
    """Which base stations serve which hamlet: those of the register within reach.

    A hamlet without any registered site in reach is not counted: nobody knows what serves it.

    Args:
        hamlets: The list; empty where the province has none.
        devices: The register of devices.
        reach_km: How far a site is taken to reach.

    """

    def __init__(self, hamlets: Iterable[Hamlet], devices: Iterable[Device], reach_km: float) -> None:
        self._hamlets = {hamlet.id: hamlet for hamlet in hamlets}
        sites = [(one.id, one.lat, one.lon) for one in devices if one.source == "bts"] if self._hamlets else []
        self._serving: dict[str, frozenset[str]] = {}
        self._served: dict[str, list[str]] = {}
        for hamlet in self._hamlets.values():
            near = frozenset(
                site
                for site, lat, lon in sites
                if lat is not None and lon is not None and _distance_km(hamlet, lat, lon) <= reach_km
            )
            if near:
                self._serving[hamlet.id] = near
                for site in near:
                    self._served.setdefault(site, []).append(hamlet.id)

    def unserved(self, lost: Collection[str]) -> Mapping[str, Unserved]:
        """By commune, what is left without any cell where these sites (all their operators) are lost."""
        gone = set(lost)
        touched = {hamlet for site in gone for hamlet in self._served.get(site, ())}
        found: dict[str, Unserved] = {}
        for hamlet in (self._hamlets[each] for each in touched if self._serving[each] <= gone):
            before = found.get(hamlet.commune, Unserved(0, 0, 0))
            found[hamlet.commune] = Unserved(
                before.hamlets + 1, before.households + hamlet.households, before.population + hamlet.population
            )
        return found


def read_hamlets(files: Mapping[str, bytes], province: Province, communes: Collection[str]) -> tuple[Hamlet, ...]:
    """All hamlets; none where the province has no list.

    Raises:
        CatalogueError: with line and column.

    """
    if HAMLETS_FILE not in files:
        return ()
    margin = province.margin_km / KM_PER_DEGREE
    hamlets: dict[str, Hamlet] = {}
    for row in read_rows(files, HAMLETS_FILE, COLUMNS):
        lat = row.degrees("lat", province.south - margin, province.north + margin)
        lon = row.degrees("lon", province.west - margin, province.east + margin)
        if lat is None or lon is None:
            raise row.error("lat" if lat is None else "lon", "must not be empty")
        row.text("source")
        hamlet = Hamlet(
            id=row.text("id"),
            name=row.text("name"),
            commune=row.among("commune", communes, "commune of communes.csv"),
            lat=lat,
            lon=lon,
            households=_count(row, "households"),
            population=_count(row, "population"),
        )
        if hamlet.id in hamlets:
            raise row.error("id", f"{hamlet.id!r} is listed twice")
        hamlets[hamlet.id] = hamlet
    return tuple(hamlets.values())


def _count(row: Row, column: str) -> int:
    value = row.cells[column]
    if value and not (value.isascii() and value.isdecimal()):
        raise row.error(column, f"expected a whole number, found {value!r}")
    return int(value or 0)


def _distance_km(hamlet: Hamlet, lat: float, lon: float) -> float:
    """Between near points, on a plane."""
    east = (lon - hamlet.lon) * cos(radians(hamlet.lat))
    return hypot(lat - hamlet.lat, east) * KM_PER_DEGREE
