"""What the gateway's tests share: a gateway as a process of its own, and readers of what it wrote."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from connectors.gateway.keys import KEYS_FILE, new_key
from deploy.local.ports import free_port
from ioc.vocabulary import SCOPES

# The collector is left out while modules are loaded, as `ioc gateway` does.
_PROGRAM = """
import gc
gc.disable()
import sys
from types import SimpleNamespace
from connectors.cli.library import StoreLibrary
from connectors.cli.names import CatalogueNames
from connectors.cli.province import load_province
from connectors.console import Site, router
from connectors.gateway.run import run
from ioc.classify import Redactor
from ioc.settings import Settings
from ioc.ves import shipped_ves_mapping
gc.enable()
gc.set_threshold(50_000, 20, 50)
settings = Settings.model_validate_json(sys.argv[1])
centres = dict.fromkeys(sys.argv[2].split(","))
catalogue = load_province(settings)
library = StoreLibrary(settings, catalogue)
redactor = Redactor([sys.argv[3]])
province = SimpleNamespace(centres=centres, province_code="22", timezone="Asia/Ho_Chi_Minh")
sys.exit(run(settings, province, shipped_ves_mapping(), redactor=redactor, library=library,
             names=CatalogueNames(catalogue), parts=[lambda _: router(Site())]))
"""

PUBLISHER = "tests"
ROAD = "Đặng Bá Hát"
"""A road that is called like a person: the only place name that the gateway knows."""


class Gateway:
    """A gateway process and a client for it; its key has every scope and the publisher ``tests``."""

    def __init__(
        self, home: Path, bootstrap: str, centres: tuple[str, ...] = ("province",), *, port: int = 0,
        sections: dict[str, Any] | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.home = home
        self.port = port or free_port()
        self.token, self.key = new_key(home / KEYS_FILE, PUBLISHER, SCOPES)
        configuration = {
            "home": str(home),
            "kafka": {"bootstrap": bootstrap},
            "gateway": {"port": self.port, **settings},
            **(sections or {}),
        }
        self._command = [sys.executable, "-c", _PROGRAM, json.dumps(configuration), ",".join(centres), ROAD]
        self.process: subprocess.Popen[bytes] | None = None
        self.client = self.client_of(self.token)

    def client_of(self, token: str) -> httpx.Client:
        """A client with another key."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"authorization": f"Bearer {token}"}, timeout=15
        )

    def token_of(self, *scopes: str, publisher: str = PUBLISHER, centres: tuple[str, ...] = ()) -> str:
        """A new key's token."""
        return new_key(self.home / KEYS_FILE, publisher, scopes, centres)[0]  # type: ignore[arg-type]

    def start(self, *, ready: bool = True) -> Gateway:
        """Start the process; returns when it answers (``ready``: when it is ready)."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (self.home / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, env=environment)
        self.wait_for("/readyz" if ready else "/healthz", 200)
        return self

    def wait_for(self, path: str, status: int, timeout_s: float = 60) -> None:
        """Wait until a path answers with a status."""
        deadline = time.monotonic() + timeout_s
        seen: object = None
        told = ""
        while time.monotonic() < deadline:
            assert self.process is None or self.process.poll() is None, self.log()
            try:
                answer = self.client.get(path)
                seen, told = answer.status_code, answer.text
            except httpx.TransportError as error:
                seen = error
            if seen == status:
                return
            time.sleep(0.05)
        raise AssertionError(f"{path} gave {seen} {told}, not {status}\n{self.log()}")

    def stop(self) -> float:
        """SIGTERM; returns the seconds until it ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=15)
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Leave nothing behind."""
        self.client.close()
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log(self) -> str:
        """What the process wrote."""
        return (self.home / "gateway.log").read_text()


@contextmanager
def running(
    home: Path, bootstrap: str, centres: tuple[str, ...] = ("province",), *, ready: bool = True, **settings: Any
) -> Iterator[Gateway]:
    """A gateway for the length of a block."""
    home.mkdir(parents=True, exist_ok=True)
    gateway = Gateway(home, bootstrap, centres, **settings)
    try:
        yield gateway.start(ready=ready)
    finally:
        gateway.close()


def records(bootstrap: str, topic: str) -> list[Any]:
    """Everything that a read_committed reader finds in a topic now."""

    async def read() -> list[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
        await consumer.start()
        try:
            numbers = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic)
            partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            # Committed is what was answered, its mark may come a moment later: the end is that of all that was written.
            async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as latest:
                ends = await latest.end_offsets(partitions)
            found: list[Any] = []
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += batch
            return found
        finally:
            await consumer.stop()

    return asyncio.run(read())


def produce(bootstrap: str, topic: str, *pairs: tuple[str, object], partition: int | None = None) -> None:
    """Write records as the worker does: in one transaction."""

    async def write() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"test-{topic}")
        await producer.start()
        try:
            async with producer.transaction():
                for key, value in pairs:
                    content = None if value is None else json.dumps(value).encode()
                    await producer.send(topic, content, key.encode(), partition=partition)
        finally:
            await producer.stop()

    asyncio.run(write())
