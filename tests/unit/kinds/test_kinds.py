"""The table of names against the vocabulary that it names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources

import pytest
import yaml

from ioc.detect.cameras import REVIEW_CATEGORY, REVIEW_SUBCATEGORY
from ioc.kinds import load_kinds, shipped_kinds
from ioc.tomlfile import ConfigError
from ioc.vocabulary import CATEGORIES


def subcategories(part: object, category: str = "") -> Iterator[tuple[str, str]]:
    """Category and subcategory of each table that names one; the category may stand in a table around it."""
    if isinstance(part, dict):
        category = part.get("category", category)
        if "subcategory" in part:
            yield category, part["subcategory"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from subcategories(each, category)


def test_every_subcategory_that_sorting_finds_has_a_name() -> None:
    lexicon = yaml.safe_load((resources.files("ioc.classify") / "data" / "lexicon.yaml").read_text(encoding="utf-8"))
    found = set(subcategories(lexicon))
    named = {(kind.code, sub) for kind in shipped_kinds().all for sub in kind.kinds}
    assert len(found) > 50
    assert found <= named


def test_every_subcategory_that_machines_give_has_a_name() -> None:
    found: set[tuple[str, str]] = set()
    for name in ("thresholds.toml", "correlation.toml"):
        rules = tomllib.loads((resources.files("ioc.catalog") / "common" / name).read_text(encoding="utf-8"))
        found.update(pair for pair in subcategories(rules) if pair[0])
    kinds = shipped_kinds()
    named = {(kind.code, sub) for kind in kinds.all for sub in kind.kinds}
    assert len(found) > 10
    assert found <= named
    assert {(REVIEW_CATEGORY, REVIEW_SUBCATEGORY), ("environment", "gauges"), ("disaster", "gauges")} <= named


def test_all_categories_have_vietnamese_and_english_names() -> None:
    kinds = shipped_kinds()
    assert tuple(kind.code for kind in kinds.all) == CATEGORIES
    assert kinds.name("traffic", "jam", "vi") == "Ùn tắc giao thông"
    assert kinds.name("traffic", "of tomorrow", "en") == "Traffic"
    assert kinds.name("of tomorrow", "", "vi") == "of tomorrow"


def test_crimes_patients_and_despair_are_shown_to_nobody() -> None:
    kinds = shipped_kinds()
    hidden = [("security", "theft"), ("security", ""), ("security", "of tomorrow"), ("fire_rescue", "self_harm"),
              ("health_food", "medical_emergency"), ("of tomorrow", "")]  # fmt: skip
    assert not any(kinds.public(*each) for each in hidden)
    assert kinds.public("urban_infrastructure", "road_surface")
    assert ("security", "") in kinds.hidden()
    assert ("fire_rescue", "self_harm") in kinds.hidden()


def test_a_part_is_not_shown_where_its_category_is_not() -> None:
    raw = (resources.files("ioc.kinds") / "data" / "kinds.toml").read_bytes()
    told = raw.replace(b'en = "Theft" }', b'en = "Theft", public = true }')
    assert told != raw
    assert not load_kinds(told).public("security", "theft")


def test_a_mistake_is_named_with_its_line() -> None:
    raw = (resources.files("ioc.kinds") / "data" / "kinds.toml").read_bytes()
    with pytest.raises(ConfigError, match=r"kinds\.toml:\d+: category\.traffic\.pubic"):
        load_kinds(raw.replace(b"[category.traffic]", b"[category.traffic]\npubic = true"))
