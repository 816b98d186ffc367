"""Names with capitals behind which stands who it is, and nicknames by which child somebody was born.

"Hạnh Nguyên, em họ tôi, …", "Hà My, 10A2, …", "Nhung con chi Hao", "Mạnh Cường (thôn đội trưởng)", "ông Ba Gà".
"""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.candidates import AND, KIN, WHERE
from ioc.classify.cues import cues
from ioc.classify.lists import COMMON_MARKED, GIVEN, Letters
from ioc.classify.slips import SYLLABLE
from ioc.classify.untitled import OWN, TIMES
from ioc.classify.words import Words

_APART: Final = frozenset((",", "(", "~"))
_NO_BEFORE: Final = WHERE | {"ngoài", "ngoai", "phố", "pho"}
_KIN: Final = frozenset("con cháu em vợ chồng chị anh bạn chau vo chong chi ban".split())  # noqa: SIM905 (a list of words)
_TITLES: Final = frozenset("anh chị chi bạn ban".split())  # noqa: SIM905 (a list of words)
"""Of these, what makes "they" with the next one: "anh em"."""
_WHOSE: Final = OWN | frozenset(
    ("bac", "chu", "anh", "cu", "di", "nhà", "nha", "chi", "co", "cụ", "chú", "cậu", "cau", "thầy")
)
"""Behind the word for the kin: whose it is."""
_SIDES: Final = frozenset("họ trai gái ruột rể dâu nuôi út cả ho gai ruot re dau nuoi ut ca".split())  # noqa: SIM905 (a list of words)
"""Of which side the kin is."""
_CLASS: Final = re.compile(r",\s(?:lớp |lop |hs )?\d{1,2}[a-zA-Z]\d{0,2}(?!\w)")
_HOME: Final = frozenset(("quê", "que"))
_ROLES: Final = frozenset("TR")
_ROLE_WORDS: Final = 4
_BORN: Final = frozenset("hai ba tư năm sáu bảy tám chín mười út cả tu nam sau bay tam chin muoi ut".split())  # noqa: SIM905 (a list of words)
_TITLED: Final = frozenset("TCtc")
_LONGEST: Final = 2
_SEVERAL: Final = 3
_LISTING: Final = frozenset((",", "~"))
_COUNTED: Final = frozenset("ba hai bốn cả đều cùng deu bi cung bon ca".split())  # noqa: SIM905 (a list of words)
_HOUSEHOLD_CUES: Final = cues(("nha", "vs", "oi"))
_NO_PEOPLE: Final = Letters("PB")
_GIVEN_OR_COMMON: Final = Letters("MGmgKk")


def find_explained(words: Words) -> list[tuple[int, int]]:
    """First word of each name and the one behind it; capitals have to say something in the text."""
    found: list[tuple[int, int]] = []
    gaps, low, capitals = words.gaps, words.low, words.caps
    last = len(low) - 1
    index = capitals.find("U")
    while 0 <= index < last:
        end = index + 1
        if capitals[end] == "l" and gaps[end] == "_" and gaps[index] != "_" and low[end] not in _KIN:
            index = capitals.find("U", end)  # As most sentences begin.
            continue
        while end <= last and gaps[end] == "_" and capitals[end] != "l":
            end += 1
        # What most words fail at is asked first.
        if end > last or end - index > _LONGEST or not _may_be(words, index, end):
            index = capitals.find("U", end)
            continue
        if end - index == _LONGEST and words.sign(index + 1)[:1] in _TITLED and low[index] not in _BORN:
            index += 1
        at_place = words.sign(index)[:1] in {"P", "p"} or (index and low[index - 1] in _NO_BEFORE)
        if not at_place and _is_one(words, index, end):
            found.append((index, end))
        index = capitals.find("U", end)
    return found


def _may_be(words: Words, index: int, end: int) -> bool:
    """Whether anything stands around words with capitals that could make them such a name."""
    gap, low = words.gaps[end], words.low
    if gap == "_":
        met = low[end] in _KIN or (index and words.gaps[index] == "_" and end - index == 1)
        return bool(met) or low[index] in _BORN
    return gap in _APART or (gap == "|" and words.between(end)[0] == ",")


def _is_one(words: Words, index: int, end: int) -> bool:
    """Whether the words with capitals from ``index`` up to ``end`` are such a name."""
    low, gaps = words.low, words.gaps
    if end - index == 2 and low[index] in _BORN and _is_nickname(words, index):
        return True
    classed = words.between(end)[:1] == "," and _CLASS.match(words.text, words.end(end - 1)) is not None
    if classed or gaps[end] in _APART or low[end] in _KIN:
        in_brackets = gaps[index] == "(" and low[end] in _HOME
        return (in_brackets or _is_called(words, index, end, classed=classed)) and (classed or _is_told(words, end))
    if end - index > 1 or gaps[end] != "_" or not words.is_role(end):
        return False
    # "ong Dong bi thu", "goi cho Trung can bo dia chinh"
    met = words.sign(index)[:1] in {"T", "t"} or low[index - 1] in words.lists.people_before
    return index > 0 and gaps[index] == "_" and met and _is_called(words, index, end) and words.sign(end + 1) == ""


def _is_called(words: Words, begin: int, end: int, *, classed: bool = False) -> bool:
    """Whether somebody may be called by the words, and by one alone if many people are."""
    codes = words.codes
    if "X" in codes[begin] or ("X" in codes[end - 1] and not classed):
        return False  # "Hà My, 10A2"
    if end - begin == 1:
        return words.common[codes[begin]] and words.low[begin] not in TIMES
    return _GIVEN_OR_COMMON[codes[begin]] and _GIVEN_OR_COMMON[codes[end - 1]]


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
    if not SYLLABLE.fullmatch(words.plains[second]) or _NO_PEOPLE[words.codes[second]]:
        return False
    if words.lists.joined(words.low[index], words.low[second]):
        return False
    titled = words.sign(index)[:1] in {"T", "t"}
    if words.style[1] == "-" and words.low[index] in {"ba", "tu", "nam"} and not titled:
        return False
    return titled or (words.begins(index) and words.next_word(second) in words.lists.acts)


def find_lists(words: Words) -> list[tuple[int, int]]:
    """Two or more that begin a sentence, each with one capital, before what they do: "Lo, Pao và Tài bị bắt"."""
    found: list[tuple[int, int]] = []
    caps, gaps, low, codes = words.caps, words.gaps, words.low, words.codes
    last = len(low) - 1
    index = -1
    while 0 <= (index := caps.find("UU", index + 1)) < last:
        if gaps[index + 1] not in _LISTING or not words.begins(index):
            continue
        at, items = index, [index]
        while at < last and gaps[at + 1] in _LISTING and caps[at + 1] == "U":
            at += 1
            items.append(at)
        if at + 2 <= last and low[at + 1] in AND and caps[at + 2] == "U":
            at += 2
            items.append(at)
            while at < last and gaps[at + 1] == "_" and caps[at + 1] == "U":
                at += 1  # The last one's whole name is found by itself.
        if len(items) < _SEVERAL or at >= last or gaps[at + 1] != "_":
            continue
        if any(
            "X" in codes[item] or "P" in codes[item] or not SYLLABLE.fullmatch(words.plains[item]) for item in items
        ):
            continue
        given = sum(GIVEN[codes[item]] for item in items)
        if given >= 2 and (low[at + 1] in words.lists.acts or low[at + 1] in _COUNTED):
            found += [(item, item + 1) for item in items if item != items[-1] or item == at]
    return found


def may_be_households(words: Words, plain: str) -> bool:
    """Whether a text (``plain``: the whole of it, folded) has what ``find_households`` looks for: most have not."""
    if words.cues.isdisjoint(_HOUSEHOLD_CUES):
        return False
    # Letters are counted faster than words, and two words "nhà" have them twice.
    twice = plain.count("nha") > 1 and words.low.count("nhà") > 1
    return twice or " vs " in words.text or " ơi" in words.text


def find_households(words: Words) -> list[tuple[int, int]]:
    """Two without capitals between whose names stands "and": "nhà mạnh vs nhà tuyền", "phúc vs đạt"; whom one calls."""
    found: list[tuple[int, int]] = []
    low, gaps, codes = words.low, words.gaps, words.codes
    joined = words.lists.joined
    last = len(low) - 1
    for at in words.everywhere("nhà"):
        other = at + 3
        if other >= last or low[at + 2] not in AND or low[other] != "nhà":
            continue
        names = at + 1, other + 1
        known = any(COMMON_MARKED[codes[name]] for name in names)
        if known and all(gaps[name] == "_" and _is_household(words, name) for name in names):
            found += [(name, name + 1) for name in names]
    if words.style[1] != "m":
        return found
    for at in words.everywhere("vs"):
        if 0 < at < last and gaps[at] == gaps[at + 1] == "_":
            both = at - 1, at + 1
            if all(COMMON_MARKED[codes[one]] and "X" not in codes[one] for one in both) and not (
                at > 1 and joined(low[at - 2], low[at - 1])
            ):
                found += [(one, one + 1) for one in both if low[one] not in TIMES and words.caps[one] == "l"]
    if last > 0 and low[1] == "ơi" and words.caps[0] == "l" and low[0] not in TIMES and "X" not in codes[0]:
        found += [(0, 1)] if COMMON_MARKED[codes[0]] and low[0] not in KIN else []
    return found


def _is_household(words: Words, name: int) -> bool:
    """Whether a word behind the one for a house may be how its people are called."""
    low, code = words.low[name], words.codes[name]
    unknown = not code and low not in words.lists.signs and not low.isascii()
    if "X" in code or words.lists.joined("nhà", low):
        return False
    return unknown or GIVEN[code]
