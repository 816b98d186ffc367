"""Names written without capitals: "toi la nguyen van nam", "chị lan ở tổ 3", "a tuấn anh nhà cạnh".

Known names in the right order are one, unless two of the words stand side by side in ordinary texts (``pairs.py``).
"""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.words import GIVEN, KNOWN, SURNAME, Lists, Words

_MIDDLE_WORDS: Final = frozenset(("văn", "thị", "van", "thi"))
"""The middle names that hardly stand in anything but a full name."""
_TELEX_TONE: Final = re.compile(r"(?<=[aeiouyw])([a-z]*?)[sfrxj](?=[a-z]?[a-z]?$)")
_TELEX: Final = (("aa", "a"), ("ee", "e"), ("oo", "o"), ("dd", "d"), ("w", ""))
_NO_TELEX: Final = frozenset(("this", "thus"))
_SEVERAL: Final = frozenset(("các", "cac", "mấy", "may", "những", "nhung", "quý", "quy"))
_UNCLEAR: Final = frozenset(
    "co ba be ban mo di cu cau thay bac chau chu ma bo con thang".split()  # noqa: SIM905 (a list of words)
)
"""Titles that without marks are other words, too ("co" is "có")."""
_BESIDE: Final = frozenset(("_", ":", '"'))
_SURE: Final = frozenset("ITN")
_VERBS: Final = frozenset(
    "sang khai thu tới cứ trực toan tự chung mong nay hay thông phát lập toi cu truc tu nga vi mang lo dung".split()  # noqa: SIM905 (a list of words)
)
"""Names that behind a title are a verb more often."""
_LONGEST: Final = 4


class SmallNames:
    """Finds where such a name ends; kinds of signs as in ``Lists``, ``V``: one that is another word, too."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._pairs = lists.pairs

    def end(self, words: Words, index: int) -> int:
        """Index of the word behind the name that begins at a word; 0: none does."""
        code, sign = words.codes[index], words.sign(index)
        if not code and not (sign and words.style[1] == "-"):
            return 0
        if words.sign(index + 1)[1:] not in {"", "0"}:
            return 0  # The word is the last of a longer sign.
        kind = _kind(words, index, sign)
        surname = not SURNAME.isdisjoint(code)
        if not surname and kind:
            surname = not SURNAME.isdisjoint(self._lists.codes.get(_telex(words.low[index]), ""))
        if kind == "P" or not (kind or surname) or not (code or surname):
            return 0
        run = index + 1
        while run - index < _LONGEST and run < len(words.low) and words.gaps[run] in {"_", '"'} and _alike(words, run):
            run += 1
        return (
            (self._with_middle_word(words, index, run, kind) if surname else 0)
            or (self._full(words, index, run, kind) if surname else 0)
            or (
                0
                if kind in {"", "E", "R"}
                else self._two(words, index, run, kind) or self._one(words, index, run, kind)
            )
        )

    def _with_middle_word(self, words: Words, index: int, run: int, kind: str) -> int:
        """Surname, ``văn`` or ``thị``, given name."""
        if run - index < 3:
            return 0
        middle = words.low[index + 1]
        if middle not in _MIDDLE_WORDS and (middle in _NO_TELEX or _telex(middle) not in _MIDDLE_WORDS):
            return 0
        if words.style[1] == "m" and middle not in {"văn", "thị"} and kind not in _SURE:
            return 0
        surnames = {words.plain(index), _telex(words.low[index])}
        common = not surnames.isdisjoint(self._lists.common) and f"{words.low[index]} {middle}" not in self._pairs
        if kind not in _SURE:
            third = words.codes[index + 2]
            if not common or "X" in third or GIVEN.isdisjoint(third):
                return 0
        return index + (4 if self._has_fourth(words, index, run) else 3)

    def _full(self, words: Words, index: int, run: int, kind: str) -> int:
        """Surname, middle name, given name."""
        codes = words.codes
        if run - index < 3 or GIVEN.isdisjoint(codes[index + 1]) or GIVEN.isdisjoint(codes[index + 2]):
            return 0
        if kind in {"", "V", "W"} and words.plain(index) not in self._lists.common:
            return 0
        if self._ordinary(words, index, index + 3):
            return 0
        apart = index + 3 >= len(words.low) or words.gaps[index + 3] != "_"
        if (
            kind in {"", "V", "E"}
            and words.low[index].isascii()
            and not apart
            and not self._rare(words, index, index + 3)
        ):
            return 0
        return index + (4 if kind in _SURE and self._has_fourth(words, index, run) else 3)

    def _two(self, words: Words, index: int, run: int, kind: str) -> int:
        """Two given names, or a given name and a nickname."""
        codes = words.codes
        if run - index < 2 or KNOWN.isdisjoint(codes[index]) or self._ordinary(words, index, index + 2):
            return 0
        known = f"{words.low[index - 1]} {words.low[index]}" in self._pairs
        follows = codes[index + 1]
        closer = words.low[index + 2] if index + 2 < len(words.low) and words.gaps[index + 2] == "_" else ""
        if kind in {"W", "V"} and GIVEN.isdisjoint(codes[index]) and words.plain(index) not in self._lists.common:
            return 0
        if not GIVEN.isdisjoint(follows) and "X" not in codes[index] and (kind == "I" or not known):
            if kind == "W":
                fits = not closer or closer in self._lists.acts
            else:
                fits = f"{words.low[index + 1]} {closer}" not in self._pairs or (kind != "V" and "X" not in follows)
            if fits:
                return index + 2
        nickname = not {"N", "n"}.isdisjoint(follows) and "X" not in follows and not GIVEN.isdisjoint(codes[index])
        return index + 2 if nickname and not known else 0

    def _one(self, words: Words, index: int, run: int, kind: str) -> int:
        """A given name alone."""
        code, word = words.codes[index], words.low[index]
        if kind in {"W", "V"} or GIVEN.isdisjoint(code) or word in _VERBS:
            return 0
        if kind == "I":
            return index + 1
        if "X" in code or len(word) < 2 or f"{words.low[index - 1]} {word}" in self._pairs:
            return 0
        follows = words.low[index + 1] if index + 1 < len(words.low) and words.gaps[index + 1] == "_" else ""
        if f"{word} {follows}" in self._lists.compounds:
            return 0
        if follows in self._lists.acts:
            return index + 1
        if words.sign(index)[1:] != "0" or (run - index >= 2 and self._ordinary(words, index, index + 2)):
            return 0
        fits = not follows or ((words.style[1] == "m" or kind == "N") and "G" in code)
        return index + 1 if fits else 0

    def _has_fourth(self, words: Words, index: int, run: int) -> bool:
        """Whether a fourth word belongs to a name of three."""
        if run - index < _LONGEST or words.low[index + 3] in self._lists.acts:
            return False
        names = not GIVEN.isdisjoint(words.codes[index + 2]) and not GIVEN.isdisjoint(words.codes[index + 3])
        return names and not self._ordinary(words, index + 2, index + 4)

    def _ordinary(self, words: Words, begin: int, end: int) -> bool:
        """Whether any two of the words stand side by side in ordinary reports."""
        return any(f"{words.low[n]} {words.low[n + 1]}" in self._pairs for n in range(begin, end - 1))

    def _rare(self, words: Words, begin: int, end: int) -> bool:
        """Whether neither end of the words joins with its neighbour outside."""
        before = begin > 0 and f"{words.low[begin - 1]} {words.low[begin]}" in self._pairs
        after = end < len(words.low) and f"{words.low[end - 1]} {words.low[end]}" in self._pairs
        return not before and not after


def _alike(words: Words, index: int) -> bool:
    """Whether a word is written as the one before: a capital in the middle begins something else."""
    return words.caps[index] == words.caps[index - 1]


def _kind(words: Words, index: int, sign: str) -> str:
    if not sign or words.gaps[index] not in _BESIDE or (index > 1 and words.low[index - 2] in _SEVERAL):
        return ""
    if words.caps[index - 1] != "l" and index > 1 and words.caps[index - 2] != "l" and words.gaps[index - 1] == "_":
        return ""  # The ``Anh`` of "Lan Anh" is no title.
    if sign[0] == "t" and words.low[index - 1] in _UNCLEAR:
        return "V"
    if sign[0] == "C":
        return "T" if words.low[index - 1] == "bé" else "W"
    return {"C": "W"}.get(sign[0].upper(), sign[0].upper())


def _telex(word: str) -> str:
    """What someone meant whose keyboard did not turn letters into marks: ``nguyeexn`` is ``nguyen``."""
    if not word.isascii():
        return word
    for typed, meant in _TELEX:
        word = word.replace(typed, meant)
    return _TELEX_TONE.sub(r"\1", word, count=1)
