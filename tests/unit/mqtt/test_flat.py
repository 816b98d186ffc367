"""Presets ``chirpstack``, ``home-assistant`` and ``availability``."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.mqtt.support import decode, faults, values

LORA = """
[[topic]]
filters = ["application/+/device/+/event/+"]
preset = "chirpstack"
publisher = "lora"

[[topic.metric]]
from = "temperature"
unit = "°C"

[[topic.metric]]
from = "/soil/moisture"
metric = "soil_moisture"
unit = "%"
"""
HOME = """
[[topic]]
filters = ["zigbee2mqtt/{device_id}"]
preset = "home-assistant"
publisher = "homes"

[[topic.metric]]
from = "temperature"
unit = "°C"

[[topic.metric]]
from = "contact"
unit = "1"
"""
BARE = """
[[topic]]
filters = ["ha/sensor/{device_id}/state"]
preset = "home-assistant"
publisher = "homes"

[[topic.metric]]
from = ""
metric = "noise"
unit = "dBA"
"""
WILL = """
[[topic]]
filters = ["devices/{device_id}/status"]
preset = "availability"
publisher = "gauges"
"""
UP = "application/1b3/device/0102030405060708/event/up"


def uplink(**more: Any) -> dict[str, Any]:
    return {
        "deduplicationId": "3ac7e3c4", "time": "2026-11-27T02:59:00.775023242+00:00", "fCnt": 10, "fPort": 5,
        "deviceInfo": {"applicationId": "1b3", "deviceName": "soil 7", "devEui": "0102030405060708"},
        "data": base64.b64encode(b"\1\2").decode(), "object": {"temperature": 22.5, "battery": 3.1}, **more,
    }  # fmt: skip


def test_an_uplink_is_the_values_that_the_mapping_lists() -> None:
    decoded = decode(LORA, UP, uplink(object={"temperature": 22.5, "soil": {"moisture": 31}, "battery": 3.1}))
    assert [(one["device_id"], one["metric"], one["value"], one["unit"]) for one in values(decoded)] == [
        ("0102030405060708", "temperature", 22.5, "°C"), ("0102030405060708", "soil_moisture", 31.0, "%"),
    ]  # fmt: skip
    assert values(decoded)[0]["observed_at"] == "2026-11-27T02:59:00.775023Z"


def test_other_events_of_a_device_are_passed_over() -> None:
    assert decode(LORA, UP.replace("/up", "/join"), {}).passed == "not_an_uplink"


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"object": None}, ("/object", "missing")),
        ({"object": {"other": 1}}, ("/object", "missing")),
        ({"object": {"temperature": "hot"}}, ("/object/temperature", "type")),
        ({"deviceInfo": {}}, ("/deviceInfo/devEui", "missing")),
        ({"time": "yesterday"}, ("/time", "time")),
        ({"time": None}, ("/time", "missing")),
    ],
)
def test_a_broken_uplink_says_where(more: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults(decode(LORA, UP, uplink(**more))) == [fault]


def test_a_flat_state_is_read_at_its_arrival() -> None:
    decoded = decode(HOME, "zigbee2mqtt/kitchen", {"temperature": "21.5", "contact": False, "linkquality": 9})
    assert [(one["metric"], one["value"]) for one in values(decoded)] == [("temperature", 21.5), ("contact", 0.0)]
    assert values(decoded)[0]["observed_at"] == "2026-11-27T03:00:00Z"
    assert decode(HOME, "zigbee2mqtt/kitchen", {"temperature": 1}, retained=True).passed == "retained"


def test_a_state_with_its_own_time_may_have_been_kept() -> None:
    mapping = HOME.replace('publisher = "homes"', 'publisher = "homes"\ntime = "unix_ms"') + (
        '[topic.fields]\nobserved_at = "/last_seen"\n'
    )
    decoded = decode(mapping, "zigbee2mqtt/a", {"temperature": 1, "last_seen": 1795748340000}, retained=True)
    assert values(decoded)[0]["observed_at"] == "2026-11-27T02:59:00Z"
    assert faults(decode(mapping, "zigbee2mqtt/a", {"temperature": 1})) == [("/last_seen", "missing")]


@pytest.mark.parametrize(("payload", "value"), [(b"61.5", 61.5), (b" on ", 1.0), (b'"OFF"', 0.0), (b"true", 1.0)])
def test_a_bare_state_is_a_number(payload: bytes, value: float) -> None:
    assert values(decode(BARE, "ha/sensor/n-1/state", payload))[0]["value"] == value


@pytest.mark.parametrize("payload", [b"unavailable", b"unknown", b"", b"None"])
def test_no_state_is_none(payload: bytes) -> None:
    assert decode(BARE, "ha/sensor/n-1/state", payload).passed == "no_state"


@pytest.mark.parametrize("payload", [b"loud", b"\xff", b"[1]", b"nan", b"{}"])
def test_what_is_no_number_is_refused(payload: bytes) -> None:
    decoded = decode(BARE, "ha/sensor/n-1/state", payload)
    assert decoded.outcome == "rejected"


@pytest.mark.parametrize(("payload", "value"), [(b"online", 1.0), (b"Offline\n", 0.0)])
@pytest.mark.parametrize("retained", [False, True])
def test_a_last_will_becomes_a_state(payload: bytes, value: float, retained: bool) -> None:
    decoded = decode(WILL, "devices/gauge-3/status", payload, retained=retained)
    assert values(decoded) == [
        {"device_id": "gauge-3", "metric": "connected", "value": value, "unit": "1",
         "observed_at": "2026-11-27T03:00:00Z"}
    ]  # fmt: skip


def test_words_and_their_place_are_configured() -> None:
    mapping = WILL + 'online = ["up"]\noffline = ["down", "lost"]\n[topic.fields]\nvalue = "/state"\n'
    assert values(decode(mapping, "devices/g/status", {"state": "lost"}))[0]["value"] == 0.0
    assert faults(decode(mapping, "devices/g/status", {"state": "online"})) == [("/state", "not_allowed")]
    assert faults(decode(WILL, "devices/g/status", b"\xff")) == [("", "encoding")]
