"""The gateway while Kafka is away, frozen or back again, and the ways in which the process ends."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.kafka import Broker
from deploy.local.ports import free_port
from deploy.local.topics import create_topics
from ioc.topics import RAW, catalogue
from tests.system.gateway import Gateway, records, running

BATCH = 40
TIMEOUT_S = 3.0


def reports(count: int = 1) -> list[dict[str, Any]]:
    now = datetime.now(UTC).isoformat()
    return [{"id": secrets.token_hex(8), "occurred_at": now, "text": "Đèn đường tắt"} for _ in range(count)]


def found(broker: Broker) -> list[str]:
    return [record.key.decode() for record in records(broker.bootstrap, RAW["reports"])]


def refused(answer: httpx.Response) -> bool:
    if answer.status_code == 202:
        return False
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:ioc:problem:unavailable"
    assert int(answer.headers["retry-after"]) >= 1
    return True


def test_it_starts_without_kafka_and_takes_events_when_kafka_comes(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "gateway", f"127.0.0.1:{port}", ready=False, kafka_timeout_s=TIMEOUT_S) as gateway:
        ready = gateway.client.get("/readyz")
        assert ready.status_code == 503
        assert "kafka" in ready.json()["waiting_for"]
        assert refused(gateway.client.post("/v1/reports", json=reports(1)[0]))
        assert gateway.client.post("/v1/reports", json={"id": "x"}).status_code == 422
        assert gateway.client.get("/v1/reports/x").json()["type"] == "urn:ioc:problem:catching-up"
        assert gateway.client.get("/v1/stream").status_code == 503
        assert "ioc_broker_up 0.0" in gateway.client.get("/metrics").text
        with Broker(tmp_path / "kafka", port) as broker:
            topics = [topic for topic in catalogue(["province"]) if topic.name != RAW["gate"]]
            asyncio.run(create_topics(broker.bootstrap, topics))
            gateway.wait_for("/readyz", 200)
            sent = reports(3)
            assert gateway.client.post("/v1/reports", json=sent).status_code == 202

            # A topic that is missing hurts its own source only.
            now = datetime.now(UTC).isoformat()
            queue = {"gate_id": "g", "direction": "in", "kind": "queue", "observed_at": now}
            assert refused(gateway.client.post("/v1/gate", json=queue))
            asyncio.run(create_topics(broker.bootstrap, catalogue(["province"])))
            assert gateway.client.post("/v1/gate", json=queue).status_code == 202

            assert sorted(found(broker)) == sorted(each["id"] for each in sent)
        gateway.wait_for("/readyz", 503)
        assert gateway.stop() < 5


def test_a_request_is_in_kafka_as_a_whole_or_not_at_all(fresh_broker: Broker, tmp_path: Path) -> None:
    asyncio.run(create_topics(fresh_broker.bootstrap, catalogue(["province"])))
    with running(tmp_path, fresh_broker.bootstrap, kafka_timeout_s=TIMEOUT_S) as gateway:
        before = reports(BATCH)
        assert gateway.client.post("/v1/reports", json=before).status_code == 202

        # Frozen: what was sent to its sockets is read when it goes on, long after the answer was 503.
        fresh_broker.pause()
        frozen = reports(BATCH)
        assert refused(gateway.client.post("/v1/reports", json=frozen))
        fresh_broker.resume()
        gateway.wait_for("/readyz", 200)
        again = reports(BATCH)
        assert gateway.client.post("/v1/reports", json=again).status_code == 202

        # Killed: nothing is kept to be sent later.
        fresh_broker.kill()
        killed = reports(BATCH)
        assert refused(gateway.client.post("/v1/reports", json=killed))
        fresh_broker.start()
        gateway.wait_for("/readyz", 200)
        assert gateway.client.post("/v1/reports", json=killed).status_code == 202

        wanted = [each["id"] for batch in (before, again, killed) for each in batch]
        assert sorted(found(fresh_broker)) == sorted(wanted)

        # A gateway that dies takes nothing with it, and its successor writes at once.
        gateway.kill()
        gateway.start()
        last = reports(1)
        assert gateway.client.post("/v1/reports", json=last[0]).status_code == 202
        assert last[0]["id"] in found(fresh_broker)

        # The end does not wait for a Kafka that says nothing.
        fresh_broker.pause()
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(gateway.client.post, "/v1/reports", json=reports(1)[0])
            time.sleep(0.3)  # until the request waits for Kafka, which nothing outside can see
            assert gateway.stop() < 5
            assert pending.result(timeout=5).status_code == 503
        fresh_broker.resume()


def test_sigterm_ends_it_soon_with_streams_open(broker: Broker, tmp_path: Path) -> None:
    asyncio.run(create_topics(broker.bootstrap, catalogue(["province"])))
    with (
        running(tmp_path, broker.bootstrap) as gateway,
        gateway.client.stream("GET", "/v1/stream") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        assert gateway.stop() < 5
        assert gateway.process is not None
        assert gateway.process.returncode == 0
        assert all(not line.startswith("event") for line in lines)


@pytest.mark.parametrize("taken", ["port", "home"])
def test_what_is_taken_is_said_in_one_sentence(tmp_path: Path, taken: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    gateway = Gateway(home, "127.0.0.1:1")
    gateway.start(ready=False)
    try:
        command = list(gateway._command)
        if taken == "home":
            (tmp_path / "file").write_text("")
            command[3] = (
                command[3]
                .replace(str(home), str(tmp_path / "file"))
                .replace(f'"port": {gateway.port}', f'"port": {free_port()}')
            )
        second = subprocess.run(
            command, capture_output=True, timeout=30, check=False, text=True, env={"PYTHONPATH": ":".join(sys.path)}
        )
        assert second.returncode == 78
        assert second.stderr.startswith("ioc: the gateway cannot ")
        assert second.stderr.count("\n") == 1
    finally:
        gateway.close()
