"""``make bench``: measures this engine beside its peers and the whole product, and writes ``results.json``."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from deploy.local.kafka import Broker
from tests.bench import classify, detect, record, store
from tests.bench.catalogue import BY_NAME, PRODUCT
from tests.bench.cluster import Cluster
from tests.bench.compare import chosen, compare
from tests.bench.intake import intake
from tests.bench.latency import Plan, measure, show
from tests.bench.scale import scale

QUICK_EVENTS = 20_000
QUICK_SECONDS = 10.0
QUICK_INCIDENTS = 2_000
Section = Callable[[argparse.Namespace, Console, Cluster, int], Awaitable[dict[str, object]]]
"""Takes the command line, where to print, a connection to a broker of the section's own, and that broker's pid."""


async def job(given: argparse.Namespace, console: Console, cluster: Cluster, broker_pid: int) -> dict[str, object]:
    return await compare(console, cluster, broker_pid, given.chosen, events=given.events, runs=given.runs)


async def two(given: argparse.Namespace, console: Console, cluster: Cluster, broker_pid: int) -> dict[str, object]:
    return await scale(console, cluster, broker_pid, BY_NAME[PRODUCT], events=given.events, runs=given.runs)


async def sources(given: argparse.Namespace, console: Console, cluster: Cluster, broker_pid: int) -> dict[str, object]:
    return await intake(console, cluster, broker_pid, events=given.events, runs=given.runs)


SECTIONS: dict[str, Section] = {"job": job, "scale": two, "intake": sources}
"""Each with a broker of its own."""
ALONE: dict[str, Callable[[Console], dict[str, object]]] = {
    "classify": classify.measure,
    "detect": detect.measure,
    "store": store.measure,
}
"""Need no broker."""
LATENCY = "latency"
LATENCY_RATES = (500.0, 10_000.0)


@asynccontextmanager
async def started() -> AsyncIterator[tuple[Cluster, int]]:
    """A new broker in a folder of its own, and a connection to it; ends with the block."""
    with tempfile.TemporaryDirectory(prefix="ioc-bench-kafka-") as folder, Broker(Path(folder)) as broker:
        assert broker.pid is not None
        async with Cluster.connect(broker.bootstrap) as cluster:
            await cluster.create_for_engine()
            yield cluster, broker.pid


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--section", action="append", choices=[*SECTIONS, *ALONE, LATENCY], help="what to measure; all when not given"
    )
    parser.add_argument("--engines", help="names separated by commas; all when not given")
    parser.add_argument("--events", type=int, default=200_000, help="records of the job's data set")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is taken")
    parser.add_argument("--seconds", type=float, default=60.0, help="measured part of the latency runs")
    parser.add_argument("--warm-up", type=float, default=30.0, help="seconds of load before it is measured")
    parser.add_argument("--quick", action="store_true", help="small and once: does everything run? No figures to quote")
    parser.add_argument("--results", type=Path, default=record.PATH, help="where the findings go")
    given = parser.parse_args()
    if given.quick:
        given.events, given.runs = min(given.events, QUICK_EVENTS), 1
        given.seconds, given.warm_up = QUICK_SECONDS, QUICK_SECONDS
    try:
        given.chosen = chosen(given.engines)
    except ValueError as error:
        parser.error(str(error))
    return given


async def main(given: argparse.Namespace) -> None:
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)  # ends the processes on the way out
    console = Console()
    if not console.is_terminal:
        console.width = 140
    sections = given.section or [*SECTIONS, *ALONE, LATENCY]
    for name, section in SECTIONS.items():
        if name in sections:
            async with started() as (cluster, pid):
                found = await section(given, console, cluster, pid)
            record.write(name, found, given.results)
    for name, alone in ALONE.items():
        if name in sections:
            measured = store.measure(console, QUICK_INCIDENTS) if given.quick and name == "store" else alone(console)
            record.write(name, measured, given.results)
    if LATENCY in sections:
        rates = []
        for rate in LATENCY_RATES:
            async with started() as (cluster, pid):
                rates.append(await measure(console, cluster, pid, Plan(rate, given.seconds, given.warm_up)))
        show(console, rates)
        record.write(LATENCY, {"rates": [vars(each) for each in rates]}, given.results)
    console.print(f"Written: {given.results}")


if __name__ == "__main__":
    try:
        asyncio.run(main(arguments()))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)
