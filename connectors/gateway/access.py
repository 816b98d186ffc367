"""Who asks, and whether they may: bearer keys, scopes, rates."""

from __future__ import annotations

import time
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

    def __init__(self, ring: KeyRing, rates: Rates) -> None:
        self._ring = ring
        self._rates = rates

    def key(self, request: Request, *scopes: Scope) -> Key:
        """The key of a request that has at least one of the scopes.

        Raises:
            Problem: no valid key (401) or none of the scopes (403).

        """
        key = self._find(request)
        if key is None:
            raise Problem(
                UNAUTHORIZED,
                "Send a key that is neither expired nor revoked as `Authorization: Bearer ioc_…`.",
                headers={"WWW-Authenticate": 'Bearer realm="ioc"'},
            )
        request.state.key_id = key.id
        if scopes and not any(key.allows(scope) for scope in scopes):
            raise Problem(FORBIDDEN, f"The key lacks the scope {' or '.join(scopes)}.")
        return key

    def still(self, request: Request) -> bool:
        """Whether a long answer may go on: its key still holds."""
        return self._find(request) is not None

    def spend(self, key: Key, items: int) -> None:
        """Count items against the key's rate.

        Raises:
            Problem: too many (429); nothing is counted then.

        """
        wait = self._rates.take(key.id, items, time.monotonic())
        if wait:
            raise Problem(RATE, "The key sends more items than agreed.", headers={"Retry-After": retry_after(wait)})

    def _find(self, request: Request) -> Key | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        return self._ring.find(token.strip(), datetime.now(UTC))
