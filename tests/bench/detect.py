"""How many events one core judges in a second, detector by detector, decoded already; no Kafka is involved.

Another detector is another row of :data:`DETECTORS`: how it is built, as a function that takes one event, and the
events that it is given. Seconds are those of the processor, best of several passes, each with a new detector.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from ioc.catalog import Device
from ioc.detect import Rules, SensorDetector, load_rules
from ioc.detect.model import State
from ioc.events.sensor import Sensor
from ioc.intake.companion import Companion
from ioc.intake.instrument import InstrumentWatch
from ioc.intake.machines import Detector
from ioc.intake.missing import MissingWatch
from ioc.intake.rain import RainWatch
from streams.transport import PartitionState

BAR: Final = 100_000
"""Readings a second and core, the least that the sensors' detector must do."""
_EVENTS: Final = 100_000
_PASSES: Final = 7
_SEED: Final = 20261127
_START: Final = datetime(2026, 11, 27, 1, tzinfo=UTC)
Take = Callable[[Any], object]


class Row(NamedTuple):
    """A detector and what it is measured with."""

    build: Callable[[], Take]
    """A new detector that remembers nothing, as what is done with one event."""
    events: Callable[[], Sequence[Any]]
    """The same ones at each call."""


@cache
def rules() -> Rules:
    """The shipped limits."""
    raw = (files("ioc.catalog") / "common" / "thresholds.toml").read_bytes()
    return load_rules(raw, ZoneInfo("Asia/Ho_Chi_Minh"))


def with_states(detector: Detector) -> Take:
    """What an intake partition does around a detector: it looks the state up and keeps the new one."""
    states: dict[str, State] = {}
    key, evaluate = detector.key, detector.evaluate

    def take(event: Any) -> object:
        name = key(event)
        finding, state = evaluate(event, states.get(name))
        if state is not None:
            states[name] = state
        return finding

    return take


_KINDS: Final[dict[str, list[tuple[str, str, float, float]]]] = {
    "khi": [
        ("so2", "µg/m³", 40, 500), ("no2", "µg/m³", 35, 300), ("o3", "µg/m³", 70, 250), ("co", "µg/m³", 900, 40_000),
        ("pm2_5", "µg/m³", 12, 120), ("pm10", "µg/m³", 30, 300), ("temperature", "°C", 24, 40),
        ("humidity", "%", 80, 99),
    ],
    "nuoc": [
        ("ph", "pH", 7.1, 4.9), ("tss", "mg/L", 40, 150), ("cod", "mg/L", 60, 200), ("nh4", "mg/L", 3, 12),
        ("fe", "mg/L", 1, 7), ("mn", "mg/L", 0.3, 2.5), ("flow", "m³/h", 120, 300),
    ],
    "on": [("noise", "dBA", 50, 88)],
    "mua": [("rainfall", "mm", 0.2, 8), ("rain_12h", "mm", 4, 80), ("rain_24h", "mm", 8, 130)],
    "trieu": [("tide_level", "m", 2.1, 4.2)],
}  # fmt: skip
"""Kind of station: metric, unit, usual value, and a value beyond the shipped limit."""
_STATIONS: Final = {"khi": 60, "nuoc": 70, "on": 15, "mua": 30, "trieu": 10}


@cache
def readings() -> Sequence[Sensor]:
    """Stations that send every five minutes; one reading in fifty is of an instrument that is not well.

    Each series is beyond the limit for an hour, once in two and a half days.
    """
    chance = random.Random(_SEED)  # a bench, not a secret
    series = [
        (f"{kind}-{n:03d}", metric, unit, usual, beyond)
        for kind, metrics in _KINDS.items()
        for n in range(_STATIONS[kind])
        for metric, unit, usual, beyond in metrics
    ]
    found: list[Sensor] = []
    cycle = 0
    spells: dict[int, int] = {}
    while len(found) < _EVENTS:
        at = _START + timedelta(minutes=5 * cycle)
        for n, (device, metric, unit, usual, beyond) in enumerate(series):
            if chance.random() < 1 / 720:
                spells[n] = cycle + 12
            value = (beyond if spells.get(n, -1) > cycle else usual) * chance.uniform(0.97, 1.03)
            status = "00" if chance.random() > 0.02 else chance.choice(["01", "02"])
            found.append(Sensor(device, metric, value, unit, at, status=status, lat=20.95, lon=107.08))
        cycle += 1
    return found[:_EVENTS]


@cache
def storm() -> Sequence[Sensor]:
    """The same stations with nothing but readings around and beyond their first limit."""
    chance = random.Random(_SEED)  # a bench, not a secret
    beyond = {metric: value for metrics in _KINDS.values() for metric, _, _, value in metrics}
    return [replace(one, value=beyond[one.metric] * chance.uniform(0.7, 1.1)) for one in readings()]


def beside(build: Callable[[], Companion]) -> Callable[[], Take]:
    """A companion, as what is done with one event; what the intake has at hand anyway is made before the clock runs."""

    def made() -> Take:
        companion = build()
        times = {id(one): one.observed_at.timestamp() for one in readings()}

        def take(event: Any) -> object:
            at_s = times[id(event)]
            return companion.take(event, at_s, int(at_s * 1000))

        return take

    return made


def registered() -> dict[str, Device]:
    """Every station, as one that sends every five minutes."""
    return {
        name: Device(
            name, "sensors", "", name, None, None, None, 300.0, None, (), None, (), None, None, (), synthetic=True
        )
        for name in {one.device_id for one in readings()}
    }


DETECTORS: Final[dict[str, Row]] = {
    "sensors": Row(lambda: with_states(SensorDetector(rules().sensors)), readings),
    "sensors, all beyond limits": Row(lambda: with_states(SensorDetector(rules().sensors)), storm),
    "sensors: rain sums": Row(
        beside(lambda: RainWatch(rules().rain, SensorDetector(rules().sensors), lambda _: True, PartitionState(0))),
        lambda: [one for one in readings() if one.metric == "rainfall"],
    ),
    "sensors: instruments": Row(beside(lambda: InstrumentWatch(rules().instruments, PartitionState(0))), readings),
    "sensors: missing metrics": Row(
        beside(
            lambda: MissingWatch(rules().missing, registered(), PartitionState(0), checkpoint=timedelta(seconds=30))
        ),
        readings,
    ),
}
"""What is measured; a companion goes through :func:`beside`."""


def measure(console: Console) -> dict[str, Any]:
    """Events per second of each detector, and print them."""
    table = Table("detector", "events/s", "µs an event", "findings", title="one core, pure")
    found: dict[str, Any] = {}
    for name, row in DETECTORS.items():
        events = row.events()
        gc.collect()
        gc.freeze()
        passes = [_seconds(row.build(), events) for _ in range(_PASSES)]
        gc.unfreeze()
        best = min(seconds for seconds, _ in passes)
        found[name] = {"per_s": round(len(events) / best), "findings": passes[0][1], "events": len(events)}
        table.add_row(name, f"{len(events) / best:,.0f}", f"{best / len(events) * 1e6:.2f}", f"{passes[0][1]:,}")
    console.print(table)
    console.print(f"Bar of the sensors' detector: {BAR:,} readings/s.")
    return found


def _seconds(take: Take, events: Sequence[Any]) -> tuple[float, int]:
    findings = 0
    started = time.process_time()
    for event in events:
        if take(event) is not None:
            findings += 1
    return time.process_time() - started, findings


if __name__ == "__main__":
    measure(Console())
