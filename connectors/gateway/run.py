"""The process ``ioc gateway``: a server that starts without Kafka and always ends within a few seconds."""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import uvicorn

from connectors.gateway.app import create_app
from connectors.gateway.library import Library
from connectors.gateway.names import Names
from connectors.gateway.services import Part, Services
from connectors.gateway.slots import Slot
from connectors.logs import configure
from connectors.process import EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from ioc.classify.redact import Redactor
from ioc.incidents.standing import Rules
from ioc.privacy import Sealer
from ioc.privacy.plates import NO_PLATES, PlateGuard
from ioc.settings import Settings
from ioc.ves import VesMapping

_log = logging.getLogger(__name__)

_GRACE_S: Final = 2
"""Seconds that open requests have to end after SIGTERM."""
_BACKLOG: Final = 512


class Province(Protocol):
    """What the gateway needs of the province's catalogue."""

    @property
    def centres(self) -> Mapping[str, object]:
        """Centres by their codes."""
        ...

    @property
    def province_code(self) -> str:
        """Key of the province's commands."""
        ...

    @property
    def timezone(self) -> str:
        """Name of its time zone."""
        ...


class _Server(uvicorn.Server):
    """Lets open streams end as soon as the end is asked for, not when the last request is over."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as requests to end, which is then a success.

        uvicorn raises them again when it is done, and the process would die of them before it has cleaned up.
        """
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.drain()
        await super().shutdown(sockets)


def run(
    settings: Settings,
    catalogue: Province,
    mapping: VesMapping,
    sealer: Sealer | None = None,
    redactor: Redactor | None = None,
    *,
    guard: PlateGuard = NO_PLATES,
    library: Library | None = None,
    names: Names = lambda: b"{}",
    parts: Sequence[Part] = (),
    rules: Rules | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    A port that is taken or a home folder that cannot be written ends it at once with one sentence.

    Args:
        settings: The effective configuration.
        catalogue: Whose centres there are.
        mapping: Where things stand in VES events.
        sealer: Seals personal values of reports before they are written; they are written as they came without one.
        redactor: Takes personal data out of what operators say; one that knows the province's places leaves those.
        guard: Takes number plates out of camera and gate events; without a key it drops them.
        library: Reads the store; without it nothing of the past, and no lists.
        names: What codes are called, as JSON.
        parts: Further routes, of edges that the gateway does not know.
        rules: What of the province says who is told next of an incident, and what a silence hides.

    """
    configure(settings.log_level)
    gateway = settings.gateway
    try:
        listening = _listen(gateway.host, gateway.port)
    except OSError as error:
        _complain(f"the gateway cannot listen on {gateway.host}:{gateway.port}: {_why(error)}")
        return EXIT_CONFIG
    try:
        slot = Slot.claim(settings.home)
    except OSError as error:
        listening.close()
        _complain(f"the gateway cannot use the folder {settings.home}: {_why(error)}")
        return EXIT_CONFIG
    try:
        services = Services(
            settings, tuple(catalogue.centres), slot.transactional_id, sealer, redactor, guard=guard,
            province=catalogue.province_code, zone=ZoneInfo(catalogue.timezone), library=library, rules=rules,
        )  # fmt: skip
        config = uvicorn.Config(
            create_app(settings, services, mapping, names_of=names, parts=parts),
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=30,
            proxy_headers=False,
        )
        host, port = listening.getsockname()[:2]
        _log.info("gateway_listening", extra={"host": host, "port": port})
        server = _Server(config, services)
        _calm_collector()
        server.run(sockets=[listening])
    finally:
        listening.close()
        slot.release()
    _log.info("gateway_ended")
    return EXIT_OK if server.started else EXIT_FAILED


def _calm_collector() -> None:
    """Keep the collector off what lives as long as the process: it cost a fifth of the time of large batches."""
    gc.collect()
    gc.freeze()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program has the port; end it, or set IOC_GATEWAY__PORT"
    return error.strerror or type(error).__name__


def _complain(sentence: str) -> None:
    print(f"ioc: {sentence}", file=sys.stderr)
