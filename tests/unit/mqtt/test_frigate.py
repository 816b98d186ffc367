"""Preset ``frigate``: one event per review and kind, whatever Frigate tells of it in the meantime."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ioc.events.identifiers import has_plate
from ioc.mqtt import Decoder, Message, read_mapping
from ioc.privacy import PlateGuard, Plates
from tests.unit.mqtt.support import NOW, decode, faults, headers, values

FRIGATE = """
[[topic]]
filters = ["frigate/#"]
preset = "frigate"
publisher = "frigate-1"
camera_id = "hl-{camera}"

[[topic.kind]]
object = "person"
zone = "school_yard"
kind = "intrusion"

[[topic.kind]]
object = "car"
stationary = true
kind = "stopped_vehicle"
"""
START = NOW.timestamp() - 30


def review(kind: str = "update", severity: str = "alert", **data: Any) -> dict[str, Any]:
    after = {
        "id": "1764212370.3-fqk5ka", "camera": "gate", "start_time": START, "end_time": None, "severity": severity,
        "thumb_path": "/media/x.webp",
        "data": {"detections": ["1"], "objects": ["person"], "sub_labels": ["An"], "zones": [], "audio": [], **data},
    }  # fmt: skip
    return {"type": kind, "before": {**after, "severity": "detection"}, "after": after}


def tracked(kind: str = "update", **more: Any) -> dict[str, Any]:
    after = {
        "id": "1764212370.3-mxklsc", "camera": "gate", "label": "car", "sub_label": ["An", 0.79], "top_score": 0.95,
        "false_positive": False, "start_time": START, "end_time": None, "entered_zones": ["lane"], "stationary": False,
        "recognized_license_plate": "14A-12345", **more,
    }  # fmt: skip
    return {"type": kind, "before": after, "after": after}


def test_an_alert_is_an_event_with_the_kind_that_its_zone_makes_of_it() -> None:
    decoded = decode(FRIGATE, "frigate/reviews", review(zones=["street", "school_yard"]))
    assert values(decoded) == [
        {"id": "1764212370.3-fqk5ka/intrusion", "camera_id": "hl-gate", "kind": "intrusion", "confidence": 0.7,
         "observed_at": "2026-11-27T02:59:30Z", "label": "person", "zone": "school_yard"}
    ]  # fmt: skip
    assert headers(decoded)["ce_source"] == "frigate-1"
    assert decoded.records[0].key == b"hl-gate"


def test_further_updates_and_the_end_have_the_same_name() -> None:
    names = {
        headers(decode(FRIGATE, "frigate/reviews", review(kind, zones=["school_yard"])))["ce_id"]
        for kind in ("new", "update", "end")
    }
    assert len(names) == 1


def test_a_first_message_without_zones_waits_for_the_next() -> None:
    assert decode(FRIGATE, "frigate/reviews", review("new")).passed == "zones_to_come"
    assert values(decode(FRIGATE, "frigate/reviews", review("update")))[0]["kind"] == "person"


def test_a_detection_counts_only_where_it_is_wanted() -> None:
    assert decode(FRIGATE, "frigate/reviews", review(severity="detection")).passed == "detection"
    wanted = FRIGATE.replace("camera_id", "detections = true\ncamera_id", 1)
    assert decode(wanted, "frigate/reviews", review(severity="detection")).outcome == "written"


def test_every_kind_of_object_is_told_once_and_no_name_of_a_person() -> None:
    decoded = decode(
        FRIGATE, "frigate/reviews", review(objects=["car", "person-verified", "person", "fire"], zones=["x"])
    )
    assert [(one["kind"], one["label"]) for one in values(decoded)] == [
        ("car", "car"), ("person", "person"), ("fire", "fire"),
    ]  # fmt: skip
    assert b"An" not in b"".join(record.value for record in decoded.records)
    assert decode(FRIGATE, "frigate/reviews", review(objects=[])).passed == "no_object"


def test_two_frigates_may_have_cameras_of_one_name() -> None:
    mapping = FRIGATE.replace("frigate/#", "{instance}/reviews").replace("hl-{camera}", "{instance}/{camera}")
    assert values(decode(mapping, "north/reviews", review()))[0]["camera_id"] == "north/gate"


def test_a_tracked_object_counts_from_its_score_and_anew_when_it_stands_still() -> None:
    assert decode(FRIGATE, "frigate/events", tracked(top_score=0.6)).passed == "low_score"
    assert decode(FRIGATE, "frigate/events", tracked(false_positive=True)).passed == "false_positive"
    driving = values(decode(FRIGATE, "frigate/events", tracked()))[0]
    standing = values(decode(FRIGATE, "frigate/events", tracked(stationary=True)))[0]
    assert (driving["kind"], standing["kind"]) == ("car", "stopped_vehicle")
    assert driving["id"] != standing["id"]
    assert driving["confidence"] == 0.95
    assert "plate" not in driving


@pytest.mark.parametrize(("topic", "message"), [("frigate/events", tracked), ("frigate/reviews", review)])
def test_an_end_is_an_event_of_its_own_after_what_was_seen(
    topic: str, message: Callable[[str], dict[str, Any]]
) -> None:
    (begun,) = values(decode(FRIGATE, topic, message("update")))
    last = message("end")
    last["after"] = {**last["after"], "end_time": NOW.timestamp()}
    seen, over = values(decode(FRIGATE, topic, last))
    assert seen == begun
    assert over == {**seen, "id": f"{seen['id']}/end", "ended_at": "2026-11-27T03:00:00Z"}


def test_plates_are_taken_over_where_the_mapping_says_so() -> None:
    mapping = FRIGATE.replace("camera_id", "plates = true\ncamera_id", 1)
    plates = Plates(b"sixteen bytes or more", timedelta(days=1))
    reading = Decoder(read_mapping(mapping.encode(), "mqtt.toml"), timedelta(minutes=5), PlateGuard(plates, str))
    message = Message("frigate/events", json.dumps(tracked()).encode())
    (record,) = reading.decode(message, NOW).records
    assert json.loads(record.value)["plate"] == plates.of("14a 123.45", NOW)
    assert not has_plate(record.value.decode(), "14A-12345")


def test_without_a_key_plates_are_dropped() -> None:
    mapping = FRIGATE.replace("camera_id", "plates = true\ncamera_id", 1)
    assert "plate" not in values(decode(mapping, "frigate/events", tracked()))[0]


@pytest.mark.parametrize(
    ("topic", "payload", "camera", "kind"),
    [
        ("frigate/available", b"online", "frigate-1", "service_online"),
        ("frigate/available", b"offline", "frigate-1", "service_offline"),
        ("frigate/available", b"stopped", "frigate-1", "service_stopped"),
        ("frigate/gate/status/detect", b"offline", "hl-gate", "detect_offline"),
        ("frigate/gate/status/record", b"disabled", "hl-gate", "record_disabled"),
    ],
)
@pytest.mark.parametrize("retained", [False, True])
def test_states_of_the_service_and_of_cameras_are_told_apart(
    topic: str, payload: bytes, camera: str, kind: str, retained: bool
) -> None:
    decoded = decode(FRIGATE, topic, payload, retained=retained)
    assert [(one["camera_id"], one["kind"], one["observed_at"]) for one in values(decoded)] == [
        (camera, kind, "2026-11-27T03:00:00Z")
    ]


@pytest.mark.parametrize("topic", ["frigate/stats", "frigate/gate/person/snapshot", "frigate/gate/status/other"])
def test_topics_that_tell_nothing_are_passed_over(topic: str) -> None:
    assert decode(FRIGATE, topic, b"\xff\xd8").passed == "other_topic"


@pytest.mark.parametrize(
    ("topic", "payload", "fault"),
    [
        ("frigate/available", b"maybe", ("", "not_allowed")),
        ("frigate/available", b"\xff", ("", "encoding")),
        ("frigate/reviews", {"type": "update"}, ("/after", "missing")),
        ("frigate/reviews", review("begin"), ("/type", "not_allowed")),
        ("frigate/reviews", review(severity="worse"), ("/after/severity", "not_allowed")),
        ("frigate/reviews", review(objects="car"), ("/after/data/objects", "type")),
        ("frigate/events", tracked(camera=None), ("/after/camera", "missing")),
        ("frigate/events", tracked(top_score="high"), ("/after/top_score", "type")),
        ("frigate/events", tracked(start_time=NOW.timestamp() + 900), ("/after/start_time", "future")),
    ],
)
def test_what_is_not_frigates_is_refused_where_it_is_wrong(topic: str, payload: object, fault: tuple[str, str]) -> None:
    assert faults(decode(FRIGATE, topic, payload)) == [fault]
