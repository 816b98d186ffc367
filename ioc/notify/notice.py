"""An alert as the outside is told of it: what was written to the centre's topic, and where it stood there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

_REQUIRED = ("alert_id", "incident_id", "reason", "at", "centre", "severity", "category", "subcategory", "status")


class NoticeError(ValueError):
    """A record is no alert."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert.

    Attributes:
        topic: Where it is written; with partition and offset its identity.
        partition: See there.
        offset: See there.
        at: When it was decided.
        alert: The whole record.

    """

    topic: str
    partition: int
    offset: int
    at: datetime
    alert: dict[str, Any]

    @property
    def place(self) -> str:
        """``topic-partition-offset``: the same for ever, whoever reads it."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    def text(self, name: str) -> str:
        """A value as text; empty where there is none."""
        value = self.alert.get(name)
        return "" if value is None else str(value)


def notice_of(topic: str, partition: int, offset: int, value: bytes | None) -> Notice:
    """Read an alert.

    Raises:
        NoticeError: the record is none.

    """
    try:
        alert = orjson.loads(value or b"")
    except ValueError:
        raise NoticeError("is no JSON") from None
    if not isinstance(alert, dict):
        raise NoticeError("is no object")
    if lacking := [name for name in _REQUIRED if not isinstance(alert.get(name), str)]:
        raise NoticeError(f"has no {lacking[0]}")
    try:
        at = datetime.fromisoformat(alert["at"])
    except ValueError:
        raise NoticeError("has no time in at") from None
    if at.tzinfo is None:
        raise NoticeError("has a time without zone in at")
    return Notice(topic, partition, offset, at, alert)
