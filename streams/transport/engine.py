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
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import aiokafka.errors as kafka_errors

from streams.transport.agent import BatchAgent
from streams.transport.backoff import Backoff
from streams.transport.brake import Brake
from streams.transport.direct import Direct
from streams.transport.errors import (
    EXIT_FORCED,
    EXIT_MISCONFIGURED,
    Fatal,
)
from streams.transport.fetch import drain, set_patience
from streams.transport.guard import CrashGuard
from streams.transport.isolate import Isolation
from streams.transport.ledger import TP, Chunk, Ledger
from streams.transport.observer import EngineObserver
from streams.transport.opening import Key, Opening
from streams.transport.outbox import Outbox
from streams.transport.records import Record
from streams.transport.rounds import Rounds
from streams.transport.settings import EngineSettings
from streams.transport.sizer import RoundSizer
from streams.transport.state import PartitionState
from streams.transport.wire import Member, stable_offsets
from streams.transport.work import Lane, Work
from streams.transport.writer import TransactionWriter

log = logging.getLogger(__name__)

Deliver = Callable[[TP, int, int, Work], Awaitable[None]]
"""Sends a share through Faust: partition, last offset, generation, work."""

Successors = Callable[[], Sequence[BatchAgent] | None]
"""Says who takes over from all agents now; None: nobody."""

_IDLE_S: Final = 1.0
_BUSY_S: Final = 0.5
"""After so long without records, the next one is fetched the moment it is there."""
_UNSETTLED_S: Final = 0.01
_COMMIT_PASSED_S: Final = 1.0
"""How long an offset that nothing but markers, or records handled before, lies behind may wait for a round."""
_LONGEST_BACKOFF_S: Final = 5.0
"""Longer waits for a broker would only delay the return: the probe costs one connection attempt."""
_REVOKE_SHARE: Final = 0.3
_CANCEL_S: Final = 2.0


def nobody() -> None:
    """No agents take over: those of the start stay."""


class Engine:
    """Rounds over the agents of one process."""

    def __init__(
        self,
        settings: EngineSettings,
        agents: Sequence[BatchAgent],
        observer: EngineObserver,
        successors: Successors = nobody,
    ) -> None:
        self._successors = successors
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
        self.deliver: Deliver | None = None
        self._flows: Callable[[], int | None] = lambda: None
        self.sizer = RoundSizer(settings.max_round_records, settings.target_round_ms / 1000)
        self.backoff = Backoff(_LONGEST_BACKOFF_S)
        self.opening = Opening(self)
        self._opened: object = None
        self._step_task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._revoking = False
        self._draining = False
        self.fenced: Member | None = None
        self.direct = Direct(self)
        self._rounds = Rounds(self)
        self._next_tick: dict[Key, float] = {}
        self._busy_until = 0.0
        self._commit_passed_at = 0.0

    # ---- for the consumer -------------------------------------------------------------------------------------

    def bind(
        self, consumer: Any, deliver: Deliver, flows: Callable[[], int | None], producer: Callable[[], Any]
    ) -> None:
        """Connect to a started consumer. ``flows`` gives the generation that Faust's flow is open for, or None."""
        self.consumer = consumer
        self.deliver = deliver
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
        if self.opening.running:
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

    def outbox(self, lane: Lane) -> Outbox:
        """An empty one for an agent."""
        return Outbox(lane.name, self.settings.dead_letter_topic, self.settings.max_record_bytes)

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
            and member != self.fenced
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
            await self.sleep(_UNSETTLED_S)
            return
        if (successors := self._successors()) is not None:
            await self._exchange(successors)
        if self._opened is not self.assignment:
            self._opened = None
            if await self.opening.open(self.assignment):
                self._opened = self.assignment
                self._next_tick = {}
                self.direct.opened()
            return
        if not self.writer.ready:
            await self.renew()
            return
        await self.direct.measure()
        self.pump()
        now = time.monotonic()
        paused = self._paused(now)
        ticks = self._due(now)
        limits = self.guard.limits if self.guard else None
        taken = self.ledger.take(self.sizer.limit, paused, limits=limits)
        if taken is not None:
            self._busy_until = now + _BUSY_S
        elif now >= self._commit_passed_at:
            taken = self.ledger.take_passed(paused)
        if taken is not None:
            self._commit_passed_at = now + _COMMIT_PASSED_S
        if taken is None and not ticks:
            await self._arrival(now, paused)
        else:
            set_patience(self.consumer, self.settings, gather=now < self._busy_until)
            await self._rounds.run(taken, ticks)

    async def _exchange(self, successors: Sequence[BatchAgent]) -> None:
        """Let other agents take over where the last round ended: they open every partition from what is committed.

        The exchange is one step, so a round is one set of agents' from end to end. What was fetched and not handled is
        fetched again by the opening, which re-positions the consumer.
        """
        opened, self._opened = self._opened, None
        self.opening.let_go()
        for agent in successors:
            self.opening.lane(agent.name).go_on_with(agent)
        if opened is not None and self.guard is not None:
            # Nobody died: the opening must not take the partitions for those of a process that did.
            with contextlib.suppress(kafka_errors.KafkaError, TimeoutError):
                await asyncio.wait_for(self.guard.end(everything=True), 1.0)

    async def _take_in(self) -> None:
        """Take fetched records over at once, also while a round commits: only then does aiokafka fetch the next."""
        while True:
            try:
                if self._opened is not None and self._opened is self.assignment and not self._revoking:
                    self.pump()
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

    def pump(self) -> None:
        tag = self.ledger.tag

        def accept(tp: TP, chunk: Chunk[Record]) -> bool:
            return self.ledger.fetched(tag, tp, self.direct.left(tp, chunk))

        wanted = self.ledger.open_partitions()
        # A share for each, so that what a resting agent leaves lying holds up nobody else.
        share = max(self.settings.fetch_partition_bytes, self.settings.held_bytes // max(1, len(wanted)))
        drain(self.consumer, accept, wanted, lambda tp: self.ledger.held_by(tp) < share)

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
        set_patience(self.consumer, self.settings, gather=now < self._busy_until)
        await self.sleep(max(0.0, timeout))

    async def sleep(self, timeout: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)

    def _due(self, now: float) -> list[Key]:
        due = []
        for lane in self.lanes:
            interval = lane.agent.tick_interval_s
            if interval is None or lane.stopped is not None or lane.rest_until > now:
                continue
            for key in self.opening.keys_of(lane):
                if self._next_tick.setdefault(key, now) <= now:
                    due.append(key)
                    self._next_tick[key] = now + interval
        return due

    # ---- asking the broker until it answers --------------------------------------------------------------------

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
                await asyncio.sleep(self.backoff.next())
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
