"""Incidents over HTTP on the running product: found, changed with an eye on their version, explained, counted."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.system.running import Running
from tests.system.words import new_word

_WAIT_S = 40


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {running.key}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=20, trust_env=False) as client:
        yield client


def until(client: httpx.Client, path: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + _WAIT_S
    while True:
        answer = client.get(path)
        if answer.status_code == 200 and fits(answer.json()):
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def opened(client: httpx.Client, text: str, word: str) -> dict[str, Any]:
    """A new incident of a report with a word of its own, found by that word."""
    report = f"api-{new_word()}"
    body = {"id": report, "occurred_at": datetime.now(UTC).isoformat(), "text": text.format(word)}
    assert client.post("/v1/reports", json=body).status_code == 202
    found = until(client, f"/v1/incidents?text={word.upper()}", lambda page: bool(page["incidents"]))
    incident: dict[str, Any] = found["incidents"][0]
    return incident


def test_an_action_waits_for_its_effect_and_looks_at_the_version(client: httpx.Client) -> None:
    incident = opened(
        client,
        "Nắp cống bị mất ở ngõ {}, phường Hà Tu, nguy hiểm quá",
        new_word(),
    )
    name = incident["incident_id"]
    path = f"/v1/incidents/{name}/actions"
    first = client.get(f"/v1/incidents/{name}")
    tag = first.headers["etag"]
    assert tag == f'"{first.json()["version"]}"'
    assert client.get(f"/v1/incidents/{name}", headers={"if-none-match": tag}).status_code == 304
    done = client.post(f"{path}?wait=10", json={"action": "acknowledge"}, headers={"if-match": tag})
    assert done.status_code == 202
    said = done.json()
    assert said["result"] == "accepted"
    assert said["incident"]["acknowledged_at"] is not None
    assert said["incident"]["version"] == first.json()["version"] + 1
    late = client.post(path, json={"action": "accept"}, headers={"if-match": tag})
    assert (late.status_code, late.json()["type"]) == (412, "urn:ioc:problem:precondition-failed")
    again = {"idempotency-key": name, "if-match": f'"{said["incident"]["version"]}"'}
    noted = {"action": "comment", "reason": "đã gọi điện"}
    once, twice = (client.post(f"{path}?wait=10", json=noted, headers=again) for _ in range(2))
    assert [(each.status_code, each.json()["result"]) for each in (once, twice)] == [
        (202, "accepted"), (202, "duplicate_of"),
    ]  # fmt: skip
    assert once.json()["incident"]["version"] == twice.json()["incident"]["version"]
    stale = client.post(f"{path}?wait=10", json=noted, headers={"idempotency-key": f"{name}-2", "if-match": tag})
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:ioc:problem:precondition-failed")
    refused = client.post(f"{path}?wait=10", json={"action": "close"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ioc:problem:conflict")
    assert "allowed: " in refused.json()["errors"][0]["message"]
    assert client.post(path, json={"action": "accept"}, headers={"if-match": "three"}).status_code == 400
    pending = client.post(f"{path}?wait=0", json={"action": "accept"})
    assert (pending.status_code, pending.json()["result"]) == (202, "pending")
    until(client, f"/v1/incidents/{name}", lambda one: one["status"] == "accepted")


def test_an_incident_is_explained_and_exported(client: httpx.Client, running: Running) -> None:
    word = new_word()
    incident = opened(client, "Loa kẹo kéo hát ầm ĩ cả đêm ở khu {}, phường Bãi Cháy", word)
    name = incident["incident_id"]
    kinds = {"classify", "open", "route"}
    told = until(client, f"/v1/incidents/{name}/why", lambda one: kinds <= {each["kind"] for each in one["story"]})
    assert told["story"][0]["kind"] == "classify"
    assert told["dossier"]["vi"].startswith(f"# HỒ SƠ SỰ VIỆC {name}")
    evidence = until(client, f"/v1/incidents/{name}/evidence", lambda one: bool(one["evidence"]))["evidence"]
    assert word in evidence[0]["text"]

    def ioc(*arguments: str) -> str:
        done = subprocess.run(
            ["ioc", *arguments], cwd=running.folder, env=running.environment(), capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    assert "Mở sự việc từ phản ánh" in ioc("why", name)
    assert "Opened from report" in ioc("why", name, "--lang", "en")
    assert word in ioc("incident", "show", name)
    whole = json.loads(ioc("incident", "export", name, "--format", "json"))
    assert whole["incident"]["incident_id"] == name


def test_publishers_see_what_became_of_their_events(client: httpx.Client) -> None:
    since = datetime.now(UTC)
    opened(client, "Bãi rác tự phát sau chợ {}, phường Mông Dương", new_word())
    client.post("/v1/reports", json={"id": "api-bad", "text": "x"})
    query = {"since": since.isoformat(), "limit": "1"}
    rows = until(client, str(httpx.URL("/v1/receipts", params=query)), lambda page: page["next"] is not None)
    first = rows["receipts"][0]
    assert first["result"] == "accepted"
    following = client.get("/v1/receipts", params=query | {"after": rows["next"]}).json()["receipts"]
    assert following[0] != first
    source = first["source"]
    until(
        client, str(httpx.URL(f"/v1/publishers/{source}/figures", params={"since": since.isoformat()})),
        lambda one: one["results"] == {"accepted": 1, "rejected": 1},
    )  # fmt: skip
    month = client.get("/v1/figures/monthly").json()
    assert {"month", "begin", "end", "rows"} == {*month}
    assert client.get("/v1/figures/monthly?month=soon").status_code == 400
