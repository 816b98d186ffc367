"""``ioc simulate``: a synthetic province as a source of events, and what it injected."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
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
from connectors.simulator import mqtt
from connectors.simulator.event import Feed, Tally
from connectors.simulator.province import PROVINCE, build_province
from connectors.simulator.register import register
from connectors.simulator.run import Run, simulate
from connectors.simulator.scenarios import SCENARIOS, Scenario, Wish, start_of
from connectors.simulator.sinks import GatewaySink, KafkaSink, RoutedSink, Sink, SinkError
from connectors.simulator.station_files import StationFiles
from ioc.detect import Rules, load_rules
from ioc.settings import Settings
from ioc.vocabulary import SOURCES, Source

app = typer.Typer(help="A synthetic province as a source of events.", add_completion=False)
APPS: Final = {"simulate": app}

WAYS: Final = ("kafka", "gateway", "stations", "mqtt")
"""Where events may go; ``stations``: readings as files of monitoring stations; ``mqtt``: what devices tell a broker."""


@app.command()
def run(
    *,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, max=100_000, help="Events per second of the scenario; 500, or as the scenario has them."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same devices, events and values.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long at most, by the clock.")] = None,
    speed: Annotated[
        float, typer.Option(min=1, help="Seconds of the scenario in one of the clock; it then ends about now.")
    ] = 1.0,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="Part of the province's devices that there are.")] = 1,
    sources: Annotated[str | None, typer.Option(help=f"Only these, separated by commas: {', '.join(SOURCES)}.")] = None,
    scenario: Annotated[str, typer.Option(help=f"What happens: {', '.join(SCENARIOS)}.")] = "normal",
    gateway: Annotated[bool, typer.Option("--gateway/--kafka", help="Where to send; see --through.")] = False,
    through: Annotated[
        str | None, typer.Option(help=f"Ways, separated by commas: {', '.join(WAYS)}; kafka unless given.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else the one `ioc up` left.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Write the register of the devices (IOC_PROVINCE__DEVICES), and send nothing.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was injected into this file, as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Events of devices that do not exist (all are flagged synthetic), straight to Kafka unless told otherwise.

    Time and ids begin with the start; everything else depends on the seed alone.
    """
    settings = config.load().settings
    chosen, ways = _sources(sources), _ways(through, gateway=gateway)
    if scenario not in SCENARIOS:
        raise CommandError(f"no scenario {scenario}: one of {', '.join(SCENARIOS)}", EXIT_USAGE)
    entry = SCENARIOS[scenario]
    if entry.kafka_only and ways != {"kafka"}:
        raise CommandError(f"{scenario} goes straight to Kafka: the edges refuse most of it", EXIT_USAGE)
    catalogue = load_province(settings)
    zone = ZoneInfo(catalogue.timezone)
    rules = load_limits(settings, zone)
    province = build_province(list(catalogue.communes.values()), rules, seed, PROVINCE.scaled(scale))
    start = _start(entry, speed, seconds)
    feed, intervals = entry.make(Wish(province, rules, seed, start, rate, chosen))
    if devices is not None:
        devices.write_text(register(province, intervals), encoding="utf-8")
        out.print(f"{devices}: the register of {scenario}; IOC_PROVINCE__DEVICES names it")
        return
    quiet_clients()
    sink, place = _sink(settings, ways, zone, key=key, url=url)
    ended = asyncio.run(_run(feed, sink, f"{scenario} to {place}", speed=speed, seconds=seconds))
    facts = {"scenario": scenario, "seed": seed, "speed": speed, "scale": scale, "start": start.isoformat()}
    injected = feed.truth()
    if truth is not None:
        truth.write_bytes(orjson.dumps(facts | {"injected": injected}, option=orjson.OPT_INDENT_2))
    _report(ended, feed.tally, dict(sink.failed), as_json=facts if as_json else None)
    if not as_json:
        _show(injected)
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


def _ways(text: str | None, *, gateway: bool) -> set[str]:
    if text is None:
        return {"gateway" if gateway else "kafka"}
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := names - set(WAYS):
        raise CommandError(f"no way {min(unknown)}: any of {', '.join(WAYS)}", EXIT_USAGE)
    if {"kafka", "gateway"} <= names:
        raise CommandError("events go to Kafka or through the gateway, not both", EXIT_USAGE)
    return names if names & {"kafka", "gateway"} else names | {"kafka"}


def _start(scenario: Scenario, speed: float, seconds: float | None) -> datetime:
    try:
        return start_of(scenario, datetime.now(UTC), speed, seconds)
    except ValueError as error:
        raise CommandError(f"--speed {speed:g}: {error}", EXIT_USAGE) from None


def _sink(settings: Settings, ways: set[str], zone: ZoneInfo, *, key: str | None, url: str | None) -> tuple[Sink, str]:
    """Where events go, and how to call it."""
    sink: Sink
    if "gateway" in ways:
        place = gateway_url(settings, url)
        sink = GatewaySink(place, find_token(settings, key))
    else:
        place = f"Kafka {settings.bootstrap}"
        sink = KafkaSink(client_options(settings))
    routed: dict[Source, Sink] = {}
    if "mqtt" in ways:
        routed |= dict.fromkeys(mqtt.SOURCES, mqtt.MqttSink(settings.mqtt))
        place += f", MQTT {settings.mqtt.host}"
    if "stations" in ways:
        folder = settings.stations.folder
        if folder is None:
            raise Misconfigured("stations.folder (IOC_STATIONS__FOLDER) does not say where stations' files go")
        routed["sensors"] = StationFiles(folder, zone)
        place += f", {folder}"
    return (RoutedSink(routed, sink) if routed else sink), place


async def _run(feed: Feed, sink: Sink, what: str, *, speed: float, seconds: float | None) -> Run:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    err.print(f"{what}; Ctrl-C ends it")
    try:
        return await simulate(feed, sink, speed=speed, seconds=seconds, stop=stop)
    except SinkError as error:
        raise Unavailable(str(error)) from None


def _report(ended: Run, tally: Tally, failed: dict[str, int], *, as_json: Mapping[str, object] | None) -> None:
    lost = sum(failed.values())
    if as_json is not None:
        summary = {
            "seconds": round(ended.seconds, 3),
            "sent": ended.sent,
            "failed": failed,
            "behind_s": round(ended.behind_s, 3),
            "events": dict(tally.events),
            "planted": dict(tally.planted),
            **as_json,
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


def _show(injected: Mapping[str, Any]) -> None:
    """What was injected, in a line each: lists by their length, the file has them whole."""
    for name, value in injected.items():
        if name == "planted":
            continue  # the table has it
        shown = f"{len(value):,}" if isinstance(value, list) else orjson.dumps(value).decode()
        out.print(f"{name}: {shown}", soft_wrap=True)
