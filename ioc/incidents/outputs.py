"""Alerts, feedback and decisions of a change: what each says, and its id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from ioc.incidents.case import Case, Member
from ioc.incidents.duties import Duties
from ioc.incidents.feedback import FeedbackTexts
from ioc.records import Alert, Decision, Feedback, Incident
from ioc.vocabulary import AlertReason

_MILESTONES: Final = frozenset(first * 10**power for power in range(1, 7) for first in (1, 2, 5)) | {2, 5}


def is_milestone(count: int) -> bool:
    """Whether so many pieces of evidence are worth telling: 2, 5, 10, 20, 50, 100 …"""
    return count in _MILESTONES


def alert(incident: Incident, reason: AlertReason, text: str, now: datetime) -> Alert:
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
    )


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


def feedback(
    case: Case, members: Iterable[Member], duties: Duties, texts: FeedbackTexts, now: datetime
) -> list[Feedback]:
    """Tell the citizens among the members what has become of their reports.

    Args:
        case: Its current state.
        members: Whom to tell; machines are skipped.
        duties: Names of units.
        texts: What to say.
        now: Processing time.

    """
    told = [member for member in members if member.source == "reports"]
    told.sort(key=lambda member: (member.at, member.publisher, member.event_id))
    if not told:
        return []
    incident, reports = case.incident, case.reports
    unit = duties.departments.get(incident.unit)
    name = unit.name if unit else incident.unit
    text = texts.text(incident.status, name, incident.due_at, reports)
    return [
        Feedback(
            source=member.publisher,
            report_id=member.event_id,
            status=incident.status,
            text=text,
            unit=name,
            expected_at=incident.due_at,
            incident_id=incident.incident_id,
            merged_count=reports,
            at=now,
        )
        for member in told
    ]
