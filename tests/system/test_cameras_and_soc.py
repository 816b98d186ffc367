"""The whole path of cameras and the SOC: what ends, what a person sorts, what has to be reported by when."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.topics import INCIDENTS
from tests.system.product import Reader, bodies
from tests.system.running import Running

_WAIT_S = 40
"""A state settles for ten seconds before time may end it."""


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def post(product: Running, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        product.url + path,
        json.dumps(body).encode(),
        {"authorization": f"Bearer {product.key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


async def incident(reader: Reader, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The newest state of the first incident that fits."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        found = [body for body in bodies((await reader.all())[INCIDENTS]) if fits(body)]
        if found:
            return found[-1]
        assert time.monotonic() < deadline


async def test_a_stopped_vehicle_that_is_gone_is_resolved(running: Running) -> None:
    camera = {"camera_id": "cam-end", "kind": "stopped_vehicle", "observed_at": ago(20), "confidence": 0.9}
    async with Reader(running.bootstrap, [INCIDENTS]) as reader:
        post(running, "/v1/cameras", {"id": "end-1", **camera})
        post(running, "/v1/cameras", {"id": "end-1/end", **camera, "ended_at": ago(15)})
        over = await incident(reader, lambda one: "cam-end" in one["title"] and one["status"] in {"resolved", "closed"})
    assert [step["action"] for step in over["history"]] == ["open", "route", "resolve"]
    assert over["evidence_count"] == 2


async def test_a_doubtful_fire_is_to_be_sorted_and_a_camera_that_failed_is_a_fault(running: Running) -> None:
    async with Reader(running.bootstrap, [INCIDENTS]) as reader:
        for number in range(5):
            body = {"camera_id": "cam-doubt", "kind": "fire", "observed_at": ago(3 - number / 10), "confidence": 0.5}
            post(running, "/v1/cameras", {"id": f"doubt-{number}", **body, "zone": f"z{number}"})
        body = {"camera_id": "cam-dark", "kind": "black", "observed_at": ago(5), "confidence": 1.0}
        post(running, "/v1/cameras", {"id": "dark-1", **body})
        doubt = await incident(reader, lambda one: "cam-doubt" in one["title"])
        fault = await incident(reader, lambda one: "cam-dark" in one["title"])
    assert (doubt["category"], doubt["subcategory"], doubt["severity"]) == ("other", "camera_review", "low")
    assert doubt["evidence_count"] == 1
    assert (fault["category"], fault["subcategory"]) == ("other", "device_fault")


async def test_a_serious_security_incident_owes_reports_until_an_operator_says_that_they_were_made(
    running: Running,
) -> None:
    event = {
        "id": "deadline-1", "asset_id": "portal-deadline", "kind": "ransomware", "severity": "critical",
        "observed_at": ago(1), "technique": "t1486",
    }  # fmt: skip
    async with Reader(running.bootstrap, [INCIDENTS]) as reader:
        post(running, "/v1/security", event)
        opened = await incident(reader, lambda one: "portal-deadline" in one["title"])
        hours = [
            datetime.fromisoformat(each["due_at"]) - datetime.fromisoformat(event["observed_at"])
            for each in opened["deadlines"]
        ]
        assert hours == [timedelta(hours=24), timedelta(hours=72)]
        name = opened["incident_id"]
        arguments = {"deadline": "first_notice"}
        action = {"action": "comment", "reason": "Đã gửi thông báo ban đầu", "arguments": arguments}
        deadline = time.monotonic() + _WAIT_S
        routed = "/v1/incidents?status=routed"
        while name not in {one["incident_id"] for one in running.get(routed)["incidents"]}:
            assert time.monotonic() < deadline
        post(running, f"/v1/incidents/{name}/actions", action)
        told = await incident(
            reader,
            lambda one: one["incident_id"] == name and one["deadlines"][0]["done_at"] is not None,
        )
    assert [each["done_at"] is None for each in told["deadlines"]] == [False, True]
    shown = running.get(f"/v1/incidents/{name}")
    assert [each["name"] for each in shown["deadlines"]] == ["first_notice", "report"]
