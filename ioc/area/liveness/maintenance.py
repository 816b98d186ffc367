"""Which devices are under maintenance at a time: the one place that decides it.

A device is if it says so itself, as intake tells it (``ioc.health``, ``heard[].state``), and not for longer than
anybody works on a device; and if operators have planned it, for as long as their window says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

import numpy as np

from ioc.area.detector import AreaWriter
from ioc.area.liveness.memory import MAINTAINED
from ioc.area.liveness.roll import Bools, Ints, Roll
from ioc.vocabulary import Source

Window: TypeAlias = tuple[str, Callable[[str, Source], bool]]
"""A planned maintenance that is in force: its name, and whether it is one of a device (id and source)."""
Planned: TypeAlias = Callable[[datetime], Iterable[Window]]
"""What is in force at an instant; of one name the devices stay the same."""


def nothing_planned(_: datetime) -> Iterable[Window]:
    """Nobody has planned anything."""
    return ()


class Maintenance:
    """Since when each registered device says that it is under maintenance; changes are written when they happen.

    Args:
        roll: The register of devices.
        longest_ms: What is said for longer is forgotten work, and explains no silence.
        planned: What operators have planned.

    """

    def __init__(self, roll: Roll, longest_ms: int, planned: Planned = nothing_planned) -> None:
        self._roll = roll
        self._longest_ms = longest_ms
        self._planned = planned
        self._masks: dict[str, Bools] = {}
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
        under: Bools = (self._since > 0) & (now - self._since <= self._longest_ms)
        windows = dict(self._planned(datetime.fromtimestamp(now / 1000, UTC)))
        self._masks = {
            name: self._masks[name] if name in self._masks else self._mask(windows[name]) for name in windows
        }
        for mask in self._masks.values():
            under |= mask
        return under

    def _mask(self, covers: Callable[[str, Source], bool]) -> Bools:
        """Devices of a window: asked once, as long as it is in force."""
        devices = self._roll.devices
        return np.fromiter((covers(device.id, device.source) for device in devices), np.bool_, len(devices))
