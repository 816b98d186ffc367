"""Names without capitals by rules alone: known names in the right order, by the sign before them.

What the rules say is one of the signs that are weighed (``small_names.py``); they alone know foreign names, those of
minorities and those typed without the keyboard's help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ioc.classify.lists import COMMON, GIVEN, KNOWN, MIDDLE_WORDS, SURNAME, Lists
from ioc.classify.pairs import NONE
from ioc.classify.slips import SYLLABLE
from ioc.classify.words import Words

_TELEX_TONE: Final = re.compile(r"(?<=[aeiouyw])([a-z]*?)[sfrxj](?=[a-z]?[a-z]?$)")
_TELEX: Final = (("aa", "a"), ("ee", "e"), ("oo", "o"), ("dd", "d"), ("w", ""))
_NO_TELEX: Final = frozenset(("this", "thus"))
_SEVERAL: Final = frozenset(("các", "cac", "mấy", "may", "những", "nhung", "quý", "quy"))
_UNCLEAR: Final = frozenset(
    "co ba be ban mo di cu cau thay bac chau chu ma bo con thang".split()  # noqa: SIM905 (a list of words)
)
"""Titles that without marks are other words, too ("co" is "có")."""
_LETTERS: Final = frozenset("ace")
"""What is short for a title as a rule."""
_CALLED: Final = frozenset(("a", "c", "e", "b", "đ", "bn", "bạn", "cháu", "bé", "em"))
"""Of the words for "I" and "you", those that stand before names, too."""
BESIDE: Final = frozenset(("_", ":", '"'))
_SURE: Final = frozenset("ITN")
_LONGEST: Final = 4
WHOLE: Final = 3
"""Words of the shortest name with surname and middle name."""
ONE_WORD: Final = frozenset(("", "0"))
"""Words that a sign has beyond its first, where it is none or has one."""
_MARKED_NAMES: Final = frozenset(("nga", "dung", "vi"))


@dataclass(slots=True)
class _Start:
    """A word at which a name may begin, and what is before it.

    Attributes:
        index: Of the word.
        stop: Behind the last word that may belong to the name.
        kind: Of the sign before, as in ``Lists``; ``V``: one that is another word, too; empty: none.
        alone: Whether that sign is a single word.

    """

    index: int
    stop: int
    kind: str
    alone: bool

    @property
    def length(self) -> int:
        return self.stop - self.index


class SmallRules:
    """Finds where such a name ends."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._pairs = lists.pairs

    def end(self, words: Words, index: int) -> int:
        """Index of the word behind the name that begins at a word; 0: none does."""
        if not words.opens(index):
            return 0
        code, sign = words.codes[index], words.sign(index)
        if not code and not (sign and words.style[1] == "-"):
            return 0
        if words.sign(index + 1)[1:] not in ONE_WORD:
            return 0  # The word is the last of a longer sign.
        kind = kind_of(words, index, sign)
        surname = SURNAME[code]
        if kind in {"I", "N", "T"} and words.style[1] == "-" and (end := self._of_minority(words, index, kind)):
            return end
        if not surname and kind:
            surname = SURNAME[self._lists.codes.get(_telex(words.low[index]), "")]
        if kind == "P" or not (kind or surname) or not (code or surname):
            return 0
        start = _Start(index, run_end(words, index), kind, sign[1:] == "0")
        end = (self._with_middle_word(words, start) or self._full(words, start)) if surname else 0
        if end or kind == "":
            return end
        if code == "F" and kind != "W" and not SYLLABLE.fullmatch(words.low[index]):
            return self._foreign(words, start)
        if kind in {"E", "R"}:
            return 0
        return self._two(words, start) or self._one(words, start)

    def is_verb(self, words: Words, index: int) -> bool:
        """Whether a name is something else as a rule; where others have marks, "nga" is no "ngã"."""
        low = words.low[index]
        return low in self._lists.verbs and not (low in _MARKED_NAMES and words.style[1] == "m")

    def joined(self, words: Words, index: int) -> bool:
        """Whether a word and the next one stand side by side in ordinary reports."""
        return words.low[index + 1] in self._pairs.get(words.low[index], NONE)

    @staticmethod
    def _of_minority(words: Words, index: int, kind: str) -> int:
        """Where a name ends whose surname no list may have, with ``a``, ``thi`` or ``van`` in it, behind a sign."""
        low, stop = words.low, run_end(words, index)
        if stop - index >= WHOLE and "X" not in words.codes[index] and "X" not in words.codes[index + 2]:
            known = SURNAME[words.codes[index]] or kind in {"I", "N"}
            if known and (low[index + 1] == "a" or (kind == "I" and low[index + 1] in MIDDLE_WORDS)):
                return index + 3
        if stop - index >= 2 and kind in {"I", "N"} and low[index] == "a" and low[index + 1] not in words.lists.signs:
            return index + 2  # "ten a pong"
        return 0

    def _with_middle_word(self, words: Words, start: _Start) -> int:
        """Surname, ``văn`` or ``thị``, given name."""
        index = start.index
        if start.length < 3:
            return 0
        middle = words.low[index + 1]
        if middle not in MIDDLE_WORDS and (middle in _NO_TELEX or _telex(middle) not in MIDDLE_WORDS):
            return 0
        if words.style[1] == "m" and middle not in {"văn", "thị"} and start.kind not in _SURE:
            return 0
        surnames = {words.plains[index], _telex(words.low[index])}
        common = not surnames.isdisjoint(self._lists.common) or start.kind == "W"
        if start.kind not in _SURE:
            third = words.codes[index + 2]
            signed = index + 3 >= len(words.low) and (index == 0 or words.gaps[index] != "_")
            rare = not self.joined(words, index) and not self.joined(words, index + 1)
            signed = signed and COMMON[third] and not self.joined(words, index)
            if not (signed or common or rare) or "X" in third or not GIVEN[third]:
                return 0
            if start.kind != "W" and self.joined(words, index) and self.joined(words, index + 1):
                return 0
        return index + (4 if self._has_fourth(words, start) else 3)

    def _full(self, words: Words, start: _Start) -> int:
        """Surname, middle name, given name."""
        index, codes = start.index, words.codes
        if start.length < 3 or f"{words.low[index + 1]} {words.low[index + 2]}" in self._lists.compounds:
            return 0
        common = words.plains[index] in self._lists.common
        if not GIVEN[codes[index + 2]]:
            return 0
        if not GIVEN[codes[index + 1]] and not (common and start.kind in _SURE and "X" not in codes[index + 1]):
            return 0
        if start.kind in {"", "V"} and not common:
            return 0
        if start.kind != "I" and (
            self.joined(words, index) or (self.joined(words, index + 1) and not (common and start.kind))
        ):
            return 0
        apart = index + 3 >= len(words.low) or words.gaps[index + 3] != "_"
        unsaid = start.kind in {"", "V", "E"} and words.low[index].isascii()
        if unsaid and not apart and not self._rare(words, index, index + 3):
            return 0
        return index + (4 if start.kind in _SURE and self._has_fourth(words, start) else 3)

    @staticmethod
    def _foreign(words: Words, start: _Start) -> int:
        """A name of another country, which no word of the language is."""
        index = start.index
        return index + (2 if start.length > 1 and words.codes[index + 1] == "F" else 1)

    def _two(self, words: Words, start: _Start) -> int:
        """Two given names, or a given name and a nickname."""
        index, kind, codes = start.index, start.kind, words.codes
        if start.length < 2 or not KNOWN[codes[index]] or self._ordinary(words, index, index + 2):
            return 0
        if f"{words.low[index]} {words.low[index + 1]}" in self._lists.signs:
            return 0  # Who somebody is: "chị thủ quỹ".
        if "P" in codes[index] and kind != "I":
            return 0
        if words.style[1] == "-" and kind in {"W", "V"} and not (COMMON[codes[index]] or COMMON[codes[index + 1]]):
            return 0
        known = self.joined(words, index - 1)
        follows = codes[index + 1]
        closer = words.next_word(index + 1)
        if kind in {"W", "V"} and not GIVEN[codes[index]] and words.plains[index] not in self._lists.common:
            return 0
        named = "X" not in codes[index] or "K" in codes[index]
        if GIVEN[follows] and named and (kind == "I" or not known):
            if kind == "W":
                fits = not closer or closer in self._lists.acts
            else:
                fits = not self._lists.joined(words.low[index + 1], closer) or (kind != "V" and "X" not in follows)
            if fits:
                return index + 2
        nickname = not {"N", "n"}.isdisjoint(follows) and "X" not in follows and GIVEN[codes[index]]
        return index + 2 if nickname and not known else 0

    def _one(self, words: Words, start: _Start) -> int:
        """A given name alone."""
        index, kind = start.index, start.kind
        code, word = words.codes[index], words.low[index]
        if not GIVEN[code] or self.is_verb(words, index):
            return 0
        if kind == "I":
            return 0 if f"{word} {words.next_word(index)}" in self._lists.compounds else index + 1
        if ("X" in code and not COMMON[code]) or len(word) < 2 or self.joined(words, index - 1):
            return 0
        follows = words.next_word(index)
        if f"{word} {follows}" in self._lists.compounds:
            return 0
        if kind in {"T", "N"} and follows in self._lists.acts:
            return index + 1
        if words.style[1] == "m":
            fits = self._fits_marked(words, start, follows)
        else:
            fits = self._fits_unmarked(words, start, follows)
        return index + 1 if fits else 0

    def _fits_marked(self, words: Words, start: _Start, follows: str) -> bool:
        """Where marks tell words apart, a common name behind a title is one."""
        code, before = words.codes[start.index], words.low[start.index - 1]
        if start.length >= 2 and self.joined(words, start.index):
            return False
        if start.kind in {"W", "V"}:
            if not start.alone:
                return "K" in code and (not follows or follows in self._lists.acts)
            called = "K" in code or (before in _LETTERS and "G" in code and not words.low[start.index].isascii())
            return called and "X" not in code and before in _CALLED
        if not start.alone:
            return "K" in code and "X" not in code
        return not follows or "G" in code or ("k" in code and words.low[start.index].isascii())

    def _fits_unmarked(self, words: Words, start: _Start, follows: str) -> bool:
        """Without marks only a common name, not beside a word that it ordinarily stands with."""
        code, before = words.codes[start.index], words.low[start.index - 1]
        joined = start.length >= 2 and self.joined(words, start.index)
        if start.kind == "N":
            return not joined and (not follows or "G" in code)
        if start.kind == "T" and not follows:
            return start.alone
        if not COMMON[code]:
            return False
        if not start.alone:
            return start.kind in {"W", "T"} and not joined and (not follows or follows in self._lists.acts)
        if start.kind == "T" or before in _LETTERS:
            return True
        return not joined and _opens(words, start.index - 1)

    def _has_fourth(self, words: Words, start: _Start) -> bool:
        """Whether a fourth word belongs to a name of three."""
        index = start.index
        if start.length < _LONGEST or (words.low[index + 3] in self._lists.acts and words.next_word(index + 3)):
            return False  # Without marks "Nga" is "ngã", too: what somebody does goes on.
        if is_deed(words, index + 3):
            return False
        names = GIVEN[words.codes[index + 2]] and GIVEN[words.codes[index + 3]]
        return names and (not words.next_word(index + 3) or not self.joined(words, index + 2))

    def _ordinary(self, words: Words, begin: int, end: int) -> bool:
        """Whether any two of the words stand side by side in ordinary reports."""
        return any(self.joined(words, index) for index in range(begin, end - 1))

    def _rare(self, words: Words, begin: int, end: int) -> bool:
        """Whether neither end of the words joins with its neighbour outside."""
        return not (begin > 0 and self.joined(words, begin - 1)) and not (
            end < len(words.low) and self.joined(words, end - 1)
        )


def run_end(words: Words, index: int) -> int:
    """Behind the words that may be of one name: written alike, nothing between them."""
    end = index + 1
    while (
        end - index < _LONGEST
        and end < len(words.low)
        and words.gaps[end] in {"_", '"'}
        and words.caps[end] == words.caps[end - 1]
    ):
        end += 1
    return end


def is_deed(words: Words, index: int) -> bool:
    """Whether a word with marks is what somebody does, and no name: the last one of "bác sĩ Trần Văn Khoa khám"."""
    low = words.low[index]
    return low in words.lists.acts and "G" not in words.codes[index] and not low.isascii()


def _opens(words: Words, title: int) -> bool:
    """Whether a title begins a sentence or stands behind who has or meets somebody."""
    return words.gaps[title] != "_" or words.low[title - 1] in words.lists.people_before


def kind_of(words: Words, index: int, sign: str) -> str:
    """Kind of the sign before a word, as rules read it; ``V``: one that is another word, too; empty: none."""
    if not sign or words.gaps[index] not in BESIDE or (index > 1 and words.low[index - 2] in _SEVERAL):
        return ""
    before = words.low[index - 1]
    if sign[0] == "p" and before == "cho":
        return ""  # "For" more often than the market.
    capitals = words.style[0] == "c" and words.caps[index - 1] != "l"
    if capitals and index > 1 and words.caps[index - 2] != "l" and words.gaps[index - 1] == "_":
        return ""  # The ``Anh`` of "Lan Anh" is no title.
    if sign[0] == "t" and before in _UNCLEAR:
        return "V"
    if sign[0] == "C":
        return "T" if before == "bé" else "W"
    return {"C": "W"}.get(sign[0].upper(), sign[0].upper())


@lru_cache(4096)
def _telex(word: str) -> str:
    """What someone meant whose keyboard did not turn letters into marks: ``nguyeexn`` is ``nguyen``."""
    if not word.isascii():
        return word
    for typed, meant in _TELEX:
        word = word.replace(typed, meant)
    return _TELEX_TONE.sub(r"\1", word, count=1)
