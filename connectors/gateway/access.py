"""Who asks, and whether they may: keys, scopes, rates."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request

from connectors.gateway.keys import Key, KeyRing
from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.problems import FORBIDDEN, RATE, UNAUTHORIZED, Problem
from ioc.vocabulary import Scope


class Access:
    """Checks requests against the key ring.

    Keys come in the ``Authorization`` header only: what stands in an address ends up in logs and histories.
    """

    def __init__(self, ring: KeyRing, rates: Rates, limited: Callable[[str, int], None] = lambda *_: None) -> None:
        """Check by these keys; ``limited`` hears of items that were too many: the key's publisher and their number."""
        self._ring = ring
        self._rates = rates
        self._limited = limited

    def key(self, request: Request, *scopes: Scope, basic: bool = False) -> Key:
        """The key of a request that has at least one of the scopes.

        Args:
            request: Who asks.
            scopes: One of them is enough.
            basic: Whether the key may come as the password of HTTP Basic too.

        Raises:
            Problem: no valid key (401) or none of the scopes (403).

        """
        key = self._find(request, basic=basic)
        if key is None:
            raise _unauthorized(basic=basic)
        request.state.key_id = key.id
        if scopes and not any(key.allows(scope) for scope in scopes):
            raise Problem(FORBIDDEN, f"The key lacks the scope {' or '.join(scopes)}.")
        return key

    def still(self, request: Request) -> bool:
        """Whether a long answer may go on: its key still holds."""
        return self._find(request) is not None

    def spend(self, key: Key, items: int, request: Request | None = None) -> None:
        """Count items against the key's rate; the answer to the request tells what is left of it.

        Raises:
            Problem: too many (429); nothing is counted then.

        """
        now = time.monotonic()
        wait = self._rates.take(key.id, items, now, key.rate)
        if request is not None:
            request.state.rate = self._rates.standing(key.id, now, key.rate)
        if wait:
            self._limited(key.publisher, items)
            raise Problem(RATE, "The key sends more items than agreed.", headers={"Retry-After": retry_after(wait)})

    def _find(self, request: Request, *, basic: bool = False) -> Key | None:
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        now = datetime.now(UTC)
        if kind.lower() == "bearer":
            return self._ring.find(sent.strip(), now)
        if not basic or kind.lower() != "basic":
            return None
        user, token = _credentials(sent.strip())
        key = self._ring.find(token, now)
        return key if key is not None and user in {key.id, key.publisher} else None


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
        "Send a key that is neither expired nor revoked as `Authorization: Bearer ioc_…`.",
        headers={"WWW-Authenticate": 'Bearer realm="ioc"'},
    )
