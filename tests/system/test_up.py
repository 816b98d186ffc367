"""``ioc up`` as a person at a terminal meets it: it shows what is where, heals, explains itself, leaves nothing."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.errors import EXIT_SOFTWARE, EXIT_UNAVAILABLE
from deploy.local.kafka import Broker
from deploy.local.ports import LOOPBACK, free_port, is_free

pytestmark = pytest.mark.timeout(400)  # a start takes six seconds on an idle machine and thirty on a busy one

UP = (sys.executable, "-m", "connectors.cli.main", "up")
PORTS = ("IOC_GATEWAY__PORT", "IOC_KAFKA__PORT", "IOC_WORKER__METRICS_PORT", "IOC_STORE__METRICS_PORT")
READY = "Ctrl-C ends everything"
PATIENCE_S = 120
ENDS_WITHIN_S = 10


class Up:
    """One ``ioc up`` in a folder of its own, on ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = {name: free_port() for name in PORTS}
        self.settings = {"ENABLED": "false"}  # of Prometheus
        self.process: subprocess.Popen[bytes] | None = None
        self.out = home / "up.out"
        self.children: list[psutil.Process] = []

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [*UP, *arguments], env=self.environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    def environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        others |= {f"IOC_PROMETHEUS__{name}": value for name, value in self.settings.items()}
        return {**others, "IOC_HOME": str(self.home), **{name: str(port) for name, port in self.ports.items()}}

    def start(self, *arguments: str) -> str:
        """Start it and wait for its last line; returns what it showed."""
        with self.out.open("wb") as out:
            self.process = subprocess.Popen([*UP, *arguments], env=self.environment(), stdout=out, stderr=out)
        self.wait_for(lambda: READY in self.out.read_text() or self.ended())
        shown = self.out.read_text()
        assert READY in shown, shown
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        return shown

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.out.read_text()
            time.sleep(0.05)

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def child(self, part: str) -> psutil.Process:
        """The running child with this word in its command line."""
        assert self.process is not None
        found = [
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if part in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE
        ]
        assert len(found) == 1, (part, found)
        return found[0]

    def get(self, variable: str, path: str) -> int:
        """Status of a GET; 0 if nobody answers."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ports[variable], timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def login(self, word: str) -> dict[str, Any]:
        """What the gateway answers to the first administrator."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ports["IOC_GATEWAY__PORT"], timeout=15)
        body = json.dumps({"name": "admin", "password": word, "new_password": "một mật khẩu đủ dài"})
        connection.request("POST", "/v1/login", body, {"content-type": "application/json"})
        with closing(connection):
            answer: dict[str, Any] = json.load(connection.getresponse())
            return answer

    def assert_nothing_is_left(self) -> None:
        assert [child for child in self.children if child.is_running()] == []
        assert [port for port in self.ports.values() if not is_free(port)] == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def up(home: Path, broker: Broker) -> Iterator[Up]:
    assert broker.running  # so that jars and Java are there
    run = Up(home)
    yield run
    if run.process is not None and run.process.poll() is None:
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(PATIENCE_S)


def test_a_start_shows_what_to_do_next_and_sigterm_leaves_nothing_behind(up: Up) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        up.settings |= {"ENABLED": "true", "PROGRAM": sys.executable, "PORT": str(port)}
        shown = up.start("--simulate", "5")
    assert f"not started: port {port} on {LOOPBACK} is taken by another program" in " ".join(shown.split())
    assert "IOC_PROMETHEUS__PORT" in shown
    assert f"http://{LOOPBACK}:{up.ports['IOC_GATEWAY__PORT']}" in shown
    assert re.search(r"ioc_[0-9a-f]{12}_\S{43}", shown)
    assert re.search(r"^Console +http://\S+/ *$", shown, re.MULTILINE)
    assert up.get("IOC_GATEWAY__PORT", "/") == 200
    assert len(re.findall(r"^  \S*ioc (?:watch|send|doctor)\b.*$", shown, re.MULTILINE)) == 3
    assert up.get("IOC_GATEWAY__PORT", "/readyz") == 200
    assert up.get("IOC_WORKER__METRICS_PORT", "/readyz") == 200
    assert up.get("IOC_STORE__METRICS_PORT", "/readyz") == 200
    assert (up.home / "store.db").stat().st_mode & 0o777 == 0o600
    assert up.child("simulate").is_running()
    (word,) = re.findall(r"^  name admin, one-time password (\S+)$", shown, re.MULTILINE)
    assert not [path for path in up.home.glob("accounts.db*") if word.encode() in path.read_bytes()]
    answer = up.login(word)
    assert (answer["name"], answer["roles"]) == ("admin", ["admin"])
    assert up.login(word)["type"] == "urn:ioc:problem:login-failed"

    assert up.process is not None
    began = time.monotonic()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(PATIENCE_S) == 0
    assert time.monotonic() - began <= ENDS_WITHIN_S
    assert len(up.children) >= 4
    up.assert_nothing_is_left()


def test_a_second_start_heals_a_killed_worker_and_tells_of_a_killed_broker(up: Up) -> None:
    assert (up.home / "kafka" / "data" / "meta.properties").exists()  # the first start's data
    program = up.home / "prometheus.sh"
    program.write_text("#!/bin/sh\nexit 78\n")
    program.chmod(0o755)
    up.settings |= {"ENABLED": "true", "PROGRAM": str(program), "PORT": str(free_port())}
    assert "one-time password" not in up.start()  # the first administrator has come
    up.wait_for(lambda: "Everything else goes on." in up.out.read_text())
    assert "prometheus ended (exit code 78)" in up.out.read_text()

    again = up.command()
    assert again.returncode == EXIT_UNAVAILABLE
    assert f"already running on {up.home}" in again.stdout
    assert "Traceback" not in again.stdout + again.stderr

    worker = up.child("worker")
    worker.kill()
    up.wait_for(lambda: "worker ended (killed by SIGKILL) and is started again" in up.out.read_text())
    up.wait_for(lambda: up.get("IOC_WORKER__METRICS_PORT", "/readyz") == 200)
    assert up.child("worker").pid != worker.pid

    assert up.process is not None
    up.children = psutil.Process(up.process.pid).children(recursive=True)
    up.child("kafka.Kafka").kill()
    assert up.process.wait(PATIENCE_S) == EXIT_SOFTWARE
    shown = up.out.read_text()
    assert re.search(r"^✗ Kafka ended \(killed by SIGKILL\).*\(log: .*kafka\.log\)\.$", shown, re.MULTILINE), shown
    assert "Traceback" not in shown
    up.assert_nothing_is_left()


@pytest.mark.parametrize("variable", PORTS)
def test_a_taken_port_is_one_sentence_and_nothing_is_started(variable: str, tmp_path: Path) -> None:
    run = Up(tmp_path)
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", LOOPBACK, str(run.ports[variable])],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while is_free(run.ports[variable]):
            time.sleep(0.05)
        done = run.command()
    finally:
        server.terminate()
        server.wait()
    assert done.returncode == EXIT_UNAVAILABLE
    (line,) = done.stdout.splitlines()
    assert f"Port {run.ports[variable]} on {LOOPBACK} is taken" in line
    assert variable in line
    assert not done.stderr
    assert not (tmp_path / "kafka").exists()


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    run = Up(tmp_path)
    nobody = f"{LOOPBACK}:{free_port()}"
    done = subprocess.run(
        UP,
        env={**run.environment(), "IOC_KAFKA_BOOTSTRAP": nobody},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == EXIT_UNAVAILABLE
    assert f"Kafka at {nobody} cannot be used" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
