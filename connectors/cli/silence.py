"""``ioc silence``: hold alerts back for a time, maintain devices and sites; list that, or end it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer

from connectors.cli import config
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.gateway_client import Gateway
from connectors.cli.silences import (
    AsJson,
    Centres,
    Key,
    Lasts,
    Over,
    Owner,
    Reason,
    Until,
    Url,
    ask,
    end,
    ending,
    instant,
    listed,
    show,
)
from ioc.vocabulary import WEEKDAYS

app = typer.Typer(no_args_is_help=True, help="Hold alerts back for a time.", add_completion=False)
APPS: Final = {"silence": app}

_WINDOW: Final = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d\d:\d\d)-(\d\d:\d\d)")


@app.command()
def add(
    matchers: Annotated[
        list[str],
        typer.Argument(help="What it is about: 'category = traffic', 'device = CAM-7', 'severity != critical' …"),
    ],
    *,
    owner: Owner,
    reason: Reason,
    lasts: Lasts = None,
    until: Until = None,
    begin: Annotated[str | None, typer.Option("--from", help="From when; at once unless given.")] = None,
    maintenance: Annotated[
        bool, typer.Option("--maintenance", help="Of a device or site: its signals open no incidents either.")
    ] = False,
    windows: Annotated[
        list[str] | None,
        typer.Option("--window", "-w", help="Local times in which it holds: '22:00-05:00', 'mon-fri 08:00-17:00'."),
    ] = None,
    centres: Centres = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Hold back alerts of whatever fulfils all of the matchers. Prints the silence's id.

    Incidents go on, and their clocks. What is still open when it ends is told then. What citizens say is critical is
    silenced only where a matcher names the severity critical.
    """
    starts_at = instant(begin) if begin else None
    wanted: dict[str, Any] = {
        "kind": "maintenance" if maintenance else "silence",
        "owner": owner,
        "reason": reason,
        "matchers": matchers,
        "ends_at": ending(lasts, until, starts_at).isoformat(),
        "centres": centres or [],
        "windows": [_window(text) for text in windows or ()],
    }
    if starts_at is not None:
        wanted["starts_at"] = starts_at.isoformat()
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        ask(gateway, wanted, as_json=as_json)


@app.command("list")
def list_all(*, over: Over = False, key: Key = None, url: Url = None, as_json: AsJson = False) -> None:
    """Silences and maintenance windows of the key's centres, and how many alerts each held back."""
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        rows = listed(gateway, ("silence", "maintenance"), over=over)
    show(rows, as_json=as_json, nothing="Nothing is silenced.")


@app.command()
def expire(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `ioc silence list` shows it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")] = "",
    key: Key = None,
    url: Url = None,
) -> None:
    """End a silence or a maintenance window before its time: what is still open is told at once."""
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        end(gateway, name, reason)


def _window(text: str) -> dict[str, Any]:
    found = _WINDOW.fullmatch(text.strip())
    days = [*WEEKDAYS]
    if found is not None and found[1] is not None:
        first, last = found[1], found[2] or found[1]
        if first not in WEEKDAYS or last not in WEEKDAYS:
            found = None
        else:
            begin, length = WEEKDAYS.index(first), (WEEKDAYS.index(last) - WEEKDAYS.index(first)) % 7
            days = [WEEKDAYS[(begin + number) % 7] for number in range(length + 1)]
    if found is None:
        raise CommandError(f"no window: {text}; write it as '22:00-05:00' or 'mon-fri 08:00-17:00'", EXIT_USAGE)
    return {"days": days, "start": found[3], "end": found[4]}
