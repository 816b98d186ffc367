"""A flood told by people, a camera, a gauge and a station, on a real broker: one incident, six pieces of evidence."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.local.kafka import Broker
from ioc.topics import DECISIONS, INCIDENTS, RAW
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

LAT, LON = 20.9497, 107.0763
LIMIT_S = 40.0
TEXTS = (
    "Ngập sâu cả mét trước cổng chợ Hạ Long 1, nước tràn vào nhà dân",
    "Trước chợ Hạ Long 1 nước ngập cao lắm, xe chết máy hàng loạt",
    "ngap lut truoc cong cho ha long 1 nuoc tran vao nha roi",
)
START = datetime.now(UTC) - timedelta(minutes=20)


def event(source: str, key: str, minutes: float, **body: Any) -> Event:
    """Something near the market."""
    at = "occurred_at" if source == "reports" else "observed_at"
    body |= {at: (START + timedelta(minutes=minutes)).isoformat()}
    return Event(RAW[source], key, json.dumps(body, ensure_ascii=False).encode())


def happening() -> list[Event]:
    """What tells of one flood."""
    reports = [
        event("reports", f"r-{number}", number, id=f"r-{number}", text=text, lat=LAT + number * 0.0004, lon=LON,
              reporter={"id": f"person-{number}"})
        for number, text in enumerate(TEXTS)
    ]  # fmt: skip
    return [
        *reports,
        event("cameras", "cam-1", 4, id="c-1", camera_id="cam-1", kind="flooding", confidence=0.97, lat=LAT, lon=LON),
        event("sensors", "rain-1", 5, device_id="rain-1", metric="rain_24h", value=120, unit="mm", lat=LAT + 0.004,
              lon=LON),
        event("bts", "QN-1", 6, site_id="QN-1", operator="viettel", technology="4G", state="out_of_service",
              lat=LAT + 0.001, lon=LON),
    ]  # fmt: skip


async def newest(reader: Reader, fulfils: Any) -> dict[str, dict[str, Any]]:
    """Newest state of every incident, once they are as wanted."""
    deadline = time.monotonic() + LIMIT_S
    states: dict[str, dict[str, Any]] = {}
    while time.monotonic() < deadline:
        states = {state["incident_id"]: state for state in bodies((await reader.all())[INCIDENTS])}
        if fulfils([state for state in states.values() if state["status"] != "duplicate"]):
            return states
        await asyncio.sleep(0.2)
    raise AssertionError(f"not as wanted: {[(each['title'], each['evidence_count']) for each in states.values()]}")


async def test_six_sources_one_incident_also_after_a_kill(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path).start()
    workers.append(worker)
    await worker.ready()
    events = happening()
    async with Reader(bootstrap, [INCIDENTS, DECISIONS]) as reader:
        await publish(bootstrap, [events[4], events[0], events[1]])
        await newest(reader, lambda states: sum(each["evidence_count"] for each in states) == 3)
        worker.kill()
        await publish(bootstrap, [*events[2:], *events])
        worker.start()
        await worker.ready()
        states = await newest(reader, lambda open_now: [each["evidence_count"] for each in open_now] == [6])
        records = await reader.all()
    (incident,) = [each for each in states.values() if each["status"] != "duplicate"]
    assert {each["source"] for each in incident["evidence"]} == {"reports", "cameras", "sensors", "bts"}
    assert (incident["category"], incident["subcategory"], incident["reporters"]) == ("disaster", "flood", 3)
    assert incident["confidence"] > 0.95
    rules = {each["source"]: each["rule_id"] for each in incident["evidence"]}
    assert (rules["sensors"], rules["bts"]) == ("fuse-flood-gauge", "fuse-flood-site")
    why = [each for each in bodies(records[DECISIONS]) if each["rule_id"] == "fuse-flood-site"]
    assert {"score", "strength", "distance_m", "minutes"} <= why[0]["inputs"].keys()
