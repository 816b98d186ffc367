"""The register of devices: who is expected to speak, how often, through whom, and where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from sys import intern
from typing import Final, cast

from ioc.catalog.geometry import KM_PER_DEGREE
from ioc.catalog.model import Province
from ioc.catalog.tables import Row, read_rows
from ioc.vocabulary import SOURCES, Source

DEVICES_FILE: Final = "devices.csv"
COLUMNS: Final = (
    "id", "source", "class", "name", "lat", "lon", "commune", "interval_s", "collector", "limit_sets", "operator",
    "technologies", "upstream", "site", "tags", "synthetic",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """One device, station, camera, base station or gate.

    Attributes:
        id: As its events name it; no two devices share one.
        source: Which raw topic it speaks on.
        kind: Its class, such as ``air-station`` or ``traffic-camera``: figures of quality are per class.
        name: What operators call it.
        lat: WGS 84 degrees, with ``lon``; none where only the commune is known.
        lon: See ``lat``.
        commune: Code of its commune, where that is known better than by the position.
        interval_s: Seconds from one record to the next; none: it speaks only when it has news.
        collector: Who sends for it: a data logger's server, an NVR, an OSS. Its silence is not the device's.
        limit_sets: Limits that it is held against (``thresholds.toml``), instead of the province's own.
        operator: Whose base station.
        technologies: What a base station offers, such as ``4G``.
        upstream: Transmission node or power feed: what fails together.
        site: Mast or building: devices of one site share power.
        tags: What it stands at, such as ``school``.
        synthetic: Made by a simulator: shown as such.

    """

    id: str
    source: Source
    kind: str
    name: str
    lat: float | None
    lon: float | None
    commune: str | None
    interval_s: float | None
    collector: str | None
    limit_sets: tuple[str, ...]
    operator: str | None
    technologies: tuple[str, ...]
    upstream: str | None
    site: str | None
    tags: tuple[str, ...]
    synthetic: bool


def read_devices(files: Mapping[str, bytes], province: Province, communes: Collection[str]) -> dict[str, Device]:
    """Devices by id; none where the province has no register.

    Raises:
        CatalogueError: with line and column.

    """
    devices: dict[str, Device] = {}
    lines: dict[str, int] = {}
    for row in _rows(files):
        device = _device(row, province, communes)
        if device.id in devices:
            raise row.error("id", f"{device.id!r} stands in line {lines[device.id]} already")
        devices[device.id] = device
        lines[device.id] = row.line
    return devices


def _rows(files: Mapping[str, bytes]) -> Iterator[Row]:
    return read_rows(files, DEVICES_FILE, COLUMNS) if DEVICES_FILE in files else iter(())


def _device(row: Row, province: Province, communes: Collection[str]) -> Device:
    margin = province.margin_km / KM_PER_DEGREE
    lat = row.degrees("lat", province.south - margin, province.north + margin)
    lon = row.degrees("lon", province.west - margin, province.east + margin)
    if (lat is None) != (lon is None):
        raise row.error("lon", "lat and lon must both stand, or neither")
    return Device(
        id=row.text("id"),
        source=cast("Source", intern(row.among("source", SOURCES, "source"))),
        kind=intern(row.text("class")),
        name=row.optional("name") or row.text("id"),
        lat=lat,
        lon=lon,
        commune=intern(row.among("commune", communes, "commune of communes.csv")) if row.cells["commune"] else None,
        interval_s=_seconds(row),
        collector=_shared(row, "collector"),
        limit_sets=_list(row, "limit_sets"),
        operator=_shared(row, "operator"),
        technologies=_list(row, "technologies"),
        upstream=_shared(row, "upstream"),
        site=_shared(row, "site"),
        tags=_list(row, "tags"),
        synthetic=row.flag("synthetic"),
    )


def _seconds(row: Row) -> float | None:
    value = row.cells["interval_s"]
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not (isfinite(number) and number > 0):
        raise row.error("interval_s", f"expected seconds above 0, found {value!r}")
    return number


def _shared(row: Row, column: str) -> str | None:
    value = row.cells[column]
    return intern(value) if value else None


def _list(row: Row, column: str) -> tuple[str, ...]:
    return tuple(intern(part.strip()) for part in row.cells[column].split(";") if part.strip())
