"""An open incident as a firing alert: labels to choose by, annotations to read, a name that stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ioc.alertmanager.matchers import Matcher

STANDS: Final = timedelta(minutes=5)
"""A reader that hears nothing more takes an alert for over after so long, as Alertmanager's default has it."""

_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3
_MASK: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Shown:
    """Which alerts are asked for.

    Attributes:
        matchers: All have to be fulfilled.
        active: Those too that nothing holds back.
        silenced: Those too that a silence holds back.
        inhibited: Those too for which their parent speaks.

    """

    matchers: tuple[Matcher, ...] = ()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True

    def fits(self, found: Mapping[str, Any]) -> bool:
        """Whether an alert is one of them."""
        state = found["status"]
        if state["state"] == "active" and not self.active:
            return False
        if (state["silencedBy"] and not self.silenced) or (state["inhibitedBy"] and not self.inhibited):
            return False
        return all(matcher.fits(found["labels"]) for matcher in self.matchers)


def labels(incident: Mapping[str, Any], mode: str) -> dict[str, str]:
    """Labels of an incident's alert: codes and its id, never words; what is empty is not there."""
    evidence = incident.get("evidence") or ()
    found = {
        "alertname": incident["subcategory"] or incident["category"],
        "incident": incident["incident_id"],
        "severity": incident["severity"],
        "category": incident["category"],
        "subcategory": incident["subcategory"],
        "centre": incident["centre"],
        "commune": incident["commune"],
        "unit": incident["unit"],
        "status": incident["status"],
        "source": evidence[0]["source"] if evidence else "sensors",
        "acknowledged": _word(incident["acknowledged_at"] is not None),
        "overdue": _word(incident["overdue"]),
        "mode": mode,
    }
    return {name: value for name, value in found.items() if value}


def notes(incident: Mapping[str, Any]) -> dict[str, str]:
    """What is to be read of an incident."""
    found = {
        "summary": incident["title"],
        "description": incident.get("text", ""),
        "evidence": incident["evidence_count"],
        "reporters": incident["reporters"] or "",
        "children": incident["children_count"] or "",
        "parent": incident["parent"],
        "due": incident["due_at"],
        "acknowledged_by": incident["acknowledged_by"],
        "position": f"{incident['lat']},{incident['lon']}" if incident["lat"] is not None else "",
    }
    return {name: str(value) for name, value in found.items() if value not in {None, ""}}


def fingerprint(incident_id: str) -> str:
    """Name of an incident's alert, the same for the whole of its life.

    Alertmanager's own hash (FNV-1a of names and values), of the one label that never changes: a severity that rises
    would otherwise be another alert.
    """
    found = _FNV_OFFSET
    for byte in b"incident\xff" + incident_id.encode() + b"\xff":
        found = ((found ^ byte) * _FNV_PRIME) & _MASK
    return f"{found:016x}"


def alert(
    incident: Mapping[str, Any],
    now: datetime,
    *,
    named: Mapping[str, str],
    silenced_by: list[str],
    inhibited_by: list[str],
    link: str,
) -> dict[str, Any]:
    """A ``gettableAlert``.

    Args:
        incident: Its record.
        now: As of when.
        named: Its :func:`labels`.
        silenced_by: Ids of silences.
        inhibited_by: Fingerprints of what speaks for it.
        link: Where the incident is to be read.

    """
    held = bool(silenced_by or inhibited_by)
    return {
        "fingerprint": fingerprint(incident["incident_id"]),
        "labels": named,
        "annotations": notes(incident),
        "receivers": [{"name": incident["centre"]}],
        "startsAt": incident["opened_at"],
        "updatedAt": incident["updated_at"],
        "endsAt": now + STANDS,
        "generatorURL": link,
        "status": {
            "state": "suppressed" if held else "active",
            "silencedBy": silenced_by,
            "inhibitedBy": inhibited_by,
            "mutedBy": [],
        },
    }


def groups(found: Iterable[dict[str, Any]], *, muted: bool) -> list[dict[str, Any]]:
    """``alertGroups``: by centre, whose topic is the receiver, and category.

    Args:
        found: Alerts.
        muted: Whether groups are listed of which every alert is held back.

    """
    parts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in found:
        parts.setdefault((each["labels"]["centre"], each["labels"]["category"]), []).append(each)
    return [
        {
            "labels": {"category": category, "centre": centre},
            "routeLabels": {},
            "receiver": {"name": centre},
            "alerts": alerts,
        }
        for (centre, category), alerts in sorted(parts.items())
        if muted or any(each["status"]["state"] == "active" for each in alerts)
    ]


def _word(flag: object) -> str:
    return "true" if flag else "false"
