"""Preset ``json``: our own fields, wherever they stand in the payload; and ``availability``: a device's last will."""

from __future__ import annotations

from typing import Any

from ioc.events.sources import instant_text
from ioc.mqtt.documents import MISSING, Unreadable, a_text, an_object, escaped, instant, parse, refuse
from ioc.mqtt.drafts import Draft, Read
from ioc.mqtt.message import Received
from ioc.records import FieldError

CONNECTED = "connected"
"""Metric of availability: 1 while the device has its connection, else 0."""

_TIMES = ("observed_at", "ended_at")
STALE = "retained"
"""A kept message without a time of its own: nobody knows when it was true."""


def read_json(received: Received) -> Read:
    """One event, or a list of them."""
    entry = received.entry
    if entry.time == "arrival" and received.message.retained:
        return Read(passed=STALE)
    document = parse(received.message.payload)
    base = entry.each.text if entry.each is not None else ""
    items = entry.each.of(document) if entry.each is not None else document
    if not isinstance(items, list):
        if entry.each is not None:
            raise refuse(base, "missing" if items is MISSING else "type", "must be an array")
        return Read([_event(received, items, "")])
    if not items:
        raise refuse(base, "empty", "must have at least one event")
    read = Read()
    for index, item in enumerate(items):
        try:
            read.drafts.append(_event(received, item, f"{base}/{index}"))
        except Unreadable as fault:
            read.faults.append(fault)
    return read


def _event(received: Received, item: Any, base: str) -> Draft:
    entry = received.entry
    if entry.fields:
        places = {name: base + place.text for name, place in entry.fields.items()}
        found = {name: place.of(item) for name, place in entry.fields.items()}
    else:
        found = dict(an_object(item, base))
        places = {name: f"{base}/{escaped(name)}" for name in found}
    for name in _TIMES:
        if name in found and found[name] is not MISSING and entry.time != "arrival":
            found[name] = instant(found[name], entry.time, entry.offset, places[name])
    if entry.time == "arrival":
        found["observed_at"] = instant_text(received.now)
        places.pop("observed_at", None)
    content = {name: value for name, value in found.items() if value is not MISSING and value is not None}
    constants = received.constants()
    for name in constants:
        places.pop(name, None)
    return Draft(entry.source, content | constants, base, places)


def read_availability(received: Received) -> Read:
    """Words such as ``online`` and ``offline``, bare or in JSON: what devices leave as their last will.

    A kept message is the state of now: it is what every subscriber is told first.
    """
    entry = received.entry
    place = entry.fields.get("value")
    if place is None:
        pointer = ""
        try:
            word = received.message.payload.decode()
        except UnicodeDecodeError:
            raise Unreadable([FieldError("", "encoding", "must be UTF-8")]) from None
    else:
        pointer = place.text
        word = a_text(place.of(parse(received.message.payload)), pointer)
    word = word.strip().casefold()
    if word not in entry.online | entry.offline:
        raise refuse(pointer, "not_allowed", "must be a word that the mapping has in online or offline")
    content = {
        "metric": CONNECTED,
        "unit": "1",
        **received.constants(),
        "value": 1.0 if word in entry.online else 0.0,
        "observed_at": instant_text(received.now),
    }
    return Read([Draft("sensors", content, "", {"value": pointer})])
