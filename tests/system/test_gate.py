"""A jam at the border gate on a real broker, with a worker that is killed in the middle: one incident, told early."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.simulator.border import DECEMBER_2021, border_events
from deploy.local.kafka import Broker
from ioc.topics import ALERT_PREFIX, RAW, RECEIPTS, SIGNALS, changelog_topic, intake_agent
from ioc.vocabulary import SEVERITY_RANK
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

GATE = "ioc_gate_"
BACKLOG = 'ioc_gate_backlog_hours{direction="out",gate="gate-1"}'
MONG_CAI = "06712"


async def test_a_jam_is_one_incident_and_no_plate_leaves(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    place = province().communes[MONG_CAI]
    course = replace(DECEMBER_2021, lat=place.lat, lon=place.lon, falls_at=3.0)
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start = (today - timedelta(days=1)).astimezone(UTC)  # the same hour of the gate's day whenever the test runs
    made = [
        Event(RAW["gate"], course.gate, body)
        for _, body in border_events(1, start, course, zone=zone, until=timedelta(hours=24))
    ]
    worker = Worker(bootstrap, tmp_path)
    workers.append(worker.start())
    await worker.ready()
    half = len(made) // 2
    sending = asyncio.create_task(publish(bootstrap, made[:half]))
    await asyncio.sleep(0.4)
    worker.kill()
    await sending
    worker.start()
    await worker.ready()
    await publish(bootstrap, made[half:])
    figures: dict[str, float] = {}
    for _ in range(300):  # waits are looked up every ten seconds
        figures = await asyncio.to_thread(worker.metrics)
        taken = sum(value for name, value in figures.items() if name.startswith("ioc_events_total"))
        if taken >= len(made) and figures.get(BACKLOG, 0) > 12:
            break
        await asyncio.sleep(0.1)
    gate = {name: value for name, value in figures.items() if name.startswith(GATE)}
    assert gate[BACKLOG] > 12
    assert gate[f'{GATE}queue_vehicles{{direction="out",gate="gate-1"}}'] > 100
    assert 0 < gate[f'{GATE}yard_fill_ratio{{gate="gate-1",yard="out"}}'] < 1
    assert gate[f'{GATE}wait_seconds{{gate="gate-1",goods="durian",quantile="1"}}'] > 3_600

    alerts_topic, changelog = f"{ALERT_PREFIX}mong-cai", changelog_topic(intake_agent("gate"))
    async with Reader(bootstrap, [SIGNALS, RECEIPTS, changelog, alerts_topic]) as reader:
        records = await reader.all()
    signals = bodies(records[SIGNALS])
    identities = [signal["signal_id"] for signal in signals]
    assert len(identities) == len(set(identities))
    assert signals[0]["rule_id"] == "gate/forecast-1"
    assert signals[0]["evidence"]["backlog_hours"] < 4
    ranks = [SEVERITY_RANK[signal["severity"]] for signal in signals]
    assert ranks == sorted(ranks, reverse=True)  # only worse, never again
    alerts = bodies(records[alerts_topic])
    assert len({alert["incident_id"] for alert in alerts}) == 1
    assert [alert["reason"] for alert in alerts].count("opened") == 1
    assert alerts[0]["title"].startswith("Sẽ ùn ứ tại cửa khẩu gate-1")
    kept = b"".join((record.key or b"") + (record.value or b"") for found in records.values() for record in found)
    assert b"SIM-" not in kept
    assert worker.stop() == 0
