"""How far a reading can be trusted: one flag each, and the limits that the flags are judged by.

Only ``ok`` readings are measurements. The rest says something of the instrument, never of the environment. This is
the one place that decides it: limits on readings, hourly means and the air quality index ask here.

* ``calibrating``, ``device_error``: the logger says so (Thông tư 10/2021/TT-BTNMT: 01, 02; every unknown word too)
* ``sentinel``: a number by which loggers say "no reading"
* ``out_of_range``: what the instrument cannot give
* ``flatline``: the same value for longer than this quantity ever stands still
* ``zeros``: a zero of a series that has too many of them, by which loggers also say "no reading"
* ``late``: good, but older than what is known, or long on its way: it counts in its own hour, and says nothing about
  how the instrument is now
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any, Final, Literal, get_args

from ioc.detect.inputs import Reading
from ioc.detect.sensors import MetricTable, SensorRules
from ioc.events.units import SAME, meaning
from ioc.tomlfile import Table

Flag = Literal["ok", "calibrating", "device_error", "out_of_range", "sentinel", "flatline", "zeros", "late"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)
GOOD: Final[frozenset[Flag]] = frozenset({"ok", "late"})
"""Flags of readings that are measurements."""

Ranges = Mapping[str, tuple[str, float, float]]
"""Unit, least and greatest valid value by metric."""

_HOUR_S: Final = 3600
_ANYTHING: Final = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Check:
    """What is expected of the instruments of one metric, in ``unit``.

    Attributes:
        name: What is measured, Vietnamese.
        unit: Canonical.
        valid: Least and greatest value that an instrument can give.
        flat_s: Seconds without any change after which it is suspicious, and after which it is bad; ``inf`` for what
            may stand still for ever (rain).
        zeros: Share of zeros above which it is suspicious, and above which it is bad; ``inf`` where zero is ordinary.
        source: Where the figures stand; ``since`` is that text's date.
        since: See ``source``.

    """

    name: str
    unit: str
    valid: tuple[float, float]
    flat_s: tuple[float, float]
    zeros: tuple[float, float]
    source: str
    since: date


@dataclass(frozen=True, slots=True)
class InstrumentRules:
    """How instruments are judged.

    Attributes:
        cycles: Readings in a row that are not good, after which the operator is told.
        good_cycles: Good ones in a row after which it is over.
        zero_good_cycles: The same where zeros were among them that the metric cannot have, or has too many of: at least
            as many as it takes to know their share, or one that comes and goes ends and begins it again and again.
        settle_s: The metrics of one device fail together but arrive one by one: so long its news is waited for.
        late_s: A reading that is older at its arrival is late.
        gap_s: A series that was silent for longer did not stand still meanwhile.
        active_s: A metric that was silent for longer than the device does not speak for it any more.
        window_s: Zeros are counted over one to two of these.
        min_readings: A window of fewer readings is not judged by its zeros.
        source: Where the figures stand; ``since`` is that text's date.
        since: See ``source``.
        ok_statuses: The logger's words for a good reading.
        calibrating: Its words for calibration; every other word is a device error.
        sentinels: Numbers that are none.
        checks: By canonical metric.
        ranges: Unit and valid range by metric, of every device without entry in ``ranges_of``.
        ranges_of: The same, of devices with limits of their own.

    """

    cycles: int
    good_cycles: int
    zero_good_cycles: int
    settle_s: float
    late_s: float
    gap_s: float
    active_s: float
    window_s: float
    min_readings: int
    source: str
    since: date
    ok_statuses: frozenset[str]
    calibrating: frozenset[str]
    sentinels: frozenset[float]
    checks: Mapping[str, Check]
    ranges: Ranges
    ranges_of: Mapping[str, Ranges]

    def flag(self, reading: Reading) -> Flag:
        """What one reading shows by itself: every flag but ``flatline``, ``zeros`` and ``late``."""
        status = reading.status
        if status is not None and status not in self.ok_statuses:
            return "calibrating" if status in self.calibrating else "device_error"
        value = reading.value
        if value in self.sentinels:
            return "sentinel"
        valid = self.ranges_of.get(reading.device_id, self.ranges).get(reading.metric)
        if valid is not None and valid[0] == reading.unit and not valid[1] <= value <= valid[2]:
            return "out_of_range"
        return "ok"

    def name(self, metric: str) -> str:
        """What a metric is called in texts."""
        check = self.checks.get(metric)
        return metric if check is None else check.name


def read_instrument_rules(root: Table, sensors: SensorRules) -> InstrumentRules:
    """Read ``[instruments]`` and ``[[instrument]]``.

    The valid range of a metric is that of its limits where a device has such, else that of its ``[[instrument]]``.

    Raises:
        ConfigError: names file, line and key.

    """
    head = root.table("instruments")
    calibrating = frozenset(head.texts("calibrating"))
    if calibrating & sensors.ok_statuses:
        raise head.error("names a status that [sensors] takes for ok", "calibrating")
    # TOML's words for a quantity are those of whoever edits it: hours for what takes hours, seconds for the rest.
    figures: dict[str, Any] = {
        "cycles": int(head.number("cycles", low=1.0)),
        "good_cycles": int(head.number("good_cycles", low=1.0)),
        "zero_good_cycles": int(head.number("zero_good_cycles", low=1.0)),
        "settle_s": head.number("settle_s", low=0.0),
        "late_s": head.number("late_s", low=1.0),
        "gap_s": head.number("gap_h", low=0.1) * _HOUR_S,
        "active_s": head.number("active_h", low=0.1) * _HOUR_S,
        "window_s": head.number("window_h", low=1.0) * _HOUR_S,
        "min_readings": int(head.number("min_readings", low=2.0)),
        "source": head.text("source"),
        "since": head.day("date"),
    }
    if figures["zero_good_cycles"] < figures["good_cycles"]:
        raise head.error("must be at least `good_cycles`: zeros come and go", "zero_good_cycles")
    head.done()
    checks: dict[str, Check] = {}
    for entry in root.tables("instrument"):
        metric, check = _read_check(entry)
        if metric in checks:
            raise entry.error("is listed twice", "metric")
        checks[metric] = check
    own = {metric: (check.unit, *check.valid) for metric, check in checks.items() if check.valid != _ANYTHING}
    return InstrumentRules(
        **figures,
        ok_statuses=sensors.ok_statuses,
        calibrating=calibrating,
        sentinels=sensors.sentinels,
        checks=checks,
        ranges=own | _ranges(sensors.default),
        ranges_of=_ranges_of(own, sensors.by_device),
    )


def _ranges_of(own: dict[str, tuple[str, float, float]], by_device: Mapping[str, MetricTable]) -> dict[str, Ranges]:
    """Ranges of the devices with limits of their own; the thousands that share a table share them."""
    shared = {id(table): own | _ranges(table) for table in by_device.values()}
    return {device: shared[id(table)] for device, table in by_device.items()}


def _ranges(table: MetricTable) -> dict[str, tuple[str, float, float]]:
    return {name: (metric.unit, *metric.valid) for name, metric in table.items()}


def _read_check(entry: Table) -> tuple[str, Check]:
    metric, unit = entry.text("metric"), entry.text("unit")
    canonical = meaning(metric, unit)
    if canonical is None:
        raise entry.error("is no unit of this metric", "unit")
    if canonical is not SAME:
        raise entry.error(
            f"readings arrive as {canonical.metric} in {canonical.unit}: nothing would be judged", "metric"
        )
    valid = _ANYTHING
    if "valid" in entry:
        low, high = entry.numbers("valid", size=2)
        if low >= high:
            raise entry.error("must run from the lowest to the highest value that the instrument can give", "valid")
        valid = low, high
    flat_h, zeros = _pair(entry, "flat_h"), _pair(entry, "zeros")
    if zeros[1] != inf and not 0 < zeros[0] < zeros[1] < 1:
        raise entry.error("must be shares between 0 and 1", "zeros")
    check = Check(
        name=entry.text("name"),
        unit=unit,
        valid=valid,
        flat_s=(flat_h[0] * _HOUR_S, flat_h[1] * _HOUR_S),
        zeros=zeros,
        source=entry.text("source"),
        since=entry.day("date"),
    )
    entry.done()
    return metric, check


def _pair(entry: Table, key: str) -> tuple[float, float]:
    if key not in entry:
        return inf, inf
    suspicious, bad = entry.numbers(key, size=2)
    if not 0 < suspicious < bad:
        raise entry.error("must say what is suspicious, then what is bad, which is more", key)
    return suspicious, bad
