"""What an operator is told of a device's instruments: of one metric, or, where all of them fail, of the device once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ioc.detect.instrument import Flag, InstrumentRules
from ioc.detect.instrument_series import Series, Trouble, severity_of
from ioc.detect.model import Finding, shown
from ioc.vocabulary import SEVERITY_RANK, Severity

WHOLE: Final = "*"
"""Stands for all metrics of a device."""
BAD: Final = 2

_WORDS: Final[Mapping[Flag, str]] = {
    "calibrating": "đang hiệu chuẩn",
    "device_error": "thiết bị báo lỗi",
    "out_of_range": "số đo ngoài dải đo của thiết bị",
    "sentinel": "chỉ gửi mã thiếu số liệu",
    "flatline": "số đo đứng yên",
    "zeros": "quá nhiều số 0",
}
_HOUR_S: Final = 3600


class Told(NamedTuple):
    """What the operator knows: the flag that names the condition, and how grave it is."""

    flag: Flag
    severity: Severity


class News(NamedTuple):
    """What the operator has to hear of a metric, or of the :data:`WHOLE` device: ``told``, or that it is over."""

    name: str
    told: Told
    over: bool


def news(
    series: Mapping[str, Series], troubles: Mapping[str, Trouble], told: Mapping[str, Told], rules: InstrumentRules
) -> Iterator[News]:
    """Compare what is with what was told.

    Where every metric that the device still sends is bad, the device is told once, and so it stays until none is bad:
    metrics that recover one by one are no news each.
    """
    told_whole = told.get(WHOLE)
    bad = {metric for metric, trouble in troubles.items() if trouble.level == BAD}
    if told_whole is not None and bad:
        wanted = {WHOLE: told_whole}
    elif len(bad) > 1 and bad >= _active(series, rules.active_s):
        flags = Counter(troubles[metric].flag for metric in bad)
        wanted = {WHOLE: Told(max(sorted(flags), key=flags.__getitem__), severity_of(BAD))}
    else:
        wanted = {
            metric: Told(trouble.flag, severity_of(trouble.level))
            for metric, trouble in troubles.items()
            if trouble.level
        }
    for name, want in wanted.items():
        before = told.get(name)
        if before is None:
            yield News(name, want, over=False)
        elif SEVERITY_RANK[want.severity] < SEVERITY_RANK[before.severity]:
            # The flag that it was first told for names the condition, or its end would not be understood.
            yield News(name, Told(before.flag, want.severity), over=False)
    for name, before in told.items():
        goes_on = name in wanted if name == WHOLE else name in troubles and troubles[name].level
        if not goes_on:
            yield News(name, before, over=True)


def _active(series: Mapping[str, Series], active_s: float) -> set[str]:
    newest = max(each.seen_s for each in series.values())
    return {metric for metric, each in series.items() if newest - each.seen_s <= active_s}


def finding(
    device: str,
    one: News,
    series: Mapping[str, Series],
    troubles: Mapping[str, Trouble],
    rules: InstrumentRules,
) -> Finding:
    """Put news into words."""
    whole = one.name == WHOLE
    what = "tất cả các thông số" if whole else rules.name(one.name)
    flag, severity = one.told
    clear = one.over
    title = f"Thiết bị {device} hoạt động lại: {what}" if clear else f"Lỗi thiết bị {device}: {what} – {_WORDS[flag]}"
    if not clear and severity == "low":
        title = f"Nghi lỗi thiết bị {device}: {what} – {_WORDS[flag]}"
    evidence: dict[str, Any] = {"device_id": device, "flag": flag}
    if whole:
        evidence["metrics"] = {metric: trouble.flag for metric, trouble in sorted(troubles.items()) if trouble.level}
    else:
        evidence |= {"metric": one.name} | _figures(one.name, series.get(one.name), troubles.get(one.name), rules)
    return Finding(
        kind=f"fault:{'device' if whole else one.name}:{flag}",
        category="other",
        subcategory="device_fault",
        severity="low" if clear else severity,
        confidence=1.0,
        title=title,
        text=_text(one, series.get(one.name), rules),
        evidence=evidence,
        rule_id=f"instrument/{flag}/{'clear' if clear else severity}",
        clears=clear,
        device=device,
    )


def _figures(metric: str, series: Series | None, trouble: Trouble | None, rules: InstrumentRules) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if trouble is not None:
        figures["last_flag"] = trouble.flag
    if series is not None:
        figures |= {
            "last_good_value": series.value,
            "unchanged_hours": round((series.at_s - series.since_s) / _HOUR_S, 1),
            "zero_share": round(series.zero_share(rules.min_readings), 3),
        }
    if (check := rules.checks.get(metric)) is not None:
        figures |= {"limit_source": check.source, "limit_date": check.since.isoformat()}
    return figures


def _text(one: News, series: Series | None, rules: InstrumentRules) -> str:
    if one.over:
        return "Đã có nhiều số đo tốt liên tiếp; số liệu được dùng lại."
    flag, severity = one.told
    if flag == "flatline" and series is not None:
        hours = shown(round((series.at_s - series.since_s) / _HOUR_S, 1))
        why = f"Số đo giữ nguyên {shown(series.value)} trong {hours} giờ."
    elif flag == "zeros" and series is not None:
        why = f"{shown(round(series.zero_share(rules.min_readings) * 100, 1))} % số đo là số 0."
    else:
        why = f"{rules.cycles} số đo liên tiếp không dùng được: {_WORDS[flag]}."
    if severity == "low":
        return f"{why} Số liệu vẫn được dùng; cần kiểm tra thiết bị."
    return (
        f"{why} Số liệu xấu không được so ngưỡng, không tính VN_AQI cho đến khi thiết bị tốt trở lại. "
        "Đây là lỗi thiết bị, không phải hiện tượng môi trường."
    )
