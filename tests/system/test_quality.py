"""Live data quality on a real broker: a station that owes readings is told, and the report has the counts."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from ioc.catalog import DEVICES_FILE, common_data, shipped_province
from ioc.catalog.devices import COLUMNS
from ioc.quality import Sums
from ioc.topics import ALERT_PREFIX, HEALTH
from tests.system.product import Reader, Worker, bodies, make_topics, province, publish
from tests.system.test_path import now, reading

DEVICE = {"id": "air-1", "source": "sensors", "class": "air-station", "interval_s": "0.1", "synthetic": "yes"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped province with one registered station, and windows of two seconds."""
    target = tmp_path / "province"
    shutil.copytree(str(shipped_province()), target)
    rows = (COLUMNS, [DEVICE.get(column, "") for column in COLUMNS])
    (target / DEVICES_FILE).write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    text = (common_data() / "quality.toml").read_text(encoding="utf-8")
    for was, becomes in (
        ("window_s = 3600", "window_s = 2"),
        ("grace_s = 600", "grace_s = 11"),
        ("least_records = 20", "least_records = 1"),
    ):  # fmt: skip
        assert was in text
        text = text.replace(was, becomes)
    (target / "quality.toml").write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def worker(empty_broker: Broker, tmp_path: Path, folder: Path) -> Iterator[Worker]:
    worker = Worker(empty_broker.bootstrap, tmp_path / "home", folder=folder)
    yield worker
    worker.end()


async def test_a_station_that_owes_readings_is_told_and_reported(
    empty_broker: Broker, tmp_path: Path, folder: Path, worker: Worker
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    await worker.start().ready()
    await publish(bootstrap, [reading("air-1", 20.0, now(-1)), reading("air-1", 20.0, now(-0.5))])
    topic = f"{ALERT_PREFIX}province"
    async with Reader(bootstrap, [topic]) as reader:
        (alert,) = bodies(await reader.until(1, topic, timeout_s=60.0))
    assert (alert["category"], alert["subcategory"], alert["severity"]) == ("other", "device_fault", "normal")
    assert alert["title"].startswith("Chất lượng dữ liệu (đủ) thấp: nguồn sensors, loại air-station, ")
    samples = worker.metrics()
    assert samples['ioc_source_quality_ratio{dimension="complete",source="sensors"}'] < 0.8
    environment = os.environ | {
        "IOC_HOME": str(tmp_path / "home"), "IOC_KAFKA_BOOTSTRAP": bootstrap, "IOC_PROVINCE__FOLDER": str(folder)
    }  # fmt: skip
    report = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "connectors.cli.main", "quality", "--hours", "1"],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    rows = [line.split() for line in report.stdout.splitlines()]
    (row,) = [row for row in rows if row[:1] == ["air-station"]]
    assert (row[1], row[3], row[5]) == ("2", "100,0", "100,0")


async def test_a_killed_worker_costs_no_count_and_repeats_none(empty_broker: Broker, worker: Worker) -> None:
    """Four times it dies between two tellings, with what it has counted and not told."""
    bootstrap, sent = empty_broker.bootstrap, 0
    await make_topics(bootstrap, province(), partitions=2)
    async with Reader(bootstrap, [HEALTH]) as reader:

        def received() -> int:
            told = [each for each in bodies(reader.records[HEALTH]) if each["source"] == "sensors"]
            return sum(Sums.read(row["sums"]).received for each in told for row in each["quality"])

        await worker.start().ready()
        for wave in range(5):
            names = [f"st-{number}" for number in range(20)]
            await publish(bootstrap, [reading(name, 20.0, now(-wave / 10)) for name in names for _ in range(2)])
            sent += 2 * len(names)
            names_of = [f'ioc_events_total{{outcome="{each}",source="sensors"}}' for each in ("quiet", "duplicate")]
            async with asyncio.timeout(30):
                figures = await asyncio.to_thread(worker.metrics)
                while sum(figures.get(each, 0) for each in names_of) < sent:
                    assert worker.process is not None
                    assert worker.process.poll() is None
                    await asyncio.sleep(0.05)
                    figures = await asyncio.to_thread(worker.metrics)
            if wave < 4:
                worker.kill()
                await asyncio.to_thread(worker.start)
                await worker.ready()
        async with asyncio.timeout(30):
            while received() < sent:
                await reader.until(len(reader.records[HEALTH]) + 1, HEALTH, timeout_s=30)
        await asyncio.sleep(11)  # nothing more comes with the next telling
        await reader.all()
        assert received() == sent
