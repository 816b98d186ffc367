"""Plates of vehicles and registrations of boats; routes, times and lamp posts are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.personal import Span

_PLATE: Final = re.compile(
    r"(?<![a-z\d])t[1-9]\d[ -]{0,2}\d{3}[ .]?\d{2}(?!\d)|(?<![\d.,/-])(?<![a-z][a-z]-)[1-9]\d\s?[-._]?\s?"
    r"(?:ld|da|kt|ng|qt|nn|md\d?|hc|td|rm|mk|[a-z][ -]?\d(?=[ .-])|[a-z]\d|[a-z]|[a-hk-np-z]{2})\s?[-._/ ]?\s?"
    r"(?:\d{3}\s?[., -]?\s?\d{2}|\d{2}[. ]\d{3}|\d{4})(?!\d|[.,]\d)"
)
_SPACED: Final = re.compile(
    r"[1-9](?<![\d.,/-].)(?<!\d .) ?\d[ -]{0,3}[a-z]{1,2} ?\d?[ .-]{0,3}\d ?\d ?\d ?\. ?\d ?\d(?! ?\d|[.,]\d)"
)
"""With digits apart, and the point that stands before the last two: "14 F1-8 8 2 . 07"."""
_DIPLOMAT: Final = re.compile(r"(?<![\d-])\d\d[ -]\d{3}[ -](?:ng|nn|qt)[ -]\d\d(?!\d)")
_PLATE_AFTER_CUE: Final = re.compile(
    r"(?<!\w)(?:bks|bs|bien so(?: xe)?|bien kiem soat|bienn?(?: xe)?|xe|plate|number|车牌号?)\W{0,3}(?:la\s+|so\s+|是)?"
    r"(\d\d[ .-]{0,3}[a-z]{1,2}\d?(?:[ .-]{0,3}\d){4,5})(?!\w)"
)
_ARMY: Final = re.compile(
    r"(?<!\w)(?:xe|bien(?: do| so)?|bs|bks)(?:\s(?:quan doi|quan su|bo doi|do|so))*"
    r"\W{0,3}([a-z]{2}[ -]?\d{2}[ -]\d{2})(?![\d-])"
    r"|(?<!\w)(?:bien (?:do|lao)|quan doi|quan su|bo doi)\W{1,3}([a-z]{2}[ -]?\d{4})(?![\d-])"
)
_BOAT: Final = re.compile(
    r"(?<![a-z\d])([a-z]{2,3}[ -]{0,2}\d{4,5}[ -]{0,2}(?:ts|kn|bp|hq|du))(?!\w)"
    r"|(?:(?<!\w)(?:sa lan|xa lan|be|bo bo|phao|tau|xuong|thuyen|ghe|do|boat|ship|yacht|cruise|canoe?|ca no|so hieu"
    r"|so dang ky)(?:\s+[a-z]+){0,4}?\s*[:,]?\s*"
    r"|(?<=[船艇]))((?:qn|hp|th|na|nd|tb)[ -]{0,2}\d{4,5}(?:[ -]{0,2}(?:ts|kn|bp|hq|du))?)(?![a-z\d])"
)
_HAN_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][·• .-]?[a-z\d]{5,6}(?![a-z\d])"
)
_FOUR_DIGITS: Final = re.compile(r"[a-z][ -]{0,2}\d{4}")
_FOUR_PARTED: Final = re.compile(r"[a-z][ -]?\d\d[ -]?\d\d(?!\d)")
_ROUTE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:ql|tl|dt|quoc lo|tinh lo|duong|lo|km|(?<!o )to|khu|ngo|luc|hoi|khoang|den|tu)\s?$"
)
_UNMISTAKABLE: Final = re.compile(r"\d\d[ .-]?[a-z][ -]?\d[ .-]{0,2}\d{3}[ .]?\d\d$|\d\d[a-z][ .-]{0,2}\d{3}[.]\d\d$")
"""What no route and no time looks like, whatever stands before: "xe màu đen 14b9 55573"."""
_CLOCK: Final = re.compile(r"\d\d\s?[hgm]\W{0,3}(?:19|20)\d\d$")


def find_plates(plain: str, places: tuple[int, int]) -> Iterator[Span]:
    """Plates.

    Args:
        plain: The text; letters that stand for digits read as such.
        places: Where its numbers are (``within``).

    """
    yield from (Span(*found.span(1), "plate") for found in _PLATE_AFTER_CUE.finditer(plain, 0, places[1]))
    if "-nn-" in plain or "-ng-" in plain or "-qt-" in plain:
        yield from (Span(*found.span(), "plate") for found in _DIPLOMAT.finditer(plain))
    if "." in plain:
        yield from (Span(*found.span(), "plate") for found in _SPACED.finditer(plain, *places))
    for found in _PLATE.finditer(plain, *places):
        if _UNMISTAKABLE.match(found[0]) or not (
            _CLOCK.match(found[0]) or _ROUTE_BEFORE.search(plain, max(0, found.start() - 10), found.start())
        ):
            yield Span(*found.span(), "plate")


def find_boats(plain: str, places: tuple[int, int]) -> Iterator[Span]:
    """Short plates, of boats, of the army, of other countries; as of ``find_plates``."""
    if _FOUR_PARTED.search(plain, *places):
        yield from (Span(*found.span(found.lastindex or 0), "plate") for found in _ARMY.finditer(plain))
    if not plain.isascii():
        yield from (Span(*found.span(), "plate") for found in _HAN_PLATE.finditer(plain))
    if _FOUR_DIGITS.search(plain, *places):
        for found in _BOAT.finditer(plain):
            yield Span(*found.span(found.lastindex or 0), "plate")
