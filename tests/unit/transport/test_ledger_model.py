"""The ledger under everything that Kafka, Faust and failures do to it, in any order.

The model keeps a log per partition with gaps (control markers, compaction), a group that may move partitions, a
consumer with a position, and a transaction coordinator that applies a round's outputs and offsets together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from streams.transport.ledger import TP, Chunk, Ledger, Round, Tag

PARTITIONS: list[TP] = [("reports", 0), ("reports", 1), ("sensors", 0)]
partitions = st.sampled_from(PARTITIONS)


@dataclass(frozen=True)
class Row:
    offset: int


@dataclass
class Log:
    """One partition: offsets that hold a record, the end, and what the outside world has committed."""

    offsets: list[int] = field(default_factory=list)
    end: int = 0
    committed: int = 0
    outputs: list[int] = field(default_factory=list)

    def append(self, records: int, gap: int) -> None:
        self.offsets += range(self.end, self.end + records)
        self.end += records + gap

    def read(self, position: int, most: int, *, early: int) -> tuple[list[Row], int]:
        """What a fetch returns: a broker may start ``early`` offsets before the position."""
        rows = [Row(offset) for offset in self.offsets if offset >= position - early]
        until = sum(row.offset < position for row in rows) + most
        if until >= len(rows):
            return rows, self.end
        return rows[:until], rows[until - 1].offset + 1


class Worker(RuleBasedStateMachine):
    """One worker; other members of its group are played by ``taken_over``."""

    def __init__(self) -> None:
        super().__init__()
        self.logs = {tp: Log() for tp in PARTITIONS}
        self.ledger: Ledger[Row] = Ledger()
        self.positions: dict[TP, int] = {}
        self.in_flight: list[tuple[Tag, TP, list[Row], int]] = []
        self.round: Round[Row] | None = None
        self.paused: set[TP] = set()
        self.generations = 0
        self.ours: set[TP] = set()

    # ---- the world --------------------------------------------------------------------------------------------

    @initialize(sizes=st.lists(st.integers(0, 12), min_size=3, max_size=3))
    def begin(self, sizes: list[int]) -> None:
        for log, size in zip(self.logs.values(), sizes, strict=True):
            log.append(size, 0)
        self.assign(set(PARTITIONS))

    @rule(tp=partitions, records=st.integers(0, 5), gap=st.integers(0, 3))
    def produce(self, tp: TP, records: int, gap: int) -> None:
        self.logs[tp].append(records, gap)

    @rule(tp=partitions, keep=st.integers(0, 3))
    def compact(self, tp: TP, keep: int) -> None:
        """Records that nobody has read yet may be compacted away; the model then never wants them."""
        log = self.logs[tp]
        safe = max([log.committed, self.positions.get(tp, 0), *(end for _, at, _, end in self.in_flight if at == tp)])
        unread = [offset for offset in log.offsets if offset >= safe]
        gone = set(unread[: max(0, len(unread) - keep) : 2])
        log.offsets = [offset for offset in log.offsets if offset not in gone]

    # ---- fetching ---------------------------------------------------------------------------------------------

    @rule(tp=partitions, most=st.integers(1, 6), early=st.integers(0, 3))
    def fetch(self, tp: TP, most: int, early: int) -> None:
        """Ask now; the answer comes now."""
        self.ask(tp, most, early)
        self.answer(len(self.in_flight) - 1)

    @rule(tp=partitions, most=st.integers(1, 6), early=st.integers(0, 3))
    def ask(self, tp: TP, most: int, early: int) -> None:
        """Ask now; the answer may come after a rebalance. The position moves when the answer is taken."""
        if self.ledger.is_open(tp):
            rows, end = self.logs[tp].read(self.positions[tp], most, early=early)
            self.in_flight.append((self.ledger.tag, tp, rows, end))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def answer_late(self, data: st.DataObject) -> None:
        self.answer(data.draw(st.integers(0, len(self.in_flight) - 1)))

    def answer(self, index: int) -> None:
        if 0 <= index < len(self.in_flight):
            tag, tp, rows, end = self.in_flight.pop(index)
            if self.ledger.fetched(tag, tp, Chunk(rows, end, weight=10 * len(rows))):
                self.positions[tp] = end  # aiokafka moves the position when records are handed over

    # ---- rounds -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.round is None)
    @rule(limit=st.integers(1, 9), narrow=st.booleans())
    def take(self, limit: int, narrow: bool) -> None:
        limits = {PARTITIONS[0]: 1} if narrow else None
        self.round = self.ledger.take(limit, self.paused, limits=limits)

    @precondition(lambda self: self.round is not None)
    @rule(outcome=st.sampled_from(["ok", "failed", "unknown-committed", "unknown-aborted", "partly"]), data=st.data())
    def end_round(self, outcome: str, data: st.DataObject) -> None:
        done, self.round = self.round, None
        assert done is not None
        if outcome == "partly":
            back = data.draw(st.sets(st.sampled_from(sorted(done.parts))))
            self.ledger.give_back(done, sorted(back))
            outcome = "ok" if done.parts else "nothing"
        if outcome in ("ok", "unknown-committed"):
            # Outputs and offsets are one transaction.
            for tp, part in done.parts.items():
                self.logs[tp].outputs += [row.offset for row in part.records]
                self.logs[tp].committed = part.next_offset
            self.ledger.commit(done)
        elif outcome != "nothing":
            self.ledger.give_back(done)

    @rule(tp=partitions)
    def pause_or_resume(self, tp: TP) -> None:
        self.paused ^= {tp}

    # ---- the group --------------------------------------------------------------------------------------------

    @rule(keep=st.sets(partitions), takes=st.integers(0, 4))
    def rebalance(self, keep: set[TP], takes: int) -> None:
        """The round in work is committed or not before this; what is held is not."""
        self.round = None
        self.ledger.revoke()
        for tp in set(PARTITIONS) - keep:
            self.taken_over(tp, takes)
        self.assign(keep)

    @rule()
    def crash(self) -> None:
        """The process dies: its memory is gone, and so are the answers that were on their way."""
        self.ledger = Ledger()
        self.round = None
        self.in_flight.clear()
        self.assign(set(PARTITIONS))

    @rule(tps=st.sets(partitions, min_size=1))
    def seek(self, tps: set[TP]) -> None:
        """Some partitions are positioned anew without a rebalance."""
        if self.round is None:
            offsets = {tp: self.logs[tp].committed for tp in tps & self.ours}
            self.positions |= offsets
            self.ledger.open(offsets)

    def taken_over(self, tp: TP, takes: int) -> None:
        """Another member works on the partition for a while."""
        log = self.logs[tp]
        todo = [offset for offset in log.offsets if offset >= log.committed][:takes]
        if todo:
            log.outputs += todo
            log.committed = todo[-1] + 1

    def assign(self, tps: set[TP]) -> None:
        self.generations += 1
        self.ours = tps
        self.ledger.assign(self.generations)
        offsets = {tp: self.logs[tp].committed for tp in tps}
        self.positions = dict(offsets)
        self.ledger.open(offsets)

    # ---- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def outputs_are_exactly_the_committed_prefix(self) -> None:
        """No loss, no duplicate, in order: the outputs are the records below the committed offset."""
        for log in self.logs.values():
            assert log.outputs == [offset for offset in log.offsets if offset < log.committed]

    @invariant()
    def positions_are_in_order(self) -> None:
        for tp in self.ledger.open_partitions():
            committed = self.ledger.committed_offset(tp)
            assert committed <= self.ledger.delivered_offset(tp) <= self.ledger.fetched_offset(tp)
            assert self.positions[tp] == self.ledger.fetched_offset(tp)

    @invariant()
    def what_is_held_and_in_work_is_everything_up_to_the_position(self) -> None:
        """Nothing that was fetched is missing between the committed offset and the consumer's position."""
        for tp, log in self.logs.items():
            if self.ledger.is_open(tp):
                partition = self.ledger._partitions[tp]
                there = [row.offset for chunk in partition.held for row in chunk.records]
                assert there == [o for o in log.offsets if partition.delivered <= o < partition.fetched]
                if self.round is not None and tp in self.round.parts:
                    there = [row.offset for row in self.round.parts[tp].records] + there
                assert there == [o for o in log.offsets if partition.committed <= o < partition.fetched]

    @invariant()
    def totals_are_right(self) -> None:
        held = [chunk for partition in self.ledger._partitions.values() for chunk in partition.held]
        assert self.ledger.held_records == sum(len(chunk.records) for chunk in held)
        assert self.ledger.held_bytes == sum(chunk.weight for chunk in held)
        assert self.ledger.in_round == (self.round is not None)


@pytest.mark.timeout(600)
def test_nothing_is_lost_repeated_or_reordered() -> None:
    """Ten thousand runs where CI says so, fewer at a desk."""
    examples = 10_000 if os.environ.get("CI") else 800
    run_state_machine_as_test(
        Worker,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
