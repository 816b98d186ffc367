"""The file that says which topics are what: ``[[topic]]`` entries, refused with line and key where they are wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from string import Formatter
from typing import Any, Final, Literal, cast, get_args

from ioc.events import SPECS
from ioc.events.fields import MAX_SOURCE
from ioc.mqtt.documents import TIME_FORMS, Pointer, TimeForm
from ioc.mqtt.filters import TopicFilter
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import SOURCES, Source

Preset = Literal["json", "senml", "frigate", "chirpstack", "home-assistant", "availability"]
PRESETS: Final[tuple[Preset, ...]] = get_args(Preset)

_SOURCE: Final[Mapping[Preset, Source]] = {
    "senml": "sensors",
    "frigate": "cameras",
    "chirpstack": "sensors",
    "home-assistant": "sensors",
    "availability": "sensors",
}
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_OFFSET: Final = re.compile(r"Z|[+-](?:0\d|1[0-4]):[0-5]\d")
_FIELDS_READ: Final[Mapping[Preset, frozenset[str]]] = {
    "home-assistant": frozenset({"observed_at"}),
    "availability": frozenset({"value"}),
}
"""What presets with a form of their own look for elsewhere; ``json`` any field of its source."""
_WITH_METRICS: Final = frozenset({"senml", "chirpstack", "home-assistant"})
_FRIGATE_THRESHOLD: Final = 0.7
"""Default of Frigate's ``threshold``: the score from which a tracked object counts as real."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One value of a flat payload.

    Attributes:
        place: Where it stands.
        metric: What it is called here.
        unit: Its unit; empty: the payload says it.

    """

    place: Pointer
    metric: str
    unit: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What an object that Frigate sees means here.

    Attributes:
        object: Frigate's label.
        kind: Kind of the camera event.
        zone: Frigate's zone that it has to be in; empty: anywhere.
        stationary: It has to stand still; only tracked objects (``frigate/events``) say so.

    """

    object: str
    kind: str
    zone: str
    stationary: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[topic]]``.

    Attributes:
        line_of: File and line, for messages about it.
        filters: Topics.
        preset: How their payloads are read.
        publisher: ``ce_source``; may have names of topic levels in braces.
        source: Which model the events are of.
        constants: Field to template or value; wins over what the payload says.
        fields: Field to its place in the payload.
        each: Where in the payload the list of events is; ``None``: the payload itself is one, or one event.
        time: How devices write times.
        offset: Of the devices' clocks, for times without one.
        metrics: Values of flat payloads.
        camera_id: Template of a camera's id, with ``{camera}`` for Frigate's own name of it.
        kinds: What Frigate's objects mean.
        confidence: What an alert of Frigate is trusted with (0 to 1), and the score that a tracked object needs.
        detections: Whether Frigate's reviews of severity ``detection`` count.
        plates: Whether number plates are taken over.
        online: Words for a device that is there.
        offline: Words for one that is not.

    """

    line_of: str
    filters: tuple[TopicFilter, ...]
    preset: Preset
    publisher: str
    source: Source
    constants: Mapping[str, Any]
    fields: Mapping[str, Pointer]
    each: Pointer | None
    time: TimeForm
    offset: str
    metrics: tuple[Metric, ...]
    camera_id: str
    kinds: tuple[Kind, ...]
    confidence: float
    detections: bool
    plates: bool
    online: frozenset[str]
    offline: frozenset[str]

    def fill(self, template: object, levels: Mapping[str, str]) -> Any:
        """A constant with the names of topic levels replaced by what they are."""
        return template.format_map(levels) if isinstance(template, str) else template


def read_mapping(raw: bytes, file: str) -> tuple[Entry, ...]:
    """Read the file.

    Args:
        raw: Its content, TOML in UTF-8.
        file: Name that complaints give.

    Raises:
        ConfigError: names file, line and key.

    """
    root = read_toml(raw, file)
    entries: list[Entry] = []
    for table in root.tables("topic"):
        entry = _entry(table, file)
        for known in entries:
            for own in entry.filters:
                if covering := next((theirs for theirs in known.filters if theirs.covers(own)), None):
                    raise table.error(
                        f"{own.text} would never be reached: {covering.text} before it ({known.line_of}) takes its "
                        "messages",
                        "filters",
                    )
        entries.append(entry)
    root.done()
    if not entries:
        raise root.error("has no [[topic]]: nothing would be subscribed to")
    return tuple(entries)


def _entry(table: Table, file: str) -> Entry:
    filters = _filters(table)
    preset = cast("Preset", table.choice("preset", PRESETS))
    source = _source(table, preset)
    names = frozenset.intersection(*(frozenset(one.names) for one in filters)) - {""}
    publisher = table.text("publisher")
    _check_template(table, "publisher", publisher, names)
    if len(publisher) > MAX_SOURCE or not publisher.isprintable():
        raise table.error(f"must have at most {MAX_SOURCE} printable characters", "publisher")
    model = frozenset(field.name for field in fields_of(SPECS[source].model))
    fields = _fields(table, preset, model)
    entry = Entry(
        line_of=f"{file}:{table.error('').line}",
        filters=filters,
        preset=preset,
        publisher=publisher,
        source=source,
        constants=_constants(table, model, names),
        fields=fields,
        each=_pointer(table, "each", table.text("each")) if preset == "json" and "each" in table else None,
        time=cast("TimeForm", table.choice("time", TIME_FORMS, "arrival" if preset == "home-assistant" else "rfc3339"))
        if preset in {"json", "home-assistant"}
        else "rfc3339",
        offset=_offset(table) if preset in {"json", "home-assistant"} else "",
        metrics=_metrics(table, preset),
        camera_id=_camera_id(table, names) if preset == "frigate" else "",
        kinds=_kinds(table) if preset == "frigate" else (),
        confidence=_share(table, "confidence", _FRIGATE_THRESHOLD) if preset == "frigate" else 1.0,
        detections=table.flag("detections", default=False) if preset == "frigate" else False,
        plates=table.flag("plates", default=False) if preset == "frigate" else False,
        online=_words(table, "online") if preset == "availability" else frozenset(),
        offline=_words(table, "offline") if preset == "availability" else frozenset(),
    )
    if both := entry.online & entry.offline:
        raise table.error(f"has {min(both)!r}, which stands in online as well", "offline")
    if preset == "home-assistant" and entry.time != "arrival" and "observed_at" not in fields:
        raise table.error("needs observed_at in [topic.fields], or must be arrival", "time")
    table.done()
    return entry


def _filters(table: Table) -> tuple[TopicFilter, ...]:
    texts = table.texts("filters")
    if not texts:
        raise table.error("must have at least one topic filter", "filters")
    try:
        return tuple(TopicFilter.parse(text) for text in texts)
    except ValueError as error:
        raise table.error(f"a filter {error}", "filters") from None


def _source(table: Table, preset: Preset) -> Source:
    if preset != "json":
        return _SOURCE[preset]
    source = cast("Source", table.choice("source", SOURCES))
    if source == "reports":
        raise table.error("citizens' reports go through the gateway, which seals what is personal in them", "source")
    return source


def _constants(table: Table, model: frozenset[str], names: frozenset[str]) -> dict[str, Any]:
    inner = table.table("set")
    found: dict[str, Any] = {}
    for name in tuple(inner.keys()):
        if name not in model:
            raise inner.error(f"is no field of this source: {', '.join(sorted(model))}", name)
        value = inner.scalar(name)
        if isinstance(value, str):
            _check_template(inner, name, value, names)
        found[name] = value
    return {**{name: f"{{{name}}}" for name in names & model}, **found}


def _check_template(table: Table, key: str, template: str, names: frozenset[str]) -> None:
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise table.error("has a brace that is not closed; a brace itself is written twice", key) from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in names or form or conversion):
            known = ", ".join(sorted(names)) or "none"
            raise table.error(f"names {name!r}, which is no named level of every filter (there are: {known})", key)


def _fields(table: Table, preset: Preset, model: frozenset[str]) -> dict[str, Pointer]:
    known = model if preset == "json" else _FIELDS_READ.get(preset)
    if known is None:
        return {}
    inner = table.table("fields")
    found: dict[str, Pointer] = {}
    for name in tuple(inner.keys()):
        if name not in known:
            raise inner.error(f"is nothing that is looked for here: {', '.join(sorted(known))}", name)
        value = inner.scalar(name)
        if not isinstance(value, str):
            raise inner.error("must be text: a JSON pointer", name)
        found[name] = _pointer(inner, name, value)
    return found


def _pointer(table: Table, key: str, text: str) -> Pointer:
    if not _POINTER.fullmatch(text):
        raise table.error('must be a JSON pointer such as "/data/value"; "" is the whole payload', key)
    return Pointer(text)


def _offset(table: Table) -> str:
    if "offset" not in table:
        return ""
    offset = table.text("offset")
    if not _OFFSET.fullmatch(offset):
        raise table.error('must be an offset such as "+07:00"', "offset")
    return offset


def _metrics(table: Table, preset: Preset) -> tuple[Metric, ...]:
    if preset not in _WITH_METRICS:
        return ()
    found: list[Metric] = []
    for entry in table.tables("metric"):
        place = entry.scalar("from")
        if not isinstance(place, str):
            raise entry.error("must be text", "from")
        # A member's name is more often wanted than a path.
        pointer = place if place == "" or place.startswith("/") else "/" + place.replace("~", "~0").replace("/", "~1")
        default = pointer.rpartition("/")[2]
        metric = entry.text("metric", default) if default else entry.text("metric")
        unit = entry.text("unit", "") if preset == "senml" else entry.text("unit")
        found.append(Metric(_pointer(entry, "from", pointer), metric, unit))
        entry.done()
    if not found and preset != "senml":
        raise table.error("needs at least one [[topic.metric]] with from and unit: payloads do not say units", "metric")
    return tuple(found)


def _camera_id(table: Table, names: frozenset[str]) -> str:
    template = table.text("camera_id", "{camera}")
    _check_template(table, "camera_id", template, names | {"camera"})
    if "{camera}" not in template:
        raise table.error("must have {camera}: otherwise all cameras would be one", "camera_id")
    return template


def _kinds(table: Table) -> tuple[Kind, ...]:
    found: list[Kind] = []
    for entry in table.tables("kind"):
        found.append(
            Kind(
                object=entry.text("object"),
                kind=entry.text("kind"),
                zone=entry.text("zone", ""),
                stationary=entry.flag("stationary", default=False),
            )
        )
        entry.done()
    return tuple(found)


def _share(table: Table, key: str, default: float) -> float:
    value = table.number(key, default, low=0.0)
    if value > 1:
        raise table.error("is a share: at most 1", key)
    return value


def _words(table: Table, key: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in table.texts(key, (key,)))
