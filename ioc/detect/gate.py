"""Queues at the border gate: vehicles that wait and yards that fill up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ioc.detect.ladder import Ladder, read_ladder
from ioc.detect.model import QUIET, Evaluation, Finding, State, micros, shown
from ioc.events.fields import joined
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITY_RANK, Category

_CATEGORY: Final[Category] = "traffic"
_SUBCATEGORY: Final = "border_queue"
_DIRECTIONS: Final = {"in": "nhập", "out": "xuất"}
_BASE: Final = 16
"""Both rungs share one level: waiting + 16 × fill."""


class GateSample(Protocol):
    """What is read of a gate event."""

    @property
    def gate_id(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def goods(self) -> str | None: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def vehicles_waiting(self) -> int | None: ...
    @property
    def yard_fill_ratio(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class GateRules:
    """Limits of vehicles waiting and of the yard's fill (1 = full), and where they come from."""

    waiting: Ladder
    fill: Ladder
    source: str


class GateDetector:
    """Says when a queue passes a limit, grows past a graver one, or is gone: per gate, direction and goods."""

    def __init__(self, rules: GateRules) -> None:
        self._rules = rules

    @staticmethod
    def key(event: GateSample) -> str:
        """Name of the state that :meth:`evaluate` wants."""
        return joined(event.gate_id, event.direction, event.goods or "")

    def evaluate(self, event: GateSample, state: State | None) -> Evaluation:
        """Judge one sample; a figure that it lacks keeps its last rung."""
        if event.vehicles_waiting is None and event.yard_fill_ratio is None:
            return QUIET
        level = state.level if state else 0
        fill_before, waiting_before = divmod(level, _BASE)
        waiting = _rung(self._rules.waiting, event.vehicles_waiting, waiting_before)
        fill = _rung(self._rules.fill, event.yard_fill_ratio, fill_before)
        if waiting == waiting_before and fill == fill_before:
            return QUIET
        at = micros(event.observed_at)
        if state is not None and at <= state.changed_at:
            return QUIET
        after = State(waiting + _BASE * fill, at)
        if waiting > waiting_before or fill > fill_before:
            return self._grown(event, waiting, fill, level), after
        if after.level:
            return None, after
        return self._gone(event), after

    def _grown(self, event: GateSample, waiting: int, fill: int, before: int) -> Finding:
        rungs = [
            ladder.rungs[rung - 1]
            for ladder, rung in ((self._rules.waiting, waiting), (self._rules.fill, fill))
            if rung
        ]
        parts = []
        if event.vehicles_waiting is not None:
            parts.append(f"{event.vehicles_waiting} xe chờ")
        if event.yard_fill_ratio is not None:
            parts.append(f"bãi đầy {shown(round(event.yard_fill_ratio * 100, 1))} %")
        figures = ", ".join(parts)
        return Finding(
            kind=_kind(event),
            category=_CATEGORY,
            subcategory=_SUBCATEGORY,
            severity=min((rung.severity for rung in rungs), key=SEVERITY_RANK.__getitem__),
            confidence=1.0,
            title=f"Ùn ứ tại cửa khẩu {event.gate_id}: {figures}",
            text=f"{_place(event)}: {figures}. Căn cứ: {self._rules.source}.",
            evidence={
                **_figures(event),
                "level_waiting": waiting,
                "level_fill": fill,
                "level_before": before,
                "limit_source": self._rules.source,
            },
            rule_id=f"gate/waiting-{waiting}/fill-{fill}",
            clears=False,
            device=event.gate_id,
        )

    def _gone(self, event: GateSample) -> Finding:
        return Finding(
            kind=_kind(event),
            category=_CATEGORY,
            subcategory=_SUBCATEGORY,
            severity="low",
            confidence=1.0,
            title=f"Cửa khẩu {event.gate_id} hết ùn ứ",
            text=f"{_place(event)}: lượng xe chờ và bãi đã về dưới ngưỡng.",
            evidence=_figures(event),
            rule_id="gate/clear",
            clears=True,
            device=event.gate_id,
        )


def _kind(event: GateSample) -> str:
    return f"queue:{event.direction}:{event.goods}" if event.goods else f"queue:{event.direction}"


def _place(event: GateSample) -> str:
    goods = f", hàng {event.goods}" if event.goods else ""
    return f"Cửa khẩu {event.gate_id}, chiều {_DIRECTIONS.get(event.direction, event.direction)}{goods}"


def _rung(ladder: Ladder, value: float | None, before: int) -> int:
    if value is None:
        return before
    if (reached := ladder.reached(value)) >= before:
        return reached
    return 0 if ladder.cleared(value) else before


def _figures(event: GateSample) -> dict[str, object]:
    return {
        "gate_id": event.gate_id,
        "direction": event.direction,
        "goods": event.goods,
        "vehicles_waiting": event.vehicles_waiting,
        "yard_fill_ratio": event.yard_fill_ratio,
    }


def read_gate_rules(root: Table) -> GateRules:
    """Read ``[gate]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("gate")
    ladders: list[Ladder] = []
    for key in ("vehicles_waiting", "yard_fill_ratio"):
        part = table.table(key)
        ladder = read_ladder(part, "above")
        if ladder is None or len(ladder.rungs) >= _BASE:
            raise part.error(f"needs 1 to {_BASE - 1} limits", "above")
        part.done()
        ladders.append(ladder)
    table.day("date")
    rules = GateRules(ladders[0], ladders[1], table.text("source"))
    table.done()
    return rules
