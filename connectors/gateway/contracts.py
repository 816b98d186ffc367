"""What other programs may rely on: ``/asyncapi.json``, the schemas, and pages that show both to people.

No key is needed: it is said of everybody's records, and of nobody's in particular.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from connectors.gateway import contract_pages as pages
from connectors.gateway.problems import NOT_FOUND, Problem
from ioc import topics
from ioc.contracts.asyncapi import Cluster, document
from ioc.contracts.catalogue import BY_NAME, CONTRACTS
from ioc.contracts.schema import MEDIA_TYPE, all_schemas

_JSON: Final = "application/json"
_HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class _SchemaResponse(JSONResponse):
    """For the description of the route."""

    media_type = MEDIA_TYPE


class Shown:
    """One document, made once: who has it is told that it is the same."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self._content = content
        self._tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._headers = {**_HEADERS, "Content-Type": media_type, "ETag": self._tag}

    def answer(self, request: Request) -> Response:
        """The document, or 304."""
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        same = self._tag in known or "*" in known
        return Response(b"" if same else self._content, 304 if same else 200, self._headers)


def router(version: str, centres: tuple[str, ...], cluster: Cluster) -> APIRouter:
    """The routes.

    Args:
        version: Of the product.
        centres: Codes of the province's centres.
        cluster: Where the topics are.

    """
    routes = APIRouter(tags=["contracts"], responses={304: {"description": "It is as `If-None-Match` knows it"}})
    schemas = all_schemas()
    listed = [
        {
            "name": each.name,
            "href": f"/schemas/{each.name}",
            "topic": each.topic,
            "direction": each.direction,
            "key": each.key,
            "type": each.event_type or None,
        }
        for each in CONTRACTS
    ]
    asyncapi = Shown(orjson.dumps(document(version, centres, cluster)), _JSON)
    index = Shown(orjson.dumps({"schemas": listed}), _JSON)
    each_schema = {name: Shown(orjson.dumps(schema), MEDIA_TYPE) for name, schema in schemas.items()}
    specs = {spec.name: spec for spec in topics.catalogue(centres)}
    start = Shown(pages.index(version, centres, specs).encode(), _HTML)
    each_page = {name: Shown(pages.record(BY_NAME[name], schema).encode(), _HTML) for name, schema in schemas.items()}
    style = Shown(pages.STYLE.encode(), "text/css; charset=utf-8")

    def found(shown: Mapping[str, Shown], name: str, request: Request) -> Response:
        if name not in shown:
            raise Problem(NOT_FOUND, "There is no schema of this name; /schemas lists them.")
        return shown[name].answer(request)

    @routes.get("/asyncapi.json")
    async def asyncapi_document(request: Request) -> Response:
        """All topics as AsyncAPI 3: channels, messages with CloudEvents headers, Kafka bindings."""
        return asyncapi.answer(request)

    @routes.get("/schemas")
    async def list_schemas(request: Request) -> Response:
        """What stands on which topic, and where its schema is."""
        return index.answer(request)

    @routes.get("/schemas/{name}", response_class=_SchemaResponse)
    async def one_schema(request: Request, name: str) -> Response:
        """JSON Schema 2020-12 of one kind of record."""
        return found(each_schema, name, request)

    @routes.get("/docs", response_class=HTMLResponse)
    async def contract_pages(request: Request) -> Response:
        """The contracts for people: a page that leads to all of them."""
        return start.answer(request)

    @routes.get("/docs/style.css", include_in_schema=False)
    async def page_style(request: Request) -> Response:
        return style.answer(request)

    @routes.get("/docs/{name}", response_class=HTMLResponse)
    async def contract_page(request: Request, name: str) -> Response:
        """The page of one kind of record."""
        return found(each_page, name, request)

    return routes
