"""Silences, maintenance windows and emergency modes: asked for by operators, kept by the incidents agent, read here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.audit import act as audited
from connectors.gateway import parameters
from connectors.gateway.actions import MAX_WAIT_S, WAIT_S, acting, check_actor, command_id
from connectors.gateway.availability import ready
from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.caller import Caller
from connectors.gateway.problems import CONFLICT, FORBIDDEN, INVALID, MEDIA_TYPE, NOT_FOUND, Problem
from connectors.gateway.services import Services, written
from connectors.gateway.view import SilenceRow
from connectors.gateway.writer import Record
from ioc.emit import headers_of
from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.identity import lettered
from ioc.records import Command, FieldError, SilenceWindow, encode
from ioc.topics import COMMANDS
from ioc.vocabulary import SilenceAction

MAX_BODY: Final = 65_536
_MAX_KEY_CHARS: Final = 200

Kind = Literal["silence", "maintenance", "emergency"]
_Words = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class SilenceRequest:
    """What an operator asks for."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    owner: _Words
    """Who answers for it."""
    reason: _Words
    ends_at: AwareDatetime
    kind: Kind = "silence"
    matchers: Annotated[list[str], Field(max_length=16)] = field(default_factory=list)
    """All have to be fulfilled, as in routes; also `device`, `site` and `kind`. Not for an emergency mode."""
    centres: list[str] = field(default_factory=list)
    """Whose incidents it is about; empty: of all centres that the key sees."""
    communes: Annotated[list[str], Field(max_length=300)] = field(default_factory=list)
    """Where an emergency mode is in force; empty: in all of its centres."""
    windows: Annotated[list[SilenceWindow], Field(max_length=16)] = field(default_factory=list)
    """Recurring local times in which it holds; empty: always. Not for an emergency mode."""
    starts_at: AwareDatetime | None = None
    by: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Who acts, where the key belongs to a whole desk; written as `<publisher>/<by>`."""


SILENCE_REQUEST: Final = TypeAdapter(SilenceRequest)
SILENCE_EXAMPLE: Final = {
    "owner": "Tổ trực điện lực",
    "reason": "Cắt điện theo kế hoạch",
    "matchers": ["category = power_water", "subcategory = no_power"],
    "centres": ["province"],
    "ends_at": "2026-12-01T18:00:00+07:00",
}


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/v1/silences", status_code=202, tags=["act"])
    async def begin(request: Request, wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = WAIT_S) -> Response:
        """Silence alerts, maintain devices or sites, or call an emergency mode.

        202 means that Kafka has the command; `result` says what became of it within `wait` seconds (at most 10, 2
        unless given): `accepted`, or `pending`. What the province's owner refuses is 409. The same `Idempotency-Key`
        again is the same silence.
        """
        key = services.access.caller(request, "incidents:write")
        if media_type(request) not in JSON | {""}:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        wanted = read_model(SILENCE_REQUEST, await read_body(request, MAX_BODY), "The silence was not accepted.")
        _check(services, key, wanted)
        services.access.spend(key, 1, request)
        emergency = wanted.kind == "emergency"
        asked = _command_id(request, key)
        arguments: dict[str, Any] = {
            "owner": services.redact(wanted.owner).text,
            "centres": wanted.centres or [centre for centre in services.centres if key.sees(centre)],
            "ends_at": wanted.ends_at.isoformat(),
        }
        if emergency:
            arguments["communes"] = wanted.communes
        else:
            arguments |= {"kind": wanted.kind, "matchers": wanted.matchers, "windows": wanted.windows}
            if wanted.starts_at is not None:
                arguments["starts_at"] = wanted.starts_at.isoformat()
        # The first part of an id says where a command must go; letters alone are never somebody's number.
        letters = lettered(hashlib.sha256(asked.encode()).digest()[:6])
        name = f"{services.province}-{wanted.kind}-{letters}"
        action: SilenceAction = "emergency" if emergency else "silence"
        return await _sent(services, key, action, name, wanted.by, wanted.reason, asked, arguments, wait)

    @routes.get("/v1/silences", tags=["read"])
    async def silences(
        request: Request,
        *,
        centre: str | None = None,
        kind: Kind | None = None,
        over: Annotated[bool, Query()] = False,
    ) -> Response:
        """Silences, maintenance windows and emergency modes of the key's centres, the latest change first.

        `over=true` lists those too that have ended.
        """
        key = services.access.caller(request, "incidents:read")
        if centre is not None and centre not in services.centres:
            raise parameters.bad("centre", f"must be one of: {', '.join(services.centres)}")
        rows = [
            orjson.Fragment(row.raw)
            for row in ready(services.silences).newest()
            if _sees(key, row)
            and (centre is None or centre in row.centres)
            and (kind is None or row.kind == kind)
            and (over or not row.over)
        ]
        return Response(orjson.dumps({"silences": rows}), media_type="application/json")

    @routes.get("/v1/silences/{silence_id}", tags=["read"])
    async def silence(request: Request, silence_id: str) -> Response:
        """One of them as a whole."""
        key = services.access.caller(request, "incidents:read")
        return Response(_visible(services, key, silence_id).raw, media_type="application/json")

    @routes.delete("/v1/silences/{silence_id}", status_code=202, tags=["act"])
    async def end(
        request: Request,
        silence_id: str,
        reason: Annotated[str, Query(max_length=500)] = "",
        by: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = WAIT_S,
    ) -> Response:
        """End a silence, a maintenance window or an emergency mode before its time."""
        key = services.access.caller(request, "incidents:write")
        row = _visible(services, key, silence_id)
        if not all(map(key.sees, row.centres)):
            raise Problem(FORBIDDEN, "It is about other centres too: only a key of all of them ends it.")
        if row.over:
            raise Problem(CONFLICT, "It has ended already.")
        check_actor(key, by)
        services.access.spend(key, 1, request)
        action: SilenceAction = "end_emergency" if row.kind == "emergency" else "unsilence"
        return await _sent(
            services,
            key,
            action,
            silence_id,
            by,
            reason,
            _command_id(request, key),
            {},
            wait,
        )

    return routes


def _check(services: Services, key: Caller, wanted: SilenceRequest) -> None:
    """Refuse what the agent would refuse without knowing who asks, and what is wrong at first sight."""
    errors = [
        FieldError(f"/centres/{number}", "not_allowed", f"must be one of {', '.join(services.centres)}")
        for number, centre in enumerate(wanted.centres)
        if centre not in services.centres
    ]
    if wanted.kind == "emergency":
        names = ("matchers", "windows", "starts_at")
        errors += [
            FieldError(f"/{name}", "unknown", "is not for an emergency mode") for name in names if getattr(wanted, name)
        ]
    else:
        if not wanted.matchers:
            errors.append(FieldError("/matchers", "missing", "must have at least one"))
        if wanted.communes:
            errors.append(FieldError("/communes", "unknown", "is for an emergency mode; use a matcher"))
    errors += [
        FieldError(f"/matchers/{number}", PERSONAL, PERSONAL_MESSAGE)
        for number, text in enumerate(wanted.matchers)
        if is_personal(text)
    ]
    if errors:
        raise Problem(INVALID, "The silence was not accepted.", errors)
    if not all(map(key.sees, wanted.centres)):
        raise Problem(FORBIDDEN, "The key does not see all of these centres.")
    check_actor(key, wanted.by)


def _command_id(request: Request, key: Caller) -> str:
    # To begin and to end are two things, whatever key they have.
    return command_id(request, f"{key.who}\n{request.method}")


async def _sent(  # noqa: PLR0917  # the parts of a command
    services: Services, key: Caller, action: SilenceAction, name: str, by: str | None, reason: str, asked: str,
    arguments: dict[str, Any], wait_s: float,
) -> Response:  # fmt: skip
    """Have Kafka take the command, and say what became of it as soon as that is known."""
    command = Command(
        command_id=asked,
        incident_id=name,
        action=action,
        by=acting(key, by),
        at=datetime.now(UTC),
        reason=services.redact(reason).text,
        arguments=arguments,
    )
    entry = audited(
        command.by, f"silence.{action}", name, outcome="requested", command_id=asked, key=key.id, via=key.kind
    )
    record = Record(COMMANDS, services.province.encode(), encode(command), headers_of(command, services.province))
    effect = await services.effects.after(written(services, [record], [entry]), asked, wait_s)
    if effect is not None and effect.result == "rejected":
        errors = [
            FieldError(each["pointer"].removeprefix("/arguments"), each["code"], each["message"])
            for each in effect.errors
        ]
        raise Problem(CONFLICT, "It was refused.", errors, extra={"command_id": asked})
    answer = {"silence_id": name, "command_id": asked, "result": effect.result if effect else "pending"}
    return Response(orjson.dumps(answer), status_code=202, media_type="application/json")


def _sees(key: Caller, row: SilenceRow) -> bool:
    return any(map(key.sees, row.centres))


def _visible(services: Services, key: Caller, silence_id: str) -> SilenceRow:
    row = ready(services.silences).get(silence_id)
    if row is None:
        raise Problem(NOT_FOUND, "No such silence is known.")
    if not _sees(key, row):
        raise Problem(FORBIDDEN, "It is about centres that the key does not see.")
    return row
