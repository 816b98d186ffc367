"""The ledger: what was fetched, held, delivered and committed, under which assignment. Pure, without I/O.

The one rule that keeps events from getting lost: fetched records may be thrown away only if the consumer has been
re-positioned since they were fetched. Whoever fetches passes the tag that the fetch was made under; a re-position
(``open``) and a new assignment (``assign``) change the tag in the same step. While flow is suspended nothing is
taken, and everything fetched is held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Hashable, Iterable, KeysView, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

TP = tuple[str, int]
"""Topic and partition. Faust's and aiokafka's named tuples compare equal to it."""


class HasOffset(Protocol):
    """All that the ledger wants to know of a record."""

    @property
    def offset(self) -> int: ...


R = TypeVar("R", bound=HasOffset)


class Tag(NamedTuple):
    """Under which assignment, and after how many re-positionings, something was fetched."""

    assignment: Hashable
    epoch: int


@dataclass(slots=True)
class Chunk(Generic[R]):
    """Records of one fetch of one partition.

    ``next_offset`` is where the next fetch goes on; it is past the last record by the control markers, aborted
    batches and compacted offsets that follow it. ``weight`` is about what the chunk needs in memory, in bytes.
    """

    records: list[R]
    next_offset: int
    weight: int = 0


@dataclass(slots=True)
class Part(Generic[R]):
    """One partition's share of a round: the records, where it starts, and the offset to commit."""

    records: list[R]
    first_offset: int
    next_offset: int
    weight: int = 0


@dataclass(slots=True)
class Round(Generic[R]):
    """What is in work and not yet committed. At most one exists at a time."""

    tag: Tag
    parts: dict[TP, Part[R]]

    def __len__(self) -> int:
        return sum(len(part.records) for part in self.parts.values())

    def offsets(self) -> dict[TP, int]:
        """Offsets that the transaction of this round commits."""
        return {tp: part.next_offset for tp, part in self.parts.items()}


@dataclass(slots=True)
class _Partition(Generic[R]):
    committed: int
    delivered: int
    fetched: int
    held: deque[Chunk[R]] = field(default_factory=deque)


class Ledger(Generic[R]):
    """Positions and held records of the partitions that this process owns."""

    def __init__(self) -> None:
        self._assignment: Hashable = None
        self._epoch = 0
        self._partitions: dict[TP, _Partition[R]] = {}
        self._order: deque[TP] = deque()
        self._round: Round[R] | None = None
        self.held_records = 0
        self.held_bytes = 0

    # ---- assignment -------------------------------------------------------------------------------------------

    @property
    def tag(self) -> Tag:
        """What a fetch made now must be marked with."""
        return Tag(self._assignment, self._epoch)

    def assign(self, assignment: Hashable) -> None:
        """A new assignment: everything of the old one is forgotten, no partition is open yet."""
        self.revoke()
        self._assignment = assignment

    def revoke(self) -> None:
        """The assignment is gone. Whatever is held will be fetched by the next owner."""
        self._assignment = None
        self._partitions.clear()
        self._order.clear()
        self._round = None
        self.held_records = 0
        self.held_bytes = 0

    def open(self, offsets: Mapping[TP, int]) -> None:
        """Start partitions at their committed offsets. The caller re-positions its consumer in the same step."""
        self._epoch += 1
        for tp, offset in offsets.items():
            if (old := self._partitions.pop(tp, None)) is not None:
                self._forget(old.held)
                self._order.remove(tp)
            self._partitions[tp] = _Partition(offset, offset, offset)
            self._order.append(tp)

    def is_open(self, tp: TP) -> bool:
        return tp in self._partitions

    def open_partitions(self) -> KeysView[TP]:
        """Live view of the open partitions."""
        return self._partitions.keys()

    def committed_offset(self, tp: TP) -> int:
        """The offset that the group has committed, as far as this process knows."""
        return self._partitions[tp].committed

    def delivered_offset(self, tp: TP) -> int:
        """Where the next round of this partition starts."""
        return self._partitions[tp].delivered

    def fetched_offset(self, tp: TP) -> int:
        """Where the next fetch of this partition starts."""
        return self._partitions[tp].fetched

    # ---- fetching ---------------------------------------------------------------------------------------------

    def fetched(self, tag: Tag, tp: TP, chunk: Chunk[R]) -> bool:
        """Take in a fetch's result. Returns False if it was discarded, which its tag alone decides."""
        if tag != self.tag:
            return False
        partition = self._partitions.get(tp)
        if partition is None or chunk.next_offset <= partition.fetched:
            return False
        records = chunk.records
        if records and records[0].offset < partition.fetched:
            # A broker answers with whole batches: the first one may start before the offset that was asked for.
            records = [record for record in records if record.offset >= partition.fetched]
            chunk = Chunk(records, chunk.next_offset, chunk.weight)
        partition.held.append(chunk)
        partition.fetched = chunk.next_offset
        self.held_records += len(records)
        self.held_bytes += chunk.weight
        return True

    def held_by(self, tp: TP) -> int:
        """Bytes held of one partition."""
        return sum(chunk.weight for chunk in self._partitions[tp].held)

    # ---- rounds -----------------------------------------------------------------------------------------------

    @property
    def in_round(self) -> bool:
        return self._round is not None

    def has_work(self, paused: Container[TP] = ()) -> bool:
        """Is there a held record that a round could take?"""
        return self.held_records > 0 and any(
            chunk.records for tp, part in self._partitions.items() if tp not in paused for chunk in part.held
        )

    def take(
        self, limit: int, paused: Container[TP] = (), *, limits: Mapping[TP, int] | None = None
    ) -> Round[R] | None:
        """Start a round of at most about ``limit`` records, shared among the partitions that have some.

        ``limits`` narrows single partitions. Partitions that were passed without work (what was fetched held no
        record for us) join in with a part that has no records. Returns None if there is nothing to do.
        """
        if self._round is not None:
            raise RuntimeError("a round is in work: commit it or give it back first")
        ready, passed = self._look_over(paused)
        if not ready:
            return None
        self._order.rotate(-1)
        quota = max(1, limit // len(ready))
        parts = {}
        for tp in ready:
            size = min(quota, limits.get(tp, quota)) if limits else quota
            parts[tp] = self._cut(self._partitions[tp], size)
        self._round = Round(self.tag, parts | self._advances(passed))
        return self._round

    def take_passed(self, paused: Container[TP] = ()) -> Round[R] | None:
        """Start a round without records that only commits how far partitions were passed; None if none was."""
        if self._round is not None:
            raise RuntimeError("a round is in work: commit it or give it back first")
        _, passed = self._look_over(paused)
        if not passed:
            return None
        self._round = Round(self.tag, self._advances(passed))
        return self._round

    def commit(self, done: Round[R]) -> None:
        """The round's transaction is committed."""
        self._finish(done)
        for tp, part in done.parts.items():
            self._partitions[tp].committed = part.next_offset

    def give_back(self, failed: Round[R], tps: Iterable[TP] | None = None) -> None:
        """Put a round's records back to the front of the queue, all of them or those of some partitions."""
        if tps is None:
            self._finish(failed)
            tps = list(failed.parts)
        elif self._round is not failed:
            raise RuntimeError("this round is not in work")
        for tp in tps:
            part = failed.parts.pop(tp)
            partition = self._partitions[tp]
            partition.held.appendleft(Chunk(part.records, part.next_offset, part.weight))
            partition.delivered = part.first_offset
            self.held_records += len(part.records)
            self.held_bytes += part.weight
        if not failed.parts:
            self._round = None

    def _look_over(self, paused: Container[TP]) -> tuple[list[TP], list[TP]]:
        """Partitions with records to take, and others whose committed offset could advance."""
        ready, passed = [], []
        for tp in self._order:
            if tp not in paused:
                partition = self._partitions[tp]
                self._skip_empty(partition)
                if partition.held:
                    ready.append(tp)
                elif partition.delivered > partition.committed:
                    passed.append(tp)
        return ready, passed

    def _advances(self, tps: Iterable[TP]) -> dict[TP, Part[R]]:
        found = ((tp, self._partitions[tp]) for tp in tps)
        return {tp: Part([], partition.committed, partition.delivered) for tp, partition in found}

    def _finish(self, done: Round[R]) -> None:
        if self._round is not done or done.tag != self.tag:
            raise RuntimeError("this round is not in work")
        self._round = None

    def _cut(self, partition: _Partition[R], size: int) -> Part[R]:
        first = partition.delivered
        records: list[R] = []
        weight = 0
        while partition.held and len(records) < size:
            chunk = partition.held[0]
            room = size - len(records)
            if len(chunk.records) <= room:
                partition.held.popleft()
                records = records + chunk.records if records else chunk.records
                weight += chunk.weight
                partition.delivered = chunk.next_offset
            else:
                share = chunk.weight * room // len(chunk.records)
                taken = chunk.records[:room]
                partition.held[0] = Chunk(chunk.records[room:], chunk.next_offset, chunk.weight - share)
                records = records + taken if records else taken
                weight += share
                partition.delivered = taken[-1].offset + 1
        self.held_records -= len(records)
        self.held_bytes -= weight
        return Part(records, first, partition.delivered, weight)

    def _skip_empty(self, partition: _Partition[R]) -> None:
        """Chunks without records for us need no round: they are passed, and committed along with a later one."""
        while partition.held and not partition.held[0].records:
            chunk = partition.held.popleft()
            self.held_bytes -= chunk.weight
            partition.delivered = chunk.next_offset

    def _forget(self, chunks: Iterable[Chunk[Any]]) -> None:
        for chunk in chunks:
            self.held_records -= len(chunk.records)
            self.held_bytes -= chunk.weight
