"""Answers, incidents and commands over HTTP."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.records import encode
from ioc.topics import COMMANDS, FEEDBACK, INCIDENTS, catalogue
from tests.system import stored
from tests.system.gateway import PUBLISHER, ROAD, Gateway, produce, records, running
from tests.system.test_store import Store


@pytest.fixture(scope="module")
def gateway(own_broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(own_broker.bootstrap, catalogue(["province", "north", "south"])))
    home = tmp_path_factory.mktemp("gateway")
    with running(home, own_broker.bootstrap, ("province", "north", "south")) as gateway:
        store = Store(home, own_broker.bootstrap, f"sqlite:///{home / 'store.db'}").start()
        try:
            store.until_ready()
            yield gateway
        finally:
            store.kill()


def feedback(report_id: str, status: str, source: str = PUBLISHER) -> tuple[str, dict[str, Any]]:
    at = "2026-03-02T00:00:00Z"
    return report_id, {"source": source, "report_id": report_id, "status": status, "text": {"vi": "Đã nhận"}, "at": at}


def incident(centre: str, minute: int, **changes: Any) -> dict[str, Any]:
    values = {
        "incident_id": f"22-06685-20260302-{secrets.token_hex(3).upper()}",
        "centre": centre,
        "category": "traffic",
        "severity": "high",
        "updated_at": datetime(2026, 3, 2, 0, minute, tzinfo=UTC),
    }
    found: dict[str, Any] = orjson.loads(encode(stored.incident(**(values | changes))))
    return found


def until(gateway: Gateway, path: str, **fields: object) -> dict[str, Any]:
    """The answer once it has these fields: the view follows the topic within moments."""
    for _ in range(200):
        answer = gateway.client.get(path)
        content: dict[str, Any] = answer.json()
        if answer.status_code == 200 and all(content.get(name) == value for name, value in fields.items()):
            return content
    raise AssertionError(f"{path} gave {answer.text}")


def test_a_report_tells_every_answer(gateway: Gateway, own_broker: Broker) -> None:
    name = secrets.token_hex(8)
    produce(own_broker.bootstrap, FEEDBACK, feedback(name, "received"), feedback(name, "routed"))
    answer = until(gateway, f"/v1/reports/{name}", status="routed")
    assert [each["status"] for each in answer["answers"]] == ["routed", "received"]
    assert answer["text"] == {"vi": "Đã nhận"}
    missing = gateway.client.get(f"/v1/reports/{name}x")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:ioc:problem:not-found")
    produce(own_broker.bootstrap, FEEDBACK, (name, None), feedback(f"{name}-later", "received"))
    until(gateway, f"/v1/reports/{name}-later", status="received")
    assert gateway.client.get(f"/v1/reports/{name}").status_code == 404


def test_another_publishers_reports_need_another_scope(gateway: Gateway, own_broker: Broker) -> None:
    name = secrets.token_hex(8)
    produce(own_broker.bootstrap, FEEDBACK, feedback(name, "resolved", "elsewhere"), feedback(name, "received"))
    until(gateway, f"/v1/reports/{name}", status="received")
    until(gateway, f"/v1/reports/{name}?source=elsewhere", status="resolved")
    app = gateway.client_of(gateway.token_of("reports:read"))
    assert app.get(f"/v1/reports/{name}").json()["status"] == "received"
    assert app.get(f"/v1/reports/{name}?source=elsewhere").status_code == 403
    app.close()


def test_incidents_are_found_by_page_and_filter(gateway: Gateway, own_broker: Broker) -> None:
    rows = [
        incident("north", 1),
        incident("north", 2, category="telecom", status="resolved"),
        incident("south", 3, severity="low", lat=None, lon=None),
        incident("south", 4, centre_also="north"),
    ]
    names = [row["incident_id"] for row in rows]
    produce(own_broker.bootstrap, INCIDENTS, *((row["incident_id"], row) for row in rows))
    for name in names:
        until(gateway, f"/v1/incidents/{name}", incident_id=name)
        until(gateway, f"/v1/incidents/{name}/evidence")
    deadline = time.monotonic() + 30
    while len(gateway.client.get("/v1/incidents?limit=500").json().get("incidents", ())) < len(names):
        assert time.monotonic() < deadline, "lists follow the topic within moments"

    def found(query: str = "") -> list[int]:
        content = gateway.client.get(f"/v1/incidents?limit=500{query}").raise_for_status().json()
        return [names.index(each["incident_id"]) for each in content["incidents"] if each["incident_id"] in names]

    assert found() == [3, 2, 1, 0]
    assert found("&centre=north") == [1, 0]
    some = gateway.client.get("/v1/incidents?limit=1&fields=incident_id,title").json()["incidents"]
    assert [each.keys() for each in some] == [{"incident_id", "title"}]
    assert gateway.client.get("/v1/incidents?fields=history,password").status_code == 400
    named = gateway.client.get("/v1/catalogue")
    assert len(named.json()["communes"]) > 0
    assert named.json()["subcategories"]["telecom"]["no_signal"] == {"vi": "Mất sóng di động", "en": "No mobile signal"}
    assert gateway.client.get("/v1/catalogue", headers={"if-none-match": named.headers["etag"]}).status_code == 304
    assert found("&centre=north,south&severity=low") == [2]
    assert found("&category=telecom&status=resolved") == [1]
    assert found("&since=2026-03-02T07:03:00%2B07:00") == [3, 2]
    assert found("&bbox=107,20,108,21") == [3, 1, 0]
    assert found("&bbox=0,0,1,1") == []
    shapes = gateway.client.get("/v1/incidents?limit=500", headers={"accept": "application/geo+json"})
    assert shapes.headers["content-type"] == "application/geo+json"
    features = {each["id"]: each for each in shapes.json()["features"]}
    assert features[names[0]]["geometry"] == {"type": "Point", "coordinates": [107.08, 20.95]}
    assert features[names[0]]["properties"] == rows[0]
    assert features[names[2]]["geometry"] is None
    pages, after = [], ""
    while True:
        page = gateway.client.get(f"/v1/incidents?limit=1{after}").json()
        pages += [each["incident_id"] for each in page["incidents"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [name for name in pages if name in names] == names[::-1]
    assert len(pages) == len(set(pages))
    for query in ("centre=nowhere", "since=2026-03-02", "bbox=1,2", "after=x", "limit=0"):
        assert gateway.client.get(f"/v1/incidents?{query}").status_code == 400
    north = gateway.client_of(gateway.token_of("incidents:read", centres=("north",)))
    seen = {each["incident_id"] for each in north.get("/v1/incidents?limit=500").json()["incidents"]}
    assert seen & set(names) == {names[0], names[1], names[3]}
    assert north.get(f"/v1/incidents/{names[2]}").status_code == 403
    north.close()


def test_an_action_becomes_a_command(gateway: Gateway, own_broker: Broker) -> None:
    row = incident("north", 5)
    name = row["incident_id"]
    produce(own_broker.bootstrap, INCIDENTS, (name, row))
    until(gateway, f"/v1/incidents/{name}", incident_id=name)
    path = f"/v1/incidents/{name}/actions"
    wanted = {"action": "acknowledge", "reason": "đã xem", "expected_version": 1, "by": "an"}
    answer = gateway.client.post(path, json=wanted, headers={"idempotency-key": "k1"})
    assert answer.status_code == 202
    again = gateway.client.post(path, json=wanted, headers={"idempotency-key": "k1"})
    assert again.json() == answer.json()
    assert gateway.client.post(path, json=wanted).json() != answer.json()
    found = [each for each in records(own_broker.bootstrap, COMMANDS) if json.loads(each.value)["incident_id"] == name]
    assert {each.key for each in found} == {b"22"}
    command = json.loads(found[0].value)
    assert command["command_id"] == answer.json()["command_id"]
    assert (command["action"], command["by"], command["reason"]) == ("acknowledge", f"{PUBLISHER}/an", "đã xem")
    assert command["expected_version"] == 1


def test_what_an_operator_writes_reaches_kafka_without_personal_data(gateway: Gateway, own_broker: Broker) -> None:
    row = incident("north", 8)
    name = row["incident_id"]
    produce(own_broker.bootstrap, INCIDENTS, (name, row))
    until(gateway, f"/v1/incidents/{name}", incident_id=name)
    path = f"/v1/incidents/{name}/actions"
    words = f"gọi anh Nguyễn Văn Hùng 0912 345 678 ở {ROAD}"
    answer = gateway.client.post(path, json={"action": "comment", "reason": words, "arguments": {"note": words}})
    assert answer.status_code == 202
    sent = [json.loads(each.value) for each in records(own_broker.bootstrap, COMMANDS)]
    (command,) = [each for each in sent if each["incident_id"] == name]
    assert command["reason"] == command["arguments"]["note"] == f"gọi anh [tên] [số điện thoại] ở {ROAD}"
    for wanted, pointer in (
        ({"action": "comment", "reason": "x", "by": "0912 345 678"}, "/by"),
        ({"action": "resolve", "reason": "x", "arguments": {"evidence": ["https://zalo.me/0912345678"]}},
         "/arguments/evidence/0"),
    ):  # fmt: skip
        answer = gateway.client.post(path, json=wanted)
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
        assert "0912" not in answer.text


@pytest.mark.parametrize(
    ("content", "status", "pointer"),
    [
        (b"{", 400, ""),
        (b'{"action":"explode"}', 422, "/action"),
        (b'{"reason":"x"}', 422, "/action"),
        (b'{"action":"accept","expected_version":0}', 422, "/expected_version"),
        (b'{"action":"accept","odd":1}', 422, "/odd"),
    ],
)
def test_a_bad_action_says_why(gateway: Gateway, content: bytes, status: int, pointer: str) -> None:
    answer = gateway.client.post(
        "/v1/incidents/22-00000-20260302-AAAAAA/actions", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_only_the_centre_in_charge_acts(gateway: Gateway, own_broker: Broker) -> None:
    row = incident("south", 6, centre_also="north")
    name = row["incident_id"]
    produce(own_broker.bootstrap, INCIDENTS, (name, row))
    until(gateway, f"/v1/incidents/{name}", incident_id=name)
    act = {"action": "acknowledge"}
    for centres, scope, status in (
        (("north",), "incidents:write", 403),
        (("south",), "incidents:write", 202),
        (("south",), "incidents:read", 403),
    ):
        client = gateway.client_of(gateway.token_of(scope, centres=centres))
        assert client.post(f"/v1/incidents/{name}/actions", json=act).status_code == status
        client.close()
    assert gateway.client.post(f"/v1/incidents/{name}x/actions", json=act).status_code == 404
