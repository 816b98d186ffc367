"""The ledger under everything that Kafka, Faust and failures do to it, in any order.

The model keeps a log per partition with gaps (control markers, compaction), a group that may move partitions, a
consumer with a position, and a transaction coordinator that applies a round's outputs and offsets together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from streams.transport.ledger import TP, Chunk, Ledger, Round, Tag

PARTITIONS: list[TP] = [("reports", 0), ("reports", 1), ("sensors", 0)]
OUTCOMES = ["ok", "failed", "unknown-committed", "unknown-aborted", "partly"]


def split(code: int, *bounds: int) -> list[int]:
    """Several small numbers out of one, each below its bound."""
    found = []
    for bound in bounds:
        code, number = divmod(code, bound)
        found.append(number)
    return found


def subset(bits: int) -> set[TP]:
    return {tp for index, tp in enumerate(PARTITIONS) if bits >> index & 1}


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


class Worker:
    """One worker; other members of its group are played by ``taken_over``."""

    def __init__(self) -> None:
        self.logs = {tp: Log() for tp in PARTITIONS}
        self.ledger: Ledger[Row] = Ledger()
        self.positions: dict[TP, int] = {}
        self.in_flight: list[tuple[Tag, TP, list[Row], int]] = []
        self.round: Round[Row] | None = None
        self.paused: set[TP] = set()
        self.generations = 0
        self.ours: set[TP] = set()

    def run(self, script: bytes) -> None:
        """Operations, three bytes each: drawing one by one is what would take the time."""
        operations = [
            self.produce, self.compact, self.fetch, self.fetch, self.answer_late, self.take, self.take, self.end_round,
            self.end_round, self.pause_or_resume, self.rebalance, self.crash, self.seek,
        ]  # fmt: skip
        steps = [
            (operations[script[at] % len(operations)], script[at + 1] << 8 | script[at + 2])
            for at in range(0, len(script) - 2, 3)
        ]
        note([(operation.__name__, code) for operation, code in steps])
        for operation, code in steps:
            operation(code)
            self.outputs_are_exactly_the_committed_prefix()
            self.positions_are_in_order()
            self.what_is_held_and_in_work_is_everything_up_to_the_position()
            self.totals_are_right()

    # ---- the world --------------------------------------------------------------------------------------------

    def begin(self, code: int) -> None:
        for log, size in zip(self.logs.values(), split(code, 13, 13, 13), strict=True):
            log.append(size, 0)
        self.assign(set(PARTITIONS))

    def produce(self, code: int) -> None:
        which, records, gap = split(code, 3, 6, 4)
        self.logs[PARTITIONS[which]].append(records, gap)

    def compact(self, code: int) -> None:
        """Records that nobody has read yet may be compacted away; the model then never wants them."""
        which, keep = split(code, 3, 4)
        tp = PARTITIONS[which]
        log = self.logs[tp]
        safe = max([log.committed, self.positions.get(tp, 0), *(end for _, at, _, end in self.in_flight if at == tp)])
        unread = [offset for offset in log.offsets if offset >= safe]
        gone = set(unread[: max(0, len(unread) - keep) : 2])
        log.offsets = [offset for offset in log.offsets if offset not in gone]

    # ---- fetching ---------------------------------------------------------------------------------------------

    def fetch(self, code: int) -> None:
        """Ask now; the answer comes now, or later: perhaps after a rebalance."""
        which, most, early, late = split(code, 3, 6, 4, 2)
        tp = PARTITIONS[which]
        if self.ledger.is_open(tp):
            rows, end = self.logs[tp].read(self.positions[tp], most + 1, early=early)
            self.in_flight.append((self.ledger.tag, tp, rows, end))
            if not late:
                self.answer(len(self.in_flight) - 1)

    def answer_late(self, code: int) -> None:
        if self.in_flight:
            self.answer(code % len(self.in_flight))

    def answer(self, index: int) -> None:
        tag, tp, rows, end = self.in_flight.pop(index)
        if self.ledger.fetched(tag, tp, Chunk(rows, end, weight=10 * len(rows))):
            self.positions[tp] = end  # aiokafka moves the position when records are handed over

    # ---- rounds -----------------------------------------------------------------------------------------------

    def take(self, code: int) -> None:
        if self.round is not None:
            return
        limit, narrow = split(code, 9, 2)
        limits = {PARTITIONS[0]: 1} if narrow else None
        self.round = self.ledger.take(limit + 1, self.paused, limits=limits)
        if self.round is None:
            self.round = self.ledger.take_passed(self.paused)

    def end_round(self, code: int) -> None:
        which, bits = split(code, len(OUTCOMES), 8)
        outcome = OUTCOMES[which]
        done, self.round = self.round, None
        if done is None:
            return
        if outcome == "partly":
            self.ledger.give_back(done, sorted(subset(bits) & done.parts.keys()))
            outcome = "ok" if done.parts else "nothing"
        if outcome in ("ok", "unknown-committed"):
            # Outputs and offsets are one transaction.
            for tp, part in done.parts.items():
                self.logs[tp].outputs += [row.offset for row in part.records]
                self.logs[tp].committed = part.next_offset
            self.ledger.commit(done)
        elif outcome != "nothing":
            self.ledger.give_back(done)

    def pause_or_resume(self, code: int) -> None:
        self.paused ^= {PARTITIONS[code % 3]}

    # ---- the group --------------------------------------------------------------------------------------------

    def rebalance(self, code: int) -> None:
        """The round in work is committed or not before this; what is held is not."""
        bits, takes = split(code, 8, 5)
        keep = subset(bits)
        self.round = None
        self.ledger.revoke()
        for tp in set(PARTITIONS) - keep:
            self.taken_over(tp, takes)
        self.assign(keep)

    def crash(self, _: int) -> None:
        """The process dies: its memory is gone, and so are the answers that were on their way."""
        self.ledger = Ledger()
        self.round = None
        self.in_flight.clear()
        self.assign(set(PARTITIONS))

    def seek(self, code: int) -> None:
        """Some partitions are positioned anew without a rebalance."""
        if self.round is not None:
            return
        offsets = {tp: self.logs[tp].committed for tp in subset(code) & self.ours}
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

    def outputs_are_exactly_the_committed_prefix(self) -> None:
        """No loss, no duplicate, in order: the outputs are the records below the committed offset."""
        for log in self.logs.values():
            assert log.outputs == [offset for offset in log.offsets if offset < log.committed]

    def positions_are_in_order(self) -> None:
        for tp in self.ledger.open_partitions():
            committed = self.ledger.committed_offset(tp)
            assert committed <= self.ledger.delivered_offset(tp) <= self.ledger.fetched_offset(tp)
            assert self.positions[tp] == self.ledger.fetched_offset(tp)

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

    def totals_are_right(self) -> None:
        held = [chunk for partition in self.ledger._partitions.values() for chunk in partition.held]
        assert self.ledger.held_records == sum(len(chunk.records) for chunk in held)
        assert self.ledger.held_bytes == sum(chunk.weight for chunk in held)
        assert self.ledger.in_round == (self.round is not None)


@pytest.mark.timeout(600)
@settings(
    # Ten thousand runs where CI says so, fewer at a desk.
    max_examples=10_000 if os.environ.get("CI") else 1000,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(sizes=st.integers(0, 13**3 - 1), script=st.binary(min_size=60, max_size=180))
def test_nothing_is_lost_repeated_or_reordered(sizes: int, script: bytes) -> None:
    worker = Worker()
    worker.begin(sizes)
    worker.run(script)
