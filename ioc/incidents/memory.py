"""Everything the owner of a province has in memory, with its indexes, and how each change is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from ioc.incidents.case import (
    Case,
    Member,
    case_key,
    decode_case,
    decode_member,
    encode_case,
    encode_member,
    member_key,
    parse_key,
)
from ioc.incidents.changes import Changes
from ioc.incidents.correlation import CorrelationRules
from ioc.incidents.index import Cell, Index, cell_of
from ioc.vocabulary import Category, Severity

Undo = Callable[[], None]
OnUndo = Callable[[Undo], None]
GaugeKey = tuple[str, Category, Severity]

_NEVER = datetime.max.replace(tzinfo=UTC)


class Memory:
    """Cases and their members.

    There are two kinds of change, and each is its own inverse with other arguments: :meth:`_swap` one case for
    another, and :meth:`_set_member`. :class:`Writer` hands the inverse to the caller's undo journal.
    """

    def __init__(self, rules: CorrelationRules) -> None:
        self.rules = rules
        self.index = Index()
        self.finished = 0
        self.wake = _NEVER
        """No deadline is earlier; a lower bound, so that taking a change back needs no care."""
        self._cases: dict[str, Case] = {}
        self._seen: dict[str, str] = {}
        self._members: dict[str, dict[str, Member]] = {}
        self._open: dict[GaugeKey, int] = {}

    @property
    def cases(self) -> Mapping[str, Case]:
        """All cases by incident id, finished ones until they are evicted."""
        return self._cases

    @property
    def open_counts(self) -> Mapping[GaugeKey, int]:
        """Unfinished incidents by centre, category and severity; a key once used stays, at 0."""
        return self._open

    def incident_of(self, signal: str) -> str | None:
        """Incident that a signal already belongs to."""
        return self._seen.get(signal)

    def members(self, incident: str) -> Mapping[str, Member]:
        """Signals of an incident, by id."""
        return self._members.get(incident, {})

    def cell(self, case: Case) -> Cell | None:
        """Grid cell of a case; none if only its device or commune can lead to it."""
        incident = case.incident
        if not case.exact or incident.lat is None or incident.lon is None:
            return None
        radius = self.rules.group(incident.category, incident.subcategory).radius_m
        return cell_of(case.group, radius, incident.lat, incident.lon) if radius else None

    def due(self, case: Case) -> datetime | None:
        """When time alone will change a case."""
        lifetimes = self.rules.lifetimes
        if case.finished_at is None:
            return None if case.incident.overdue else case.incident.due_at
        if case.incident.status != "resolved":
            return case.finished_at + lifetimes.closed
        return case.finished_at + (lifetimes.machine_resolved if case.machine else lifetimes.resolved)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state, in any order; entries of others are ignored.

        Raises:
            ValueError: the entry is damaged.

        """
        parsed = parse_key(key)
        if parsed is None:
            return
        incident, signal = parsed
        if signal is None:
            self._swap(incident, self._cases.get(incident), decode_case(value))
        else:
            self._set_member(incident, signal, decode_member(value))

    def snapshot(self) -> Iterator[tuple[bytes, bytes]]:
        """Everything that :meth:`load` needs, ordered by key."""
        entries = [(case_key(incident), encode_case(case)) for incident, case in self._cases.items()]
        entries += [
            (member_key(incident, signal), encode_member(member))
            for incident, members in self._members.items()
            for signal, member in members.items()
        ]
        yield from sorted(entries)

    def _swap(self, incident: str, old: Case | None, new: Case | None) -> None:
        if new is None:
            del self._cases[incident]
        else:
            self._cases[incident] = new
            deadline = self.due(new)
            if deadline is not None and deadline < self.wake:
                self.wake = deadline
        if old is not None and new is not None and _same_place(old, new):
            if old.incident.severity != new.incident.severity:
                self._count(old, -1)
                self._count(new, +1)
            return
        if old is not None:
            self._unfile(incident, old)
        if new is not None:
            self._file(incident, new)

    def _file(self, incident: str, case: Case) -> None:
        for condition in case.conditions:
            self.index.add_condition(condition.key, incident)
        self._count(case, +1)
        if case.finished:
            return
        if (cell := self.cell(case)) is not None:
            self.index.add_cell(cell, incident)
        self.index.add_commune(case.group, case.incident.commune, incident)

    def _unfile(self, incident: str, case: Case) -> None:
        for condition in case.conditions:
            self.index.remove_condition(condition.key, incident)
        self._count(case, -1)
        if case.finished:
            return
        if (cell := self.cell(case)) is not None:
            self.index.remove_cell(cell, incident)
        self.index.remove_commune(case.group, case.incident.commune, incident)

    def _count(self, case: Case, step: int) -> None:
        if case.finished:
            self.finished += step
            return
        incident = case.incident
        key = (incident.centre, incident.category, incident.severity)
        self._open[key] = self._open.get(key, 0) + step

    def _set_member(self, incident: str, signal: str, member: Member | None) -> None:
        if member is None:
            members = self._members[incident]
            del members[signal], self._seen[signal]
            if not members:
                del self._members[incident]
        else:
            self._members.setdefault(incident, {})[signal] = member
            self._seen[signal] = incident


def _same_place(old: Case, new: Case) -> bool:
    """Whether both are filed alike; severity apart."""
    one, other = old.incident, new.incident
    return (
        old.conditions is new.conditions
        and old.finished == new.finished
        and old.exact == new.exact
        and one.lat == other.lat
        and one.lon == other.lon
        and one.centre == other.centre
        and one.category == other.category
        and one.subcategory == other.subcategory
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
        memory, incident = self._memory, case.incident.incident_id
        old = memory.cases.get(incident)
        memory._swap(incident, old, case)
        self._on_undo(lambda: memory._swap(incident, case, old))
        self.changes.state.append((case_key(incident), encode_case(case)))
        self.changes.incidents.append(case.incident)

    def evict(self, incident: str) -> None:
        """Forget a case and its members."""
        memory = self._memory
        self.forget(incident, [*memory.members(incident)])
        old = memory.cases[incident]
        memory._swap(incident, old, None)
        self._on_undo(lambda: memory._swap(incident, None, old))
        self.changes.state.append((case_key(incident), None))
        self.changes.evicted.append(incident)

    def remember(self, incident: str, signal: str, member: Member) -> None:
        """Note that a signal belongs to an incident."""
        memory = self._memory
        memory._set_member(incident, signal, member)
        self._on_undo(lambda: memory._set_member(incident, signal, None))
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
