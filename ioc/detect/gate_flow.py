"""The flow through one direction of a gate: who waits where, how fast they cross, and where that leads.

Two kinds of events tell of it: states of vehicles, and counts that the gate sends. Rates and waits come from
vehicles where their crossings are heard, else from the counts. **The larger figure wins** for vehicles waiting, per
direction, yard and class of goods: a platform does not know the vehicles that did not declare, a camera does not see
all yards, and a queue must not hide behind the one that sees less. A count holds for a while and is then no longer
believed; vehicles hold until they cross, leave or expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from math import ceil
from typing import Any, Final, Literal, NamedTuple

import orjson

from ioc.detect.gate_rules import GateRules
from ioc.detect.gate_trips import AT_GATE, AUTHORITIES, CROSSED, INSPECTIONS, Trip

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600.0
_PENDING: Final = INSPECTIONS.index("pending")

Cell = tuple[str, str]
"""Yard and class of goods; empty where nobody said it."""

WHOLE: Final[Cell] = ("", "")


class Sample(NamedTuple):
    """A count that the gate sent; ``None`` for what it lacked.

    Attributes:
        at: Its time, Unix seconds.
        waiting: Vehicles.
        fill: Of the yard, 1 = full.
        capacity: Vehicles that the yard holds.
        arrivals: Within the hour before.
        crossings: Within the hour before.
        lanes: Open ones.

    """

    at: float
    waiting: int | None = None
    fill: float | None = None
    capacity: int | None = None
    arrivals: int | None = None
    crossings: int | None = None
    lanes: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a flow at one moment; ``None`` where it is not known.

    Attributes:
        at: The moment, Unix seconds.
        waiting: Vehicles from the yard to the barrier.
        counted_by: Whose figure that is.
        arrivals: Vehicles that came, per hour.
        crossings: Vehicles that crossed, per hour. None within the window counts as one: the rate is not higher.
        backlog_h: Hours that the crossing of all who wait takes at this rate.
        forecast_h: The same at the end of the horizon, at the present net inflow; crossings are those of the later half
            of the window where they were fewer: what falls has fallen further than its mean says.
        held_up: Whether enough vehicles wait, and wait for longer than is usual, for the hours to mean anything.
        passes_h: Hours until the backlog passes the first limit at those rates, 0 where it is about to; ``None`` where
            it will not, or has.
        fill: Of each yard, 1 = full.
        lanes: Open ones.

    """

    at: float
    waiting: int | None
    counted_by: Literal["vehicles", "samples"] | None
    arrivals: float | None
    crossings: float | None
    backlog_h: float | None
    forecast_h: float | None
    held_up: bool
    passes_h: float | None
    fill: dict[str, float]
    lanes: int | None


class Wait(NamedTuple):
    """How long vehicles with one class of goods wait, in seconds: of those that crossed, and the longest of all."""

    p50: float | None
    p90: float | None
    longest: float


@dataclass(slots=True)
class Flow:
    """Vehicles and counts of one direction of a gate. What is counted is kept beside the trips and follows them.

    Attributes:
        rules: Windows.
        hours: Local hours in which the gate is open; ``None`` for round the clock.
        zone: Of these hours.
        first: Time of the first event that was heard, Unix seconds.
        trips: Vehicle (its pseudonym) to its trip.
        over: Vehicles that are gone, in the order in which that was heard.
        samples: Newest count of each cell.

    """

    rules: GateRules
    hours: tuple[int, int] | None
    zone: tzinfo
    first: float = 0.0
    trips: dict[str, Trip] = field(default_factory=dict)
    over: dict[str, None] = field(default_factory=dict)
    samples: dict[Cell, Sample] = field(default_factory=dict)
    waiting: dict[Cell, int] = field(default_factory=dict)
    _arrivals: dict[int, int] = field(default_factory=dict)
    _crossings: dict[int, int] = field(default_factory=dict)

    def replace(self, vehicle: str, trip: Trip | None) -> Trip | None:
        """Put a trip in the place of the one that was there, or forget it; returns the one that was there."""
        old = self.trips.get(vehicle)
        if old is not None:
            self._count(old, -1)
        if trip is None:
            self.trips.pop(vehicle, None)
        else:
            self.trips[vehicle] = trip
            self._count(trip, 1)
        if trip is not None and trip.ended:
            self.over.setdefault(vehicle)
        else:
            self.over.pop(vehicle, None)
        return old

    def _count(self, trip: Trip, n: int) -> None:
        if trip.state in AT_GATE:
            _add(self.waiting, (trip.yard, trip.goods), n)
        if trip.since:
            _add(self._arrivals, int(trip.since) // _MINUTE_S, n)
        if trip.state == CROSSED:
            _add(self._crossings, int(trip.ended) // _MINUTE_S, n)

    def sort_over(self) -> None:
        """Bring the vehicles that are gone into the order in which they went."""
        self.over = dict.fromkeys(sorted(self.over, key=lambda vehicle: self.trips[vehicle].ended))

    def is_open(self, at: float) -> bool:
        """Whether the gate works at a moment."""
        if self.hours is None:
            return True
        return self.hours[0] <= datetime.fromtimestamp(at, UTC).astimezone(self.zone).hour < self.hours[1]

    def figures(self, at: float, heard: float) -> Figures:
        """What is known at a moment.

        Args:
            at: The moment, Unix seconds.
            heard: Time of the newest event, at most ``at``. Rates are those until then: silence is no standstill.

        """
        rules = self.rules
        fresh = {cell: sample for cell, sample in self.samples.items() if at - sample.at <= rules.sample_s}
        waiting, counted_by = self._waiting(fresh)
        arrivals, crossings, slowest = self._rates(heard, fresh.get(WHOLE))
        backlog = forecast = passes = None
        held_up = waiting is not None and self._held_up(waiting, heard)
        if waiting is not None and crossings is not None and self.is_open(at):
            backlog = waiting / crossings
            if arrivals is not None and slowest is not None:
                net, limit = arrivals - slowest, rules.ahead.scale.ladder.rungs[0].limit
                forecast = max(0.0, waiting + net * rules.ahead.horizon_h) / slowest
                if held_up and net > 0 and backlog < limit:
                    passes = max(0.0, limit * slowest - waiting) / net
        lanes = fresh[WHOLE].lanes if WHOLE in fresh else None
        return Figures(
            at, waiting, counted_by, arrivals, crossings, backlog, forecast, held_up, passes, self._fills(fresh), lanes
        )

    def _held_up(self, waiting: int, heard: float) -> bool:
        """In the morning many come within an hour: those who have just come are no backlog, however few crossed."""
        if waiting < self.rules.least_waiting:
            return False
        if not self._arrivals:
            return True
        minute = int(heard) // _MINUTE_S
        first = minute - int(self.rules.usual_wait_s) // _MINUTE_S + 1
        came = sum(self._arrivals.get(number, 0) for number in range(first, minute + 1))
        return waiting - came >= self.rules.least_overdue

    def _waiting(self, fresh: dict[Cell, Sample]) -> tuple[int | None, Literal["vehicles", "samples"] | None]:
        counted = _whole({cell: sample.waiting for cell, sample in fresh.items() if sample.waiting is not None})
        followed = sum(self.waiting.values()) if self.trips else None
        if counted is not None and (followed is None or counted > followed):
            return counted, "samples"
        return followed, None if followed is None else "vehicles"

    def _rates(self, at: float, sample: Sample | None) -> tuple[float | None, float | None, float | None]:
        """Arrivals and crossings per hour, and the latter as of the later half of the window where they were fewer."""
        if not self._crossings:  # nobody tells of crossings: that is not the same as that nobody crosses
            if sample is None or sample.crossings is None:
                return None, None, None
            arrivals = None if sample.arrivals is None else float(sample.arrivals)
            crossings = float(max(sample.crossings, 1))
            return arrivals, crossings, crossings
        minute = int(at) // _MINUTE_S
        first = max(minute - int(self.rules.window_s) // _MINUTE_S + 1, int(self.first) // _MINUTE_S)
        came = crossed = counted = late = late_counted = 0
        half = minute - int(self.rules.window_s) // (2 * _MINUTE_S)
        for number in range(first, minute + 1):
            if self.hours is None or self.is_open(number * _MINUTE_S):
                counted += 1
                came += self._arrivals.get(number, 0)
                crossing = self._crossings.get(number, 0)
                crossed += crossing
                if number > half:
                    late_counted += 1
                    late += crossing
        # The minute that runs counts by what has passed of it.
        elapsed = (counted - 1) * _MINUTE_S + at % _MINUTE_S
        if elapsed < self.rules.least_window_s:
            return None, None, None
        per_hour = _HOUR_S / elapsed
        crossings = max(crossed, 1) * per_hour
        lately = late * _HOUR_S / ((late_counted - 1) * _MINUTE_S + at % _MINUTE_S) if late_counted > 1 else crossings
        return came * per_hour, crossings, min(crossings, max(lately, per_hour))

    def _fills(self, fresh: dict[Cell, Sample]) -> dict[str, float]:
        fills: dict[str, float] = {}
        for (yard, _), sample in fresh.items():
            if sample.fill is not None:
                fills[yard] = max(fills.get(yard, 0.0), sample.fill)
        # A yard's size does not age.
        sizes = {yard: sample.capacity for (yard, _), sample in self.samples.items() if sample.capacity}
        if sizes:
            yards = self._parts(fresh, 0)
            for yard, size in sizes.items():
                count = yards.get(yard) if yard else self._waiting(fresh)[0]
                if count is not None:
                    fills[yard] = max(fills.get(yard, 0.0), min(count / size, 1.0))
        return fills

    def _parts(self, fresh: dict[Cell, Sample], side: int) -> dict[str, int]:
        """Vehicles waiting by yard (side 0) or goods (side 1): the larger of what is followed and what was counted."""
        followed: dict[str, int] = {}
        for cell, count in self.waiting.items():
            followed[cell[side]] = followed.get(cell[side], 0) + count
        counts: dict[str, dict[Cell, int]] = {}
        for cell, sample in fresh.items():
            if sample.waiting is not None and cell[side]:
                other = ("", cell[1 - side])
                counts.setdefault(cell[side], {})[other] = sample.waiting
        for name, cells in counts.items():
            followed[name] = max(followed.get(name, 0), _whole(cells) or 0)
        return followed

    def breakdown(self, at: float) -> tuple[dict[str, int], dict[str, int]]:
        """Vehicles waiting by yard and by class of goods, those without either under an empty name."""
        fresh = {cell: sample for cell, sample in self.samples.items() if at - sample.at <= self.rules.sample_s}
        return self._parts(fresh, 0), self._parts(fresh, 1)

    def oldest_perishable(self, at: float) -> tuple[float, str] | None:
        """How long the load that spoils has waited that waits longest, in seconds, and its class of goods."""
        waiting = [
            (trip.since, trip.goods) for trip in self.trips.values() if trip.perishable and trip.state in AT_GATE
        ]
        if not waiting:
            return None
        since, goods = min(waiting)
        return at - since, goods

    def pending(self) -> dict[str, int]:
        """Vehicles at the gate whose inspection by each authority is pending; they may be counted under several."""
        held = dict.fromkeys(AUTHORITIES, 0)
        for trip in self.trips.values():
            if trip.state in AT_GATE:
                for authority, state in zip(AUTHORITIES, trip.inspections, strict=True):
                    held[authority] += state == _PENDING
        return held

    def gone(self, at: float) -> Iterator[str]:
        """Vehicles that need no longer be remembered, and those that were not heard of for too long."""
        remember, expire = at - self.rules.remember_s, at - self.rules.expire_s
        for vehicle, trip in self.trips.items():
            if (trip.ended < remember) if trip.ended else (trip.heard < expire):
                yield vehicle


def waits(flows: Iterable[tuple[Flow, float]]) -> dict[str, Wait]:
    """Waits by class of goods, of flows at a moment each. It looks at every vehicle: for alerts and figures.

    A vehicle of which only the crossing was heard has no wait.
    """
    crossed: dict[str, list[float]] = {}
    longest: dict[str, float] = {}
    for flow, at in flows:
        for trip in flow.trips.values():
            if trip.state in AT_GATE:
                longest[trip.goods] = max(longest.get(trip.goods, 0.0), at - trip.since)
            elif trip.state == CROSSED and trip.since < trip.ended and at - trip.ended <= flow.rules.waits_s:
                crossed.setdefault(trip.goods, []).append(trip.ended - trip.since)
    found: dict[str, Wait] = {}
    for goods in crossed.keys() | longest.keys():
        known = sorted(crossed.get(goods, ()))
        most = max(longest.get(goods, 0.0), known[-1] if known else 0.0)
        found[goods] = Wait(_quantile(known, 0.5), _quantile(known, 0.9), most)
    return found


def _add(counts: dict[Any, int], key: Any, n: int) -> None:
    count = counts.get(key, 0) + n
    if count:
        counts[key] = count
    else:
        del counts[key]


def _whole(counts: dict[Cell, int]) -> int | None:
    """The largest of the ways to add up counts: of everything, by yard, by goods, or by both."""
    if not counts:
        return None
    sums = [0, 0, 0, 0]
    for (yard, goods), count in counts.items():
        sums[bool(yard) + 2 * bool(goods)] += count
    return max(sums)


def _quantile(ascending: list[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed."""
    if not ascending:
        return None
    return ascending[ceil(len(ascending) * share) - 1]


def encode_samples(samples: dict[Cell, Sample]) -> bytes:
    """Write the counts of one direction down."""
    return orjson.dumps([[*cell, *sample] for cell, sample in samples.items()])


def decode_samples(raw: bytes) -> dict[Cell, Sample]:
    """Read :func:`encode_samples`."""
    rows: Iterable[list[Any]] = orjson.loads(raw)
    return {(row[0], row[1]): Sample(*row[2:]) for row in rows}
