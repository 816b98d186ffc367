"""Two incidents become one: what the one that remains is then, and how signals with their reporters move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ioc.incidents import acknowledgement, clock
from ioc.incidents.acknowledgement import Change
from ioc.incidents.case import Case, Condition, Member, with_photos, with_sketch
from ioc.incidents.deadlines import united
from ioc.incidents.desk import Desk
from ioc.incidents.history import MAX_EVIDENCE, MAX_HISTORY, appended, step
from ioc.incidents.memory import Memory, Writer
from ioc.incidents.opening import summary
from ioc.records import Evidence, Incident, Similar
from ioc.vocabulary import SEVERITY_RANK

Members = Sequence[tuple[str, Member]]
"""Signals with what is known of them, in order of event time."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why two incidents become one.

    Attributes:
        by: Who says so.
        evidence_rule: Rule id of the evidence that moves.
        rule_id: Of the step in the history.
        reason: Words, if there are any.
        score: Of the evidence that moves; none: as each was joined with.

    """

    by: str
    evidence_rule: str
    rule_id: str
    reason: str = ""
    score: float | None = None


def grown(  # noqa: PLR0917  # what is united, and why
    desk: Desk, target: Case, case: Case, moved: Members, cause: Cause, writer: Writer
) -> tuple[Case, str]:  # fmt: skip
    """The case that another was merged into, and what has to be said if it has to be acknowledged again."""
    one, other, now = case.incident, target.incident, writer.now
    severity = min(one.severity, other.severity, key=SEVERITY_RANK.__getitem__)
    due_at = other.due_at
    if severity != other.severity:
        graver = replace(target, incident=replace(other, severity=severity))
        due_at = min(filter(None, (due_at, clock.due(graver, desk.duties))))
    people = summary([member for _, member in (*members_of(desk.memory, target), *moved)])
    evidence = sorted(
        [*other.evidence, *evidence_of(moved, one, cause.evidence_rule, cause.score)],
        key=lambda each: (each.at, each.signal_id),
    )
    also = {one.category, *one.also, *other.also} - {other.category}
    locates = not target.exact and case.exact
    merged = step(now, cause.by, "merge", (other.status, other.status), cause.rule_id, reason=cause.reason)
    incident = replace(
        other,
        severity=severity,
        due_at=due_at,
        updated_at=now,
        also=sorted(also),
        centre_also=other.centre_also or (one.centre if one.centre != other.centre else None),
        lat=one.lat if locates else other.lat,
        lon=one.lon if locates else other.lon,
        evidence=_bounded(evidence),
        evidence_count=one.evidence_count + other.evidence_count,
        reporters=people.reporters,
        children_count=other.children_count + one.children_count + 1,
        version=other.version + 1,
        history=appended(other.history, merged, MAX_HISTORY),
        similar=undecided(other, one.incident_id),
        deadlines=united(other.deadlines, one.deadlines),
    )
    spreads = acknowledgement.spread(incident, [one.commune, *one.communes_also]) and not target.gathers
    anew = ""
    if severity != other.severity or spreads:
        change: Change = "severity" if severity != other.severity else "area"
        anew = acknowledgement.cancel(incident, change, desk, now)
    sketches, photos = target.sketches, with_photos(target.photos, case.photos)
    for sketch in case.sketches:
        sketches = with_sketch(sketches, sketch)
    grown = replace(
        target,
        incident=incident,
        first_at=min(target.first_at, case.first_at),
        last_at=max(target.last_at, case.last_at),
        exact=target.exact or case.exact,
        machine=target.machine and case.machine,
        reports=people.reports,
        conditions=_united(target.conditions, case.conditions),
        sketches=sketches,
        photos=photos,
    )
    return grown, anew


def members_of(memory: Memory, case: Case) -> Members:
    """Signals of a case, in order of time."""
    members = memory.members(case.incident.incident_id).items()
    return sorted(members, key=lambda each: (each[1].at, each[0]))


def move(members: Members, one: Case, other: Case, writer: Writer) -> None:
    """Reporters follow their evidence."""
    writer.forget(one.incident.incident_id, [signal for signal, _ in members])
    for signal, member in members:
        writer.remember(other.incident.incident_id, signal, member)


def undecided(incident: Incident, other: str) -> list[Similar]:
    """Suggestions of an incident without one that an operator has decided about."""
    return [each for each in incident.similar if each.incident_id != other]


def evidence_of(members: Members, of: Incident, rule_id: str, score: float | None = None) -> list[Evidence]:
    """Entries of members in their new incident; without a score with the one that they were joined with."""
    scores = {each.signal_id: each.score for each in of.evidence}
    return [
        Evidence(
            signal, member.source, member.event_id, member.at, rule_id,
            scores.get(signal, 1.0) if score is None else score, member.publisher,
        )
        for signal, member in members
    ]  # fmt: skip


def _bounded(evidence: list[Evidence]) -> list[Evidence]:
    """As :func:`~ioc.incidents.history.appended` would leave them: the beginning and the end."""
    half = MAX_EVIDENCE // 2
    return evidence if len(evidence) <= MAX_EVIDENCE else [*evidence[:half], *evidence[-half:]]


def _united(some: tuple[Condition, ...], more: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Conditions of both, of each the newer news."""
    held = {each.key: each for each in some}
    for each in more:
        if each.key not in held or held[each.key].at < each.at:
            held[each.key] = each
    return tuple(held.values())
