"""Everything the owner of a province has in memory, with its indexes, and how each change is taken back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from ioc.incidents.case import (
    SURGES,
    Case,
    Member,
    Page,
    Verdict,
    case_key,
    decode_case,
    decode_member,
    decode_verdict,
    encode_case,
    encode_member,
    encode_verdict,
    is_made,
    member_key,
    parse_key,
    verdict_key,
)
from ioc.incidents.changes import Changes
from ioc.incidents.clock import kept
from ioc.incidents.confidence import confidence
from ioc.incidents.correlation import CorrelationRules
from ioc.incidents.deadlines import next_due
from ioc.incidents.family import Family
from ioc.incidents.flapping import settles_at
from ioc.incidents.index import Cell, Index, cell_of, head_key, past_key, sign_key
from ioc.incidents.lifecycle import row
from ioc.incidents.pager import Pager, is_nobodys
from ioc.incidents.registry import Muted, Registry, encode_muted, muted_key, silence_key
from ioc.incidents.similarity import anchors
from ioc.incidents.subjects import Subjects
from ioc.paging import LivePaging
from ioc.records import Silence, encode
from ioc.vocabulary import SEVERITY_RANK, Category, Severity

Undo = Callable[[], None]
OnUndo = Callable[[Undo], None]
GaugeKey = tuple[str, Category, Severity]

_NEVER = datetime.max.replace(tzinfo=UTC)
_EVER = datetime.min.replace(tzinfo=UTC)


class Memory:
    """Cases, their members, and operators' verdicts on pairs of them.

    There are three kinds of change, and each is its own inverse with other arguments: :meth:`_swap` one case for
    another, :meth:`_set_member` and :meth:`_set_verdict`. :class:`Writer` hands the inverse to the caller's undo
    journal.
    """

    def __init__(
        self, rules: CorrelationRules, paging: LivePaging, zone: tzinfo, site_of: Callable[[str], str | None]
    ) -> None:
        self.rules = rules
        self.paging = paging
        self.registry = Registry(paging, zone)
        self.subjects = Subjects(self.registry, site_of)
        self.pager = Pager(paging, zone, self.subjects)
        self._said: dict[tuple[str, bool], list[tuple[datetime, str]]] = {}
        self.index = Index()
        self.finished = 0
        self.wake = _NEVER
        """No deadline is earlier; a lower bound, so that taking a change back needs no care."""
        self._cases: dict[str, Case] = {}
        self._seen: dict[str, str] = {}
        self._members: dict[str, dict[str, Member]] = {}
        self._open: dict[GaugeKey, int] = {}
        self._untaken: dict[tuple[str, Severity], int] = {}
        self._reported: dict[tuple[str, int], dict[str, datetime]] = {}
        self._apart: dict[str, dict[str, Verdict]] = {}
        self._warned = {True: 0, False: 0}
        """Issued warnings that hold, made and real."""
        self.family = Family()

    @property
    def cases(self) -> Mapping[str, Case]:
        """All cases by incident id, finished ones until they are evicted."""
        return self._cases

    @property
    def open_counts(self) -> Mapping[GaugeKey, int]:
        """Unfinished incidents by centre, category and severity; a key once used stays, at 0."""
        return self._open

    @property
    def untaken_counts(self) -> Mapping[tuple[str, Severity], int]:
        """Incidents that somebody was told of and nobody has taken up, by centre and severity; see ``open_counts``."""
        return self._untaken

    def incident_of(self, signal: str) -> str | None:
        """Incident that a signal already belongs to."""
        return self._seen.get(signal)

    def members(self, incident: str) -> Mapping[str, Member]:
        """Signals of an incident, by id."""
        return self._members.get(incident, {})

    def burst(self, reporter: str, at: datetime) -> list[tuple[datetime, str]]:
        """Signals of one reporter around an instant: event time and id, the newest last."""
        window = self.rules.likeness.burst
        bucket = self._bucket(at)
        near = (self._reported.get((reporter, number), {}) for number in (bucket - 1, bucket, bucket + 1))
        return sorted((when, signal) for part in near for signal, when in part.items() if abs(when - at) <= window)

    def apart(self, incident: str) -> Mapping[str, Verdict]:
        """Incidents that an operator found to be another thing than this one."""
        return self._apart.get(incident, {})

    def cells(self, case: Case) -> list[Cell]:
        """Grid cells of a case: of its kind, of what it may be a sign of, of what may be a sign of it.

        None if only its device or commune can lead to it. What was resolved has one, for what comes again.
        """
        incident = case.incident
        lat, lon = incident.lat, incident.lon
        if not case.exact or lat is None or lon is None:
            return []
        radius = self.rules.group(incident.category, incident.subcategory).radius_m
        if case.finished:
            again = radius and incident.status in {"resolved", "closed"}
            return [cell_of(past_key(case.group), radius, lat, lon)] if again else []
        cells = [cell_of(case.group, radius, lat, lon)] if radius else []
        if not case.gathers or case.gathers == "cause":
            fusion, made = self.rules.fusion, is_made(case.group)
            heads = fusion.of_head(incident.category, incident.subcategory)
            signs = fusion.of_sign(incident.category, incident.subcategory)
            cells += [cell_of(head_key(row.name, made=made), row.radius_m, lat, lon) for row in heads]
            cells += [cell_of(sign_key(row.name, made=made), row.radius_m, lat, lon) for row in signs]
        return cells

    def due(self, case: Case) -> datetime | None:
        """When time alone will change a case."""
        due = self.own_due(case)
        if case.page is not None and (due is None or case.page.at < due):
            due = case.page.at
        if (case.held_by or case.grouped is not None) and (heard := self.voice_due(case)) is not None:
            due = heard if due is None else min(due, heard)
        return due

    def voice_due(self, case: Case) -> datetime | None:
        """When what is held back or waits may be told."""
        if case.held_by and case.held_until is not None:
            return self.registry.release_at(case.held_by, case.held_until)
        return None if case.grouped is None else self.next_update(case)

    def next_update(self, case: Case) -> datetime:
        """From when on an incident may be told of as ``updated`` again: its own pause is over, and its centre's."""
        updates = self.paging.now.updates
        own = case.said_at + updates.pause if case.said_at is not None else _EVER
        times = self._said.get(_desk(case), [])
        if len(times) < updates.centre_most:
            return own
        return max(own, times[-updates.centre_most][0] + updates.centre_window)

    def own_due(self, case: Case) -> datetime | None:
        """The same for what is no alert: targets, growth, closing, forgetting."""
        report = next_due(case.incident)
        own = self._due(case)
        if report is None:
            return own
        if case.finished_at is not None and case.incident.status != "resolved":
            return report  # it is not forgotten before
        return report if own is None else min(own, report)

    def _due(self, case: Case) -> datetime | None:
        """The same, deadlines for reports aside."""
        lifetimes = self.rules.lifetimes
        if case.finished_at is None:
            breach = None if case.incident.overdue or case.paused_at else case.incident.due_at
            settles = settles_at(case, self.rules.flapping)
            if not case.gathers and settles is None:
                return breach
            return min(filter(None, (breach, settles, self.next_growth(case), self.next_end(case))), default=None)
        if case.incident.status != "resolved":
            forgotten = case.finished_at + lifetimes.closed
            if case.resolved_at is None or not case.reports:
                return forgotten
            return max(forgotten, case.resolved_at + lifetimes.rating_reopens)
        return case.finished_at + (lifetimes.machine_resolved if case.machine else lifetimes.resolved)

    def next_growth(self, case: Case) -> datetime | None:
        """When it may be told that so many more are listed under a case; none if there are not."""
        rules, count = self.rules.gathering, case.incident.children_count
        if case.told_at is None or count < rules.growth * max(case.told, 1):
            return None
        if case.gathers == "gauges":
            return case.told_at + rules.growth_pause  # critical as they are, they wait for no other's turn
        neighbours = self._gathering(case.incident.centre, is_made(case.group))
        told = max((each.told_at for each in neighbours if each.told_at is not None), default=case.told_at)
        return max(told, case.told_at) + rules.growth_pause

    def next_end(self, case: Case) -> datetime | None:
        """When a surge, or one of gauges, is over: quiet for so long, and all that it gathered is done."""
        if case.gathers not in SURGES or case.grown_at is None or self.family.unfinished(case.incident.incident_id):
            return None
        return case.grown_at + self.rules.gathering.quiet

    def surge(self, centre: str, now: datetime, *, made: bool, category: Category | None = None) -> Case | None:
        """The surge of a centre that takes in more: of what is real, or of what a simulator has made.

        With a category the one of its gauges.
        """
        quiet = self.rules.gathering.quiet
        found = (
            case
            for case in self._gathering(centre, made)
            if (case.gathers == "surge" if category is None else case.gathers == "gauges")
            and category in {None, case.incident.category}
            and case.grown_at is not None
            and now < case.grown_at + quiet
        )
        return min(found, key=lambda case: case.incident.incident_id, default=None)

    def _gathering(self, centre: str, made: bool) -> Iterator[Case]:  # private
        """A centre's unfinished cases that gather others: what is real, or what a simulator has made."""
        return map(self._cases.__getitem__, self.family.gathering(centre, made=made))

    def is_storm(self, now: datetime, *, made: bool) -> bool:
        """Whether so much of the province is hit that more is to be expected everywhere."""
        rules, cases, family = self.rules.gathering, self._cases, self.family
        since = now - rules.window
        centres = listed = 0
        for centre in family.centres(made=made):
            lists = [
                cases[each].incident.children_count
                for each in family.gathering(centre, made=made)
                if cases[each].gathers != "gauges"
            ]
            alone = sum(self._is_loss(cases[each]) for each in family.opened(centre, since, made=made))
            centres += bool(lists or alone)
            listed += sum(lists) + alone
        enough = rules.warned_centres if self._warned[made] else rules.storm_centres
        return centres >= enough and listed >= rules.storm_children

    def _is_loss(self, case: Case) -> bool:
        """Whether something is lost, as machines say, and nothing greater lists it."""
        incident = case.incident
        return (
            case.machine
            and not case.finished
            and incident.parent is None
            and (incident.category, incident.subcategory) in self.rules.gathering.losses
        )

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state, in any order; entries of others are ignored.

        Raises:
            ValueError: the entry is damaged.

        """
        parsed = parse_key(key)
        if parsed is None:
            if self.registry.load(key, value):
                self.wake = _EVER
            return
        kind, incident, other = parsed
        if kind == "case":
            self._swap(incident, self._cases.get(incident), decode_case(value))
        elif kind == "member":
            self._set_member(incident, other, decode_member(value))
        else:
            self._set_verdict(incident, other, decode_verdict(value))

    def snapshot(self) -> Iterator[tuple[bytes, bytes]]:
        """Everything that :meth:`load` needs, ordered by key."""
        entries = [(case_key(incident), encode_case(case)) for incident, case in self._cases.items()]
        entries += [
            (member_key(incident, signal), encode_member(member))
            for incident, members in self._members.items()
            for signal, member in members.items()
        ]
        entries += [
            (verdict_key(one, other), encode_verdict(verdict))
            for one, others in self._apart.items()
            for other, verdict in others.items()
            if one < other
        ]
        entries += self.registry.snapshot()
        yield from sorted(entries)

    def _swap(self, incident: str, old: Case | None, new: Case | None) -> None:
        self._count_untaken(old, -1)
        self._count_untaken(new, +1)
        if new is None:
            del self._cases[incident]
        else:
            self._cases[incident] = new
            deadline = self.due(new)
            if deadline is not None and deadline < self.wake:
                self.wake = deadline
        if old is not None and new is not None and _same_place(old, new):
            self._refile(incident, old, new)
            if new.gathers or _makes_room(old, new):
                self.wake = _EVER  # its neighbours' deadlines depend on it
            if old.said_at != new.said_at:
                self._unsay(incident, old)
                self._say(incident, new)
            return
        if old is not None:
            self._unfile(incident, old)
        if new is not None:
            self._file(incident, new)
        kin = any(case is not None and (case.gathers or case.incident.parent is not None) for case in (old, new))
        if kin or _makes_room(old, new):
            # What gathers others has deadlines that depend on these, and on its neighbours.
            self.wake = _EVER

    def _file(self, incident: str, case: Case) -> None:
        for condition in case.conditions:
            self.index.add_condition(condition.key, incident)
        self._count(case, +1)
        self.family.add(incident, case)
        for cell in self.cells(case):
            self.index.add_cell(cell, incident)
        self._say(incident, case)
        if case.finished:
            return
        self.index.add_commune(case.group, case.incident.commune, incident)
        for commune, anchor in _words(case):
            self.index.add_words(commune, anchor, incident)
        for photo in case.photos:
            self.index.add_photo(photo, incident)

    def _unfile(self, incident: str, case: Case) -> None:
        for condition in case.conditions:
            self.index.remove_condition(condition.key, incident)
        self._count(case, -1)
        self.family.remove(incident, case)
        for cell in self.cells(case):
            self.index.remove_cell(cell, incident)
        self._unsay(incident, case)
        if case.finished:
            return
        self.index.remove_commune(case.group, case.incident.commune, incident)
        for commune, anchor in _words(case):
            self.index.remove_words(commune, anchor, incident)
        for photo in case.photos:
            self.index.remove_photo(photo, incident)

    def _refile(self, incident: str, old: Case, new: Case) -> None:
        """File a case where its evidence leads that is filed alike otherwise: most signals add no more than that."""
        index = self.index
        if old.conditions is not new.conditions:
            before, now = ({condition.key for condition in case.conditions} for case in (old, new))
            for key in before - now:
                index.remove_condition(key, incident)
            for key in now - before:
                index.add_condition(key, incident)
        if new.finished:
            return
        if old.sketches is not new.sketches:
            words, more = _words(old), _words(new)
            for commune, anchor in words - more:
                index.remove_words(commune, anchor, incident)
            for commune, anchor in more - words:
                index.add_words(commune, anchor, incident)
        if old.photos is not new.photos:
            for photo in set(old.photos).difference(new.photos):
                index.remove_photo(photo, incident)
            for photo in set(new.photos).difference(old.photos):
                index.add_photo(photo, incident)

    def _say(self, incident: str, case: Case) -> None:
        if case.said_at is not None:
            insort(self._said.setdefault(_desk(case), []), (case.said_at, incident))

    def _unsay(self, incident: str, case: Case) -> None:
        if case.said_at is not None:
            times = self._said[_desk(case)]
            del times[bisect_left(times, (case.said_at, incident))]

    def _count(self, case: Case, step: int) -> None:
        if case.finished:
            self.finished += step
            return
        incident = case.incident
        key = (incident.centre, incident.category, incident.severity)
        self._open[key] = self._open.get(key, 0) + step
        gathering = self.rules.gathering
        if (incident.category, incident.subcategory) in gathering.warnings and (
            SEVERITY_RANK[incident.severity] <= SEVERITY_RANK[gathering.warned_from]
        ):
            self._warned[is_made(case.group)] += step

    def _count_untaken(self, case: Case | None, step: int) -> None:
        if case is not None and is_nobodys(case):
            whose = (case.incident.centre, case.incident.severity)
            self._untaken[whose] = self._untaken.get(whose, 0) + step

    def _set_member(self, incident: str, signal: str, member: Member | None) -> None:
        members = self._members.setdefault(incident, {})
        if (old := members.pop(signal, None)) is not None:
            del self._seen[signal]
            if old.reporter is not None:
                key = old.reporter, self._bucket(old.at)
                del self._reported[key][signal]
                if not self._reported[key]:
                    del self._reported[key]
        if member is not None:
            members[signal] = member
            self._seen[signal] = incident
            if member.reporter is not None:
                self._reported.setdefault((member.reporter, self._bucket(member.at)), {})[signal] = member.at
        elif not members:
            del self._members[incident]

    def _bucket(self, at: datetime) -> int:
        return int(at.timestamp() // self.rules.likeness.burst.total_seconds())

    def _set_rule(self, name: str, record: Silence | None) -> None:
        self.registry.set_rule(name, record)
        self.wake = _EVER

    def _set_muted(self, condition: str, muted: Muted | None) -> None:
        self.registry.set_muted(condition, muted)
        self.wake = _EVER

    def _set_verdict(self, one: str, other: str, verdict: Verdict | None) -> None:
        for mine, theirs in ((one, other), (other, one)):
            if verdict is not None:
                self._apart.setdefault(mine, {})[theirs] = verdict
                continue
            del self._apart[mine][theirs]
            if not self._apart[mine]:
                del self._apart[mine]


def _makes_room(old: Case | None, new: Case | None) -> bool:
    """Whether others of a centre may be told of sooner, because this one was told of earlier or not at all."""
    if old is None or old.said_at is None:
        return False
    return new is None or new.said_at is None or new.said_at < old.said_at or _desk(new) != _desk(old)


def _desk(case: Case) -> tuple[str, bool]:
    return case.incident.centre, is_made(case.group)


def _words(case: Case) -> set[tuple[str, bytes]]:
    commune = case.incident.commune
    return {(commune, anchor) for sketch in case.sketches for anchor in anchors(sketch)}


def _same_place(old: Case, new: Case) -> bool:
    """Whether both are filed alike, but for what their evidence leads to."""
    one, other = old.incident, new.incident
    return (
        old.silent == new.silent
        and old.part_of == new.part_of
        and one.parent == other.parent
        and old.finished == new.finished
        and (not old.finished or one.status == other.status)
        and old.exact == new.exact
        and old.machine == new.machine
        and one.severity == other.severity
        and one.lat == other.lat
        and one.lon == other.lon
        and one.centre == other.centre
        and one.category == other.category
        and one.subcategory == other.subcategory
        and old.gathers == new.gathers
        and one.commune == other.commune
    )


class Writer:
    """One call's changes of the memory: applied at once, noted for the undo journal and for the stored state."""

    def __init__(self, memory: Memory, on_undo: OnUndo, now: datetime) -> None:
        self._memory = memory
        self._on_undo = on_undo
        self.now = now
        self.changes = Changes()

    def put(self, case: Case) -> None:
        """Add a case, or put it in place of the one with its incident id; it becomes an output."""
        memory = self._memory
        old = memory.cases.get(case.incident.incident_id)
        kept(old, case, self.now)
        if case.finished:
            case.incident.flapping = False
        else:
            case.incident.confidence = confidence(case, memory.rules.trust)
        self._store(memory.pager.paged(old, case, self.now))
        self._count_steps(old, case)
        self.changes.incidents.append(case.incident)

    def keep(self, case: Case) -> None:
        """Put a case of which others see nothing new."""
        memory = self._memory
        self._store(memory.pager.paged(memory.cases.get(case.incident.incident_id), case, self.now))

    def page(self, case: Case, page: Page | None) -> None:
        """Give a case another place in its chain."""
        self._store(replace(case, page=page))

    def _store(self, case: Case) -> None:
        memory, incident = self._memory, case.incident.incident_id
        old = memory.cases.get(incident)
        memory._swap(incident, old, case)
        self._on_undo(lambda: memory._swap(incident, case, old))
        self.changes.state.append((case_key(incident), encode_case(case)))

    def set_silence(self, record: Silence) -> None:
        """Keep a silence or mode, or put it in place of the one with its id; it becomes an output."""
        self._set_rule(record.silence_id, record)
        self.changes.silences.append(record)

    def forget_silence(self, record: Silence) -> None:
        """Keep a silence or mode no more; its last state becomes an output."""
        self._set_rule(record.silence_id, None)
        self.changes.silences.append(record)

    def _set_rule(self, name: str, record: Silence | None) -> None:
        memory = self._memory
        known = memory.registry.rules.get(name)
        old = known.record if known else None
        memory._set_rule(name, record)
        self._on_undo(lambda: memory._set_rule(name, old))
        self.changes.state.append((silence_key(name), None if record is None else encode(record)))

    def set_muted(self, condition: str, muted: Muted | None) -> None:
        """Note that a machine's condition is muted, or forget it."""
        memory = self._memory
        old = memory.registry.muted.get(condition)
        memory._set_muted(condition, muted)
        self._on_undo(lambda: memory._set_muted(condition, old))
        self.changes.state.append((muted_key(condition), None if muted is None else encode_muted(muted)))

    def _count_steps(self, old: Case | None, case: Case) -> None:
        """Note which rows of the tables the new steps of the history are."""
        known = old.incident.history[-1] if old is not None else None
        found: list[str] = []
        for each in reversed(case.incident.history):
            if each is known:
                break
            if (rule_id := row(each["rule_id"])) is not None:
                found.append(rule_id)
        self.changes.transitions += reversed(found)

    def evict(self, incident: str) -> None:
        """Forget a case and its members."""
        memory = self._memory
        self.forget(incident, [*memory.members(incident)])
        for other in sorted(memory.apart(incident)):
            self.set_verdict(incident, other, None)
        old = memory.cases[incident]
        memory._swap(incident, old, None)
        self._on_undo(lambda: memory._swap(incident, None, old))
        self.changes.state.append((case_key(incident), None))
        self.changes.evicted.append(incident)

    def remember(self, incident: str, signal: str, member: Member) -> None:
        """Note that a signal belongs to an incident, or what has changed about it."""
        memory = self._memory
        old = memory.members(incident).get(signal)
        memory._set_member(incident, signal, member)
        self._on_undo(lambda: memory._set_member(incident, signal, old))
        self.changes.state.append((member_key(incident, signal), encode_member(member)))

    def forget(self, incident: str, signals: Iterable[str]) -> None:
        """Forget members of an incident."""
        for signal in signals:
            self._forget(incident, signal)

    def _forget(self, incident: str, signal: str) -> None:
        memory = self._memory
        member = memory.members(incident)[signal]
        memory._set_member(incident, signal, None)
        self._on_undo(lambda: memory._set_member(incident, signal, member))
        self.changes.state.append((member_key(incident, signal), None))

    def set_verdict(self, one: str, other: str, verdict: Verdict | None) -> None:
        """Note that two incidents are not the same, or (``None``) forget that they are not."""
        memory = self._memory
        old = memory.apart(one).get(other)
        if old == verdict:
            return
        memory._set_verdict(one, other, verdict)
        self._on_undo(lambda: memory._set_verdict(one, other, old))
        self.changes.state.append((verdict_key(one, other), None if verdict is None else encode_verdict(verdict)))
