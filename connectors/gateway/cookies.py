"""The cookie of a session, and where a request came from."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from fastapi import Request
from starlette.responses import Response

from connectors.gateway.services import Services

_R = TypeVar("_R", bound=Response)


def signed_in(services: Services, answer: _R, token: str) -> _R:
    """The answer with the session's cookie, which no script reads and no other site's page sends."""
    lifetime = timedelta(hours=services.settings.session_hours)
    answer.set_cookie(
        services.access.cookie, token, max_age=int(lifetime.total_seconds()), path="/", httponly=True,
        samesite="strict", secure=services.settings.secure_cookie,
    )  # fmt: skip
    return answer


def signed_out(services: Services, answer: _R) -> _R:
    """The answer that takes the cookie away."""
    answer.delete_cookie(
        services.access.cookie, path="/", httponly=True, samesite="strict", secure=services.settings.secure_cookie
    )
    return answer


def address_of(request: Request) -> str:
    """Whom attempts are counted for; behind a proxy all addresses are the proxy's."""
    return request.client.host if request.client else ""
