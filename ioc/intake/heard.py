"""Which devices spoke: told to the province's owner, which knows who should have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from ioc.ports import Store
from ioc.records import Health, Heard
from ioc.vocabulary import Source

DEVICE_OF: Final[dict[Source, Callable[[Any], str]]] = {
    "sensors": attrgetter("device_id"),
    "cameras": attrgetter("camera_id"),
    "bts": attrgetter("site_id"),
    "gate": attrgetter("gate_id"),
}
"""Sources whose senders are devices, and the name of theirs."""

_SAY_AGAIN_MS: Final = 30_000
"""A device that goes on speaking is told so often."""
_MOST_TOLD: Final = 1_000
"""Devices in one summary, so that no record grows without bound."""
_MOST_DEVICES: Final = 20_000
"""Of one partition; names beyond it are taken for made up."""
_FORGOTTEN_MS: Final = 3_600_000


class HeardDevices:
    """Collects the devices heard on one partition.

    It lives in memory: what a crash loses, the devices' next records tell again.
    """

    def __init__(self, source: Source, partition: int, store: Store) -> None:
        self._source = source
        self._partition = partition
        self._store = store
        self._told_ms: dict[str, int] = {}
        self._waiting: dict[str, tuple[str, float]] = {}

    def take(self, device: str, publisher: str, at_s: float, accepted_ms: int) -> None:
        """Note that a device spoke."""
        told_ms = self._told_ms.get(device)
        if told_ms is not None and accepted_ms - told_ms < _SAY_AGAIN_MS:
            return
        if told_ms is None and len(self._told_ms) >= _MOST_DEVICES:
            return
        self._told_ms[device] = accepted_ms
        self._waiting[device] = (publisher, at_s)

    def summaries(self, now_ms: int) -> list[Health]:
        """What has not been told yet; if the round fails, it waits again."""
        waiting = self._waiting
        if not waiting:
            return []
        self._waiting = {}

        def undo() -> None:
            self._waiting = waiting | self._waiting

        self._store.journal(undo)
        self._forget(now_ms)
        rows = list(waiting.items())
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        return [
            Health(
                source=self._source,
                partition=self._partition,
                at=at,
                heard=[
                    Heard(device, publisher, datetime.fromtimestamp(at_s, UTC))
                    for device, (publisher, at_s) in rows[start : start + _MOST_TOLD]
                ],
                part=part,
            )
            for part, start in enumerate(range(0, len(rows), _MOST_TOLD))
        ]

    def _forget(self, now_ms: int) -> None:
        if len(self._told_ms) < _MOST_DEVICES // 2:
            return
        before = now_ms - _FORGOTTEN_MS
        self._told_ms = {device: told_ms for device, told_ms in self._told_ms.items() if told_ms > before}
