"""What is wrong with province data, said so that the person who edited the file finds the place."""

from __future__ import annotations


class CatalogueError(ValueError):
    """A province data file cannot be used.

    Attributes:
        file: Name of the file in the province's folder.
        line: Line in it, from 1; 0 for the file as a whole.
        column: Name of the column or key; empty for the whole line.
        reason: What was expected, with the value that was found.

    """

    def __init__(self, file: str, line: int, column: str, reason: str) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
        place = file + (f", line {line}" if line else "") + (f", {column}" if column else "")
        super().__init__(f"{place}: {reason}")
