"""Writing files that appear whole or not at all, readable by whom they are for."""

from __future__ import annotations

import os
from pathlib import Path


def write_secret(path: Path, content: bytes) -> None:
    """Write what its owner alone may read."""
    _write(path, content, 0o600)


def write_public(path: Path, content: bytes) -> None:
    """Write what everybody may read."""
    _write(path, content, 0o644)


def read_word(path: Path) -> str:
    """The one word in a secret file."""
    return path.read_text(encoding="ascii").strip()


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.chmod(mode)  # whatever the process's mask is
    unfinished.replace(path)
