"""Dead letters on a real broker: seen, masked, and put back once each."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from connectors.cli import main
from connectors.cli.config import load
from connectors.cli.dlq_replay import FAMILY, TRANSACTIONAL_ID, Plan, Summary, _replay
from connectors.cli.kafka import Record, open_consumer, open_producer, partitions_of, read_to_end
from connectors.cli.letters import Filter
from connectors.cli.trail import open_trail
from deploy.local.topics import create_topics
from ioc.topics import AUDIT, DLQ, TopicSpec

REPORT = '{"id":"r-1","text":"gọi 0912345678","reporter":{"name":"Nguyễn Thị Ví Dụ"},"lat":20.95137,"lon":107.08}'
ORIGINAL_HEADERS = [("ce_id", b"r-1"), ("x-trace", b"\xff\x00"), ("twice", b"1"), ("twice", b"2"), ("empty", None)]


def context(topic: str, reason: str, *, partition: int = 1, offset: int = 7) -> list[tuple[str, bytes | None]]:
    return [
        ("__connect.errors.topic", topic.encode()),
        ("__connect.errors.partition", b"%d" % partition),
        ("__connect.errors.offset", b"%d" % offset),
        ("__connect.errors.exception.class.name", reason.encode()),
        ("__connect.errors.exception.message", b"a time needs an offset"),
        ("__connect.errors.stage", b"intake-reports"),
        ("ioc.error.pointer", b"/occurred_at"),
        ("ioc.error.reason", reason.encode()),
    ]


def ordered(records: list[Record]) -> list[Record]:
    """By partition and offset: which partition answers first is chance."""
    return sorted(records, key=lambda record: (record.partition, record.offset))


@dataclass
class Desk:
    """One test's corner of the shared broker: an origin topic of its own, and the commands run against it."""

    bootstrap: str
    topic: str
    output: pytest.CaptureFixture[str]

    def put(self, *letters: tuple[str, str, list[tuple[str, bytes | None]]], topic: str = DLQ) -> None:
        async def send() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all") as producer:
                for key, value, headers in letters:
                    await producer.send_and_wait(topic, value.encode(), key=key.encode(), headers=headers)

        asyncio.run(send())

    def read(self, topic: str) -> list[Record]:
        async def collect() -> list[Record]:
            async with open_consumer(load().settings) as consumer:
                parts = await partitions_of(consumer, [topic])
                return [record async for records in read_to_end(consumer, parts) for record in records]

        return asyncio.run(collect())

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = main.run(["dlq", *arguments])
        captured = self.output.readouterr()
        return code, captured.out, captured.err

    def replay(self, *arguments: str) -> dict[str, object]:
        _, out, err = self.run("replay", "--topic", self.topic, "--json", *arguments)
        assert not err
        report: dict[str, object] = json.loads(out)
        return report


@pytest.fixture
def desk(
    bootstrap: str,
    topic_name: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Desk:
    monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("IOC_HOME", str(tmp_path))
    topic = topic_name("raw")
    specs = [TopicSpec(DLQ, "key of origin"), TopicSpec(AUDIT, "actor"), TopicSpec(topic, "id")]
    asyncio.run(create_topics(bootstrap, specs, partitions=2))
    return Desk(bootstrap, topic, capsys)


def test_a_replayed_record_is_the_original_with_two_headers_more(desk: Desk) -> None:
    desk.put(("r-1", REPORT, [*ORIGINAL_HEADERS, *context(desk.topic, "naive_time")]))
    before = desk.read(DLQ)

    assert desk.replay()["replayed"] == {desk.topic: 1}

    deadline = time.monotonic() + 20
    while not (found := desk.read(desk.topic)):  # the mark of its transaction comes a moment later
        assert time.monotonic() < deadline
    (record,) = found
    assert record.key == b"r-1"
    assert record.value == REPORT.encode()
    assert record.partition == 1
    assert list(record.headers) == [
        *ORIGINAL_HEADERS,
        ("ioc.dlq.origin", f"{desk.topic}-1-7".encode()),
        ("ioc.dlq.replayed", b"1"),
    ]
    assert ordered(desk.read(DLQ)) == ordered(before)


def test_a_letter_is_replayed_once_however_often_the_command_runs(desk: Desk) -> None:
    desk.put(*((f"r-{n}", REPORT, context(desk.topic, "naive_time")) for n in range(5)))

    first = desk.replay("--limit", "2")
    second = desk.replay()
    third = desk.replay()

    assert first["replayed"] == {desk.topic: 2}
    assert (second["replayed"], second["already"]) == ({desk.topic: 3}, 2)
    assert (third["replayed"], third["already"]) == ({}, 5)
    assert sorted(record.key for record in desk.read(desk.topic)) == [b"r-%d" % n for n in range(5)]


def test_a_dry_run_counts_and_writes_nothing(desk: Desk) -> None:
    desk.put(("r-1", REPORT, context(desk.topic, "naive_time")))
    marks = len(desk.read(AUDIT))

    assert desk.replay("--dry-run") == {
        "dry_run": True,
        "replayed": {desk.topic: 1},
        "already": 0,
        "refused": 0,
        "lost": 0,
    }

    assert desk.read(desk.topic) == []
    assert len(desk.read(AUDIT)) == marks


def test_a_record_that_fails_again_after_every_replay_is_refused_in_the_end(desk: Desk) -> None:
    replayed: list[tuple[str, bytes | None]] = [("ioc.dlq.origin", b"first-0-1"), ("ioc.dlq.replayed", b"2")]
    desk.put(("r-1", REPORT, [*replayed, *context(desk.topic, "naive_time")]))
    assert desk.replay()["replayed"] == {desk.topic: 1}
    (record,) = desk.read(desk.topic)
    assert list(record.headers) == [("ioc.dlq.origin", b"first-0-1"), ("ioc.dlq.replayed", b"3")]

    desk.put(("r-1", REPORT, [*record.headers, *context(desk.topic, "naive_time")]))
    code, out, _ = desk.run("replay", "--topic", desk.topic)

    assert code == 1
    assert "1 refused: failed again after 3 replays" in out
    assert len(desk.read(desk.topic)) == 1


@pytest.mark.parametrize("when", ["once all is sent", "between two records"])
def test_a_replay_that_another_one_overtook_writes_nothing_more(desk: Desk, when: str) -> None:
    desk.put(("r-1", REPORT, context(desk.topic, "naive_time")))
    plan = Plan(Filter(topics=(desk.topic,)), 10, 3, dry_run=False, actor="test", now=datetime.now(UTC))

    async def overtaken() -> None:
        settings = load().settings
        async with open_consumer(settings) as reader, open_consumer(settings) as lookup, AsyncExitStack() as stack:
            first = await stack.enter_async_context(open_trail(settings, FAMILY, TRANSACTIONAL_ID))
            await stack.enter_async_context(open_trail(settings, FAMILY, TRANSACTIONAL_ID))
            if when == "between two records":
                send = first.producer.send

                async def and_hear_of_it(*record: Any, **options: Any) -> Any:
                    outcome = await send(*record, **options)
                    await asyncio.wait([outcome])
                    return outcome

                first.producer.send = and_hear_of_it
            await _replay(reader, lookup, first, plan, Summary())

    with pytest.raises(ProducerFenced):
        asyncio.run(overtaken())
    # aiokafka leaves a future that nobody asks: let it be told here, not while a later test reads some module.
    gc.collect()
    assert desk.read(desk.topic) == []
    assert desk.replay()["replayed"] == {desk.topic: 1}


def test_only_what_the_filter_means_is_replayed(desk: Desk) -> None:
    desk.put(
        ("a", REPORT, [("tenant", b"one"), *context(desk.topic, "naive_time")]),
        ("b", REPORT, [("tenant", b"two"), *context(desk.topic, "naive_time")]),
        ("c", REPORT, [("tenant", b"one"), *context(desk.topic, "missing")]),
    )

    assert desk.replay("--reason", "naive_*", "--match", "tenant=one", "--since", "1h")["replayed"] == {desk.topic: 1}

    assert [record.key for record in desk.read(desk.topic)] == [b"a"]


def test_replaying_everything_has_to_be_said(desk: Desk) -> None:
    code, _, err = desk.run("replay")
    assert code == 2
    assert "say which" in err


def test_a_letter_too_large_for_its_value_takes_it_from_the_original(desk: Desk) -> None:
    desk.put(("big", "v" * 1000, [("x", b"1")]), topic=desk.topic)
    (original,) = desk.read(desk.topic)
    where = context(desk.topic, "missing", partition=original.partition, offset=original.offset)
    desk.put(("big", "", [*where, ("ioc.error.truncated", b"1000")]))
    gone = context(desk.topic, "missing", partition=original.partition, offset=999)
    desk.put(("gone", "", [*gone, ("ioc.error.truncated", b"1000")]))

    report = desk.replay()

    assert (report["replayed"], report["lost"]) == ({desk.topic: 1}, 1)
    again = max(desk.read(desk.topic), key=lambda record: record.offset)
    assert (again.key, again.value) == (b"big", b"v" * 1000)
    assert again.headers[0] == ("x", b"1")


def test_the_list_says_where_from_and_why_but_shows_no_value(desk: Desk) -> None:
    desk.put(("r-1", REPORT, context("ioc.raw.reports", "naive_time")), ("r-2", REPORT, context(desk.topic, "missing")))

    code, out, _ = desk.run("list", "--topic", desk.topic, "--json")

    assert code == 0
    (letter,) = map(json.loads, out.splitlines())
    assert (letter["topic"], letter["reason"], letter["pointer"]) == (desk.topic, "missing", "/occurred_at")
    _, table, _ = desk.run("list")
    assert "naive_time" in table
    assert "0912345678" not in out + table


def test_show_masks_personal_data_unless_asked_for_it(desk: Desk) -> None:
    desk.put(("r-1", REPORT, [*ORIGINAL_HEADERS, *context(desk.topic, "naive_time")]))

    _, masked, _ = desk.run("show", "--topic", desk.topic)
    _, raw, _ = desk.run("show", "--topic", desk.topic, "--raw")

    for personal in ("0912345678", "Ví Dụ", "20.95137"):
        assert personal not in masked
        assert personal in raw
    assert '"id": "r-1"' in masked


def test_reading_ends_behind_an_aborted_transaction(desk: Desk) -> None:
    """Control markers and aborted records are never delivered, but the end lies behind them."""

    async def write() -> list[bytes]:
        settings = load().settings
        async with open_producer(settings, transactional_id=desk.topic) as producer:
            async with producer.transaction():
                await producer.send_and_wait(desk.topic, b"kept", partition=0)
            await producer.begin_transaction()
            await producer.send_and_wait(desk.topic, b"aborted", partition=0)
            await producer.abort_transaction()
        async with open_consumer(settings) as consumer, asyncio.timeout(15):
            place = TopicPartition(desk.topic, 0)
            return [record.value async for records in read_to_end(consumer, [place]) for record in records]

    assert asyncio.run(write()) == [b"kept"]


def test_an_absent_broker_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    assert main.run(["dlq", "list"]) == 69
    assert capsys.readouterr().err.startswith("ioc: Kafka does not answer at 127.0.0.1:1")


def test_looking_at_a_letter_as_it_is_and_replaying_it_are_written_down(desk: Desk) -> None:
    desk.put(("r-1", REPORT, context(desk.topic, "naive_time")))
    before = len(desk.read(AUDIT))
    desk.run("show", "--topic", desk.topic)
    assert len(desk.read(AUDIT)) == before
    code, out, _ = desk.run("show", "--topic", desk.topic, "--raw", "--by", "officer-7")
    assert (code, "0912345678" in out) == (0, True)
    desk.replay("--by", "officer-7")
    written = [json.loads(record.value or b"") for record in desk.read(AUDIT)]
    mine = [each for each in written if each["actor"] == "officer-7" and each["details"]["topic"] == desk.topic]
    assert {each["action"]: each["outcome"] for each in mine} == {"dlq.show": "done", "dlq.replay": "replayed"}
    assert len({each["object"] for each in mine}) == 1  # the letter, by what the list calls it
    assert "0912345678" not in json.dumps(mine)
