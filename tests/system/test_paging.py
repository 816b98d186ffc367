"""A worker under the edited file of escalation, and a silence from the gateway's command to the alert that waited."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.local.kafka import Broker
from ioc.catalog import common_data
from ioc.paging import PAGING_FILE
from ioc.records import Command, encode
from ioc.topics import COMMANDS, DECISIONS, RAW, SILENCES, alert_topic
from ioc.vocabulary import SilenceAction
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish
from tests.system.test_routes_reload import told

PROVINCE = "22"
SHIPPED = (common_data() / PAGING_FILE).read_text()
QUICK = SHIPPED.replace("{wait: 5m, to: unit}", "{wait: 2s, to: unit}").replace(
    "{wait: 5m, to: duty}", "{wait: 2s, to: duty}"
)


async def report(bootstrap: str, name: str, text: str) -> None:
    body = {"id": name, "occurred_at": datetime.now(UTC).isoformat(), "text": text, "lat": 20.9517, "lon": 107.0748}
    await publish(bootstrap, [Event(RAW["reports"], name, json.dumps(body).encode())])


async def order(bootstrap: str, action: SilenceAction, name: str, **arguments: Any) -> None:
    command = Command(f"{action}-{name}", name, action, "tests", datetime.now(UTC), "thử", None, arguments)
    await publish(bootstrap, [Event(COMMANDS, PROVINCE, encode(command))])


async def until(bootstrap: str, topic: str, count: int, **fields: object) -> list[dict[str, Any]]:
    """Records of a topic that have these fields, once there are so many."""
    async with Reader(bootstrap, [topic]) as reader, asyncio.timeout(40):
        while True:
            found = bodies((await reader.all())[topic])
            fit = [each for each in found if all(each.get(name) == value for name, value in fields.items())]
            if len(fit) >= count:
                return fit
            await asyncio.sleep(0.1)


async def test_escalation_follows_its_file_and_survives_a_restart(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap, path = empty_broker.bootstrap, tmp_path / "paging.yaml"
    path.write_text(SHIPPED)
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path / "worker", IOC_PROVINCE__PAGING=str(path)).start()
    workers.append(worker)
    await worker.ready()
    path.write_text(SHIPPED.replace("to: duty", "to: nobody"))
    told(worker, f"{path} was refused: {path}, line")
    assert (await asyncio.to_thread(worker.metrics))["ioc_paging_up"] == 0
    path.write_text(QUICK)
    told(worker, f"is in force, read from {path}", times=2)
    assert (await asyncio.to_thread(worker.metrics))["ioc_paging_up"] == 1

    await report(bootstrap, "f1", "Cháy nhà có người mắc kẹt bên trong, khói đen rất lớn")
    (first, *_) = await until(bootstrap, DECISIONS, 1, kind="escalate", outcome="unit")
    assert first["rule_id"] == "escalate-critical"
    worker.kill()
    worker.start()
    await worker.ready()
    await until(bootstrap, DECISIONS, 1, kind="escalate", outcome="duty")
    name = first["incident_id"]
    alerts = await until(bootstrap, alert_topic("ha-long"), 2, incident_id=name, reason="escalated")
    assert [alert["to"] for alert in alerts] == ["unit", "duty"]
    assert len({alert["alert_id"] for alert in alerts}) == 2
    assert worker.stop() == 0


async def test_a_silence_holds_back_and_tells_when_it_ends_and_a_mode_shows(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path / "worker").start()
    workers.append(worker)
    await worker.ready()
    ends_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await order(
        bootstrap, "silence", "22-silence-1", owner="Tổ trực", centres=["ha-long"], ends_at=ends_at,
        matchers=["centre = ha-long", "severity != critical"],
    )  # fmt: skip
    await order(
        bootstrap, "emergency", "22-emergency-1", owner="Tỉnh", centres=["ha-long", "mong-cai"], ends_at=ends_at
    )
    await until(bootstrap, SILENCES, 2)
    await report(bootstrap, "l1", "Đèn đường trước nhà hỏng mấy hôm nay, tối om")
    (held,) = await until(bootstrap, DECISIONS, 1, kind="silence", rule_id="silence-silence")
    assert held["inputs"]["mode"] == "emergency"
    figures = await asyncio.to_thread(worker.metrics)
    assert figures['ioc_silenced_alerts_total{centre="ha-long"}'] == 1
    assert figures['ioc_emergency_mode{centre="ha-long"}'] == 1
    assert figures['ioc_emergency_mode{centre="cam-pha"}'] == 0
    await order(bootstrap, "unsilence", "22-silence-1")
    (alert,) = await until(bootstrap, alert_topic("ha-long"), 1, incident_id=held["incident_id"])
    assert (alert["reason"], alert["mode"]) == ("opened", "emergency")
    (record,) = await until(bootstrap, SILENCES, 1, ended_by="tests")
    assert record["hidden"] == {"ha-long": 1}
    await order(bootstrap, "end_emergency", "22-emergency-1")
    await until(bootstrap, SILENCES, 1, silence_id="22-emergency-1", ended_by="tests")
    for _ in range(100):
        figures = await asyncio.to_thread(worker.metrics)
        if figures['ioc_emergency_mode{centre="ha-long"}'] == 0:
            break
        await asyncio.sleep(0.1)
    assert figures['ioc_emergency_mode{centre="ha-long"}'] == 0
    assert worker.stop() == 0
