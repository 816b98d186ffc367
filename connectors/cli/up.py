"""``ioc up``: everything on this machine, joined with the settings, the province's centres and the operator's key."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from connectors.audit import act
from connectors.cli import config
from connectors.cli.console import err
from connectors.cli.errors import CommandError
from connectors.cli.gateway_client import token_path
from connectors.cli.kafka import client_options
from connectors.cli.province import load_province
from connectors.cli.trail import actor, leave
from connectors.cli.vaults import make_first
from connectors.gateway.identity.accounts import ADMIN, Accounts, first_admin
from connectors.gateway.identity.table import AccountsError
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
        login_factory=lambda url: first_login(settings, url),
        simulate=simulate,
        kafka_client={name: value for name, value in client_options(settings).items() if name != "bootstrap_servers"},
    )
    if code:
        raise typer.Exit(code)


def operator_token(settings: Settings) -> str:
    """Make the operator's key and leave its token under the home folder, for the commands of this machine's user.

    It holds for a day and replaces the one of the last start.
    """
    token, key = operator_key(keys_path(settings.home, settings.gateway.keys_file))
    leave(settings, act(actor(), "keys.new", key.id, publisher=key.publisher, scopes=key.scopes))
    write_secret(token_path(settings), token)
    return token


def first_login(settings: Settings, url: str) -> list[str]:
    """What the first administrator needs for the console; nothing once one has come, or where a provider knows people.

    The password opens once, within a day, for a password of their own; every start until then makes another one.
    """
    if settings.oidc.issuer is not None:
        return []
    accounts = Accounts(settings.home)
    try:
        word = first_admin(accounts, datetime.now(UTC))
    except AccountsError as error:
        raise CommandError(str(error)) from None
    finally:
        accounts.close()
    if word is None:
        return []
    leave(settings, act(actor(), "users.first", ADMIN, roles=["admin"]))
    return [
        f"name {ADMIN}, one-time password {word}",
        f"Open {url}/ in a browser, sign in with it, and choose a password of your own.",
    ]


def write_secret(path: Path, text: str) -> None:
    """Replace a file whose content only its owner may read; at no moment could somebody else."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    draft.replace(path)
