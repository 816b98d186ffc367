"""Worker processes that are killed, frozen, stopped and started at bad moments."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.kafka import Broker
from streams.transport import Point
from tests.chaos.books import Row, balance, read_all
from tests.chaos.course import prepare
from tests.chaos.fleet import Course, WorkerProcess

T = TypeVar("T")

PATIENCE_S = 40.0
"""For a worker to start and get somewhere; the machine may be busy."""
OUTAGE_S = 60.0
"""Ten sessions of a worker: everything that could expire has."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


class Case:
    """A course with workers, and events in and out."""

    def __init__(self, bootstrap: str, folder: Path, *, stages: Literal[1, 2] = 1, **settings: object) -> None:
        self.course: Course = run(prepare(bootstrap, settings, partitions=2, stages=stages))
        self._folder = folder
        self._fleet: list[WorkerProcess] = []
        self._sent = 0

    def worker(self, slot: str = "0") -> WorkerProcess:
        worker = WorkerProcess(self.course, slot, self._folder)
        self._fleet.append(worker)
        return worker

    def send(self, count: int = 0, *others: bytes, partition: int | None = None) -> None:
        """``count`` numbered events, then others; keys keep to their partition."""
        where = b"" if partition is None else b"%d-" % partition
        values = [b"event-%d" % number for number in range(self._sent, self._sent + count)] + list(others)
        self._sent += count

        async def produce() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.course.bootstrap, acks="all") as producer:
                for value in values:
                    await producer.send_and_wait(
                        self.course.source, value, key=where + b"k%d" % (len(value) % 3), partition=partition
                    )

        run(produce())

    def out(self, at_least: int = 0) -> list[Row]:
        return run(read_all(self.course.bootstrap, self.course.target, at_least=at_least, patience_s=PATIENCE_S))

    def letters(self) -> list[Row]:
        return run(read_all(self.course.bootstrap, self.course.dead_letters))

    def balanced(self, *missing: bytes) -> bool:
        """Do the books balance, but for events that are known to have been dead-lettered?"""
        accepted = run(read_all(self.course.bootstrap, self.course.source))
        accepted = [row for row in accepted if row[1] not in missing]
        result = balance(accepted, self.out(len(accepted)))
        assert result.clean, f"{result}\n" + "\n".join(worker.tail() for worker in self._fleet)
        return True

    def close(self) -> None:
        for worker in self._fleet:
            worker.close()


@pytest.fixture
def case(bootstrap: str, tmp_path: Path) -> Iterator[Case]:
    case = Case(bootstrap, tmp_path)
    yield case
    case.close()


@pytest.fixture(params=[1, 2], ids=["one stage", "a stage that is handed its records directly"])
def staged(bootstrap: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Case]:
    case = Case(bootstrap, tmp_path, stages=request.param)
    yield case
    case.close()


def until(condition: Callable[[], bool], what: str, limit_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {limit_s} s"
        time.sleep(0.05)


def frozen(worker: WorkerProcess) -> bool:
    pid = worker.pid
    return pid is not None and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.chaos
def test_a_kill_at_any_point_of_a_round_neither_loses_nor_repeats(staged: Case) -> None:
    case = staged
    worker = case.worker().start()
    case.send(50)
    assert len(case.out(50)) == 50
    for point in Point:
        worker.failpoints.write_text(point)
        case.send(30)
        until(lambda: not worker.running, f"the kill at {point}")
        worker.start()
    assert case.balanced()
    assert worker.stop()[0] == 0


@pytest.mark.chaos
def test_a_worker_frozen_in_a_round_past_its_session_is_fenced_when_it_wakes(case: Case) -> None:
    """Once before its offsets are sent, once before the transaction ends; meanwhile another takes over."""
    sleeper, other = case.worker("0").start(), case.worker("1")
    case.send(20)
    case.out(20)
    for point in (Point.SENT, Point.ENDING):
        sleeper.failpoints.write_text(f"{point} stop")
        case.send(40)
        until(lambda: frozen(sleeper), f"the freeze at {point}")
        other.start()
        case.send(40)
        accepted = len(run(read_all(case.course.bootstrap, case.course.source)))
        assert len(case.out(accepted)) == accepted, "the other one has it all"
        sleeper.signal(signal.SIGCONT)
        case.send(40)
        assert case.balanced()
        other.kill()
    assert sleeper.stop()[0] == 0


@pytest.mark.chaos
def test_a_record_that_kills_the_process_is_found_and_dead_lettered(case: Case) -> None:
    case.send(30, partition=0)
    case.send(0, b"exit now", partition=0)
    case.send(30, partition=0)
    case.send(30, partition=1)
    worker, deaths = case.worker(), 0
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline and not case.letters():
        worker.start()
        until(lambda: not worker.running or bool(case.letters()), "a death, or the end of the search")
        deaths += not worker.running
    letters = case.letters()
    assert [value for _, value in letters] == [b"exit now"]
    assert case.balanced(b"exit now")
    assert deaths <= 7
    assert worker.stop()[0] == 0


def test_a_worker_that_is_started_first_waits_for_its_broker_says_so_and_works(
    fresh_broker: Broker, tmp_path: Path
) -> None:
    case = Case(fresh_broker.bootstrap, tmp_path)
    try:
        fresh_broker.stop()
        worker = case.worker().start()
        until(lambda: "waiting for Kafka at" in worker.tail(), "the line that says so")
        idle = case.worker("1").start()
        until(lambda: "waiting for Kafka at" in idle.tail(), "the line that says so")
        code, seconds = idle.stop()
        assert (code, seconds < 10) == (0, True), f"it can be stopped while it waits\n{idle.tail()}"
        fresh_broker.start()
        case.send(20)
        assert case.balanced()
        # And now the broker goes away while the worker is idle.
        fresh_broker.kill()
        until(lambda: "the broker is away" in worker.tail(200), "noticing it")
        code, seconds = worker.stop()
        assert seconds < 10, worker.tail()
        assert code in (0, 70), worker.tail()
    finally:
        case.close()


@pytest.mark.chaos
def test_a_broker_that_is_away_for_a_minute_costs_time_and_nothing_else(fresh_broker: Broker, tmp_path: Path) -> None:
    case = Case(fresh_broker.bootstrap, tmp_path)
    try:
        worker = case.worker().start()
        case.send(30)
        case.out(30)
        case.send(200)
        fresh_broker.kill()
        until(lambda: "the broker is away" in worker.tail(200), "noticing it")
        time.sleep(OUTAGE_S)
        fresh_broker.start()
        case.send(30)
        assert case.balanced()
        fresh_broker.kill()
        assert worker.stop()[1] < 10, "SIGTERM right after the broker went away"
    finally:
        case.close()


def test_sigterm_while_a_handler_is_busy_lets_the_round_finish_or_takes_it_back(case: Case) -> None:
    worker = case.worker().start()
    case.send(5)
    case.out(5)
    case.send(0, b"slow:2", partition=0)
    time.sleep(0.5)  # into the handler, which holds the event loop
    code, seconds = worker.stop()
    assert code == 0
    assert seconds < 10
    worker.start()
    assert case.balanced()


def test_sigterm_ends_a_worker_whose_handler_hangs(case: Case) -> None:
    worker = case.worker().start()
    case.send(5)
    case.out(5)
    case.send(0, b"slow:60", partition=0)
    time.sleep(0.5)
    code, seconds = worker.stop()
    assert code == 70
    assert seconds < 10
    assert "time.sleep" in worker.tail(60) or "_misbehave" in worker.tail(60), "the stack shows where"


def test_a_second_sigterm_ends_it_at_once(case: Case) -> None:
    worker = case.worker().start()
    case.send(5)
    case.out(5)
    case.send(0, b"slow:60", partition=0)
    time.sleep(0.5)
    worker.signal(signal.SIGTERM)
    time.sleep(0.2)
    code, seconds = worker.stop()
    assert code == 70
    assert seconds < 2


def test_a_handler_that_holds_the_event_loop_for_too_long_ends_the_process_and_shows_where(
    bootstrap: str, tmp_path: Path
) -> None:
    case = Case(bootstrap, tmp_path, blocked_after_s=3.0)
    try:
        worker = case.worker().start()
        case.send(5)
        case.out(5)
        case.send(0, b"slow:60", partition=0)
        assert worker.wait(PATIENCE_S) == 70
        assert "the event loop has not turned for" in worker.tail(80)
        assert "_misbehave" in worker.tail(80), "the stack shows where"
    finally:
        case.close()


def test_two_workers_in_one_slot_do_no_harm(bootstrap: str, tmp_path: Path) -> None:
    """Group and coordinator fence one by the other, at every step; which of them works does not matter."""
    case = Case(bootstrap, tmp_path)
    pair = []
    try:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            pair.append(WorkerProcess(case.course, "0", tmp_path / name).start())
        for _ in range(10):
            case.send(20)
            time.sleep(0.5)
        assert case.balanced()
    finally:
        for worker in pair:
            worker.close()
        case.close()
