"""One incident as its figures are counted: who had it when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ioc.synthetic import SUFFIX

_NOT_HANDLED: Final = frozenset({"rejected", "duplicate"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of its history."""

    at: datetime
    action: str
    before: str | None
    after: str
    rule_id: str
    unit: str
    """Who had it before the step."""


@dataclass(frozen=True, slots=True)
class Handled:
    """An incident.

    Attributes:
        incident_id: Its id.
        centre: On duty for it.
        unit: That has it, or had it last.
        received: When a unit got it first, by unit.
        due_at: Target, as it is now.
        resolved_at: When it was resolved last; none: it is open, or was never to be handled.
        counts: It is to be handled: not rejected, no duplicate.
        paused_s: Seconds that the time for handling stood still.
        steps: Its history.

    """

    incident_id: str
    centre: str
    unit: str
    received: Mapping[str, datetime]
    due_at: datetime | None
    resolved_at: datetime | None
    counts: bool
    opened_at: datetime
    paused_s: float
    steps: tuple[Step, ...]
    acknowledged_at: datetime | None = None
    """When somebody said that they had seen it."""


def handled(document: Mapping[str, Any]) -> Handled | None:
    """Read an incident's record (``ioc.incidents``); none for what a simulator has made.

    Args:
        document: JSON of the record.

    """
    if str(document["title"]).endswith(SUFFIX):
        return None
    opened_at = _instant(document["opened_at"])
    spans = [(each["unit"], _instant(each["from"])) for each in document.get("unit_clocks") or ()]
    spans = spans or [(document["unit"], opened_at)]
    received: dict[str, datetime] = {}
    for unit, since in spans:
        received.setdefault(unit, since)
    steps, resolved_at = [], None
    for entry in document["history"]:
        at = _instant(entry["at"])
        unit = next((unit for unit, since in reversed(spans) if since < at), spans[0][0])
        steps.append(Step(at, entry["action"], entry["from"], entry["to"], entry["rule_id"], unit))
        if entry["to"] == "resolved" != entry["from"]:
            resolved_at = at
        elif entry["to"] == "reopened" != entry["from"]:
            resolved_at = None
    due_at, seen_at = document["due_at"], document.get("acknowledged_at")
    return Handled(
        incident_id=document["incident_id"],
        centre=document["centre"],
        unit=document["unit"],
        received=received,
        due_at=_instant(due_at) if due_at else None,
        resolved_at=resolved_at,
        counts=document["status"] not in _NOT_HANDLED,
        opened_at=opened_at,
        paused_s=float((document.get("clock") or {}).get("paused_s", 0.0)),
        steps=tuple(steps),
        acknowledged_at=_instant(seen_at) if seen_at else None,
    )


def _instant(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)
