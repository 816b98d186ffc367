"""Section ``scale``: do two workers do more than one?

On a machine with two cores that the broker shares, two free workers only compete. So each worker is held to half a
core by the kernel and two are compared with one; the figures without the cap stand beside it, with the broker's CPU.
The rate is that of the middle of the run, from a fifth of the events committed to nine tenths: start, rebalance and
the last uneven partition do not count.
"""

import asyncio
import shutil
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

from tests.bench.catalogue import Engine
from tests.bench.cgroup import cpu_cap
from tests.bench.cluster import PARTITIONS, Cluster, Record
from tests.bench.data import reports
from tests.bench.harness import Task
from tests.bench.peers import Absent
from tests.bench.progress import progress
from tests.bench.runner import START_TIMEOUT_S, WORK_TIMEOUT_S, Process, command_of

HALF = 0.5
FROM, TO = 0.2, 0.9
POLL_S = 0.05


@dataclass(frozen=True)
class Sample:
    """Committed records at a time, and the CPU that workers and broker had used by then."""

    at_s: float
    committed: int
    workers_cpu_s: float
    broker_cpu_s: float


@dataclass(frozen=True)
class Scaled:
    """The middle of one run."""

    workers: int
    cap: float | None
    events_per_s: float
    workers_cores: float
    broker_cores: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the workers per event."""
        return self.workers_cores / self.events_per_s * 1e6


def check(processes: Sequence[Process]) -> None:
    """Raise RuntimeError with its last words when one of the processes has ended."""
    if ended := [process for process in processes if not process.alive]:
        raise RuntimeError(f"a worker has ended: {ended[0].last_words()}")


async def joined(cluster: Cluster, group: str, processes: Sequence[Process]) -> None:
    """Wait until the group has settled with all processes as members.

    Raises:
        TimeoutError: It takes too long.
        RuntimeError: One of them has ended.
    """
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            check(processes)
            if await cluster.members(group) == len(processes):
                return
            await asyncio.sleep(POLL_S)


@dataclass(frozen=True)
class Watch:
    """Looks at a group while it works through a topic that is filled with ``events`` records, ``before`` committed."""

    cluster: Cluster
    broker: psutil.Process
    group: str
    topic: str
    processes: Sequence[Process]
    before: int
    events: int

    async def filled_with(self, records: Sequence[Record], *, by_key: bool = False) -> list[Sample]:
        """Fill the topic and take samples until all is committed.

        Raises:
            TimeoutError: It takes too long.
            RuntimeError: A worker has ended.
        """
        filling = asyncio.ensure_future(self.cluster.fill(self.topic, records, by_key=by_key))
        samples: list[Sample] = []
        async with asyncio.timeout(WORK_TIMEOUT_S):
            while not samples or samples[-1].committed < self.events:
                committed = await self.cluster.committed(self.group, self.topic) - self.before
                if filling.done():
                    filling.result()
                check(self.processes)
                cpu = sum(process.cpu_s() for process in self.processes)
                broker = self.broker.cpu_times()
                samples.append(Sample(time.monotonic(), committed, cpu, broker.user + broker.system))
                await asyncio.sleep(POLL_S)
        return samples


@dataclass(frozen=True)
class Bench:
    """What every run needs."""

    cluster: Cluster
    broker: psutil.Process
    engine: Engine
    values: Sequence[bytes]

    async def run(self, workers: int, cap: float | None) -> Scaled:
        """Start workers on an empty topic, cap them, fill the topic, watch what they commit.

        Raises:
            Absent: The kernel cannot cap.
            TimeoutError: A worker did not start, or the work did not end.
        """
        ident = uuid.uuid4().hex[:8]
        folder = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
        source, target, group = f"bench.scale.in.{ident}", f"bench.scale.out.{ident}", f"bench-scale-{ident}"
        for topic in (source, target):
            await self.cluster.create(topic)
        processes: list[Process] = []
        try:
            async with AsyncExitStack() as stack:
                for number in range(workers):
                    own = folder / str(number)
                    own.mkdir()
                    task = Task(
                        self.cluster.bootstrap, source, target, group, len(self.values), PARTITIONS, str(own), number
                    )
                    command = command_of(self.engine, lambda _: None)
                    processes.append(Process(command, task.environment(), own / "stderr.log"))
                    stack.callback(processes[-1].stop)
                await joined(self.cluster, group, processes)
                with cpu_cap([p.ps.pid for p in processes], cap) if cap else nullcontext():
                    watch = Watch(self.cluster, self.broker, group, source, processes, 0, len(self.values))
                    samples = await watch.filled_with(
                        [Record(b"r-%09d" % number, value) for number, value in enumerate(self.values)]
                    )
            return middle(samples, len(self.values), workers, cap)
        finally:
            for topic in (source, target):
                await self.cluster.delete(topic)
            shutil.rmtree(folder, ignore_errors=True)


def middle(samples: Sequence[Sample], events: int, workers: int, cap: float | None) -> Scaled:
    """Rates between the first samples past a fifth and past nine tenths of the events."""
    first = next(sample for sample in samples if sample.committed >= FROM * events)
    last = next(sample for sample in samples if sample.committed >= TO * events)
    seconds = last.at_s - first.at_s
    return Scaled(
        workers,
        cap,
        (last.committed - first.committed) / seconds,
        (last.workers_cpu_s - first.workers_cpu_s) / seconds,
        (last.broker_cpu_s - first.broker_cpu_s) / seconds,
    )


async def scale(
    console: Console, cluster: Cluster, broker_pid: int, engine: Engine, *, events: int, runs: int
) -> dict[str, object]:
    """One and two workers, capped and free, interleaved; medians and the two ratios."""
    bench = Bench(cluster, psutil.Process(broker_pid), engine, list(reports(events)))
    settings = [(1, HALF), (2, HALF), (1, None), (2, None)]
    found: dict[tuple[int, float | None], list[Scaled]] = {setting: [] for setting in settings}
    problems: dict[str, str] = {}
    with progress(console) as say:
        for number in range(1, runs + 1):
            for workers, cap in settings:
                say(f"Run {number} of {runs}: {workers} worker(s), {cap or 'no'} cap")
                try:
                    found[workers, cap].append(await bench.run(workers, cap))
                except (Absent, TimeoutError, StopIteration, psutil.Error) as error:
                    problems[label(workers, cap)] = str(error) or type(error).__name__
    medians = {setting: median(run.events_per_s for run in each) for setting, each in found.items() if each}
    ratios = {
        name: round(medians[2, cap] / medians[1, cap], 2)
        for name, cap in (("capped", HALF), ("free", None))
        if (2, cap) in medians and (1, cap) in medians
    }
    shown = Table(title=f"Two workers beside one: {engine.title}", title_justify="left")
    for heading in ("workers", "events/s", "cores of the workers", "cores of the broker"):
        shown.add_column(heading, justify="left" if heading == "workers" else "right")
    for setting, rate in medians.items():
        each = found[setting]
        workers_cores = median(run.workers_cores for run in each)
        broker_cores = median(run.broker_cores for run in each)
        shown.add_row(label(*setting), f"{rate:,.0f}", f"{workers_cores:.2f}", f"{broker_cores:.2f}")
    console.print(shown)
    console.print(f"Two ÷ one: {ratios or 'not measured'} {problems or ''}")
    return {
        "engine": engine.name,
        "events": events,
        "events_per_s": {label(*setting): round(rate) for setting, rate in medians.items()},
        "two_over_one": ratios,
        "runs": [vars(run) for each in found.values() for run in each],
        "problems": problems,
    }


def label(workers: int, cap: float | None) -> str:
    """How a setting is called in the findings."""
    return f"{workers} × {f'{cap} core' if cap else 'uncapped'}"
