"""``GET /v1/login/provider`` and back: people whom an identity provider knows sign in at the console."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from connectors.audit import act
from connectors.gateway.cookies import address_of, signed_in
from connectors.gateway.identity.table import AccountsError
from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.problems import FORBIDDEN, NOT_FOUND, PROVIDER_AWAY, TOO_MANY_ATTEMPTS, Problem
from connectors.gateway.services import Services

PROVIDER_PATH: Final = "/v1/login/provider"
CALLBACK_PATH: Final = "/v1/login/provider/callback"
SECURE_KEPT: Final = "__Host-ioc_login"
PLAIN_KEPT: Final = "ioc_login"
"""Name of the cookie that a browser brings back from the provider."""
ANONYMOUS: Final = "anonymous"
"""Who acts in the audit where nobody was signed in: what was typed for a name may be a password."""

_COMES_BACK_S: Final = 600
"""How long somebody may take to sign in at the provider."""


def router(services: Services, attempts: Rates) -> APIRouter:
    """The routes of signing in at a provider.

    Args:
        services: The running parts.
        attempts: Counts attempts by address.

    """
    routes = APIRouter()
    lifetime = timedelta(hours=services.settings.session_hours)
    visits = services.visits

    @routes.get(PROVIDER_PATH, status_code=303, tags=["people"])
    async def provider(request: Request) -> Response:
        """Send a browser to the identity provider (authorization code flow with PKCE); it comes back signed in."""
        if services.web_login is None:
            raise Problem(NOT_FOUND, "No identity provider signs people in here.")
        if wait := attempts.take(address_of(request), 1, time.monotonic()):
            raise too_many(timedelta(seconds=wait))
        try:
            there, kept = await services.web_login.begin(callback_url(services, request))
        except Problem as problem:
            return _back(problem)
        answer = _to(there)
        # Lax: the browser comes back from the provider's site.
        answer.set_cookie(
            _kept_name(services), kept, max_age=_COMES_BACK_S, path="/", httponly=True, samesite="lax",
            secure=services.settings.secure_cookie,
        )  # fmt: skip
        return answer

    @routes.get(CALLBACK_PATH, status_code=303, tags=["people"])
    async def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        """Where the identity provider sends a browser back to; on to the console, signed in or told why not."""
        if services.web_login is None:
            raise Problem(NOT_FOUND, "No identity provider signs people in here.")
        if wait := attempts.take(address_of(request), 1, time.monotonic()):
            raise too_many(timedelta(seconds=wait))
        kept = request.cookies.get(_kept_name(services), "")
        try:
            taken = "" if error else code
            caller = await services.web_login.finish(callback_url(services, request), kept, state, taken)
            token, visit = await asyncio.to_thread(visits.begin, caller, datetime.now(UTC), lifetime)
        except AccountsError:
            answer = _back(Problem(PROVIDER_AWAY, "The accounts cannot be written now."))
        except Problem as problem:
            if problem.kind.status < 500:
                await services.note(act(ANONYMOUS, "login", "provider", outcome="refused"))
            answer = _back(problem)
        else:
            await services.note(act(caller.name, "login", visit, roles=caller.roles, via="oidc"))
            answer = signed_in(services, _to("/"), token)
        answer.delete_cookie(_kept_name(services), path="/", httponly=True, samesite="lax",
                             secure=services.settings.secure_cookie)  # fmt: skip
        return answer

    return routes


def callback_url(services: Services, request: Request) -> str:
    """Where the provider sends a browser back to: at the console's address of the settings, else as it was asked."""
    return (services.console_url or str(request.base_url)).rstrip("/") + CALLBACK_PATH


def _kept_name(services: Services) -> str:
    return SECURE_KEPT if services.settings.secure_cookie else PLAIN_KEPT


def _to(address: str) -> Response:
    return Response(status_code=303, headers={"Location": address})


def _back(problem: Problem) -> Response:
    """To the console, which says in words why nobody is signed in."""
    why = {FORBIDDEN.code: "role", PROVIDER_AWAY.code: "away"}.get(problem.kind.code, "refused")
    return _to(f"/#/login?provider={why}")


def too_many(wait: timedelta) -> Problem:
    """What is said to who attempts too often."""
    seconds = math.ceil(wait.total_seconds())
    return Problem(TOO_MANY_ATTEMPTS, "Try again later.", headers={"Retry-After": retry_after(seconds)})
