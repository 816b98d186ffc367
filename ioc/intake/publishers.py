"""Publishers that send bad records: when the provincial centre is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ioc.derived import derived
from ioc.identity import digest
from ioc.ports import Store
from ioc.records import Signal
from ioc.vocabulary import Source

WINDOW_MS: Final = 3_600_000
REJECTS_TO_ALERT: Final = 20
"""Rejected records of one publisher, source and hour after which an operator hears of it."""
_MAX_PUBLISHERS: Final = 256

RULE_ID: Final = "publisher-rejects-1"


class RejectWatch:
    """Counts rejected records per publisher and hour; at the limit there is one signal.

    The count is kept per partition and in memory: it only decides when an operator is told. The signal's id depends
    on publisher, source and hour alone, so that several partitions and a restart still make one.
    """

    def __init__(self, source: Source, store: Store) -> None:
        self._source = source
        self._store = store
        self._window = -1
        self._rejects: dict[str, int] = {}

    def rejected(self, publisher: str, accepted_ms: int, reason: str) -> Signal | None:
        """Count one rejected record; the signal to write, if this one reached the limit."""
        window = accepted_ms // WINDOW_MS
        if window != self._window:
            self._window = window
            self._rejects = {}
        counts = self._rejects
        if publisher not in counts and len(counts) >= _MAX_PUBLISHERS:
            return None
        rejects = counts[publisher] = counts.get(publisher, 0) + 1

        def undo() -> None:
            counts[publisher] -= 1

        self._store.journal(undo)
        if rejects != REJECTS_TO_ALERT:
            return None
        at = datetime.fromtimestamp(accepted_ms / 1000, UTC)
        return derived(
            # Of all partitions and restarts one: it does not depend on which record was the last.
            signal_id=f"{self._source}:{digest(publisher, f'rejects/{self._source}/{window}'):016x}",
            source=self._source,
            event_id=f"rejects/{window}",
            kind="publisher_rejects",
            severity="normal",
            at=at,
            title=f"Nguồn dữ liệu gửi bản ghi lỗi: {publisher}",
            text=f"Ít nhất {REJECTS_TO_ALERT} bản ghi bị từ chối trong một giờ; lý do gần nhất: {reason}.",
            evidence={"publisher": publisher, "source": self._source, "reason": reason},
            rule_id=RULE_ID,
            versions={},
            publisher=publisher,
            device=f"publisher/{publisher}/{self._source}",
        )
