"""Acknowledged means "seen as it is": what makes an incident graver, or spreads it, has to be seen again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.history import appended, step
from ioc.records import Incident
from ioc.vocabulary import SEVERITY_RANK, UNLOCATED_COMMUNE

Change = Literal["severity", "area"]

_MAX_COMMUNES: Final = 64


def new_communes(incident: Incident, communes: Iterable[str]) -> list[str]:
    """Which of these the incident has no evidence from yet; what has no place is nowhere new."""
    known = (incident.commune, *incident.communes_also, UNLOCATED_COMMUNE)
    return [commune for commune in dict.fromkeys(communes) if commune not in known]


def spread(incident: Incident, communes: Iterable[str]) -> bool:
    """Note further communes on an incident that is still nobody else's; whether it has spread beyond a known place."""
    new = new_communes(incident, communes)
    if not new:
        return False
    located = incident.commune != UNLOCATED_COMMUNE or bool(incident.communes_also)
    incident.communes_also = [*incident.communes_also, *new][:_MAX_COMMUNES]
    return located


def is_graver(one: Incident, other: Incident) -> bool:
    """Whether the first is graver than the second."""
    return SEVERITY_RANK[one.severity] < SEVERITY_RANK[other.severity]


def cancel(incident: Incident, change: Change, desk: Desk, now: datetime) -> str:
    """Take back the acknowledgement of an incident that is still nobody else's.

    Args:
        incident: As it is after the change.
        change: What it was.
        desk: Names of communes.
        now: Processing time.

    Returns:
        What the alert says of it, Vietnamese; empty if nobody had acknowledged it.

    """
    if incident.acknowledged_at is None:
        return ""
    incident.acknowledged_at = incident.acknowledged_by = None
    where = incident.communes_also[-1] if incident.communes_also else incident.commune
    what = incident.severity if change == "severity" else where
    status = incident.status
    incident.history = appended(
        incident.history,
        step(now, SYSTEM, "unacknowledge", (status, status), f"unacknowledge-{change}", reason=what),
    )
    if change == "severity":
        return "Mức độ nghiêm trọng đã tăng: cần xác nhận lại."
    commune = desk.duties.communes.get(where)
    return f"Đã lan sang {commune.name if commune else where}: cần xác nhận lại."
