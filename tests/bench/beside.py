"""What cameras and the SOC cost beside Kafka and decoding: ``python -m tests.bench.beside``.

Wall time on one core, median of passes that take turns. Events are decoded already; the state is the engine's own, and
rounds of 1,000 events are written and committed. Quiet events are what most are.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ioc.catalog import common_data, load_folder
from ioc.detect import CameraDetector, SecurityDetector, load_rules
from ioc.detect.faults import FaultMachine, camera_says, reading_says
from ioc.events.camera import Camera
from ioc.events.security import Security
from ioc.events.sensor import Sensor
from ioc.intake.cameras import CameraWatch
from ioc.intake.companion import Companion
from ioc.intake.faults import FaultWatch
from ioc.intake.security import FailureWatch
from ioc.privacy import PlateGuard, Plates
from streams.transport import PartitionState

EVENTS = 20_000
PASSES = 9
ROUND = 1_000
DEVICES = 500
BEGAN = datetime(2026, 11, 27, tzinfo=UTC)


Make = Callable[[PartitionState], "Judging | Taking"]


@dataclass(frozen=True)
class Job:
    """A way of companions' ``take``, or of a detector's ``evaluate``, with its events."""

    name: str
    events: Sequence[Any]
    make: Make


class Judging:
    """A detector by itself."""

    def __init__(self, evaluate: Callable[[Any], object]) -> None:
        self.feed = evaluate

    def end(self) -> None:
        """Nothing is kept."""


class Taking:
    """A companion."""

    def __init__(self, companion: Companion) -> None:
        take, ms = companion.take, int(BEGAN.timestamp() * 1000)
        self.feed: Callable[[Any], object] = lambda event: take(event, 0.0, ms)
        self._flush = companion.flush

    def end(self) -> None:
        """Write what changed."""
        self._flush(0)


def taking(make: Callable[[PartitionState], Companion]) -> Make:
    """Feed a companion."""
    return lambda state: Taking(make(state))


def jobs() -> list[Job]:
    """What is measured."""
    rules = load_rules(load_folder(common_data())["thresholds.toml"], ZoneInfo("Asia/Ho_Chi_Minh"))
    guard = PlateGuard(Plates(b"sixteen bytes or more", timedelta(days=1)), str)
    at = [BEGAN + timedelta(seconds=n) for n in range(EVENTS)]

    def cameras(kind: str, confidence: float, plate: str | None = None) -> list[Camera]:
        return [
            Camera(f"c-{n}", f"cam-{n % DEVICES}", kind, at[n], confidence, "car", "lane 1", plate)
            for n in range(EVENTS)
        ]

    def failures(severity: Any, kind: str) -> list[Security]:
        return [Security(f"s-{n}", f"host-{n % DEVICES}", kind, severity, at[n]) for n in range(EVENTS)]

    readings = [Sensor(f"d-{n % DEVICES}", "pm2_5", 20.0, "µg/m³", at[n]) for n in range(EVENTS)]
    watch = taking(lambda state: CameraWatch(CameraDetector(rules.cameras), guard, state))
    machine = FaultMachine(rules.faults)
    detector = SecurityDetector(rules.security)
    return [
        Job("camera, no kind of ours", cameras("car", 0.9), watch),
        Job("camera, below the floors", cameras("fire", 0.2), watch),
        Job("camera, to be sorted", cameras("fire", 0.5), watch),
        Job("camera, counts", cameras("fire", 0.9), watch),
        Job("camera, counts, with a plate", cameras("wrong_way", 0.9, "14A-123.45"), watch),
        Job(
            "camera, no fault", cameras("fire", 0.9),
            taking(lambda state: FaultWatch(camera_says(rules.faults), machine, state)),
        ),
        Job(
            "reading, no last will", readings,
            taking(lambda state: FaultWatch(reading_says(rules.faults), machine, state)),
        ),
        Job("SOC, slight", failures("low", "policy"), lambda _: Judging(detector.evaluate)),
        Job("SOC, serious", failures("critical", "policy"), lambda _: Judging(detector.evaluate)),
        Job("SOC, kind that is not counted", failures("low", "policy"),
            taking(lambda state: FailureWatch(detector, state))),
        Job("SOC, failure that is counted", failures("low", "auth_failure"),
            taking(lambda state: FailureWatch(detector, state))),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    measured = jobs()
    taken: dict[str, list[float]] = {job.name: [] for job in measured}
    for _ in range(PASSES):
        for job in measured:
            state = PartitionState(0)
            fed = job.make(state)
            feed = fed.feed
            began = time.perf_counter()
            for start in range(0, EVENTS, ROUND):
                for event in job.events[start : start + ROUND]:
                    feed(event)
                fed.end()
                state.changes()
                state.commit()
            taken[job.name].append((time.perf_counter() - began) / EVENTS)
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:<32}{middle * 1e6:7.2f} µs {1 / middle:>12,.0f} events/s")


if __name__ == "__main__":
    main()
