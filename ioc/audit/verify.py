"""Walks the records of ``ioc.audit`` and says, for each chain, whether it holds or where it first breaks.

Retention takes the oldest records away. So a chain may begin later than at 1 where the topic does, and an anchor (a
head that was kept elsewhere) may be missing once it is old enough. Everything else that is not there was taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ioc.audit.chain import GENESIS, Head, Link
from ioc.audit.entry import read_link

Kind = Literal["missing", "altered", "reordered", "repeated", "truncated"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of a chain, kept apart from the topic."""

    chain: str
    actor: str
    head: Head


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold.

    Attributes:
        kind: ``missing``: not there; ``altered``: says something else than when it was written; ``reordered`` and
            ``repeated``: stands where it was not written; ``truncated``: the newest records are gone.
        seq: Number of the first record that this is true of.
        place: Partition and offset of the record at which it was seen, where there is one.

    """

    kind: Kind
    seq: int
    place: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """What was found of one chain.

    Attributes:
        chain: The writer.
        actor: Whose.
        first: Number of the first record that is there; above 1 where retention took what was before it. 0: none is.
        last: Head, as far as the chain was read.
        records: How many there are.
        broken: The first break; ``None`` where it holds.

    """

    chain: str
    actor: str
    first: int
    last: Head | None
    records: int
    broken: Break | None


@dataclass(slots=True)
class _Run:
    """One chain within one partition: read in the order of its offsets."""

    first: int
    prev_hash: str
    last: Head
    records: int = 1
    broken: Break | None = None
    begins: tuple[int, int] = (0, 0)
    place: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class _Found:
    runs: dict[int, _Run] = field(default_factory=dict)
    anchors: list[Anchor] = field(default_factory=list)
    altered: Break | None = None


class Verifier:
    """Takes records in the order of each partition; partitions may come in any order among each other.

    Args:
        anchors: Heads that were kept apart.

    """

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._chains: dict[tuple[str, str], _Found] = {}
        self.strangers = 0
        """Records that are of no chain: of an older form, or written by somebody else."""
        for anchor in anchors:
            self._chains.setdefault((anchor.chain, anchor.actor), _Found()).anchors.append(anchor)

    def take(self, partition: int, offset: int, value: bytes | None) -> None:
        """Look at one record."""
        link = read_link(value)
        if link is None:
            self.strangers += 1
            return
        found = self._chains.setdefault((link.chain, link.actor), _Found())
        place = partition, offset
        run = found.runs.get(partition)
        if run is None:
            found.runs[partition] = run = _Run(link.seq, link.prev_hash, link.head, begins=place, place=place)
            if not link.holds:
                run.broken = Break("altered", link.seq, place)
        else:
            run.records += 1
            run.broken = _earlier(run.broken, _step(run, link, place))
            if link.seq > run.last.seq:
                run.last, run.place = link.head, place
        for anchor in found.anchors:
            if anchor.head.seq == link.seq and anchor.head.hash != link.hash:
                found.altered = _earlier(found.altered, Break("altered", link.seq, place))

    def chains(self, cut: Callable[[int], bool], horizon: datetime | None) -> list[Chain]:
        """What was found, by chain and actor.

        Args:
            cut: Whether records before the first one of a partition have been deleted: whether its log begins later
                than at 0.
            horizon: What is older may have been deleted by retention; ``None``: nothing may.

        """
        return [self._judged(name, found, cut, horizon) for name, found in sorted(self._chains.items())]

    def _judged(
        self, name: tuple[str, str], found: _Found, cut: Callable[[int], bool], horizon: datetime | None
    ) -> Chain:
        runs = sorted(found.runs.items(), key=lambda each: each[1].first)
        broken = found.altered
        last: Head | None = None
        for partition, run in runs:
            # More than one run: the topic was given more partitions, and the actor's key went to another of them.
            if last is None:
                broken = _earlier(broken, _beginning(run, gone=cut(partition)))
            else:
                broken = _earlier(broken, _joint(last, run))
            broken = _earlier(broken, run.broken)
            last = run.last if last is None or run.last.seq > last.seq else last
        first = runs[0][1].first if runs else 0
        for anchor in found.anchors:
            # What is newer than all that may be deleted has to be there.
            if horizon is not None and anchor.head.at < horizon:
                continue
            if last is None or last.seq < anchor.head.seq:
                broken = _earlier(broken, Break("truncated", last.seq + 1 if last else 1))
            elif anchor.head.seq < first:
                broken = _earlier(broken, Break("missing", anchor.head.seq))
        return Chain(*name, first, last, sum(run.records for _, run in runs), broken)


def _step(run: _Run, link: Link, place: tuple[int, int]) -> Break | None:
    """What is wrong with a record behind the last one of its run."""
    expected = run.last.seq + 1
    if link.seq == expected:
        if not link.holds:
            return Break("altered", link.seq, place)
        # It follows another record than the one before it says it is: that one was written anew.
        return Break("altered", expected - 1, run.place) if link.prev_hash != run.last.hash else None
    if link.seq > expected:
        return Break("missing", expected, place)
    gap = run.broken is not None and run.broken.kind == "missing" and run.broken.seq <= link.seq
    return Break("reordered" if gap or link.seq < run.first else "repeated", link.seq, place)


def _beginning(run: _Run, *, gone: bool) -> Break | None:
    if run.first > 1:
        return None if gone else Break("missing", 1, run.begins)
    return Break("altered", 1, run.begins) if run.prev_hash != GENESIS else None


def _joint(last: Head, run: _Run) -> Break | None:
    if run.first > last.seq + 1:
        return Break("missing", last.seq + 1, run.begins)
    if run.first <= last.seq:
        return Break("repeated", run.first, run.begins)
    return Break("altered", last.seq, run.begins) if run.prev_hash != last.hash else None


def _earlier(known: Break | None, new: Break | None) -> Break | None:
    """The break of the smaller number; of one number, a record that came after all is no longer missing."""
    if known is None or new is None:
        return known or new
    if new.seq == known.seq and known.kind == "missing" and new.kind == "reordered":
        return new
    return new if new.seq < known.seq else known
