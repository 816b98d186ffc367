"""``ioc gateway``: the HTTP edge, joined with the settings and the province's centres."""

from __future__ import annotations

from typing import Final

import typer

from connectors.cli import config
from connectors.cli.library import StoreLibrary
from connectors.cli.plates import guard_of
from connectors.cli.province import load_province
from connectors.cli.vaults import sealer_of
from connectors.cli.ves import load_ves
from connectors.gateway.run import run
from ioc.classify.redact import Redactor

app = typer.Typer(help="The HTTP edge.", add_completion=False)
APPS: Final = {"gateway": app}


@app.command()
def gateway() -> None:
    """Serve the HTTP edge until it is told to stop."""
    settings = config.load().settings
    catalogue = load_province(settings)
    redactor = Redactor(catalogue.public_names)
    sealer, guard = sealer_of(settings, redactor), guard_of(settings, redactor)
    stored = settings.store.enabled or settings.store.url is not None
    library = StoreLibrary(settings, catalogue) if stored else None
    if code := run(settings, catalogue, load_ves(settings), sealer, redactor, guard=guard, library=library):
        raise typer.Exit(code)
