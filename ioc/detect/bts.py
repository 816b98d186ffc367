"""Base stations: what they say of themselves, and radio figures that stay bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, cast

from ioc.detect.ladder import Ladder, read_ladder
from ioc.detect.model import QUIET, Evaluation, Finding, State, micros, shown
from ioc.events.fields import joined
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, Category, Severity

Condition = Literal["in_service", "degraded", "out_of_service", "muted"]

_CATEGORY: Final[Category] = "telecom"
_WEAK: Final = 1
"""Level: the radio figures are bad, the site itself does not complain."""
_LEVELS: Final[dict[Condition, int]] = {"in_service": 0, "degraded": 2, "out_of_service": 3}
_TITLES: Final = {1: "Chất lượng sóng kém", 2: "Trạm suy giảm", 3: "Trạm mất dịch vụ"}
_SUBCATEGORIES: Final = {1: "weak_signal", 2: "weak_signal", 3: "no_signal"}
_KPIS: Final = ("rsrp_dbm", "rsrq_db", "sinr_db")


class Alarm(Protocol):
    """What is read of a sample's alarm."""

    @property
    def severity(self) -> str | None: ...
    @property
    def id(self) -> str | None: ...


class SiteSample(Protocol):
    """What is read of a BTS event."""

    @property
    def site_id(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def technology(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def state(self) -> str | None: ...
    @property
    def alarm(self) -> Alarm | None: ...
    @property
    def rsrp_dbm(self) -> float | None: ...
    @property
    def rsrq_db(self) -> float | None: ...
    @property
    def sinr_db(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Kpi:
    """Limit of one radio figure; what lies outside ``valid`` (3GPP's report range) is no figure at all."""

    name: str
    valid: tuple[float, float]
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class BtsRules:
    """How states and alarm severities read, and when radio figures are bad.

    ``samples`` in a row make a site degraded by its figures, and as many good ones end that.
    """

    states: Mapping[str, Condition]
    alarms: Mapping[str, Condition]
    kpis: tuple[Kpi, ...]
    samples: int
    degraded: Severity
    out_of_service: Severity
    source: str


class BtsDetector:
    """Says when a site degrades, fails or is back. One state per site, operator and technology.

    An alarm with an id of its own has a state of its own: the end of one fault is not the end of another.

    Levels: 0 in service, 1 bad figures, 2 degraded as reported, 3 out of service. The worst one holds until the site
    says that it is in service; bad figures also end by good ones. Maintenance says nothing and ends nothing.
    """

    def __init__(self, rules: BtsRules) -> None:
        self._rules = rules

    @staticmethod
    def key(event: SiteSample) -> str:
        """Name of the state that :meth:`evaluate` wants."""
        own = _own_alarm(event)
        if own is None:
            return joined(event.site_id, event.operator, event.technology)
        return joined(event.site_id, event.operator, event.technology, own)

    def evaluate(self, event: SiteSample, state: State | None) -> Evaluation:
        """Judge one sample."""
        claim = self._claim(event)
        bad = self._bad(event) if _own_alarm(event) is None else None
        if state is None and not bad and (claim is None or claim == "in_service"):
            return QUIET
        if claim == "muted":
            return QUIET
        at = micros(event.observed_at)
        state = state or State(0, -(2**63), 0, -(2**63))
        if at <= state.changed_at or at <= state.streak_at:
            return QUIET
        if claim == "degraded" or claim == "out_of_service":  # noqa: PLR1714 - mypy narrows this form
            if (level := _LEVELS[claim]) <= state.level:
                return QUIET
            return self._worse(event, level, state.level), State(level, at)
        if claim == "in_service" and (state.level > _WEAK or (state.level == _WEAK and not bad)):
            return self._back(event, state.level), State(0, at)
        if bad is None or state.level > _WEAK:
            return QUIET
        return self._count(event, state, at, bad=bad)

    def _count(self, event: SiteSample, state: State, at: int, *, bad: bool) -> Evaluation:
        """Follow radio figures between levels 0 and 1."""
        if bad == (state.level == _WEAK):
            return (None, state._replace(streak=0, streak_at=at)) if state.streak else QUIET
        if state.streak + 1 < self._rules.samples:
            return None, state._replace(streak=state.streak + 1, streak_at=at)
        if bad:
            return self._worse(event, _WEAK, 0), State(_WEAK, at)
        return self._back(event, _WEAK), State(0, at)

    def _claim(self, event: SiteSample) -> Condition | None:
        if event.state is not None:
            return self._rules.states.get(event.state)
        if event.alarm is not None and event.alarm.severity is not None:
            return self._rules.alarms.get(event.alarm.severity)
        return None

    def _bad(self, event: SiteSample) -> bool | None:
        """Whether a figure is beyond its limit; none if there is no figure or they lie in between."""
        good: bool | None = None
        for kpi in self._rules.kpis:
            value: float | None = getattr(event, kpi.name)
            if value is None or not kpi.valid[0] <= value <= kpi.valid[1]:
                continue
            if kpi.ladder.reached(value):
                return True
            cleared = kpi.ladder.cleared(value)
            good = cleared if good is None else good and cleared
        return False if good else None

    def _worse(self, event: SiteSample, level: int, before: int) -> Finding:
        title = f"{_TITLES[level]}: {event.site_id} ({event.operator} {event.technology})"
        figures = _figures(event)
        listed = ", ".join(f"{name} {shown(value)}" for name, value in figures.items())
        return Finding(
            kind=_kind(event),
            category=_CATEGORY,
            subcategory=_SUBCATEGORIES[level],
            severity=self._rules.out_of_service if level == _LEVELS["out_of_service"] else self._rules.degraded,
            confidence=1.0,
            title=title,
            text=f"{title}{f'; {listed}' if listed else ''}. Căn cứ: {self._rules.source}.",
            evidence={
                **_identity(event),
                **figures,
                "state": event.state,
                "alarm": event.alarm.severity if event.alarm else None,
                "alarm_id": event.alarm.id if event.alarm else None,
                "level": level,
                "level_before": before,
                "limit_source": self._rules.source,
            },
            rule_id=f"bts/level-{level}",
            clears=False,
            device=event.site_id,
        )

    def _back(self, event: SiteSample, before: int) -> Finding:
        title = f"Trạm hoạt động trở lại: {event.site_id} ({event.operator} {event.technology})"
        return Finding(
            kind=_kind(event),
            category=_CATEGORY,
            subcategory=_SUBCATEGORIES[before],
            severity="low",
            confidence=1.0,
            title=title,
            text=f"{title}.",
            evidence={
                **_identity(event),
                **_figures(event),
                "state": event.state,
                "level": 0,
                "level_before": before,
            },
            rule_id="bts/clear",
            clears=True,
            device=event.site_id,
        )


def _own_alarm(event: SiteSample) -> str | None:
    """Id of the alarm that the sample is about; none where it is about the site."""
    return event.alarm.id if event.state is None and event.alarm is not None else None


def _kind(event: SiteSample) -> str:
    own = _own_alarm(event)
    return f"site:{event.operator}:{event.technology}" + (f":{own}" if own is not None else "")


def _identity(event: SiteSample) -> dict[str, str]:
    return {"site_id": event.site_id, "operator": event.operator, "technology": event.technology}


def _figures(event: SiteSample) -> dict[str, float]:
    return {name: value for name in _KPIS if (value := getattr(event, name)) is not None}


def read_bts_rules(root: Table) -> BtsRules:
    """Read ``[bts]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("bts")
    kpis: list[Kpi] = []
    for name in _KPIS:
        part = table.table(name)
        ladder = read_ladder(part, "below")
        if ladder is None or len(ladder.rungs) != 1:
            raise part.error("needs exactly one limit", "below")
        low, high = part.numbers("valid", size=2)
        part.done()
        kpis.append(Kpi(name, (low, high), ladder))
    table.day("date")
    rules = BtsRules(
        states=_conditions(table.table("states")),
        alarms=_conditions(table.table("alarms")),
        kpis=tuple(kpis),
        samples=int(table.number("samples", low=1.0)),
        degraded=cast("Severity", table.choice("degraded", SEVERITIES)),
        out_of_service=cast("Severity", table.choice("out_of_service", SEVERITIES)),
        source=table.text("source"),
    )
    table.done()
    return rules


def _conditions(table: Table) -> dict[str, Condition]:
    known = (*_LEVELS, "muted", "unknown")
    read = {word: table.choice(word, known) for word in table.keys()}  # noqa: SIM118 - reading marks them as known
    return {word: cast("Condition", condition) for word, condition in read.items() if condition != "unknown"}
