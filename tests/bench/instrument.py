"""What the watches beside the detector of readings cost: seconds per reading with and without them, and memory.

One process, alternating, so that a noisy machine is noisy for both. Run ``python -m tests.bench.instrument``.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from time import process_time
from typing import Final
from zoneinfo import ZoneInfo

from ioc.catalog import common_data
from ioc.detect import SensorDetector, load_rules
from ioc.detect.air import load_vn_aqi
from ioc.events.sensor import Sensor
from ioc.intake.air import AirWatch
from ioc.intake.instrument import InstrumentWatch, TrustedReadings
from streams.transport.state import PartitionState

METRICS: Final = (("pm2_5", "µg/m³"), ("so2", "µg/m³"), ("temperature", "°C"), ("tss", "mg/L"), ("rain_24h", "mm"))
DEVICES: Final = 10_000
RULES: Final = load_rules((common_data() / "thresholds.toml").read_bytes(), ZoneInfo("Asia/Ho_Chi_Minh"))
AQI: Final = load_vn_aqi((common_data() / "vn_aqi.toml").read_bytes())
START: Final = datetime(2026, 11, 22, 1, tzinfo=UTC)

Take = Callable[[Sensor, float, int], None]


def cycles(devices: int, count: int) -> list[list[Sensor]]:
    """Quiet readings of all devices, by cycle of five minutes."""
    random = Random(7)
    return [
        [
            Sensor(f"d-{n}", metric, random.uniform(1, 30), unit, START + timedelta(minutes=5 * cycle), status="00")
            for n in range(devices)
            for metric, unit in METRICS
        ]
        for cycle in range(count)
    ]


def without() -> Take:
    """The detector of readings alone."""
    evaluate = SensorDetector(RULES.sensors).evaluate

    def take(event: Sensor, _at_s: float, _accepted_ms: int) -> None:
        evaluate(event, None)

    return take


def watched(*, air: bool) -> Take:
    """The detector behind the watch over instruments, and the watch over air if wanted."""
    state = PartitionState(0)
    instruments = InstrumentWatch(RULES.instruments, state)
    watch = AirWatch(AQI, RULES.air, instruments.trusts, state, checkpoint=timedelta(seconds=30))
    evaluate = TrustedReadings(SensorDetector(RULES.sensors), instruments).evaluate
    taken, breathed = instruments.take, watch.take

    def take(event: Sensor, at_s: float, accepted_ms: int) -> None:
        taken(event, at_s, accepted_ms)
        if air:
            breathed(event, at_s, accepted_ms)
        evaluate(event, None)

    return take


def seconds(take: Take, events: list[Sensor]) -> float:
    """Per reading."""
    times = [event.observed_at.timestamp() for event in events]
    begun = process_time()
    for event, at_s in zip(events, times, strict=True):
        take(event, at_s, int(at_s * 1000))
    return (process_time() - begun) / len(events)


def memory() -> float:
    """MB that the watch over instruments needs for all devices."""
    sent = cycles(DEVICES, 2)
    state = PartitionState(0)
    watch = InstrumentWatch(RULES.instruments, state)
    tracemalloc.start()
    for events in sent:
        for event in events:
            at_s = event.observed_at.timestamp()
            watch.take(event, at_s, int(at_s * 1000))
        watch.flush(int(events[-1].observed_at.timestamp() * 1000))
        state.commit()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / 1e6


def main() -> None:
    """Print the table."""
    takes = {"detector alone": without(), "with instruments": watched(air=False), "with both": watched(air=True)}
    found: dict[str, list[float]] = {name: [] for name in takes}
    for events in cycles(1_000, 24):
        for name, take in takes.items():
            found[name].append(seconds(take, events))
    base = median(found["detector alone"])
    for name, each in found.items():
        print(f"{name:18} {median(each) * 1e6:5.2f} µs per quiet reading, {(median(each) - base) * 1e6:+5.2f}")
    print(f"{DEVICES} devices of {len(METRICS)} metrics: {memory():.1f} MB")


if __name__ == "__main__":
    main()
