from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.events import event_id, instant_text
from ioc.events.units import METRICS, meaning
from ioc.stations import (
    Content,
    Key,
    StationReader,
    is_data_file,
    made_at,
    once,
    read_symbols,
    shipped_symbols,
    station_of,
)
from ioc.tomlfile import ConfigError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""09:00 local time."""
CIRCULAR = [
    "Flow", "Temp", "Color", "pH", "TSS", "COD", "NH4", "TP", "TN", "TOC", "Cl", "RH", "P",
    "NO", "NO2", "CO", "SO2", "O2", "H2S", "NH3", "VHg", "PM", "O3", "PM10", "PM2,5",
]  # fmt: skip
"""Thông tư 10/2021/TT-BTNMT, Bảng 34."""


def read(text: str, station: str | None = "tram-01") -> Content:
    return StationReader(shipped_symbols(), ZONE, timedelta(minutes=5)).read(text.encode(), station, NOW)


def line(
    symbol: str = "pH", value: str = "7.1", unit: str = "-", at: str = "20261122081500", status: str = "00"
) -> str:
    return f"{symbol}\t{value}\t{unit}\t{at}\t{status}\r\n"


def test_the_table_has_the_symbols_of_the_circular() -> None:
    assert list(shipped_symbols().names) == CIRCULAR


@pytest.mark.parametrize("symbol", CIRCULAR)
def test_a_symbol_means_over_http_what_it_means_in_a_file(symbol: str) -> None:
    """So the same reading has one natural key, whichever way it comes."""
    metric = shipped_symbols().metric(symbol)
    known = meaning(symbol, METRICS[metric].unit)
    assert known is not None
    assert (known.metric or symbol) == metric


@pytest.mark.parametrize("spelling", ["PM2,5", "PM2.5", "pm25", "PM-2.5", "PM2_5", "ＰＭ２.５"])
def test_spellings_are_one_symbol(spelling: str) -> None:
    assert shipped_symbols().metric(spelling) == "pm2_5"


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ('version = "1"\n[[symbol]]\nname = "A"\nmetric = "nothing"\nunit = "x"', "symbols.toml:4"),
        ('version = "1"\n[[symbol]]\nname = "A"\nmetric = "ph"\nunit = "mg/L"', "symbols.toml:5"),
        (
            (
                'version = "1"\n[[symbol]]\nname = "A"\nmetric = "ph"\nunit = "pH"\n'
                '[[symbol]]\nname = "a"\nmetric = "tss"\nunit = "mg/L"'
            ),
            "symbols.toml:7",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(toml: str, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        read_symbols(toml.encode())


def test_a_reading_is_canonical_and_in_utc() -> None:
    found = read(line("PM2,5", "0,0186", "mg/Nm3"))
    (reading,) = found.readings
    event = reading.event
    assert (event.device_id, event.metric, event.unit, event.status) == ("tram-01", "pm2_5", "µg/m³", "00")
    assert event.value == pytest.approx(18.6)
    assert instant_text(event.observed_at) == "2026-11-22T01:15:00Z"
    assert reading.key == Key("tram-01", int(datetime(2026, 11, 22, 1, 15, tzinfo=UTC).timestamp()), "pm2_5")
    assert event_id(event) == "tram-01|pm2_5|2026-11-22T01:15:00Z"


def test_a_symbol_that_is_not_known_keeps_its_name_and_unit() -> None:
    (reading,) = read(line("Benzen", "3", "µg/Nm3")).readings
    assert (reading.event.metric, reading.event.unit) == ("Benzen", "µg/Nm3")


@pytest.mark.parametrize("value", ["-9999", "9999", "-999"])
def test_a_value_by_which_loggers_say_no_reading_stays_recognisable(value: str) -> None:
    (reading,) = read(line("PM10", value, "mg/Nm3")).readings
    assert reading.event.value == float(value)


@pytest.mark.parametrize(
    ("bad", "code", "reason"),
    [
        (line("TSS", "3", "ppm"), "unit", "unit: must be a unit of this metric, such as mg/L"),
        (line("TSS", "3", "-"), "unit", "unit: must be a unit of this metric, such as mg/L"),
        (line(at="20261122090501"), "future", "time: must not be ahead of the clock"),
        (line(at="19700101070000"), "out_of_range", "time: must be later than 1999"),
        (line("x" * 70, unit="m"), "too_long", "symbol: must have at most 64 characters"),
    ],
)
def test_what_breaks_the_contract_is_told_by_its_column(bad: str, code: str, reason: str) -> None:
    found = read(line() + bad + "no line\r\n")
    assert len(found.readings) == 1
    assert [(fault.line, fault.code) for fault in found.faults] == [(2, code), (3, "columns")]
    assert found.faults[0].reason == reason


def test_without_a_station_nothing_of_a_file_is_used() -> None:
    found = read(line(), station=None)
    assert found.readings == ()
    assert found.faults[0].code == "station"


@pytest.mark.parametrize(
    ("path", "station"),
    [
        ("QN01_20261122081500.txt", "QN01"),
        ("QN_NMT_NUOC01_20261122081500.txt", "QN_NMT_NUOC01"),
        ("qn01/QN_NMT_20261122081500.txt", "qn01"),
        ("qn01/2026-04-06_14-30.txt", "qn01"),
        ("qn01/2026/11/22/QN01_20261122081500.txt", "qn01"),
        ("provider/qn02/QN01_20261122081500.TXT", "qn02"),
        ("2026/11/QN03_20261122081500.txt", "QN03"),
        ("2026-04-06_14-30.txt", None),
        ("_20261122081500.txt", None),
        ("readme.txt", None),
    ],
)
def test_the_folder_tells_the_station_before_the_name_does(path: str, station: str | None) -> None:
    assert station_of(path.split("/")) == station


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("QN01_20261122081500.txt", "2026-11-22T01:15:00Z"),
        ("QN01_202611220815.txt", "2026-11-22T01:15:00Z"),
        ("2026-04-06_14-30.txt", "2026-04-06T07:30:00Z"),
        ("QN01_20261322081500.txt", None),
        ("QN01.txt", None),
    ],
)
def test_the_time_in_a_name_is_local(name: str, text: str | None) -> None:
    at = made_at(name, ZONE)
    assert (at and instant_text(at)) == text


@pytest.mark.parametrize(
    ("name", "taken"),
    [("a.txt", True), ("A.TXT", True), (".a.txt", False), ("~a.txt", False), ("a.txt.part", False), ("a.csv", False)],
)
def test_only_finished_names_are_taken(name: str, taken: bool) -> None:
    assert is_data_file(name) is taken


@settings(deadline=None)
@given(st.data())
def test_each_reading_counts_once_in_whatever_order_files_come_and_come_again(data: st.DataObject) -> None:
    """What is new does not depend on the order, and what is new and what repeats add up to all."""
    minutes = st.integers(10, 59)
    symbols = st.sampled_from(["pH", "TSS"])
    lines = st.lists(st.tuples(symbols, minutes), max_size=8)
    files = data.draw(st.lists(lines, max_size=6))
    sent = data.draw(
        st.permutations(files + data.draw(st.lists(st.sampled_from(files), max_size=4) if files else st.just([])))
    )
    known: set[Key] = set()
    fresh, repeated, total = [], 0, 0
    for content in sent:
        text = "".join(
            line(symbol, "7", "-" if symbol == "pH" else "mg/L", f"2026112208{minute}00") for symbol, minute in content
        )
        readings = read(text).readings
        new, again = once(readings, known)
        fresh += [reading.key for reading in new]
        repeated += again
        total += len(readings)
    assert len(fresh) == len(set(fresh)) == len({each for content in files for each in content})
    assert len(fresh) + repeated == total
