"""The guide for users of Grafana knows every metric and every dashboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.grafana import VERSION
from deploy.grafana.__main__ import JSON
from ioc.metrics import CATALOGUE, MetricSpec

GUIDE = Path(__file__).parents[3] / "deploy" / "guides" / "grafana.md"
_ROW = re.compile(
    r"^\| `(?P<name>ioc_\w+)` \| (?P<kind>[^|]+) \| (?P<meaning>[^|]+) \| (?P<labels>[^|]+) \| (?P<unit>[^|]+) "
    r"\| `(?P<example>[^`]+)` \|$",
    re.MULTILINE,
)
KINDS = {"counter": "bộ đếm", "gauge": "giá trị", "histogram": "phân bố"}


def _rows() -> dict[str, re.Match[str]]:
    return {row["name"]: row for row in _ROW.finditer(GUIDE.read_text(encoding="utf-8"))}


def examples() -> list[str]:
    """The example query of every metric."""
    return [row["example"] for row in _rows().values()]


def test_no_metric_stands_twice_and_none_that_is_not() -> None:
    named = re.findall(r"^\| `(ioc_\w+)`", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(spec.name for spec in CATALOGUE)


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_every_metric_stands_with_kind_meaning_labels_unit_and_an_example(spec: MetricSpec) -> None:
    row = _rows()[spec.name]
    assert row["kind"] == KINDS[spec.kind]
    assert tuple(re.findall(r"`(\w+)`", row["labels"])) == spec.labels
    assert len(row["meaning"]) > 10
    assert row["unit"].strip()
    assert re.search(rf"\b{spec.name}(_bucket|_sum|_count)?\b", row["example"])


def test_every_dashboard_stands_with_its_title() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for path in JSON.glob("*.json"):
        board = json.loads(path.read_text(encoding="utf-8"))
        assert f"| {board['title']} | `{path.stem}` |" in text


def test_it_says_which_grafana_and_what_was_not_tried() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert f"`grafana/grafana:{VERSION}`" in text
    assert "validated by query and schema, not rendered" in text
