"""Which devices are under maintenance at a time: the one place that decides it.

Now a device is if it says so itself, as intake tells it (``ioc.health``, ``heard[].state``), and not for longer than
anybody works on a device. Windows that operators plan are to be asked for here too: nobody else needs to know of them.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ioc.area.detector import AreaWriter
from ioc.area.liveness.memory import MAINTAINED
from ioc.area.liveness.roll import Bools, Ints, Roll


class Maintenance:
    """Since when each registered device says that it is under maintenance; changes are written when they happen.

    Args:
        roll: The register of devices.
        longest_ms: What is said for longer is forgotten work, and explains no silence.

    """

    def __init__(self, roll: Roll, longest_ms: int) -> None:
        self._roll = roll
        self._longest_ms = longest_ms
        self._since: Ints = np.zeros(len(roll.devices), np.int64)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state; what is no longer registered is left out."""
        source, _, device = key.removeprefix(MAINTAINED).decode().partition("/")
        if (slot := self._roll.slots.get(source, {}).get(device)) is not None:
            self._since[slot] = int(value)

    def hear(self, slot: int, at: int, writer: AreaWriter, *, says: bool) -> None:
        """A device spoke.

        Args:
            slot: Which.
            at: The time of what it said, milliseconds since 1970.
            writer: Takes what changes.
            says: It says that it is under maintenance.

        """
        before = int(self._since[slot])
        if says == bool(before):
            return
        writer.undo(partial(self._since.__setitem__, slot, before))
        self._since[slot] = at if says else 0
        device = self._roll.devices[slot]
        key = MAINTAINED + f"{device.source}/{device.id}".encode()
        if says:
            writer.put(key, b"%d" % at)
        else:
            writer.delete(key)

    def under(self, now: int) -> Bools:
        """Which devices are under maintenance at ``now`` (milliseconds since 1970), by slot."""
        return (self._since > 0) & (now - self._since <= self._longest_ms)
