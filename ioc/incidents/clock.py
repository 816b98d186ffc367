"""The clocks of a case: by when it is due, how long it waited, how long which unit had it.

What a handler decides (a pause, a target that counts anew) it says here before it puts a case; what follows from any
change, whoever made it, is written by :func:`kept` as the case is put.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any, Final

from ioc.clocks import Target
from ioc.incidents.case import Case, Wait
from ioc.incidents.duties import Duties
from ioc.incidents.feedback import local_time
from ioc.records import Incident, UnitClock
from ioc.vocabulary import PAUSES, Severity

_MAX_WAITS: Final = 32
_MAX_UNIT_CLOCKS: Final = 32


def due(case: Case, duties: Duties) -> datetime:
    """By when a case has to be done, by its present labels and all that was waited."""
    begun, target = _begun(case), _target(case, duties)
    at = target.due(begun)
    for wait in case.waits:
        if wait.until > begun:
            at = target.later(at, max(wait.since, begun), wait.until)
    return at


def paused(case: Case, now: datetime) -> Case:
    """The case as it begins to wait; only a citizen can be waited for, so that without a report the time goes on."""
    waits = case.incident.status in PAUSES and case.paused_at is None and case.reports > 0
    return replace(case, paused_at=now) if waits else case


def resumed(case: Case, duties: Duties, now: datetime) -> Case:
    """The case with a target that is later by the time waited, if there is nothing to wait for any more."""
    since = case.paused_at
    if since is None or (case.incident.status in PAUSES and case.reports):
        return case
    due_at = case.incident.due_at
    if due_at is not None:
        due_at = _target(case, duties).later(due_at, since, now)
    waits = _bounded((*case.waits, Wait(since, now)))
    return replace(case, incident=replace(case.incident, due_at=due_at), paused_at=None, waits=waits)


def due_again(case: Case, duties: Duties, now: datetime) -> Case:
    """The reopened case with the whole time for handling again, should it have passed."""
    if case.incident.due_at is not None and case.incident.due_at > now:
        return case
    begun = replace(case, begun_at=now)
    return replace(begun, incident=replace(case.incident, due_at=due(begun, duties)))


def rose_late(incident: Incident) -> bool:
    """Whether an incident became so grave that its target had passed already: that alert tells both."""
    if incident.due_at is None or incident.overdue:
        return False
    rises = (each["at"] for each in reversed(incident.history) if _is_rise(each, incident.severity))
    rose = next(rises, None)
    return rose is not None and rose >= incident.due_at


def _is_rise(each: Mapping[str, Any], severity: Severity) -> bool:
    return bool(each["action"] == "worsen" and each["reason"] == severity)


def overdue(incident: Incident, zone: tzinfo) -> str:
    """What is said of a missed target."""
    due = local_time(incident.due_at, zone) if incident.due_at else ""
    return f"Quá hạn xử lý (hạn {due})."


def kept(old: Case | None, case: Case, now: datetime) -> None:
    """Write into the incident of a case that is about to be put what its clocks show.

    Args:
        old: The case in its place so far.
        case: The new one; its incident is still nobody else's.
        now: Processing time.

    """
    incident = case.incident
    if old is None or not (old.finished and case.finished):
        raw_s = max(0.0, (now - incident.opened_at).total_seconds())
        waits = case.paused_at is not None
        pause = PAUSES.get(incident.status) if waits else None
        paused_s = _paused_s(case, incident.opened_at, now) if waits or case.waits else 0.0
        incident.clock = {"raw_s": raw_s, "paused_s": paused_s, "paused_at": case.paused_at, "pause": pause}
    holder = None if case.finished or incident.status == "returned" else incident.unit
    clocks = incident.unit_clocks
    running = clocks[-1] if clocks and clocks[-1]["to"] is None else None
    if holder == (running["unit"] if running else None):
        return
    clocks = [*clocks]
    if running is not None:
        begun = running["from"]
        seconds = max(0.0, (now - begun).total_seconds())
        clocks[-1] = _unit_clock(running["unit"], begun, now, seconds, _paused_s(case, begun, now))
    if holder is not None:
        clocks.append(_unit_clock(holder, now, None, 0.0, 0.0))
    incident.unit_clocks = _merged(clocks)


def _begun(case: Case) -> datetime:
    """When the time for handling began to count."""
    return case.begun_at or case.incident.opened_at


def _target(case: Case, duties: Duties) -> Target:
    incident = case.incident
    return duties.duty(incident.category, incident.subcategory, incident.severity, _begun(case)).target


def _paused_s(case: Case, since: datetime, until: datetime) -> float:
    """Seconds between two instants in which the time stood still."""
    waits = case.waits if case.paused_at is None else (*case.waits, Wait(case.paused_at, until))
    spans = ((min(wait.until, until) - max(wait.since, since)).total_seconds() for wait in waits)
    return sum((seconds for seconds in spans if seconds > 0), 0.0)


def _bounded(waits: tuple[Wait, ...]) -> tuple[Wait, ...]:
    """At most so many; the first two become one that is as long as both, so that no waiting is forgotten."""
    if len(waits) <= _MAX_WAITS:
        return waits
    one, other, *rest = waits
    return (Wait(one.since, one.until + (other.until - other.since)), *rest)


def _unit_clock(unit: str, since: datetime, until: datetime | None, seconds: float, paused_s: float) -> UnitClock:
    return {"unit": unit, "from": since, "to": until, "seconds": seconds, "paused_s": paused_s}


def _merged(clocks: list[UnitClock]) -> list[UnitClock]:
    """At most so many: the oldest becomes part of the next of the same unit, or goes if that unit never came back."""
    if len(clocks) <= _MAX_UNIT_CLOCKS:
        return clocks
    oldest, *rest = clocks
    for number, each in enumerate(rest):
        if each["unit"] == oldest["unit"] and each["to"] is not None:
            seconds, paused_s = oldest["seconds"] + each["seconds"], oldest["paused_s"] + each["paused_s"]
            rest[number] = _unit_clock(each["unit"], oldest["from"], each["to"], seconds, paused_s)
            break
    return rest
