"""Reading the limits of readings: ``[sensors]``, ``[[limit_set]]``, ``[[sensor]]``, ``[[gauge]]``, ``[[device]]``.

What can never have an effect is refused: a rung that no value reaches, a schedule that never comes, a limit that
another one hides, a set whose figures nobody has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta, tzinfo
from itertools import chain
from typing import Final, cast

from ioc.catalog.devices import Device
from ioc.detect.air import UNIT
from ioc.detect.air_limits import read_air_metrics
from ioc.detect.condition import read_timing
from ioc.detect.ladder import Ladder, Rung, read_ladder
from ioc.detect.limits import Limit, Metric, MetricTable, SensorRules, compiled
from ioc.detect.schedule import ALWAYS, read_schedule
from ioc.detect.water import Read, read_water, scaled, takes_factors
from ioc.events.units import SAME, meaning
from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, SEVERITIES, SEVERITY_RANK, Category, Severity

_ALERT_LEVELS: Final = ("báo động I", "báo động II", "báo động III")
_STATUSES: Final = ("in_force", "superseded", "not_obtained")


def read_sensor_rules(root: Table, zone: tzinfo, devices: Mapping[str, Device]) -> SensorRules:
    """Read all limits of readings; ``devices``: the register.

    Raises:
        ConfigError: names file, line and key.

    """
    head = root.table("sensors")
    notes, lacking = _acts(root)
    sets: dict[str, dict[str, Metric]] = {}
    for limit, valid, entry in chain(map(_limit, root.tables("sensor")), read_water(root)):
        owner = limit.rule.partition("/")[0]
        if owner in lacking:
            raise entry.error("belongs to a limit set whose [[limit_set]] says not_obtained", "limit_set")
        _add(sets.setdefault(owner, {}), replace(limit, note=notes.get(owner, "")), valid, entry)
    for name, valid in read_air_metrics(root).items():
        # Single readings of air pass no limit; the set says whose air is judged by its means (air_limits.py).
        sets.setdefault("air", {}).setdefault(name, compiled(UNIT, valid, ()))
    rules = SensorRules(
        default={},
        by_device={},
        ok_statuses=frozenset(head.texts("ok_statuses")),
        sentinels=frozenset(head.numbers("sentinels")),
        zone=zone,
        sets=sets,
        by_class={},
        gauges=_gauges(root),
        lacking=lacking,
    )
    for name in notes:
        if name not in sets:
            raise root.error(f"[[limit_set]] {name!r} has no [[sensor]]: it has no effect", "limit_set")
    default = _names(head, rules, "default_limit_sets", ())
    head.done()
    by_class: dict[str, tuple[str, ...]] = {}
    for entry in root.tables("device_class"):
        name = _once(entry, "class", by_class)
        by_class[name] = _names(entry, rules)
        entry.done()
    listed: dict[str, MetricTable] = {}
    for entry in root.tables("device"):
        device = _once(entry, "id", listed)
        listed[device] = _own(entry, rules.table(device, _names(entry, rules)))
        entry.done()
    rules = replace(rules, default=rules.table("", default), by_class=by_class)
    gauges = {device: rules.table(device, default) for device in rules.gauges}
    return replace(rules, by_device=gauges | _registered(rules, devices, head) | listed)


def _registered(rules: SensorRules, devices: Mapping[str, Device], head: Table) -> dict[str, MetricTable]:
    """Limits of the devices of which the register says more than nothing, by its limit sets or its class."""
    found: dict[str, MetricTable] = {}
    shared: dict[tuple[str, ...], MetricTable] = {}
    for device in devices.values():
        names = device.limit_sets or rules.by_class.get(device.kind)
        if device.source != "sensors" or not names:
            continue
        if names not in shared:
            if why := rules.unusable(names):
                raise head.error(f"device {device.id!r} of the register {why}")
            shared[names] = rules.table("", names)
        found[device.id] = rules.table(device.id, names) if device.id in rules.gauges else shared[names]
    return found


def _own(entry: Table, table: MetricTable) -> MetricTable:
    """Limits of one ``[[device]]``, with the factors of its receiving water."""
    if "kq" not in entry and "kf" not in entry:
        return table
    kq, kf = entry.number("kq", 1.0), entry.number("kf", 1.0)
    for key, factor in (("kq", kq), ("kf", kf)):
        if not 0 < factor <= 2:
            raise entry.error("must be above 0 and at most 2", key)
    if not any(takes_factors(name, metric) for name, metric in table.items()):
        raise entry.error("has no effect: no limit of this device takes factors", "kq" if "kq" in entry else "kf")
    return {name: scaled(metric, kq, kf) if takes_factors(name, metric) else metric for name, metric in table.items()}


def _once(entry: Table, key: str, known: Mapping[str, object]) -> str:
    name = entry.text(key)
    if name in known:
        raise entry.error("is listed twice", key)
    return name


def _names(
    entry: Table, rules: SensorRules, key: str = "limit_sets", default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    names = entry.texts(key, default)
    if why := rules.unusable(names):
        raise entry.error(why, key)
    return names


def _acts(root: Table) -> tuple[dict[str, str], dict[str, str]]:
    """Notes on limit sets that are used, and those whose figures nobody has."""
    notes: dict[str, str] = {}
    lacking: dict[str, str] = {}
    for entry in root.tables("limit_set"):
        name = _once(entry, "id", notes | lacking)
        act = entry.text("act")
        status = entry.choice("status", _STATUSES)
        note = entry.text("note", "")
        if status != "in_force" and not note:
            raise entry.error("must say what holds instead", "note")
        entry.day("date")
        entry.done()
        if status == "not_obtained":
            lacking[name] = f"{act}. {note}"
        else:
            notes[name] = note
    return notes, lacking


def _limit(entry: Table) -> Read:
    """One ``[[sensor]]``."""
    owner = entry.text("limit_set")
    name, unit = _metric(entry)
    low, high = valid = _valid(entry)
    limit = Limit(
        rule=f"{owner}/{name}",
        name=entry.text("name"),
        category=cast("Category", entry.choice("category", CATEGORIES)),
        subcategory=entry.text("subcategory"),
        unit=unit,
        basis=entry.text("basis"),
        source=entry.text("source"),
        since=entry.day("date"),
        above=read_ladder(entry, "above"),
        below=read_ladder(entry, "below"),
        timing=read_timing(entry),
        schedule=read_schedule(entry),
        issued=entry.flag("issued", default=False),
    )
    entry.done()
    if limit.above is None and limit.below is None:
        raise entry.error("needs `above` or `below`, or nothing is compared")
    if limit.above and limit.below:
        if limit.below.rungs[0].limit >= limit.above.rungs[0].limit:
            raise entry.error("contradicts `above`: every value is beyond one of them", "below")
        if limit.below.rungs[0].clear > limit.above.rungs[0].clear:
            raise entry.error("contradicts `above`: no value is behind both clearing values", "below")
    for ladder in filter(None, (limit.above, limit.below)):
        key = "above" if ladder.upwards else "below"
        for rung in ladder.rungs:
            if not (low <= rung.limit < high if ladder.upwards else low < rung.limit <= high):
                raise entry.error("a limit outside `valid` is never passed, or always", key)
            if not low <= rung.clear <= high:
                raise entry.error("a `clear` outside `valid` never ends the condition", key)
    longest = limit.schedule.longest()
    if longest is not None and timedelta(microseconds=limit.timing.hold_us) >= longest:
        raise entry.error("is never reached: the limit holds for fewer `hours` than that", "hold_s")
    return limit, valid, entry


def _metric(entry: Table) -> tuple[str, str]:
    """Metric and unit, as readings have them after decoding."""
    name, unit = entry.text("metric"), entry.text("unit")
    canonical = meaning(name, unit)
    if canonical is None:
        raise entry.error("is no unit of this metric", "unit")
    if canonical is not SAME:
        raise entry.error(
            f"readings arrive as {canonical.metric} in {canonical.unit}: nothing would be compared", "metric"
        )
    return name, unit


def _valid(entry: Table) -> tuple[float, float]:
    low, high = entry.numbers("valid", size=2)
    if low >= high:
        raise entry.error("must run from the lowest to the highest value that the instrument can give", "valid")
    return low, high


def _add(metrics: dict[str, Metric], limit: Limit, valid: tuple[float, float], entry: Table) -> None:
    owner, _, name = limit.rule.partition("/")
    before = metrics.get(name)
    limits = (*(before.limits if before else ()), limit)
    for other in limits[:-1]:
        if limit.schedule.meets(other.schedule):
            raise entry.error(f"contradicts another [[sensor]] of limit set {owner!r} for the same hours", "metric")
    if before is not None and (before.unit, before.valid) != (limit.unit, valid):
        raise entry.error("differs from another [[sensor]] of this metric: it is one instrument", "valid")
    metrics[name] = compiled(limit.unit, valid, limits)


def _gauges(root: Table) -> dict[str, MetricTable]:
    """Alert levels of single gauges: heights above each one's own zero, so there is no default."""
    head = root.table("gauges")
    severities = head.texts("severities", ("normal", "high", "critical"))
    ranks = [SEVERITY_RANK.get(severity, len(SEVERITIES)) for severity in severities]
    if len(ranks) != len(_ALERT_LEVELS) or max(ranks) == len(SEVERITIES) or ranks != sorted(ranks, reverse=True):
        raise head.error("must be three severities, none slighter than the one before it", "severities")
    head.done()
    gauges: dict[str, dict[str, Metric]] = {}
    for entry in root.tables("gauge"):
        device = entry.text("id")
        name, unit = _metric(entry)
        owned = gauges.setdefault(device, {})
        if name in owned:
            raise entry.error("is listed twice for this metric", "id")
        low, high = valid = _valid(entry)
        levels, margin = entry.numbers("alert_levels", size=len(_ALERT_LEVELS)), entry.number("clear_below", low=0.0)
        if list(levels) != sorted(set(levels)):
            raise entry.error("must rise from báo động I to III, or a level is never reached", "alert_levels")
        if not (low <= levels[0] - margin and levels[-1] < high):
            raise entry.error(
                "a level (less `clear_below`) outside `valid` is never passed, or never left", "alert_levels"
            )
        rungs = tuple(
            Rung(level, level - margin, cast("Severity", severity), label)
            for level, severity, label in zip(levels, severities, _ALERT_LEVELS, strict=True)
        )
        limit = Limit(
            rule=f"gauge/{name}",
            name=entry.text("name"),
            category="disaster",
            subcategory="flood",
            unit=unit,
            basis="mức báo động riêng của trạm đo này, so với cao độ 0 của trạm",
            source=entry.text("source"),
            since=entry.day("date"),
            above=Ladder(rungs),
            below=None,
            timing=read_timing(entry),
            schedule=ALWAYS,
        )
        entry.done()
        owned[name] = compiled(unit, valid, (limit,))
    return dict(gauges)
