"""Feeds of any length, and files of tables."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyarrow import parquet

from connectors.opendata.feeds import Array, CursorError, Place, QueryFeed, Table, cursor, parsed, read
from connectors.opendata.tables import write_table
from ioc.exports.sheets import Column, Row

START = datetime(2026, 11, 20, tzinfo=UTC)


def numbers(count: int, form: Any) -> QueryFeed:
    """A feed of rows that would be many if they were all there."""

    def ask(after: Place | None, limit: int) -> Sequence[dict[str, Any]]:
        first = 0 if after is None else int(after[1]) + 1
        return [{"n": n, "at": START + timedelta(seconds=n)} for n in range(first, min(first + limit, count))]

    return QueryFeed("n", form, ask=ask, place=lambda row: (row["at"], str(row["n"])), parts=2, tag=lambda: "t")


def array() -> Array:
    return Array("application/json", lambda rows: ({"n": row["n"]} for row in rows if row["n"] % 3))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 17])
def test_pages_make_the_whole(count: int) -> None:
    whole = orjson.loads(b"".join(read(numbers(count, array()), page=5)))
    assert [each["n"] for each in whole] == [n for n in range(count) if n % 3]
    text = b"".join(read(numbers(count, Table(["n"], lambda row: [row["n"]])), page=5)).decode()
    assert text.split() == ["n", *map(str, range(count))]


def test_a_reader_goes_on_behind_a_cursor() -> None:
    _, following = numbers(7, array()).page(None, 5)
    content, last = numbers(7, array()).page(following, 5)
    assert (orjson.loads(b"[" + content + b"]"), last) == ([{"n": 5}], None)


def test_a_cursor_is_a_time_and_texts() -> None:
    place = (START, "a", "b/c é")
    assert parsed(cursor(place)) == place
    assert parsed(None) is None


@pytest.mark.parametrize(
    "text", ["x", "====", "é", cursor((START,)), cursor((START, 1)), cursor(("2026-11-20T00:00:00", "a")), "bnVsbA"]
)
def test_what_no_page_ended_at_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        parsed(text)


def test_a_long_feed_is_never_in_memory() -> None:
    tracemalloc.start()
    try:
        size = sum(map(len, read(numbers(100_000, array()))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 800_000
    assert peak < 800_000


COLUMNS = [
    Column("name", "text", "Tên"), Column("n", "whole", ""), Column("x", "number", ""), Column("at", "time", ""),
    Column("day", "day", ""),
]  # fmt: skip
ROWS: list[Row] = [["Hà Tu", 1, 1.5, START, date(2026, 11, 20)], [None, None, None, None, None]]


def test_a_table_is_the_same_in_csv_and_parquet(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", "csv", COLUMNS, ROWS)
    assert (
        tmp_path / "t.csv"
    ).read_text() == "name,n,x,at,day\nHà Tu,1,1.5,2026-11-20T00:00:00+00:00,2026-11-20\n,,,,\n"
    write_table(tmp_path / "t.parquet", "parquet", COLUMNS, ROWS)
    found = parquet.read_table(tmp_path / "t.parquet")
    assert [list(each.values()) for each in found.to_pylist()] == [list(row) for row in ROWS]
    assert found.schema.field("name").metadata == {b"description": "Tên".encode()}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_empty_table_has_its_columns(tmp_path: Path, form: str) -> None:
    write_table(tmp_path / "t", form, COLUMNS, [])
    content = (tmp_path / "t").read_bytes()
    names = content.decode().split()[0] if form == "csv" else ",".join(parquet.read_schema(tmp_path / "t").names)
    assert names == "name,n,x,at,day"


def test_a_table_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    digest = write_table(path, "csv", COLUMNS, ROWS)

    def broken() -> Iterator[Row]:
        yield ROWS[0]
        raise OSError

    with pytest.raises(OSError):
        write_table(path, "csv", COLUMNS, broken())
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]
    assert write_table(path, "csv", COLUMNS, ROWS) == digest
