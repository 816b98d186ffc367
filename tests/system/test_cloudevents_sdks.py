"""Others' CloudEvents SDKs, in Python and JavaScript: they send to the running product, and read what it writes."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings import http, kafka
from cloudevents.core.v1.event import CloudEvent

from ioc.topics import ALERT_PREFIX, FEEDBACK, RAW, RECEIPTS
from tests.node import run_node
from tests.system.product import Event, Reader, province, publish
from tests.system.running import Running

pytestmark = [pytest.mark.usefixtures("running"), pytest.mark.timeout(400)]

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MODES = ("binary", "structured")


def _attributes(source: str, number: int) -> dict[str, Any]:
    return {
        "id": f"sdk €{number}-{secrets.token_hex(4)}",  # not ASCII: headers have to be encoded
        "source": source,
        "type": "vn.ioc.security.v1",
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "traceparent": TRACE,
        "comexampleother": "x",
    }


def _data(number: int) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"asset_id": f"sdk-{number}", "kind": "port_scan", "severity": "low", "observed_at": at}


def _python_events(source: str, count: int) -> list[CloudEvent]:
    return [CloudEvent(attributes=_attributes(source, number), data=_data(number)) for number in range(count)]


def _javascript_events(source: str, count: int) -> list[dict[str, Any]]:
    return [
        {**_attributes(source, number), "time": datetime.now(UTC).isoformat(), "data": _data(number)}
        for number in range(count)
    ]


async def _accepted(bootstrap: str, source: str, ids: Sequence[str], written: dict[str, dict[str, str]]) -> None:
    """Wait until a receipt says of each event that it was accepted; then look at the envelopes in the raw topic."""
    async with Reader(bootstrap, [RECEIPTS, RAW["security"]]) as reader:
        deadline = asyncio.get_running_loop().time() + 60
        told: dict[str, str] = {}
        while set(ids) - told.keys():
            assert asyncio.get_running_loop().time() < deadline, (ids, told)
            found = await reader.all()
            receipts = [json.loads(record.value) for record in found[RECEIPTS]]
            told = {each["id"]: each["result"] for each in receipts if each["source"] == source}
        assert {name: told[name] for name in ids} == dict.fromkeys(ids, "accepted")
        for record in reader.records[RAW["security"]]:
            headers = {name: (value or b"").decode() for name, value in record.headers}
            if headers.get("ce_source") == source:
                written[headers["ce_id"]] = headers


def _check_envelopes(written: dict[str, dict[str, str]], ids: Sequence[str]) -> None:
    """What came over HTTP is in the topic in binary mode, with what traces it, and without what may say anything."""
    for name in ids:
        headers = written[name]
        assert headers["ce_traceparent"] == TRACE
        assert headers["ce_type"] == "vn.ioc.security.v1"
        assert "ce_comexampleother" not in headers


def test_the_python_sdk_sends_over_http(running: Running) -> None:
    source = f"operator/sdk-py-{secrets.token_hex(3)}"
    events = _python_events(source, 4)
    written: dict[str, dict[str, str]] = {}
    with httpx.Client(base_url=running.url, headers={"authorization": f"Bearer {running.key}"}) as client:
        binary, structured = http.to_binary_event(events[0]), http.to_structured_event(events[1])
        parts = [http.to_structured_event(event).body for event in events[2:]]
        for body, headers in (
            (binary.body, binary.headers),
            (structured.body, structured.headers),
            (b"[" + b",".join(parts) + b"]", {"content-type": "application/cloudevents-batch+json"}),
        ):
            answer = client.post("/v1/events", content=body, headers=headers)
            assert answer.status_code == 202, answer.text
            assert {each["status"] for each in answer.json()["results"]} == {"accepted"}
    ids = [event.get_id() for event in events]
    asyncio.run(_accepted(running.bootstrap, source, ids, written))
    _check_envelopes(written, ids)


def test_the_javascript_sdk_sends_over_http(running: Running) -> None:
    source = f"operator/sdk-js-{secrets.token_hex(3)}"
    events = _javascript_events(source, 5)
    events[0]["id"] = events[0]["id"].encode("ascii", "ignore").decode()  # this SDK writes headers as they are
    written: dict[str, dict[str, str]] = {}
    task = {"do": "send", "url": running.url, "key": running.key, "events": events}
    answers = json.loads(run_node("cloudevents.js", stdin=json.dumps(task)))
    assert [answer["status"] for answer in answers] == [202] * 3, answers
    assert [len(answer["body"]["results"]) for answer in answers] == [1, 1, 2]
    ids = [event["id"] for event in events]
    asyncio.run(_accepted(running.bootstrap, source, ids, written))
    _check_envelopes(written, ids)


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_sdks_write_to_kafka(running: Running, language: str) -> None:
    source = f"urn:example:sdk-{language}-{secrets.token_hex(3)}"
    messages: list[tuple[dict[str, bytes], bytes]] = []
    if language == "python":
        events = _python_events(source, 4)
        ids = [event.get_id() for event in events]
        for number, event in enumerate(events):
            made = kafka.to_structured_event(event) if number % 2 else kafka.to_binary_event(event)
            messages.append((made.headers, made.value))
    else:
        task = {"do": "write", "events": _javascript_events(source, 4)}
        ids = [event["id"] for event in task["events"]]  # type: ignore[index]
        for each in json.loads(run_node("cloudevents.js", stdin=json.dumps(task))):
            headers = {name: str(value).encode() for name, value in each["headers"].items()}
            messages.append((headers, base64.b64decode(each["value"])))
    records = [Event(RAW["security"], "sdk", value, [*headers.items()]) for headers, value in messages]

    async def through_kafka() -> None:
        await publish(running.bootstrap, records)
        await _accepted(running.bootstrap, source, ids, {})

    asyncio.run(through_kafka())


def _of_the_product(running: Running) -> list[Any]:
    """Records that the product has written: alerts, answers and receipts."""
    report = f"sdk-{secrets.token_hex(4)}"
    body = {"id": report, "occurred_at": datetime.now(UTC).isoformat(), "text": f"Cây đổ ở ngõ {report}, phường Hà Tu"}
    answer = httpx.post(
        f"{running.url}/v1/reports", json=body, headers={"authorization": f"Bearer {running.key}"}, timeout=20
    )
    assert answer.status_code == 202
    alerts = [f"{ALERT_PREFIX}{centre}" for centre in province().centres]

    async def read() -> list[Any]:
        async with Reader(running.bootstrap, [*alerts, FEEDBACK, RECEIPTS]) as reader:
            deadline = asyncio.get_running_loop().time() + 60
            while not any(report in record.value.decode() for topic in alerts for record in reader.records[topic]):
                assert asyncio.get_running_loop().time() < deadline
                await reader.all()
            found = await reader.all()
        return [record for records in found.values() for record in records[-20:] if record.value is not None]

    return asyncio.run(read())


def _expected(record: Any) -> dict[str, Any]:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    attributes = {name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")}
    return {**attributes, "datacontenttype": headers["content-type"], "data": json.loads(record.value)}


def test_the_sdks_read_what_the_product_writes(running: Running) -> None:
    records = _of_the_product(running)
    kinds = {_expected(record)["type"] for record in records}
    assert {"vn.ioc.alert.v1", "vn.ioc.feedback.v1", "vn.ioc.receipt.v1"} <= kinds
    for record in records:
        headers = {name: value or b"" for name, value in record.headers}
        event = kafka.from_kafka_event(kafka.KafkaMessage(headers, record.key, record.value))
        # Where there is no time the SDK puts its own.
        attributes = {
            name: value for name, value in event.get_attributes().items() if name not in {"partitionkey", "time"}
        }
        assert {**attributes, "data": event.get_data()} == _expected(record)
    messages = [
        {
            "key": record.key.decode(),
            "headers": {name: (value or b"").decode() for name, value in record.headers},
            "value": base64.b64encode(record.value).decode(),
        }
        for record in records
    ]
    read = json.loads(run_node("cloudevents.js", stdin=json.dumps({"do": "read", "messages": messages})))
    for event, record in zip(read, records, strict=True):
        assert {name: event[name] for name in _expected(record)} == _expected(record)
