"""Incidents and silences read by Alertmanager's own client, and by whoever knows its published schema."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml

from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.alertmanager import fingerprint
from ioc.records import Silence, encode
from ioc.topics import INCIDENTS, SILENCES, catalogue
from tests.programs import found
from tests.system.gateway import Gateway, produce, running
from tests.system.test_gateway_reads import incident

CENTRES = ("province", "north", "south")
_TEXT = {"type": "string"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_NAMES = {"type": "array", "items": _TEXT}
_LABELS = {"type": "object", "additionalProperties": _TEXT}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


_RECEIVER = _object(name=_TEXT)
_STATE = _object(
    state={"enum": ["unprocessed", "active", "suppressed"]}, silencedBy=_NAMES, inhibitedBy=_NAMES, mutedBy=_NAMES
)
ALERT = _object(
    labels=_LABELS, annotations=_LABELS, receivers={"type": "array", "items": _RECEIVER}, fingerprint=_TEXT,
    startsAt=_TIME, updatedAt=_TIME, endsAt=_TIME, status=_STATE,
)  # fmt: skip
GROUP = _object(labels=_LABELS, routeLabels=_LABELS, receiver=_RECEIVER, alerts={"type": "array", "items": ALERT})
MATCHER = _object(name=_TEXT, value=_TEXT, isRegex={"type": "boolean"}, isEqual={"type": "boolean"})
SILENCE = _object(
    id=_TEXT, status=_object(state={"enum": ["expired", "active", "pending"]}), updatedAt=_TIME, startsAt=_TIME,
    endsAt=_TIME, createdBy=_TEXT, comment=_TEXT, annotations=_LABELS,
    matchers={"type": "array", "items": MATCHER, "minItems": 1},
)  # fmt: skip
STATUS = _object(
    cluster=_object(status={"enum": ["ready", "settling", "disabled"]}, peers={"type": "array"}),
    versionInfo=_object(
        **dict.fromkeys(("version", "revision", "branch", "buildUser", "buildDate", "goVersion"), _TEXT)
    ),
    config=_object(original=_TEXT),
    uptime=_TIME,
)
"""What Alertmanager's API v2 (0.25 to 0.34) says is required, and of which type."""


@pytest.fixture(scope="module")
def gateway(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(broker.bootstrap, catalogue(CENTRES)))
    with running(tmp_path_factory.mktemp("gateway"), broker.bootstrap, CENTRES) as gateway:
        yield gateway


class City:
    """Incidents and silences of a subcategory that nobody else has."""

    def __init__(self, gateway: Gateway, broker: Broker) -> None:
        self.gateway = gateway
        self.kind = f"kind_{secrets.token_hex(3)}"
        self.rows = {
            "storm": self._row("north", 1, severity="high", children_count=1),
            "critical": self._row("north", 2, severity="critical", title='Cháy "lớn", có người mắc kẹt'),
            "far": self._row("south", 3, category="telecom"),
            "quiet": self._row("south", 4, severity="low", evidence=[]),
            "over": self._row("north", 5, status="resolved"),
        }
        self.rows["child"] = self._row("north", 6, parent=self.name("storm"))
        self.rows["orphan"] = self._row("north", 7, parent=self.name("over"))
        now = datetime.now(UTC)
        self.silence = f"22-silence-{secrets.token_hex(3)}"
        rule = Silence(
            silence_id=self.silence, kind="silence", owner="Tổ trực", reason="Diễn tập", centres=["south"],
            communes=[], matchers=[f"subcategory = {self.kind}", "severity =~ low|normal"], windows=[],
            starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=3), created_at=now, created_by="ca-truc",
        )  # fmt: skip
        produce(broker.bootstrap, SILENCES, (self.silence, json.loads(encode(rule))))
        produce(broker.bootstrap, INCIDENTS, *((row["incident_id"], row) for row in self.rows.values()))
        deadline = time.monotonic() + 30
        while len(self.alerts()) < 6 or self.gateway.client.get(f"/api/v2/silence/{self.silence}").status_code != 200:
            assert time.monotonic() < deadline

    def _row(self, centre: str, minute: int, **changes: Any) -> dict[str, Any]:
        return incident(centre, minute, subcategory=self.kind, **changes)

    def name(self, which: str) -> str:
        name: str = self.rows[which]["incident_id"]
        return name

    def alerts(self, *filters: str, path: str = "alerts", **asked: str) -> list[dict[str, Any]]:
        """What the API answers of these incidents."""
        params = [("filter", f'subcategory="{self.kind}"'), *(("filter", each) for each in filters), *asked.items()]
        answer = self.gateway.client.get(f"/api/v2/{path}", params=params)
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()
        return listed

    def which(self, alerts: list[dict[str, Any]]) -> set[str]:
        """Their names here."""
        known = {row["incident_id"]: name for name, row in self.rows.items()}
        return {known[each["labels"]["incident"]] for each in alerts}


@pytest.fixture(scope="module")
def city(gateway: Gateway, broker: Broker) -> City:
    return City(gateway, broker)


OPEN = {"storm", "critical", "far", "quiet", "child", "orphan"}


def test_open_incidents_are_firing_alerts_with_their_state(city: City) -> None:
    listed = city.alerts()
    assert city.which(listed) == OPEN
    assert [each["fingerprint"] for each in listed] == sorted(each["fingerprint"] for each in listed)
    by_name = {next(iter(city.which([each]))): each for each in listed}
    assert by_name["child"]["status"] == {
        "state": "suppressed", "silencedBy": [], "inhibitedBy": [fingerprint(city.name("storm"))], "mutedBy": [],
    }  # fmt: skip
    assert by_name["quiet"]["status"]["silencedBy"] == [city.silence]
    assert by_name["orphan"]["status"]["state"] == "active", "what is over speaks for nobody"
    fire = by_name["critical"]
    assert fire["annotations"]["summary"] == 'Cháy "lớn", có người mắc kẹt'
    assert fire["startsAt"] == city.rows["critical"]["opened_at"]
    assert datetime.fromisoformat(fire["endsAt"]) > datetime.now(UTC)
    seen = city.gateway.client.get(fire["generatorURL"])
    assert seen.json()["incident_id"] == city.name("critical")


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ({"active": "false"}, {"child", "quiet"}),
        ({"inhibited": "false"}, OPEN - {"child"}),
        ({"silenced": "false", "inhibited": "false"}, OPEN - {"child", "quiet"}),
        ({"unprocessed": "false"}, OPEN),
        ({"receiver": "north"}, {"storm", "critical", "child", "orphan"}),
        ({"receiver": "no.*|x"}, {"storm", "critical", "child", "orphan"}),
        ({"receiver": ""}, OPEN),
        ({"receiver": "nor"}, set()),
    ],
)
def test_alerts_are_chosen_by_state_and_receiver(city: City, asked: dict[str, str], which: set[str]) -> None:
    assert city.which(city.alerts(**asked)) == which


@pytest.mark.parametrize(
    ("filters", "which"),
    [
        (["severity=critical"], {"critical"}),
        (['severity=~"crit.*|high"', 'centre="north"'], {"storm", "critical", "child", "orphan"}),
        (['category="telecom"'], {"far"}),
        (['severity!~".*"'], set()),
    ],
)
def test_alerts_are_chosen_by_matchers(city: City, filters: list[str], which: set[str]) -> None:
    assert city.which(city.alerts(*filters)) == which


def test_groups_are_of_a_centre_and_a_category(city: City) -> None:
    made = city.alerts(path="alerts/groups")
    assert {(each["receiver"]["name"], each["labels"]["category"]) for each in made} == {
        ("north", "traffic"), ("south", "telecom"), ("south", "traffic"),
    }  # fmt: skip
    assert {name for each in made for name in city.which(each["alerts"])} == OPEN
    left = city.alerts(path="alerts/groups", muted="false")
    assert {name for each in left for name in city.which(each["alerts"])} == OPEN - {"quiet"}


def test_answers_have_what_the_published_schema_requires(city: City) -> None:
    import jsonschema_rs  # noqa: PLC0415 - compiled, and for this test alone

    get = city.gateway.client.get
    for path, schema in (
        ("alerts", {"type": "array", "items": ALERT}),
        ("alerts/groups", {"type": "array", "items": GROUP}),
        ("silences", {"type": "array", "items": SILENCE}),
        (f"silence/{city.silence}", SILENCE),
        ("receivers", {"type": "array", "items": _RECEIVER}),
        ("status", STATUS),
    ):
        answer = get(f"/api/v2/{path}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        jsonschema_rs.validator_for(schema).validate(orjson.loads(answer.content))


def test_a_key_reads_its_own_centres_only(city: City) -> None:
    token = city.gateway.token_of("incidents:read", centres=("south",))
    with city.gateway.client_of(token) as client:
        assert client.get("/api/v2/receivers").json() == [{"name": "south"}]
        answer = client.get("/api/v2/alerts", params={"filter": f"subcategory={city.kind}"})
        assert city.which(answer.json()) == {"far", "quiet"}
        written = yaml.safe_load(client.get("/api/v2/status").json()["config"]["original"])
        assert [each["name"] for each in written["receivers"]] == ["south"]
    token = city.gateway.token_of("incidents:read", centres=("north",))
    with city.gateway.client_of(token) as client:
        assert client.get(f"/api/v2/silence/{city.silence}").status_code == 403
        assert city.silence not in client.get("/api/v2/silences").text


def test_a_key_may_come_as_the_password_of_http_basic(city: City) -> None:
    url = f"{city.gateway.client.base_url}/api/v2/receivers"
    assert httpx.get(url, auth=("tests", city.gateway.token)).status_code == 200
    assert httpx.get(url, auth=("someone", city.gateway.token)).status_code == 401
    nobody = httpx.get(url)
    assert (nobody.status_code, nobody.headers["www-authenticate"].split()[0]) == (401, "Basic")


@pytest.mark.parametrize("text", ["nonsense", 'a=~"("', 'a="b', 'a=~"(x+)+"'])
@pytest.mark.parametrize("path", ["alerts", "alerts/groups", "silences"])
def test_a_filter_that_is_none_is_told_in_alertmanagers_words(city: City, path: str, text: str) -> None:
    answer = city.gateway.client.get(f"/api/v2/{path}", params={"filter": text})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert "filter" in answer.json()


def test_nothing_is_written_here(city: City) -> None:
    client = city.gateway.client
    for answer in (
        client.post("/api/v2/silences", json={}),
        client.delete(f"/api/v2/silence/{city.silence}"),
        client.post("/api/v2/alerts", json=[]),
    ):
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert "/v1" in answer.json()


class Amtool:
    """The real client, with a key as its user's password."""

    def __init__(self, gateway: Gateway, home: Path) -> None:
        self._program = found("amtool", "prometheus-alertmanager", "alertmanager")
        self._url = f"http://tests:{gateway.token}@127.0.0.1:{gateway.port}"
        self._environment = {**os.environ, "HOME": str(home)}

    def __call__(self, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [self._program, f"--alertmanager.url={url or self._url}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=self._environment)

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def amtool(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Amtool:
    return Amtool(gateway, tmp_path_factory.mktemp("amtool"))


def test_amtool_finds_alerts(city: City, amtool: Amtool) -> None:
    # Without a flag amtool asks for what is active only.
    assert city.which(amtool.json("alert", "query", city.kind)) == OPEN - {"child", "quiet"}
    assert city.which(amtool.json("alert", "query", "-s", f"subcategory={city.kind}")) == {"quiet"}
    assert city.which(amtool.json("alert", "query", "-i", city.kind)) == {"child"}
    assert city.which(amtool.json("alert", "query", "--receiver=south", city.kind)) == {"far"}
    assert city.which(amtool.json("alert", "query", city.kind, "severity=~crit.+")) == {"critical"}
    told = amtool("alert", "query", city.kind, "severity=critical").stdout
    assert city.kind in told
    assert "Cháy" in told


def test_amtool_finds_silences(city: City, amtool: Amtool) -> None:
    (rule,) = amtool.json("silence", "query", f"subcategory={city.kind}")
    assert (rule["id"], rule["createdBy"], rule["status"]["state"]) == (city.silence, "ca-truc", "active")
    assert amtool("silence", "query", "-q", f"subcategory={city.kind}").stdout.split() == [city.silence]
    assert amtool.json("silence", "query", "--expired", f"subcategory={city.kind}") == []
    assert amtool("silence", "add", "a=b", "--comment=x", "--author=y").returncode != 0
    assert amtool("silence", "expire", city.silence).returncode != 0


def test_amtool_reads_the_configuration_and_routes_by_it(amtool: Amtool) -> None:
    assert amtool("config", "show").stdout.startswith("route:")
    assert amtool("cluster", "show").returncode == 0
    for centre in CENTRES:
        assert amtool("config", "routes", "test", f"centre={centre}").stdout.split() == [centre]


def test_amtool_is_told_that_its_key_or_filter_is_wrong(gateway: Gateway, amtool: Amtool) -> None:
    refused = amtool("alert", "query", url=f"http://tests:wrong@127.0.0.1:{gateway.port}")
    assert refused.returncode != 0
    assert "401" in refused.stderr
    done = amtool("alert", "query", 'severity=~"(x+)+"')
    assert done.returncode != 0
    assert "repeats" in done.stderr


def test_amtool_may_bring_its_key_as_a_bearer(city: City, amtool: Amtool, tmp_path: Path) -> None:
    path = tmp_path / "http.yml"
    path.write_text(f"authorization:\n  credentials: {city.gateway.token}\n")
    done = amtool(
        "alert", "query", f"--http.config.file={path}", city.kind, url=f"http://127.0.0.1:{city.gateway.port}"
    )
    assert done.returncode == 0, done.stderr
    assert city.kind in done.stdout


def test_thousands_of_open_incidents_are_told_within_seconds(gateway: Gateway, broker: Broker) -> None:
    kind = f"many_{secrets.token_hex(3)}"
    rows = [incident("north", 1, subcategory=kind) for _ in range(2_000)]
    for number, row in enumerate(rows):
        row["incident_id"] = f"22-06685-20260302-{kind[-6:].upper()}{number}"
    produce(broker.bootstrap, INCIDENTS, *((row["incident_id"], row) for row in rows))
    deadline = time.monotonic() + 30
    while True:
        began = time.perf_counter()
        listed = gateway.client.get("/api/v2/alerts", params={"filter": f"alertname={kind}"}).json()
        took = time.perf_counter() - began
        if len(listed) == len(rows):
            break
        assert time.monotonic() < deadline
    assert took < 5
