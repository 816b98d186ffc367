"""How much the gateway takes: ``python -m tests.bench.gateway [--seconds 15]``.

Broker, one ``ioc gateway`` and the load share the machine; nothing reads the topics. Three figures:

* single reports a second over 256 connections, each waiting for its answer,
* readings a second in batches of 500,
* how long a single report takes, 500 of them a second, from the moment at which it was due.

Every answer is read and has to be 202: Kafka has what is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psutil
import uvloop

from deploy.local.kafka import Broker
from tests.bench.latency import percentiles
from tests.system.gateway import Gateway, running
from tests.system.product import make_topics, province

CONNECTIONS = 256
BATCH = 500
PACE = 500.0

_numbers = itertools.count()


def report() -> bytes:
    """One report's body; each has an id of its own."""
    number = next(_numbers)
    return orjson.dumps(
        {
            "id": f"b-{number}", "occurred_at": datetime.now(UTC).isoformat(), "channel": "app",
            "text": f"Cây đổ chắn ngang đường số {number}", "lat": 20.95, "lon": 107.08,
            "reporter": {"id": f"u-{number}"},
        }
    )  # fmt: skip


def readings() -> bytes:
    """A batch of readings of as many devices."""
    now = datetime.now(UTC).isoformat()
    return orjson.dumps(
        [
            {
                "device_id": f"d-{next(_numbers) % 20_000}", "metric": "pm2_5", "value": 12.5, "unit": "µg/m³",
                "observed_at": now,
            }
            for _ in range(BATCH)
        ]
    )  # fmt: skip


class Caller:
    """One connection that is kept open."""

    def __init__(self, gateway: Gateway, path: str) -> None:
        self._port = gateway.port
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {gateway.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    async def open(self) -> Caller:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def post(self, body: bytes) -> None:
        """Send one request and read its answer."""
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202"), head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self._reader.readexactly(int(length[15:]))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def flood(gateway: Gateway, path: str, body: Callable[[], bytes], seconds: float) -> float:
    """Requests a second when every connection sends the next one as soon as it has its answer."""
    callers = [await Caller(gateway, path).open() for _ in range(CONNECTIONS if body is report else 8)]
    begin = time.monotonic() + 2.0
    end = begin + seconds
    counted = 0

    async def send(caller: Caller) -> None:
        nonlocal counted
        while time.monotonic() < end:
            await caller.post(body())
            counted += time.monotonic() >= begin

    await asyncio.gather(*map(send, callers))
    for caller in callers:
        caller.close()
    return counted / seconds


async def paced(gateway: Gateway, seconds: float) -> list[float]:
    """Seconds from due to answered, of single reports at a fixed pace."""
    free: asyncio.Queue[Caller] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Caller(gateway, "/v1/reports").open())
    found: list[float] = []
    begin = time.monotonic() + 0.5

    async def one(due: float) -> None:
        caller = await free.get()
        await caller.post(report())
        found.append(time.monotonic() - due)
        free.put_nowait(caller)

    tasks = []
    for number in range(int(PACE * seconds)):
        due = begin + number / PACE
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    return found


async def measure(gateway: Gateway, broker_pid: int, seconds: float) -> None:
    """Print the figures."""
    assert gateway.process is not None
    process, broker = psutil.Process(gateway.process.pid), psutil.Process(broker_pid)
    for name, path, body, each in (
        ("single reports", "/v1/reports", report, 1), ("readings", "/v1/sensors", readings, BATCH),
    ):  # fmt: skip
        before = [sum(one.cpu_times()[:2]) for one in (process, broker)]
        rate = await flood(gateway, path, body, seconds) * each
        used = [sum(one.cpu_times()[:2]) - was for one, was in zip((process, broker), before, strict=True)]
        shares = [share / (seconds + 2.0) for share in used]
        print(f"{name}: {rate:,.0f} a second; gateway {shares[0]:.2f}, broker {shares[1]:.2f} cores")
    told = percentiles(await paced(gateway, seconds))
    print(f"single report at {PACE:.0f}/s, due → 202, ms: {told}; gateway {process.memory_info().rss / 1e6:.0f} MB")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka") as broker:
        asyncio.run(make_topics(broker.bootstrap, province()))
        assert broker.pid is not None
        # More than one key may send: the rates of keys are not what is measured.
        with running(Path(folder) / "home", broker.bootstrap, rate_per_key=1e9) as gateway:
            uvloop.run(measure(gateway, broker.pid, given.seconds))


if __name__ == "__main__":
    main()
