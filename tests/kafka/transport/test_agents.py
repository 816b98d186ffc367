"""What agents are promised, on a real broker, in this process."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.partitioner import murmur2

from streams.transport import BatchAgent, BrakeLimits, Outbox, PartitionState, RecordBatch, Transient
from tests.kafka.transport.conftest import Bench, Message


def numbers(count: int, start: int = 0) -> list[Message]:
    return [(b"k%d" % (n % 7), b"%d" % n) for n in range(start, start + count)]


class Echo(BatchAgent):
    """Echoes, and misbehaves on values that say so."""

    def __init__(self, name: str, source: str, target: str) -> None:
        self.name, self.topics, self.target = name, [source], target
        self.seen = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for index, value in enumerate(batch.values):
            if value == b"bad":
                raise ValueError("bad")
            if value == b"wrong":
                out.dead_letter(index, "malformed", "is no number", "/n")
            else:
                out.send(self.target, batch.keys[index], value, batch.headers[index], partition=batch.partition)
        self.seen += len(batch)


def test_bad_records_are_dead_lettered_byte_for_byte_and_all_others_pass(bench: Bench) -> None:
    source, target = bench.topic("in"), bench.topic("out")
    values = numbers(300)
    values[100] = (b"\xff", b"bad")
    values[101] = (None, b"wrong")
    values[299] = (b"k", b"bad")
    bench.put(source, values, headers=[("trace", b"\x01"), ("trace", b"\x02")])
    agent = Echo("echo", source, target)
    code, told = bench.run([agent], lambda: len(told_letters(bench)) == 3)
    assert code == 0
    out = bench.get(target)
    assert [(r.key, r.value) for r in out] == [v for v in values if v[1] not in (b"bad", b"wrong")]
    assert list(out[0].headers) == [("trace", b"\x01"), ("trace", b"\x02")]
    letters = bench.get(bench.dead_letters)
    assert [(r.key, r.value) for r in letters] == [values[100], values[101], values[299]]
    assert [dict(r.headers)["__connect.errors.offset"] for r in letters] == [b"100", b"101", b"299"]
    assert [dict(r.headers)["ioc.error.reason"] for r in letters] == [b"handler_error", b"malformed", b"handler_error"]
    assert [name for name, _ in letters[0].headers[:2]] == ["trace", "trace"]
    assert sorted(told.dead_letters) == [("echo", source, "handler_error")] * 2 + [("echo", source, "malformed")]


def told_letters(bench: Bench) -> list[tuple[str, str, str]]:
    assert bench.app is not None
    letters: list[tuple[str, str, str]] = bench.app.engine.observer.dead_letters  # type: ignore[attr-defined]
    return letters


def test_a_handler_that_keeps_failing_stops_its_agent_and_no_other(bench: Bench) -> None:
    sources, target = [bench.topic("sick"), bench.topic("well")], bench.topic("out")
    bench.put(sources[0], [(b"k", b"bad")] * 60)
    bench.put(sources[1], numbers(500))
    sick, well = Echo("sick", sources[0], target), Echo("well", sources[1], target)
    code, told = bench.run(
        [sick, well],
        lambda: bool(bench.app and bench.app.engine.stopped_agents) and well.seen >= 500,
        brake=BrakeLimits(consecutive=10),
    )
    assert code == 75
    assert "10 records in a row" in told.stopped["sick"]
    assert len(bench.get(target)) == 500
    assert bench.get(bench.dead_letters) == [], "nothing of the batch that tripped the brake is committed"
    # Once it is repaired, everything is still there.
    repaired = Repaired("sick", sources[0], target)
    code, _ = bench.run([repaired], lambda: repaired.seen >= 60)
    assert code == 0
    assert len(bench.get(target)) == 560


class Repaired(Echo):
    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for value in batch.values:
            out.send(self.target, b"k", value)
        self.seen += len(batch)


def test_the_worker_ends_when_its_last_agent_is_stopped(bench: Bench) -> None:
    source = bench.topic("in")
    bench.put(source, [(b"k", b"bad")] * 30)
    code, told = bench.run([Echo("echo", source, bench.topic("out"))], lambda: False)
    assert code == 75
    assert "20 records in a row" in told.stopped["echo"]


class Moody(BatchAgent):
    """Cannot work the first few times."""

    name = "moody"

    def __init__(self, source: str, target: str, changelog: str) -> None:
        self.topics, self.target, self.changelog = [source], target, changelog
        self.refusals = 3
        self.undone = self.done = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for value in batch.values:
            state.put(b"n", b"%d" % (int(state.get(b"n") or b"0") + 1))
            out.send(self.target, None, value, partition=0)
        if self.refusals:
            self.refusals -= 1
            raise Transient("the register is away")
        self.done += len(batch)


def test_what_the_world_is_to_blame_for_is_tried_again_without_trace(bench: Bench) -> None:
    source, target, log = bench.topic("in"), bench.topic("out"), bench.topic("state", compact=True)
    bench.put(source, numbers(40))
    agent = Moody(source, target, log)
    code, told = bench.run([agent], lambda: agent.done >= 40 and rounds_of(bench) > 0)
    assert code == 0
    assert [r.value for r in bench.get(target)] == [b"%d" % n for n in range(40)]
    assert [(r.key, r.value) for r in bench.get(log)][-1] == (b"n", b"40")
    assert not told.dead_letters


def rounds_of(bench: Bench) -> int:
    assert bench.app is not None
    return int(bench.app.engine.observer.rounds)  # type: ignore[attr-defined]


class Ledgered(BatchAgent):
    """Counts two co-partitioned topics in one state, and says the count now and then."""

    name = "ledgered"
    tick_interval_s = 0.2

    def __init__(self, left: str, right: str, target: str, changelog: str) -> None:
        self.topics, self.target, self.changelog = [left, right], target, changelog
        self.opened_with: dict[int, dict[bytes, bytes]] = {}
        self.handled = self.ticks = self.commits = 0
        self.closings: list[int] = []

    def opened(self, partition: int, state: PartitionState) -> None:
        self.opened_with[partition] = dict(state.items())

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        count = int(state.get(b"count") or b"0") + len(batch)
        state.put(b"count", b"%d" % count)
        self.handled += len(batch)

    def tick(self, partition: int, state: PartitionState, out: Outbox, now_ms: int) -> None:
        count = state.get(b"count")
        if count is not None and count != state.get(b"said"):
            state.put(b"said", count)
            out.send(self.target, b"p%d" % partition, count)
        self.ticks += 1

    def committed(self, partition: int) -> None:
        self.commits += 1


def test_topics_of_one_agent_share_a_state_that_is_recovered_before_the_first_round(bench: Bench) -> None:
    left, right = bench.topic("left"), bench.topic("right")
    target, log = bench.topic("out"), bench.topic("state", compact=True)
    for partition in (0, 1):
        bench.put(left, numbers(30), partition=partition)
        bench.put(right, numbers(12), partition=partition)
    agent = Ledgered(left, right, target, log)
    code, _ = bench.run([agent], lambda: agent.handled >= 84 and agent.ticks > 8)
    assert code == 0
    assert agent.opened_with == {0: {}, 1: {}}
    bench.put(right, numbers(1), partition=1)
    again = Ledgered(left, right, target, log)
    code, _ = bench.run([again], lambda: again.handled >= 1 and again.ticks > 8, slot="another")
    assert again.opened_with == {n: {b"count": b"42", b"said": b"42"} for n in (0, 1)}
    assert again.handled == 1
    last = {r.key: r.value for r in bench.get(target)}
    assert last == {b"p0": b"42", b"p1": b"43"}


def test_timers_of_an_idle_agent_make_no_transactions(bench: Bench) -> None:
    left, right, target, log = (bench.topic(label) for label in ("left", "right", "out", "state"))
    agent = Ledgered(left, right, target, log)
    code, _ = bench.run([agent], lambda: agent.ticks >= 6)
    assert code == 0
    assert agent.commits == 0
    assert bench.get(log) == []


class Fan(BatchAgent):
    """Many outputs by key, and big ones."""

    name = "fan"

    def __init__(self, source: str, keyed: str, big: str) -> None:
        self.topics, self.keyed, self.big = [source], keyed, big
        self.seen = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for value in batch.values:
            out.send(self.keyed, b"key-" + (value or b""), value)
            out.send(self.big, None, (value or b"") * 20_000)
        self.seen += len(batch)


def test_outputs_go_where_the_java_client_would_send_them_whatever_their_size(bench: Bench) -> None:
    source, keyed, big = bench.topic("in"), bench.topic("keyed", partitions=5), bench.topic("big", partitions=1)
    bench.put(source, [(None, b"%03d" % n) for n in range(100)])
    agent = Fan(source, keyed, big)
    code, _ = bench.run([agent], lambda: agent.seen >= 100, max_batch_bytes=300_000)
    assert code == 0
    found = bench.get(keyed)
    assert len(found) == 100
    assert all(r.partition == (murmur2(r.key) & 0x7FFFFFFF) % 5 for r in found)
    assert [r.value[:3] for r in bench.get(big)] == [b"%03d" % n for n in range(100)], "6 MB in order"


class Slow(Echo):
    """Takes its time, and looks at what the engine holds meanwhile."""

    def __init__(self, bench: Bench, source: str, target: str) -> None:
        super().__init__("slow", source, target)
        self.bench = bench
        self.most = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        super().handle(batch, state, out)
        assert self.bench.app is not None
        self.most = max(self.most, self.bench.app.engine.ledger.held_bytes)


def test_a_slow_agent_slows_the_fetch_and_nothing_is_dropped(bench: Bench) -> None:
    source, target = bench.topic("in"), bench.topic("out")
    for partition in (0, 1):
        bench.put(source, [(b"k", b"%07d" % n + bytes(1000)) for n in range(3000)], partition=partition)
    agent = Slow(bench, source, target)
    code, _ = bench.run([agent], lambda: agent.seen >= 6000, held_bytes=200_000, fetch_partition_bytes=100_000)
    assert code == 0
    assert agent.most <= 200_000 + 2 * 120_000, "the limit, and what one fetch of two partitions may exceed it by"
    assert [r.value[:7] for r in bench.get(target)] == [b"%07d" % n for n in range(3000)] * 2


def test_offsets_outside_the_log_stop_the_worker_with_a_sentence(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    source, target = bench.topic("in", partitions=1), bench.topic("out")
    bench.put(source, numbers(10))
    agent = Echo("echo", source, target)
    bench.run([agent], lambda: agent.seen >= 10)
    truncate(bench.bootstrap, source, 10)
    bench.put(source, numbers(5))
    truncate(bench.bootstrap, source, 15)
    code, _ = bench.run([Echo("echo", source, target)], lambda: False)
    assert code == 78
    assert "outside its log" in caplog.text


def truncate(bootstrap: str, topic: str, before: int) -> None:
    """Delete records, as retention does."""

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)})
        await admin.close()

    asyncio.run(delete())


def test_a_missing_changelog_stops_the_worker_with_a_sentence(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    source, target = bench.topic("in"), bench.topic("out")
    narrow = bench.topic("state", partitions=1)
    assert bench.run([Moody(source, target, "nowhere")], lambda: False)[0] == 78
    assert "topic nowhere does not exist" in caplog.text
    assert bench.run([Moody(source, target, narrow)], lambda: False)[0] == 78
    assert "has 1 partitions, but partition 1 of it is needed" in caplog.text


class Relay(BatchAgent):
    """Passes records on to the topic of another agent."""

    name = "relay"

    def __init__(self, source: str, target: str) -> None:
        self.topics, self.target = [source], target

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for key, value in zip(batch.keys, batch.values, strict=True):
            out.send(self.target, key, value, [("trace", b"1")])


class Direct(Echo):
    """An echo that counts in its state, and is handed records directly where that can be."""

    def __init__(self, source: str, target: str, changelog: str) -> None:
        super().__init__("direct", source, target)
        self.direct, self.changelog = [source], changelog
        self.offsets: list[int] = []

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        self.offsets += batch.offsets
        super().handle(batch, state, out)
        state.put(b"n", b"%d" % (int(state.get(b"n") or b"0") + len(batch)))


def counted(bench: Bench, changelog: str) -> int:
    """What the states of all partitions add up to."""
    newest = {(record.partition, record.key): int(record.value) for record in bench.get(changelog)}
    return sum(newest.values())


def test_records_for_an_agent_of_the_same_process_are_handled_in_the_round_that_writes_them(bench: Bench) -> None:
    source, middle, target = bench.topic("in"), bench.topic("middle"), bench.topic("out")
    changelog = bench.topic("state", compact=True)
    agents = [Relay(source, middle), Direct(middle, target, changelog)]
    bench.put(source, numbers(200))
    code, _ = bench.run(agents, lambda: len(agents[1].offsets) >= 200, chunk_records=1000)
    assert code == 0
    written = bench.get(middle)
    assert [dict(record.headers) for record in written] == [{"trace": b"1", "ioc.handled": bench.group.encode()}] * 200
    assert set(agents[1].offsets) == {-1}, "none of them came out of the log"
    assert sorted(record.value for record in bench.get(target)) == sorted(value for _, value in numbers(200))
    assert counted(bench, changelog) == 200
    # The next process passes what is in the log, and goes on.
    agents = [Relay(source, middle), Direct(middle, target, changelog)]
    bench.put(source, numbers(50, start=200))
    code, _ = bench.run(agents, lambda: len(agents[1].offsets) >= 50)
    assert code == 0
    assert len(bench.get(target)) == 250
    assert counted(bench, changelog) == 250


def test_what_the_reader_cannot_take_directly_comes_from_the_log_and_is_told_by_its_offset(bench: Bench) -> None:
    source, middle, target = bench.topic("in"), bench.topic("middle", partitions=1), bench.topic("out")
    changelog = bench.topic("state", compact=True)
    agents = [Relay(source, middle), Direct(middle, target, changelog)]
    values = numbers(20)
    values[7] = (b"k0", b"bad")
    bench.put(source, values)
    code, told = bench.run(agents, lambda: len(told_letters(bench)) == 1 and agents[1].seen >= 19)
    assert code == 0
    assert told.dead_letters == [("direct", middle, "handler_error")]
    (letter,) = bench.get(bench.dead_letters)
    assert dict(letter.headers)["__connect.errors.offset"] == b"7"
    assert [record.value for record in bench.get(target)] == [value for _, value in values if value != b"bad"]
    assert counted(bench, changelog) == 19


def test_more_than_a_handler_gets_at_once_is_left_to_the_log(bench: Bench) -> None:
    source, middle, target = bench.topic("in"), bench.topic("middle"), bench.topic("out")
    agents = [Relay(source, middle), Direct(middle, target, bench.topic("state", compact=True))]
    bench.put(source, numbers(300))
    assert bench.run(agents, lambda: agents[1].seen >= 300, chunk_records=10)[0] == 0
    assert min(agents[1].offsets) >= 0
    for key in {key for key, _ in numbers(300)}:
        wanted = [value for each, value in numbers(300) if each == key]
        assert [record.value for record in bench.get(target) if record.key == key] == wanted


def test_another_group_reads_all_records_of_a_topic_that_is_handled_directly(bench: Bench) -> None:
    source, middle, target = bench.topic("in"), bench.topic("middle"), bench.topic("out")
    agents = [Relay(source, middle), Direct(middle, target, bench.topic("state", compact=True))]
    bench.put(source, numbers(30))
    assert bench.run(agents, lambda: len(agents[1].offsets) >= 30)[0] == 0
    other = Direct(middle, bench.topic("other"), bench.topic("state2", compact=True))
    assert bench.run([other], lambda: other.seen >= 30, group=bench.group + "-other")[0] == 0
