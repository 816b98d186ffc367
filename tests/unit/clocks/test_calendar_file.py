"""Calendar and cells of the duty table: whoever edits them is told file, line and reason."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ioc.catalog import Catalogue, CatalogueError, load_catalogue, load_folder, shipped_province
from ioc.clocks import RoundTheClock, WorkingDays, WorkingHours, read_calendar, read_target
from ioc.tomlfile import ConfigError
from tests.unit.clocks.test_working_time import office

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GOOD = """country = "VN"
default = "office"
[hours.office]
days = ["mon"]
shifts = ["07:30-11:30", "13:00-17:00"]
[always]
severities = ["critical"]
[[off]]
day = 2026-01-02
source = "an act"
dated = 2025-12-25
"""


@pytest.mark.parametrize(
    ("cell", "target"),
    [
        ("240", RoundTheClock(timedelta(minutes=240))),
        ("8h", RoundTheClock(timedelta(hours=8))),
    ],
)
def test_a_cell_around_the_clock_needs_no_calendar(cell: str, target: RoundTheClock) -> None:
    assert read_target(cell, None) == target


def test_a_cell_of_working_time() -> None:
    assert read_target("3wd", office()) == WorkingDays(3, office())
    assert read_target("16wh", office()) == WorkingHours(timedelta(hours=16), office())
    assert [read_target(cell, office()).text for cell in ("3wd", "16wh", "8h", "240")] == ["3wd", "16wh", "480", "240"]


@pytest.mark.parametrize(
    "cell", ["", "0", "0wd", "-3", "3d", "3 wd", "wd", "1.5h", "３wd", "9999999", "527041", "251wd"]
)
def test_any_other_cell_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_target(cell, office())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"VN"', '"Nowhere"', r"calendar\.toml:1: country: is no country"),
        ('default = "office"', 'default = "night"', r"calendar\.toml:2: default: must be one of office"),
        ('["mon"]', '["monday"]', r"calendar\.toml:4: hours\.office\.days: must be some of mon"),
        ('["mon"]', "[]", r"calendar\.toml:4: hours\.office\.days: must name at least one day"),
        ("07:30-11:30", "7:30-11:30", r"calendar\.toml:5: hours\.office\.shifts: must be shifts like"),
        ("07:30-11:30", "11:30-07:30", r"calendar\.toml:5: hours\.office\.shifts: 11:30-07:30 must begin"),
        ("13:00-17:00", "11:00-17:00", r"calendar\.toml:5: hours\.office\.shifts: 11:00-17:00 must begin after"),
        ('["critical"]', '["urgent"]', r"calendar\.toml:7: always\.severities: must be some of critical"),
        ("day = 2026-01-02", 'day = "2/1/2026"', r"calendar\.toml:9: off\[0\]\.day: must be a date"),
        ("day = 2026-01-02", "day = 2026-01-02T00:00:00", r"calendar\.toml:9: off\[0\]\.day: must be a day without"),
        ('source = "an act"\n', "", r"calendar\.toml:8: off\[0\]\.source: is missing"),
        ("dated = 2025-12-25\n", "dated = 2025-12-25\nwhy = 1\n", r"calendar\.toml:12: off\[0\]\.why: is not known"),
    ],
)
def test_a_mistake_in_the_calendar_is_named(old: str, new: str, message: str) -> None:
    assert old in GOOD
    read_calendar(GOOD.encode(), ZONE)
    with pytest.raises(ConfigError, match=message):
        read_calendar(GOOD.replace(old, new, 1).encode(), ZONE)


def test_a_day_cannot_be_both() -> None:
    twice = '[[working]]\nday = 2026-01-02\nsource = "an act"\ndated = 2025-12-25\n'
    with pytest.raises(ConfigError, match="2026-01-02 stands here twice"):
        read_calendar((GOOD + twice).encode(), ZONE)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return load_folder(shipped_province())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            b"sign_signal,60,240,3wd,",
            b"sign_signal,60,240,3w,",
            r"duties\.csv, line 3, normal_min: expected minutes \(240\)",
        ),
        (
            b"sign_signal,60,240,3wd,",
            b"sign_signal,2wh,240,3wd,",
            r"duties\.csv, line 3, critical_min: .*critical counts every",
        ),
        (
            b"fire_rescue,,5,5,60,",
            b"fire_rescue,,5,5,1wd,",
            r"duties\.csv, line \d+, normal_min: .*fire_rescue counts every minute",
        ),
        (b",seven_days,", b",night,", r"duties\.csv, line \d+, hours: 'night' is no class of hours"),
        (b"2025-03-01,,,yes", b"2025-03-01,,,oui", r"duties\.csv, line 3, evidence: expected yes or nothing"),
    ],
)
def test_a_mistake_in_the_duty_table_is_named(files: dict[str, bytes], old: bytes, new: bytes, message: str) -> None:
    assert old in files["duties.csv"]
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(files | {"duties.csv": files["duties.csv"].replace(old, new, 1)})


def test_without_a_calendar_working_time_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(CatalogueError, match=r"duties\.csv, line 2, low_min: .*without a calendar"):
        load_catalogue({name: raw for name, raw in files.items() if name != "calendar.toml"})


def test_a_mistake_in_the_calendar_is_one_of_the_catalogue(files: dict[str, bytes]) -> None:
    with pytest.raises(CatalogueError, match=r"calendar\.toml, line \d+, country"):
        load_catalogue(files | {"calendar.toml": files["calendar.toml"].replace(b'"VN"', b'"Nowhere"')})


def test_a_day_off_moves_what_is_due(files: dict[str, bytes]) -> None:
    more = '\n[[off]]\nday = 2026-11-26\nsource = "văn bản"\ndated = 2026-11-20\n'.encode()
    start = office().end_of(datetime(2026, 11, 24, tzinfo=ZONE), 1)

    def due(catalogue: Catalogue) -> object:
        return catalogue.duty("urban_order", "", "normal", start).target.due(start)

    one, other = load_catalogue(files), load_catalogue(files | {"calendar.toml": files["calendar.toml"] + more})
    assert due(other) == office().end_of(start, 4)
    assert due(one) == office().end_of(start, 3)
    assert one.version != other.version


def test_no_other_country_is_read() -> None:
    """All 250 of them cost each process 7 MB."""
    asked = "import sys; from ioc.clocks import Closures; Closures('VN', {}); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in found if name.startswith("holidays.countries.")] == ["holidays.countries.vietnam"]
