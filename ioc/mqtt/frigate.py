"""Preset ``frigate``: reviews, tracked objects, availability and the state of cameras.

Reviews are the unit: Frigate has grouped what happened before one camera, and tells ``alert`` from ``detection``. One
review gives one event per kind of object, named by both, so that further updates are repeats of it; its end gives
another one, which says when it was over. A first message may
lack the zones that decide the kind, so that it waits for an update or the end. Names of people (``sub_label``) are
never taken over, number plates only where the mapping says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ioc.events.sources import instant_text
from ioc.mqtt.documents import MISSING, Unreadable, a_number, a_text, an_object, from_unix, parse, refuse
from ioc.mqtt.drafts import Draft, Read
from ioc.mqtt.mapping import Entry
from ioc.mqtt.message import Received
from ioc.records import FieldError

SERVICE: Final = ("online", "offline", "stopped")
CAMERA: Final = ("online", "offline", "disabled")
ROLES: Final = ("audio", "detect", "record")
_TYPES: Final = ("new", "update", "end", "genai")
_SEVERITIES: Final = ("alert", "detection")
_VERIFIED: Final = "-verified"
"""Frigate's suffix of an object that has a recognised sub label."""


def read_frigate(received: Received) -> Read:
    """What a topic of Frigate says; topics that tell nothing about the world are passed over."""
    levels = received.message.topic.split("/")
    if levels[-1] == "available":
        return _available(received)
    if len(levels) > 3 and levels[-2] == "status":
        return _status(received, levels[-3], levels[-1])
    if levels[-1] == "reviews":
        return _review(received)
    if levels[-1] == "events":
        return _tracked(received)
    return Read(passed="other_topic")


def _review(received: Received) -> Read:
    entry = received.entry
    document = an_object(parse(received.message.payload), "")
    kind = _one_of(document.get("type", MISSING), _TYPES, "/type")
    after = an_object(document.get("after", MISSING), "/after")
    severity = _one_of(after.get("severity", MISSING), _SEVERITIES, "/after/severity")
    if severity == "detection" and not entry.detections:
        return Read(passed="detection")
    data = an_object(after.get("data", MISSING), "/after/data")
    objects = _texts(data.get("objects", MISSING), "/after/data/objects")
    zones = _texts(data.get("zones", []), "/after/data/zones")
    if kind == "new" and not zones:
        return Read(passed="zones_to_come")
    name = a_text(after.get("id", MISSING), "/after/id")
    common, places = _common(entry, received, after)
    read = Read()
    seen: set[str] = set()
    for index, label in enumerate(objects):
        plain = label.removesuffix(_VERIFIED)
        event, zone = _meaning(entry, plain, zones, stationary=False)
        if event in seen:
            continue
        seen.add(event)
        content = {**common, "id": f"{name}/{event}", "kind": event, "label": plain, "confidence": entry.confidence}
        if zone:
            content["zone"] = zone
        own = {"id": "/after/id", "kind": f"/after/data/objects/{index}", "label": f"/after/data/objects/{index}"}
        read.drafts += _stages(received, after, content, {**places, **own})
    if not read.drafts:
        read.passed = "no_object"  # a review of sounds alone
    return read


def _tracked(received: Received) -> Read:
    """A tracked object counts from the score that the mapping asks for, and as often as it is something else."""
    entry = received.entry
    document = an_object(parse(received.message.payload), "")
    _one_of(document.get("type", MISSING), _TYPES, "/type")
    after = an_object(document.get("after", MISSING), "/after")
    if after.get("false_positive") is True:
        return Read(passed="false_positive")
    score = a_number(after.get("top_score", MISSING), "/after/top_score")
    if score < entry.confidence:
        return Read(passed="low_score")
    name = a_text(after.get("id", MISSING), "/after/id")
    label = a_text(after.get("label", MISSING), "/after/label").removesuffix(_VERIFIED)
    zones = _texts(after.get("entered_zones", []), "/after/entered_zones")
    event, zone = _meaning(entry, label, zones, stationary=after.get("stationary") is True)
    content, places = _common(entry, received, after)
    content |= {"id": f"{name}/{event}", "kind": event, "label": label, "confidence": score}
    places |= {"id": "/after/id", "kind": "/after/label", "label": "/after/label", "confidence": "/after/top_score"}
    if zone:
        content["zone"] = zone
    plate = after.get("recognized_license_plate")
    if entry.plates and isinstance(plate, str) and plate.strip():
        content["plate"] = plate
        places["plate"] = "/after/recognized_license_plate"
    return Read([*_stages(received, after, content, places)])


def _stages(
    received: Received, after: dict[str, Any], content: dict[str, Any], places: dict[str, str]
) -> Iterator[Draft]:
    """That it was seen, and once it is over, that it ended: an event of its own, or it would be a repeat."""
    constants = received.constants()
    yield Draft("cameras", content | constants, "/after", places)
    if after.get("end_time") is not None:
        ended = from_unix(a_number(after["end_time"], "/after/end_time"), "/after/end_time")
        over = {**content, "id": f"{content['id']}/end", "ended_at": ended}
        yield Draft("cameras", over | constants, "/after", {**places, "ended_at": "/after/end_time"})


def _common(entry: Entry, received: Received, after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    camera = a_text(after.get("camera", MISSING), "/after/camera")
    begun = a_number(after.get("start_time", MISSING), "/after/start_time")
    content: dict[str, Any] = {
        "camera_id": entry.fill(entry.camera_id, {**received.levels, "camera": camera}),
        "observed_at": from_unix(begun, "/after/start_time"),
    }
    return content, {"camera_id": "/after/camera", "observed_at": "/after/start_time"}


def _meaning(entry: Entry, label: str, zones: Sequence[str], *, stationary: bool) -> tuple[str, str]:
    """Kind and zone: those of the first entry in the file that fits, else the label itself and its first zone."""
    for kind in entry.kinds:
        if kind.object == label and (not kind.zone or kind.zone in zones) and (stationary or not kind.stationary):
            return kind.kind, kind.zone or (zones[0] if zones else "")
    return label, zones[0] if zones else ""


def _available(received: Received) -> Read:
    """State of Frigate itself, by its last will: all its cameras are blind, which is not that they failed."""
    word = _word(received, SERVICE)
    return _state(received, received.entry.fill(received.entry.publisher, received.levels), f"service_{word}", None)


def _status(received: Received, camera: str, role: str) -> Read:
    if role not in ROLES:
        return Read(passed="other_topic")
    word = _word(received, CAMERA)
    name = received.entry.fill(received.entry.camera_id, {**received.levels, "camera": camera})
    return _state(received, name, f"{role}_{word}", role)


def _state(received: Received, camera: str, kind: str, label: str | None) -> Read:
    at = instant_text(received.now)
    content = {
        "id": f"{camera}/{kind}/{at}",
        "camera_id": camera,
        "kind": kind,
        "observed_at": at,
        "confidence": 1.0,
        "label": label,
    }
    return Read([Draft("cameras", content | received.constants(), "", {"kind": ""})])


def _word(received: Received, known: Sequence[str]) -> str:
    try:
        return _one_of(received.message.payload.decode().strip(), known, "")
    except UnicodeDecodeError:
        raise Unreadable([FieldError("", "encoding", "must be UTF-8")]) from None


def _one_of(value: Any, known: Sequence[str], pointer: str) -> str:
    text = a_text(value, pointer)
    if text not in known:
        raise refuse(pointer, "not_allowed", f"must be one of {', '.join(known)}")
    return text


def _texts(value: Any, pointer: str) -> list[str]:
    if value is MISSING:
        raise refuse(pointer, "missing", "required")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refuse(pointer, "type", "must be an array of strings")
    return list(value)
