"""Coverage of the whole province: samples of a cell are added up over the partitions of the sites that serve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, Protocol

import orjson

from ioc import metrics
from ioc.area.detector import AreaWriter
from ioc.detect.bts import CoverageRules
from ioc.detect.bts.coverage import CLASSES, MEASURED, CoverageClass, Samples, centre_of, class_of
from ioc.records import CoverageCount, Health, Signal

_RowKey = tuple[str, str, str]
"""Cell (H3 index, hexadecimal), operator, technology."""
_Part = tuple[int, int]
"""Partition, and number of a bunch of its rows."""
_Rows = tuple[tuple[_RowKey, Samples], ...]
_NONE: Final = Samples(0, 0, 0)


class Located(Protocol):
    """What is read of an answer to where something is."""

    @property
    def centre(self) -> str: ...


class Locates(Protocol):
    """What is asked of the catalogue."""

    def locate(self, lat: float | None = None, lon: float | None = None, /) -> Located: ...


class CoverageTotals:
    """Counts cells by centre and class: here a cell has one class, whoever serves it.

    Partitions tell bunches of rows as a whole, so what comes twice, or again after a crash, changes nothing.

    Args:
        rules: When a cell has coverage.
        places: Knows which centre a cell belongs to, by the cell's centre.

    """

    prefix = b"cells/"

    def __init__(self, rules: CoverageRules, places: Locates) -> None:
        self._rules = rules
        self._places = places
        self._parts: dict[_Part, _Rows] = {}
        self._totals: dict[_RowKey, Samples] = {}
        self._centres: dict[str, str] = {}
        self._counts: Counter[tuple[str, CoverageClass]] = Counter()

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one bunch of a partition."""
        try:
            _, partition, bucket = key.split(b"/")
            rows = tuple(((cell, by, on), Samples(*samples)) for cell, by, on, *samples in orjson.loads(value))
            self._swap((int(partition), int(bucket)), rows)
        except (TypeError, ValueError) as error:
            raise ValueError(f"not cells of a partition: {error}") from error

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:  # noqa: ARG002
        """Signals say nothing of coverage."""
        return signal

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:  # noqa: ARG002
        """Take in what a partition has counted."""
        for bunch in health.coverage:
            part, rows = (health.partition, bunch.bucket), _rows(bunch.rows)
            before = self._parts.get(part, ())
            if rows == before:
                continue
            self._swap(part, rows)
            writer.undo(partial(self._swap, part, before))
            key = self.prefix + b"%d/%d" % part
            if rows:
                writer.put(key, orjson.dumps([[*name, *samples] for name, samples in rows]))
            else:
                writer.delete(key)

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Partitions say what time makes of their samples."""

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:  # noqa: ARG002
        """Cells by centre and class, and the share of the measured ones that are ok.

        Measured are ``gap``, ``weak`` and ``ok``: ``no_data`` is neither coverage nor the lack of it.
        """
        figures: dict[tuple[str, ...], float] = {}
        for centre in {centre for centre, _ in self._counts}:
            for each in CLASSES:
                figures[metrics.BTS_COVERAGE_CELLS.name, centre, each] = self._counts[centre, each]
            if measured := sum(self._counts[centre, each] for each in MEASURED):
                figures[metrics.BTS_COVERAGE_RATIO.name, centre] = self._counts[centre, "ok"] / measured
        return figures

    def _swap(self, part: _Part, rows: _Rows) -> None:
        """Put a bunch in the place of the one before."""
        for key, samples in self._parts.pop(part, ()):
            self._add(key, samples, -1)
        for key, samples in rows:
            self._add(key, samples, 1)
        if rows:
            self._parts[part] = rows

    def _add(self, key: _RowKey, samples: Samples, sign: int) -> None:
        before = self._totals.pop(key, _NONE)
        after = Samples(*(had + sign * more for had, more in zip(before, samples, strict=True)))
        centre = self._centre(key[0])
        if before.total:
            self._counts[centre, class_of(self._rules, before)] -= 1
        if after.total:
            self._totals[key] = after
            self._counts[centre, class_of(self._rules, after)] += 1

    def _centre(self, cell: str) -> str:
        centre = self._centres.get(cell)
        if centre is None:
            centre = self._centres[cell] = self._places.locate(*centre_of(int(cell, 16))).centre
        return centre


def _rows(counts: Iterable[CoverageCount]) -> _Rows:
    return tuple(((each.cell, each.operator, each.technology), Samples(*each.samples)) for each in counts)
