"""How a valid event becomes a record of its raw topic: its key and its name, the same from every edge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from ioc.events.fields import MAX_ID
from ioc.events.sources import Event, event_id
from ioc.vocabulary import Source

RECORD_KEY: Final[Mapping[Source, str]] = {
    "reports": "id",
    "sensors": "device_id",
    "cameras": "camera_id",
    "bts": "site_id",
    "gate": "gate_id",
    "security": "asset_id",
}
"""Field whose value is the record's key: one device's events stay in order."""


def record_id(event: Event) -> str:
    """``ce_id`` of an event's record: its id, or a digest of a natural key that would be too long for one."""
    name = event_id(event)
    return name if len(name) <= MAX_ID else hashlib.sha256(name.encode()).hexdigest()
