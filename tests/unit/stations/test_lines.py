from __future__ import annotations

import codecs
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.stations import STATUSES, Lines, read_lines

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2026, 11, 22, 1, 15, tzinfo=UTC)
"""08:15 local time."""

FILE = (
    "pH\t7.12\t-\t20261122081500\t00\r\n"
    "TSS\t38.4\tmg/L\t20261122081500\t00\r\n"
    "COD\t52.10\tmg/L\t20261122081500\t01\r\n"
    "PM2,5\t18.6\tµg/Nm3\t20261122081500\t02\r\n"
)


def read(text: str | bytes) -> Lines:
    return read_lines(text if isinstance(text, bytes) else text.encode(), ZONE)


def content(found: Lines) -> list[tuple[str, float, str, str]]:
    assert all(line.at == AT for line in found.lines)
    return [(line.symbol, line.value, line.unit, line.status) for line in found.lines]


WHOLE = [
    ("pH", 7.12, "-", "00"),
    ("TSS", 38.4, "mg/L", "00"),
    ("COD", 52.1, "mg/L", "01"),
    ("PM2,5", 18.6, "µg/Nm3", "02"),
]


def test_the_layout_of_the_circular_is_read() -> None:
    found = read(FILE)
    assert content(found) == WHOLE
    assert found.faults == ()
    assert found.finished
    assert [line.number for line in found.lines] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "raw",
    [
        FILE.replace("\r\n", "\n").encode(),
        FILE.replace("\r\n", "\r").encode(),
        FILE.replace("\r\n", "\r\r\n").encode(),
        codecs.BOM_UTF8 + FILE.encode(),
        codecs.BOM_UTF16_LE + FILE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + FILE.encode("utf-16-be"),
        FILE.encode("cp1252"),
        FILE.replace("\t", ";").encode(),
        FILE.replace("\t", " ; ").encode(),
        FILE.replace("\t", "|").encode(),
        FILE.replace("\t", "   ").encode(),
        FILE.replace("\r\n", "\t\r\n").encode(),
        FILE.replace("7.12", "7,12").replace("38.4", "38,4").replace("52.10", "52,10").replace("18.6", "18,6").encode(),
        FILE.replace("\t00\r\n", "\t0\r\n").encode(),
        ("\r\n" + FILE + "\r\n \r\n").encode(),
    ],
)
def test_what_loggers_vary_makes_no_difference(raw: bytes) -> None:
    found = read(raw)
    assert content(found) == WHOLE
    assert found.faults == ()
    assert found.finished


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("pH\t7.12\t-\t20261122081500", "columns"),
        ("pH\t7.12\t-\t20261122081500\t00\t1", "columns"),
        ("\t7.12\t-\t20261122081500\t00", "missing"),
        ("pH\tNaN\t-\t20261122081500\t00", "not_finite"),
        ("pH\t\t-\t20261122081500\t00", "not_finite"),
        ("pH\tbảy\t-\t20261122081500\t00", "type"),
        ("Flow\t1.234,5\tm3/h\t20261122081500\t00", "type"),
        ("pH\t1e999\t-\t20261122081500\t00", "out_of_range"),
        ("pH\t7.12\t-\t2026-11-22 08:15\t00", "time"),
        ("pH\t7.12\t-\t20260231081500\t00", "time"),
        ("pH\t7.12\t-\t20261122241500\t00", "time"),
        ("pH\t7.12\t-\t20261122081500\t", "not_allowed"),
        ("pH\t7.12\t-\t20261122081500\t03", "not_allowed"),
        ("pH\t7.12\t-\t20261122081500\tOK", "not_allowed"),
        ("pH\t7.\0002\t-\t20261122081500\t00", "characters"),
    ],
)
def test_a_bad_line_is_told_with_number_and_reason_and_costs_itself_only(line: str, code: str) -> None:
    found = read(FILE.replace("TSS\t38.4\tmg/L\t20261122081500\t00", line))
    assert [(fault.line, fault.code) for fault in found.faults] == [(2, code)]
    assert content(found) == [WHOLE[0], *WHOLE[2:]]
    assert found.faults[0].text == line
    assert found.faults[0].reason


@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n", codecs.BOM_UTF8])
def test_an_empty_file_is_a_fault_of_the_file(raw: bytes) -> None:
    found = read(raw)
    assert [(fault.line, fault.code) for fault in found.faults] == [(0, "empty")]


@settings(deadline=None)
@given(cut=st.integers(1, len(FILE.encode()) - 1))
def test_of_a_file_that_is_cut_anywhere_whole_lines_are_read_and_never_a_part_of_one(cut: int) -> None:
    """Every line that is read is one of the whole file; what is cut within a line is told."""
    found = read(FILE.encode()[:cut])
    assert content(found) == WHOLE[: len(found.lines)]
    assert {fault.code for fault in found.faults} <= {"unfinished"}
    ends = FILE.encode()[:cut].endswith((b"\r", b"\n"))
    assert found.finished is ends
    assert len(found.lines) + len(found.faults) == len(FILE.encode()[:cut].splitlines())


@settings(deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_give_an_answer(raw: bytes) -> None:
    found = read(raw)
    assert found.lines or found.faults
    assert all(line.status in STATUSES and line.at.tzinfo is not None for line in found.lines)


symbols = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=10).filter(
    lambda text: not set(text) & set(";|\ufeff")
)
rows = st.tuples(
    symbols,
    st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
    symbols,
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001 - a station's clock has no offset
    st.sampled_from(STATUSES),
)


@settings(deadline=None)
@given(
    content=st.lists(rows, min_size=1, max_size=6),
    separator=st.sampled_from(["\t", ";", "|", "  "]),
    end=st.sampled_from(["\r\n", "\n"]),
    comma=st.booleans(),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
)
def test_what_is_written_is_read(
    content: list[tuple[str, float, str, datetime, str]], separator: str, end: str, comma: bool, mark: bytes
) -> None:
    lines = [
        separator.join(
            [symbol, f"{value:.3f}".replace(".", "," if comma else "."), unit, f"{at:%Y%m%d%H%M%S}".zfill(14), status]
        )
        for symbol, value, unit, at, status in content
    ]
    found = read_lines(mark + end.join([*lines, ""]).encode(), ZONE)
    assert found.faults == ()
    assert [(line.symbol, line.value, line.unit, line.at, line.status) for line in found.lines] == [
        (symbol, value, unit, at.replace(tzinfo=ZONE), status) for symbol, value, unit, at, status in content
    ]
