"""``ioc simulate``: a synthetic province that sends events at a steady rate, and says at the end what it injected."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from connectors.cli import config
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_USAGE, CommandError, Misconfigured, Unavailable
from connectors.cli.gateway_client import find_token, gateway_url
from connectors.cli.kafka import client_options, quiet_clients
from connectors.cli.province import load_province, province_files
from connectors.simulator.generator import SCENARIOS, Generator, Tally
from connectors.simulator.province import build_province
from connectors.simulator.run import Run, simulate
from connectors.simulator.sinks import GatewaySink, KafkaSink, Sink, SinkError
from ioc.detect import Rules, load_rules
from ioc.settings import Settings
from ioc.vocabulary import SOURCES, Source

app = typer.Typer(help="A synthetic province that sends events at a steady rate.", add_completion=False)
APPS: Final = {"simulate": app}


@app.command()
def run(
    *,
    rate: Annotated[float, typer.Option(min=0.1, max=100_000, help="Events per second.")] = 500.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same devices and values.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long; until stopped unless given.")] = None,
    sources: Annotated[str | None, typer.Option(help=f"Only these, separated by commas: {', '.join(SOURCES)}.")] = None,
    scenario: Annotated[str, typer.Option(help=f"What happens: {', '.join(SCENARIOS)}.")] = "normal",
    gateway: Annotated[bool, typer.Option("--gateway/--kafka", help="Where to send.")] = False,
    key: Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else the one `ioc up` left.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Events of devices that do not exist (all are flagged synthetic), straight to Kafka unless --gateway.

    Time and ids begin with the start; everything else depends on the seed alone.
    """
    settings = config.load().settings
    chosen = _sources(sources)
    if scenario not in SCENARIOS:
        raise CommandError(f"no scenario {scenario}: one of {', '.join(SCENARIOS)}", EXIT_USAGE)
    catalogue = load_province(settings)
    rules = load_limits(settings, ZoneInfo(catalogue.timezone))
    generator = Generator(
        build_province(list(catalogue.communes.values()), rules, seed),
        rules,
        SCENARIOS[scenario],
        seed=seed,
        start=datetime.now(UTC),
        rate=rate,
        sources=chosen,
    )
    quiet_clients()
    place = gateway_url(settings, url) if gateway else f"Kafka {settings.bootstrap}"
    sink: Sink = GatewaySink(place, find_token(settings, key)) if gateway else KafkaSink(client_options(settings))
    ended = asyncio.run(_run(generator, sink, place, rate=rate, seconds=seconds))
    _report(ended, generator.tally, dict(sink.failed), as_json=as_json)
    if sink.failed:
        raise typer.Exit(1)


def load_limits(settings: Settings, zone: ZoneInfo) -> Rules:
    """The province's limits.

    Raises:
        Misconfigured: with file, line, key and reason.

    """
    try:
        return load_rules(province_files(settings)["thresholds.toml"], zone)
    except ValueError as error:
        raise Misconfigured(f"the province's limits cannot be used: {error}") from None


def _sources(text: str | None) -> tuple[Source, ...]:
    if text is None:
        return SOURCES
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := names - set(SOURCES):
        raise CommandError(f"no source {min(unknown)}: any of {', '.join(SOURCES)}", EXIT_USAGE)
    return tuple(source for source in SOURCES if source in names)


async def _run(generator: Generator, sink: Sink, place: str, *, rate: float, seconds: float | None) -> Run:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    err.print(f"{rate:g} events/s to {place}; Ctrl-C ends it")
    try:
        return await simulate(generator, sink, rate=rate, seconds=seconds, stop=stop)
    except SinkError as error:
        raise Unavailable(str(error)) from None


def _report(ended: Run, tally: Tally, failed: dict[str, int], *, as_json: bool) -> None:
    lost = sum(failed.values())
    if as_json:
        summary = {
            "seconds": round(ended.seconds, 3),
            "sent": ended.sent,
            "failed": failed,
            "behind_s": round(ended.behind_s, 3),
            "events": dict(tally.events),
            "planted": dict(tally.planted),
        }
        line(orjson.dumps(summary).decode())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source")
    table.add_column("events", justify="right")
    table.add_column("planted alerts", justify="right")
    for source in SOURCES:
        if tally.events[source]:
            table.add_row(source, f"{tally.events[source]:,}", f"{tally.planted[source]:,}")
    table.add_row("all", f"{ended.sent:,}", f"{tally.planted.total():,}", style="bold")
    out.print(table, soft_wrap=False)
    out.print(
        f"{ended.seconds:.1f} s, {ended.sent / max(ended.seconds, 1e-9):,.0f} events/s, "
        f"at most {ended.behind_s:.2f} s behind the schedule"
    )
    if failed:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(failed.items()))
        err.print(f"{lost:,} did not arrive: {reasons}")
