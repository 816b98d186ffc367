"""The product's programs as processes that can be started, killed, frozen, stopped and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_STOP_S = 20.0


class Program:
    """One ``ioc`` command over any number of incarnations.

    Args:
        name: Of its log.
        arguments: After ``ioc``.
        folder: Where its log lies.
        environment: All of it.

    """

    def __init__(self, name: str, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.fell: list[int] = []
        """Exit codes of incarnations that ended though nobody ended them."""
        self._command = [sys.executable, "-m", "connectors.cli.main", *arguments]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        """Start it, if it does not run."""
        if self._process is not None and self._process.poll() is None:
            return self
        if self._process is not None:
            self._mourn()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL, frozen or not."""
        if self._process is not None:
            self._mourn()
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM; anything but a clean end in time is kept in ``fell``."""
        if self._process is None:
            return
        self._mourn()
        self._signal(signal.SIGTERM)
        self.thaw()
        try:
            code = self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait(10)
        if code not in {0, -signal.SIGTERM}:  # the signal's own end: it had not begun to listen to it
            self.fell.append(code)
        self._process = None

    def tail(self, size: int = 3000) -> str:
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    def _mourn(self) -> None:
        """Note an end that nobody asked for."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self.fell.append(code)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.running and self._process is not None:
                self._process.send_signal(number)


def clean_environment() -> dict[str, str]:
    """The environment, less what configures the product; where the broker's jars lie is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IOC_") or name == "IOC_CACHE"}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2])}
