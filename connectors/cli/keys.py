"""``ioc keys``: API keys of the gateway. A token is shown once, when it is made; only its hash is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from connectors.audit import act
from connectors.cli import config
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.province import load_province
from connectors.cli.trail import actor, note
from connectors.gateway.caller import OIDC_PREFIX
from connectors.gateway.identity.accounts import Accounts
from connectors.gateway.identity.table import AccountsError
from connectors.gateway.keys import Key, KeysFileError, describe, keys_path, list_keys, new_key, revoke_key
from ioc.settings import Settings
from ioc.vocabulary import SCOPES, Scope

app = typer.Typer(no_args_is_help=True, help="Make, list or revoke API keys of the gateway.", add_completion=False)
APPS: Final = {"keys": app}

By = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command()
def new(
    publisher: Annotated[str, typer.Argument(help="Source of what the key writes, or the stem of several.")],
    *,
    scopes: Annotated[list[str] | None, typer.Option("--scope", "-s", help=f"{', '.join(SCOPES)}. Repeatable.")] = None,
    centres: Annotated[list[str] | None, typer.Option("--centre", "-c", help="Only these; all unless given.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Ends after so many days; never unless given.")] = None,
    rate: Annotated[
        float | None, typer.Option(help="Items per second; IOC_GATEWAY__RATE_PER_KEY unless given.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. The token goes to standard output, once; it cannot be shown again."""
    settings = config.load().settings
    chosen = [_scope(text) for text in scopes or ()]
    _known_centres(settings, centres or [])
    _nobody(settings, publisher)
    now = datetime.now(UTC)
    try:
        token, key = new_key(
            _path(settings), publisher, chosen, centres or (), now + timedelta(days=days) if days else None,
            rate=rate, now=now,
        )  # fmt: skip
    except ValueError as error:
        raise CommandError(str(error), EXIT_USAGE) from None
    except KeysFileError as error:
        raise CommandError(str(error)) from None
    note(
        settings,
        act(
            actor(by), "keys.new", key.id, publisher=key.publisher, scopes=key.scopes, centres=key.centres,
            expires=key.expires.isoformat() if key.expires else None, rate=key.rate,
        ),
    )  # fmt: skip
    if as_json:
        line(describe(key).decode()[:-1] + f',"token":"{token}"}}')
        return
    err.print(f"Key {key.id} of {key.publisher}: {', '.join(key.scopes)}. Keep the token; it is not shown again.")
    line(token)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """All keys, revoked and expired ones too."""
    settings = config.load().settings
    try:
        keys = list_keys(_path(settings))
    except KeysFileError as error:
        raise CommandError(str(error)) from None
    if as_json:
        for key in keys:
            line(describe(key).decode())
        return
    if not keys:
        err.print("No keys yet: `ioc keys new PUBLISHER --scope …` makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("key", "publisher", "scopes", "centres", "items/s", "made", "state"):
        table.add_column(name, no_wrap=name in {"key", "made"})
    now = datetime.now(UTC)
    for key in keys:
        state = _state(key, now)
        style = "" if key.holds(now) else "dim"
        made = f"{key.created.astimezone():%Y-%m-%d}"
        rate = f"{key.rate:g}" if key.rate is not None else f"{settings.gateway.rate_per_key:g}"
        scopes, centres = ", ".join(key.scopes), ", ".join(key.centres) or "all"
        table.add_row(key.id, key.publisher, scopes, centres, rate, made, state, style=style)
    out.print(table, soft_wrap=False)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Id of the key, 12 hex digits.")], *, by: By = None
) -> None:
    """Take a key back; a running gateway refuses it from its next request on."""
    settings = config.load().settings
    try:
        key = revoke_key(_path(settings), key_id)
    except KeyError:
        raise CommandError(f"there is no key {key_id}; `ioc keys list` shows all") from None
    except KeysFileError as error:
        raise CommandError(str(error)) from None
    note(settings, act(actor(by), "keys.revoke", key.id, publisher=key.publisher))
    err.print(f"Key {key.id} of {key.publisher} is revoked.")


def _path(settings: Settings) -> Path:
    return keys_path(settings.home, settings.gateway.keys_file)


def _scope(text: str) -> Scope:
    for scope in SCOPES:
        if scope == text:
            return scope
    raise CommandError(f"no scope {text}: any of {', '.join(SCOPES)}", EXIT_USAGE)


def _known_centres(settings: Settings, centres: list[str]) -> None:
    if not centres:
        return
    known = load_province(settings).centres
    if unknown := [centre for centre in centres if centre not in known]:
        raise CommandError(f"no centre {unknown[0]}: any of {', '.join(known)}", EXIT_USAGE)


def _nobody(settings: Settings, publisher: str) -> None:
    """In histories stands a publisher or a person's name: nobody must be able to take the other for it."""
    accounts = Accounts(settings.home)
    try:
        taken = {account.name for account in accounts.all(datetime.now(UTC))}
    except AccountsError as error:
        raise CommandError(str(error)) from None
    finally:
        accounts.close()
    if publisher.partition("/")[0] in taken or publisher.startswith(OIDC_PREFIX):
        raise CommandError(f"{publisher} is a person's name here: choose another publisher", EXIT_USAGE)


def _state(key: Key, now: datetime) -> str:
    if key.revoked is not None:
        return f"revoked {key.revoked.astimezone():%Y-%m-%d}"
    if key.expires is None:
        return "holds"
    return ("holds until " if key.holds(now) else "expired ") + f"{key.expires.astimezone():%Y-%m-%d}"
