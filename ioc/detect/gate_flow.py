"""The flow through one direction of a gate: who waits where, how fast they cross, and where that leads.

Two kinds of events tell of it: states of vehicles, and counts that the gate sends. Rates and waits come from
vehicles where their crossings are heard, else from the counts. **The larger figure wins** for vehicles waiting, per
direction, yard and class of goods: a platform does not know the vehicles that did not declare, a camera does not see
all yards, and a queue must not hide behind the one that sees less. A count holds for a while and is then no longer
believed; vehicles hold until they cross, leave or expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from math import ceil
from typing import Any, Final, Literal, NamedTuple

import orjson

from ioc.detect.gate_pace import Pace, Rates, add
from ioc.detect.gate_rules import GateRules
from ioc.detect.gate_trips import AT_GATE, AUTHORITIES, CROSSED, INSPECTIONS, NOT_INSPECTED, Trip

_PENDING: Final = INSPECTIONS.index("pending")

Cell = tuple[str, str]
"""Yard and class of goods; empty where nobody said it."""

WHOLE: Final[Cell] = ("", "")

_new: Final = tuple.__new__


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


class Figures(NamedTuple):
    """What is known of a flow at one moment; ``None`` where it is not known.

    Attributes:
        at: The moment, Unix seconds.
        waiting: Vehicles from the yard to the barrier.
        counted_by: Whose figure that is.
        arrivals: Vehicles that came, per hour.
        crossings: Vehicles that crossed, per hour. None within the window counts as one: the rate is not higher.
        able: Vehicles that could have crossed, per hour: those of ``crossings``, but a minute in which nobody waited
            for longer than is usual counts as in the best hour of the last day. At night few cross because few come.
        backlog_h: Hours that the crossing of all who wait takes at the rate ``able``.
        forecast_h: Waiting over crossings at the end of the horizon (when the gate closes, if sooner), at the present
            net inflow. Vehicles that have set out count as inflow; crossings are those of the later half of the window
            where they were fewer: what falls has fallen further than its mean says.
        held_up: Whether enough vehicles wait, and wait for longer than is usual, for the hours to mean anything.
        slowing: Whether vehicles begin to wait for longer than is usual, for the forecast to mean anything.
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
    able: float | None
    backlog_h: float | None
    forecast_h: float | None
    held_up: bool
    slowing: bool
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
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(self.rules, self.hours, self.zone)

    def replace(self, vehicle: str, trip: Trip | None) -> Trip | None:
        """Put a trip in the place of the one that was there, or forget it; returns the one that was there."""
        old = self.trips.get(vehicle)
        if trip is None:
            if old is not None:
                del self.trips[vehicle]
                self._count(old, -1)
                self.pace.count(old, -1)
                self.over.pop(vehicle, None)
            return old
        self.trips[vehicle] = trip
        if old is None:
            self.pace.count(trip, 1)
        elif _counts_alike(old, trip):
            return old
        else:
            self._count(old, -1)
            self.pace.move(old, trip)
        self._count(trip, 1)
        if trip.ended:
            self.over.setdefault(vehicle)
        elif old is not None:
            self.over.pop(vehicle, None)
        return old

    def _count(self, trip: Trip, n: int) -> None:
        if trip.state in AT_GATE:
            add(self.waiting, (trip.yard, trip.goods), n)

    def sort_over(self) -> None:
        """Bring the vehicles that are gone into the order in which they went."""
        self.over = dict.fromkeys(sorted(self.over, key=lambda vehicle: self.trips[vehicle].ended))

    def glance(self, at: float, heard: float) -> tuple[int | None, float | None, int]:
        """Vehicles waiting, the fullest yard and vehicles that wait for longer than is usual: what most looks need."""
        fresh = self._fresh(at)
        waiting, _ = self._waiting(fresh)
        overdue = 0 if waiting is None else self.pace.overdue(waiting, heard)
        return waiting, max(self._fills(fresh, waiting).values(), default=None), overdue

    def _fresh(self, at: float) -> Mapping[Cell, Sample]:
        """Counts that still hold."""
        oldest = at - self.rules.sample_s
        for sample in self.samples.values():
            if sample.at < oldest:
                return {cell: sample for cell, sample in self.samples.items() if sample.at >= oldest}
        return self.samples

    def figures(self, at: float, heard: float) -> Figures:
        """What is known at a moment.

        Args:
            at: The moment, Unix seconds.
            heard: Time of the newest event, at most ``at``. Rates are those until then: silence is no standstill.

        """
        rules, ahead = self.rules, self.rules.ahead
        fresh = self._fresh(at)
        whole = fresh.get(WHOLE)
        waiting, counted_by = self._waiting(fresh)
        overdue = 0 if waiting is None else self.pace.overdue(waiting, heard)
        rates = None if waiting is None else self._rates(heard, overdue, whole)
        backlog = forecast = passes = None
        held_up = waiting is not None and waiting >= rules.least_waiting and overdue >= rules.least_overdue
        slowing = False
        closes_h = self.pace.closes_h(at)
        if waiting is not None and rates is not None and closes_h:
            backlog, slowest = waiting / rates.able, rates.lately
            if rates.arrivals is not None:
                slowing = (
                    overdue >= max(ahead.least_overdue, ahead.overdue_h * slowest)
                    and waiting >= ahead.at_least_h * rates.crossings
                )
                net = max(rates.arrivals, self.pace.coming(heard)) - slowest
                limit = ahead.scale.ladder.rungs[0].limit
                forecast = max(0.0, waiting + net * min(ahead.horizon_h, closes_h)) / slowest
                if slowing and net > 0 and backlog < limit:
                    passes = max(0.0, limit * slowest - waiting) / net
        lanes = None if whole is None else whole.lanes
        arrivals, crossings, able = (None, None, None) if rates is None else rates[:3]
        fills = self._fills(fresh, waiting)
        return _new(Figures, (
            at, waiting, counted_by, arrivals, crossings, able, backlog, forecast, held_up, slowing, passes, fills,
            lanes,
        ))  # fmt: skip

    def _waiting(self, fresh: Mapping[Cell, Sample]) -> tuple[int | None, Literal["vehicles", "samples"] | None]:
        counted = _whole(fresh) if fresh else None
        followed = sum(self.waiting.values()) if self.trips else None
        if counted is not None and (followed is None or counted > followed):
            return counted, "samples"
        return followed, None if followed is None else "vehicles"

    def _rates(self, heard: float, overdue: int, sample: Sample | None) -> Rates | None:
        if self.pace.crossings:
            return self.pace.rates(heard, overdue, self.first)
        if sample is None or sample.crossings is None:  # nobody tells of crossings: that is not that nobody crosses
            return None
        crossings = float(max(sample.crossings, 1))
        return Rates(None if sample.arrivals is None else float(sample.arrivals), crossings, crossings, crossings)

    def _fills(self, fresh: Mapping[Cell, Sample], waiting: int | None) -> dict[str, float]:
        fills: dict[str, float] = {}
        for (yard, _), sample in fresh.items():
            if sample.fill is not None:
                fills[yard] = max(fills.get(yard, 0.0), sample.fill)
        # A yard's size does not age.
        sizes = {yard: sample.capacity for (yard, _), sample in self.samples.items() if sample.capacity}
        if sizes:
            yards = self._parts(fresh, 0)
            for yard, size in sizes.items():
                count = yards.get(yard) if yard else waiting
                if count is not None:
                    fills[yard] = max(fills.get(yard, 0.0), min(count / size, 1.0))
        return fills

    def _parts(self, fresh: Mapping[Cell, Sample], side: int) -> dict[str, int]:
        """Vehicles waiting by yard (side 0) or goods (side 1): the larger of what is followed and what was counted."""
        followed: dict[str, int] = {}
        for cell, count in self.waiting.items():
            followed[cell[side]] = followed.get(cell[side], 0) + count
        counts: dict[str, dict[Cell, Sample]] = {}
        for cell, sample in fresh.items():
            if cell[side] and sample.waiting is not None:
                counts.setdefault(cell[side], {})["", cell[1 - side]] = sample
        for name, cells in counts.items():
            followed[name] = max(followed.get(name, 0), _whole(cells) or 0)
        return followed

    def breakdown(self, at: float) -> tuple[dict[str, int], dict[str, int]]:
        """Vehicles waiting by yard and by class of goods, those without either under an empty name."""
        fresh = self._fresh(at)
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
            if trip.inspections != NOT_INSPECTED and trip.state in AT_GATE:
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
        oldest: dict[str, float] = {}
        longest_ago = flow.rules.waits_s
        for trip in flow.trips.values():
            state = trip.state
            if state in AT_GATE:
                since, goods = trip.since, trip.goods
                if goods not in oldest or since < oldest[goods]:
                    oldest[goods] = since
            elif state == CROSSED and at - trip.ended <= longest_ago and trip.since < trip.ended:
                crossed.setdefault(trip.goods, []).append(trip.ended - trip.since)
        for goods, since in oldest.items():
            longest[goods] = max(longest.get(goods, 0.0), at - since)
    found: dict[str, Wait] = {}
    for goods in crossed.keys() | longest.keys():
        known = sorted(crossed.get(goods, ()))
        most = max(longest.get(goods, 0.0), known[-1] if known else 0.0)
        found[goods] = Wait(_quantile(known, 0.5), _quantile(known, 0.9), most)
    return found


def _counts_alike(one: Trip, other: Trip) -> bool:
    """Whether two states of a vehicle count as the same: most that it is told of are steps within the gate."""
    return (
        one.state in AT_GATE
        and other.state in AT_GATE
        and one.since == other.since
        and one.yard == other.yard
        and one.goods == other.goods
    )


def _whole(samples: Mapping[Cell, Sample]) -> int | None:
    """The largest of the ways to add up counts: of everything, by yard, by goods, or by both."""
    sums: dict[tuple[bool, bool], int] = {}
    for (yard, goods), sample in samples.items():
        if sample.waiting is not None:
            way = bool(yard), bool(goods)
            sums[way] = sums.get(way, 0) + sample.waiting
    return max(sums.values(), default=None)


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
