"""``ioc access``: who may do what on the Kafka cluster. The table is :mod:`ioc.access`; this shows and applies it."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from connectors.audit import act
from connectors.cli import cluster_access, config
from connectors.cli.console import err, line
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError, Misconfigured
from connectors.cli.kafka import away, open_admin
from connectors.cli.province import load_province
from connectors.cli.trail import actor, leave
from ioc.access import ROLES, SERVICES, USER, Grant, RoleError, grants, parse, user_of
from ioc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Who may do what on the Kafka cluster.", add_completion=False)
APPS: Final = {"access": app}

_DEFAULT: Final = (*SERVICES, "operator", "administrator", "scaler")
_WRITTEN: Final = ", ".join(f"{role.name}:{role.of.upper()}" if role.of else role.name for role in ROLES.values())
_T = TypeVar("_T")

Roles = Annotated[
    list[str] | None, typer.Option("--role", "-r", help=f"{_WRITTEN}. Repeatable; {', '.join(_DEFAULT)} unless given.")
]
User = Annotated[str | None, typer.Option("--user", help="Name of the user; made of the role unless given.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Passwords = Annotated[
    Path | None,
    typer.Option(help="Folder of files <user>.password: users are made with these; what is missing there is made up."),
]


@dataclass(frozen=True, slots=True)
class _Assignment:
    role: str
    user: str
    grants: tuple[Grant, ...]


@app.command("list")
def list_grants(roles: Roles = None, *, as_json: AsJson = False, commands: Annotated[
    bool, typer.Option("--commands", help="As arguments of kafka-acls.sh, for a cluster that others look after.")
] = False) -> None:  # fmt: skip
    """What each role may do, one grant a line: user, what, on what."""
    for one in _assignments(config.load().settings, roles or _DEFAULT):
        for each in one.grants:
            if as_json:
                row = {"role": one.role, "user": one.user, "kind": each.kind, "name": each.name}
                line(orjson.dumps(row | {"pattern": each.pattern, "operation": each.operation}).decode())
            else:
                line(_command(one.user, each) if commands else f"{one.user}\t{each}")


@app.command()
def apply(roles: Roles = None, passwords: Passwords = None) -> None:
    """Make the cluster's lists those of the table for the users of these roles; nobody else's are touched."""
    settings = config.load().settings
    assignments = _assignments(settings, roles or _DEFAULT)
    if passwords is not None:
        secret = {one.user: _password(passwords / f"{one.user}.password") for one in assignments}
    else:
        secret = {}

    async def work(admin: AIOKafkaAdminClient) -> list[str]:
        told = []
        for one in assignments:
            if one.user in secret:
                await cluster_access.set_password(admin, one.user, secret[one.user])
            added, taken = await _bring(admin, one)
            told.append(f"{one.user}: {len(one.grants)} grants, {added} new, {taken} taken away")
        return told

    for told in _with_admin(settings, work):
        err.print(told, markup=False)
    leave(settings, act(actor(), "access.apply", ",".join(one.user for one in assignments)))


@app.command("grant")
def grant_one(
    role: Annotated[str, typer.Argument(help=_WRITTEN)],
    *,
    user: User = None,
    password_file: Annotated[
        Path | None,
        typer.Option(help="Make the user with the password in this file; made up and written there if it is missing."),
    ] = None,
) -> None:
    """Give somebody a role, beside those that they have: a publisher, a reader of one centre's alerts."""
    settings = config.load().settings
    (one,) = _assignments(settings, [role], user)
    secret = _password(password_file) if password_file else None

    async def work(admin: AIOKafkaAdminClient) -> None:
        if secret is not None:
            await cluster_access.set_password(admin, one.user, secret)
        await cluster_access.grant(admin, one.user, one.grants)

    _with_admin(settings, work)
    leave(settings, act(actor(), "access.grant", one.user, role=role))
    err.print(f"{one.user} is {role} now: {len(one.grants)} grants.", markup=False)


@app.command("revoke")
def revoke_all(user: Annotated[str, typer.Argument(help="Name of the user.")]) -> None:
    """Take everything from a user and delete it. Connections that are open are refused from their next request on."""
    settings = config.load().settings

    async def work(admin: AIOKafkaAdminClient) -> tuple[int, bool]:
        return await cluster_access.revoke(admin, user), await cluster_access.forget(admin, user)

    gone, was = _with_admin(settings, work)
    leave(settings, act(actor(), "access.revoke", user))
    err.print(f"{user}: {gone} grants taken away, {'deleted' if was else 'no password was there'}.", markup=False)
    if not gone and not was:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def check(roles: Roles = None) -> None:
    """Where the cluster's lists differ from the table, one difference a line. Exit code 1 if they do."""
    settings = config.load().settings
    assignments = _assignments(settings, roles or _DEFAULT)

    async def work(admin: AIOKafkaAdminClient) -> list[str]:
        found = []
        for one in assignments:
            there, others = await cluster_access.granted(admin, one.user)
            wanted = set(one.grants)
            found += [f"{one.user}\tmissing\t{each}" for each in sorted(wanted - there)]
            found += [f"{one.user}\ttoo much\t{each}" for each in sorted(there - wanted)]
            found += [f"{one.user}\tother\t{each}" for each in others]
        return found

    differences = _with_admin(settings, work)
    for each in differences:
        line(each)
    if differences:
        raise typer.Exit(EXIT_FAILED)
    err.print(f"The lists of {len(assignments)} users are those of the table.")


async def _bring(admin: AIOKafkaAdminClient, one: _Assignment) -> tuple[int, int]:
    """Make a user's list what it should be: the new first, so that nothing stops meanwhile."""
    there, _ = await cluster_access.granted(admin, one.user)
    wanted = set(one.grants)
    await cluster_access.grant(admin, one.user, sorted(wanted - there))
    return len(wanted - there), await cluster_access.revoke(admin, one.user, sorted(there - wanted))


def _assignments(settings: Settings, roles: Sequence[str], user: str | None = None) -> list[_Assignment]:
    centres = list(load_province(settings).centres)
    if user is not None and not USER.fullmatch(user):
        raise CommandError("a user's name has small letters, digits and hyphens only, at most 63", EXIT_USAGE)
    try:
        return [
            _Assignment(role, user or user_of(role), grants(role, centres, settings.worker.group))
            for role in roles
            if parse(role, centres)
        ]
    except RoleError as error:
        raise CommandError(str(error), EXIT_USAGE) from None


def _command(user: str, one: Grant) -> str:
    resource = "--cluster" if one.kind == "cluster" else f"--{one.kind} {one.name}"
    return (
        f"--add --allow-principal User:{user} --operation {one.operation} {resource} "
        f"--resource-pattern-type {one.pattern}"
    )


def _password(path: Path) -> str:
    """The password in a file; a new one if there is no such file."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
        found = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"{path} cannot be used: {error.strerror}") from None
    if not found:
        raise Misconfigured(f"{path} is empty: a password is expected there")
    return found


def _with_admin(settings: Settings, work: Callable[[AIOKafkaAdminClient], Coroutine[Any, Any, _T]]) -> _T:
    async def run() -> _T:
        async with open_admin(settings) as admin:
            return await work(admin)

    try:
        return asyncio.run(run())
    except cluster_access.AccessRefusedError as error:
        raise CommandError(str(error)) from None
    except KafkaError as error:
        raise away(settings, error) from None
