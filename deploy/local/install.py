"""``python deploy/local/install.py .venv requirements.lock``: make the environment from the pins, showing progress.

Runs before anything is installed, so it uses the standard library alone. Every package is checked against its hash in
the lock file; the project itself is installed from this folder, editable, with the build backend of the lock file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

OLDEST: Final = (3, 11)
_PIN: Final = re.compile(r"^[A-Za-z0-9][\w.\-\[\]]*==", re.MULTILINE)
_SAID: Final = 15
"""Lines of pip's last words that are shown when it fails."""


class InstallError(RuntimeError):
    """The environment cannot be made; the text is for the user."""


def make_environment(folder: Path) -> Path:
    """Create the virtual environment if it is not there; returns its Python."""
    python = folder / "bin" / "python"
    if python.exists() and _runs(python):
        return python
    print(f"Creating {folder} with Python {sys.version_info[0]}.{sys.version_info[1]}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        hint = "" if "ensurepip" not in done.stdout else " (on Debian and Ubuntu: install python3-venv)"
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise InstallError(f"Python cannot create a virtual environment{hint}: {''.join(last)}")
    return python


def install_pins(python: Path, lock: Path) -> None:
    """Install what the lock file says, and nothing that it does not."""
    total = len(_PIN.findall(lock.read_text(encoding="utf-8")))
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--require-hashes", "--no-deps"]
    command = [str(python), "-m", "pip", "install", *options, "--requirement", str(lock)]
    label = f"Installing {total} packages of {lock.name}"
    print(label, flush=True)
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        seen = 0
        for line in pip.stdout:
            said = [*said[1 - _SAID :], line]
            if line.startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
                seen += 1
                _progress(f"  {min(seen, total)} of {total}", seen)
            elif line.startswith("Installing collected"):
                _progress("  unpacking", 0)
    _progress("", 1)
    if pip.returncode != 0:
        raise InstallError("pip could not install the pinned packages:\n" + "".join(said))


def install_project(python: Path) -> None:
    """Make the project importable and its program runnable, asking no registry."""
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [str(python), "-m", "pip", "install", *options, "--editable", str(Path(__file__).parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError("pip could not install the project itself:\n" + done.stderr)


def _progress(text: str, count: int) -> None:
    """On a terminal one line that changes; elsewhere a line now and then."""
    if sys.stdout.isatty():
        print(f"\r{text:<40}\r", end="", flush=True)
    elif text and count % 25 == 0:
        print(text, flush=True)


def _runs(python: Path) -> bool:
    """Whether the environment's Python still works and is new enough: the one it was made from may be gone."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Arguments: folder of the environment, lock file. Exit code 1 and the reason on stderr if it cannot be done."""
    if sys.version_info < OLDEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    folder, lock = map(Path, arguments)
    try:
        python = make_environment(folder)
        install_pins(python, lock)
        install_project(python)
    except (InstallError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return subprocess.run([python, "-m", "deploy.local.prepare"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
