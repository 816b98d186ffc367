"""People at the gateway: signing in, who may do what, what a unit sees, and what the audit has of it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.audit.chains import anchors
from connectors.audit.notes import act, folder
from connectors.cli.trail import note
from connectors.gateway.access import CSRF_HEADER, PLAIN_COOKIE, SECURE_COOKIE
from connectors.gateway.identity.accounts import Accounts
from connectors.gateway.openapi import EXAMPLES, VES_EXAMPLE
from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.audit import Verifier, read_link
from ioc.events import TYPES
from ioc.roles import ROLES, Role
from ioc.settings import KafkaSettings, Settings
from ioc.topics import AUDIT, COMMANDS, INCIDENTS, catalogue
from tests.provider import AUDIENCE, Provider
from tests.provider import running as provider_running
from tests.system.gateway import Gateway, produce, records, running
from tests.system.test_gateway_reads import incident, until
from tests.system.test_store import Store

PASSWORD = "ngày mưa nước lên đường"
UNIT = "so-xd"
CENTRES = ("province", "north", "south")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_running() as provider:
        yield provider


@pytest.fixture(scope="module")
def gateway(broker: Broker, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Gateway]:
    asyncio.run(create_topics(broker.bootstrap, catalogue(CENTRES)))
    home = tmp_path_factory.mktemp("gateway")
    oidc = {"issuer": provider.issuer, "audience": AUDIENCE, "roles": ["ops=operator"]}
    with running(home, broker.bootstrap, CENTRES, sections={"oidc": oidc}) as gateway:
        store = Store(home, broker.bootstrap, f"sqlite:///{home / 'store.db'}").start()
        try:
            store.until_ready()
            yield gateway
        finally:
            store.kill()


@dataclass
class Person:
    """Somebody who is signed in."""

    name: str
    client: httpx.Client
    token: str


def added(gateway: Gateway, name: str, *roles: Role, centres: tuple[str, ...] = (), unit: str = "") -> str:
    accounts = Accounts(gateway.home)
    try:
        return accounts.add(name, roles, datetime.now(UTC), centres=centres, unit=unit)
    finally:
        accounts.close()


def login(gateway: Gateway, name: str, password: str, **more: Any) -> httpx.Response:
    return gateway.client.post("/v1/login", json={"name": name, "password": password, **more})


def person(gateway: Gateway, *roles: Role, centres: tuple[str, ...] = (), unit: str = "") -> Person:
    name = f"{roles[0].replace('_', '-')}-{secrets.token_hex(3)}"
    word = added(gateway, name, *roles, centres=centres, unit=unit)
    answer = login(gateway, name, word, new_password=PASSWORD)
    assert answer.status_code == 200, answer.text
    token = answer.json()["token"]
    return Person(name, gateway.client_of(token), token)


@pytest.fixture(scope="module")
def people(gateway: Gateway) -> Iterator[dict[str, Person]]:
    found = {
        role: person(gateway, role, centres=("north",) if role in {"operator", "duty_officer"} else (),
                     unit=UNIT if role == "handling_unit" else "")
        for role in ROLES
    }  # fmt: skip
    yield found
    for each in found.values():
        each.client.close()


def put(gateway: Gateway, broker: Broker, row: dict[str, Any]) -> str:
    name: str = row["incident_id"]
    produce(broker.bootstrap, INCIDENTS, (name, row))
    until(gateway, f"/v1/incidents/{name}", incident_id=name)
    return name


def audited(broker: Broker, **wanted: str) -> list[dict[str, Any]]:
    """Records of the audit with these values, waited for: sign-ins are written down within moments."""
    for _ in range(100):
        found = [json.loads(record.value) for record in records(broker.bootstrap, AUDIT)]
        found = [each for each in found if all(each.get(name) == value for name, value in wanted.items())]
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(wanted)


def test_a_one_time_password_becomes_a_session_and_opens_nothing_again(gateway: Gateway, broker: Broker) -> None:
    word = added(gateway, "an.first", "operator", centres=("north",))
    first = login(gateway, "an.first", word)
    assert (first.status_code, first.json()["type"]) == (403, "urn:ioc:problem:password-change-required")
    weak = login(gateway, "an.first", word, new_password="short")
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/new_password")
    answer = login(gateway, "AN.First ", word, new_password=PASSWORD)
    told = answer.json()
    assert (answer.status_code, told["name"], told["roles"], told["centres"]) == (
        200, "an.first", ["operator"], ["north"],
    )  # fmt: skip
    assert "set-cookie" not in answer.headers
    again = login(gateway, "an.first", word, new_password="another one of these")
    assert (again.status_code, again.json()["type"]) == (401, "urn:ioc:problem:login-failed")
    with gateway.client_of(told["token"]) as client:
        who = client.get("/v1/session").json()
        assert (who["kind"], who["name"], who["centres"]) == ("account", "an.first", ["north"])
        assert "reject" not in who["actions"]
        assert client.post("/v1/logout").status_code == 204
        assert client.get("/v1/session").status_code == 401
    assert gateway.client.post("/v1/logout").status_code == 401  # a key is no session
    for action in ("login", "logout"):
        (record,) = audited(broker, actor="an.first", action=action)
        assert (record["outcome"], record["object"] in told["token"]) == ("done", True)
    assert word not in json.dumps(audited(broker, action="login"))


def test_guessing_waits_and_names_nobody(gateway: Gateway, broker: Broker) -> None:
    name = "guessed"
    added(gateway, name, "auditor")
    for who in (name, "nobody-of-this-name"):
        answers = [login(gateway, who, "a guess of mine") for _ in range(6)]
        assert [each.status_code for each in answers] == [401] * 5 + [429]
        assert int(answers[5].headers["retry-after"]) >= 1
        assert len({each.text for each in answers[:5]}) == 1
    refusals = audited(broker, action="login", outcome="refused")
    assert {each["actor"] for each in refusals} == {"anonymous"}
    assert name not in json.dumps(refusals)
    assert "guess of mine" not in gateway.log()


def test_a_cookie_is_for_our_own_page_only(gateway: Gateway, broker: Broker) -> None:
    name = put(gateway, broker, incident("north", 10))
    word = added(gateway, "browser", "operator", centres=("north",))
    answer = login(gateway, "browser", word, new_password=PASSWORD, answer="cookie")
    told, cookie = answer.json(), answer.headers["set-cookie"]
    assert "token" not in told
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "secure", "path=/"} <= parts
    assert cookie.startswith(f"{SECURE_COOKIE}=iocs_")
    jar = {"cookie": cookie.partition(";")[0]}
    token = {CSRF_HEADER: told["csrf_token"]}
    with httpx.Client(base_url=gateway.client.base_url, headers=jar) as client:
        assert client.get("/v1/session").json()["csrf_token"] == told["csrf_token"]
        assert client.get(f"/v1/incidents/{name}").status_code == 200
        path, act = f"/v1/incidents/{name}/actions?wait=0", {"action": "acknowledge"}
        other = {"sec-fetch-site": "cross-site"}
        for headers in ({}, {CSRF_HEADER: "x"}, {CSRF_HEADER: "đ"}, token | other):
            encoded = {header: value.encode() for header, value in headers.items()}
            refused = client.post(path, json=act, headers=encoded)
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:ioc:problem:cross-site")
        assert client.post(path, json=act, headers=token).status_code == 202
        assert client.post("/v1/logout").status_code == 403
        assert client.post("/v1/logout", headers=token).status_code == 204
        assert client.get("/v1/session").status_code == 401
    assert httpx.get(
        f"{gateway.client.base_url}/v1/session", headers={"cookie": f"{PLAIN_COOKIE}={cookie.partition('=')[2]}"}
    ).status_code == 401  # fmt: skip


def body(path: str, who: str) -> Any:
    """A valid body for a route."""
    name = path.rpartition("/")[2]
    match name:
        case "events":
            return {
                "specversion": "1.0", "id": "e-1", "source": who, "type": TYPES["reports"],
                "datacontenttype": "application/json", "data": EXAMPLES["reports"],
            }  # fmt: skip
        case "v7":
            return {"event": VES_EXAMPLE}
        case "eventBatch":
            return {"eventList": [VES_EXAMPLE]}
        case "rating":
            return {"rating": "satisfied"}
        case "actions":
            return {"action": "acknowledge"}
    return EXAMPLES.get(name, {})  # type: ignore[call-overload]


DESK = {"operator", "duty_officer", "provincial_duty", "admin"}
ALLOWED: dict[str, set[str]] = {
    "POST /v1/reports": DESK,
    "POST /v1/sensors": {"admin"},
    "POST /v1/cameras": {"admin"},
    "POST /v1/bts": {"admin"},
    "POST /v1/gate": {"admin"},
    "POST /v1/security": {"admin"},
    "POST /v1/events": DESK,
    "POST /eventListener/v7": {"admin"},
    "POST /eventListener/v7/eventBatch": {"admin"},
    "GET /v1/reports/{report_id}": DESK,
    "POST /v1/reports/{report_id}/rating": DESK,
    "GET /v1/incidents": DESK | {"handling_unit"},
    "GET /v1/incidents/{incident_id}": DESK | {"handling_unit"},
    "POST /v1/incidents/{incident_id}/actions": DESK | {"handling_unit"},
    "GET /v1/incidents/{incident_id}/why": DESK,
    "GET /v1/incidents/{incident_id}/evidence": DESK,
    "GET /v1/incidents/{incident_id}/answers": DESK,
    "GET /v1/incidents/{incident_id}/standing": DESK | {"handling_unit"},
    "GET /v1/catalogue": set(ROLES),
    "GET /v1/figures/monthly": DESK,
    "GET /v1/map/places": DESK | {"handling_unit"},
    "GET /v1/map/stations": DESK,
    "GET /v1/map/sites": DESK,
    "GET /v1/map/gates": DESK,
    "GET /v1/quality": DESK,
    "GET /v1/quality/devices": DESK,
    "GET /v1/receipts": set(ROLES) - {"handling_unit"},
    "GET /v1/publishers/{source}/figures": set(ROLES) - {"handling_unit"},
    "GET /v1/stream": DESK,
    "POST /v1/silences": DESK,
    "GET /v1/silences": DESK,
    "GET /v1/silences/{silence_id}": DESK,
    "DELETE /v1/silences/{silence_id}": DESK,
    "GET /api/v2/status": DESK,
    "GET /api/v2/receivers": DESK,
    "GET /api/v2/alerts": DESK,
    "GET /api/v2/alerts/groups": DESK,
    "GET /api/v2/silences": DESK,
    "GET /api/v2/silence/{silence_id}": DESK,
    "POST /v1/shifts/{centre}/log": DESK,
    "GET /v1/shifts/{centre}/log": DESK,
    "POST /v1/shifts/{centre}/handover": DESK,
    "GET /v1/shifts/{centre}/handover": DESK,
    "POST /v1/attachments": DESK | {"handling_unit"},
    "GET /v1/attachments/{name}": DESK,
    "GET /v1/audit": {"auditor", "admin"},
    "GET /v1/session": set(ROLES),
    "POST /v1/logout": set(ROLES),
}
VES = {"POST /eventListener/v7", "POST /eventListener/v7/eventBatch"}
UNFILLED = {"POST /v1/silences", "POST /v1/shifts/{centre}/log", "POST /v1/attachments"}
OPEN = {
    "GET /healthz", "GET /readyz", "GET /metrics", "GET /v1/login", "POST /v1/login", "GET /v1/login/provider",
    "GET /v1/login/provider/callback",
}  # fmt: skip
OPEN |= {"GET /asyncapi.json", "GET /schemas", "GET /schemas/{name}", "GET /docs", "GET /docs/{name}"}


def test_every_route_asks_who_and_lets_in_who_may(gateway: Gateway, broker: Broker, people: dict[str, Person]) -> None:
    document = gateway.client.get("/openapi.json").json()
    assert {
        f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
    } == ALLOWED.keys() | OPEN
    name = put(gateway, broker, incident("north", 11, unit=UNIT))
    nobody = Person("nobody", httpx.Client(base_url=gateway.client.base_url), "")
    machine = Person("tests", gateway.client_of(gateway.token_of("telemetry:write")), "")
    everybody = people | {"machine": machine}
    telemetry = VES | {f"POST /v1/{source}" for source in ("sensors", "cameras", "bts", "gate")}
    telemetry |= {"GET /v1/catalogue", "GET /v1/session", "GET /v1/receipts", "GET /v1/publishers/{source}/figures"}

    def status(route: str, someone: Person) -> int:
        method, _, path = route.partition(" ")
        own = "tests" if someone is machine else f"operator/{someone.name}"
        address = path.replace("{incident_id}", name).replace("{report_id}", "r-0").replace("{source}", own)
        address = address.replace("{centre}", "north").replace("{silence_id}", "s-0").replace("{name}", "a" * 26)
        if method == "GET":
            with someone.client.stream("GET", address) as answer:
                return answer.status_code
        if method == "DELETE":
            return someone.client.delete(address).status_code
        kind = "application/cloudevents+json" if path.endswith("events") else "application/json"
        content = json.dumps(body(path, f"operator/{someone.name}"))
        published = route.startswith("POST /v1/") and path.count("/") == 2
        query = "?validate=true" if published or route in VES else "?wait=0" if path.endswith("actions") else ""
        return someone.client.post(address + query, content=content, headers={"content-type": kind}).status_code

    for route, allowed in ALLOWED.items():
        assert status(route, nobody) == 401, route
        if route == "POST /v1/logout":
            continue  # what it does is another test's
        for role, someone in everybody.items():
            found = status(route, someone)
            may = role in allowed or (role == "machine" and route in telemetry)
            # A report that nobody has sent is not found; whoever may not look is told so first.
            # An empty body is what those who may are told of at the routes that need more than one.
            expected = ({200, 201, 202, 404} | ({415, 422} if route in UNFILLED else set())) if may else {403}
            assert found in expected, (route, role, found)
    nobody.client.close()
    machine.client.close()


def test_who_may_do_what_to_whose_incidents(gateway: Gateway, broker: Broker, people: dict[str, Person]) -> None:
    north = put(gateway, broker, incident("north", 12, unit=UNIT))
    south = put(gateway, broker, incident("south", 13, unit="so-yt"))
    acts: dict[str, list[tuple[str, str, int]]] = {
        "operator": [(north, "resolve", 202), (north, "reject", 403), (south, "resolve", 403)],
        "duty_officer": [(north, "reject", 202), (south, "reject", 403)],
        "provincial_duty": [(north, "reopen", 202), (south, "reject", 202)],
        "handling_unit": [
            (north, "resolve", 202),
            (north, "close", 403),
            (north, "assign", 403),
            (south, "start", 403),
        ],
        "auditor": [(north, "comment", 403)],
        "admin": [(north, "reclassify", 202)],
    }
    for role, tried in acts.items():
        for name, action, status in tried:
            answer = people[role].client.post(
                f"/v1/incidents/{name}/actions?wait=0", json={"action": action, "reason": "x"}
            )
            assert answer.status_code == status, (role, name, action, answer.text)
    done = [json.loads(each.value) for each in records(broker.bootstrap, COMMANDS)]
    mine = {each["by"] for each in done if each["incident_id"] in {north, south}}
    assert mine == {people[role].name for role in acts if role != "auditor"}
    path = f"/v1/incidents/{north}/actions?wait=0"
    answer = people["operator"].client.post(path, json={"action": "acknowledge", "by": people["admin"].name})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/by")


def test_a_unit_sees_its_own_incidents_and_not_who_reported(
    gateway: Gateway, broker: Broker, people: dict[str, Person]
) -> None:
    at = "2026-03-02T00:00:00Z"
    evidence = {
        "signal_id": "reports:ab12", "source": "reports", "event_id": "r-secret-1", "at": at, "rule_id": "opens",
        "score": 1.0, "publisher": "app.citizen",
    }  # fmt: skip
    camera = evidence | {"source": "cameras", "event_id": "c-1", "signal_id": "cameras:1", "publisher": "vms"}
    step = {"at": at, "from": "routed", "to": "routed", "rule_id": "x"}
    words = step | {"by": "citizen", "action": "rate", "reason": "nhà tôi ở cạnh đó, chưa ai đến"}
    kept = step | {"by": "an", "action": "resolve", "reason": "đã dọn cây"}
    row = incident("south", 14, unit=UNIT, evidence=[evidence, camera], evidence_count=2, history=[words, kept])
    mine, others = put(gateway, broker, row), put(gateway, broker, incident("south", 15, unit="so-yt"))
    unit, desk = people["handling_unit"].client, people["provincial_duty"].client
    whole = desk.get(f"/v1/incidents/{mine}").json()
    assert whole["evidence"][0]["event_id"] == "r-secret-1"
    seen = unit.get(f"/v1/incidents/{mine}").json()
    for _ in range(100):  # lists come from the store, which is moments behind
        listed = unit.get("/v1/incidents?limit=500").json()["incidents"]
        if mine in {each["incident_id"] for each in listed}:
            break
        time.sleep(0.1)
    shapes = unit.get("/v1/incidents?limit=500", headers={"accept": "application/geo+json"}).json()["features"]
    drawn = {each["id"]: each["properties"] for each in shapes}
    for found in (seen, next(each for each in listed if each["incident_id"] == mine), drawn[mine]):
        text = json.dumps(found, ensure_ascii=False)
        assert not [word for word in ("r-secret-1", "reports:ab12", "app.citizen", "nhà tôi") if word in text]
        assert found["evidence"][1] == camera
        assert found["history"] == [words | {"reason": ""}, kept]
        assert found["evidence_count"] == 2
    assert others not in {each["incident_id"] for each in listed} | drawn.keys()
    assert unit.get(f"/v1/incidents/{others}").status_code == 403
    assert unit.get("/v1/incidents?unit=so-yt").status_code == 403
    assert unit.get(f"/v1/incidents?unit={UNIT},so-yt&limit=500").json()["incidents"] == listed


def test_a_provider_lets_people_in_as_well(gateway: Gateway, broker: Broker, provider: Provider) -> None:
    name = put(gateway, broker, incident("north", 16))
    with gateway.client_of(provider.token()) as client:
        who = client.get("/v1/session").json()
        assert (who["kind"], who["name"], who["roles"]) == ("oidc", "oidc:hoa.tran", ["operator"])
        assert client.post(f"/v1/incidents/{name}/actions?wait=0", json={"action": "accept"}).status_code == 202
        assert client.post("/v1/logout").status_code == 401
    (record,) = audited(broker, actor="oidc:hoa.tran", action="incident.accept")
    assert (record["object"], record["details"]["via"]) == (name, "oidc")
    with gateway.client_of(provider.token(aud="other")) as client:
        assert client.get("/v1/session").status_code == 401
    provider.stop()
    try:
        with gateway.client_of(provider.token()) as client:
            assert client.get("/v1/session").status_code == 200
    finally:
        provider.start()


def test_a_command_and_its_audit_are_one_and_the_chains_hold_over_a_kill(gateway: Gateway, broker: Broker) -> None:
    name = put(gateway, broker, incident("north", 17))
    path = f"/v1/incidents/{name}/actions?wait=0"
    answers = [gateway.client.post(path, json={"action": "comment", "reason": "x", "by": "k"}) for _ in range(3)]
    gateway.kill()
    gateway.start()
    until(gateway, f"/v1/incidents/{name}", incident_id=name)
    answers += [gateway.client.post(path, json={"action": "comment", "reason": "0912345678"}) for _ in range(3)]
    asked = {answer.json()["command_id"] for answer in answers}
    found = audited(broker, action="incident.comment", object=name)
    assert {each["details"]["command_id"] for each in found} == asked
    assert {each["actor"] for each in found} == {"tests", "tests/k"}
    assert len({each["chain"] for each in found}) == 1  # the same writer as before it was killed
    assert "0912345678" not in json.dumps(found)
    gateway.stop()
    verifier = Verifier(anchors(folder(gateway.home)))
    for record in records(broker.bootstrap, AUDIT):
        verifier.take(record.partition, record.offset, record.value)
    chains = verifier.chains(lambda _: False, None)
    assert [each for each in chains if each.broken] == []
    assert {each.actor for each in chains} >= {"tests", "tests/k", "anonymous"}
    gateway.start()


def test_answers_with_secrets_are_not_compressed(gateway: Gateway) -> None:
    name = f"somebody-{secrets.token_hex(3)}"
    word = added(gateway, name, "operator", centres=("north",))
    answers = [login(gateway, name, word, new_password=PASSWORD, answer="cookie")]
    jar = {"cookie": answers[0].headers["set-cookie"].partition(";")[0]}
    answers.append(httpx.get(f"{gateway.client.base_url}/v1/session", headers=jar))
    assert "csrf_token" in answers[1].json()
    for answer in answers:
        assert answer.request.headers["accept-encoding"].startswith("gzip")
        assert "no-transform" in answer.headers["cache-control"]
        assert "content-encoding" not in answer.headers
    # What holds none is.
    names = gateway.client.get("/v1/catalogue")
    assert names.headers["content-encoding"] == "gzip"
    assert gateway.client.get("/v1/catalogue", headers={"if-none-match": names.headers["etag"]}).status_code == 304


def test_several_gateways_and_commands_write_at_once_and_every_chain_holds(gateway: Gateway, broker: Broker) -> None:
    name = put(gateway, broker, incident("north", 19))
    second = Gateway(gateway.home, broker.bootstrap, CENTRES)
    office = Settings(home=gateway.home, kafka=KafkaSettings(bootstrap=broker.bootstrap))
    path, times = f"/v1/incidents/{name}/actions?wait=0", 8
    try:
        second.start()
        until(second, f"/v1/incidents/{name}", incident_id=name)

        def through(client: httpx.Client) -> None:
            for _ in range(times):
                assert client.post(path, json={"action": "comment", "reason": "x"}).status_code == 202

        def commands() -> None:
            for _ in range(3):
                note(office, act("tests", "keys.new", name))

        works: list[Callable[[], None]] = [
            lambda: through(gateway.client), lambda: through(second.client), commands, commands,
        ]  # fmt: skip
        with ThreadPoolExecutor() as pool:
            for work in [pool.submit(work) for work in works]:
                work.result()
    finally:
        second.stop()
        second.close()
    for _ in range(100):
        found = [each for each in audited(broker, actor="tests") if each["object"] == name]
        if len({each["entry_id"] for each in found}) == 2 * times + 6:
            break
        time.sleep(0.1)
    assert Counter(each["action"] for each in found) == {"incident.comment": 2 * times, "keys.new": 6}
    assert len({each["chain"] for each in found}) >= 2
    verifier = Verifier(anchors(folder(gateway.home)))
    for record in records(broker.bootstrap, AUDIT):
        verifier.take(record.partition, record.offset, record.value)
    assert [each for each in verifier.chains(lambda _: False, None) if each.broken] == []


def test_an_auditor_reads_what_was_done(gateway: Gateway, broker: Broker, people: dict[str, Person]) -> None:
    name = put(gateway, broker, incident("north", 18))
    operator = people["operator"]
    assert operator.client.post(f"/v1/incidents/{name}/actions?wait=0", json={"action": "start"}).status_code == 202
    auditor = people["auditor"].client
    found = auditor.get(f"/v1/audit?actor={operator.name}&action=incident.&limit=1").json()["records"]
    assert [(each["object"], each["action"]) for each in found] == [(name, "incident.start")]
    assert read_link(json.dumps(found[0]).encode())
    assert auditor.get("/v1/audit?since=2099-01-01T00:00:00Z").json()["records"] == []
    assert auditor.get("/v1/audit?since=yesterday").status_code == 400
    assert audited(broker, actor=people["auditor"].name, action="audit.read")
