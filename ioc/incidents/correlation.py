"""When signals belong to one happening: groups of categories with their radius and window, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isclose
from string import Formatter
from typing import cast

from ioc.incidents.affinity import Fusion, Trust, load_fusion, load_trust, member, ratio
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity


@dataclass(frozen=True, slots=True)
class Group:
    """Categories whose signals may be one happening.

    Attributes:
        name: Stem of the index key.
        radius_m: How far apart they may be; 0: joined by device and kind only.
        window: How far from the incident's evidence, in event time.
        by_subcategory: Only signals of one subcategory are one happening.
        same_commune: Without an exact position, the commune is near enough.
        reopen: A condition that comes back so soon after it ended is the same incident.
        weights: What text, distance and time weigh in the score of two reports; they add up to 1.
        min_score: Reports that are near but score less are two happenings.
        min_text: Similarity from which texts alone make one happening, where a place is not exact.
        near_text: The same where both places are exact, but the kinds differ or the group has no radius.

    """

    name: str
    radius_m: float
    window: timedelta
    by_subcategory: bool
    same_commune: bool
    reopen: timedelta
    weights: tuple[float, float, float]
    min_score: float
    min_text: float
    near_text: float

    def key(self, subcategory: str) -> str:
        """Name under which incidents that may be one happening are found."""
        return f"{self.name}/{subcategory}" if self.by_subcategory else self.name


@dataclass(frozen=True, slots=True)
class Likeness:
    """When reports are the same thing, whatever their group.

    Attributes:
        weights: As of a group that says nothing else; see :class:`Group` for it and the next three.
        min_score: See ``weights``.
        min_text: See ``weights``.
        near_text: See ``weights``.
        suggest_text: Similarity from which what is no match is suggested to the operator.
        window: How far apart in event time texts alone may be one happening.
        radius_m: How far apart reports of different kinds may be one happening.
        burst: Time within which several reports of one reporter are a burst.
        burst_count: So many in that time are one, whatever they are about; emergencies excepted.
        emergencies: Categories, or ``category/subcategory``, of which no report may go under.

    """

    weights: tuple[float, float, float]
    min_score: float
    min_text: float
    window: timedelta
    near_text: float
    suggest_text: float
    radius_m: float
    burst: timedelta
    burst_count: int
    emergencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long finished incidents stay at hand, and how long after being resolved a rating reopens."""

    resolved: timedelta
    machine_resolved: timedelta
    closed: timedelta
    max_finished: int
    rating_reopens: timedelta


@dataclass(frozen=True, slots=True)
class Gathering:
    """When incidents are listed under a greater one, which speaks for them; critical ones and emergencies never are.

    Attributes:
        calm: Alerts to openings that a centre gets within ``window``; what is opened beyond goes to a surge.
        storm: The same while the province is in a storm.
        window: See ``calm``; processing time: it is the operators' attention that is spent.
        storm_children: A storm lists at least so many incidents under outages and surges that go on,
        storm_centres: in at least so many centres;
        losses: Kinds of which machines tell, category and subcategory, that count within ``window`` before they are
            listed.
        warned_centres: while a warning holds, in so many.
        warnings: Kinds of issued warnings, category and subcategory,
        warned_from: that are at least so grave.
        quiet: A surge takes in nothing more after so long without anything.
        growth: How many times as many as were told of last are worth an alert.
        growth_pause: Least time between two such alerts to one centre.
        category: What a surge is filed as.
        subcategory: See ``category``.
        severity: How grave a surge is.
        title: One line; ``{count}`` and ``{kinds}`` are filled in.

    """

    calm: int
    storm: int
    window: timedelta
    storm_children: int
    storm_centres: int
    losses: frozenset[tuple[str, str]]
    warned_centres: int
    warnings: frozenset[tuple[str, str]]
    warned_from: Severity
    quiet: timedelta
    growth: float
    growth_pause: timedelta
    category: Category
    subcategory: str
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class Flapping:
    """When a condition that comes and goes keeps its incident open.

    Attributes:
        changes: So many ends and returns,
        window: within this of event time, are flapping; it is over when there was none for as long in processing time.

    """

    changes: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Gauges:
    """When critical gauges of one centre and category are listed under one incident, which is critical itself.

    Attributes:
        kinds: ``category/subcategory`` of what instruments measure; nothing else that is critical is ever gathered.
        calm: So many turn critical within ``window`` before one more is listed with them.
        storm: The same while the province is in a storm.
        window: See ``calm``; processing time.
        subcategory: What the incident that lists them is filed as; its category is theirs.
        title: One line; ``{count}`` and ``{kinds}`` are filled in.

    """

    kinds: frozenset[str]
    calm: int
    storm: int
    window: timedelta
    subcategory: str
    title: str


@dataclass(frozen=True, slots=True)
class CorrelationRules:
    """Every category's group, and the subcategories that have another."""

    version: str
    by_category: Mapping[Category, Group]
    by_subcategory: Mapping[tuple[str, str], Group]
    likeness: Likeness
    lifetimes: Lifetimes
    gathering: Gathering
    fusion: Fusion
    trust: Trust
    flapping: Flapping
    gauges: Gauges

    def emergency(self, category: Category, subcategory: str, severity: Severity) -> bool:
        """Whether a report may not go under among others: somebody may be in danger."""
        named = self.likeness.emergencies
        return severity == "critical" or category in named or f"{category}/{subcategory}" in named

    def group(self, category: Category, subcategory: str) -> Group:
        """Group of a signal."""
        return self.by_subcategory.get((category, subcategory)) or self.by_category[category]


def load_correlation(raw: bytes, file: str = "correlation.toml") -> CorrelationRules:
    """Read and check a province's ``correlation.toml``.

    Raises:
        ConfigError: a category has no group or two, or a key is wrong; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    likeness = _likeness(root.table("similarity"))
    gathering = _gathering(root.table("gathering"))
    gauges = _gauges(root.table("gauges"))
    by_category: dict[Category, Group] = {}
    by_subcategory: dict[tuple[str, str], Group] = {}
    names: set[str] = set()
    whole: list[frozenset[str]] = []
    for entry in root.tables("group"):
        group = Group(
            name=entry.text("name"),
            radius_m=entry.number("radius_m", low=0.0),
            window=timedelta(minutes=entry.number("window_min", low=0.0)),
            by_subcategory=entry.flag("by_subcategory", default=False),
            same_commune=entry.flag("same_commune", default=False),
            reopen=timedelta(minutes=entry.number("reopen_min", low=0.0)),
            weights=_weights(entry) if "weights" in entry else likeness.weights,
            min_score=ratio(entry, "min_score", likeness.min_score),
            min_text=ratio(entry, "min_text", likeness.min_text),
            near_text=ratio(entry, "near_text", likeness.near_text),
        )
        if group.name in names:
            raise entry.error("is the name of another group too", "name")
        names.add(group.name)
        if not group.by_subcategory:
            whole.append(frozenset(entry.texts("members")))
        for name in entry.texts("members"):
            known, subcategory = member(entry, name, "members")
            if (known, subcategory) in by_subcategory if subcategory else known in by_category:
                raise entry.error(f"{name!r} is a member of another group too", "members")
            if subcategory:
                by_subcategory[known, subcategory] = group
            else:
                by_category[known] = group
        entry.done()
    if missing := [category for category in CATEGORIES if category not in by_category]:
        raise root.error(f"no group has {', '.join(missing)} among its members")
    memory = root.table("memory")
    lifetimes = Lifetimes(
        resolved=timedelta(hours=memory.number("resolved_hours", low=0.0)),
        machine_resolved=timedelta(hours=memory.number("machine_resolved_hours", low=0.0)),
        closed=timedelta(hours=memory.number("closed_hours", low=0.0)),
        max_finished=int(memory.number("max_finished", low=0.0)),
        rating_reopens=timedelta(hours=memory.number("rating_reopens_hours", low=0.0)),
    )
    memory.done()
    fusion, trust, flapping = (
        load_fusion(root, whole),
        load_trust(root.table("confidence")),
        _flapping(root.table("flapping")),
    )
    root.done()
    return CorrelationRules(
        version, by_category, by_subcategory, likeness, lifetimes, gathering, fusion, trust, flapping, gauges
    )


def _flapping(table: Table) -> Flapping:
    table.text("source")
    table.day("date")
    flapping = Flapping(
        changes=int(table.number("changes", low=2.0)),
        window=timedelta(minutes=table.number("window_min", low=1.0)),
    )
    table.done()
    return flapping


def _gathering(table: Table) -> Gathering:
    table.text("source")
    table.day("date")
    gathering = Gathering(
        calm=int(table.number("calm", low=1.0)),
        storm=int(table.number("storm", low=0.0)),
        window=timedelta(minutes=table.number("window_min", low=1.0)),
        storm_children=int(table.number("storm_children", low=1.0)),
        storm_centres=int(table.number("storm_centres", low=1.0)),
        losses=frozenset(member(table, name, "losses") for name in table.texts("losses", ())),
        warned_centres=int(table.number("warned_centres", low=1.0)),
        warnings=frozenset(member(table, name, "warnings") for name in table.texts("warnings")),
        warned_from=cast("Severity", table.choice("warned_from", SEVERITIES)),
        quiet=timedelta(minutes=table.number("quiet_min", low=1.0)),
        growth=table.number("growth"),
        growth_pause=timedelta(minutes=table.number("growth_pause_min", low=0.0)),
        category=cast("Category", table.choice("category", CATEGORIES)),
        subcategory=table.text("subcategory"),
        severity=cast("Severity", table.choice("severity", SEVERITIES)),
        title=table.text("title"),
    )
    if gathering.storm > gathering.calm:
        raise table.error("must not be more than calm: a storm lets through less", "storm")
    if gathering.growth <= 1:
        raise table.error("must be more than 1: less is no growth", "growth")
    if gathering.severity == "critical":
        raise table.error("must not be critical: what is critical is not gathered", "severity")
    _check_title(table, gathering.title)
    table.done()
    return gathering


def _gauges(table: Table) -> Gauges:
    table.text("source")
    table.day("date")
    kinds = table.texts("kinds")
    for kind in kinds:
        if not member(table, kind, "kinds")[1]:
            raise table.error(f"{kind!r} must name a subcategory: what is critical is gathered by name only", "kinds")
    gauges = Gauges(
        kinds=frozenset(kinds),
        calm=int(table.number("calm", low=1.0)),
        storm=int(table.number("storm", low=0.0)),
        window=timedelta(minutes=table.number("window_min", low=1.0)),
        subcategory=table.text("subcategory"),
        title=table.text("title"),
    )
    if gauges.storm > gauges.calm:
        raise table.error("must not be more than calm: a storm lets through less", "storm")
    _check_title(table, gauges.title)
    table.done()
    return gauges


def _check_title(table: Table, title: str) -> None:
    try:
        named = {name for _, name, _, _ in Formatter().parse(title) if name is not None}
    except ValueError as error:
        raise table.error(f"has a brace that is no placeholder: {error}", "title") from error
    if named != {"count", "kinds"}:
        raise table.error("must have the placeholders {count} and {kinds}, and no other", "title")


def _likeness(table: Table) -> Likeness:
    emergencies = table.texts("emergencies")
    for name in emergencies:
        member(table, name, "emergencies")
    likeness = Likeness(
        weights=_weights(table),
        min_score=ratio(table, "min_score"),
        min_text=ratio(table, "min_text"),
        window=timedelta(minutes=table.number("window_min", low=0.0)),
        near_text=ratio(table, "near_text"),
        suggest_text=ratio(table, "suggest_text"),
        radius_m=table.number("radius_m", low=0.0),
        burst=timedelta(minutes=table.number("burst_min", low=1.0)),
        burst_count=int(table.number("burst_count", low=2.0)),
        emergencies=frozenset(emergencies),
    )
    table.done()
    return likeness


def _weights(table: Table) -> tuple[float, float, float]:
    text, distance, time = table.numbers("weights", size=3)
    if min(text, distance, time) < 0 or not isclose(text + distance + time, 1.0):
        raise table.error("must be three numbers of at least 0 that add up to 1: text, distance, time", "weights")
    return text, distance, time
