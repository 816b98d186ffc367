"""A centre's desk on the running product: reports that were called in, the shift log, the handover, proof of work."""

from __future__ import annotations

import io
import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from connectors.gateway.identity.accounts import Accounts
from ioc.topics import AUDIT, SHIFTS
from tests.system.gateway import records
from tests.system.running import Running
from tests.system.words import new_word

pytestmark = [pytest.mark.usefixtures("running"), pytest.mark.timeout(400)]

CENTRE = "ha-long"
PASSWORD = "ngày mưa nước lên đường"
_WAIT_S = 60


@pytest.fixture(scope="module")
def name() -> str:
    return f"ca-ngay-{secrets.token_hex(3)}"


@pytest.fixture(scope="module")
def desk(running: Running, name: str) -> Iterator[httpx.Client]:
    """A person of one centre, signed in."""
    accounts = Accounts(running.folder / ".ioc")
    word = accounts.add(name, ["operator"], datetime.now(UTC), centres=[CENTRE])
    accounts.close()
    with httpx.Client(base_url=running.url, timeout=30, trust_env=False) as client:
        answer = client.post("/v1/login", json={"name": name, "password": word, "new_password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        yield client


def until(client: httpx.Client, path: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + _WAIT_S
    while True:
        answer = client.get(path)
        if answer.status_code == 200 and fits(answer.json()):
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


@pytest.fixture(scope="module")
def incident(running: Running, desk: httpx.Client, name: str) -> dict[str, Any]:
    """What somebody called in, entered by the desk."""
    word = new_word()
    report = {
        "id": f"call-{word}", "occurred_at": datetime.now(UTC).isoformat(), "channel": "hotline",
        "text": f"Nắp cống bị mất ở ngõ {word}, phường Hà Lầm, nguy hiểm quá",
    }  # fmt: skip
    answer = desk.post("/v1/reports", json=report)
    assert answer.status_code == 202, answer.text
    page = until(desk, f"/v1/incidents?text={word}", lambda page: bool(page["incidents"]))
    found: dict[str, Any] = page["incidents"][0]
    assert found["centre"] == CENTRE
    audit = [json.loads(record.value) for record in records(running.bootstrap, AUDIT)]
    (entry,) = [each for each in audit if each["object"] == report["id"]]
    assert (entry["actor"], entry["action"]) == (name, "report.enter")
    assert (entry["details"]["channel"], entry["details"]["source"]) == ("hotline", f"operator/{name}")
    return found


def entries(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/shifts/{CENTRE}/log").json()["entries"]
    return found


def test_a_note_is_kept_without_personal_data_and_once(
    running: Running, desk: httpx.Client, name: str, incident: dict[str, Any]
) -> None:
    body = {"text": "Đã gọi lại anh Nguyễn Văn An, 0912345678", "incidents": [incident["incident_id"]]}
    once = {"idempotency-key": secrets.token_hex(8)}
    answer = desk.post(f"/v1/shifts/{CENTRE}/log", json=body, headers=once)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["by"], kept["kind"], kept["incidents"]) == (name, "note", [incident["incident_id"]])
    assert "0912345678" not in kept["text"]
    assert desk.post(f"/v1/shifts/{CENTRE}/log", json=body, headers=once).json()["entry_id"] == kept["entry_id"]
    until(desk, f"/v1/shifts/{CENTRE}/log", lambda page: kept in page["entries"])
    assert [each["entry_id"] for each in entries(desk)].count(kept["entry_id"]) == 1
    whole = b"".join(record.value for record in records(running.bootstrap, SHIFTS))
    assert b"0912345678" not in whole
    later = str(httpx.URL(f"/v1/shifts/{CENTRE}/log", params={"since": datetime.now(UTC).isoformat()}))
    assert kept not in desk.get(later).json()["entries"]
    audit = [json.loads(record.value) for record in records(running.bootstrap, AUDIT)]
    # Others write in this centre's log too: the documentation's examples run beside.
    mine = [each for each in audit if each["details"].get("entry") == kept["entry_id"]]
    assert {(each["actor"], each["action"], each["object"]) for each in mine} == {(name, "shift.note", CENTRE)}


def test_a_log_is_its_centres(desk: httpx.Client) -> None:
    assert desk.get("/v1/shifts/cam-pha/log").status_code == 403
    assert desk.post("/v1/shifts/cam-pha/handover", json={}).status_code == 403
    assert desk.get("/v1/shifts/atlantis/log").status_code == 404
    unknown = desk.post(f"/v1/shifts/{CENTRE}/log", json={"text": "x", "incidents": ["qn-1"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/incidents/0")
    for body in ({}, {"text": ""}, {"text": "x" * 4001}, {"text": "x", "centre": "y"}):
        assert desk.post(f"/v1/shifts/{CENTRE}/log", json=body).status_code == 422
    named = desk.post(f"/v1/shifts/{CENTRE}/handover", json={"to": "0912345678"})
    assert (named.status_code, named.json()["errors"][0]["pointer"]) == (422, "/to")


def test_a_handover_says_how_things_stand(
    running: Running, desk: httpx.Client, name: str, incident: dict[str, Any]
) -> None:
    path, incident_id = f"/v1/shifts/{CENTRE}/handover", incident["incident_id"]
    draft = until(desk, path, lambda one: incident_id in one["draft"]["snapshot"]["open"]["incidents"])["draft"]
    assert [*draft["snapshot"]] == ["open", "overdue", "silenced", "unanswered"]
    assert incident_id in draft["snapshot"]["unanswered"]["incidents"]
    answer = desk.post(path, json={"text": "Theo dõi triều cường lúc 02:00", "to": "ca đêm"})
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["by"], kept["to"], kept["kind"]) == (name, "ca đêm", "handover")
    assert incident_id in kept["snapshot"]["unanswered"]["incidents"]
    after = until(desk, path, lambda one: one["handover"] == kept)["draft"]
    assert after["since"] == kept["at"]
    assert not after["notes"]
    done = desk.post(f"/v1/incidents/{incident_id}/actions?wait=10", json={"action": "acknowledge"})
    assert done.json()["result"] == "accepted"
    until(desk, path, lambda one: incident_id not in one["draft"]["snapshot"]["unanswered"]["incidents"])

    def ioc(*arguments: str) -> str:
        ran = subprocess.run(
            ["ioc", "shift", *arguments], cwd=running.folder, env=running.environment(), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    said = json.loads(ioc("note", CENTRE, "Xe cẩu đã tới", "--by", "lan", "-i", incident_id, "--json"))
    assert (said["by"], said["incidents"]) == ("operator/lan", [incident_id])
    until(desk, path, lambda one: [each["entry_id"] for each in one["draft"]["notes"]] == [said["entry_id"]])
    shown = ioc("handover", CENTRE)
    assert "bàn giao" in shown
    assert "Theo dõi triều cường" in shown
    assert "Xe cẩu đã tới" in shown
    given = json.loads(ioc("handover", CENTRE, "--text", "Hết việc", "--to", "ca sáng", "--json"))
    until(desk, path, lambda one: one["handover"]["entry_id"] == given["entry_id"])
    assert [json.loads(each)["text"] for each in ioc("log", CENTRE, "--since", "1h", "--json").splitlines()][-2:] == [
        "Xe cẩu đã tới", "Hết việc",
    ]  # fmt: skip


def test_an_upload_is_proof_of_what_was_done(desk: httpx.Client, incident: dict[str, Any]) -> None:
    path = f"/v1/incidents/{incident['incident_id']}/actions?wait=10"
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "WEBP")
    reference = desk.post("/v1/attachments", content=picture.getvalue(), headers={"content-type": "image/webp"}).json()[
        "reference"
    ]
    for action in ("accept", "start"):
        assert desk.post(path, json={"action": action}).json()["result"] == "accepted"
    absent = {"action": "resolve", "arguments": {"evidence": [reference, "ioc:attachment/" + "a" * 40]}}
    refused = desk.post(path, json=absent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/arguments/evidence/1")
    done = desk.post(
        path, json={"action": "resolve", "reason": "Đã lắp nắp mới", "arguments": {"evidence": [reference]}}
    )
    assert (done.status_code, done.json()["result"]) == (202, "accepted"), done.text
    assert done.json()["incident"]["status"] == "resolved"
    shown = desk.get(f"/v1/attachments/{reference.removeprefix('ioc:attachment/')}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")


def test_a_report_is_called_in_from_the_command_line(running: Running) -> None:
    ran = subprocess.run(
        ["ioc", "send", "report", "--channel", "fax", "--text", "Mất điện"], cwd=running.folder,
        env=running.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "/channel" in ran.stdout + ran.stderr
    ran = subprocess.run(
        ["ioc", "send", "report", "--channel", "hotline", "--text", "Mất điện ở Cẩm Thủy", "--no-wait"],
        cwd=running.folder, env=running.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
