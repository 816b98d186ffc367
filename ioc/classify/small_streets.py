"""Houses before streets without capitals, or that no list has: "trước cửa số 90 lê lai", "spa 102 Hoa Ban".

A street is known by the word before the house's number together with its own form: it is called after somebody
(surname and one or two words), or its words have capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.person_streets import FIRST, person_end
from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicSpans
from ioc.classify.streets import DAY, chain

_HOUSE: Final = re.compile(r"\d(?<![\w.,:/-].)(?:\d{0,3}[a-z]?(?:/\d{1,4}[a-z]?)*) (?=[^\W\d_])")
"""A number before a word; its first digit is asked for first, because it is found fast."""
_CUE: Final = re.compile(
    r"(?<!\w)(?:so|o|tai|nha|so nha|dc|d/c|dia chi|doi dien|canh|gan|truoc|truoc cua|truoc cong|ngu|tru|tro|quan|shop"
    r"|spa|tiem|karaoke|homestay|ks|khach san|nha nghi|tap hoa|cua hang|sn|dc ghi|ve|den|la)[ :]{1,2}$"
)
_NO_HOUSE: Final = re.compile(
    r"(?<!\w)(?:cap|lop|tuyen|truong|phuong|khu|to|thon|tang|km|lo|xe|bus|buyt|mo|ca|phong|quan|thpt|thcs)\s(?:so )?$"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 3
"""Characters of a number of two digits and the blank behind it."""
_SHOPS: Final = cues("spa tiem shop karaoke homestay hostel quan nail".split())  # noqa: SIM905 (a list of words)
_IN_SHOP: Final = re.compile(r"(?<!\w)(?:spa|tiem|shop|karaoke|homestay|hostel|quan|nail)(?: [^\W\d_]+){0,3} $")
_SHOP_AHEAD: Final = 40
_PLACES: Final = (" ở ", " tại ", "đc ", "đc ghi ", " địa chỉ ")
_AT_HOME: Final = re.compile(r"(?P<first>[^\W\d_]{2,7}) [^\W\d_]{1,7}(?=[,.;!?)\n]|$)")
"""All between the word for where somebody is and the next mark: a number of some length, and two words."""
_COUNTED: Final = frozenset(
    "độ người hộ nhà cửa căn tầng phòng mét năm tuổi ngày tháng giờ phút khu xã phường tỉnh huyện điểm nơi chỗ bãi trạm"  # noqa: SIM905 (a list of words)
    " bên góc cơ gia trường chợ quán ngã đoạn tuyến đường ngõ hẻm ngách tổ thôn xóm nước bản đảo cảng tàu xe cái con"
    " lít lần anh chị em ông bà cháu bạn triệu nghìn ngàn đồng tỷ thằng đứa".split()
)
"""What is counted, where it is no street."""


def find_small_streets(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Addresses of these kinds; ``words``: the text's, folded, that any finder asks for."""
    plain, text = views.plain, views.text
    shops = not words.isdisjoint(_SHOPS)
    for found in _HOUSE.finditer(plain, *views.numbers):
        start, end = found.span()
        street = 0
        if shops and end - start >= _SHORTEST and _IN_SHOP.search(plain, max(0, start - _SHOP_AHEAD), start):
            street = _capitals_end(views, end) or person_end(views, end, cued=False)
        if not street and text[end].islower():
            if plain[end : plain.find(" ", end)] in FIRST:
                street = _after_somebody(views, start, end)
            elif text.endswith(_PLACES, 0, start):
                street = _at_home(views, start, end)
        if street and not DAY.fullmatch(plain, start, end - 1):
            yield Span(start, chain(views, street, public), "address")


def _after_somebody(views: Views, start: int, end: int) -> int:
    """Where a street ends that is called after somebody, behind a house's number; 0: there is none."""
    plain = views.plain
    if _NO_HOUSE.search(plain, max(0, start - 12), start) or not _CUE.search(plain, max(0, start - 14), start):
        return 0
    return person_end(views, end, cued=True)


def _at_home(views: Views, start: int, end: int) -> int:
    """Where two words end that are all between a house's number and the next mark; 0: they are no street."""
    found = _AT_HOME.match(views.text, end)
    if found is None or end - start < _SHORTEST or found["first"] in _COUNTED or found[0].isascii():
        return 0
    return found.end()


def _capitals_end(views: Views, start: int) -> int:
    """Where two or three words with capitals end that begin at an offset; 0: none do."""
    end, at = 0, start
    for count in range(4):
        word = _WORD.match(views.text, at)
        if word is None or not word[0].istitle():
            break
        if count == 3:
            return 0
        end = word.end() if count else 0
        at = word.end() + 1
        if views.text[word.end() : at] != " ":
            break
    return end
