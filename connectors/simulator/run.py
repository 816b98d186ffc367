"""Keeps the pace: what is due by the clock is made and sent, whether or not the other side keeps up (open loop)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from connectors.simulator.generator import Generator
from connectors.simulator.sinks import Sink

_TICK_S: Final = 0.02
_MOST_PER_TICK: Final = 5_000
"""Events made at once when the sender fell behind: stopping must not wait for a mountain of them."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a simulation went.

    Attributes:
        seconds: How long it took.
        sent: Events that were made and handed over.
        behind_s: The longest delay behind the schedule.

    """

    seconds: float
    sent: int
    behind_s: float


async def simulate(generator: Generator, sink: Sink, *, rate: float, seconds: float | None, stop: asyncio.Event) -> Run:
    """Send ``rate`` events per second until the time is up or somebody sets ``stop``.

    Raises:
        SinkError: there is nobody to send to.

    """
    await sink.start()
    sent, behind_s = 0, 0.0
    most = None if seconds is None else int(rate * seconds)
    begin = time.monotonic()
    try:
        while not stop.is_set() and (most is None or sent < most):
            now = time.monotonic() - begin
            due = int(now * rate) + 1 if most is None else min(most, int(now * rate) + 1)
            if due > sent:
                behind_s = max(behind_s, now - sent / rate)
                count = min(due - sent, _MOST_PER_TICK)
                await sink.send(list(generator.take(count)))
                sent += count
            pause = _TICK_S - (time.monotonic() - begin - now)
            if sent >= due and pause > 0:
                await _until(stop, pause)
    finally:
        await sink.stop()
    return Run(time.monotonic() - begin, sent, behind_s)


async def _until(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
