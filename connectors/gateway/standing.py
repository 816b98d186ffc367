"""``GET /v1/incidents/{id}/standing`` and ``/answers``: what a person needs beside the record to handle an incident."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from connectors.gateway.availability import answer, reading, ready
from connectors.gateway.caller import Caller
from connectors.gateway.incidents import visible
from connectors.gateway.library import LibraryAwayError
from connectors.gateway.services import Services
from connectors.gateway.view import IncidentRow
from ioc.incidents.standing import Choice, Witness, call, choices, emergencies, hiding, mode, resolved_at
from ioc.records import Incident, Silence, decode

_TOLD: Final = ("silence_id", "kind", "owner", "reason", "ends_at")
"""What is said of a silence or an emergency mode; the rest is at its own route."""


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/v1/incidents/{incident_id}/standing", tags=["read"])
    async def standing(request: Request, incident_id: str) -> Response:
        """Where an incident stands for the caller: actions, clocks, and what hides its alerts.

        `actions` are those that its state, the centre in charge and the caller's role allow now, each with whether
        it wants a reason. `clocks.acknowledge` says by when somebody should have taken it up, and who is told next if
        nobody does; it is null where nobody is waited for. `silences` and `emergencies` are those in force for it now;
        handling units are not told of them.
        """
        key = services.access.caller(request, "incidents:read", units=True)
        row = visible(services, key, incident_id)
        incident = decode(Incident, row.raw)
        now = datetime.now(UTC)
        kept = [decode(Silence, each.raw) for each in ready(services.silences).newest() if not each.over]
        told: dict[str, Any] = {
            "incident_id": incident_id,
            "version": row.version,
            "actions": [choice._asdict() for choice in _allowed(services, key, row, incident)],
            "clocks": {"acknowledge": None, "unit": _unit(incident), "resolve": _resolve(incident)},
            "silences": [],
            "emergencies": [],
        }
        if services.rules is not None:
            witnesses = await _witnesses(services, incident_id)
            waits = call(incident, services.rules, now, mode=mode(incident, kept, now), witnesses=witnesses)
            hidden = hiding(incident, kept, services.rules, now, witnesses)
            if waits is not None and hidden:
                waits = waits._replace(next_at=None, to=None)  # calls are held back like every alert
            told["clocks"]["acknowledge"] = waits._asdict() if waits is not None else None
            if not key.unit:
                told |= {"silences": _told(hidden), "emergencies": _told(emergencies(incident, kept, now))}
        return answer(orjson.dumps(told, option=orjson.OPT_UTC_Z))

    @routes.get("/v1/incidents/{incident_id}/answers", tags=["read"])
    async def answers(request: Request, incident_id: str) -> Response:
        """What the citizens whose reports belong to an incident were told, the earliest first."""
        key = services.access.caller(request, "incidents:read")
        visible(services, key, incident_id)
        async with reading(services) as library:
            return answer(orjson.dumps({"answers": await library.answers(incident_id)}))

    return routes


def _allowed(services: Services, key: Caller, row: IncidentRow, incident: Incident) -> Iterable[Choice]:
    if not (key.allows("incidents:write") and key.sees(row.centre)):
        return ()
    last_resort = services.rules.routes.last_resort if services.rules is not None else None
    return (choice for choice in choices(incident, last_resort) if key.may(choice.action))


def _unit(incident: Incident) -> dict[str, Any] | None:
    """Who has it since when; none where it is nobody's."""
    running = incident.unit_clocks[-1] if incident.unit_clocks else None
    if running is None or running["to"] is not None:
        return None
    return {"unit": running["unit"], "since": running["from"]}


def _resolve(incident: Incident) -> dict[str, Any]:
    return {
        "due_at": incident.due_at, "done_at": resolved_at(incident.history), "overdue": incident.overdue,
        "paused_at": incident.clock["paused_at"], "pause": incident.clock["pause"],
    }  # fmt: skip


async def _witnesses(services: Services, incident_id: str) -> list[Witness]:
    """Machines among the evidence; without the store what is said of silences of devices may be too little."""
    try:
        pieces = await services.library.evidence(incident_id) if services.library else ()
    except LibraryAwayError:
        return []
    return [Witness(each["device"], each["kind"] or "") for each in pieces if each["device"]]


def _told(records: Iterable[Silence]) -> list[dict[str, Any]]:
    return [{name: getattr(record, name) for name in _TOLD} for record in records]
