"""Readings of stations and gauges against limits.

A reading is one moment; most legal limits are means. What is said is therefore "above the hourly limit", never
"exceeds the standard", and a reading whose instrument is not ``ok``, that is a sentinel or that lies outside what
the instrument can measure says nothing about the environment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.detect.condition import follow
from ioc.detect.inputs import Reading
from ioc.detect.limit_sets import read_sensor_rules
from ioc.detect.limits import Limit, Metric, MetricTable, SensorRules
from ioc.detect.model import NORMAL, QUIET, Evaluation, Finding, State, micros
from ioc.detect.wording import back, beyond, eased
from ioc.vocabulary import Severity

__all__ = ["Limit", "Metric", "MetricTable", "Reading", "SensorDetector", "SensorRules", "read_sensor_rules"]


class SensorDetector:
    """Says when a reading passes a limit, passes a graver one, eases, or is back to normal.

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
        if (state is None or not (state.level or state.runs)) and metric.quiet_low <= value <= metric.quiet_high:
            return QUIET
        low, high = metric.valid
        if value in self._sentinels or not low <= value <= high:
            return QUIET
        return self._compare(event, metric, state or NORMAL)

    def _compare(self, event: Reading, metric: Metric, before: State) -> Evaluation:
        at = micros(event.observed_at)
        if at <= before.changed_at or at <= before.streak_at:
            return QUIET
        when = event.observed_at.astimezone(self._rules.zone)
        for limit in metric.limits:
            if limit.schedule.covers(when):
                break
        else:
            return self._unlimited(event, metric.limits[-1], before, at, when)
        counted = self._scheduled(before, limit) if before.runs and not limit.schedule.always else before
        after = follow(counted, event.value, at, limit.above, limit.below, timing=limit.timing)
        if after is before:
            return QUIET
        if after.level == before.level:
            return None, after
        if after.level == 0:
            return self._finding(event, limit, before, after, back(limit, event.value, when)), after
        if before.level and (after.level > 0) == (before.level > 0) and abs(after.level) < abs(before.level):
            return self._finding(event, limit, before, after, eased(limit, after.level, event.value, when)), after
        return self._finding(event, limit, before, after, beyond(limit, after.level, event.value, when)), after

    def _unlimited(self, event: Reading, limit: Limit, before: State, at: int, when: datetime) -> Evaluation:
        """No limit holds at this time: what went on ends with its schedule."""
        if not (before.level or before.runs):
            return QUIET
        after = State(0, at)
        if not before.level:
            return None, after
        return self._finding(event, limit, before, after, back(limit, event.value, when, scheduled=False)), after

    def _scheduled(self, state: State, limit: Limit) -> State:
        """Without the runs that began while another limit held: they counted samples against its figures."""
        zone = self._rules.zone
        began = [datetime.fromtimestamp(since // 1_000_000, zone) for _, since in state.runs]
        return state if all(map(limit.schedule.covers, began)) else state._replace(runs=())

    @staticmethod
    def _finding(event: Reading, limit: Limit, before: State, after: State, words: tuple[str, str]) -> Finding:
        title, text = words
        level, clears = after.level, after.level == 0
        eases = not clears and before.level * level > 0 and abs(level) < abs(before.level)
        evidence: dict[str, Any] = {
            "device_id": event.device_id,
            "metric": event.metric,
            "value": event.value,
            "unit": limit.unit,
            "level": level,
        }
        severity: Severity = "low"
        what = "clear"
        if not clears:
            rung = limit.rung(level)
            severity = rung.severity
            what = f"{'ease-' if eases else ''}{'above' if level > 0 else 'below'}-{abs(level)}"
            evidence |= {
                "limit": rung.limit,
                "level_before": before.level,
                "limit_source": limit.source,
                "limit_date": limit.since.isoformat(),
            }
            named = {"label": rung.label, "colour": rung.colour, "limit_note": limit.note}
            evidence |= {name: said for name, said in named.items() if said}
        return Finding(
            kind=f"limit:{limit.rule.partition('/')[2]}",
            category=limit.category,
            subcategory=limit.subcategory,
            severity=severity,
            confidence=1.0,
            title=title,
            text=text,
            evidence=evidence,
            rule_id=f"sensor/{limit.rule}/{what}",
            clears=clears,
            device=event.device_id,
            eases=eases,
        )
