"""Exports out of a store of many incidents: how fast they stream, and how much memory the process ever has.

``python -m tests.bench.exports --incidents 1000000`` for the whole size; the bar is 200 MB. Each export is a process of
its own, so that its peak is its own; what a process has before it exports anything is told beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from connectors.store.database import migrate, open_writer, url_of
from ioc import topics
from ioc.settings import Settings
from tests.bench.store import _written, incidents

INCIDENTS = 20_000
BAR_MB = 200
_FEEDS = ("incidents.geojson", "alerts.jsonld")

_PROGRAM = """
import json, pathlib, sys, time
from connectors.cli.feeds import EVERYTHING, Feeds
from connectors.cli.province import load_province
from connectors.cli.store_reader import StoreReader
from connectors.opendata.feeds import read
from ioc.settings import Settings

def peak_mb():
    # Not what getrusage says: that begins with the peak of the process which started this one.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

settings = Settings.model_validate_json(sys.argv[1])
feeds = Feeds(settings, load_province(settings), StoreReader(settings, threads=1, sparing=True))
before, began, size = peak_mb(), time.perf_counter(), 0
for part in read(feeds.feed(sys.argv[2], "", EVERYTHING, None, short=False)):
    size += len(part)
print(json.dumps({"before_mb": before, "peak_mb": peak_mb(), "bytes": size, "seconds": time.perf_counter() - began}))
"""


def measure(console: Console, count: int = INCIDENTS) -> dict[str, object]:
    """Run it, print it, return it; ``count`` is how many incidents there are."""
    found: dict[str, Any] = {"incidents": count, "bar_mb": BAR_MB}
    with tempfile.TemporaryDirectory(prefix="ioc-bench-exports-") as folder:
        settings = {"home": folder, "store": {"url": f"sqlite:///{Path(folder) / 'store.db'}"}}
        engine = open_writer(url_of(Settings.model_validate(settings)))
        migrate(engine)
        _written(engine, topics.INCIDENTS, incidents(count))
        engine.dispose()
        for name in _FEEDS:
            done = subprocess.run(
                [sys.executable, "-c", _PROGRAM, json.dumps(settings), name],
                capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip
            seen = json.loads(done.stdout)
            found[name] = {
                "incidents_per_s": round(count / seen["seconds"]),
                "mb": round(seen["bytes"] / 1e6, 1),
                "before_mb": round(seen["before_mb"]),
                "peak_mb": round(seen["peak_mb"]),
            }
    _show(console, found)
    return found


def _show(console: Console, found: dict[str, Any]) -> None:
    table = Table(title=f"Exports of {found['incidents']:,} incidents, bar {BAR_MB} MB", box=None)
    for heading in ("export", "incidents/s", "MB written", "MB before", "MB at most"):
        table.add_column(heading, justify="left" if heading == "export" else "right")
    for name in _FEEDS:
        row = found[name]
        table.add_row(name, f"{row['incidents_per_s']:,}", str(row["mb"]), str(row["before_mb"]), str(row["peak_mb"]))
    console.print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=INCIDENTS)
    measure(Console(), parser.parse_args().incidents)
