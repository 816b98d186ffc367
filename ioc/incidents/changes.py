"""What one signal, command or tick changed: all that has to be written, and nothing that was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Self

from ioc.records import Alert, Decision, Feedback, Incident, Receipt, Silence
from ioc.vocabulary import Severity


class Measure(NamedTuple):
    """A duration for the histograms, in seconds since the incident was opened; never negative.

    ``paused_s``: how many of them the time for handling stood still.
    """

    kind: Literal["acknowledged", "resolved"]
    centre: str
    severity: Severity
    seconds: float
    paused_s: float = 0.0

    @classmethod
    def of(cls, kind: Literal["acknowledged", "resolved"], incident: Incident, now: datetime) -> Self:
        """Time since an incident was opened; 0 if its event time is ahead of ours; for an incident that was put."""
        seconds = max(0.0, (now - incident.opened_at).total_seconds())
        return cls(kind, incident.centre, incident.severity, seconds, incident.clock["paused_s"])


@dataclass(slots=True)
class Changes:
    """Outputs of one call.

    Attributes:
        incidents: Whole states, for ``ioc.incidents``; immutable from here on.
        alerts: For the topic of each alert's centre.
        feedback: For ``ioc.feedback``.
        decisions: For ``ioc.decisions``.
        receipts: Answers to commands.
        silences: Whole states, for ``ioc.silences``; immutable from here on.
        silenced: Centres whose alerts were held back by a silence, once for each alert.
        state: What survives: keys to put with their bytes, or to delete (``None``), in order.
        measures: Durations that ended.
        transitions: Ids of the rows of the tables of transitions that were gone through; each once for each time.
        evicted: Incidents that left memory; their last state stays in the topic.

    """

    incidents: list[Incident] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    silenced: list[str] = field(default_factory=list)
    state: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    evicted: list[str] = field(default_factory=list)
    transitions: list[str] = field(default_factory=list)
