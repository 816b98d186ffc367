"""What arrives long after it happened corrects and alarms nobody, in whatever order it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.detect import load_rules
from ioc.intake import IntakeParts
from ioc.tomlfile import ConfigError
from ioc.topics import SIGNALS
from tests.unit.detect.support import SHIPPED, ZONE
from tests.unit.intake.test_intake import NOW, NOW_MS, Stage

MINUTE_MS = 60_000


def reading(metric: str, value: float, hours: float, **more: Any) -> dict[str, Any]:
    """A reading of so many hours ago."""
    at = (NOW - timedelta(hours=hours)).isoformat()
    unit = {"disaster_risk_level": "level"}.get(metric, "mm")
    return {"device_id": "d-1", "metric": metric, "value": value, "unit": unit, "observed_at": at} | more


def seen(hours: float, name: str, **more: Any) -> dict[str, Any]:
    """A fire that a camera was sure of so many hours ago."""
    at = (NOW - timedelta(hours=hours)).isoformat()
    return {"id": name, "camera_id": "cam-1", "kind": "fire", "observed_at": at, "confidence": 0.95} | more


def said(sent: dict[str, list[Any]]) -> list[tuple[str, str, bool]]:
    return [(each["kind"], each["severity"], each["clears"]) for each in sent[SIGNALS]]


def test_three_days_of_readings_that_a_logger_kept_back_alarm_as_of_now_alone(parts: IntakeParts) -> None:
    """It poured two days ago, and drizzles now: nobody is told of the one, and of what is over even less."""
    stage = Stage(parts, "sensors")
    backlog = [reading("rain_24h", 300.0 if 40 < hours < 60 else 20.0, hours) for hours in range(71, 0, -1)]
    assert said(stage.take(*backlog)) == []
    assert said(stage.take(reading("rain_24h", 60.0, 0))) == [("limit:rain_24h", "low", False)]


def test_what_still_goes_on_is_told_with_its_first_fresh_reading(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    backlog = [reading("rain_24h", 120.0, quarters / 4) for quarters in range(100, -1, -1)]
    (only,) = stage.take(*backlog)[SIGNALS]
    assert (only["severity"], only["at"]) == ("normal", "2026-11-22T05:00:00Z")


def test_amounts_of_rain_count_however_late_and_are_news_while_they_are_fresh(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    assert said(stage.take(*(reading("rainfall", 30.0, hours) for hours in range(20, 3, -1)))) == []
    (sent,) = stage.take(reading("rainfall", 1.0, 0.5))[SIGNALS]
    # Of the last twelve hours: nine amounts that came late, and this one.
    assert (sent["kind"], sent["evidence"]["value"]) == ("limit:rain_12h", 9 * 30 + 1)


def test_an_issued_level_holds_until_the_next_and_is_news_however_late(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    (sent,) = stage.take(reading("disaster_risk_level", 3.0, 20))[SIGNALS]
    assert sent["evidence"]["value"] == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(3.01, 71), st.floats(0, 400)), max_size=25))
def test_no_order_of_late_readings_alarms_or_ends_anything(
    parts: IntakeParts, readings: list[tuple[float, float]]
) -> None:
    stage = Stage(parts, "sensors")
    stage.take(reading("rain_24h", 150.0, 0, device_id="d-2"))
    late = [reading("rain_24h", value, hours, device_id=f"d-{n % 2 + 1}") for n, (hours, value) in enumerate(readings)]
    for one in late:
        assert said(stage.take(one)) == []
    over = stage.take(reading("rain_24h", 20.0, -1 / 60, device_id="d-2"))
    assert said(over) == [("limit:rain_24h", "low", True)]


def test_a_fire_of_hours_ago_is_for_a_person_to_look_at_and_one_of_now_an_alarm(parts: IntakeParts) -> None:
    stage = Stage(parts, "cameras")
    (late,) = stage.take(seen(5, "a"), seen(4.9, "b"))[SIGNALS]
    assert (late["category"], late["subcategory"], late["severity"]) == ("other", "camera_review", "low")
    assert late["rule_id"] == "camera/fire/late"
    assert late["text"].startswith("Nhận được muộn")
    (now,) = stage.take(seen(0, "c"))[SIGNALS]
    assert (now["kind"], now["severity"]) == ("camera:fire", "critical")


def test_what_was_seen_until_now_is_of_now(parts: IntakeParts) -> None:
    stage = Stage(parts, "cameras")
    (sent,) = stage.take(seen(5, "a", ended_at=NOW.isoformat()))[SIGNALS]
    assert sent["kind"] == "camera:fire"


def test_late_news_of_what_is_known_asks_nobody(parts: IntakeParts) -> None:
    stage = Stage(parts, "cameras")
    assert len(stage.take(seen(0, "a"))[SIGNALS]) == 1
    assert stage.take(seen(2, "b"), at_ms=NOW_MS + MINUTE_MS)[SIGNALS] == []


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (b"sensors_s = 10800", b"sensors_s = 0", "lateness.sensors_s"),
        (b'holding = ["disaster_risk_level"]', b'holding = ["disaster"]', "lateness.holding"),
        (b"cameras_s = 3600", b"camera_s = 3600", "lateness.cameras_s"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(old: bytes, new: bytes, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules(SHIPPED.read_bytes().replace(old, new, 1), ZONE)
    assert caught.value.key == key
