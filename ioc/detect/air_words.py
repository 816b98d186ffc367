"""What is said of a station's air: conditions that begin and end, and corrections of past hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from ioc.detect.air import UNIT, VnAqi
from ioc.detect.air_hours import HOUR_S
from ioc.detect.air_judge import INDEX, Change, Crossing, Verdict
from ioc.detect.air_limits import AirRules, MeanLimit, Step
from ioc.detect.model import Finding, shown
from ioc.vocabulary import Severity

CORRECTION: Final = "air:correction"
_MOST_HOURS: Final = 96
"""Of one correction, in its evidence; more cannot be remembered."""
_NAMED_HOURS: Final = 3
"""Of one correction, in its text."""
_CHECK: Final = "Đây là căn cứ để kiểm tra, chưa phải kết luận vi phạm."


def crossing_finding(station: str, crossing: Crossing, table: VnAqi, rules: AirRules) -> Finding:
    """Words for a condition that began, worsened or ended."""
    limit = next((limit for limit in rules.limits if limit.key == crossing.key), None)
    if limit is None:
        return _of_index(station, crossing, table, rules)
    end = _local(crossing.hour, rules.zone)
    # A condition of a limit that is no longer in force ends like any other.
    step = limit.in_force(end.date()) or limit.steps[0]
    return _of_mean(station, crossing, limit, step, rules)


def correction_finding(station: str, changes: Sequence[Change], rules: AirRules) -> Finding:
    """Words for what late readings changed in past hours.

    It ends nothing and begins nothing: ``clears`` keeps it from opening an incident, and no condition has its kind.
    """
    named = "; ".join(_change(change, rules.zone) for change in changes[-_NAMED_HOURS:])
    more = f" và {len(changes) - _NAMED_HOURS} giờ khác" if len(changes) > _NAMED_HOURS else ""
    return Finding(
        kind=CORRECTION,
        category=rules.category,
        subcategory=rules.subcategory,
        severity="low",
        confidence=1.0,
        title=f"Hiệu chỉnh số liệu không khí trạm {station}: {len(changes)} giờ đã qua",
        text=f"Số liệu đến muộn làm thay đổi kết quả: {named}{more}. Không phải cảnh báo về hiện tại.",
        evidence={
            "device_id": station,
            "hours": [
                {
                    "hour": datetime.fromtimestamp(change.hour * HOUR_S, UTC).isoformat(),
                    "before": None if change.before is None else _figures(change.before),
                    "after": _figures(change.after),
                }
                for change in changes[-_MOST_HOURS:]
            ],
        },
        rule_id="air/correction",
        clears=True,
        device=station,
    )


def _of_index(station: str, crossing: Crossing, table: VnAqi, rules: AirRules) -> Finding:
    assert crossing.aqi is not None
    value, level, parts = crossing.aqi.value, crossing.aqi.level, crossing.aqi.parts
    whole = "pm2_5" in parts or "pm10" in parts
    name = "VN_AQI giờ" if whole else "Chỉ số giờ của các khí"
    hour = _hour(crossing, 1, rules.zone)
    clears = crossing.rung == 0
    title = f"{name} {value} – {level.name}"
    text = f"{name} của trạm {station}, {hour}: {value}, mức {level.name}, do {crossing.aqi.pollutant.upper()}."
    if not whole:
        text += " Trạm không có số liệu bụi nên không có VN_AQI."
    return _finding(
        station,
        crossing,
        rules,
        severity="low" if clears else rules.index.rungs[crossing.rung - 1].severity,
        title=f"Không khí bớt ô nhiễm: {title}" if clears else title,
        text=f"{text} Căn cứ: {table.source}.",
        rule_id=f"air/{INDEX}/{'clear' if clears else f'above-{crossing.rung}'}",
        evidence={
            "index": value,
            "air_level": table.rank(value),
            "air_level_name": level.name,
            "colour": "#{:02x}{:02x}{:02x}".format(*level.rgb),
            "pollutant": crossing.aqi.pollutant,
            "parts": dict(parts),
            "limit": None if clears else rules.index.rungs[crossing.rung - 1].limit,
            "limit_source": table.source,
            "limit_date": table.since.isoformat(),
        },
    )


def _of_mean(station: str, crossing: Crossing, limit: MeanLimit, step: Step, rules: AirRules) -> Finding:
    rung = step.ladder.rungs[0]
    clears = crossing.rung == 0
    mean = f"{shown(round(crossing.value, 1))} {UNIT}"
    name = f"{limit.name[:1].upper()}{limit.name[1:]} trung bình {limit.hours} giờ"
    hour = _hour(crossing, limit.hours, rules.zone)
    side = "đã về trong" if clears else "cao hơn"
    text = f"{name} của trạm {station}, {hour}: {mean}, {side} giới hạn {shown(rung.limit)} {UNIT} ({step.source})."
    return _finding(
        station,
        crossing,
        rules,
        severity="low" if clears else rung.severity,
        title=f"{name} trở lại bình thường: {mean}" if clears else f"{name} cao hơn giới hạn: {mean}",
        text=text if clears else f"{text} {_CHECK}",
        rule_id=f"air/{limit.key}/{'clear' if clears else 'above-1'}",
        evidence={
            "metric": limit.metric,
            "value": round(crossing.value, 3),
            "unit": UNIT,
            "mean_hours": limit.hours,
            "hours_with_value": crossing.hours,
            "limit": rung.limit,
            "limit_from": step.since.isoformat(),
            "limit_source": step.source,
            "limit_date": step.date.isoformat(),
        },
    )


def _finding(
    station: str,
    crossing: Crossing,
    rules: AirRules,
    *,
    severity: Severity,
    title: str,
    text: str,
    rule_id: str,
    evidence: dict[str, Any],
) -> Finding:
    end = datetime.fromtimestamp(crossing.hour * HOUR_S, UTC)
    figures = {"hour": end.isoformat(), "level": crossing.rung, "level_before": crossing.before}
    return Finding(
        kind=f"air:{crossing.key}",
        category=rules.category,
        subcategory=rules.subcategory,
        severity=severity,
        confidence=1.0,
        title=title,
        text=text,
        evidence={"device_id": station} | figures | evidence,
        rule_id=rule_id,
        clears=crossing.rung == 0,
        device=station,
    )


def _local(hour: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(hour * HOUR_S, UTC).astimezone(zone)


def _hour(crossing: Crossing, hours: int, zone: tzinfo) -> str:
    start, end = _local(crossing.hour - hours, zone), _local(crossing.hour, zone)
    return f"{start:%H:%M %d/%m} đến {end:%H:%M %d/%m/%Y}"


def _change(change: Change, zone: tzinfo) -> str:
    return f"giờ {_local(change.hour, zone):%H:%M %d/%m/%Y} từ {_words(change.before)} thành {_words(change.after)}"


def _words(verdict: Verdict | None) -> str:
    if verdict is None:
        return "chưa có số liệu"
    index = f"VN_AQI {verdict.aqi}" if verdict.aqi >= 0 else "không có VN_AQI"
    return f"{index}, vượt {', '.join(verdict.exceeded)}" if verdict.exceeded else index


def _figures(verdict: Verdict) -> dict[str, Any]:
    return {"index": verdict.aqi if verdict.aqi >= 0 else None, "exceeded": list(verdict.exceeded)}
