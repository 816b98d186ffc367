"""Stations lost together, on a real broker: one outage speaks for all of them, also after the worker was killed."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.local.kafka import Broker
from ioc.topics import ALERT_PREFIX, DECISIONS, INCIDENTS, RAW
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

LIMIT_S = 40.0


def lost(number: int) -> Event:
    """A station of Hạ Long, kilometres from the next, that says that it is out of service."""
    places = sorted((each.lat, each.lon) for each in province().communes.values() if each.centre == "ha-long")
    lat, lon = places[number]
    body = {
        "site_id": f"QN-{number}", "operator": "viettel", "technology": "4G", "state": "out_of_service", "lat": lat,
        "lon": lon, "observed_at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
    }  # fmt: skip
    return Event(RAW["bts"], f"QN-{number}", json.dumps(body).encode())


async def settled(reader: Reader, count: int) -> dict[str, dict[str, Any]]:
    """Newest state of every incident, once an outage lists so many."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        states = {state["incident_id"]: state for state in bodies((await reader.all())[INCIDENTS])}
        if any(state["children_count"] == count for state in states.values()):
            return states
        await asyncio.sleep(0.2)
    raise AssertionError(f"no outage lists {count}")


async def test_stations_lost_together_are_one_outage_also_after_a_kill(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path).start()
    workers.append(worker)
    await worker.ready()
    halong = f"{ALERT_PREFIX}ha-long"
    async with Reader(bootstrap, [halong, INCIDENTS, DECISIONS]) as reader:
        for number in range(6):
            await publish(bootstrap, [lost(number)])
        await settled(reader, 6)
        worker.kill()
        await publish(bootstrap, [lost(number) for number in range(6, 9)])
        worker.start()
        await worker.ready()
        states = await settled(reader, 9)
        records = await reader.all()
    (outage,) = [state for state in states.values() if state["children_count"]]
    children = [state for state in states.values() if state["parent"] == outage["incident_id"]]
    evidence = [each["event_id"] for state in children for each in state["evidence"]]
    assert sorted(each.partition("|")[0] for each in evidence) == [f"QN-{number}" for number in range(9)]
    assert len(states) == 10
    alerts = [(alert["reason"], alert["incident_id"] == outage["incident_id"]) for alert in bodies(records[halong])]
    # Each incident has a partition of its own: between them there is no order.
    assert sorted(alerts) == [("opened", False), ("opened", False), ("opened", True)], "two, before it was an outage"
    held = {each["incident_id"] for each in bodies(records[DECISIONS]) if each["rule_id"] == "inhibit-outage"}
    assert len(held) == 7
    assert "Hạ Long" in outage["title"]
    assert "Suy luận" in outage["text"]
    metrics = worker.metrics()
    opened = sum(value for name, value in metrics.items() if name.startswith("ioc_incidents_total{"))
    assert opened == 10, "silent ones count too"
