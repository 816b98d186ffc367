"""What an outage's signal says, in Vietnamese: one line, and sentences with every figure that led there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from ioc.area.cause import Inference
from ioc.area.outage_state import Cause, Outage, Site
from ioc.area.places import Places
from ioc.detect.model import shown

_CAUSES: Final[dict[Cause, str]] = {
    "power": "nghi do mất điện",
    "fibre": "nghi do đứt cáp quang, truyền dẫn",
    "unknown": "chưa rõ nguyên nhân",
}
_WIDE: Final = 3
"""Fewer stations, in a storm, are an outage all the same, but no wide one."""
_LISTED_SITES: Final = 20
_LISTED_COMMUNES: Final = 8


def title(outage: Outage, sites: Sequence[Site], places: Places) -> str:
    """One line: where, how many, whose, what took them."""
    dead = sum(bool(site.dead) for site in sites)
    battery = sum(bool(site.out) and not site.dead for site in sites)
    centre = places.centres.get(outage.centre, outage.centre)
    operators = ", ".join(sorted({site.operator for site in sites}))
    if outage.over:
        return f"Đã có sóng trở lại: {centre}, {len(sites)} trạm ({operators})"
    none = f"; KHÔNG CÒN TRẠM NÀO tại {', '.join(outage.dark)}" if outage.dark else ""
    if not dead and battery:
        what = f"Mất điện lưới, {centre}: {battery} trạm chạy ắc quy"
    else:
        what = f"{'Mất sóng diện rộng' if len(sites) >= _WIDE else 'Mất sóng'}, {centre}: {len(sites)} trạm"
        if dead < len(sites):
            what += f", {dead} trạm đang mất sóng"
        if battery:
            what += f", {battery} trạm chạy ắc quy"
    return f"{what} ({operators}); {inferred(outage)}{none}"


def inferred(outage: Outage) -> str:
    """The cause, and how sure it is."""
    return f"{_CAUSES[outage.cause]} (độ tin cậy {shown(outage.confidence)})"


def text(outage: Outage, sites: Sequence[Site], inference: Inference, places: Places, source: str) -> str:
    """Sentences for the operator.

    Args:
        outage: As it is now.
        sites: All of its stations.
        inference: Its cause, and why.
        places: Names.
        source: Of the rules.

    """
    back = sum(site.back_at is not None for site in sites)
    by_operator = Counter(site.operator for site in sites)
    by_commune = Counter(places.communes.get(site.commune, site.commune) for site in sites)
    parts = [title(outage, sites, places)]
    parts.append(f"Suy luận: {inference.why}")
    parts.append(f"Theo nhà mạng: {_counted(by_operator, len(by_operator))}")
    parts.append(f"Theo địa bàn: {_counted(by_commune, _LISTED_COMMUNES)}")
    if back:
        parts.append(f"Đã khôi phục {back}/{len(sites)} trạm")
    names = [site.site_id for site in sorted(sites, key=lambda site: (site.lost_at, site.key))]
    more = f" và {len(names) - _LISTED_SITES} trạm khác (xem các sự cố con)" if len(names) > _LISTED_SITES else ""
    parts.append(f"Trạm: {', '.join(names[:_LISTED_SITES])}{more}")
    parts.append(f"Căn cứ: {source}")
    return ". ".join(parts) + "."


def evidence(outage: Outage, sites: Sequence[Site], inference: Inference) -> dict[str, Any]:
    """Every station of the outage, and the figures that led there; JSON values."""
    return {
        "outage": outage.key,
        "cause": outage.cause,
        "cause_confidence": outage.confidence,
        "cause_why": inference.why,
        "dark": list(outage.dark),
        "operators": dict(sorted(Counter(site.operator for site in sites).items())),
        "communes": dict(sorted(Counter(site.commune for site in sites).items())),
        "hit": len(sites),
        "lost": sum(bool(site.dead) for site in sites),
        "battery": sum(bool(site.out) and not site.dead for site in sites),
        "back": sum(site.back_at is not None for site in sites),
        "sites": [
            {
                "site_id": site.site_id, "operator": site.operator, "commune": site.commune, "upstream": site.upstream,
                "lost_at": site.lost_at, "back_at": site.back_at, "dead": bool(site.dead),
            }
            for site in sorted(sites, key=lambda site: site.key)
        ],
    }  # fmt: skip


def _counted(counts: Counter[str], most: int) -> str:
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    more = f" và {len(listed) - most} nơi khác" if len(listed) > most else ""
    return ", ".join(f"{name} {count}" for name, count in listed[:most]) + more
