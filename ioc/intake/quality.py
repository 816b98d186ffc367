"""Counts what quality is made of, on one partition, and tells it to the province's owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import orjson

from ioc.catalog import Device
from ioc.intake.firsts import Firsts
from ioc.ports import Store
from ioc.quality import QualityRules, Sums, expected_records
from ioc.records import QualityRow
from ioc.tally import RoundNote
from ioc.vocabulary import Source

UNREGISTERED: Final = ""
"""Class of devices that the register does not have, and of records that name none."""

_SAY_EVERY_MS: Final = 10_000
_MOST_NOTED: Final = 1_000
"""Bytes of the note that changes of single devices may take: some 100 devices."""
_RECEIVED, _CORRECT, _REPEATED, _READABLE, _IN_TIME, _COMPLETE, _CONFLICTING = range(7)

_Key = tuple[int, str]
"""Number of the window (its start ÷ its length), and class."""


class QualityMeter:
    """Sums of one partition since they were last told.

    They are part of the round's state, beside the input offset: neither a kill nor a failed round costs or repeats any.

    Args:
        source: Whose records the partition has.
        rules: What is asked of the sources.
        devices: The register.
        store: State of the partition.
        note: Takes the sums with every batch.

    """

    NAME: Final = "quality"

    def __init__(
        self, source: Source, rules: QualityRules, devices: Mapping[str, Device], store: Store, note: RoundNote
    ) -> None:
        self._window_s = rules.window_s
        self._allowance_s = rules.sources[source].allowance_s
        self._store = store
        self._source = source
        self._devices = devices
        self._said_ms = 0
        self._note = note
        # What is in the note is newer than a record, which a part leaves behind that fits into the note again.
        rows, noted = next(iter(note.read(self.NAME)), ((), ()))
        self._sums: dict[_Key, Sums] = {(window, kind): Sums.read(row) for window, kind, *row in rows}
        self._firsts = Firsts(store, noted)
        self._batch: dict[_Key, list[int]] = {}
        self._batch_firsts: Counter[tuple[int, str]] = Counter()

    def begin(self) -> None:
        """Start a batch."""
        self._batch = {}
        self._batch_firsts = Counter()

    def take(
        self,
        device: str,
        at_s: float,
        accepted_ms: int,
        *,
        correct: bool,
        new: bool = True,
        conflicting: bool = False,
    ) -> None:
        """Count a valid record.

        Args:
            device: Who sent it; empty where the source has no devices.
            at_s: Event time, Unix seconds.
            accepted_ms: When Kafka had it.
            correct: Its measurement is plausible.
            new: It was not seen before.
            conflicting: What was seen before said something else.

        """
        window = int(at_s // self._window_s)
        known = self._devices.get(device)
        if known is not None and known.source != self._source:
            known = None
        cell = self._cell(window, UNREGISTERED if known is None else known.kind)
        cell[_RECEIVED] += 1
        cell[_READABLE] += 1
        if correct:
            cell[_CORRECT] += 1
        if accepted_ms / 1000 - at_s <= self._allowance_s:
            cell[_IN_TIME] += 1
        if not new:
            cell[_REPEATED] += 1
            cell[_CONFLICTING] += conflicting
        elif known is not None and known.interval_s is not None:
            self._batch_firsts[window, device] += 1

    def rejected(self, accepted_ms: int) -> None:
        """Count a record that breaks the contract: nobody can say whose it is."""
        self._cell(accepted_ms // 1000 // self._window_s, UNREGISTERED)[_RECEIVED] += 1

    def flush(self) -> None:
        """Add the batch to what is to be told."""
        counted: list[tuple[int, str, int]] = []
        for (window, device), number in self._batch_firsts.items():
            known = self._devices[device]
            assert known.interval_s is not None
            owed = expected_records(self._window_s, known.interval_s)
            if added := self._firsts.add(window, device, number, owed):
                self._batch[window, known.kind][_COMPLETE] += added
                counted.append((window, device, added))
        before = dict(self._sums)

        def undo() -> None:
            self._sums = before
            for one in counted:
                self._firsts.take_back(*one)

        self._store.journal(undo)
        for key, counts in self._batch.items():
            self._sums[key] = self._sums.get(key, Sums()).plus(Sums(*counts))
        self.begin()
        self._write()

    def rows(self, now_ms: int) -> list[QualityRow]:
        """What is to be told, if it is time; if the round fails, it waits again."""
        if not self._sums or now_ms - self._said_ms < _SAY_EVERY_MS:
            return []
        told, said_ms = self._sums, self._said_ms
        self._sums, self._said_ms = {}, now_ms

        def undo() -> None:
            self._sums, self._said_ms = told, said_ms

        self._store.journal(undo)
        self._firsts.keep(2 + 86_400 // self._window_s)
        self._write()
        return [QualityRow(window, kind, list(sums)) for (window, kind), sums in sorted(told.items())]

    def _cell(self, window: int, kind: str) -> list[int]:
        cell = self._batch.get((window, kind))
        if cell is None:
            cell = self._batch[window, kind] = [0, 0, 0, 0, 0, 0, 0]
        return cell

    def _write(self) -> None:
        """Put the sums, and what is new of the devices, into the round's state."""
        self._firsts.name()
        noted = orjson.dumps(self._firsts.noted())
        if len(noted) > _MOST_NOTED:
            self._firsts.write()
            noted = b"[]"
        rows = orjson.dumps([[window, kind, *sums] for (window, kind), sums in self._sums.items()])
        self._note.put(self.NAME, b"[%s,%s]" % (rows, noted))
