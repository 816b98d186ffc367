"""When lost base stations are one outage, and what its cause is taken for: limits as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from string import Formatter
from typing import Final, cast

from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Severity

OUTAGES_FILE: Final = "outages.toml"


@dataclass(frozen=True, slots=True)
class Grouping:
    """What belongs together, in event time.

    Attributes:
        window: Stations of a centre lost within this belong together.
        sites_operator: So many of one operator are an outage.
        sites_all: So many of all operators are one.
        join: An outage takes in what is lost so long after its last loss.
        storm_sites: With so many stations of the province in outages or lost within the window, a loss is an outage
            at once.
        back_share: An outage is over when this share of its stations is back.
        refresh: Its figures are brought up to date at most so often.
        late: How long it is known when a station came back.
        severity: Of an outage.
        severity_dark: Of one that leaves a commune or hamlet without any station.
        source: Where these figures come from, for the operator.

    """

    window: timedelta
    sites_operator: int
    sites_all: int
    join: timedelta
    storm_sites: int
    back_share: float
    refresh: timedelta
    late: timedelta
    severity: Severity
    severity_dark: Severity
    source: str


@dataclass(frozen=True, slots=True)
class CauseRules:
    """How the order of losses tells a cut fibre from a power cut; shares from 0 to 1, see ``outages.toml``."""

    together: timedelta
    burst: int
    burst_share: float
    fibre_sites: int
    simultaneous: float
    one_operator: float
    battery: timedelta
    hint_share: float
    hint_agree: float


@dataclass(frozen=True, slots=True)
class Confidences:
    """How sure each inference is, 0 to 1; see ``outages.toml``."""

    hint: float
    power_spread: float
    power_at_once: float
    power_single: float
    fibre_node: float
    fibre: float
    few: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Complaints:
    """When what citizens say points to an outage that no alarm has told of; ``title`` has ``{count}``, ``{radius}``."""

    count: int
    radius_m: float
    window: timedelta
    confidence: float
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class OutageRules:
    """All of a province's ``outages.toml``; ``version`` goes into the versions of what they decide."""

    version: str
    grouping: Grouping
    cause: CauseRules
    confidence: Confidences
    complaints: Complaints


def load_outage_rules(raw: bytes, file: str = OUTAGES_FILE) -> OutageRules:
    """Read and check a province's rules for outages.

    Raises:
        ConfigError: a key is missing, contradictory or can never have an effect; names file, line and key.

    """
    root = read_toml(raw, file)
    rules = OutageRules(
        root.text("version"),
        _grouping(root.table("grouping")),
        _cause(root.table("cause")),
        _confidences(root.table("confidence")),
        _complaints(root.table("complaints")),
    )
    root.done()
    return rules


def _grouping(table: Table) -> Grouping:
    table.day("date")
    found = Grouping(
        window=timedelta(minutes=table.number("window_min", low=1.0)),
        sites_operator=int(table.number("sites_operator", low=2.0)),
        sites_all=int(table.number("sites_all", low=2.0)),
        join=timedelta(minutes=table.number("join_min", low=1.0)),
        storm_sites=int(table.number("storm_sites", low=2.0)),
        back_share=_share(table, "back_share"),
        refresh=timedelta(seconds=table.number("refresh_s", low=1.0)),
        late=timedelta(hours=table.number("late_hours", low=1.0)),
        severity=_severity(table, "severity"),
        severity_dark=_severity(table, "severity_dark"),
        source=table.text("source"),
    )
    if found.sites_all < found.sites_operator:
        raise table.error("must not be less than sites_operator, which could never be reached", "sites_all")
    if found.join < found.window:
        raise table.error("must not be less than window_min", "join_min")
    if SEVERITY_RANK[found.severity_dark] > SEVERITY_RANK[found.severity]:
        raise table.error("must not be slighter than severity", "severity_dark")
    table.done()
    return found


def _cause(table: Table) -> CauseRules:
    _sourced(table)
    found = CauseRules(
        together=timedelta(seconds=table.number("together_s", low=1.0)),
        burst=int(table.number("burst", low=2.0)),
        burst_share=_share(table, "burst_share"),
        fibre_sites=int(table.number("fibre_sites", low=2.0)),
        simultaneous=_share(table, "simultaneous"),
        one_operator=_share(table, "one_operator"),
        battery=timedelta(minutes=table.number("battery_min", low=1.0)),
        hint_share=_share(table, "hint_share"),
        hint_agree=_share(table, "hint_agree"),
    )
    if found.battery <= found.together:
        raise table.error("must be longer than together_s: nothing is both", "battery_min")
    if found.burst < found.fibre_sites:
        raise table.error("must not be less than fibre_sites: a burst is a cut that is sure", "burst")
    table.done()
    return found


def _confidences(table: Table) -> Confidences:
    _sourced(table)
    names = Confidences.__dataclass_fields__
    found = Confidences(**{name: _share(table, name) for name in names})
    table.done()
    return found


def _complaints(table: Table) -> Complaints:
    _sourced(table)
    found = Complaints(
        count=int(table.number("count", low=2.0)),
        radius_m=table.number("radius_m", low=1.0),
        window=timedelta(minutes=table.number("window_min", low=1.0)),
        confidence=_share(table, "confidence"),
        severity=_severity(table, "severity"),
        title=table.text("title"),
    )
    if found.confidence >= 1:
        raise table.error("must be less than 1: nobody has measured anything", "confidence")
    try:
        named = {name for _, name, _, _ in Formatter().parse(found.title) if name is not None}
    except ValueError as error:
        raise table.error(f"has a brace that is no placeholder: {error}", "title") from error
    if named - {"count", "radius"}:
        raise table.error("may have the placeholders {count} and {radius}, and no other", "title")
    table.done()
    return found


def _sourced(table: Table) -> None:
    table.text("source")
    table.day("date")


def _share(table: Table, key: str) -> float:
    value = table.number(key)
    if not 0 < value <= 1:
        raise table.error("must be above 0 and at most 1", key)
    return value


def _severity(table: Table, key: str) -> Severity:
    return cast("Severity", table.choice(key, SEVERITIES))
