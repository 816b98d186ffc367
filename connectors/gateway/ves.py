"""``POST /eventListener/v7`` and ``/eventListener/v7/eventBatch``: the listener of ONAP VES 7.x (7.2.1).

Its events become samples of ``/v1/bts`` and go the same way; only the words differ. The standard's answer to success
has no body, so there is one only where an item was refused, or where nothing was to be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from connectors.gateway.body import JSON, too_many, unreadable
from connectors.gateway.ingest import Read, Route, Taken, answered, take
from connectors.gateway.items import Foreign, Item
from connectors.gateway.problems import FORBIDDEN, INVALID, MEDIA_TYPE, UNREADABLE, Problem
from connectors.gateway.services import Services
from connectors.gateway.ves_errors import VERSION_HEADERS
from ioc.events.problems import MAX_ERRORS, under
from ioc.records import FieldError
from ioc.ves import Refused, Sample, Unused, VesMapping, domain_of, translate
from ioc.vocabulary import WRITE_SCOPE, Source

EVENT_PATH: Final = "/eventListener/v7"
BATCH_PATH: Final = "/eventListener/v7/eventBatch"

_SOURCE: Final[Source] = "bts"
_EVENT: Final = "event"
_LIST: Final = "eventList"


@dataclass(frozen=True, slots=True)
class _Event(Foreign):
    """One VES event as it was sent."""

    domain: str


def router(services: Services, mapping: VesMapping, *, max_future: timedelta) -> APIRouter:
    """The listener's two routes.

    Args:
        services: The running parts.
        mapping: Where things stand in VES events.
        max_future: How far ahead of the clock an event time may be.

    """
    routes = APIRouter()

    def add(path: str, summary: str, member: str) -> None:
        route = Route(
            (WRITE_SCOPE[_SOURCE],), _reader(member, mapping), services.settings.ves_max_body_bytes, basic=True
        )

        async def publish(request: Request, validate: bool = False) -> Response:
            taken = await take(services, request, route, max_future, writes=not validate)
            if not validate:
                _count(services, taken)
            if not taken.accepted:
                raise _refusal(taken, member)
            if validate or not all(outcome.accepted for outcome in taken.outcomes):
                answer = answered(taken, written=not validate)
                answer.headers.update(VERSION_HEADERS)
                return answer
            return Response(status_code=202, headers=VERSION_HEADERS)

        publish.__name__ = f"publish_ves_{member}"
        routes.add_api_route(path, publish, methods=["POST"], status_code=202, tags=["publish"], summary=summary)

    add(EVENT_PATH, "Publish one VES event", _EVENT)
    add(BATCH_PATH, "Publish VES events", _LIST)
    return routes


def _reader(member: str, mapping: VesMapping) -> Read:
    def read(_: Request, kind: str, body: bytes, limit: int) -> tuple[list[Item], bool]:
        if kind not in JSON and kind:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        try:
            content = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError:
            raise unreadable("json", "must be a JSON object in UTF-8") from None
        if not isinstance(content, dict):
            raise unreadable("type", "must be a JSON object")
        if member not in content:
            raise _unread(member, "missing", "required")
        if member == _EVENT:
            return [_event(content[member], mapping)], False
        events = content[member]
        if not isinstance(events, list):
            raise _unread(member, "type", "must be an array")
        if not events:
            raise _unread(member, "empty", "must have at least one event")
        if len(events) > limit:
            raise too_many(limit)
        return [_event(event, mapping) for event in events], True

    return read


def _unread(member: str, code: str, message: str) -> Problem:
    return Problem(UNREADABLE, "Nothing was read.", [FieldError(f"/{member}", code, message)])


def _event(event: Any, mapping: VesMapping) -> _Event:
    def translated(publisher: str, now: datetime) -> Sample | Unused | Refused:
        return translate(event, mapping, publisher, now)

    return _Event(_SOURCE, translated, domain_of(event) or "unknown")


def _count(services: Services, taken: Taken) -> None:
    for item, outcome in zip(taken.items, taken.outcomes, strict=True):
        assert isinstance(item, _Event)
        fate = "rejected" if not outcome.accepted else "unused" if outcome.unused else "accepted"
        services.metrics.ves(item.domain, fate)


def _refusal(taken: Taken, member: str) -> Problem:
    """The problem of a request of which nothing was accepted; its pointers are those of the whole body."""
    kind = FORBIDDEN if all(outcome.forbidden for outcome in taken.outcomes) else INVALID
    errors = [
        error
        for index, outcome in enumerate(taken.outcomes)
        for error in under(f"/{member}/{index}" if taken.batch else f"/{member}", outcome.errors)
    ]
    return Problem(kind, "Nothing was accepted.", errors[:MAX_ERRORS])
