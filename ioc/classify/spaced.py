"""Numbers of papers and accounts whose digits stand apart, behind what they are: "sổ số TB 44 120 9"."""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.personal import AS_DIGITS, Kind, Span
from ioc.classify.phones import MONEY_AFTER

_APART: Final = re.compile(r"[\doi][ .][\doil]{1,4}[ .][\doil]")
"""What every such number has: most texts have none."""
_NUMBER: Final = (
    r"([a-z]{1,2} |[a-z] [a-z] |[a-z]{1,2}(?=\d))?((?=\d|[oi]\d)[\doil]{1,4}(?:[ .][\doil]{1,4}){2,14})"
    r"(?:(?<=\d)|(?<=\d[oil]))(?![\w/-]|[.,]\d)"
)
_PAPER: Final = re.compile(
    r"(?<!\w)(?:cccd|cmnd|cmdn|cmt|can cuoc|ho chieu|passport|giay phep|giay to|gplx|bang lai|so so|the so|so the"
    r"|ban sao the|the (?:sinh vien|hoc sinh|bhyt|bh|nha bao|dang)|so bh|ma bh|so do|so hong|so cu|hop dong|bhyt|bhxh"
    rf"|thuong binh)(?!\w)(?:[^\d.!?;\n]|\d/\d){{0,45}}?[ :,](?:(?:so|ma|la)\W{{1,2}})?{_NUMBER}"
)
_ACCOUNT: Final = re.compile(
    r"(?<!\w)(?:s?tk|tai (?:khoan|khaon|khoa|khoang|khon)|bidv|vcb|vietcombank|agribank|techcombank|mb|acb|vietinbank)"
    rf"(?!\w)[^\d.!?;\n]{{0,30}}?[ :,]{_NUMBER}"
)
_KINDS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (("id_number", _PAPER), ("account", _ACCOUNT))
_LEAST: Final = 6
"""Fewer digits are a size or a time."""
_LEAST_WRITTEN: Final = 5
"""So many of them are digits, the others letters that look like some."""
_PHONE: Final = re.compile(r"0[35789]\d{8}$")


def find_spaced(plain: str, text: str) -> list[Span]:
    """Numbers of papers and accounts; phone numbers and amounts of money are left to others.

    Args:
        plain: The text without marks and capitals.
        text: As written: letters before a number are a part of it in capitals only.

    """
    found: list[Span] = []
    if not _APART.search(plain):
        return found
    for kind, pattern in _KINDS:
        for number in pattern.finditer(plain):
            digits = re.sub(r"\D", "", number[2].translate(AS_DIGITS))
            real = sum(map(str.isdigit, number[2]))
            if len(digits) < _LEAST or real < _LEAST_WRITTEN or _PHONE.match(digits):
                continue
            lettered = number[1] is not None and text[number.start(1) : number.end(1)].isupper()
            if not MONEY_AFTER.match(plain, number.end()):
                found.append(Span(number.start(1 if lettered else 2), number.end(), kind))
    return found
