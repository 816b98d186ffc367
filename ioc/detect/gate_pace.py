"""How fast vehicles come to one direction of a gate and cross it, minute by minute of event time.

At night few cross because few come: what crosses shows what the gate can do only while somebody waits for longer than
is usual. So vehicles that are overdue are told from those that have just come, and minutes in which somebody was
overdue from those in which nobody was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import accumulate, compress
from math import inf
from operator import sub
from typing import Any, Final, NamedTuple

from ioc.detect.gate_minutes import Minutes
from ioc.detect.gate_rules import GateRules
from ioc.detect.gate_trips import CROSSED, EN_ROUTE, Trip

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600.0
_HOUR_MIN: Final = 60
_DAY_MIN: Final = 24 * 60
_new: Final = tuple.__new__


class Rates(NamedTuple):
    """Vehicles per hour.

    Attributes:
        arrivals: That came; ``None`` where nobody says it.
        crossings: That crossed. None within the window counts as one: the rate is not higher.
        able: That could have crossed: a minute in which nobody was overdue counts as in the best hour remembered.
        lately: That crossed in the later half of the window, where they were fewer.

    """

    arrivals: float | None
    crossings: float
    able: float
    lately: float


class Pace:
    """Arrivals and crossings.

    Args:
        rules: Windows.
        hours: Local hours in which the gate is open; ``None`` for round the clock.
        zone: Of these hours.

    """

    __slots__ = (
        "_hours", "_least_s", "_span", "_usual", "_window", "_zone", "arrivals", "crossings", "en_route", "hourly",
    )  # fmt: skip

    def __init__(self, rules: GateRules, hours: tuple[int, int] | None, zone: tzinfo) -> None:
        self._hours = hours
        self._zone = zone
        self._least_s = rules.least_window_s
        self._window = int(rules.window_s) // _MINUTE_S
        self._usual = int(rules.usual_wait_s) // _MINUTE_S
        self._span = int(rules.ahead.en_route_s) // _MINUTE_S
        self.arrivals = Minutes()
        self.crossings = Minutes()
        self.en_route = Minutes()
        """Vehicles that set out and have not come."""
        self.hourly: dict[int, int] = {}
        """Hour to vehicles that crossed."""

    def count(self, trip: Trip, n: int) -> None:
        """Add a trip (1) or take it away (-1)."""
        if trip.since:
            self.arrivals.add(int(trip.since) // _MINUTE_S, n)
        self._count_state(trip, n)

    def move(self, old: Trip, trip: Trip) -> None:
        """Put a trip in the place of one before it; most have come when they came."""
        if old.since != trip.since:
            self.count(old, -1)
            self.count(trip, 1)
            return
        self._count_state(old, -1)
        self._count_state(trip, 1)

    def _count_state(self, trip: Trip, n: int) -> None:
        if trip.state == CROSSED:
            self.crossings.add(int(trip.ended) // _MINUTE_S, n)
            add(self.hourly, int(trip.ended // _HOUR_S), n)
        elif trip.state == EN_ROUTE:
            self.en_route.add(int(trip.heard) // _MINUTE_S, n)

    def overdue(self, waiting: int, heard: float) -> int:
        """Vehicles of those that wait that do so for longer than is usual, of time in which the gate is open.

        In the morning many come within an hour: those who have just come are no backlog, however few crossed. Nor are
        those who came while the gate was closed, as long as it has only just opened.
        """
        if not self.arrivals:
            return waiting
        minute = int(heard) // _MINUTE_S
        first = minute - self._usual + 1 if self._hours is None else self._usual_since(minute, *self._hours)
        return waiting - self.arrivals.total(first, minute)

    def _usual_since(self, minute: int, opens: int, closes: int) -> int:
        """First minute from which on the gate has been open for no longer than the usual wait."""
        local = (minute + self._shift(minute)) % _DAY_MIN
        opened = local - opens * _HOUR_MIN + 1
        if not 0 < opened <= (closes - opens) * _HOUR_MIN:
            return minute - _DAY_MIN + 1
        if opened > self._usual:
            return minute - self._usual + 1
        closed_for = _DAY_MIN - (closes - opens) * _HOUR_MIN
        return minute - self._usual - closed_for + 1

    def _shift(self, minute: int) -> int:
        """Minutes by which local time is ahead of UTC."""
        ahead = datetime.fromtimestamp(minute * _MINUTE_S, self._zone).utcoffset()
        return 0 if ahead is None else int(ahead.total_seconds()) // _MINUTE_S

    def closes_h(self, at: float) -> float:
        """Hours until the gate closes, 0 while it is closed; infinite where it never does."""
        if self._hours is None:
            return inf
        opens, closes = self._hours
        minute = int(at) // _MINUTE_S
        local = (minute + self._shift(minute)) % _DAY_MIN
        return (closes * _HOUR_MIN - local) / _HOUR_MIN if opens * _HOUR_MIN <= local < closes * _HOUR_MIN else 0.0

    def coming(self, heard: float) -> float:
        """Vehicles per hour that are known to come: those that have set out and are not there yet."""
        minute = int(heard) // _MINUTE_S
        return self.en_route.total(minute - self._span + 1, minute) * _HOUR_MIN / self._span

    def rates(self, at: float, overdue: int, first: float) -> Rates | None:
        """Rates of the window before a moment; ``None`` before enough of it was heard, and the gate open.

        Args:
            at: The moment, Unix seconds.
            overdue: Vehicles that are overdue then.
            first: When the gate was first heard of.

        """
        minute, usual = int(at) // _MINUTE_S, self._usual
        start = max(minute - self._window + 1, int(first) // _MINUTE_S)
        crossings = self.crossings.between(start, minute)
        arrivals = self.arrivals.between(start - usual, minute)
        due, arrivals = arrivals[: len(crossings)], arrivals[usual:]
        if self._hours is not None:
            opened = self._open(start, minute)
            crossings, due, arrivals = [list(compress(counts, opened)) for counts in (crossings, due, arrivals)]
        counted = len(crossings)
        # The minute that runs counts by what has passed of it.
        to_come = _MINUTE_S - at % _MINUTE_S
        elapsed = counted * _MINUTE_S - to_come
        if elapsed < self._least_s:
            return None
        crossed, per_hour = sum(crossings), _HOUR_S / elapsed
        rate = max(crossed, 1) * per_hour
        half = min(self._window // 2, counted)
        lately = sum(crossings[-half:]) * _HOUR_S / (half * _MINUTE_S - to_come) if half > 1 else rate
        able = rate
        if overdue <= sum(due):  # else somebody was overdue all the time
            idle = _idle(overdue, crossings, due)
            able += idle / counted * max(0.0, max(self.hourly.values(), default=0) - rate)
        return _new(Rates, (sum(arrivals) * per_hour, rate, able, min(rate, max(lately, per_hour))))

    def _open(self, first: int, last: int) -> list[bool]:
        """Whether the gate was open, for each minute from the first to the last."""
        assert self._hours is not None
        shift, (opens, closes) = self._shift(last), self._hours
        return [opens <= (number + shift) % _DAY_MIN // _HOUR_MIN < closes for number in range(first, last + 1)]


def _idle(overdue: int, crossings: Sequence[int], due: Sequence[int]) -> int:
    """Minutes at whose end nobody was overdue, of those whose counts these are; ``overdue`` is how many are now.

    A minute back, those who crossed since waited too, and those who became overdue since were not so yet.
    """
    waits = accumulate(map(sub, reversed(crossings), reversed(due)), initial=overdue)
    return sum([wait <= 0 for wait in waits][:-1])


def add(counts: dict[Any, int], key: Any, n: int) -> None:
    """Count a key ``n`` times more; what is counted no longer is left out."""
    count = counts.get(key, 0) + n
    if count:
        counts[key] = count
    else:
        del counts[key]
