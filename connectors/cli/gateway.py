"""``ioc gateway``: the HTTP edge, joined with the settings and the province's centres."""

from __future__ import annotations

from typing import Final

import typer

from connectors.cli import config
from connectors.cli.exports import exports_part
from connectors.cli.known_places import KnownPlaces
from connectors.cli.library import StoreLibrary
from connectors.cli.names import CatalogueNames
from connectors.cli.open311 import open311_part
from connectors.cli.plates import guard_of
from connectors.cli.province import ConfiguredProvince
from connectors.cli.standing import rules_of
from connectors.cli.tiles import tile_sources
from connectors.cli.vaults import sealer_of
from connectors.cli.ves import load_ves
from connectors.console import Site, router
from connectors.gateway.run import run
from ioc.classify.redact import Redactor
from streams.watched import FileWatch

app = typer.Typer(help="The HTTP edge.", add_completion=False)
APPS: Final = {"gateway": app}


@app.command()
def gateway() -> None:
    """Serve the HTTP edge until it is told to stop."""
    settings = config.load().settings
    source = ConfiguredProvince(settings)
    content = source.read()
    catalogue = source.catalogue(content)
    redactor = Redactor(catalogue.public_names)
    sealer, guard = sealer_of(settings, redactor), guard_of(settings, redactor)
    stored = settings.store.enabled or settings.store.url is not None
    library = StoreLibrary(settings, catalogue) if stored else None
    parts = [open311_part(settings, catalogue)] if settings.open311.enabled else []
    parts += [exports_part(settings, catalogue)] if stored else []
    parts += [lambda _: router(Site(tile_sources(settings.map)))]
    names = CatalogueNames(catalogue)
    looks = [KnownPlaces(source, content, catalogue, redactor, [names.know]).look]
    rules = rules_of(settings, catalogue, content, looks)
    watch = FileWatch(looks)
    watch.start()
    try:
        code = run(
            settings, catalogue, load_ves(settings), sealer, redactor, guard=guard, library=library, names=names,
            rules=rules, parts=parts,
        )  # fmt: skip
    finally:
        watch.close()
    if code:
        raise typer.Exit(code)
