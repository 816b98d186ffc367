"""Which incidents are gauges that are critical, since when, and what is said of many of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ioc.incidents.case import Case, is_stateful
from ioc.incidents.correlation import CorrelationRules
from ioc.records import Signal
from ioc.synthetic import SUFFIX

_SOURCE: Final = "sensors"
_NAMED: Final = 12
"""Gauges that a text names, the newest; beyond, it says how many more there are."""


def speaks(signal: Signal, rules: CorrelationRules) -> bool:
    """Whether a signal says that a gauge is critical: an instrument's own word, for which the law sets no clock."""
    return (
        signal.severity == "critical"
        and signal.source == _SOURCE
        and signal.device is not None
        and is_stateful(signal)
        and signal.part_of is None
        and not signal.deadlines
        and f"{signal.category}/{signal.subcategory}" in rules.gauges.kinds
    )


def is_gauge(case: Case, rules: CorrelationRules) -> bool:
    """Whether an incident is of instruments alone: no person, camera or outage has a part in it."""
    incident = case.incident
    return (
        case.machine
        and not case.gathers
        and case.part_of is None
        and not incident.deadlines
        and bool(case.conditions)
        and all(condition.key.startswith(f"{_SOURCE}|") for condition in case.conditions)
        and f"{incident.category}/{incident.subcategory}" in rules.gauges.kinds
    )


def critical_since(case: Case) -> datetime:
    """When an incident became critical; processing time."""
    history = case.incident.history
    worsened = [each["at"] for each in history if each["action"] == "worsen" and each["reason"] == "critical"]
    return worsened[-1] if worsened else history[0]["at"]


def listing(titles: Sequence[str]) -> str:
    """What many gauges say, the newest first."""
    named = "; ".join(title.removesuffix(SUFFIX) for title in titles[:_NAMED])
    more = len(titles) - _NAMED
    return f"{named}; và {more} điểm khác." if more > 0 else f"{named}."
