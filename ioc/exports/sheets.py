"""Open data sets as tables: what columns they have, and lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "whole", "number", "time", "day"]

Row = Sequence[object]
"""Values by the columns' order; none where there is none. Times are aware."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: In the heading.
        type: Of its values.
        about: What it says, Vietnamese.

    """

    name: str
    type: Type
    about: str


def heading(columns: Sequence[Column]) -> bytes:
    """First line of a CSV file."""
    return lines([[column.name for column in columns]])


def lines(rows: Iterable[Row]) -> bytes:
    """Lines of a CSV file (RFC 4180 but for line ends), UTF-8.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat is not None else value
