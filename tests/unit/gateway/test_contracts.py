"""The contracts over HTTP: documents, pages, and what a browser may do with them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from connectors.gateway.app import create_app
from connectors.gateway.services import Services
from ioc.contracts.asyncapi import Cluster, document
from ioc.contracts.catalogue import BY_NAME, CONTRACTS
from ioc.contracts.schema import all_schemas
from ioc.settings import Settings
from ioc.ves import shipped_ves_mapping

CENTRES = ["province", "north"]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(home=tmp_path)
    app = create_app(settings, Services(settings, CENTRES, "unused"), shipped_ves_mapping())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield client


async def test_the_document_is_that_of_the_province(client: httpx.AsyncClient) -> None:
    answer = await client.get("/asyncapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found == document(found["info"]["version"], CENTRES, Cluster())
    assert found["channels"]["alerts"]["parameters"]["centre"]["enum"] == CENTRES


async def test_every_schema_is_listed_and_found(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/schemas")).json()["schemas"]
    assert {each["name"] for each in listed} == set(BY_NAME)
    written = all_schemas()
    for each in listed:
        answer = await client.get(each["href"])
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json() == written[each["name"]]


@pytest.mark.parametrize("path", ["/schemas/none", "/docs/none", "/schemas/../x", "/docs/%3Cscript%3E"])
async def test_other_names_are_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "script" not in answer.text


@pytest.mark.parametrize("path", ["/asyncapi.json", "/schemas", "/schemas/alert", "/docs", "/docs/alert"])
async def test_who_has_a_document_is_told_that_it_is_the_same(client: httpx.AsyncClient, path: str) -> None:
    tag = (await client.get(path)).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await client.get(path, headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await client.get(path, headers={"if-none-match": '"other"'})).status_code == 200


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"href", "src"}:
                self.links.append(value or "")
            if name == "id":
                self.ids.add(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_pages_hold_together(client: httpx.AsyncClient) -> None:
    """Links lead somewhere, tags are closed, nothing runs, nothing comes from elsewhere."""
    pages = {path: await client.get(path) for path in ["/docs", *(f"/docs/{name}" for name in BY_NAME)]}
    read = {path: Page(answer.text) for path, answer in pages.items()}
    for path, page in read.items():
        policy = pages[path].headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in policy
        assert page.open == page.handlers == []
        assert not {"script", "style", "iframe", "img"} & set(page.tags)
        for link in page.links:
            target, _, anchor = link.partition("#")
            assert link.startswith(("/", "#"))
            if target and target not in read:
                assert (await client.get(target)).status_code == 200, link
            if anchor:
                assert anchor in read[target or path].ids, (path, link)


async def test_pages_say_what_the_schemas_say(client: httpx.AsyncClient) -> None:
    start = (await client.get("/docs")).text
    for contract in CONTRACTS:
        assert f'href="/docs/{contract.name}"' in start
        page = (await client.get(f"/docs/{contract.name}")).text
        for name in all_schemas()[contract.name]["properties"]:
            assert re.search(rf'<code class="(must|may)">{name}</code>', page), (contract.name, name)
    alert = (await client.get("/docs/alert")).text
    assert "list of: <a href" in alert
    assert "<code>critical</code>, <code>high</code>" in alert
    assert "waiting_citizen</code>, or a code to come" in (await client.get("/docs/incident")).text
    assert "at most 256 characters" in (await client.get("/docs/sensor")).text
