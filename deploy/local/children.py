"""The processes beside the broker: started, waited for until they are ready, started again when they crash."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local import process
from deploy.local.errors import EXIT_CONFIG, EXIT_SOFTWARE, UpError

_KEPT_LOGS: Final = 3
_TAIL_BYTES: Final = 16 * 1024
_ASK_TIMEOUT_S: Final = 1.0
_BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
_MOST_RESTARTS: Final = len(_BACK_OFF_S)
_RESTART_WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One process.

    Attributes:
        name: What people call it; names its log as well.
        command: Absolute path of the program, then its arguments.
        environment: Whole environment.
        ready: Host, port and path that answer 200 when it is ready; ``None`` if nothing tells.
        restart: Whether it is started again when it ends.

    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: tuple[str, int, str] | None = None
    restart: bool = True


@dataclass(slots=True)
class Child:
    """A process that is kept up: at most five restarts in a minute, each after a longer pause.

    Attributes:
        spec: What it is.
        log_path: Where its output goes.

    """

    spec: ChildSpec
    log_path: Path
    _process: subprocess.Popen[bytes] | None = None
    _restarts: deque[float] = field(default_factory=deque)
    _start_at: float | None = None

    def start(self) -> None:
        """Start it; what an earlier run of it wrote stays above in the log."""
        self._start_at = None
        with self.log_path.open("ab") as log:
            self._process = process.spawn(self.spec.command, log=log, env=self.spec.environment)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def is_ready(self) -> bool:
        """Whether it says that it can do its work (true if it has no way to say so)."""
        if self.spec.ready is None:
            return True
        host, port, path = self.spec.ready
        connection = http.client.HTTPConnection(host, port, timeout=_ASK_TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ended(self) -> int | None:
        """Exit code if the process has ended and no new start is planned."""
        if self._process is None or self._start_at is not None:
            return None
        return self._process.poll()

    def keep_up(self, now: float) -> str | None:
        """Look after it: plan a new start if it ended, start it when its time has come.

        Args:
            now: A monotonic clock, seconds.

        Returns:
            A line for the user when it ended and will be started again.

        Raises:
            UpError: it ended and is not started again.

        """
        if self._start_at is not None:
            if now >= self._start_at:
                self.start()
            return None
        code = self.ended()
        if code is None:
            return None
        while self._restarts and self._restarts[0] < now - _RESTART_WINDOW_S:
            self._restarts.popleft()
        if code == EXIT_CONFIG:
            raise UpError(self.obituary(code), EXIT_CONFIG)
        if not self.spec.restart or len(self._restarts) >= _MOST_RESTARTS:
            raise UpError(self.obituary(code), EXIT_SOFTWARE)
        pause = _BACK_OFF_S[len(self._restarts)]
        self._restarts.append(now)
        self._start_at = now + pause
        return f"{self.spec.name} ended ({process.describe_exit(code)}) and is started again in {pause:g} s."

    def obituary(self, code: int) -> str:
        """One sentence: what ended, how, its last words, where to read more."""
        said = self.last_line()
        times = (
            f" for the {len(self._restarts) + 1}th time in a minute" if len(self._restarts) >= _MOST_RESTARTS else ""
        )
        words = f', saying "{said}"' if said else ""
        return f"{self.spec.name} ended{times} ({process.describe_exit(code)}){words} (log: {self.log_path})."

    def last_line(self) -> str:
        """The last line of its log, shortened."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - _TAIL_BYTES))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return next((line.strip()[-300:] for line in reversed(lines) if line.strip()), "")

    def signal(self, number: signal.Signals) -> None:
        """Signal it and all that it started."""
        if self._process is not None:
            process.send(self._process, number)

    def gone(self) -> bool:
        """Whether nothing of it runs; a planned start is given up."""
        self._start_at = None
        return self._process is None or self._process.poll() is not None


def rotate(path: Path) -> Path:
    """Give a new run an empty log; the logs of the last three runs stay beside it. Returns the path."""
    for age in range(_KEPT_LOGS, 0, -1):
        older = path.with_name(f"{path.name}.{age}")
        newer = path.with_name(f"{path.name}.{age - 1}") if age > 1 else path
        if newer.exists():
            newer.replace(older)
    return path


def end(children: Sequence[Child], *, deadline: float, hurry: Callable[[], bool]) -> None:
    """End processes together: SIGTERM, and SIGKILL at the deadline (monotonic) or as soon as ``hurry()``."""
    for child in children:
        child.signal(signal.SIGTERM)
        child.signal(signal.SIGCONT)
    while alive := [child for child in children if not child.gone()]:
        if hurry() or time.monotonic() >= deadline:
            for child in alive:
                child.signal(signal.SIGKILL)
        time.sleep(0.02)
