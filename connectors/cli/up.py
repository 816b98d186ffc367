"""``ioc up``: everything on this machine, joined with the settings, the province's centres and the operator's key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from connectors.cli import config
from connectors.cli.console import err
from connectors.cli.gateway_client import token_path
from connectors.cli.kafka import client_options
from connectors.cli.province import load_province
from connectors.cli.vaults import make_first
from connectors.gateway.keys import keys_path, operator_key
from deploy.local.up import run
from ioc.settings import Settings

app = typer.Typer(help="Everything on this machine.", add_completion=False)
APPS: Final = {"up": app}


@app.command()
def up(
    simulate: Annotated[
        float | None, typer.Option(min=0.1, help="Add a synthetic province; events per second, 500 unless given.")
    ] = None,
) -> None:
    """Start broker, topics, workers and gateway on this machine, and end them all with Ctrl-C.

    With IOC_KAFKA_BOOTSTRAP set, that cluster is used instead of a broker of its own.
    """
    settings = config.load().settings
    if make_first(settings):
        err.print("Made a vault for personal data; keep its master key apart from it.")
    code = run(
        settings,
        centres=list(load_province(settings).centres),
        token_factory=lambda: operator_token(settings),
        simulate=simulate,
        kafka_client={name: value for name, value in client_options(settings).items() if name != "bootstrap_servers"},
    )
    if code:
        raise typer.Exit(code)


def operator_token(settings: Settings) -> str:
    """Make the operator's key and leave its token under the home folder, for the commands of this machine's user.

    It holds for a day and replaces the one of the last start.
    """
    token, _ = operator_key(keys_path(settings.home, settings.gateway.keys_file))
    write_secret(token_path(settings), token)
    return token


def write_secret(path: Path, text: str) -> None:
    """Replace a file whose content only its owner may read; at no moment could somebody else."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    draft.replace(path)
