"""Open incidents and silences as Alertmanager's API v2 tells them: for amtool, for Grafana, for whoever speaks it.

Reading only: a silence of ours has an owner, local times and bounds that one of Alertmanager cannot say.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway.alertmanager_errors import PREFIX
from connectors.gateway.availability import answer, ready
from connectors.gateway.caller import Caller
from connectors.gateway.incidents import sees
from connectors.gateway.library import LibraryAwayError
from connectors.gateway.metrics import version
from connectors.gateway.open_incidents import open_incidents
from connectors.gateway.problems import BAD_REQUEST, FORBIDDEN, METHOD, NOT_FOUND, STORE_AWAY, Problem
from connectors.gateway.services import Services
from connectors.gateway.view import IncidentRow, SilenceRow
from ioc.alertmanager import (
    Matcher,
    Shown,
    Standing,
    alert,
    fingerprint,
    groups,
    read_filter,
    read_pattern,
    silence,
    status,
)
from ioc.alertmanager.alerts import labels
from ioc.records import Silence, decode

_MAX_FILTERS: Final = 32
_Filter = Annotated[list[str] | None, Query(alias="filter", max_length=_MAX_FILTERS)]


def router(services: Services) -> APIRouter:
    """The routes below ``/api/v2``."""
    routes = APIRouter(prefix=PREFIX, tags=["alertmanager"])
    began = datetime.now(UTC)

    @routes.get("/status")
    async def state(request: Request) -> Response:
        """Version, and the centres as receivers: each gets its own."""
        key = _caller(services, request)
        return answer(orjson.dumps(status(_centres(services, key), version(), began)))

    @routes.get("/receivers")
    async def receivers(request: Request) -> Response:
        """Centres that the key sees."""
        key = _caller(services, request)
        return answer(orjson.dumps([{"name": centre} for centre in _centres(services, key)]))

    @routes.get("/alerts")
    async def alerts(  # noqa: PLR0917 - the API's own parameters
        request: Request,
        wanted: _Filter = None,
        receiver: str = "",
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        unprocessed: bool = True,  # noqa: ARG001 - an incident is routed when it is told
    ) -> Response:
        """Open incidents of the key's centres as firing alerts, by fingerprint.

        A child of a storm, an outage or a surge is inhibited by its parent.
        """
        key = _caller(services, request)
        shown = Shown(_asked(wanted), active=active, silenced=silenced, inhibited=inhibited)
        return answer(await _alerts(services, key, shown, receiver, request))

    @routes.get("/alerts/groups")
    async def grouped(  # noqa: PLR0917 - the API's own parameters
        request: Request,
        wanted: _Filter = None,
        receiver: str = "",
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        muted: bool = True,
    ) -> Response:
        """The same alerts by centre and category."""
        key = _caller(services, request)
        shown = Shown(_asked(wanted), active=active, silenced=silenced, inhibited=inhibited)
        return answer(await _alerts(services, key, shown, receiver, request, in_groups=True, muted=muted))

    @routes.get("/silences")
    async def silences(
        request: Request,
        wanted: _Filter = None,
        active: bool = True,
        pending: bool = True,
        expired: bool = True,
    ) -> Response:
        """Silences and maintenance windows of the key's centres; a recurring one as its present or next occurrence."""
        key = _caller(services, request)
        asked = _asked(wanted)
        states = {"active": active, "pending": pending, "expired": expired}
        now = datetime.now(UTC)
        rows = [row for row in ready(services.silences).newest() if _is_silence(row) and _sees(key, row)]
        found = (silence(decode(Silence, row.raw), now, services.zone) for row in rows)
        return answer(orjson.dumps([each for each in found if states[each["status"]["state"]] and _about(each, asked)]))

    @routes.get("/silence/{silence_id}")
    async def one_silence(request: Request, silence_id: str) -> Response:
        """One of them."""
        key = _caller(services, request)
        row = ready(services.silences).get(silence_id)
        if row is None or not _is_silence(row):
            raise Problem(NOT_FOUND, "No such silence is known.")
        if not _sees(key, row):
            raise Problem(FORBIDDEN, "It is about centres that the key does not see.")
        return answer(orjson.dumps(silence(decode(Silence, row.raw), datetime.now(UTC), services.zone)))

    @routes.post("/silences", include_in_schema=False)
    @routes.delete("/silence/{silence_id:path}", include_in_schema=False)
    async def no_silencing() -> Response:
        raise Problem(
            METHOD,
            "Silences are begun at POST /v1/silences and ended at DELETE /v1/silences/{id}, or with `ioc silence`: "
            "they need an owner, and are bounded.",
            headers={"Allow": "GET"},
        )

    @routes.post("/alerts", include_in_schema=False)
    async def no_alerting() -> Response:
        raise Problem(METHOD, "Events are sent to the routes below /v1.", headers={"Allow": "GET"})

    return routes


def _caller(services: Services, request: Request) -> Caller:
    """Who asks: a key by bearer or as the password of HTTP Basic, as amtool and Grafana send it, or a session."""
    return services.access.caller(request, "incidents:read", basic=True)


def _asked(texts: list[str] | None) -> tuple[Matcher, ...]:
    try:
        return read_filter(texts or ())
    except ValueError as error:
        raise Problem(BAD_REQUEST, f"The filter cannot be used: {error}.") from None


def _receiver(text: str) -> re.Pattern[str] | None:
    try:
        return read_pattern(text) if text else None
    except ValueError as error:
        raise Problem(BAD_REQUEST, f"The receiver cannot be used: {error}.") from None


def _centres(services: Services, key: Caller) -> list[str]:
    return [centre for centre in services.centres if key.sees(centre)]


async def _alerts(
    services: Services,
    key: Caller,
    shown: Shown,
    receiver: str,
    request: Request,
    *,
    in_groups: bool = False,
    muted: bool = True,
) -> bytes:
    """The alerts' JSON, made beside the loop: thousands of incidents take a while."""
    view = ready(services.incidents)
    try:
        rows = await open_incidents(view, services.library)
    except LibraryAwayError as error:
        raise Problem(STORE_AWAY, str(error), headers={"Retry-After": "2"}) from None
    silences = [row.raw for row in ready(services.silences).newest() if not row.over]
    pattern = _receiver(receiver)
    mine = [row for row in rows if sees(key, row) and (pattern is None or pattern.fullmatch(row.centre))]
    open_now = {row.incident_id for row in rows}
    link = str(request.base_url) + "v1/incidents/"

    def told() -> bytes:
        now = datetime.now(UTC)
        standing = Standing.of((decode(Silence, raw) for raw in silences), now, services.zone)
        found = [each for row in mine if shown.fits(each := _alert(row, open_now, standing, now, link))]
        found.sort(key=lambda each: str(each["fingerprint"]))
        return orjson.dumps(groups(found, muted=muted) if in_groups else found, option=orjson.OPT_UTC_Z)

    return await asyncio.to_thread(told)


def _alert(row: IncidentRow, open_now: set[str], standing: Standing, now: datetime, link: str) -> dict[str, Any]:
    incident = orjson.loads(row.raw)
    named = labels(incident, standing.mode(row.centre, incident["commune"]))
    reported = any(each["source"] == "reports" for each in incident["evidence"])
    parent = incident["parent"]
    return alert(
        incident,
        now,
        named=named,
        silenced_by=standing.holding(named, reported=reported),
        inhibited_by=[fingerprint(parent)] if parent in open_now else [],
        link=link + row.incident_id,
    )


def _is_silence(row: SilenceRow) -> bool:
    """Whether it holds alerts back; an emergency mode does not."""
    return row.kind != "emergency"


def _sees(key: Caller, row: SilenceRow) -> bool:
    return any(map(key.sees, row.centres))


def _about(found: dict[str, Any], asked: Sequence[Matcher]) -> bool:
    """Whether a silence asks for what is looked for: its matchers count as labels, as Alertmanager has it."""
    named = {each["name"]: each["value"] for each in found["matchers"]}
    return all(matcher.fits(named) for matcher in asked)
