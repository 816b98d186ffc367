"""Errors as RFC 9457 problem details: one table of kinds, one exception, one way to answer.

``type`` is stable (``urn:ioc:problem:<code>``), ``errors`` names each bad field by JSON pointer. Nothing that was
sent is quoted: it may hold personal data, and answers end up in other people's logs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.responses import Response

from ioc.records import FieldError

PROBLEM_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:ioc:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its code in ``type``, its HTTP status, its title."""

    code: str
    status: int
    title: str


UNREADABLE: Final = Kind("unreadable", 400, "The body cannot be read")
BAD_REQUEST: Final = Kind("bad-request", 400, "The request cannot be understood")
UNAUTHORIZED: Final = Kind("unauthorized", 401, "A valid key is needed")
LOGIN_FAILED: Final = Kind("login-failed", 401, "Nobody was signed in")
PASSWORD_CHANGE: Final = Kind("password-change-required", 403, "A new password is needed")
CROSS_SITE: Final = Kind("cross-site", 403, "The request does not come from our own page")
FORBIDDEN: Final = Kind("forbidden", 403, "The key does not allow this")
NOT_FOUND: Final = Kind("not-found", 404, "Nothing is known by this name")
METHOD: Final = Kind("method-not-allowed", 405, "The method is not offered here")
CONFLICT: Final = Kind("conflict", 409, "The state does not allow this")
PRECONDITION: Final = Kind("precondition-failed", 412, "It has changed since")
TOO_SLOW: Final = Kind("too-slow", 408, "The body did not come in time")
TOO_LARGE: Final = Kind("too-large", 413, "The request is too large")
MEDIA_TYPE: Final = Kind("unsupported-media-type", 415, "The content type is not read here")
INVALID: Final = Kind("invalid", 422, "No item was accepted")
RATE: Final = Kind("rate-limited", 429, "Too many items for this key")
TOO_MANY_ATTEMPTS: Final = Kind("too-many-attempts", 429, "Too many attempts to sign in")
INTERNAL: Final = Kind("internal", 500, "The gateway failed")
UNAVAILABLE: Final = Kind("unavailable", 503, "Kafka cannot be reached")
CATCHING_UP: Final = Kind("catching-up", 503, "The gateway is still reading what it must know")
STORE_AWAY: Final = Kind("store-unavailable", 503, "The store does not answer")
VAULT_AWAY: Final = Kind("vault-unavailable", 503, "Personal data cannot be sealed")
PROVIDER_AWAY: Final = Kind("identity-unavailable", 503, "Who asks cannot be checked now")
NOT_WRITTEN_DOWN: Final = Kind("audit-unavailable", 503, "The audit cannot be written")
STORAGE_FULL: Final = Kind("storage-full", 507, "There is no room left for pictures")
DRAINING: Final = Kind("draining", 503, "The gateway is stopping")

KINDS: Final = (
    UNREADABLE, BAD_REQUEST, UNAUTHORIZED, LOGIN_FAILED, PASSWORD_CHANGE, CROSS_SITE, FORBIDDEN, NOT_FOUND, METHOD,
    CONFLICT, PRECONDITION, TOO_SLOW, TOO_LARGE, MEDIA_TYPE, INVALID, RATE, TOO_MANY_ATTEMPTS, INTERNAL, UNAVAILABLE,
    CATCHING_UP, STORE_AWAY, VAULT_AWAY, PROVIDER_AWAY, NOT_WRITTEN_DOWN, STORAGE_FULL,
    DRAINING,
)  # fmt: skip


class Problem(Exception):
    """A request that is answered with a problem.

    Attributes:
        kind: Which problem.
        detail: One sentence for this case; never a value that was sent.
        errors: The bad fields.
        headers: Further headers of the answer.
        extra: Further members of the body.

    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        errors: Sequence[FieldError] = (),
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> Response:
        """The answer."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind.code,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        body |= self.extra
        return Response(orjson.dumps(body), self.kind.status, self.headers, PROBLEM_TYPE)
