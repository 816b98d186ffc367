"""Which incident a signal belongs to: no scan, one look-up by device and one by place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ioc.incidents.case import EXACT, STATEFUL, Case, condition_key, group_key
from ioc.incidents.correlation import Group
from ioc.incidents.index import cell_of, distance_m
from ioc.incidents.memory import Memory
from ioc.records import Signal


class Match(NamedTuple):
    """The incident that a signal belongs to, and why: the rule, and a score from 0 to 1."""

    case: Case
    rule_id: str
    score: float


def with_condition(memory: Memory, condition: str | None) -> Case | None:
    """Unfinished case with this machine condition, else the newest finished one."""
    if condition is None:
        return None
    cases = [memory.cases[found] for found in memory.index.with_condition(condition)]
    return max(cases, key=lambda case: (not case.finished, case.last_at, case.incident.incident_id), default=None)


def match(memory: Memory, signal: Signal, group: Group, same: Case | None) -> Match | None:
    """Find the incident of a signal that ends nothing.

    Args:
        memory: Where to look.
        signal: What happened.
        group: Its group.
        same: Case of the same device and kind, if there is one.

    """
    if same is not None and not same.finished:
        if signal.source in STATEFUL or _within(same, signal.at, group.window):
            return Match(same, "join-device", 1.0)
    elif same is not None and signal.source in STATEFUL and _is_late(same, signal):
        return Match(same, "join-late", 1.0)
    elif same is not None and same.incident.status == "resolved" and signal.at <= same.last_at + group.reopen:
        return Match(same, "reopen-device", 1.0)
    return _near(memory, signal, group) or _in_commune(memory, signal, group)


def _near(memory: Memory, signal: Signal, group: Group) -> Match | None:
    if signal.lat is None or signal.lon is None or signal.located_by not in EXACT or not group.radius_m:
        return None
    cell = cell_of(group_key(group, signal), group.radius_m, signal.lat, signal.lon)
    best: tuple[float, str] | None = None
    for found in memory.index.near(cell):
        case = memory.cases[found]
        incident = case.incident
        if incident.lat is None or incident.lon is None or not _within(case, signal.at, group.window):
            continue
        distance = distance_m(signal.lat, signal.lon, incident.lat, incident.lon)
        if distance <= group.radius_m and (best is None or (distance, found) < best):
            best = distance, found
    if best is None:
        return None
    return Match(memory.cases[best[1]], "join-near", round(1 - best[0] / (2 * group.radius_m), 3))


def _in_commune(memory: Memory, signal: Signal, group: Group) -> Match | None:
    """Join by the commune's name; where both have an exact position, distance has already decided."""
    if not group.same_commune or signal.located_by == "none":
        return None
    placed = signal.located_by in EXACT
    cases = [memory.cases[found] for found in memory.index.in_commune(group_key(group, signal), signal.commune)]
    best = max(
        (case for case in cases if not (placed and case.exact) and _within(case, signal.at, group.window)),
        key=lambda case: (case.last_at, case.incident.incident_id),
        default=None,
    )
    return Match(best, "join-commune", 0.5) if best else None


def _within(case: Case, at: datetime, window: timedelta) -> bool:
    return case.first_at - window <= at <= case.last_at + window


def _is_late(case: Case, signal: Signal) -> bool:
    """Whether the condition was raised or ended after this signal: news of an episode that is over."""
    key = condition_key(signal)
    return any(held.key == key and signal.at <= held.at for held in case.conditions)
