"""All area detectors of a province, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ioc.area.detector import AreaDetector, AreaWriter
from ioc.records import Health, Signal


class ProvinceWatch:
    """Feeds the detectors. Without any record of its province it does nothing: then another partition is the owner."""

    def __init__(self, detectors: Sequence[AreaDetector]) -> None:
        self._detectors = tuple(detectors)
        self._owner = False

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state, in any order; entries of others are ignored.

        Raises:
            ValueError: the entry is damaged.

        """
        for detector in self._detectors:
            if key.startswith(detector.prefix):
                self._owner = True
                detector.load(key, value)

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:
        """What is left of a signal for the incidents."""
        self._owner = True
        left: Signal | None = signal
        for detector in self._detectors:
            if left is None:
                break
            left = detector.signal(left, now, writer)
        return left

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        """Take in a summary."""
        self._owner = True
        for detector in self._detectors:
            detector.health(health, now, writer)

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Do what time alone does."""
        if self._owner:
            for detector in self._detectors:
                detector.tick(now, writer)

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:
        """Figures as they are now; none where another partition is the owner."""
        if not self._owner:
            return {}
        return {key: value for detector in self._detectors for key, value in detector.gauges(now).items()}
