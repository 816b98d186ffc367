"""Every alert and decision made under an emergency mode says so."""

from __future__ import annotations

from ioc.incidents.changes import Changes
from ioc.incidents.desk import Desk
from ioc.incidents.memory import Writer
from ioc.records import Decision
from ioc.vocabulary import UNLOCATED_COMMUNE


class Tags:
    """Marks one call's outputs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory

    def tagged(self, writer: Writer) -> Changes:
        """The changes with their marks; without an emergency mode they are as they were."""
        registry, changes, now = self._memory.registry, writer.changes, writer.now
        if not any(rule.lasts(now) for rule in registry.emergencies):
            return changes
        for alert in changes.alerts:
            case = self._memory.cases.get(alert.incident_id)
            centre = case.incident.centre if case else alert.centre
            if registry.mode(centre, alert.commune, now) == "emergency":
                alert.mode = "emergency"
        for decision in changes.decisions:
            centre, commune = self._place(decision)
            if registry.mode(centre, commune, now) == "emergency":
                decision.inputs["mode"] = "emergency"
        return changes

    def _place(self, decision: Decision) -> tuple[str, str]:
        """Where something was decided: of its incident, or of what it says itself."""
        case = self._memory.cases.get(decision.incident_id) if decision.incident_id else None
        if case is not None:
            return case.incident.centre, case.incident.commune
        commune = str(decision.inputs.get("commune", UNLOCATED_COMMUNE))
        known = self._desk.paging.now.known.communes.get(commune)
        return known.centre if known else str(decision.inputs.get("centre", "")), commune
