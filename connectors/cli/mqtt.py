"""``ioc mqtt``: the bridge from an MQTT broker, joined with settings and mapping; or what it makes of a message."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from connectors.cli import config
from connectors.cli.console import line
from connectors.cli.errors import EXIT_FAILED, Misconfigured
from connectors.cli.kafka import client_options
from connectors.cli.plates import guard_of, trial_guard
from connectors.cli.province import load_province
from connectors.mqtt.run import run
from ioc.classify.redact import Redactor
from ioc.mqtt import Decoder, Entry, Message, read_mapping
from ioc.settings import Settings
from ioc.tomlfile import ConfigError

app = typer.Typer(help="The bridge from an MQTT broker.", add_completion=False)
APPS: Final = {"mqtt": app}


@app.command()
def mqtt(
    check: Annotated[
        str | None, typer.Option(help="Only show what a message of this topic, payload on standard input, becomes.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file instead of IOC_MQTT__MAPPING.")] = None,
) -> None:
    """Bridge from an MQTT broker to the raw topics until told to stop; each message is acknowledged once Kafka has it.

    Exit codes: 0 clean, 1 a checked message is rejected, 69 a port or the session is taken, 78 misconfigured.
    """
    settings = config.load().settings
    entries = _entries(settings, mapping)
    redactor = Redactor(load_province(settings).public_names)
    if check is not None:
        decoder = Decoder(entries, timedelta(seconds=settings.intake.max_future_s), trial_guard(settings, redactor))
        raise typer.Exit(_check(decoder, check))
    for name in ("cafile", "certfile", "keyfile"):
        path: Path | None = getattr(settings.mqtt, name)
        if path is not None and not path.is_file():
            raise Misconfigured(f"mqtt.{name} names a file that does not exist: {path}")
    if code := run(settings, client_options(settings), entries, guard_of(settings, redactor)):
        raise typer.Exit(code)


def _entries(settings: Settings, given: Path | None) -> tuple[Entry, ...]:
    path = given or settings.mqtt.mapping
    if path is None:
        raise Misconfigured("IOC_MQTT__MAPPING names no file: it says which topics are what")
    try:
        return read_mapping(path.read_bytes(), str(path))
    except OSError as error:
        raise Misconfigured(f"the mapping {path} cannot be read: {error.strerror}") from None
    except ConfigError as error:
        raise Misconfigured(f"the mapping cannot be used: {error}") from None


def _check(decoder: Decoder, topic: str) -> int:
    decoded = decoder.decode(Message(topic, sys.stdin.buffer.read()), datetime.now(UTC))
    for record in decoded.records:
        line(f"{record.topic}\t{record.key.decode()}\t{record.value.decode()}")
    for reject in decoded.rejects:
        for error in reject.errors:
            line(f"rejected\t{error.pointer or '-'}\t{error.code}\t{error.message}")
    if decoded.passed:
        line(f"passed\t{decoded.passed}")
    return EXIT_FAILED if decoded.rejects else 0
