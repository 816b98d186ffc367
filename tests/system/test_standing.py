"""Where an incident stands, over HTTP: what may be done by whom, who is told next, what hides it, what was answered."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.gateway.identity.accounts import Accounts
from ioc.roles import Role
from ioc.vocabulary import ACTIONS
from tests.system.running import Running
from tests.system.words import new_word

pytestmark = [pytest.mark.usefixtures("running"), pytest.mark.timeout(400)]

PASSWORD = "ngày mưa nước lên đường"
FIRE = "Cháy lớn tại nhà dân, có người mắc kẹt bên trong"
_WAIT_S = 60
People = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {running.key}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def people(running: Running) -> Iterator[People]:
    """Clients of people, by role."""
    with ExitStack() as stack:

        def sign_in(role: Role, **reach: Any) -> httpx.Client:
            name, accounts = f"s-{secrets.token_hex(4)}", Accounts(running.folder / ".ioc")
            word = accounts.add(name, [role], datetime.now(UTC), **reach)
            accounts.close()
            client = stack.enter_context(httpx.Client(base_url=running.url, timeout=30, trust_env=False))
            answer = client.post("/v1/login", json={"name": name, "password": word, "new_password": PASSWORD})
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            return client

        yield sign_in


def report(client: httpx.Client, text: str, commune: int) -> tuple[str, dict[str, Any]]:
    """Id of a report, and the incident that it belongs to, once the store has it too."""
    place = client.get("/v1/catalogue").json()["communes"][commune]
    body = {
        "id": f"standing-{new_word()}",
        "occurred_at": datetime.now(UTC).isoformat(), "channel": "app",
        "text": text, "lat": place["lat"], "lon": place["lon"],
    }  # fmt: skip
    client.post("/v1/reports", json=body).raise_for_status()
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        if name := client.get(f"/v1/reports/{body['id']}").json().get("incident_id"):
            found = client.get(f"/v1/incidents/{name}")
            if found.status_code == 200 and client.get(f"/v1/incidents/{name}/evidence").json()["evidence"]:
                return body["id"], dict(found.json())
        time.sleep(0.05)
    raise AssertionError(body["id"])


def standing(client: httpx.Client, incident: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/incidents/{incident['incident_id']}/standing").raise_for_status().json())


def once(client: httpx.Client, incident: dict[str, Any], part: str, *, there: bool = True) -> list[dict[str, Any]]:
    """Silences or emergency modes of an incident as soon as there are some, or none: they are known within moments."""
    deadline = time.monotonic() + _WAIT_S
    while bool(found := standing(client, incident)[part]) is not there:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return list(found)


def actions(client: httpx.Client, incident: dict[str, Any]) -> set[str]:
    return {each["action"] for each in standing(client, incident)["actions"]}


def test_who_is_offered_what(client: httpx.Client, people: People) -> None:
    _, incident = report(client, "Đèn đường hỏng, tối om", 20)
    everything = {*ACTIONS} - {"close", "reopen"}
    assert actions(client, incident) == everything
    assert actions(people("duty_officer", centres=[incident["centre"]]), incident) == everything
    assert actions(people("operator", centres=[incident["centre"]]), incident) == everything - {"reject"}
    unit = people("handling_unit", unit=incident["unit"])
    assert actions(unit, incident) == {"acknowledge", "accept", "start", "request_info", "return", "resolve", "comment"}
    reasons = {each["action"]: each["reason"] for each in standing(client, incident)["actions"]}
    assert reasons["reject"]
    assert not reasons["accept"]
    elsewhere = next(
        each["code"] for each in client.get("/v1/catalogue").json()["centres"] if each["code"] != incident["centre"]
    )
    other = people("operator", centres=[elsewhere])
    for part in ("standing", "answers"):
        assert other.get(f"/v1/incidents/{incident['incident_id']}/{part}").status_code == 403
        assert client.get(f"/v1/incidents/22-00000-20260101-AAAAAA/{part}").status_code == 404
    assert unit.get(f"/v1/incidents/{incident['incident_id']}/answers").status_code == 403


def test_the_clocks_follow_what_is_done(client: httpx.Client) -> None:
    report_id, incident = report(client, FIRE, 21)
    found = standing(client, incident)
    waits = found["clocks"]["acknowledge"]
    written_at = datetime.fromisoformat(incident["history"][0]["at"])
    # Of the shipped chain for what people call critical: the unit after five minutes.
    assert datetime.fromisoformat(waits["by"]) - written_at == timedelta(minutes=5)
    assert (waits["next_at"], waits["to"]) == (waits["by"], "unit")
    assert found["clocks"]["unit"] == {"unit": incident["unit"], "since": incident["unit_clocks"][-1]["from"]}
    assert found["clocks"]["resolve"]["due_at"] == incident["due_at"]
    act = f"/v1/incidents/{incident['incident_id']}/actions?wait=10"
    client.post(act, json={"action": "request_info", "reason": "Nhà số mấy?"}).raise_for_status()
    found = standing(client, incident)
    assert found["clocks"]["acknowledge"] is None
    assert found["clocks"]["resolve"]["pause"] == "waiting_citizen"
    client.post(act, json={"action": "resolve", "reason": "Đã dập tắt"}).raise_for_status()
    found = standing(client, incident)
    assert found["clocks"]["resolve"]["done_at"]
    assert found["clocks"]["unit"] is None
    assert {each["action"] for each in found["actions"]} == {"close", "reopen", "comment"}
    deadline = time.monotonic() + _WAIT_S
    while True:
        answers = client.get(f"/v1/incidents/{incident['incident_id']}/answers").json()["answers"]
        if answers and answers[-1]["status"] == "resolved":
            break
        assert time.monotonic() < deadline, answers
        time.sleep(0.1)
    assert [each["status"] for each in answers] == ["received", "routed", "needs_info", "resolved"]
    assert {each["report_id"] for each in answers} == {report_id}
    assert "Nhà số mấy?" in answers[2]["text"]["vi"]
    assert answers == [*reversed(client.get(f"/v1/reports/{report_id}").json()["answers"])]


def test_what_hides_it_is_told_while_it_does(client: httpx.Client, people: People) -> None:
    _, incident = report(client, "Đèn đường hỏng, tối om", 22)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    about = {"centres": [incident["centre"]], "owner": "Tổ trực", "ends_at": until, "reason": "Thi công"}
    bodies: dict[str, dict[str, Any]] = {
        "silences": about | {"matchers": [f"commune = {incident['commune']}", "category = urban_infrastructure"]},
        "emergencies": about | {"kind": "emergency", "communes": [incident["commune"]]},
    }
    unit = people("handling_unit", unit=incident["unit"])
    for name, body in bodies.items():
        silence = client.post("/v1/silences?wait=10", json=body).raise_for_status().json()["silence_id"]
        told = once(client, incident, name)
        assert [(each["silence_id"], each["owner"], each["reason"]) for each in told] == [
            (silence, "Tổ trực", "Thi công")
        ]
        assert standing(unit, incident)[name] == []
        calls = standing(client, incident)["clocks"]["acknowledge"]
        assert (calls["next_at"] is None) is (name == "silences")
        client.delete(f"/v1/silences/{silence}?wait=10").raise_for_status()
        once(client, incident, name, there=False)


def test_a_silence_of_a_device_hides_what_the_device_says(client: httpx.Client) -> None:
    site = f"ST-{secrets.token_hex(3)}"
    place = client.get("/v1/catalogue").json()["communes"][23]
    body = {
        "site_id": site, "operator": "operator-c", "technology": "4G", "state": "out_of_service",
        "lat": place["lat"], "lon": place["lon"], "observed_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    client.post("/v1/bts", json=body).raise_for_status()
    deadline = time.monotonic() + _WAIT_S
    while True:
        page = client.get("/v1/incidents", params={"category": "telecom", "limit": 500}).json()["incidents"]
        if found := [each for each in page if site in each["title"]]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (incident,) = found
    silence = {
        "centres": [incident["centre"]], "owner": "Tổ trực", "reason": "Thay ắc quy", "matchers": [f"device = {site}"],
        "ends_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    name = client.post("/v1/silences?wait=10", json=silence).raise_for_status().json()["silence_id"]
    once(client, incident, "silences")
    client.delete(f"/v1/silences/{name}").raise_for_status()
