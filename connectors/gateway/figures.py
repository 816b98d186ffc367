"""Figures and receipts: for app backends what became of their events, for centres how units serve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway import parameters
from connectors.gateway.availability import answer, reading
from connectors.gateway.caller import Caller
from connectors.gateway.problems import FORBIDDEN, Problem
from connectors.gateway.services import Services
from ioc.vocabulary import SCOPES

MAX_PAGE: Final = 500


def router(services: Services) -> APIRouter:
    """The routes of figures."""
    routes = APIRouter()

    @routes.get("/v1/receipts", tags=["read"])
    async def receipts(
        request: Request,
        source: str | None = None,
        since: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
        after: str | None = None,
    ) -> Response:
        """What became of the events of the key's publisher since a time, the oldest first; `next` is `after`."""
        key = services.access.caller(request, *SCOPES)
        publisher = _own(key, source)
        async with reading(services) as library:
            rows, following = await library.receipts(
                publisher, parameters.instant("since", since), parameters.after(after), limit
            )
        return answer(orjson.dumps({"receipts": rows, "next": parameters.cursor(following) if following else None}))

    @routes.get("/v1/publishers/{source:path}/figures", tags=["read"])
    async def publisher(request: Request, source: str, since: str | None = None) -> Response:
        """How many of a publisher's events were accepted, repeated and rejected since a time; a day unless given."""
        key = services.access.caller(request, *SCOPES)
        begin = parameters.instant("since", since) or datetime.now(UTC) - timedelta(days=1)
        async with reading(services) as library:
            counts = await library.counts(_own(key, source), begin)
        return answer(orjson.dumps({"source": source, "since": begin, "results": counts}))

    @routes.get("/v1/figures/monthly", tags=["read"])
    async def monthly(request: Request, month: str | None = None) -> Response:
        """How units and centres serve in a month like `2026-11`; the running one unless given."""
        services.access.caller(request, "incidents:read")
        async with reading(services) as library:
            try:
                return answer(orjson.dumps(await library.month(month)))
            except ValueError:
                raise parameters.bad("month", "must be a month like 2026-11") from None

    return routes


def _own(key: Caller, source: str | None) -> str:
    """A publisher that the key may ask about: its own, any one with the scope `admin`."""
    wanted = source or key.publisher
    if not key.owns(wanted) and not key.allows("admin"):
        raise Problem(FORBIDDEN, "The key may ask about its own publisher only.")
    return wanted
