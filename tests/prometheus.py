"""The real Prometheus for tests: where it is, and what it answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_NANOSECONDS = re.compile(r"(\.\d{6})\d*")


def find(program: str) -> Path | None:
    """``prometheus`` or ``promtool``: on the path, or where the package's files are unpacked and not installed."""
    unpacked = _ROOT / "build" / "prometheus" / "usr" / "bin"
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), str(unpacked)]))
    return Path(found) if found else None


class Prometheus:
    """One that runs.

    Args:
        url: Its address.

    """

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **parameters: object) -> Any:
        """The data of an answer.

        Raises:
            AssertionError: it refused the question.

        """
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=10) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == HTTPStatus.SERVICE_UNAVAILABLE:  # it reads what it knows; an OSError as one
                    raise
                raise AssertionError(error.read().decode()) from None
        assert found["status"] == "success", found
        return found["data"]

    def targets(self) -> list[dict[str, Any]]:
        """Whom it asks, and how that went; nobody before it listens."""
        try:
            found: list[dict[str, Any]] = self.get("targets", state="active")["activeTargets"]
        except OSError:  # it is about to listen, or to answer
            return []
        return found

    def wait_for_scrape(self, limit_s: float = 60.0) -> None:
        """Return once it has asked every process after this moment."""
        called, deadline = datetime.now(UTC), time.monotonic() + limit_s
        while True:
            targets = self.targets()
            # Nanoseconds are more than a datetime holds.
            asked = [datetime.fromisoformat(_NANOSECONDS.sub(r"\1", one["lastScrape"])) for one in targets]
            if asked and min(asked) > called and all(one["health"] == "up" for one in targets):
                return
            assert time.monotonic() < deadline, targets
            time.sleep(0.1)

    def values(self, expr: str, *, since: float | None = None, now: float, step_s: float = 1.0) -> list[list[float]]:
        """Values of every series: at one moment, or of every ``step_s`` since another one."""
        if since is None:
            return [[float(one["value"][1])] for one in self.get("query", query=expr, time=now)["result"]]
        found = self.get("query_range", query=expr, start=since, end=now, step=step_s)["result"]
        return [[float(value) for _, value in one["values"]] for one in found]
