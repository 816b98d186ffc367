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
from ioc.topics import ALERT_PREFIX
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
def worker(fresh_broker: Broker, tmp_path: Path, folder: Path) -> Iterator[Worker]:
    worker = Worker(fresh_broker.bootstrap, tmp_path / "home", folder=folder)
    yield worker
    if worker.process is not None and worker.process.poll() is None:
        worker.kill()


async def test_a_station_that_owes_readings_is_told_and_reported(
    fresh_broker: Broker, tmp_path: Path, folder: Path, worker: Worker
) -> None:
    bootstrap = fresh_broker.bootstrap
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
