"""What a preset hands over: events as it read them, to be validated as every other event is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ioc.mqtt.documents import Unreadable
from ioc.vocabulary import Source


@dataclass(slots=True)
class Draft:
    """One event, not validated.

    Attributes:
        source: Which model.
        fields: Its content.
        pointer: Where in the payload it stood.
        places: Where in the payload each field stood, for those that came from there by themselves.

    """

    source: Source
    fields: dict[str, Any]
    pointer: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Read:
    """What one message says.

    Attributes:
        drafts: Events in the payload's order.
        faults: Parts of it that could not be read; the others stand.
        passed: Why there is nothing in it to tell; empty unless that is so.

    """

    drafts: list[Draft] = field(default_factory=list)
    faults: list[Unreadable] = field(default_factory=list)
    passed: str = ""
