"""``/v1/shifts/{centre}``: what a shift writes down, what it hands over, and how things stand now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.audit import act as audited
from connectors.gateway import parameters
from connectors.gateway.actions import command_id
from connectors.gateway.availability import answer, reading, ready
from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.caller import Caller
from connectors.gateway.incidents import sees
from connectors.gateway.problems import FORBIDDEN, INVALID, MEDIA_TYPE, NOT_FOUND, Problem
from connectors.gateway.services import Services, written
from connectors.gateway.writer import Record
from ioc.emit import headers_of
from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.records import FieldError, encode
from ioc.shifts import ShiftEntry
from ioc.topics import SHIFTS
from ioc.vocabulary import Scope

MAX_BODY: Final = 65_536
MAX_PAGE: Final = 500
_SHOWN: Final = timedelta(hours=24)
"""How far back the log goes unless it is said."""
_REFUSED: Final = "The entry was not accepted."

Person = Annotated[str, Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """What somebody writes down."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    incidents: Annotated[list[str], Field(max_length=50)] = field(default_factory=list)
    """Ids of incidents that it is about."""
    by: Person | None = None
    """Who writes, where the key belongs to a whole desk; written as `<publisher>/<by>`."""


@dataclass(frozen=True, slots=True)
class HandoverRequest:
    """What is handed over beside the figures."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=8000)] = ""
    to: Person | None = None
    """Who takes over."""
    by: Person | None = None
    """As in a note."""


NOTE_REQUEST: Final = TypeAdapter(NoteRequest)
HANDOVER_REQUEST: Final = TypeAdapter(HandoverRequest)


def router(services: Services) -> APIRouter:
    """The routes of shifts."""
    routes = APIRouter()

    @routes.post("/v1/shifts/{centre}/log", status_code=201, tags=["shifts"])
    async def note(request: Request, centre: str) -> Response:
        """Write a note into a centre's log. Personal data is taken out; lists show it moments later.

        The same `Idempotency-Key` again is the same note.
        """
        key = _caller(services, request, centre, "incidents:write")
        wanted = read_model(NOTE_REQUEST, await _json(request), _REFUSED)
        author = _author(key, wanted.by)
        _check_incidents(services, key, wanted.incidents)
        entry = ShiftEntry(
            command_id(request, key.who), centre, "note", datetime.now(UTC), author,
            services.redact(wanted.text).text, wanted.incidents,
        )  # fmt: skip
        return await _kept(services, key, entry, request)

    @routes.get("/v1/shifts/{centre}/log", tags=["shifts"])
    async def log(
        request: Request,
        centre: str,
        since: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
        after: str | None = None,
    ) -> Response:
        """A centre's log since a time, of the last 24 hours unless given; the earliest first; `next` is `after`."""
        _caller(services, request, centre, "incidents:read")
        begin = parameters.instant("since", since) or datetime.now(UTC) - _SHOWN
        async with reading(services) as library:
            entries, following = await library.shift_log(centre, begin, parameters.after(after), limit)
        return answer(
            orjson.dumps({"entries": entries, "next": parameters.cursor(following) if following is not None else None})
        )

    @routes.post("/v1/shifts/{centre}/handover", status_code=201, tags=["shifts"])
    async def hand_over(request: Request, centre: str) -> Response:
        """Hand over: notes, and how things stand at this moment (open, overdue, silenced, unanswered).

        `unanswered` is what nobody has acknowledged, and what waits for a citizen's answer.
        """
        key = _caller(services, request, centre, "incidents:write")
        wanted = read_model(HANDOVER_REQUEST, await _json(request), _REFUSED)
        author, to = _author(key, wanted.by), _person("/to", wanted.to)
        now = datetime.now(UTC)
        async with reading(services) as library:
            snapshot = await library.standing(centre, now)
        entry = ShiftEntry(
            command_id(request, key.who), centre, "handover", now, author, services.redact(wanted.text).text,
            to=to, snapshot=dict(snapshot),
        )  # fmt: skip
        return await _kept(services, key, entry, request)

    @routes.get("/v1/shifts/{centre}/handover", tags=["shifts"])
    async def handover(request: Request, centre: str) -> Response:
        """What was handed over last, and the draft of the next: how things stand now, and the notes since then."""
        _caller(services, request, centre, "incidents:read")
        now = datetime.now(UTC)
        async with reading(services) as library:
            last = await library.handover(centre)
            since = datetime.fromisoformat(last["at"]) if last is not None else now - _SHOWN
            entries, _ = await library.shift_log(centre, since, None, MAX_PAGE)
            snapshot = await library.standing(centre, now)
        notes = [each for each in entries if each["kind"] == "note"]
        draft = {"at": now, "since": since, "snapshot": snapshot, "notes": notes}
        return answer(orjson.dumps({"handover": last, "draft": draft}, option=orjson.OPT_UTC_Z))

    return routes


def _caller(services: Services, request: Request, centre: str, scope: Scope) -> Caller:
    """Who asks, where the centre is one of theirs."""
    key = services.access.caller(request, scope)
    if centre not in services.centres:
        raise Problem(NOT_FOUND, "There is no such centre.")
    if not key.sees(centre):
        raise Problem(FORBIDDEN, "The log belongs to a centre that the key does not see.")
    return key


async def _json(request: Request) -> bytes:
    if media_type(request) not in JSON | {""}:
        raise Problem(MEDIA_TYPE, "Send application/json.")
    return await read_body(request, MAX_BODY)


def _author(key: Caller, by: str | None) -> str:
    person = _person("/by", by)
    return key.name if key.is_person or not person else f"{key.publisher}/{person}"


def _person(pointer: str, name: str | None) -> str:
    """A name as a desk uses it; what leads to a person (a number, an address) stays out."""
    if name is not None and is_personal(name):
        raise Problem(INVALID, _REFUSED, [FieldError(pointer, PERSONAL, PERSONAL_MESSAGE)])
    return name or ""


def _check_incidents(services: Services, key: Caller, names: list[str]) -> None:
    """Every incident is one that the writer sees: an id alone tells of another centre's business."""
    errors = []
    for number, name in enumerate(names):
        row = ready(services.incidents).get(name)
        if row is None or not sees(key, row):
            errors.append(FieldError(f"/incidents/{number}", "unknown", "must be an incident that the key sees"))
    if errors:
        raise Problem(INVALID, _REFUSED, errors)


async def _kept(services: Services, key: Caller, entry: ShiftEntry, request: Request) -> Response:
    """Have Kafka take an entry."""
    services.access.spend(key, 1, request)
    raw = encode(entry)
    told = audited(
        entry.by, f"shift.{entry.kind}", entry.centre, entry=entry.entry_id, to=entry.to, key=key.id, via=key.kind
    )
    await written(services, [Record(SHIFTS, entry.centre.encode(), raw, headers_of(entry, services.province))], [told])
    return Response(raw, 201, media_type="application/json")
