"""What a start asks of the machine: room on the disk, free ports, and a folder that no other run holds."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.errors import EXIT_DISK, EXIT_UNAVAILABLE, UpError
from deploy.local.ports import LOOPBACK, is_free

FREE_BYTES: Final = 500_000_000
"""Less free space than this is called a full disk before the start: Kafka stops for good when it runs out."""


def check_disk(home: Path, needed: int = FREE_BYTES) -> None:
    """Raise UpError if the disk that holds the folder is as good as full."""
    free = shutil.disk_usage(home).free
    if free < needed:
        raise UpError(
            f"The disk that holds {home} is full: {free // 1_000_000} MB are free and "
            f"{needed // 1_000_000} MB are needed.",
            EXIT_DISK,
        )


def check_ports(wanted: Mapping[int, str]) -> None:
    """Raise UpError if a port is taken.

    Args:
        wanted: Ports and the variable that chooses each.

    """
    for port, variable in wanted.items():
        if not is_free(port):
            raise UpError(
                f"Port {port} on {LOOPBACK} is taken by another program; end that one or choose another port "
                f"with {variable}.",
                EXIT_UNAVAILABLE,
            )


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the folder for this run; the kernel lets it go however the run ends.

    Raises:
        UpError: another run holds it.

    """
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise UpError(
                f"It is already running on {home.absolute()} (process {pid}); Ctrl-C in its terminal ends it.",
                EXIT_UNAVAILABLE,
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def about_folder(home: Path, error: OSError) -> str:
    """One sentence for a folder that cannot be used."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk that holds {home.absolute()} is full."
    return f"{error.filename or home} cannot be used: {error.strerror or error}."
