"""Every record that the running product has on its topics is as its schema and the AsyncAPI document say."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from ioc.contracts.catalogue import BY_NAME, contract_of
from ioc.privacy.ports import HEADER as SEALED
from ioc.topics import DLQ, HEALTH, RAW, catalogue
from ioc.vocabulary import SOURCES
from tests.system.product import Event, Reader, province, publish
from tests.system.running import Running
from tests.system.words import new_word

_WAIT_S = 60


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {running.key}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=20, trust_env=False) as client:
        yield client


def _until_found(client: httpx.Client, path: str) -> dict[str, Any]:
    deadline = time.monotonic() + _WAIT_S
    while True:
        answer = client.get(path)
        if answer.status_code == 200 and answer.json().get("incidents", True):
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def _something_of_everything(client: httpx.Client) -> None:
    """Events of every source, a refused one, and what operators and a citizen do after them."""
    now = datetime.now(UTC)
    at = now.isoformat()
    # Letters only: digits might be taken for somebody's number. The place is that of no other test: reports alike join.
    word = new_word()
    device = f"c-{secrets.token_hex(4)}"
    events: dict[str, dict[str, Any]] = {
        "reports": {"id": word, "occurred_at": at, "text": f"Nắp cống bị mất ở ngõ {word}, phường Cao Xanh",
                    "channel": "app", "reporter": {"id": f"u-{device}"}},
        "sensors": {"device_id": device, "metric": "rain_1h", "value": 0.5, "unit": "mm", "observed_at": at},
        "cameras": {"id": device, "camera_id": device, "kind": "fire", "observed_at": at, "confidence": 0.95,
                    "lat": 21.0080, "lon": 107.2750},
        "bts": {"site_id": device, "operator": "operator-a", "technology": "4G", "observed_at": at,
                "state": "in_service", "rsrp_dbm": -97},
        "gate": {"gate_id": "gate-1", "direction": "out", "kind": "queue", "observed_at": at, "vehicles_waiting": 3},
        "security": {"id": device, "asset_id": device, "kind": "brute_force", "severity": "high", "observed_at": at},
    }  # fmt: skip
    for source in SOURCES:
        assert client.post(f"/v1/{source}", json=events[source]).status_code == 202, source
    assert client.post("/v1/sensors", json={"device_id": device}).status_code == 422
    (incident,) = _until_found(client, f"/v1/incidents?text={word.upper()}")["incidents"]
    name, centre = incident["incident_id"], incident["centre"]
    for action in ({"action": "acknowledge"}, {"action": "resolve", "reason": "đã đậy lại"}):
        done = client.post(f"/v1/incidents/{name}/actions?wait=10", json=action)
        assert done.status_code == 202, done.text
    deadline = time.monotonic() + _WAIT_S
    while client.post(f"/v1/reports/{word}/rating", json={"rating": "satisfied", "comment": ""}).status_code == 409:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    silence = {
        "owner": "ca trực", "reason": "bảo trì", "ends_at": (now + timedelta(minutes=5)).isoformat(),
        "matchers": [f"device = {device}-none"], "centres": [centre],
    }  # fmt: skip
    assert client.post("/v1/silences?wait=10", json=silence).status_code in {201, 202}
    shift = f"/v1/shifts/{centre}"
    assert client.post(f"{shift}/log", json={"text": "Đã báo đội trực", "incidents": [name]}).status_code == 201
    assert client.post(f"{shift}/handover", json={"text": "Theo dõi tiếp"}).status_code == 201


async def _everything(bootstrap: str, topics: list[str]) -> dict[str, list[Any]]:
    """All that stands on topics once a bad record has become a dead letter, and a summary was written."""
    await publish(bootstrap, [Event(RAW["sensors"], "k", b'{"device_id": 1}')])
    async with Reader(bootstrap, topics) as reader:
        await reader.until(1, HEALTH, 90)
        await reader.until(1, DLQ)
        return await reader.all()


@pytest.mark.timeout(400)
def test_every_record_fits_its_schema(running: Running, client: httpx.Client, tmp_path: Path) -> None:
    _something_of_everything(client)
    topics = [spec.name for spec in catalogue(province().centres) if not spec.internal]
    found = asyncio.run(_everything(running.bootstrap, topics))
    folder = tmp_path / "schemas"
    _export(running, folder)
    asyncapi = json.loads((folder / "asyncapi.json").read_bytes())
    served = client.get("/asyncapi.json").json()
    assert served["servers"].keys() == {"kafka"}
    assert served == {**asyncapi, "servers": served["servers"]}
    seen: Counter[str] = Counter()
    for topic in topics:
        contract = contract_of(topic)
        if contract is None:
            continue
        schema = json.loads((folder / f"{contract.name}.json").read_bytes())
        assert schema == client.get(f"/schemas/{contract.name}").json()
        values = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        headers = _headers_of(asyncapi, schema["title"])
        for record in found[topic]:
            if record.value is None:  # a tombstone of a compacted topic
                continue
            told = {name: (value or b"").decode() for name, value in record.headers if name != SEALED}
            if contract.direction == "in" and not told:  # plain JSON, or what is there to be refused
                continue
            value = json.loads(record.value)
            if contract.direction == "in":
                value = _as_read(value, told)
            faults = [f"{each.instance_path}: {each.message}" for each in values.iter_errors(value)]
            if not told.get("content-type", "").startswith("application/cloudevents"):
                faults += [f"headers: {each.message}" for each in headers.iter_errors(told)]
            assert faults == [], topic
            seen[contract.name] += 1
    assert set(seen) == set(BY_NAME), seen
    dead = jsonschema_rs.Draft202012Validator(asyncapi["components"]["schemas"]["DeadLetter"])
    for record in found[DLQ]:
        dead.validate({name: (value or b"").decode() for name, value in record.headers if name != SEALED})


def _as_read(value: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """An event as intake reads it: the envelope, around it or in headers, may have its id."""
    if headers.get("content-type", "").startswith("application/cloudevents"):
        data = value["data"] if "data" in value else json.loads(base64.b64decode(value["data_base64"]))
        return {"id": value["id"], **data}
    return {"id": headers["ce_id"], **value} if "ce_id" in headers else value


def _export(running: Running, folder: Path) -> None:
    command = [sys.executable, "-m", "connectors.cli.main", "schema", "export", str(folder)]
    environment = {**running.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, cwd=running.folder, env=environment, check=True, timeout=60)


def _headers_of(asyncapi: dict[str, Any], message: str) -> jsonschema_rs.Draft202012Validator:
    wanted = asyncapi["components"]["messages"][message].get("headers", {})
    return jsonschema_rs.Draft202012Validator({**wanted, "components": asyncapi["components"]}, validate_formats=True)
