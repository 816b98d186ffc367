"""What took stations away: inferred from when they were lost, whose they are and what their own alarms say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ioc.area.outage_rules import CauseRules, Confidences
from ioc.area.outage_state import Cause, Site

_HINTS: Final[dict[str, Cause]] = {"power": "power", "transmission": "fibre", "fibre": "fibre"}

_LEAST: Final = 3
"""Fewer stations have no order."""


class Inference(NamedTuple):
    """A cause, how sure it is from 0 to 1, and why, in Vietnamese."""

    cause: Cause
    confidence: float
    why: str


def infer(sites: Collection[Site], rules: CauseRules, sure: Confidences) -> Inference:
    """Cause of an outage; the order in which its stations became known plays no part.

    Args:
        sites: All stations of the outage, at least one.
        rules: When losses are simultaneous, when they follow the batteries.
        sure: How sure each inference is.

    """
    hints = Counter(cause for site in sites if (cause := _HINTS.get(site.hint)) is not None)
    hinted = hints.total()
    if hinted >= max(1.0, rules.hint_share * len(sites)):
        cause, count = max(hints.items(), key=lambda each: (each[1], each[0]))
        if count >= rules.hint_agree * hinted:
            return Inference(cause, sure.hint, f"{count} trạm tự báo nguyên nhân này")
    if len(sites) < _LEAST:
        return Inference("unknown", sure.unknown, "còn quá ít trạm để suy luận")
    times = sorted(site.lost_at for site in sites)
    spread = times[-1] - times[0]
    at_once = most_together(times, rules.together) >= rules.simultaneous * len(times)
    operators = Counter(site.operator for site in sites)
    if max(operators.values()) < rules.one_operator * len(sites):
        count = len(operators)
        if at_once:
            return Inference("power", sure.power_at_once, f"{count} nhà mạng mất cùng lúc, có thể chung nguồn cấp")
        if spread > rules.battery:
            return Inference("power", sure.power_spread, f"{count} nhà mạng mất dần theo thứ tự cạn ắc quy")
        return Inference("power", sure.few, f"{count} nhà mạng cùng bị")
    if at_once and sum(site.silent for site in sites) >= rules.one_operator * len(sites):
        return Inference("unknown", sure.unknown, "trạm một nhà mạng im lặng cùng lúc: có thể hệ thống thu thập hỏng")
    if at_once:
        if len(sites) < rules.fibre_sites:
            return Inference("fibre", sure.few, "một nhà mạng mất đồng thời, nhưng còn ít trạm")
        nodes = {site.upstream for site in sites}
        if len(nodes) == 1 and None not in nodes:
            return Inference("fibre", sure.fibre_node, "một nhà mạng, một nút truyền dẫn, mất đồng thời")
        return Inference("fibre", sure.fibre, "một nhà mạng, mất đồng thời")
    if spread > rules.battery:
        return Inference("power", sure.power_single, "một nhà mạng, mất dần theo thứ tự cạn ắc quy")
    return Inference("unknown", sure.unknown, "chưa đủ dấu hiệu")


def most_together(times: Sequence[datetime], together: timedelta) -> int:
    """The most instants within one span of this length; ``times`` are sorted."""
    best = begin = 0
    for end, at in enumerate(times):
        while at - times[begin] > together:
            begin += 1
        best = max(best, end - begin + 1)
    return best
