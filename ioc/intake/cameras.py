"""Camera events of one partition: what becomes a signal, what a person sorts, and what is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from ioc.detect.cameras import CameraDetector, Episode, decode_episode, encode_episode
from ioc.detect.model import QUIET, Evaluation, Finding, State
from ioc.events.camera import Camera
from ioc.intake.companion import Gauges, Notice
from ioc.intake.timed import TimedStates
from ioc.ports import Store
from ioc.privacy.plates import PlateGuard

_PREFIX: Final = b"camera/"


class Beside:
    """The detector of a source whose events companions judge: it finds nothing."""

    @staticmethod
    def key(_: object) -> str:
        """No state is kept."""
        return ""

    @staticmethod
    def evaluate(_: object, _state: State | None) -> Evaluation:
        """Nothing."""
        return QUIET


def _seen_ms(event: Camera, at_s: float) -> float:
    """Until when it was seen, as far as the event says."""
    return max(at_s, at_s if event.ended_at is None else event.ended_at.timestamp()) * 1000


class CameraWatch:
    """Keeps the episodes of a partition's cameras.

    Args:
        detector: What counts, and when it is over.
        guard: Takes number plates out, of those too that come straight from Kafka.
        store: State of the partition.
        late: What arrives later than this after it was seen is for a person to look at, and no alarm.

    """

    def __init__(
        self, detector: CameraDetector, guard: PlateGuard, store: Store, *, late: timedelta = timedelta.max
    ) -> None:
        self._late_ms = late / timedelta(milliseconds=1)
        self._detector = detector
        self._counts = detector.counts
        self._clean = guard.clean
        self._episodes: TimedStates[Episode] = TimedStates(store, _PREFIX, encode_episode, decode_episode, detector.due)

    def take(self, event: Camera, at_s: float, accepted_ms: int) -> Finding | None:
        """Judge one event."""
        counts = self._counts(event)
        if counts is False:
            return None
        event = self._clean(event)
        key = self._detector.key(event)
        known = self._episodes.get(key)
        seen_ms = _seen_ms(event, at_s)
        late = bool(counts) and accepted_ms - seen_ms > self._late_ms
        if counts and not late:
            finding, episode = self._detector.evaluate(event, known, accepted_ms * 1000)
        elif known is not None and (known.open or (late and seen_ms * 1000 <= known.seen_at)):
            return None  # a doubtful or late look at what is known already
        else:
            key = self._detector.review_key(event)
            finding, episode = self._detector.review(event, self._episodes.get(key), late=late)
            if finding is not None:
                finding = self._asked(event, finding)
        if episode is not None:
            self._episodes.put(key, episode)
        if finding is not None and finding.device == event.camera_id and event.plate is not None:
            finding.evidence["plate"] = event.plate
        return finding

    def _asked(self, event: Camera, finding: Finding) -> Finding | None:
        """The question to a person; where many cameras ask, one stands for all."""
        key = self._detector.many_key(event)
        may, (instead, many) = self._detector.many(event, self._episodes.get(key))
        if many is not None:
            self._episodes.put(key, many)
        return finding if may else instead

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Close what is over, and forget what has long been."""
        notices = []
        for key, episode in self._episodes.due(now_ms):
            at = self._detector.due(key, episode)
            finding, after = self._detector.close(key, episode)
            self._episodes.turn(key, after)
            if finding is not None:
                notices.append(Notice(finding, datetime.fromtimestamp(at / 1e6, UTC)))
        self._episodes.flush()
        return notices

    def flush(self, _now_ms: int) -> None:
        """Write what changed."""
        self._episodes.flush()

    def gauges(self, _now_ms: int) -> Gauges:
        """None of its own."""
        return {}
