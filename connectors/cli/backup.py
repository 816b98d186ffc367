"""``ioc backup``: what Kafka does not give back, in one file, joined with where the settings say that it is."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from connectors.audit import act
from connectors.backup import archive
from connectors.backup.archive import BackupError, Contents
from connectors.cli import config
from connectors.cli.console import err, line
from connectors.cli.errors import CommandError
from connectors.cli.trail import actor, leave
from connectors.gateway.keys import KEYS_FILE
from connectors.vault.vault import FILE as VAULT_FILE
from ioc.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="Keys, accounts, vault, store and audit's anchors in one file.", add_completion=False
)
APPS: Final = {"backup": app}

_STORE_FILE: Final = "store.db"
File = Annotated[Path, typer.Argument(help="The backup, one file.")]


@app.command()
def create(file: File) -> None:
    """Make a backup of the home folder while everything runs. It is as secret as what is in it."""
    settings = config.load().settings
    try:
        contents = archive.create(
            file, settings.home, version=metadata.version("ioc-stream"), now=datetime.now(UTC),
            elsewhere=_elsewhere(settings),
        )  # fmt: skip
    except BackupError as error:
        raise CommandError(str(error)) from None
    leave(settings, act(actor(), "backup.create", file.name, files=len(contents.files)))
    _tell(contents)
    if settings.store.url is not None:
        err.print("The store is in PostgreSQL and not in this file: pg_dump keeps it.")


@app.command()
def check(file: File, *, names: Annotated[bool, typer.Option("--list", help="Name every file.")] = False) -> None:
    """Whether a backup is whole: every file is read and compared with its digest. Exit code 1 if not."""
    try:
        contents = archive.check(file)
    except BackupError as error:
        raise CommandError(str(error)) from None
    if names:
        for each in contents.files:
            line(f"{each.size}\t{each.name}")
    _tell(contents)


@app.command()
def restore(file: File) -> None:
    """Put a backup into the home folder (IOC_HOME), which has to be empty or missing; all of it, or nothing."""
    settings = config.load().settings
    try:
        contents = archive.restore(file, settings.home, _elsewhere(settings))
    except BackupError as error:
        raise CommandError(str(error)) from None
    leave(settings, act(actor(), "backup.restore", file.name, made_at=contents.made_at.isoformat()))
    _tell(contents)
    err.print("Erase again whom `ioc privacy erase` erased since then: the backup's vault still has their keys.")


def _elsewhere(settings: Settings) -> dict[str, Path]:
    """Files that the settings place outside the home folder, by their usual names in it."""
    places = {
        KEYS_FILE: settings.gateway.keys_file,
        VAULT_FILE: settings.privacy.vault_path,
        _STORE_FILE: settings.store.path,
    }
    home = settings.home.absolute()
    return {name: path for name, path in places.items() if path and not path.absolute().is_relative_to(home)}


def _tell(contents: Contents) -> None:
    err.print(
        f"{len(contents.files)} files, {contents.size / 1e6:.1f} MB, of {contents.made_at:%Y-%m-%d %H:%M} UTC "
        f"by release {contents.version}.",
        highlight=False,
    )
