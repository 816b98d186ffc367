"""Another province is another folder: nothing about the shipped one is in the code."""

from __future__ import annotations

import re
from pathlib import Path

from ioc.catalog import Catalogue
from ioc.catalog.words import split_unit
from tests.unit.catalog.conftest import ROOT


def test_an_invented_province_works_like_the_shipped_one(invented: Catalogue) -> None:
    assert invented.province_code == "97"
    assert set(invented.centres) == {"province", "suoi-bac", "nui-chuong"}
    near = invented.locate(14.13, 107.13)
    assert (near.commune, near.centre, near.by) == ("90001", "suoi-bac", "nearest")
    assert invented.locate(text="cay do o phuong La Vang").centre == "suoi-bac"
    assert invented.locate(text="ở xã Đá Trắng").centre == "province"
    assert invented.locate(text="xã Đá Trắng, Núi Chuông").commune == "90003"


def _code_files() -> list[Path]:
    return sorted(
        path for package in ("ioc", "streams", "connectors", "deploy") for path in (ROOT / package).rglob("*.py")
    )


def test_no_code_file_names_a_place_or_a_centre(catalogue: Catalogue) -> None:
    names = {name.title() for name in catalogue.place_names}
    names |= {split_unit(commune.name)[1] for commune in catalogue.communes.values()}
    names |= set(catalogue.landmark_names)
    codes = {code for code in catalogue.centres if code != "province"}
    named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names | codes)))
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _code_files()
        for match in named.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
