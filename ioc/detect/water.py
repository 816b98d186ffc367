"""Limits of water: one table per column of an act, of which a station has the one that its permit names.

The acts give one figure per metric. The margin by which a value must be back, and the limit beyond which it is grave,
are choices of the operator (``[water]``), the same for all columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from ioc.detect.condition import Timing, read_timing
from ioc.detect.ladder import Ladder, Rung
from ioc.detect.limits import Limit, Metric, compiled
from ioc.detect.schedule import Schedule, read_schedule
from ioc.events.units import METRICS
from ioc.tomlfile import Table

Read = tuple[Limit, tuple[float, float], Table]
"""A limit, what its instrument can give, and the entry that it was read from."""

_SIDED = "ph"
"""Has a limit on each side, and no factors of the receiving water (QCVN 40:2011)."""


@dataclass(frozen=True, slots=True)
class _Choices:
    """``clear``: share of a limit that a value must be back behind; ``grave``: multiple of it that is grave."""

    clear: float
    grave: float
    ph_clear: float
    ph_grave: float
    names: dict[str, tuple[str, tuple[float, float]]]
    """Metric to its name, Vietnamese, and what its instrument can give."""


@dataclass(frozen=True, slots=True)
class _Column:
    """What all limits of a ``[[water]]`` share."""

    owner: str
    basis: str
    source: str
    since: date
    timing: Timing
    schedule: Schedule


def read_water(root: Table) -> Iterator[Read]:
    """Read ``[water]`` and ``[[water_limits]]``.

    Raises:
        ConfigError: names file, line and key.

    """
    choices = _choices(root.table("water"))
    for entry in root.tables("water_limits"):
        column = _Column(
            owner=entry.text("limit_set"),
            basis=entry.text("basis"),
            source=entry.text("source"),
            since=entry.day("date"),
            timing=read_timing(entry),
            schedule=read_schedule(entry),
        )
        yield from _limits(entry, column, choices)
        entry.done()


def _choices(table: Table) -> _Choices:
    names: dict[str, tuple[str, tuple[float, float]]] = {}
    metrics = table.table("metrics")
    for metric in metrics.keys():  # noqa: SIM118  # marks them as read
        if metric not in METRICS:
            raise metrics.error("is no metric that readings have", metric)
        entry = metrics.table(metric)
        low, high = entry.numbers("valid", size=2)
        names[metric] = entry.text("name"), (low, high)
        entry.done()
    choices = _Choices(
        clear=table.number("clear_share", 0.9),
        grave=table.number("grave_factor", 2.0),
        ph_clear=table.number("ph_clear", 0.2, low=0.0),
        ph_grave=table.number("ph_grave", 1.0),
        names=names,
    )
    if not 0 < choices.clear <= 1:
        raise table.error("must be a share of the limit, above 0 and up to 1", "clear_share")
    if choices.grave <= 1:
        raise table.error("must be above 1, or the grave limit is never reached", "grave_factor")
    if choices.ph_grave <= 0:
        raise table.error("must be above 0, or the grave limit is never reached", "ph_grave")
    table.done()
    return choices


def _limits(entry: Table, column: _Column, choices: _Choices) -> Iterator[Read]:
    clear, grave = choices.clear, choices.grave
    found: set[str] = set()
    for side in ("most", "least"):
        part = entry.table(side)
        for metric in part.keys():  # noqa: SIM118  # marks them as read
            limit = part.number(metric)
            if limit <= 0:
                raise part.error("must be above 0", metric)
            if side == "most":
                rungs = Rung(limit, limit * clear, "normal"), Rung(limit * grave, limit * grave * clear, "high")
            else:
                rungs = Rung(limit, limit / clear, "normal"), Rung(limit / grave, limit / grave / clear, "high")
            ladder = Ladder(rungs, upwards=side == "most")
            yield _read(part, metric, column, choices, (ladder,), found)
    if _SIDED in entry:
        low, high = entry.numbers(_SIDED, size=2)
        if low + choices.ph_clear > high - choices.ph_clear:
            raise entry.error("must be the lowest and the highest value that is within the limit", _SIDED)
        back, further = choices.ph_clear, choices.ph_grave
        below = Ladder(
            (Rung(low, low + back, "normal"), Rung(low - further, low - further + back, "high")), upwards=False
        )
        above = Ladder((Rung(high, high - back, "normal"), Rung(high + further, high + further - back, "high")))
        yield _read(entry, _SIDED, column, choices, (above, below), found)


def _read(  # noqa: PLR0917  # one row of a table
    table: Table, metric: str, column: _Column, choices: _Choices, ladders: tuple[Ladder, ...], found: set[str]
) -> Read:
    if metric not in choices.names:
        raise table.error("has no name and no range: [water.metrics] lacks it", metric)
    if metric in found:
        raise table.error("has a limit already", metric)
    found.add(metric)
    name, valid = choices.names[metric]
    for rung in (rung for ladder in ladders for rung in ladder.rungs):
        if not (valid[0] < rung.limit < valid[1] and valid[0] <= rung.clear <= valid[1]):
            raise table.error("a limit outside `valid` of [water.metrics] is never passed, or never left", metric)
    limit = Limit(
        rule=f"{column.owner}/{metric}",
        name=name,
        category="environment",
        subcategory="water",
        unit=METRICS[metric].unit,
        basis=column.basis,
        source=column.source,
        since=column.since,
        above=next((ladder for ladder in ladders if ladder.upwards), None),
        below=next((ladder for ladder in ladders if not ladder.upwards), None),
        timing=column.timing,
        schedule=column.schedule,
    )
    return limit, valid, table


def scaled(metric: Metric, kq: float, kf: float) -> Metric:
    """Limits of an effluent for its receiving water and its flow: ``Cmax = C × Kq × Kf`` (QCVN 40:2011)."""
    factor = kq * kf
    limits = tuple(
        replace(
            limit,
            above=limit.above and replace(limit.above, rungs=tuple(_times(rung, factor) for rung in limit.above.rungs)),
            basis=f"{limit.basis}; Kq = {kq:g}, Kf = {kf:g}".replace(".", ","),
        )
        for limit in metric.limits
    )
    return compiled(metric.unit, metric.valid, limits)


def takes_factors(name: str, metric: Metric) -> bool:
    """Whether the factors apply: not to pH, nor to what must not fall below a limit."""
    return name != _SIDED and all(limit.subcategory == "water" and limit.below is None for limit in metric.limits)


def _times(rung: Rung, factor: float) -> Rung:
    return replace(rung, limit=rung.limit * factor, clear=rung.clear * factor)
