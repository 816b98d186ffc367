"""``POST /v1/login``, ``POST /v1/logout``, ``GET /v1/session``: people of local accounts come, go, and are known."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.audit import act
from connectors.gateway.access import csrf_token
from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.caller import Caller
from connectors.gateway.cookies import address_of, signed_in, signed_out
from connectors.gateway.identity.accounts import Refused, Session
from connectors.gateway.identity.passwords import MAX_CHARS
from connectors.gateway.identity.table import AccountsError
from connectors.gateway.limits import Rates
from connectors.gateway.login_provider import ANONYMOUS, PROVIDER_PATH, too_many
from connectors.gateway.problems import (
    INVALID,
    LOGIN_FAILED,
    MEDIA_TYPE,
    PASSWORD_CHANGE,
    PROVIDER_AWAY,
    UNAUTHORIZED,
    Problem,
)
from connectors.gateway.services import Services
from ioc.records import FieldError

MAX_BODY: Final = 8_192

_AT_ONCE: Final = 2
"""Passwords that are checked at a time: each takes 64 MiB and a core."""
_WAITING: Final = 32

Text = Annotated[str, Field(max_length=4 * MAX_CHARS)]


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """Who wants to come in."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Text
    password: Text
    new_password: Text | None = None
    """Replaces the password; needed beside a one-time password."""
    answer: Literal["token", "cookie"] = "token"
    """A bearer token for programs, or a cookie for a browser."""


LOGIN_REQUEST: Final = TypeAdapter(LoginRequest)


def router(services: Services, attempts: Rates) -> APIRouter:
    """The routes of signing in.

    Args:
        services: The running parts.
        attempts: Counts attempts by address.

    """
    routes = APIRouter()
    gate = asyncio.Semaphore(_AT_ONCE)
    waiting: set[object] = set()
    access, accounts, visits = services.access, services.accounts, services.visits
    lifetime = timedelta(hours=services.settings.session_hours)

    @routes.get("/v1/login", tags=["people"])
    async def offers() -> Response:
        """How people sign in here: `provider` is where a browser goes for the identity provider, if there is one."""
        return _json({"local": True, "provider": PROVIDER_PATH if services.web_login else None})

    @routes.post("/v1/login", tags=["people"])
    async def login(request: Request) -> Response:
        """Sign in with a local account: a bearer token, or with `"answer": "cookie"` a session cookie for a browser.

        A one-time password needs `new_password` beside it (403 `password-change-required` without). Wrong names and
        wrong passwords get the same answer; five failures in a row and more have to wait (429 with Retry-After).
        """
        if media_type(request) not in JSON:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        if wait := attempts.take(address_of(request), 1, time.monotonic()):
            raise too_many(timedelta(seconds=wait))
        wanted = read_model(LOGIN_REQUEST, await read_body(request, MAX_BODY), "Nobody was signed in.")
        if len(waiting) >= _WAITING:
            raise too_many(timedelta(seconds=2))
        place = object()
        waiting.add(place)
        try:
            async with gate:
                outcome = await asyncio.to_thread(_attempt, wanted)
        finally:
            waiting.discard(place)
        if isinstance(outcome, Refused):
            if outcome.why == "wrong":
                await services.note(act(ANONYMOUS, "login", "account", outcome="refused"))
            raise _refused(outcome)
        token, session = outcome
        name = session.account.name
        changed = wanted.new_password is not None
        await services.note(act(name, "login", session.id, roles=session.account.roles, password_changed=changed))
        if wanted.answer == "token":
            return _json(_told(session) | {"token": token})
        return signed_in(services, _json(_told(session) | {"csrf_token": csrf_token(token)}), token)

    def _attempt(wanted: LoginRequest) -> tuple[str, Session] | Refused:
        name = wanted.name.strip().lower()
        try:
            return accounts.login(name, wanted.password, wanted.new_password, datetime.now(UTC), lifetime)
        except AccountsError:
            raise Problem(PROVIDER_AWAY, "The accounts cannot be read now.", headers={"Retry-After": "2"}) from None

    @routes.post("/v1/logout", status_code=204, tags=["people"])
    async def logout(request: Request) -> Response:
        """End the session that the request is sent with."""
        caller = access.caller(request, units=True)
        if (session := access.session(request)) is not None:
            ended = session.id
            await asyncio.to_thread(accounts.logout, ended)
        elif (visit := access.visit(request)) is not None:
            ended = visit.id
            await asyncio.to_thread(visits.end, ended)
        else:
            raise Problem(UNAUTHORIZED, "Only a session can be ended; keys are revoked, tokens of a provider expire.")
        await services.note(act(caller.name, "logout", ended))
        return signed_out(services, Response(status_code=204))

    @routes.get("/v1/session", tags=["people"])
    async def who(request: Request) -> Response:
        """Who the request is from, and what they may do; with a cookie, the token that changes need beside it."""
        caller = access.caller(request, units=True)
        content = _described(caller)
        cookie = request.cookies.get(access.cookie)
        if caller.is_person and cookie and "authorization" not in request.headers:
            content["csrf_token"] = csrf_token(cookie)
        return _json(content)

    return routes


def _told(session: Session) -> dict[str, Any]:
    account = session.account
    return {
        "name": account.name, "roles": account.roles, "centres": account.centres, "unit": account.unit,
        "expires_at": session.ends,
    }  # fmt: skip


def _described(caller: Caller) -> dict[str, Any]:
    return {
        "kind": caller.kind, "name": caller.name, "roles": caller.roles, "scopes": caller.scopes,
        "centres": caller.centres, "unit": caller.unit, "expires_at": caller.expires,
        "actions": sorted(caller.actions) if caller.actions is not None else None,
    }  # fmt: skip


def _refused(outcome: Refused) -> Problem:
    match outcome.why:
        case "wait":
            return too_many(outcome.wait)
        case "change":
            return Problem(PASSWORD_CHANGE, "A one-time password opens once: send new_password beside it.")
        case "weak":
            error = FieldError("/new_password", "weak", outcome.says)
            return Problem(INVALID, "The new password was not accepted.", [error])
        case _:
            return Problem(LOGIN_FAILED, "The name or the password is wrong.")


def _json(content: dict[str, Any]) -> Response:
    # Secrets are never compressed together with what somebody sent: lengths would tell of them (BREACH).
    headers = {"Cache-Control": "no-store, no-transform"}
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), headers=headers, media_type="application/json")
