"""Committed totals: counters that are part of the round's state, so that they survive exactly as the outputs do."""

from __future__ import annotations

from typing import Final, TypeAlias

import orjson

from ioc.metrics import MetricSpec
from ioc.ports import Store

Counts: TypeAlias = dict[tuple[str, ...], int]
"""Metric name and label values to a total."""

_FOLDED: Final = "other"


class Tally:
    """Totals of one agent and partition, written to the changelog as one record per round.

    Call ``begin`` before and ``flush`` after a batch.
    """

    KEY: Final = b"tally"

    def __init__(self, store: Store) -> None:
        self._store = store
        raw = store.get(self.KEY)
        self.counts: Counts = {tuple(entry[:-1]): entry[-1] for entry in orjson.loads(raw)} if raw else {}

    def begin(self) -> None:
        """Start a batch; if it fails, the totals are as they were."""
        before = dict(self.counts)

        def undo() -> None:
            self.counts = before

        self._store.journal(undo)

    def add(self, metric: MetricSpec, *labels: str, n: int = 1) -> None:
        """Count ``n`` more."""
        key = (metric.name, *labels)
        self.counts[key] = self.counts.get(key, 0) + n

    def add_bounded(self, metric: MetricSpec, label: str, *labels: str, n: int = 1) -> None:
        """Count under a label whose values come from outside; beyond the metric's bound they fold into ``other``."""
        key = (metric.name, label, *labels)
        known = self.counts.get(key)
        if known is None and sum(1 for entry in self.counts if entry[0] == metric.name) >= metric.max_series:
            key = (metric.name, _FOLDED, *labels)
            known = self.counts.get(key)
        self.counts[key] = (known or 0) + n

    def flush(self) -> None:
        """Put the totals into the round's state."""
        self._store.put(self.KEY, orjson.dumps([[*key, total] for key, total in self.counts.items()]))
