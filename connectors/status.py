"""``/metrics``, ``/healthz`` and ``/readyz`` of an edge's process, answered by its own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST

_TIMEOUT_S: Final = 5.0


class StatusServer:
    """Answers GET requests, one per connection.

    Args:
        metrics: What ``/metrics`` shows.
        trouble: Why the process is not ready; empty if it is.

    """

    def __init__(self, metrics: Callable[[], bytes], trouble: Callable[[], Sequence[str]]) -> None:
        self._metrics = metrics
        self._trouble = trouble
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port.

        Raises:
            OSError: the port is taken.

        """
        self._server = await asyncio.start_server(self._serve, host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What is cancelled when the process ends would be logged as an error by asyncio: nobody waits for this task.
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            async with asyncio.timeout(_TIMEOUT_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(request.split(b"\r\n", 1)[0].split(b" ")))
                await writer.drain()
        writer.close()

    def _answer(self, request: list[bytes]) -> bytes:
        if len(request) != 3 or request[0] != b"GET":
            return _response("405 Method Not Allowed", "text/plain", b"")
        path = request[1].partition(b"?")[0]
        if path == b"/metrics":
            return _response("200 OK", CONTENT_TYPE_LATEST, self._metrics())
        if path == b"/healthz":
            return _response("200 OK", "application/json", b'{"status":"ok"}')
        if path == b"/readyz":
            found = list(self._trouble())
            body = orjson.dumps({"ready": not found, "trouble": found})
            return _response("503 Service Unavailable" if found else "200 OK", "application/json", body)
        return _response("404 Not Found", "text/plain", b"/metrics /healthz /readyz\n")


def _response(status: str, content_type: str, body: bytes) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*head, "", ""]).encode() + body
