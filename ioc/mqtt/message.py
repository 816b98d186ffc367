"""A message as the bridge received it, and what the entry that it belongs to makes known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ioc.mqtt.mapping import Entry


@dataclass(frozen=True, slots=True)
class Message:
    """One PUBLISH.

    Attributes:
        topic: Its topic.
        payload: Its bytes.
        retained: The broker had kept it and sent it because of a subscription: it may be old.

    """

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A message with its entry.

    Attributes:
        message: The message.
        entry: What the mapping says of its topic.
        levels: Named levels of the topic.
        now: When it arrived, aware.

    """

    message: Message
    entry: Entry
    levels: Mapping[str, str]
    now: datetime

    def constants(self) -> dict[str, Any]:
        """What topic and mapping say of the event."""
        return {name: self.entry.fill(value, self.levels) for name, value in self.entry.constants.items()}
