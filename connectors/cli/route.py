"""``ioc route``: which unit gets an event, and by which way; whether a file of routes can be used."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import orjson
import typer

from connectors.cli import config
from connectors.cli.classify_parts import load_lexicon, load_model
from connectors.cli.console import line
from connectors.cli.errors import CommandError, Misconfigured
from connectors.cli.province import load_province, province_files
from ioc.catalog import Catalogue, CatalogueError
from ioc.classify import Classification, Classifier
from ioc.routing import MODES, ROUTES_FILE, Labels, Node, RoutingTree, load_routes
from ioc.settings import Settings
from ioc.vocabulary import CATEGORIES, SEVERITIES, SOURCES

app = typer.Typer(no_args_is_help=True, help="Which unit gets an event.", add_completion=False)
APPS: Final = {"route": app}

_T = TypeVar("_T", bound=str)

_TIMES: Final = ("at", "opened_at", "occurred_at", "observed_at")
"""Fields that say when something happened, by kind of record."""

RoutesFile = Annotated[
    Path | None, typer.Option("--routes", help="Routes to use; those in force unless given.", dir_okay=False)
]


@app.command("test")
def try_out(
    file: Annotated[Path, typer.Argument(help="Events: JSON, a list of it, or one object per line; - is stdin.")],
    *,
    routes: RoutesFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Print the way of each event: incidents, signals, reports, or just the labels that routes look at.

    What an event does not say is found as the stream finds it: a text is classified and its place looked up, a position
    gives commune and centre. Without a time, it happens now.
    """
    settings = config.load().settings
    catalogue = load_province(settings)
    tree = load_tree(settings, catalogue, routes)
    reader = _Reader(settings, catalogue)
    for number, event in enumerate(_events(file), start=1):
        labels = reader.labels(event, number)
        ways = tree.paths(labels)
        route = tree.route(labels)
        centre = route.centre or labels.centre
        if as_json:
            answer = {"rule_id": route.rule_id, "unit": route.unit, "centre": centre, "informed": route.informed}
            line(orjson.dumps(answer | {"path": route.path}).decode())
            continue
        where = catalogue.communes[labels.commune].name if labels.commune in catalogue.communes else "no place"
        at = labels.at.astimezone(ZoneInfo(catalogue.timezone))
        kind = f"{labels.category}/{labels.subcategory or '-'} · {labels.severity} · {labels.source}"
        line(f"{kind} · {where} · {at:%a %d/%m/%Y %H:%M}")
        for place, way in enumerate(ways):
            line(f"  {'unit in charge' if place == 0 else 'told of it'}: {_named(catalogue, way[-1])}")
            line("    " + " → ".join(_step(node) for node in way))
        line(f"  centre: {centre}")


@app.command()
def check(
    routes: Annotated[Path | None, typer.Argument(help="The file; that in force unless given.", dir_okay=False)] = None,
) -> None:
    """Say whether a file of routes can be used, or which line is wrong."""
    settings = config.load().settings
    tree = load_tree(settings, load_province(settings), routes)
    line(f"{tree.size} routes, version {tree.version}: can be used")


def load_tree(settings: Settings, catalogue: Catalogue, path: Path | None = None) -> RoutingTree:
    """The routes of a file, else those that the settings name.

    Raises:
        Misconfigured: with file, line and reason.

    """
    try:
        raw = path.read_bytes() if path else province_files(settings).get(ROUTES_FILE, b"")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    name = str(path or settings.province.routes or ROUTES_FILE)
    try:
        return load_routes(raw, catalogue.known, ZoneInfo(catalogue.timezone), file=name)
    except CatalogueError as error:
        raise Misconfigured(str(error)) from None


class _Reader:
    """From what a file says of an event to labels; reads texts only if one is there."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._classifier: Classifier | None = None

    def labels(self, event: Mapping[str, Any], number: int) -> Labels:
        text = event.get("text") or event.get("title")
        if "category" not in event and isinstance(text, str):
            found = self._classified(text)
            event = {**event, "category": found.category, "subcategory": found.subcategory, "severity": found.severity}
        place = self._catalogue.locate(_number(event, "lat"), _number(event, "lon"), text=text)
        commune = str(event.get("commune", place.commune))
        known = self._catalogue.communes.get(commune)
        return Labels(
            category=_code(event, "category", CATEGORIES, number),
            subcategory=str(event.get("subcategory", "")),
            severity=_code(event, "severity", SEVERITIES, number),
            source=_code(event, "source", SOURCES, number, default="reports"),
            commune=commune,
            centre=str(event.get("centre", known.centre if known else place.centre)),
            at=_at(event, number),
            lat=place.lat,
            lon=place.lon,
            mode=_code(event, "mode", MODES, number, default="normal"),
        )

    def _classified(self, text: str) -> Classification:
        if self._classifier is None:
            lexicon, model = load_lexicon(self._settings), load_model(self._settings)
            self._classifier = Classifier(lexicon, self._catalogue.place_names, model)
        return self._classifier.classify(text)


def _events(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    try:
        whole = orjson.loads(raw)
        events = whole if isinstance(whole, list) else [whole]
    except orjson.JSONDecodeError:
        events = [_parsed(each, number) for number, each in enumerate(raw.splitlines(), start=1) if each.strip()]
    for number, event in enumerate(events, start=1):
        if not isinstance(event, dict):
            raise CommandError(f"event {number} is no JSON object")
        yield event


def _parsed(raw: bytes, number: int) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise CommandError(f"line {number} is not JSON: {error}") from None


def _code(event: Mapping[str, Any], name: str, known: tuple[_T, ...], number: int, default: str = "") -> _T:
    value = event.get(name, default)
    for code in known:
        if code == value:
            return code
    raise CommandError(f"event {number}: {name} must be one of {', '.join(known)}")


def _at(event: Mapping[str, Any], number: int) -> datetime:
    text = next((event[name] for name in _TIMES if event.get(name)), None)
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError(f"event {number}: its time must be RFC 3339 with offset")
    return at


def _number(event: Mapping[str, Any], name: str) -> float | None:
    value = event.get(name)
    return float(value) if isinstance(value, int | float) else None


def _step(node: Node) -> str:
    return f"{node.rule_id} (line {node.line})"


def _named(catalogue: Catalogue, node: Node) -> str:
    unit = catalogue.departments[node.receiver.unit]
    return f"{unit.code} · {unit.name}"
