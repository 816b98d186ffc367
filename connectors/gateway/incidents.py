"""Incidents: found by filters, read by id, explained."""

from __future__ import annotations

import asyncio
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway import parameters
from connectors.gateway.availability import answer, reading, ready
from connectors.gateway.caller import Caller
from connectors.gateway.library import Found, LibraryAwayError, Page, Wanted
from connectors.gateway.problems import FORBIDDEN, NOT_FOUND, Problem
from connectors.gateway.services import Services
from connectors.gateway.units import without_reporters
from connectors.gateway.view import IncidentRow
from ioc.records import Incident
from ioc.vocabulary import CATEGORIES, SEVERITIES, STATUSES

_FIELDS: Final = tuple(field.name for field in dataclass_fields(Incident))
GEOJSON: Final = "application/geo+json"
PAGE: Final = 50
MAX_PAGE: Final = 500


def router(services: Services) -> APIRouter:
    """The routes of incidents."""
    routes = APIRouter()

    @routes.get("/v1/incidents", tags=["read"])
    async def incidents(
        request: Request,
        *,
        centre: str | None = None,
        status: str | None = None,
        category: str | None = None,
        subcategory: str | None = None,
        severity: str | None = None,
        unit: str | None = None,
        commune: str | None = None,
        parent: str | None = None,
        overdue: bool | None = None,
        text: Annotated[str | None, Query(max_length=200)] = None,
        since: str | None = None,
        opened_from: str | None = None,
        opened_before: str | None = None,
        bbox: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
        after: str | None = None,
        fields: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> Response:
        """Incidents of the caller's centres and unit, the latest change first. Filters take values separated by commas.

        `next` of a page is `after` of the following one. `bbox` is west,south,east,north in degrees; `text` are words
        of title or evidence, with or without diacritics. `fields` names the members that are wanted of each, all unless
        given: a list of thousands needs neither evidence nor history. `Accept: application/geo+json` gives a feature
        collection. Lists come from the store, which is moments behind; an incident by its id is not.
        """
        key = services.access.caller(request, "incidents:read", units=True)
        members = parameters.choice("fields", fields, _FIELDS)
        wanted = Wanted(
            visible=None if not key.centres else key.centres,
            centres=parameters.choice("centre", centre, services.centres),
            statuses=parameters.choice("status", status, STATUSES),
            categories=parameters.choice("category", category, CATEGORIES),
            subcategories=parameters.values(subcategory),
            severities=parameters.choice("severity", severity, SEVERITIES),
            units=_units(key, parameters.values(unit)),
            communes=parameters.values(commune),
            overdue=overdue,
            parent=parent,
            box=parameters.bbox(bbox),
            text=text,
            since=parameters.instant("since", since),
            opened_from=parameters.instant("opened_from", opened_from),
            opened_before=parameters.instant("opened_before", opened_before),
        )
        async with reading(services) as library:
            page = await library.find(wanted, parameters.after(after), limit)
        if GEOJSON in request.headers.get("accept", ""):
            return Response(await asyncio.to_thread(_collection, key, page, members), media_type=GEOJSON)
        return answer(await asyncio.to_thread(_list, key, page, members))

    @routes.get("/v1/incidents/{incident_id}", tags=["read"])
    async def incident(request: Request, incident_id: str) -> Response:
        """One incident as a whole, as of now; its ETag goes into `If-Match` of an action."""
        key = services.access.caller(request, "incidents:read", units=True)
        row = visible(services, key, incident_id)
        tag = f'"{row.version}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(shown(key, row.raw), media_type="application/json", headers={"ETag": tag})

    @routes.get("/v1/incidents/{incident_id}/why", tags=["read"])
    async def why(request: Request, incident_id: str) -> Response:
        """Why an incident is as it is: every decision as a sentence in Vietnamese and English, and the dossier."""
        key = services.access.caller(request, "incidents:read")
        visible(services, key, incident_id)
        async with reading(services) as library:
            story = await library.why(incident_id)
        if story is None:
            raise Problem(NOT_FOUND, "The store does not know the incident yet; ask again in a moment.")
        return answer(orjson.dumps(story))

    @routes.get("/v1/incidents/{incident_id}/evidence", tags=["read"])
    async def evidence(request: Request, incident_id: str) -> Response:
        """What belongs to an incident, the earliest first, with redacted texts."""
        key = services.access.caller(request, "incidents:read")
        visible(services, key, incident_id)
        async with reading(services) as library:
            return answer(orjson.dumps({"evidence": await library.evidence(incident_id)}))

    return routes


def visible(services: Services, key: Caller, incident_id: str) -> IncidentRow:
    """An incident that the caller may see.

    Raises:
        Problem: it is not known (404), or belongs to centres or a unit that the caller does not see (403).

    """
    row = ready(services.incidents).get(incident_id)
    if row is None:
        raise Problem(NOT_FOUND, "No such incident is known.")
    if not sees(key, row):
        raise Problem(FORBIDDEN, "The incident belongs to a centre or unit that the key does not see.")
    return row


def sees(key: Caller, row: IncidentRow) -> bool:
    """Whether an incident is of a centre, and a unit, that the caller sees."""
    near = key.sees(row.centre) or (row.centre_also is not None and key.sees(row.centre_also))
    return near and key.handles(row.unit)


def shown(key: Caller, document: bytes) -> bytes:
    """An incident's JSON as the caller may see it."""
    return without_reporters(document) if key.unit else document


def _units(key: Caller, asked: frozenset[str] | None) -> frozenset[str] | None:
    """Units whose incidents are looked for: of who is bound to one, that one."""
    if not key.unit:
        return asked
    if asked is not None and key.unit not in asked:
        raise Problem(FORBIDDEN, "Only incidents of the own unit are open.")
    return frozenset({key.unit})


async def listed_version(services: Services, incident_id: str) -> int | None:
    """Version of an incident that lists show; none where the store does not say."""
    try:
        return await services.library.version(incident_id) if services.library else None
    except LibraryAwayError:
        return None


def _chosen(document: bytes, members: frozenset[str] | None) -> Any:
    """An incident's JSON, or those of its members that are asked for."""
    if members is None:
        return orjson.Fragment(document)
    return {name: value for name, value in orjson.loads(document).items() if name in members}


def _list(key: Caller, page: Page, members: frozenset[str] | None) -> bytes:
    """The answer's body; hundreds of documents are taken apart for it, which nobody else should wait for."""
    rows = [_chosen(shown(key, each.document), members) for each in page.incidents]
    return orjson.dumps({"incidents": rows, "next": _following(page)})


def _collection(key: Caller, page: Page, members: frozenset[str] | None) -> bytes:
    features = [_feature(key, each, members) for each in page.incidents]
    return orjson.dumps({"type": "FeatureCollection", "features": features, "next": _following(page)})


def _following(page: Page) -> str | None:
    return parameters.cursor(page.after) if page.after else None


def _feature(key: Caller, found: Found, members: frozenset[str] | None) -> dict[str, Any]:
    """A GeoJSON feature (RFC 7946: longitude first); without geometry where the incident is not located."""
    located = found.lat is not None and found.lon is not None
    geometry = {"type": "Point", "coordinates": [found.lon, found.lat]} if located else None
    return {
        "type": "Feature", "id": found.incident_id, "geometry": geometry,
        "properties": _chosen(shown(key, found.document), members),
    }  # fmt: skip
