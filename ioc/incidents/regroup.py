"""What belongs together by an operator's word: evidence taken out, incidents merged, pairs that are never one.

The word is remembered as a verdict about two incidents for as long as both are at hand: nothing joins them, and what
looks more like the one is not joined to the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ioc.incidents import acknowledgement, acts, clock, outputs
from ioc.incidents.case import SURGES, Case, Verdict, is_made, kept_apart
from ioc.incidents.desk import Desk
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import MAX_EVIDENCE, appended, step
from ioc.incidents.lifecycle import Transition
from ioc.incidents.memory import Writer
from ioc.incidents.opening import free_id, new_incident, summary
from ioc.incidents.union import Cause, Members, evidence_of, grown, members_of, move, undecided
from ioc.incidents.voice import Voice
from ioc.records import Command, FieldError, Incident, copied
from ioc.vocabulary import SEVERITY_RANK, AlertReason, Status

_SPLIT: Final = "split"
_MERGE: Final = "merge"


class RegroupHandler:
    """Applies ``split``, ``merge`` and ``not_related``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._gatherer = Gatherer(desk)
        self._voice = Voice(desk)

    def apply(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        """Do it, or say what is wrong with the command."""
        match command.action:
            case "split":
                return self._split(command, case, transition, writer)
            case "merge":
                return self._merge(command, case, transition, writer)
            case _:
                return self._part(command, case, transition, writer)

    def _release(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        """Take incidents out of one that gathers them, or that they were merged into."""
        wanted = command.arguments.get("incidents")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
            message = "must be a list of ids of incidents that are listed under this one, or were merged into it"
            return FieldError("/arguments/incidents", "type", message)
        before = case.incident
        listed = self._memory.family.children(before.incident_id)
        for number, name in enumerate(wanted):
            if name not in listed and not self._is_merged(name, before.incident_id):
                return FieldError(f"/arguments/incidents/{number}", "unknown_incident", "is not listed under this one")
        kept = replace(
            case, incident=acts.stepped(before, command, transition, writer.now), commands=acts.known(case, command)
        )
        writer.put(kept)
        word = Verdict(command.by, writer.now)
        for name in dict.fromkeys(wanted):
            other, whole = self._memory.cases[name], self._memory.cases[before.incident_id]
            if name in listed:
                self._gatherer.release(other, whole, word, command.reason, writer)
            else:
                self._unmerge(other, whole, command, writer)
        self._gatherer.recount(before.incident_id, writer)
        acts.accept(self._desk, command, transition.rule_id, before, writer, inputs={"incidents": wanted})
        return None

    def _is_merged(self, name: str, into: str) -> bool:
        """Whether a merge that can still be taken back made an incident part of another."""
        case = self._memory.cases.get(name)
        if case is None or case.incident.status != "duplicate" or case.incident.parent != into:
            return False
        members = self._memory.members(into)
        moved = [signal for signal in case.moved if signal in members]
        return 0 < len(moved) < len(members)

    def _unmerge(self, gone: Case, whole: Case, command: Command, writer: Writer) -> None:
        """Take a merge back: both are as they were, with their members, reporters and answers, and stay apart."""
        one, before, now = gone.incident, whole.incident, writer.now
        moved = set(gone.moved)
        members = members_of(self._memory, whole)
        taken = [each for each in members if each[0] in moved]
        left = [each for each in members if each[0] not in moved]
        people = summary(member for _, member in taken)
        status = _before_merge(one)
        incident = copied(one)
        incident.status, incident.parent = status, None
        incident.updated_at, incident.version = now, one.version + 1
        incident.history = appended(
            one.history,
            step(now, command.by, _SPLIT, ("duplicate", status), f"unmerge-{status}", reason=command.reason),
        )
        keys = {member.condition for _, member in taken} - {member.condition for _, member in left}
        back = replace(
            gone, incident=incident, finished_at=None, moved=(), reports=people.reports, sketches=people.sketches,
            photos=people.photos, conditions=tuple(held for held in whole.conditions if held.key in keys),
        )  # fmt: skip
        back = clock.paused(back, now)
        rest = copied(before)
        kept = self._without(whole, rest, taken, left)
        rest.version, rest.updated_at = before.version + 1, now
        rest.children_count = max(0, before.children_count - 1 - one.children_count)
        rest.also = sorted({member.category for _, member in left} - {rest.category})
        back, said = self._voice.voiced(back, "updated", command.reason or one.title, writer)
        writer.put(kept)
        writer.put(back)
        move(taken, whole, back, writer)
        for other, verdict in self._memory.apart(before.incident_id).items():
            writer.set_verdict(one.incident_id, other, verdict)
        writer.set_verdict(before.incident_id, one.incident_id, Verdict(command.by, now))
        self._voice.say(back, said, writer)
        writer.changes.feedback += outputs.feedback(back, [member for _, member in taken], self._desk, now)

    def _split(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        if "incidents" in command.arguments or case.gathers not in {"", "cause"}:
            return self._release(command, case, transition, writer)
        wanted = command.arguments.get("signals")
        members = members_of(self._memory, case)
        known = {signal for signal, _ in members}
        if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
            return FieldError("/arguments/signals", "type", "must be a list of signal ids of the incident's evidence")
        for number, signal in enumerate(wanted):
            if signal not in known:
                return FieldError(f"/arguments/signals/{number}", "unknown_signal", "is no evidence of this incident")
        taken = [(signal, member) for signal, member in members if signal in wanted]
        left = [(signal, member) for signal, member in members if signal not in wanted]
        if not left:
            return FieldError("/arguments/signals", "not_allowed", "must leave something with the incident")
        before = case.incident
        new = self._opened(case, taken, command, writer)
        kept = replace(
            self._without(case, acts.stepped(before, command, transition, writer.now), taken, left),
            commands=acts.known(case, command),
        )
        kept = clock.resumed(kept, self._desk.duties, writer.now)
        new, said = self._voice.voiced(new, "opened", new.incident.title, writer)
        writer.put(kept)
        writer.put(new)
        move(taken, case, new, writer)
        for other, verdict in self._memory.apart(before.incident_id).items():
            writer.set_verdict(new.incident.incident_id, other, verdict)
        writer.set_verdict(before.incident_id, new.incident.incident_id, Verdict(command.by, writer.now))
        changes = writer.changes
        self._voice.say(new, said, writer)
        changes.feedback += outputs.feedback(new, [member for _, member in taken], self._desk, writer.now)
        inputs = {"into": new.incident.incident_id, "signals": [signal for signal, _ in taken]}
        acts.accept(self._desk, command, transition.rule_id, before, writer, inputs=inputs)
        return None

    def _opened(self, case: Case, taken: Members, command: Command, writer: Writer) -> Case:
        """The case of what was taken out, as if it had come alone."""
        desk, now = self._desk, writer.now
        _, first = taken[0]
        gravest = min((member.severity for _, member in taken), key=SEVERITY_RANK.__getitem__)
        first = first._replace(severity=gravest)
        placed = next((member for _, member in taken if member.exact), first)
        whole = summary(member for _, member in taken)
        evidence = evidence_of(taken, case.incident, _SPLIT)
        # A signal may have named an incident that has left memory; each version of an incident is split once.
        name = free_id(desk, f"{_SPLIT}|{case.incident.incident_id}|{case.incident.version}", first)
        incident = new_incident(desk, name, first, evidence[-MAX_EVIDENCE:], writer)
        incident.evidence_count = len(taken)
        incident.reporters = whole.reporters
        incident.lat, incident.lon = placed.lat, placed.lon
        acknowledgement.spread(incident, whole.communes)
        incident.also = sorted({member.category for _, member in taken} - {first.category})
        incident.previous_incident = case.incident.incident_id
        if any(member.source == "security" for _, member in taken):
            # Both owe the reports then: an operator marks what is not owed twice.
            incident.deadlines = list(case.incident.deadlines)
        incident.history = appended(
            incident.history, step(now, command.by, _SPLIT, ("routed", "routed"), "split-from", reason=command.reason)
        )
        keys = {member.condition for _, member in taken} - {member.condition for _, member in self._rest(case, taken)}
        group = desk.rules.group(first.category, first.subcategory)
        return Case(
            incident=incident,
            group=kept_apart(group.key(first.subcategory), made=is_made(case.group)),
            first_at=whole.first_at,
            last_at=whole.last_at,
            exact=whole.exact,
            machine=whole.machine,
            reports=whole.reports,
            conditions=tuple(held for held in case.conditions if held.key in keys),
            sketches=whole.sketches,
            photos=whole.photos,
            silent=True,
        )

    @staticmethod
    def _without(case: Case, incident: Incident, taken: Members, left: Members) -> Case:
        """The case, and its next version, without what was taken out; how grave it is stays for operators to say."""
        before, whole = case.incident, summary(member for _, member in left)
        gone = {signal for signal, _ in taken}
        incident.evidence = [each for each in before.evidence if each.signal_id not in gone]
        incident.evidence_count = before.evidence_count - len(taken)
        incident.reporters = whole.reporters
        incident.communes_also = []
        acknowledgement.spread(incident, whole.communes)
        positions = {(member.lat, member.lon) for _, member in left}
        if (before.lat, before.lon) not in positions:
            placed = next((member for _, member in left if member.exact), left[0][1])
            incident.lat, incident.lon = placed.lat, placed.lon
        if before.title not in {member.title for _, member in left}:
            incident.title = left[0][1].title
        gone_keys = {member.condition for _, member in taken} - {member.condition for _, member in left}
        return replace(
            case,
            incident=incident,
            first_at=whole.first_at,
            last_at=whole.last_at,
            exact=whole.exact,
            machine=whole.machine,
            reports=whole.reports,
            conditions=tuple(held for held in case.conditions if held.key not in gone_keys),
            sketches=whole.sketches,
            photos=whole.photos,
        )

    def _merge(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        target = self._other(command, case, "into")
        if isinstance(target, FieldError):
            return target
        one, other, now = case.incident, target.incident, writer.now
        if target.finished:
            return FieldError("/arguments/into", "not_allowed", f"is {other.status}; merge into an unfinished incident")
        if other.incident_id in self._memory.apart(one.incident_id) and command.arguments.get("override") is not True:
            message = "an operator found them to be different; allowed with the argument override: true"
            return FieldError("/arguments/into", "verdict", message)
        if SURGES.intersection((case.gathers, target.gathers)) or (case.gathers == "outage" and not target.gathers):
            message = "an incident that gathers others is merged with an outage only if it is one too"
            return FieldError("/arguments/into", "not_allowed", message)
        moved = members_of(self._memory, case)
        merged = acts.stepped(one, command, transition, now)
        merged.parent, merged.similar = other.incident_id, []
        gone = replace(
            case, incident=merged, finished_at=now, conditions=(), reports=0, sketches=(), photos=(),
            commands=acts.known(case, command), moved=tuple(signal for signal, _ in moved),
        )  # fmt: skip
        gone = clock.resumed(gone, self._desk.duties, now)
        cause = Cause(command.by, _MERGE, "merge-from", command.reason)
        whole, anew = grown(self._desk, target, case, moved, cause, writer)
        worse = whole.incident.severity != other.severity
        wanted: AlertReason = "worsened" if worse else "updated"
        whole, said = self._voice.voiced(whole, wanted, outputs.added(one.title, anew), writer)
        gone, ended = self._voice.voiced(gone, "resolved", command.reason or merged.title, writer)
        writer.put(gone)
        writer.put(whole)
        move(moved, case, whole, writer)
        for apart, verdict in sorted(self._memory.apart(one.incident_id).items()):
            writer.set_verdict(one.incident_id, apart, None)
            if apart != other.incident_id:
                writer.set_verdict(other.incident_id, apart, verdict)
        self._voice.say(gone, ended, writer)
        self._voice.say(whole, said, writer)
        if case.gathers:
            whole = self._gatherer.causing(whole, writer)
            self._gatherer.take(whole, [*self._memory.family.children(one.incident_id)], writer)
        elif one.parent is not None:
            self._gatherer.recount(one.parent, writer)
        changes = writer.changes
        people = [member for _, member in moved]
        changes.feedback += outputs.feedback(whole, people, self._desk, now, status="duplicate")
        inputs = {"into": other.incident_id, "signals": [signal for signal, _ in moved]}
        acts.accept(self._desk, command, transition.rule_id, one, writer, inputs=inputs)
        return None

    def _part(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        other = self._other(command, case, "incident")
        if isinstance(other, FieldError):
            return other
        before = case.incident
        incident = acts.stepped(before, command, transition, writer.now)
        incident.similar = undecided(before, other.incident.incident_id)
        writer.put(replace(case, incident=incident, commands=acts.known(case, command)))
        left = undecided(other.incident, before.incident_id)
        if left != other.incident.similar:
            answered = replace(other.incident, similar=left, version=other.incident.version + 1, updated_at=writer.now)
            writer.put(replace(other, incident=answered))
        writer.set_verdict(before.incident_id, other.incident.incident_id, Verdict(command.by, writer.now))
        inputs = {"incident": other.incident.incident_id}
        acts.accept(self._desk, command, transition.rule_id, before, writer, inputs=inputs)
        return None

    def _other(self, command: Command, case: Case, argument: str) -> Case | FieldError:
        name = command.arguments.get(argument)
        found = self._memory.cases.get(name) if isinstance(name, str) else None
        if found is None or found is case:
            return FieldError(
                f"/arguments/{argument}", "unknown_incident", "must be the id of another incident at hand"
            )
        return found

    def _rest(self, case: Case, taken: Members) -> Members:
        gone = {signal for signal, _ in taken}
        return [each for each in members_of(self._memory, case) if each[0] not in gone]


def _before_merge(incident: Incident) -> Status:
    """Status that an incident had when it was merged; what is written of a duplicate later is no merge."""
    merges = (each["from"] for each in reversed(incident.history) if each["from"] != each["to"] == "duplicate")
    return next(merges, None) or "routed"
