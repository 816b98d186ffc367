"""Which unit gets an incident, by the routes in force, and why."""

from __future__ import annotations

from datetime import datetime

from ioc.incidents import outputs
from ioc.incidents.history import appended, step
from ioc.records import Decision, Incident, copied
from ioc.routing import Labels, Mode, Route
from ioc.vocabulary import Source


def labels_of(incident: Incident, source: Source, mode: Mode = "normal") -> Labels:
    """What routes look at.

    Args:
        incident: With its category and severity as they are to be routed.
        source: Of the signal that opened it.
        mode: Whether an emergency mode is in force there.

    """
    return Labels(
        incident.category, incident.subcategory, incident.severity, source, incident.commune, incident.centre,
        incident.opened_at, incident.lat, incident.lon, mode,
    )  # fmt: skip


def source_of(incident: Incident) -> Source:
    """Source of the signal that opened an incident; what gathers others has none and counts as a machine's."""
    return incident.evidence[0].source if incident.evidence else "sensors"


def handed(incident: Incident, route: Route, by: str, now: datetime) -> Incident:
    """The incident with the unit, and perhaps the centre, that a route says."""
    change = step(now, by, "route", (incident.status, "routed"), f"route-{route.rule_id}", reason=route.unit)
    routed = copied(incident)
    routed.unit, routed.centre, routed.informed = route.unit, route.centre or incident.centre, list(route.informed)
    routed.status, routed.history = "routed", appended(incident.history, change)
    return routed


def decided(incident: Incident, route: Route, versions: dict[str, str], now: datetime) -> Decision:
    """Why an incident went where it went."""
    inputs = {
        "category": incident.category, "subcategory": incident.subcategory, "severity": incident.severity,
        "commune": incident.commune, "centre": incident.centre, "path": route.path, "informed": route.informed,
    }  # fmt: skip
    return outputs.decision(
        "route", f"route-{route.rule_id}", route.unit, now,
        incident=incident.incident_id, event=None, subject=f"{incident.version}", inputs=inputs, versions=versions,
    )  # fmt: skip
