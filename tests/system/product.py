"""The product as a user runs it: worker processes on a real broker, and readers of its topics."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.topics import create_topics
from ioc.catalog import Catalogue, load_catalogue, load_folder, shipped_province
from ioc.topics import catalogue as topic_catalogue

START_TIMEOUT_S = 120.0


def province(folder: Path | None = None) -> Catalogue:
    """The catalogue of a folder, or of the shipped province."""
    return load_catalogue(load_folder(folder or shipped_province()))


async def make_topics(bootstrap: str, catalogue: Catalogue, partitions: int = 4) -> None:
    await create_topics(bootstrap, topic_catalogue(catalogue.centres), partitions=partitions)


def asked(port: int, path: str) -> tuple[int, str]:
    """Status and body of what a process of this machine answers over HTTP; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


class Worker:
    """An ``ioc worker`` process."""

    def __init__(
        self, bootstrap: str, home: Path, *arguments: str, folder: Path | None = None, **settings: str
    ) -> None:
        self.port = free_port()
        self.log = home / "worker.log"
        home.mkdir(parents=True, exist_ok=True)
        self._command = [sys.executable, "-m", "connectors.cli.main", "worker", *arguments]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
            "IOC_HOME": str(home),
            "IOC_KAFKA_BOOTSTRAP": bootstrap,
            "IOC_WORKER__METRICS_PORT": str(self.port),
            "IOC_WORKER__SESSION_TIMEOUT_MS": "6000",
            "IOC_PRIVACY__PSEUDONYM_KEY": "a key for tests only",
            **settings,
        }
        if folder is not None:
            self._environment["IOC_PROVINCE__FOLDER"] = str(folder)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Worker:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of the worker's own HTTP; 0 while nobody listens."""
        return asked(self.port, path)

    async def ready(self) -> Worker:
        """Wait until the worker says that it is ready."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while (await asyncio.to_thread(self.get, "/readyz"))[0] != 200:
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the worker is not ready: {self.log.read_text()[-3000:]}")
            await asyncio.sleep(0.05)
        return self

    def metrics(self) -> dict[str, float]:
        """Samples by name with labels, as exposed."""
        lines = self.get("/metrics")[1].splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, timeout_s: float = 10.0) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """Leave nothing behind: not the process, nor a member that its group would wait for, as a killed one does."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass(frozen=True, slots=True)
class Event:
    """A record to publish."""

    topic: str
    key: str
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


async def publish(bootstrap: str, events: Iterable[Event]) -> None:
    """Write records and wait until Kafka has all."""
    async with _producer(bootstrap) as producer:
        sent = [
            await producer.send(event.topic, event.value, key=event.key.encode(), headers=list(event.headers))
            for event in events
        ]
        await asyncio.gather(*sent)


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


class Reader:
    """Everything committed on some topics, read again and again."""

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        self._uncommitted = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        self.records: dict[str, list[Any]] = {topic: [] for topic in topics}

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        await self._uncommitted.start()
        partitions = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in self._consumer.partitions_for_topic(topic) or await self._partitions(topic)
        ]
        self._consumer.assign(partitions)
        return self

    async def _partitions(self, topic: str) -> set[int]:
        await self._consumer._client.add_topic(topic)
        return self._consumer.partitions_for_topic(topic) or set()

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._uncommitted.stop()

    async def until(self, count: int, topic: str, timeout_s: float = 30.0) -> list[Any]:
        """Read until a topic has so many records; all of them."""
        deadline = time.monotonic() + timeout_s
        while len(self.records[topic]) < count:
            if time.monotonic() > deadline:
                found = {name: len(records) for name, records in self.records.items()}
                raise AssertionError(f"{topic} has not got {count} records in {timeout_s} s: {found}")
            await self._poll(200)
        return self.records[topic]

    async def all(self) -> dict[str, list[Any]]:
        """Read to the end of every topic as of now, with what is being committed there.

        A transaction ends in one partition after the other: where its alert can be read, its signal perhaps cannot yet.
        """
        ends = await self._uncommitted.end_offsets(list(self._consumer.assignment()))
        while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
            await self._poll(200)
        return self.records

    async def _poll(self, timeout_ms: int) -> None:
        for tp, records in (await self._consumer.getmany(timeout_ms=timeout_ms)).items():
            self.records[tp.topic] += records


def bodies(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Values as JSON."""
    return [json.loads(record.value) for record in records]
