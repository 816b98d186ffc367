"""Worker processes that can be started, stopped, killed and frozen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SESSION_S = 6.0
"""Kafka's default lower bound: a frozen worker loses its partitions soon."""


@dataclass(frozen=True)
class Course:
    """Topics and group of one run."""

    bootstrap: str
    group: str
    source: str
    target: str
    changelog: str
    dead_letters: str
    attempts: str | None
    partitions: int
    middle: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def plan(self, slot: str, failpoints: Path | None) -> dict[str, Any]:
        """What a worker is started with."""
        settings = {
            "bootstrap": self.bootstrap,
            "group": self.group,
            "slot": slot,
            "session_timeout_s": SESSION_S,
            "heartbeat_s": 1.0,
            "rebalance_timeout_s": 10.0,
            "dead_letter_topic": self.dead_letters,
            "attempts_topic": self.attempts,
        } | self.settings
        return {
            "settings": settings,
            "source": self.source,
            "target": self.target,
            "changelog": self.changelog,
            "middle": self.middle,
            "partitions": self.partitions,
            "failpoints": str(failpoints) if failpoints else None,
        }


class WorkerProcess:
    """One worker in one slot, over any number of incarnations."""

    def __init__(self, course: Course, slot: str, folder: Path) -> None:
        self.slot = slot
        self.log = folder / f"worker-{slot}.log"
        self.failpoints = folder / f"failpoint-{slot}"
        self._course = course
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WorkerProcess:
        """Start it, if it does not run."""
        if self._process is None or self._process.poll() is not None:
            plan = self._course.plan(self.slot, self.failpoints)
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.chaos.worker", json.dumps(plan)],
                    stderr=log,
                    stdout=log,
                    env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
                )
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def code(self) -> int | None:
        """Exit code of the last incarnation, None while it runs."""
        return self._process.poll() if self._process is not None else None

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait(5.0)

    def stop(self, timeout_s: float = 12.0) -> tuple[int, float]:
        """SIGTERM; returns exit code and seconds it took. A frozen worker is woken up first."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        return self.wait(timeout_s), time.monotonic() - began

    def wait(self, timeout_s: float) -> int:
        """Exit code. A worker that outlives the time is killed and the test fails."""
        if self._process is None:
            raise RuntimeError("never started")
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5.0)
            raise

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(5.0)

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""
