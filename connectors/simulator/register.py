"""The register of the made devices, as the province's ``devices.csv`` would have them; every row says it is made."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

from connectors.simulator.province import GAUGE, Site, Station, SyntheticProvince
from ioc.vocabulary import Source

COLUMNS: Final = (
    "id", "source", "class", "name", "lat", "lon", "commune", "interval_s", "collector", "limit_sets", "operator",
    "technologies", "upstream", "site", "tags", "synthetic",
)  # fmt: skip
_STATIONS_PER_COLLECTOR: Final = 41
"""Stations that one data logger server sends for; a province of 163 has four (made)."""
_SCHOOL_EVERY: Final = 20
"""One camera in so many stands at a school (made; the provincial centre connects schools' cameras)."""
_KINDS: Final = {"air": "không khí", "rain": "mưa", GAUGE: "mực nước"}


def collector_of(number: int) -> str:
    """Who sends for the n-th station."""
    return f"sim-collector-{number // _STATIONS_PER_COLLECTOR}"


def register(province: SyntheticProvince, intervals_s: Mapping[Source, float | None]) -> str:
    """CSV of all devices.

    Args:
        province: Who sends.
        intervals_s: How often devices of a source speak; none, or no entry, if they speak when there is news.

    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in _rows(province, intervals_s):
        writer.writerow(row | {"synthetic": "yes"})
    return text.getvalue()


def _rows(province: SyntheticProvince, intervals_s: Mapping[Source, float | None]) -> Iterator[dict[str, object]]:
    every = {source: "" if each is None else f"{max(each, 1.0):.0f}" for source, each in intervals_s.items()}
    for number, station in enumerate(province.stations):
        yield _station(station) | {"collector": collector_of(number), "interval_s": every.get("sensors", "")}
    for number, camera in enumerate(province.cameras):
        yield {
            "id": camera.id, "source": "cameras", "class": "camera", "name": f"Camera {number}",
            "lat": camera.place.lat, "lon": camera.place.lon, "commune": camera.place.commune,
            "interval_s": every.get("cameras", ""), "tags": "" if number % _SCHOOL_EVERY else "school",
        }  # fmt: skip
    for number, gate in enumerate(province.gates):
        yield {
            "id": gate, "source": "gate", "class": "gate", "name": f"Cửa khẩu {number}",
        }  # fmt: skip
    for number, site in enumerate(province.sites):
        yield _site(number, site) | {"interval_s": every.get("bts", "")}


def _station(station: Station) -> dict[str, object]:
    device, kind = station.device, station.kind
    return {
        "id": device.id, "source": "sensors", "class": kind, "name": f"Trạm {_KINDS.get(kind, kind)}",
        "lat": device.place.lat, "lon": device.place.lon, "commune": device.place.commune,
        "limit_sets": station.limit_set,
    }  # fmt: skip


def _site(number: int, site: Site) -> dict[str, object]:
    place = site.device.place
    return {
        "id": site.device.id, "source": "bts", "class": "bts", "name": f"Trạm {number} {site.operator}",
        "lat": place.lat, "lon": place.lon, "commune": place.commune, "collector": f"sim-oss-{site.operator[-1]}",
        "operator": site.operator, "technologies": site.technology, "upstream": site.upstream, "site": site.mast,
    }  # fmt: skip
