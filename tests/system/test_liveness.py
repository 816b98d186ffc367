"""Registered devices that fall silent, from the raw topic to the alert, over a real broker and worker."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.kafka import Broker
from ioc.catalog import common_data
from ioc.catalog.devices import COLUMNS
from ioc.topics import HEALTH, RAW, alert_topic
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

TABLES = Path(__file__).parents[1] / "data" / "second-province"
DEVICES = {"a-1": "logger-a", "a-2": "logger-a", "b-1": "logger-b", "b-2": "logger-b", "b-3": "logger-b"}
NEVER = "b-4"
QUICK = {
    "settle_s = 60": "settle_s = 1", "patience_s = 300": "patience_s = 2", "gap_s = 60": "gap_s = 4",
    "grace_s = 120": "grace_s = 3", "checkpoint_s = 60": "checkpoint_s = 1",
}  # fmt: skip
"""The shipped rules, sixty times as fast."""


def folder(home: Path) -> Path:
    """A province with a register of devices, each of which speaks every second."""
    tables = home / "province"
    shutil.copytree(TABLES, tables)
    rows = [
        {"id": name, "source": "sensors", "class": "station", "interval_s": "1", "collector": collector}
        for name, collector in (*DEVICES.items(), (NEVER, "logger-b"))
    ]
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    (tables / "devices.csv").write_text("\n".join(lines))
    rules = (common_data() / "liveness.toml").read_text()
    for shipped, quick in QUICK.items():
        assert shipped in rules
        rules = rules.replace(shipped, quick)
    (tables / "liveness.toml").write_text(rules)
    return tables


def readings(names: Iterable[str]) -> list[Event]:
    now = datetime.now(UTC).isoformat()
    return [
        Event(RAW["sensors"], name, json.dumps(
            {"device_id": name, "metric": "pm2_5", "value": 12, "unit": "µg/m³", "observed_at": now}).encode())
        for name in names
    ]  # fmt: skip


class Field:
    """Devices that speak twice a second, as long as they may."""

    def __init__(self, bootstrap: str) -> None:
        self.speak = set(DEVICES)
        self._bootstrap = bootstrap
        self._over = False

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            self._over = True
            await task

    async def _go_on(self) -> None:
        while not self._over:
            await publish(self._bootstrap, readings(sorted(self.speak)))
            await asyncio.sleep(0.5)


async def figure(worker: Worker, state: str, wanted: float, *, source: str = "sensors") -> None:
    """Wait until so many devices are in a state."""
    name = f'ioc_devices{{source="{source}",state="{state}"}}'
    async with asyncio.timeout(30):
        while (await asyncio.to_thread(worker.metrics)).get(name, 0) != wanted:
            assert worker.process is not None
            assert worker.process.poll() is None
            await asyncio.sleep(0.05)


def told(records: Iterable[Any]) -> list[tuple[str, str]]:
    return [(each["reason"], each["title"]) for each in bodies(records)]


async def test_silence_is_told_of_what_failed(empty_broker: Broker, tmp_path: Path) -> None:
    bootstrap, tables = empty_broker.bootstrap, folder(tmp_path)
    await make_topics(bootstrap, province(tables), partitions=2)
    worker = Worker(bootstrap, tmp_path / "worker", folder=tables, IOC_INTAKE__TOLD_S="0.4")
    alerts = alert_topic("province")
    field = Field(bootstrap)
    try:
        await worker.start().ready()
        async with Reader(bootstrap, [alerts, HEALTH]) as reader, field.speaking():
            # Nobody has ever heard of one of them: that is silence too.
            assert told(await reader.until(1, alerts)) == [("opened", f"Thiết bị im lặng: {NEVER}")]
            await figure(worker, "online", 5)
            field.speak.remove("b-1")
            (_, single) = told(await reader.until(2, alerts))
            assert single == ("opened", "Thiết bị im lặng: b-1")
            await figure(worker, "silent", 2)

            field.speak -= {"a-1", "a-2"}
            (*_, collector) = told(await reader.until(3, alerts))
            assert collector == ("opened", "Mất toàn bộ số liệu từ nơi thu logger-a")

            # Dead for longer than anybody may be silent: while we are away nobody is found silent for it.
            worker.kill()
            await asyncio.to_thread(worker.start)
            await worker.ready()
            await figure(worker, "silent", 4)
            field.speak |= {"a-1", "a-2", "b-1"}
            (*_, one, two) = told(await reader.until(5, alerts))
            assert sorted((one, two)) == [
                ("resolved", "Mất toàn bộ số liệu từ nơi thu logger-a"),
                ("resolved", "Thiết bị im lặng: b-1"),
            ]
            await figure(worker, "online", 5)
            assert len((await reader.all())[alerts]) == 5
            accounts = {(each["source"], each["partition"]) for each in bodies(reader.records[HEALTH])}
            assert accounts == {("sensors", 0), ("sensors", 1)}
        assert worker.stop() == 0
    finally:
        worker.end()


CAMERAS = {"cam-1": "pole-1", "cam-2": "pole-1", "cam-3": "pole-2", "cam-4": "pole-2"}


def words(kind: str, *cameras: str) -> list[Event]:
    """What Frigate says of its cameras."""
    now = datetime.now(UTC).isoformat()
    said = {"kind": kind, "observed_at": now, "confidence": 1}
    return [
        Event(RAW["cameras"], name, json.dumps(said | {"id": f"{name}/{kind}/{now}", "camera_id": name}).encode())
        for name in cameras
    ]


async def test_cameras_that_their_recorder_misses_are_told_of_their_mast(empty_broker: Broker, tmp_path: Path) -> None:
    bootstrap, tables = empty_broker.bootstrap, folder(tmp_path)
    rows = [
        {"id": name, "source": "cameras", "class": "camera", "collector": "frigate-1", "site": site}
        for name, site in CAMERAS.items()
    ]
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    (tables / "devices.csv").write_text("\n".join(lines))
    limits = (common_data() / "thresholds.toml").read_text()
    (tables / "thresholds.toml").write_text(
        limits.replace("hold_s = 120", "hold_s = 1").replace("hold_s = 60", "hold_s = 1")
    )
    await make_topics(bootstrap, province(tables), partitions=2)
    worker = Worker(bootstrap, tmp_path / "worker", folder=tables, IOC_INTAKE__TOLD_S="0.4")
    alerts = alert_topic("province")
    mast = "Mất toàn bộ số liệu từ điểm lắp đặt pole-1"
    try:
        await worker.start().ready()
        async with Reader(bootstrap, [alerts]) as reader:
            await publish(bootstrap, words("detect_offline", "cam-1", "cam-2"))
            assert told(await reader.until(1, alerts)) == [("opened", mast)]
            # Frigate itself goes: the cameras behind it are blind, and nothing is said of them.
            await publish(bootstrap, words("service_offline", "frigate-1"))
            (*_, service, over) = told(await reader.until(3, alerts))
            assert sorted((service, over)) == [
                ("opened", "Hệ thống phân tích camera mất kết nối: frigate-1"),
                ("resolved", mast),
            ]
            await publish(bootstrap, words("service_online", "frigate-1"))
            await publish(bootstrap, words("detect_online", "cam-1"))
            (*_, one, two) = told(await reader.until(5, alerts))
            assert {one, two} == {
                ("resolved", "Hệ thống phân tích camera mất kết nối: frigate-1"),
                ("opened", "Thiết bị mất kết nối: cam-2"),
            }
            await publish(bootstrap, words("detect_online", "cam-2"))
            assert told(await reader.until(6, alerts))[-1] == ("resolved", "Thiết bị mất kết nối: cam-2")
        assert worker.stop() == 0
    finally:
        worker.end()


def worked_on(name: str, site: str) -> list[Event]:
    """A station whose instrument is being calibrated, and a base station under maintenance."""
    now = datetime.now(UTC).isoformat()
    reading = {"device_id": name, "metric": "pm2_5", "value": 12, "unit": "µg/m³", "observed_at": now, "status": "01"}
    sample = {"site_id": site, "operator": "a", "technology": "4G", "observed_at": now, "state": "maintenance"}
    return [
        Event(RAW["sensors"], name, json.dumps(reading).encode()),
        Event(RAW["bts"], site, json.dumps(sample).encode()),
    ]


async def test_who_is_worked_on_is_no_silent_device(empty_broker: Broker, tmp_path: Path) -> None:
    bootstrap, tables = empty_broker.bootstrap, folder(tmp_path)
    register = tables / "devices.csv"
    site = {"id": "s-1", "source": "bts", "class": "base-station", "interval_s": "1"}
    register.write_text(f"{register.read_text()}\n{','.join(site.get(column, '') for column in COLUMNS)}")
    await make_topics(bootstrap, province(tables), partitions=2)
    worker = Worker(bootstrap, tmp_path / "worker", folder=tables, IOC_INTAKE__TOLD_S="0.4")
    alerts = alert_topic("province")
    field = Field(bootstrap)
    field.speak.remove("b-3")
    try:
        await worker.start().ready()
        async with Reader(bootstrap, [alerts]) as reader, field.speaking():
            await publish(bootstrap, worked_on("b-3", "s-1"))
            await figure(worker, "maintenance", 1)
            await figure(worker, "maintenance", 1, source="bts")
            # Nobody hears of them from here on, and only of the one that nobody has ever heard of is told.
            assert told(await reader.until(1, alerts)) == [("opened", f"Thiết bị im lặng: {NEVER}")]
            worker.kill()
            await asyncio.to_thread(worker.start)
            await worker.ready()
            await figure(worker, "maintenance", 1)
            await figure(worker, "maintenance", 1, source="bts")
            await publish(bootstrap, readings(["b-3"]))  # it is done, and then nothing comes any more
            (_, silent) = told(await reader.until(2, alerts))
            assert silent == ("opened", "Thiết bị im lặng: b-3")
            await figure(worker, "maintenance", 0)
        assert worker.stop() == 0
    finally:
        worker.end()
