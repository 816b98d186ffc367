"""Puts a province's files in place: all at once, with those before kept beside them."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_NOT_HERE: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
"""What a system or file system says that cannot exchange two names in one step."""


def put_folder(folder: Path, files: Mapping[str, bytes]) -> Path | None:
    """Have a folder hold exactly these files.

    The new folder is complete on the disk before it takes the name, and takes it in one step where the system can do
    that: who reads the folder finds the old files or the new ones.

    Args:
        folder: The folder; made where there is none.
        files: Content by name.

    Returns:
        Where the folder before is now; none where there was none.

    Raises:
        OSError: it cannot be written; the folder is as it was.

    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.new-"))
    try:
        for name, content in files.items():
            _write(made / name, content, like=folder / name)
        made.chmod(folder.stat().st_mode & 0o7777 if folder.is_dir() else 0o755)
        _settle(made)
        if not folder.is_dir():
            made.rename(folder)
            _settle(folder.parent)
            return None
        before = beside(folder)
        if _exchange(made, folder):
            made.rename(before)
        else:
            folder.rename(before)
            made.rename(folder)
        _settle(folder.parent)
        return before
    finally:
        with suppress(OSError):
            shutil.rmtree(made)


def put_file(path: Path, content: bytes) -> Path | None:
    """Have one file hold this, in one step; returns where the file before is now.

    Raises:
        OSError: it cannot be written; the file is as it was.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.new-")
    os.close(handle)
    made = Path(name)
    try:
        _write(made, content, like=path)
        before = None
        if path.exists():
            before = beside(path)
            shutil.copy2(path, before)
        made.replace(path)
        _settle(path.parent)
        return before
    finally:
        made.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """A free name beside a file or folder that says until when it was in place."""
    stem = f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(stem), *(path.with_name(f"{stem}-{n}") for n in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _write(path: Path, content: bytes, like: Path) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(like.stat().st_mode & 0o7777 if like.is_file() else 0o644)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step (Linux's ``renameat2``); False where that is not possible here.

    Raises:
        OSError: it failed.

    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if not call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))
