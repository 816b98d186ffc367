"""Conformance of the HTTP binding with CloudEvents 1.0: each vector is a request that the gateway checks only."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.gateway.app import create_app
from connectors.gateway.caller import Caller
from connectors.gateway.items import Checker, Plain
from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.gateway.services import Services
from ioc.events import from_http_headers, to_http_headers
from ioc.settings import GatewaySettings, Settings
from ioc.ves import shipped_ves_mapping
from ioc.vocabulary import SCOPES
from tests.unit.events.test_cloudevents_vectors import NOW, each


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
async def client(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    token = new_key(home / KEYS_FILE, "tests", SCOPES)[0]
    settings = Settings(home=home, gateway=GatewaySettings(rate_per_key=1e9))
    app = create_app(settings, Services(settings, ["province"], "unused"), shipped_ves_mapping())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway", headers={"authorization": f"Bearer {token}"}
    ) as client:
        yield client


def _wanted(faults: list[list[str]]) -> list[tuple[str, str]]:
    return [(pointer, code) for pointer, code, *_ in faults]


@each("http")
async def test_http_binding(client: httpx.AsyncClient, vector: dict[str, Any]) -> None:
    answer = await client.post(
        f"{vector['path']}?validate=true", content=vector["body"].encode(), headers=vector["headers"]
    )
    told = answer.json()
    assert answer.status_code == vector.get("status", 200), told
    if "status" in vector:
        errors = told.get("errors", [])
        assert [(error["pointer"], error["code"]) for error in errors] == _wanted(vector.get("errors", []))
        for error, (_, _, words) in zip(errors, vector.get("errors", []), strict=True):
            assert words in error["message"]
        return
    results = told["results"]
    assert [result["id"] for result in results if result["status"] == "valid"] == vector["ids"]
    refused = {
        str(result["index"]): [(error["pointer"], error["code"]) for error in result["errors"]]
        for result in results
        if result["status"] == "rejected"
    }
    assert refused == {index: _wanted(faults) for index, faults in vector.get("refused", {}).items()}


async def test_a_header_that_comes_twice_is_refused(client: httpx.AsyncClient) -> None:
    body = {"device_id": "a", "metric": "m", "value": 1, "unit": "u", "observed_at": "2026-03-02T07:45:00Z"}
    headers = [
        ("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "tests"), ("ce-type", "vn.ioc.sensor.v1"),
        ("content-type", "application/json"),
    ]  # fmt: skip
    for twice, words in (("ce-id", "header ce-id: must come once"), ("ce-ext", "headers of attributes must come once")):
        sent = [*headers, (twice, "2"), *([(twice, "3")] if twice == "ce-ext" else [])]
        answer = await client.post("/v1/sensors?validate=true", content=json.dumps(body), headers=sent)
        assert answer.status_code == 422
        assert [error["message"] for error in answer.json()["errors"]] == [words]


@each("http")
def test_headers_are_written_so_that_they_are_read_the_same(vector: dict[str, Any]) -> None:
    try:
        envelope = from_http_headers(vector["headers"].items())
    except ValueError:
        return
    if envelope is not None:
        written = to_http_headers(envelope)
        assert all(name.isascii() and value.isascii() and value.isprintable() for name, value in written)
        assert from_http_headers(written) == envelope


def test_what_traces_an_event_goes_to_kafka_and_nothing_else() -> None:
    headers = {
        "ce-specversion": "1.0", "ce-id": "1", "ce-source": "tests", "ce-type": "vn.ioc.sensor.v1",
        "ce-traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "ce-subject": "Nguy%E1%BB%85n",
        "ce-correlationid": "0912345678", "ce-comexampleother": "x",
    }  # fmt: skip
    key = Caller("key", "k", "tests", "tests", SCOPES, ())
    envelope = from_http_headers(headers.items())
    assert envelope is not None
    raw = b'{"device_id":"a","metric":"m","value":1,"unit":"u","observed_at":"2026-03-02T07:45:00Z"}'
    outcome = Checker(key, NOW, timedelta()).check(Plain("sensors", raw, envelope))
    assert outcome.record is not None
    names = [name for name, _ in outcome.record.headers]
    assert names == ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_traceparent", "content-type"]
