"""Reading ``paging.yaml``: strict, every complaint with its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta, tzinfo
from typing import Final, cast

import yaml

from ioc.catalog.errors import CatalogueError
from ioc.paging.chains import RECEIVERS, Chain, Step
from ioc.paging.matchers import Matcher, read_matcher
from ioc.paging.policy import Emergency, Limits, Policy, Updates
from ioc.paging.windows import Windows
from ioc.routing.labels import Known
from ioc.routing.load import read_names
from ioc.routing.matchers import Names
from ioc.vocabulary import CATEGORIES, SEVERITIES, Severity
from ioc.yamlfile import YamlError, among, composed, line_of, mapping, number, scalar, sequence

PAGING_FILE: Final = "paging.yaml"

_SECTIONS: Final = frozenset({"areas", "times", "chains", "updates", "limits", "emergency"})
_CHAIN: Final = frozenset({"id", "match", "times", "together", "steps", "repeat"})
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DURATION: Final = re.compile(r"(\d{1,5})([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MAX_REPEAT: Final = 24
_MAX_STEPS: Final = 16
_LONGEST: Final = timedelta(days=366)


def load_paging(raw: bytes, known: Known, zone: tzinfo, *, file: str = PAGING_FILE) -> Policy:
    """Read and check who is told, when and how often.

    Args:
        raw: The file, YAML in UTF-8.
        known: What matchers may name.
        zone: The province's: times of day are local.
        file: Its name, for complaints.

    Raises:
        CatalogueError: with file, line and reason.

    """
    try:
        return _read(raw, known, zone)
    except YamlError as error:
        raise CatalogueError(file, error.line, "", error.reason) from None


def _read(raw: bytes, known: Known, zone: tzinfo) -> Policy:
    top = composed(raw)
    if top is None:
        raise YamlError(1, "is empty")
    sections = _all_of(top, _SECTIONS, optional={"areas", "times"})
    names = read_names(sections, known)
    chains: list[Chain] = []
    for node in sequence(sections["chains"]):
        chain = _chain(node, known, names, zone)
        if any(other.id == chain.id for other in chains):
            raise YamlError(line_of(node), f"the id {chain.id!r} stands twice")
        if chains and not chains[-1].matchers:
            raise YamlError(line_of(node), f"gets nothing: {chains[-1].id} before it takes everything")
        chains.append(chain)
    return Policy(
        hashlib.sha256(raw).hexdigest()[:12], known, names, tuple(chains), _updates(sections["updates"]),
        _limits(sections["limits"]), _emergency(sections["emergency"]),
    )  # fmt: skip


def _chain(node: yaml.Node, known: Known, names: Names, zone: tzinfo) -> Chain:
    keys = _all_of(node, _CHAIN, optional={"times", "together", "repeat"})
    name = scalar(keys["id"])
    if not _ID.fullmatch(name):
        raise YamlError(line_of(keys["id"]), f"{name!r} is no id: small letters, digits, dots and hyphens, at most 64")
    steps = [_step(each) for each in sequence(keys["steps"])]
    if not 0 < len(steps) <= _MAX_STEPS:
        raise YamlError(line_of(keys["steps"]), f"expected 1 to {_MAX_STEPS} steps")
    ranks = [RECEIVERS.index(step.to) for step in steps]
    if ranks != sorted(ranks):
        raise YamlError(line_of(keys["steps"]), f"steps go up, never down: {', '.join(RECEIVERS)}")
    windows = Windows(zone)
    if "times" in keys:
        wanted = scalar(keys["times"])
        if wanted not in names.times:
            raise YamlError(line_of(keys["times"]), f"{wanted!r} is not under 'times'")
        windows = Windows(zone, names.times[wanted])
    return Chain(
        name, tuple(_matcher(each, known, names) for each in sequence(keys["match"])), tuple(steps),
        _whole(keys["repeat"], 0, _MAX_REPEAT) if "repeat" in keys else 0, windows,
        duration(keys["together"]) if "together" in keys else None,
    )  # fmt: skip


def _matcher(node: yaml.Node, known: Known, names: Names) -> Matcher:
    try:
        return read_matcher(scalar(node), known, names)
    except YamlError:
        raise
    except ValueError as error:
        raise YamlError(line_of(node), str(error)) from None


def _step(node: yaml.Node) -> Step:
    keys = _all_of(node, {"wait", "to"})
    return Step(duration(keys["wait"]), among(keys["to"], RECEIVERS))


def _updates(node: yaml.Node) -> Updates:
    keys = _all_of(node, {"marks", "pause", "centre_most", "centre_window"})
    marks = tuple(_whole(each, 2, 1_000_000) for each in sequence(keys["marks"]))
    if not marks or list(marks) != sorted(set(marks)):
        raise YamlError(line_of(keys["marks"]), "expected rising numbers, at least one")
    updates = Updates(
        marks,
        duration(keys["pause"], low=timedelta()),
        _whole(keys["centre_most"], 1, 10_000),
        duration(keys["centre_window"], low=timedelta()),
    )
    if updates.centre_window > updates.pause:
        # An incident says `updated` once in a pause: so the newest of each is all that the window has to count.
        raise YamlError(line_of(keys["centre_window"]), "must not be longer than the pause")
    return updates


def _limits(node: yaml.Node) -> Limits:
    keys = _all_of(node, {"silence", "maintenance", "emergency", "remind"})
    return Limits(**{name: duration(value) for name, value in keys.items()})


def _emergency(node: yaml.Node) -> Emergency:
    keys = mapping(node, {"factor", "targets", "calm", "storm", "urgent"})
    table: dict[Severity, timedelta] = {}
    for name, value in mapping(keys["targets"], set(SEVERITIES)).items() if "targets" in keys else ():
        table[cast("Severity", name)] = duration(value)
    urgent = [(scalar(each), line_of(each)) for each in sequence(keys["urgent"])] if "urgent" in keys else []
    for name, line in urgent:
        if name.partition("/")[0] not in CATEGORIES:
            raise YamlError(line, f"{name!r} does not begin with a category")
    calm, storm = (_whole(keys[each], 0, 10_000) if each in keys else None for each in ("calm", "storm"))
    if calm == 0:
        raise YamlError(line_of(keys["calm"]), "expected at least 1")
    if calm is not None and storm is not None and storm > calm:
        raise YamlError(line_of(keys["storm"]), "must not be more than calm: a storm lets through less")
    return Emergency(
        number(keys["factor"], 1.0) if "factor" in keys else 1.0, table, calm, storm,
        frozenset(name for name, _ in urgent),
    )  # fmt: skip


def duration(node: yaml.Node, low: timedelta = timedelta(seconds=1)) -> timedelta:
    """A time like 90s, 5m, 2h or 7d."""
    found = _DURATION.fullmatch(scalar(node))
    length = timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else None
    if length is None or not low <= length <= _LONGEST:
        raise YamlError(line_of(node), f"expected a time like 90s, 5m, 2h or 7d, found {scalar(node)!r}")
    return length


def _whole(node: yaml.Node, low: int, high: int) -> int:
    text = scalar(node)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise YamlError(line_of(node), f"expected a whole number from {low} to {high}, found {text!r}")
    return int(text)


def _all_of(
    node: yaml.Node, allowed: set[str] | frozenset[str], optional: set[str] | None = None
) -> Mapping[str, yaml.Node]:
    keys = mapping(node, allowed)
    for name in sorted(allowed - (optional or set())):
        if name not in keys:
            raise YamlError(line_of(node), f"{name!r} is missing")
    return keys
