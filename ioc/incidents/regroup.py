"""What belongs together by an operator's word: evidence taken out, incidents merged, pairs that are never one.

The word is remembered as a verdict about two incidents for as long as both are at hand: nothing joins them, and what
looks more like the one is not joined to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ioc.incidents import acknowledgement, acts, clock, outputs
from ioc.incidents.acknowledgement import Change
from ioc.incidents.case import SURGES, Case, Condition, Member, Verdict, is_made, kept_apart, with_photos, with_sketch
from ioc.incidents.deadlines import united
from ioc.incidents.desk import Desk
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import MAX_EVIDENCE, MAX_HISTORY, appended, step
from ioc.incidents.lifecycle import Transition
from ioc.incidents.memory import Writer
from ioc.incidents.opening import free_id, new_incident, summary
from ioc.incidents.voice import Voice
from ioc.records import Command, Evidence, FieldError, Incident, Similar
from ioc.vocabulary import SEVERITY_RANK, AlertReason

_SPLIT: Final = "split"
_MERGE: Final = "merge"

Members = Sequence[tuple[str, Member]]
"""Signals with what is known of them, in order of event time."""


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
        """Take incidents out of one that gathers them."""
        wanted = command.arguments.get("incidents")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
            message = "must be a list of incident ids: this incident gathers others"
            return FieldError("/arguments/incidents", "type", message)
        before = case.incident
        listed = self._memory.family.children(before.incident_id)
        for number, name in enumerate(wanted):
            if name not in listed:
                return FieldError(f"/arguments/incidents/{number}", "unknown_incident", "is not listed under this one")
        kept = replace(
            case, incident=acts.stepped(before, command, transition, writer.now), commands=acts.known(case, command)
        )
        writer.put(kept)
        word = Verdict(command.by, writer.now)
        for name in dict.fromkeys(wanted):
            self._gatherer.release(self._memory.cases[name], kept, word, command.reason, writer)
        self._gatherer.recount(before.incident_id, writer)
        acts.accept(self._desk, command, transition.rule_id, before, writer, inputs={"incidents": wanted})
        return None

    def _split(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        if case.gathers:
            return self._release(command, case, transition, writer)
        wanted = command.arguments.get("signals")
        members = self._members(case)
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
        self._move(taken, case, new, writer)
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
        signal, first = taken[0]
        gravest = min((member.severity for _, member in taken), key=SEVERITY_RANK.__getitem__)
        first = first._replace(severity=gravest)
        placed = next((member for _, member in taken if member.exact), first)
        whole = summary(member for _, member in taken)
        evidence = _evidence(taken, case.incident, _SPLIT)
        incident = new_incident(desk, free_id(desk, signal, first), first, evidence[-MAX_EVIDENCE:], writer)
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
        if SURGES.intersection((case.gathers, target.gathers)) or (case.gathers and not target.gathers):
            message = "an incident that gathers others is merged with an outage only if it is one too"
            return FieldError("/arguments/into", "not_allowed", message)
        moved = self._members(case)
        merged = acts.stepped(one, command, transition, now)
        merged.parent, merged.similar = other.incident_id, []
        gone = replace(
            case, incident=merged, finished_at=now, conditions=(), reports=0, sketches=(), photos=(),
            commands=acts.known(case, command),
        )  # fmt: skip
        gone = clock.resumed(gone, self._desk.duties, now)
        grown, anew = self._grown(target, case, moved, command, writer)
        worse = grown.incident.severity != other.severity
        wanted: AlertReason = "worsened" if worse else "updated"
        grown, said = self._voice.voiced(grown, wanted, outputs.added(one.title, anew), writer)
        gone, ended = self._voice.voiced(gone, "resolved", command.reason or merged.title, writer)
        writer.put(gone)
        writer.put(grown)
        self._move(moved, case, grown, writer)
        for apart, verdict in sorted(self._memory.apart(one.incident_id).items()):
            writer.set_verdict(one.incident_id, apart, None)
            if apart != other.incident_id:
                writer.set_verdict(other.incident_id, apart, verdict)
        self._voice.say(gone, ended, writer)
        self._voice.say(grown, said, writer)
        if case.gathers:
            self._gatherer.take(grown, [*self._memory.family.children(one.incident_id)], writer)
        elif one.parent is not None:
            self._gatherer.recount(one.parent, writer)
        changes = writer.changes
        people = [member for _, member in moved]
        changes.feedback += outputs.feedback(grown, people, self._desk, now, status="duplicate")
        inputs = {"into": other.incident_id, "signals": [signal for signal, _ in moved]}
        acts.accept(self._desk, command, transition.rule_id, one, writer, inputs=inputs)
        return None

    def _grown(self, target: Case, case: Case, moved: Members, command: Command, writer: Writer) -> tuple[Case, str]:
        """The case that another was merged into, and what has to be said if it has to be acknowledged again."""
        one, other, now = case.incident, target.incident, writer.now
        severity = min(one.severity, other.severity, key=SEVERITY_RANK.__getitem__)
        due_at = other.due_at
        if severity != other.severity:
            graver = replace(target, incident=replace(other, severity=severity))
            due_at = min(filter(None, (due_at, clock.due(graver, self._desk.duties))))
        people = summary([member for _, member in (*self._members(target), *moved)])
        evidence = sorted([*other.evidence, *_evidence(moved, one, _MERGE)], key=lambda each: (each.at, each.signal_id))
        also = {one.category, *one.also, *other.also} - {other.category}
        locates = not target.exact and case.exact
        merged = step(now, command.by, _MERGE, (other.status, other.status), "merge-from", reason=command.reason)
        incident = replace(
            other,
            severity=severity,
            due_at=due_at,
            updated_at=now,
            also=sorted(also),
            centre_also=other.centre_also or (one.centre if one.centre != other.centre else None),
            lat=one.lat if locates else other.lat,
            lon=one.lon if locates else other.lon,
            evidence=_bounded(evidence),
            evidence_count=one.evidence_count + other.evidence_count,
            reporters=people.reporters,
            children_count=other.children_count + one.children_count + 1,
            version=other.version + 1,
            history=appended(other.history, merged, MAX_HISTORY),
            similar=_undecided(other, one.incident_id),
            deadlines=united(other.deadlines, one.deadlines),
        )
        spreads = acknowledgement.spread(incident, [one.commune, *one.communes_also]) and not target.gathers
        anew = ""
        if severity != other.severity or spreads:
            change: Change = "severity" if severity != other.severity else "area"
            anew = acknowledgement.cancel(incident, change, self._desk, now)
        sketches, photos = target.sketches, with_photos(target.photos, case.photos)
        for sketch in case.sketches:
            sketches = with_sketch(sketches, sketch)
        grown = replace(
            target,
            incident=incident,
            first_at=min(target.first_at, case.first_at),
            last_at=max(target.last_at, case.last_at),
            exact=target.exact or case.exact,
            machine=target.machine and case.machine,
            reports=people.reports,
            conditions=_united(target.conditions, case.conditions),
            sketches=sketches,
            photos=photos,
        )
        return grown, anew

    def _part(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        other = self._other(command, case, "incident")
        if isinstance(other, FieldError):
            return other
        before = case.incident
        incident = acts.stepped(before, command, transition, writer.now)
        incident.similar = _undecided(before, other.incident.incident_id)
        writer.put(replace(case, incident=incident, commands=acts.known(case, command)))
        left = _undecided(other.incident, before.incident_id)
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

    def _members(self, case: Case) -> Members:
        members = self._memory.members(case.incident.incident_id).items()
        return sorted(members, key=lambda each: (each[1].at, each[0]))

    def _rest(self, case: Case, taken: Members) -> Members:
        gone = {signal for signal, _ in taken}
        return [each for each in self._members(case) if each[0] not in gone]

    @staticmethod
    def _move(members: Members, one: Case, other: Case, writer: Writer) -> None:
        """Reporters follow their evidence."""
        writer.forget(one.incident.incident_id, [signal for signal, _ in members])
        for signal, member in members:
            writer.remember(other.incident.incident_id, signal, member)


def _undecided(incident: Incident, other: str) -> list[Similar]:
    """Suggestions of an incident without one that an operator has decided about."""
    return [each for each in incident.similar if each.incident_id != other]


def _evidence(members: Members, of: Incident, rule_id: str) -> list[Evidence]:
    """Entries of members in their new incident: with the score that they were joined with."""
    scores = {each.signal_id: each.score for each in of.evidence}
    return [
        Evidence(
            signal, member.source, member.event_id, member.at, rule_id, scores.get(signal, 1.0), member.publisher
        )
        for signal, member in members
    ]  # fmt: skip


def _bounded(evidence: list[Evidence]) -> list[Evidence]:
    """As :func:`~ioc.incidents.history.appended` would leave them: the beginning and the end."""
    half = MAX_EVIDENCE // 2
    return evidence if len(evidence) <= MAX_EVIDENCE else [*evidence[:half], *evidence[-half:]]


def _united(some: tuple[Condition, ...], more: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Conditions of both, of each the newer news."""
    held = {each.key: each for each in some}
    for each in more:
        if each.key not in held or held[each.key].at < each.at:
            held[each.key] = each
    return tuple(held.values())
