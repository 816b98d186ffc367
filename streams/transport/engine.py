"""The engine: rounds of fetch, handle, commit, and what happens when one of them fails.

It runs in the task that Faust calls its fetcher, in the worker's only event loop. A step is one of: open a new
assignment, do a round, wait for records. A rebalance waits for the step to end and cancels it when that takes too
long; whatever a cancelled step touched is read anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import aiokafka.errors as kafka_errors

from streams.transport.agent import BatchAgent
from streams.transport.backoff import Backoff
from streams.transport.brake import Brake
from streams.transport.errors import (
    EXIT_BRAKE,
    EXIT_FORCED,
    EXIT_MISCONFIGURED,
    Fatal,
    GroupFenced,
    ProducerFenced,
    RoundFailed,
)
from streams.transport.fetch import drain
from streams.transport.guard import CrashGuard
from streams.transport.isolate import Isolation
from streams.transport.ledger import TP, Chunk, Ledger, Round
from streams.transport.observer import EngineObserver, Outcome, Point
from streams.transport.opening import Key, Opening
from streams.transport.outbox import Outbox, OutputRow
from streams.transport.records import Record, RecordBatch
from streams.transport.settings import EngineSettings
from streams.transport.sizer import RoundSizer
from streams.transport.state import NOTE_SEPARATOR, PartitionState
from streams.transport.wire import Member, stable_offsets
from streams.transport.work import Lane, Result, Work
from streams.transport.writer import TransactionWriter

log = logging.getLogger(__name__)

Deliver = Callable[[TP, int, int, Work], Awaitable[None]]
"""Sends a share through Faust: partition, last offset, generation, work."""

_IDLE_S: Final = 1.0
_UNSETTLED_S: Final = 0.01
_LONGEST_BACKOFF_S: Final = 5.0
"""Longer waits for a broker would only delay the return: the probe costs one connection attempt."""
_REVOKE_SHARE: Final = 0.3
_CANCEL_S: Final = 2.0
_FENCINGS: Final = 4
_FENCINGS_WITHIN_S: Final = 30.0


class Engine:
    """Rounds over the agents of one process."""

    def __init__(self, settings: EngineSettings, agents: Sequence[BatchAgent], observer: EngineObserver) -> None:
        self.settings = settings
        self.observer = observer
        self.ledger: Ledger[Record] = Ledger()
        self.writer = TransactionWriter(settings, observer)
        self.lanes = [Lane(agent, Isolation(agent, Brake(settings.brake))) for agent in agents]
        self.lane_of: dict[str, Lane] = {topic: lane for lane in self.lanes for topic in lane.agent.topics}
        self.states: dict[Key, PartitionState] = {}
        self.guard: CrashGuard | None = None
        self.consumer: Any = None  # the aiokafka consumer
        self.fatal: Fatal | None = None
        self.on_fatal: Callable[[], None] = lambda: None
        self.last_progress = time.monotonic()
        self._deliver: Deliver | None = None
        self._flows: Callable[[], int | None] = lambda: None
        self._sizer = RoundSizer(settings.max_round_records, settings.target_round_ms / 1000)
        self._backoff = Backoff(_LONGEST_BACKOFF_S)
        self._opening = Opening(self)
        self._opened: object = None
        self._step_task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._revoking = False
        self._draining = False
        self._fenced: Member | None = None
        self._fencings: deque[float] = deque(maxlen=_FENCINGS)
        self._rounds = 0
        self._next_tick: dict[Key, float] = {}

    # ---- for the consumer -------------------------------------------------------------------------------------

    def bind(
        self, consumer: Any, deliver: Deliver, flows: Callable[[], int | None], producer: Callable[[], Any]
    ) -> None:
        """Connect to a started consumer. ``flows`` gives the generation that Faust's flow is open for, or None."""
        self.consumer = consumer
        self._deliver = deliver
        self._flows = flows
        if (topic := self.settings.attempts_topic) is not None:
            self.guard = CrashGuard(topic, self.settings.group, self.settings.max_round_records, producer)

    async def run(self, stopped: Callable[[], bool]) -> None:
        """Step until stopped, drained or broken; meanwhile records are taken in as they come."""
        taking_in = asyncio.ensure_future(self._take_in())
        try:
            await self._steps(stopped)
        finally:
            taking_in.cancel()
            await asyncio.wait({taking_in})

    async def _steps(self, stopped: Callable[[], bool]) -> None:
        while not (stopped() or self._draining or self.fatal):
            self._step_task = step = asyncio.ensure_future(self._step())
            try:
                await asyncio.wait({step})
            except asyncio.CancelledError:
                step.cancel()
                await asyncio.wait({step}, timeout=_CANCEL_S)
                raise
            finally:
                self._step_task = None
            self._digest(step)

    def _digest(self, step: asyncio.Task[None]) -> None:
        if step.cancelled():
            return
        error = step.exception()
        if isinstance(error, Fatal):
            self.stop_with(error)
        elif error is not None:
            log.error("the engine broke", exc_info=error)
            self.stop_with(Fatal(EXIT_FORCED, f"the engine broke: {type(error).__name__}"))

    def stop_with(self, fatal: Fatal) -> None:
        """The process must end."""
        if self.fatal is None:
            self.fatal = fatal
            log.error("%s", fatal)
            self.on_fatal()

    async def revoke(self) -> None:
        """The assignment is about to go: let the step finish, or cancel it; then forget what was fetched."""
        self._revoking = True
        await self._interrupt(_REVOKE_SHARE * self.settings.rebalance_timeout_s)
        with contextlib.suppress(Exception):
            if self.guard is not None and self.ledger.tag.assignment is not None:
                await asyncio.wait_for(self.guard.end(everything=False), 1.0)
        self.ledger.revoke()
        self._opened = None

    def assigned(self, partitions: int, generation: int) -> None:
        """A new assignment is there; it is opened by the next step."""
        self._revoking = False
        self.observer.rebalanced(partitions, generation)
        self._wake.set()

    async def drain(self, timeout_s: float) -> None:
        """Finish the round in work and start no other."""
        self._draining = True
        await self._interrupt(timeout_s)
        with contextlib.suppress(Exception):
            if self.guard is not None and self.writer.ready:
                await asyncio.wait_for(self.guard.end(everything=True), 1.0)

    async def close(self) -> None:
        await self.writer.close()

    async def _interrupt(self, timeout_s: float) -> None:
        self._wake.set()
        step = self._step_task
        if step is None or step.done():
            return
        if self._opening.running:
            timeout_s = 0.0
        await asyncio.wait({step}, timeout=timeout_s)
        if not step.done():
            step.cancel()
            await asyncio.wait({step}, timeout=_CANCEL_S)

    # ---- what others ask --------------------------------------------------------------------------------------

    @property
    def coordinator(self) -> Any:
        return self.consumer._coordinator

    @property
    def assignment(self) -> Any:
        subscription = self.consumer._subscription.subscription
        return subscription.assignment if subscription is not None else None

    @property
    def stopped_agents(self) -> dict[str, str]:
        """Agents that their brake stopped, and why."""
        return {lane.name: lane.stopped for lane in self.lanes if lane.stopped is not None}

    @property
    def opened(self) -> bool:
        """Is the present assignment open: state recovered, rounds running?"""
        return self._opened is not None and self.may_run()

    def may_run(self) -> bool:
        """May a round run? Only as a settled member of the generation that flow was opened for."""
        member = Member.of(self.coordinator)
        return (
            not self._revoking
            and not self._draining
            and member.settled
            and member != self._fenced
            and self._flows() == member.generation
            and not self.consumer._subscription.reassignment_in_progress
        )

    def lags(self) -> dict[TP, int]:
        """Records between what is readable and what is handled, as of the last fetch of each open partition."""
        assignment = self.assignment
        found: dict[TP, int] = {}
        for tp in list(self.ledger.open_partitions()):
            state = assignment.state_value(tp) if assignment is not None else None
            if state is not None and state.lso is not None:
                found[tp] = max(0, state.lso - self.ledger.delivered_offset(tp))
        return found

    # ---- steps ------------------------------------------------------------------------------------------------

    async def _step(self) -> None:
        if not self.may_run() or self.assignment is None:
            await self._sleep(_UNSETTLED_S)
            return
        if self._opened is not self.assignment:
            self._opened = None
            if await self._opening.open(self.assignment):
                self._opened = self.assignment
                self._next_tick = {}
            return
        if not self.writer.ready:
            await self.renew()
            return
        self._pump()
        now = time.monotonic()
        paused = self._paused(now)
        ticks = self._due(now)
        limits = self.guard.limits if self.guard else None
        taken = self.ledger.take(self._sizer.limit, paused, limits=limits)
        if taken is None and not ticks:
            await self._arrival(now, paused)
        else:
            await self._round(taken, ticks)

    async def _take_in(self) -> None:
        """Take fetched records over at once, also while a round commits: only then does aiokafka fetch the next."""
        while True:
            try:
                if self._opened is not None and self._opened is self.assignment and not self._revoking:
                    self._pump()
                    if self.ledger.held_records:
                        self._wake.set()
            except Fatal as fatal:
                self.stop_with(fatal)
                return
            fetched = self.consumer._fetcher._create_fetch_waiter()
            await asyncio.wait({fetched}, timeout=_IDLE_S)
            if fetched.done() and not fetched.cancelled():
                fetched.exception()  # told by aiokafka to whoever waits; its own log has it
            fetched.cancel()

    def _pump(self) -> None:
        tag = self.ledger.tag

        def accept(tp: TP, chunk: Chunk[Record]) -> bool:
            return self.ledger.fetched(tag, tp, chunk)

        limit = self.settings.held_bytes
        drain(self.consumer, accept, self.ledger.open_partitions(), lambda: self.ledger.held_bytes < limit)

    def _paused(self, now: float) -> set[TP]:
        return {
            tp
            for tp in self.ledger.open_partitions()
            if (lane := self.lane_of[tp[0]]).stopped is not None or lane.rest_until > now
        }

    async def _arrival(self, now: float, paused: set[TP]) -> None:
        """Wait for records, the next timer, or someone who wants something."""
        timeout = _IDLE_S
        for due in self._next_tick.values():
            timeout = min(timeout, due - now)
        for lane in self.lanes:
            if lane.rest_until > now:
                timeout = min(timeout, lane.rest_until - now)
        if not paused and not self.ledger.held_records:
            self.last_progress = now
        await self._sleep(max(0.0, timeout))

    async def _sleep(self, timeout: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)

    def _due(self, now: float) -> list[Key]:
        due = []
        for lane in self.lanes:
            interval = lane.agent.tick_interval_s
            if interval is None or lane.stopped is not None or lane.rest_until > now:
                continue
            for key in self._opening.keys_of(lane):
                if self._next_tick.setdefault(key, now) <= now:
                    due.append(key)
                    self._next_tick[key] = now + interval
        return due

    # ---- a round ----------------------------------------------------------------------------------------------

    async def _round(self, taken: Round[Record] | None, ticks: list[Key]) -> None:
        started = time.monotonic()
        member = Member.of(self.coordinator)
        touched: dict[Key, PartitionState] = {}
        works: list[Work] = []
        settled = False
        try:
            if taken is not None:
                if self.guard is not None and self.guard.limits:
                    await self.guard.mark({tp: part.records[0].offset for tp, part in taken.parts.items()})
                works = [self._work(tp, part.records, touched) for tp, part in taken.parts.items()]
                await self._handle(works, member)
                self._exclude(taken, works)
            outboxes = [work.out for work in works if work.result is Result.DONE]
            records = len(taken) if taken is not None else 0
            offsets = taken.offsets() if taken is not None else {}
            for key in ticks:
                outboxes += self._tick(key, touched, offsets)
            self.observer.passed(Point.HANDLED)
            if not offsets:
                self._conclude(None, touched, committed=True)
                settled = True
                return
            outcome = Outcome.TAKEN_BACK
            if self.may_run() and Member.of(self.coordinator) == member:
                outcome = await self._commit(outboxes, touched, offsets, member)
            committed = outcome in (Outcome.COMMITTED, Outcome.UNKNOWN_COMMITTED)
            self._conclude(taken, touched, committed=committed)
            settled = True
        except kafka_errors.KafkaError as error:
            # Only marking a dangerous record gets here: nothing was handled yet.
            log.warning("the attempt could not be noted: %s", type(error).__name__)
            self._conclude(taken, touched, committed=False)
            settled = True
            await self._sleep(self._backoff.next())
            return
        finally:
            if not settled:
                for work in works:
                    work.cancelled = True
                self._opening.taint(touched)
        self._report(outcome, time.monotonic() - started, records, offsets, outboxes)

    def _work(self, tp: TP, records: list[Record], touched: dict[Key, PartitionState]) -> Work:
        lane = self.lane_of[tp[0]]
        key = (lane.name, tp[1])
        state = touched[key] = self.states[key]
        return Work(
            lane,
            RecordBatch(tp[0], tp[1], records),
            state,
            self._outbox(lane),
            chunk=self.settings.chunk_records,
            breathe=self._pump,
            condemned=self.guard.condemned(tp) if self.guard is not None else None,
        )

    def _outbox(self, lane: Lane) -> Outbox:
        return Outbox(lane.name, self.settings.dead_letter_topic, self.settings.max_record_bytes)

    async def _handle(self, works: list[Work], member: Member) -> None:
        if self._deliver is None:
            raise RuntimeError("the engine is not bound to a consumer")
        for work in works:
            await self._deliver(work.tp, work.batch.offsets[-1], member.generation, work)
        await asyncio.gather(*(work.finished for work in works))

    def _exclude(self, taken: Round[Record], works: list[Work]) -> None:
        """Shares that did not go through are given back; the rest of the round goes on without them."""
        now = time.monotonic()
        for work in works:
            lane = work.lane
            if work.result is Result.DONE:
                if work.lane.rest_until <= now:
                    lane.backoff.reset()
                continue
            self.ledger.give_back(taken, [work.tp])
            if work.result is Result.LATER and lane.rest_until <= now:
                lane.rest_until = now + lane.backoff.next()
                log.warning("agent %s cannot work now; trying again in %.1f s", lane.name, lane.rest_until - now)
            elif work.result is Result.BRAKED:
                self._brake(lane)

    def _brake(self, lane: Lane) -> None:
        assignment = self.assignment
        for tp in self.ledger.open_partitions():
            if tp[0] in lane.agent.topics and assignment is not None:
                assignment.state_value(tp).pause()
        log.error("agent %s is stopped: %s; nothing more is committed for it", lane.name, lane.stopped)
        self.observer.agent_stopped(lane.name, lane.stopped or "")
        if all(other.stopped is not None for other in self.lanes):
            self.stop_with(Fatal(EXIT_BRAKE, "every agent is stopped"))

    def _tick(self, key: Key, touched: dict[Key, PartitionState], offsets: dict[TP, int]) -> list[Outbox]:
        lane = next(lane for lane in self.lanes if lane.name == key[0])
        state = self.states[key]
        out = self._outbox(lane)
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
            if self.ledger.is_open(tp):
                # Committing the offset as it is puts the timer under the group's fencing.
                offsets.setdefault(tp, self.ledger.delivered_offset(tp))
        return [out]

    # ---- its transaction --------------------------------------------------------------------------------------

    async def _commit(
        self, outboxes: list[Outbox], touched: dict[Key, PartitionState], offsets: dict[TP, int], member: Member
    ) -> Outcome:
        self._rounds += 1
        mark = f"{self.settings.slot}:{member.generation}:{self._rounds}:{time.monotonic_ns()}"
        notes = {tp: f"{mark}{NOTE_SEPARATOR}{self._note_of(tp)}" for tp in offsets}
        outputs: list[Sequence[OutputRow]] = [out.rows for out in outboxes if out.rows]
        for (name, partition), state in touched.items():
            topic = self._opening.lane(name).agent.changelog
            if topic is not None and (changes := state.changes()):
                outputs.append([(topic, partition, key, value, ()) for key, value in changes])
        try:
            await self.writer.commit(outputs, offsets, member, notes)
        except GroupFenced as error:
            log.warning("round taken back: %s", error)
            self._fenced = member
            self.coordinator.request_rejoin()
            return Outcome.FENCED
        except RoundFailed as error:
            log.warning("outcome of a round unknown, looking: %s", error)
            if isinstance(error, ProducerFenced):
                self._count_fencing()
            committed = await self._was_committed(notes)
            log.warning("the round was %scommitted", "" if committed else "not ")
            return Outcome.UNKNOWN_COMMITTED if committed else Outcome.UNKNOWN_TAKEN_BACK
        self._backoff.reset()
        return Outcome.COMMITTED

    def _count_fencing(self) -> None:
        now = time.monotonic()
        self._fencings.append(now)
        if len(self._fencings) == _FENCINGS and now - self._fencings[0] < _FENCINGS_WITHIN_S:
            raise Fatal(
                EXIT_MISCONFIGURED,
                f"another worker of group {self.settings.group} uses slot {self.settings.slot}: give each its own",
            )

    async def renew(self) -> None:
        """Get a new producer epoch, however long it takes."""
        while True:
            try:
                await self.writer.renew()
            except (kafka_errors.KafkaError, TimeoutError, OSError, AssertionError) as error:
                if isinstance(error, kafka_errors.TransactionalIdAuthorizationFailed):
                    raise Fatal(
                        EXIT_MISCONFIGURED,
                        f"this worker may not use transactional id {self.settings.transactional_id}: check its ACL",
                    ) from error
                if not isinstance(error, kafka_errors.ConcurrentTransactions):
                    await self.writer.close()
                await asyncio.sleep(self._backoff.next())
            else:
                return

    async def stable(self, tps: Iterable[TP]) -> dict[TP, Any]:
        """Committed offsets that no pending transaction can change, however long it takes."""
        wanted = list(tps)
        if not wanted:
            return {}
        pause = Backoff(1.0)
        while True:
            try:
                await self.coordinator.ensure_coordinator_known()
                return dict(await stable_offsets(self.coordinator, wanted))
            except kafka_errors.KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(pause.next())

    def _note_of(self, tp: TP) -> str:
        return self.states[self.lane_of[tp[0]].name, tp[1]].note

    async def _was_committed(self, notes: dict[TP, str]) -> bool:
        await self.renew()  # the old epoch is over: its transaction is committed by now, or it is aborted
        found = await self.stable(notes)
        return all((at := found.get(tp)) is not None and at.metadata == note for tp, note in notes.items())

    # ---- its end ----------------------------------------------------------------------------------------------

    def _conclude(self, taken: Round[Record] | None, touched: dict[Key, PartitionState], *, committed: bool) -> None:
        if taken is not None and taken.parts:
            if committed:
                self.ledger.commit(taken)
            else:
                self.ledger.give_back(taken)
        for (name, partition), state in touched.items():
            agent = self._opening.lane(name).agent
            if committed:
                state.commit()
                agent.committed(partition)
            else:
                state.rollback()
                agent.rolled_back(partition)

    def _report(
        self, outcome: Outcome, seconds: float, records: int, offsets: dict[TP, int], outboxes: list[Outbox]
    ) -> None:
        self.last_progress = time.monotonic()
        if outcome in (Outcome.COMMITTED, Outcome.UNKNOWN_COMMITTED):
            self._sizer.finished(records, seconds)
            if self.guard is not None and self.guard.limits:
                self.guard.committed(offsets)
            for out in outboxes:
                for letter in out.dead_letters:
                    self.observer.dead_letter(self.lane_of[letter.topic].name, letter.topic, letter.reason)
        self.observer.round_finished(outcome, seconds, records)
