"""Where an incident stands in its chain of escalation: follows from what is stored, whatever stores it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

from ioc.incidents.case import Case, Page
from ioc.incidents.subjects import Subjects
from ioc.paging import LivePaging
from ioc.routing.labels import Moment
from ioc.vocabulary import Status

TAKEN_UP: Final[frozenset[Status]] = frozenset({"accepted", "in_progress", "needs_info"})
"""Statuses that somebody has put it in who deals with it."""


class Pager:
    """Keeps each case's place in its chain: begins it, ends it, and leaves it alone otherwise."""

    def __init__(self, paging: LivePaging, zone: tzinfo, subjects: Subjects) -> None:
        self._paging = paging
        self._zone = zone
        self._subjects = subjects

    def paged(self, old: Case | None, case: Case, now: datetime) -> Case:
        """The case that is about to be stored, at its place in its chain.

        Args:
            old: As it is stored; its place counts, whatever the new one says.
            case: As it is about to be.
            now: Processing time.

        """
        known = old.page if old is not None else None
        page = self._page(old, case, known, now)
        return case if page == case.page else replace(case, page=page)

    def begin(self, case: Case, now: datetime) -> Page | None:
        """The beginning of the chain that a case has now."""
        chain = self._paging.now.chain_of(self._subjects.of_case(case, now), Moment.of(now.astimezone(self._zone)))
        return None if chain is None else Page(chain.id, 0, 0, chain.due(0, now), now)

    def _page(self, old: Case | None, case: Case, known: Page | None, now: datetime) -> Page | None:
        if not is_nobodys(case):
            return None
        if old is None or not is_nobodys(old):
            return self.begin(case, now)
        if _same_labels(old, case):
            return known
        begun = self.begin(case, now)
        # Graver, it may have another chain: that one begins now. In the same chain nothing is gained or lost.
        return known if known is not None and begun is not None and begun.chain == known.chain else begun


def is_nobodys(case: Case) -> bool:
    """Whether somebody was told of it and nobody has taken it up."""
    incident = case.incident
    return not (
        case.finished
        or case.silent
        or case.held_by
        or incident.acknowledged_at is not None
        or incident.status in TAKEN_UP
    )


def _same_labels(old: Case, case: Case) -> bool:
    one, other = old.incident, case.incident
    return (
        one.severity == other.severity
        and one.category == other.category
        and one.subcategory == other.subcategory
        and one.commune == other.commune
        and one.centre == other.centre
    )
