"""When signals belong to one happening: groups of categories with their radius and window, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ioc.tomlfile import read_toml
from ioc.vocabulary import CATEGORIES, Category


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

    """

    name: str
    radius_m: float
    window: timedelta
    by_subcategory: bool
    same_commune: bool
    reopen: timedelta

    def key(self, subcategory: str) -> str:
        """Name under which incidents that may be one happening are found."""
        return f"{self.name}/{subcategory}" if self.by_subcategory else self.name


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long finished incidents stay at hand."""

    resolved: timedelta
    machine_resolved: timedelta
    closed: timedelta
    max_finished: int


@dataclass(frozen=True, slots=True)
class CorrelationRules:
    """Every category's group, and the subcategories that have another."""

    version: str
    by_category: Mapping[Category, Group]
    by_subcategory: Mapping[tuple[str, str], Group]
    lifetimes: Lifetimes

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
    by_category: dict[Category, Group] = {}
    by_subcategory: dict[tuple[str, str], Group] = {}
    names: set[str] = set()
    for entry in root.tables("group"):
        group = Group(
            name=entry.text("name"),
            radius_m=entry.number("radius_m", low=0.0),
            window=timedelta(minutes=entry.number("window_min", low=0.0)),
            by_subcategory=entry.flag("by_subcategory", default=False),
            same_commune=entry.flag("same_commune", default=False),
            reopen=timedelta(minutes=entry.number("reopen_min", low=0.0)),
        )
        if group.name in names:
            raise entry.error("is the name of another group too", "name")
        names.add(group.name)
        for member in entry.texts("members"):
            category, _, subcategory = member.partition("/")
            known = next((code for code in CATEGORIES if code == category), None)
            if known is None:
                raise entry.error(f"{member!r} does not begin with a category", "members")
            if (known, subcategory) in by_subcategory if subcategory else known in by_category:
                raise entry.error(f"{member!r} is a member of another group too", "members")
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
    )
    memory.done()
    root.done()
    return CorrelationRules(version, by_category, by_subcategory, lifetimes)
