"""What looks like a name and is nobody's, by what stands right before or behind it, whatever speaks for it."""

from __future__ import annotations

from typing import Final

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
_CALLED: Final = frozenset(("tên", "ten"))


def is_nobody(words: Words, begin: int, end: int) -> bool:
    """Whether the words from ``begin`` up to ``end`` are no name where they stand."""
    low, length = words.low, end - begin
    if length > 2:
        return False
    first = low[begin]
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
    if words.caps[begin] == "l" and (first in _REAL or first == "tinh") and before in (_CALLED | _OF_PROVINCE):
        return (first in _REAL) == (before in _CALLED)
    if before in _CALLED:
        return begin > 1 and low[begin - 2] in _NOT
    if words.caps[begin] != "l":
        return False
    if before in _MONTHS:
        return words.between(begin - 1).strip().isdigit()
    return before == "tôi" or (first in _HE and (first == "ý" or words.sign(begin)[:1] in {"T", "t"}))
