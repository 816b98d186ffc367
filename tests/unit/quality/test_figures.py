"""The four dimensions: their definitions hold for any input, however it is cut into parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.catalog import Device, common_data
from ioc.quality import DIMENSIONS, Sums, expected_records, load_quality
from ioc.quality.books import Cell, QualityBooks, decode_cell, encode_cell
from ioc.quality.report import quality_report
from ioc.tomlfile import ConfigError

RAW = (common_data() / "quality.toml").read_bytes()
RULES = load_quality(RAW)


@st.composite
def counts(draw: st.DrawFn) -> Sums:
    received = draw(st.integers(0, 1000))
    readable = draw(st.integers(0, received))
    return Sums(
        received, draw(st.integers(0, received)), draw(st.integers(0, received)), readable,
        draw(st.integers(0, readable)), draw(st.integers(0, received)),
    )  # fmt: skip


@given(parts=st.lists(counts(), max_size=6), expected=st.integers(0, 3000))
def test_a_ratio_is_a_share_and_does_not_depend_on_the_parts(parts: list[Sums], expected: int) -> None:
    whole = Sums()
    for part in parts:
        whole = whole.plus(part)
    backwards = Sums()
    for part in reversed(parts):
        backwards = part.plus(backwards)
    assert whole == backwards
    ratios = whole.ratios(expected)
    assert all(value is None or 0 <= value <= 1 for value in ratios)
    assert (ratios.complete is None) == (expected == 0)
    assert (ratios.correct is None) == (ratios.clean is None) == (whole.received == 0)
    assert (ratios.live is None) == (whole.readable == 0)


def test_each_dimension_is_what_it_says() -> None:
    sums = Sums(received=10, correct=8, repeated=3, readable=9, in_time=6, complete=5)
    assert sums.ratios(20) == pytest.approx((0.8, 0.25, 0.7, 6 / 9))
    assert sums.ratios(4).complete == 1.0
    assert [sums.ratios(20).of(each) for each in DIMENSIONS] == list(sums.ratios(20))


@pytest.mark.parametrize(("interval_s", "records"), [(300, 12), (3600, 1), (3601, 0), (7, 514)])
def test_a_device_owes_whole_intervals(interval_s: float, records: int) -> None:
    assert expected_records(3600, interval_s) == records


def device(name: str, kind: str = "air-station", interval_s: float | None = 300.0) -> Device:
    return Device(
        id=name, source="sensors", kind=kind, name=name, lat=None, lon=None, commune=None, interval_s=interval_s,
        collector=None, limit_sets=(), operator=None, technologies=(), upstream=None, site=None, tags=(),
        synthetic=False,
    )  # fmt: skip


def test_books_add_classes_up_to_their_source() -> None:
    devices = {each.id: each for each in (device("a"), device("b", "gauge"), device("c", "gauge", None))}
    books = QualityBooks(devices, 3600)
    books.add(Cell("sensors", "air-station", 5), Sums(received=12, correct=12, readable=12, in_time=12, complete=12))
    books.add(Cell("sensors", "gauge", 5), Sums(received=6, correct=3, readable=6, in_time=6, complete=6))
    assert books.of_class("sensors", "gauge", 5, 5) == (Sums(6, 3, 0, 6, 6, 6), 12)
    assert books.of_source("sensors", 5, 6)[1] == 48
    assert books.ratios("sensors", 5) == pytest.approx((15 / 18, 18 / 24, 1.0, 1.0))
    assert list(books.kinds("sensors", 6)) == ["air-station", "gauge"]


@given(cell=st.builds(Cell, st.sampled_from(["sensors", "bts"]), st.text(), st.integers(0, 10**7)), sums=counts())
def test_an_entry_survives_its_storing(cell: Cell, sums: Sums) -> None:
    assert decode_cell(*encode_cell(cell, sums)) == (cell, sums)


def test_the_report_names_what_was_too_low_and_when() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    last = datetime(2026, 11, 22, 8, 0, tzinfo=UTC).astimezone(zone)
    window = int(last.timestamp() // 3600) - 3
    books = QualityBooks({"a": device("a")}, 3600)
    books.add(Cell("sensors", "air-station", window), Sums(12, 12, 0, 12, 12, 6))
    books.add(Cell("sensors", "", window), Sums(received=12))
    lines = list(quality_report(books, RULES, last - timedelta(hours=4), last))
    assert lines[0] == "Chất lượng dữ liệu 11:00 22/11/2026 – 15:00 22/11/2026"
    table = [" ".join(line.split()) for line in lines]
    assert "sensors 24 48 50,0 12,5 100,0 100,0 0" in table
    assert "air-station 12 48 100,0 12,5 100,0 100,0 0" in table
    assert "(ngoài danh mục) 12 – 0,0 – 100,0 – 0" in table
    assert "sensors: đúng 1 (thấp nhất 50,0 % lúc 12:00 22/11), đủ 4 (thấp nhất 0,0 % lúc 11:00 22/11)" in table


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (b"correct = [0.90, 0.95]", b"correct = [0.95, 0.90]", "reports.correct"),
        (b"correct = [0.90, 0.95]", b"correct = [0.90, 1.1]", "reports.correct"),
        (b"window_s = 3600", b"window_s = 0", "window_s"),
        (b"allowance_s = 300", b"allowence_s = 300", "reports.allowance_s"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(old: bytes, new: bytes, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_quality(RAW.replace(old, new, 1))
    assert caught.value.key == key
    assert caught.value.line > 0


def test_a_dimension_without_a_floor_is_never_told() -> None:
    assert "complete" not in RULES.sources["reports"].floors
