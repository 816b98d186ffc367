"""What readings are compared with, compiled: limits by metric, limit sets, and which device has which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from math import inf

from ioc.detect.condition import Timing
from ioc.detect.ladder import Ladder, Rung
from ioc.detect.schedule import Schedule
from ioc.vocabulary import Category


@dataclass(frozen=True, slots=True)
class Limit:
    """What one metric is compared with, in ``unit``, while its ``schedule`` holds.

    Attributes:
        rule: Limit set and metric, the stem of rule ids.
        name: What is measured, Vietnamese.
        basis: What the limit is a limit of, Vietnamese.
        source: Where the figures stand; ``since`` is that text's date.
        since: See ``source``.
        above: Limits upwards.
        below: Limits downwards.
        timing: What it takes besides a value beyond a limit.
        schedule: When it holds.
        issued: The value is a level that an authority issues, no measurement.
        note: What is to be known of the act, Vietnamese: that another has superseded it; else empty.

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
    timing: Timing
    schedule: Schedule
    issued: bool = False
    note: str = ""

    def rung(self, level: int) -> Rung:
        """The limit of a level; the last one of its ladder where that has fewer (limits may have changed since)."""
        ladder = self.above if level > 0 else self.below
        assert ladder is not None
        return ladder.rungs[min(abs(level), len(ladder.rungs)) - 1]

    @property
    def samples(self) -> int:
        """Readings in a row that it takes."""
        return self.timing.samples


@dataclass(frozen=True, slots=True)
class Metric:
    """All limits of a metric; a reading in another unit than ``unit`` is compared with none of them.

    ``quiet_low`` and ``quiet_high`` enclose the values that no limit of any time objects to.
    """

    unit: str
    valid: tuple[float, float]
    limits: tuple[Limit, ...]
    quiet_low: float
    quiet_high: float


def compiled(unit: str, valid: tuple[float, float], limits: tuple[Limit, ...]) -> Metric:
    """A metric of limits that do not hold at the same time."""
    return Metric(
        unit=unit,
        valid=valid,
        limits=limits,
        quiet_low=max((each.below.rungs[0].limit for each in limits if each.below), default=-inf),
        quiet_high=min((each.above.rungs[0].limit for each in limits if each.above), default=inf),
    )


MetricTable = Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class SensorRules:
    """Limits by metric in its canonical name and unit, and for devices that have their own.

    Attributes:
        default: What applies to a device that nothing else is said of.
        by_device: What applies to a device that has an entry of its own.
        ok_statuses: Words of an instrument that is well.
        sentinels: Values that mean "no reading".
        zone: The province's.
        sets: Limit sets by name.
        by_class: Names of the limit sets of a class of devices.
        gauges: Alert levels of single gauges, on top of whatever else applies.
        lacking: Limit sets whose figures nobody could get, and why.

    """

    default: MetricTable
    by_device: Mapping[str, MetricTable]
    ok_statuses: frozenset[str]
    sentinels: frozenset[float]
    zone: tzinfo
    sets: Mapping[str, MetricTable]
    by_class: Mapping[str, tuple[str, ...]]
    gauges: Mapping[str, MetricTable]
    lacking: Mapping[str, str]

    def covers(self, device: str, metric: str) -> bool:
        """Whether a limit set that applies to a device has a metric."""
        return metric in self.by_device.get(device, self.default)

    def unusable(self, names: tuple[str, ...]) -> str:
        """Why some limit sets cannot be applied; empty if they can."""
        for name in names:
            if name in self.lacking:
                return f"names {name!r}, whose figures could not be obtained: {self.lacking[name]}"
            if name not in self.sets:
                return f"names {name!r}, which no [[sensor]] belongs to"
        for n, name in enumerate(names):
            if self.sets[name].keys() <= {metric for later in names[n + 1 :] for metric in self.sets[later]}:
                return f"names {name!r}, all of whose metrics another one after it replaces"
        return ""

    def table(self, device: str, names: tuple[str, ...]) -> MetricTable:
        """Limits of a device that these sets apply to, later ones before earlier ones, its gauge's before all."""
        table: dict[str, Metric] = {}
        for name in names:
            table.update(self.sets[name])
        table.update(self.gauges.get(device, {}))
        return table
