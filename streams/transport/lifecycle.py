"""How a worker process begins and ends: waiting for its broker, signals, deadlines, the watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import aiokafka.errors as kafka_errors
from aiokafka.client import AIOKafkaClient

from streams.transport.errors import EXIT_FORCED
from streams.transport.settings import EngineSettings

log = logging.getLogger(__name__)

_SAY_EVERY_S: Final = 5.0
_PROBE_S: Final = 0.5


class Stopper:
    """Turns SIGTERM and SIGINT into a stop that certainly happens.

    The first signal asks; ``hard_s`` later the process ends, whatever it is doing; a second signal ends it at once.
    Handlers are plain Python ones, so they run even while a batch handler holds the event loop.
    """

    def __init__(self, hard_s: float) -> None:
        self._hard_s = hard_s
        self._ask: Callable[[], object] = lambda: None
        self._over = threading.Event()
        self.asked = False

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Take the signals over, and give them back at the end. Main thread only."""
        before = {number: signal.signal(number, self._hit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            self._over.set()
            for number, handler in before.items():
                signal.signal(number, handler)

    def attach(self, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        """Have the event set when a stop is asked for."""

        def ask() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed already
                loop.call_soon_threadsafe(event.set)

        self._ask = ask
        if self.asked:
            event.set()

    def begin(self) -> None:
        """Start the deadline, whoever wants the end."""
        if not self.asked:
            self.asked = True
            threading.Thread(target=self._end, name="stop-deadline", daemon=True).start()

    def _hit(self, number: int, _frame: FrameType | None) -> None:
        if self.asked:
            os._exit(EXIT_FORCED)
        log.info("%s received, stopping", signal.Signals(number).name)
        self.begin()
        self._ask()

    def _end(self) -> None:
        if not self._over.wait(self._hard_s):
            leave_forcibly(f"not stopped after {self._hard_s:g} s")


class Watchdog(threading.Thread):
    """Ends the process when its event loop no longer turns, or no round ends although there is work.

    A supervisor starts it anew; what it had in work is taken back by the broker.
    """

    def __init__(self, *, blocked_after_s: float, stuck_for: Callable[[], float], stuck_after_s: float) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._blocked_after_s = blocked_after_s
        self._stuck_for = stuck_for
        self._stuck_after_s = stuck_after_s
        self._beat = time.monotonic()
        self._over = threading.Event()

    def beat(self) -> None:
        """The event loop turns."""
        self._beat = time.monotonic()

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        step = min(1.0, self._blocked_after_s / 4)
        last = time.monotonic()
        while not self._over.wait(step):
            now = time.monotonic()
            if now - last > 3 * step:
                # This thread stood still as well: the whole process was frozen, which says nothing about the loop.
                self._beat = now
            last = now
            if now - self._beat > self._blocked_after_s:
                leave_forcibly(f"the event loop has not turned for {now - self._beat:.0f} s")
            if (stuck := self._stuck_for()) > self._stuck_after_s:
                leave_forcibly(f"there is lag, and no round has ended for {stuck:.0f} s")


def leave_forcibly(why: str) -> None:
    """Say why, show what every thread is doing, and end without further ado."""
    with contextlib.suppress(Exception):
        print(f"ending with code {EXIT_FORCED}: {why}", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
    os._exit(EXIT_FORCED)


async def wait_for_broker(settings: EngineSettings, stop: asyncio.Event) -> bool:
    """Wait until a broker answers; False if ``stop`` came first."""
    began = said = time.monotonic()
    while not stop.is_set():
        client = AIOKafkaClient(client_id=f"{settings.transactional_id}-probe", **settings.client_arguments())
        try:
            await client.bootstrap()
        except (kafka_errors.KafkaError, OSError):
            now = time.monotonic()
            if said == began or now - said >= _SAY_EVERY_S:
                log.warning("waiting for Kafka at %s (%.0f s so far)", settings.bootstrap, now - began)
                said = now
        else:
            return True
        finally:
            await client.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PROBE_S)
    return False
