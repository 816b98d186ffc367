"""Intake of one source: raw topic in; signals, receipts, feedback and dead letters out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ioc import metrics
from ioc.detect.instrument import FLAGS
from ioc.intake import Intake, IntakeParts
from ioc.privacy.ports import OUTCOMES as UNSEALED
from ioc.tally import Counts
from ioc.topics import RAW, changelog_topic, intake_agent
from ioc.vocabulary import OUTCOMES, Source
from streams.metrics import BatchHistogram, CommittedTotals, PartitionGauges
from streams.transport import BatchAgent, Outbox, PartitionState, RecordBatch


class IntakeAgent(BatchAgent):
    """One source's agent; a pure ``Intake`` per partition does the work."""

    holds_state = True
    tick_interval_s = 1.0

    def __init__(
        self,
        source: Source,
        parts: IntakeParts,
        totals: CommittedTotals,
        delays: BatchHistogram,
        clock: Callable[[], datetime],
        *,
        gauges: PartitionGauges,
    ) -> None:
        self.name = intake_agent(source)
        self.topics = [RAW[source]]
        self.changelog = changelog_topic(self.name)
        self._source = source
        self._parts = parts
        self._totals = totals
        self._delays = delays
        self._gauges = gauges
        self._clock = clock
        self._intakes: dict[int, Intake] = {}

    def try_out(self) -> None:
        """Make a partition's parts of nothing: tables that cannot be worked with fail here."""
        self._parts.intake(self._source, PartitionState(0))

    def opened(self, partition: int, state: PartitionState) -> None:
        intake = self._intakes[partition] = self._parts.intake(self._source, state, partition)
        shown: Counts = {(metrics.EVENTS.name, self._source, outcome): 0 for outcome in OUTCOMES}
        if self._source == "reports":
            shown |= {(metrics.SEALED_REPORTS.name, became): 0 for became in UNSEALED}
        if self._source == "sensors":
            shown |= {(metrics.READINGS.name, flag): 0 for flag in FLAGS}
        self._totals.update(self.name, partition, shown | intake.tally.counts)

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        intake = self._intakes[batch.partition]
        delays = intake.take(batch, out, self._clock())
        state.after_commit(partial(self._export, batch.partition, dict(intake.tally.counts), delays))

    def tick(self, partition: int, state: PartitionState, out: Outbox, now_ms: int) -> None:
        intake = self._intakes[partition]
        if intake.tick(out, now_ms):
            state.after_commit(partial(self._export, partition, dict(intake.tally.counts), []))
        self._gauges.update(self.name, partition, intake.gauges(now_ms))

    def dead_lettered(self, batch: RecordBatch, state: PartitionState) -> None:
        # Every consumed record is counted once, those too that no handler could take.
        intake = self._intakes[batch.partition]
        intake.count_dead_letters(batch)
        state.after_commit(partial(self._export, batch.partition, dict(intake.tally.counts), []))

    def closed(self, partition: int) -> None:
        self._intakes.pop(partition, None)
        self._totals.remove(self.name, partition)
        self._gauges.remove(self.name, partition)

    def _export(self, partition: int, counts: Counts, delays: list[float]) -> None:
        self._totals.update(self.name, partition, counts)
        if delays:
            self._delays.observe((self._source,), delays)
