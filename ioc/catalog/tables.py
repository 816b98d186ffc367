"""Rows of the province's CSV files: strict reading, every complaint with file, line and column."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ioc.catalog.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which a row is in force, both ends included; ``None`` is open."""

    first: date | None
    last: date | None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file."""

    file: str
    line: int
    cells: Mapping[str, str]

    def error(self, column: str, reason: str) -> CatalogueError:
        """The complaint about one cell."""
        return CatalogueError(self.file, self.line, column, reason)

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.cells[column]
        if not value:
            raise self.error(column, "must not be empty")
        return value

    def optional(self, column: str) -> str | None:
        """A cell that may be empty."""
        return self.cells[column] or None

    def among(self, column: str, allowed: Collection[str], what: str) -> str:
        """A cell whose value is one of a known set."""
        value = self.text(column)
        if value not in allowed:
            raise self.error(column, f"{value!r} is no {what}")
        return value

    def several(self, column: str, allowed: Collection[str], what: str) -> tuple[str, ...]:
        """A cell of values separated by semicolons, perhaps empty."""
        values = tuple(part.strip() for part in self.cells[column].split(";") if part.strip())
        for value in values:
            if value not in allowed:
                raise self.error(column, f"{value!r} is no {what}")
        return values

    def flag(self, column: str) -> bool:
        """``yes`` or empty."""
        if self.cells[column] not in {"", "yes"}:
            raise self.error(column, f"expected yes or nothing, found {self.cells[column]!r}")
        return self.cells[column] == "yes"

    def minutes(self, column: str) -> int:
        """A whole number of minutes, at least 1."""
        value = self.text(column)
        if not value.isdecimal() or int(value) < 1:
            raise self.error(column, f"expected minutes, a whole number above 0, found {value!r}")
        return int(value)

    def degrees(self, column: str, low: float, high: float) -> float | None:
        """A coordinate within bounds, or nothing."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            raise self.error(column, f"expected degrees, found {value!r}") from None
        if not low <= number <= high:
            raise self.error(column, f"{value} lies outside the province's box {low} to {high}")
        return number

    def period(self) -> Period:
        """``valid_from`` to ``valid_to``."""
        period = Period(self._day("valid_from"), self._day("valid_to"))
        if period.first and period.last and period.first > period.last:
            raise self.error("valid_to", "is before valid_from")
        return period

    def _day(self, column: str) -> date | None:
        value = self.cells[column]
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.error(column, f"expected a day like 2025-07-01, found {value!r}") from None


def read_rows(files: Mapping[str, bytes], file: str, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a CSV file that has at least these columns; others are left alone."""
    lines = read_text(files, file).splitlines()
    reader = csv.reader(lines)
    header = next(reader, [])
    for column in columns:
        if column not in header:
            raise CatalogueError(file, 1, column, "the column is missing")
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            raise CatalogueError(file, reader.line_num, "", f"expected {len(header)} cells, found {len(cells)}")
        stripped = (cell.strip() for cell in cells)
        yield Row(file, reader.line_num, dict(zip(header, stripped, strict=True)))


def read_text(files: Mapping[str, bytes], file: str) -> str:
    """A file as text; a byte order mark, which spreadsheets write, is dropped."""
    if file not in files:
        raise CatalogueError(file, 0, "", "the file is missing from the province's folder")
    try:
        return files[file].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = files[file][: error.start].count(b"\n") + 1
        raise CatalogueError(file, line, "", "is not UTF-8") from None
