"""Hamlets and their people, where a province has such a list, and the base stations that serve them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Final

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


def serving(
    hamlets: Iterable[Hamlet], devices: Iterable[Device], reach_km: float
) -> Iterator[tuple[Hamlet, tuple[Device, ...]]]:
    """Each hamlet with the base stations of the register that reach it: once all are lost it has no cell at all.

    A hamlet that none of them reaches is left out: nobody knows what serves it.

    Args:
        hamlets: The list; empty where the province has none.
        devices: The register of devices.
        reach_km: How far a site is taken to reach.

    """
    sites = [one for one in devices if one.source == "bts"]
    for hamlet in hamlets:
        near = tuple(site for site in sites if _reaches(site, hamlet, reach_km))
        if near:
            yield hamlet, near


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


def _reaches(site: Device, hamlet: Hamlet, reach_km: float) -> bool:
    """Whether they are so near, on a plane."""
    if site.lat is None or site.lon is None:
        return False
    east = (site.lon - hamlet.lon) * cos(radians(hamlet.lat))
    return hypot(site.lat - hamlet.lat, east) * KM_PER_DEGREE <= reach_km
