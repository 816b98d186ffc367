"""Where the gateway's parts are joined into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from connectors.gateway import (
    actions,
    alertmanager,
    atlas,
    attachments,
    audit,
    contracts,
    figures,
    incidents,
    ingest,
    login,
    login_provider,
    names,
    operations,
    ratings,
    reads,
    shifts,
    silences,
    standing,
    ves,
)
from connectors.gateway.access import Identify
from connectors.gateway.limits import Rates
from connectors.gateway.metrics import version
from connectors.gateway.observe import Observe
from connectors.gateway.openapi import describe
from connectors.gateway.packing import Packed
from connectors.gateway.problems import BAD_REQUEST, METHOD, NOT_FOUND, Problem
from connectors.gateway.services import Part, Services
from connectors.gateway.ves_errors import in_words_of
from ioc.contracts.asyncapi import Cluster
from ioc.records import FieldError
from ioc.settings import Settings
from ioc.ves import VesMapping

ATTEMPTS_PER_MINUTE: Final = 30
"""To sign in, of one address, whatever the names; behind a proxy all addresses are the proxy's."""


def create_app(
    settings: Settings,
    services: Services,
    mapping: VesMapping,
    *,
    names_of: names.Names = lambda: b"{}",
    parts: Sequence[Part] = (),
) -> FastAPI:
    """The application; its lifespan starts and stops the services.

    Args:
        settings: The effective configuration.
        services: What routes need.
        mapping: Where things stand in VES events.
        names_of: What codes are called.
        parts: Further routes, of edges that the gateway does not know.

    """
    max_future = timedelta(seconds=settings.intake.max_future_s)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.start()
        try:
            yield
        finally:
            await services.stop()

    app = FastAPI(title="IOC event gateway", version=version(), lifespan=lifespan, openapi_url=None)

    @app.get("/openapi.json", include_in_schema=False)
    async def contract() -> Response:
        return Response(orjson.dumps(app.openapi()), media_type="application/json")

    app.include_router(ingest.router(services, max_future=max_future))
    app.include_router(ves.router(services, mapping, max_future=max_future))
    # Before the reads: the id of a report may hold slashes.
    app.include_router(ratings.router(services))
    app.include_router(reads.router(services))
    app.include_router(incidents.router(services))
    app.include_router(standing.router(services))
    app.include_router(figures.router(services))
    app.include_router(atlas.router(services))
    app.include_router(actions.router(services))
    app.include_router(attachments.router(services))
    app.include_router(shifts.router(services))
    app.include_router(silences.router(services))
    app.include_router(alertmanager.router(services))
    app.include_router(audit.router(services))
    attempts = Rates(ATTEMPTS_PER_MINUTE / 60, ATTEMPTS_PER_MINUTE)
    app.include_router(login.router(services, attempts))
    app.include_router(login_provider.router(services, attempts))
    app.include_router(names.router(services, names_of))
    app.include_router(operations.router(services))
    app.include_router(contracts.router(version(), services.centres, Cluster.of(settings.kafka)))
    for part in parts:
        app.include_router(part(services))
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_middleware(Packed)
    app.add_middleware(Identify, access=services.access)
    app.add_middleware(Observe, metrics=services.metrics)
    describe(app, settings)
    return app


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return in_words_of(request.url.path, error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, detail = {
        404: (NOT_FOUND, "There is no such route; see /openapi.json."),
        405: (METHOD, "The route answers other methods; see /openapi.json."),
    }.get(error.status_code, (BAD_REQUEST, "The request cannot be understood."))
    return in_words_of(request.url.path, Problem(kind, detail, headers=error.headers))


async def _bad_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError("", "parameter", f"query parameter {each['loc'][-1]}: {each['msg']}") for each in error.errors()
    ]
    return in_words_of(request.url.path, Problem(BAD_REQUEST, "A query parameter cannot be used.", errors))
