"""Alerts, feedback and decisions of a change: what each says, and its id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from ioc.incidents.case import Case, Member
from ioc.incidents.desk import Desk
from ioc.records import Alert, Decision, Feedback, Incident, Silence
from ioc.vocabulary import UNLOCATED_COMMUNE, AlertReason, Status


def alert(incident: Incident, reason: AlertReason, text: str, now: datetime, *, grouped: int = 0) -> Alert:
    """Alert about an incident's state; the same state and reason give the same id."""
    return Alert(
        alert_id=f"{incident.incident_id}:{incident.version}:{reason}",
        incident_id=incident.incident_id,
        reason=reason,
        at=now,
        centre=incident.centre,
        severity=incident.severity,
        category=incident.category,
        subcategory=incident.subcategory,
        status=incident.status,
        commune=incident.commune,
        lat=incident.lat,
        lon=incident.lon,
        title=incident.title,
        text=text,
        sources=sorted({evidence.source for evidence in incident.evidence}),
        evidence_count=incident.evidence_count,
        version=incident.version,
        similar=incident.similar,
        deadlines=incident.deadlines,
        grouped=grouped,
        unit=incident.unit,
    )


def silence_alert(record: Silence, centre: str, reason: AlertReason, text: str, now: datetime) -> Alert:
    """Alert that tells a centre of a silence or an emergency mode; its id stands in the place of an incident's."""
    emergency = record.kind == "emergency"
    return Alert(
        # An id that was used before names another silence now.
        alert_id=f"{record.silence_id}:{record.created_at.timestamp():.0f}:{record.version}:{reason}:{centre}",
        incident_id=record.silence_id,
        reason=reason,
        at=now,
        centre=centre,
        severity="high" if emergency else "low",
        category="other",
        subcategory="emergency_mode" if emergency else "silence",
        status="closed" if record.ended_at else "received",
        commune=UNLOCATED_COMMUNE,
        lat=None,
        lon=None,
        title=text,
        text=record.reason,
        sources=[],
        evidence_count=0,
        version=record.version,
        mode="emergency" if emergency else "normal",
        grouped=record.hidden.get(centre, 0),
    )


def added(text: str, more: str) -> str:
    """Words of an alert with a sentence that is added to them, if there is one."""
    if not more:
        return text
    return f"{text} {more}" if text.endswith((".", "!", "?", "…")) else f"{text}. {more}"


def decision(
    kind: str,
    rule_id: str,
    outcome: str,
    now: datetime,
    *,
    incident: str | None,
    event: str | None,
    subject: str,
    inputs: dict[str, Any],
    versions: dict[str, str],
) -> Decision:
    """Why something was decided; ``subject`` is what it was decided about and gives the id."""
    seed = "|".join((kind, incident or "", subject))
    return Decision(
        decision_id=blake2b(seed.encode(), digest_size=12).hexdigest(),
        incident_id=incident,
        event_id=event,
        at=now,
        kind=kind,
        rule_id=rule_id,
        inputs=inputs,
        outcome=outcome,
        versions=versions,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What an operator has to tell citizens beyond the status.

    Attributes:
        note: The question, what was done, or why not; personal data is taken out.
        evidence: Links to photos of what was done.
        ask: Code of the unit to turn to; none: the one in charge.

    """

    note: str = ""
    evidence: Sequence[str] = ()
    ask: str | None = None


def feedback(
    case: Case,
    members: Iterable[Member],
    desk: Desk,
    now: datetime,
    *,
    status: Status | None = None,
    told: Told | None = None,
) -> list[Feedback]:
    """Tell the citizens among the members what has become of their reports.

    Args:
        case: Its current state.
        members: Whom to tell; machines are skipped.
        desk: Names of units, and what to say.
        now: Processing time.
        status: What to tell, where it is not the incident's status.
        told: An operator's words.

    """
    people = [member for member in members if member.source == "reports"]
    people.sort(key=lambda member: (member.at, member.publisher, member.event_id))
    if not people:
        return []
    incident, told = case.incident, told or Told()
    status = status or incident.status
    unit = _unit(desk, incident.unit)
    # While a citizen is asked, nothing can be promised: the time stands still.
    expected_at = None if status == "needs_info" else incident.due_at
    text = desk.texts.text(
        status, unit, expected_at, case.reports,
        note=told.note, photos=len(told.evidence), ask=_unit(desk, told.ask or incident.unit),
    )  # fmt: skip
    return [
        Feedback(
            source=member.publisher,
            report_id=member.event_id,
            status=status,
            text=text,
            unit=unit,
            expected_at=expected_at,
            incident_id=incident.incident_id,
            merged_count=case.reports,
            at=now,
            rating=member.rating,
            evidence=list(told.evidence),
        )
        for member in people
    ]


def _unit(desk: Desk, code: str) -> str:
    unit = desk.duties.departments.get(code)
    return unit.name if unit else code
