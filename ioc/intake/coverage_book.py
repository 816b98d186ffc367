"""Coverage of a whole province, put together from what the partitions have written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import orjson

from ioc.catalog import Catalogue
from ioc.detect.bts import CoverageRules
from ioc.detect.bts.coverage import CLASSES, DAY_S, CellDays, CoverageClass, Samples, centre_of, class_of

ROW_PREFIX: Final = b"cover/row/"
"""Of the state's keys: cell, operator and technology follow as a JSON array."""

RowKey = tuple[int, str, str]
"""Cell, operator, technology."""


def row_key(name: bytes) -> RowKey:
    """Read a key of the state."""
    cell, operator, technology = orjson.loads(name[len(ROW_PREFIX) :])
    return cell, operator, technology


def row_name(key: RowKey) -> bytes:
    """A key of the state."""
    return ROW_PREFIX + orjson.dumps(key)


class CoverageRow(NamedTuple):
    """Coverage of one cell, operator and technology.

    Attributes:
        cell: H3 index, hexadecimal.
        commune: Code of the commune in which its centre lies.
        commune_name: Name of it.
        centre: Operations centre of it.
        operator: Whose signal.
        technology: ``2G`` to ``5G``.
        samples: Within the days that count.
        coverage: Its class.

    """

    cell: str
    commune: str
    commune_name: str
    centre: str
    operator: str
    technology: str
    samples: Samples
    coverage: CoverageClass


class CoverageBook:
    """Adds up what several partitions know of a row: here a cell has one class, whoever serves it.

    Args:
        rules: When a cell has coverage.
        catalogue: Knows where cells are.

    """

    def __init__(self, rules: CoverageRules, catalogue: Catalogue) -> None:
        self._rules = rules
        self._catalogue = catalogue
        self._parts: dict[RowKey, list[CellDays]] = {}

    def add(self, name: bytes, value: bytes) -> None:
        """Take in a row of a partition."""
        days = CellDays.decode(value, self._rules.days)
        if days is not None:
            self._parts.setdefault(row_key(name), []).append(days)

    def rows(self, now_ms: int) -> Iterator[CoverageRow]:
        """All rows with samples at a time, by commune, operator, technology and cell."""
        return iter(sorted(self._rows(now_ms), key=lambda row: (row.commune, row.operator, row.technology, row.cell)))

    def _rows(self, now_ms: int) -> Iterator[CoverageRow]:
        today = now_ms // 1000 // DAY_S
        for (cell, operator, technology), parts in self._parts.items():
            within = [part.within(self._rules, today) for part in parts]
            samples = Samples(*map(sum, zip(*within, strict=True)))
            if samples.total:
                where = self._catalogue.locate(*centre_of(cell))
                yield CoverageRow(
                    f"{cell:x}", where.commune, where.commune_name, where.centre, operator, technology, samples,
                    class_of(self._rules, samples),
                )  # fmt: skip


def summary(rows: Iterator[CoverageRow]) -> Mapping[tuple[str, str, str], Counter[CoverageClass]]:
    """Cells by class of each commune (name), operator and technology, in the rows' order."""
    found: dict[tuple[str, str, str], Counter[CoverageClass]] = {}
    for row in rows:
        counts = found.setdefault((row.commune_name, row.operator, row.technology), Counter(dict.fromkeys(CLASSES, 0)))
        counts[row.coverage] += 1
    return found
