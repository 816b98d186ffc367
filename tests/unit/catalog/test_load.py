"""Province data is read strictly: whoever edits it is told file, line, column and reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ioc.catalog import Catalogue, CatalogueError, load_catalogue, load_folder, shipped_province
from ioc.clocks import RoundTheClock
from ioc.vocabulary import CATEGORIES, SEVERITIES

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_shipped_province_is_complete(catalogue: Catalogue) -> None:
    assert catalogue.province_code == "22"
    assert catalogue.timezone == "Asia/Ho_Chi_Minh"
    assert len(catalogue.communes) == 54
    assert len(catalogue.centres) == 7
    assert "province" in catalogue.centres
    assert {commune.centre for commune in catalogue.communes.values()} == set(catalogue.centres)


def test_every_category_and_severity_has_a_unit_and_a_target(catalogue: Catalogue) -> None:
    for category in CATEGORIES:
        for hours in range(0, 24 * 14, 5):
            start = NOW + timedelta(hours=hours)
            due = [catalogue.duty(category, "", severity, NOW).target.due(start) for severity in SEVERITIES]
            assert due == sorted(due), f"{category}: graver may not mean later"
            assert due[0] > start


def test_a_subcategory_has_its_own_target_and_others_the_categorys(catalogue: Catalogue) -> None:
    assert catalogue.duty("security", "theft", "high", NOW) == catalogue.duty("security", "", "high", NOW)
    assert catalogue.duty("security", "cyber", "high", NOW) != catalogue.duty("security", "", "high", NOW)
    assert catalogue.duty("traffic", "border_queue", "high", NOW).target == RoundTheClock(timedelta(minutes=60))


def test_a_duty_follows_the_local_day(invented: Catalogue) -> None:
    # The rule changes on 1 January 2026, local midnight, which is 17:00 UTC of the day before.
    before = datetime(2025, 12, 31, 16, 59, tzinfo=UTC)
    assert invented.duty("other", "", "normal", before).target == RoundTheClock(timedelta(minutes=600))
    assert invented.duty("other", "", "normal", before + timedelta(minutes=1)).target == RoundTheClock(
        timedelta(hours=9)
    )


def test_before_all_rules_the_oldest_counts(catalogue: Catalogue) -> None:
    old = catalogue.duty("disaster", "", "high", datetime(2001, 1, 1, tzinfo=UTC))
    assert old == catalogue.duty("disaster", "", "high", NOW)


def test_the_version_changes_with_the_data_and_only_with_it(files: dict[str, bytes]) -> None:
    version = load_catalogue(files).version
    assert load_catalogue(files | {"thresholds.toml": b"x = 1"}).version == version
    assert load_catalogue(files | {"centres.csv": files["centres.csv"] + b"\n"}).version != version


def test_rows_are_in_force_on_their_days(files: dict[str, bytes]) -> None:
    later = files["centres.csv"] + "moi,Trung tâm mới,city,,2030-01-01,2030-12-31\n".encode()
    assert "moi" not in load_catalogue(files | {"centres.csv": later}).centres
    assert "moi" in load_catalogue(files | {"centres.csv": later}, on=date(2030, 6, 1)).centres


def test_a_spreadsheets_byte_order_mark_is_no_error(files: dict[str, bytes]) -> None:
    assert load_catalogue(files | {"centres.csv": b"\xef\xbb\xbf" + files["centres.csv"]}).centres


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("communes.csv", b",ha-long,", b",ha-lomg,", r"communes\.csv, line 2, centre: 'ha-lomg' is no centre"),
        ("communes.csv", b"20.9656,", b"209656,", r"communes\.csv, line 2, lat: 209656 lies outside"),
        ("communes.csv", b"20.9656,", b"north,", r"communes\.csv, line 2, lat: expected degrees, found 'north'"),
        ("communes.csv", b"06652,", b"6652,", r"communes\.csv, line 2, code: expected five digits"),
        ("communes.csv", b"06658,", b"06652,", r"communes\.csv, line 3, code: '06652' stands in line 2 already"),
        ("communes.csv", b"code,name", b"code,nom", r"communes\.csv, line 1, name: the column is missing"),
        ("communes.csv", b"2025-07-01,\n", b"2025-07-01\n", r"communes\.csv, line 2: expected 9 cells, found 8"),
        ("communes.csv", b"2025-07-01", b"1/7/2025", r"communes\.csv, line 2, valid_from: expected a day like"),
        ("communes.csv", b"06652", b"\xff", r"communes\.csv, line 2: is not UTF-8"),
        ("legacy_units.csv", b",06658,", b",06650,", r"legacy_units\.csv, line 2, new_code: '06650' is no commune"),
        ("centres.csv", b"\nprovince,", b"\nprovinz,", r"centres\.csv, code: no row 'province'"),
        ("duties.csv", b"traffic,,", b"trafic,,", r"duties\.csv, line 2, category: 'trafic' is no category"),
        ("duties.csv", b"traffic,,15,", b"traffic,,soon,", r"duties\.csv, line 2, critical_min: expected minutes"),
        ("duties.csv", b"telecom,,", b"telecom,bts,", r"duties\.csv, category: no open-ended row for telecom"),
        ("duties.csv", b"traffic,sign_signal", b"traffic,", r"duties\.csv, line 3, valid_from: another row"),
        ("province.toml", b"timezone", b"zone", r"province\.toml, timezone: is missing"),
        ("province.toml", b"Ho_Chi_Minh", b"Nowhere", r"province\.toml, timezone: 'Asia/Nowhere' is no time zone"),
        ("province.toml", b"south = 20.685", b"south = 30.0", r"province\.toml, bbox: expected south < north"),
        ("province.toml", b"[bbox]", b"[bbox", r"province\.toml: "),
    ],
)
def test_a_mistake_is_named_by_file_line_and_column(
    files: dict[str, bytes], file: str, old: bytes, new: bytes, message: str
) -> None:
    assert old in files[file]
    with pytest.raises(CatalogueError, match="^" + message):
        load_catalogue(files | {file: files[file].replace(old, new, 1)})


def test_a_missing_file_is_named(files: dict[str, bytes]) -> None:
    with pytest.raises(CatalogueError, match=r"^duties\.csv: the file is missing"):
        load_catalogue({name: raw for name, raw in files.items() if name != "duties.csv"})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"[]", "expected a GeoJSON feature collection"),
        (b'{"features":[{"properties":{}}]}', "feature 1: expected properties.code and geometry"),
        (
            b'{"features":[{"properties":{"code":"1"},"geometry":{"type":"Point","coordinates":[1,2]}}]}',
            "feature 1: '1' is no commune",
        ),
        (b'{"features":[]}', "no polygon for 06652"),
    ],
)
def test_a_boundary_file_is_checked(files: dict[str, bytes], raw: bytes, message: str) -> None:
    with pytest.raises(CatalogueError, match=f"^boundaries.*{message}"):
        load_catalogue(files, raw)


def test_a_folder_is_read_from_what_the_caller_hands_in() -> None:
    assert set(load_folder(shipped_province())) >= {"province.toml", "communes.csv", "SOURCES.md"}
