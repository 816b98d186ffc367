"""Agents that take over while records come: nothing is lost, nothing twice, and no round has two sorts of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streams.transport import BatchAgent, Outbox, PartitionState, RecordBatch
from tests.kafka.transport.conftest import Bench, Message

RECORDS = 6_000
EVERY = 2_500
PARTITIONS = 2


class Numbering(BatchAgent):
    """Gives every record the next number of its partition; which of the agents did it is beside it."""

    name = "numbering"
    holds_state = True
    tick_interval_s = 0.05

    def __init__(self, source: str, target: str, changelog: str, version: int) -> None:
        self.topics, self.changelog, self._target, self._version = [source], changelog, target, version
        self._next: dict[int, int] = {}
        self.told_closed: list[int] = []

    def opened(self, partition: int, state: PartitionState) -> None:
        self._next[partition] = int(state.get(b"next") or b"0")

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        number = before = self._next[batch.partition]
        for key, value in zip(batch.keys, batch.values, strict=True):
            out.send(self._target, key, b"%d %d %s" % (number, self._version, value), partition=batch.partition)
            number += 1
        self._next[batch.partition] = number
        state.journal(lambda: self._next.__setitem__(batch.partition, before))
        state.put(b"next", b"%d" % number)

    def closed(self, partition: int) -> None:
        self.told_closed.append(partition)


class Changes:
    """Another agent whenever so much more is done."""

    def __init__(self, topics: tuple[str, str, str]) -> None:
        self._topics = topics
        self.agents = [Numbering(*topics, 0)]
        self._at = EVERY

    def __call__(self) -> Sequence[BatchAgent] | None:
        if sum(self.agents[-1]._next.values()) < self._at:
            return None
        self._at += EVERY
        self.agents.append(Numbering(*self._topics, len(self.agents)))
        return self.agents[-1:]


def test_agents_take_over_with_all_that_is_committed(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    topics = (bench.topic("in"), bench.topic("out"), bench.topic("state", compact=True))
    attempts = bench.topic("attempts", partitions=1, compact=True)
    for partition in range(PARTITIONS):
        messages: list[Message] = [(b"k", b"%d" % n) for n in range(RECORDS)]
        bench.put(topics[0], messages, partition=partition)
    changes = Changes(topics)
    slow = {"max_round_records": 100, "attempts_topic": attempts}

    def done() -> bool:
        last = changes.agents[-1]
        return sum(last._next.values()) == PARTITIONS * RECORDS

    code, _ = bench.run(changes.agents, done, successors=changes, **slow)
    assert code == 0
    found = [[], []]  # type: list[list[list[int]]]
    for record in bench.get(topics[1]):
        found[record.partition].append([int(word) for word in record.value.split()])
    for records in found:
        assert [number for number, _, _ in records] == list(range(RECORDS)), "numbered once each, without a gap"
        assert [value for _, _, value in records] == list(range(RECORDS)), "in order"
        versions = [version for _, version, _ in records]
        assert versions == sorted(versions), "who was succeeded does nothing any more"
        assert len(set(versions)) > 3
    assert all(not agent.told_closed for agent in changes.agents[:-2]), "the partitions stayed"
    assert "the last owner of" not in caplog.text, "nobody is taken for dead"
