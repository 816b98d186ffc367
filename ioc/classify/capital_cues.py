"""Names with capitals that a place or an ordinary word is called, too, by what stands beside them.

"gặp Anh Thư (0382 …)", "cô Bạch Tuyết, bảo mẫu", "bạn Lưu Ly lớp 9A2".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ioc.classify.candidates import AND, WHERE
from ioc.classify.lists import KNOWN, Letters
from ioc.classify.personal import Span
from ioc.classify.slips import SYLLABLE
from ioc.classify.surroundings import Surroundings
from ioc.classify.words import Words

_LONGEST: Final = 3
_NAMED: Final = Letters("GK")
_PLACES: Final = frozenset("Pp")
_CALLS: Final = frozenset(
    "or call contact gặp gọi gap goi lh hệ he hỏi hoi tôi toi em mình minh".split()  # noqa: SIM905 (a list of words)
)
"""Right before whom one calls, or oneself."""
_CLASSES: Final = frozenset(("lớp", "lop"))
_APART: Final = frozenset((",", "("))
_TITLES: Final = frozenset("anh chị cô chú bác ông bà em bạn thầy".split())  # noqa: SIM905 (a list of words)
_KIN: Final = frozenset("con vợ chồng".split())  # noqa: SIM905 (a list of words)
_NO_PUN: Final = frozenset(
    "anh chị ông bà cô chú bác em con cháu tôi mình công trung xã phường huyện tỉnh việt nam nhà đường phố khu tổ thôn"  # noqa: SIM905 (a list of words)
    " bộ sở ban hội đảng bắc đông tây hà hạ hòa hoa tết tân hải sơn long mỹ nga ý".split()
)
"""What is written with a capital and without in ordinary reports."""
_TIMES: Final = frozenset("thứ tháng mùa ngày năm tết".split())  # noqa: SIM905 (a list of words)
_APPOSITION: Final = 5
"""Words up to which who somebody is ends with a comma."""
_RUN: Final = re.compile("U+")
_ANH: Final = "anh"


def may_be_cued(words: Words, contacts: Sequence[Span]) -> bool:
    """Whether a text has anything beside which these stand: most need no closer look."""
    return bool(contacts) or ", con " in words.text or ", vợ " in words.text


def find_cued(text: Surroundings) -> list[tuple[int, int]]:
    """First word of each name and the one behind it; capitals have to say something in the text."""
    words = text.words
    found = [(at, at + 1) for at in _apposed(words)]
    if text.has_contacts:
        for run in _RUN.finditer(words.caps):
            begin, end = run.span()
            while any(words.gaps[at] != "_" for at in range(begin + 1, end)):
                begin += 1
            if end - begin <= _LONGEST and _is_contact(text, begin, end):
                found.append((begin, end))
    return found


def with_first(words: Words, names: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names with the "Anh" before them that within a sentence has a capital, as only the first of two names has."""
    found = []
    for begin, end in names:
        first = begin - 1
        longer = (
            end - begin == 1
            and first > 0
            and words.low[first] == _ANH
            and words.caps[first] == words.caps[begin] == "U"
            and words.gaps[begin] == words.gaps[first] == "_"
            and words.caps[first - 1] == "l"
        )
        found.append((begin - longer, end))
    return found


def _is_contact(text: Surroundings, begin: int, end: int) -> bool:
    """Whether a phone stands beside words that are in brackets, or that somebody is to call."""
    words = text.words
    if not _NAMED[words.codes[end - 1]] or words.sign(begin)[:1] in _PLACES:
        return False
    before = words.low[begin - 1] if begin and words.gaps[begin] == "_" else ""
    if words.gaps[begin] != "(" and before not in AND and before not in _CALLS:
        return False
    apart = end < len(words.low) and words.gaps[end] in _APART
    return (apart or words.between(end).startswith((" (", ", "))) and text.is_near(begin, end)


def is_told_of(words: Words, begin: int, end: int) -> bool:
    """Whether a title stands before two words, and behind them what somebody is, or a class."""
    if end - begin != 2 or not begin or words.gaps[begin] != "_" or words.low[begin - 1] not in _TITLES:
        return False
    if end + 1 >= len(words.low) or any(not KNOWN[words.codes[at]] for at in range(begin, end)):
        return False
    if words.gaps[end] == ",":
        return words.between(end) == ", " and words.is_role(end)
    return words.gaps[end] == "_" and words.low[end] in _CLASSES


def _apposed(words: Words) -> Iterator[int]:
    """Words that begin a sentence, and behind which, between commas, stands whose kin somebody is."""
    for behind in [behind for kin in _KIN.intersection(words.low) for behind in words.everywhere(kin)]:
        at = behind - 1
        if at < 0 or words.caps[at] != "U" or words.between(behind) != ", " or not words.begins(at):
            continue
        if words.sign(behind) or words.low[at] in _KIN or not SYLLABLE.fullmatch(words.plains[at]):
            continue
        ends = next((end for end in range(behind + 1, len(words.low)) if words.gaps[end] != "_"), 0)
        if behind + 1 < ends < behind + _APPOSITION and words.between(ends).startswith(", "):
            yield at


def is_twice(words: Words, at: int) -> bool:
    """Whether a word has its capital within a sentence, and none where the text has it again: "Tiền lấy tiền"."""
    low = words.low[at]
    if words.low.count(low) < 2 or not at or words.gaps[at] != "_" or words.caps[at - 1] != "l" or low in _NO_PUN:
        return False
    if words.style[1] == "-" or not any(words.caps[other] == "l" for other in words.everywhere(low)):
        return False
    before, both = words.low[at - 1], f"{low} {words.next_word(at)}"
    if before in WHERE or before in _TIMES or not KNOWN[words.codes[at]]:
        return False
    if words.sign(at)[:1] in _PLACES:
        return False
    return both not in words.lists.compounds and both not in words.lists.offices
