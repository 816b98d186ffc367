"""Reading ``routes.yaml``: strict, every complaint with its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Final

import yaml
from shapely import Polygon

from ioc.catalog.errors import CatalogueError
from ioc.catalog.tables import Period
from ioc.routing.labels import Known
from ioc.routing.matchers import Area, Matcher, Names, Window, parse
from ioc.routing.reach import blocked
from ioc.routing.tree import Node, Receiver, RoutingTree
from ioc.vocabulary import WEEKDAYS
from ioc.yamlfile import YamlError, composed, flag, line_of, mapping, scalar, sequence

ROUTES_FILE: Final = "routes.yaml"

_SECTIONS: Final = frozenset({"areas", "times", "receivers", "root"})
_ROOT: Final = frozenset({"receiver", "routes"})
_ROUTE: Final = frozenset({"id", "match", "receiver", "continue", "valid_from", "valid_to", "routes", "source"})
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def load_routes(raw: bytes, known: Known, zone: tzinfo, *, file: str = ROUTES_FILE) -> RoutingTree:
    """Read and check a routing tree.

    Args:
        raw: The file, YAML in UTF-8.
        known: What it may name.
        zone: The province's: times of day and days are local.
        file: Its name, for complaints.

    Raises:
        CatalogueError: with file, line and reason; also where a route could never get anything.

    """
    try:
        root, names = _read(raw, known)
    except YamlError as error:
        raise CatalogueError(file, error.line, "", error.reason) from None
    for node, others in blocked(root, known, names):
        if others:
            lines = ", ".join(f"{other.rule_id} (line {other.line})" for other in others)
            reason = f"gets nothing: all that it matches is taken by {lines} before it"
        else:
            reason = "gets nothing: its matchers and those above it contradict each other"
        raise CatalogueError(file, node.line, node.rule_id, reason)
    return RoutingTree(root, zone, hashlib.sha256(raw).hexdigest()[:12])


def _read(raw: bytes, known: Known) -> tuple[Node, Names]:
    top = composed(raw)
    if top is None:
        raise YamlError(1, "is missing or empty: it says which unit gets what")
    sections = mapping(top, _SECTIONS)
    if "root" not in sections:
        raise YamlError(1, "'root' is missing: it gets what no route takes")
    names = read_names(sections, known)
    receivers = {unit: Receiver(unit) for unit in known.units}
    for name, node in (mapping(sections["receivers"]) if "receivers" in sections else {}).items():
        receivers[name] = _receiver(node, known)
    reader = _Reader(known, names, receivers)
    keys = mapping(sections["root"], _ROOT)
    if "receiver" not in keys:
        raise YamlError(line_of(sections["root"]), "'receiver' of the root is missing: nothing may go nowhere")
    root = Node(
        "root", line_of(sections["root"]), reader.receiver(keys["receiver"]), (), False, Period(None, None),
        reader.routes(keys.get("routes"), None),
    )  # fmt: skip
    return root, names


def read_names(sections: Mapping[str, yaml.Node], known: Known) -> Names:
    """What the sections ``areas`` and ``times`` of a file name."""
    areas = (
        {name: _area(node, known) for name, node in mapping(sections["areas"]).items()} if "areas" in sections else {}
    )
    times = (
        {name: tuple(_window(each) for each in sequence(node)) for name, node in mapping(sections["times"]).items()}
        if "times" in sections
        else {}
    )
    return Names(areas, times)


class _Reader:
    def __init__(self, known: Known, names: Names, receivers: Mapping[str, Receiver]) -> None:
        self._known = known
        self._names = names
        self._receivers = receivers
        self._ids = {"root": 1}

    def receiver(self, node: yaml.Node) -> Receiver:
        name = scalar(node)
        if name not in self._receivers:
            raise YamlError(line_of(node), f"{name!r} is neither a unit of departments.csv nor under 'receivers'")
        return self._receivers[name]

    def routes(self, node: yaml.Node | None, above: Receiver | None) -> tuple[Node, ...]:
        return tuple(self._route(each, above) for each in sequence(node)) if node is not None else ()

    def _route(self, node: yaml.Node, above: Receiver | None) -> Node:
        keys = mapping(node, _ROUTE)
        for name in ("id", "match"):
            if name not in keys:
                raise YamlError(line_of(node), f"{name!r} is missing")
        if "receiver" in keys:
            receiver = self.receiver(keys["receiver"])
        elif above is not None:
            receiver = above
        else:
            raise YamlError(line_of(node), "'receiver' is missing")
        return Node(
            self._id(keys["id"]),
            line_of(node),
            receiver,
            tuple(self._matcher(each) for each in sequence(keys["match"])),
            flag(keys["continue"]) if "continue" in keys else False,
            _period(keys),
            self.routes(keys.get("routes"), receiver),
        )

    def _id(self, node: yaml.Node) -> str:
        name = scalar(node)
        if not _ID.fullmatch(name):
            raise YamlError(line_of(node), f"{name!r} is no id: small letters, digits, dots and hyphens, at most 64")
        if name in self._ids:
            raise YamlError(line_of(node), f"the id {name!r} stands in line {self._ids[name]} already")
        self._ids[name] = line_of(node)
        return name

    def _matcher(self, node: yaml.Node) -> Matcher:
        try:
            return parse(scalar(node), self._known, self._names)
        except ValueError as error:
            raise YamlError(line_of(node), error.reason if isinstance(error, YamlError) else str(error)) from None


def _receiver(node: yaml.Node, known: Known) -> Receiver:
    keys = mapping(node, {"unit", "centre"})
    if "unit" not in keys:
        raise YamlError(line_of(node), "'unit' is missing")
    if (unit := scalar(keys["unit"])) not in known.units:
        raise YamlError(line_of(keys["unit"]), f"{unit!r} is no unit of departments.csv")
    centre = scalar(keys["centre"]) if "centre" in keys else None
    if centre is not None and centre not in known.centres:
        raise YamlError(line_of(keys["centre"]), f"{centre!r} is no centre of centres.csv")
    return Receiver(unit, centre)


def _area(node: yaml.Node, known: Known) -> Area:
    keys = mapping(node, {"communes", "polygon"})
    if len(keys) != 1:
        raise YamlError(line_of(node), "expected either 'communes' or 'polygon'")
    if "communes" in keys:
        codes = [(scalar(each), line_of(each)) for each in sequence(keys["communes"])]
        for code, line in codes:
            if code not in known.communes:
                raise YamlError(line, f"{code!r} is no commune of communes.csv")
        return Area(frozenset(code for code, _ in codes))
    corners = [tuple(_degrees(each) for each in sequence(corner)) for corner in sequence(keys["polygon"])]
    if len(corners) < 3 or any(len(corner) != 2 for corner in corners):
        raise YamlError(line_of(keys["polygon"]), "expected at least three corners [lon, lat]")
    shape = Polygon(corners)
    if not shape.is_valid:
        raise YamlError(line_of(keys["polygon"]), "the polygon crosses itself")
    return Area(shape=shape)


def _degrees(node: yaml.Node) -> float:
    try:
        number = float(scalar(node))
    except ValueError:
        number = 1e9
    if not -180 <= number <= 180:
        raise YamlError(line_of(node), f"expected degrees, found {scalar(node)!r}")
    return number


def _window(node: yaml.Node) -> Window:
    keys = mapping(node, {"days", "from", "to"})
    for name in ("from", "to"):
        if name not in keys:
            raise YamlError(line_of(node), f"{name!r} is missing")
    days = [scalar(each) for each in sequence(keys["days"])] if "days" in keys else [*WEEKDAYS]
    for day in days:
        if day not in WEEKDAYS:
            raise YamlError(line_of(keys["days"]), f"{day!r} is none of {', '.join(WEEKDAYS)}")
    return Window(frozenset(WEEKDAYS.index(day) for day in days), _minute(keys["from"]), _minute(keys["to"]))


def _minute(node: yaml.Node) -> int:
    found = _CLOCK.fullmatch(scalar(node))
    if found is None:
        raise YamlError(line_of(node), f"expected a time of day like 07:30, found {scalar(node)!r}")
    return int(found[1]) * 60 + int(found[2]) if found[1] else 24 * 60


def _period(keys: Mapping[str, yaml.Node]) -> Period:
    first, last = (_day(keys[name]) if name in keys else None for name in ("valid_from", "valid_to"))
    if first and last and first > last:
        raise YamlError(line_of(keys["valid_to"]), "valid_to is before valid_from")
    return Period(first, last)


def _day(node: yaml.Node) -> date:
    try:
        return date.fromisoformat(scalar(node))
    except ValueError:
        raise YamlError(line_of(node), f"expected a day like 2025-07-01, found {scalar(node)!r}") from None
