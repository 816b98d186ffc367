"""Readings of loops and cameras at roads: congestion by occupancy and speed, level of service by delay."""

from __future__ import annotations

import pytest

from ioc.detect import Finding, SensorDetector, State, load_rules
from tests.unit.detect.support import SHIPPED, ZONE, reading
from tests.unit.detect.test_limit_sets import device

ROADS = """
[[device]]
id = "tram-1"
limit_sets = ["traffic"]

[[device]]
id = "tram-2"
limit_sets = ["traffic", "quiet-street"]

[[sensor]]
limit_set = "quiet-street"
metric = "road_speed"
name = "tốc độ dòng xe"
category = "traffic"
subcategory = "jam"
unit = "km/h"
valid = [0, 200]
below = [{ limit = 10, clear = 12, severity = "low" }]
basis = "đường trong khu dân cư"
source = "lựa chọn kỹ thuật"
date = 2026-11-27
"""

detector = SensorDetector(load_rules(SHIPPED.read_bytes() + ROADS.encode(), ZONE).sensors)


def told(metric: str, unit: str, *readings: tuple[float, float], road: str = "tram-1") -> list[Finding]:
    """Findings of readings by minute and value."""
    state: State | None = None
    findings: list[Finding] = []
    for minute, value in readings:
        finding, changed = detector.evaluate(reading(value, minute, metric=metric, unit=unit, device=road), state)
        state = changed or state
        findings += [finding] if finding else []
    return findings


@pytest.mark.parametrize(
    ("metric", "unit", "bad", "good"), [("road_occupancy", "%", 36, 20), ("road_speed", "km/h", 19, 40)]
)
def test_a_road_is_congested_when_it_has_been_for_five_minutes(metric: str, unit: str, bad: float, good: float) -> None:
    assert told(metric, unit, (0, bad), (4, bad), (4.5, good), (6, bad), (10, bad)) == []
    (jam, end) = told(metric, unit, (0, bad), (2, bad), (5, bad), (8, good), (13, good))
    assert (jam.category, jam.subcategory, jam.severity) == ("traffic", "jam", "normal")
    assert end.clears


@pytest.mark.parametrize(
    ("delay", "severity", "level"),
    [
        (10, None, ""),
        (35, None, ""),
        (55, None, ""),
        (56, "low", "mức phục vụ E"),
        (80, "low", "mức phục vụ E"),
        (81, "normal", "mức phục vụ F"),
    ],
)
def test_delay_at_a_signal_has_a_level_of_service(delay: float, severity: str | None, level: str) -> None:
    findings = told("control_delay", "s", (0, delay), (3, delay), (6, delay))
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
    assert all(level in finding.title for finding in findings)


def test_a_road_may_have_limits_of_its_own() -> None:
    assert told("road_speed", "km/h", (0, 15), (9, 15), road="tram-2") == []
    assert len(told("road_speed", "km/h", (0, 9), road="tram-2")) == 1


@pytest.mark.parametrize("kind", ["traffic-loop", "traffic-camera"])
def test_roads_of_the_register_have_the_limits_of_their_class(kind: str) -> None:
    registered = load_rules(SHIPPED.read_bytes(), ZONE, devices={"r-1": device("r-1", kind=kind)}).sensors
    assert {"road_occupancy", "road_speed", "control_delay"} <= registered.by_device["r-1"].keys()
    assert "road_speed" not in registered.default
