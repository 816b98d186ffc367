"""Roads have a level of service, A to F: as figures, and in the evidence of what is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ioc import metrics
from ioc.detect import SensorDetector, load_rules
from ioc.detect.rules import Rules
from ioc.intake import IntakeParts
from ioc.intake.roads import GradedReadings, RoadWatch
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, after, reading
from tests.unit.detect.test_limit_sets import device
from tests.unit.intake.test_intake import NOW, NOW_MS, Stage

FAST = b'\n[[level_of_service.road]]\nid = "r-2"\nfree_flow_kmh = 100\n'
DEVICES = {name: device(name, kind="traffic-loop") for name in ("r-1", "r-2", "r-3")}


def read(shipped: bytes = SHIPPED.read_bytes()) -> Rules:
    return load_rules(shipped + FAST, ZONE, devices=DEVICES)


RULES = read()


class Roads:
    """A watch, told readings by minute."""

    def __init__(self) -> None:
        self.watch = RoadWatch(RULES.roads, lambda event: event.status != "fault")

    def take(self, value: float, minute: float = 0, **fields: Any) -> None:
        event = reading(value, minute, **({"metric": "road_speed", "unit": "km/h", "device": "r-1"} | fields))
        self.watch.take(event, event.observed_at.timestamp(), 0)

    def shown(self, minute: float) -> str:
        """Classes of the roads, each as often as there are roads in it."""
        found = self.watch.gauges(int(after(minute).timestamp() * 1000))
        assert {name for name, _ in found} <= {metrics.TRAFFIC_SITES.name}
        return "".join(level * int(count) for (_, level), count in found.items() if isinstance(count, int))


@pytest.mark.parametrize(
    ("speed", "level"),
    [(50, "A"), (42.6, "A"), (42.5, "B"), (33, "C"), (25, "D"), (20, "E"), (15.1, "E"), (15, "F"), (0, "F")],
)
def test_a_street_has_the_class_of_its_share_of_the_free_speed(speed: float, level: str) -> None:
    roads = Roads()
    roads.take(speed)
    assert roads.shown(1) == level


@pytest.mark.parametrize(
    ("delay", "level"), [(0, "A"), (10, "A"), (10.1, "B"), (35, "C"), (55, "D"), (56, "E"), (80, "E"), (81, "F")]
)
def test_a_signal_has_the_class_of_its_delay(delay: float, level: str) -> None:
    roads = Roads()
    roads.take(delay, metric="control_delay", unit="s")
    assert roads.shown(1) == level


def test_the_worse_of_delay_and_speed_counts_and_every_road_once() -> None:
    roads = Roads()
    roads.take(45)
    roads.take(60, metric="control_delay", unit="s")
    roads.take(45, device="r-2")
    roads.take(45, device="r-3")
    assert roads.shown(1) == "ADE"  # r-2 is free at 100 km/h


def test_the_newest_reading_counts_and_an_old_one_no_more() -> None:
    roads = Roads()
    roads.take(5, 3)
    roads.take(45, 1)
    assert roads.shown(4) == "F"
    roads.take(45, 5)
    assert roads.shown(6) == "A"
    assert roads.shown(5 + 16) == ""


def test_what_is_no_road_or_no_measurement_has_none() -> None:
    roads = Roads()
    roads.take(45, device="station-1")
    roads.take(45, metric="pm2_5", unit="µg/m³")
    roads.take(45, status="fault")
    assert roads.shown(1) == ""


def test_what_is_told_of_a_road_says_its_class_and_whose_that_is() -> None:
    detector, state, found = GradedReadings(SensorDetector(RULES.sensors), RULES.roads), None, []
    for minute in (0, 3, 6):
        event = reading(17, minute, metric="road_speed", unit="km/h", device="r-1")
        finding, changed = detector.evaluate(event, state)
        state, found = changed or state, [*found, finding]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert found[2].evidence["level_of_service"] == "E"
    assert "HCM" in found[2].evidence["level_of_service_source"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"up_to = [10, 20, 35, 55, 80]", b"up_to = [10, 20, 20, 55, 80]"),
        (b"above = [0.85, 0.67,", b"above = [0.67, 0.85,"),
        (b"up_to = [10, 20, 35, 55, 80]", b"up_to = [10, 20]"),
        (b"free_flow_kmh = 50", b"free_flow_kmh = 0"),
        (b"free_flow_kmh = 50", b"free_flow_kmh = 50\nfree_kmh = 3"),
    ],
)
def test_classes_that_cannot_be_are_refused_with_the_line(good: bytes, bad: bytes) -> None:
    shipped = SHIPPED.read_bytes()
    assert good in shipped
    with pytest.raises(ConfigError, match=r"thresholds\.toml:\d+|line \d+"):
        read(shipped.replace(good, bad))


def test_intake_of_sensors_shows_the_roads_of_the_register(parts: IntakeParts) -> None:
    stage = Stage(replace(parts, rules=RULES), "sensors")
    speeds = [
        {"device_id": name, "metric": "road_speed", "value": value, "unit": "km/h", "observed_at": NOW.isoformat()}
        for name, value in (("r-1", 44), ("r-3", 10), ("elsewhere", 10))
    ]
    stage.take(*speeds)
    figures = stage.intake.gauges(NOW_MS)
    assert [figures[metrics.TRAFFIC_SITES.name, level] for level in "ABCDEF"] == [1, 0, 0, 0, 0, 1]
