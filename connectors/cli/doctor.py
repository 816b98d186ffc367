"""``ioc doctor``: what is configured, what can be reached, what is wrong and what to do about it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import httpx
import orjson
import typer
from rich.table import Table
from rich.text import Text

from connectors.cli import checks, config
from connectors.cli.checks import Finding
from connectors.cli.checks_kafka import kafka
from connectors.cli.config import Configuration
from connectors.cli.console import line, out
from connectors.cli.errors import EXIT_FAILED
from connectors.cli.kafka import quiet_clients
from ioc.settings import Settings

app = typer.Typer(help="What is configured, reachable and wrong.", add_completion=False)
APPS: Final = {"doctor": app}

_MARKS: Final = {"ok": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "bold red")}


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Values that are at their default too.")] = False,
) -> None:
    """Effective settings and where each comes from, and a check of every part. Exit code 1 when something is wrong."""
    quiet_clients()
    loaded = config.load()
    findings = asyncio.run(_look(loaded))
    wrong = sum(1 for finding in findings if finding.state == "wrong")
    if as_json:
        values = [asdict(value) for value in loaded.values()]
        report = {"ok": not wrong, "findings": [asdict(finding) for finding in findings], "settings": values}
        line(orjson.dumps(report).decode())
    else:
        _show_values(loaded, every=every)
        _show_findings(findings)
        out.print(f"\n{wrong} wrong" if wrong else "\nNothing is wrong.", style="bold red" if wrong else "bold green")
    if wrong:
        raise typer.Exit(EXIT_FAILED)


async def _look(loaded: Configuration) -> list[Finding]:
    settings = loaded.settings
    async with httpx.AsyncClient(trust_env=False) as client:
        in_kafka, (at_gateway, apart_s), at_workers = await asyncio.gather(
            kafka(settings), checks.gateway(settings, client), checks.workers(settings, client)
        )
    return [
        *checks.configuration(loaded),
        *checks.secret_files(loaded),
        *checks.province(settings),
        *checks.stations(settings),
        *checks.mqtt(settings),
        *_machine(settings),
        *checks.clock(apart_s),
        *in_kafka,
        *at_gateway,
        *at_workers,
    ]


def _machine(settings: Settings) -> list[Finding]:
    return [*checks.java(settings), *checks.disk(settings), *checks.secrets(settings), *checks.vault(settings)]


def _show_values(loaded: Configuration, *, every: bool) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold", style="dim")
    values = loaded.values()
    for value in values:
        if every or value.origin != "default":
            table.add_row(value.name, Text(value.shown), value.origin)
    if table.row_count:
        out.print(table, soft_wrap=False)
    if not every:
        rest = sum(1 for value in values if value.origin == "default")
        out.print(f"{rest} settings are at their default (--all shows them)\n", style="dim")


def _show_findings(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold", ratio=1)
    for finding in findings:
        mark, style = _MARKS[finding.state]
        says = Text(finding.says)
        if finding.advice:
            says.append(f"\n→ {finding.advice}", style="cyan")
        table.add_row(Text(mark, style=style), finding.part, says)
    out.print(table, soft_wrap=False)
