"""Presets ``chirpstack`` and ``home-assistant``: flat lists of values whose units the mapping knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ioc.events.sources import instant_text
from ioc.mqtt.documents import MISSING, Unreadable, a_number, a_text, an_object, instant, parse, refuse
from ioc.mqtt.drafts import Draft, Read
from ioc.mqtt.mapping import Metric
from ioc.mqtt.message import Received
from ioc.mqtt.plain import STALE

_UPLINK: Final = "up"
_WORDS: Final[Mapping[str, float]] = {"on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0}
_NOTHING: Final = frozenset({"unavailable", "unknown", "none", ""})
"""States by which Home Assistant says that it has none."""


def read_chirpstack(received: Received) -> Read:
    """An uplink of ChirpStack v4: ``application/<id>/device/<EUI>/event/up``, decoded by a codec there.

    Joins, acknowledgements and the other events of a device tell nothing about the world.
    """
    if received.message.topic.rpartition("/")[2] != _UPLINK:
        return Read(passed="not_an_uplink")
    uplink = an_object(parse(received.message.payload), "")
    info = an_object(uplink.get("deviceInfo", MISSING), "/deviceInfo")
    time = a_text(uplink.get("time", MISSING), "/time")
    decoded = uplink.get("object", MISSING)
    if decoded is MISSING or decoded is None:
        raise refuse("/object", "missing", "required: a codec of the device's profile has to decode the payload")
    common = {"device_id": a_text(info.get("devEui", MISSING), "/deviceInfo/devEui"), "observed_at": time}
    places = {"device_id": "/deviceInfo/devEui", "observed_at": "/time"}
    return _values(received, an_object(decoded, "/object"), "/object", common, places)


def read_home_assistant(received: Received) -> Read:
    """A state topic as Home Assistant and Zigbee2MQTT have them: a bare value, or a flat object."""
    entry = received.entry
    if entry.time == "arrival" and received.message.retained:
        return Read(passed=STALE)
    document = _state(received.message.payload)
    if isinstance(document, str) and document.strip().casefold() in _NOTHING:
        return Read(passed="no_state")
    common: dict[str, Any] = {"observed_at": instant_text(received.now)}
    places: dict[str, str] = {}
    if entry.time != "arrival":
        place = entry.fields["observed_at"]
        value = place.of(document)
        if value is MISSING:
            raise refuse(place.text, "missing", "required")
        common = {"observed_at": instant(value, entry.time, entry.offset, place.text)}
        places = {"observed_at": place.text}
    return _values(received, document, "", common, places)


def _state(payload: bytes) -> Any:
    """JSON where it is some; a bare word else."""
    try:
        return parse(payload)
    except Unreadable as fault:
        if fault.errors[0].code == "encoding":
            raise
        return payload.decode()


def _values(received: Received, document: Any, base: str, common: Mapping[str, Any], places: Mapping[str, str]) -> Read:
    read = Read()
    silent = 0
    constants = received.constants()
    for metric in received.entry.metrics:
        value = metric.place.of(document)
        if value is MISSING or value is None:
            continue
        pointer = base + metric.place.text
        if isinstance(value, str) and value.strip().casefold() in _NOTHING:
            silent += 1
            continue
        try:
            read.drafts.append(_reading(metric, _number(value, pointer), pointer, {**common, **constants}, places))
        except Unreadable as fault:
            read.faults.append(fault)
    if not read.drafts and not read.faults:
        if not silent:
            raise refuse(base, "missing", "must have at least one of the values that the mapping lists")
        read.passed = "no_state"
    return read


def _reading(metric: Metric, value: float, pointer: str, common: Mapping[str, Any], places: Mapping[str, str]) -> Draft:
    content = {"metric": metric.metric, "unit": metric.unit, **common, "value": value}
    return Draft("sensors", content, pointer, {**places, "value": pointer})


def _number(value: Any, pointer: str) -> float:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        word = value.strip()
        if word.casefold() in _WORDS:
            return _WORDS[word.casefold()]
        try:
            return float(word)
        except ValueError:
            raise refuse(pointer, "type", "must be a number") from None
    return a_number(value, pointer)
