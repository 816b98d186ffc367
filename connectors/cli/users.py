"""``ioc users``: local accounts of the gateway. A one-time password is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import orjson
import typer
from rich.table import Table

from connectors.audit import act
from connectors.cli import config
from connectors.cli.console import age, err, line, out
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.province import load_province
from connectors.cli.trail import actor, note
from connectors.gateway.identity.accounts import ONE_TIME_LIFETIME, Accounts
from connectors.gateway.identity.table import AccountsError
from connectors.gateway.keys import KeysFileError, keys_path, list_keys
from ioc.roles import ROLES, Role
from ioc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Local accounts: add, disable, reset, list.", add_completion=False)
APPS: Final = {"users": app}

Name = Annotated[str, typer.Argument(help="Small letters, digits and . _ -; stands in histories and the audit.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Hours = Annotated[int, typer.Option("--hours", min=1, max=24 * 30, help="How long the one-time password holds.")]
_HOURS: Final = int(ONE_TIME_LIFETIME / timedelta(hours=1))


@app.command()
def add(
    name: Name,
    *,
    roles: Annotated[list[str] | None, typer.Option("--role", "-r", help=f"{', '.join(ROLES)}. Repeatable.")] = None,
    centres: Annotated[list[str] | None, typer.Option("--centre", "-c", help="Of these centres. Repeatable.")] = None,
    unit: Annotated[str, typer.Option("--unit", "-u", help="Code of the handling unit.")] = "",
    hours: Hours = _HOURS,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. Its one-time password goes to standard output, once; it opens once, for a new one."""
    settings = config.load().settings
    chosen = [_role(text) for text in roles or ()]
    _known_places(settings, centres or [], unit)
    _no_publisher(settings, name)
    with _accounts(settings) as accounts:
        try:
            word = accounts.add(
                name, chosen, datetime.now(UTC), centres=centres or (), unit=unit, lifetime=timedelta(hours=hours)
            )
        except ValueError as error:
            raise CommandError(str(error), EXIT_USAGE) from None
    note(settings, act(actor(by), "users.add", name, roles=chosen, centres=centres or [], unit=unit))
    _show(name, word, hours, as_json=as_json)


@app.command()
def reset(name: Name, *, hours: Hours = _HOURS, by: By = None, as_json: AsJson = False) -> None:
    """Give an account a new one-time password and end its sessions; a disabled one is opened again."""
    settings = config.load().settings
    with _accounts(settings) as accounts, _known(name):
        word = accounts.reset(name, datetime.now(UTC), timedelta(hours=hours))
    note(settings, act(actor(by), "users.reset", name))
    _show(name, word, hours, as_json=as_json)


@app.command()
def disable(name: Name, *, by: By = None) -> None:
    """Let an account open nothing from the next request on; its sessions end."""
    settings = config.load().settings
    with _accounts(settings) as accounts, _known(name):
        accounts.disable(name, datetime.now(UTC))
    note(settings, act(actor(by), "users.disable", name))
    err.print(f"{name} opens nothing any more; `ioc users reset {name}` gives a new password.")


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """All accounts, disabled ones too."""
    now = datetime.now(UTC)
    with _accounts(config.load().settings) as accounts:
        found = accounts.all(now)
    if as_json:
        for each in found:
            line(orjson.dumps(each, option=orjson.OPT_UTC_Z).decode())
        return
    if not found:
        err.print("No accounts yet: `ioc users add NAME --role …` makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "roles", "centres", "unit", "signed in", "state"):
        table.add_column(title, no_wrap=title == "name")
    for each in found:
        seen = age(each.seen_at, now) if each.seen_at else "never"
        style = "dim" if each.state in {"disabled", "expired"} else ""
        table.add_row(
            each.name, ", ".join(each.roles), ", ".join(each.centres) or "all", each.unit, seen, each.state, style=style
        )
    out.print(table, soft_wrap=False)


@contextmanager
def _accounts(settings: Settings) -> Iterator[Accounts]:
    accounts = Accounts(settings.home)
    try:
        yield accounts
    except AccountsError as error:
        raise CommandError(str(error)) from None
    finally:
        accounts.close()


@contextmanager
def _known(name: str) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise CommandError(f"there is no account {name}; `ioc users list` shows all") from None


def _show(name: str, word: str, hours: int, *, as_json: bool) -> None:
    if as_json:
        line(orjson.dumps({"name": name, "one_time_password": word, "hours": hours}).decode())
        return
    err.print(f"One-time password of {name}, for {hours} hours; it is not shown again. It opens once, for a new one.")
    line(word)


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise CommandError(f"no role {text}: any of {', '.join(ROLES)}", EXIT_USAGE)


def _no_publisher(settings: Settings, name: str) -> None:
    """In histories stands a publisher or a person's name: nobody must be able to take the other for it."""
    try:
        keys = list_keys(keys_path(settings.home, settings.gateway.keys_file))
    except KeysFileError as error:
        raise CommandError(str(error)) from None
    if any(key.publisher.partition("/")[0] == name for key in keys):
        raise CommandError(f"{name} is the publisher of an API key: choose another name", EXIT_USAGE)


def _known_places(settings: Settings, centres: list[str], unit: str) -> None:
    if not centres and not unit:
        return
    catalogue = load_province(settings)
    if unknown := [centre for centre in centres if centre not in catalogue.centres]:
        raise CommandError(f"no centre {unknown[0]}: any of {', '.join(catalogue.centres)}", EXIT_USAGE)
    if unit and unit not in catalogue.departments:
        raise CommandError(f"no unit {unit}: any of {', '.join(catalogue.departments)}", EXIT_USAGE)
