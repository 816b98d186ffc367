"""All that one file says of who is told, when and how often."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ioc.paging.chains import Chain
from ioc.paging.subject import Subject
from ioc.routing.labels import Known, Moment
from ioc.routing.matchers import Names
from ioc.vocabulary import Category, Severity


@dataclass(frozen=True, slots=True)
class Updates:
    """How often an incident that goes on is told of again.

    Attributes:
        marks: Pieces of evidence at which there is news, rising; beyond the last one at every doubling of it.
        pause: An incident says ``updated`` at most once in so long; what comes in between is told together after it.
        centre_most: A centre gets at most so many ``updated`` alerts
        centre_window: within this, which is no longer than ``pause``; further ones wait, together.

    """

    marks: tuple[int, ...]
    pause: timedelta
    centre_most: int
    centre_window: timedelta

    def is_mark(self, count: int) -> bool:
        """Whether so many pieces of evidence are worth telling."""
        last = self.marks[-1]
        if count <= last:
            place = bisect_left(self.marks, count)
            return place < len(self.marks) and self.marks[place] == count
        while last < count:
            last *= 2
        return last == count


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what operators set.

    Attributes:
        silence: Longest silence.
        maintenance: Longest maintenance of a device or site.
        emergency: Longest emergency mode.
        remind: How often a centre is reminded of what a silence hides.

    """

    silence: timedelta
    maintenance: timedelta
    emergency: timedelta
    remind: timedelta


@dataclass(frozen=True, slots=True)
class Emergency:
    """What an emergency mode changes, beside the routes that ask for it.

    Attributes:
        factor: What target times are multiplied by.
        table: Target times by severity, where they are given.
        calm: Instead of the ``calm`` of the rules of gathering; none: the same.
        storm: Instead of ``storm``.
        urgent: Categories, or ``category/subcategory``, that are never held back then.

    """

    factor: float = 1.0
    table: Mapping[Severity, timedelta] = field(default_factory=dict)
    calm: int | None = None
    storm: int | None = None
    urgent: frozenset[str] = frozenset()

    def due(self, severity: Severity, begin: datetime, due: datetime) -> datetime:
        """Target of something that is due at an instant on other days."""
        if (target := self.table.get(severity)) is not None:
            return begin + target
        return begin + (due - begin) * self.factor

    def is_urgent(self, category: Category, subcategory: str) -> bool:
        """Whether something speaks for itself whatever it is listed under."""
        return category in self.urgent or f"{category}/{subcategory}" in self.urgent


@dataclass(frozen=True, slots=True)
class Policy:
    """The file.

    Attributes:
        version: Of its content.
        known: What matchers may name.
        names: Areas and times that it names.
        chains: Asked in order; the first that takes an incident is its chain.
        updates: See :class:`Updates`.
        limits: See :class:`Limits`.
        emergency: See :class:`Emergency`.

    """

    version: str
    known: Known
    names: Names
    chains: tuple[Chain, ...]
    updates: Updates
    limits: Limits
    emergency: Emergency

    def chain_of(self, subject: Subject, moment: Moment) -> Chain | None:
        """Chain of an incident; none: it is not escalated."""
        return next((chain for chain in self.chains if chain.takes(subject, moment)), None)

    def chain(self, name: str) -> Chain | None:
        """Chain by its id."""
        return next((chain for chain in self.chains if chain.id == name), None)


class LivePaging:
    """The policy of the moment; another may take its place between records."""

    def __init__(self, policy: Policy) -> None:
        self.now = policy

    def replace(self, policy: Policy) -> None:
        """Another file is in force from now on."""
        self.now = policy
