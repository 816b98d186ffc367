"""What operators are told of a reading and its limit, Vietnamese: a title and sentences."""

from __future__ import annotations

from datetime import datetime

from ioc.detect.ladder import Rung
from ioc.detect.limits import Limit
from ioc.detect.model import shown

Words = tuple[str, str]
"""Title and text."""

_MINUTE_US = 60_000_000


def beyond(limit: Limit, level: int, value: float, when: datetime) -> Words:
    """A limit was passed, or a graver one."""
    rung = limit.rung(level)
    name, word = _capital(limit.name), "cao hơn" if level > 0 else "thấp hơn"
    if limit.issued:
        return f"{name}: {_label(rung)}", f"{_issued(limit, rung, when)} {_basis(limit)}"
    against = f"{'trên' if level > 0 else 'dưới'} {_label(rung)}" if rung.label else f"{word} ngưỡng"
    lasting = limit.timing.hold_us // _MINUTE_US
    lasts = f" Tình trạng kéo dài ít nhất {lasting} phút." if lasting else ""
    return (
        f"{name} {against}: {shown(value)} {limit.unit}",
        f"{_measured(limit, value, when)} {word} {_figure(limit, rung)} ({limit.basis}).{lasts} {_basis(limit)}",
    )


def eased(limit: Limit, level: int, value: float, when: datetime) -> Words:
    """A limit is still passed, a graver one no more."""
    rung = limit.rung(level)
    name = _capital(limit.name)
    if limit.issued:
        return f"{name} hạ xuống {_label(rung)}", f"{_issued(limit, rung, when)} {_basis(limit)}"
    to = f"còn {_label(rung)}" if rung.label else "xuống bậc thấp hơn"
    first = _figure(limit, limit.rung(1 if level > 0 else -1))
    return (
        f"{name} giảm {to}: {shown(value)} {limit.unit}",
        f"{_measured(limit, value, when)}; vẫn chưa về trong ngưỡng {first} ({limit.basis}). {_basis(limit)}",
    )


def back(limit: Limit, value: float, when: datetime, *, scheduled: bool = True) -> Words:
    """Nothing is passed any more; ``scheduled``: because of the value, not of the time."""
    name = _capital(limit.name)
    if not scheduled:
        return (
            f"{name}: hết thời gian áp dụng ngưỡng",
            f"{_measured(limit, value, when)}; lúc này không áp dụng ngưỡng nào ({limit.basis}).",
        )
    if limit.issued:
        return f"{name}: đã kết thúc", f"{name} hết hiệu lực lúc {when:%H:%M %d/%m/%Y}. {_basis(limit)}"
    return (
        f"{name} trở lại bình thường: {shown(value)} {limit.unit}",
        f"{_measured(limit, value, when)} đã về trong ngưỡng ({limit.basis}).",
    )


def _measured(limit: Limit, value: float, when: datetime) -> str:
    return f"Số đo {shown(value)} {limit.unit} lúc {when:%H:%M %d/%m/%Y}"


def _figure(limit: Limit, rung: Rung) -> str:
    return f"{shown(rung.limit)} {limit.unit}"


def _issued(limit: Limit, rung: Rung, when: datetime) -> str:
    return (
        f"{_capital(limit.name)}: {_label(rung)}, theo bản tin lúc {when:%H:%M %d/%m/%Y}. Do cơ quan có thẩm quyền ban "
        f"hành; hệ thống không tự tính ({limit.basis})."
    )


def _basis(limit: Limit) -> str:
    return f"Căn cứ: {limit.source}." + (f" Lưu ý: {limit.note}." if limit.note else "")


def _label(rung: Rung) -> str:
    return f"{rung.label}, màu {rung.colour}" if rung.colour else rung.label


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
