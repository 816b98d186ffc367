"""A load that keeps its schedule whatever the other side does (open loop), in a process of its own.

All events are made before the first is due. The n-th is due at ``start + n / rate`` and carries that as its event
time; every 10 ms what is due goes to the raw topics in record batches. A sender that is held up catches up, and what it
sent late counts as late: nothing is left out of the measurement because the system was slow (coordinated omission).

Says ``first`` at the start and ``done`` at the end, with the longest delay behind the schedule.
"""

import asyncio
import gc
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import uvloop

from connectors.simulator.event import Event
from connectors.simulator.sinks import KafkaSink
from tests.bench.harness import cpu_s
from tests.bench.product import generator

TICK_S = 0.01
LEAD_S = 1.0
"""Between the last event made and the first one due."""
SECONDS_PER_EVENT = 2e-5
"""More than it takes to make an event, also on a busy machine."""


async def send(bootstrap: str, events: list[Event], start: float, rate: float) -> float:
    """Send each event when it is due; returns the longest delay in seconds."""
    sink = KafkaSink({"bootstrap_servers": bootstrap})
    await sink.start()
    sent, behind_s = 0, 0.0
    await asyncio.sleep(max(0.0, start - time.time()))
    say("first")
    while sent < len(events):
        now = time.time() - start
        due = min(len(events), int(now * rate) + 1)
        if due > sent:
            behind_s = max(behind_s, now - sent / rate)
            await sink.send(events[sent:due])
            sent = due
        await asyncio.sleep(max(0.0, TICK_S - (time.time() - start - now)))
    await sink.stop()
    if sink.failed:
        raise RuntimeError(f"events did not arrive: {dict(sink.failed)}")
    return behind_s


def say(what: str, **more: float) -> None:
    print(json.dumps({"at": what, "clock_s": time.time(), "cpu_s": cpu_s(), **more}), flush=True)


def main() -> None:
    bootstrap, rate, seconds, seed = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    count = int(rate * seconds)
    start = datetime.now(UTC) + timedelta(seconds=LEAD_S + 3 + count * SECONDS_PER_EVENT)
    events = list(generator(rate, start, seed).take(count))
    gc.freeze()
    behind_s = uvloop.run(send(bootstrap, events, start.timestamp(), rate))
    say("done", start=start.timestamp(), sent=count, behind_s=behind_s)


if __name__ == "__main__":
    main()
