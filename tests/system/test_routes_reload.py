"""Routes are edited under a running worker: taken up, refused where they are wrong while the old ones stay."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.kafka import Broker
from ioc.topics import DECISIONS, INCIDENTS, RAW
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

ROUTES = """root:
  receiver: ioc-tinh
  routes:
    - id: lamps
      match: [subcategory = street_light]
      receiver: so-xd
"""


async def unit_of(bootstrap: str, name: str) -> tuple[str, str]:
    """Unit that a new report goes to, and the route that the decision names."""
    body = {"id": name, "occurred_at": datetime.now(UTC).isoformat(), "text": f"Đèn đường hỏng ở số {name}, tối om"}
    await publish(bootstrap, [Event(RAW["reports"], name, json.dumps(body).encode())])
    async with Reader(bootstrap, [INCIDENTS, DECISIONS]) as reader:
        async with asyncio.timeout(30):
            while True:
                found = await reader.all()
                for incident in bodies(found[INCIDENTS]):
                    if any(each["event_id"] == name for each in incident["evidence"]):
                        rules = [
                            each["rule_id"] for each in bodies(found[DECISIONS])
                            if each["kind"] == "route" and each["incident_id"] == incident["incident_id"]
                        ]  # fmt: skip
                        return incident["unit"], rules[0]
                await asyncio.sleep(0.1)


def told(worker: Worker, words: str, times: int = 1) -> None:
    """Wait until the log says it; the file is looked at every two seconds."""
    deadline = time.monotonic() + 30
    while worker.log.read_text().count(words) < times:
        assert time.monotonic() < deadline, worker.log.read_text()[-3000:]
        time.sleep(0.05)


async def test_edited_routes_are_in_force_without_a_restart(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap, path = empty_broker.bootstrap, tmp_path / "routes.yaml"
    path.write_text(ROUTES)
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path / "worker", IOC_PROVINCE__ROUTES=str(path)).start()
    workers.append(worker)
    await worker.ready()
    assert await unit_of(bootstrap, "b1") == ("so-xd", "route-lamps")

    path.write_text(ROUTES.replace("so-xd", "dien-luc").replace("id: lamps", "id: lamps2"))
    told(worker, f"is in force, read from {path}", times=2)
    assert await unit_of(bootstrap, "b2") == ("dien-luc", "route-lamps2")

    path.write_text(ROUTES.replace("so-xd", "so-none"))
    told(worker, f"{path} was refused: {path}, line 6: 'so-none' is neither a unit")
    figures = await asyncio.to_thread(worker.metrics)
    assert figures["ioc_routes_up"] == 0
    assert await unit_of(bootstrap, "b3") == ("dien-luc", "route-lamps2")
    assert worker.stop() == 0
