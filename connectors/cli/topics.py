"""``ioc topics``: the topics of the catalogue on the cluster."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import orjson
import typer
from aiokafka.errors import KafkaError
from rich.table import Table

from connectors.cli import config
from connectors.cli.cluster import TopicState, topic_states
from connectors.cli.console import err, line, out
from connectors.cli.errors import CommandError
from connectors.cli.kafka import away, client_options, open_admin, quiet_clients
from connectors.cli.province import load_province
from deploy.local.topics import Outcome, TopicError, create_topics
from ioc.settings import Settings
from ioc.topics import TopicSpec, catalogue

app = typer.Typer(no_args_is_help=True, help="List or create the topics.", add_completion=False)
APPS: Final = {"topics": app}

_PIPE_COLUMNS: Final = 140
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def specs_of(settings: Settings) -> list[TopicSpec]:
    """Topics that this province needs."""
    return catalogue(load_province(settings).centres)


@app.command("list")
def list_topics(*, as_json: AsJson = False) -> None:
    """Every topic of the catalogue: what it holds, whether it exists, and where it differs."""
    settings = config.load().settings
    states = asyncio.run(_states(settings))
    if as_json:
        for state in states:
            line(orjson.dumps(_row(state)).decode())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("topic", no_wrap=True)
    table.add_column("parts", justify="right")
    table.add_column("clean-up", no_wrap=True)
    table.add_column("keep", justify="right", no_wrap=True)
    table.add_column("key", no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column("for", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for state in states:
        spec = state.spec
        readers = "restricted" if spec.restricted else "worker" if spec.internal else ""
        found = "[red]missing[/]" if not state.exists else "[yellow]differs[/]" if state.differences else "[green]ok[/]"
        number = str(state.partitions) if state.exists else "—"
        table.add_row(spec.name, number, spec.cleanup, _kept(spec), spec.key, readers, found)
    out.print(table, soft_wrap=False, crop=False, width=None if out.is_terminal else _PIPE_COLUMNS)
    for state in states:
        for difference in state.differences:
            err.print(str(difference), markup=False)


@app.command()
def create(*, as_json: AsJson = False) -> None:
    """Create the topics that are missing. What exists is left as it is; differences are told."""
    settings = config.load().settings
    outcome = asyncio.run(_create(settings))
    if as_json:
        report = {
            "created": list(outcome.created),
            "existing": list(outcome.existing),
            "differences": [str(difference) for difference in outcome.differences],
        }
        line(orjson.dumps(report).decode())
        return
    for name in outcome.created:
        out.print(f"created {name}", markup=False)
    for difference in outcome.differences:
        err.print(str(difference), markup=False)
    err.print(f"{len(outcome.created)} created, {len(outcome.existing)} were there")


def _row(state: TopicState) -> dict[str, Any]:
    spec = state.spec
    return {
        "topic": spec.name,
        "key": spec.key,
        "cleanup": spec.cleanup,
        "retention_ms": spec.retention_ms,
        "restricted": spec.restricted,
        "internal": spec.internal,
        "exists": state.exists,
        "partitions": state.partitions,
        "differences": [str(difference) for difference in state.differences],
    }


def _kept(spec: TopicSpec) -> str:
    if spec.retention_ms is None:
        return "newest"
    hours = spec.retention_ms // 3_600_000
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"


async def _states(settings: Settings) -> list[TopicState]:
    async with open_admin(settings) as admin:
        return await topic_states(admin, specs_of(settings), settings.kafka.partitions)


async def _create(settings: Settings) -> Outcome:
    quiet_clients()
    options = client_options(settings)
    bootstrap = str(options.pop("bootstrap_servers"))
    try:
        return await create_topics(
            bootstrap,
            specs_of(settings),
            partitions=settings.kafka.partitions,
            replication=settings.kafka.replication,
            client=options,
        )
    except TopicError as error:
        raise CommandError(str(error)) from None
    except KafkaError as error:
        raise away(settings, error) from None
