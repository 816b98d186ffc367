"""Runs engines over the job's data, each in a process of its own, and measures them from outside.

Time counts from the engine's first record to the moment when all its work is done and readable: at least once, when
every expected alert is on the output topic; exactly once, when the group's committed offsets have reached the end of
the input (alerts and offsets are one transaction). So nobody is charged for start-up, nor for waiting on a commit
timer. CPU is the process's own over the same span (user and system, all threads); the broker's is beside it.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.catalogue import BARE, Engine
from tests.bench.cluster import PARTITIONS, Cluster, Digest, Record
from tests.bench.data import reports
from tests.bench.harness import Task
from tests.bench.job import process
from tests.bench.peers import Absent, jvm_command, python_of

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120.0
WORK_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 10.0
FAST_POLL_S = 0.01
SLOW_POLL_S = 0.1
NEAR_THE_END = 0.9


@dataclass(frozen=True)
class Run:
    """One engine, once. ``problem`` says what went wrong or what does not add up; empty when all is well."""

    engine: str
    events: int
    seconds: float = 0.0
    cpu_s: float = 0.0
    broker_cpu_s: float = 0.0
    rss_mb: float = 0.0
    problem: str = ""

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds if self.seconds else 0.0

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per event."""
        return self.cpu_s / self.events * 1e6 if self.events else 0.0

    def as_json(self) -> dict[str, object]:
        return {
            "engine": self.engine,
            "events": self.events,
            "seconds": round(self.seconds, 4),
            "events_per_s": round(self.rate),
            "cpu_us_per_event": round(self.cpu_us, 3),
            "broker_cpu_us_per_event": round(self.broker_cpu_s / self.events * 1e6, 3) if self.events else 0,
            "rss_mb": round(self.rss_mb, 1),
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Input:
    """A filled topic and what the job must make of it."""

    topic: str
    events: int
    expected: Digest


class Process:
    """An engine's process and the lines it says; one that says nothing to us writes all to the log."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, *, says: bool = True) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdout=subprocess.PIPE if says else errors,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.ps = psutil.Process(self._popen.pid)

    async def said(self, what: str, timeout_s: float) -> dict[str, float]:
        """Wait for a line of the meter; other lines pass by."""
        assert self._popen.stdout is not None
        async with asyncio.timeout(timeout_s):
            while line := await asyncio.to_thread(self._popen.stdout.readline):
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    if (word := json.loads(line))["at"] == what:
                        return word
        raise RuntimeError(f"ended without having said “{what}”: {self.last_words()}")

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def cpu_s(self) -> float:
        times = self.ps.cpu_times()
        return times.user + times.system

    def last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1][-300:] if lines else "nothing"

    def stop(self) -> None:
        if self.alive:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        if self._popen.stdout is not None:
            self._popen.stdout.close()


class Runner:
    """Fills the inputs once, then runs engines on them."""

    def __init__(self, cluster: Cluster, broker_pid: int, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._broker = psutil.Process(broker_pid)
        self._say = say
        self._inputs: dict[int, Input] = {}

    async def input_for(self, events: int) -> Input:
        """The topic that holds the first ``events`` records of the data set."""
        if events not in self._inputs:
            topic = f"bench.in.{events}"
            self._say(f"Writing {events:,} events")
            await self._cluster.create(topic)
            await self._cluster.fill(topic, (Record(b"r-%09d" % n, value) for n, value in enumerate(reports(events))))
            expected = Digest.of(alert[1] for value in reports(events) if (alert := process(value)))
            self._inputs[events] = Input(topic, events, expected)
        return self._inputs[events]

    async def run(self, engine: Engine, events: int) -> Run:
        """Run an engine once over a share of the events; never raises for what the engine does.

        Raises:
            Absent: The engine cannot run on this machine.
        """
        source = await self.input_for(max(1000, int(events * engine.share)))
        ident = uuid.uuid4().hex[:8]
        folder = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
        task = Task(
            bootstrap=self._cluster.bootstrap,
            source=source.topic,
            target=f"bench.out.{engine.name}.{ident}",
            group=f"bench-{engine.name}-{ident}",
            events=source.events,
            partitions=PARTITIONS,
            folder=str(folder),
        )
        command = command_of(engine, self._say)
        await self._cluster.create(task.target)
        process = Process(command, task.environment(), folder / "stderr.log")
        try:
            return await self._measure(engine, task, source, process)
        except (TimeoutError, RuntimeError, psutil.Error) as error:
            return Run(engine.name, source.events, problem=str(error) or f"timed out: {process.last_words()}")
        finally:
            await asyncio.to_thread(process.stop)
            await self._cluster.delete(task.target)
            shutil.rmtree(folder, ignore_errors=True)

    async def _measure(self, engine: Engine, task: Task, source: Input, process: Process) -> Run:
        first = await process.said("first", START_TIMEOUT_S)
        broker_cpu_s = self._broker_cpu_s()
        if engine.name == BARE:
            done = await process.said("done", WORK_TIMEOUT_S)
            return Run(engine.name, source.events, done["clock_s"] - first["clock_s"], done["cpu_s"] - first["cpu_s"])
        await self._until_done(engine, task, source, process)
        run = Run(
            engine.name,
            source.events,
            time.monotonic() - first["clock_s"],
            process.cpu_s() - first["cpu_s"],
            self._broker_cpu_s() - broker_cpu_s,
            process.ps.memory_info().rss / 1e6,
        )
        found = await self._cluster.read(task.target)
        if found != source.expected:
            problem = f"{found.count} alerts instead of {source.expected.count}"
            if found.count == source.expected.count:
                problem = "alerts differ from the job's"
            return Run(engine.name, source.events, run.seconds, run.cpu_s, run.broker_cpu_s, run.rss_mb, problem)
        return run

    async def _until_done(self, engine: Engine, task: Task, source: Input, process: Process) -> None:
        """Look at the broker, seldom at first and often near the end, until the engine's work is readable."""
        deadline = time.monotonic() + WORK_TIMEOUT_S
        goal = source.events if engine.guarantee == "exactly once" else source.expected.count
        while True:
            if engine.guarantee == "exactly once":
                there = await self._cluster.committed(task.group, task.source)
            else:
                there = await self._cluster.written(task.target)
            if there >= goal:
                return
            if not process.alive:
                raise RuntimeError(f"ended after {there:,} of {goal:,}: {process.last_words()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {there:,} of {goal:,} after {WORK_TIMEOUT_S:.0f} s")
            await asyncio.sleep(FAST_POLL_S if there > NEAR_THE_END * goal else SLOW_POLL_S)

    def _broker_cpu_s(self) -> float:
        times = self._broker.cpu_times()
        return times.user + times.system


def command_of(engine: Engine, say: Callable[[str], None]) -> list[str]:
    """The command line of an engine's process.

    Raises:
        Absent: It cannot run on this machine.
    """
    if engine.venv == "jvm":
        return [*jvm_command(say), *engine.arguments]
    return [str(python_of(engine.venv, say)), "-m", f"tests.bench.engines.{engine.module}", *engine.arguments]


__all__ = ["Absent", "Input", "Run", "Runner", "command_of"]
