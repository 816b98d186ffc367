"""The product as a newcomer has it after ``make up``: one start that the tests of the documentation share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from deploy.local.errors import EXIT_UNAVAILABLE
from deploy.local.ports import LOOPBACK, free_port

_UP = (sys.executable, "-m", "connectors.cli.main", "up")
_START_S = 120
"""Six seconds on an idle machine."""
_STOP_S = 15


def lacking(what: str) -> NoReturn:
    """End a test that needs something this machine has not got: a failure where everything has to be there."""
    if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@dataclass(frozen=True, slots=True)
class Running:
    """A running product.

    Attributes:
        folder: Its working folder, which holds ``.ioc``.
        url: Of the gateway.
        worker_url: Of the worker's own HTTP.
        bootstrap: Of Kafka.
        key: The operator's token.

    """

    folder: Path
    url: str
    worker_url: str
    bootstrap: str
    key: str

    def environment(self) -> dict[str, str]:
        """What the README asks a reader to export, and ``ioc`` on the path."""
        return {
            **_without_settings(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "IOC_URL": self.url,
            "IOC_KEY": self.key,
            "IOC_KAFKA": self.bootstrap,
            "IOC_KAFKA_BOOTSTRAP": self.bootstrap,
        }

    def get(self, path: str) -> dict[str, Any]:
        """JSON of a GET with the operator's key."""
        request = urllib.request.Request(self.url + path, headers={"authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def post(self, path: str, body: object) -> dict[str, Any]:
        """JSON of a POST of JSON with the operator's key."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(),
            {"authorization": f"Bearer {self.key}", "content-type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def metrics(self, url: str) -> str:
        """The exposition text of a process."""
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
            return text


@contextmanager
def up(folder: Path, **settings: str) -> Iterator[Running]:
    """``ioc up`` in a folder of its own, on ports of its own, with further variables, for the length of a block."""
    kafka, gateway, worker, store = free_port(), free_port(), free_port(), free_port()
    environment = {
        **_without_settings(),
        "IOC_KAFKA__PORT": str(kafka),
        "IOC_GATEWAY__PORT": str(gateway),
        "IOC_WORKER__METRICS_PORT": str(worker),
        "IOC_STORE__METRICS_PORT": str(store),
        "IOC_PROMETHEUS__ENABLED": "false",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **settings,
    }
    log = folder / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(_UP, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        key = _token(process, folder / ".ioc" / "operator.token", log)
        yield Running(folder, f"http://{LOOPBACK}:{gateway}", f"http://{LOOPBACK}:{worker}", f"{LOOPBACK}:{kafka}", key)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(_STOP_S)


def _token(process: subprocess.Popen[bytes], path: Path, log: Path) -> str:
    """The operator's token, which is there when everything is ready."""
    deadline = time.monotonic() + _START_S
    while not path.exists():
        if process.poll() == EXIT_UNAVAILABLE:
            lacking(f"no broker to be had here: {log.read_text()}")
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return path.read_text().strip()


def _without_settings() -> dict[str, str]:
    """The environment, less what configures the product; where the broker's jars lie is kept."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IOC_") or name == "IOC_CACHE"}
