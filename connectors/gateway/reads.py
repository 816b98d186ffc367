"""What may be read until a store exists: a report's answers, the incidents, the alerts."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway import cursor
from connectors.gateway.caller import Caller
from connectors.gateway.problems import BAD_REQUEST, CATCHING_UP, DRAINING, FORBIDDEN, NOT_FOUND, Problem
from connectors.gateway.services import Services
from connectors.gateway.stream import MAX_HISTORY, Alerts, EventStream
from connectors.gateway.units import without_reporters
from connectors.gateway.view import CompactedView, IncidentRow, report_identity
from ioc.records import FieldError
from ioc.topics import alert_topic
from ioc.vocabulary import CATEGORIES, SEVERITIES, STATUSES

_T = TypeVar("_T")

GEOJSON: Final = "application/geo+json"
PAGE: Final = 50
MAX_PAGE: Final = 500


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
        answers = [answer.content for answer in reversed(view.history(report_identity(wanted, report_id)))]
        if not answers:
            raise Problem(
                NOT_FOUND,
                "No answer is known for this report: it was not sent, is older than 90 days, or is on its way.",
            )
        return _json(orjson.dumps(answers[0] | {"answers": answers}))

    @routes.get("/v1/incidents", tags=["read"])
    async def incidents(
        request: Request,
        *,
        centre: str | None = None,
        status: str | None = None,
        category: str | None = None,
        severity: str | None = None,
        since: str | None = None,
        bbox: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
        after: str | None = None,
    ) -> Response:
        """Incidents of the caller's centres and unit, the latest change first. Filters take values separated by commas.

        `next` of a page is `after` of the following one. `bbox` is west,south,east,north in degrees.
        `Accept: application/geo+json` gives a feature collection.
        """
        key = services.access.caller(request, "incidents:read", units=True)
        chosen = _Filter(
            key,
            centres=_choice("centre", centre, services.centres),
            statuses=_choice("status", status, STATUSES),
            categories=_choice("category", category, CATEGORIES),
            severities=_choice("severity", severity, SEVERITIES),
            since=instant("since", since),
            bbox=_bbox(bbox),
            after=_after(after),
        )
        rows = sorted(
            (row for row in ready(services.incidents).newest() if chosen.takes(row)), key=_position, reverse=True
        )
        page = rows[:limit]
        following = _cursor(page[-1]) if len(rows) > limit else None
        if GEOJSON in request.headers.get("accept", ""):
            features = [_feature(row, shown(key, row)) for row in page]
            content = {"type": "FeatureCollection", "features": features, "next": following}
            return Response(orjson.dumps(content), media_type=GEOJSON)
        found = [orjson.Fragment(shown(key, row)) for row in page]
        return _json(orjson.dumps({"incidents": found, "next": following}))

    @routes.get("/v1/incidents/{incident_id}", tags=["read"])
    async def incident(request: Request, incident_id: str) -> Response:
        """One incident as a whole."""
        key = services.access.caller(request, "incidents:read", units=True)
        return _json(shown(key, visible(services, key, incident_id)))

    @routes.get("/v1/stream", tags=["read"])
    async def stream(
        request: Request,
        centre: str | None = None,
        severity: str | None = None,
        history: Annotated[int, Query(ge=0, le=MAX_HISTORY)] = 0,
    ) -> Response:
        """Alerts of the key's centres as server-sent events. `Last-Event-ID` resumes without a gap and a repeat.

        `centre` and `severity` take several values, separated by commas. `history` gives a new listener the newest
        alerts first. A comment comes every ten seconds where nothing happens; an event `gap` says that Kafka no
        longer keeps some of what was missed.
        """
        key = services.access.caller(request, "incidents:read")
        wanted = _choice("centre", centre, services.centres) or services.centres
        severities = _choice("severity", severity, SEVERITIES) or frozenset(SEVERITIES)
        begin = _begin(request)
        if services.draining:
            raise Problem(DRAINING, "Connect again in a moment.", headers={"Retry-After": "2"})
        if not services.hub.ready or services.hub.full:
            raise Problem(CATCHING_UP, "Connect again in a few seconds.", headers={"Retry-After": "2"})
        alerts = Alerts(
            services.hub,
            topics=[alert_topic(each) for each in services.centres if key.sees(each)],
            wanted=[alert_topic(each) for each in wanted if key.sees(each)],
            severities=severities,
            begin=begin,
            history=history,
            goes_on=lambda: not services.draining and services.access.still(request),
        )
        return EventStream(alerts.chunks())

    return routes


def visible(services: Services, key: Caller, incident_id: str) -> IncidentRow:
    """An incident that the caller may see.

    Raises:
        Problem: it is not known (404), or belongs to centres or a unit that the caller does not see (403).

    """
    row = ready(services.incidents).get(incident_id)
    if row is None:
        raise Problem(NOT_FOUND, "No such incident is known.")
    if not _sees(key, row):
        raise Problem(FORBIDDEN, "The incident belongs to a centre or unit that the key does not see.")
    return row


def shown(key: Caller, row: IncidentRow) -> bytes:
    """An incident's JSON as the caller may see it."""
    return without_reporters(row.raw) if key.unit else row.raw


class _Filter:
    def __init__(
        self,
        key: Caller,
        *,
        centres: frozenset[str] | None,
        statuses: frozenset[str] | None,
        categories: frozenset[str] | None,
        severities: frozenset[str] | None,
        since: datetime | None,
        bbox: tuple[float, float, float, float] | None,
        after: tuple[datetime, str] | None,
    ) -> None:
        self._key = key
        self._sets = (("centre", centres), ("status", statuses), ("category", categories), ("severity", severities))
        self._since = since
        self._bbox = bbox
        self._after = after

    def takes(self, row: IncidentRow) -> bool:
        if not _sees(self._key, row):
            return False
        if any(wanted is not None and getattr(row, name) not in wanted for name, wanted in self._sets):
            return False
        if self._since is not None and row.updated_at < self._since:
            return False
        if self._after is not None and _position(row) >= self._after:
            return False
        if self._bbox is None:
            return True
        west, south, east, north = self._bbox
        return row.lat is not None and row.lon is not None and south <= row.lat <= north and west <= row.lon <= east


def _sees(key: Caller, row: IncidentRow) -> bool:
    near = key.sees(row.centre) or (row.centre_also is not None and key.sees(row.centre_also))
    return near and key.handles(row.unit)


def _position(row: IncidentRow) -> tuple[datetime, str]:
    return row.updated_at, row.incident_id


def _feature(row: IncidentRow, raw: bytes) -> dict[str, Any]:
    """A GeoJSON feature (RFC 7946: longitude first); without geometry where the incident is not located."""
    located = row.lat is not None and row.lon is not None
    geometry = {"type": "Point", "coordinates": [row.lon, row.lat]} if located else None
    return {"type": "Feature", "id": row.incident_id, "geometry": geometry, "properties": orjson.Fragment(raw)}


def _cursor(row: IncidentRow) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at.isoformat()} {row.incident_id}".encode()).decode()


def _after(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    try:
        at, _, incident_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        return datetime.fromisoformat(at), incident_id
    except (ValueError, binascii.Error):
        raise _bad("after", "must be `next` of an earlier page") from None


def _begin(request: Request) -> cursor.Places | None:
    text = request.headers.get("last-event-id")
    if not text:
        return None
    try:
        return cursor.parse(text)
    except ValueError:
        raise Problem(BAD_REQUEST, "Last-Event-ID is not an id of this stream; connect without it.") from None


def _choice(name: str, text: str | None, known: tuple[str, ...]) -> frozenset[str] | None:
    if text is None:
        return None
    wanted = frozenset(part.strip() for part in text.split(","))
    if wanted - set(known):
        raise _bad(name, f"must be one or more of: {', '.join(known)}")
    return wanted


def instant(name: str, text: str | None) -> datetime | None:
    """A query parameter that is a time.

    Raises:
        Problem: it is none (400).

    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _bad(name, "must be an RFC 3339 time with offset, its + sent as %2B")
    return at


def _bbox(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise _bad("bbox", "must be west,south,east,north in degrees") from None
    return west, south, east, north


def _bad(name: str, message: str) -> Problem:
    return Problem(BAD_REQUEST, f"The query parameter {name} cannot be used.", [FieldError("", "parameter", message)])


def ready(view: CompactedView[_T]) -> CompactedView[_T]:
    """The view, once it has read what was there at the start.

    Raises:
        Problem: it has not (503).

    """
    if not view.ready:
        raise Problem(CATCHING_UP, "Ask again in a few seconds.", headers={"Retry-After": "2"})
    return view


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
