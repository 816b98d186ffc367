"""First records by window and device, exact over restarts: as many of each as it owes, no more."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

import orjson

from ioc.ports import Store

_NAMES: Final = b"firsts/names/"
_WINDOWS: Final = b"firsts/window/"
_CHUNK: Final = 256
"""Names of devices in one record."""


class Firsts:
    """Four bytes for every device and window.

    A device counts until it has sent what it owes, so counts change seldom. What changed is *noted* with every batch,
    and written down as a whole when the note would become too long: no batch costs a record, and nothing is lost.

    Args:
        store: State of the partition.
        noted: What :attr:`noted` was when it was committed last.

    """

    def __init__(self, store: Store, noted: Iterable[list[int]] = ()) -> None:
        self._store = store
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._unnamed: set[int] = set()
        """Chunks with names that are not written down."""
        self._windows: dict[int, array[int]] = {}
        self._changed: dict[int, dict[int, None]] = {}
        """Devices by window whose counts are newer than what is written down."""
        chunks: dict[int, list[str]] = {}
        for key, value in store.items():
            if key.startswith(_NAMES):
                chunks[int(key[len(_NAMES) :])] = orjson.loads(value)
            elif key.startswith(_WINDOWS):
                self._windows[int(key[len(_WINDOWS) :])] = array("I", value)
        for number in sorted(chunks):
            for name in chunks[number]:
                self._numbers[name] = len(self._names)
                self._names.append(name)
        for window, *pairs in noted:
            for number, count in zip(pairs[::2], pairs[1::2], strict=True):
                self._counts(window, number)[number] = count
                self._changed.setdefault(window, {})[number] = None

    def add(self, window: int, device: str, count: int, owed: int) -> int:
        """Count more records of a device; returns how many of them it still owed."""
        number = self._number(device)
        counts = self._counts(window, number)
        before = counts[number]
        if before >= owed:
            return 0
        counts[number] = min(before + count, owed)
        self._changed.setdefault(window, {})[number] = None
        return counts[number] - before

    def take_back(self, window: int, device: str, count: int) -> None:
        """Undo :meth:`add`, which said how many counted."""
        self._windows[window][self._numbers[device]] -= count

    def noted(self) -> list[list[int]]:
        """What is newer than what is written down: per window its number, then numbers of devices and their counts."""
        rows = []
        for window, changed in self._changed.items():
            row, counts = [window], self._windows[window]
            for number in changed:
                row += number, counts[number]
            rows.append(row)
        return rows

    def write(self) -> None:
        """Write everything down: then nothing is to be noted."""
        changed, self._changed = self._changed, {}

        def undo() -> None:
            for window, numbers in changed.items():
                self._changed[window] = numbers | self._changed.get(window, {})

        self._store.journal(undo)
        for window in changed:
            self._store.put(_window_key(window), self._windows[window].tobytes())

    def name(self) -> None:
        """Write down the names of new devices: what is noted means them by number."""
        unnamed, self._unnamed = self._unnamed, set()
        if not unnamed:
            return
        self._store.journal(lambda: self._unnamed.update(unnamed))
        for chunk in unnamed:
            names = self._names[chunk * _CHUNK : (chunk + 1) * _CHUNK]
            self._store.put(_NAMES + b"%d" % chunk, orjson.dumps(names))

    def keep(self, windows: int) -> None:
        """Forget all but so many of the newest windows: what comes later than that counts as it comes."""
        for window in sorted(self._windows)[:-windows]:
            counts, changed = self._windows.pop(window), self._changed.pop(window, None)
            self._store.delete(_window_key(window))
            self._store.journal(lambda one=(window, counts, changed): self._restore(*one))  # type: ignore[misc]

    def _restore(self, window: int, counts: array[int], changed: dict[int, None] | None) -> None:
        self._windows[window] = counts
        if changed is not None:
            self._changed[window] = changed

    def _number(self, device: str) -> int:
        number = self._numbers.get(device)
        if number is None:
            number = self._numbers[device] = len(self._names)
            self._names.append(device)
            self._unnamed.add(number // _CHUNK)
        return number

    def _counts(self, window: int, number: int) -> array[int]:
        counts = self._windows.get(window)
        if counts is None:
            counts = self._windows[window] = array("I")
        if number >= len(counts):
            room = max(number + 1, len(self._names))
            counts.frombytes(bytes(counts.itemsize * (room - len(counts))))
        return counts


def _window_key(window: int) -> bytes:
    return _WINDOWS + b"%d" % window
