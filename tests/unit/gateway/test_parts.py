"""Open311 and exports as parts of the gateway: whatever is asked, the answer is in the words of its standard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.cli.exports import exports_part
from connectors.cli.open311 import open311_part
from connectors.gateway.app import create_app
from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.gateway.services import Services
from connectors.store.database import migrate, open_writer, url_of
from ioc.catalog import common_data as common
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.settings import ExportsSettings, Open311Settings, Settings
from ioc.ves import shipped_ves_mapping
from ioc.vocabulary import SCOPES

CATALOGUE = load_catalogue({**load_folder(common()), **load_folder(shipped_province())})

OPEN311 = ("/open311/v2/requests", "/open311/v2/services", "/open311/v2/tokens", "/open311/v2/discovery")
EXPORTS = (
    "/v1/exports/incidents.geojson", "/v1/exports/alerts.jsonld", "/v1/exports/air-quality.jsonld",
    "/opendata/requests.csv", "/opendata/cap.atom", "/opendata/cap/x.xml", "/opendata/air-quality-hourly.csv",
    "/opendata/service-figures.parquet", "/opendata/reports.csv", "/opendata/catalog.jsonld",
)  # fmt: skip
ALARMS = ("/tmf-api/alarm/v4/alarm", "/tmf-api/alarm/v4/alarm/x", "/tmf-api/alarm/v4/hub")
NAMES = (
    "since", "until", "after", "limit", "options", "start_date", "end_date", "updated_after", "status", "page", "bbox",
    "page_size", "service_code", "service_request_id", "extensions", "offset", "fields", "state", "perceivedSeverity",
    "alarmChangedTime.gte", "jurisdiction_id",
)  # fmt: skip
WORDS = (
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20", "2026-11-20T00:00:00Z", "-1", "0", "1",
    "1e400", "nan,nan,nan,nan", "106,20,108,21", "open", "traffic", "a,b", "\0",
    "WyIyMDI2LTExLTIwVDAwOjAwOjAwWiIsImEiXQ",
)  # fmt: skip
values = st.sampled_from(WORDS) | st.text(max_size=20)
queries = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[tuple[FastAPI, str]]:
    """The application over an empty store, and a key; Kafka is away."""
    configured = Settings(
        home=tmp_path, open311=Open311Settings(reads_per_s=1e6), exports=ExportsSettings(reads_per_s=1e6, fresh_s=3600)
    )
    engine = open_writer(url_of(configured))
    migrate(engine)
    engine.dispose()
    token, _ = new_key(tmp_path / KEYS_FILE, "tests", SCOPES)
    services = Services(configured, ["province"], "unused")
    parts = [open311_part(configured, CATALOGUE), exports_part(configured, CATALOGUE)]
    yield create_app(configured, services, shipped_ves_mapping(), parts=parts), token
    services.accounts.close()


def client_of(app: tuple[FastAPI, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app[0], raise_app_exceptions=False), base_url="http://gateway",
        headers={"authorization": f"Bearer {app[1]}"},
    )  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from((*OPEN311, *EXPORTS, *ALARMS)), suffix=st.sampled_from(["", ".json", ".xml", "/é", "/%00"]),
       query=queries)  # fmt: skip
async def test_any_question_has_an_answer(
    app: tuple[FastAPI, str], path: str, suffix: str, query: dict[str, str]
) -> None:
    address = path + suffix if path in OPEN311 else path
    async with client_of(app) as client:
        answer = await client.get(address, params=query)
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return
    kind = answer.headers["content-type"]
    if path in OPEN311:
        told: Any = answer.json()[0] if kind == "application/json" else fromstring(answer.content).find("error")
        assert told is not None
    elif path in ALARMS:
        assert answer.json()["code"] == str(answer.status_code)
    else:
        assert kind == "application/problem+json"


fields = st.dictionaries(
    st.sampled_from(
        ["service_code", "lat", "long", "address_string", "description", "media_url", "phone", "email", "account_id",
         "attribute[KIND]", "attribute[OCCURRED_AT]", "attribute[ACCURACY_M]", "first_name"]
    ),
    st.sampled_from(["traffic", "20.9", "107", "jam", "https://x.vn/a.jpg", "2026-11-20T00:00:00", "9" * 400, *WORDS])
    | st.text(max_size=30),
    max_size=8,
)  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=fields, as_json=st.booleans())
async def test_any_post_is_refused_in_the_standards_words_or_waits_for_kafka(
    app: tuple[FastAPI, str], form: dict[str, str], as_json: bool
) -> None:
    body: Any = {"json": form} if as_json else {"data": form}
    async with client_of(app) as client:
        answer = await client.post("/open311/v2/requests.json", **body)
    # What is fine has to know whether it was sent before, which the gateway reads from Kafka.
    assert answer.status_code in {400, 404, 503}, answer.text
    assert answer.status_code != 503 or answer.headers["retry-after"]
    assert {*answer.json()[0]} == {"code", "description"}
    assert answer.json()[0]["code"] == answer.status_code


async def test_a_large_or_packed_body_is_400_there(app: tuple[FastAPI, str]) -> None:
    async with client_of(app) as client:
        large = await client.post("/open311/v2/requests.json", data={"description": "a" * 2_000_000})
        packed = await client.post(
            "/open311/v2/requests.json", content=b"x", headers={"content-encoding": "gzip", "content-type": "text/json"}
        )
    assert (large.status_code, packed.status_code) == (400, 400)
    assert large.json()[0]["code"] == 400


async def test_the_contract_tells_of_every_part_and_how_it_refuses(app: tuple[FastAPI, str]) -> None:
    paths = app[0].openapi()["paths"]
    assert {
        "/open311/v2/requests.json", "/open311/v2/requests/{service_request_id}", "/open311/v2/tokens/{token}",
        "/v1/exports/incidents.geojson", "/opendata/reports.parquet", "/tmf-api/alarm/v4/alarm/{alarm_id}",
    } <= set(paths)  # fmt: skip
    assert all("default" in operation["responses"] for methods in paths.values() for operation in methods.values())
    post = paths["/open311/v2/requests.json"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/x-www-form-urlencoded", "application/json"}
    assert "text/xml" in post["responses"]["default"]["content"]


async def test_without_public_data_a_key_is_needed(tmp_path: Path) -> None:
    configured = Settings(
        home=tmp_path, open311=Open311Settings(public_reads=False), exports=ExportsSettings(public_data=False)
    )
    services = Services(configured, ["province"], "unused")
    parts = [open311_part(configured, CATALOGUE), exports_part(configured, CATALOGUE)]
    made = create_app(configured, services, shipped_ves_mapping(), parts=parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://gateway") as client:
        assert (await client.get("/open311/v2/requests.json")).status_code == 403
        assert (await client.get("/opendata/requests.csv")).status_code == 401
        assert (await client.get("/open311/v2/services.json")).status_code == 200
    services.accounts.close()


async def test_who_asks_too_often_without_a_key_is_told_when_to_come_again(tmp_path: Path) -> None:
    configured = Settings(home=tmp_path, open311=Open311Settings(reads_per_s=1), exports=ExportsSettings(reads_per_s=1))
    services = Services(configured, ["province"], "unused")
    parts = [open311_part(configured, CATALOGUE), exports_part(configured, CATALOGUE)]
    made = create_app(configured, services, shipped_ves_mapping(), parts=parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://gateway") as client:
        for path in ("/open311/v2/requests.json", "/opendata/catalog.jsonld"):
            answers = [await client.get(path) for _ in range(4)]
            assert answers[-1].status_code == 429
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert answers[0].status_code == 503  # there is no store
    services.accounts.close()
