"""``/tmf-api/alarm/v4``: alarms of base stations after TMF642, read only, refusals in the API's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import orjson
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from connectors.opendata.delivery import Courier
from ioc.exports.tmf642 import BASE, CLEARED, SEVERITIES, chosen, error

MEDIA: Final = "application/json;charset=utf-8"
_PAGE: Final = 100
_MAX_PAGE: Final = 1_000
_DEEPEST: Final = 100_000
_YEARS: Final = range(1900, 2200)
_STATES: Final = ("raised", "updated", CLEARED)
_OWN: Final = frozenset({"fields", "offset", "limit", "state", "perceivedSeverity"})
_TIMES: Final = {"alarmChangedTime.gte": "changed", "alarmRaisedTime.gte": "raised"}
"""Filters by time, as TMF630 writes comparisons."""


class AlarmError(Exception):
    """A request that is answered with an error of the API."""

    def __init__(self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.headers = dict(headers or {})


class Alarms(Protocol):
    """What stands behind the routes. Calls raise :class:`AlarmError`; the last two block."""

    def viewer(self, request: Request) -> Any:
        """Who asks, with a key that reads incidents."""

    def find(self, viewer: Any, wanted: Mapping[str, Any], offset: int, limit: int) -> Sequence[Mapping[str, Any]]:
        """Alarms, the latest change first.

        Args:
            viewer: Of :meth:`viewer`.
            wanted: ``cleared``, ``severities`` (ours), ``changed`` and ``raised`` (since when), ``name``; each may be
                missing.
            offset: How many before.
            limit: How many at most.

        """

    def count(self, viewer: Any, wanted: Mapping[str, Any]) -> int:
        """How many there are."""


class _Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except AlarmError as refused:
                body = orjson.dumps(error(refused.status, refused.reason, refused.message))
                return Response(body, refused.status, refused.headers | {"Content-Type": MEDIA})

        return answered


def alarm_router(alarms: Alarms) -> APIRouter:
    """The routes."""
    routes, courier = APIRouter(prefix=BASE, route_class=_Route, tags=["exports"]), Courier()

    @routes.get("/alarm", summary="List alarms (TMF642)", response_class=Response, openapi_extra=_LISTS)
    async def listed(request: Request) -> Response:
        """Incidents of base stations as alarms; `fields`, `offset`, `limit` (100 unless given, at most 1,000).

        Filters: `state`, `perceivedSeverity`, `alarmChangedTime.gte`, `alarmRaisedTime.gte`. 206 where there are more
        than are given; `X-Total-Count` and `X-Result-Count` say how many.
        """
        viewer = alarms.viewer(request)
        query = dict(request.query_params)
        offset, limit = _whole(query, "offset", 0, _DEEPEST), _whole(query, "limit", _PAGE, _MAX_PAGE)
        fields, wanted = _fields(query), _wanted(query)

        def asked() -> tuple[int, Sequence[Mapping[str, Any]]]:
            return alarms.count(viewer, wanted), alarms.find(viewer, wanted, offset, limit) if limit else ()

        total, found = await courier.run(asked)
        headers = {
            "Content-Type": MEDIA, "X-Total-Count": str(total), "X-Result-Count": str(len(found)),
        }  # fmt: skip
        if offset + len(found) < total:
            address = request.url.include_query_params(offset=offset + len(found))
            headers["Link"] = f'<{address}>; rel="next"'
        body = orjson.dumps([chosen(each, fields) for each in found])
        return Response(body, 200 if len(found) == total else 206, headers)

    @routes.get("/alarm/{alarm_id}", summary="One alarm (TMF642)", response_class=Response, openapi_extra=_SAYS)
    async def one(request: Request, alarm_id: str) -> Response:
        """One alarm by its id, which is the incident's."""
        viewer = alarms.viewer(request)
        fields = _fields(dict(request.query_params))
        wanted = {"name": alarm_id.replace("\0", "\ufffd")}
        found = await courier.run(lambda: alarms.find(viewer, wanted, 0, 1))
        if not found:
            raise AlarmError(404, "notFound", "No alarm of this id is known.")
        return Response(orjson.dumps(chosen(found[0], fields)), 200, {"Content-Type": MEDIA})

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def nothing(request: Request) -> Response:
        if request.method == "GET":
            raise AlarmError(404, "notFound", "There is only alarm and alarm/{id}.")
        raise AlarmError(405, "methodNotAllowed", "Alarms are read here only.", {"Allow": "GET"})

    return routes


_SAYS: Final[dict[str, Any]] = {
    "security": [{"key": []}],
    "responses": {
        "200": {"description": "Alarms", "content": {"application/json": {"schema": {}}}},
        "206": {"description": "Some of the alarms", "content": {"application/json": {"schema": {}}}},
        "default": {"description": "An error", "content": {"application/json": {"schema": {"type": "object"}}}},
    },
}


_LISTS: Final[dict[str, Any]] = _SAYS | {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in ("fields", "state", "perceivedSeverity", *_TIMES)
    ]
    + [
        {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": 0}}
        for name in ("offset", "limit")
    ]
}


def _fields(query: Mapping[str, str]) -> frozenset[str] | None:
    text = query.get("fields", "").strip()
    return frozenset(part.strip() for part in text.split(",")) if text else None


def _wanted(query: Mapping[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if unknown := set(query) - _OWN - set(_TIMES):
        raise AlarmError(400, "invalidQuery", f"{len(unknown)} parameters are not filters of this list.")
    if state := query.get("state"):
        if state not in _STATES:
            raise AlarmError(400, "invalidQuery", f"state is one of {', '.join(_STATES)}.")
        wanted["cleared"] = state == CLEARED
    if severity := query.get("perceivedSeverity"):
        ours = [own for own, theirs in SEVERITIES.items() if theirs == severity]
        if severity == CLEARED:
            wanted["cleared"] = True
        elif ours:
            wanted |= {"severities": ours, "cleared": False}
        else:
            raise AlarmError(400, "invalidQuery", f"perceivedSeverity is one of {', '.join(SEVERITIES.values())}.")
    for name, field in _TIMES.items():
        if text := query.get(name):
            wanted[field] = _instant(name, text)
    return wanted


def _instant(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in _YEARS:
        raise AlarmError(400, "invalidQuery", f"{name} is a time with its zone.")
    return at


def _whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > most:
        raise AlarmError(400, "invalidQuery", f"{name} is a whole number from 0 to {most}.")
    return int(text)
