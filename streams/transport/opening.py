"""Opening an assignment: offsets, state, notes of attempts; all of it before the first round."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import aiokafka.errors as kafka_errors

from streams.transport.agent import BatchAgent
from streams.transport.errors import EXIT_MISCONFIGURED, Fatal
from streams.transport.ledger import TP
from streams.transport.reader import Take, partition_counts, read_to_end
from streams.transport.records import Record
from streams.transport.state import NOTE_SEPARATOR, PartitionState
from streams.transport.work import Lane

if TYPE_CHECKING:
    from streams.transport.engine import Engine

log = logging.getLogger(__name__)

Key = tuple[str, int]
"""An agent's name and a partition number: what a state belongs to."""


class Opening:
    """Makes a new assignment ready for rounds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lanes = {lane.name: lane for lane in engine.lanes}
        self._tainted: set[Key] = set()
        self._generation = -1
        self._left: dict[Key, BatchAgent] = {}
        self.running = False

    def lane(self, name: str) -> Lane:
        return self._lanes[name]

    def keys_of(self, lane: Lane) -> list[Key]:
        """The states of an agent."""
        return [key for key in self._engine.states if key[0] == lane.name]

    def let_go(self) -> None:
        """Other agents are about to take over: forget every state; what it holds is committed or undone.

        An agent that is left hears ``closed`` only of partitions that do not stay here, so that figures which the next
        one shows of the same partition have no gap.
        """
        for key, state in self._engine.states.items():
            state.rollback()
            self._left[key] = self._lanes[key[0]].agent
        self._engine.states.clear()

    def taint(self, keys: Iterable[Key]) -> None:
        """These states may or may not hold a round that was broken off: read them anew."""
        self._tainted.update(keys)

    async def open(self, assignment: Any) -> bool:
        """Open all partitions of an assignment. Returns False if it should be tried again."""
        self.running = True
        try:
            return await self._open(assignment)
        except kafka_errors.KafkaError as error:
            log.warning("the assignment cannot be opened yet: %s", type(error).__name__)
            await asyncio.sleep(0.2)
            return False
        finally:
            self.running = False

    async def _open(self, assignment: Any) -> bool:
        engine = self._engine
        started = time.monotonic()
        if not engine.writer.ready:
            await engine.renew()  # ends what an earlier process in this slot left open
        tps = sorted(tp for tp in assignment.tps if tp.topic in engine.lane_of)
        offsets, notes = await self._committed(tps)
        keys = {(engine.lane_of[tp.topic].name, tp.partition) for tp in tps}
        fresh = self._retain(keys)
        read = await self._recover(fresh)
        ends = await engine.consumer.end_offsets(tps) if tps else {}
        if engine.guard is not None:
            await engine.guard.begin(offsets, ends)
        if engine.assignment is not assignment or not engine.may_run():
            return False
        self._position(assignment, offsets)
        for (topic, partition), note in notes.items():
            if (state := fresh.get((engine.lane_of[topic].name, partition))) is not None:
                state.load_note(note)
        self._left.clear()
        engine.states.update(fresh)
        self._generation = engine.coordinator.generation
        for (name, partition), state in fresh.items():
            agent = self._lanes[name].agent
            agent.opened(partition, state)
            if agent.holds_state:
                state.release()
        engine.last_progress = time.monotonic()
        seconds = engine.last_progress - started
        engine.observer.recovered(len(fresh), read, seconds)
        log.info("%d partitions open after %.2f s, %d state records read", len(tps), seconds, read)
        return True

    async def _committed(self, tps: list[Any]) -> tuple[dict[TP, int], dict[TP, str]]:
        """Offsets to begin at, and the notes that were committed with them."""
        engine = self._engine
        committed = await engine.stable(tps)
        found = {tp: at.offset for tp, at in committed.items()}
        missing = [tp for tp in tps if tp not in found]
        if missing:
            found |= await engine.consumer.beginning_offsets(missing)
        return found, {tp: at.metadata.partition(NOTE_SEPARATOR)[2] for tp, at in committed.items()}

    def _retain(self, keys: set[Key]) -> dict[Key, PartitionState]:
        """Close the states that are gone or doubtful; returns those to make anew.

        A state is kept over a rebalance if this process was a member of the generation just before: every member
        hands in its partitions before the next generation is formed, so nobody else had them in between.
        """
        engine = self._engine
        consecutive = engine.coordinator.generation == self._generation + 1
        keep = keys - self._tainted if consecutive else set()
        for key in list(engine.states):
            if key not in keep:
                state = engine.states.pop(key)
                state.rollback()
                self._lanes[key[0]].agent.closed(key[1])
        self._tainted.clear()
        for key in set(self._left) - keys:
            self._left.pop(key).closed(key[1])
        return {key: PartitionState(key[1]) for key in sorted(keys) if key not in engine.states}

    async def _recover(self, fresh: dict[Key, PartitionState]) -> int:
        engine = self._engine
        takers: dict[TP, Take] = {}
        for (name, partition), state in fresh.items():
            topic = self._lanes[name].agent.changelog
            if topic is not None:
                takers[topic, partition] = _loader(state)
        guard = engine.guard
        topics = {topic for topic, _ in takers} | ({guard.topic} if guard is not None else set())
        counts = await partition_counts(engine.settings, topics) if topics else {}
        if guard is not None:
            if guard.topic in counts:
                takers |= guard.takers(counts[guard.topic])
            else:
                log.warning("topic %s does not exist: a record that kills the process would not be found", guard.topic)
                engine.guard = None
                topics.discard(guard.topic)
        if missing := topics - counts.keys():
            raise Fatal(EXIT_MISCONFIGURED, f"topic {', '.join(sorted(missing))} does not exist; create it first")
        deadline = time.monotonic() + engine.settings.recovery_timeout_s
        return await read_to_end(engine.settings, takers, deadline=deadline)

    def _position(self, assignment: Any, offsets: dict[TP, int]) -> None:
        """Seek and tell the ledger in one step: what was fetched before belongs to neither."""
        engine = self._engine
        stopped = {topic for lane in engine.lanes if lane.stopped for topic in lane.agent.topics}
        engine.ledger.assign(assignment)
        for tp, offset in offsets.items():
            engine.consumer._fetcher.seek_to(tp, offset)
            if tp[0] in stopped:
                assignment.state_value(tp).pause()
        engine.ledger.open(offsets)


def _loader(state: PartitionState) -> Callable[[Iterable[Record]], None]:
    load = state.load

    def take(records: Iterable[Record]) -> None:
        for record in records:
            if record.key is not None:
                load(record.key, record.value)

    return take
