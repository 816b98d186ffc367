"""One round: handlers, their shares, the transaction, and what follows from its outcome."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import aiokafka.errors as kafka_errors

from streams.transport.errors import EXIT_BRAKE, EXIT_MISCONFIGURED, Fatal, GroupFenced, ProducerFenced, RoundFailed
from streams.transport.ledger import TP, Round
from streams.transport.observer import Outcome, Point
from streams.transport.opening import Key
from streams.transport.outbox import Outbox, OutputRow
from streams.transport.records import Record, RecordBatch
from streams.transport.state import NOTE_SEPARATOR, PartitionState
from streams.transport.wire import Member
from streams.transport.work import Lane, Result, Work

if TYPE_CHECKING:
    from streams.transport.engine import Engine

log = logging.getLogger(__name__)

_FENCINGS: Final = 4
_FENCINGS_WITHIN_S: Final = 30.0


class Rounds:
    """Does the engine's rounds, one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fencings: deque[float] = deque(maxlen=_FENCINGS)
        self._rounds = 0

    async def run(self, taken: Round[Record] | None, ticks: list[Key]) -> None:
        started = time.monotonic()
        member = Member.of(self._engine.coordinator)
        touched: dict[Key, PartitionState] = {}
        works: list[Work] = []
        settled = False
        try:
            if taken is not None:
                if not await self._mark(taken):
                    return
                works = [self._work(tp, part.records, touched) for tp, part in taken.parts.items() if part.records]
                await self._handle(works, member)
                self._exclude(taken, works, touched)
            outboxes = [work.out for work in works if work.result is Result.DONE]
            records = len(taken) if taken is not None else 0
            offsets = taken.offsets() if taken is not None else {}
            for key in ticks:
                outboxes += self._tick(key, touched, offsets)
            outboxes += self._engine.direct.deliver(outboxes, touched)
            self._engine.observer.passed(Point.HANDLED)
            if not offsets:
                settled = True
                return
            outcome = Outcome.TAKEN_BACK
            if member != self._engine.fenced and Member.of(self._engine.coordinator) == member:
                # A rebalance or a stop that waits for this round does not keep it from being committed.
                outcome = await self._commit(outboxes, touched, offsets, member)
            committed = outcome in (Outcome.COMMITTED, Outcome.UNKNOWN_COMMITTED)
            self._conclude(taken, touched, committed=committed)
            settled = True
        finally:
            if not settled:
                for work in works:
                    work.cancelled = True
                self._engine.opening.taint(touched)
        self._report(outcome, time.monotonic() - started, records, offsets, outboxes)

    async def _mark(self, taken: Round[Record]) -> bool:
        """Note dangerous records before they are handled; False, with the round given back, if that fails."""
        guard = self._engine.guard
        if guard is None or not guard.limits:
            return True
        try:
            await guard.mark({tp: part.records[0].offset for tp, part in taken.parts.items() if part.records})
        except kafka_errors.KafkaError as error:
            log.warning("an attempt could not be noted: %s", type(error).__name__)
            self._engine.ledger.give_back(taken)
            await self._engine.sleep(self._engine.backoff.next())
            return False
        return True

    def _work(self, tp: TP, records: list[Record], touched: dict[Key, PartitionState]) -> Work:
        lane = self._engine.lane_of[tp[0]]
        key = (lane.name, tp[1])
        state = touched[key] = self._engine.states[key]
        return Work(
            lane,
            RecordBatch(tp[0], tp[1], records),
            state,
            self._engine.outbox(lane),
            chunk=self._engine.settings.chunk_records,
            breathe=self._engine.pump,
            condemned=self._engine.guard.condemned(tp) if self._engine.guard is not None else None,
        )

    async def _handle(self, works: list[Work], member: Member) -> None:
        if self._engine.deliver is None:
            raise RuntimeError("the engine is not bound to a consumer")
        for work in works:
            await self._engine.deliver(work.tp, work.batch.offsets[-1], member.generation, work)
        await asyncio.gather(*(work.finished for work in works))

    def _exclude(self, taken: Round[Record], works: list[Work], touched: dict[Key, PartitionState]) -> None:
        """Shares that did not go through are given back; the rest of the round goes on without them."""
        now = time.monotonic()
        for work in works:
            lane = work.lane
            if work.result is Result.DONE:
                if work.lane.rest_until <= now:
                    lane.backoff.reset()
                continue
            self._engine.ledger.give_back(taken, [work.tp])
            if work.result is Result.LATER and lane.rest_until <= now:
                lane.rest_until = now + lane.backoff.next()
                log.warning("agent %s cannot work now; trying again in %.1f s", lane.name, lane.rest_until - now)
            elif work.result is Result.BRAKED:
                self._brake(lane)
        done = {(work.lane.name, work.tp[1]) for work in works if work.result is Result.DONE}
        undone = {key: touched.pop(key) for key in touched.keys() - done}
        self._conclude(None, undone, committed=False)

    def _brake(self, lane: Lane) -> None:
        assignment = self._engine.assignment
        for tp in self._engine.ledger.open_partitions():
            if tp[0] in lane.agent.topics and assignment is not None:
                assignment.state_value(tp).pause()
        log.error("agent %s is stopped: %s; nothing more is committed for it", lane.name, lane.stopped)
        self._engine.observer.agent_stopped(lane.name, lane.stopped or "")
        if all(other.stopped is not None for other in self._engine.lanes):
            self._engine.stop_with(Fatal(EXIT_BRAKE, "every agent is stopped"))

    def _tick(self, key: Key, touched: dict[Key, PartitionState], offsets: dict[TP, int]) -> list[Outbox]:
        lane = next(lane for lane in self._engine.lanes if lane.name == key[0])
        state = self._engine.states[key]
        out = self._engine.outbox(lane)
        mark = state.savepoint()
        try:
            lane.agent.tick(key[1], state, out, time.time_ns() // 1_000_000)
        except Exception as error:
            state.rollback_to(mark)
            log.exception("a timer of agent %s failed with %s", lane.name, type(error).__name__)
            lane.isolation.brake.failed()
            if (why := lane.isolation.brake.tripped) is not None:
                lane.stopped = why
                self._brake(lane)
            return []
        if not out.rows and state.savepoint() == mark:
            return []
        touched[key] = state
        for topic in lane.agent.topics:
            tp = (topic, key[1])
            if self._engine.ledger.is_open(tp):
                # Committing the offset as it is puts the timer under the group's fencing.
                offsets.setdefault(tp, self._engine.ledger.delivered_offset(tp))
        return [out]

    # ---- its transaction --------------------------------------------------------------------------------------

    async def _commit(
        self, outboxes: list[Outbox], touched: dict[Key, PartitionState], offsets: dict[TP, int], member: Member
    ) -> Outcome:
        self._rounds += 1
        mark = f"{self._engine.settings.slot}:{member.generation}:{self._rounds}:{time.monotonic_ns()}"
        notes = {tp: f"{mark}{NOTE_SEPARATOR}{self._note_of(tp)}" for tp in offsets}
        outputs: list[Sequence[OutputRow]] = [out.rows for out in outboxes if out.rows]
        for (name, partition), state in touched.items():
            topic = self._engine.opening.lane(name).agent.changelog
            if topic is not None and (changes := state.changes()):
                outputs.append([(topic, partition, key, value, ()) for key, value in changes])
        try:
            await self._engine.writer.commit(outputs, offsets, member, notes)
        except GroupFenced as error:
            log.warning("round taken back: %s", error)
            self._engine.fenced = member
            self._engine.coordinator.request_rejoin()
            return Outcome.FENCED
        except RoundFailed as error:
            log.warning("outcome of a round unknown, looking: %s", error)
            if isinstance(error, ProducerFenced):
                self._count_fencing()
            committed = await self._was_committed(notes)
            log.warning("the round was %scommitted", "" if committed else "not ")
            return Outcome.UNKNOWN_COMMITTED if committed else Outcome.UNKNOWN_TAKEN_BACK
        self._engine.backoff.reset()
        return Outcome.COMMITTED

    def _count_fencing(self) -> None:
        now = time.monotonic()
        self._fencings.append(now)
        if len(self._fencings) == _FENCINGS and now - self._fencings[0] < _FENCINGS_WITHIN_S:
            settings = self._engine.settings
            raise Fatal(
                EXIT_MISCONFIGURED,
                f"another worker of group {settings.group} uses slot {settings.slot}: give each its own",
            )

    def _note_of(self, tp: TP) -> str:
        return self._engine.states[self._engine.lane_of[tp[0]].name, tp[1]].note

    async def _was_committed(self, notes: dict[TP, str]) -> bool:
        await self._engine.renew()  # the old epoch is over: its transaction is committed by now, or it is aborted
        found = await self._engine.stable(notes)
        return all((at := found.get(tp)) is not None and at.metadata == note for tp, note in notes.items())

    # ---- its end ----------------------------------------------------------------------------------------------

    def _conclude(self, taken: Round[Record] | None, touched: dict[Key, PartitionState], *, committed: bool) -> None:
        if taken is not None and taken.parts:
            if committed:
                self._engine.ledger.commit(taken)
            else:
                self._engine.ledger.give_back(taken)
        for (name, partition), state in touched.items():
            agent = self._engine.opening.lane(name).agent
            if committed:
                state.commit()
                agent.committed(partition)
            else:
                state.rollback()
                agent.rolled_back(partition)

    def _report(
        self, outcome: Outcome, seconds: float, records: int, offsets: dict[TP, int], outboxes: list[Outbox]
    ) -> None:
        self._engine.last_progress = time.monotonic()
        if outcome in (Outcome.COMMITTED, Outcome.UNKNOWN_COMMITTED):
            self._engine.sizer.finished(records, seconds)
            if self._engine.guard is not None and self._engine.guard.limits:
                self._engine.guard.committed(offsets)
            for out in outboxes:
                for letter in out.dead_letters:
                    self._engine.observer.dead_letter(
                        self._engine.lane_of[letter.topic].name, letter.topic, letter.reason
                    )
        self._engine.observer.round_finished(outcome, seconds, records)
