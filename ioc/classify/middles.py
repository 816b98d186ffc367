"""Full names without capitals that are plain by the word in their middle: "nông thị chiêm", "toi la lo van pan".

Also of people of the hills ("chìu a lầy"), and of surnames that no list has.
"""

from __future__ import annotations

from typing import Final

from ioc.classify.called import CALLED, ENDS
from ioc.classify.cues import cues
from ioc.classify.lists import KNOWN, SURNAME, Letters, Lists
from ioc.classify.small_cues import SELF, is_given, side_by_side
from ioc.classify.words import Words

_UNMARKED: Final = cues(("thi", "van", "a"))
_MIDDLES: Final = _UNMARKED | {"thị", "văn"}
_SURNAMES: Final = frozenset(
    "nguyễn trần phạm hoàng huỳnh bùi đặng đỗ vũ võ lê ngô phan trương đinh đoàn dương lý hồ mai lương trịnh nông vi"  # noqa: SIM905 (a list of words)
    " triệu".split()
)
"""Before "văn" hardly any other words."""
_OF_HILLS: Final = frozenset(
    "chíu chìu tằng phùn voòng vòong sằn lỷ giàng sùng trạc phoóng phoỏng dường".split()  # noqa: SIM905 (a list of words)
)
"""Surnames of the Dao and the Sán Dìu, which before "a" are no other word."""
_UNMISTAKABLE: Final = frozenset("nguyen pham hoang huynh trinh tran bui".split())  # noqa: SIM905 (a list of words)
_SURNAME_CODES: Final = Letters("Ss")
_LEARNED: Final = frozenset(("su", "si", "sy"))
"""With what the titles of the learned end, behind whom no other words stand."""
_SAID: Final = frozenset("TIWCtiwc")
"""Signs of whom one speaks of, as in ``Lists``."""
_OF: Final = frozenset(("cua", "cho", "voi", "gap", "ten", "ho"))
"""The same without one."""
_NO_GIVEN: Final = frozenset(
    "con cai cho la co bi da dang se khong nguoi ai nao gi day do nay kia ay tai o de nhu chua cung duoc qua phai"  # noqa: SIM905 (a list of words)
    " toi di ve den ra vao len lam thay noi bao hoi hay thi ma rat lai cu gia phong hoa ban".split()
)
"""Behind "thì" and "vẫn" without their marks the sentence goes on with these."""


def may_have_middles(words: Words) -> bool:
    """Whether any such word stands in a text, with its mark where words have theirs: most need no closer look."""
    asked = words.cues
    if words.style[1] == "-":
        return "thi" in asked or "van" in asked
    return "a" in asked or ("thi" in asked and "thị" in words.low) or ("van" in asked and "văn" in words.low)


class MiddleNames:
    """Finds them."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def find(self, words: Words) -> list[tuple[int, int]]:
        """First word of each name and the one behind it."""
        low, gaps = words.low, words.gaps
        last = len(low) - 1
        found: list[tuple[int, int]] = []
        for word in _MIDDLES.intersection(low):
            unmarked = word.isascii() and word != "a"
            for at in words.everywhere(word):
                if not 0 < at < last or words.caps[at - 1] != "l" or gaps[at] != "_" or gaps[at + 1] != "_":
                    continue
                if unmarked and not words.sign(at - 1) and not (at > 1 and low[at - 2] in _OF):
                    continue  # Most are "thì" and "vẫn".
                if end := self._introduced_end(words, at):
                    found.append((at - 1, end))
                elif self._is_told_of(words, at) if unmarked else self._is_marked(words, at):
                    found.append((at - 1, at + 2))
        return found

    def _is_marked(self, words: Words, index: int) -> bool:
        """Whether a surname stands before the middle name and something that is no word's second half behind it."""
        shouted = words.low[index] != "a" and words.caps[index + 1] == "A"
        if words.caps[index + 1] != "l" and not shouted:
            return False
        low, sign = words.low, words.sign(index - 1)
        surname = SURNAME[words.codes[index - 1]]
        named = sign[:1] in {"T", "I", "N", "W", "C"}
        if low[index] == "a" and low[index - 1] in _OF_HILLS:
            return True
        if low[index] == "a":
            # "anh tần a lở", and no "a" for "anh" behind a name.
            known = sign[:1] in {"T", "I"} and KNOWN[words.codes[index - 1]]
            return words.style[1] == "m" and known and not self._is_titled(words, index + 1)
        if shouted and words.caps[index] == "l":
            return surname  # "vũ văn KIÊN"
        if low[index] == "văn":
            return low[index - 1] in _SURNAMES and not self._lists.joined("văn", low[index + 1])
        if not (surname or named) or "X" in words.codes[index + 1]:
            return False
        return not (self._lists.joined(low[index - 1], "thị") or self._lists.joined("thị", low[index + 1]))

    def _is_titled(self, words: Words, index: int) -> bool:
        """Whether "a" is the title of the word behind it."""
        follows = words.low[index]
        return (
            "K" in words.codes[index]
            or follows in ENDS
            or self._lists.joined("a", follows)
            or follows in self._lists.acts
        )

    def _introduced_end(self, words: Words, at: int) -> int:
        """Where a full name ends behind an introduction or a title of several words, whatever its surname is otherwise.

        "ten toi da thi mai", "luat su to thi hoa binh".
        """
        begin, last = at - 1, at + 1
        if words.low[at] == "a" or not side_by_side(words, begin, last + 1) or not is_given(words, last):
            return 0
        sign = words.sign(begin)
        if self._lists.joined(words.low[begin], words.low[at]) and not (
            sign[1:] != "0" and words.plains[begin - 1] in _LEARNED
        ):
            return 0
        titled = sign[:1] in {"T", "t"} and sign[1:] != "0" and _SURNAME_CODES[words.codes[begin]]
        if not titled and sign[:1] not in {"I", "i"} and not _is_own_name(words, begin):
            return 0
        fourth = last + 1
        longer = side_by_side(words, last, fourth + 1) and (
            words.common[words.codes[fourth]]
            or (is_given(words, fourth) and self._lists.joined(words.low[last], words.low[fourth]))
        )
        return fourth + longer

    def _is_told_of(self, words: Words, at: int) -> bool:
        """Whether without marks a surname stands before the middle name, and before that who it is that is told of.

        "chau la lo van pan", "giuong cua lenh van quang"; in ordinary reports neither two of the words stand together.
        """
        begin, last = at - 1, at + 1
        if words.style[1] == "m" or not begin or not side_by_side(words, begin, last + 1) or words.gaps[begin] != "_":
            return False
        low, joined = words.low, self._lists.joined
        told = words.sign(begin)[:1] in _SAID or low[begin - 1] in _OF
        if not told or "X" in words.codes[begin] or low[last] in _NO_GIVEN or not low[last].isascii():
            return False
        apart = last + 1 == len(low) or words.gaps[last + 1] != "_"
        whole = apart and low[begin - 1] == "la"
        if joined(low[at], low[last]) or (joined(low[begin], low[at]) and not whole):
            return False
        if low[begin] in _UNMISTAKABLE:
            return True
        known = _SURNAME_CODES[words.codes[begin]] or words.common[words.codes[last]]
        return known and low[last] not in self._lists.acts


def _is_own_name(words: Words, index: int) -> bool:
    """Whether "my name" stands before a word."""
    return index > 1 and words.low[index - 1] in SELF and words.low[index - 2] in CALLED and words.gaps[index] == "_"
