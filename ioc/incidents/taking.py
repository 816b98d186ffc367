"""What an incident takes in that was known of its happening before: signs become evidence, or are listed under it."""

from __future__ import annotations

from dataclasses import replace

from ioc.incidents import outputs
from ioc.incidents.case import Case
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.fusion import Found, Fusion
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import appended, step
from ioc.incidents.memory import Writer
from ioc.incidents.union import Cause, grown, members_of, move
from ioc.incidents.voice import Voice
from ioc.records import copied
from ioc.vocabulary import AlertReason


class Fuser:
    """Lets an incident take in what was known of its happening before it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._fusion = Fusion(desk.memory)
        self._gatherer = Gatherer(desk)
        self._voice = Voice(desk)

    def take_in(self, name: str, writer: Writer) -> None:
        """Take in the signs of an incident that was opened, or has got worse, a place or more witnesses."""
        case = self._memory.cases[name]
        if case.gathers not in {"", "cause"}:
            return
        children: list[str] = []
        for found in self._fusion.signs(case):
            if found.row.role == "child":
                children.append(found.case.incident.incident_id)
                self._say_why(case, found, "listed", writer)
            else:
                self._unite(self._memory.cases[name], found, writer)
        if children:
            self._gatherer.take(self._gatherer.causing(self._memory.cases[name], writer), children, writer)

    def _unite(self, target: Case, found: Found, writer: Writer) -> None:
        sign, rule_id, now = found.case, found.row.rule_id, writer.now
        one, other = sign.incident, target.incident
        moved = members_of(self._memory, sign)
        merged = copied(one)
        merged.status, merged.parent, merged.similar = "duplicate", other.incident_id, []
        merged.updated_at, merged.version = now, one.version + 1
        change = step(now, SYSTEM, "merge", (one.status, "duplicate"), "fuse-into", reason=rule_id)
        merged.history = appended(one.history, change)
        gone = replace(
            sign, incident=merged, finished_at=now, conditions=(), reports=0, sketches=(), photos=(),
            moved=tuple(signal for signal, _ in moved),
        )  # fmt: skip
        cause = Cause(SYSTEM, rule_id, "fuse-from", rule_id, found.score)
        whole, anew = grown(self._desk, target, sign, moved, cause, writer)
        wanted: AlertReason | None = "updated" if anew else None
        whole, said = self._voice.voiced(whole, wanted, outputs.added(one.title, anew), writer)
        text = f"Đã nhập vào {other.incident_id}: {other.title}"
        gone, ended = self._voice.voiced(gone, "resolved", text, writer)
        writer.put(gone)
        writer.put(whole)
        move(moved, sign, whole, writer)
        for apart, verdict in sorted(self._memory.apart(one.incident_id).items()):
            writer.set_verdict(one.incident_id, apart, None)
            writer.set_verdict(other.incident_id, apart, verdict)
        self._voice.say(gone, ended, writer)
        self._voice.say(whole, said, writer)
        people = [member for _, member in moved]
        writer.changes.feedback += outputs.feedback(whole, people, self._desk, now, status="duplicate")
        self._say_why(whole, found, "fused", writer)

    def _say_why(self, case: Case, found: Found, outcome: str, writer: Writer) -> None:
        taken = found.case.incident.incident_id
        writer.changes.decisions.append(
            outputs.decision(
                "fuse", found.row.rule_id, outcome, writer.now, incident=case.incident.incident_id, event=None,
                subject=taken, inputs={"taken": taken, "score": found.score, **found.parts},
                versions=self._desk.versions,
            )
        )  # fmt: skip
