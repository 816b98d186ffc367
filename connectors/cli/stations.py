"""``ioc stations``: files of automatic monitoring stations, watched and sent, or only checked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from connectors.cli import config
from connectors.cli.console import line
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError
from connectors.cli.kafka import client_options
from connectors.cli.province import load_province
from connectors.stations.run import reader_of, run
from ioc.events import instant_text
from ioc.stations import StationReader, station_of

app = typer.Typer(help="Files of monitoring stations (Circular 10/2021).", add_completion=False)
APPS: Final = {"stations": app}


@app.command()
def stations(
    once: Annotated[bool, typer.Option("--once", help="Send what is there, and end.")] = False,
    check: Annotated[
        list[Path] | None, typer.Option(help="Only show how this file is read; nothing is sent. May be repeated.")
    ] = None,
) -> None:
    """Watch IOC_STATIONS__FOLDER for files of stations and send their readings until told to stop.

    Exit codes: 0 clean, 1 a checked file has bad lines, 69 a port or folder is taken or Kafka does not answer, 78
    misconfigured.
    """
    settings = config.load().settings
    zone = ZoneInfo(load_province(settings).timezone)
    if check:
        faults = sum(_check(path, reader_of(settings, zone)) for path in check)
        raise typer.Exit(EXIT_FAILED if faults else 0)
    if code := run(settings, client_options(settings), zone, until_empty=once):
        raise typer.Exit(code)


def _check(path: Path, reader: StationReader) -> int:
    """Show what a file says; how many of its lines are bad."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}", EXIT_USAGE) from None
    # Where it lies here says nothing of the folder that it will arrive in.
    station = station_of([path.name]) or path.resolve().parent.name or None
    content = reader.read(raw, station, datetime.now(UTC))
    for reading in content.readings:
        event = reading.event
        at = instant_text(event.observed_at)
        line(f"{reading.line}\t{event.device_id}\t{event.metric}\t{event.value:g}\t{event.unit}\t{at}\t{event.status}")
    for fault in content.faults:
        line(f"{fault.line}\t{fault.code}\t{fault.reason}")
    if not content.finished:
        line("The last line has no line end: while nothing is added, the file waits for IOC_STATIONS__UNFINISHED_S.")
    return len(content.faults)
