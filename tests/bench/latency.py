"""Section ``latency``: from an event accepted by Kafka to its alert readable, the whole path, all on one machine.

Broker, one ``ioc worker`` with all agents, the load and the reader share the machine. The load is an ordinary day of
the synthetic province at a fixed rate, straight to the raw topics (see :mod:`tests.bench.load`). Every alert that opens
an incident is traced back: incident → first evidence → signal. It gives two latencies:

* accepted → readable: from the broker's time of the event (LogAppendTime, whole milliseconds) to the moment when a
  read_committed consumer has the alert,
* due → readable: from the moment when the event was to be sent; it includes what the sender itself was late.

Alerts of the warm-up do not count.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
import psutil
from hdrh.histogram import HdrHistogram
from rich.console import Console
from rich.table import Table

from ioc.topics import INCIDENTS, RAW, SIGNALS
from tests.bench.cluster import Cluster
from tests.bench.product import GROUP, create_product_topics, start_worker
from tests.bench.progress import progress
from tests.bench.runner import START_TIMEOUT_S, Process
from tests.bench.scale import check, joined

DRAIN_TIMEOUT_S = 60.0
SAMPLE_S = 0.5
HIGHEST_US = 10 * 60 * 1_000_000
PERCENTILES = (50.0, 90.0, 99.0, 99.9)


@dataclass
class Usage:
    """CPU and memory of the processes while the measured part ran."""

    seconds: float = 0.0
    cpu_s: dict[str, float] = field(default_factory=dict)
    worker_rss_mb: float = 0.0

    def cores(self) -> dict[str, float]:
        """Cores in use by process."""
        return {name: round(used / self.seconds, 3) for name, used in self.cpu_s.items()} if self.seconds else {}


@dataclass(frozen=True)
class Plan:
    """What to measure: events per second, for how long, after how long a warm-up at the same rate."""

    rate: float
    seconds: float
    warm_up_s: float


@dataclass(frozen=True)
class Measured:
    """One rate. ``load_behind_ms``: how late the load was at most; ``drained_s``: how long the rest took at the end."""

    events_per_s: float
    seconds: float
    alerts: int = 0
    accepted_to_readable_ms: dict[str, float] = field(default_factory=dict)
    due_to_readable_ms: dict[str, float] = field(default_factory=dict)
    worker_rss_mb: float = 0.0
    cores: dict[str, float] = field(default_factory=dict)
    load_behind_ms: float = 0.0
    drained_s: float = 0.0
    problem: str = ""


async def sample(processes: dict[str, psutil.Process], worker: psutil.Process, seconds: float) -> Usage:
    """Watch for so long."""

    def used() -> dict[str, float]:
        times = {name: process.cpu_times() for name, process in processes.items()}
        return {name: each.user + each.system for name, each in times.items()}

    usage = Usage()
    loop = asyncio.get_running_loop()
    began = loop.time()
    before = after = used()
    while loop.time() - began < seconds:
        usage.worker_rss_mb = max(usage.worker_rss_mb, worker.memory_info().rss / 1e6)
        await asyncio.sleep(SAMPLE_S)
        after = used()
    usage.seconds = loop.time() - began
    usage.cpu_s = {name: after[name] - before[name] for name in processes}
    return usage


def percentiles(latencies_s: Sequence[float]) -> dict[str, float]:
    """Milliseconds by percentile, from an HdrHistogram of microseconds with three significant digits."""
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    for latency in latencies_s:
        histogram.record_value(max(1, int(latency * 1e6)))
    found = {f"p{level:g}": round(histogram.get_value_at_percentile(level) / 1000, 1) for level in PERCENTILES}
    return found | {"max": round(histogram.get_max_value() / 1000, 1)}


async def opened_incidents(cluster: Cluster) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """Incident id and first evidence of every incident, from the first state that was written of it."""
    seen: set[str] = set()
    async for value in cluster.values(INCIDENTS):
        incident = orjson.loads(value)
        if incident["incident_id"] not in seen:
            seen.add(incident["incident_id"])
            yield incident["incident_id"], incident["evidence"][0]


async def trace(cluster: Cluster, alerts: Path, begin: float) -> tuple[list[float], list[float]]:
    """Seconds from accepted, and from due, to readable: of the incidents whose event was due after ``begin``."""
    readable: dict[str, float] = {}
    for line in alerts.read_bytes().splitlines():
        at, alert = orjson.loads(line)
        if alert["reason"] == "opened":
            readable.setdefault(alert["incident_id"], at)
    accepted = {}
    async for value in cluster.values(SIGNALS):
        signal = orjson.loads(value)
        accepted[signal["signal_id"]] = datetime.fromisoformat(signal["accepted_at"]).timestamp()
    from_accepted, from_due = [], []
    async for incident_id, evidence in opened_incidents(cluster):
        due = datetime.fromisoformat(evidence["at"]).timestamp()
        if due >= begin and incident_id in readable:
            from_accepted.append(readable[incident_id] - accepted[evidence["signal_id"]])
            from_due.append(readable[incident_id] - due)
    return from_accepted, from_due


async def measure(console: Console, cluster: Cluster, broker_pid: int, plan: Plan) -> Measured:
    """The whole path at one rate; what went wrong is in ``problem``."""
    with progress(console) as say:
        try:
            return await _measure(say, cluster, broker_pid, plan)
        except (RuntimeError, TimeoutError, psutil.Error) as error:
            return Measured(plan.rate, plan.seconds, problem=str(error) or "the worker did not get through")


async def _measure(say: Callable[[str], None], cluster: Cluster, broker_pid: int, plan: Plan) -> Measured:
    rate, seconds, warm_up_s = plan.rate, plan.seconds, plan.warm_up_s
    alert_topics = await create_product_topics(cluster.bootstrap)
    folder = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
    try:
        async with AsyncExitStack() as stack:
            say(f"{rate:,.0f} events/s: starting")
            worker = start_worker(cluster.bootstrap, folder)
            stack.callback(worker.stop)
            await joined(cluster, GROUP, [worker])
            alerts = folder / "alerts"
            python = [sys.executable, "-m"]
            watched = orjson.dumps(alert_topics).decode()
            command = [*python, "tests.bench.watcher", cluster.bootstrap, watched, str(alerts)]
            reader = Process(command, {}, folder / "reader.log")
            stack.callback(reader.stop)
            await reader.said("first", START_TIMEOUT_S)
            command = [*python, "tests.bench.load", cluster.bootstrap, str(rate), str(warm_up_s + seconds), "7"]
            load = Process(command, {}, folder / "load.log")
            stack.callback(load.stop)
            began = await load.said("first", START_TIMEOUT_S)
            say(f"{rate:,.0f} events/s: {warm_up_s:.0f} s of warm-up")
            await asyncio.sleep(warm_up_s)
            say(f"{rate:,.0f} events/s: measuring for {seconds:.0f} s")
            processes = {
                "worker": worker.ps,
                "broker": psutil.Process(broker_pid),
                "load": load.ps,
                "reader": reader.ps,
            }
            usage = await sample(processes, worker.ps, seconds - SAMPLE_S)
            done = await load.said("done", START_TIMEOUT_S)
            drained = await drain(cluster, worker, int(done["sent"]))
            await asyncio.sleep(1.0)
            reader.stop()
            check([worker])
        from_accepted, from_due = await trace(cluster, alerts, began["clock_s"] + warm_up_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Measured(
        rate,
        seconds,
        alerts=len(from_accepted),
        accepted_to_readable_ms=percentiles(from_accepted),
        due_to_readable_ms=percentiles(from_due),
        worker_rss_mb=round(usage.worker_rss_mb, 1),
        cores=usage.cores(),
        load_behind_ms=round(done["behind_s"] * 1000, 1),
        drained_s=round(drained, 2),
    )


async def drain(cluster: Cluster, worker: Process, sent: int) -> float:
    """Wait until all that was sent is committed; returns how long that took after the last event."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(DRAIN_TIMEOUT_S):
        while True:
            check([worker])
            if sum([await cluster.committed(GROUP, topic) for topic in RAW.values()]) >= sent:
                return loop.time() - began
            await asyncio.sleep(0.1)


def show(console: Console, found: Sequence[Measured]) -> None:
    """The latencies for people."""
    shown = Table(title="Event accepted by Kafka → alert readable (ms)", title_justify="left")
    for heading in ("events/s", "alerts", "from", *(f"p{level:g}" for level in PERCENTILES), "max", "RSS MB", "cores"):
        shown.add_column(heading, justify="left" if heading in {"from", "cores"} else "right")
    for each in found:
        rate = f"{each.events_per_s:,.0f}"
        if each.problem:
            shown.add_row(rate, "", f"[dim]{each.problem}[/]")
            continue
        cores = ", ".join(f"{name} {used:.2f}" for name, used in each.cores.items())
        accepted = [f"{level:g}" for level in each.accepted_to_readable_ms.values()]
        shown.add_row(rate, f"{each.alerts:,}", "accepted", *accepted, f"{each.worker_rss_mb:.0f}", cores)
        shown.add_row("", "", "due", *(f"{level:g}" for level in each.due_to_readable_ms.values()))
    console.print(shown)
