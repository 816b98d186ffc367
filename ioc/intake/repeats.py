"""How each source tells a repeated event from a new one."""

from __future__ import annotations

from typing import Final, Protocol

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

    def begin(self) -> None:
        """Start a batch."""

    def is_new(self, event: Event, publisher: str, own_id: str, at_s: float, accepted_ms: int, /) -> bool | None:
        """Remember an event; ``False`` if it was seen, ``None`` if it is new but not the newest of its series.

        Args:
            event: The event.
            publisher: Source (URI) of its identity.
            own_id: The id that it came with; empty where series and time are its identity.
            at_s: Event time, Unix seconds.
            accepted_ms: When Kafka had it.

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

    def is_new(self, _: Event, publisher: str, own_id: str, _at_s: float, accepted_ms: int) -> bool:
        return self._seen.add(digest(publisher, own_id), accepted_ms)


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

    def is_new(self, event: Event, publisher: str, own_id: str, at_s: float, _accepted_ms: int) -> bool | None:
        return self._newest.add(f"{publisher}|{event.series}", at_s, own_id)


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
