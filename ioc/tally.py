"""Committed totals: counters that are part of the round's state, so that they survive exactly as the outputs do."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import orjson

from ioc.metrics import MetricSpec
from ioc.ports import Store

Counts: TypeAlias = dict[tuple[str, ...], int]
"""Metric name and label values to a total."""

_FOLDED: Final = "other"
_MAX_NOTE: Final = 3_500


class RoundNote:
    """What changes with every batch and has to commit with it, in named parts; each is JSON.

    Parts go into the store's note, which travels with the input offset and costs no record of its own. A part that does
    not fit there is one record of the changelog, with the part's name as its key, each time it is put.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        noted = orjson.loads(store.note) if store.note else {}
        # Earlier releases noted the totals alone.
        parts = {Tally.NAME: noted} if isinstance(noted, list) else noted
        self._parts: dict[str, bytes] = {name: orjson.dumps(part) for name, part in parts.items()}
        self._recorded: set[str] = set()

    def read(self, name: str) -> list[Any]:
        """A part as it was committed: of the note, then of the record; what is in neither is absent."""
        raw = [self._parts.get(name), self._store.get(name.encode())]
        if raw[1] is not None:
            self._recorded.add(name)
        return [orjson.loads(each) for each in raw if each is not None]

    def put(self, name: str, part: bytes) -> None:
        """Put a part into the round's state."""
        before, recorded = dict(self._parts), set(self._recorded)

        def undo() -> None:
            self._parts, self._recorded = before, recorded

        self._store.journal(undo)
        self._parts.pop(name, None)
        taken = 2 + sum(len(key) + len(value) + 4 for key, value in self._parts.items())
        if taken + len(name) + len(part) + 4 <= _MAX_NOTE:
            self._parts[name] = part
            if name in self._recorded:
                self._recorded.discard(name)
                self._store.delete(name.encode())
        else:
            self._recorded.add(name)
            self._store.put(name.encode(), part)
        rows = (b'"%s":%s' % (key.encode(), value) for key, value in self._parts.items())
        self._store.note = (b"{" + b",".join(rows) + b"}").decode()


class Tally:
    """Totals of one agent and partition. Call ``begin`` before and ``flush`` after a batch.

    They change with every batch. Where the store has a note they are a part of it; else they are one record of the
    changelog per round.
    """

    NAME: Final = "tally"
    KEY: Final = b"tally"

    def __init__(self, store: Store, note: RoundNote | None = None) -> None:
        self._store = store
        self._note = note
        if note is not None:
            found = [_read(rows) for rows in note.read(self.NAME)]
        else:
            raw = store.get(self.KEY)
            found = [_read(orjson.loads(raw))] if raw else []
        # Totals only grow: the larger are the newer.
        self.counts: Counts = max(found, key=lambda counts: sum(counts.values()), default={})

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
        if self._note is not None:
            self._note.put(self.NAME, raw)
        else:
            self._store.put(self.KEY, raw)


def _read(rows: list[list[Any]]) -> Counts:
    return {tuple(row[:-1]): row[-1] for row in rows}
