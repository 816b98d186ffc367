"""How samples, silence and time change the state of a site. Pure: states and times in, states and news out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from ioc.detect.bts.rules import BtsRules
from ioc.detect.bts.state import GOOD, LEVELS, LONG_AGO, MAX_ALARMS, OUT, Alarm, SiteState
from ioc.detect.model import micros

_COMPLAINTS: Final = frozenset({"degraded", "out_of_service", "muted"})
"""Words beside which an alarm counts too: it says why. Beside a good one it would contradict, and the word counts."""


_FINE: Final = frozenset({"in_service", "unknown"})
_SAYINGS: Final = 1024
"""Words of alarms whose causes are remembered: a manager says the same few of thousands of sites."""
_new: Final = tuple.__new__


class AlarmSample(Protocol):
    """What is read of a sample's alarm."""

    @property
    def severity(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def condition(self) -> str | None: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def raised_at(self) -> datetime | None: ...


class SiteSample(Protocol):
    """What is read of a BTS event."""

    @property
    def site_id(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def technology(self) -> str: ...
    @property
    def state(self) -> str | None: ...
    @property
    def alarm(self) -> AlarmSample | None: ...
    @property
    def rsrp_dbm(self) -> float | None: ...
    @property
    def rsrq_db(self) -> float | None: ...
    @property
    def sinr_db(self) -> float | None: ...
    @property
    def users(self) -> int | None: ...


def has_figures(event: SiteSample) -> bool:
    """Whether a sample is a measurement."""
    figures = event.rsrp_dbm, event.rsrq_db, event.sinr_db, event.users
    return any(figure is not None for figure in figures)


class News(NamedTuple):
    """A change that operators are to hear of.

    Attributes:
        level: What it is now.
        before: What they knew.
        since: Event time at which it began, microseconds since 1970.

    """

    level: int
    before: int
    since: int


class SiteMachine:
    """The states of a site: in service, degraded, out of service; maintenance beside them.

    What can be wrong are four things, each with an end of its own: the site's word (a better word), its alarms (the
    ``normal`` of the same id; ``in_service`` ends all that are older), its silence (signs of life) and its figures
    (good ones). The worst counts. It is told at once when it gets worse, and after a hold when it gets better.
    """

    def __init__(self, rules: BtsRules) -> None:
        self._rules = rules
        self._hold = rules.timing.hold
        self._levels: Mapping[str, int] = {word: LEVELS[condition] for word, condition in rules.alarms.items()}
        self._cause = lru_cache(_SAYINGS)(rules.cause)

    def bad(self, event: SiteSample) -> bool | None:
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

    def sampled(
        self, state: SiteState, event: SiteSample, at: int, *, newest: bool, alive: bool, interval_s: float | None
    ) -> SiteState:
        """Take in a sample.

        Args:
            state: What was known.
            event: The sample.
            at: Its event time, microseconds since 1970.
            newest: Nothing newer was heard of the site; an older sample's figures and life are of the past.
            alive: It is enough of a sign of life to end a silence.
            interval_s: Seconds between two samples, where that was said: figures count once in a period.

        """
        bad = self.bad(event) if newest and (event.alarm is None or event.state is not None) else None
        if event.state is not None:
            state = self._said(state, event.state, at, bad=bad, status=has_figures(event))
            if event.alarm is not None and self._rules.states.get(event.state) in _COMPLAINTS:
                state = self._alarmed(state, event.alarm, at)
        elif event.alarm is not None:
            state = self._alarmed(state, event.alarm, at)
        if newest:
            if alive and state.silent and at > state.silent_at:
                state = state._replace(silent_at=LONG_AGO)
            if bad is not None:
                state = self._counted(state, at, bad=bad, interval_s=interval_s)
        return state

    def _said(self, state: SiteState, word: str, at: int, *, bad: bool | None, status: bool) -> SiteState:
        condition = self._rules.states.get(word)
        if condition is None or at <= state.fine_at:
            return state
        if condition == "in_service":
            newer = state.word_at > at
            # Beside figures it is a status, which a site on batteries has, too, unless it was something else before.
            changes = not status or (state.word not in _FINE and not newer)
            over = {name: alarm for name, alarm in state.alarms.items() if alarm.at > at} if changes else state.alarms
            # Its word ends bad figures too, unless it comes with such: those are the better witness.
            ends = state.weak and not bad and at > state.streak_at
            return state._replace(
                fine_at=at, ended_at=at if changes else state.ended_at, alarms=over,
                word=state.word if newer else condition,
                word_at=state.word_at if newer else at, weak=state.weak and not ends,
                streak=0 if ends else state.streak,
            )  # fmt: skip
        if at <= state.word_at:
            return state
        if condition == "unknown" and state.word != "in_service":
            return state
        return state._replace(word=condition, word_at=at)

    def _alarmed(self, state: SiteState, alarm: AlarmSample, at: int) -> SiteState:
        level = self._levels.get(alarm.severity)
        if level is None or at <= state.ended_at:
            return state
        name = alarm.id or ""
        known = state.alarms.get(name)
        if known is not None and at <= known.at:
            return state
        if level == GOOD:
            if not name and LEVELS.get(state.word, GOOD) > GOOD and at > state.word_at:
                state = state._replace(word="in_service", word_at=at)
            told = _new(Alarm, (GOOD, at, at, "unknown", False))
        else:
            began = at if alarm.raised_at is None else min(micros(alarm.raised_at), at)
            if known is not None and known.level > GOOD:
                began = known.began
            told = _new(Alarm, (level, at, began, self._cause(alarm.condition, alarm.problem), state.muted))
        alarms = {**state.alarms, name: told}
        return state.with_alarms(alarms if len(alarms) <= MAX_ALARMS else _bounded(alarms))

    def _counted(self, state: SiteState, at: int, *, bad: bool, interval_s: float | None) -> SiteState:
        """Follow the figures: so many periods in a row turn them."""
        if bad == state.weak:
            return state._replace(streak=0) if state.streak else state
        if at <= state.streak_at or (
            state.streak and interval_s is not None and at - state.streak_at < interval_s * 0.5e6
        ):
            return state
        first = state.streak_from if state.streak else at
        if state.streak + 1 < self._rules.samples:
            return state._replace(streak=state.streak + 1, streak_at=at, streak_from=first)
        turned = state._replace(weak=bad, streak=0, streak_at=at, streak_from=first)
        # Good figures are good since the first of them: they have held already while they were counted.
        return turned if bad else turned._replace(better_at=first, better=turned.level)

    @staticmethod
    def fell_silent(state: SiteState, last: int) -> SiteState:
        """Nothing has been heard of the site since ``last`` (event time, microseconds)."""
        return state._replace(silent_at=last)

    def judged(
        self, state: SiteState, at: int, interval_s: float, *, may_raise: bool = True
    ) -> tuple[SiteState, News | None]:
        """What is to be told.

        Args:
            state: What is known.
            at: Event time up to which it is known, microseconds since 1970.
            interval_s: Seconds between two samples; the hold is so many of them.
            may_raise: Whether what got worse may be told now.

        """
        level = state.level
        if level == state.told or state.word == "muted":
            return (state if state.better_at == LONG_AGO else state.with_better(LONG_AGO, state.better)), None
        if level > state.told:
            if not may_raise:
                return state, None
            since = min(_began(state, level), at)
            return state._replace(told=level, since=since, better_at=LONG_AGO), News(level, state.told, since)
        if state.better_at == LONG_AGO or state.better != level:
            state = state.with_better(at, level)
        if at - state.better_at < self._hold * interval_s * 1e6:
            return state, None
        news = News(level, state.told, state.better_at)
        return state._replace(told=level, since=state.better_at, better_at=LONG_AGO), news

    def due(self, state: SiteState, interval_s: float) -> int | None:
        """Event time at which something better is to be told, should nothing more be heard."""
        if state.better_at == LONG_AGO:
            return None
        return state.better_at + int(self._hold * interval_s * 1e6)


def _began(state: SiteState, level: int) -> int:
    """When what makes the level began: the earliest of what is as bad."""
    times = [alarm.began for alarm in state.alarms.values() if alarm.level == level]
    if LEVELS.get(state.word) == level:
        times.append(state.word_at)
    if level == OUT and state.silent:
        times.append(state.silent_at)
    if not times:
        times.append(state.streak_from)
    return min(times)


def _bounded(alarms: Mapping[str, Alarm]) -> Mapping[str, Alarm]:
    """Alarms without the one that is missed least."""
    least = min(alarms, key=lambda name: (alarms[name].level, alarms[name].at))
    return {name: alarm for name, alarm in alarms.items() if name != least}
