"""What a signal does: it opens an incident, joins one, ends a condition, or is known already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from ioc.incidents import acknowledgement, acts, clock, flapping, outputs
from ioc.incidents.case import (
    EXACT,
    Case,
    Condition,
    Member,
    group_key,
    member_of,
    with_photos,
    with_sketch,
)
from ioc.incidents.changes import Measure
from ioc.incidents.correlation import Group
from ioc.incidents.deadlines import united
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.gathering import Gatherer
from ioc.incidents.history import MAX_EVIDENCE, appended, step
from ioc.incidents.matching import Match, Search, with_condition
from ioc.incidents.memory import Writer
from ioc.incidents.opening import free_id, new_incident
from ioc.incidents.silencing import Silencer
from ioc.incidents.taking import Fuser
from ioc.incidents.voice import Said, Voice
from ioc.records import Evidence, Incident, Signal, Similar, copied
from ioc.vocabulary import SEVERITY_RANK, AlertReason

_MAX_MACHINE_MEMBERS: Final = 1000
"""Signals of machines that an incident knows again; a flood of them must not fill the memory."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a signal, for the decision: rule and result, and the figures that led there."""

    kind: str
    rule_id: str
    result: str
    inputs: dict[str, Any] = field(default_factory=dict)


_SAID: Final = ("place", "text_commune", "address_commune", "category_hint")
"""What a citizen said that may differ from what was decided: whoever checks a decision sees both."""


class SignalHandler:
    """Applies signals to the memory of one province."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._gatherer = Gatherer(desk)
        self._fuser = Fuser(desk)
        self._voice = Voice(desk)
        self._silencer = Silencer(desk)

    def apply(self, signal: Signal, writer: Writer) -> None:
        """Apply one signal; one that is known changes nothing."""
        if self._memory.incident_of(signal.signal_id) is not None:
            return
        if self._silencer.mute(signal, writer):
            return
        group = self._desk.rules.group(signal.category, signal.subcategory)
        member = member_of(signal)
        same = with_condition(self._memory, member.condition)
        if signal.clears:
            self._clear(signal, member, same, writer)
            return
        if signal.eases:
            self._ease(signal, member, same, writer)
            return
        search = Search(self._memory, signal, member, group)
        if (found := search.match(same)) is not None:
            self._join(signal, member, found, writer)
        else:
            self._open(signal, member, group, same, search, writer)

    def _open(  # noqa: PLR0917  # what is known of one signal
        self, signal: Signal, member: Member, group: Group, same: Case | None, search: Search, writer: Writer
    ) -> None:
        desk, now, key, alike = self._desk, writer.now, member.condition, search.suggest()
        name = free_id(desk, signal.signal_id, member)
        incident = new_incident(desk, name, member, [_evidence(signal, "open", 1.0)], writer)
        incident.similar = [Similar(each.case.incident.incident_id, each.score) for each in alike]
        incident.deadlines = united((), signal.deadlines)
        if same is not None and same.finished:
            incident.previous_incident = same.incident.incident_id
        else:
            incident.previous_incident = search.previous()
        place = self._gatherer.place(signal, member, name, search.cause(same), writer)
        incident.parent = place.parent.incident.incident_id if place.parent else None
        children = self._gatherer.named(signal) if signal.gathers is not None else []
        if signal.gathers is not None:
            incident.text = _words(signal)
        case = Case(
            incident=incident,
            group=group_key(group, signal),
            first_at=signal.at,
            last_at=signal.at,
            exact=member.exact,
            machine=member.stateful,
            reports=incident.reporters,
            conditions=(Condition(key, signal.at, on=True),) if key else (),
            sketches=with_sketch((), member.sketch),
            photos=with_photos((), member.photos),
            silent=True,
            part_of=signal.part_of if place.rule_id == "inhibit-outage" else None,
            gathers="" if signal.gathers is None else "outage",
            told=len(children),
            told_at=None if signal.gathers is None else now,
            grown_at=None if signal.gathers is None else now,
        )
        said = Said("opened", None, _words(signal), held="family")
        if not place.rule_id:
            case, said = self._voice.voiced(case, "opened", _words(signal), writer)
        self._store(signal, member, case, _Outcome("open", "open", "opened"), writer)
        if alike:
            inputs = {each.case.incident.incident_id: {"score": each.score, **each.parts} for each in alike}
            self._decide(signal, name, _Outcome("suggest", "suggest-similar", "suggested", {"similar": inputs}), writer)
        if case.gathers:
            case = self._gatherer.take(case, children, writer)
        self._voice.say(case, said, writer)
        if place.parent is not None:
            self._gatherer.recount(place.parent.incident.incident_id, writer)
        self._fuser.take_in(name, writer)

    def _join(self, signal: Signal, member: Member, found: Match, writer: Writer) -> None:
        reopened = found.rule_id == "reopen-device"
        joins_finished = found.case.finished and not reopened
        case = self._gatherer.joins(found.case, signal, writer, reopens=reopened)
        before, now = case.incident, writer.now
        worse = SEVERITY_RANK[signal.severity] < SEVERITY_RANK[before.severity]
        severity, due_at = before.severity, before.due_at
        status = "reopened" if reopened else before.status
        history = before.history
        if reopened:
            history = appended(history, step(now, SYSTEM, "reopen", (before.status, "reopened"), found.rule_id))
        if worse:
            severity = signal.severity
            history = appended(history, step(now, SYSTEM, "worsen", (status, status), found.rule_id, reason=severity))
            graver = replace(case, incident=replace(before, severity=severity))
            due_at = min(
                filter(None, (due_at, self._desk.target(graver.incident, clock.due(graver, self._desk.duties), now)))
            )
        locates = before.lat is None and signal.lat is not None
        # With several devices it comes and goes only as none of them tells of it, and one does again.
        returned = not any(held.on for held in case.conditions) and any(
            held.key == member.condition and signal.at > held.at for held in case.conditions
        )
        among = self._gatherer.graver(case, signal, member, writer) if worse and not joins_finished else None
        if among is not None:
            name = among.incident.incident_id
            history = appended(history, step(now, SYSTEM, "gather", (status, status), "gather-gauges", reason=name))
        incident = acts.reopened(before) if reopened else copied(before)
        incident.also = _also(before, signal)
        if before.centre_also is None and signal.centre != before.centre:
            incident.centre_also = signal.centre
        incident.severity, incident.status, incident.due_at = severity, status, due_at
        incident.updated_at = now
        if signal.deadlines:
            incident.deadlines = united(before.deadlines, signal.deadlines)
        if among is not None:
            incident.parent = among.incident.incident_id
        if locates:
            incident.lat, incident.lon = signal.lat, signal.lon
        if signal.gathers is not None:
            incident.title, incident.text = signal.title, _words(signal)
        incident.evidence = appended(before.evidence, _evidence(signal, found.rule_id, found.score), MAX_EVIDENCE)
        incident.evidence_count += 1
        incident.flaps += returned
        incident.reporters += self._new_reporters(before.incident_id, signal)
        incident.version += 1
        incident.history = history
        # A gathering incident tells of its growth by itself, and of what is over nothing has to be seen again.
        spreads = (
            signal.commune != before.commune and acknowledgement.spread(incident, [signal.commune]) and not case.gathers
        )
        anew = ""
        if (worse or spreads) and not case.finished:
            anew = acknowledgement.cancel(incident, "severity" if worse else "area", self._desk, now)
        joined = replace(
            case,
            incident=incident,
            first_at=min(case.first_at, signal.at),
            last_at=max(case.last_at, signal.at),
            exact=case.exact or (locates and signal.located_by in EXACT),
            machine=case.machine and member.stateful,
            reports=case.reports + (signal.source == "reports"),
            conditions=_raised(case.conditions, member.condition, signal.at),
            finished_at=None if reopened else case.finished_at,
            sketches=with_sketch(case.sketches, member.sketch),
            photos=with_photos(case.photos, member.photos),
        )
        inputs = {
            "score": found.score,
            **found.parts,
            "severity_before": before.severity,
            "status_before": before.status,
        }
        result = "reopened" if reopened else "joined"
        earlier = list(self._memory.members(before.incident_id).values()) if reopened else []
        wanted: AlertReason | None = None
        if joined.finished or self._gatherer.is_late(signal):
            wanted = None
        elif worse:
            wanted = "worsened"
        elif (
            reopened
            or anew
            or (before.flapping and returned)
            or (self._is_mark(incident) and joined.gathers in {"", "cause"})
        ):
            wanted = "updated"
        if wanted is None and self._voice.is_freed(case, joined, now):
            wanted = "updated"
        text = _words(signal)
        if worse and case.paused_at is None and clock.rose_late(incident):
            text = outputs.added(text, clock.overdue(incident, self._desk.zone))
        if returned:
            joined = flapping.changed(joined, signal.at, now, self._desk.rules.flapping)
            joined = self._flapped(joined, before, writer)
            begins = incident.flapping and not before.flapping
            if begins:
                text = outputs.added(text, flapping.words(incident.flaps, self._desk.rules.flapping))
            if incident.flapping and wanted == "updated" and not (begins or anew or flapping.is_told(incident.flaps)):
                wanted = None
        joined, said = self._voice.voiced(joined, wanted, outputs.added(text, anew), writer)
        if joined.gathers and said.reason is not None:
            joined = replace(joined, told=incident.children_count, told_at=now)
        self._store(signal, member, joined, _Outcome("join", found.rule_id, result, inputs), writer)
        self._tell(joined, earlier, writer)
        self._voice.say(joined, said, writer)
        if among is not None:
            for each in filter(None, (before.parent, incident.parent)):
                self._gatherer.recount(each, writer)
        if joined.gathers and not joined.finished:
            self._gatherer.take(joined, self._gatherer.named(signal), writer)
        if not joined.finished and (worse or joined.exact is not found.case.exact or self._is_cause(joined)):
            self._fuser.take_in(before.incident_id, writer)

    def _is_cause(self, case: Case) -> bool:
        """Whether others may be listed under it, once it is sure enough."""
        rows = self._desk.rules.fusion.of_head(case.incident.category, case.incident.subcategory)
        return any(row.role == "child" for row in rows)

    def _clear(self, signal: Signal, member: Member, case: Case | None, writer: Writer) -> None:
        held = next((each for each in case.conditions if each.key == member.condition), None) if case else None
        if case is None or held is None or case.finished or not held.on or signal.at < held.at:
            result = "late" if held is not None and signal.at < held.at else "nothing_to_clear"
            self._decide(signal, None, _Outcome("clear", "clear-nothing", result), writer)
            return
        conditions = tuple(
            Condition(each.key, signal.at, on=False) if each is held else each for each in case.conditions
        )
        going_on = sum(each.on for each in conditions)
        before, now, rules = case.incident, writer.now, self._desk.rules.flapping
        if not going_on:
            case = flapping.changed(case, signal.at, now, rules)
        ends = case.machine and not going_on
        flaps = ends and (before.flapping or flapping.is_flapping(case, rules))
        resolves = ends and not flaps
        rule_id = "clear-resolve" if resolves else ("clear-flapping" if flaps else "clear-condition")
        history = before.history
        if resolves:
            history = appended(history, step(now, SYSTEM, "resolve", (before.status, "resolved"), rule_id))
        incident = replace(
            before,
            status="resolved" if resolves else before.status,
            updated_at=now,
            evidence=appended(before.evidence, _evidence(signal, rule_id, 1.0), MAX_EVIDENCE),
            evidence_count=before.evidence_count + 1,
            version=before.version + 1,
            history=history,
        )
        if case.gathers == "outage":
            incident.title, incident.text = signal.title, _words(signal)
        text = _words(signal)
        cleared = replace(
            case,
            incident=incident,
            last_at=max(case.last_at, signal.at),
            conditions=conditions,
            finished_at=now if resolves else None,
        )
        cleared = self._flapped(cleared, before, writer)
        begins = incident.flapping and not before.flapping
        if begins:
            text = outputs.added(text, flapping.words(incident.flaps, rules))
        result = "resolved" if resolves else ("flapping" if flaps else "condition_ended")
        outcome = _Outcome("clear", rule_id, result, {"going_on": going_on, "flaps": incident.flaps})
        wanted: AlertReason | None = None
        if resolves:
            wanted = "resolved"
        elif begins:
            wanted = "updated"
        elif incident.flapping:
            wanted = None
        elif self._is_mark(incident):
            wanted = "updated"
        cleared, said = self._voice.voiced(cleared, wanted, text, writer)
        self._store(signal, member, cleared, outcome, writer)
        if resolves:
            writer.changes.measures.append(Measure.of("resolved", cleared.incident, now))
        self._voice.say(cleared, said, writer)

    def _flapped(self, case: Case, before: Incident, writer: Writer) -> Case:
        """Note on a case whose condition has changed that it flaps, if it does; its incident is still nobody else's."""
        incident, rules = case.incident, self._desk.rules.flapping
        if before.flapping or case.finished or not flapping.is_flapping(case, rules):
            return case
        incident.flapping = True
        change = step(
            writer.now, SYSTEM, "flap", (incident.status, incident.status), "flapping-begins",
            reason=str(incident.flaps),
        )  # fmt: skip
        incident.history = appended(incident.history, change)
        return case

    def _ease(self, signal: Signal, member: Member, case: Case | None, writer: Writer) -> None:
        """Keep that a condition is less grave than it was: the incident's own severity is that of its worst hour."""
        held = next((each for each in case.conditions if each.key == member.condition), None) if case else None
        if case is None or held is None or case.finished or not held.on or signal.at < held.at:
            self._decide(signal, None, _Outcome("ease", "ease-nothing", "nothing_to_ease"), writer)
            return
        before, now = case.incident, writer.now
        status, rule_id = before.status, "ease-condition"
        incident = replace(
            before,
            updated_at=now,
            evidence=appended(before.evidence, _evidence(signal, rule_id, 1.0), MAX_EVIDENCE),
            evidence_count=before.evidence_count + 1,
            version=before.version + 1,
            history=appended(
                before.history, step(now, SYSTEM, "ease", (status, status), rule_id, reason=signal.severity)
            ),
        )
        eased = replace(
            case,
            incident=incident,
            last_at=max(case.last_at, signal.at),
            conditions=_raised(case.conditions, member.condition, signal.at),
        )
        self._store(signal, member, eased, _Outcome("ease", rule_id, "eased", {"severity": before.severity}), writer)

    def _is_mark(self, incident: Incident) -> bool:
        """Whether an incident has so much evidence that it is told of again."""
        return self._desk.paging.now.updates.is_mark(incident.evidence_count)

    def _store(self, signal: Signal, member: Member, case: Case, outcome: _Outcome, writer: Writer) -> None:
        """Keep the case with its new member, tell the reporter, and say why."""
        incident = case.incident
        writer.put(case)
        writer.remember(incident.incident_id, signal.signal_id, member)
        if incident.evidence_count > _MAX_MACHINE_MEMBERS:
            self._trim(incident.incident_id, writer)
        self._tell(case, (member,), writer)
        self._decide(signal, incident.incident_id, outcome, writer)

    def _trim(self, incident: str, writer: Writer) -> None:
        """Forget the oldest signals of machines beyond the bound; citizens are never forgotten."""
        machines = sorted(
            (member.at, signal)
            for signal, member in self._memory.members(incident).items()
            if member.source != "reports"
        )
        writer.forget(incident, [signal for _, signal in machines[:-_MAX_MACHINE_MEMBERS]])

    def _tell(self, case: Case, members: Collection[Member], writer: Writer) -> None:
        if not members or not case.reports:
            return
        desk = self._desk
        writer.changes.feedback += outputs.feedback(case, members, desk, writer.now)

    def _new_reporters(self, incident: str, signal: Signal) -> int:
        """1 if somebody reports who has not reported this before; an unnamed report is one person's."""
        if signal.source != "reports":
            return 0
        if signal.reporter is None:
            return 1
        members = self._memory.members(incident).values()
        return 0 if any(member.reporter == signal.reporter for member in members) else 1

    def _decide(self, signal: Signal, incident: str | None, outcome: _Outcome, writer: Writer) -> None:
        facts = {
            "signal_id": signal.signal_id,
            "source": signal.source,
            "kind": signal.kind,
            "category": signal.category,
            "subcategory": signal.subcategory,
            "severity": signal.severity,
            "commune": signal.commune,
            "located_by": signal.located_by,
            "signal_rule_id": signal.rule_id,
            **{name: signal.evidence[name] for name in _SAID if signal.evidence.get(name)},
        }
        writer.changes.decisions.append(
            outputs.decision(
                outcome.kind,
                outcome.rule_id,
                outcome.result,
                writer.now,
                incident=incident,
                event=signal.event_id,
                subject=signal.signal_id,
                inputs=facts | outcome.inputs,
                versions=signal.versions | self._desk.versions,
            )
        )


def _words(signal: Signal) -> str:
    return signal.text or signal.title


def _evidence(signal: Signal, rule_id: str, score: float) -> Evidence:
    return Evidence(signal.signal_id, signal.source, signal.event_id, signal.at, rule_id, score, signal.publisher)


def _also(before: Incident, signal: Signal) -> list[str]:
    if signal.category == before.category or signal.category in before.also:
        return before.also
    return [*before.also, signal.category]


def _raised(conditions: tuple[Condition, ...], key: str | None, at: datetime) -> tuple[Condition, ...]:
    if key is None:
        return conditions
    held = next((each for each in conditions if each.key == key), None)
    if held is None:
        return (*conditions, Condition(key, at, on=True))
    if held.at >= at:
        return conditions
    return tuple(Condition(key, at, on=True) if each is held else each for each in conditions)
