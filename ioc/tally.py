"""Committed totals: counters that are part of the round's state, so that they survive exactly as the outputs do."""

from __future__ import annotations

from typing import Final, TypeAlias

import orjson

from ioc.metrics import MetricSpec
from ioc.ports import Store

Counts: TypeAlias = dict[tuple[str, ...], int]
"""Metric name and label values to a total."""

_FOLDED: Final = "other"
_MAX_NOTE: Final = 3_500


class Tally:
    """Totals of one agent and partition. Call ``begin`` before and ``flush`` after a batch.

    They change with every batch. Where the store has a note (it travels with the input offset and costs no record of
    its own), they go there; else, and when they outgrow it, they are one record of the changelog per round.
    """

    KEY: Final = b"tally"

    def __init__(self, store: Store, *, noted: bool) -> None:
        self._store = store
        self._noted = noted
        recorded, note = _read(store.get(self.KEY)), _read(store.note.encode())
        # Totals only grow: the larger are the newer.
        self.counts: Counts = max(recorded, note, key=lambda counts: sum(counts.values()))

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
        raw = orjson.dumps([[*key, total] for key, total in self.counts.items()])
        if self._noted and len(raw) <= _MAX_NOTE:
            self._store.note = raw.decode()
        else:
            self._store.put(self.KEY, raw)


def _read(raw: bytes | None) -> Counts:
    return {tuple(row[:-1]): row[-1] for row in orjson.loads(raw)} if raw else {}
