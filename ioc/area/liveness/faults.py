"""What is said of registered devices: faults that are open, and services that collect for others and are away."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import orjson

from ioc.area.detector import AreaWriter
from ioc.area.liveness.memory import FAULTS
from ioc.area.liveness.roll import Bools, Ints, Roll
from ioc.area.liveness.rules import LivenessRules
from ioc.records import Signal

DeviceState = Literal["online", "silent", "faulty", "maintenance", "stuck"]
STATES: Final[tuple[DeviceState, ...]] = get_args(DeviceState)
"""States of a device; each has one, the first of :data:`_GRAVEST` that is true, else ``online``."""

_GRAVEST: Final[tuple[DeviceState, ...]] = ("silent", "maintenance", "faulty", "stuck")
_CODE: Final = {state: code for code, state in enumerate(STATES)}

_DEVICE: Final = FAULTS + b"d/"
_SERVICE: Final = FAULTS + b"s/"
_SERVICE_KIND: Final = "fault:service"
"""Kind of the signal that what collects for other devices is away."""


class Faults:
    """Open faults of each device by the kind of their signals; changes are written when they happen.

    Attributes:
        gone: Since when a device is away by the word of who sees it, milliseconds since 1970, by slot; 0: it is not.

    """

    def __init__(self, roll: Roll, rules: LivenessRules) -> None:
        self._roll = roll
        self._rules = rules
        self._collectors = {group.name for group in roll.groups["collector"]}
        self._faults: dict[int, dict[str, tuple[DeviceState, int]]] = {}
        self.gone: Ints = np.zeros(len(roll.devices), np.int64)
        self._down: set[str] = set()
        self._worst: npt.NDArray[np.int8] = np.zeros(len(roll.devices), np.int8)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state; what is no longer registered is left out."""
        if key.startswith(_SERVICE):
            self._down.add(key.removeprefix(_SERVICE).decode())
            return
        source, _, device = key.removeprefix(_DEVICE).decode().partition("/")
        slot = self._roll.slots.get(source, {}).get(device)
        if slot is not None:
            self._set(slot, {kind: (state, since) for kind, (state, since) in orjson.loads(value).items()})

    def hear(self, signal: Signal, writer: AreaWriter) -> bool:
        """A signal about a fault of a device.

        Returns:
            Whether it says that the device is away, or is back: that is silence, and told as such.

        """
        slot = self._roll.slots.get(signal.source, {}).get(signal.device or "")
        if slot is None:
            return False
        before = self._faults.get(slot, {})
        after = {kind: fault for kind, fault in before.items() if kind != signal.kind}
        if not signal.clears:
            since = before[signal.kind][1] if signal.kind in before else round(signal.at.timestamp() * 1000)
            after[signal.kind] = self._state(signal), since
        said = after if signal.kind in after else before
        away = bool(self._roll.own[slot]) and signal.kind in said and said[signal.kind][0] == "silent"
        if after == before:
            return away
        writer.undo(partial(self._set, slot, before))
        self._set(slot, after)
        device = self._roll.devices[slot]
        key = _DEVICE + f"{device.source}/{device.id}".encode()
        if after:
            writer.put(key, orjson.dumps(after))
        else:
            writer.delete(key)
        return away

    def serve(self, signal: Signal, writer: AreaWriter) -> str | None:
        """A signal about what collects for others; returns its name where it is back."""
        name = signal.device
        if signal.kind != _SERVICE_KIND or name not in self._collectors or name is None:
            return None
        if (down := not signal.clears) == (name in self._down):
            return None
        writer.undo(partial(self._switch, name, not down))
        self._switch(name, down)
        key = _SERVICE + name.encode()
        if down:
            writer.put(key, b"1")
            return None
        writer.delete(key)
        return name

    def is_down(self, collector: str) -> bool:
        """Whether what collects for others has said itself that it is away."""
        return collector in self._down

    def states(self, silent: Bools, maintained: Bools) -> npt.NDArray[np.int8]:
        """Index in :data:`STATES` of each device's state.

        Args:
            silent: Devices of which nothing has been heard for too long.
            maintained: Devices that somebody works on: what else is wrong with them is part of that.

        """
        known = np.where(silent, np.int8(_CODE["silent"]), self._worst)
        return np.where(maintained, np.int8(_CODE["maintenance"]), known)

    def _state(self, signal: Signal) -> DeviceState:
        """What the signal's own word for the fault means; a fault without a known one is just a fault."""
        word = signal.evidence.get("state") or signal.evidence.get("flag")
        return self._rules.faults.get(word, "faulty") if isinstance(word, str) else "faulty"

    def _switch(self, collector: str, down: bool) -> None:
        if down:
            self._down.add(collector)
        else:
            self._down.discard(collector)

    def _set(self, slot: int, faults: dict[str, tuple[DeviceState, int]]) -> None:
        if faults:
            self._faults[slot] = faults
        else:
            self._faults.pop(slot, None)
        open_now = {state for state, _ in faults.values()}
        away = [since for state, since in faults.values() if state == "silent"]
        self.gone[slot] = min(away) if away and self._roll.own[slot] else 0
        self._worst[slot] = _CODE[next((state for state in _GRAVEST if state in open_now), "online")]
