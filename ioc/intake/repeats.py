"""How each source tells a repeated event from a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol
from zlib import crc32

from ioc.identity import digest
from ioc.intake.seen import NewestTimes, SeenIds
from ioc.ports import Store
from ioc.settings import IntakeSettings
from ioc.vocabulary import Source

_HOUR_MS: Final = 3_600_000
_ID_CAPACITY: Final = 250_000
"""Identities kept per partition: about 30 MB; beyond it the oldest hour is forgotten."""
_LATE_CAPACITY: Final = 50_000


class Event(Protocol):
    """What is asked of an event of any source."""

    @property
    def series(self) -> str: ...


class Repeats(Protocol):
    """Remembers events and says whether one is new."""

    @property
    def conflicting(self) -> bool:
        """Whether what :meth:`is_new` found to be seen last had said something else before."""

    def begin(self) -> None:
        """Start a batch."""

    def is_new(  # noqa: PLR0917  # once per event, by position
        self, event: Event, publisher: str, own_id: str, at_s: float, accepted_ms: int, value: bytes, /
    ) -> bool | None:
        """Remember an event; ``False`` if it was seen, ``None`` if it is new but not the newest of its series.

        Args:
            event: The event.
            publisher: Source (URI) of its identity.
            own_id: The id that it came with; empty where series and time are its identity.
            at_s: Event time, Unix seconds.
            accepted_ms: When Kafka had it.
            value: The record's value: what it says, byte for byte.

        """

    def flush(self, now_ms: int) -> None:
        """Put what was learnt into the state; ``now_ms`` is the time of the newest record."""


class ById:
    """Reports, camera and security events: every identity of a window is kept."""

    def __init__(self, store: Store, window_hours: float) -> None:
        self._seen = SeenIds(store, window_ms=int(window_hours * _HOUR_MS), capacity=_ID_CAPACITY)
        self.flush = self._seen.flush

    def begin(self) -> None:
        """Identities are taken back one by one."""

    @property
    def conflicting(self) -> bool:
        return self._seen.conflicting

    def is_new(  # once per event, by position
        self, _: Event, publisher: str, own_id: str, _at_s: float, accepted_ms: int, value: bytes
    ) -> bool:
        return self._seen.add(digest(publisher, own_id), accepted_ms, crc32(value))


class BySeries:
    """Telemetry: the newest time of each series, and late events one by one."""

    def __init__(self, store: Store, late_hours: float, checkpoint_s: float) -> None:
        self._newest = NewestTimes(
            store,
            window_ms=int(late_hours * _HOUR_MS),
            checkpoint_ms=int(checkpoint_s * 1000),
            late_capacity=_LATE_CAPACITY,
        )
        self.begin = self._newest.begin
        self.flush = self._newest.flush

    @property
    def conflicting(self) -> bool:
        return self._newest.conflicting

    def is_new(  # once per event, by position
        self, event: Event, publisher: str, own_id: str, at_s: float, _accepted_ms: int, value: bytes
    ) -> bool | None:
        series = event.series
        if own_id and _is_natural(own_id, series, at_s):
            own_id = ""
        return self._newest.add(f"{publisher}|{series}", at_s, own_id, crc32(value))


def _is_natural(own_id: str, series: str, at_s: float) -> bool:
    """Whether an id is the natural key, which edges write out, so that it says no more than series and time."""
    border = len(series)
    if own_id[-1] != "Z" or own_id[border : border + 1] != "|" or not own_id.startswith(series):
        return False
    try:
        return datetime.fromisoformat(own_id[border + 1 :]).timestamp() == at_s
    except ValueError:
        return False


def repeats_for(source: Source, settings: IntakeSettings, store: Store) -> Repeats:
    """The way that the contract prescribes for a source."""
    match source:
        case "reports":
            return ById(store, settings.reports_dedupe_hours)
        case "cameras":
            return ById(store, settings.cameras_dedupe_hours)
        case "security":
            return ById(store, settings.security_dedupe_hours)
        case "sensors" | "bts" | "gate":
            return BySeries(store, settings.late_hours, settings.checkpoint_s)
