"""A name for the gateway's transactions that survives a crash.

Whoever starts a producer with the transactional id of one that died ends its open transaction at once; with a fresh
id the readers of the topics would wait for the transaction's timeout. Two gateways with one id would put each other
out, so an id belongs to whoever holds the lock of its file.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path
from typing import Final, Self

_MAX_SLOTS: Final = 256


class Slot:
    """A claimed transactional id; free again when the process ends or ``release`` is called."""

    def __init__(self, handle: int, transactional_id: str) -> None:
        self._handle = handle
        self.transactional_id = transactional_id

    @classmethod
    def claim(cls, home: Path) -> Self:
        """Take the lowest free slot under the home folder.

        Raises:
            OSError: the folder cannot be written, or every slot is taken.

        """
        folder = home / "gateway"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(_MAX_SLOTS):
            handle = os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            name = os.pread(handle, 64, 0).decode("ascii", "ignore")
            if len(name) != 32:
                name = uuid.uuid4().hex
                os.ftruncate(handle, 0)
                os.pwrite(handle, name.encode(), 0)
            return cls(handle, f"ioc-gateway-{name}")
        raise OSError(f"all {_MAX_SLOTS} gateway slots under {folder} are taken")

    def release(self) -> None:
        """Let the next gateway have it."""
        os.close(self._handle)
