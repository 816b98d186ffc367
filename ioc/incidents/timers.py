"""What time alone does: targets pass, what is done is closed, what is closed leaves the memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Final

from ioc.incidents import outputs
from ioc.incidents.case import Case
from ioc.incidents.deadlines import missed, passed, running
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.feedback import local_time
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import appended, step
from ioc.incidents.memory import Writer
from ioc.records import Deadline

_MAX_PER_TICK: Final = 500
"""Incidents changed by one tick; the rest waits for the next, so that no round grows without bound."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Timers:
    """Applies the passing of time to the memory of one province."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._gatherer = Gatherer(desk)

    def apply(self, writer: Writer) -> None:
        """Do what is due; without anything due it costs two comparisons."""
        memory = self._memory
        surplus = memory.finished - memory.rules.lifetimes.max_finished
        if surplus > 0:
            self._make_room(min(surplus, _MAX_PER_TICK), writer)
        if writer.now < memory.wake:
            return
        due: list[tuple[datetime, str]] = []
        for incident, case in memory.cases.items():
            deadline = memory.due(case)
            if deadline is not None and deadline <= writer.now:
                due.append((deadline, incident))
        for _, incident in nsmallest(_MAX_PER_TICK, due):
            self._pass(memory.cases[incident], writer)
        # Putting a case back lowers the bound again, so taking these changes back needs no note of it.
        memory.wake = min((found for case in memory.cases.values() if (found := memory.due(case))), default=_NEVER)

    def _pass(self, case: Case, writer: Writer) -> None:
        if late := passed(case.incident, writer.now):
            self._miss(case, late, writer)
        elif case.finished_at is None:
            self._pass_open(case, writer)
        elif case.incident.status == "resolved":
            self._close(case, "close-time", writer)
        else:
            writer.evict(case.incident.incident_id)

    def _pass_open(self, case: Case, writer: Writer) -> None:
        memory, incident = self._memory, case.incident
        if case.gathers and (end := memory.next_end(case)) is not None and end <= writer.now:
            self._gatherer.end(case, writer)
            return
        breach = incident.due_at is not None and incident.due_at <= writer.now
        if breach and not (incident.overdue or case.paused_at):
            self._breach(self._gatherer.retold(case, writer), writer)
        elif case.gathers:
            self._gatherer.grow(case, writer)

    def _breach(self, case: Case, writer: Writer) -> None:
        before, now = case.incident, writer.now
        incident = replace(
            before,
            overdue=True,
            updated_at=now,
            version=before.version + 1,
            history=appended(before.history, step(now, SYSTEM, "breach", (before.status, before.status), "sla-breach")),
        )
        breached, reason = self._gatherer.voiced(replace(case, incident=incident), "sla_breached")
        writer.put(breached)
        due = local_time(before.due_at, self._desk.zone) if before.due_at else ""
        text = " ".join(filter(None, (f"Quá hạn xử lý (hạn {due}).", incident.text)))
        self._gatherer.say(breached, "sla_breached", reason, text, writer)
        self._decide(case, "breach", "sla-breach", "overdue", writer)

    def _miss(self, case: Case, late: list[Deadline], writer: Writer) -> None:
        """Tell that reports are overdue, once each; the target for handling is another matter."""
        before, now = case.incident, writer.now
        history = before.history
        for each in late:
            change = step(now, SYSTEM, "miss", (before.status, before.status), "deadline-missed", reason=each.name)
            history = appended(history, change)
        incident = replace(
            before,
            deadlines=missed(before.deadlines, now),
            updated_at=now,
            version=before.version + 1,
            history=history,
        )
        writer.put(replace(case, incident=incident))
        said = "; ".join(
            f"{each.title or each.name} (hạn {local_time(each.due_at, self._desk.zone)}, {each.source})"
            for each in late
        )
        writer.changes.alerts.append(outputs.alert(incident, "sla_breached", f"Quá hạn báo cáo: {said}.", now))
        self._decide(case, "deadline", "deadline-missed", "missed", writer)

    def _close(self, case: Case, rule_id: str, writer: Writer) -> None:
        before, now = case.incident, writer.now
        incident = replace(
            before,
            status="closed",
            updated_at=now,
            version=before.version + 1,
            history=appended(before.history, step(now, SYSTEM, "close", (before.status, "closed"), rule_id)),
        )
        closed = replace(case, incident=incident, finished_at=now)
        writer.put(closed)
        members = self._memory.members(before.incident_id).values()
        writer.changes.feedback += outputs.feedback(closed, members, self._desk, now)
        self._decide(case, "close", rule_id, "closed", writer)

    def _make_room(self, count: int, writer: Writer) -> None:
        """Let the oldest finished incidents go before their time."""
        finished = [
            (case.finished_at, incident)
            for incident, case in self._memory.cases.items()
            if case.finished_at is not None and not running(case.incident)
        ]
        for _, incident in nsmallest(count, finished):
            case = self._memory.cases[incident]
            if case.incident.status == "resolved":
                self._close(case, "close-room", writer)
            writer.evict(incident)

    def _decide(self, case: Case, kind: str, rule_id: str, result: str, writer: Writer) -> None:
        incident = case.incident
        writer.changes.decisions.append(
            outputs.decision(
                kind,
                rule_id,
                result,
                writer.now,
                incident=incident.incident_id,
                event=None,
                subject=f"{incident.version}",
                inputs={
                    "due_at": incident.due_at,
                    "status": incident.status,
                    "finished_at": case.finished_at,
                    "deadlines": [each.name for each in passed(incident, writer.now)],
                },
                versions=self._desk.versions,
            )
        )
