"""What looks like a name and is nobody's, by what stands right before or behind it, whatever speaks for it."""

from __future__ import annotations

from typing import Final

from ioc.classify.called import CALLED
from ioc.classify.words import Words

_HE: Final = frozenset(("ý", "y", "ấy", "ta"))
"""Behind a title they make it "he" or "she": "anh y" is "anh ấy"."""
_YEARS: Final = frozenset(("năm", "tuổi", "giờ"))
_BEASTS: Final = frozenset("tý sửu dần mão thìn tỵ ngọ mùi thân dậu tuất hợi".split())  # noqa: SIM905 (a list of words)
_STEMS: Final = frozenset("giáp ất bính đinh mậu kỷ canh tân nhâm quý".split())  # noqa: SIM905 (a list of words)
"""With these before a beast a year is called."""
_ABOUT: Final = frozenset(("khoang", "khoảng", "tam", "tầm"))
"""Before a number they are "about"."""
_STREETS: Final = frozenset(("pho", "duong", "ngo", "phố", "đường", "ngõ"))
_MONTHS: Final = frozenset(("thang", "thg"))
_DOCTOR: Final = frozenset(("sỹ", "sĩ", "sy", "si"))
_DOCTORS: Final = frozenset(("bác", "bac"))
_REAL: Final = frozenset(("that", "thật"))
"""Behind the word for a name it is the real one."""
_OF_PROVINCE: Final = frozenset(("bv", "bac", "cap", "ubnd", "vien"))
"""Before the word for a province without its mark."""
_NOT: Final = frozenset(("phải", "phai"))
_OFFICES: Final = frozenset(("ubnd", "hđnd", "hdnd"))
_HOME: Final = frozenset(("que", "quê"))
_FAMILY: Final = frozenset(("ho", "họ"))
_OTHERS: Final = _OFFICES | _HOME | _FAMILY
_AT: Final = frozenset(("o", "ở", "tai", "tại"))
_OF: Final = frozenset(("của", "cua"))
_AND: Final = frozenset(("và", "va"))
_BOOKS: Final = frozenset("sách truyện thơ văn sach truyen".split())  # noqa: SIM905 (a list of words)
_NOT_CALLED: Final = frozenset(("nick", "hoi", "hội"))
"""Behind the word for a name these say whose or which it is: "mang ten hoi chu thap do"."""
_QUARTER: Final = frozenset(("quý", "quy"))
_COUNTED: Final = frozenset(("hai", "ba", "mấy", "may", "các", "cac"))
"""Before who somebody is: "cam on hai chien si"."""
_REPORT: Final = ("phan", "anh")
"""What is no title without its marks: "xin phan anh mui"."""
_NAME_SPAN: Final = 3


def is_nobody(words: Words, begin: int, end: int) -> bool:
    """Whether the words from ``begin`` up to ``end`` are no name where they stand."""
    low, length = words.low, end - begin
    if length > 2:
        return False
    first = low[begin]
    if length == 1 and first in _OTHERS and _is_other_word(words, begin):
        return True
    if length == 2 and words.caps[begin] == "U" and _has_written(words, begin):
        return True
    if words.caps[begin] == "l" and _belongs_beside(words, begin, end):
        return True
    if length == 1 and words.caps[begin] == "l" and first in _ABOUT and words.between(end).strip()[:1].isdigit():
        return True
    if length == 2 and first in _YEARS and (low[begin + 1] in _STEMS or low[begin + 1] in _BEASTS):
        return True
    if not begin or words.gaps[begin] != "_":
        return False
    before = low[begin - 1]
    if before in _STREETS or (first in _DOCTOR and before in _DOCTORS and length == 1):
        return True
    if before in _YEARS and (low[end - 1] in _BEASTS or first in _BEASTS):
        return True
    if length == 2:
        return False
    if words.caps[begin] == "l" and (first in _REAL or first == "tinh") and before in (CALLED | _OF_PROVINCE):
        return (first in _REAL) == (before in CALLED)
    if before in CALLED and first in _NOT_CALLED and words.caps[begin] == "l":
        return True
    if before in CALLED:
        return begin > 1 and low[begin - 2] in _NOT
    if words.caps[begin] != "l":
        return False
    if before in _MONTHS:
        return words.between(begin - 1).strip().isdigit()
    return before == "tôi" or (first in _HE and (first == "ý" or words.sign(begin)[:1] in {"T", "t"}))


def _is_other_word(words: Words, at: int) -> bool:
    """Whether a single word is an office, or without capital says where somebody is from, or is a part of "name"."""
    low = words.low[at]
    if low in _OFFICES:
        return True
    if words.caps[at] != "l":
        return False
    follows = words.next_word(at)
    return (low in _HOME and follows in _AT) or (low in _FAMILY and follows in CALLED)


def _belongs_beside(words: Words, begin: int, end: int) -> bool:
    """Whether words without capitals belong to what stands beside them: a quarter, a soldier, a report."""
    low, last = words.low, end - 1
    if low[last] in _QUARTER and words.between(end).strip()[:1] in {"1", "2", "3", "4"}:
        return True
    if end - begin == 2:
        return low[begin] in _COUNTED and words.is_role(last)
    if low[begin] == "vụ":
        return True
    before = words.low[max(0, begin - 2) : begin]
    return before == _REPORT and words.gaps[begin - 1] == "_"


def _has_written(words: Words, begin: int) -> bool:
    """Whether two words with capitals are who wrote a book: "sách của …", "sách của … và …"."""
    at = begin - 1
    if at > _NAME_SPAN and words.low[at] in _AND:
        at -= _NAME_SPAN
    return at > 0 and words.low[at] in _OF and words.low[at - 1] in _BOOKS
