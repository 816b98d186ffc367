"""Three people tell one thing: one incident, three answers, over the real gateway, broker and worker."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import Broker
from ioc.topics import COMMANDS, DECISIONS, FEEDBACK, INCIDENTS, SIGNALS
from tests.system.gateway import Gateway, records, running
from tests.system.product import Worker, make_topics, province

TEXTS = (
    "Cây phượng to bị đổ chắn ngang đường trước cổng chợ Hạ Long 1, xe máy không qua được",
    "Trước chợ Hạ Long 1 có cây phượng đổ ra giữa đường, gọi tôi 0912 345 678",
    "cay phuong do truoc cong cho ha long 1 chan het duong roi, cây đổ",
)
PHONES = re.compile(rb"0912 ?345|0987654321")
"""More digits than four in a row: ids, times and sketches have any four of them now and then."""


@pytest.fixture
def product(empty_broker: Broker, tmp_path: Path) -> Iterator[tuple[Gateway, Worker]]:
    bootstrap = empty_broker.bootstrap
    asyncio.run(make_topics(bootstrap, province()))
    worker = Worker(bootstrap, tmp_path / "worker").start()
    try:
        with running(tmp_path / "gateway", bootstrap, tuple(province().centres)) as gateway:
            asyncio.run(worker.ready())
            yield gateway, worker
    finally:
        worker.end()


def until(gateway: Gateway, path: str, fulfils: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What a path answers, once it is as wanted."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = gateway.client.get(path)
        content: dict[str, Any] = answer.json()
        if answer.status_code == 200 and fulfils(content):
            return content
        time.sleep(0.05)
    raise AssertionError(f"{path} gives {content}")


def act(gateway: Gateway, incident: str, **action: Any) -> None:
    answer = gateway.client.post(f"/v1/incidents/{incident}/actions", json=action)
    assert answer.status_code == 202, answer.text


def test_three_reporters_one_incident(product: tuple[Gateway, Worker], empty_broker: Broker) -> None:
    gateway, worker = product
    run, now = secrets.token_hex(4), datetime.now(UTC)
    names = [f"{run}/{number}" for number in range(3)]
    for number, (name, text) in enumerate(zip(names, TEXTS, strict=True)):
        report = {
            "id": name, "occurred_at": (now - timedelta(minutes=number)).isoformat(), "text": text,
            "lat": 20.9497 + number * 0.0001, "lon": 107.0763, "reporter": {"id": f"person-{number}"},
        }  # fmt: skip
        assert gateway.client.post("/v1/reports", json=report).status_code == 202
        until(gateway, f"/v1/reports/{name}", lambda answer: answer["incident_id"] is not None)
    answers = [until(gateway, f"/v1/reports/{name}", lambda answer: answer["status"] == "routed") for name in names]
    (incident,) = {answer["incident_id"] for answer in answers}
    assert [answer["merged_count"] for answer in answers] == [1, 2, 3]
    first = answers[0]["answers"][-1]
    assert (first["status"], first["unit"] in first["text"]["vi"]) == ("received", True)
    early = gateway.client.post(f"/v1/reports/{names[0]}/rating", json={"rating": "satisfied"})
    assert (early.status_code, early.json()["type"]) == (409, "urn:ioc:problem:conflict")

    act(gateway, incident, action="resolve", reason="Đã cắt cây, gọi 0987654321")
    for name in names:
        answer = until(gateway, f"/v1/reports/{name}", lambda answer: answer["status"] == "resolved")
        assert "Kết quả: Đã cắt cây, gọi [số điện thoại]" in answer["text"]["vi"]

    said = {"rating": "unsatisfied", "comment": "Cành vẫn còn, gọi 0912345678"}
    for _ in range(2):
        assert gateway.client.post(f"/v1/reports/{names[1]}/rating", json=said).status_code in {202, 409}
    for name in names:
        until(gateway, f"/v1/reports/{name}", lambda answer: answer["status"] == "reopened")
    assert until(gateway, f"/v1/reports/{names[1]}", lambda answer: True)["rating"] == "unsatisfied"
    whole = until(gateway, f"/v1/incidents/{incident}", lambda found: found["status"] == "reopened")
    assert [step["action"] for step in whole["history"]].count("reopen") == 1

    worker.kill()
    worker.start()
    signal = next(each["signal_id"] for each in whole["evidence"] if each["event_id"] == names[2])
    act(gateway, incident, action="split", arguments={"signals": [signal]})
    moved = until(gateway, f"/v1/reports/{names[2]}", lambda answer: answer["incident_id"] != incident)
    act(gateway, moved["incident_id"], action="accept")
    until(gateway, f"/v1/reports/{names[2]}", lambda answer: answer["status"] == "accepted")
    assert until(gateway, f"/v1/reports/{names[0]}", lambda answer: True)["status"] == "reopened"

    other = gateway.client_of(gateway.token_of("reports:write", publisher="elsewhere"))
    assert other.post(f"/v1/reports/{names[0]}/rating?source=tests", json=said).status_code == 403
    assert other.post(f"/v1/reports/{names[0]}/rating", json=said).status_code == 404
    other.close()
    wrong = gateway.client.post(f"/v1/reports/{names[0]}/rating", json={"rating": "great"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/rating")
    for topic in (SIGNALS, INCIDENTS, FEEDBACK, DECISIONS):
        assert not [each.value for each in records(empty_broker.bootstrap, topic) if PHONES.search(each.value or b"")]
    commands = b"".join(each.value for each in records(empty_broker.bootstrap, COMMANDS))
    assert b"0912345678" not in commands
