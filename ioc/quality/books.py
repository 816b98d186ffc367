"""Counts of all windows that are kept, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import orjson

from ioc.catalog import Device
from ioc.quality.figures import Ratios, Sums, expected_records
from ioc.vocabulary import Source

SUMS: Final = b"quality/sums/"
"""Begins the keys of :class:`QualityBooks` in a stored state."""


class Cell(NamedTuple):
    """Whose counts, and of when."""

    source: Source
    kind: str
    window: int


class QualityBooks:
    """Counts by source, class and window.

    Args:
        devices: The register.
        window_s: Length of a window, seconds.

    """

    def __init__(self, devices: Mapping[str, Device], window_s: int) -> None:
        self.window_s = window_s
        self.sums: dict[Cell, Sums] = {}
        self.expected: dict[tuple[Source, str], int] = {}
        """Records that a window owes, by source and class."""
        for device in devices.values():
            if device.interval_s is not None:
                key = device.source, device.kind
                self.expected[key] = self.expected.get(key, 0) + expected_records(window_s, device.interval_s)

    def add(self, cell: Cell, sums: Sums) -> None:
        """Add counts; negative ones take back."""
        self.sums[cell] = self.sums.get(cell, Sums()).plus(sums)

    def kinds(self, source: Source, window: int) -> Iterator[str]:
        """Classes that spoke in a window or should have."""
        owed = {kind for each, kind in self.expected if each == source}
        spoke = {cell.kind for cell in self.sums if cell.source == source and cell.window == window}
        return iter(sorted(owed | spoke))

    def of_class(self, source: Source, kind: str, first: int, last: int) -> tuple[Sums, int]:
        """Counts of one class from one window to another, both included, and the records that these owe."""
        total = Sums()
        for window in range(first, last + 1):
            total = total.plus(self.sums.get(Cell(source, kind, window), Sums()))
        return total, self.expected.get((source, kind), 0) * (last + 1 - first)

    def of_source(self, source: Source, first: int, last: int) -> tuple[Sums, int]:
        """The same for all classes of a source."""
        total, owed = Sums(), 0
        kinds = {cell.kind for cell in self.sums if cell.source == source}
        for kind in kinds | {kind for each, kind in self.expected if each == source}:
            sums, expected = self.of_class(source, kind, first, last)
            total, owed = total.plus(sums), owed + expected
        return total, owed

    def ratios(self, source: Source, window: int) -> Ratios:
        """The four dimensions of a source in one window."""
        sums, expected = self.of_source(source, window, window)
        return sums.ratios(expected)


def encode_cell(cell: Cell, sums: Sums) -> tuple[bytes, bytes]:
    """Entry of a stored state."""
    return SUMS + orjson.dumps(list(cell)), orjson.dumps(list(sums))


def decode_cell(key: bytes, value: bytes) -> tuple[Cell, Sums]:
    """Read :func:`encode_cell`.

    Raises:
        ValueError: this is no such entry.

    """
    try:
        return Cell(*orjson.loads(key[len(SUMS) :])), Sums.read(orjson.loads(value))
    except TypeError as error:
        raise ValueError(f"not counts of quality: {error}") from error
