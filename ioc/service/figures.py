"""Counting a month: of every unit in every centre, of every centre, and of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from ioc.service.handled import Handled, Step
from ioc.service.period import Period

ALL: Final = "*"
"""Stands for every unit, or every centre."""
_RATED: Final = {"rate-satisfied": "satisfied", "rate-neutral": "neutral", "rate-unsatisfied": "unsatisfied"}


class Key(NamedTuple):
    """Whose figures: a unit in a centre, a whole centre (unit ``*``), or all (both ``*``)."""

    centre: str
    unit: str


@dataclass(slots=True)
class Figures:
    """What a month was like.

    Attributes:
        received: Incidents that came to the unit in it.
        done: Incidents that were resolved in it, and not reopened since.
        done_on_time: Of these, those resolved by their target.
        open: Not resolved at its end (of a month that goes on: now).
        open_late: Of these, those whose target has passed.
        returned: Times that the unit said it was not its own.
        reopened: Times that something that was resolved had to be done again.
        satisfied: Ratings by citizens in it; see also the next two.
        neutral: See ``satisfied``.
        unsatisfied: See ``satisfied``.

    """

    received: int = 0
    done: int = 0
    done_on_time: int = 0
    open: int = 0
    open_late: int = 0
    returned: int = 0
    reopened: int = 0
    satisfied: int = 0
    neutral: int = 0
    unsatisfied: int = 0
    hours: list[float] = field(default_factory=list)
    """Hours of handling of each that was done, without those in which the time stood still."""
    ack_minutes: list[float] = field(default_factory=list)
    """Minutes from opening to acknowledgement, of each that was acknowledged in it."""

    @property
    def on_time_ratio(self) -> float | None:
        """Done on time, of all that should have been done: what is left lying past its target counts as late.

        None: nothing should have been done.
        """
        due = self.done + self.open_late
        return self.done_on_time / due if due else None

    @property
    def satisfied_ratio(self) -> float | None:
        """Satisfied or neutral, of all ratings; none without ratings."""
        rated = self.satisfied + self.neutral + self.unsatisfied
        return (self.satisfied + self.neutral) / rated if rated else None

    @property
    def median_hours(self) -> float | None:
        """Median of the hours of handling; none where nothing was done."""
        return median(self.hours) if self.hours else None

    @property
    def median_ack_minutes(self) -> float | None:
        """Median of the minutes until somebody acknowledged; none where nobody did."""
        return median(self.ack_minutes) if self.ack_minutes else None


def figures(incidents: Iterable[Handled], period: Period, now: datetime) -> dict[Key, Figures]:
    """Count a month.

    Args:
        incidents: All that were open in the month, or changed in it; others change nothing.
        period: The month.
        now: Of a month that goes on, what is late is late as of now.

    """
    counted: dict[Key, Figures] = {}
    end = min(period.end, now)
    for incident in incidents:
        for unit, since in incident.received.items():
            if period.holds(since):
                _add(counted, incident.centre, unit, "received")
        for step in incident.steps:
            if period.holds(step.at):
                _count(counted, incident, step)
        seen_at = incident.acknowledged_at
        if seen_at is not None and period.holds(seen_at):
            for figure in _of(counted, incident.centre, incident.unit):
                figure.ack_minutes.append(max(0.0, (seen_at - incident.opened_at) / timedelta(minutes=1)))
        if incident.counts:
            _stand(counted, incident, period, end)
    return counted


def _count(counted: dict[Key, Figures], incident: Handled, step: Step) -> None:
    if step.action == "return":
        _add(counted, incident.centre, step.unit, "returned")
    elif step.after == "reopened" != step.before:
        _add(counted, incident.centre, step.unit, "reopened")
    elif step.rule_id in _RATED:
        _add(counted, incident.centre, step.unit, _RATED[step.rule_id])


def _stand(counted: dict[Key, Figures], incident: Handled, period: Period, end: datetime) -> None:
    done_at, due_at = incident.resolved_at, incident.due_at
    if period.holds(done_at) and done_at is not None:
        _add(counted, incident.centre, incident.unit, "done")
        if due_at is None or done_at <= due_at:
            _add(counted, incident.centre, incident.unit, "done_on_time")
        spent = done_at - incident.opened_at - timedelta(seconds=incident.paused_s)
        for figure in _of(counted, incident.centre, incident.unit):
            figure.hours.append(max(0.0, spent / timedelta(hours=1)))
    elif incident.opened_at < end and (done_at is None or done_at >= end):
        _add(counted, incident.centre, incident.unit, "open")
        if due_at is not None and due_at < end:
            _add(counted, incident.centre, incident.unit, "open_late")


def _of(counted: dict[Key, Figures], centre: str, unit: str) -> list[Figures]:
    keys = Key(centre, unit), Key(centre, ALL), Key(ALL, unit), Key(ALL, ALL)
    return [counted.setdefault(key, Figures()) for key in keys]


def _add(counted: dict[Key, Figures], centre: str, unit: str, name: str) -> None:
    for figure in _of(counted, centre, unit):
        setattr(figure, name, getattr(figure, name) + 1)
