"""Names with capitals behind which stands who it is, and nicknames by which child somebody was born.

"Hạnh Nguyên, em họ tôi, …", "Hà My, 10A2, …", "Nhung con chi Hao", "Mạnh Cường (thôn đội trưởng)", "ông Ba Gà".
"""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.candidates import AND, KIN, WHERE
from ioc.classify.lists import COMMON, COMMON_MARKED, GIVEN
from ioc.classify.slips import SYLLABLE
from ioc.classify.untitled import OWN, TIMES
from ioc.classify.words import Words

_APART: Final = frozenset((",", "(", "~"))
_NO_BEFORE: Final = WHERE | {"ngoài", "ngoai", "phố", "pho"}
_KIN: Final = frozenset("con cháu em vợ chồng chị anh bạn chau vo chong chi ban".split())  # noqa: SIM905 (a list of words)
_TITLES: Final = frozenset("anh chị chi bạn ban".split())  # noqa: SIM905 (a list of words)
"""Of these, what makes "they" with the next one: "anh em"."""
_WHOSE: Final = OWN | frozenset(("nhà", "nha", "chi", "co", "cụ", "chú", "cậu", "cau", "thầy"))
"""Behind the word for the kin: whose it is."""
_SIDES: Final = frozenset("họ trai gái ruột rể dâu nuôi út cả ho gai ruot re dau nuoi ut ca".split())  # noqa: SIM905 (a list of words)
"""Of which side the kin is."""
_CLASS: Final = re.compile(r",\s(?:lớp |lop |hs )?\d{1,2}[a-zA-Z]\d{0,2}(?!\w)")
_HOME: Final = frozenset(("quê", "que"))
_ROLES: Final = frozenset("TR")
_ROLE_WORDS: Final = 4
_BORN: Final = frozenset("hai ba tư năm sáu bảy tám chín mười út cả tu nam sau bay tam chin muoi ut".split())  # noqa: SIM905 (a list of words)
_NO_PEOPLE: Final = frozenset("PB")


def may_be_explained(words: Words) -> bool:
    """Whether capitals say something in a text: only then such names are looked for."""
    return words.style[0] == "c"


def find_explained(words: Words) -> list[tuple[int, int]]:
    """First word of each name and the one behind it."""
    found: list[tuple[int, int]] = []
    caps, gaps, low = words.caps, words.gaps, words.low
    last = len(low) - 1
    index = 0
    while index < last:
        if caps[index] != "U":
            index += 1
            continue
        end = index + 1
        while end <= last and gaps[end] == "_" and caps[end] != "l":
            end += 1
        at_place = words.sign(index)[:1] in {"P", "p"} or (index and low[index - 1] in _NO_BEFORE)
        if end - index <= 2 and end <= last and not at_place:
            if (gaps[end] in _APART or low[end] in _KIN) and _is_called(words, index, end):
                if _is_told(words, end) or _CLASS.match(words.text, words.end(end - 1)):
                    found.append((index, end))
            elif end - index == 2 and low[index] in _BORN and _is_nickname(words, index):
                found.append((index, end))
        index = end
    return found


def _is_called(words: Words, begin: int, end: int) -> bool:
    """Whether somebody may be called by the words, and by one alone if many people are."""
    codes = words.codes
    if any("X" in codes[at] for at in range(begin, end)):
        return False
    if end - begin == 1:
        common = COMMON_MARKED if words.style[1] == "m" else COMMON
        return not common.isdisjoint(codes[begin]) and words.low[begin] not in TIMES
    given = GIVEN | COMMON
    return not (given.isdisjoint(codes[begin]) or given.isdisjoint(codes[end - 1]))


def _is_told(words: Words, at: int) -> bool:
    """Whether what begins at a word says whose kin somebody is, what, or from where."""
    low, gaps, last = words.low, words.gaps, len(words.low) - 1
    if at >= last or gaps[at + 1] != "_":
        return False
    first, second = low[at], low[at + 1]
    if first in _HOME:
        return gaps[at] != "_"
    if first in _KIN:
        if second in _WHOSE and gaps[at] != "_":
            return first not in _TITLES
        if second in _WHOSE:
            # "Nhung con chi Hao": whose kin it is has a capital itself.
            name = at + 3 if second in {"nhà", "nha"} and low[min(at + 2, last)] in _WHOSE else at + 2
            return name <= last and gaps[name] == "_" and words.caps[name] == "U"
        return second in _SIDES and at + 2 <= last and low[at + 2] in _WHOSE and f"{first} {second}" in _SIDED
    return gaps[at] == "(" and any(
        words.sign(end)[:1] in _ROLES and words.between(end)[:1] == ")"
        for end in range(at + 1, min(at + _ROLE_WORDS, last) + 1)
    )


_SIDED: Final = KIN | {f"{who} {side}" for who in _KIN for side in _SIDES}


def _is_nickname(words: Words, index: int) -> bool:
    """Whether it is as which child somebody was born and a nickname: behind a title, or before what people do."""
    second = index + 1
    if not SYLLABLE.fullmatch(words.plains[second]) or not _NO_PEOPLE.isdisjoint(words.codes[second]):
        return False
    if words.lists.joined(words.low[index], words.low[second]):
        return False
    titled = words.sign(index)[:1] in {"T", "t"}
    return titled or (words.begins(index) and words.next_word(second) in words.lists.acts)


def find_households(words: Words) -> list[tuple[int, int]]:
    """Whose two houses it is about, without capitals: "nhà mạnh vs nhà tuyền"."""
    found: list[tuple[int, int]] = []
    low, gaps = words.low, words.gaps
    common = COMMON_MARKED if words.style[1] == "m" else COMMON
    for at in words.everywhere("nhà"):
        other = at + 3
        if other >= len(low) or low[at + 2] not in AND or low[other] != "nhà" or other + 1 >= len(low):
            continue
        names = at + 1, other + 1
        if all(gaps[name] == "_" and not common.isdisjoint(words.codes[name]) for name in names):
            found += [(name, name + 1) for name in names if not words.lists.joined("nhà", low[name])]
    return found
