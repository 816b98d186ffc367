"""Which devices spoke: told to the province's owner, which knows who should have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Literal, Protocol

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

_MOST_TOLD: Final = 1_000
"""Devices in one summary, so that no record grows without bound."""
_MOST_DEVICES: Final = 20_000
"""Of one partition; names beyond it are taken for made up."""
_FORGOTTEN_S: Final = 3_600.0


class Maintained(Protocol):
    """Knows which devices say of themselves that somebody works on them. What it knows survives a restart."""

    def maintained(self, device: str, /) -> bool:
        """Whether a device says so now, of itself or of a part of itself."""

    def turned(self) -> Iterable[tuple[str, float]]:
        """Devices that began or ceased to say so since the last call, and when: event time, Unix seconds.

        After a start all that are known. One too many does no harm: what holds is asked for when it is told.
        """


class HeardDevices:
    """Collects the devices heard on one partition, each with the newest time of what it said.

    It lives in memory: what a crash loses, the devices' next records tell again.

    Args:
        source: Whose records the partition has.
        partition: Its number.
        store: State of the partition.
        again_s: How far the time of a device has to go on until it is told again; and where devices are expected, how
            often account is given when there is nothing to tell.
        expected: Somebody at the owner waits for the devices of this source.
        maintained: Who of them say that they are under maintenance.

    """

    def __init__(
        self,
        source: Source,
        partition: int,
        store: Store,
        *,
        again_s: float,
        expected: bool,
        maintained: Sequence[Maintained] = (),
    ) -> None:
        self._source = source
        self._partition = partition
        self._store = store
        self._again_s = again_s
        self._expected = expected
        self._maintained = tuple(maintained)
        self._told_again_s: dict[str, float] = {}
        self._waiting: dict[str, tuple[str, float]] = {}
        self._read_to_ms: int | None = None
        self._account_ms = 0

    def read(self, accepted_ms: int) -> None:
        """Note that records were read, of which Kafka accepted the newest then."""
        self._read_to_ms = accepted_ms

    def take(self, device: str, publisher: str, at_s: float, accepted_ms: int) -> None:
        """Note that a device spoke; a time of the future is none."""
        again_s = self._told_again_s.get(device)
        if again_s is not None and at_s < again_s:
            return
        at_s = min(at_s, accepted_ms / 1000)
        if again_s is None:
            if len(self._told_again_s) >= _MOST_DEVICES:
                return
        elif at_s < again_s:
            return
        self._told_again_s[device] = at_s + self._again_s
        self._waiting[device] = (publisher, at_s)

    def summaries(self, now_ms: int) -> list[Health]:
        """What has not been told yet; if the round fails, it waits again."""
        for each in self._maintained:
            for device, at_s in each.turned():
                # At once, however short ago it was told: this may be the last word for hours.
                self._waiting.setdefault(device, (f"urn:ioc:{self._source}", min(at_s, now_ms / 1000)))
        due = self._expected and now_ms - self._account_ms >= self._again_s * 1000
        if not self._waiting and not due:
            return []
        before = self._waiting, self._account_ms, self._read_to_ms
        self._waiting, self._account_ms, self._read_to_ms = {}, now_ms, None
        self._store.journal(lambda: self._untell(*before))
        waiting, _, read_to_ms = before
        self._forget(now_ms)
        rows = list(waiting.items())
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        return [
            Health(
                source=self._source,
                partition=self._partition,
                at=at,
                heard=[
                    Heard(device, publisher, datetime.fromtimestamp(at_s, UTC), self._state(device))
                    for device, (publisher, at_s) in rows[start : start + _MOST_TOLD]
                ],
                read_to=None if read_to_ms is None else datetime.fromtimestamp(read_to_ms / 1000, UTC),
                part=part,
            )
            for part, start in enumerate(range(0, max(1, len(rows)), _MOST_TOLD))
        ]

    def _state(self, device: str) -> Literal["maintenance"] | None:
        return "maintenance" if any(each.maintained(device) for each in self._maintained) else None

    def _untell(self, waiting: dict[str, tuple[str, float]], account_ms: int, read_to_ms: int | None) -> None:
        self._waiting = waiting | self._waiting
        self._account_ms = account_ms
        if self._read_to_ms is None:
            self._read_to_ms = read_to_ms

    def _forget(self, now_ms: int) -> None:
        if len(self._told_again_s) < _MOST_DEVICES // 2:
            return
        before = now_ms / 1000 - _FORGOTTEN_S
        self._told_again_s = {device: again_s for device, again_s in self._told_again_s.items() if again_s > before}
