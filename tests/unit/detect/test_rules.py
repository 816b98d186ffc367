from __future__ import annotations

import re

import pytest

from ioc.detect import load_rules
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, rules, with_reading_limits

TEXT = with_reading_limits(SHIPPED.read_text())


def test_every_shipped_limit_names_its_source_and_that_texts_date() -> None:
    limits = [limit for metric in rules().sensors.default.values() for limit in metric.limits]
    assert {"so2", "pm2_5", "ph", "noise", "rain_24h"} <= set(rules().sensors.default)
    assert all(limit.source and limit.since.year >= 2010 and limit.basis for limit in limits)


@pytest.mark.parametrize(
    ("old", "new", "exact", "key", "problem"),
    [
        ("clear = 315", "clear = 351", True, "clear", "must not be beyond the limit"),
        ("limit = 800, clear = 720", "limit = 300, clear = 270", True, "limit", "never reached"),
        ('clear = 720, severity = "high"', 'clear = 720, severity = "low"', True, "severity", "graver"),
        ('severity = "critical"', 'severity = "grave"', True, "severity", "must be one of"),
        ("cooldown_s = 120", "coldown_s = 120", False, "cooldown_s", "is 'coldown_s' meant"),
        ("floor = 0.8\n", "floor = 8\n", True, "floor", "at most 1"),
        ('metric = "no2"', 'metric = "so2"', True, "metric", "contradicts another"),
        ('metric = "pm2_5"', 'metric = "PM2.5"', True, "metric", "arrive as pm2_5"),
        ("hours = [21, 6]", "hours = [20, 6]", False, "metric", "contradicts another"),
        ("valid = [0, 500]", "valid = [0, 200]", False, "above", "outside `valid`"),
        ("samples = 3\ndegraded", 'samples = "3"\ndegraded', True, "samples", "must be a number"),
        ('"air", "noise', '"wind", "noise', True, "default_limit_sets", "'wind'"),
        ("repeats = 20", "repeats = 1", True, "repeats", "at least 2"),
        ("limit = 12, clear = 10", "limit = 3, clear = 2", True, "limit", "never reached"),
        ("at_least_h = 2", "at_least_h = 4", True, "at_least_h", "nothing is ever forecast"),
        ("clear = 3\nsev", "clear = 5\nsev", True, "clear", "must not be beyond the first limit"),
        ("expire_h = 336", "expire_h = 12", True, "expire_h", "waiting vehicles would be lost"),
        ("remember_h = 24", "remember_h = 2", True, "remember_h", "vehicles would be lost"),
        ("least_window_min = 45", "least_window_min = 90", True, "least_window_min", "no rate would ever be known"),
        ("date = 2023-09-12", 'date = "2023"', True, "date", "must be a date"),
    ],
)
def test_a_wrong_limit_is_refused_with_file_line_and_key(
    old: str, new: str, exact: bool, key: str, problem: str
) -> None:
    broken = TEXT.replace(old, new, 1)
    assert broken != TEXT
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        load_rules(broken.encode(), ZONE, "here/thresholds.toml")
    assert caught.value.file == "here/thresholds.toml"
    assert key in caught.value.key
    if exact:
        assert caught.value.line == TEXT[: TEXT.index(old)].count("\n") + 1


def test_broken_toml_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules(b'version = "1"\n[sensors\n', ZONE)
    assert str(caught.value).startswith("thresholds.toml:2: is not TOML")


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules(b'version = "1"\n# \xff\n', ZONE)
    assert str(caught.value) == "thresholds.toml:2: is not UTF-8"


@pytest.mark.parametrize(
    ("sites", "key", "problem"),
    [
        ('[[gate.site]]\nid = "a"\nhours = [19, 7]\n', "hours", "two hours of one day"),
        ('[[gate.site]]\nid = "a"\nhours = [7, 19]\n' * 2, "id", "listed twice"),
    ],
)
def test_wrong_opening_hours_of_a_gate_are_refused(sites: str, key: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        load_rules((TEXT + sites).encode(), ZONE)
    assert caught.value.key.endswith(key)


def test_a_gate_may_close() -> None:
    limits = load_rules((TEXT + '[[gate.site]]\nid = "a"\nhours = [7, 19]\n').encode(), ZONE)
    assert limits.gate.hours == {"a": (7, 19)}
