"""Duties that an incident has beside being handled, such as reports to an authority: kept, warned of, done.

They go on after the incident is resolved or closed: what is over may still have to be reported. Only what was no
incident at all (``rejected``), or is another one's by now (``duplicate``), owes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ioc.records import Deadline, Incident
from ioc.vocabulary import Status

_OWES_NOTHING: Final[frozenset[Status]] = frozenset({"rejected", "duplicate"})


def united(known: Sequence[Deadline], new: Iterable[Deadline]) -> list[Deadline]:
    """Deadlines of both, the earliest first; of one name the earlier holds, and one that was done is done."""
    by_name = {each.name: each for each in known}
    for each in new:
        held = by_name.get(each.name)
        if held is None:
            by_name[each.name] = each
            continue
        first = min(held, each, key=lambda one: one.due_at)
        done = [one.done_at for one in (held, each) if one.done_at is not None]
        by_name[each.name] = replace(first, done_at=min(done, default=None), missed=held.missed or each.missed)
    return sorted(by_name.values(), key=lambda one: (one.due_at, one.name))


def running(incident: Incident) -> list[Deadline]:
    """What is to be done and may still be in time."""
    if not incident.deadlines or incident.status in _OWES_NOTHING:
        return []
    return [each for each in incident.deadlines if each.done_at is None and not each.missed]


def next_due(incident: Incident) -> datetime | None:
    """When the next of them passes."""
    if not incident.deadlines:  # nearly always
        return None
    return min((each.due_at for each in running(incident)), default=None)


def passed(incident: Incident, now: datetime) -> list[Deadline]:
    """Those that have passed undone, and nobody was told yet."""
    return [each for each in running(incident) if each.due_at <= now]


def missed(deadlines: Sequence[Deadline], now: datetime) -> list[Deadline]:
    """The deadlines once it was told which of them have passed undone."""
    return [replace(each, missed=True) if each.done_at is None and each.due_at <= now else each for each in deadlines]


def done(deadlines: Sequence[Deadline], name: str, now: datetime) -> list[Deadline]:
    """The deadlines with one that was done."""
    return [replace(each, done_at=now) if each.name == name else each for each in deadlines]
