"""The scenarios by name: how long each lasts, and how its events are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.simulator import faults, jam, storm
from connectors.simulator.bad_data import BadData
from connectors.simulator.event import Feed
from connectors.simulator.generator import NORMAL, Generator
from connectors.simulator.province import SyntheticProvince
from ioc.detect import Rules
from ioc.vocabulary import SOURCES, Source

LATEST: Final = timedelta(hours=72)
"""How late telemetry may be told (``intake.late_hours``): what runs faster than the clock begins in the past."""
STEADY_RATE: Final = 500.0
"""Events per second of what has no pace of its own."""

Intervals = Mapping[Source, float | None]
"""How often each device of a source speaks, seconds; none if it speaks when it has news."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        province: Who sends.
        rules: The province's limits.
        seed: Of everything that is made.
        start: When the scenario begins, aware.
        rate: Events per second of the scenario's clock; none: as many as the scenario has by itself.
        sources: Only these.

    """

    province: SyntheticProvince
    rules: Rules
    seed: int
    start: datetime
    rate: float | None = None
    sources: Collection[Source] = SOURCES


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of them.

    Attributes:
        length_s: How long it lasts, seconds; none: until somebody ends it.
        make: Its events, and how often the devices speak.
        kafka_only: Its events are none that an edge would let pass.

    """

    length_s: float | None
    make: Callable[[Wish], tuple[Feed, Intervals]]
    kafka_only: bool = False


def start_of(scenario: Scenario, now: datetime, speed: float, seconds: float | None) -> datetime:
    """When a scenario has to begin so that it ends now, if it runs faster than the clock.

    Args:
        scenario: Which.
        now: The clock, aware.
        speed: Seconds of the scenario in one of the clock, at least 1.
        seconds: Of the clock, if it is to end then.

    Raises:
        ValueError: its end is not known, or it would begin before what may be told late; for people.

    """
    if speed == 1:
        return now
    length_s = scenario.length_s
    if seconds is not None:
        length_s = min(seconds * speed, length_s or seconds * speed)
    if length_s is None:
        raise ValueError("what has no end cannot be hurried: say for how many seconds")
    # No event may be ahead of the clock: the last one, sent after length / speed, is then as old as the clock.
    ahead = timedelta(seconds=length_s * (1 - 1 / speed))
    if ahead > LATEST:
        raise ValueError(f"it would begin {ahead / timedelta(hours=1):.0f} hours ago; telemetry may be 72 hours late")
    return now - ahead


def _normal(wish: Wish) -> tuple[Feed, Intervals]:
    feed = Generator(
        wish.province, wish.rules, NORMAL, seed=wish.seed, start=wish.start, rate=wish.rate or STEADY_RATE,
        sources=wish.sources,
    )  # fmt: skip
    return feed, {source: feed.interval_s(source) for source in SOURCES}


def _storm(wish: Wish) -> tuple[Feed, Intervals]:
    made = storm.Storm(wish.province, seed=wish.seed, start=wish.start, rate=wish.rate)
    return made.timeline(wish.sources), {"bts": made.interval_s, "sensors": made.interval_s}


def _faults(wish: Wish) -> tuple[Feed, Intervals]:
    made = faults.Faults(wish.province, seed=wish.seed, start=wish.start, rate=wish.rate)
    return made.timeline(wish.sources), {"sensors": made.interval_s}


def _jam(wish: Wish) -> tuple[Feed, Intervals]:
    made = jam.Jam(wish.province, seed=wish.seed, start=wish.start, zone=wish.rules.sensors.zone)
    return made, {}


def _bad_data(wish: Wish) -> tuple[Feed, Intervals]:
    return BadData(start=wish.start, rate=wish.rate or STEADY_RATE, sources=wish.sources), {}


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "normal": Scenario(None, _normal),
    "storm-yagi": Scenario(storm.LENGTH_S, _storm),
    "border-jam": Scenario(jam.LENGTH_S, _jam),
    "sensor-fault": Scenario(faults.LENGTH_S, _faults),
    "bad-data": Scenario(None, _bad_data, kafka_only=True),
}
