"""A gateway's redaction follows the names of places, and says what it cannot follow."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from connectors.cli.known_places import KnownPlaces
from connectors.cli.names import CatalogueNames
from connectors.cli.province import ConfiguredProvince, load_province
from ioc.catalog import Catalogue
from ioc.classify.redact import Redactor
from ioc.settings import ProvinceSettings, Settings
from ioc.vocabulary import ACTIONS, CATEGORIES, SEVERITIES, STATUSES

TABLES = Path(__file__).parents[2] / "data" / "second-province"
TEXT = "Hố ga mất nắp gần nhà ông Trần Văn Thành"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TABLES, tmp_path / "province"))


def start(folder: Path, *followers: Callable[[Catalogue], None]) -> tuple[KnownPlaces, Redactor]:
    source = ConfiguredProvince(Settings(province=ProvinceSettings(folder=folder)))
    content = source.read()
    catalogue = source.catalogue(content)
    redactor = Redactor(catalogue.public_names)
    known = KnownPlaces(source, content, catalogue, redactor, followers)
    rest(known)
    return known, redactor


def rest(known: KnownPlaces) -> None:
    known.look()
    known.look()


def street(folder: Path, name: str) -> None:
    path = folder / "gazetteer.csv"
    rows = path.read_text().rstrip("\n").splitlines()
    commune = rows[1].split(",")[rows[0].split(",").index("commune_code")]
    row = {"name": name, "kind": "road", "commune_code": commune}
    path.write_text("\n".join([*rows, ",".join(row.get(column, "") for column in rows[0].split(","))]) + "\n")


def test_a_new_street_is_nobodys_name(folder: Path) -> None:
    known, redactor = start(folder)
    said = "Đèn hỏng trên đường Trần Văn Thành và nhà Trần Văn Thành"
    before = redactor(said).text
    street(folder, "Trần Văn Thành")
    assert redactor(said).text == before, "nothing has been looked at yet"
    rest(known)
    assert redactor(said).text != before
    assert "đường Trần Văn Thành" in redactor(said).text


def test_names_follow_the_files(folder: Path) -> None:
    catalogue = load_province(Settings(province=ProvinceSettings(folder=folder)))
    names = CatalogueNames(catalogue)
    known, _ = start(folder, names.know)
    before = orjson.loads(names())
    assert {each["code"] for each in before["centres"]} == set(catalogue.centres)
    assert {each["code"]: each["name"] for each in before["communes"]} == {
        code: commune.name for code, commune in catalogue.communes.items()
    }
    assert before["province"]["timezone"] == catalogue.timezone
    for words, codes in (("severity", SEVERITIES), ("status", STATUSES), ("category", CATEGORIES), ("action", ACTIONS)):
        assert all({"vi", "en"} <= before["words"][words][code].keys() for code in codes)
    for category, subs in before["subcategories"].items():
        assert category in CATEGORIES
        assert all({"vi", "en"} == text.keys() and all(text.values()) for text in subs.values())
    assert before["subcategories"]["traffic"]["jam"] == {"vi": "Ùn tắc giao thông", "en": "Traffic jam"}
    path = folder / "departments.csv"
    first = before["units"][0]["name"]
    path.write_text(path.read_text().replace(first, f"{first} mới"))
    rest(known)
    assert orjson.loads(names())["units"][0]["name"] == f"{first} mới"


def test_wrong_files_leave_what_was_known(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    known, redactor = start(folder)
    before = redactor(TEXT).text
    (folder / "communes.csv").write_text("code\n")
    rest(known)
    rest(known)
    assert redactor(TEXT).text == before
    assert [record.getMessage() for record in caplog.records] == ["catalogue_refused"]


@pytest.mark.parametrize("file", ["centres.csv", "ves.toml"])
def test_what_needs_a_restart_is_said(file: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    known, _ = start(folder)
    if file == "centres.csv":
        path = folder / file
        path.write_text(path.read_text().rstrip("\n") + "\ndao-xa,Trung tâm đảo xa,city,,\n")
    else:
        (folder / file).write_text("# another one\n")
    with caplog.at_level(logging.ERROR):
        rest(known)
        rest(known)
    (said,) = caplog.records
    assert said.getMessage() == "restart_needed"
    assert file in said.__dict__["reason"]
