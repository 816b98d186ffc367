"""``ioc emergency``: switch an area to its emergency mode, and back."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from connectors.cli import config
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
    listed,
    show,
)

app = typer.Typer(no_args_is_help=True, help="Switch an area to its emergency mode, and back.", add_completion=False)
APPS: Final = {"emergency": app}


@app.command()
def on(
    *,
    owner: Owner,
    reason: Reason,
    lasts: Lasts = None,
    until: Until = None,
    centres: Centres = None,
    communes: Annotated[
        list[str] | None,
        typer.Option("--commune", help="Code of a commune of these centres; all unless given. Repeatable."),
    ] = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Call an emergency mode: routes, target times, chains and thresholds are its own until it ends. Prints its id.

    Without --centre it is about all centres of the key: with a key of the whole province, the province.
    """
    wanted: dict[str, Any] = {
        "kind": "emergency",
        "owner": owner,
        "reason": reason,
        "ends_at": ending(lasts, until).isoformat(),
        "centres": centres or [],
        "communes": communes or [],
    }
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        ask(gateway, wanted, as_json=as_json)


@app.command()
def off(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `ioc emergency list` shows it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")] = "",
    key: Key = None,
    url: Url = None,
) -> None:
    """End an emergency mode before its time."""
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        end(gateway, name, reason)


@app.command("list")
def list_all(*, over: Over = False, key: Key = None, url: Url = None, as_json: AsJson = False) -> None:
    """Emergency modes of the key's centres."""
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        rows = listed(gateway, ("emergency",), over=over)
    show(rows, as_json=as_json, nothing="No emergency mode is in force.")
