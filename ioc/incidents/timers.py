"""What time alone does: targets pass, what is done is closed, what is closed leaves the memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Final

from ioc.incidents import clock, outputs
from ioc.incidents.case import Case
from ioc.incidents.changes import Measure
from ioc.incidents.deadlines import missed, passed, running
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.escalation import Escalator
from ioc.incidents.feedback import local_time
from ioc.incidents.flapping import settles_at
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import appended, step
from ioc.incidents.memory import Writer
from ioc.incidents.signals import SignalHandler
from ioc.incidents.silences import SilenceHandler
from ioc.incidents.silencing import Silencer
from ioc.incidents.voice import Voice
from ioc.records import Deadline
from ioc.vocabulary import AlertReason

_MAX_PER_TICK: Final = 500
"""Incidents changed by one tick; the rest waits for the next, so that no round grows without bound."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Timers:
    """Applies the passing of time to the memory of one province."""

    def __init__(self, desk: Desk, signals: SignalHandler) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._gatherer = Gatherer(desk)
        self._voice = Voice(desk)
        self._escalator = Escalator(desk)
        self._silences = SilenceHandler(desk)
        self._silencer = Silencer(desk)
        self._signals = signals

    def apply(self, writer: Writer) -> None:
        """Do what is due; without anything due it costs two comparisons."""
        memory = self._memory
        surplus = memory.finished - memory.rules.lifetimes.max_finished
        if surplus > 0:
            self._make_room(min(surplus, _MAX_PER_TICK), writer)
        if writer.now < memory.wake:
            return
        self._silences.tick(writer)
        for signal in self._silencer.unmuted(writer):
            self._signals.apply(signal, writer)
        due, later = self._due(writer.now)
        # What is handled now lowers the bound again as it is put; should that fail, everything is looked at anew.
        memory.wake = _NEVER
        try:
            self._handle([incident for _, incident in due], writer)
        except BaseException:
            memory.wake = writer.now
            raise
        left = (memory.due(memory.cases[incident]) for _, incident in due if incident in memory.cases)
        # Putting a case back lowers the bound again, so taking these changes back needs no note of it.
        memory.wake = min(memory.wake, later, memory.registry.due() or _NEVER, *filter(None, left))

    def _handle(self, due: list[str], writer: Writer) -> None:
        """Tell what may be told, then take the steps of chains, then do what time does to incidents."""
        memory = self._memory
        for incident in due:
            self._voice_of(memory.cases[incident], writer)
        paged = [(case.page.at, name) for name in due if (case := memory.cases[name]).page is not None]
        self._escalator.apply((name for at, name in sorted(paged) if at <= writer.now), writer)
        # A missed target tells a centre of its growth too, which then waits for its next turn.
        for incident in sorted(due, key=lambda name: not self._is_breached(memory.cases[name], writer.now)):
            self._pass(memory.cases[incident], writer)

    def _due(self, now: datetime) -> tuple[list[tuple[datetime, str]], datetime]:
        """What is due, the longest overdue first and no more than one tick takes; and when the next one is."""
        due: list[tuple[datetime, str]] = []
        later = _NEVER
        for incident, case in self._memory.cases.items():
            deadline = self._memory.due(case)
            if deadline is None:
                continue
            if deadline <= now:
                due.append((deadline, incident))
            elif deadline < later:
                later = deadline
        if len(due) > _MAX_PER_TICK:
            return nsmallest(_MAX_PER_TICK, due), now
        return sorted(due), later

    def _voice_of(self, case: Case, writer: Writer) -> None:
        heard = self._memory.voice_due(case)
        if heard is not None and heard <= writer.now:
            self._voice.release(case, writer)

    def _pass(self, case: Case, writer: Writer) -> None:
        own = self._memory.own_due(case)
        if own is None or own > writer.now:
            return
        if late := passed(case.incident, writer.now):
            self._miss(case, late, writer)
        elif case.finished_at is None:
            self._pass_open(case, writer)
        elif case.incident.status == "resolved":
            self._close(case, "close-time", writer)
        else:
            writer.evict(case.incident.incident_id)

    def _pass_open(self, case: Case, writer: Writer) -> None:
        memory = self._memory
        settles = settles_at(case, memory.rules.flapping)
        if settles is not None and settles <= writer.now:
            self._settle(case, writer)
            return
        if case.gathers and (end := memory.next_end(case)) is not None and end <= writer.now:
            self._gatherer.end(case, writer)
            return
        if self._is_breached(case, writer.now):
            self._breach(self._gatherer.retold(case, writer), writer)
        elif case.gathers:
            self._gatherer.grow(case, writer)

    @staticmethod
    def _is_breached(case: Case, now: datetime) -> bool:
        """Whether a target is missed of which nothing was said yet."""
        incident = case.incident
        due = None if incident.overdue or case.paused_at or case.finished else incident.due_at
        return due is not None and due <= now

    def _settle(self, case: Case, writer: Writer) -> None:
        """A condition that came and went has been quiet: it goes on, or it is over."""
        before, now = case.incident, writer.now
        over = case.machine and not any(condition.on for condition in case.conditions)
        change = (
            step(now, SYSTEM, "resolve", (before.status, "resolved"), "flapping-over")
            if over
            else step(now, SYSTEM, "settle", (before.status, before.status), "flapping-settled")
        )
        incident = replace(
            before, status="resolved" if over else before.status, flapping=False, updated_at=now,
            version=before.version + 1, history=appended(before.history, change),
        )  # fmt: skip
        settled = replace(case, incident=incident, changes=(), changed_at=None, finished_at=now if over else None)
        settled, said = self._voice.voiced(settled, "resolved" if over else None, incident.title, writer)
        writer.put(settled)
        if over:
            writer.changes.measures.append(Measure.of("resolved", incident, now))
            self._voice.say(settled, said, writer)
        self._decide(settled, "flapping", change["rule_id"], "resolved" if over else "settled", writer)

    def _breach(self, case: Case, writer: Writer) -> None:
        before, now = case.incident, writer.now
        incident = replace(
            before,
            overdue=True,
            updated_at=now,
            version=before.version + 1,
            history=appended(before.history, step(now, SYSTEM, "breach", (before.status, before.status), "sla-breach")),
        )
        text = outputs.added(clock.overdue(before, self._desk.zone), incident.text)
        # What was overdue by becoming graver was told so then.
        wanted: AlertReason | None = None if clock.rose_late(before) else "sla_breached"
        breached, said = self._voice.voiced(replace(case, incident=incident), wanted, text, writer)
        writer.put(breached)
        self._voice.say(breached, said, writer)
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
