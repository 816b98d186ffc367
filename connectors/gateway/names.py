"""``GET /v1/catalogue``: what codes are called, for pages and reports; of the province's files as they are now."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from connectors.gateway.services import Services
from connectors.gateway.tagged import tagged
from ioc.vocabulary import SCOPES

Names = Callable[[], bytes]
"""The names as JSON."""


def router(services: Services, names: Names) -> APIRouter:
    """The route of names."""
    routes = APIRouter()

    @routes.get("/v1/catalogue", tags=["read"])
    async def catalogue(request: Request) -> Response:
        """Names of centres, units, communes and codes in Vietnamese and English, and the province's time zone.

        `words` has lists of codes, `subcategories` what belongs to each category.
        """
        services.access.caller(request, *SCOPES, units=True)
        return await tagged(request, orjson.Fragment(names()))

    return routes
