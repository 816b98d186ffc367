"""Exports of the running product: pulled page by page and as a whole, packed, spared, and as files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from pyarrow import parquet

from connectors.gateway.keys import new_key
from tests.system.running import Running
from tests.system.words import new_word
from tests.unit.exports.support import cap_schema

_WAIT_S = 40
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {running.key}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def anybody(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=30, trust_env=False) as client:
        yield client


def until(ask: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _WAIT_S
    while not (found := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def opened(client: httpx.Client, text: str, **more: Any) -> str:
    """Id of a new incident of a report."""
    mark = new_word()
    body = {"id": f"e-{mark}", "occurred_at": datetime.now(UTC).isoformat(), "text": text.format(mark), **more}
    assert client.post("/v1/reports", json=body).status_code == 202
    found = until(lambda: client.get(f"/v1/incidents?text={mark}").json()["incidents"])
    name: str = found[0]["incident_id"]
    return name


def test_incidents_are_pulled_whole_by_page_and_by_what_is_new(client: httpx.Client, running: Running) -> None:
    names = [opened(client, f"Ngập nước ở ngõ {{}} phường Hà Tu, gọi 0912 345 67{n}") for n in range(3)]
    path = "/v1/exports/incidents.geojson"
    whole = client.get(path)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/geo+json")
    features = whole.json()["features"]
    assert {each["id"] for each in features} >= set(names)
    assert "345 67" not in whole.text
    # Page by page it is the same, unless it changes meanwhile: an incident that does comes again behind.
    pages, link = [], f"{path}?limit=2"
    while link:
        page = client.get(link)
        pages += page.json()["features"]
        link = page.links.get("next", {}).get("url", "")
        assert bool(link) is (page.json()["next"] is not None)
    assert {each["id"] for each in pages} >= {each["id"] for each in features}
    changes = [each["properties"]["updated_at"] for each in pages]
    assert changes == sorted(changes)
    cursor = client.get(f"{path}?limit=10000").json()["next"]
    assert cursor is None
    recent = client.get(path, params={"since": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}).json()
    assert recent["features"] == []
    packed = client.stream("GET", path, headers={"accept-encoding": "gzip"})
    with packed as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert json.loads(gzip.decompress(raw))["type"] == "FeatureCollection"
    refused = client.get(path, params={"after": "nonsense"})
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:ioc:problem:bad-request")
    assert httpx.get(running.url + path, trust_env=False).status_code == 401
    other, _ = new_key(running.folder / ".ioc" / "keys.json", "elsewhere", ["incidents:read"], ["mong-cai"])
    seen = client.get(path, headers={"authorization": f"Bearer {other}"}).json()["features"]
    assert not set(names) & {each["id"] for each in seen}


def test_what_is_the_same_is_spared(anybody: httpx.Client, client: httpx.Client) -> None:
    path = "/v1/exports/devices.jsonld"
    first = client.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    table = "/opendata/service-figures.csv"
    tag = anybody.get(table).headers["etag"]
    assert anybody.get(table, headers={"if-none-match": tag}).status_code == 304


def test_entities_come_in_both_forms(client: httpx.Client) -> None:
    name = opened(client, "Kẹt xe cứng ở cầu {} phường Hà Tu")
    path = "/v1/exports/alerts.jsonld"
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/ld+json"
    made = {each["id"]: each for each in answer.json()}[f"urn:ngsi-ld:Alert:{name}"]
    assert made["category"] == {"type": "Property", "value": "traffic"}
    short = {each["id"]: each for each in client.get(path, params={"options": "keyValues"}).json()}
    assert short[f"urn:ngsi-ld:Alert:{name}"]["category"] == "traffic"
    assert client.get("/v1/exports/air-quality.jsonld").json() == []


def test_alerts_are_valid_cap_messages_for_everybody(client: httpx.Client, anybody: httpx.Client) -> None:
    name = opened(client, "Ngập sâu {} ở phường Hà Tu, ông Nguyễn Văn An gọi 0912345678")

    def entries() -> list[Any]:
        feed = anybody.get("/opendata/cap.atom")
        assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
        found = fromstring(feed.content).findall("a:entry", ATOM)
        return [each for each in found if name in (each.findtext("a:id", namespaces=ATOM) or "")]

    entry = until(entries)[0]
    link = entry.find("a:link", ATOM).get("href")
    message = anybody.get(link)
    assert (message.status_code, message.headers["content-type"]) == (200, "application/cap+xml")
    cap_schema().validate(message.text)
    assert "<msgType>Alert</msgType>" in message.text
    assert "0912345678" not in message.text
    assert "Nguyễn" not in message.text
    assert anybody.get("/opendata/cap/nothing.xml").status_code == 404


def test_alarms_are_those_of_base_stations(client: httpx.Client, running: Running) -> None:
    path = "/tmf-api/alarm/v4/alarm"
    answer = client.get(path, params={"limit": 5, "fields": "state,perceivedSeverity"})
    assert answer.status_code in {200, 206}
    assert answer.headers["x-result-count"] == str(len(answer.json()))
    assert int(answer.headers["x-total-count"]) >= len(answer.json())
    for query in ({"state": "new"}, {"limit": "-1"}, {"colour": "red"}, {"alarmChangedTime.gte": "yesterday"}):
        refused = client.get(path, params=query)
        assert (refused.status_code, refused.json()["code"], refused.json()["@type"]) == (400, "400", "Error")
    assert client.get(f"{path}/nothing").json()["reason"] == "notFound"
    assert client.post(path, json={}).status_code == 405
    refused = httpx.get(running.url + path, trust_env=False)
    assert (refused.status_code, refused.json()["reason"]) == (401, "unauthorized")


def test_open_data_is_there_for_everybody(client: httpx.Client, anybody: httpx.Client, tmp_path: Path) -> None:
    opened(client, "Rác thải chất đống {} ở phường Hà Tu")
    found = anybody.get("/opendata/catalog.jsonld").json()
    links = [
        each["dcat:downloadURL"]["@id"] for dataset in found["dcat:dataset"] for each in dataset["dcat:distribution"]
    ]
    assert len(links) == 8
    for link in links:
        answer = anybody.get(link)
        assert answer.status_code == 200, link
        if link.endswith("csv"):
            assert next(csv.reader(io.StringIO(answer.text)))
        else:
            (tmp_path / "x.parquet").write_bytes(answer.content)
            assert parquet.read_table(tmp_path / "x.parquet").column_names
    part = anybody.get("/opendata/air-quality-hourly.csv", params={"since": "2026-11-01", "until": "2026-11-02"})
    assert part.text.count("\n") == 1
    assert anybody.get("/opendata/reports.csv", params={"since": "soon"}).status_code == 400
    table = list(csv.DictReader(io.StringIO(anybody.get("/opendata/requests.csv").text)))
    assert table
    assert {row["description"] for row in table} == {""}
    assert all(len(row["lat"].partition(".")[2]) <= 3 for row in table)


def test_the_same_is_had_as_files(running: Running, client: httpx.Client, tmp_path: Path) -> None:
    name = opened(client, "Sạt lở đất {} ở phường Hà Tu")
    until(lambda: name in client.get("/opendata/cap.atom").text)

    def export(*arguments: str) -> bytes:
        done = subprocess.run(
            ["ioc", "export", *arguments], env=running.environment(), cwd=running.folder, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    assert name in {each["id"] for each in json.loads(export("incidents"))["features"]}
    export("cap", "--out", str(tmp_path / "cap"), "--since", "2026-01-01")
    messages = [each for each in (tmp_path / "cap").iterdir() if each.name.startswith(name)]
    assert messages
    cap_schema().validate(messages[0].read_text())
    export("data", "reports", "--format", "parquet", "--out", str(tmp_path / "r.parquet"))
    assert "week" in parquet.read_schema(tmp_path / "r.parquet").names
    alerts = json.loads(export("ngsi", "alerts", "--key-values"))
    assert f"urn:ngsi-ld:Alert:{name}" in {each["id"] for each in alerts}
    assert json.loads(export("catalogue"))["@type"] == "dcat:Catalog"
