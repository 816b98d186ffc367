"""The process ``ioc mqtt``: starts without Kafka and without the MQTT broker, and ends within a few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.logs import configure
from connectors.mqtt.bridge import Bridge
from connectors.mqtt.metrics import Metrics
from connectors.mqtt.outlet import Outlet
from connectors.mqtt.session import Session
from connectors.process import EXIT_FAILED, EXIT_OK, EXIT_UNAVAILABLE, CannotStartError, alone
from connectors.status import StatusServer
from ioc.mqtt import Decoder, Entry
from ioc.privacy import PlateGuard
from ioc.settings import Settings
from ioc.topics import DLQ, RAW, RECEIPTS

_log = logging.getLogger(__name__)

_GRACE_S: Final = 4.0
"""Seconds that the batch on its way has after SIGTERM."""
_LEAVE_S: Final = 2.0


def client_id_of(settings: Settings) -> str:
    """Name of the session: the same after a restart, another one for another host or home."""
    if settings.mqtt.client_id is not None:
        return settings.mqtt.client_id
    home = hashlib.sha256(str(settings.home.absolute()).encode()).hexdigest()[:8]
    return f"ioc-{socket.gethostname().partition('.')[0]}-{home}"


def run(settings: Settings, client: Mapping[str, Any], entries: Sequence[Entry], guard: PlateGuard) -> int:
    """Bridge until SIGTERM or SIGINT; returns the exit code.

    Args:
        settings: The configuration.
        client: Arguments of every Kafka client.
        entries: The mapping.
        guard: Takes number plates out of camera and gate events.

    """
    configure(settings.log_level)
    try:
        with _session_file(settings.home, client_id_of(settings)) as handle:
            return asyncio.run(_bridge(settings, client, entries, guard, handle))
    except CannotStartError as error:
        print(f"ioc mqtt: {error}", file=sys.stderr)
        return error.exit_code


async def _bridge(
    settings: Settings, client: Mapping[str, Any], entries: Sequence[Entry], guard: PlateGuard, handle: int
) -> int:
    metrics = Metrics()
    metrics.mqtt(up=False)
    decoder = Decoder(entries, timedelta(seconds=settings.intake.max_future_s), guard)
    topics = {*(RAW[entry.source] for entry in entries), DLQ, RECEIPTS}
    outlet = Outlet(client, topics, lambda up: metrics.broker(up=up))
    bridge = Bridge(
        decoder,
        outlet,
        metrics,
        settings.mqtt.in_flight,
        lambda hold: session.pause() if hold else session.resume(),
    )
    session = Session(
        settings.mqtt,
        client_id_of(settings),
        filters=decoder.filters,
        former=_known(handle),
        on_message=bridge.receive,
        on_state=lambda up: metrics.mqtt(up=up),
    )
    _remember(handle, [*_known(handle), *session.subscriptions])
    status = StatusServer(metrics.text, lambda: [*outlet.trouble, *session.trouble])
    try:
        port = await status.start(settings.mqtt.metrics_host, settings.mqtt.metrics_port)
    except OSError as error:
        raise CannotStartError(
            f"port {settings.mqtt.metrics_port} for metrics cannot be used: {error.strerror}", EXIT_UNAVAILABLE
        ) from None
    _log.info("mqtt_bridge_started", extra={"metrics_port": port, "client_id": client_id_of(settings)})
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    working = asyncio.create_task(bridge.run(), name="mqtt-bridge")
    connected = asyncio.create_task(session.run(), name="mqtt-session")
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({working, connected, waiting}, return_when=asyncio.FIRST_COMPLETED)
    failed = not told.is_set()
    bridge.stop()
    await asyncio.wait({working}, timeout=_GRACE_S)
    session.stop()
    await asyncio.wait({connected}, timeout=_LEAVE_S)
    for task in (working, connected, waiting):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await task
            except Exception as error:
                _log.error("mqtt_bridge_failed", extra={"error": type(error).__name__}, exc_info=error)
    await outlet.close()
    status.close()
    _log.info("mqtt_bridge_ended")
    return EXIT_FAILED if failed else EXIT_OK


def _session_file(home: Path, client_id: str) -> AbstractContextManager[int]:
    """Hold the session's file: two bridges with one name would take it from each other without end.

    It remembers what the session has subscribed to: the broker goes on sending what a changed mapping left out.
    """
    taken = f"another bridge has the session {client_id}: give this one an IOC_MQTT__CLIENT_ID of its own"
    return alone(home / "mqtt", re.sub(r"[^\w.-]", "_", client_id) + ".json", taken)


def _known(handle: int) -> list[str]:
    try:
        content = orjson.loads(os.pread(handle, 1 << 20, 0))
    except orjson.JSONDecodeError:
        return []
    return [one for one in content if isinstance(one, str)] if isinstance(content, list) else []


def _remember(handle: int, subscriptions: Sequence[str]) -> None:
    content = orjson.dumps(list(dict.fromkeys(subscriptions)))
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))
    os.fsync(handle)
