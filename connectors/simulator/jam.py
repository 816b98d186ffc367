"""Scenario ``border-jam``: one gate's days towards the jam of December 2021, with about 1,400 vehicles waiting.

The vehicles are :mod:`connectors.simulator.border`'s; here they become a feed, and what the jam was like is written
down. It builds up over two and a half days, somewhat faster than in that module: what is told late may be 72 hours old.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from random import Random
from typing import Any, Final

import orjson

from connectors.simulator.border import DECEMBER_2021, border_events
from connectors.simulator.event import Event, Tally, prefix_of
from connectors.simulator.province import SyntheticProvince

LENGTH_S: Final = 71 * 3600.0
"""Past the peak, and not longer ago than what may be told late."""
SAMPLE_S: Final = 600.0
"""How often the gate counts its vehicles."""
_ARRIVALS: Final = 44.0
_FALLS_AT_H: Final = 6.0
"""Vehicles that come in an hour of the day, and when crossings begin to fall (made)."""
LEVELS_H: Final = (4, 12, 24)
"""Backlogs, in hours, whose first moment is written down."""
_LEAST_WAITING: Final = 100
"""Fewer vehicles are no jam, however few have crossed lately."""
_RATE_OVER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Sample:
    """The gate at one moment: vehicles in its yards, and those that crossed in the hour before."""

    at: datetime
    waiting: int
    crossed: int

    @property
    def backlog_h(self) -> float:
        """Hours that the crossing of all who wait would take at this rate."""
        return self.waiting / max(self.crossed, 1) if self.waiting >= _LEAST_WAITING else 0.0


class Jam:
    """A :class:`~connectors.simulator.event.Feed` of one gate.

    Args:
        province: Whose first gate it is.
        seed: Of everything that is made.
        start: When the scenario begins, aware.
        zone: Of the gate's day and night.

    """

    def __init__(self, province: SyntheticProvince, *, seed: int, start: datetime, zone: tzinfo) -> None:
        place = Random(f"{seed}/jam").choice(province.places)
        self.tally = Tally()
        self._gate = province.gates[0]
        course = replace(
            DECEMBER_2021, arrivals=_ARRIVALS, falls_at=_FALLS_AT_H, gate=self._gate, lat=place.lat, lon=place.lon
        )
        until = timedelta(seconds=LENGTH_S)
        self._start = start
        self._events = [
            ((sent - start).total_seconds(), body)
            for sent, body in border_events(seed, start, course, zone=zone, until=until)
        ]
        self._prefix = prefix_of(start)
        self._made = 0

    @property
    def next_s(self) -> float | None:
        """When the next event is sent; none after the last."""
        return self._events[self._made][0] if self._made < len(self._events) else None

    def due(self, until_s: float, most: int) -> Sequence[Event]:
        """What is sent before a second of the scenario, at most so many."""
        found: list[Event] = []
        while (next_s := self.next_s) is not None and next_s < until_s and len(found) < most:
            name = f"{self._prefix}{self._made:x}".encode()
            found.append(Event("gate", self._gate.encode(), name, self._events[self._made][1]))
            self._made += 1
            self.tally.events["gate"] += 1
        return found

    def truth(self) -> Mapping[str, Any]:
        """When the backlog passed each level, and the peak."""
        samples = self._samples()
        peak = max(samples, key=lambda sample: sample.waiting)
        passed = {
            f"backlog_{level}_h_at": next(
                (now.at.isoformat() for before, now in pairwise(samples) if before.backlog_h < level <= now.backlog_h),
                None,
            )
            for level in LEVELS_H
        }
        return {
            "gate": self._gate,
            **passed,
            "peak": {"at": peak.at.isoformat(), "waiting": peak.waiting},
            "vehicles": sum(b'"yard_waiting"' in body for _, body in self._events),
        }

    def _samples(self) -> list[_Sample]:
        """The gate every ten minutes, from the vehicles' own times."""
        moves: list[tuple[datetime, int]] = []
        for _, raw in self._events:
            body = orjson.loads(raw)
            step = {"yard_waiting": 1, "crossed": -1}.get(body.get("state", ""), 0)
            if step:
                moves.append((datetime.fromisoformat(body["observed_at"]), step))
        moves.sort()
        samples, waiting, crossed, number = [], 0, deque[datetime](), 0
        for minute in range(0, int(LENGTH_S / 60), int(SAMPLE_S / 60)):
            now = self._start + timedelta(minutes=minute)
            while number < len(moves) and moves[number][0] <= now:
                waiting += moves[number][1]
                if moves[number][1] < 0:
                    crossed.append(moves[number][0])
                number += 1
            while crossed and crossed[0] <= now - _RATE_OVER:
                crossed.popleft()
            samples.append(_Sample(now, waiting, len(crossed)))
        return samples
