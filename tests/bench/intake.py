"""Section ``intake``: what the product's own intake does with each source, beside this engine on the job.

One worker runs one source's agent with everything that it has in production: identities and repeats, personal data,
place, class, limits, state with its changelog, exactly once. The events are those of an ordinary day of the synthetic
province as plain JSON; sensor readings also as CloudEvents in binary mode, as the gateway writes them. The rate is that
of the middle of each run (see :mod:`tests.bench.scale`), for the job too, so that the two may be divided.
"""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

from connectors.simulator.event import PUBLISHER, Event
from ioc.events import TYPES
from ioc.topics import RAW, intake_agent
from ioc.vocabulary import SOURCES, Source
from tests.bench.catalogue import BY_NAME, PRODUCT
from tests.bench.cluster import Cluster, Record
from tests.bench.data import reports
from tests.bench.peers import Absent
from tests.bench.product import GROUP, create_product_topics, generator, start_worker
from tests.bench.progress import progress
from tests.bench.scale import Bench, Scaled, Watch, joined, middle

JOB = "job"
RATE = 2000.0
"""Events per second by their own times: it says how dense the day is, not how fast it is worked through."""
DAY = timedelta(hours=12)
SHARES: dict[Source, float] = {"reports": 0.1}
"""Part of the events for sources of which every event is news and costs accordingly."""


def records(source: Source, events: Sequence[Event], *, cloudevents: bool) -> list[Record]:
    """Events as they lie on the raw topic."""
    if not cloudevents:
        return [Record(event.key, event.body) for event in events]
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_source", PUBLISHER.encode()),
        ("ce_type", TYPES[source].encode()),
        ("content-type", b"application/json"),
    ]
    return [Record(event.key, event.body, (*headers, ("ce_id", event.id))) for event in events]


async def measure_source(
    cluster: Cluster, broker: psutil.Process, source: Source, *, events: int, runs: int, cloudevents: bool = False
) -> list[Scaled]:
    """One worker, one source; run after run on further events of the same day.

    Raises:
        TimeoutError: The worker did not start, or did not get through.
        RuntimeError: It ended.
    """
    folder = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
    worker = start_worker(cluster.bootstrap, folder, [intake_agent(source)])
    topic = RAW[source]
    before = await cluster.written(topic)
    made = generator(RATE, datetime.now(UTC) - DAY, seed=before + 1, sources=[source])
    try:
        await joined(cluster, GROUP, [worker])
        found = []
        for number in range(runs + 1):
            batch = records(source, list(made.take(events)), cloudevents=cloudevents)
            watch = Watch(cluster, broker, GROUP, topic, [worker], before + number * events, events)
            samples = await watch.filled_with(batch, by_key=True)
            if number:  # the first is the warm-up: every device is new in it
                found.append(middle(samples, events, 1, None))
        return found
    finally:
        worker.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def intake(console: Console, cluster: Cluster, broker_pid: int, *, events: int, runs: int) -> dict[str, object]:
    """Every source's intake and the job, with ratios to the job."""
    broker = psutil.Process(broker_pid)
    await create_product_topics(cluster.bootstrap)
    found: dict[str, list[Scaled]] = {}
    problems: dict[str, str] = {}
    with progress(console) as say:
        say("The job, for comparison")
        bench = Bench(cluster, broker, BY_NAME[PRODUCT], list(reports(events)))
        found[JOB] = [await bench.run(1, None) for _ in range(runs)]
        kinds = [(source, False) for source in SOURCES] + [("sensors", True)]
        for source, cloudevents in kinds:
            name = f"{source}, CloudEvents" if cloudevents else source
            say(f"Intake of {name}")
            try:
                found[name] = await measure_source(
                    cluster,
                    broker,
                    source,
                    events=int(events * SHARES.get(source, 1.0)),
                    runs=runs,
                    cloudevents=cloudevents,
                )
            except (Absent, TimeoutError, RuntimeError, psutil.Error) as error:
                problems[name] = str(error) or type(error).__name__
    medians = {name: median(run.events_per_s for run in each) for name, each in found.items()}
    cpu = {name: median(run.cpu_us for run in each) for name, each in found.items()}
    ratios = {name: round(rate / medians[JOB], 3) for name, rate in medians.items()}
    shown = Table(title="Intake of each source, one worker, exactly once", title_justify="left")
    for heading in ("source", "events/s", "CPU µs/event", "÷ the job"):
        shown.add_column(heading, justify="left" if heading == "source" else "right")
    for name, rate in medians.items():
        shown.add_row(name, f"{rate:,.0f}", f"{cpu[name]:.1f}", f"{ratios[name]:.2f}")
    for name, why in problems.items():
        shown.add_row(name, f"[dim]{why}[/]")
    console.print(shown)
    return {
        "events": events,
        "events_per_s": {name: round(rate) for name, rate in medians.items()},
        "cpu_us_per_event": {name: round(each, 2) for name, each in cpu.items()},
        "over_the_job": ratios,
        "runs": {name: [vars(run) for run in each] for name, each in found.items()},
        "problems": problems,
    }
