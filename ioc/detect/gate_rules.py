"""Limits of the border gates: backlog, its forecast, vehicles waiting and the yards' fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from ioc.detect.ladder import Ladder, Rung, read_ladder
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, Severity

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Limits of one figure, and how long it has to be beyond one (``hold_s``) or back (``clear_hold_s``) to count."""

    ladder: Ladder
    hold_s: float
    clear_hold_s: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When growth alone alerts: the backlog is expected to pass the first limit of ``backlog``.

    Attributes:
        scale: One rung: the backlog's first limit.
        horizon_h: So far ahead, at the present net inflow.
        at_least_h: The crossing of all who wait takes as long already: growth of next to nothing says nothing.
        least_overdue: So many vehicles wait for longer than is usual.
        overdue_h: The crossing of these takes so long.
        en_route_s: Vehicles that set out are there within so long.

    """

    scale: Scale
    horizon_h: float
    at_least_h: float
    least_overdue: int
    overdue_h: float
    en_route_s: float


@dataclass(frozen=True, slots=True)
class GateRules:
    """Limits, windows, and where they come from; durations in seconds.

    Attributes:
        waiting: Vehicles that wait.
        fill: Of a yard, 1 = full.
        backlog: Hours that the crossing of all who wait would take.
        ahead: See :class:`Forecast`.
        window_s: Arrivals and crossings are counted over so long.
        least_window_s: Before a gate has been open and heard for so long, its rates are not known.
        waits_s: Waits are those of the vehicles that crossed within so long.
        least_waiting: Fewer vehicles are no backlog, however slowly they cross.
        usual_wait_s: Vehicles that came within so long wait as usual.
        least_overdue: Fewer vehicles beyond those are no backlog either.
        sample_s: How long a count that was sent holds.
        silent_s: Nothing is concluded about a gate that has said nothing for so long.
        apart_s: Two trips of one vehicle are further apart.
        remember_s: How long a vehicle that is gone is remembered, for what comes late or again.
        expire_s: A vehicle of which nothing was heard for so long is gone, unheard.
        perishable: Classes of goods that spoil.
        hours: Of a gate that closes: its first (inclusive) and last (exclusive) local hour.
        source: Where the figures stand.

    """

    waiting: Scale
    fill: Scale
    backlog: Scale
    ahead: Forecast
    window_s: float
    least_window_s: float
    waits_s: float
    least_waiting: int
    usual_wait_s: float
    least_overdue: int
    sample_s: float
    silent_s: float
    apart_s: float
    remember_s: float
    expire_s: float
    perishable: frozenset[str]
    hours: Mapping[str, tuple[int, int]]
    source: str


def read_gate_rules(root: Table) -> GateRules:
    """Read ``[gate]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("gate")
    table.day("date")
    backlog = _scale(table.table("backlog_hours"))
    rules = GateRules(
        waiting=_scale(table.table("vehicles_waiting")),
        fill=_scale(table.table("yard_fill_ratio")),
        backlog=backlog,
        ahead=_forecast(table.table("forecast"), backlog),
        window_s=table.number("window_min", low=1.0) * _MINUTE_S,
        least_window_s=table.number("least_window_min", low=1.0) * _MINUTE_S,
        waits_s=table.number("waits_min", low=1.0) * _MINUTE_S,
        least_waiting=int(table.number("least_waiting", low=1.0)),
        usual_wait_s=table.number("usual_wait_min", low=1.0) * _MINUTE_S,
        least_overdue=int(table.number("least_overdue", low=0.0)),
        sample_s=table.number("sample_min", low=1.0) * _MINUTE_S,
        silent_s=table.number("silent_min", low=1.0) * _MINUTE_S,
        apart_s=table.number("apart_min", low=0.0) * _MINUTE_S,
        remember_s=table.number("remember_h", low=1.0) * _HOUR_S,
        expire_s=table.number("expire_h", low=1.0) * _HOUR_S,
        perishable=frozenset(name.casefold() for name in table.texts("perishable", ())),
        hours=_hours(table),
        source=table.text("source"),
    )
    table.done()
    if rules.least_window_s > rules.window_s:
        raise table.error("must not be longer than `window_min`: no rate would ever be known", "least_window_min")
    if rules.remember_s < max(rules.window_s, rules.waits_s):
        raise table.error("must not be shorter than `window_min` and `waits_min`: vehicles would be lost", "remember_h")
    if rules.expire_s < rules.backlog.ladder.rungs[-1].limit * _HOUR_S:
        raise table.error("must not be shorter than the longest backlog: waiting vehicles would be lost", "expire_h")
    return rules


def _scale(part: Table) -> Scale:
    ladder = read_ladder(part, "above")
    if ladder is None:
        raise part.error("needs at least one limit", "above")
    scale = Scale(ladder, part.number("hold_min", 0.0, low=0.0) * _MINUTE_S, _clear_hold(part))
    part.done()
    return scale


def _clear_hold(part: Table) -> float:
    return part.number("clear_hold_min", 0.0, low=0.0) * _MINUTE_S


def _forecast(part: Table, backlog: Scale) -> Forecast:
    first = backlog.ladder.rungs[0]
    severity = cast("Severity", part.choice("severity", SEVERITIES))
    clear = part.number("clear", low=0.0)
    if clear > first.limit:
        raise part.error("must not be beyond the first limit of [gate.backlog_hours], which is forecast", "clear")
    least = part.number("at_least_h", low=0.0)
    if least >= first.limit:
        raise part.error(
            "must be below the first limit of [gate.backlog_hours], or nothing is ever forecast", "at_least_h"
        )
    scale = Scale(
        Ladder((Rung(first.limit, clear, severity),)),
        part.number("hold_min", 0.0, low=0.0) * _MINUTE_S,
        _clear_hold(part),
    )
    forecast = Forecast(
        scale,
        part.number("horizon_h", low=0.1),
        least,
        int(part.number("least_overdue", low=1.0)),
        part.number("overdue_h", low=0.0),
        part.number("en_route_min", low=1.0) * _MINUTE_S,
    )
    part.done()
    return forecast


def _hours(table: Table) -> dict[str, tuple[int, int]]:
    hours: dict[str, tuple[int, int]] = {}
    for entry in table.tables("site"):
        gate = entry.text("id")
        if gate in hours:
            raise entry.error("is listed twice", "id")
        first, last = (int(hour) for hour in entry.numbers("hours", size=2))
        if not (0 <= first < last <= 24):
            raise entry.error("must be two hours of one day, like [7, 19]", "hours")
        entry.done()
        hours[gate] = first, last
    return hours
