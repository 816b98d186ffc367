"""Alerts as server-sent events: live, filtered, resumed, bounded."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.gateway.hub import PRELOAD_PER_PARTITION, QUEUE
from connectors.gateway.keys import KEYS_FILE, new_key, revoke_key
from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.topics import alert_topic, catalogue
from ioc.vocabulary import SEVERITIES
from tests.system.gateway import Gateway, produce, running

PARTITIONS = 2


class Event(NamedTuple):
    id: str
    kind: str
    data: Any


class Stream:
    """A listener: gives events, remembers the last id as a browser does."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.last_id = ""
        self._lines = response.iter_lines()

    def __iter__(self) -> Iterator[Event]:
        kind, data = "", ""
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not line:
                if data:
                    yield Event(self.last_id, kind, json.loads(data))
                elif self.last_id:
                    yield Event(self.last_id, "", None)
                kind, data = "", ""

    def take(self, count: int) -> list[str]:
        """Names of the next alerts."""
        alerts = (event.data["alert_id"] for event in self if event.kind == "alert")
        return list(itertools.islice(alerts, count))


@contextmanager
def listening(gateway: Gateway, query: str = "", last_id: str = "", token: str = "") -> Iterator[Stream]:
    headers = {"last-event-id": last_id} if last_id else {}
    if token:
        headers["authorization"] = f"Bearer {token}"
    with gateway.client.stream("GET", f"/v1/stream{query}", headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Stream(response)
        if not last_id:
            # The first id comes when the listener stands where live alerts begin, after the history.
            stream.history = list(itertools.takewhile(lambda event: event.kind, stream))  # type: ignore[attr-defined]
        yield stream


@pytest.fixture
def centres(broker: Broker) -> tuple[str, str]:
    """Two centres that no other test has."""
    names = f"a-{secrets.token_hex(4)}", f"b-{secrets.token_hex(4)}"
    asyncio.run(create_topics(broker.bootstrap, catalogue(names), partitions=PARTITIONS))
    return names


numbers = itertools.count()


def alerts(broker: Broker, centre: str, count: int, severity: str = "high", partition: int | None = None) -> list[str]:
    """Write alerts; returns their names in order."""
    content = [
        {"alert_id": f"{centre}/{next(numbers)}", "centre": centre, "severity": severity, "title": "Ngập"}
        for _ in range(count)
    ]
    produce(broker.bootstrap, alert_topic(centre), *((each["alert_id"], each) for each in content), partition=partition)
    return [each["alert_id"] for each in content]


def test_alerts_come_as_they_are_written(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, other = centres
    with running(tmp_path, broker.bootstrap, centres) as gateway, listening(gateway) as stream:
        written = alerts(broker, one, 3, partition=0) + alerts(broker, other, 3, partition=1)
        assert sorted(stream.take(6)) == sorted(written)


def test_filters_and_keys_decide_what_is_seen(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, other = centres
    with running(tmp_path, broker.bootstrap, centres) as gateway:
        only_one = gateway.token_of("incidents:read", centres=(one,))
        with (
            listening(gateway, f"?centre={one}&severity=critical,low") as filtered,
            listening(gateway, token=only_one) as restricted,
        ):
            alerts(broker, other, 1, "critical")
            wanted = {severity: alerts(broker, one, 1, severity)[0] for severity in SEVERITIES}
            assert sorted(filtered.take(2)) == sorted([wanted["critical"], wanted["low"]])
            assert sorted(restricted.take(4)) == sorted(wanted.values())
        for query in ("?centre=nowhere", "?severity=odd", "?history=-1"):
            assert gateway.client.get(f"/v1/stream{query}").status_code == 400
        assert gateway.client.get("/v1/stream", headers={"last-event-id": "7"}).status_code == 400
        writer = gateway.client_of(gateway.token_of("reports:write"))
        assert writer.get("/v1/stream").status_code == 403
        writer.close()


def test_alerts_are_chosen_by_what_they_are_about(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, _ = centres
    about = [
        {"category": "traffic", "reason": "opened", "commune": "06673", "unit": "works"},
        {"category": "telecom", "reason": "opened", "commune": "06673", "unit": "net"},
        {"category": "traffic", "reason": "resolved", "commune": "06685", "unit": "works"},
    ]
    written = [
        {"alert_id": f"{one}/{next(numbers)}", "centre": one, "severity": "high", "title": "Ngập", **each}
        for each in about
    ]
    produce(broker.bootstrap, alert_topic(one), *((each["alert_id"], each) for each in written), partition=0)
    with running(tmp_path, broker.bootstrap, centres) as gateway:
        for query, places in (
            ("category=traffic", [0, 2]),
            ("reason=opened,updated", [0, 1]),
            ("commune=06685", [2]),
            ("unit=works&reason=opened", [0]),
            ("unit=nobody", []),
        ):
            with listening(gateway, f"?history=10&centre={one}&{query}") as stream:
                found = [event.data["alert_id"] for event in stream.history]  # type: ignore[attr-defined]
            assert found == [written[place]["alert_id"] for place in places]
        for query in ("category=odd", "reason=odd"):
            assert gateway.client.get(f"/v1/stream?{query}").status_code == 400


def test_one_that_resumes_is_told_when_it_has_heard_everything(
    broker: Broker, tmp_path: Path, centres: tuple[str, str]
) -> None:
    one, _ = centres
    with running(tmp_path, broker.bootstrap, centres) as gateway:
        with listening(gateway) as stream:
            place = stream.last_id
        missed = alerts(broker, one, 2, partition=0)
        with listening(gateway, f"?history=2&centre={one}") as stream:  # until this gateway has them itself
            heard = [event.data["alert_id"] for event in stream.history]  # type: ignore[attr-defined]
            assert heard + stream.take(len(missed) - len(heard)) == missed
        with listening(gateway, last_id=place) as stream:
            before = list(itertools.takewhile(lambda event: event.kind, stream))
        assert [event.data["alert_id"] for event in before] == missed


def test_history_comes_first(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, other = centres
    old = alerts(broker, one, 5, partition=0)
    alerts(broker, other, 5)
    with (
        running(tmp_path, broker.bootstrap, centres) as gateway,
        listening(gateway, f"?history=3&centre={one}") as stream,
    ):
        assert [event.data["alert_id"] for event in stream.history] == old[-3:]  # type: ignore[attr-defined]
        new = alerts(broker, one, 1)
        assert stream.take(1) == new


def test_resuming_neither_skips_nor_repeats(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, other = centres
    seen: list[str] = []
    written: list[str] = []
    with running(tmp_path, broker.bootstrap, centres) as gateway:
        with listening(gateway) as stream:
            written += alerts(broker, one, 10) + alerts(broker, other, 10)
            seen += stream.take(7)  # cut off in the middle of what has come
            last = stream.last_id
        written += alerts(broker, one, 5)
        with listening(gateway, last_id=last) as stream:
            seen += stream.take(10)
            last = stream.last_id
        # Another process, and more since than it keeps in memory: Kafka has to be asked.
        gateway.kill()
        written += alerts(broker, one, PRELOAD_PER_PARTITION + 50, partition=0)
        gateway.start()
        with listening(gateway, last_id=last) as stream:
            seen += stream.take(len(written) - len(seen))
            written += alerts(broker, other, 3)
            seen += stream.take(3)
            last = stream.last_id
        with listening(gateway, last_id=last) as stream:
            written += alerts(broker, one, 1)
            seen += stream.take(1)
    assert len(seen) == len(written)
    assert sorted(seen) == sorted(written)


def test_a_place_that_kafka_does_not_have_is_said(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, other = centres
    alerts(broker, one, 2, partition=0)
    with (
        running(tmp_path, broker.bootstrap, centres) as gateway,
        listening(gateway, last_id=f"{one}=900.0;{other}=0.0") as stream,
    ):
        assert next(iter(stream)).kind == "gap"
        new = alerts(broker, one, 1, partition=0)
        assert stream.take(1) == new


def test_a_listener_that_does_not_read_is_sent_away(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    one, _ = centres
    with running(tmp_path, broker.bootstrap, centres) as gateway, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", gateway.port))
        slow.sendall(
            b"GET /v1/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            b"authorization: Bearer %s\r\n\r\n" % gateway.token.encode()
        )
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
        with listening(gateway) as quick:
            # More than the sockets between hold, so that the rest has to wait in the listener's queue.
            content = {"severity": "low", "alert_id": "large", "text": "x" * 5_000}
            for _ in range(8):
                produce(broker.bootstrap, alert_topic(one), *[("k", content)] * (QUEUE // 2), partition=0)
                assert len(quick.take(QUEUE // 2)) == QUEUE // 2
        slow.settimeout(20)
        rest = b""
        while chunk := slow.recv(1 << 20):
            rest = (rest + chunk)[-200:]
        assert b": too slow; come again with Last-Event-ID" in rest


def test_a_stream_ends_with_its_key(broker: Broker, tmp_path: Path, centres: tuple[str, str]) -> None:
    with running(tmp_path, broker.bootstrap, centres) as gateway:
        token, key = new_key(gateway.home / KEYS_FILE, "operator", ["incidents:read"])
        with listening(gateway, token=token) as stream:
            revoke_key(gateway.home / KEYS_FILE, key.id)
            alerts(broker, centres[0], 1)  # wakes the stream; without it the next heartbeat does
            # What was on its way when the key ended may still come; after it nothing does.
            stream.take(1)
            alerts(broker, centres[0], 1)
            assert stream.take(1) == []
