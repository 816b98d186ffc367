"""``ioc notify``: telling those outside, joined with settings and the province; run, checked, looked at, repeated."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from connectors.cli import config
from connectors.cli.console import line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError, Misconfigured
from connectors.cli.kafka import client_options
from connectors.cli.province import load_province
from connectors.notify.outbox import Outbox, OutboxError, State
from connectors.notify.run import outbox_of, run
from connectors.notify.sinks import Sinks
from ioc.catalog import Catalogue
from ioc.notify import Notice, Subscriptions, read_subscriptions
from ioc.notify.message import Wording
from ioc.settings import Settings
from ioc.topics import alert_topic
from ioc.yamlfile import YamlError

app = typer.Typer(no_args_is_help=True, help="Telling those outside.", add_completion=False)
APPS: Final = {"notify": app}

_MOST: Final = 100


@app.command("run")
def run_notifier() -> None:
    """Tell those outside until told to stop.

    Exit codes: 0 clean, 69 a port or the outbox is taken, 78 misconfigured (the file of subscriptions is told with its
    line).
    """
    settings = config.load().settings
    catalogue = load_province(settings)
    centres = list(catalogue.centres)
    topics = list(map(alert_topic, centres))
    code = run(settings, client_options(settings), topics, centres, _wording(settings, catalogue))
    if code:
        raise typer.Exit(code)


@app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="A file of subscriptions; the configured one unless given.")
    ] = None,
) -> None:
    """Read a file of subscriptions and show what it says; refused with its line where it cannot be used."""
    settings = config.load().settings
    found = _read(path or settings.subscriptions, load_province(settings))
    for each in found.each:
        line(f"{each.name}\t{each.sink}\t{', '.join(each.to)}")


@app.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """How many alerts wait, were sent, given up or dropped, by subscription. Exit code 1: some were given up."""
    outbox = _outbox(config.load().settings)
    counts, oldest = outbox.counts(), {name: since for name, (_, since) in outbox.open().items()}
    outbox.close()
    states: tuple[State, ...] = ("waiting", "sent", "dead", "dropped")
    rows = {
        name: {state: counts.get((name, state), 0) for state in states} for name in sorted({name for name, _ in counts})
    }
    if as_json:
        told = {
            name: row | {"waiting_since": oldest[name].isoformat() if name in oldest else None}
            for name, row in rows.items()
        }
        line(orjson.dumps(told).decode())
    else:
        table = Table("subscription", *states, "waiting since")
        for name, row in rows.items():
            since = oldest[name].isoformat(timespec="seconds") if name in oldest else ""
            table.add_row(name, *map(str, row.values()), since)
        out.print(table)
    if any(row["dead"] for row in rows.values()):
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_entries(
    state: Annotated[str, typer.Option(help="waiting, sent, dead or dropped.")] = "dead",
    subscription: Annotated[str | None, typer.Option(help="Only of this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest of them.")] = _MOST,
) -> None:
    """Alerts in the outbox, as JSON lines: where they stood in Kafka, what became of them, and why."""
    match state:
        case "waiting" | "sent" | "dead" | "dropped":
            pass
        case _:
            raise CommandError(f"no state {state}: waiting, sent, dead or dropped", EXIT_USAGE)
    outbox = _outbox(config.load().settings)
    for each in outbox.listed(state, subscription, limit):
        told = {
            "id": each.id, "subscription": each.subscription, "alert": each.notice.place,
            "incident_id": each.notice.text("incident_id"), "title": each.notice.text("title"),
            "taken_at": each.taken.isoformat(), "state": each.state, "reason": each.reason,
        }  # fmt: skip
        line(orjson.dumps(told).decode())
    outbox.close()


@app.command()
def replay(
    subscription: Annotated[str | None, typer.Option(help="All that was given up of this one.")] = None,
    entry: Annotated[int | None, typer.Option("--id", help="One of them, as `list` names it.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that was given up.")] = False,
) -> None:
    """Send again what was given up; a running notifier takes it up within a second."""
    if subscription is None and entry is None and not everything:
        raise CommandError("say which: --subscription NAME, --id N or --all", EXIT_USAGE)
    outbox = _outbox(config.load().settings)
    count = outbox.replay(subscription, entry, datetime.now(UTC))
    outbox.close()
    line(f"{count} alerts wait again")


@app.command("test")
def send_test(name: Annotated[str, typer.Argument(help="The subscription.")]) -> None:
    """Send one alert that says it is a test, past quiet hours and the outbox. Exit code 1: it was not taken."""
    settings = config.load().settings
    catalogue = load_province(settings)
    subscription = _read(settings.subscriptions, catalogue).named(name)
    if subscription is None:
        raise CommandError(f"no subscription {name} in {settings.subscriptions}", EXIT_USAGE)
    now = datetime.now(UTC)
    centre = next(iter(catalogue.centres))
    alert = {
        "alert_id": f"test-{now:%Y%m%d%H%M%S}", "incident_id": "test", "reason": "opened", "at": now.isoformat(),
        "centre": centre, "severity": "low", "category": "other", "subcategory": "test", "status": "routed",
        "commune": "", "title": "Tin thử nghiệm của IOC / Test message of the IOC",
        "text": "Không có sự việc nào. / Nothing has happened.",
    }  # fmt: skip
    notice = Notice("test", 0, int(now.timestamp()), now, alert)

    async def once() -> str | None:
        sinks = Sinks(settings.notify, _wording(settings, catalogue))
        try:
            refusal = await sinks.send(subscription, [notice], f"{name}:{notice.place}", now)
        finally:
            await sinks.close()
        return None if refusal is None else refusal.reason

    if (reason := asyncio.run(once())) is not None:
        raise CommandError(f"not taken: {reason}")
    line("taken")


def _wording(settings: Settings, catalogue: Catalogue) -> Wording:
    base = settings.notify.public_url.rstrip("/")

    def link(incident: str) -> str:
        if not base:
            return ""
        return f"{base}/#/incidents/{incident}" if incident else base

    def name(centre: str) -> str:
        known = catalogue.centres.get(centre)
        return known.name if known is not None else centre

    return Wording(ZoneInfo(catalogue.timezone), name, link, source=f"urn:ioc:{catalogue.province_code}")


def _read(path: Path, catalogue: Catalogue) -> Subscriptions:
    try:
        return read_subscriptions(path.read_bytes(), list(catalogue.centres))
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    except YamlError as error:
        raise Misconfigured(f"{path}, {error}") from None


def _outbox(settings: Settings) -> Outbox:
    path = outbox_of(settings)
    if not path.is_file():
        raise CommandError(f"there is no outbox yet at {path}: `ioc notify run` makes it")
    try:
        return Outbox(path)
    except OutboxError as error:
        raise CommandError(str(error)) from None
