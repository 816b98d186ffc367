"""Section ``job``: all engines on the one job, interleaved runs, medians and ratios."""

from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.catalogue import BARE, BY_NAME, PRODUCT, Engine
from tests.bench.cluster import Cluster
from tests.bench.peers import Absent
from tests.bench.progress import progress
from tests.bench.runner import Run, Runner


async def compare(
    console: Console, cluster: Cluster, broker_pid: int, engines: Sequence[Engine], *, events: int, runs: int
) -> dict[str, object]:
    """Run every engine ``runs`` times, one after the other and round after round, so that a slow minute hits all."""
    with progress(console) as say:
        runner = Runner(cluster, broker_pid, say)
        found: dict[str, list[Run]] = {engine.name: [] for engine in engines}
        absent: dict[str, str] = {}
        for number in range(1, runs + 1):
            for engine in engines:
                if engine.name in absent:
                    continue
                say(f"Run {number} of {runs}: {engine.title}, {engine.guarantee}")
                try:
                    run = await runner.run(engine, events)
                except Absent as why:
                    absent[engine.name] = str(why)
                    continue
                found[engine.name].append(run)
                note = run.problem or f"{run.rate:>9,.0f} events/s {run.cpu_us:>8.1f} µs CPU per event"
                console.print(f"[dim]{number}/{runs} {engine.name:18}[/] {note}")
    medians = {name: middle(each) for name, each in found.items() if name not in absent}
    console.print(table(engines, medians, absent, {name: problem_of(each) for name, each in found.items()}))
    return {
        "events": events,
        "runs": {name: [run.as_json() for run in each] for name, each in found.items() if each},
        "medians": medians,
        "absent": absent,
    }


def problem_of(runs: Sequence[Run]) -> str:
    """What went wrong in most of the runs, which then have no median."""
    bad = [run.problem for run in runs if run.problem]
    return bad[0] if len(bad) * 2 > len(runs) else ""


def middle(runs: Sequence[Run]) -> dict[str, float]:
    """Medians over the runs that were right."""
    good = [run for run in runs if not run.problem]
    if not good:
        return {}
    return {
        "events_per_s": round(median(run.rate for run in good)),
        "cpu_us_per_event": round(median(run.cpu_us for run in good), 2),
        "broker_cpu_us_per_event": round(median(run.broker_cpu_s / run.events * 1e6 for run in good), 2),
        "rss_mb": round(median(run.rss_mb for run in good), 1),
        "right_runs": len(good),
    }


def table(
    engines: Sequence[Engine], medians: dict[str, dict[str, float]], absent: dict[str, str], problems: dict[str, str]
) -> Table:
    """The comparison for people. Ratios are of events per second, and of CPU per event turned over: more is better."""
    shown = Table(title="One job on every engine (medians)", title_justify="left")
    shown.add_column("engine")
    shown.add_column("guarantee")
    for heading in ("events/s", "CPU µs/event", "broker µs/event", "RSS MB", "÷ bare", "÷ this", "CPU: ÷ this"):
        shown.add_column(heading, justify="right")
    bare = medians.get(BARE, {})
    product = medians.get(PRODUCT, {})
    for engine in engines:
        own = medians.get(engine.name, {})
        if not own:
            why = absent.get(engine.name) or problems.get(engine.name) or "no right run"
            shown.add_row(engine.title, engine.guarantee, f"[dim]{why}[/]")
            continue
        shown.add_row(
            engine.title,
            engine.guarantee,
            f"{own['events_per_s']:,.0f}",
            f"{own['cpu_us_per_event']:.1f}",
            f"{own['broker_cpu_us_per_event']:.1f}",
            f"{own['rss_mb']:.0f}" if own["rss_mb"] else "",
            ratio(own, bare, "events_per_s"),
            ratio(own, product, "events_per_s"),
            ratio(product, own, "cpu_us_per_event"),
        )
    return shown


def ratio(first: dict[str, float], second: dict[str, float], field: str) -> str:
    """One median over another, empty where either is missing."""
    return f"{first[field] / second[field]:.2f}" if first.get(field) and second.get(field) else ""


def chosen(names: str | None) -> list[Engine]:
    """Engines by their names, separated by commas; all when none is named.

    Raises:
        ValueError: A name is unknown; the text lists the known ones.
    """
    if not names:
        return list(BY_NAME.values())
    unknown = [name for name in names.split(",") if name not in BY_NAME]
    if unknown:
        raise ValueError(f"unknown engine {', '.join(unknown)}; known are {', '.join(BY_NAME)}")
    return [BY_NAME[name] for name in names.split(",")]
