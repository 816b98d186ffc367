"""Base stations on a real broker: timers that outlive a kill, coverage that can be read, a spot with a signal."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import Broker
from ioc.catalog import shipped_province
from ioc.catalog.programme import PROGRAMME_FILE
from ioc.topics import ALERT_PREFIX, RAW
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish
from tests.system.test_path import now

HALONG = {"lat": 20.9517, "lon": 107.0807}
SPOT = """
[[spot]]
id = "test-1"
name = "Khu thử nghiệm"
commune = "06652"
state = "on_air"
lat = 20.9517
lon = 107.0807
source = "thử nghiệm"
date = 2026-11-27
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped province, and a spot of the programme where the tests measure."""
    target = tmp_path / "province"
    shutil.copytree(str(shipped_province()), target)
    with (target / PROGRAMME_FILE).open("a", encoding="utf-8") as file:
        file.write(SPOT)
    return target


@pytest.fixture
def worker(empty_broker: Broker, tmp_path: Path, folder: Path) -> Iterator[Worker]:
    worker = Worker(empty_broker.bootstrap, tmp_path / "home", folder=folder, IOC_INTAKE__CHECKPOINT_S="0.1")
    yield worker
    worker.end()


def sample(site: str, seconds: float, **fields: Any) -> Event:
    body = {"site_id": site, "operator": "operator-a", "technology": "4G", "observed_at": now(seconds)} | fields
    return Event(RAW["bts"], site, json.dumps(body).encode())


async def test_a_site_that_is_better_is_told_so_after_the_hold_though_the_worker_was_killed(
    empty_broker: Broker, worker: Worker
) -> None:
    bootstrap, topic = empty_broker.bootstrap, f"{ALERT_PREFIX}ha-long"
    await make_topics(bootstrap, province())
    await worker.start().ready()
    async with Reader(bootstrap, [topic]) as reader:
        lost = sample(
            "QN-1", -2, state="out_of_service", alarm={"severity": "critical", "problem": "Mất điện"}, **HALONG
        )
        back = sample("QN-1", -1, state="in_service", interval_s=8)
        await publish(bootstrap, [lost])
        await reader.until(1, topic)
        await publish(bootstrap, [back])
        await _counted(worker, 'ioc_events_total{outcome="quiet",source="bts"}', 1)
        worker.kill()
        await worker.start().ready()
        opened, resolved = bodies(await reader.until(2, topic, timeout_s=60.0))
    assert (opened["reason"], opened["title"]) == ("opened", "Trạm mất dịch vụ: QN-1 (operator-a 4G)")
    assert "dấu hiệu nguyên nhân: nguồn điện" in opened["text"]
    assert (resolved["reason"], resolved["incident_id"]) == ("resolved", opened["incident_id"])


async def test_measured_cells_are_coverage_and_verify_a_spot(
    empty_broker: Broker, tmp_path: Path, folder: Path, worker: Worker
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    await worker.start().ready()
    good = [sample(f"QN-{n % 3}", -n, rsrp_dbm=-80, measured_by="drive_test", **HALONG) for n in range(1, 101)]
    bad = [
        sample("QN-9", -n, rsrp_dbm=-130, operator="operator-b", measured_by="handset", **HALONG) for n in range(1, 41)
    ]
    few = [
        sample("QN-8", -n, rsrp_dbm=-130, operator="operator-c", measured_by="handset", **HALONG) for n in range(1, 9)
    ]
    await publish(bootstrap, [*good, *bad, *few])
    samples = await _counted(worker, 'ioc_bts_gap_spots{state="verified"}', 1)
    assert samples['ioc_bts_gap_spots{state="planned"}'] == 32
    assert samples['ioc_bts_gap_spots{state="on_air"}'] == 34
    # Sites of several partitions serve the cell of operator-a: it is one all the same.
    cells = 'ioc_bts_coverage_cells{{centre="ha-long",class="{}"}}'
    for each in ("ok", "gap", "no_data"):
        samples = await _counted(worker, cells.format(each), 1)
    assert samples['ioc_bts_coverage_ratio{centre="ha-long"}'] == 0.5
    assert [samples[cells.format(each)] for each in ("ok", "gap", "weak", "no_data")] == [1, 1, 0, 1]
    assert not any(name.startswith("ioc_bts_sites") for name in samples)  # nobody heard of a site's health
    environment = os.environ | {
        "IOC_HOME": str(tmp_path / "home"), "IOC_KAFKA_BOOTSTRAP": bootstrap, "IOC_PROVINCE__FOLDER": str(folder)
    }  # fmt: skip

    def run(*options: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "connectors.cli.main", "coverage", *options],
            env=environment, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.splitlines()

    rows: list[dict[str, Any]] = []
    for _ in range(20):  # what was counted is written down every second
        rows = [json.loads(row) for row in await asyncio.to_thread(run, "--json")]
        if sum(row["total"] for row in rows) == len([*good, *bad, *few]):
            break
    assert [(row["operator"], row["class"], row["total"]) for row in rows] == [
        ("operator-a", "ok", 100), ("operator-b", "gap", 40), ("operator-c", "no_data", 8),
    ]  # fmt: skip
    assert {row["centre"] for row in rows} == {"ha-long"}
    (line,) = await asyncio.to_thread(run, "--class", "gap")
    assert line.endswith("\toperator-b\t4G\tgap=1 weak=0 ok=0 no_data=0")


async def _counted(worker: Worker, name: str, count: float) -> dict[str, float]:
    """All figures once one of them is so high."""
    samples: dict[str, float] = {}
    for _ in range(300):
        samples = await asyncio.to_thread(worker.metrics)
        if samples.get(name, 0) >= count:
            return samples
        await asyncio.sleep(0.1)
    raise AssertionError(f"{name} is {samples.get(name)}: {worker.log.read_text()[-2000:]}")
