"""The process ``ioc stations``: starts without Kafka, and ends within a few seconds in every state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from connectors.logs import configure
from connectors.process import EXIT_CONFIG, EXIT_OK, EXIT_UNAVAILABLE, CannotStartError, alone
from connectors.stations.files import Archive
from connectors.stations.ledger import Ledger, LedgerError
from connectors.stations.link import Link
from connectors.stations.metrics import Metrics
from connectors.stations.watcher import Totals, Watcher
from connectors.status import StatusServer
from ioc.settings import Settings
from ioc.stations import StationReader, shipped_symbols

_log = logging.getLogger(__name__)

_GRACE_S: Final = 5.0
"""Seconds that the batch on its way has to end after SIGTERM."""


def archive_of(settings: Settings) -> Path:
    """Folder of what was sent, handled and refused."""
    return settings.stations.archive or settings.home / "stations"


def reader_of(settings: Settings, zone: tzinfo) -> StationReader:
    """What reads the files."""
    return StationReader(shipped_symbols(), zone, timedelta(seconds=settings.intake.max_future_s))


def run(settings: Settings, client: Mapping[str, Any], zone: tzinfo, *, until_empty: bool = False) -> int:
    """Watch until SIGTERM or SIGINT, or until no file waits any more; returns the exit code.

    Args:
        settings: The configuration.
        client: Arguments of every Kafka client.
        zone: Of the stations' clocks.
        until_empty: Handle what is there and end.

    """
    configure(settings.log_level)
    try:
        archive = archive_of(settings)
        taken = f"another `ioc stations` uses the folder {archive}"
        with alone(archive, "lock", taken), _ledger(archive) as ledger:
            totals = asyncio.run(_watch(settings, client, zone, archive, ledger, until_empty=until_empty))
    except CannotStartError as error:
        print(f"ioc stations: {error}", file=sys.stderr)
        return error.exit_code
    if until_empty:
        print(
            f"{totals.files} files: {totals.accepted} readings sent, {totals.duplicate} sent before, "
            f"{totals.rejected} bad lines in {totals.quarantined} files"
        )
    return EXIT_OK


async def _watch(
    settings: Settings, client: Mapping[str, Any], zone: tzinfo, archive: Path, ledger: Ledger, *, until_empty: bool
) -> Totals:
    stations = settings.stations
    folder = stations.folder
    if folder is None or not folder.is_dir():
        what = "names no folder" if folder is None else f"is no folder: {folder}"
        raise CannotStartError(f"IOC_STATIONS__FOLDER {what}", EXIT_CONFIG)
    metrics = Metrics()

    async def connect() -> Link:
        return await Link(client, ledger.name, stations.publisher).open()

    watcher = Watcher(
        stations,
        folder=folder,
        archive=Archive(archive),
        reader=reader_of(settings, zone),
        ledger=ledger,
        metrics=metrics,
        connect=connect,
    )
    status = StatusServer(metrics.text, lambda: watcher.trouble)
    if not until_empty:
        try:
            port = await status.start(stations.metrics_host, stations.metrics_port)
        except OSError as error:
            raise CannotStartError(
                f"port {stations.metrics_port} for metrics cannot be used: {error.strerror}", EXIT_UNAVAILABLE
            ) from None
        _log.info("stations_watching", extra={"folder": str(folder), "metrics_port": port})
    work = asyncio.create_task(watcher.run(until_empty=until_empty), name="stations")
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        watcher.stop()
        await asyncio.wait({work}, timeout=_GRACE_S)
    finally:
        waiting.cancel()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await asyncio.wait({work})
        status.close()
    if not work.cancelled() and (failed := work.exception()) is not None:
        raise CannotStartError(watcher.trouble[0] if watcher.trouble else type(failed).__name__, EXIT_UNAVAILABLE)
    _log.info("stations_ended")
    return watcher.totals


@contextmanager
def _ledger(archive: Path) -> Iterator[Ledger]:
    try:
        ledger = Ledger(archive / "ledger.db")
    except LedgerError as error:
        raise CannotStartError(str(error), EXIT_CONFIG) from None
    try:
        yield ledger
    finally:
        ledger.close()
