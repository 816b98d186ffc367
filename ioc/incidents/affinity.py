"""Which kinds of things may be one happening though they are different kinds, and how sure sources make it; as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import isclose
from typing import Final, Literal, cast

from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, SOURCES, Category, Source

Role = Literal["evidence", "child"]
_ROLES: Final = ("evidence", "child")
_SUREST: Final = 0.99
"""No number of sources makes anything certain."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """One row: what may be a sign of what.

    Attributes:
        name: Ends the rule id.
        of: Kinds of the greater thing: ``category`` or ``category/subcategory``.
        signs: Kinds of what may be a sign of it.
        sources: Where such a sign has to come from.
        role: A sign is evidence of the greater incident, or keeps an incident of its own that is listed under it.
        radius_m: How far apart they may be.
        window: How far from the incident's evidence, in event time.
        strength: How much the kinds alone say, from 0 to 1.
        min_confidence: How sure the greater incident has to be.

    """

    name: str
    of: frozenset[str]
    signs: frozenset[str]
    sources: frozenset[Source]
    role: Role
    radius_m: float
    window: timedelta
    strength: float
    min_confidence: float

    @property
    def rule_id(self) -> str:
        """What joinings by it are logged as."""
        return f"{'fuse' if self.role == 'evidence' else 'cause'}-{self.name}"


@dataclass(frozen=True, slots=True)
class Fusion:
    """All rows, found by kind without looking through them.

    Attributes:
        weights: What kinds, distance and time weigh in the score; they add up to 1.
        min_score: What scores less stays apart.
        rows: As in the file.

    """

    weights: tuple[float, float, float]
    min_score: float
    rows: tuple[Affinity, ...]
    _heads: dict[tuple[str, str], tuple[Affinity, ...]] = field(default_factory=dict, compare=False)
    _signs: dict[tuple[str, str], tuple[Affinity, ...]] = field(default_factory=dict, compare=False)

    def of_head(self, category: Category, subcategory: str) -> tuple[Affinity, ...]:
        """Rows in which this kind is the greater thing."""
        return self._found(self._heads, (category, subcategory), heads=True)

    def of_sign(self, category: Category, subcategory: str) -> tuple[Affinity, ...]:
        """Rows in which this kind is a sign."""
        return self._found(self._signs, (category, subcategory), heads=False)

    def _found(
        self, known: dict[tuple[str, str], tuple[Affinity, ...]], kind: tuple[str, str], *, heads: bool
    ) -> tuple[Affinity, ...]:
        if (found := known.get(kind)) is None:
            names = {kind[0], f"{kind[0]}/{kind[1]}"}
            found = tuple(row for row in self.rows if names & (row.of if heads else row.signs))
            known[kind] = found
        return found

    def score(self, row: Affinity, distance_m: float, apart: timedelta) -> float:
        """From 0 to 1: how surely two things of these kinds, so far apart, are one."""
        kinds, distance, time = self.weights
        near = max(0.0, 1 - distance_m / row.radius_m)
        soon = max(0.0, 1 - apart / row.window) if row.window else float(not apart)
        return round(kinds * row.strength + distance * near + time * soon, 3)


@dataclass(frozen=True, slots=True)
class Trust:
    """How surely something is real that one witness of a source tells, and what a further one of it adds.

    Attributes:
        by_source: From 0 to 1: a reporter, a device.
        further: Part of that which each further witness of the same source counts: they may err alike.

    """

    by_source: Mapping[Source, float]
    further: float

    def of(self, witnesses: Mapping[Source, int]) -> float:
        """From 0 to 1, by independent witnesses of each source; their order plays no part."""
        doubt = 1.0
        for source, sure in self.by_source.items():
            if count := witnesses.get(source):
                doubt *= (1 - sure) * (1 - sure * self.further) ** (count - 1)
        return round(min(_SUREST, 1 - doubt), 3)

    def of_one(self, source: Source, count: int) -> float:
        """As :meth:`of` with witnesses of one source; at least one."""
        sure = self.by_source[source]
        return round(min(_SUREST, 1 - (1 - sure) * (1 - sure * self.further) ** (count - 1)), 3)


def member(table: Table, name: str, key: str) -> tuple[Category, str]:
    """Category and subcategory (or none) that ``category`` or ``category/subcategory`` names.

    Raises:
        ConfigError: there is no such category.

    """
    category, _, subcategory = name.partition("/")
    known = next((code for code in CATEGORIES if code == category), None)
    if known is None:
        raise table.error(f"{name!r} does not begin with a category", key)
    return known, subcategory


def load_fusion(root: Table, groups: Iterable[frozenset[str]]) -> Fusion:
    """Read ``[fusion]`` and ``[[affinity]]``.

    Args:
        root: The file.
        groups: Kinds that are one kind of happening: what is filed as depends on which of them came first, so that a
            row has to name them together.

    Raises:
        ConfigError: a key is wrong, a name is there twice, or a kind would be a sign of itself.

    """
    table = root.table("fusion")
    weights = _weights(table)
    min_score = ratio(table, "min_score")
    table.text("source")
    table.day("date")
    table.done()
    rows: list[Affinity] = []
    for entry in root.tables("affinity"):
        row = Affinity(
            name=entry.text("name"),
            of=_kinds(entry, "of"),
            signs=_kinds(entry, "signs"),
            sources=_sources(entry),
            role=cast("Role", entry.choice("role", _ROLES, "evidence")),
            radius_m=entry.number("radius_m", low=1.0),
            window=timedelta(minutes=entry.number("window_min", low=0.0)),
            strength=ratio(entry, "strength"),
            min_confidence=ratio(entry, "min_confidence", 0.0),
        )
        if any(row.name == other.name for other in rows):
            raise entry.error("is the name of another row too", "name")
        if both := _common(row.of, row.signs):
            raise entry.error(f"{both!r} would be a sign of itself", "signs")
        for key, kinds in (("of", row.of), ("signs", row.signs)):
            for group in groups:
                if group & kinds and group - kinds:
                    raise entry.error(f"must name {min(group - kinds)!r} too: they are one group", key)
        if row.role == "evidence" and row.min_confidence:
            raise entry.error("is for what is listed as a child only", "min_confidence")
        entry.done()
        rows.append(row)
    return Fusion(weights, min_score, tuple(rows))


def load_trust(table: Table) -> Trust:
    """Read ``[confidence]``.

    Raises:
        ConfigError: a source has no value, or one is not from 0 to 1.

    """
    trust = Trust({source: ratio(table, source) for source in SOURCES}, ratio(table, "further"))
    table.text("source")
    table.day("date")
    table.done()
    return trust


def _common(some: Iterable[str], more: Iterable[str]) -> str:
    """A kind that both name, alone or with all of its category."""
    for one in some:
        for other in more:
            if one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/"):
                return other
    return ""


def _kinds(entry: Table, key: str) -> frozenset[str]:
    kinds = entry.texts(key)
    for kind in kinds:
        member(entry, kind, key)
    return frozenset(kinds)


def _sources(entry: Table) -> frozenset[Source]:
    named = entry.texts("sources")
    if unknown := sorted({*named} - {*SOURCES}):
        raise entry.error(f"{unknown[0]!r} is no source", "sources")
    return frozenset(source for source in SOURCES if source in named)


def _weights(table: Table) -> tuple[float, float, float]:
    kinds, distance, time = table.numbers("weights", size=3)
    if min(kinds, distance, time) < 0 or not isclose(kinds + distance + time, 1.0):
        raise table.error("must be three numbers of at least 0 that add up to 1: kinds, distance, time", "weights")
    return kinds, distance, time


def ratio(table: Table, key: str, default: float | None = None) -> float:
    """A number from 0 to 1.

    Raises:
        ConfigError: it is not.

    """
    value = table.number(key, default, low=0.0)
    if value > 1:
        raise table.error("must be at most 1", key)
    return value
