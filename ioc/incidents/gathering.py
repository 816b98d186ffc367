"""Incidents listed under a greater one: an outage speaks for what was lost with it, a surge for too much at once.

What is listed keeps its unit, its clocks and its citizens' answers; only its alerts are held back, each with a decision
that says why. What is critical is never held back, but for gauges of one cause, for which an incident as grave speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ioc.incidents import outputs
from ioc.incidents.case import STATEFUL, Case, Gathers, Member, Verdict, is_made, is_urgent, kept_apart
from ioc.incidents.changes import Measure
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.gauges import critical_since, is_gauge, listing, speaks
from ioc.incidents.history import appended, step
from ioc.incidents.matching import with_condition
from ioc.incidents.memory import Writer
from ioc.incidents.opening import free_id, new_incident
from ioc.incidents.voice import Said, Voice
from ioc.records import Incident, Signal, copied
from ioc.routing import Mode
from ioc.synthetic import SUFFIX, is_synthetic
from ioc.vocabulary import UNLOCATED_COMMUNE, Category

_MAX_KINDS: Final = 4
"""Kinds of things that a surge's title names, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new incident belongs.

    Attributes:
        parent: What it is listed under; none: nothing, or an outage that has no incident yet.
        rule_id: Why its alert is held back; empty: it is not.

    """

    parent: Case | None = None
    rule_id: str = ""


class Gatherer:
    """Lists incidents under others, and holds their alerts back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._voice = Voice(desk)

    def place(
        self, signal: Signal, member: Member, name: str, cause: Case | None, writer: Writer
    ) -> Place:  # fmt: skip
        """Where an incident belongs that a signal is about to open under this id; opens a surge where one is needed.

        Args:
            signal: What happened.
            member: What is remembered of it.
            name: Id of the incident that it opens.
            cause: What it is listed under, if nothing greater speaks for it.
            writer: Takes a surge that is opened.

        """
        if signal.gathers is not None:
            return Place()
        rules = self._desk.rules
        # What the law sets a clock for is as urgent as what is critical.
        urgent = rules.emergency(signal.category, signal.subcategory, signal.severity) or bool(signal.deadlines)
        mode = self._memory.registry.mode(signal.centre, signal.commune, writer.now)
        if mode == "emergency":
            urgent = urgent or self._desk.paging.now.emergency.is_urgent(signal.category, signal.subcategory)
        if signal.part_of is not None and (signal.source in STATEFUL or not urgent):
            outage = with_condition(self._memory, signal.part_of)
            if outage is None:
                return Place(None, "inhibit-outage")
            if not outage.finished:
                return Place(outage, "inhibit-outage")
            if self.is_late(signal):
                return Place(outage, "inhibit-late")
        made = is_synthetic(signal)
        if urgent:
            among = self._among_gauges(member, name, writer, made=made) if speaks(signal, rules) else None
            return Place(among, "inhibit-gauges") if among is not None else Place()
        if cause is not None:
            return Place(self.causing(cause, writer), "inhibit-cause")
        surge = self._memory.surge(signal.centre, writer.now, made=made)
        if surge is None and self._is_too_much(signal, mode, writer.now):
            surge = self._open_surge(member, name, writer, made=made)
        return Place(surge, "inhibit-surge") if surge is not None else Place()

    def causing(self, case: Case, writer: Writer) -> Case:
        """A case under which others are about to be listed, as it is then; what gathers already is left as it is."""
        if case.gathers:
            return case
        now = writer.now
        causing = replace(case, gathers="cause", told=1, told_at=now, grown_at=now)
        writer.put(replace(causing, incident=copied(case.incident)))
        return self._memory.cases[case.incident.incident_id]

    def named(self, signal: Signal) -> list[str]:
        """Incidents that belong under what a signal opens: of the signals that it names, and those that wait for it."""
        found = dict.fromkeys(self._memory.incident_of(each) or "" for each in signal.gathers or ())
        found.update(dict.fromkeys(self._memory.family.waiting(f"{signal.source}|{signal.device}|{signal.kind}")))
        cases = self._memory.cases
        # A lost station may be evidence of a fire: that is no part of an outage.
        return [each for each in found if each in cases and cases[each].incident.category == signal.category]

    def is_late(self, signal: Signal) -> bool:
        """Whether a signal is part of an outage that was over before we heard of it."""
        outage = None if signal.part_of is None else with_condition(self._memory, signal.part_of)
        return outage is not None and outage.finished and signal.at <= outage.last_at

    def joins(self, case: Case, signal: Signal, writer: Writer, *, reopens: bool) -> Case:
        """A case that a part of an outage is about to join: listed under it, or waiting for its incident."""
        incident = case.incident
        if signal.part_of is None or case.gathers or (case.finished and not reopens):
            return case
        if incident.category != signal.category:
            return case  # the signal is evidence of something greater, which is no part of an outage
        held_by = self._memory.cases.get(incident.parent) if incident.parent else None
        if held_by is not None and not held_by.finished:
            return case
        outage = with_condition(self._memory, signal.part_of)
        if outage is None:
            return replace(case, part_of=signal.part_of, incident=replace(incident, parent=None))
        if not outage.finished:
            self.take(outage, [incident.incident_id], writer)
        return self._memory.cases[incident.incident_id]

    def graver(self, case: Case, signal: Signal, member: Member, writer: Writer) -> Case | None:
        """What speaks for a gauge that a signal makes critical; opens it where that is one more than alert each."""
        rules, incident = self._desk.rules, case.incident
        if not (speaks(signal, rules) and is_gauge(case, rules)):
            return None
        here = member._replace(centre=incident.centre, category=incident.category)
        among = self._among_gauges(here, incident.incident_id, writer, made=is_made(case.group))
        if among is None or among.incident.incident_id in self._memory.apart(incident.incident_id):
            return None
        return among

    def _among_gauges(self, member: Member, name: str, writer: Writer, *, made: bool) -> Case | None:
        """The incident of a centre's critical gauges, opened if there are too many for an alert each."""
        memory, rules = self._memory, self._desk.rules
        gauges = memory.surge(member.centre, writer.now, made=made, category=member.category)
        if gauges is not None:
            return gauges
        since = writer.now - rules.gauges.window
        recent = [
            each
            for each in memory.family.critical(member.centre, made=made)
            if each != name and self._is_loose_gauge(memory.cases[each], member.category, since)
        ]
        least = rules.gauges.storm if memory.is_storm(writer.now, made=made) else rules.gauges.calm
        return self._open_gauges(member, name, recent, writer, made=made) if len(recent) >= least else None

    def _is_loose_gauge(self, case: Case, category: Category, since: datetime) -> bool:
        """Whether a critical gauge of a category has been so for a while only, and nothing but a surge lists it."""
        parent = self._memory.cases.get(case.incident.parent) if case.incident.parent else None
        return (
            case.incident.category == category
            and is_gauge(case, self._desk.rules)
            and critical_since(case) > since
            and (parent is None or parent.gathers == "surge")
        )

    def _open_gauges(self, first: Member, name: str, recent: list[str], writer: Writer, *, made: bool) -> Case:
        rules = self._desk.rules.gauges
        member = first._replace(source="sensors", subcategory=rules.subcategory, severity="critical")
        count = 1 + len(recent)
        title = self._gauges_title(count, member.category, made=made)
        titles = [first.title, *(self._memory.cases[each].incident.title for each in recent)]
        text = listing(titles)
        case, said = self._begin("gauges", name, member._replace(title=title), text, count, writer, made=made)
        case = self.take(case, recent, writer)
        # The first one is listed once it is put; its alert names it already.
        self._voice.say(replace(case, incident=replace(case.incident, title=title)), said, writer)
        inputs = {"centre": member.centre, "category": member.category, "critical": count}
        self._decide(case.incident, "gauges", "gauges-open", "opened", inputs, writer)
        return case

    def _is_too_much(self, signal: Signal, mode: Mode, now: datetime) -> bool:
        """Whether a centre has no room for another alert; what makes a storm is the outages' to gather, then."""
        rules, made = self._desk.rules.gathering, is_synthetic(signal)
        calm, storm = rules.calm, rules.storm
        if mode == "emergency":
            emergency = self._desk.paging.now.emergency
            calm = calm if emergency.calm is None else emergency.calm
            storm = min(calm, storm if emergency.storm is None else emergency.storm)
        opened = self._memory.family.count_opened(signal.centre, now - rules.window, made=made)
        if opened >= calm:
            return True
        is_loss = signal.source != "reports" and (signal.category, signal.subcategory) in rules.losses
        return opened >= storm and not is_loss and self._memory.is_storm(now, made=made)

    def _open_surge(self, first: Member, name: str, writer: Writer, *, made: bool) -> Case:
        rules, now = self._desk.rules.gathering, writer.now
        storm = self._memory.is_storm(now, made=made)
        opened = self._memory.family.opened(first.centre, now - rules.window, made=made)
        recent = [each for each in opened if self._is_free(self._memory.cases[each], made=made)]
        kinds = self._kinds([first.category, *(self._memory.cases[each].incident.category for each in recent)])
        count = 1 + len(recent)
        title = self._title(count, kinds, made=made)
        member = first._replace(
            source="sensors", category=rules.category, subcategory=rules.subcategory, severity=rules.severity,
            title=title,
        )  # fmt: skip
        case, said = self._begin("surge", name, member, title, count, writer, made=made)
        incident = case.incident
        case = self.take(case, recent, writer)
        self._voice.say(case, said, writer)
        inputs = {"centre": incident.centre, "opened": len(opened), "storm": storm}
        self._decide(incident, "surge", "surge-open", "opened", inputs, writer)
        return case

    def _begin(  # noqa: PLR0917  # what a gathering incident is made of
        self, gathers: Gathers, name: str, member: Member, text: str, count: int, writer: Writer, *, made: bool
    ) -> tuple[Case, Said]:
        """Put an incident that gathers others, the one with ``name`` first; it has no place of its own."""
        desk, now = self._desk, writer.now
        member = member._replace(commune=UNLOCATED_COMMUNE, lat=None, lon=None)
        incident = new_incident(desk, free_id(desk, f"{gathers}|{name}", member), member, [], writer)
        incident.text = text
        group = desk.rules.group(member.category, member.subcategory).key(member.subcategory)
        case = Case(
            incident=incident, group=kept_apart(group, made=made), first_at=member.at, last_at=member.at, exact=False,
            machine=False, reports=0, silent=True, gathers=gathers, told=count, told_at=now, grown_at=now,
        )  # fmt: skip
        case, said = self._voice.voiced(case, "opened", text, writer)
        writer.put(case)
        return case, said

    def _is_free(self, case: Case, *, made: bool) -> bool:
        """Whether a surge may list a case: unfinished, not listed elsewhere, and nobody is in danger."""
        incident = case.incident
        return not (
            case.finished
            or is_made(case.group) is not made
            or incident.parent is not None
            or incident.deadlines
            or self._desk.rules.emergency(incident.category, incident.subcategory, incident.severity)
        )

    def take(self, parent: Case, children: Iterable[str], writer: Writer) -> Case:
        """List incidents under a case, wherever they were listed before; the case as it is then."""
        name = parent.incident.incident_id
        left: set[str] = set()
        for each in dict.fromkeys(children):
            child = self._memory.cases.get(each)
            if child is None or child.gathers or child.incident.parent == name or child.incident.status == "duplicate":
                continue
            if each in self._memory.apart(name) or (is_urgent(child) and not self._voice.speaks_for(parent, child)):
                continue  # an operator has taken it out, or it speaks for itself
            if child.incident.parent is not None:
                left.add(child.incident.parent)
            before = child.incident
            change = step(
                writer.now, SYSTEM, "gather", (before.status, before.status), f"gather-{parent.gathers}", reason=name
            )
            incident = copied(before)
            incident.parent, incident.updated_at, incident.version = name, writer.now, before.version + 1
            incident.history = appended(before.history, change)
            writer.put(child.holding(incident))
        for each in sorted(left):
            self.recount(each, writer)
        return self.recount(name, writer) or parent

    def recount(self, name: str, writer: Writer) -> Case | None:
        """Count what is listed under an incident again, and tell of growth that is worth it."""
        case = self._memory.cases.get(name)
        if case is None or not case.gathers:
            return None
        before, count = case.incident, len(self._memory.family.children(name))
        if count == before.children_count:
            return case
        incident = copied(before)
        incident.children_count, incident.updated_at, incident.version = count, writer.now, before.version + 1
        if case.gathers == "gauges" and not case.finished:
            incident.title = self._gauges_title(count, before.category, made=is_made(case.group))
            incident.text = self._gauges_text(before.incident_id)
        grown = replace(
            case, incident=incident, grown_at=writer.now if count > before.children_count else case.grown_at
        )
        writer.put(grown)
        return self.grow(grown, writer)

    def release(self, case: Case, parent: Case, by: Verdict, reason: str, writer: Writer) -> None:
        """Take an incident out of what it is listed under, by an operator's word: it speaks for itself again."""
        before, above = case.incident, parent.incident.incident_id
        change = step(writer.now, by.by, "split", (before.status, before.status), "gather-release", reason=reason)
        incident = replace(
            before, parent=None, updated_at=writer.now, version=before.version + 1,
            history=appended(before.history, change),
        )  # fmt: skip
        freed = replace(case, incident=incident, part_of=None)
        freed, said = self._voice.voiced(freed, None if case.finished else "updated", incident.title, writer)
        writer.put(freed)
        writer.set_verdict(above, before.incident_id, by)
        self._voice.say(freed, said, writer)

    def grow(self, case: Case, writer: Writer) -> Case:
        """Tell that a case has grown, if it has by so much and the pause is over."""
        due = self._memory.next_growth(case)
        if case.finished or due is None or due > writer.now:
            return case
        before, count = case.incident, case.incident.children_count
        before = self._named_anew(case).incident
        change = step(
            writer.now, SYSTEM, "worsen", (before.status, before.status), "gathering-grows", reason=str(count)
        )
        incident = replace(
            before, updated_at=writer.now, version=before.version + 1, history=appended(before.history, change)
        )
        told = replace(case, incident=incident, told=count, told_at=writer.now)
        told, said = self._voice.voiced(told, "worsened", incident.text or incident.title, writer)
        writer.put(told)
        self._voice.say(told, said, writer)
        self._decide(incident, "gather", "gathering-grows", "worsened", {"told": case.told, "count": count}, writer)
        return told

    def _named_anew(self, case: Case) -> Case:
        """A surge with the title that fits what it has gathered; an outage names itself, gauges at every change."""
        if case.gathers != "surge":
            return case
        incident = case.incident
        children = (self._memory.cases[each] for each in self._memory.family.children(incident.incident_id))
        kinds = self._kinds(child.incident.category for child in children)
        title = self._title(incident.children_count, kinds, made=is_made(case.group))
        return replace(case, incident=replace(incident, title=title, text=title))

    def retold(self, case: Case, writer: Writer) -> Case:
        """A case that is about to be told of for another reason, with its figures of now: that tells its growth."""
        if not case.gathers or case.finished:
            return case
        return replace(self._named_anew(case), told=case.incident.children_count, told_at=writer.now)

    def end(self, case: Case, writer: Writer) -> None:
        """A surge, or one of gauges, is over: it has been quiet, and all that it gathered is done."""
        before, now = case.incident, writer.now
        change = step(now, SYSTEM, "resolve", (before.status, "resolved"), f"{case.gathers}-over")
        incident = replace(
            before, status="resolved", updated_at=now, version=before.version + 1,
            history=appended(before.history, change),
        )  # fmt: skip
        over, said = self._voice.voiced(
            replace(case, incident=incident, finished_at=now), "resolved", incident.text, writer
        )
        writer.put(over)
        self._voice.say(over, said, writer)
        writer.changes.measures.append(Measure.of("resolved", incident, now))
        children = {"children": incident.children_count}
        self._decide(incident, case.gathers, f"{case.gathers}-over", "resolved", children, writer)

    def _gauges_title(self, count: int, category: Category, *, made: bool) -> str:
        kinds = self._desk.texts.categories[category]["vi"]
        return self._desk.rules.gauges.title.format(count=count, kinds=kinds) + (SUFFIX if made else "")

    def _gauges_text(self, name: str) -> str:
        """Of all that are listed, those that became critical last first."""
        children = (self._memory.cases[each] for each in self._memory.family.children(name))
        ordered = sorted(children, key=lambda case: (critical_since(case), case.incident.incident_id), reverse=True)
        return listing([case.incident.title for case in ordered])

    def _title(self, count: int, kinds: str, *, made: bool) -> str:
        return self._desk.rules.gathering.title.format(count=count, kinds=kinds) + (SUFFIX if made else "")

    def _kinds(self, categories: Iterable[Category]) -> str:
        counts = sorted(Counter(categories).items(), key=lambda each: (-each[1], each[0]))
        names = self._desk.texts.categories
        return ", ".join(f"{names[code]['vi']} {count}" for code, count in counts[:_MAX_KINDS])

    def _decide(  # noqa: PLR0917  # the parts of a decision
        self, incident: Incident, kind: str, rule_id: str, outcome: str, inputs: dict[str, Any], writer: Writer, *,
        subject: str = "",
    ) -> None:  # fmt: skip
        writer.changes.decisions.append(
            outputs.decision(
                kind, rule_id, outcome, writer.now, incident=incident.incident_id, event=None,
                subject=f"{incident.version}|{subject}", inputs=inputs, versions=self._desk.versions,
            )
        )  # fmt: skip
