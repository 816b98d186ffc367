"""What may be read of reports and alerts: a report's answers, alerts as a stream."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway import cursor, parameters
from connectors.gateway.availability import answer, ready
from connectors.gateway.problems import BAD_REQUEST, CATCHING_UP, DRAINING, FORBIDDEN, NOT_FOUND, Problem
from connectors.gateway.services import Services
from connectors.gateway.sieve import Sieve
from connectors.gateway.stream import MAX_HISTORY, Alerts, EventStream
from connectors.gateway.view import report_identity
from ioc.topics import alert_topic
from ioc.vocabulary import ALERT_REASONS, CATEGORIES, SEVERITIES


def router(services: Services) -> APIRouter:
    """The reading routes."""
    routes = APIRouter()

    @routes.get("/v1/reports/{report_id:path}", tags=["read"])
    async def report(request: Request, report_id: str, source: str | None = None) -> Response:
        """What the citizen may see of a report: its status and every answer so far, the newest first.

        Without `source` the report is looked up under the key's publisher; other publishers' reports need the scope
        `incidents:read`.
        """
        key = services.access.caller(request, "reports:read", "incidents:read")
        wanted = source or key.publisher
        if not key.owns(wanted) and not key.allows("incidents:read"):
            raise Problem(FORBIDDEN, "The key may read the reports of its own publisher only.")
        view = ready(services.feedback)
        answers = [each.content for each in reversed(view.history(report_identity(wanted, report_id)))]
        if not answers:
            raise Problem(
                NOT_FOUND,
                "No answer is known for this report: it was not sent, is older than 90 days, or is on its way.",
            )
        return answer(orjson.dumps(answers[0] | {"answers": answers}))

    @routes.get("/v1/stream", tags=["read"])
    async def stream(
        request: Request,
        *,
        centre: str | None = None,
        severity: str | None = None,
        category: str | None = None,
        reason: str | None = None,
        commune: str | None = None,
        unit: str | None = None,
        history: Annotated[int, Query(ge=0, le=MAX_HISTORY)] = 0,
    ) -> Response:
        """Alerts of the key's centres as server-sent events. `Last-Event-ID` resumes without a gap and a repeat.

        The filters take several values, separated by commas. `history` gives a new listener the newest alerts first;
        an id without data says that what follows is live. A comment comes every ten seconds where nothing happens; an
        event `gap` says that Kafka no longer keeps some of what was missed.
        """
        key = services.access.caller(request, "incidents:read")
        wanted = parameters.choice("centre", centre, services.centres) or services.centres
        sieve = Sieve(
            parameters.choice("severity", severity, SEVERITIES),
            parameters.choice("category", category, CATEGORIES),
            parameters.choice("reason", reason, ALERT_REASONS),
            parameters.values(commune),
            parameters.values(unit),
        )
        begin = _begin(request)
        if services.draining:
            raise Problem(DRAINING, "Connect again in a moment.", headers={"Retry-After": "2"})
        if not services.hub.ready or services.hub.full:
            raise Problem(CATCHING_UP, "Connect again in a few seconds.", headers={"Retry-After": "2"})
        alerts = Alerts(
            services.hub,
            topics=[alert_topic(each) for each in services.centres if key.sees(each)],
            wanted=[alert_topic(each) for each in wanted if key.sees(each)],
            sieve=sieve,
            begin=begin,
            history=history,
            goes_on=lambda: not services.draining and services.access.still(request),
        )
        return EventStream(alerts.chunks())

    return routes


def _begin(request: Request) -> cursor.Places | None:
    text = request.headers.get("last-event-id")
    if not text:
        return None
    try:
        return cursor.parse(text)
    except ValueError:
        raise Problem(BAD_REQUEST, "Last-Event-ID is not an id of this stream; connect without it.") from None
