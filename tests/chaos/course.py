"""A run: events flow, faults come, and in the end the books are balanced."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Broker
from streams.transport.direct import HANDLED_HEADER
from tests.chaos.books import Balance, balance, read_all, read_records
from tests.chaos.fleet import SESSION_S, Course, WorkerProcess

PARTITIONS = 6
KEYS = 40


async def prepare(
    bootstrap: str,
    settings: dict[str, object] | None = None,
    *,
    partitions: int = PARTITIONS,
    stages: Literal[1, 2] = 1,
) -> Course:
    """Make the topics of a run."""
    tag = secrets.token_hex(4)
    course = Course(
        bootstrap=bootstrap,
        group=f"chaos-{tag}",
        source=f"chaos-{tag}-in",
        target=f"chaos-{tag}-out",
        changelog=f"chaos-{tag}-state",
        dead_letters=f"chaos-{tag}-dlq",
        attempts=f"chaos-{tag}-attempts",
        partitions=partitions,
        middle=f"chaos-{tag}-middle" if stages > 1 else None,
        settings=dict(settings or {}),
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    compacted = {"cleanup.policy": "compact"}
    try:
        await admin.create_topics(
            [
                NewTopic(course.source, partitions, 1),
                NewTopic(course.target, partitions, 1),
                NewTopic(course.changelog, partitions, 1, topic_configs=compacted),
                NewTopic(course.dead_letters, 1, 1),
                NewTopic(str(course.attempts), 1, 1, topic_configs=compacted),
                *([NewTopic(course.middle, partitions, 1)] if course.middle else []),
            ]
        )
    finally:
        await admin.close()
    return course


@dataclass
class Feeder:
    """Sends events at a steady rate; what the broker did not take while it was away is tried again."""

    course: Course
    rate: float
    sent: int = 0
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until stopped."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.course.bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=60_000
        )
        await producer.start()
        began = time.monotonic()
        futures = []
        try:
            while not self._stop.is_set():
                due = int((time.monotonic() - began) * self.rate)
                for number in range(self.sent, due):
                    key = b"key-%d" % (number * 7919 % KEYS)
                    futures.append(await producer.send(self.course.source, b"event-%d" % number, key=key))
                self.sent = due
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), 0.02)
            await asyncio.wait(futures, timeout=60.0)
        finally:
            await producer.stop()

    def stop(self) -> None:
        self._stop.set()


@dataclass
class Faults:
    """Draws faults, seeded, and carries them out."""

    fleet: list[WorkerProcess]
    broker: Broker | None
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    async def strike(self) -> str:
        """One fault."""
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "stop": self._stop,
            "freeze": self._freeze,
            "leave": self._leave,
            "come": self._come,
        }
        weights = {"kill": 4, "stop": 2, "freeze": 2, "leave": 1, "come": 2}
        if self.broker is not None:
            kinds |= {"broker-kill": self._broker_kill, "broker-freeze": self._broker_freeze}
            weights |= {"broker-kill": 1, "broker-freeze": 1}
        name = self.chance.choices(list(kinds), [weights[kind] for kind in kinds])[0]
        await kinds[name]()
        self.done[name] += 1
        return name

    async def settle(self) -> None:
        """Undo what lasts: all workers run, nothing is frozen."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        for worker in self.fleet:
            worker.signal(signal.SIGCONT)
            worker.start()

    def _one(self) -> WorkerProcess:
        return self.chance.choice([worker for worker in self.fleet if worker.running] or self.fleet)

    async def _kill(self) -> None:
        worker = self._one()
        worker.kill()
        await asyncio.sleep(self.chance.uniform(0.0, 1.0))
        worker.start()

    async def _stop(self) -> None:
        worker = self._one()
        await asyncio.to_thread(worker.stop)
        worker.start()

    async def _freeze(self) -> None:
        worker = self._one()
        worker.signal(signal.SIGSTOP)

        async def thaw(seconds: float) -> None:
            await asyncio.sleep(seconds)
            worker.signal(signal.SIGCONT)

        self._later.add(asyncio.ensure_future(thaw(SESSION_S + self.chance.uniform(0.5, 3.0))))

    async def _leave(self) -> None:
        if sum(worker.running for worker in self.fleet) > 1:
            await asyncio.to_thread(self._one().stop)

    async def _come(self) -> None:
        for worker in self.fleet:
            worker.start()

    async def _broker_kill(self) -> None:
        assert self.broker is not None
        self.broker.kill()
        await asyncio.sleep(self.chance.uniform(0.5, 4.0))
        await asyncio.to_thread(self.broker.start)

    async def _broker_freeze(self) -> None:
        assert self.broker is not None
        self.broker.pause()
        await asyncio.sleep(self.chance.uniform(1.0, 3.0))
        self.broker.resume()


@dataclass
class Result:
    """What a run came to."""

    balance: Balance
    faults: Counter[str]
    seconds_to_catch_up: float
    codes: list[int | None]
    direct: int
    """Events that the second stage took within the round that wrote them."""
    by_log: int
    """Events that it took from the log."""

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.faults.total()} faults ({faults}); {self.balance}; "
            f"{self.direct} handled directly, {self.by_log} from the log; "
            f"caught up {self.seconds_to_catch_up:.1f} s after the last event"
        )


async def run(
    broker: Broker,
    folder: Path,
    *,
    seconds: float,
    seed: int,
    workers: int = 3,
    rate: float = 400.0,
    pause_s: tuple[float, float] = (0.5, 3.0),
    break_broker: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Result:
    """Feed, break, wait for the rest, and balance."""
    course = await prepare(broker.bootstrap, stages=2)
    fleet = [WorkerProcess(course, str(number), folder).start() for number in range(workers)]
    faults = Faults(fleet, broker if break_broker else None, random.Random(seed))
    feeder = Feeder(course, rate)
    feeding = asyncio.ensure_future(feeder.run())
    try:
        end = time.monotonic() + seconds
        await asyncio.sleep(min(4.0, seconds / 4))
        while time.monotonic() < end:
            name = await faults.strike()
            say(f"{end - time.monotonic():6.1f} s left: {name}")
            await asyncio.sleep(faults.chance.uniform(*pause_s))
        await faults.settle()
        feeder.stop()
        await feeding
        fed = time.monotonic()
        accepted = await read_all(course.bootstrap, course.source)
        delivered = await read_all(course.bootstrap, course.target, at_least=len(accepted), patience_s=60.0)
        caught_up = time.monotonic() - fed
        codes = [(await asyncio.to_thread(worker.stop))[0] for worker in fleet]
        delivered = await read_all(course.bootstrap, course.target)
        middle = await read_records(course.bootstrap, str(course.middle))
        direct = sum(any(name == HANDLED_HEADER for name, _ in record.headers) for record in middle)
        return Result(
            balance(accepted, delivered), faults.done, caught_up, list(codes), direct, by_log=len(middle) - direct
        )
    finally:
        feeder.stop()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        for worker in fleet:
            worker.close()
