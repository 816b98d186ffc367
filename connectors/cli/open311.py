"""Open311 joined with the gateway, which takes reports, and with the store, which tells of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request

from connectors.cli.errors import Misconfigured
from connectors.cli.requests import RequestDesk, commune_name
from connectors.cli.store_reader import StoreAwayError, StoreReader
from connectors.gateway.availability import ready
from connectors.gateway.body import media_type, read_body
from connectors.gateway.caller import Caller
from connectors.gateway.ingest import publish
from connectors.gateway.items import Plain
from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.problems import FORBIDDEN, UNAUTHORIZED, Problem
from connectors.gateway.services import Part, Services
from connectors.gateway.view import report_identity
from connectors.open311 import Asker, router
from connectors.store.queries import Box, Row
from connectors.store.requests import RequestFilter, find_requests
from ioc.catalog import Catalogue
from ioc.kinds import Kinds, shipped_kinds
from ioc.languages import Language
from ioc.open311 import (
    IDENTITY,
    Asked,
    Open311Error,
    Posted,
    ServiceRequest,
    discovery,
    identity_of,
    is_closed,
    snapped,
    told,
)
from ioc.settings import Settings
from ioc.vocabulary import Scope
from streams.secrets import SecretsError, open311_key

_OVER: Final = timedelta(days=1)
"""What is sent again so long after its report was done with is another report."""
_GENERATIONS: Final = 100


def open311_part(settings: Settings, catalogue: Catalogue) -> Part:
    """What the gateway serves under ``/open311/v2``.

    Raises:
        Misconfigured: the key of ids cannot be used, or its file not be read or made.

    """
    try:
        key = open311_key(settings)
    except SecretsError as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise Misconfigured(f"the key {error.filename} cannot be used: {error.strerror}") from None
    kinds = shipped_kinds()

    def part(services: Services) -> APIRouter:
        office = _Office(settings, catalogue, services, kinds, key)
        return router(
            office,
            kinds,
            zone=ZoneInfo(catalogue.timezone),
            commune=partial(commune_name, catalogue),
            jurisdiction=settings.open311.jurisdiction_id,
            tokens=settings.open311.tokens,
        )

    return part


class _Office:
    """See :class:`connectors.open311.Office`."""

    def __init__(self, settings: Settings, catalogue: Catalogue, services: Services, kinds: Kinds, key: bytes) -> None:
        self._settings = settings.open311
        self._max_body_bytes = settings.gateway.max_body_bytes
        self._max_future = timedelta(seconds=settings.intake.max_future_s)
        self._catalogue = catalogue
        self._services = services
        self._kinds = kinds
        self._key = key
        self._desk = RequestDesk(catalogue, kinds)
        self._reader = StoreReader(settings, threads=2)
        self._rates = Rates(self._settings.reads_per_s, max(1.0, 2 * self._settings.reads_per_s))

    def asker(self, request: Request, token: str | None) -> Asker | None:
        if token is not None:
            return self._holder(request, token)
        if not self._settings.public_reads:
            raise Open311Error.of(403, "A valid api_key is needed.")
        address = request.client.host if request.client is not None else ""
        if wait := self._rates.take(address, 1, time.monotonic()):
            raise Open311Error.of(429, "Too many requests without a key.", {"Retry-After": retry_after(wait)})
        return None

    def holder(self, request: Request, token: str | None) -> Asker:
        return self._holder(request, token or "", writes=True)

    def _holder(self, request: Request, token: str, *, writes: bool = False) -> Caller:
        scopes: tuple[Scope, ...] = (
            ("reports:write",) if writes else ("reports:read", "reports:write", "incidents:read")
        )
        try:
            return self._services.access.holder(request, token, *scopes)
        except Problem as problem:
            raise _refusal(problem) from None

    async def body(self, request: Request) -> tuple[str, bytes]:
        try:
            return media_type(request), await read_body(request, self._max_body_bytes)
        except Problem as problem:
            raise _refusal(problem) from None

    async def take(self, request: Request, asker: Asker, posted: Posted, repeat: str | None) -> str:
        assert isinstance(asker, Caller)
        try:
            name = self._name(asker, posted, repeat)
            raw = orjson.dumps({"id": name, **posted.report})
            outcome = (
                await publish(self._services, request, asker, [Plain("reports", raw)], self._max_future, writes=True)
            )[0]
        except Problem as problem:
            raise _refusal(problem) from None
        if not outcome.accepted:
            raise Open311Error(told(outcome.errors))
        return name

    def _name(self, asker: Asker, posted: Posted, repeat: str | None) -> str:
        if repeat is not None:
            return identity_of(self._key, asker.publisher, [("idempotency-key", repeat)])
        answers, oldest = ready(self._services.feedback), datetime.now(UTC) - _OVER
        for generation in range(_GENERATIONS):
            name = identity_of(self._key, asker.publisher, posted.content, generation)
            known = answers.get(report_identity(asker.publisher, name))
            if known is None:
                break
            said = known.content
            if not is_closed(said["status"]) or datetime.fromisoformat(said["at"]) > oldest:
                break
        return name

    async def find(self, asker: Asker | None, wanted: Asked, language: Language) -> Sequence[ServiceRequest]:
        try:
            return await self._reader.ask(lambda connection: self._found(connection, asker, wanted, language))
        except StoreAwayError as error:
            raise Open311Error.of(503, str(error), {"Retry-After": "2"}) from None

    def discovery(self, base: str) -> Mapping[str, Any]:
        settings = self._settings
        version = datetime.fromisoformat(self._kinds.version).replace(tzinfo=ZoneInfo(self._catalogue.timezone))
        return discovery(
            url=(settings.url or base).rstrip("/"),
            changeset=version.isoformat(),
            contact=settings.contact or "",
            key_service=settings.key_service or "",
            production=settings.production,
        )

    def _found(
        self, connection: Connection, asker: Asker | None, wanted: Asked, language: Language
    ) -> list[ServiceRequest]:
        reads_all = isinstance(asker, Caller) and asker.allows("incidents:read") and not asker.centres
        if wanted.ids is not None:
            rows = _by_ids(connection, wanted.ids, () if reads_all else self._kinds.hidden(), asker)
        else:
            chosen = RequestFilter(
                categories=wanted.services,
                hidden=() if reads_all else self._kinds.hidden(),
                own=asker.publisher if asker is not None else None,
                real=asker is None,
                start=wanted.start,
                end=wanted.end,
                updated_after=wanted.updated_after,
                updated_before=wanted.updated_before,
                closed=wanted.closed,
                box=Box(*snapped(wanted.box)) if wanted.box is not None else None,
            )
            rows = list(find_requests(connection, chosen, offset=wanted.offset, limit=wanted.limit))
        return self._desk.shown(connection, rows, language, notes=wanted.extensions, text=reads_all)


def _by_ids(
    connection: Connection, ids: Sequence[str], hidden: Sequence[tuple[str, str]], asker: Asker | None
) -> list[Row]:
    """Reports by the ids that are shown.

    An id that was made here cannot be guessed: who has it was given it, and sees its report whatever it is about.
    """
    own = asker.publisher if asker is not None else None
    named = [pair for each in ids if not IDENTITY.fullmatch(each) for pair in _splits(each)]
    found = list(find_requests(connection, RequestFilter(names=named, hidden=hidden, own=own), limit=len(ids)))
    made = [each for each in ids if IDENTITY.fullmatch(each)]
    return [*found, *find_requests(connection, RequestFilter(reports=made), limit=len(ids))]


def _splits(name: str) -> list[tuple[str, str]]:
    """Source and id that a public id may be made of: either may have slashes."""
    parts = name.split("/")[:20]
    return [("/".join(parts[:place]), "/".join(parts[place:])) for place in range(1, len(parts))]


def _refusal(problem: Problem) -> Open311Error:
    """A problem of the gateway in the standard's words."""
    status = problem.kind.status
    if problem.kind in {UNAUTHORIZED, FORBIDDEN}:
        return Open311Error.of(403, f"Invalid api_key: {problem.detail}")
    if problem.errors:
        return Open311Error(told(problem.errors), problem.headers)
    code = status if status in {408, 429} or status >= 500 else 400
    return Open311Error.of(code, problem.detail, problem.headers)
