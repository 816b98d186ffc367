"""Where a report belongs, over the real broker and worker: position before address before text, all of it recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import Broker
from ioc.topics import ALERT_PREFIX, DECISIONS, RAW, SIGNALS
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

REPORTS: dict[str, dict[str, Any]] = {
    "position": {
        "text": "Cây đổ chắn ngang đường ở chợ Hà Tu",
        "lat": 20.96438,
        "lon": 107.04804,
        "address": "phường Móng Cái 1",
        "category_hint": "tourism",
    },
    "address": {"text": "Ổ gà sâu, xe chạy về Cẩm Phả hay ngã", "address": "số 3, phường Móng Cái 1"},
    "text": {"text": "cay xanh gay canh o uongbi, phuong quang trung"},
}


@pytest.fixture
def worker(empty_broker: Broker, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(empty_broker.bootstrap, tmp_path)
    yield worker
    worker.end()


async def test_position_then_address_then_text_and_what_the_others_say_is_kept(
    empty_broker: Broker, worker: Worker
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    await worker.start().ready()
    now = datetime.now(UTC).isoformat()
    bodies_sent = {name: {"id": name, "occurred_at": now, "source": "urn:app"} | body for name, body in REPORTS.items()}
    await publish(
        bootstrap, [Event(RAW["reports"], name, json.dumps(body).encode()) for name, body in bodies_sent.items()]
    )
    topics = [SIGNALS, DECISIONS, *(f"{ALERT_PREFIX}{centre}" for centre in province().centres)]
    async with Reader(bootstrap, topics) as reader:
        signals = {signal["event_id"]: signal for signal in bodies(await reader.until(3, SIGNALS))}
        for centre in ("ha-long", "mong-cai", "uong-bi"):
            await reader.until(1, f"{ALERT_PREFIX}{centre}")
        await reader.until(3, DECISIONS)
        records = await reader.all()
    decisions = {
        decision["event_id"]: decision["inputs"]
        for decision in bodies(records[DECISIONS])
        if decision["event_id"] in REPORTS and decision["kind"] in {"open", "join"}
    }
    found = {name: (signal["commune"], signal["centre"], signal["located_by"]) for name, signal in signals.items()}
    assert found == {
        "position": ("06673", "ha-long", "nearest"),
        "address": ("06712", "mong-cai", "text"),
        "text": ("06811", "uong-bi", "text"),
    }
    said = signals["position"]["evidence"]
    assert (said["text_commune"], said["address_commune"], said["place"]) == ("06652", "06712", "Chợ Hà Tu")
    assert (signals["position"]["category"], said["category_hint"]) == ("urban_infrastructure", "tourism")
    kept = {"text_commune": "06652", "address_commune": "06712", "place": "Chợ Hà Tu", "category_hint": "tourism"}
    assert kept.items() <= decisions["position"].items()
    assert (decisions["position"]["commune"], decisions["position"]["located_by"]) == ("06673", "nearest")
    assert decisions["address"]["address_commune"] == "06712"
    assert "category_hint" not in decisions["text"]
    assert worker.stop() == 0
