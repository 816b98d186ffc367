"""``GET /v1/audit``: who did what, for auditors."""

from __future__ import annotations

import heapq
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
from aiokafka.errors import KafkaError
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.audit import AuditUnreadable, act, follow
from connectors.gateway.parameters import instant
from connectors.gateway.problems import UNAVAILABLE, Problem
from connectors.gateway.services import Services
from ioc.audit import read_link

_DAY: Final = timedelta(days=1)
_MAX: Final = 1000


def router(services: Services) -> APIRouter:
    """The audit's route."""
    routes = APIRouter()

    @routes.get("/v1/audit", tags=["read"])
    async def audit(
        request: Request,
        since: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        limit: Annotated[int, Query(ge=1, le=_MAX)] = 100,
    ) -> Response:
        """The newest records of the audit, the newest first; of the last day unless `since` says from when.

        `actor` and `action` are exact, `action` may end with a dot for all below it. Reading it is written down too.
        """
        caller = services.access.caller(request, "audit:read", units=True)
        services.access.spend(caller, 1, request)
        begin = instant("since", since) or datetime.now(UTC) - _DAY
        await services.note(act(caller.name, "audit.read", "ioc.audit", since=begin.isoformat()))
        try:
            found = await _newest(services.options, begin, actor, action, limit)
        except (KafkaError, OSError, AuditUnreadable):
            raise Problem(UNAVAILABLE, "The audit cannot be read now.", headers={"Retry-After": "5"}) from None
        return Response(orjson.dumps({"records": found}), media_type="application/json")

    return routes


async def _newest(
    options: dict[str, Any], since: datetime, actor: str | None, action: str | None, limit: int
) -> list[dict[str, Any]]:
    newest: list[tuple[datetime, int, dict[str, Any]]] = []
    number = 0
    async with aclosing(follow(options, since=since)) as batches:
        async for batch in batches:
            for record in batch.records:
                found = read_link(record.value)
                if found is None or (actor is not None and found.actor != actor):
                    continue
                if action is not None and not _is(str(found.content.get("action")), action):
                    continue
                number += 1
                entry = (found.at, number, dict(found.content))
                if len(newest) < limit:
                    heapq.heappush(newest, entry)
                else:
                    heapq.heappushpop(newest, entry)
    return [content for _, _, content in sorted(newest, key=lambda each: each[:2], reverse=True)]


def _is(action: str, wanted: str) -> bool:
    return action.startswith(wanted) if wanted.endswith(".") else action == wanted
