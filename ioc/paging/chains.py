"""Chains of escalation: whom to tell next while nobody has taken an incident up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from ioc.paging.matchers import Matcher, all_hold
from ioc.paging.subject import Subject
from ioc.paging.windows import Windows
from ioc.routing.labels import Moment

Receiver = Literal["unit", "duty", "centre", "province"]
RECEIVERS: Final[tuple[Receiver, ...]] = get_args(Receiver)
"""From the nearest to the highest: the unit in charge, the duty officer, the centre, the province."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: after waiting so long since the one before it, somebody is told."""

    wait: timedelta
    to: Receiver


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps for some incidents.

    Attributes:
        id: Its name in the file.
        matchers: All have to be fulfilled.
        steps: In order; at least one.
        repeat: How often it begins again after its last step.
        windows: Local times in which its steps may come; a step that falls outside waits for the next of them.
        grid: Steps come at multiples of this, so that those of several incidents are told together; none: at once.

    """

    id: str
    matchers: tuple[Matcher, ...]
    steps: tuple[Step, ...]
    repeat: int
    windows: Windows
    grid: timedelta | None

    def takes(self, subject: Subject, moment: Moment) -> bool:
        """Whether it is the chain of something."""
        return all_hold(self.matchers, subject, moment)

    def due(self, step: int, since: datetime) -> datetime:
        """When a step comes, counted from an instant."""
        at = since + self.steps[step].wait
        if self.grid is not None:
            seconds, grid = at.timestamp(), self.grid.total_seconds()
            at = datetime.fromtimestamp(-(-seconds // grid) * grid, UTC)
        return self.windows.opens(at) or at

    def after(self, step: int, turn: int) -> tuple[int, int] | None:
        """Step and turn that follow; none: that was the last."""
        if step + 1 < len(self.steps):
            return step + 1, turn
        return (0, turn + 1) if turn < self.repeat else None
