"""The one owner of a province's incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo

from ioc.incidents.changes import Changes
from ioc.incidents.commands import CommandHandler
from ioc.incidents.correlation import CorrelationRules
from ioc.incidents.desk import Desk
from ioc.incidents.duties import Duties, Routes
from ioc.incidents.feedback import FeedbackTexts
from ioc.incidents.memory import GaugeKey, Memory, OnUndo, Writer
from ioc.incidents.signals import SignalHandler
from ioc.incidents.silencing import Silencer
from ioc.incidents.tags import Tags
from ioc.incidents.timers import Timers
from ioc.paging import LivePaging
from ioc.records import Command, Incident, Signal
from ioc.vocabulary import Severity, Source


class IncidentBook:
    """Turns signals and commands into incidents; a function of what it was given, in order.

    Each call changes the memory at once and answers with all that has to be written. For every change it hands its
    inverse to ``on_undo``; called in reverse order, these put back what was, over any number of calls. What survives
    is in :attr:`Changes.state`; a new book that :meth:`load` s it goes on as this one would.

    Args:
        province: Code; the first part of incident ids.
        zone: The province's time zone: the day in incident ids, times told to people.
        duties: The catalogue: units, target times, communes.
        routes: Which unit gets what.
        rules: What belongs to one happening.
        texts: What citizens are told.
        redact: Takes personal data out of what operators write: citizens and other desks read it.
        paging: Who is told, when and how often.
        site_of: Site of a device of the register, if it has one.

    """

    def __init__(
        self,
        province: str,
        zone: tzinfo,
        duties: Duties,
        routes: Routes,
        rules: CorrelationRules,
        *,
        texts: FeedbackTexts,
        redact: Callable[[str], str],
        paging: LivePaging,
        site_of: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._paging = paging
        self._memory = Memory(rules, paging, zone, site_of)
        desk = Desk(province, zone, duties, routes, rules, texts, self._memory, redact, paging)
        self._signals = SignalHandler(desk)
        self._commands = CommandHandler(desk)
        self._silencer = Silencer(desk)
        self._timers = Timers(desk, self._signals)
        self._tags = Tags(desk)

    def apply_signal(self, signal: Signal, now: datetime, on_undo: OnUndo) -> Changes:
        """Open or join an incident; a signal that it knows changes nothing.

        Args:
            signal: What happened.
            now: Processing time, aware.
            on_undo: Takes the inverse of each change.

        """
        writer = Writer(self._memory, on_undo, now)
        self._signals.apply(signal, writer)
        return self._tags.tagged(writer)

    def apply_command(self, command: Command, now: datetime, on_undo: OnUndo) -> Changes:
        """Do what an operator wants, or say in the receipt what is allowed; arguments as :meth:`apply_signal`."""
        writer = Writer(self._memory, on_undo, now)
        self._commands.apply(command, writer)
        return self._tags.tagged(writer)

    def tick(self, now: datetime, on_undo: OnUndo) -> Changes:
        """Do what time alone does: overdue, closing, forgetting; arguments as :meth:`apply_signal`."""
        writer = Writer(self._memory, on_undo, now)
        self._timers.apply(writer)
        return self._tags.tagged(writer)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state, in any order; keys of others are ignored.

        Raises:
            ValueError: the entry is damaged.

        """
        self._memory.load(key, value)

    def snapshot(self) -> Iterator[tuple[bytes, bytes]]:
        """Whole stored state, ordered by key; equal books give equal bytes."""
        return self._memory.snapshot()

    def get(self, incident: str) -> Incident | None:
        """Current state of an incident that is at hand."""
        case = self._memory.cases.get(incident)
        return case.incident if case else None

    def are_apart(self, one: str, other: str) -> bool:
        """Whether an operator found two incidents to be different things: they are never joined nor suggested."""
        return other in self._memory.apart(one)

    def maintenance(self, at: datetime) -> Iterator[tuple[str, Callable[[str, Source], bool]]]:
        """Maintenance windows in force at an instant: a name, and whether it is one of a device (id and source)."""
        return self._silencer.maintenance(at)

    def emergency_modes(self) -> dict[str, bool]:
        """By centre, whether an emergency mode is in force in a part of it."""
        modes = (rule.record for rule in self._memory.registry.emergencies)
        hit = {centre for record in modes for centre in record.centres}
        return {centre: centre in hit for centre in sorted(self._paging.now.known.centres)}

    def __len__(self) -> int:
        """Incidents at hand, finished ones too."""
        return len(self._memory.cases)

    @property
    def open_counts(self) -> Mapping[GaugeKey, int]:
        """Unfinished incidents by centre, category and severity, for the gauge; a key once used stays, at 0."""
        return self._memory.open_counts

    @property
    def untaken_counts(self) -> Mapping[tuple[str, Severity], int]:
        """Incidents that wait for somebody to take them up, for the gauge, as above."""
        return self._memory.untaken_counts
