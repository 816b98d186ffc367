"""What the handlers of a province share: its tables, its texts, its memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from ioc.incidents.correlation import CorrelationRules
from ioc.incidents.duties import Duties, Routes
from ioc.incidents.feedback import FeedbackTexts
from ioc.incidents.memory import Memory
from ioc.paging import LivePaging
from ioc.records import Incident

SYSTEM: Final = "system"
"""Who acts when no person does."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One province's desk; see :class:`~ioc.incidents.book.IncidentBook` for the fields."""

    province: str
    zone: tzinfo
    duties: Duties
    routes: Routes
    rules: CorrelationRules
    texts: FeedbackTexts
    memory: Memory
    redact: Callable[[str], str]
    paging: LivePaging

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the tables that decide here."""
        return {
            "correlation": self.rules.version,
            "catalog": self.duties.version,
            "routes": self.routes.version,
        }

    def target(self, incident: Incident, due_at: datetime, now: datetime) -> datetime:
        """Target of an incident that would be due then: sooner where an emergency mode is in force."""
        if self.memory.registry.mode(incident.centre, incident.commune, now) == "normal":
            return due_at
        return self.paging.now.emergency.due(incident.severity, incident.opened_at, due_at)

    @property
    def paging_versions(self) -> dict[str, str]:
        """The same of what decides who is told."""
        return self.versions | {"paging": self.paging.now.version}
