"""The process ``ioc store run``: starts without Kafka and without the database, and ends within ten seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, delete
from sqlalchemy.exc import SQLAlchemyError

from connectors.logs import configure
from connectors.process import EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNAVAILABLE, CannotStartError
from connectors.status import StatusServer
from connectors.store.access import SLOW_S, Access
from connectors.store.database import StoreError, check_revision, migrate, open_reader, open_writer, url_of
from connectors.store.feed import Feed, Plan
from connectors.store.metrics import Metrics
from connectors.store.positions import forget_places
from connectors.store.retention import delete_old
from connectors.store.schema import facts, metadata, positions
from connectors.store.service import running_figures
from connectors.store.telemetry import HourReader, Judge
from connectors.store.writer import Writer
from ioc import topics
from ioc.settings import Settings

_log = logging.getLogger(__name__)

_GRACE_S: Final = 5.0
"""Seconds that the batch on its way has after SIGTERM."""
_RETRY_S: Final = 1.0
_CLEAN_S: Final = 3600.0


def kept_topics(centres: Iterable[str]) -> list[str]:
    """Topics that the store keeps record by record, of a province with these centres."""
    return [
        topics.INCIDENTS,
        *(topics.alert_topic(centre) for centre in centres),
        topics.FEEDBACK,
        topics.DECISIONS,
        topics.SIGNALS,
        topics.RECEIPTS,
        topics.SILENCES,
        topics.HEALTH,
        topics.AUDIT,
        topics.SHIFTS,
    ]


def run(settings: Settings, client: Mapping[str, Any], centres: Iterable[str], judge: Judge, *, zone: tzinfo) -> int:
    """Store until SIGTERM or SIGINT; returns the exit code.

    Args:
        settings: The configuration.
        client: Arguments of every Kafka client.
        centres: Of the province, whose alerts are stored.
        judge: Which readings are measurements.
        zone: The province's: months are local.

    """
    configure(settings.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        process = _Process(settings, client, centres, judge, zone)
        code = asyncio.run(process.serve())
    except (CannotStartError, StoreError) as error:
        print(f"ioc store: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, CannotStartError) else EXIT_CONFIG
    _leave(process.access, code)
    return code


def rebuild(
    settings: Settings, client: Mapping[str, Any], centres: Iterable[str], judge: Judge, *, empty: bool
) -> Mapping[str, int]:
    """Read all topics again from their first records, and write what they say; returns rows written by table.

    What Kafka does not have any more stays as it is, unless the tables are emptied first. A store that runs meanwhile
    goes on from wherever the two of them are.

    Args:
        settings: As of :func:`run`, as are ``client``, ``centres`` and ``judge``.
        client: See there.
        centres: See there.
        judge: See there.
        empty: Delete all rows before.

    Raises:
        StoreError: the database is not as it should be.
        SQLAlchemyError: it does not answer.

    """
    process = _Process(settings, client, centres, judge)
    process.prepare()
    with process.access.engine.begin() as connection:
        forget_places(connection)
        if empty:
            for table in metadata.sorted_tables:
                if table not in {positions, facts}:
                    connection.execute(delete(table))
    try:
        return asyncio.run(process.catch_up())
    finally:
        process.access.close()


class _Process:
    def __init__(
        self, settings: Settings, client: Mapping[str, Any], centres: Iterable[str], judge: Judge, zone: tzinfo = UTC
    ) -> None:
        self._settings = settings
        self._zone = zone
        store = settings.store
        self.access = Access(open_writer(url_of(settings)))
        self.metrics = Metrics()
        late = timedelta(hours=store.late_hours)
        writer = Writer(self.access.engine, HourReader(judge, timedelta(seconds=settings.intake.max_future_s), late))
        plans = (
            Plan("records", kept_topics(centres), store.batch_records),
            Plan("telemetry", [topics.RAW["sensors"]], store.batch_records, store.telemetry_s),
        )
        self._feeds = [Feed(plan, client, self.access, writer, self.metrics) for plan in plans]
        self._unprepared: str | None = "the database has not answered yet"

    @property
    def trouble(self) -> list[str]:
        """Why the process is not ready."""
        if self._unprepared is not None:
            return [self._unprepared]
        waits = self.access.waits_s
        slow = [f"the database has not answered for {waits:.0f} s"] if waits > SLOW_S else []
        return list(dict.fromkeys([*slow, *(each for feed in self._feeds for each in feed.trouble)]))

    def prepare(self) -> None:
        """See that the tables are those of this release; make them where that is this program's business."""
        engine: Engine = self.access.engine
        if engine.dialect.name == "sqlite":
            assert engine.url.database is not None
            path = Path(engine.url.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            # What was reported is nobody's business but the centre's; SQLite gives its other files the same mode.
            path.touch(mode=0o600)
        if engine.dialect.name == "sqlite" or self._settings.store.migrate:
            migrate(engine)
        else:
            check_revision(engine)

    async def serve(self) -> int:
        """Follow the topics until a signal comes."""
        store = self._settings.store
        status = StatusServer(self._shown, lambda: self.trouble)
        try:
            port = await status.start(store.metrics_host, store.metrics_port)
        except OSError as error:
            raise CannotStartError(
                f"port {store.metrics_port} for metrics cannot be used: {error.strerror}", EXIT_UNAVAILABLE
            ) from None
        _log.info("store_started", extra={"metrics_port": port, "database": self.access.engine.dialect.name})
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        work = asyncio.create_task(self._work(), name="store")
        waiting = asyncio.create_task(told.wait())
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for feed in self._feeds:
            feed.stop()
        if self._unprepared is None:
            await asyncio.wait({work}, timeout=_GRACE_S)
        failed = not told.is_set()
        for task in (work, waiting):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                try:
                    await task
                except Exception as error:
                    _log.error("store_failed", extra={"error": type(error).__name__}, exc_info=error)
        status.close()
        _log.info("store_ended")
        return EXIT_FAILED if failed else EXIT_OK

    async def catch_up(self) -> Mapping[str, int]:
        """Read to where the topics end now; returns rows written by table."""
        await asyncio.gather(*(feed.run(to_end=True) for feed in self._feeds))
        return self.metrics.rows

    async def _work(self) -> None:
        await self._prepared()
        beside = [
            asyncio.create_task(self._clean(), name="store-retention"),
            asyncio.create_task(self._count(), name="store-figures"),
        ]
        try:
            await asyncio.gather(*(feed.run() for feed in self._feeds))
        finally:
            for task in beside:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _prepared(self) -> None:
        """Wait for the database and its tables."""
        while True:
            try:
                await self.access.call(self.prepare)
            except StoreError as error:
                self._tell(str(error))
            except (SQLAlchemyError, OSError) as error:
                self._tell(f"the database does not answer ({type(error).__name__})")
                self.metrics.failed("store")
            else:
                self._unprepared = None
                return
            await asyncio.sleep(_RETRY_S)

    def _tell(self, sentence: str) -> None:
        if sentence != self._unprepared:
            _log.warning("store_waits", extra={"reason": sentence})
        self._unprepared = sentence

    async def _clean(self) -> None:
        while True:
            try:
                steps = delete_old(self.access.engine, self._settings.store, datetime.now(UTC))
                while (deleted := await self.access.call(next, steps, None)) is not None:
                    self.metrics.deleted(*deleted)
            except SQLAlchemyError as error:
                _log.warning("store_retention_waits", extra={"reason": type(error).__name__})
            await asyncio.sleep(_CLEAN_S)

    async def _count(self) -> None:
        """Count the running month, beside what is written: a reader of its own waits for nobody."""
        engine = open_reader(url_of(self._settings))
        service = self._settings.service
        try:
            while True:
                try:
                    now = datetime.now(self._zone)
                    self.metrics.month(await asyncio.to_thread(running_figures, engine, service, now))
                except SQLAlchemyError as error:
                    _log.warning("store_figures_wait", extra={"reason": type(error).__name__})
                await asyncio.sleep(service.every_s)
        finally:
            engine.dispose()

    def _shown(self) -> bytes:
        ready = self._unprepared is None
        slow = self.access.waits_s > SLOW_S
        self.metrics.up(
            kafka=ready and not any(feed.kafka_trouble for feed in self._feeds),
            store=ready and not slow and not any(feed.store_trouble for feed in self._feeds),
        )
        return self.metrics.text()


def _leave(access: Access, code: int) -> None:
    """Let the database go. A call that does not come back is left behind: what it did not commit was not done."""
    if not access.close():
        _log.warning("store_left_a_call_behind")
        logging.shutdown()
        os._exit(code)
