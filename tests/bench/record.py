"""``results.json``: what was measured, where, with what; a section that runs again replaces its own part only."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from deploy.local.jars import KAFKA_VERSION
from tests.bench.peers import versions

PATH = Path(__file__).with_name("results.json")


def machine() -> dict[str, object]:
    """What the figures depend on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = (line.split(":", 1) for line in cpuinfo.read_text().splitlines() if line.startswith("model name"))
        model = next((value.strip() for _, value in lines), "")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def write(section: str, found: dict[str, object], path: Path = PATH) -> None:
    """Put a section's findings into the file, with the circumstances."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[section] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python -m tests.bench", *sys.argv[1:]]),
        "commit": _commit(),
        "load_average_before": round(os.getloadavg()[0], 2),
        "machine": machine(),
        "versions": {"kafka": KAFKA_VERSION, **versions()},
        **found,
    }
    path.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
