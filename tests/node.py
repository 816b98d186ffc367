"""Programs of other people in JavaScript: npm packages at the versions of a lock file, installed once into build/."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(__file__).parent / "node"
_INSTALL_S = 120


def node_modules() -> Path:
    """Folder that holds ``node_modules`` of ``tests/node/package-lock.json``: programs are run in it.

    Where there is no node, or the packages cannot be had, the test fails under CI and is skipped elsewhere.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        _lacking("the test needs node and npm")
    lock = (PROGRAMS / "package-lock.json").read_bytes()
    folder = ROOT / "build" / "node" / hashlib.sha256(lock).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "installed"
    with (folder.parent / f"{folder.name}.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # several test processes may want them at once
        if not done.exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PROGRAMS / name, folder / name)
            _install(folder)
            done.touch()
    return folder


def _install(folder: Path) -> None:
    try:
        found = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        _lacking(f"npm did not end within {_INSTALL_S} s")
    if found.returncode:
        _lacking(f"npm could not install {PROGRAMS / 'package.json'}: {found.stderr[-500:]}")


def run_node(program: str, *arguments: str, stdin: str = "", timeout_s: float = 60) -> str:
    """What a program of ``tests/node`` prints; it may import the packages."""
    folder = node_modules()
    shutil.copy(PROGRAMS / program, folder / program)
    done = subprocess.run(
        ["node", program, *arguments],
        cwd=folder, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _lacking(what: str) -> NoReturn:
    if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
