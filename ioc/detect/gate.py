"""When a gate alerts: one condition per gate and direction, made of several figures.

Backlog, its forecast, the vehicles that wait and every yard's fill have a level each, with hold and hysteresis. The
gravest one is the condition's severity, so that a jam is one incident whatever shows it first. A level that rises
is news, and so is a severity that falls, and the end of the last level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from ioc.detect.gate_flow import Figures, Flow, waits
from ioc.detect.gate_rules import GateRules, Scale
from ioc.detect.ladder import Ladder
from ioc.detect.model import Finding, shown
from ioc.vocabulary import SEVERITY_RANK, Category, Severity

_CATEGORY: Final[Category] = "traffic"
_SUBCATEGORY: Final = "border_queue"
_DIRECTIONS: Final = {"in": "nhập", "out": "xuất"}
_HOUR_S: Final = 3600.0

_BACKLOG, _AHEAD, _WAITING, _YARD = "backlog", "forecast", "waiting", "yard/"
_AUTHORITIES: Final = {"customs": "hải quan", "quarantine": "kiểm dịch", "border_guard": "biên phòng"}


class Level(NamedTuple):
    """Where one figure stands.

    Attributes:
        level: Rung that holds; 0 is normal.
        pending: Rung that it is about to change to.
        since: Since when it is; 0 if it is about to change to nothing.

    """

    level: int = 0
    pending: int = 0
    since: float = 0.0


Levels = Mapping[str, Level]
"""Figure to its level; those that are normal and stay so are left out."""


class GateAlerts:
    """Compares a flow's figures with the limits."""

    def __init__(self, rules: GateRules) -> None:
        self._rules = rules
        self._waiting = rules.waiting.ladder.rungs[0].limit
        self._fill = rules.fill.ladder.rungs[0].limit
        self._backlog = rules.backlog.ladder.rungs[0].limit

    def is_calm(self, waiting: int | None, fill: float | None) -> bool:
        """Whether vehicles waiting and the fill of a yard are below every limit."""
        return (waiting is None or waiting <= self._waiting) and (fill is None or fill <= self._fill)

    def judge(self, levels: Levels, figures: Figures) -> Levels:
        """Levels at the moment of these figures; the same object where nothing changed.

        A figure that is not known keeps its level, and what it was about to change to is forgotten.
        """
        backlog, forecast, fills = figures.backlog_h, figures.forecast_h, figures.fill
        if forecast is not None and not figures.slowing:
            forecast = 0.0
        if backlog is not None and not figures.held_up:
            backlog = 0.0
        if backlog is None or backlog > self._backlog:
            forecast = None  # what has come needs no forecast
        rules = self._rules
        looks: list[tuple[str, Scale, float | None]] = [
            (_BACKLOG, rules.backlog, backlog),
            (_AHEAD, rules.ahead.scale, forecast),
            (_WAITING, rules.waiting, figures.waiting),
        ]
        for yard, fill in fills.items():
            looks.append((_YARD + yard, rules.fill, fill))
        after: dict[str, Level] = {}
        for name, scale, value in looks:
            before = levels.get(name, _NORMAL)
            level = _unknown(before) if value is None else _moved(before, value, figures.at, scale)
            if level is not _NORMAL and level != _NORMAL:
                after[name] = level
        for name, before in levels.items():
            if name.startswith(_YARD) and name[len(_YARD) :] not in fills and before.level:
                after[name] = _unknown(before)
        return levels if after == levels else after

    @staticmethod
    def forget_pending(levels: Levels) -> Levels:
        """Levels after a time in which nothing was heard: nobody knows whether what was pending lasted."""
        return {name: _unknown(level) for name, level in levels.items() if level.level}

    def severity(self, levels: Levels) -> Severity | None:
        """The gravest of the levels; ``None`` where all are normal."""
        grave = [
            self._scale(name).ladder.rungs[level.level - 1].severity for name, level in levels.items() if level.level
        ]
        return min(grave, key=SEVERITY_RANK.__getitem__, default=None)

    def _scale(self, name: str) -> Scale:
        rules = self._rules
        return {_BACKLOG: rules.backlog, _AHEAD: rules.ahead.scale, _WAITING: rules.waiting}.get(name, rules.fill)

    def finding(
        self, place: tuple[str, str], before: Levels, after: Levels, figures: Figures, flow: Flow
    ) -> Finding | None:
        """What there is to tell about a change of levels; ``None`` where nothing is.

        Args:
            place: Gate and direction.
            before: Levels before.
            after: Levels now.
            figures: That made them.
            flow: For what an operator asks next: which yards, which goods, who waits for whom.

        """
        gate, direction = place
        risen = [name for name, level in after.items() if level.level > before.get(name, _NORMAL).level]
        was, now = self.severity(before), self.severity(after)
        if not risen and was == now:
            return None
        where = f"Cửa khẩu {gate}, chiều {_DIRECTIONS.get(direction, direction)}"
        numbers = ", ".join(_numbers(figures))
        crowd = _Crowd(flow.pending(), flow.oldest_perishable(figures.at))
        if now is None:
            title = f"Cửa khẩu {gate} hết ùn ứ"
            text = f"{where}: tồn đọng, lượng xe chờ và bãi đã về dưới ngưỡng{f' ({numbers})' if numbers else ''}."
            rule_id = "gate/clear"
        else:
            ahead_only = all(name == _AHEAD for name, level in after.items() if level.level)
            head = "Sẽ ùn ứ" if ahead_only else "Ùn ứ"
            fallen = "" if risen else " giảm"
            title = f"{head}{fallen} tại cửa khẩu {gate}: {numbers}"
            details = _details(figures, crowd)
            text = f"{where}: {'; '.join([numbers, *details])}. Căn cứ: {self._rules.source}."
            rule_id = "gate/" + "/".join(f"{_rule_name(name)}-{level.level}" for name, level in _held(after))
        return Finding(
            kind=f"queue:{direction}",
            category=_CATEGORY,
            subcategory=_SUBCATEGORY,
            severity=now or "low",
            confidence=1.0,
            title=title,
            text=text,
            evidence=_evidence(place, figures, flow, crowd)
            | {"levels": {name: level.level for name, level in _held(after)}, "limit_source": self._rules.source},
            rule_id=rule_id,
            clears=now is None,
            device=gate,
            eases=now is not None and not risen,
        )


_NORMAL: Final = Level()


class _Crowd(NamedTuple):
    """What only a look at every vehicle shows.

    Attributes:
        pending: Vehicles whose inspection is pending, by authority.
        oldest: How long the load that spoils has waited that waits longest, in seconds, and its class of goods.

    """

    pending: dict[str, int]
    oldest: tuple[float, str] | None


def _unknown(level: Level) -> Level:
    """A level while nobody knows its figure."""
    return Level(level.level) if level.since else level


def _wanted(ladder: Ladder, value: float, level: int) -> int:
    """Rung for a value: one that holds is left when the value is back behind its own ``clear``."""
    return max(ladder.reached(value), min(level, ladder.held(value)))


def _moved(level: Level, value: float, at: float, scale: Scale) -> Level:
    now, rungs = level.level, scale.ladder.rungs
    if (
        not level.since
        and (now == len(rungs) or value <= rungs[now].limit)
        and (not now or value > rungs[now - 1].clear)
    ):
        return level  # as it is most of the time
    wanted = _wanted(scale.ladder, value, now)
    if wanted == now:
        return Level(now)
    rises = wanted > now
    pending, since = wanted, at
    if level.since and (level.pending > now) == rises:
        pending, since = (min if rises else max)(level.pending, wanted), level.since
    if at - since >= (scale.hold_s if rises else scale.clear_hold_s):
        return Level(pending)
    return Level(now, pending, since)


def _held(levels: Levels) -> list[tuple[str, Level]]:
    return [(name, level) for name, level in sorted(levels.items()) if level.level]


def _rule_name(name: str) -> str:
    return "fill" if name.startswith(_YARD) else name


def _numbers(figures: Figures) -> list[str]:
    parts = []
    if figures.waiting is not None:
        parts.append(f"{figures.waiting} xe chờ")
    if figures.backlog_h:
        parts.append(f"tồn {shown(round(figures.backlog_h, 1))} giờ")
    if figures.passes_h is not None and figures.forecast_h is not None and figures.backlog_h:
        parts.append(f"dự báo {shown(round(figures.forecast_h, 1))} giờ")
    if figures.fill:
        yard, ratio = max(figures.fill.items(), key=lambda item: item[1])
        parts.append(f"bãi{f' {yard}' if yard else ''} đầy {shown(round(ratio * 100, 1))} %")
    return parts


def _details(figures: Figures, crowd: _Crowd) -> list[str]:
    parts = []
    if figures.crossings is not None:
        rates = f"thông quan {shown(round(figures.crossings, 1))} xe/giờ"
        if figures.arrivals is not None:
            rates += f", đến {shown(round(figures.arrivals, 1))} xe/giờ"
        parts.append(rates)
    if figures.passes_h is not None:
        hours = round(figures.passes_h, 1)
        parts.append(f"với đà này vượt mốc đầu sau khoảng {shown(hours)} giờ" if hours else "sắp vượt mốc đầu")
    held = {authority: count for authority, count in crowd.pending.items() if count}
    if held:
        parts.append("đang chờ " + ", ".join(f"{_AUTHORITIES[name]} {count} xe" for name, count in held.items()))
    if crowd.oldest is not None:
        parts.append(f"hàng dễ hỏng chờ lâu nhất {shown(round(crowd.oldest[0] / _HOUR_S, 1))} giờ")
    return parts


def _evidence(place: tuple[str, str], figures: Figures, flow: Flow, crowd: _Crowd) -> dict[str, Any]:
    (gate, direction), oldest = place, crowd.oldest
    yards, goods = flow.breakdown(figures.at)
    return {
        "gate_id": gate,
        "direction": direction,
        "vehicles_waiting": figures.waiting,
        "counted_by": figures.counted_by,
        "arrivals_per_hour": _rounded(figures.arrivals),
        "crossings_per_hour": _rounded(figures.crossings),
        "possible_per_hour": _rounded(figures.able),
        "backlog_hours": _rounded(figures.backlog_h),
        "forecast_hours": _rounded(figures.forecast_h),
        "passes_in_hours": _rounded(figures.passes_h),
        "yard_fill_ratio": {yard or direction: round(ratio, 3) for yard, ratio in figures.fill.items()},
        "waiting_by_yard": {yard: count for yard, count in yards.items() if yard},
        "waiting_by_goods": {name: count for name, count in goods.items() if name},
        "wait_hours": {
            name or "all": [_hours(wait.p50), _hours(wait.p90), _hours(wait.longest)]
            for name, wait in waits([(flow, figures.at)]).items()
        },
        "oldest_perishable_hours": None if oldest is None else _hours(oldest[0]),
        "oldest_perishable_goods": None if oldest is None else oldest[1],
        "pending_inspections": crowd.pending,
        "lanes_open": figures.lanes,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / _HOUR_S, 2)


def encode_levels(levels: Levels) -> bytes:
    """Write levels down."""
    return orjson.dumps({name: tuple(level) for name, level in levels.items()})


def decode_levels(raw: bytes) -> Levels:
    """Read :func:`encode_levels`."""
    return {name: Level(*level) for name, level in orjson.loads(raw).items()}
