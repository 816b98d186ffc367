"""``/metrics``, ``/healthz`` and ``/readyz`` of a worker.

A thread of its own answers, so that a worker can be asked in every state: before its broker is there, while it
recovers, and while a batch is being processed. A worker that hangs ends itself (the engine's watchdog).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A probe that hangs up early is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StatusServer:
    """Serves until ``close``.

    Args:
        host: Address to bind.
        port: Port to bind; 0 picks a free one.
        registry: What ``/metrics`` shows.
        trouble: Why the worker is not ready; empty if it is.

    Raises:
        OSError: the port is taken.

    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry, trouble: Callable[[], list[str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self) -> None:
                match self.path.partition("?")[0]:
                    case "/metrics":
                        self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                    case "/healthz":
                        self._answer(HTTPStatus.OK, "application/json", b'{"status":"ok"}')
                    case "/readyz":
                        found = trouble()
                        status = HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK
                        self._answer(
                            status, "application/json", json.dumps({"ready": not found, "trouble": found}).encode()
                        )
                    case _:
                        self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics /healthz /readyz\n")

            def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Scrapes are not worth a line."""

        self._server = _Server((host, port), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
