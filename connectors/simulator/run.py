"""Keeps the pace: what is due by the clock is made and sent, whether or not the other side keeps up (open loop)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from connectors.simulator.event import Feed
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
        behind_s: The longest delay behind the schedule, of the clock on the wall.

    """

    seconds: float
    sent: int
    behind_s: float


async def simulate(feed: Feed, sink: Sink, *, speed: float, seconds: float | None, stop: asyncio.Event) -> Run:
    """Send what is due until the scenario ends, the time is up or somebody sets ``stop``.

    Args:
        feed: The events, by the scenario's clock.
        sink: Where they go.
        speed: Seconds of the scenario in one of the wall clock.
        seconds: Of the wall clock, at most; what is due then is not sent any more.
        stop: Ends it early.

    Raises:
        SinkError: there is nobody to send to.

    """
    await sink.start()
    sent, behind_s = 0, 0.0
    begin = time.monotonic()
    try:
        while not stop.is_set() and (next_s := feed.next_s) is not None:
            if seconds is not None and next_s >= seconds * speed:
                break
            now = time.monotonic() - begin
            if next_s > now * speed:
                await _until(stop, max(_TICK_S, min(next_s / speed - now, 1.0)))
                continue
            behind_s = max(behind_s, now - next_s / speed)
            until = now if seconds is None else min(now, seconds)
            batch = feed.due(until * speed, _MOST_PER_TICK)
            await sink.send(batch)
            sent += len(batch)
            pause = _TICK_S - (time.monotonic() - begin - now)
            if len(batch) < _MOST_PER_TICK and pause > 0:
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
