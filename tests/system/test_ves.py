"""The VES listener against a real gateway process and a real broker, and the whole way to the centre's alert."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from connectors.gateway.keys import KEYS_FILE, new_key
from deploy.local.kafka import Broker
from deploy.local.ports import free_port
from deploy.local.topics import create_topics
from ioc.events import TYPES
from ioc.topics import ALERT_PREFIX, RAW, RECEIPTS, catalogue
from tests.system.gateway import PUBLISHER, Gateway, records, running
from tests.system.product import Reader, Worker, bodies, make_topics, province
from tests.system.words import new_word
from tests.ves import fault, header, heartbeat, measurement, micros, state_change, syslog, threshold

ONE = "/eventListener/v7"
MANY = "/eventListener/v7/eventBatch"
MAX_BODY = 64 * 1024
MAX_ITEMS = 50
HALONG = {"lat": "20.9517", "lon": "107.0807"}
VERSION = {"x-minorversion": "2", "x-patchversion": "1", "x-latestversion": "7.2.1"}


@pytest.fixture(scope="module")
def gateway(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(broker.bootstrap, catalogue(["province"])))
    home = tmp_path_factory.mktemp("ves")
    with running(home, broker.bootstrap, ves_max_body_bytes=MAX_BODY, max_batch_items=MAX_ITEMS) as gateway:
        yield gateway


def now(seconds: float = 0.0) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def fresh(event: dict[str, Any]) -> dict[str, Any]:
    """The event under a site's name that no other test has."""
    event["commonEventHeader"]["sourceName"] = f"QN-{new_word()}"
    return event


def site(event: dict[str, Any]) -> str:
    name: str = event["commonEventHeader"]["sourceName"]
    return name


def written(broker: Broker, *sites: str) -> list[Any]:
    return [record for record in records(broker.bootstrap, RAW["bts"]) if record.key.decode() in sites]


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def error_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    assert VERSION.items() <= dict(answer.headers).items()
    (found,) = answer.json()["requestError"].values()
    return dict(found)


def test_an_accepted_event_is_a_sample_in_kafka_and_the_answer_is_the_standards(
    gateway: Gateway, broker: Broker
) -> None:
    at = now(-30)
    sent = fresh(measurement(at, {"RSRP_dBm": "-97.5", "users": "80"}, {"rsrp": "-101", "users": "104"}, more=HALONG))
    answer = gateway.client.post(ONE, json={"event": sent})
    assert (answer.status_code, answer.content) == (202, b"")
    assert VERSION.items() <= dict(answer.headers).items()
    (record,) = written(broker, site(sent))
    assert json.loads(record.value) == {
        "id": f"{site(sent)}/measurement0000245/0/{micros(at)}",
        "site_id": site(sent),
        "operator": PUBLISHER,
        "technology": "5G",
        "observed_at": at.isoformat().replace("+00:00", "Z"),
        "interval_s": 300,
        "rsrp_dbm": -101.0,
        "users": 184,
        "lat": 20.9517,
        "lon": 107.0807,
    }
    headers = dict(record.headers)
    assert headers["ce_type"].decode() == TYPES["bts"]
    assert headers["ce_source"].decode() == PUBLISHER
    assert headers["ce_id"].decode() == json.loads(record.value)["id"]


def test_all_domains_that_tell_something_are_taken_and_the_others_change_nothing(
    gateway: Gateway, broker: Broker
) -> None:
    at = now(-60)
    told = [
        fresh(fault("CRITICAL", at)),
        fresh(heartbeat(at)),
        fresh(measurement(at, {"sinr": "3"})),
        fresh(state_change("maintenance", "inService", at)),
        fresh(threshold("SET", "MAJOR", at, {"rsrp": "-112"})),
    ]
    others = [
        fresh(syslog(at)),
        fresh({"commonEventHeader": header("pnfRegistration", at),
               "pnfRegistrationFields": {"pnfRegistrationFieldsVersion": "2.1"}}),
    ]  # fmt: skip
    before = ves_totals(gateway)
    answer = gateway.client.post(MANY, json={"eventList": told + others})
    assert (answer.status_code, answer.content) == (202, b"")
    assert gateway.client.post(ONE, json={"event": others[0]}).status_code == 202
    found = {record.key.decode(): json.loads(record.value) for record in written(broker, *map(site, told + others))}
    assert set(found) == set(map(site, told))
    assert [found[site(each)].get("alarm", {}).get("severity") for each in told] == [
        "critical", None, None, None, "major"
    ]  # fmt: skip
    assert [found[site(each)].get("state") for each in told] == [None, None, None, "maintenance", None]
    changed = {key: value - before.get(key, 0) for key, value in ves_totals(gateway).items()}
    assert changed["fault", "accepted"] == changed["thresholdCrossingAlert", "accepted"] == 1
    assert (changed["syslog", "unused"], changed["pnfRegistration", "unused"]) == (2, 1)


def ves_totals(gateway: Gateway) -> dict[tuple[str, str], int]:
    totals = {}
    for line in gateway.client.get("/metrics").text.splitlines():
        if line.startswith("ioc_ves_events_total"):
            _, domain, _, outcome, value = line.split('"')
            totals[domain, outcome] = int(float(value.removeprefix("} ")))
    return totals


def test_a_batch_keeps_the_good_ones_and_says_which_were_not(gateway: Gateway, broker: Broker) -> None:
    at = now(-5)
    good, bad, odd = fresh(fault("MAJOR", at)), fresh(fault("TERRIBLE", at)), fresh(measurement(at, {"rsrp": "-30"}))
    answer = gateway.client.post(MANY, json={"eventList": [good, bad, odd]})
    assert answer.status_code == 202
    results = answer.json()["results"]
    assert [each["status"] for each in results] == ["accepted", "rejected", "rejected"]
    assert [(error["pointer"], error["code"]) for each in results for error in each["errors"]] == [
        ("/faultFields/eventSeverity", "not_allowed"),
        ("/measurementFields/additionalMeasurements/0/hashMap/rsrp", "out_of_range"),
    ]
    assert [record.key.decode() for record in written(broker, site(good), site(bad), site(odd))] == [site(good)]
    assert "TERRIBLE" not in answer.text
    receipts = {record.key.decode(): json.loads(record.value) for record in records(broker.bootstrap, RECEIPTS)}
    for each in results[1:]:
        assert receipts[each["id"]]["result"] == "rejected"
        assert receipts[each["id"]]["errors"] == each["errors"]


def test_the_examples_of_the_standard_are_taken_with_numbers_for_versions(gateway: Gateway, broker: Broker) -> None:
    sent = fresh(fault("CRITICAL", now(-1), version=4.1, vesEventListenerVersion=7.2))
    sent["faultFields"]["faultFieldsVersion"] = 4
    assert gateway.client.post(ONE, json={"VESversion": "v7", "event": sent}).status_code == 202
    assert len(written(broker, site(sent))) == 1


def test_the_same_event_again_is_accepted_under_the_same_id(gateway: Gateway, broker: Broker) -> None:
    at = now(-90)
    raised = fresh(fault("CRITICAL", at, sequence=1))
    cleared = fault("NORMAL", at, sequence=2, sourceName=site(raised), lastEpochMicrosec=micros(at) + 60_000_000)
    for _ in range(2):
        assert gateway.client.post(MANY, json={"eventList": [raised, cleared]}).status_code == 202
    ids = [dict(record.headers)["ce_id"] for record in written(broker, site(raised))]
    assert len(ids) == 4
    assert len(set(ids)) == 2  # a raise and its clear share the event id of VES, and are two events


class Refused(NamedTuple):
    """A request and what is said about it."""

    path: str
    content: object
    message_id: str
    variables: list[str]
    status: int = 400


BAD = {"event": fault("TERRIBLE", now())}
SEVERITIES = "must be CRITICAL, MAJOR, MINOR, WARNING or NORMAL"
BOTH = f"/eventList/0: must be a JSON object; /eventList/1/faultFields/eventSeverity: {SEVERITIES}"
REFUSED = [
    Refused(ONE, b"", "SVC0002", ["body: must be a JSON object in UTF-8"]),
    Refused(ONE, b"[]", "SVC0002", ["body: must be a JSON object"]),
    Refused(ONE, b"{}", "SVC2006", ["attribute", "/event"]),
    Refused(MANY, BAD, "SVC2006", ["attribute", "/eventList"]),
    Refused(MANY, {"eventList": {}}, "SVC2004", ["attribute", "/eventList", "must be an array"]),
    Refused(MANY, {"eventList": []}, "SVC2004", ["attribute", "/eventList", "must have at least one event"]),
    Refused(ONE, BAD, "SVC2004", ["attribute", "/event/faultFields/eventSeverity", SEVERITIES]),
    Refused(
        ONE,
        {"event": {"commonEventHeader": header("fault", now())}},
        "SVC2006",
        ["attribute", "/event/faultFields"],
    ),
    Refused(
        ONE,
        {"event": fault("MAJOR", now(3600))},
        "SVC2004",
        ["attribute", "/event/commonEventHeader/lastEpochMicrosec", "must not be ahead of the clock"],
    ),
    Refused(MANY, {"eventList": [7, fault("TERRIBLE", now())]}, "SVC2000", [BOTH, "invalid"]),
    Refused(ONE, b" " * (MAX_BODY + 1), "POL9003", []),
    Refused(MANY, {"eventList": [{}] * (MAX_ITEMS + 1)}, "POL9003", []),
    Refused(ONE + "/nothing", b"{}", "SVC2000", ["There is no such route; see /openapi.json", "not-found"], 404),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.path} {case.message_id} {case.variables}"[:80])
def test_what_is_refused_is_refused_in_the_words_of_the_standard(gateway: Gateway, case: Refused) -> None:
    body = case.content if isinstance(case.content, bytes) else json.dumps(case.content).encode()
    answer = gateway.client.post(case.path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == case.status
    error = error_of(answer)
    assert (error["messageId"], error["variables"]) == (case.message_id, case.variables)


def test_other_methods_types_and_rates_are_refused_so_too(gateway: Gateway) -> None:
    assert gateway.client.get(ONE).status_code == 405
    answer = gateway.client.post(ONE, content=b"a=1", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert error_of(answer)["messageId"] == "SVC2000"
    assert error_of(gateway.client.get(ONE))["messageId"] == "SVC2000"


def test_keys_come_as_passwords(gateway: Gateway) -> None:
    path = gateway.home / KEYS_FILE
    token, key = new_key(path, "urn:example:oss", ["telemetry:write"])
    weak, _ = new_key(path, "weak", ["reports:write"])
    url = f"http://127.0.0.1:{gateway.port}{ONE}"
    sent = {"event": fault("MAJOR", now())}
    for user in ("urn:example:oss", key.id):
        assert httpx.post(url, json=sent, headers=basic(user, token)).status_code == 202
    wrong = [{}, basic("somebody", token), basic(key.id, token[:-1]), basic("", ""), {"authorization": "Basic %"}]
    for headers in wrong:
        answer = httpx.post(url, json=sent, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert error_of(answer)["messageId"] == "POL2000"
    answer = httpx.post(url, json=sent, headers=basic("weak", weak))
    assert answer.status_code == 403
    assert "telemetry:write" in error_of(answer)["variables"][0]
    elsewhere = f"http://127.0.0.1:{gateway.port}/v1/bts"
    assert httpx.post(elsewhere, json={}, headers=basic(key.id, token)).status_code == 401


def test_validate_writes_nothing(gateway: Gateway, broker: Broker) -> None:
    sent = fresh(fault("MAJOR", now()))
    answer = gateway.client.post(f"{ONE}?validate=true", json={"event": sent})
    assert (answer.status_code, answer.json()["results"][0]["status"]) == (200, "valid")
    assert written(broker, site(sent)) == []


def test_without_kafka_nothing_is_accepted_and_a_later_time_is_named(tmp_path: Path) -> None:
    with running(tmp_path, f"127.0.0.1:{free_port()}", ready=False, kafka_timeout_s=2.0) as gateway:
        answer = gateway.client.post(ONE, json={"event": fault("MAJOR", now())})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert error_of(answer)["messageId"] == "SVC2000"
        assert error_of(answer)["variables"][1] == "unavailable"


async def test_from_a_fault_to_the_alert_of_its_centre_and_to_the_clearing(
    fresh_broker: Broker, tmp_path: Path
) -> None:
    """And an hour of buffered events, old ones and known ones, in order, alerts nobody again."""
    bootstrap, centres = fresh_broker.bootstrap, tuple(province().centres)
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path / "worker").start()
    topics = [*(f"{ALERT_PREFIX}{centre}" for centre in centres), RECEIPTS]
    halong = f"{ALERT_PREFIX}ha-long"
    try:
        await worker.ready()
        began = now(-280)

        def at(seconds: float) -> datetime:
            return began + timedelta(seconds=seconds)

        raised = fault("CRITICAL", began, more=HALONG)
        # Load, which nobody clears: the site's own word ends all of its alarms.
        load = threshold("SET", "MAJOR", at(2), HALONG)
        back = state_change("inService", "outOfService", at(60), more=HALONG)
        # Better for two intervals, as its heartbeats tell them.
        beats = [heartbeat(at(60 + 30 * n), interval_s=60, eventId=f"heartbeat{n:07}") for n in range(1, 5)]
        known = [raised, load, back, *beats]
        stored = [
            event
            for n in range(10)
            for event in (
                fault("CRITICAL", at(-3000 + 60 * n), more=HALONG, eventId=f"old{n}"),
                measurement(at(-2990 + 60 * n), {"rsrp": "-125"}, more=HALONG, eventId=f"old{n}"),
                fault("NORMAL", at(-2970 + 60 * n), more=HALONG, eventId=f"old{n}"),
            )
        ]
        with running(tmp_path / "gateway", bootstrap, centres) as gateway:
            async with Reader(bootstrap, topics) as reader:
                assert await asyncio.to_thread(_send, gateway, [raised]) == 202
                (opened,) = bodies(await reader.until(1, halong))
                assert (opened["reason"], opened["category"], opened["severity"]) == ("opened", "telecom", "high")
                assert "QN-0213" in opened["title"]
                assert await asyncio.to_thread(_send, gateway, [load, back, *beats]) == 202
                await reader.until(2, halong)

                # The collector was away: everything of the hour comes at once, the oldest first, what is known too.
                assert await asyncio.to_thread(_send, gateway, stored + known) == 202
                await _taken_in(worker, len(known) + len(stored) + len(known))
                found = await reader.all()
        alerts = [(each["reason"], each["incident_id"] == opened["incident_id"]) for each in bodies(found[halong])]
        assert alerts == [("opened", True), ("resolved", True)]
        assert {topic for topic, each in found.items() if each} == {halong, RECEIPTS}
        receipts = sorted((each["id"], each["result"]) for each in bodies(found[RECEIPTS]))
        last = f"QN-0213/heartbeat0000004/0/{micros(at(180))}"
        assert receipts == [
            (f"QN-0213/fault0000245/0/{micros(began)}", "accepted"), (last, "accepted"), (last, "duplicate_of"),
        ]  # fmt: skip
        # The newest event of a series is known when it comes again; what is older is quiet by its time.
        outcomes = {"signal": 2, "duplicate": 1, "quiet": 2 * len(known) + len(stored) - 3, "rejected": 0}
        samples = await _shown(worker, 'ioc_bts_sites{state="in_service",tech="5G"}', 1)
        assert {name: samples[f'ioc_events_total{{outcome="{name}",source="bts"}}'] for name in outcomes} == outcomes
    finally:
        worker.stop()


def _send(gateway: Gateway, events: list[dict[str, Any]]) -> int:
    answer = httpx.post(
        f"http://127.0.0.1:{gateway.port}{MANY}", json={"eventList": events}, headers=basic(PUBLISHER, gateway.token)
    )
    return answer.status_code


async def _shown(worker: Worker, gauge: str, value: float) -> dict[str, float]:
    """The worker's samples once a gauge, which is shown anew every second, has a value."""
    samples: dict[str, float] = {}
    for _ in range(100):
        samples = await asyncio.to_thread(worker.metrics)
        if samples.get(gauge) == value:
            return samples
        await asyncio.sleep(0.1)
    raise AssertionError(f"{gauge} is {samples.get(gauge)}, not {value}")


async def _taken_in(worker: Worker, count: int) -> None:
    """Wait until the worker has counted so many samples."""
    counted = 0.0
    for _ in range(300):
        samples = await asyncio.to_thread(worker.metrics)
        counted = sum(n for name, n in samples.items() if name.startswith("ioc_events_total") and '"bts"' in name)
        if counted >= count:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"only {counted} of {count} samples were taken in")
