"""Open data: nobody is found by it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.exports.dcat import CONTEXT, Portal, catalogue
from ioc.exports.opendata import DATASETS, REPORTS, SERVICE, Single, anonymous, service_rows, week_of
from ioc.exports.sheets import heading, lines
from ioc.kinds import shipped_kinds
from ioc.service import COLUMNS

KINDS = shipped_kinds()
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 15, 17, tzinfo=UTC)
"""Midnight of Monday, 16 November, there."""


def single(hours: float = 0, **changes: Any) -> Single:
    fields: dict[str, Any] = {
        "at": MONDAY + timedelta(hours=hours), "centre": "north", "commune": "06652", "category": "traffic",
        "subcategory": "jam", "lat": 20.95049, "lon": 107.08051, "status": "received",
    }  # fmt: skip
    return Single(**fields | changes)


def told(singles: list[Single], k: int = 3) -> list[dict[str, Any]]:
    names = [column.name for column in REPORTS.columns]
    return [dict(zip(names, row, strict=True)) for row in anonymous(singles, KINDS, ZONE, k=k)]


def test_many_alike_keep_commune_and_position() -> None:
    rows = told([single(n, status="resolved" if n else "received") for n in range(3)])
    assert len(rows) == 3
    assert (rows[0]["week"], rows[0]["commune"], rows[0]["lat"], rows[0]["lon"]) == (
        date(2026, 11, 16), "06652", 20.95, 107.081,
    )  # fmt: skip
    assert [row["status"] for row in rows] == ["closed", "closed", "open"]
    assert rows[0]["category_name"] == "Giao thông"


def test_few_are_put_together_by_centre_then_over_the_province_else_left_out() -> None:
    north = [single(n, commune=f"0000{n}") for n in range(3)]
    south = [single(n, centre="south", commune="x", category="tourism", subcategory="beach") for n in range(2)]
    west = [single(5, centre="west", commune="y", category="tourism", subcategory="beach")]
    lonely = [single(6, category="telecom", subcategory="cable")]
    rows = told([*north, *south, *west, *lonely])
    assert Counter((row["centre"], row["commune"], row["category"]) for row in rows) == {
        ("north", None, "traffic"): 3, (None, None, "tourism"): 3,
    }  # fmt: skip
    assert {(row["lat"], row["subcategory"]) for row in rows} == {(None, None)}


def test_weeks_are_local_and_do_not_help_each_other() -> None:
    assert week_of(MONDAY, ZONE) == date(2026, 11, 16)
    assert week_of(MONDAY - timedelta(seconds=1), ZONE) == date(2026, 11, 9)
    assert told([single(-1), single(0), single(1)]) == []


def test_hidden_kinds_are_not_told_however_many_they_are() -> None:
    assert told([single(n, category="security", subcategory="theft") for n in range(9)]) == []


def test_fewer_than_two_are_never_enough() -> None:
    with pytest.raises(ValueError, match="not alike"):
        list(anonymous([], KINDS, ZONE, k=1))


@given(st.lists(st.tuples(
    st.integers(0, 400), st.sampled_from(["n", "s"]), st.sampled_from(["1", "2", "3"]),
    st.sampled_from([("traffic", "jam"), ("tourism", "beach"), ("security", "theft")]),
), max_size=60), st.integers(2, 6))  # fmt: skip
def test_every_row_is_like_at_least_k(seeds: list[tuple[int, str, str, tuple[str, str]]], k: int) -> None:
    singles = [
        single(hours, centre=centre, commune=centre + commune, category=kind[0], subcategory=kind[1])
        for hours, centre, commune, kind in sorted(seeds)
    ]
    rows = told(singles, k)
    groups = Counter((row["week"], row["centre"], row["commune"], row["category"]) for row in rows)
    assert all(count >= k for count in groups.values())
    assert all(row["alike"] == groups[row["week"], row["centre"], row["commune"], row["category"]] for row in rows)
    assert len(rows) <= len(singles)


def test_ratings_of_few_are_not_told() -> None:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, 1) | {
        "unit": "u", "satisfied": 1, "neutral": 1, "unsatisfied": 1, "satisfied_percent": 33.3,
    }  # fmt: skip
    names = [column.name for column in SERVICE.columns]
    few, enough = (dict(zip(names, next(service_rows("2026-11", [[*row.values()]], k=k)), strict=True)) for k in (4, 3))
    assert [few[name] for name in ("satisfied", "unsatisfied", "satisfied_percent", "received")] == [
        None,
        None,
        None,
        1,
    ]
    assert enough["satisfied_percent"] == 33.3
    assert enough["month"] == "2026-11"


def test_csv_is_safe_to_open_in_a_spreadsheet() -> None:
    raw = heading(REPORTS.columns[:2]) + lines([["=1+1", 'a "b", c'], [None, -1.5], [date(2026, 11, 16), MONDAY]])
    assert list(csv.reader(io.StringIO(raw.decode()))) == [
        ["week", "centre"], ["'=1+1", 'a "b", c'], ["", "-1.5"], ["2026-11-16", "2026-11-15T17:00:00+00:00"],
    ]  # fmt: skip


def test_the_catalogue_has_what_dcat_and_ckan_ask_for() -> None:
    portal = Portal(
        "https://x/opendata", "Dữ liệu mở", "Trung tâm", "a@example.vn", "https://l", (106.4, 20.7, 108.1, 21.7)
    )
    content = catalogue(DATASETS, portal, {"reports": MONDAY})
    assert (content["@type"], content["@context"]) == ("dcat:Catalog", CONTEXT)
    prefixes = {*CONTEXT}
    assert len(content["dcat:dataset"]) == len(DATASETS) == 4
    for dataset in content["dcat:dataset"]:
        assert dataset["@type"] == "dcat:Dataset"
        assert {"dct:title", "dct:description", "dct:publisher", "dcat:distribution", "dct:identifier"} <= set(dataset)
        assert {name.partition(":")[0] for name in dataset if not name.startswith("@")} <= prefixes
        assert {each["@language"] for each in dataset["dct:title"]} == {"vi", "en"}
        assert dataset["dct:publisher"]["@id"] == content["dct:publisher"]["@id"]
        for each in dataset["dcat:distribution"]:
            assert each["@type"] == "dcat:Distribution"
            assert each["dcat:downloadURL"]["@id"].startswith(dataset["@id"] + ".")
            assert each["dct:license"] == {"@id": "https://l"}
    modified = {each["dct:identifier"]: each.get("dct:modified") for each in content["dcat:dataset"]}
    assert modified["reports"] == {"@type": "xsd:dateTime", "@value": "2026-11-15T17:00:00+00:00"}
    assert modified["mobile-coverage"] is None
