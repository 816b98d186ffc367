"""Events of one border gate over days, from a seed: an ordinary day, and a jam like that of December 2021.

Known of December 2021 is that about 1,400 vehicles were stuck at one border gate, and why: authorities that were not
linked, steps by hand. How it grew is not published, so its course is ours (an engineering choice): crossings fall over
hours while vehicles go on coming, until as many wait as then; the last ones are held back, and the gate recovers.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any, Final

import orjson

_MINUTE: Final = timedelta(minutes=1)
_GOODS: Final = (("durian", True), ("seafood", True), ("frozen", True), ("electronics", False), ("timber", False))
_YARDS: Final = ("yard-1", "yard-2")
_AUTHORITIES: Final = ("customs", "quarantine", "border_guard")
_NIGHT_SHARE: Final = 0.3
"""Of the arrivals of the day, from 20:00 to 05:00."""
_SAMPLE_EVERY: Final = 10
"""Minutes between two counts of the gate's own."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a gate's days go; rates in vehicles per hour, times in hours from the start.

    Attributes:
        gate: Its id.
        direction: Of all its vehicles.
        lat: Where it is, WGS 84 degrees.
        lon: See ``lat``.
        arrivals: Vehicles that come, by day.
        capacity: Vehicles that can cross.
        falls_at: When the capacity begins to fall; ``None`` for never.
        falls_for: How long it falls.
        falls_to: What it falls to.
        peak: Vehicles at the gate at which no more are let come.
        recovers_after: Hours from the peak to the old capacity.
        hours: Until nobody comes any more; what is at the gate then still crosses.
        yard_capacity: Vehicles that both yards hold.
        opening: First (inclusive) and last (exclusive) local hour in which vehicles cross; ``None``: all.

    """

    gate: str = "gate-1"
    direction: str = "out"
    lat: float | None = None
    lon: float | None = None
    arrivals: float = 36.0
    capacity: float = 55.0
    falls_at: float | None = None
    falls_for: float = 4.0
    falls_to: float = 8.0
    peak: int = 1_400
    recovers_after: float = 6.0
    hours: float = 24.0
    yard_capacity: int = 1_500
    opening: tuple[int, int] | None = None


NORMAL: Final = Course()
"""An ordinary day."""
DECEMBER_2021: Final = Course(falls_at=10.0, peak=1_400, hours=120.0)
"""About 1,400 vehicles at the peak, more than two days after crossings began to fall."""


def border_events(
    seed: int, start: datetime, course: Course, *, zone: tzinfo, until: timedelta | None = None
) -> Iterator[tuple[datetime, bytes]]:
    """Bodies for ``/v1/gate`` with the times at which they are sent, in order.

    The same seed, start and course give the same events to the byte.

    Args:
        seed: Of the random numbers.
        start: Time of the first minute, aware.
        course: What happens.
        zone: Of the gate's day and night.
        until: Stop so long after the start; ``None`` when everybody has crossed.

    """
    return _Gate(Random(seed), start.astimezone(UTC), course, zone).run(until)


class _Gate:
    def __init__(self, random: Random, start: datetime, course: Course, zone: tzinfo) -> None:
        self._random = random
        self._start = start
        self._course = course
        self._zone = zone
        self._to_come: list[tuple[datetime, int]] = []
        self._queue: deque[tuple[datetime, int]] = deque()
        """Vehicles in the order in which they came, with the time from which they may cross."""
        self._loads: dict[int, tuple[str, bool, str]] = {}
        self._pending: list[tuple[datetime, int, bytes]] = []
        self._made = 0
        self._vehicles = 0
        self._credit = 0.0
        self._peaked: datetime | None = None

    def run(self, until: timedelta | None) -> Iterator[tuple[datetime, bytes]]:
        """Minute by minute, until everybody has crossed."""
        course, minute = self._course, 0
        while True:
            now = self._start + minute * _MINUTE
            over = minute >= course.hours * 60 or self._peaked is not None
            if (over and not self._to_come and not self._queue) or (until is not None and now - self._start >= until):
                break
            if not over:
                self._announce(now)
            self._come(now)
            self._cross(now)
            if minute % _SAMPLE_EVERY == 0:
                self._sample(now)
            yield from self._due(now + _MINUTE)
            minute += 1
        yield from self._due(None if until is None else self._start + until)

    def _due(self, before: datetime | None) -> Iterator[tuple[datetime, bytes]]:
        while self._pending and (before is None or self._pending[0][0] < before):
            at, _, body = heapq.heappop(self._pending)
            yield at, body

    def _announce(self, now: datetime) -> None:
        local = now.astimezone(self._zone).hour
        share = 1.0 if 5 <= local < 20 else _NIGHT_SHARE
        for _ in range(self._drawn(self._course.arrivals * share / 60)):
            vehicle = self._vehicles = self._vehicles + 1
            goods, perishable = self._random.choice(_GOODS)
            self._loads[vehicle] = goods, perishable, self._random.choice(_YARDS)
            declared = now + timedelta(seconds=self._random.randrange(60))
            self._say(declared, vehicle, "declared")
            self._say(declared + timedelta(minutes=self._random.uniform(3, 10)), vehicle, "approved")
            self._say(declared + timedelta(minutes=self._random.uniform(11, 20)), vehicle, "en_route")
            heapq.heappush(self._to_come, (declared + timedelta(minutes=self._random.uniform(40, 90)), vehicle))

    def _drawn(self, mean: float) -> int:
        """A number of vehicles in a minute whose mean is this: at most two, which is enough below 60 an hour."""
        return sum(self._random.random() < mean / 2 for _ in range(2))

    def _come(self, now: datetime) -> None:
        while self._to_come and self._to_come[0][0] < now + _MINUTE:
            at, vehicle = heapq.heappop(self._to_come)
            if self._peaked is not None:
                self._say(at, vehicle, "cancelled")
                self._loads.pop(vehicle)
                continue
            self._say(at, vehicle, "yard_waiting")
            self._queue.append((at + timedelta(minutes=self._random.uniform(35, 50)), vehicle))
        if len(self._queue) >= self._course.peak and self._peaked is None:
            self._peaked = now

    def _capacity(self, now: datetime) -> float:
        course = self._course
        if course.opening and not course.opening[0] <= now.astimezone(self._zone).hour < course.opening[1]:
            return 0.0
        if self._peaked is not None:
            recovered = (now - self._peaked) / timedelta(hours=course.recovers_after)
            return course.falls_to + (course.capacity - course.falls_to) * min(recovered, 1.0)
        if course.falls_at is None:
            return course.capacity
        fallen = ((now - self._start) / timedelta(hours=1) - course.falls_at) / course.falls_for
        return course.capacity - (course.capacity - course.falls_to) * min(max(fallen, 0.0), 1.0)

    def _cross(self, now: datetime) -> None:
        self._credit = min(self._credit + self._capacity(now) / 60, 2.0)
        while self._credit >= 1 and self._queue and self._queue[0][0] <= now:
            self._credit -= 1
            _, vehicle = self._queue.popleft()
            crossed = now + timedelta(seconds=self._random.randrange(60))
            passed = dict.fromkeys(_AUTHORITIES, "passed")
            waiting = dict.fromkeys(_AUTHORITIES, "pending")
            self._say(crossed - timedelta(seconds=20 * 60), vehicle, "called", now)
            self._say(crossed - timedelta(seconds=15 * 60), vehicle, "inspecting", now, inspections=waiting)
            self._say(crossed - timedelta(seconds=2 * 60), vehicle, "cleared", now, inspections=passed)
            self._say(crossed, vehicle, "crossed")
            self._loads.pop(vehicle)

    def _say(
        self, at: datetime, vehicle: int, state: str, sent: datetime | None = None, **more: dict[str, str]
    ) -> None:
        """One state of a vehicle; ``sent`` where it is told later than it was."""
        goods, perishable, yard = self._loads[vehicle]
        body = {
            "kind": "passage", "vehicle_ref": f"SIM-{vehicle:06d}", "state": state, "goods": goods,
            "perishable": perishable, "yard": yard,
        }  # fmt: skip
        self._put(at, sent or at, body | more)

    def _sample(self, now: datetime) -> None:
        waiting = len(self._queue)
        body = {
            "kind": "queue",
            "vehicles_waiting": waiting,
            "yard_fill_ratio": round(min(waiting / self._course.yard_capacity, 1.0), 3),
        }
        self._put(now, now, body)

    def _put(self, at: datetime, sent: datetime, body: dict[str, Any]) -> None:
        course = self._course
        place = {} if course.lat is None else {"lat": course.lat, "lon": course.lon}
        head = {
            "gate_id": course.gate,
            "direction": course.direction,
            "observed_at": at.isoformat(),
            "synthetic": True,
        }
        self._made += 1
        heapq.heappush(self._pending, (sent, self._made, orjson.dumps(head | place | body)))
