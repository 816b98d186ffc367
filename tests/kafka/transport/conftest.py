"""A worker in the test's own process, for agents and observers that the test looks into."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import ConsumerRecord

from streams.transport import BatchAgent, EngineObserver, EngineSettings, create_app, run_worker
from streams.transport.app import EngineApp

Message = tuple[bytes | None, bytes | None]


class Stop(EngineObserver):
    """Ends the worker when ``done`` says so, asked after each round and twice a second."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done = done
        self._asked = False
        self.dead_letters: list[tuple[str, str, str]] = []
        self.stopped: dict[str, str] = {}
        self.rounds = 0

    def _look(self) -> None:
        if not self._asked and self._done():
            self._asked = True
            os.kill(os.getpid(), signal.SIGTERM)

    def round_finished(self, outcome: Any, seconds: float, records: int) -> None:
        self.rounds += 1
        self._look()

    def lag(self, topic: str, partition: int, records: int) -> None:
        self._look()

    def dead_letter(self, agent: str, topic: str, reason: str) -> None:
        self.dead_letters.append((agent, topic, reason))

    def agent_stopped(self, agent: str, why: str) -> None:
        self.stopped[agent] = why


class Bench:
    """Topics, records in, a worker, records out."""

    def __init__(self, bootstrap: str, name: Callable[..., str]) -> None:
        self.bootstrap = bootstrap
        self._name = name
        self.group = name("group")
        self.dead_letters = self.topic("dlq", partitions=1)
        self.app: EngineApp | None = None

    def topic(self, label: str, *, partitions: int = 2, compact: bool = False, **config: str) -> str:
        name = self._name(label)
        configs = config | ({"cleanup.policy": "compact"} if compact else {})

        async def create() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
            await admin.start()
            await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
            await admin.close()

        asyncio.run(create())
        return name

    def put(self, topic: str, messages: Sequence[Message], *, partition: int | None = 0, headers: Any = None) -> None:
        async def send() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", linger_ms=5) as producer:
                futures = [
                    await producer.send(topic, value, key=key, partition=partition, headers=headers)
                    for key, value in messages
                ]
                await asyncio.gather(*futures)

        asyncio.run(send())

    def get(self, topic: str) -> list[ConsumerRecord]:
        """All committed records, partition after partition."""

        async def read() -> list[ConsumerRecord]:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.bootstrap, isolation_level="read_committed", enable_auto_commit=False
            )
            await consumer.start()
            try:
                numbers = sorted(await consumer._client._wait_on_metadata(topic))
                partitions = [TopicPartition(topic, number) for number in numbers]
                consumer.assign(partitions)
                await consumer.seek_to_beginning(*partitions)
                ends = await consumer.end_offsets(partitions)
                found: list[ConsumerRecord] = []
                for tp in partitions:
                    while await consumer.position(tp) < ends[tp]:
                        found += (await consumer.getmany(tp, timeout_ms=200)).get(tp, ())
                return found
            finally:
                await consumer.stop()

        return asyncio.run(read())

    def run(
        self,
        agents: Sequence[BatchAgent],
        done: Callable[[], bool],
        *,
        limit_s: float = 60.0,
        successors: Callable[[], Sequence[BatchAgent] | None] = lambda: None,
        **settings: Any,
    ) -> tuple[int, Stop]:
        """Run a worker until ``done``; returns its exit code and what it told."""
        observer = Stop(done)
        arguments = {
            "bootstrap": self.bootstrap,
            "group": self.group,
            "session_timeout_s": 6.0,
            "heartbeat_s": 1.0,
            "dead_letter_topic": self.dead_letters,
            "attempts_topic": None,
            "chunk_records": 50,
        } | settings
        self.app = create_app(EngineSettings(**arguments), agents, observer, successors)
        timer = threading.Timer(limit_s, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        try:
            return run_worker(self.app), observer
        finally:
            timer.cancel()
            gc.unfreeze()
            gc.set_threshold(700, 10, 10)


@pytest.fixture
def bench(bootstrap: str, topic_name: Callable[..., str]) -> Bench:
    return Bench(bootstrap, topic_name)
