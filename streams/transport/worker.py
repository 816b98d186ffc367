"""Running an app as a process's main thread, from the wait for its broker to its exit code."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

import faust
import uvloop

from streams.transport.app import EngineApp
from streams.transport.engine import Engine
from streams.transport.errors import EXIT_BRAKE, EXIT_CLEAN, EXIT_FORCED
from streams.transport.lifecycle import Stopper, Watchdog, wait_for_broker
from streams.transport.logs import calm
from streams.transport.memory import give_back

log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5
_AWAY_SAY_S: Final = 30.0
_GIVE_BACK_S: Final = 10.0
_FAUST_STOP_S: Final = 1.5


class _Worker(faust.Worker):  # type: ignore[misc]
    """Faust's worker without its signal handlers, process title and terminal decorations."""

    def install_signal_handlers(self) -> None:
        """The Stopper has them."""

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """The process keeps the name that it was started with."""


def run_worker(app: EngineApp) -> int:
    """Run until stopped. Returns the process's exit code: 0 clean, 70 forced, 75 brake, 78 misconfigured.

    Must be called from the main thread. After SIGTERM or SIGINT it returns, or ends the process, within the time
    that the settings give.
    """
    calm()
    collect_seldom()
    stopper = Stopper(app.engine.settings.stop_hard_s)
    with stopper.installed(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_main(app, stopper))


def collect_seldom() -> None:
    """Set the collector of cycles for rounds: their thousands of objects die with them, so looking finds nothing."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _main(app: EngineApp, stopper: Stopper) -> int:
    engine = app.engine
    settings = engine.settings
    stop = asyncio.Event()
    stopper.attach(asyncio.get_running_loop(), stop)
    engine.on_fatal = stop.set
    if not await wait_for_broker(settings, stop):
        return EXIT_CLEAN
    worker = _Worker(app, loop=asyncio.get_running_loop(), quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    running = asyncio.ensure_future(worker.start())
    monitor = Monitor(engine)
    watchdog = Watchdog(
        blocked_after_s=settings.blocked_after_s,
        stuck_for=monitor.stuck_for,
        stuck_after_s=settings.stuck_after_s,
    )
    watchdog.start()
    looking = asyncio.ensure_future(monitor.run(watchdog))
    asked = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, asked, looking}, return_when=asyncio.FIRST_COMPLETED)
    stopper.begin()
    code = _exit_code(engine, running)
    await _stop(app, worker, running)
    for task in (looking, asked, running):
        task.cancel()
    await asyncio.gather(looking, asked, running, return_exceptions=True)
    watchdog.stop()
    return code


def _exit_code(engine: Engine, running: asyncio.Future[Any]) -> int:
    if engine.fatal is not None:
        return engine.fatal.exit_code
    if running.done():
        error = None if running.cancelled() else running.exception()
        log.error("the worker broke", exc_info=error)
        return EXIT_FORCED
    return EXIT_BRAKE if engine.stopped_agents else EXIT_CLEAN


async def _stop(app: EngineApp, worker: Any, running: asyncio.Future[Any]) -> None:
    """Each step is tried, whatever became of those before: none of them may change how the process ends."""
    engine = app.engine
    await _attempt(engine.drain(engine.settings.stop_soft_s), "the round in work was not finished")
    if engine.consumer is not None:
        await _attempt(app.consumer.leave(), "the group was not left")
    if not running.done():
        await _attempt(worker.stop(), "Faust was not stopped", _FAUST_STOP_S)
    await _attempt(engine.close(), "the writer was not closed", _FAUST_STOP_S)


async def _attempt(step: Coroutine[Any, Any, object], failed: str, limit_s: float | None = None) -> None:
    """Do a step in a task of its own, so that neither its errors nor a cancellation within it reach the caller."""
    task = asyncio.ensure_future(step)
    await asyncio.wait({task}, timeout=limit_s)
    if not task.done():
        log.warning("%s within %g s", failed, limit_s)
        task.cancel()
    elif task.cancelled():
        log.warning("%s: it was cancelled", failed)
    elif (error := task.exception()) is not None:
        log.warning("%s: %s", failed, type(error).__name__, exc_info=error)


class Monitor:
    """Looks at the engine twice a second: lag, broker, signs of life; gives freed memory back now and then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._away_since: float | None = None
        self._said = 0.0
        self._lagging = False
        self.reachable = False

    async def run(self, watchdog: Watchdog) -> None:
        """Until cancelled."""
        gave_back = 0.0
        while True:
            watchdog.beat()
            if time.monotonic() - gave_back >= _GIVE_BACK_S:
                give_back()
                gave_back = time.monotonic()
            if self._engine.ledger.tag.assignment is not None:
                self._look_for_broker()
                self._look_at_lag()
            await asyncio.sleep(_LOOK_S)

    def stuck_for(self) -> float:
        """Seconds without a finished round, 0 while there is nothing to do or nothing to do it with."""
        if not self._lagging or not self.reachable:
            return 0.0
        return time.monotonic() - self._engine.last_progress

    def _look_at_lag(self) -> None:
        engine = self._engine
        lagging = False
        for tp, records in engine.lags().items():
            engine.observer.lag(*tp, records)
            lagging = lagging or (records > 0 and engine.lane_of[tp[0]].stopped is None)
        if not lagging:
            engine.last_progress = time.monotonic()
        self._lagging = lagging

    def _look_for_broker(self) -> None:
        engine = self._engine
        connections = engine.consumer._client._conns.values()
        reachable = any(connection.connected() for connection in connections)
        now = time.monotonic()
        if reachable:
            if self._away_since is not None:
                log.warning("the broker is back after %.0f s", now - self._away_since)
                self._away_since = None
                engine.last_progress = now
        elif self._away_since is None:
            self._away_since = self._said = now
            log.warning("the broker is away; trying until it is back")
        elif now - self._said >= _AWAY_SAY_S:
            self._said = now
            log.warning("the broker has been away for %.0f s", now - self._away_since)
        if reachable != self.reachable:
            self.reachable = reachable
            engine.observer.broker_reachable(reachable)
