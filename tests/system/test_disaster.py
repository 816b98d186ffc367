"""A machine is lost, and then everything is: what a backup brings back, and what Kafka does."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.ports import LOOPBACK, free_port
from tests.system.running import Running, up
from tests.system.secured import Process, run_ioc

pytestmark = pytest.mark.timeout(300)
PASSWORD = "sau bão trời lại sáng"


@dataclass(frozen=True)
class Saved:
    """A backup of a running product.

    Attributes:
        file: The backup.
        key: An API key that it knew.
        word: One-time password of the account `duty` that it knew.
        incident: An incident that was there.

    """

    file: Path
    key: str
    word: str
    incident: str


def variables(product: Running, home: Path) -> dict[str, str]:
    """Of a command that works with a home folder and the product's Kafka."""
    return product.environment() | {"IOC_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}


def client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=20)


def until(found: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result


def report(gateway: httpx.Client, text: str) -> str:
    """Send a report; the incident that came of it, once the list has it, which is the store's."""
    key = str(uuid.uuid4())
    body = {"id": key, "occurred_at": datetime.now(UTC).isoformat(), "text": text}
    assert gateway.post("/v1/reports", json=body).status_code == 202
    incident = until(lambda: gateway.get(f"/v1/reports/{key}").json().get("incident_id"))
    until(lambda: incident in listed(gateway))
    return str(incident)


def told(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What a command says as JSON."""
    (found,) = [line for line in run_ioc(environment, *arguments, "--json").splitlines() if line.startswith("{")]
    return dict(json.loads(found))


def listed(gateway: httpx.Client) -> set[str]:
    answer = gateway.get("/v1/incidents", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return {each["incident_id"] for each in answer.json()["incidents"]}


@pytest.fixture(scope="module")
def saved(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("backup")
    home = running.folder / ".ioc"
    environment = variables(running, home)
    with client(running.url, running.key) as gateway:
        incident = report(gateway, "Sạt lở đất chắn đường ở phường Hà Tu")
    name = f"duty-{uuid.uuid4().hex[:6]}"
    word = told(environment, "users", "add", name, "--role", "operator", "--centre", "ha-long")["one_time_password"]
    scopes = ("reports:write", "reports:read", "incidents:read")
    key = told(environment, "keys", "new", f"app-{name}", *(text for each in scopes for text in ("--scope", each)))
    run_ioc(environment, "backup", "create", str(folder / "ioc.tgz"))
    return Saved(folder / "ioc.tgz", key["token"], f"{name} {word}", incident)


def signed_in(gateway: httpx.Client, saved: Saved) -> None:
    name, word = saved.word.split()
    answer = gateway.post("/v1/login", json={"name": name, "password": word, "new_password": PASSWORD})
    assert answer.status_code == 200, answer.text


def test_a_new_machine_goes_on_with_kafka_that_is_still_there(running: Running, saved: Saved, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = variables(running, home)
    run_ioc(environment, "backup", "restore", str(saved.file))
    assert "Every chain holds" in run_ioc(environment, "audit", "verify")

    (home / "store.db").unlink()  # the store has everything that the topics still have
    run_ioc(environment, "store", "rebuild")
    with sqlite3.connect(running.folder / ".ioc" / "store.db") as first, sqlite3.connect(home / "store.db") as second:
        query = "SELECT incident_id FROM incidents"
        before, after = ({row[0] for row in each.execute(query)} for each in (first, second))
    assert saved.incident in after
    assert not before - after

    port = free_port()
    gateway = Process(environment | {"IOC_GATEWAY__PORT": str(port)}, "gateway", port=port).ready()
    try:
        with client(f"http://{LOOPBACK}:{port}", saved.key) as restored:
            assert saved.incident in listed(restored)
            signed_in(restored, saved)
    finally:
        assert gateway.stop() == 0
    # The first product was not put out by the second.
    with client(running.url, running.key) as gateway_before:
        report(gateway_before, "Cây gãy trên đường ở phường Cao Xanh")


def test_with_kafka_gone_too_people_keys_and_history_are_back_and_work_goes_on(saved: Saved, tmp_path: Path) -> None:
    run_ioc({"IOC_HOME": str(tmp_path / ".ioc")}, "backup", "restore", str(saved.file))
    with up(tmp_path) as product:
        with client(product.url, saved.key) as gateway:
            assert saved.incident in listed(gateway)
            fresh = report(gateway, "Ngập sâu ở phường Hồng Gai, xe không đi được")
            assert {saved.incident, fresh} <= listed(gateway)
            signed_in(gateway, saved)
        # That the audit's records are lost is said, not passed over.
        assert "broken" in run_ioc(variables(product, tmp_path / ".ioc"), "audit", "verify", code=1)
