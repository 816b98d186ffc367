"""What is said of registered devices: faults that are open, and services that collect for others and are away."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import orjson

from ioc.area.detector import AreaWriter
from ioc.area.liveness.memory import FAULTS
from ioc.area.liveness.roll import Bools, Roll
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
    """Open faults of each device by the kind of their signals; changes are written when they happen."""

    def __init__(self, roll: Roll, rules: LivenessRules) -> None:
        self._roll = roll
        self._rules = rules
        self._collectors = {group.name for group in roll.groups["collector"]}
        self._faults: dict[int, dict[str, DeviceState]] = {}
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
            self._set(slot, orjson.loads(value))

    def hear(self, signal: Signal, writer: AreaWriter) -> None:
        """A signal about a fault of a device."""
        if signal.device is None:
            return
        if signal.kind == _SERVICE_KIND and signal.device in self._collectors:
            self._serve(signal.device, writer, down=not signal.clears)
        slot = self._roll.slots.get(signal.source, {}).get(signal.device)
        if slot is None:
            return
        before = self._faults.get(slot, {})
        after = {kind: state for kind, state in before.items() if kind != signal.kind}
        if not signal.clears:
            after[signal.kind] = self._state(signal)
        if after == before:
            return
        writer.undo(partial(self._set, slot, before))
        self._set(slot, after)
        device = self._roll.devices[slot]
        key = _DEVICE + f"{device.source}/{device.id}".encode()
        if after:
            writer.put(key, orjson.dumps(after))
        else:
            writer.delete(key)

    def is_down(self, collector: str) -> bool:
        """Whether what collects for others has said itself that it is away."""
        return collector in self._down

    def states(self, silent: Bools) -> npt.NDArray[np.int8]:
        """Index in :data:`STATES` of each device's state.

        Args:
            silent: Devices of which nothing has been heard for too long.

        """
        return np.where(silent, np.int8(_CODE["silent"]), self._worst)

    def _state(self, signal: Signal) -> DeviceState:
        """What the signal's own word for the fault means; a fault without a known one is just a fault."""
        word = signal.evidence.get("state") or signal.evidence.get("flag")
        return self._rules.faults.get(word, "faulty") if isinstance(word, str) else "faulty"

    def _serve(self, collector: str, writer: AreaWriter, *, down: bool) -> None:
        if down == (collector in self._down):
            return
        writer.undo(partial(self._switch, collector, not down))
        self._switch(collector, down)
        key = _SERVICE + collector.encode()
        if down:
            writer.put(key, b"1")
        else:
            writer.delete(key)

    def _switch(self, collector: str, down: bool) -> None:
        if down:
            self._down.add(collector)
        else:
            self._down.discard(collector)

    def _set(self, slot: int, faults: dict[str, DeviceState]) -> None:
        if faults:
            self._faults[slot] = faults
        else:
            self._faults.pop(slot, None)
        open_now = set(faults.values())
        self._worst[slot] = _CODE[next((state for state in _GRAVEST if state in open_now), "online")]
