"""Level of service of a road, A to F, by what its loops and cameras measure (Highway Capacity Manual).

At a signal the control delay decides, along a street the speed as a share of the speed at which vehicles go when the
street is free. Classes are data, with their sources. Occupancy has none: the manual's classes by density are of
motorways.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ioc.tomlfile import Table

LEVELS: Final = "ABCDEF"
"""Best to worst; F is beyond the last bound."""
_DELAY: Final = "control_delay"
_SPEED: Final = "road_speed"
_BOUNDS: Final = len(LEVELS) - 1
_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LevelOfService:
    """Classes of roads.

    Attributes:
        delays: Longest control delays of A to E, s.
        ratios: Speeds as shares of the free-flow speed that A to E are above, the highest first.
        free_flow_kmh: Free-flow speed of a road that is not in ``roads``.
        roads: Device to the free-flow speed of its road, km/h.
        fresh_s: A reading tells of the road for so long.
        sources: Metric to where its classes stand.
        covers: Whether limits of roads apply to a metric of a device: no other device is a road.

    """

    delays: tuple[float, ...]
    ratios: tuple[float, ...]
    free_flow_kmh: float
    roads: Mapping[str, float]
    fresh_s: float
    sources: Mapping[str, str]
    covers: Callable[[str, str], bool]

    def rank(self, device: str, metric: str, value: float) -> int | None:
        """Place in :data:`LEVELS` that a reading in canonical units gives its road; ``None``: it gives none.

        Args:
            device: Loop or camera.
            metric: Canonical metric.
            value: In s or km/h.

        """
        if metric not in self.sources or value < 0 or not self.covers(device, metric):
            return None
        if metric == _DELAY:
            return bisect_left(self.delays, value)
        share = value / self.roads.get(device, self.free_flow_kmh)
        return sum(share <= ratio for ratio in self.ratios)


def read_level_of_service(root: Table, covers: Callable[[str, str], bool]) -> LevelOfService:
    """Read ``[level_of_service]``.

    Args:
        root: The file.
        covers: Whether limits of roads apply to a metric of a device.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("level_of_service")
    table.day("date")
    delay, speed = table.table("delay"), table.table("speed")
    roads: dict[str, float] = {}
    for entry in table.tables("road"):
        device = entry.text("id")
        if device in roads:
            raise entry.error("is listed twice", "id")
        roads[device] = _speed(entry)
        entry.done()
    found = LevelOfService(
        delays=_bounds(delay, "up_to", rising=True),
        ratios=_bounds(speed, "above", rising=False),
        free_flow_kmh=_speed(speed),
        roads=roads,
        fresh_s=table.number("fresh_min", low=1.0) * _MINUTE_S,
        sources={_DELAY: delay.text("source"), _SPEED: speed.text("source")},
        covers=covers,
    )
    for part in (delay, speed, table):
        part.done()
    return found


def _speed(table: Table) -> float:
    speed = table.number("free_flow_kmh")
    if speed <= 0:
        raise table.error("must be a speed above 0", "free_flow_kmh")
    return speed


def _bounds(table: Table, key: str, *, rising: bool) -> tuple[float, ...]:
    bounds = table.numbers(key, size=_BOUNDS)
    if any(now <= before if rising else now >= before for before, now in pairwise(bounds)):
        raise table.error("must go from A to E without a step back, or a class is never reached", key)
    return bounds
