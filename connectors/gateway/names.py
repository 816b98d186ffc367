"""``GET /v1/catalogue``: what codes are called, for pages and reports; of the province's files as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from connectors.gateway.services import Services
from ioc.vocabulary import SCOPES

Names = Callable[[], bytes]
"""The names as JSON."""

_ASK: Final = "private, no-cache"


def router(services: Services, names: Names) -> APIRouter:
    """The route of names."""
    routes = APIRouter()

    @routes.get("/v1/catalogue", tags=["read"])
    async def catalogue(request: Request) -> Response:
        """Names of centres, units, communes and codes in Vietnamese and English, and the province's time zone.

        `words` has lists of codes, `subcategories` what belongs to each category.
        """
        services.access.caller(request, *SCOPES, units=True)
        body = names()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": _ASK}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return routes
