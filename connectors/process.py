"""What the edges' processes share of starting: exit codes, one sentence why not, and being the only one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_UNAVAILABLE: Final = 69
"""A port, a folder or a session is taken, or a peer does not answer: ``EX_UNAVAILABLE`` of sysexits.h."""
EXIT_CONFIG: Final = 78
"""``EX_CONFIG`` of sysexits.h."""


class CannotStartError(Exception):
    """One sentence, and the exit code that goes with it."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@contextmanager
def alone(folder: Path, lock: str, taken: str) -> Iterator[int]:
    """Hold a folder as long as the block, or the process, lasts; the kernel lets it go however that ends.

    Args:
        folder: Made if it is not there.
        lock: Name of the lock's file in it.
        taken: The sentence where another process holds it.

    Yields:
        The lock's file, open for reading and writing.

    Raises:
        CannotStartError: another process holds it, or it cannot be used.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStartError(f"the folder {folder} cannot be used: {error.strerror}", EXIT_CONFIG) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CannotStartError(taken, EXIT_UNAVAILABLE) from None
    try:
        yield handle
    finally:
        os.close(handle)
