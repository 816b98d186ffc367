"""A broker that lets nobody in without a name, and the product's processes as its users."""

from __future__ import annotations

import io
import os
import ssl
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from connectors.cli import main
from deploy.local.kafka import Broker
from deploy.local.ports import LOOPBACK, free_port
from deploy.secrets.broker import Listeners, properties
from deploy.secrets.installation import Installation, Place
from tests.system.product import asked

IOC = (sys.executable, "-m", "connectors.cli.main")
_READY_S = 120
"""Some seconds on an idle machine."""


class Secured:
    """An installation in a folder: authority, broker, passwords of its users."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passwords = folder / "users"
        self.authority = folder / "ca.crt"
        Installation(folder, Place(kafka=LOOPBACK)).make()
        self.port, self.internal = free_port(), free_port()
        listeners = Listeners(f"{LOOPBACK}:{self.port}", f"{LOOPBACK}:{self.internal}", f"{LOOPBACK}:{free_port()}")
        self.broker = Broker(
            folder / "kafka",
            self.port,
            overrides=properties(folder / "kafka" / "broker.pem", self.authority, listeners, listeners),
            probe=(self.internal, self._root()),
        )

    def _root(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.folder / "root" / "root.crt", self.folder / "root" / "root.key")
        return context

    def home(self, user: str | None) -> Path:
        """Home folder of whoever works as this user."""
        return self.folder / "homes" / (user or "root")

    def environment(self, user: str | None, home: Path | None = None) -> dict[str, str]:
        """Variables of a process that works as this user; as root, with its certificate, if none is named."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        variables |= {
            "IOC_HOME": str(home or self.home(user)),
            "IOC_KAFKA__SSL_CAFILE": str(self.authority),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        if user is None:
            return variables | {
                "IOC_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{self.internal}",
                "IOC_KAFKA__SECURITY_PROTOCOL": "SSL",
                "IOC_KAFKA__SSL_CERTFILE": str(self.folder / "root" / "root.crt"),
                "IOC_KAFKA__SSL_KEYFILE": str(self.folder / "root" / "root.key"),
            }
        return variables | {
            "IOC_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{self.port}",
            "IOC_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "IOC_KAFKA__SASL_USERNAME": user,
            "IOC_KAFKA__SASL_PASSWORD_FILE": str(self.passwords / f"{user}.password"),
        }

    def client(self, user: str, password: str | None = None) -> dict[str, Any]:
        """Arguments of an aiokafka client of somebody else's, as the publishers' guide has them."""
        return {
            "bootstrap_servers": f"{LOOPBACK}:{self.port}",
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": password or (self.passwords / f"{user}.password").read_text().strip(),
            "ssl_context": ssl.create_default_context(cafile=str(self.authority)),
        }

    def ioc(self, user: str | None, *arguments: str, code: int = 0) -> str:
        """Run a command to its end; what it printed, both streams."""
        return run_ioc(self.environment(user), *arguments, code=code)


def run_ioc(environment: dict[str, str], *arguments: str, code: int = 0) -> str:
    """Run a command within this process, which spares its start; what it printed, both streams."""
    said = io.StringIO()
    with mock.patch.dict(os.environ, environment, clear=True), redirect_stdout(said), redirect_stderr(said):
        ended = main.run(arguments)
    assert ended == code, (arguments, ended, said.getvalue())
    return said.getvalue()


class Process:
    """An ``ioc …`` process with variables of its own; its log is beside its home."""

    def __init__(self, environment: dict[str, str], *arguments: str, port: int) -> None:
        home = Path(environment["IOC_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / f"{arguments[0]}.log"
        self.port = port
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*IOC, *arguments], env=environment, stdout=log, stderr=log)

    def ready(self, path: str = "/readyz") -> Process:
        """Wait until it answers with 200."""
        deadline = time.monotonic() + _READY_S
        while (answer := asked(self.port, path))[0] != 200:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, (answer, self.log.read_text()[-3000:])
            time.sleep(0.05)
        return self

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(15)
