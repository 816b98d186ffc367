"""``ioc schema``: the contracts with other programs, written out or compared."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from connectors.cli import config
from connectors.cli.console import err, line
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError
from connectors.cli.province import load_province
from ioc.contracts.asyncapi import Cluster, document
from ioc.contracts.compare import breaches
from ioc.contracts.released import released
from ioc.contracts.schema import all_schemas

app = typer.Typer(no_args_is_help=True, help="Schemas of the topics and their AsyncAPI document.", add_completion=False)
APPS: Final = {"schema": app}

ASYNCAPI_FILE: Final = "asyncapi.json"


@app.command()
def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Where to; it is made if it is not there. A name in .json: all schemas in that one file.",
        ),
    ] = Path("schemas"),
) -> None:
    """Write a JSON Schema per kind of record, and asyncapi.json with all topics of the configured province."""
    schemas = all_schemas()
    if folder.suffix == ".json":
        documents: dict[Path, object] = {folder: schemas}
    else:
        settings = config.load().settings
        centres = list(load_province(settings).centres)
        documents = {folder / f"{name}.json": schema for name, schema in schemas.items()}
        documents[folder / ASYNCAPI_FILE] = document(
            metadata.version("ioc-stream"), centres, Cluster.of(settings.kafka)
        )
    for path, content in documents.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pretty(content))
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    err.print(f"{len(schemas)} schemas written to {folder}", markup=False)


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="What `ioc schema export` of another version wrote; else the last release."),
    ] = None,
) -> None:
    """Say what this version breaks for programs that follow another one; exit code 1 if it breaks anything."""
    version, before = released() if folder is None else (str(folder), _read(folder))
    found = breaches(before, all_schemas())
    for breach in found:
        line(str(breach))
    if found:
        err.print(f"{len(found)} breaking changes since {version}", markup=False)
        raise typer.Exit(EXIT_FAILED)
    err.print(f"nothing breaks what follows {version}", markup=False)


def pretty(content: object) -> bytes:
    """A document as it lies in a file: equal ones are equal bytes, and a change shows as a changed line."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    schemas: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name != ASYNCAPI_FILE:
            try:
                schemas[path.stem] = orjson.loads(path.read_bytes())
            except (OSError, orjson.JSONDecodeError):
                raise CommandError(f"{path} is no JSON document that can be read", EXIT_USAGE) from None
    if not schemas:
        raise CommandError(f"{folder} has no schemas; ioc schema export writes them", EXIT_USAGE)
    return schemas
