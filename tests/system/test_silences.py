"""Silences over HTTP: asked for, shown from their topic, ended; and who may."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.topics import COMMANDS, SILENCES, catalogue
from tests.system.gateway import Gateway, produce, records, running

CENTRES = ("province", "north", "south")


@pytest.fixture(scope="module")
def gateway(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(broker.bootstrap, catalogue(CENTRES)))
    with running(tmp_path_factory.mktemp("gateway"), broker.bootstrap, CENTRES) as gateway:
        yield gateway


def wanted(**changes: object) -> dict[str, Any]:
    return {
        "owner": "Tổ trực", "reason": "Cắt điện, gọi 0912345678", "matchers": ["category = power_water"],
        "centres": ["north"], "ends_at": "2027-01-01T00:00:00+07:00",
    } | changes  # fmt: skip


def kept(name: str, centres: list[str], **changes: object) -> dict[str, Any]:
    return {
        "silence_id": name, "kind": "silence", "owner": "Tổ trực", "reason": "x", "centres": centres, "communes": [],
        "matchers": ["category = traffic"], "windows": [], "ended_at": None, "hidden": {}, "version": 1,
    } | changes  # fmt: skip


def commands_in(broker: Broker) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in records(broker.bootstrap, COMMANDS)]


def until(client: httpx.Client, path: str, **fields: object) -> dict[str, Any]:
    for _ in range(200):
        answer = client.get(path)
        content: dict[str, Any] = answer.json()
        if answer.status_code == 200 and all(content.get(name) == value for name, value in fields.items()):
            return content
    raise AssertionError(answer.text)


def test_a_silence_becomes_a_command_for_the_province_without_personal_data(gateway: Gateway, broker: Broker) -> None:
    headers = {"idempotency-key": secrets.token_hex(8)}
    first = gateway.client.post("/v1/silences", json=wanted(by="Lan"), headers=headers)
    assert first.status_code == 202, first.text
    again = gateway.client.post("/v1/silences", json=wanted(by="Lan"), headers=headers)
    assert again.json() == first.json()
    name, command_id = first.json()["silence_id"], first.json()["command_id"]
    assert name.startswith("22-silence-")
    commands = [each for each in commands_in(broker) if each["command_id"] == command_id]
    assert len(commands) == 2  # the owner knows it again
    assert (commands[0]["incident_id"], commands[0]["action"], commands[0]["by"]) == (name, "silence", "tests/Lan")
    assert "0912345678" not in commands[0]["reason"]
    assert commands[0]["arguments"]["centres"] == ["north"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"owner": ""}, "/owner"), ({"reason": ""}, "/reason"), ({"ends_at": "2027-01-01T00:00:00"}, "/ends_at"),
        ({"matchers": []}, "/matchers"), ({"centres": ["west"]}, "/centres/0"), ({"kind": "mute"}, "/kind"),
        ({"kind": "emergency"}, "/matchers"), ({"communes": ["06652"]}, "/communes"), ({"more": 1}, "/more"),
        ({"by": "0912345678"}, "/by"), ({"matchers": ["device = 0912345678"]}, "/matchers/0"),
        ({"windows": [{"days": [], "start": 1, "end": "05:00"}]}, "/windows/0/start"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_once(gateway: Gateway, changes: dict[str, Any], pointer: str) -> None:
    answer = gateway.client.post("/v1/silences", json=wanted(**changes))
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_those_in_force_are_shown_to_whose_they_are(gateway: Gateway, broker: Broker) -> None:
    tail = secrets.token_hex(4)
    rows = [
        kept(f"22-silence-{tail}", ["north"]),
        kept(f"22-maintenance-{tail}", ["south"], kind="maintenance"),
        kept(f"22-emergency-{tail}", ["north", "south"], kind="emergency", matchers=[]),
        kept(f"22-silence-{tail}-over", ["north"], ended_at="2026-11-27T00:00:00Z"),
    ]
    names = [row["silence_id"] for row in rows]
    produce(broker.bootstrap, SILENCES, *((row["silence_id"], row) for row in rows))
    for name in names:
        until(gateway.client, f"/v1/silences/{name}", silence_id=name)

    def found(client: httpx.Client, query: str = "") -> set[int]:
        content = client.get(f"/v1/silences?{query}").raise_for_status().json()["silences"]
        return {names.index(each["silence_id"]) for each in content if each["silence_id"] in names}

    assert found(gateway.client) == {0, 1, 2}
    assert found(gateway.client, "over=true") == {0, 1, 2, 3}
    assert found(gateway.client, "centre=north") == {0, 2}
    assert found(gateway.client, "kind=maintenance") == {1}
    assert gateway.client.get("/v1/silences?centre=west").status_code == 400
    south = gateway.client_of(gateway.token_of("incidents:read", "incidents:write", centres=("south",)))
    assert found(south, "over=true") == {1, 2}
    assert south.get(f"/v1/silences/{names[0]}").status_code == 403
    assert south.delete(f"/v1/silences/{names[2]}").status_code == 403  # the north's too
    assert south.post("/v1/silences", json=wanted()).status_code == 403
    ended = south.delete(f"/v1/silences/{names[1]}", params={"reason": "xong"})
    assert ended.status_code == 202
    (command,) = [each for each in commands_in(broker) if each["incident_id"] == names[1]]
    assert (command["action"], command["reason"]) == ("unsilence", "xong")
    gateway.client.delete(f"/v1/silences/{names[2]}")
    (command,) = [each for each in commands_in(broker) if each["incident_id"] == names[2]]
    assert command["action"] == "end_emergency"
    assert gateway.client.delete(f"/v1/silences/{names[3]}").status_code == 409
    assert gateway.client.delete("/v1/silences/nothing").status_code == 404
    readers = gateway.client_of(gateway.token_of("incidents:read"))
    assert readers.post("/v1/silences", json=wanted()).status_code == 403
    south.close()
    readers.close()
