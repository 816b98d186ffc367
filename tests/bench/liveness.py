"""What liveness costs the province's owner, without Kafka: ``python -m tests.bench.liveness``.

10,000 devices and 2,649 base stations that speak every five minutes. Wall time on one core, median; memory as Python
counts it. The register itself is the catalogue's; what is counted here comes on top.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ioc.area import AreaWriter
from ioc.area.liveness import Liveness, Roll, load_liveness
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.catalog.devices import Device
from ioc.records import Health, Heard, decode, encode
from ioc.vocabulary import Source
from streams.transport import PartitionState

TOLD_MS = 15_000
START = datetime(2026, 11, 22, 5, tzinfo=UTC)
INTERVAL_S = 300
REPEATS = 60


class Bench:
    """The owner's detector with a state of its own, and a clock."""

    def __init__(self) -> None:
        tables = load_folder(common_data()) | load_folder(shipped_province())
        self.catalogue = load_catalogue(tables)
        self.rules = load_liveness(tables["liveness.toml"])
        communes = sorted(self.catalogue.communes)
        self.devices = [_device(n, "sensors", communes) for n in range(10_000)]
        self.devices += [_device(n, "bts", communes) for n in range(2_649)]
        self.state = PartitionState(0)
        self.second = 0

    def start(self) -> tuple[float, float]:
        """Make the detector; megabytes of what all partitions share, and of each one's own."""
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        roll = Roll(self.devices, self.catalogue, self.rules.multiple, TOLD_MS)
        shared = tracemalloc.get_traced_memory()[0]
        self.liveness = Liveness(self.rules, roll, self.catalogue, ZoneInfo(self.catalogue.timezone))
        own = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return (shared - before) / 1e6, (own - shared) / 1e6

    def record(self, source: Source, names: Iterable[str]) -> Health:
        at = START + timedelta(seconds=self.second)
        return Health(source, 0, at, [Heard(name, "urn:bench", at) for name in names])

    def take(self, record: Health) -> None:
        self.liveness.health(record, record.at, AreaWriter(self.state))
        self.state.commit()

    def tick(self) -> tuple[int, int]:
        """One tick; how many signals it made, and bytes of state that it wrote."""
        writer = AreaWriter(self.state)
        self.liveness.tick(START + timedelta(seconds=self.second), writer)
        written = sum(len(key) + len(value or b"") for key, value in self.state.changes())
        self.state.commit()
        return len(writer.signals), written

    def speak(self, seconds: int, may: Callable[[int], bool]) -> int:
        """Let time pass; devices speak when it is their turn, if they may. How many signals were made."""
        made = 0
        for _ in range(seconds):
            self.second += 1
            sources: tuple[Source, ...] = ("sensors", "bts")
            for source in sources:
                turn = [
                    each.id
                    for n, each in enumerate(self.devices)
                    if (n + self.second) % INTERVAL_S == 0 and each.source == source and may(n)
                ]
                self.take(self.record(source, turn))
            made += self.tick()[0]
        return made


def _device(n: int, source: Source, communes: list[str]) -> Device:
    station = source == "bts"
    return Device(
        id=f"{source}-{n:05}", source=source, kind="device", name=f"{source}-{n:05}", lat=None, lon=None,
        commune=communes[n % len(communes)], interval_s=INTERVAL_S, collector=f"{source}-collector-{n % 40}",
        limit_sets=(), operator=None, technologies=(), upstream=f"node-{n // 20}" if station else None,
        site=f"mast-{n}" if station else f"house-{n // 3}", tags=(), synthetic=True,
    )  # fmt: skip


def _median_ms(job: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        job()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3


def main() -> None:
    """Print the figures."""
    bench = Bench()
    shared, own = bench.start()
    print(f"memory             {shared:8.1f} MB shared by a worker's partitions, {own:.1f} MB of the owner's own")
    record = bench.record("sensors", (each.id for each in bench.devices[:1000]))
    raw = encode(record)
    print(f"1,000 devices      {_median_ms(lambda: decode(Health, raw)):8.2f} ms to decode, {len(raw) / 1e3:.0f} kB")
    records = iter(
        [bench.record("sensors", (each.id for each in bench.devices[:1000])) for bench.second in range(REPEATS)]
    )
    print(f"                   {_median_ms(lambda: bench.take(next(records))):8.2f} ms to take in")
    bench.speak(2 * INTERVAL_S, lambda _: True)
    print(f"quiet tick         {_median_ms(bench.tick):8.2f} ms")
    bench.second += 60
    print(f"writing down       {bench.tick()[1] / 1e3:8.0f} kB once a minute")
    made = bench.speak(5 * INTERVAL_S, lambda n: n % 2 == 0)
    print(f"half falls silent  {made:8} signals, then a tick takes {_median_ms(bench.tick):.2f} ms")


if __name__ == "__main__":
    main()
