"""How far the programme against gaps in mobile coverage is: planned, on air, verified by samples."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ioc import metrics
from ioc.area.detector import AreaWriter
from ioc.catalog.programme import GapProgramme
from ioc.intake.coverage import SPOT_KIND
from ioc.records import Health, Signal


class ProgrammeProgress:
    """Counts the spots of the programme. A spot is verified for good once samples have said so.

    Args:
        programme: The spots, and what the programme says of each.

    """

    prefix = b"gap/"

    def __init__(self, programme: GapProgramme) -> None:
        self._programme = programme
        self._ids = frozenset(spot.id for spot in programme.spots)
        self._verified: set[str] = set()

    def load(self, key: bytes, value: bytes) -> None:  # noqa: ARG002 - the key says it all
        """Take over a spot that was verified; one that has left the programme is not counted."""
        self._verified.add(key[len(self.prefix) :].decode())

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:  # noqa: ARG002
        """See whether samples have verified a spot."""
        spot = signal.device
        if signal.source == "bts" and signal.kind == SPOT_KIND and spot in self._ids and spot not in self._verified:
            self._verified.add(spot)
            writer.put(self.prefix + spot.encode(), b"")
            writer.undo(lambda: self._verified.discard(spot))
        return signal

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        """Who speaks does not matter here."""

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Nothing happens by time alone."""

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:  # noqa: ARG002
        """Spots by state; none where the province has no programme."""
        counts = self._programme.counts(self._verified)
        if not any(counts.values()):
            return {}
        return {(metrics.BTS_GAP_SPOTS.name, state): count for state, count in counts.items()}
