"""``ioc worker``: one worker, joined with the settings and the province's data."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from connectors.cli import config
from connectors.cli.errors import EXIT_USAGE, CommandError, Misconfigured
from connectors.cli.province import ConfiguredProvince
from connectors.cli.vaults import open_vault
from ioc.settings import Settings
from ioc.tomlfile import ConfigError
from streams.worker import AGENTS, run

app = typer.Typer(help="One worker.", add_completion=False)
APPS: Final = {"worker": app}


@app.command()
def worker(
    slot: Annotated[str | None, typer.Option(help="Stable name of this worker; a free one unless given.")] = None,
    agents: Annotated[str | None, typer.Option(help="Only these, separated by commas; all unless given.")] = None,
) -> None:
    """Run one worker until it is told to stop; several share the partitions.

    Exit codes: 0 clean, 69 the metrics port is taken, 70 it had to be forced, 75 an agent's handler kept failing, 78
    misconfigured.
    """
    settings = _with_options(config.load().settings, slot, agents)
    try:
        code = run(settings, ConfiguredProvince(settings), open_vault(settings, writes=False))
    except ConfigError as error:
        raise Misconfigured(f"the province's data cannot be used: {error}") from None
    if code:
        raise typer.Exit(code)


def _with_options(settings: Settings, slot: str | None, agents: str | None) -> Settings:
    names = tuple(name.strip() for name in agents.split(",") if name.strip()) if agents else settings.worker.agents
    if unknown := [name for name in names if name not in AGENTS]:
        raise CommandError(f"no agent {unknown[0]}: any of {', '.join(AGENTS)}", EXIT_USAGE)
    changed = {"agents": names, "slot": slot or settings.worker.slot}
    return settings.model_copy(update={"worker": settings.worker.model_copy(update=changed)})
