"""A real PostgreSQL server for tests: a cluster in a folder of its own, as a user who is not root.

Its programs are looked for on the path, where distributions put them, and under ``build/postgresql``, where the
package's files may be unpacked without being installed.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import psycopg

from deploy.local.ports import LOOPBACK, free_port

_ROOT: Final = Path(__file__).parents[1]
_START_S: Final = 20.0
_NAMES = itertools.count()
_SETTINGS: Final = (
    # What is tested is what a crash of our processes leaves, not one of the machine.
    "fsync=off",
    "shared_buffers=64MB",
    "max_connections=50",
)


def find_postgres() -> Path | None:
    """Folder of the programs, if they are anywhere; the newest release of several."""
    unpacked = _ROOT / "build" / "postgresql" / "usr" / "lib" / "postgresql"
    installed = Path("/usr/lib/postgresql")
    found = [path.parent for top in (unpacked, installed) for path in sorted(top.glob("*/bin/initdb"), reverse=True)]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


class Postgres:
    """One server; what is in it survives a restart.

    Args:
        programs: Folder of ``initdb`` and ``postgres``.

    """

    def __init__(self, programs: Path) -> None:
        self.port = free_port()
        self._programs = programs
        # Not below pytest's folder: that is closed to everybody but its owner, and PostgreSQL will not run as root.
        self.folder = Path(tempfile.mkdtemp(prefix="ioc-postgres-"))
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> Self:
        """Make the cluster."""
        command = ["initdb", "--auth=trust", "--username=ioc", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(
            [self._programs / command[0], *command[1:], "-D", self.folder / "data"],
            cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False, **self._user,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return self

    def start(self) -> Self:
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self._programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", LOOPBACK,
                    "-k", self.folder, *options,
                ],
                cwd=self.folder, env=self._environment(), stdout=log, stderr=log, **self._user,
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.05)
            else:
                return self

    def stop(self) -> None:
        """At once, but clean: connections are closed."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(15)

    def kill(self) -> None:
        """At once, as a crash would: its children notice and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(15)

    def database(self, like: str = "template1") -> str:
        """URL of a new database, a copy of another one that nobody is connected to; empty unless told."""
        name = f"test_{next(_NAMES)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://ioc@{LOOPBACK}:{self.port}/{database}"

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment["HOME"] = str(self.folder)
        if self._programs.is_relative_to(_ROOT):
            top = self._programs.parents[4]
            libraries = [str(one) for one in (*top.glob("usr/lib/*-linux-gnu"), *top.glob("lib/*-linux-gnu"))]
            environment["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
        return environment


@contextmanager
def running(programs: Path) -> Iterator[Postgres]:
    """A server for the length of a block; its folder goes with it."""
    server = Postgres(programs)
    try:
        yield server.make().start()
    finally:
        server.kill()
        shutil.rmtree(server.folder, ignore_errors=True)
