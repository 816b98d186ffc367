"""The lines of one station file: bytes in, lines and faults out.

``<symbol> TAB <value> TAB <unit> TAB <YYYYMMDDhhmmss> TAB <status> CR LF``, one line per quantity: Thông tư
10/2021/TT-BTNMT, Phụ lục 15, as loggers write it. What they vary is taken as well: ``;``, ``|`` or blanks between
the columns, a decimal comma, LF or CR alone, a byte order mark, UTF-16 and the Windows code page.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import isfinite
from typing import Final

STATUSES: Final = ("00", "01", "02")
"""Measuring, calibrating, device error (Thông tư 10/2021/TT-BTNMT)."""

MAX_TEXT: Final = 200
"""Characters of a bad line that are kept to show."""

_COLUMNS: Final = 5
_ENDS: Final = re.compile(rb"\r\n|\n|\r")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,30}(?:[.,]\d{0,30})?|[.,]\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NO_NUMBER: Final = frozenset({"nan", "inf", "null", "none", "na", "n/a", "-", "--", "---", ""})
_TIME: Final = re.compile(r"\d{14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity of one cycle.

    Attributes:
        number: Of the line in its file, from 1.
        symbol: As written.
        value: Mean of the cycle, in ``unit``.
        unit: As written.
        at: End of the cycle by the station's clock, aware.
        status: ``00`` measuring, ``01`` calibrating, ``02`` device error.

    """

    number: int
    symbol: str
    value: float
    unit: str
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be used, and why.

    Attributes:
        line: Its number, from 1; 0 for the whole file.
        code: Short code of a closed set: those of events, and ``columns``, ``unfinished``, ``station``.
        reason: What was expected, for who looks after the station.
        text: The line, shortened.

    """

    line: int
    code: str
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """What a file holds.

    Attributes:
        lines: Those that can be read.
        faults: The others.
        finished: Whether it ends with a line end. One that does not may still be being written.

    """

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    finished: bool


class _BadLineError(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def read_lines(raw: bytes, zone: tzinfo) -> Lines:
    """Read a file; never fails, whatever the bytes are.

    Args:
        raw: Its content.
        zone: Of the station's clock; its times have no offset.

    """
    raw = _utf8(raw)
    *whole, rest = _ENDS.split(raw)
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, content in enumerate([*whole, rest], start=1):
        text = _text(content)
        if not text.strip():
            continue
        try:
            lines.append(_line(number, text, zone, complete=number <= len(whole)))
        except _BadLineError as error:
            faults.append(Fault(number, error.code, error.reason, text[:MAX_TEXT]))
    if not lines and not faults:
        faults.append(Fault(0, "empty", "the file has no line"))
    return Lines(tuple(lines), tuple(faults), finished=bool(whole) and not rest)


def _utf8(raw: bytes) -> bytes:
    """Bytes without byte order mark; UTF-16 becomes UTF-8."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace").encode()
    return raw.removeprefix(codecs.BOM_UTF8)


def _text(content: bytes) -> str:
    """Text of a line: UTF-8, else the Windows code page, which has ``µ``, ``³`` and ``°`` where Latin-1 has them."""
    try:
        return content.decode().lstrip("\ufeff")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _line(number: int, text: str, zone: tzinfo, *, complete: bool) -> Line:
    if "\0" in text:
        raise _BadLineError("characters", "the line holds NUL characters, as after a power cut")
    columns = _split(text)
    if len(columns) != _COLUMNS:
        if not complete:
            raise _unfinished()
        raise _BadLineError("columns", f"expected {_COLUMNS} columns (symbol, value, unit, time, status)")
    symbol, value, unit, time, status = columns
    if not symbol:
        raise _BadLineError("missing", "symbol: required")
    at = _at(time, zone)
    return Line(number, symbol, _value(value), unit, at, _status(status, complete=complete))


def _split(text: str) -> list[str]:
    for separator in "\t;|":
        if separator in text:
            columns = [column.strip() for column in text.split(separator)]
            while len(columns) > _COLUMNS and not columns[-1]:
                columns.pop()
            return columns
    return text.split()


def _value(text: str) -> float:
    if text.casefold() in _NO_NUMBER:
        raise _BadLineError("not_finite", "value: the station gives none")
    if not _NUMBER.fullmatch(text):
        raise _BadLineError("type", "value: must be a number, without separators of thousands")
    value = float(text.replace(",", "."))
    if not isfinite(value):
        raise _BadLineError("out_of_range", "value: must be finite")
    return value


def _at(text: str, zone: tzinfo) -> datetime:
    if not _TIME.fullmatch(text):
        raise _BadLineError("time", "time: must be YYYYMMDDhhmmss, local time")
    try:
        return datetime(
            int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:]),
            tzinfo=zone,
        )  # fmt: skip
    except ValueError:
        raise _BadLineError("time", "time: there is no such day or hour") from None


def _status(text: str, *, complete: bool) -> str:
    if not complete and len(text) < len(STATUSES[0]):
        raise _unfinished()  # 0 may be the half of 00 or of 02
    status = text.zfill(2)
    if not text or status not in STATUSES:
        raise _BadLineError("not_allowed", f"status: must be one of {', '.join(STATUSES)}")
    return status


def _unfinished() -> _BadLineError:
    return _BadLineError("unfinished", "the file ends within this line")
