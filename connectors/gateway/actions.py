"""``POST /v1/incidents/{id}/actions``: an operator's command on its way to the incidents agent."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.audit import act as audited
from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.caller import Caller
from connectors.gateway.effects import Effect
from connectors.gateway.incidents import listed_version, shown, visible
from connectors.gateway.problems import BAD_REQUEST, CONFLICT, FORBIDDEN, INVALID, MEDIA_TYPE, PRECONDITION, Problem
from connectors.gateway.services import Services, written
from connectors.gateway.writer import Record
from ioc.audit import Entry
from ioc.classify.redact import Redactor
from ioc.emit import headers_of
from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.records import Command, FieldError, encode
from ioc.topics import COMMANDS
from ioc.vocabulary import Action

MAX_BODY: Final = 65_536
WAIT_S: Final = 2.0
"""How long an answer waits for the command's effect."""
MAX_WAIT_S: Final = 10.0
_LOOKS: Final = 20
_LOOK_S: Final = 0.05
_TAG: Final = re.compile(r'(?:W/)?"(\d{1,15})"')
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
    """Who acts, where the key belongs to a whole desk; written as `<publisher>/<by>`. Who signed in leaves it out."""
    arguments: dict[str, Any] = field(default_factory=dict)


ACTION_REQUEST: Final = TypeAdapter(ActionRequest)


def router(services: Services) -> APIRouter:
    """The commanding route."""
    routes = APIRouter()

    @routes.post("/v1/incidents/{incident_id}/actions", status_code=202, tags=["act"])
    async def act(
        request: Request, incident_id: str, wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = WAIT_S
    ) -> Response:
        """Ask for an action on an incident. 202 means that Kafka has the command; `result` says what became of it.

        The answer waits `wait` seconds (at most 10, 2 unless given) for the effect: `accepted` comes with the incident
        as it is then, `listed` says whether lists show it already; `pending` means that it is still on its way. What
        the incident's state does not allow is 409 with what it does allow. `If-Match` with the incident's ETag, or
        `expected_version`, refuses the command with 412 where the incident has changed since. The same
        `Idempotency-Key` again is the same command: if it was done, the answer is `duplicate_of` and not 412.
        """
        key = services.access.caller(request, "incidents:write", units=True)
        if media_type(request) not in JSON | {""}:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        wanted = read_model(ACTION_REQUEST, await read_body(request, MAX_BODY), "The action was not accepted.")
        answer = await ask(
            services, request, key, incident_id, wanted, wait_s=wait, expected=_expected(request, wanted),
            name=command_id(request, key.who), repeats="idempotency-key" in request.headers,
        )  # fmt: skip
        return Response(orjson.dumps(answer), status_code=202, media_type="application/json")

    return routes


async def ask(
    services: Services, request: Request, key: Caller, incident_id: str, wanted: ActionRequest, *, name: str,
    wait_s: float = WAIT_S, expected: int | None = None, repeats: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Give a command on somebody's behalf, whatever it came as, and say what became of it.

    Args:
        services: The running parts.
        request: What it came with.
        key: Who gives it.
        incident_id: What it is about.
        wanted: What is to be done.
        name: The command's id; the same again is the same command.
        wait_s: Seconds that its effect is waited for.
        expected: Version that the incident must have.
        repeats: Whether it may be one that was given before.

    Returns:
        ``command_id`` and ``result``; once that is known, the incident.

    Raises:
        Problem: it may not be given, or the incident does not allow it.

    """
    if not key.may(wanted.action):
        raise Problem(FORBIDDEN, f"The role does not allow to {wanted.action} an incident.")
    row = visible(services, key, incident_id)
    if not key.sees(row.centre):
        raise Problem(FORBIDDEN, "Only the centre in charge acts on an incident.")
    # What is given again may itself be what changed the incident: only the owner knows.
    if expected is not None and expected < row.version and not repeats:
        raise changed(row.version)
    other = wanted.arguments.get("into" if wanted.action == "merge" else "incident")
    if wanted.action in {"merge", "not_related"} and isinstance(other, str):
        visible(services, key, other)
    check_actor(key, wanted.by)
    for number, link in enumerate(_links(wanted.arguments)):
        if services.redact(link).spans:
            message = "must be a link without personal data: citizens see it"
            error = FieldError(f"/arguments/evidence/{number}", "personal_data", message)
            raise Problem(INVALID, "The action was not accepted.", [error])
    links = _links(wanted.arguments)
    if absent := await asyncio.to_thread(lambda: [*services.album.missing(links, "/arguments/evidence")]):
        raise Problem(INVALID, "The action was not accepted.", absent)
    services.access.spend(key, 1, request)
    command = Command(
        command_id=name,
        incident_id=incident_id,
        action=wanted.action,
        by=acting(key, wanted.by),
        at=datetime.now(UTC),
        reason=services.redact(wanted.reason).text,
        expected_version=expected,
        arguments={part: _redacted(services.redact, part, value) for part, value in wanted.arguments.items()},
    )
    entry = audited(
        command.by, f"incident.{command.action}", incident_id, outcome="requested",
        command_id=command.command_id, key=key.id, via=key.kind,
    )  # fmt: skip
    province = incident_id.partition("-")[0]
    record = Record(COMMANDS, province.encode(), encode(command), headers_of(command, province))
    return await _told(services, key, record, entry, command, row.version, wait_s)


async def _told(  # noqa: PLR0917 - what a command needs on its way
    services: Services, key: Caller, record: Record, entry: Entry, command: Command, version: int, wait_s: float
) -> dict[str, Any]:
    """Have Kafka take the command, and say what became of it as soon as that is known."""
    effect = await services.effects.after(written(services, [record], [entry]), command.command_id, wait_s)
    answer: dict[str, Any] = {"command_id": command.command_id, "result": "pending"}
    if effect is not None and effect.result == "rejected":
        raise _refused(command.command_id, effect)
    if effect is not None:
        # What was done before has changed the version before.
        before = version if effect.result == "accepted" else version - 1
        answer |= {"result": effect.result} | await _seen(services, key, command.incident_id, before)
    return answer


async def _seen(services: Services, key: Caller, incident_id: str, version: int) -> dict[str, Any]:
    """The incident as the command left it, and whether lists have it; the topics' readers are moments behind."""
    found: dict[str, Any] = {}
    for _ in range(_LOOKS):
        row = services.incidents.get(incident_id)
        if row is not None and row.version > version:
            found["incident"] = orjson.Fragment(shown(key, row.raw))
            listed = await listed_version(services, incident_id)
            found["listed"] = listed is not None and listed >= row.version
            if found["listed"]:
                break
        await asyncio.sleep(_LOOK_S)
    return found


def _refused(command_id: str, effect: Effect) -> Problem:
    errors = [FieldError(each["pointer"], each["code"], each["message"]) for each in effect.errors]
    extra = {"command_id": command_id}
    if any(error.code == "version" for error in errors):
        return Problem(PRECONDITION, "The incident has changed since; read it again.", errors, extra=extra)
    return Problem(CONFLICT, "The incident does not allow the action.", errors, extra=extra)


def changed(version: int) -> Problem:
    """The incident is at another version than whoever acts has seen."""
    error = FieldError("/expected_version", "version", f"the incident is at version {version}")
    return Problem(PRECONDITION, "The incident has changed since; read it again.", [error])


def _expected(request: Request, wanted: ActionRequest) -> int | None:
    """Version that the incident must have: of `If-Match`, else of the body."""
    tag = request.headers.get("if-match")
    if tag is None or tag.strip() == "*":
        return wanted.expected_version
    found = _TAG.fullmatch(tag.strip())
    if found is None:
        raise Problem(BAD_REQUEST, 'If-Match has to be the ETag of the incident, for instance "3".')
    if wanted.expected_version not in {None, int(found[1])}:
        raise Problem(BAD_REQUEST, "If-Match and expected_version are of different versions.")
    return int(found[1])


def _links(arguments: dict[str, Any]) -> list[str]:
    links = arguments.get("evidence")
    return [link for link in links if isinstance(link, str)] if isinstance(links, list) else []


def _redacted(redact: Redactor, name: str, value: Any) -> Any:
    """An argument without personal data; codes, ids and links, which the incidents' owner checks, stay as they are."""
    if isinstance(value, str) and name not in _CODES:
        return redact(value).text
    return value


def check_actor(key: Caller, by: str | None) -> None:
    """See that who is said to act may be said to.

    Raises:
        Problem: it is personal data, or another one than who is signed in (422).

    """
    if by is not None and is_personal(by):
        raise Problem(INVALID, "The action was not accepted.", [FieldError("/by", PERSONAL, PERSONAL_MESSAGE)])
    if key.is_person and by not in {None, key.name}:
        error = FieldError("/by", "not_allowed", "must be left out: who is signed in acts, and nobody else")
        raise Problem(INVALID, "The action was not accepted.", [error])


def acting(key: Caller, by: str | None) -> str:
    """Who acts, as a command names them: a person, or a desk's key with whom it says."""
    return key.name if key.is_person or by is None else f"{key.publisher}/{by}"


def command_id(request: Request, key_id: str) -> str:
    """Id of what is asked for: of the `Idempotency-Key` where there is one, else a new one."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return str(uuid.uuid4())
    if not given or len(given) > _MAX_KEY_CHARS:
        raise Problem(BAD_REQUEST, f"An Idempotency-Key has 1 to {_MAX_KEY_CHARS} characters.")
    # Keys of different callers must not meet.
    return hashlib.sha256(f"{key_id}\n{given}".encode()).hexdigest()[:32]
