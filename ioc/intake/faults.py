"""Faults that the devices of one partition have told of themselves: said when they last, ended likewise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from ioc.detect.faults import Fault, FaultMachine, Says, decode_fault, encode_fault
from ioc.detect.model import Finding
from ioc.events.fields import joined
from ioc.intake.companion import Gauges, Notice
from ioc.intake.timed import TimedStates
from ioc.ports import Store

_PREFIX: Final = b"fault/"


class FaultWatch:
    """Keeps what devices say of their conditions.

    Args:
        says: What an event says of its device.
        machine: What becomes of it.
        store: State of the partition.

    """

    def __init__(self, says: Says, machine: FaultMachine, store: Store) -> None:
        self._says = says
        self._machine = machine
        self._faults: TimedStates[Fault] = TimedStates(
            store, _PREFIX, encode_fault, decode_fault, lambda _, fault: machine.due(fault)
        )

    def take(self, event: Any, _at_s: float, _accepted_ms: int) -> Finding | None:
        """Note what an event says; operators are told once it has lasted."""
        for said in self._says(event):
            key = joined(said.device, said.condition)
            after = self._machine.hear(said, self._faults.get(key))
            if after is not None:
                self._faults.put(key, after)
        return None

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Tell what has lasted, and what is over."""
        notices = []
        for key, fault in self._faults.due(now_ms):
            at = self._machine.due(fault)
            assert at is not None
            finding, after = self._machine.tell(key, fault)
            self._faults.turn(key, after)
            if finding is not None:
                notices.append(Notice(finding, datetime.fromtimestamp(at / 1e6, UTC), fault.lat, fault.lon))
        self._faults.flush()
        return notices

    def flush(self, _now_ms: int) -> None:
        """Write what changed."""
        self._faults.flush()

    def gauges(self, _now_ms: int) -> Gauges:
        """None of its own: devices are counted at the province's owner."""
        return {}
