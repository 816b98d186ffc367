"""The process ``ioc notify run``: starts without Kafka, and ends within a few seconds in every state."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from connectors.logs import configure
from connectors.notify.metrics import Metrics
from connectors.notify.outbox import FILE, Outbox, OutboxError
from connectors.notify.reader import Reader
from connectors.notify.sender import Sender
from connectors.notify.sinks import Sinks
from connectors.process import EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNAVAILABLE, CannotStartError, alone
from connectors.status import StatusServer
from ioc.notify import Subscription, Subscriptions, read_subscriptions
from ioc.notify.message import Wording
from ioc.settings import Settings
from ioc.yamlfile import YamlError

_log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
_CLEAN_S: Final = 3600.0
_GRACE_S: Final = 3.0


def outbox_of(settings: Settings) -> Path:
    """The file of the outbox."""
    return settings.home / FILE


def run(
    settings: Settings, client: Mapping[str, Any], topics: Sequence[str], centres: Sequence[str], wording: Wording
) -> int:
    """Tell until SIGTERM or SIGINT; returns the exit code.

    Args:
        settings: The configuration.
        client: Arguments of every Kafka client.
        topics: The alert topics.
        centres: Codes of the province's centres.
        wording: What texts need.

    """
    configure(settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines have whole addresses, which may hold a secret
    try:
        with alone(settings.home, "notify.lock", f"another `ioc notify run` sends from {settings.home}"):
            return asyncio.run(_Process(settings, client, topics, centres, wording).serve())
    except CannotStartError as error:
        print(f"ioc notify: {error}", file=sys.stderr)
        return error.exit_code


class _Process:
    def __init__(
        self,
        settings: Settings,
        client: Mapping[str, Any],
        topics: Sequence[str],
        centres: Sequence[str],
        wording: Wording,
    ) -> None:
        self._settings = settings
        self._centres = centres
        self._wording = wording
        self._path = settings.subscriptions
        self._signature: tuple[int, int] | None = None
        self._wrong: str | None = None
        self.subscriptions = self._first()
        try:
            self._outbox = Outbox(outbox_of(settings))
        except OutboxError as error:
            raise CannotStartError(str(error), EXIT_CONFIG) from None
        self._metrics = Metrics()
        self._reader = Reader(
            client,
            topics,
            self._outbox,
            subscriptions=lambda: self.subscriptions,
            metrics=self._metrics,
            arrived=self._wake,
        )
        self._senders: dict[str, tuple[Sender, asyncio.Task[None]]] = {}

    # ---- the file ---------------------------------------------------------------------------------------------

    def _first(self) -> Subscriptions:
        try:
            found = self._read()
        except YamlError as error:
            raise CannotStartError(f"{self._path}, {error}", EXIT_CONFIG) from None
        except OSError as error:
            raise CannotStartError(f"{self._path} cannot be read: {error.strerror}", EXIT_CONFIG) from None
        assert found is not None
        return found

    def _read(self) -> Subscriptions | None:
        """The file as it is; ``None``: it is as it was."""
        stat = self._path.stat()
        signature = stat.st_mtime_ns, stat.st_size
        if signature == self._signature:
            return None
        found = read_subscriptions(self._path.read_bytes(), self._centres)
        self._signature = signature
        return found

    def _reread(self) -> None:
        try:
            found = self._read()
        except (YamlError, OSError) as error:
            sentence = f"{self._path.name}, {error}" if isinstance(error, YamlError) else f"{error.strerror}"
            if sentence != self._wrong:
                _log.error("subscriptions_refused", extra={"reason": sentence})
            self._wrong = sentence
            return
        self._wrong = None
        if found is not None:
            self.subscriptions = found
            _log.info("subscriptions_in_force", extra={"count": len(found.each)})
            self._staff()

    # ---- the parts --------------------------------------------------------------------------------------------

    def _staff(self) -> None:
        """A sender for each subscription; what waits for one that is no more is dropped and counted."""
        for name, count in self._outbox.drop(
            [each.name for each in self.subscriptions.each], datetime.now(UTC)
        ).items():
            self._metrics.ended(name, "dropped", count)
            _log.warning("notify_dropped", extra={"subscription": name, "alerts": count})
        for each in self.subscriptions.each:
            self._metrics.known(each.name)
            running = self._senders.get(each.name)
            if running is not None and not running[1].done():
                running[0].wake()
                continue
            sender = Sender(
                self._named(each.name), self._outbox, self._sinks, self._metrics, zone=self._wording.zone,
                patience=timedelta(hours=self._settings.notify.patience_hours),
            )  # fmt: skip
            task = asyncio.create_task(sender.run(), name=f"notify-{each.name}")
            task.add_done_callback(self._sender_ended)
            self._senders[each.name] = sender, task
        self._wake()

    def _named(self, name: str) -> Callable[[], Subscription | None]:
        return lambda: self.subscriptions.named(name)

    def _sender_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("notify_failed", exc_info=error)
            self._failed.set()

    def _wake(self) -> None:
        for sender, _ in self._senders.values():
            sender.wake()

    def _trouble(self) -> list[str]:
        return [self._reader.trouble] if self._reader.trouble else []

    def _shown(self) -> bytes:
        self._metrics.waits([each.name for each in self.subscriptions.each], self._outbox.open())
        return self._metrics.text()

    async def serve(self) -> int:
        """Work until a signal comes."""
        notify = self._settings.notify
        self._failed, told = asyncio.Event(), asyncio.Event()
        self._sinks = Sinks(notify, self._wording)
        status = StatusServer(self._shown, self._trouble)
        try:
            port = await status.start(notify.metrics_host, notify.metrics_port)
        except OSError as error:
            raise CannotStartError(
                f"port {notify.metrics_port} for metrics cannot be used: {error.strerror}", EXIT_UNAVAILABLE
            ) from None
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        _log.info("notify_started", extra={"metrics_port": port, "subscriptions": len(self.subscriptions.each)})
        self._staff()
        work = [
            asyncio.create_task(self._reader.run(), name="notify-reader"),
            asyncio.create_task(self._tend(), name="notify-file"),
        ]
        waiting = [asyncio.create_task(told.wait()), asyncio.create_task(self._failed.wait())]
        await asyncio.wait([*work, *waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*work, *waiting, *(task for _, task in self._senders.values())):
            task.cancel()
        # A request on its way may have been taken: its message is sent again, under the same id.
        await asyncio.wait([*work, *waiting, *(task for _, task in self._senders.values())], timeout=_GRACE_S)
        await self._sinks.close()
        status.close()
        self._outbox.close()
        _log.info("notify_ended")
        return EXIT_OK if told.is_set() else EXIT_FAILED

    async def _tend(self) -> None:
        """Follow the file, look whether somebody asked for a replay, and forget what is old."""
        keep, cleaned = self._settings.notify, 0.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_S)
            self._reread()
            self._wake()
            if loop.time() - cleaned > _CLEAN_S:
                now = datetime.now(UTC)
                self._outbox.forget(now - timedelta(days=keep.keep_days), now - timedelta(days=keep.keep_dead_days))
                cleaned = loop.time()
