"""Which incidents are listed under which, what gathers others, and how many were opened of late."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection
from datetime import datetime
from typing import Final

from ioc.incidents.case import Case, is_made

_NONE: Final[dict[str, None]] = {}


class Family:
    """Look-ups over the cases of a province, kept by what files them; cases themselves say everything."""

    def __init__(self) -> None:
        self._gathering: dict[tuple[str, bool], dict[str, None]] = {}
        self._children: dict[str, dict[str, bool]] = {}
        self._unfinished: dict[str, int] = {}
        self._waiting: dict[str, set[str]] = {}
        self._opened: dict[tuple[str, bool], list[tuple[float, str]]] = {}
        self._critical: dict[tuple[str, bool], dict[str, None]] = {}

    def gathering(self, centre: str, *, made: bool) -> Collection[str]:
        """A centre's unfinished incidents that gather others, in no order; those of a simulator are apart."""
        return self._gathering.get((centre, made), _NONE).keys()

    def centres(self, *, made: bool) -> set[str]:
        """Centres that have some of these, or were alerted to something."""
        return {centre for centre, each in (*self._gathering, *self._opened) if each is made}

    def children(self, parent: str) -> Collection[str]:
        """Incidents listed under one, finished ones too, as long as they are at hand."""
        return self._children.get(parent, {}).keys()

    def unfinished(self, parent: str) -> int:
        """How many of them are not done."""
        return self._unfinished.get(parent, 0)

    def waiting(self, condition: str) -> list[str]:
        """Incidents whose outage has no incident yet."""
        return sorted(self._waiting.get(condition, ()))

    def opened(self, centre: str, since: datetime, *, made: bool) -> list[str]:
        """Incidents that a centre was alerted to and that were opened after an instant; processing time.

        What a simulator has made and what is real are counted apart.
        """
        times = self._opened.get((centre, made), [])
        return [incident for _, incident in times[bisect_right(times, (since.timestamp(), "\uffff")) :]]

    def count_opened(self, centre: str, since: datetime, *, made: bool) -> int:
        """How many they are."""
        times = self._opened.get((centre, made), [])
        return len(times) - bisect_right(times, (since.timestamp(), "\uffff"))

    def critical(self, centre: str, *, made: bool) -> list[str]:
        """A centre's unfinished incidents of machines alone that are critical, by id."""
        return sorted(self._critical.get((centre, made), ()))

    def add(self, incident: str, case: Case) -> None:
        """File a case."""
        if _is_critical(case):
            self._critical.setdefault(_desk(case), {})[incident] = None
        if case.gathers and not case.finished:
            self._gathering.setdefault(_desk(case), {})[incident] = None
        elif not case.gathers and not case.silent:
            insort(self._opened.setdefault(_desk(case), []), (_opened_at(case), incident))
        parent = _parent(case)
        if parent is not None:
            self._children.setdefault(parent, {})[incident] = case.finished
            if not case.finished:
                self._unfinished[parent] = self._unfinished.get(parent, 0) + 1
        elif case.part_of is not None and not case.finished:
            self._waiting.setdefault(case.part_of, set()).add(incident)

    def remove(self, incident: str, case: Case) -> None:
        """Take a case out of where :meth:`add` put it."""
        if _is_critical(case):
            del self._critical[_desk(case)][incident]
        if case.gathers and not case.finished:
            gathering = self._gathering[_desk(case)]
            del gathering[incident]
            if not gathering:
                del self._gathering[_desk(case)]
        elif not case.gathers and not case.silent:
            times = self._opened[_desk(case)]
            del times[bisect_left(times, (_opened_at(case), incident))]
        parent = _parent(case)
        if parent is not None:
            children = self._children[parent]
            del children[incident]
            if not children:
                del self._children[parent]
            if not case.finished:
                self._unfinished[parent] -= 1
                if not self._unfinished[parent]:
                    del self._unfinished[parent]
        elif case.part_of is not None and not case.finished:
            waiting = self._waiting[case.part_of]
            waiting.discard(incident)
            if not waiting:
                del self._waiting[case.part_of]


def _parent(case: Case) -> str | None:
    """What gathers a case; the parent of a duplicate is what it was merged into."""
    return None if case.incident.status == "duplicate" else case.incident.parent


def _is_critical(case: Case) -> bool:
    return case.machine and case.incident.severity == "critical" and not (case.gathers or case.finished)


def _desk(case: Case) -> tuple[str, bool]:
    return case.incident.centre, is_made(case.group)


def _opened_at(case: Case) -> float:
    return case.incident.history[0]["at"].timestamp()
