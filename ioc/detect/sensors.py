"""Readings of stations and gauges against limits.

A reading is one moment; most legal limits are means. What is said is therefore "above the hourly limit", never
"exceeds the standard", and a reading whose instrument is not ``ok``, that is a sentinel or that lies outside what
the instrument can measure says nothing about the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from math import inf
from typing import Protocol, cast

from ioc.detect.ladder import Ladder, read_ladder
from ioc.detect.model import QUIET, Evaluation, Finding, State, micros, shown
from ioc.events.units import SAME, meaning
from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, Category


class Reading(Protocol):
    """What is read of a sensor event: metric and unit are canonical already."""

    @property
    def device_id(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def status(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """What one metric is compared with, in ``unit``, during the local ``hours``.

    Attributes:
        rule: Limit set and metric, the stem of rule ids.
        name: What is measured, Vietnamese.
        basis: What the limit is a limit of, Vietnamese.
        source: Where the figures stand; ``since`` is that text's date.
        since: See ``source``.
        above: Limits upwards.
        below: Limits downwards.
        samples: Readings in a row that it takes.
        hours: First hour (inclusive) and last hour (exclusive) of the local day; may run over midnight.

    """

    rule: str
    name: str
    category: Category
    subcategory: str
    unit: str
    basis: str
    source: str
    since: date
    above: Ladder | None
    below: Ladder | None
    samples: int
    hours: tuple[int, int] | None

    def covers(self, hour: int) -> bool:
        """Whether the limit holds in this local hour."""
        if self.hours is None:
            return True
        first, last = self.hours
        return first <= hour < last if first < last else hour >= first or hour < last


@dataclass(frozen=True, slots=True)
class Metric:
    """All limits of a metric; a reading in another unit than ``unit`` is compared with none of them.

    ``quiet_low`` and ``quiet_high`` enclose the values that no limit of any hour objects to.
    """

    unit: str
    valid: tuple[float, float]
    limits: tuple[Limit, ...]
    quiet_low: float
    quiet_high: float


MetricTable = Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class SensorRules:
    """Limits by metric in its canonical name and unit, and for devices that have their own."""

    default: MetricTable
    by_device: Mapping[str, MetricTable]
    ok_statuses: frozenset[str]
    sentinels: frozenset[float]
    zone: tzinfo


class SensorDetector:
    """Says when a reading passes a limit, passes a graver one, or is back to normal.

    States: level n is the n-th limit upwards, level −n the n-th downwards.
    """

    def __init__(self, rules: SensorRules) -> None:
        self._rules = rules
        self._default = rules.default
        self._by_device = rules.by_device
        self._ok = rules.ok_statuses
        self._sentinels = rules.sentinels

    @staticmethod
    def key(event: Reading) -> str:
        """Name of the state that :meth:`evaluate` wants."""
        return f"{event.device_id}|{event.metric}"

    def evaluate(self, event: Reading, state: State | None) -> Evaluation:
        """Compare one reading."""
        status = event.status
        if status is not None and status not in self._ok:
            return QUIET
        metric = self._by_device.get(event.device_id, self._default).get(event.metric)
        if metric is None or event.unit != metric.unit:
            return QUIET
        value = event.value
        if state is None and metric.quiet_low <= value <= metric.quiet_high:
            return QUIET
        low, high = metric.valid
        if value in self._sentinels or not low <= value <= high:
            return QUIET
        hour = event.observed_at.astimezone(self._rules.zone).hour
        for limit in metric.limits:
            if limit.covers(hour):
                return self._compare(event, value, limit, state or State(0, -(2**63), 0, -(2**63)))
        return QUIET

    def _compare(self, event: Reading, value: float, limit: Limit, state: State) -> Evaluation:
        at = micros(event.observed_at)
        if at <= state.changed_at or at <= state.streak_at:
            return QUIET
        up = limit.above.reached(value) if limit.above else 0
        down = limit.below.reached(value) if limit.below else 0
        reached = up or -down
        if state.level == 0:
            if reached == 0:
                return QUIET if state.streak == 0 else (None, State(0, state.changed_at))
            if state.streak + 1 < limit.samples:
                return None, State(0, state.changed_at, state.streak + 1, at)
        elif (state.level > 0) == (reached > 0) and abs(reached) <= abs(state.level):
            return QUIET
        elif reached == 0:
            ladder = limit.above if state.level > 0 else limit.below
            if ladder is not None and not ladder.cleared(value):
                return QUIET
            return self._normal(event, value, limit), State(0, at)
        return self._beyond(event, value, limit, reached, state.level), State(reached, at)

    def _beyond(self, event: Reading, value: float, limit: Limit, reached: int, before: int) -> Finding:
        ladder = limit.above if reached > 0 else limit.below
        assert ladder is not None
        rung = ladder.rungs[abs(reached) - 1]
        side, word = ("above", "cao hơn") if reached > 0 else ("below", "thấp hơn")
        when = event.observed_at.astimezone(self._rules.zone)
        return Finding(
            kind=_kind(limit),
            category=limit.category,
            subcategory=limit.subcategory,
            severity=rung.severity,
            confidence=1.0,
            title=f"{_capital(limit.name)} {word} ngưỡng: {shown(value)} {limit.unit}",
            text=(
                f"Số đo {shown(value)} {limit.unit} lúc {when:%H:%M %d/%m/%Y} {word} {shown(rung.limit)} {limit.unit} "
                f"({limit.basis}). Căn cứ: {limit.source}."
            ),
            evidence={
                "device_id": event.device_id,
                "metric": event.metric,
                "value": value,
                "unit": limit.unit,
                "limit": rung.limit,
                "level": reached,
                "level_before": before,
                "limit_source": limit.source,
                "limit_date": limit.since.isoformat(),
            },
            rule_id=f"sensor/{limit.rule}/{side}-{abs(reached)}",
            clears=False,
            device=event.device_id,
        )

    def _normal(self, event: Reading, value: float, limit: Limit) -> Finding:
        when = event.observed_at.astimezone(self._rules.zone)
        return Finding(
            kind=_kind(limit),
            category=limit.category,
            subcategory=limit.subcategory,
            severity="low",
            confidence=1.0,
            title=f"{_capital(limit.name)} trở lại bình thường: {shown(value)} {limit.unit}",
            text=f"Số đo {shown(value)} {limit.unit} lúc {when:%H:%M %d/%m/%Y} đã về trong ngưỡng ({limit.basis}).",
            evidence={
                "device_id": event.device_id,
                "metric": event.metric,
                "value": value,
                "unit": limit.unit,
                "level": 0,
            },
            rule_id=f"sensor/{limit.rule}/clear",
            clears=True,
            device=event.device_id,
        )


def _kind(limit: Limit) -> str:
    return f"limit:{limit.rule.partition('/')[2]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def read_sensor_rules(root: Table, zone: tzinfo) -> SensorRules:
    """Read ``[sensors]``, ``[[sensor]]`` and ``[[device]]``.

    Raises:
        ConfigError: names file, line and key.

    """
    head = root.table("sensors")
    default_sets = head.texts("default_limit_sets", ())
    ok_statuses = frozenset(head.texts("ok_statuses"))
    sentinels = frozenset(head.numbers("sentinels"))
    head.done()
    sets: dict[str, dict[str, Metric]] = {}
    for entry in root.tables("sensor"):
        owner = entry.text("limit_set")
        _add(sets.setdefault(owner, {}), entry, owner)
    for name in default_sets:
        if name not in sets:
            raise head.error(f"names {name!r}, which no [[sensor]] belongs to", "default_limit_sets")
    by_device: dict[str, MetricTable] = {}
    for entry in root.tables("device"):
        names = entry.texts("limit_sets")
        for name in names:
            if name not in sets:
                raise entry.error(f"names {name!r}, which no [[sensor]] belongs to", "limit_sets")
        device = entry.text("id")
        if device in by_device:
            raise entry.error("is listed twice", "id")
        entry.done()
        by_device[device] = _joined(sets, names)
    return SensorRules(_joined(sets, default_sets), by_device, ok_statuses, sentinels, zone)


def _joined(sets: Mapping[str, Mapping[str, Metric]], names: tuple[str, ...]) -> MetricTable:
    table: dict[str, Metric] = {}
    for name in names:
        table.update(sets[name])
    return table


def _add(metrics: dict[str, Metric], entry: Table, owner: str) -> None:
    name = entry.text("metric")
    unit = entry.text("unit")
    canonical = meaning(name, unit)
    if canonical is None:
        raise entry.error("is no unit of this metric", "unit")
    if canonical is not SAME:
        raise entry.error(
            f"readings arrive as {canonical.metric} in {canonical.unit}: nothing would be compared", "metric"
        )
    low, high = entry.numbers("valid", size=2)
    if low >= high:
        raise entry.error("must run from the lowest to the highest value that the instrument can give", "valid")
    hours: tuple[int, int] | None = None
    if "hours" in entry:
        first, last = (int(hour) for hour in entry.numbers("hours", size=2))
        if not (0 <= first < 24 and 0 < last <= 24 and first != last):
            raise entry.error("must be two different hours of the day, like [6, 21]", "hours")
        hours = first, last
    above, below = read_ladder(entry, "above"), read_ladder(entry, "below")
    if above and below and below.rungs[0].clear > above.rungs[0].clear:
        raise entry.error("contradicts `above`: no value is behind both clearing values", "below")
    for ladder in filter(None, (above, below)):
        if not low < ladder.rungs[-1].limit < high:
            raise entry.error("a limit outside `valid` is never passed", "above" if ladder.upwards else "below")
    limit = Limit(
        rule=f"{owner}/{name}",
        name=entry.text("name"),
        category=cast("Category", entry.choice("category", CATEGORIES)),
        subcategory=entry.text("subcategory"),
        unit=unit,
        basis=entry.text("basis"),
        source=entry.text("source"),
        since=entry.day("date"),
        above=above,
        below=below,
        samples=int(entry.number("samples", 1.0, low=1.0)),
        hours=hours,
    )
    entry.done()
    before = metrics.get(name)
    if before is not None and any(_overlap(limit, other) for other in before.limits):
        raise entry.error(f"contradicts another [[sensor]] of limit set {owner!r} for the same hours", "metric")
    limits = (*(before.limits if before else ()), limit)
    metrics[name] = Metric(
        unit=unit,
        valid=(low, high),
        limits=limits,
        quiet_low=max((each.below.rungs[0].limit for each in limits if each.below), default=-inf),
        quiet_high=min((each.above.rungs[0].limit for each in limits if each.above), default=inf),
    )


def _overlap(one: Limit, other: Limit) -> bool:
    return any(one.covers(hour) and other.covers(hour) for hour in range(24))
