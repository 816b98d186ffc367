"""Where the gateway's parts are joined into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from connectors.gateway import actions, ingest, operations, ratings, reads
from connectors.gateway.metrics import version
from connectors.gateway.observe import Observe
from connectors.gateway.openapi import describe
from connectors.gateway.problems import BAD_REQUEST, METHOD, NOT_FOUND, Problem
from connectors.gateway.services import Services
from ioc.records import FieldError
from ioc.settings import Settings


def create_app(settings: Settings, services: Services) -> FastAPI:
    """The application; its lifespan starts and stops the services."""

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

    app.include_router(ingest.router(services, max_future=timedelta(seconds=settings.intake.max_future_s)))
    # Before the reads: the id of a report may hold slashes.
    app.include_router(ratings.router(services))
    app.include_router(reads.router(services))
    app.include_router(actions.router(services))
    app.include_router(operations.router(services))
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_middleware(Observe, metrics=services.metrics)
    describe(app, settings)
    return app


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, detail = {
        404: (NOT_FOUND, "There is no such route; see /openapi.json."),
        405: (METHOD, "The route answers other methods; see /openapi.json."),
    }.get(error.status_code, (BAD_REQUEST, "The request cannot be understood."))
    return Problem(kind, detail, headers=error.headers).response()


async def _bad_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError("", "parameter", f"query parameter {each['loc'][-1]}: {each['msg']}") for each in error.errors()
    ]
    return Problem(BAD_REQUEST, "A query parameter cannot be used.", errors).response()
