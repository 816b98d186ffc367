"""Counts what quality is made of, on one partition, and tells it to the province's owner."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Final

from ioc.catalog import Device
from ioc.ports import Store
from ioc.quality import QualityRules, Sums, expected_records
from ioc.records import QualityRow
from ioc.vocabulary import Source

UNREGISTERED: Final = ""
"""Class of devices that the register does not have, and of records that name none."""

_SAY_EVERY_MS: Final = 10_000
_RECEIVED, _CORRECT, _REPEATED, _READABLE, _IN_TIME, _COMPLETE, _CONFLICTING = range(7)

_Key = tuple[int, str]
"""Number of the window (its start ÷ its length), and class."""


class QualityMeter:
    """Sums of one partition since they were last told.

    They live in memory: a kill costs what was counted since the last telling, ten seconds at most; a round that fails
    costs nothing.
    """

    def __init__(self, source: Source, rules: QualityRules, devices: Mapping[str, Device], store: Store) -> None:
        self._window_s = rules.window_s
        self._allowance_s = rules.sources[source].allowance_s
        self._store = store
        self._source = source
        self._devices = devices
        self._said_ms = 0
        self._sums: dict[_Key, Sums] = {}
        self._firsts = _Firsts()
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
        batch = {key: Sums(*counts) for key, counts in self._batch.items()}
        for (window, device), number in self._batch_firsts.items():
            known = self._devices[device]
            assert known.interval_s is not None
            owed = expected_records(self._window_s, known.interval_s)
            now = self._firsts.add(window, device, number)
            complete = min(now, owed) - min(now - number, owed)
            key = window, known.kind
            batch[key] = batch[key].plus(Sums(complete=complete))
        added, counted = dict(self._sums), self._batch_firsts
        for key, sums in batch.items():
            self._sums[key] = self._sums.get(key, Sums()).plus(sums)

        def undo() -> None:
            self._sums = added
            for (window, device), number in counted.items():
                self._firsts.take_back(window, device, number)

        self._store.journal(undo)
        self.begin()

    def rows(self, now_ms: int) -> list[QualityRow]:
        """What is to be told, if it is time; if the round fails, it waits again."""
        if not self._sums or now_ms - self._said_ms < _SAY_EVERY_MS:
            return []
        told, said_ms = self._sums, self._said_ms
        self._sums, self._said_ms = {}, now_ms

        def undo() -> None:
            self._sums, self._said_ms = told, said_ms

        self._store.journal(undo)
        self._forget()
        return [QualityRow(window, kind, list(sums)) for (window, kind), sums in sorted(told.items())]

    def _cell(self, window: int, kind: str) -> list[int]:
        cell = self._batch.get((window, kind))
        if cell is None:
            cell = self._batch[window, kind] = [0, 0, 0, 0, 0, 0, 0]
        return cell

    def _forget(self) -> None:
        """Devices' own counts are kept for the newest windows; what comes later than that counts as it comes."""
        self._firsts.keep(2 + 86_400 // self._window_s)


class _Firsts:
    """First records by window and device: four bytes each, for every device that speaks has one in each window."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._windows: dict[int, array[int]] = {}

    def add(self, window: int, device: str, count: int) -> int:
        """Count more; returns how many there are now."""
        number = self._numbers.setdefault(device, len(self._numbers))
        counts = self._windows.get(window)
        if counts is None:
            counts = self._windows[window] = array("I")
        if number >= len(counts):
            counts.frombytes(bytes(counts.itemsize * (len(self._numbers) - len(counts))))
        counts[number] += count
        return counts[number]

    def take_back(self, window: int, device: str, count: int) -> None:
        """Undo :meth:`add`, unless the window was forgotten since."""
        if (counts := self._windows.get(window)) is not None:
            counts[self._numbers[device]] -= count

    def keep(self, windows: int) -> None:
        """Forget all but so many of the newest windows."""
        for window in sorted(self._windows)[:-windows]:
            del self._windows[window]
