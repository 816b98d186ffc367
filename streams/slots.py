"""Stable names for the workers of one machine.

The name holds the host and the home folder: two installations on one host that share a cluster are two workers. One
that restarts under its old name ends the transaction that its crash left open at once, instead of holding readers back
until the transaction times out. The lowest free number is taken; a lock held by a living process (even a frozen one)
keeps it.
"""

from __future__ import annotations

import fcntl
import os
import socket
from hashlib import blake2s
from pathlib import Path
from typing import Final

_MAX_SLOTS: Final = 256


class Slot:
    """A number on this machine, ours until the process ends.

    Raises:
        OSError: the folder cannot be written.

    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(_MAX_SLOTS):
            handle = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            self._handle = handle
            self.number = number
            place = blake2s(os.fsencode(folder.resolve()), digest_size=3).hexdigest()
            self.name = f"{socket.gethostname()}-{place}-{number}"
            return
        raise OSError(f"all {_MAX_SLOTS} worker slots under {folder} are taken")
