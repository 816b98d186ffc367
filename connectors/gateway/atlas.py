"""What a map and a board of data quality show: places, and how stations, sites, gates and devices are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.gateway.availability import reading
from connectors.gateway.caller import Caller
from connectors.gateway.services import Services
from connectors.gateway.tagged import tagged
from ioc.vocabulary import Source

MAX_HOURS: Final = 24 * 31
MAX_DEVICES: Final = 2_000
_PLACES_S: Final = 300
"""Outlines are large and change with the province's data only."""

State = Literal["online", "silent", "faulty", "maintenance", "stuck"]
Rows = Sequence[Mapping[str, Any]]


def router(services: Services) -> APIRouter:
    """The routes of the map and of quality."""
    routes = APIRouter()

    @routes.get("/v1/map/places", tags=["read"])
    async def places(request: Request) -> Response:
        """The province, its centres and communes, with an outline of each as GeoJSON.

        `outlined_by` is `boundaries`, or `points`: where a commune's points of reference are the nearest, which is how
        positions are located then. `tiles` is the address of map tiles, if any is configured.
        """
        services.access.caller(request, "incidents:read", units=True)
        async with reading(services) as library:
            return await tagged(request, library.places(), max_age_s=_PLACES_S)

    @routes.get("/v1/map/stations", tags=["read"])
    async def stations(request: Request) -> Response:
        """Air of the stations of the caller's centres, by level of VN_AQI; `levels` says what these are called.

        `told_at` says as of when; `stale`: nothing has been heard of it for longer than everything is told again.
        """
        key = services.access.caller(request, "incidents:read")
        async with reading(services) as library:
            rows, levels = await library.air()
        return await tagged(request, {"stations": _seen(key, rows), "levels": levels})

    @routes.get("/v1/map/sites", tags=["read"])
    async def sites(request: Request) -> Response:
        """Base stations of the caller's centres; the state of each is the worst of its operators and technologies."""
        key = services.access.caller(request, "incidents:read")
        async with reading(services) as library:
            return await tagged(request, {"sites": _seen(key, await library.sites())})

    @routes.get("/v1/map/gates", tags=["read"])
    async def gates(request: Request) -> Response:
        """Border gates of the caller's centres by direction: queue, backlog, yards, waits, and the gravest level."""
        key = services.access.caller(request, "incidents:read")
        async with reading(services) as library:
            return await tagged(request, {"gates": _seen(key, await library.gates())})

    @routes.get("/v1/quality", tags=["read"])
    async def quality(request: Request, hours: Annotated[int, Query(ge=1, le=MAX_HOURS)] = 24) -> Response:
        """How good the data of the last hours was: correct, complete, clean, live per source and class, worst first.

        A `class` that is null stands for the whole source, an empty one for devices that no register knows; `least`
        has what is asked. `devices` counts those of the caller's centres by source and state.
        """
        key = services.access.caller(request, "incidents:read")
        now = datetime.now(UTC)
        async with reading(services) as library:
            found = await library.quality(now - timedelta(hours=hours), now)
            devices = _seen(key, await library.devices())
        counts: dict[str, Counter[str]] = {}
        for row in devices:
            counts.setdefault(row["source"], Counter())[row["state"]] += 1
        return await tagged(request, {**found, "devices": counts})

    @routes.get("/v1/quality/devices", tags=["read"])
    async def devices(
        request: Request,
        state: State | None = None,
        source: Source | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_DEVICES)] = MAX_DEVICES,
    ) -> Response:
        """Devices of the caller's centres that are not online, or are in a state; since the longest first."""
        key = services.access.caller(request, "incidents:read")
        async with reading(services) as library:
            rows = _seen(key, await library.devices())
        rows = [
            row
            for row in rows
            if (row["state"] == state if state else row["state"] != "online") and source in {None, row["source"]}
        ]
        rows.sort(key=lambda row: (row["since"], row["id"]))
        return await tagged(request, {"devices": rows[:limit], "count": len(rows)})

    return routes


def _seen(key: Caller, rows: Rows) -> list[Mapping[str, Any]]:
    """What lies in the caller's centres, or partly does."""
    return [row for row in rows if key.sees(row["centre"]) or (row["centre_also"] and key.sees(row["centre_also"]))]
