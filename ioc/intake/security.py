"""SOC events of one partition that count by their number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ioc.detect.model import Finding
from ioc.detect.security import Failures, SecurityDetector, decode_failures, encode_failures
from ioc.events.security import Security
from ioc.intake.companion import Gauges, Notice
from ioc.intake.timed import TimedStates
from ioc.ports import Store

_PREFIX: Final = b"failures/"


class FailureWatch:
    """Counts failures per asset and kind.

    Args:
        detector: How many are too many.
        store: State of the partition.

    """

    def __init__(self, detector: SecurityDetector, store: Store) -> None:
        self._detector = detector
        self._failures: TimedStates[Failures] = TimedStates(
            store, _PREFIX, encode_failures, decode_failures, detector.due
        )

    def take(self, event: Security, _at_s: float, _accepted_ms: int) -> Finding | None:
        """Count one event."""
        if not self._detector.watches(event):
            return None
        key = self._detector.key(event)
        finding, after = self._detector.count(event, self._failures.get(key))
        if after is not None:
            self._failures.put(key, after)
        return finding

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Forget what is too old to matter."""
        for key, _ in self._failures.due(now_ms):
            self._failures.turn(key, None)
        self._failures.flush()
        return ()

    def flush(self, _now_ms: int) -> None:
        """Write what changed."""
        self._failures.flush()

    def gauges(self, _now_ms: int) -> Gauges:
        """None of its own."""
        return {}
