"""One source's intake on one partition: what becomes of every record, and what is written about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from ioc import metrics
from ioc.emit import Emitter
from ioc.events import DecodedBatch, Reject, decode_batch
from ioc.intake.companion import Companion, Gauges, Notice
from ioc.intake.heard import DEVICE_OF, HeardDevices, Maintained
from ioc.intake.publishers import RejectWatch
from ioc.intake.quality import QualityMeter
from ioc.intake.repeats import Repeats
from ioc.intake.states import Shows, StateTeller
from ioc.intake.unsealing import Unsealer
from ioc.intake.verdict import Verdict
from ioc.ports import Batch, Output, Store
from ioc.records import CoverageBunch, FieldError, Health, Receipt, Signal
from ioc.synthetic import marked
from ioc.tally import RoundNote, Tally
from ioc.topics import HEALTH, RECEIPTS, SIGNALS
from ioc.vocabulary import Source

Outcomes = Counter[tuple[str, str]]

RECEIPTED: Final = frozenset({"reports", "cameras", "security"})
"""Sources whose every new event gets a receipt; telemetry gets one when there is something to say."""


class Judge(Protocol):
    """What is made of an event that is valid and new."""

    def judge(  # noqa: PLR0917  # once per event, by position
        self, event: Any, accepted_ms: int, decoded: DecodedBatch, n: int, out: Output, overtaken: bool, /
    ) -> Verdict:
        """Judge the n-th event of a batch.

        ``decoded.identity(n)`` names it, when a name is needed; ``overtaken``: a newer one of its series came before.
        """

    def shown(self, decoded: DecodedBatch, n: int, /) -> tuple[str, str]:
        """Publisher and id of the n-th event as receipts may show them: without personal data."""


class Intake:
    """Judges the records of one partition of one source.

    Every consumed record ends in exactly one outcome: ``signal``, ``quiet``, ``duplicate`` or ``rejected``; the
    totals are part of the state that commits with the outputs.
    """

    def __init__(
        self,
        source: Source,
        judge: Judge,
        repeats: Repeats,
        store: Store,
        *,
        province: str,
        max_future: timedelta,
        note: RoundNote,
        quality: QualityMeter,
        plausible: Callable[[Any], bool] | None = None,
        partition: int = 0,
        companions: Sequence[Companion] = (),
        notify: Callable[[Notice, int], Signal] | None = None,
        unseal: Unsealer | None = None,
        flags: Callable[[], Mapping[str, int]] | None = None,
        told_s: float = 15.0,
        expected: bool = False,
        maintained: Sequence[Maintained] = (),
        coverage: Callable[[int], list[CoverageBunch]] | None = None,
        shows: Sequence[Shows] = (),
    ) -> None:
        self._quality = quality
        self._plausible = plausible
        self._partition = partition
        self._companions = tuple(companions)
        self._notify = notify
        self._source = source
        self._judge = judge.judge
        self._shown = judge.shown
        self._repeats = repeats
        self._province = province
        self._send = Emitter(province).send
        self._max_future = max_future
        self._unseal = unseal
        self._flags = flags
        self._coverage = coverage
        self._watch = RejectWatch(source, store)
        self._device_of = DEVICE_OF.get(source)
        self._heard = HeardDevices(source, partition, store, again_s=told_s, expected=expected, maintained=maintained)
        self._receipted = source in RECEIPTED
        self._states = StateTeller(source, partition, store, shows, every_s=told_s)
        self.tally = Tally(store, note)

    def take(self, batch: Batch, out: Output, now: datetime) -> list[float]:
        """Take in a batch: outputs go to ``out``, state changes to the store.

        Returns:
            Seconds from event time to ``now``, one per valid event.

        """
        self.tally.begin()
        self._repeats.begin()
        self._quality.begin()
        decoded = decode_batch(
            self._source, batch.topic, batch.values, batch.headers, now=now, max_future=self._max_future
        )
        if self._unseal is not None:
            for became, number in self._unseal.unseal(decoded, batch).items():
                self.tally.add(metrics.SEALED_REPORTS, became, n=number)
        timestamps, values = batch.timestamps_ms, batch.values
        is_new, judge, receipted = self._repeats.is_new, self._judge, self._receipted
        device_of, heard = self._device_of, self._heard.take
        measure, plausible = self._quality.take, self._plausible
        outcomes: Outcomes = Counter()
        events, publishers = decoded.events, decoded.publishers
        for n, (index, own_id, at_s) in enumerate(zip(decoded.indexes, decoded.own_ids, decoded.times, strict=True)):
            event, publisher, accepted_ms = events[n], publishers[n], timestamps[index]
            device = ""
            if device_of is not None:
                device = device_of(event)
                heard(device, publisher, at_s, accepted_ms)
            new = is_new(event, publisher, own_id, at_s, accepted_ms, values[index] or b"")
            fresh = new is not False
            if fresh:
                outcome, signals = judge(event, accepted_ms, decoded, n, out, new is None)
                for signal in signals:
                    self._send_signal(marked(signal) if event.synthetic else signal, out)
            else:
                outcome = "duplicate"
            # Once its instrument has been looked at.
            correct = plausible is None or plausible(event)
            if fresh:
                measure(device, at_s, accepted_ms, correct=correct)
            else:
                measure(device, at_s, accepted_ms, correct=correct, new=False, conflicting=self._repeats.conflicting)
            outcomes[publisher, outcome] += 1
            if receipted or outcome != "quiet":
                self._answer(*self._shown(decoded, n), outcome, now, out)
        for reject in decoded.rejects:
            outcomes[reject.publisher, "rejected"] += 1
            self._quality.rejected(timestamps[reject.index])
            self._reject(reject, timestamps[reject.index], now, out)
        self._quality.flush()
        self._repeats.flush(timestamps[-1])
        self._heard.read(timestamps[-1])
        for companion in self._companions:
            companion.flush(timestamps[-1])
        if self._flags is not None:
            for flag, number in self._flags().items():
                self.tally.add(metrics.READINGS, flag, n=number)
        self._count(outcomes)
        self.tally.flush()
        now_s = now.timestamp()
        return [now_s - at_s for at_s in decoded.times]

    def tick(self, out: Output, now_ms: int) -> bool:
        """Do what time alone does, and tell the province's owner which devices spoke; whether totals changed."""
        notices = [notice for each in self._companions for notice in each.tick(now_ms)]
        if notices and self._notify is not None:
            self.tally.begin()
            for notice in notices:
                self._send_signal(self._notify(notice, now_ms), out)
            self.tally.flush()
        healths = self._heard.summaries(now_ms)
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        if rows := self._quality.rows(now_ms):
            healths.append(Health(self._source, self._partition, at, quality=rows, part=len(healths)))
        if self._coverage is not None and (bunches := self._coverage(now_ms)):
            healths.append(Health(self._source, self._partition, at, coverage=bunches, part=len(healths)))
        healths += self._states.healths(now_ms)
        for health in healths:
            self._send(out, HEALTH, self._province, health)
        return bool(notices)

    def gauges(self, now_ms: int) -> Gauges:
        """Figures of the partition as they are now."""
        return {key: value for each in self._companions for key, value in each.gauges(now_ms).items()}

    def count_dead_letters(self, batch: Batch) -> None:
        """Count records that the handler could not take (our fault, not the publisher's) as rejected."""
        self.tally.begin()
        self._count(Counter({(f"urn:ioc:{batch.topic}", "rejected"): len(batch)}))
        self.tally.flush()

    def _send_signal(self, signal: Signal, out: Output) -> None:
        self._send(out, SIGNALS, self._province, signal)
        self.tally.add(metrics.SIGNALS, self._source, signal.category, signal.severity)

    def _answer(self, publisher: str, event_id: str, outcome: str, now: datetime, out: Output) -> None:
        repeated = outcome == "duplicate"
        receipt = Receipt(
            source=publisher,
            id=event_id,
            result="duplicate_of" if repeated else "accepted",
            duplicate_of=event_id if repeated else None,
            errors=[],
            at=now,
        )
        self._send(out, RECEIPTS, event_id, receipt)

    def _reject(self, reject: Reject, accepted_ms: int, now: datetime, out: Output) -> None:
        errors: list[FieldError] = reject.errors
        first = errors[0]
        out.dead_letter(reject.index, reject.reason, first.message, first.pointer)
        receipt = Receipt(
            source=reject.publisher, id=reject.id, result="rejected", duplicate_of=None, errors=errors, at=now
        )
        self._send(out, RECEIPTS, reject.id, receipt)
        signal = self._watch.rejected(reject.publisher, accepted_ms, reject.reason)
        if signal is not None:
            self._send_signal(signal, out)

    def _count(self, outcomes: Outcomes) -> None:
        for (publisher, outcome), number in outcomes.items():
            self.tally.add(metrics.EVENTS, self._source, outcome, n=number)
            self.tally.add_bounded(metrics.PUBLISHER_EVENTS, publisher, outcome, n=number)
