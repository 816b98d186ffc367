"""SIGTERM while the broker is away: whatever the client is doing at that moment, the worker ends as it should."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from deploy.local.kafka import Broker
from streams.transport import BatchAgent, Outbox, PartitionState, RecordBatch
from tests.kafka.transport.conftest import Bench

_LONG_S = 30.0


class Count(BatchAgent):
    """Counts what it is given."""

    name = "count"

    def __init__(self, source: str) -> None:
        self.topics = [source]
        self.seen = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        self.seen += len(batch)


def _pauses(task: asyncio.Task[Any]) -> bool:
    """Does the task sleep before it tries again?"""
    waits_for: Any = getattr(task.get_coro(), "cr_await", None)
    return not task.done() and getattr(waits_for, "__qualname__", "") == "sleep"


def test_sigterm_while_a_failed_fetch_pauses_ends_the_worker_in_good_order(
    fresh_broker: Broker, topic_name: Callable[..., str]
) -> None:
    """aiokafka cancels such a fetch when it closes, and lets its cancellation out as if it were the caller's own."""
    bench = Bench(fresh_broker.bootstrap, topic_name)
    source = bench.topic("in")
    bench.put(source, [(b"k", b"1")])
    agent = Count(source)
    asked = 0.0

    def done() -> bool:
        nonlocal asked
        assert bench.app is not None
        fetcher = bench.app.engine.consumer._fetcher
        if agent.seen and fresh_broker.running:
            fetcher._retry_backoff = _LONG_S  # 0.1 s in truth: the moment would be hard to meet
            fresh_broker.kill()
        asked = time.monotonic()
        return any(_pauses(task) for task in fetcher._pending_tasks)

    code, _ = bench.run([agent], done)
    assert code == 0
    assert time.monotonic() - asked < 10
