"""Runs of capitalised words: where one ends, and whether it is a full name, a foreign one, one with a nickname."""

from __future__ import annotations

from typing import Final

from ioc.classify.lists import GIVEN, MIDDLE_WORDS, SURNAME, Letters
from ioc.classify.slips import SYLLABLE
from ioc.classify.words import SHORTENED, Words

_LONGEST_RUN: Final = 8
_WHOLE: Final = 3
"""Words of a full name."""
_JOINS: Final = frozenset(("_", "-", "~", ".", '"', "("))
SELLS: Final = frozenset(("ban", "lam", "mua"))
"""What somebody does, and without marks the second half of a word, too."""
_SURNAMES: Final = frozenset(
    "nguyễn trần phạm hoàng huỳnh bùi đặng đỗ vũ võ lê ngô phan trương nguyen tran pham hoang huynh bui".split()  # noqa: SIM905 (a list of words)
)
_NO_GIVEN: Final = Letters("XPB")
_GIVEN_UNMARKED: Final = Letters("GgKk")
_SURNAME_UNMARKED: Final = Letters("Ss")
_NATIVE: Final = Letters("SMGsmg")
"""What is known as one of a name of the country."""


def run_end(words: Words, index: int) -> int:
    """Where the capitalised words end that begin here."""
    count = len(words.low)
    last = index + 1
    while last < count and words.gaps[last] in _JOINS and last - index < _LONGEST_RUN:
        if words.gaps[last] == "." and not (
            words.caps[last - 1] == "1"
            or words.low[last - 1] in SHORTENED
            or (words.between(last) == "." and SURNAME[words.codes[index]])  # "Đỗ.Văn.Chung"
        ):
            break
        if words.caps[last] == "l" and not is_small_middle(words, index, last):
            break
        last += 1
    return last


def is_called_as_lake(words: Words, index: int, last: int) -> bool:
    """Whether the surname Hồ, which is the word for a lake, begins a full name.

    It does behind a colon, a comma or what stands before people, or where behind it stands who it is.
    """
    if words.low[index] != "hồ" or last - index < 3:
        return False
    if words.gaps[index] == "_" and words.low[index - 1] not in words.lists.people_before:
        return False
    if words.gaps[index] == "|" and not (last < len(words.low) and words.sign(last + 1)[:1] in {"T", "R"}):
        return False
    return is_full(words, index, last)


def is_part_of_name(words: Words, index: int, later: int) -> bool:
    """Whether the sign before ``later`` is itself a part of the name: the ``Anh`` of "Nguyễn Thế Anh Tuấn"."""
    return later - index >= 2 and SURNAME[words.codes[index]] and "X" not in words.codes[index]


def is_full(words: Words, begin: int, end: int) -> bool:
    """Surname, then middle names or given names: three words, or more."""
    codes = words.codes
    if words.caps[begin] == "1" and words.gaps[begin + 1 : end] and words.gaps[begin + 1] == ".":
        return GIVEN[codes[end - 1]]  # "N. V. Thắng"
    if end - begin < _WHOLE:
        return False
    second = words.low[begin + 1]
    if second == "a" and GIVEN[codes[begin]] and GIVEN[codes[begin + 2]]:
        return True  # "Loan A Quý": names of the Dao, whose surnames are other people's given names.
    if second in {"văn", "thị"} and ("X" not in codes[begin] or is_surname_and_given(codes[begin], codes[end - 1])):
        return True
    if second in {"van", "thi"} and words.style[1] == "-" and "X" not in codes[begin]:
        # "Cham Thi Loc": a surname that no list has; "Lam Van Uc": one that a list has.
        return _GIVEN_UNMARKED[codes[end - 1]] or (_SURNAME_UNMARKED[codes[begin]] and words.low[end - 1].isascii())
    if not SURNAME[codes[begin]]:
        return False
    if second in MIDDLE_WORDS or words.caps[begin + 1] == "1":
        return True
    return GIVEN[codes[begin + 1]] or GIVEN[codes[end - 1]]


def is_all_of_it(words: Words, begin: int, end: int) -> bool:
    """Whether three words between two marks are surname, middle name and any word: "Nguyễn Hữu Đang, …"."""
    if end - begin != _WHOLE or words.gaps[begin] == "_" or (end < len(words.low) and words.gaps[end] == "_"):
        return False
    surname, middle = words.codes[begin], words.codes[begin + 1]
    return "S" in surname and "M" in middle and "X" not in surname and "X" not in middle


def is_surname_and_given(first: str, last: str) -> bool:
    """Whether a word that is hardly a name is a surname before a given name that is one: "Đồng Thị Tráng"."""
    return "S" in first and "G" in last and "X" not in last


def is_foreign(words: Words, begin: int, end: int) -> bool:
    """A given name and a surname of another country, or such a given name before one of this: "Kenny Trần"."""
    codes = words.codes
    if end - begin == 2 and words.low[begin + 1] in _SURNAMES and _is_of_no_list(words, begin):
        return True
    if end - begin not in {2, 3} or "F" not in codes[begin]:
        return False
    if words.low[begin + 1].isascii() and not SYLLABLE.fullmatch(words.low[begin + 1]):
        return True
    return not _NATIVE[codes[begin]] or "F" in codes[end - 1]


def _is_of_no_list(words: Words, index: int) -> bool:
    """Whether a word is none of the language, and no brand, title or place."""
    low = words.low[index]
    strange = len(low) > 2 and low.isascii() and not SYLLABLE.fullmatch(low)
    return strange and not _NO_GIVEN[words.codes[index]]


def with_nickname(words: Words, end: int) -> int:
    """Where a name ends with the nickname behind it."""
    if end >= len(words.low):
        return end
    code, gap = words.codes[end], words.gaps[end]
    nickname = words.caps[end] == "l" and (
        "N" in code or ("n" in code and words.style[1] == "-" and words.low[end] not in SELLS)
    )
    if gap == "-" or (nickname and gap in {"_", '"', "("} and not words.is_role(end)):
        return end + 1
    return quoted_end(words, end) if gap in {'"', "("} else end


def quoted_end(words: Words, index: int) -> int:
    """Where a nickname between quotation marks ends that begins here; ``index``: there is none of up to three words."""
    for last in range(index, min(index + 3, len(words.low))):
        if words.text[words.end(last) : words.end(last) + 1] in {'"', "”", "'"}:
            return last + 1
        if last + 1 < len(words.low) and words.gaps[last + 1] != "_":
            break
    return index


def is_small_middle(words: Words, index: int, last: int) -> bool:
    """Whether a word without capital is the middle name between a surname and a capitalised given name."""
    if last + 1 >= len(words.low) or words.caps[last + 1] == "l" or words.gaps[last + 1] != "_" or last != index + 1:
        return False
    if words.sign(last + 1) or words.low[last] == "bảo":
        return False  # "Đức bảo Tuyên"
    return SURNAME[words.codes[index]] and "M" in words.codes[last] and "X" not in words.codes[index]
