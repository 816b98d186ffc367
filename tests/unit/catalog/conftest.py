"""The shipped province, an invented one, and boundaries where somebody has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ioc.catalog import Catalogue, load_catalogue, load_folder, shipped_province

ROOT = Path(__file__).parents[3]
SECOND_PROVINCE = ROOT / "tests" / "data" / "second-province"


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    return load_folder(shipped_province())


@pytest.fixture(scope="session")
def catalogue(files: dict[str, bytes]) -> Catalogue:
    return load_catalogue(files)


@pytest.fixture(scope="session")
def invented() -> Catalogue:
    return load_catalogue(load_folder(SECOND_PROVINCE))


@pytest.fixture(scope="session")
def boundaries() -> bytes:
    path = Path(os.environ.get("IOC_TEST_BOUNDARIES") or ROOT.parent / "shared" / "domain" / "communes.geojson")
    if not path.is_file():
        pytest.skip("no boundary file; set IOC_TEST_BOUNDARIES to a GeoJSON of the communes")
    return path.read_bytes()


@pytest.fixture(scope="session")
def bounded(files: dict[str, bytes], boundaries: bytes) -> Catalogue:
    return load_catalogue(files, boundaries)
