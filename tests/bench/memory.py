"""How much memory a worker needs with a province's devices: ``python -m tests.bench.memory [--devices 10000]``.

A worker with all agents, fed over a real broker by the synthetic province: 10,000 stations, gauges and cameras and
2,649 base stations, all of them in the register, every series heard at least twice. RSS of the worker's process,
sampled twice a second; the bar is 300 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from connectors.cli.province import load_province
from connectors.cli.simulate import load_limits
from connectors.simulator.generator import STEADY, Generator
from connectors.simulator.province import PROVINCE, Size, SyntheticProvince, build_province
from connectors.simulator.register import register
from connectors.simulator.run import simulate
from connectors.simulator.sinks import KafkaSink
from deploy.local.kafka import Broker
from ioc.detect import Rules
from ioc.settings import Settings
from ioc.vocabulary import SOURCES
from tests.system.product import Worker, make_topics, province

BAR_MB = 300
SEED = 1
SAMPLE_S = 0.5
ROUNDS = 2
"""How often every series speaks."""


def made(devices: int) -> tuple[SyntheticProvince, Rules]:
    """A province with so many stations, gauges and cameras, and its own number of base stations."""
    settings = Settings()
    catalogue = load_province(settings)
    rules = load_limits(settings, ZoneInfo(catalogue.timezone))
    size = Size(stations=devices - PROVINCE.cameras, cameras=PROVINCE.cameras, sites=PROVINCE.sites)
    return build_province(list(catalogue.communes.values()), rules, SEED, size), rules


async def measure(broker: Broker, folder: Path, devices: int, rate: float) -> float:
    """Print the figures; returns the most that the worker had, MB."""
    built, rules = made(devices)
    feed = Generator(built, rules, STEADY, seed=SEED, start=datetime.now(UTC), rate=rate)
    known = folder / "devices.csv"
    known.write_text(register(built, {source: feed.interval_s(source) for source in SOURCES}), encoding="utf-8")
    await make_topics(broker.bootstrap, province())
    worker = Worker(broker.bootstrap, folder / "home", IOC_PROVINCE__DEVICES=str(known)).start()
    try:
        await worker.ready()
        assert worker.process is not None
        process = psutil.Process(worker.process.pid)
        ready_mb = process.memory_info().rss / 1e6
        seconds = ROUNDS * max(feed.interval_s(source) or 0.0 for source in SOURCES) + 1
        sink = KafkaSink({"bootstrap_servers": broker.bootstrap})
        sending = asyncio.create_task(simulate(feed, sink, speed=1, seconds=seconds, stop=asyncio.Event()))
        most_mb = ready_mb
        while not sending.done():
            most_mb = max(most_mb, process.memory_info().rss / 1e6)
            await asyncio.sleep(SAMPLE_S)
        ran = await sending
        for _ in range(20):  # a checkpoint of everything, and what waits for ticks
            most_mb = max(most_mb, process.memory_info().rss / 1e6)
            await asyncio.sleep(SAMPLE_S)
        names = len(built.stations) + len(built.cameras)
        print(f"{names:,} stations and cameras, {len(built.series):,} series, {len(built.sites):,} base stations")
        print(f"{ran.sent:,} events in {ran.seconds:.0f} s, at most {ran.behind_s:.1f} s behind")
        print(f"worker: {ready_mb:.0f} MB when ready, {most_mb:.0f} MB at most; the bar is {BAR_MB} MB")
        return most_mb
    finally:
        worker.stop()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000, help="stations, gauges and cameras together")
    parser.add_argument("--rate", type=float, default=2_000.0, help="events per second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka") as broker:
        asyncio.run(measure(broker, Path(folder), given.devices, given.rate))


if __name__ == "__main__":
    main()
