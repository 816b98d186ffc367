"""Level of service of the roads of one partition: their classes now, and that of a reading in what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from ioc import metrics
from ioc.detect import Evaluation, Finding, State
from ioc.detect.traffic import LEVELS, LevelOfService
from ioc.intake.companion import Gauges, Notice
from ioc.intake.machines import Detector

_MOST_ROADS: Final = 4_000
"""Roads times metrics of one partition; names beyond it are taken for made up."""


class RoadWatch:
    """Counts roads by class, each by its worst fresh reading.

    Nothing of it is written down: roads are read every minute, so a restart shows them all again within a minute, and a
    round that is taken back and done again finds the same.

    Args:
        service: The classes.
        trusts: Whether a reading is a measurement.

    """

    def __init__(self, service: LevelOfService, trusts: Callable[[Any], bool]) -> None:
        self._service = service
        self._metrics = service.sources.keys()
        self._trusts = trusts
        self._newest: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, event: Any, at_s: float, _accepted_ms: int) -> Finding | None:
        """Take in a reading."""
        if event.metric in self._metrics and self._trusts(event):
            rank = self._service.rank(event.device_id, event.metric, event.value)
            key = event.device_id, event.metric
            before = self._newest.get(key)
            if rank is not None and (at_s >= before[0] if before else len(self._newest) < _MOST_ROADS):
                self._newest[key] = at_s, rank
        return None

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Forget the readings that tell of no road any more."""
        oldest_s = now_ms / 1000 - self._service.fresh_s
        for key in [key for key, (at_s, _) in self._newest.items() if at_s < oldest_s]:
            del self._newest[key]
        return ()

    def flush(self, _now_ms: int) -> None:
        """Nothing is kept."""

    def gauges(self, now_ms: int) -> Gauges:
        """Roads by class."""
        self.tick(now_ms)
        worst: dict[str, int] = {}
        for (device, _), (_, rank) in self._newest.items():
            worst[device] = max(rank, worst.get(device, 0))
        counts = Counter(worst.values())
        return {(metrics.TRAFFIC_SITES.name, level): counts[rank] for rank, level in enumerate(LEVELS)} if worst else {}


class GradedReadings:
    """A detector whose news of a road says its level of service."""

    def __init__(self, detector: Detector, service: LevelOfService) -> None:
        self.key = detector.key
        self._evaluate = detector.evaluate
        self._service = service

    def evaluate(self, event: Any, state: State | None) -> Evaluation:
        """Judge one reading."""
        evaluation = self._evaluate(event, state)
        finding, after = evaluation
        if finding is None:
            return evaluation
        rank = self._service.rank(event.device_id, event.metric, event.value)
        if rank is None:
            return evaluation
        said = {
            "level_of_service": LEVELS[rank],
            "level_of_service_source": self._service.sources[event.metric],
        }
        return replace(finding, evidence=finding.evidence | said), after
