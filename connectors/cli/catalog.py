"""``ioc catalog``: check a province's files, see what differs, put others in place."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from connectors.audit import act
from connectors.cli import config
from connectors.cli.catalog_files import put_file, put_folder
from connectors.cli.config import OWN_PROVINCE
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_USAGE, CommandError, Misconfigured
from connectors.cli.province import ConfiguredProvince
from connectors.cli.tables import Checked, check
from connectors.cli.trail import actor, note
from ioc.catalog import (
    BOUNDARIES_FILE,
    DEVICES_FILE,
    Catalogue,
    CatalogueError,
    Content,
    common_data,
    load_folder,
    shipped_province,
)
from ioc.catalog.diff import Difference, differences
from ioc.catalog.load import FILES, OPTIONAL_FILES
from ioc.paging import PAGING_FILE
from ioc.routing import ROUTES_FILE
from ioc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The province's files.", add_completion=False)
APPS: Final = {"catalog": app}

_GEOJSON: Final = frozenset({".geojson", ".json"})
_MARKS: Final = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command()
def validate(
    folder: Annotated[Path | None, typer.Argument(help="The folder; what is in force unless given.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether everything in a province's folder can be used, or what is wrong with file, line, column and reason.

    Of each table and file the first mistake is told. Exit code 1 for a folder that cannot be used, 78 where it is the
    configured one.
    """
    source = ConfiguredProvince(config.load().settings)
    found = check(source.read(), source.names) if folder is None else check(_content(folder))
    if found.complaints:
        _complain(found, as_json=as_json)
        raise typer.Exit(EXIT_CONFIG if folder is None else EXIT_FAILED)
    assert found.catalogue is not None
    if as_json:
        line(orjson.dumps({"version": found.catalogue.version, **_counts(found.catalogue)}).decode())
        return
    counts = ", ".join(f"{number} {name}" for name, number in _counts(found.catalogue).items())
    line(f"{found.catalogue.name_vi}, version {found.catalogue.version}: {counts}: can be used")


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="A province's folder.")],
    second: Annotated[Path | None, typer.Argument(metavar="[B]", help="Another one.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What differs from A to B; with A alone, from what is in force to A.

    Rows are told apart by their keys (code and day of beginning, id, name), polygons by commune, other files by line.
    """
    if second is None:
        old, new = ConfiguredProvince(config.load().settings).read(), _content(first)
    else:
        old, new = _content(first), _content(second)
    _show(differences(old, new), as_json=as_json)


@app.command("import")
def bring(
    path: Annotated[Path, typer.Argument(help="A province's folder, or one of its files.")],
    *,
    name: Annotated[str | None, typer.Option("--as", help="Which file it is, if its name does not say so.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")] = None,
) -> None:
    """Check a province's files, show what changes, and put them in place of those in force, all at once.

    A folder replaces the whole folder; a file (`devices.csv`, a GeoJSON of boundaries, any other) that file alone.
    Those before are kept beside, as `….before-…`; importing them brings them back. Running workers take the change up.
    """
    settings = config.load().settings
    source = ConfiguredProvince(settings)
    before = source.read()
    target = settings.province.folder or settings.home / OWN_PROVINCE
    after, put = _folder(settings, path, target) if path.is_dir() else _file(settings, path, name, before, target)
    found = check(after, source.names)
    if found.complaints or found.catalogue is None:
        _complain(found, as_json=False)
        raise CommandError("Nothing was changed.")
    changes = differences(before, after)
    if not changes:
        err.print("It holds what is in force: nothing to do.")
        return
    _show(changes, as_json=False)
    if not yes:
        if not sys.stdin.isatty():
            raise CommandError("Nobody can be asked here: --yes does it without asking.", EXIT_USAGE)
        if not typer.confirm("Put this in place?", err=True):
            raise CommandError("Nothing was changed.")
    try:
        kept = put()
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be written: {error.strerror}; nothing was changed") from None
    files = sorted({change.file for change in changes})
    version = found.catalogue.version
    note(settings, act(actor(by), "catalog.import", version, files=files, kept=str(kept) if kept else None))
    err.print(f"Catalogue {version} is in place." + (f" Before it: {kept}" if kept else ""))
    for advice in _advice(settings, check(before).catalogue, found.catalogue, files):
        err.print(advice)


def _folder(settings: Settings, path: Path, target: Path) -> tuple[Content, Callable[[], Path | None]]:
    """What is in force once a folder is in place, and what puts it there."""
    changed = settings.province.model_copy(update={"folder": path})
    after = ConfiguredProvince(settings.model_copy(update={"province": changed})).read()
    files = _read(path)
    return after, lambda: put_folder(target, files)


def _file(
    settings: Settings, path: Path, name: str | None, before: Content, target: Path
) -> tuple[Content, Callable[[], Path | None]]:
    """What is in force once a file is in place, and what puts it there: where the settings name it, else the folder."""
    name = name or (BOUNDARIES_FILE if path.suffix in _GEOJSON else path.name)
    known = {*before.files, *FILES, *OPTIONAL_FILES, ROUTES_FILE, BOUNDARIES_FILE}
    if name not in known:
        raise CommandError(f"no file of a province is called {name}: --as says which it is", EXIT_USAGE)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    if name == BOUNDARIES_FILE:
        after = Content(before.files, raw)
    else:
        after = Content({**before.files, name: raw}, before.boundaries)
    province = settings.province
    alone = {
        DEVICES_FILE: province.devices,
        ROUTES_FILE: province.routes,
        PAGING_FILE: province.paging,
        BOUNDARIES_FILE: province.boundaries,
    }
    if (own := alone.get(name)) is not None:
        return after, lambda: put_file(own, raw)
    files = {**(_read(target) if target.is_dir() else load_folder(shipped_province())), name: raw}
    return after, lambda: put_folder(target, files)


def _content(folder: Path) -> Content:
    """A folder by itself, over what provinces share."""
    files = {**load_folder(common_data()), **_read(folder)}
    boundaries = files.pop(BOUNDARIES_FILE, None)
    return Content(files, boundaries)


def _read(folder: Path) -> Mapping[str, bytes]:
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder")
    try:
        return load_folder(folder)
    except CatalogueError as error:
        raise Misconfigured(str(error)) from None


def _complain(found: Checked, *, as_json: bool) -> None:
    for each in found.complaints:
        if as_json:
            told = {"file": each.file, "line": each.line, "column": each.column, "reason": each.reason}
            line(orjson.dumps(told).decode())
        else:
            line(each.says)


def _counts(catalogue: Catalogue) -> Mapping[str, int]:
    return {
        "centres": len(catalogue.centres),
        "communes": len(catalogue.communes),
        "units": len(catalogue.departments),
        "devices": len(catalogue.devices),
    }


def _show(changes: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        for each in changes:
            told = {name: value for name, value in asdict(each).items() if value is not None}
            line(orjson.dumps(told).decode())
        return
    if not changes:
        out.print("Nothing differs.")
    file = ""
    for each in changes:
        if each.file != file:
            file = each.file
            counts = Counter(other.what for other in changes if other.file == file)
            out.print(f"{file}: " + ", ".join(f"{number} {what}" for what, number in counts.items()), style="bold")
        mark, style = _MARKS[each.what]
        cells = "; ".join(f"{name} {old or '—'} → {new or '—'}" for name, (old, new) in (each.cells or {}).items())
        rest = cells or each.text or ""
        out.print(f"  {mark} {each.key}" + (f": {rest}" if rest else ""), style=style, markup=False)


def _advice(settings: Settings, old: Catalogue | None, new: Catalogue, files: Sequence[str]) -> list[str]:
    """What is left to do, for what running processes cannot take up."""
    if settings.province.folder is None and (settings.home / OWN_PROVINCE).is_dir():
        own = settings.home / OWN_PROVINCE
        return [f"From now on {own} is the province's folder, without a setting: restart every process once."]
    if old is None:
        return ["What was in force could not be used: start what did not start, and see `ioc doctor`."]
    if set(old.centres) != set(new.centres) or (old.province_code, old.timezone) != (new.province_code, new.timezone):
        return ["Centres, the province or its time zone have changed: `ioc topics create`, then restart every process."]
    advice = ["Running workers take it up within seconds: see their log, `ioc_catalogue_up`, or `ioc doctor`."]
    if "ves.toml" in files:
        advice.append("Gateways read `ves.toml` when they start: restart them.")
    if old.public_names != new.public_names:
        advice.append("Bridges from MQTT read the names of places when they start: restart them.")
    return advice
