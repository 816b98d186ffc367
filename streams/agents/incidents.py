"""The incidents' owner: signals and commands in; incidents, alerts, answers and decisions out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from pydantic import ValidationError

from ioc import metrics
from ioc.area import AreaWriter, ProvinceWatch
from ioc.emit import Emitter
from ioc.incidents import Changes, IncidentBook, Measure
from ioc.incidents.renewal import renewed_entry
from ioc.records import Command, Health, Signal, decode
from ioc.tally import Counts, Tally
from ioc.topics import (
    COMMANDS,
    DECISIONS,
    FEEDBACK,
    HEALTH,
    INCIDENTS,
    INCIDENTS_AGENT,
    RECEIPTS,
    SIGNALS,
    SILENCES,
    alert_topic,
    changelog_topic,
)
from ioc.vocabulary import Source
from streams.metrics import BatchHistogram, CommittedTotals, PartitionGauges
from streams.transport import BatchAgent, Outbox, PartitionState, RecordBatch

Clock = Callable[[], datetime]
_T = TypeVar("_T")

_TICK_S: Final = 1.0
_UNREADABLE: Final = "contract"


@dataclass(frozen=True, slots=True)
class IncidentMetrics:
    """Where the agent's figures go, once they are committed."""

    totals: CommittedTotals
    gauges: PartitionGauges
    alert_latency: BatchHistogram
    acknowledged: BatchHistogram
    resolved: BatchHistogram


@dataclass(slots=True)
class _Partition:
    book: IncidentBook
    watch: ProvinceWatch
    tally: Tally


class IncidentsAgent(BatchAgent):
    """Owner of the province's incidents: one book per partition, of which one partition has the province's key."""

    name = INCIDENTS_AGENT
    topics = (SIGNALS, COMMANDS, HEALTH)
    direct = (SIGNALS,)
    changelog = changelog_topic(INCIDENTS_AGENT)
    holds_state = True
    tick_interval_s = _TICK_S

    def __init__(
        self,
        province: str,
        new_book: Callable[[], IncidentBook],
        new_watch: Callable[[IncidentBook], ProvinceWatch],
        figures: IncidentMetrics,
        clock: Clock,
        *,
        renewed: Callable[[str], str],
    ) -> None:
        self._send = Emitter(province).send
        self._province = province
        self._new_book = new_book
        self._new_watch = new_watch
        self._figures = figures
        self._clock = clock
        self._renewed = renewed
        self._owned: dict[int, _Partition] = {}

    def try_out(self) -> None:
        """Make a partition's parts of nothing: tables that cannot be worked with fail here."""
        self._new_watch(self._new_book())

    def opened(self, partition: int, state: PartitionState) -> None:
        book = self._new_book()
        watch = self._new_watch(book)
        for key, value in state.items():
            watch.load(key, value)
            # Reporters of before a rotation are carried over here, so that they are known again by their new word.
            book.load(key, renewed_entry(key, value, self._renewed))
        owned = self._owned[partition] = _Partition(book, watch, Tally(state))
        self._figures.totals.update(self.name, partition, _counts(owned))

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        owned = self._owned[batch.partition]
        owned.tally.begin()
        latencies: dict[Source, list[float]] = {}
        measures: list[Measure] = []
        now = self._clock()
        area = AreaWriter(state)
        for index, value in enumerate(batch.values):
            if batch.topic == SIGNALS:
                changes = self._signal(owned, value, now, area, latencies)
            elif batch.topic == HEALTH:
                changes = _health(owned.watch, value, now, area)
            else:
                changes = _command(owned.book, value, now, state)
            if changes is None:
                out.dead_letter(index, _UNREADABLE, "the record is none of this topic's")
                continue
            self._write(changes, owned.tally, state, out)
            measures += changes.measures
        self._say(area, owned.tally, out)
        owned.tally.flush()
        state.after_commit(partial(self._export, batch.partition, _counts(owned), latencies, measures))

    def tick(self, partition: int, state: PartitionState, out: Outbox, now_ms: int) -> None:
        owned = self._owned[partition]
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        area = AreaWriter(state)
        owned.watch.tick(now, area)
        self._figures.gauges.update(self.name, partition, owned.watch.gauges(now))
        changes = owned.book.tick(now, state.journal)
        if changes == Changes() and not area.signals and not area.healths:
            return
        owned.tally.begin()
        self._write(changes, owned.tally, state, out)
        self._say(area, owned.tally, out)
        owned.tally.flush()
        state.after_commit(partial(self._export, partition, _counts(owned), {}, changes.measures))

    def closed(self, partition: int) -> None:
        self._owned.pop(partition, None)
        self._figures.totals.remove(self.name, partition)
        self._figures.gauges.remove(self.name, partition)

    def _signal(
        self,
        owned: _Partition,
        value: bytes | None,
        now: datetime,
        area: AreaWriter,
        latencies: dict[Source, list[float]],
    ) -> Changes | None:
        signal = _read(Signal, value)
        if signal is None:
            return None
        if signal.reporter is not None:
            signal.reporter = self._renewed(signal.reporter)
        left = owned.watch.signal(signal, now, area)
        if left is None:
            return Changes()
        changes = owned.book.apply_signal(left, now, area.undo)
        if changes.alerts:
            latencies.setdefault(signal.source, []).extend([signal.accepted_at.timestamp()] * len(changes.alerts))
        return changes

    def _say(self, area: AreaWriter, tally: Tally, out: Outbox) -> None:
        for signal in area.signals:
            self._send(out, SIGNALS, self._province, signal)
            tally.add(metrics.SIGNALS, signal.source, signal.category, signal.severity)
        for health in area.healths:
            self._send(out, HEALTH, self._province, health)

    def _write(self, changes: Changes, tally: Tally, state: PartitionState, out: Outbox) -> None:
        send = self._send
        for key, value in changes.state:
            if value is None:
                state.delete(key)
            else:
                state.put(key, value)
        for incident in changes.incidents:
            send(out, INCIDENTS, incident.incident_id, incident)
            if incident.version == 1:
                tally.add(metrics.INCIDENTS, incident.centre, incident.category, incident.severity)
        for alert in changes.alerts:
            send(out, alert_topic(alert.centre), alert.incident_id, alert)
            tally.add(metrics.ALERTS, alert.centre, alert.severity, alert.reason)
        for rule in changes.transitions:
            tally.add(metrics.TRANSITIONS, rule)
        for measure in changes.measures:
            if measure.kind == "resolved":
                for clock, seconds in (("raw", measure.seconds), ("paused", measure.paused_s)):
                    tally.add(metrics.CLOCK_SECONDS, measure.centre, measure.severity, clock, n=round(seconds))
        for feedback in changes.feedback:
            send(out, FEEDBACK, feedback.report_id, feedback)
        for decision in changes.decisions:
            send(out, DECISIONS, decision.incident_id or decision.decision_id, decision)
        for receipt in changes.receipts:
            send(out, RECEIPTS, receipt.id, receipt)
        for silence in changes.silences:
            send(out, SILENCES, silence.silence_id, silence)
        for centre in changes.silenced:
            tally.add(metrics.SILENCED_ALERTS, centre)

    def _export(
        self, partition: int, counts: Counts, accepted: dict[Source, list[float]], measures: list[Measure]
    ) -> None:
        figures = self._figures
        figures.totals.update(self.name, partition, counts)
        committed = self._clock().timestamp()
        for source, times in accepted.items():
            figures.alert_latency.observe((source,), [committed - time for time in times])
        for measure in measures:
            target = figures.acknowledged if measure.kind == "acknowledged" else figures.resolved
            target.observe((measure.centre, measure.severity), [measure.seconds])


def _command(book: IncidentBook, value: bytes | None, now: datetime, state: PartitionState) -> Changes | None:
    command = _read(Command, value)
    return book.apply_command(command, now, state.journal) if command else None


def _health(watch: ProvinceWatch, value: bytes | None, now: datetime, area: AreaWriter) -> Changes | None:
    health = _read(Health, value)
    if health is None:
        return None
    watch.health(health, now, area)
    return Changes()


def _read(cls: type[_T], value: bytes | None) -> _T | None:
    try:
        return decode(cls, value or b"")
    except ValidationError:
        return None


def _counts(owned: _Partition) -> Counts:
    open_now = {(metrics.INCIDENTS_OPEN.name, *key): count for key, count in owned.book.open_counts.items()}
    untaken = {(metrics.UNACKNOWLEDGED.name, *key): count for key, count in owned.book.untaken_counts.items()}
    modes = {(metrics.EMERGENCY_MODE.name, centre): int(on) for centre, on in owned.book.emergency_modes().items()}
    return owned.tally.counts | open_now | untaken | modes
