"""The register of devices: what it says, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

import ioc.catalog
from ioc.catalog import (
    DEVICES_FILE,
    Catalogue,
    CatalogueError,
    common_data,
    load_catalogue,
    load_folder,
    shipped_province,
)
from ioc.catalog.devices import COLUMNS

TABLES = load_folder(common_data()) | load_folder(shipped_province())
HEADER = ",".join(COLUMNS)
ROW = {
    "id": "air-1", "source": "sensors", "class": "air-station", "lat": "21.01", "lon": "107.27", "interval_s": "300",
    "collector": "logger-1", "limit_sets": "air; noise-special", "tags": "school;hospital", "synthetic": "yes",
}  # fmt: skip


def register(*rows: dict[str, str]) -> Catalogue:
    lines = [HEADER, *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    return load_catalogue(TABLES | {DEVICES_FILE: "\n".join(lines).encode()})


def test_the_shipped_province_expects_no_device() -> None:
    assert load_catalogue(TABLES).devices == {}


def test_a_row_becomes_a_device() -> None:
    device = register(ROW).devices["air-1"]
    assert (device.kind, device.name, device.interval_s, device.collector) == (
        "air-station",
        "air-1",
        300.0,
        "logger-1",
    )
    assert (device.limit_sets, device.tags, device.synthetic) == (
        ("air", "noise-special"),
        ("school", "hospital"),
        True,
    )
    assert device.operator is device.upstream is device.commune is None


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"source": "radar"}, "source", "no source"),
        ({"interval_s": "0"}, "interval_s", "above 0"),
        ({"interval_s": "often"}, "interval_s", "above 0"),
        ({"lat": ""}, "lon", "both"),
        ({"lat": "10"}, "lat", "outside"),
        ({"commune": "99999"}, "commune", "no commune"),
        ({"class": ""}, "class", "empty"),
        ({"synthetic": "true"}, "synthetic", "yes or nothing"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_line_and_column(change: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason) as caught:
        register(ROW | {"id": "air-0"}, ROW | change)
    assert (caught.value.file, caught.value.line, caught.value.column) == (DEVICES_FILE, 3, column)


def test_an_id_stands_once() -> None:
    with pytest.raises(CatalogueError, match="line 2 already"):
        register(ROW, ROW)


def test_a_device_without_a_position_of_its_own_stands_where_the_register_says() -> None:
    commune = next(iter(load_catalogue(TABLES).communes.values()))
    catalogue = register(ROW, ROW | {"id": "air-2", "lat": "", "lon": "", "commune": commune.code})
    by_position, by_commune = (catalogue.locate_device(device, None, None) for device in ("air-1", "air-2"))
    assert by_position == catalogue.locate(21.01, 107.27)
    assert (by_commune.commune, by_commune.by, by_commune.confidence) == (commune.code, "catalogue", 1.0)
    assert catalogue.locate_device("air-2", 21.01, 107.27) == by_position
    assert catalogue.locate_device("unknown", None, None).by == "none"


def test_the_example_of_the_readme_is_a_register() -> None:
    text = (Path(ioc.catalog.__file__).parent / "README.md").read_text()
    example = text.partition("```csv\n")[2].partition("```")[0]
    devices = load_catalogue(TABLES | {DEVICES_FILE: example.encode()}).devices
    assert [(each.id, each.interval_s, each.collector) for each in devices.values()] == [
        ("air-01", 300.0, "logger-1"), ("cam-17", None, "frigate-1"), ("site-0213", 60.0, "oss-a"),
    ]  # fmt: skip
