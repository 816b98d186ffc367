"""Publishing over HTTP, against a real gateway process and a real broker."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import connectors.gateway
from connectors.gateway.keys import KEYS_FILE, new_key, revoke_key
from connectors.gateway.openapi import EXAMPLES
from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.events import TYPES, to_structured
from ioc.events.cloudevents import Envelope
from ioc.events.raw import RECORD_KEY
from ioc.topics import RAW, RECEIPTS, catalogue
from ioc.vocabulary import SOURCES, WRITE_SCOPE, Source
from tests.system.gateway import PUBLISHER, Gateway, records, running

MAX_BODY = 64 * 1024
MAX_ITEMS = 50


@pytest.fixture(scope="module")
def gateway(emptied_broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(emptied_broker.bootstrap, catalogue(["province"])))
    home = tmp_path_factory.mktemp("gateway")
    with running(home, emptied_broker.bootstrap, max_body_bytes=MAX_BODY, max_batch_items=MAX_ITEMS) as gateway:
        yield gateway


def event(of: Source = "reports", /, **changes: object) -> dict[str, Any]:
    """A valid event of this moment, with an id that no other test has."""
    content = EXAMPLES[of] | {"id": secrets.token_hex(8)}
    time = "occurred_at" if of == "reports" else "observed_at"
    return content | {time: datetime.now(UTC).isoformat()} | changes


def written(broker: Broker, source: Source, *ids: str) -> list[Any]:
    """Records of the events with these ids."""
    return [
        record for record in records(broker.bootstrap, RAW[source]) if dict(record.headers)["ce_id"].decode() in ids
    ]


def comparable(raw: bytes) -> dict[str, Any]:
    """What an event says that is written anew so that no plate reaches Kafka, however it is spelled."""
    content = json.loads(raw)
    return content | {"observed_at": datetime.fromisoformat(content["observed_at"])}


@pytest.mark.parametrize("source", SOURCES)
def test_an_accepted_event_is_in_kafka_as_it_was_sent(gateway: Gateway, broker: Broker, source: Source) -> None:
    content = event(source)
    sent = json.dumps(content, ensure_ascii=False).encode()
    answer = gateway.client.post(f"/v1/{source}", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 202
    assert answer.json() == {"results": [{"index": 0, "id": content["id"], "status": "accepted", "errors": []}]}
    (record,) = written(broker, source, content["id"])
    assert comparable(record.value) == comparable(sent) if source in {"cameras", "gate"} else record.value == sent
    assert record.key.decode() == content[RECORD_KEY[source]]
    headers = dict(record.headers)
    assert headers["ce_type"].decode() == TYPES[source]
    assert headers["ce_source"].decode() == PUBLISHER
    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"


def test_telemetry_without_an_id_goes_by_series_and_time(gateway: Gateway, broker: Broker) -> None:
    reading = event("sensors", device_id=secrets.token_hex(8))
    del reading["id"]
    first, second = (gateway.client.post("/v1/sensors", json=reading).json()["results"][0]["id"] for _ in range(2))
    assert first == second
    assert reading["device_id"] in first
    assert [record.key.decode() for record in written(broker, "sensors", first)] == [reading["device_id"]] * 2


README = Path(connectors.gateway.__file__).with_name("README.md")
COMMANDS = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_the_examples_of_the_readme_work(gateway: Gateway, command: str) -> None:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command.replace("127.0.0.1:8080", f"127.0.0.1:{gateway.port}")],
        env={"PATH": os.environ["PATH"], "TOKEN": gateway.token, "SOURCE": PUBLISHER},
        capture_output=True,
        timeout=20,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if "/stream" in command:
        assert "retry: " in done.stdout
    else:
        status = "valid" if "validate=true" in command else "accepted"
        assert {each["status"] for each in json.loads(done.stdout)["results"]} == {status}


@pytest.mark.parametrize("shape", ["array", "ndjson", "undeclared ndjson"])
def test_a_batch_answers_per_item_and_keeps_the_good_ones(gateway: Gateway, broker: Broker, shape: str) -> None:
    good, bad, other = event(), event(lat=91.0, lon=0.0), event(source=f"{PUBLISHER}/district-1")
    if shape == "array":
        answer = gateway.client.post("/v1/reports", json=[good, bad, other])
    else:
        kind = {"content-type": "application/x-ndjson"} if shape == "ndjson" else {}
        lines = "\n".join(json.dumps(each) for each in (good, bad, other)) + "\n"
        answer = gateway.client.post("/v1/reports", content=lines.encode(), headers=kind)
    assert answer.status_code == 202
    results = answer.json()["results"]
    assert [(each["index"], each["id"], each["status"]) for each in results] == [
        (0, good["id"], "accepted"),
        (1, bad["id"], "rejected"),
        (2, other["id"], "accepted"),
    ]
    assert [(error["pointer"], error["code"]) for error in results[1]["errors"]] == [("/lat", "out_of_range")]
    found = written(broker, "reports", good["id"], bad["id"], other["id"])
    assert {record.key.decode(): dict(record.headers)["ce_source"].decode() for record in found} == {
        good["id"]: PUBLISHER,
        other["id"]: f"{PUBLISHER}/district-1",
    }


def test_cloudevents_are_read_in_all_three_modes(gateway: Gateway, broker: Broker) -> None:
    names = [secrets.token_hex(8) for _ in range(4)]
    reading = event("sensors")
    del reading["id"]
    envelopes = [Envelope(name, f"{PUBLISHER}/station", TYPES["sensors"]) for name in names]
    structured, *batch = (to_structured(envelope, reading) for envelope in envelopes[:3])
    kind = "application/cloudevents+json; charset=UTF-8"
    answers = [
        gateway.client.post("/v1/events", content=structured, headers={"content-type": kind}),
        gateway.client.post(
            "/v1/events",
            content=b"[" + b",".join(batch) + b"]",
            headers={"content-type": "application/cloudevents-batch+json"},
        ),
        *(
            gateway.client.post(
                path,
                json=reading,
                headers={
                    "ce-specversion": "1.0",
                    "ce-id": names[3],
                    "ce-source": f"{PUBLISHER}/station",
                    "ce-type": TYPES["sensors"],
                },
            )
            for path in ("/v1/sensors", "/v1/events")
        ),
    ]
    assert [answer.status_code for answer in answers] == [202] * 4
    found = written(broker, "sensors", *names)
    assert sorted(dict(record.headers)["ce_id"].decode() for record in found) == sorted([*names, names[3]])
    assert {dict(record.headers)["ce_source"].decode() for record in found} == {f"{PUBLISHER}/station"}
    assert all(json.loads(record.value) == reading for record in found)


def structured(**changes: object) -> dict[str, object]:
    base = {"specversion": "1.0", "id": "1", "source": PUBLISHER, "type": TYPES["reports"], "data": event()}
    return base | changes


JSON = {"content-type": "application/json"}
CE = {"content-type": "application/cloudevents+json"}
CE_BATCH = {"content-type": "application/cloudevents-batch+json"}
ENVELOPE = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": PUBLISHER, "ce-type": TYPES["reports"]}


class Refused(NamedTuple):
    """A request and what is said about it."""

    path: str
    content: object
    headers: dict[str, str]
    status: int
    problem: str
    errors: tuple[tuple[str, str], ...] = ()


REFUSED = [
    Refused("/v1/reports", b"", JSON, 400, "unreadable", (("", "empty"),)),
    Refused("/v1/reports", b"{", JSON, 400, "unreadable", (("", "json"),)),
    Refused("/v1/reports", b"\xff\xfe", JSON, 400, "unreadable", (("", "json"),)),
    Refused("/v1/reports", b"7", JSON, 400, "unreadable", (("", "type"),)),
    Refused("/v1/reports", b"[]", JSON, 400, "unreadable", (("", "empty"),)),
    Refused("/v1/reports", b"[" * 3000, JSON, 400, "unreadable", (("", "json"),)),
    Refused("/v1/reports", b"a\nb", {"content-type": "application/x-ndjson"}, 400, "unreadable", (("", "json"),)),
    Refused("/v1/reports", b"[{}]", JSON | ENVELOPE, 400, "unreadable", (("", "type"),)),
    Refused("/v1/events", b"{", CE, 400, "unreadable", (("", "json"),)),
    Refused("/v1/events", b"{}", CE_BATCH, 400, "unreadable", (("", "type"),)),
    Refused("/v1/reports", {"id": "a"}, JSON, 422, "invalid", (("/occurred_at", "missing"), ("/text", "missing"))),
    Refused("/v1/reports", event(text=7), JSON, 422, "invalid", (("/text", "type"),)),
    Refused(
        "/v1/reports", event(occurred_at="2026-01-01T00:00:00"), JSON, 422, "invalid", (("/occurred_at", "naive_time"),)
    ),
    Refused(
        "/v1/reports",
        event(occurred_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat()),
        JSON,
        422,
        "invalid",
        (("/occurred_at", "future"),),
    ),
    Refused("/v1/reports", [event(text=""), 7], JSON, 422, "invalid", (("/0/text", "blank"), ("/1", "type"))),
    Refused("/v1/reports", event(), JSON | ENVELOPE | {"ce-id": ""}, 422, "invalid", (("", "blank"),)),
    Refused(
        "/v1/reports", event(), JSON | ENVELOPE | {"ce-type": TYPES["gate"]}, 422, "invalid", (("", "not_allowed"),)
    ),
    Refused("/v1/events", structured(type="other"), CE, 422, "invalid", (("/type", "not_allowed"),)),
    Refused("/v1/events", structured(specversion="0.3"), CE, 422, "invalid", (("/specversion", "specversion"),)),
    Refused(
        "/v1/events",
        structured(data={"id": "a"}),
        CE,
        422,
        "invalid",
        (("/data/occurred_at", "missing"), ("/data/text", "missing")),
    ),
    Refused("/v1/events", [structured(data=[])], CE_BATCH, 422, "invalid", (("/0/data", "type"),)),
    Refused("/v1/events", structured(source="elsewhere"), CE, 403, "forbidden", (("/source", "source_mismatch"),)),
    Refused("/v1/reports", event(source="elsewhere"), JSON, 403, "forbidden", (("/source", "source_mismatch"),)),
    Refused("/v1/reports", event(source=PUBLISHER + "x"), JSON, 403, "forbidden", (("/source", "source_mismatch"),)),
    Refused("/v1/events", event(), JSON, 415, "unsupported-media-type"),
    Refused("/v1/reports", structured(), CE, 415, "unsupported-media-type"),
    Refused(
        "/v1/reports", b"id=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"
    ),
    Refused("/v1/reports", b"{}", {"content-type": "application/json; charset=utf-16"}, 415, "unsupported-media-type"),
    Refused("/v1/reports", gzip.compress(b"{}"), JSON | {"content-encoding": "gzip"}, 415, "unsupported-media-type"),
    Refused("/v1/reports", b" " * (MAX_BODY + 1), JSON, 413, "too-large"),
    Refused("/v1/reports", [{}] * (MAX_ITEMS + 1), JSON, 413, "too-large"),
    Refused("/v1/reports", b"{}\n" * (MAX_ITEMS + 1), JSON, 413, "too-large"),
    Refused("/v1/nothing", b"{}", JSON, 404, "not-found"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.path} {case.status} {case.errors}")
def test_what_is_refused_says_why_without_quoting(gateway: Gateway, case: Refused) -> None:
    body = case.content if isinstance(case.content, bytes) else json.dumps(case.content).encode()
    answer = gateway.client.post(case.path, content=body, headers=case.headers)
    assert answer.status_code == case.status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:ioc:problem:{case.problem}"
    assert told["status"] == case.status
    assert tuple((each["pointer"], each["code"]) for each in told.get("errors", [])) == case.errors
    assert "elsewhere" not in answer.text


def test_a_body_without_a_length_is_bounded_while_it_comes(gateway: Gateway) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY:
            sent += 4096
            yield b" " * 4096

    try:
        answer = gateway.client.post("/v1/reports", content=endless(), headers=JSON)
    except httpx.WriteError:
        pass  # the gateway closed the connection before everything was sent
    else:
        assert answer.status_code == 413
    assert gateway.client.post("/v1/reports", json=event()).status_code == 202


_CHUNK = b"0\r\n\r\n"
_BEHIND = b"GET /v1/catalogue HTTP/1.1\r\nHost: gateway\r\n\r\n"
"""What is behind a body of no bytes: another request, or, by another length, part of the body."""


def statuses(gateway: Gateway, framing: bytes) -> tuple[list[int], bool]:
    """Statuses that a request with these headers has, and whether the connection was closed behind them."""
    answered = b""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=2) as connection:
        connection.sendall(b"POST /v1/reports HTTP/1.1\r\nHost: gateway\r\n" + framing + b"\r\n\r\n" + _CHUNK + _BEHIND)
        closed = False
        try:
            while part := connection.recv(65_536):
                answered += part
                if answered.count(b"HTTP/1.1 ") == 2:
                    break
            else:
                closed = True
        except TimeoutError:
            pass
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3})", answered)], closed


def test_a_well_framed_request_leaves_the_connection_to_the_next(gateway: Gateway) -> None:
    assert statuses(gateway, b"Transfer-Encoding: chunked") == ([401, 401], False)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 48\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Content-Length: 5\r\nContent-Length: 48",
        b"Content-Length: 5, 48",
        b"Content-Length: +5",
        b"Content-Length: -5",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"X-Other: a\nTransfer-Encoding: chunked",
    ],
)
def test_a_request_whose_end_is_in_doubt_is_refused_and_nothing_behind_it_is_read(
    gateway: Gateway, framing: bytes
) -> None:
    assert statuses(gateway, framing) == ([400], True)


def test_keys_decide_who_may_write_what(gateway: Gateway) -> None:
    assert httpx.post(f"http://127.0.0.1:{gateway.port}/v1/reports", json=event()).status_code == 401
    wrong = gateway.token[:-1] + ("A" if gateway.token[-1] != "A" else "B")
    for token in ("x", "ioc_", wrong):
        answer = gateway.client.post("/v1/reports", json=event(), headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="ioc"')
    for source in SOURCES:
        client = gateway.client_of(gateway.token_of(WRITE_SCOPE[source]))
        allowed = {each for each in SOURCES if client.post(f"/v1/{each}", json=event(each)).status_code == 202}
        assert allowed == {each for each in SOURCES if WRITE_SCOPE[each] == WRITE_SCOPE[source]}
        client.close()


def test_cloudevents_need_the_scope_of_their_type(gateway: Gateway) -> None:
    client = gateway.client_of(gateway.token_of("telemetry:write"))
    answer = client.post("/v1/events", json=structured(), headers=CE)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "scope")
    client.close()


def test_a_key_ends_when_it_is_revoked_and_when_it_expires(gateway: Gateway) -> None:
    path = gateway.home / KEYS_FILE
    token, key = new_key(path, PUBLISHER, ["reports:write"])
    late, _ = new_key(path, PUBLISHER, ["reports:write"], expires=datetime.now(UTC) - timedelta(seconds=1))
    bearer = {"authorization": f"Bearer {token}"}
    assert gateway.client.post("/v1/reports", json=event(), headers=bearer).status_code == 202
    revoke_key(path, key.id)
    assert gateway.client.post("/v1/reports", json=event(), headers=bearer).status_code == 401
    assert (
        gateway.client.post("/v1/reports", json=event(), headers={"authorization": f"Bearer {late}"}).status_code == 401
    )


def test_validate_writes_nothing(gateway: Gateway, broker: Broker) -> None:
    good, bad = event(), event(text="")
    answer = gateway.client.post("/v1/reports?validate=true", json=[good, bad])
    assert answer.status_code == 200
    assert [each["status"] for each in answer.json()["results"]] == ["valid", "rejected"]
    assert gateway.client.post("/v1/reports?validate=true", json=bad).status_code == 422
    after = event()
    gateway.client.post("/v1/reports", json=after).raise_for_status()
    assert [record.key.decode() for record in written(broker, "reports", good["id"], after["id"])] == [after["id"]]
    assert bad["id"] not in {record.key.decode() for record in records(broker.bootstrap, RECEIPTS)}


def test_what_is_refused_has_a_receipt(gateway: Gateway, broker: Broker) -> None:
    alone, good, one_of_two = event(text=""), event(), event(text=7)
    assert gateway.client.post("/v1/reports", json=alone).status_code == 422
    assert gateway.client.post("/v1/reports", json=[good, one_of_two]).status_code == 202
    assert gateway.client.post("/v1/reports", json=event()).status_code == 202  # whatever was offered before is in
    receipts = {
        record.key.decode(): json.loads(record.value)
        for record in records(broker.bootstrap, RECEIPTS)
        if record.key.decode() in {alone["id"], good["id"], one_of_two["id"]}
    }
    assert set(receipts) == {alone["id"], one_of_two["id"]}
    receipt = receipts[alone["id"]]
    assert (receipt["source"], receipt["id"], receipt["result"]) == (PUBLISHER, alone["id"], "rejected")
    assert [(each["pointer"], each["code"]) for each in receipt["errors"]] == [("/text", "blank")]


def test_requests_are_counted_by_route_and_status(gateway: Gateway) -> None:
    def count(route: str, status: int) -> float:
        line = f'ioc_gateway_requests_total{{route="{route}",status="{status}"}} '
        found = [each for each in gateway.client.get("/metrics").text.splitlines() if each.startswith(line)]
        return float(found[0].removeprefix(line)) if found else 0.0

    accepted, missing = count("/v1/gate", 202), count("unrouted", 404)
    gateway.client.post("/v1/gate", json=event("gate"))
    gateway.client.get("/v1/" + secrets.token_hex(8))
    assert (count("/v1/gate", 202), count("unrouted", 404)) == (accepted + 1, missing + 1)
    text = gateway.client.get("/metrics").text
    assert "ioc_broker_up 1.0" in text
    assert 'ioc_build_info{version="' in text
    assert "_created" not in text


def test_the_log_holds_neither_bodies_nor_queries_nor_tokens(gateway: Gateway) -> None:
    word = secrets.token_hex(8)
    gateway.client.post(f"/v1/reports?note={word}", json=event(text=word, id=word))
    gateway.client.get(f"/v1/reports/{word}")
    deadline = time.monotonic() + 10
    while True:  # the line is written when the answer is out
        lines = [json.loads(line) for line in gateway.log().splitlines()]
        if any(line.get("route") == "/v1/reports/{report_id}" and line["key"] == gateway.key.id for line in lines):
            break
        assert time.monotonic() < deadline
    assert word not in gateway.log()
    assert gateway.token[-43:] not in gateway.log()


def test_answers_carry_safe_headers(gateway: Gateway) -> None:
    headers = gateway.client.get("/healthz").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_key_that_sends_too_much_waits(broker: Broker, tmp_path: Any) -> None:
    with running(tmp_path, broker.bootstrap, max_batch_items=10, rate_per_key=1) as gateway:
        assert gateway.client.post("/v1/reports", json=[event() for _ in range(10)]).status_code == 202
        answer = gateway.client.post("/v1/reports", json=[event() for _ in range(5)])
        assert answer.status_code == 429
        assert answer.json()["type"] == "urn:ioc:problem:rate-limited"
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        other = gateway.client_of(gateway.token_of("reports:write"))
        assert other.post("/v1/reports", json=event()).status_code == 202
        other.close()


def test_a_key_has_the_rate_that_it_was_made_with_and_answers_tell_what_is_left(broker: Broker, tmp_path: Any) -> None:
    with running(tmp_path, broker.bootstrap, max_batch_items=10, rate_per_key=1000) as gateway:
        token, _ = new_key(tmp_path / KEYS_FILE, "slow", ["reports:write"], rate=0.1)
        slow = gateway.client_of(token)
        took = slow.post("/v1/reports", json=[event() for _ in range(8)])
        assert took.status_code == 202
        told = [took.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
        assert told == ["10", "2", "80"]
        refused = slow.post("/v1/reports", json=[event() for _ in range(5)])
        assert refused.status_code == 429
        assert refused.headers["ratelimit-remaining"] == "2"
        assert 25 <= int(refused.headers["retry-after"]) <= 30
        slow.close()
        assert gateway.client.post("/v1/reports", json=[event() for _ in range(10)]).status_code == 202
        assert "ratelimit-limit" not in gateway.client.get("/healthz").headers
        figures = gateway.client.get("/metrics").text
        assert 'ioc_gateway_rate_limited_total{publisher="slow"} 5.0' in figures
