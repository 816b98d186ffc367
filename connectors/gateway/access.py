"""Who asks, and whether they may: keys, sessions and tokens; scopes, units, rates."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from connectors.gateway.caller import PEOPLE, Caller
from connectors.gateway.identity.accounts import SESSION_PREFIX, Accounts, Session
from connectors.gateway.identity.oidc import Oidc, is_jwt
from connectors.gateway.identity.table import AccountsError
from connectors.gateway.identity.visits import VISIT_PREFIX, Visit, Visits
from connectors.gateway.keys import KeyRing
from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.problems import CROSS_SITE, FORBIDDEN, PROVIDER_AWAY, RATE, UNAUTHORIZED, Problem
from ioc.roles import rights
from ioc.vocabulary import Scope

CSRF_HEADER: Final = "x-csrf-token"
SECURE_COOKIE: Final = "__Host-ioc_session"
"""A browser takes a cookie of this prefix over HTTPS only, and for no other host."""
PLAIN_COOKIE: Final = "ioc_session"

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin", "none"})


class Access:
    """Checks requests against the key ring, the local accounts and the identity provider.

    Keys and tokens come in the ``Authorization`` header only: what stands in an address ends up in logs and histories.
    Sessions come there or in a cookie; what changes something then has to say, in a header that no other site's page
    can send, that it comes from our own page.
    """

    def __init__(
        self,
        ring: KeyRing,
        rates: Rates,
        accounts: Accounts,
        oidc: Oidc | None = None,
        visits: Visits | None = None,
        *,
        secure_cookie: bool = True,
        limited: Callable[[str, int], None] = lambda *_: None,
    ) -> None:
        """Check by these; ``limited`` hears of items that were too many: who publishes, people as one, and how many."""
        self._ring = ring
        self._rates = rates
        self._accounts = accounts
        self._oidc = oidc
        self._visits = visits
        self._limited = limited
        self.cookie = SECURE_COOKIE if secure_cookie else PLAIN_COOKIE

    def caller(self, request: Request, *scopes: Scope, basic: bool = False, units: bool = False) -> Caller:
        """Who sent a request, and has at least one of the scopes.

        Args:
            request: Who asks.
            scopes: One of them is enough.
            basic: Whether a key may come as the password of HTTP Basic too.
            units: Whether the route shows and changes nothing but what the caller's unit handles. Where it does not say
                so, who is bound to a unit is refused.

        Raises:
            Problem: nobody is known by what was sent (401), none of the scopes is held (403), it cannot be told (503).

        """
        caller = self._find(request, basic=basic)
        if caller is None:
            raise _unauthorized(basic=basic)
        request.state.key_id = caller.id
        if scopes and not any(caller.allows(scope) for scope in scopes):
            what = "role" if caller.is_person else "key"
            raise Problem(FORBIDDEN, f"The {what} lacks the scope {' or '.join(scopes)}.")
        if caller.unit and not units:
            raise Problem(FORBIDDEN, "This is not for handling units; they have the incidents of their unit.")
        return caller

    def holder(self, request: Request, token: str, *scopes: Scope) -> Caller:
        """Who sent a key that stands where another standard wants it, and has at least one of the scopes, if any.

        Raises:
            Problem: no key is known by it (401), none of the scopes is held (403).

        """
        caller = self._key(token, datetime.now(UTC))
        if caller is None:
            raise Problem(UNAUTHORIZED, "The key is not known, or holds no more.")
        request.state.key_id = caller.id
        if scopes and not any(caller.allows(scope) for scope in scopes):
            raise Problem(FORBIDDEN, f"The key lacks the scope {' or '.join(scopes)}.")
        return caller

    def session(self, request: Request) -> Session | None:
        """The local account's session that a request was sent with, if any."""
        token = _bearer(request) or request.cookies.get(self.cookie, "")
        return self._session(token)

    def visit(self, request: Request) -> Visit | None:
        """The session of somebody whom a provider signed in that a request was sent with, if any."""
        token = _bearer(request) or request.cookies.get(self.cookie, "")
        return self._visit(token, datetime.now(UTC))

    def still(self, request: Request) -> bool:
        """Whether a long answer may go on: what the request was sent with still holds."""
        try:
            return self._find(request) is not None
        except Problem:
            return False

    def spend(self, caller: Caller, items: int, request: Request | None = None) -> None:
        """Count items against the caller's rate; the answer to the request tells what is left of it.

        Raises:
            Problem: too many (429); nothing is counted then.

        """
        now, who = time.monotonic(), caller.name if caller.is_person else caller.id
        wait = self._rates.take(who, items, now, caller.rate)
        if request is not None:
            request.state.rate = self._rates.standing(who, now, caller.rate)
        if wait:
            self._limited(PEOPLE if caller.is_person else caller.publisher, items)
            raise Problem(RATE, "The key sends more items than agreed.", headers={"Retry-After": retry_after(wait)})

    async def identify(self, request: Request) -> None:
        """Check a provider's token ahead of the route, because the provider may have to be asked."""
        token = _bearer(request)
        if self._oidc is None or not is_jwt(token):
            return
        try:
            request.state.told = await self._oidc.caller(token)
        except Problem as problem:
            request.state.told = problem

    def _find(self, request: Request, *, basic: bool = False) -> Caller | None:
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        now = datetime.now(UTC)
        told = getattr(request.state, "told", None)
        if isinstance(told, Problem):
            raise told
        if isinstance(told, Caller):
            return told if told.expires is None or now < told.expires else None
        if kind.lower() == "bearer":
            token = sent.strip()
            is_person = token.startswith((SESSION_PREFIX, VISIT_PREFIX))
            return self._person(token, now) if is_person else self._key(token, now)
        if basic and kind.lower() == "basic":
            user, token = _credentials(sent.strip())
            caller = self._key(token, now)
            return caller if caller is not None and user in {caller.id, caller.publisher} else None
        if kind or (cookie := request.cookies.get(self.cookie)) is None:
            return None
        caller = self._person(cookie, now)
        if caller is not None:
            _own_page(request, cookie)
        return caller

    def _key(self, token: str, now: datetime) -> Caller | None:
        key = self._ring.find(token, now)
        return Caller.of_key(key) if key is not None else None

    def _person(self, token: str, now: datetime) -> Caller | None:
        if token.startswith(VISIT_PREFIX):
            visit = self._visit(token, now)
            return visit.caller if visit is not None else None
        session = self._session(token, now)
        if session is None:
            return None
        account = session.account
        try:
            allowed = rights(account.roles, account.centres, account.unit)
        except ValueError:
            raise Problem(FORBIDDEN, "The account has no role that is known here.") from None
        return Caller.of_person(
            "account", session.id, account.name, roles=account.roles, rights=allowed, expires=session.ends
        )

    def _session(self, token: str, now: datetime | None = None) -> Session | None:
        try:
            return self._accounts.find(token, now or datetime.now(UTC))
        except AccountsError:
            raise _away() from None

    def _visit(self, token: str, now: datetime) -> Visit | None:
        try:
            return self._visits.find(token, now) if self._visits is not None else None
        except AccountsError:
            raise _away() from None


class Identify:
    """Layer of the application in which who asks is made out, where that may take a while."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._access.identify(Request(scope))
        await self._app(scope, receive, send)


def csrf_token(session_token: str) -> str:
    """What a page of ours sends beside its cookie; nobody makes it who has not got the session's token."""
    return hashlib.sha256(f"csrf\n{session_token}".encode()).hexdigest()


def _own_page(request: Request, cookie: str) -> None:
    if request.method in _READS:
        return
    sent = request.headers.get(CSRF_HEADER, "")
    right = hmac.compare_digest(sent.encode(), csrf_token(cookie).encode())
    if not right or request.headers.get("sec-fetch-site", "none") not in _OWN:
        raise Problem(CROSS_SITE, f"Send the header {CSRF_HEADER} with the token of GET /v1/session.")


def _away() -> Problem:
    return Problem(PROVIDER_AWAY, "The accounts cannot be read now.", headers={"Retry-After": "2"})


def _bearer(request: Request) -> str:
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    return sent.strip() if kind.lower() == "bearer" else ""


def _credentials(sent: str) -> tuple[str, str]:
    """User and password of HTTP Basic (RFC 7617); empty where it is none.

    The last colon separates them, not the first: publishers may be URNs, and tokens have no colon.
    """
    try:
        user, _, password = base64.b64decode(sent, validate=True).decode().rpartition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _unauthorized(*, basic: bool) -> Problem:
    if basic:
        return Problem(
            UNAUTHORIZED,
            "Send HTTP Basic: as user the key's id or its publisher, as password the key, neither expired nor revoked",
            headers={"WWW-Authenticate": 'Basic realm="ioc", charset="UTF-8"'},
        )
    return Problem(
        UNAUTHORIZED,
        "Send a key or a session's token that holds as `Authorization: Bearer …`.",
        headers={"WWW-Authenticate": 'Bearer realm="ioc"'},
    )
