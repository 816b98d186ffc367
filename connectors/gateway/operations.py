"""What operations ask: alive, ready, metrics."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from connectors.gateway.services import Services

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def router(services: Services) -> APIRouter:
    """The operational routes."""
    routes = APIRouter()

    @routes.get("/healthz", tags=["operations"])
    async def healthz() -> Response:
        """The process answers."""
        return _json({"status": "ok"})

    @routes.get("/readyz", tags=["operations"])
    async def readyz() -> Response:
        """200 when events are taken and what answers are made from has been read; 503 with what is missing."""
        waiting = await services.waiting_for()
        return _json({"status": "waiting" if waiting else "ready", "waiting_for": waiting}, 503 if waiting else 200)

    @routes.get("/metrics", tags=["operations"])
    async def metrics() -> Response:
        """Prometheus text format."""
        return Response(services.metrics.text(), headers={"content-type": PROMETHEUS})

    return routes


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
