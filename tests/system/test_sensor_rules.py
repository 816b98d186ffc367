"""Rules of readings on a real broker: a gauge of its own levels, a station of the register, a kill in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from deploy.local.kafka import Broker
from ioc.catalog import shipped_province
from ioc.catalog.devices import COLUMNS
from ioc.topics import ALERT_PREFIX, INCIDENTS, RAW, SIGNALS
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

COMMON = Path(str(shipped_province())).parents[1] / "common"
GAUGE = """
[[gauge]]
id = "song-vi-du"
metric = "water_level"
unit = "m"
name = "mực nước sông Ví Dụ"
valid = [-2, 12]
alert_levels = [2.5, 3.2, 4.0]
clear_below = 0.1
hold_s = 600
eases = true
source = "quyết định ví dụ của tỉnh"
date = 2020-03-20
"""
DEVICES = [
    {"id": "song-vi-du", "source": "sensors", "class": "gauge", "commune": "06673"},
    {"id": "nuoc-1", "source": "sensors", "class": "effluent", "commune": "06673", "limit_sets": "effluent-A"},
]
START = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped province with one gauge's levels and a register of two devices."""
    found = tmp_path / "province"
    copytree(str(shipped_province()), found)
    (found / "thresholds.toml").write_text((COMMON / "thresholds.toml").read_text() + GAUGE)
    rows = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in DEVICES)]
    (found / "devices.csv").write_text("\n".join(rows))
    return found


def reading(device: str, metric: str, value: float, unit: str, minutes: float) -> Event:
    at = (START + timedelta(minutes=minutes)).isoformat()
    body = {"device_id": device, "metric": metric, "value": value, "unit": unit, "observed_at": at}
    return Event(RAW["sensors"], device, json.dumps(body, ensure_ascii=False).encode())


def level(value: float, minutes: float) -> Event:
    return reading("song-vi-du", "water_level", value, "m", minutes)


async def test_a_duration_survives_a_kill_and_easing_alerts_nobody(
    empty_broker: Broker, tmp_path: Path, folder: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    workers.append(Worker(bootstrap, tmp_path / "1", folder=folder).start())
    await workers[0].ready()
    alerts = f"{ALERT_PREFIX}ha-long"
    async with Reader(bootstrap, [alerts, SIGNALS, INCIDENTS]) as reader:
        # Iron of 2 mg/L is within column B, which is everybody's, and beyond column A, which is this station's.
        await publish(bootstrap, [level(4.5, 0), reading("nuoc-1", "fe", 2, "mg/L", 0), level(2.0, -5)])
        (water,) = bodies(await reader.until(1, alerts))
        assert (water["category"], water["reason"]) == ("environment", "opened")
        workers[0].kill()
        workers.append(Worker(bootstrap, tmp_path / "2", folder=folder).start())
        await workers[1].ready()
        await publish(bootstrap, [level(4.5, 9), level(4.5, 10)])
        tide = bodies(await reader.until(2, alerts))[1]
        assert tide["title"] == "Mực nước sông Ví Dụ trên báo động III: 4,5 m"
        assert (tide["severity"], tide["reason"], tide["centre"]) == ("critical", "opened", "ha-long")
        await publish(bootstrap, [level(2.6, 20), level(4.5, 15), level(2.0, 30)])
        ended = bodies(await reader.until(3, alerts))[2]
        assert (ended["reason"], ended["incident_id"]) == ("resolved", tide["incident_id"])
        records = await reader.all()
    signals = [signal for signal in bodies(records[SIGNALS]) if signal["device"] == "song-vi-du"]
    assert [(each["severity"], each["eases"], each["clears"]) for each in signals] == [
        ("critical", False, False),
        ("normal", True, False),
        ("low", False, True),
    ]
    assert len(records[alerts]) == 3, "easing and the late reading alerted nobody"
    story = [each for each in bodies(records[INCIDENTS]) if each["incident_id"] == tide["incident_id"]][-1]["history"]
    assert [step["action"] for step in story if step["action"] in {"ease", "resolve"}] == ["ease", "resolve"]
