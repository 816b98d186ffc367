"""Entities to a real HTTP server that holds an NGSI-LD broker's rules (ETSI GS CIM 009, 5.6.8 and 6.15)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.opendata.broker import BrokerError, push
from ioc.exports import ngsi
from tests.unit.exports.test_entities import device


class Broker(ThreadingHTTPServer):
    """What a broker has, and how it answers the next requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entities: dict[str, dict[str, Any]] = {}
        self.requests: list[dict[str, Any]] = []
        self.refused: set[str] = set()
        self.busy = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Broker

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        target = urlsplit(self.path)
        self.server.requests.append({"path": target.path, "headers": dict(self.headers), "count": len(body)})
        if self.server.busy:
            self.server.busy -= 1
            self._answer(503, {"retry-after": "1"})
            return
        fine = (
            target.path == "/ngsi-ld/v1/entityOperations/upsert"
            and parse_qs(target.query) == {"options": ["update"]}
            and self.headers["content-type"] == "application/ld+json"
            and "link" not in {name.lower() for name in self.headers}
            and all("@context" in each and ":" in each["id"] and each["type"] for each in body)
            and len({each["id"] for each in body}) == len(body)
        )
        if not fine:
            self._answer(400, {})
            return
        taken = [each for each in body if each["id"] not in self.server.refused]
        created = [each["id"] for each in taken if each["id"] not in self.server.entities]
        self.server.entities |= {each["id"]: each for each in taken}
        if len(taken) < len(body):
            errors = [{"entityId": each["id"], "error": {"title": "no"}} for each in body if each not in taken]
            self._answer(207, {}, {"success": [each["id"] for each in taken], "errors": errors})
        elif created:
            self._answer(201, {}, created)
        else:
            self._answer(204, {})

    def _answer(self, status: int, headers: dict[str, str], body: Any = None) -> None:
        raw = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in (headers | {"content-length": str(len(raw))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def broker() -> Iterator[Broker]:
    server = Broker()
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


DEVICES = [ngsi.device(device(f"d{number}")) for number in range(230)]


def test_entities_are_pushed_in_batches_and_the_same_again_changes_nothing(broker: Broker) -> None:
    first, second = (push(broker.url + "/", DEVICES, tenant="t", token="secret") for _ in range(2))
    assert (first.taken, second.taken, first.refused) == (230, 230, {})
    assert len(broker.entities) == 230
    assert [each["count"] for each in broker.requests] == [100, 100, 30] * 2
    headers = broker.requests[0]["headers"]
    assert (headers["NGSILD-Tenant"], headers["Authorization"]) == ("t", "Bearer secret")


def test_an_id_that_comes_twice_is_sent_once_as_it_is_last(broker: Broker) -> None:
    newer = DEVICES[0] | {"name": {"type": "Property", "value": "mới"}}
    push(broker.url, [DEVICES[0], newer])
    assert broker.entities[newer["id"]]["name"]["value"] == "mới"


def test_what_the_broker_refuses_is_told(broker: Broker) -> None:
    broker.refused = {DEVICES[1]["id"]}
    done = push(broker.url, DEVICES[:3])
    assert (done.taken, done.refused) == (2, {DEVICES[1]["id"]: "no"})


def test_a_busy_broker_is_asked_again(broker: Broker) -> None:
    waits: list[float] = []
    broker.busy = 2
    assert push(broker.url, DEVICES[:1], sleep=waits.append).taken == 1
    assert waits == [1.0, 2.0]


def test_one_that_refuses_everything_or_is_not_there_ends_it(broker: Broker) -> None:
    with pytest.raises(BrokerError, match="status 400"):
        push(broker.url, [{"id": "no-urn", "type": "x"}])
    waits: list[float] = []
    with pytest.raises(BrokerError, match="ConnectError"):
        push("http://127.0.0.1:9", DEVICES[:1], sleep=waits.append)
    assert len(waits) == 4
