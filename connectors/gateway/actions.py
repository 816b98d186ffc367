"""``POST /v1/incidents/{id}/actions``: an operator's command on its way to the incidents agent."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.problems import BAD_REQUEST, FORBIDDEN, INVALID, MEDIA_TYPE, Problem
from connectors.gateway.reads import visible
from connectors.gateway.services import Services, written
from connectors.gateway.writer import Record
from ioc.classify.redact import Redactor
from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.records import Command, FieldError, encode
from ioc.topics import COMMANDS
from ioc.vocabulary import Action

MAX_BODY: Final = 65_536
_MAX_KEY_CHARS: Final = 200
_CODES: Final = frozenset(
    {"unit", "into", "incident", "signal_id", "category", "subcategory", "severity", "rating", "deadline"}
)
"""Arguments that are no free text."""


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """What an operator asks for."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    action: Action
    reason: Annotated[str, Field(max_length=2000)] = ""
    expected_version: Annotated[int, Field(ge=1)] | None = None
    """Refuse the command where the incident has changed since this version."""
    by: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Who acts, where the key belongs to a whole desk; written as `<publisher>/<by>`."""
    arguments: dict[str, Any] = field(default_factory=dict)


ACTION_REQUEST: Final = TypeAdapter(ActionRequest)


def router(services: Services) -> APIRouter:
    """The commanding route."""
    routes = APIRouter()

    @routes.post("/v1/incidents/{incident_id}/actions", status_code=202, tags=["act"])
    async def act(request: Request, incident_id: str) -> Response:
        """Ask for an action on an incident. 202 means that Kafka has the command; the incident shows what it did.

        The same `Idempotency-Key` again is the same command.
        """
        key = services.access.key(request, "incidents:write")
        if media_type(request) not in JSON | {""}:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        wanted = read_model(ACTION_REQUEST, await read_body(request, MAX_BODY), "The action was not accepted.")
        row = visible(services, key, incident_id)
        if not key.sees(row.centre):
            raise Problem(FORBIDDEN, "Only the centre in charge acts on an incident.")
        other = wanted.arguments.get("into" if wanted.action == "merge" else "incident")
        if wanted.action in {"merge", "not_related"} and isinstance(other, str):
            visible(services, key, other)
        if wanted.by is not None and is_personal(wanted.by):
            raise Problem(INVALID, "The action was not accepted.", [FieldError("/by", PERSONAL, PERSONAL_MESSAGE)])
        for number, link in enumerate(_links(wanted.arguments)):
            if services.redact(link).spans:
                message = "must be a link without personal data: citizens see it"
                error = FieldError(f"/arguments/evidence/{number}", "personal_data", message)
                raise Problem(INVALID, "The action was not accepted.", [error])
        services.access.spend(key, 1, request)
        command = Command(
            command_id=_command_id(request, key.id),
            incident_id=incident_id,
            action=wanted.action,
            by=f"{key.publisher}/{wanted.by}" if wanted.by else key.publisher,
            at=datetime.now(UTC),
            reason=services.redact(wanted.reason).text,
            expected_version=wanted.expected_version,
            arguments={name: _redacted(services.redact, name, value) for name, value in wanted.arguments.items()},
        )
        province = incident_id.partition("-")[0]
        await written(services, [Record(COMMANDS, province.encode(), encode(command))])
        return Response(
            b'{"command_id":"' + command.command_id.encode() + b'"}', status_code=202, media_type="application/json"
        )

    return routes


def _links(arguments: dict[str, Any]) -> list[str]:
    links = arguments.get("evidence")
    return [link for link in links if isinstance(link, str)] if isinstance(links, list) else []


def _redacted(redact: Redactor, name: str, value: Any) -> Any:
    """An argument without personal data; codes, ids and links, which the incidents' owner checks, stay as they are."""
    if isinstance(value, str) and name not in _CODES:
        return redact(value).text
    return value


def _command_id(request: Request, key_id: str) -> str:
    given = request.headers.get("idempotency-key")
    if given is None:
        return str(uuid.uuid4())
    if not given or len(given) > _MAX_KEY_CHARS:
        raise Problem(BAD_REQUEST, f"An Idempotency-Key has 1 to {_MAX_KEY_CHARS} characters.")
    # Keys of different callers must not meet.
    return hashlib.sha256(f"{key_id}\n{given}".encode()).hexdigest()[:32]
