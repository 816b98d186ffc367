"""A book over small tables, and signals with only what a test is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ioc.catalog
import ioc.incidents
from ioc.classify.redact import redact
from ioc.clocks import RoundTheClock, Target
from ioc.incidents import (
    Changes,
    CorrelationRules,
    FeedbackTexts,
    IncidentBook,
    load_correlation,
    load_feedback_texts,
)
from ioc.paging import LivePaging, Policy, load_paging
from ioc.records import Command, Signal
from ioc.routing import Known, Labels, Route
from ioc.vocabulary import Action, Category, Severity, SilenceAction, Source

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""12:00 in Việt Nam."""

CORRELATION = Path(ioc.catalog.__file__).parent / "common" / "correlation.toml"
FEEDBACK = Path(ioc.incidents.__file__).parent / "data" / "feedback.toml"

METRE = 1 / 111_195
"""Degrees of latitude."""
TARGET_MINUTES: dict[Severity, int] = {"critical": 15, "high": 60, "normal": 240, "low": 1440}


@dataclass(frozen=True)
class Duty:
    target: Target
    evidence: bool = False


@dataclass(frozen=True)
class Unit:
    name: str


@dataclass(frozen=True)
class Commune:
    centre_also: str | None
    name: str = "Xã Một"


@dataclass(frozen=True)
class Place:
    centre: str


@dataclass
class Duties:
    version: str = "duties-1"
    departments: dict[str, Unit] = field(
        default_factory=lambda: {
            "unit-1": Unit("Đơn vị Một"),
            "unit-2": Unit("Đơn vị Hai"),
            "unit-last": Unit("Trung tâm"),
        }
    )
    communes: dict[str, Commune] = field(
        default_factory=lambda: {"00001": Commune(None), "00002": Commune("b", "Xã Hai")}
    )

    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        return Duty(RoundTheClock(timedelta(minutes=TARGET_MINUTES[severity])))


@dataclass
class Routes:
    """Everything to one unit, under an emergency mode to another."""

    version: str = "routes-1"
    last_resort: str = "unit-last"

    def route(self, labels: Labels) -> Route:
        if labels.mode == "emergency":
            return Route("emergency", "unit-2", None, (), ("root", "emergency"))
        return Route("root", "unit-1", None, (), ("root",))


@cache
def correlation() -> CorrelationRules:
    return load_correlation(CORRELATION.read_bytes())


@cache
def texts() -> FeedbackTexts:
    return load_feedback_texts(FEEDBACK.read_bytes(), ZONE)


KNOWN = Known(frozenset({"a", "b", "province"}), {"00001": Place("a"), "00002": Place("b")}, frozenset({"unit-1"}))
SITES = {"camera-1": "mast-1"}

NO_CHAINS = """
chains: []
updates: {marks: [2, 5, 10, 20, 50, 100], pause: 0s, centre_most: 1000, centre_window: 0s}
limits: {silence: 7d, maintenance: 30d, emergency: 72h, remind: 24h}
emergency: {}
"""


@cache
def policy(text: str = NO_CHAINS) -> Policy:
    return load_paging(text.encode(), KNOWN, ZONE)


def new_book(rules: CorrelationRules | None = None, paging: LivePaging | None = None) -> IncidentBook:
    return IncidentBook(
        "99", ZONE, Duties(), Routes(), rules or correlation(), texts=texts(), redact=lambda words: redact(words).text,
        paging=paging or LivePaging(policy()), site_of=SITES.get,
    )  # fmt: skip


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def signal(
    name: str,
    *,
    source: Source = "reports",
    category: Category = "urban_infrastructure",
    subcategory: str = "tree",
    severity: Severity = "normal",
    minutes: float = 0,
    east_m: float | None = 0,
    north_m: float = 0,
    located_by: Literal["polygon", "text", "none"] = "polygon",
    commune: str = "00001",
    centre: str = "a",
    device: str | None = None,
    kind: str = "report",
    clears: bool = False,
    reporter: str | None = None,
) -> Signal:
    """Something at a place some metres from a fixed point; ``east_m=None``: without position."""
    at = after(minutes)
    placed = east_m is not None
    return Signal(
        signal_id=f"{source}:{name}",
        source=source,
        event_id=name,
        kind=kind,
        category=category,
        subcategory=subcategory,
        severity=severity,
        confidence=0.9,
        at=at,
        commune=commune,
        centre=centre,
        lat=21.0 + north_m * METRE if placed else None,
        lon=107.0 + (east_m or 0) * METRE / 0.93358 if placed else None,  # cos 21°
        located_by=located_by if placed or located_by == "text" else "none",
        location_confidence=1.0,
        title=f"Tiêu đề {name}",
        text=f"Nội dung {name}",
        evidence={"figure": 1},
        rule_id="rule-1",
        versions={"lexicon": "lexicon-1"},
        accepted_at=at,
        publisher="urn:app",
        reporter=reporter,
        clears=clears,
        device=device,
    )


def bts(name: str, minutes: float = 0, *, site: str = "QN-1", severity: Severity = "high", clears: bool = False,
        north_m: float = 0) -> Signal:  # fmt: skip
    return signal(
        name, source="bts", category="telecom", subcategory="no_signal", device=site, kind="site:viettel:4G",
        severity="low" if clears else severity, minutes=minutes, clears=clears, north_m=north_m,
    )  # fmt: skip


def command(
    incident: str,
    action: Action | Literal["rate"] | SilenceAction,
    /,
    *,
    name: str | None = None,
    reason: str = "",
    version: int | None = None,
    **arguments: Any,
) -> Command:
    return Command(
        command_id=name or f"command-{action}",
        incident_id=incident,
        action=action,
        by="operator-1",
        at=NOON,
        reason=reason,
        expected_version=version,
        arguments=arguments,
    )


class Journal:
    """Undo journal of a round."""

    def __init__(self) -> None:
        self.undos: list[Callable[[], None]] = []

    def __call__(self, undo: Callable[[], None]) -> None:
        self.undos.append(undo)

    def roll_back(self, to: int = 0) -> None:
        while len(self.undos) > to:
            self.undos.pop()()


class Desk:
    """A book with its stored state, as the agent keeps it."""

    def __init__(self, rules: CorrelationRules | None = None, paging: str = NO_CHAINS) -> None:
        self.rules = rules
        self.paging = LivePaging(policy(paging))
        self.book = new_book(rules, self.paging)
        self.journal = Journal()
        self.state: dict[bytes, bytes] = {}
        self.all = Changes()

    def _keep(self, changes: Changes) -> Changes:
        for key, value in changes.state:
            if value is None:
                del self.state[key]
            else:
                self.state[key] = value
        for name in (
            "incidents", "alerts", "feedback", "decisions", "receipts", "silences", "silenced", "measures", "evicted",
            "transitions",
        ):  # fmt: skip
            getattr(self.all, name).extend(getattr(changes, name))
        return changes

    def signal(self, one: Signal, minutes: float | None = None) -> Changes:
        now = one.at if minutes is None else after(minutes)
        return self._keep(self.book.apply_signal(one, now, self.journal))

    def command(self, one: Command, minutes: float = 1) -> Changes:
        return self._keep(self.book.apply_command(one, after(minutes), self.journal))

    def tick(self, minutes: float) -> Changes:
        return self._keep(self.book.tick(after(minutes), self.journal))

    def restart(self) -> None:
        self.book = new_book(self.rules, self.paging)
        for key, value in sorted(self.state.items(), reverse=True):
            self.book.load(key, value)
