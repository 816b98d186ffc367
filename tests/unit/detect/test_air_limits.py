"""Limits of means: the figures of QCVN 05:2023, from when they hold, and what is refused."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ioc.detect import load_rules
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, reading

TEXT = SHIPPED.read_text()
RULES = load_rules(TEXT.encode(), ZONE).air
AIR = TEXT[TEXT.index("[air]\n") : TEXT.index("[instruments]")]


def limits(day: date) -> dict[str, float]:
    steps = {limit.key: limit.in_force(day) for limit in RULES.limits}
    return {key: step.ladder.rungs[0].limit for key, step in steps.items() if step is not None}


def test_the_limits_are_those_of_the_regulation() -> None:
    assert limits(date(2026, 11, 27)) == {
        "so2-1h": 350, "so2-24h": 125, "no2-1h": 200, "no2-24h": 100, "co-1h": 30_000, "co-8h": 10_000,
        "o3-1h": 200, "o3-8h": 120, "tsp-1h": 300, "tsp-24h": 200, "pm10-24h": 100, "pm2_5-24h": 45,
    }  # fmt: skip
    assert not [limit.key for limit in RULES.limits if limit.hours == 1 and limit.metric in {"pm10", "pm2_5"}]


@pytest.mark.parametrize(
    ("day", "limit"),
    [(date(2023, 9, 11), None), (date(2023, 9, 12), 50), (date(2025, 12, 31), 50), (date(2026, 1, 1), 45)],
)
def test_a_limit_holds_from_its_day_on(day: date, limit: float | None) -> None:
    assert limits(day).get("pm2_5-24h") == limit


def test_every_limit_names_its_source_and_that_texts_date() -> None:
    steps = [step for limit in RULES.limits for step in limit.steps]
    assert all("QCVN 05:2023/BTNMT" in step.source and step.date == date(2023, 9, 12) for step in steps)


def test_no_single_reading_of_air_is_compared_with_a_limit() -> None:
    limited = load_rules(TEXT.encode(), ZONE).sensors.default
    assert not [limit.metric for limit in RULES.limits if limited[limit.metric].limits]


def test_a_device_that_air_does_not_apply_to_has_no_ambient_range_either() -> None:
    rules = load_rules((TEXT + '\n[[device]]\nid = "stack"\nlimit_sets = ["noise-ordinary"]\n').encode(), ZONE)
    assert rules.sensors.covers("tram-1", "so2")
    assert not rules.sensors.covers("stack", "so2")
    assert rules.instruments.flag(reading(90_000, device="stack")) == "ok"
    assert rules.instruments.flag(reading(90_000)) == "out_of_range"


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("min_share = 0.75", "min_share = 75", "min_share", "at most 1"),
        ('metric = "so2"', 'metric = "SO2"', "metric", "no range"),
        ("so2 = [", "ph = [", "ph", "arrives in"),
        ("so2 = [0, 10000]", "so2 = [10000, 0]", "so2", "lowest to the highest"),
        ("hours = 24", "hours = 48", "hours", "at most 24"),
        ("hours = 24", "hours = 0.5", "hours", "at least 1"),
        ("hours = 24", "hours = 1.5", "hours", "whole number"),
        ("limit = 350\nclear = 315", "limit = 350\nclear = 351", "clear", "lies below"),
        ("from = 2026-01-01", "from = 2023-09-12", "from", "must come into force after"),
        ("limit = 200, clear = 190", "limit = 120, clear = 110", "limit", "never reached"),
        ("grace_s = 600", "grace = 600", "grace_s", "is 'grace' meant"),
        ("above = [", "below = [", "above", "is missing"),
    ],
)
def test_a_wrong_limit_is_refused_with_its_key(old: str, new: str, key: str, problem: str) -> None:
    assert old in AIR
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        load_rules(TEXT.replace(AIR, AIR.replace(old, new, 1)).encode(), ZONE)
    assert key in caught.value.key
    assert caught.value.line >= TEXT[: TEXT.index(AIR)].count("\n")
