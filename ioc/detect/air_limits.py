"""Limits of means of the air over whole hours (QCVN 05:2023/BTNMT), each from the day on which it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final, cast

from ioc.detect.air import UNIT
from ioc.detect.ladder import Ladder, Rung, read_ladder
from ioc.events.units import METRICS
from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

MAX_HOURS: Final = 24
"""Longest averaging time that running means are kept for."""


@dataclass(frozen=True, slots=True)
class Step:
    """A limit in µg/m³ while it is in force.

    Attributes:
        since: First local day on which it is.
        ladder: The limit, and where it ends.
        source: Where the figure stands; ``date`` is that text's date.
        date: See ``source``.

    """

    since: date
    ladder: Ladder
    source: str
    date: date


@dataclass(frozen=True, slots=True)
class MeanLimit:
    """What the mean of one metric over a number of hours is compared with.

    Attributes:
        key: Names it in states, kinds and rule ids: ``so2-1h``.
        metric: Canonical name.
        name: What is measured, Vietnamese.
        hours: Averaging time.
        steps: In the order in which they come into force.

    """

    key: str
    metric: str
    name: str
    hours: int
    steps: tuple[Step, ...]

    def in_force(self, day: date) -> Step | None:
        """The limit of a local day; none before the first one."""
        return next((step for step in reversed(self.steps) if step.since <= day), None)


@dataclass(frozen=True, slots=True)
class AirRules:
    """How hours of air are judged.

    Attributes:
        min_share: Share of an hour's readings, and of the hours of a longer mean, that have to be there.
        grace_s: An hour is judged so long after its end.
        settle_s: What came late is taken together for so long.
        fresh_s: An hour that ended longer ago is past.
        category: Of what is said; ``subcategory`` within it.
        subcategory: See ``category``.
        index: Bands of the hourly VN_AQI that are news.
        limits: Of means.
        zone: Local days and hours are those of this zone.

    """

    min_share: float
    grace_s: float
    settle_s: float
    fresh_s: float
    category: Category
    subcategory: str
    index: Ladder
    limits: tuple[MeanLimit, ...]
    zone: tzinfo


def read_air_rules(root: Table, zone: tzinfo) -> AirRules:
    """Read ``[air]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("air")
    share = table.number("min_share", low=0.0)
    if not 0 < share <= 1:
        raise table.error("must be more than 0 and at most 1", "min_share")
    bands = table.table("index")
    known = read_air_metrics(root)
    table.table("valid")
    index = read_ladder(bands, "above")
    if index is None:
        raise bands.error("is missing; a list of bands is needed", "above")
    bands.text("source")
    bands.day("date")
    bands.done()
    found: dict[str, MeanLimit] = {}
    for entry in table.tables("limit"):
        one = _read_limit(entry)
        if one.metric not in known:
            raise entry.error("has no range in [air.valid]: nothing would be judged", "metric")
        before = found.get(one.key)
        if before is not None:
            if before.steps[-1].since >= one.steps[0].since:
                raise entry.error("must come into force after the row before it of this mean", "from")
            one = MeanLimit(one.key, one.metric, before.name, one.hours, (*before.steps, *one.steps))
        found[one.key] = one
    rules = AirRules(
        min_share=share,
        grace_s=table.number("grace_s", low=0.0),
        settle_s=table.number("settle_s", low=0.0),
        fresh_s=table.number("fresh_h", low=1.0) * 3600,
        category=cast("Category", table.choice("category", CATEGORIES)),
        subcategory=table.text("subcategory"),
        index=index,
        limits=tuple(found.values()),
        zone=zone,
    )
    table.text("source")
    table.day("date")
    table.done()
    return rules


def read_air_metrics(root: Table) -> dict[str, tuple[float, float]]:
    """Metrics of ambient air and what their instruments can give, µg/m³: ``[air.valid]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("air").table("valid")
    found: dict[str, tuple[float, float]] = {}
    for metric in table.keys():  # noqa: SIM118 - reading marks them as known
        quantity = METRICS.get(metric)
        if quantity is None or quantity.unit != UNIT:
            raise table.error(f"is no metric that arrives in {UNIT}: nothing would be judged", metric)
        low, high = table.numbers(metric, size=2)
        if low >= high:
            raise table.error("must run from the lowest to the highest value that the instrument can give", metric)
        found[metric] = low, high
    return found


def _read_limit(entry: Table) -> MeanLimit:
    metric = entry.text("metric")
    hours = entry.number("hours", low=1.0)
    if hours != int(hours) or hours > MAX_HOURS:
        raise entry.error(f"must be a whole number of hours, at most {MAX_HOURS}", "hours")
    limit, clear = entry.number("limit", low=0.0), entry.number("clear", low=0.0)
    if clear > limit:
        raise entry.error("must not be beyond the limit: it ends what the limit began, so it lies below", "clear")
    severity = cast("Severity", entry.choice("severity", SEVERITIES))
    step = Step(
        since=entry.day("from"),
        ladder=Ladder((Rung(limit, clear, severity),)),
        source=entry.text("source"),
        date=entry.day("date"),
    )
    name = entry.text("name")
    entry.done()
    return MeanLimit(f"{metric}-{int(hours)}h", metric, name, int(hours), (step,))
