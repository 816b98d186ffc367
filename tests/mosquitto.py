"""A real MQTT broker for tests: Eclipse Mosquitto, as a process with a folder and ports of its own.

It is looked for on the path, where distributions put it, and under ``build/mosquitto``, where the package's files may
be unpacked without being installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from paho.mqtt import publish
from paho.mqtt.client import MQTTv5, MQTTv311

from deploy.local.ports import LOOPBACK, free_port

_ROOT = Path(__file__).parents[1]
_START_S = 10.0


def find_mosquitto() -> Path | None:
    """The program, if it is anywhere."""
    unpacked = _ROOT / "build" / "mosquitto" / "usr" / "sbin"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", str(unpacked)])
    found = shutil.which("mosquitto", path=path)
    return Path(found) if found else None


class Mosquitto:
    """One broker; its sessions and queued messages survive a restart.

    Args:
        program: What to run.
        folder: For its configuration, log and sessions.
        lines: Further lines of its configuration.

    """

    def __init__(self, program: Path, folder: Path, *lines: str, port: int = 0) -> None:
        self.port = port or free_port()
        self._program = program
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings = [
            "per_listener_settings false", "persistence true", f"persistence_location {folder}/",
            "autosave_interval 1", "max_queued_messages 0", f"listener {self.port} {LOOPBACK}", *lines,
        ]  # fmt: skip
        if not any(line.startswith("allow_anonymous") for line in lines):
            settings.append("allow_anonymous true")
        # Started by root it would become another user, who cannot read the folder.
        settings.append(f"user {'root' if os.getuid() == 0 else 'nobody'}")
        (folder / "mosquitto.conf").write_text("\n".join(settings) + "\n")
        self.log = folder / "mosquitto.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self._program, "-v", "-c", self._folder / "mosquitto.conf"],
                stdout=log,
                stderr=log,
                env=self.environment(),
            )
        deadline = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection((LOOPBACK, self.port), 1).close()
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.02)
            else:
                return self

    def environment(self) -> dict[str, str]:
        """With which the programs of the package run, installed or only unpacked."""
        environment = dict(os.environ)
        if self._program.is_relative_to(_ROOT):
            top = self._program.parents[2]
            libraries = [str(one) for one in (*top.glob("usr/lib/*-linux-gnu"), *top.glob("lib/*-linux-gnu"))]
            environment["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
            environment["PATH"] = f"{top / 'usr' / 'bin'}{os.pathsep}{environment['PATH']}"
        return environment

    def stop(self) -> None:
        """SIGTERM: sessions are saved."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)

    def publish(self, messages: Sequence[tuple[str, bytes]], *, qos: int = 1, five: bool = True, **client: Any) -> None:
        """Publish; returns when the broker has all of them."""
        publish.multiple(
            [{"topic": topic, "payload": payload, "qos": qos} for topic, payload in messages],
            **client,
            hostname=LOOPBACK,
            port=self.port,
            protocol=MQTTv5 if five else MQTTv311,
        )


@contextmanager
def running(program: Path, folder: Path, *lines: str) -> Iterator[Mosquitto]:
    """A broker for the length of a block."""
    broker = Mosquitto(program, folder, *lines)
    try:
        yield broker.start()
    finally:
        broker.stop()
