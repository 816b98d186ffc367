"""The calls over an office that keeps reports in memory: tokens, where a key may stand, forms of answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from fastapi import FastAPI
from starlette.requests import Request

from connectors.open311 import Asker, router
from ioc.kinds import shipped_kinds
from ioc.languages import Language
from ioc.open311 import Asked, Open311Error, Posted, ServiceRequest, discovery, identity_of

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
SENT = {"service_code": "traffic", "address_id": "06652", "description": "Kẹt xe"}


@dataclass
class Holder:
    publisher: str = "app"


class Office:
    """Takes in what it was posted when it is told to."""

    def __init__(self) -> None:
        self.waiting: dict[str, Posted] = {}
        self.taken: dict[str, Posted] = {}

    def take_in(self) -> None:
        self.taken |= self.waiting

    def asker(self, request: Request, token: str | None) -> Asker | None:
        return self.holder(request, token) if token is not None else None

    def holder(self, _: Request, token: str | None) -> Asker:
        if token != "right":
            raise Open311Error.of(403, "Invalid api_key")
        return Holder()

    async def body(self, request: Request) -> tuple[str, bytes]:
        return request.headers.get("content-type", "").partition(";")[0], await request.body()

    async def take(self, _: Request, asker: Asker, posted: Posted, repeat: str | None) -> str:
        content = [("repeat", repeat)] if repeat else posted.content
        name = identity_of(b"key", asker.publisher, content)
        self.waiting[name] = posted
        return name

    async def find(self, _: Asker | None, wanted: Asked, language: Language) -> Sequence[ServiceRequest]:
        return [
            ServiceRequest(
                id=name, status="received", note="", service="traffic", service_name=language, subcategory="",
                description=None, agency="", requested_at=NOW, updated_at=NOW, expected_at=NOW + timedelta(days=1),
                commune=None, address=None, lat=None, lon=None,
            )
            for name in self.taken
            if wanted.ids is None or name in wanted.ids
        ]  # fmt: skip

    def discovery(self, base: str) -> Mapping[str, Any]:
        return discovery(url=base, changeset="", contact="", key_service="", production=True)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
async def client(office: Office, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(
        router(
            office, shipped_kinds(), zone=ZoneInfo("Asia/Ho_Chi_Minh"), commune={"06652": "Phường Hà Tu"}.get,
            jurisdiction="example.vn", tokens=getattr(request, "param", False),
        )
    )  # fmt: skip
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x/open311/v2/") as client:
        yield client


@pytest.mark.parametrize("client", [True], indirect=True)
async def test_a_token_leads_to_the_id_once_the_report_is_taken_in(client: httpx.AsyncClient, office: Office) -> None:
    made = (await client.post("requests.json", data=SENT | {"api_key": "right"})).json()[0]
    assert set(made) == {"token", "service_notice", "account_id"}
    early = await client.get(f"tokens/{made['token']}.json")
    assert (early.status_code, early.json()[0]["code"]) == (404, 404)
    office.take_in()
    late = await client.get(f"tokens/{made['token']}.xml")
    root = fromstring(late.content)
    assert root.findtext("request/token") == made["token"]
    name = root.findtext("request/service_request_id")
    assert (await client.get(f"requests/{name}.json")).json()[0]["service_request_id"] == name


@pytest.mark.parametrize(
    "given",
    [
        {"data": SENT | {"api_key": "right"}},
        {"json": SENT | {"api_key": "right"}},
        {"data": SENT, "params": {"api_key": "right"}},
        {"data": SENT, "headers": {"x-api-key": "right"}},
        {"data": SENT, "headers": {"authorization": "Bearer right"}},
    ],
)
async def test_a_key_may_stand_wherever_clients_put_it(client: httpx.AsyncClient, given: dict[str, Any]) -> None:
    assert (await client.post("requests.json", **given)).status_code == 200


async def test_the_same_is_the_same_however_it_is_sent_and_a_name_decides(
    client: httpx.AsyncClient, office: Office
) -> None:
    for body in ({"data": SENT}, {"json": SENT}, {"data": SENT | {"jurisdiction_id": "example.vn"}}):
        await client.post("requests.json", params={"api_key": "right"}, **body)  # type: ignore[arg-type]
    assert len(office.waiting) == 1
    for text in ("một", "hai"):
        await client.post(
            "requests.json", data=SENT | {"description": text, "api_key": "right"}, headers={"idempotency-key": "k"}
        )
    assert len(office.waiting) == 2


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("services.json", "text/xml", "application/json"),
        ("services.xml", "application/json", "text/xml"),
        ("services", "application/json, text/xml;q=0.5", "application/json"),
        ("services", "text/xml, application/json", "text/xml"),
        ("services", "*/*", "text/xml"),
        ("services/traffic", "application/json", "application/json"),
        ("services/traffic.xml", "application/json", "text/xml"),
    ],
)
async def test_the_path_decides_the_form_else_what_is_accepted(
    client: httpx.AsyncClient, path: str, accept: str, kind: str
) -> None:
    answer = await client.get(path, headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    "path", ["services.json", "services/traffic.json", "requests.json", "requests/x.json", "tokens/x.json"]
)
async def test_another_jurisdiction_is_not_here(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"jurisdiction_id": "city.gov"})
    assert (answer.status_code, answer.json()[0]) == (
        404, {"code": 404, "description": "jurisdiction_id is not known here."},
    )  # fmt: skip


async def test_what_is_the_same_is_spared_and_languages_are_not_mixed_up(client: httpx.AsyncClient) -> None:
    first = await client.get("services.json")
    tag = {"if-none-match": first.headers["etag"]}
    assert (await client.get("services.json", headers=tag)).status_code == 304
    assert (await client.get("services.json", headers=tag | {"accept-language": "en"})).status_code == 200
    assert "Accept-Language" in first.headers["vary"]
