"""What happens to every request: counted, logged without its content, answered with safe headers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.gateway.metrics import Metrics
from connectors.gateway.problems import INTERNAL, Problem
from connectors.gateway.ves_errors import in_words_of

_access = logging.getLogger("connectors.gateway.access")
_log = logging.getLogger(__name__)

UNROUTED: Final = "unrouted"
CLOSED_BY_CLIENT: Final = 499
"""Status that is counted where the client went before the answer began; no such answer is ever sent."""

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


class Observe:
    """Outermost layer of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._metrics.request(_route(scope), status)
                present = {name for name, _ in message["headers"]}
                headers = (*_HEADERS, *_rate(scope))
                message["headers"] = [*message["headers"], *(h for h in headers if h[0] not in present)]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            pass  # it went while it was sending: there is nobody to answer
        except Exception as error:
            # The type alone: a message may quote what was sent.
            _log.error("request_failed", extra={"error": type(error).__name__}, exc_info=error)
            if status:
                raise
            problem = Problem(INTERNAL, "The gateway failed on this request; its log says why.")
            await in_words_of(scope["path"], problem)(scope, receive, answer)
        finally:
            route = _route(scope)
            if not status:
                self._metrics.request(route, CLOSED_BY_CLIENT)
            level = logging.DEBUG if route in _QUIET or not _is_interface(scope) else logging.INFO
            if _access.isEnabledFor(level):
                _access.log(
                    level,
                    "request_answered",
                    extra={
                        "method": scope["method"],
                        "route": route,
                        "status": status or CLOSED_BY_CLIENT,
                        "ms": round((time.perf_counter() - began) * 1000, 1),
                        "key": scope.get("state", {}).get("key_id"),
                    },
                )


def _rate(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """What is left of the key's rate, where the request counted against it."""
    standing = scope.get("state", {}).get("rate")
    if standing is not None:
        yield b"ratelimit-limit", b"%d" % standing.limit
        yield b"ratelimit-remaining", b"%d" % standing.remaining
        yield b"ratelimit-reset", b"%d" % standing.reset_s


def _is_interface(scope: Scope) -> bool:
    """Whether the route is one of the contract: a page's files are many and say nothing of anybody."""
    return bool(getattr(scope.get("route"), "include_in_schema", True))


def _route(scope: Scope) -> str:
    """Template of the route that answers: addresses hold ids, templates are few."""
    return getattr(scope.get("route"), "path_format", UNROUTED)
