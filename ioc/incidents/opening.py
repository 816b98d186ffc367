"""How an incident begins: whose it is, by when, and under which id; from a signal, or from evidence split off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ioc.incidents.case import Member, incident_id, with_photos, with_sketch
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.history import step
from ioc.incidents.memory import Writer
from ioc.incidents.routing import decided, handed, labels_of
from ioc.records import Evidence, Incident


@dataclass(frozen=True, slots=True)
class Summary:
    """What a case knows of its members together; see :class:`~ioc.incidents.case.Case`."""

    first_at: datetime
    last_at: datetime
    exact: bool
    machine: bool
    reports: int
    reporters: int
    sketches: tuple[str, ...]
    photos: tuple[str, ...]
    communes: tuple[str, ...]
    """In order of time."""


def summary(members: Iterable[Member]) -> Summary:
    """Of members in order of time; at least one."""
    known = list(members)
    reports = [member for member in known if member.source == "reports"]
    sketches: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    for member in known:
        sketches, photos = with_sketch(sketches, member.sketch), with_photos(photos, member.photos)
    named = {member.reporter for member in reports if member.reporter is not None}
    return Summary(
        first_at=min(member.at for member in known),
        last_at=max(member.at for member in known),
        exact=any(member.exact for member in known),
        machine=all(member.stateful for member in known),
        reports=len(reports),
        reporters=len(named) + sum(member.reporter is None for member in reports),
        sketches=sketches,
        photos=photos,
        communes=tuple(dict.fromkeys(member.commune for member in known)),
    )


def free_id(desk: Desk, origin: str, member: Member) -> str:
    """Incident id of what a signal, a split or a surge opens; arguments as :func:`~ioc.incidents.case.incident_id`.

    Ids that have left memory are not known here: an origin must open no more than once.
    """
    attempt = 0
    while (found := incident_id(desk.province, origin, member, desk.zone, attempt)) in desk.memory.cases:
        attempt += 1
    return found


def new_incident(desk: Desk, name: str, first: Member, evidence: list[Evidence], writer: Writer) -> Incident:
    """An incident that begins with one member.

    Args:
        desk: The province's.
        name: Its id.
        first: The member that says what, where and how grave.
        evidence: All that belongs to it.
        writer: Takes the decision whose it is.

    """
    now = writer.now
    duty = desk.duties.duty(first.category, first.subcategory, first.severity, first.at)
    due_at = duty.target.due(first.at)
    commune = desk.duties.communes.get(first.commune)
    incident = Incident(
        incident_id=name,
        province=desk.province,
        commune=first.commune,
        centre=first.centre,
        centre_also=commune.centre_also if commune else None,
        unit="",
        category=first.category,
        also=[],
        subcategory=first.subcategory,
        severity=first.severity,
        status="received",
        title=first.title,
        opened_at=first.at,
        updated_at=now,
        acknowledged_at=None,
        acknowledged_by=None,
        due_at=due_at,
        overdue=False,
        lat=first.lat,
        lon=first.lon,
        evidence=evidence,
        evidence_count=len(evidence),
        reporters=1 if first.source == "reports" else 0,
        parent=None,
        children_count=0,
        previous_incident=None,
        version=1,
        history=[step(now, SYSTEM, "open", (None, "received"), "open")],
    )
    mode = desk.memory.registry.mode(first.centre, first.commune, now)
    incident.due_at = desk.target(incident, due_at, now)
    route = desk.routes.route(labels_of(incident, first.source, mode))
    incident = handed(incident, route, SYSTEM, now)
    writer.changes.decisions.append(decided(incident, route, desk.versions, now))
    return incident
