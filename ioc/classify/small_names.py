"""Names written without capitals: "toi la nguyen van nam", "chị lan ở tổ 3", "a tuấn anh nhà cạnh".

Known names in the right order are one, unless two of the words stand side by side in ordinary texts (``pairs.py``).
The model has the last word (``name_model.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ioc.classify.lists import (
    COMMON,
    FIRST,
    GIVEN,
    KNOWN,
    MIDDLE,
    MIDDLE_WORDS,
    SURNAME,
    Letters,
    Lists,
)
from ioc.classify.name_model import NameModel
from ioc.classify.pairs import NO_COUNTS, NONE
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
_BESIDE: Final = frozenset(("_", ":", '"'))
_SURE: Final = frozenset("ITN")
_SAYS: Final = frozenset("CWw")
_IS: Final = frozenset(("là", "la"))
_NOBODY: Final = frozenset("dan nam chu con khach me bo ba ong anh chi em toi nha le hai quan tu".split())  # noqa: SIM905 (a list of words)
"""What somebody may be that without marks is a name, too: "toi la dan"."""
_MARKED_NAMES: Final = frozenset(("nga", "dung", "vi"))
_UNMISTAKABLE: Final = frozenset(("nguyen", "pham", "hoang", "huynh", "trinh", "tran", "bui"))
"""Surnames that before "thi" are nothing else, also without marks: what follows is a name, whatever it means."""
_OF_MINORITIES: Final = frozenset(("phun", "phung", "chiu", "giang", "sung", "voong", "trieu", "sin", "phoong"))
"""The same before "a"."""
_KEPT: Final = frozenset(("nguyen", "pham", "huynh", "trinh"))
"""Of these, those that before "van" are nothing else, where a name that many have follows."""
_BETWEEN: Final = frozenset(("thi", "a", "van"))
_LONGEST: Final = 4
_WHOLE: Final = 3
"""Words of the shortest name with surname and middle name."""
_LONGER: Final = 3.0
"""A longer name with so much less for it is taken: what is left of a name shows somebody, a word more costs little."""
_MORE_FOR_VERBS: Final = 1.0
_MOST_FOR_VERBS: Final = 1.2
"""What has to speak for a name more that is something else as a rule; most where the next word stands beside it."""
_LESS_BEFORE_TWO: Final = 1.0
_SAID, _ALONE, _SELDOM, _SPOKEN, _NAMED = 1, 2, 3, 4, 5
"""A name may begin behind a sign, at the beginning, where two words seldom meet; hardly where they often do.

Where two words seldom meet two names that many people have may stand, too: ``_NAMED``.
"""
_NUMBERED: Final = frozenset(
    ("so", "sdt", "dt", "sn", "to", "khu", "lop", "ngo", "km", "tk", "stk", "tang", "nam", "quan")
)
"""What stands before numbers."""
_WHO: Final = frozenset("TRtr")
"""Signs that say what somebody is also right behind a name."""
_APART: Final = frozenset(("|", ".", ",", ":", '"', "(", "~"))
_ONE_WORD: Final = frozenset(("", "0"))
"""Words that a sign has beyond its first, where it is none or has one."""
_SECOND: Final = Letters("GKNFgknf")


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


class SmallNames:
    """Finds where such a name ends."""

    def __init__(self, lists: Lists, model: NameModel) -> None:
        self._lists = lists
        self._pairs = lists.pairs
        self._model = model

    def end(self, words: Words, index: int) -> int:
        """Index of the word behind the name that begins at a word; 0: none does."""
        code = words.codes[index]
        surname = SURNAME[code]
        if not surname and not FIRST[code]:
            return self.by_rules(words, index)  # A foreign name, or one of a keyboard's raw letters.
        if (
            self._is_hopeless(words, index)
            and not (surname and self._may_be_whole(words, index))
            and not self._may_be_two(words, index)
        ):
            return 0
        if index and words.low[index - 1] in _IS and self._is_introduced(words, index):
            return index + 1
        marked = words.style[1] == "m"
        if not marked:
            if words.next_word(index) in _BETWEEN and (end := _unmistakable_end(words, index)):
                return end
            if words.next_word(index + 1) in _BETWEEN and _unmistakable_end(words, index + 1):
                return 0  # The title of the name that begins behind it: "ba nguyen thi …".
        sign = words.sign(index)
        if not (sign or surname) and self._is_beside_ordinary(words, index):
            return 0
        lengths = self.lengths(words, index)
        beside = sign != "" and words.gaps[index] in _BESIDE
        if not (lengths or beside):
            return 0
        if beside and not _kind(words, index, sign):
            return self.by_rules(words, index)
        if not lengths:
            end = self.by_rules(words, index) if marked else 0
            return end if end - index >= _WHOLE else 0
        ruled = max(self.by_rules(words, index) - index, 0)
        if not ruled and lengths[0] == 1 and self._is_spoken(words, index):
            lengths = lengths[1:]
            if not lengths:
                return 0
        scores = [*zip(self._model.scores(words, index, lengths, ruled=ruled), lengths, strict=True)]
        if scores[0][1] == 1 and not ruled:
            scores[0] = scores[0][0] + self._beside_verb(words, index), 1
        best = max(scores)[0]
        if best <= 0:
            sure = (ruled >= _WHOLE and marked) or ruled not in lengths or sign.startswith(("I", "i"))
            nicknamed = ruled == 2 and marked and sign[:1] == "T" and "N" in words.codes[index + 1]
            return index + ruled if ruled and (sure or nicknamed) else 0
        length = max(length for score, length in scores if score >= best - _LONGER and score >= -_LONGER)
        return index + length + (length == 1 and sign[:1] in {"T", "t"} and self._has_second(words, index))

    def _has_second(self, words: Words, index: int) -> bool:
        """Whether a second given name stands before who somebody is: "co quynh nhu ke toan"."""
        second = index + 1
        if second + 1 >= len(words.low) or words.gaps[second] != "_" or words.gaps[second + 1] != "_":
            return False
        if "G" not in words.codes[second] or "X" in words.codes[second] or self._joined(words, index):
            return False
        return words.is_role(second + 1)

    @staticmethod
    def _is_introduced(words: Words, index: int) -> bool:
        """Whether it is all that somebody says to be: "em la thu, nha o dau ngo"."""
        if words.sign(index)[:1] not in _SAYS or words.sign(index)[1:] != "1":
            return False
        if "X" in words.codes[index] or words.low[index] in _NOBODY:
            return False
        apart = index + 1 == len(words.low) or words.gaps[index + 1] in {",", "|", "(", "~"}
        return apart and words.common[words.codes[index]]

    def _is_spoken(self, words: Words, index: int) -> bool:
        """Whether a word alone is something else behind a title: "chi toi", "chị thủ quỹ"."""
        low, compounds = words.low[index], self._lists.compounds
        if index and words.gaps[index] == "_" and f"{words.low[index - 1]} {low}" in compounds:
            return True
        if f"{low} {words.next_word(index)}" in compounds:
            return True
        return self._is_verb(words, index) and not self._may_be_verb(words, index)

    def _beside_verb(self, words: Words, index: int) -> float:
        """What a word alone needs more that is something else as a rule, and less where the next two belong together.

        "bác tư xe ôm", "thầy long thể dục": behind a title with its marks the sentence goes on with the word behind.
        """
        more = 0.0
        if self._is_verb(words, index):
            more = _MORE_FOR_VERBS if self._is_called_by_verb(words, index) else _MOST_FOR_VERBS
        last = index + 2
        if words.style[1] == "-" or last >= len(words.low) or words.sign(index)[:1] != "T" or "X" in words.codes[index]:
            return -more
        if words.gaps[index + 1] != "_" or words.gaps[last] != "_" or "K" not in words.codes[index]:
            return -more
        if words.gaps[index] != "_" or self._joined(words, index - 1):
            return -more
        together = self._joined(words, index + 1) and not self._joined(words, index)
        return _LESS_BEFORE_TWO - more if together or words.is_role(index + 1) else -more

    @staticmethod
    def _may_be_verb(words: Words, index: int) -> bool:
        """Whether many people are called by a word that is something else as a rule, behind a title of one word."""
        code = words.codes[index]
        return words.sign(index) in {"T0", "t0"} and "X" not in code and words.common[code]

    def _is_called_by_verb(self, words: Words, index: int) -> bool:
        """The same behind a title with its marks, where the word behind is not said with it."""
        if words.style[1] == "-" or words.sign(index)[:1] != "T" or "K" not in words.codes[index]:
            return False
        return "X" not in words.codes[index] and not (index + 1 < len(words.low) and self._joined(words, index))

    def _is_verb(self, words: Words, index: int) -> bool:
        """Whether a name is something else as a rule; where others have marks, "nga" is no "ngã"."""
        low = words.low[index]
        return low in self._lists.verbs and not (low in _MARKED_NAMES and words.style[1] == "m")

    def _may_be_whole(self, words: Words, index: int) -> bool:
        """Whether a surname has words of names behind it that seldom stand side by side."""
        last = index + 2
        if last >= len(words.low) or words.gaps[index + 1] != "_" or words.gaps[last] != "_":
            return False
        if words.codes[last] and not GIVEN[words.codes[last]]:
            return False
        return not (self._joined(words, index) and self._joined(words, index + 1))

    def _may_be_two(self, words: Words, index: int) -> bool:
        """Whether two words that many people are called by seldom stand side by side."""
        second = index + 1
        if second >= len(words.low) or words.gaps[second] != "_" or self._joined(words, index):
            return False
        return words.common[words.codes[index]] and words.common[words.codes[second]]

    def _is_hopeless(self, words: Words, index: int) -> bool:
        if words.gaps[index] != "_":
            return False
        if words.style[1] == "m":
            return self._model.marked.pairs.get(words.low[index - 1], NO_COUNTS).get(words.low[index], 0) < 0
        return self._model.unmarked.pairs.get(words.plains[index - 1], NO_COUNTS).get(words.plains[index], 0) < 0

    def lengths(self, words: Words, index: int) -> tuple[int, ...]:
        """How many words a name may have that begins at a word, by what they are and by what stands beside them."""
        code = words.codes[index]
        surname = SURNAME[code]
        if not surname and not FIRST[code]:
            return ()
        # What most words fail at is asked first, and what costs most last.
        place = self._place(words, index, surname=surname)
        if not place or (place == _NAMED and not self._may_be_two(words, index)):
            return ()
        sign = words.sign(index + 1)
        if sign[1:] not in _ONE_WORD:
            return ()  # The word is the last of a longer sign.
        longest = _run_end(words, index) - index
        found: tuple[int, ...] = ()
        if place == _SAID or (place == _ALONE and sign[:1] not in {"T", "t"}):
            found = self._first_names(words, index, longest, place)
        elif place in {_SELDOM, _NAMED} and longest > 1 and self._may_be_two(words, index):
            found = (2,)
        if not surname or longest < _WHOLE or place == _NAMED or (words.style[1] == "m" and "S" not in code):
            return found  # Where other words have marks, "sai" is no "Sái".
        joined = [self._joined(words, at) for at in range(index, index + longest - 1)]
        if place not in {_SAID, _SPOKEN} and joined[0] and joined[1]:
            return found
        if place != _SAID and sum(joined) > (place != _SPOKEN):
            longest = _WHOLE
        if f"{words.low[index]} {words.low[index + 1]}" in self._lists.compounds:
            return found
        return *found, *[length for length in range(_WHOLE, longest + 1) if _is_whole(words, index, length, place)]

    def _first_names(self, words: Words, index: int, longest: int, place: int) -> tuple[int, ...]:
        """Lengths without surname, or with one and a single name."""
        code = words.codes[index]
        if _is_before_number(words, index) or _is_title_of_next(words, index):
            return ()
        # Where other words have marks, one without any is that word.
        first = FIRST[code]
        found: tuple[int, ...] = ()
        if first and (place == _SAID or words.common[code]):
            found = (1,) if place == _SAID or self._may_be_alone(words, index) else ()
        if longest > 1:
            second = words.codes[index + 1]
            if f"{words.low[index]} {words.low[index + 1]}" in self._lists.signs:
                return found  # Who somebody is: "chị thủ quỹ".
            if _is_title_of_next(words, index + 1):
                return found
            if _SECOND[second] if place == _SAID else self._may_be_two(words, index):
                found = (*found, 2)
        return found

    def _may_be_alone(self, words: Words, index: int) -> bool:
        """Whether a first name that begins a sentence may be the whole name.

        In a text with marks it may; else what stands behind it has to go on as behind a name, or to say who it is.
        """
        if self._goes_on(words, index) or (words.style[1] == "m" and "X" not in words.codes[index]):
            return True
        return words.sign(index + 2)[:1] in _WHO or (
            words.sign(index + 3)[:1] in _WHO and words.sign(index + 3)[1:] not in _ONE_WORD
        )

    def _is_beside_ordinary(self, words: Words, index: int) -> bool:
        """Whether a word stands right behind one with which it does in ordinary reports, and which meets nobody.

        Of what no sign stands before, and is no surname, that is most: ``_place`` says the same later.
        """
        if words.gaps[index] != "_" or not index:
            return False
        before = words.low[index - 1]
        return words.low[index] in self._pairs.get(before, NONE) and before not in self._lists.people_before

    def _goes_on(self, words: Words, last: int) -> bool:
        """Whether nothing stands right behind a word, or what somebody does."""
        follows = words.next_word(last)
        return not follows or (follows in self._lists.acts and not self._joined(words, last))

    def _place(self, words: Words, index: int, *, surname: bool) -> int:
        """What stands before a word: somebody's sign, the beginning of a sentence, a word beside which it is seldom.

        0: no name begins there; without a sign and not at a beginning it needs a surname and words behind it.
        """
        sign, gap = words.sign(index), words.gaps[index]
        if sign:
            return 0 if sign[0] == "P" else _SAID
        if not index or gap in _APART:
            # A first name alone has to be a common one.
            return _ALONE if surname or words.common[words.codes[index]] else 0
        if gap != "_":
            return 0
        if words.low[index - 1] in self._lists.people_before:
            return _SAID
        met = self._joined(words, index - 1)
        if not surname or index + _WHOLE > len(words.low):
            return 0 if met else _NAMED
        if not met:
            return _SELDOM
        return 0 if self._joined(words, index) or self._joined(words, index + 1) else _SPOKEN

    def beside(self, words: Words) -> Mapping[str, Mapping[str, int]]:
        """How often words of a text's style stand side by side; below zero where the second one is no name."""
        return (self._model.marked if words.style[1] == "m" else self._model.unmarked).pairs

    def by_rules(self, words: Words, index: int) -> int:
        """The same by rules alone, without weighing."""
        if not words.opens(index):
            return 0
        code, sign = words.codes[index], words.sign(index)
        if not code and not (sign and words.style[1] == "-"):
            return 0
        if words.sign(index + 1)[1:] not in _ONE_WORD:
            return 0  # The word is the last of a longer sign.
        kind = _kind(words, index, sign)
        surname = SURNAME[code]
        if kind in {"I", "N", "T"} and words.style[1] == "-" and (end := self._of_minority(words, index, kind)):
            return end
        if not surname and kind:
            surname = SURNAME[self._lists.codes.get(_telex(words.low[index]), "")]
        if kind == "P" or not (kind or surname) or not (code or surname):
            return 0
        start = _Start(index, _run_end(words, index), kind, sign[1:] == "0")
        end = (self._with_middle_word(words, start) or self._full(words, start)) if surname else 0
        if end or kind == "":
            return end
        if code == "F" and kind != "W" and not SYLLABLE.fullmatch(words.low[index]):
            return self._foreign(words, start)
        if kind in {"E", "R"}:
            return 0
        return self._two(words, start) or self._one(words, start)

    @staticmethod
    def _of_minority(words: Words, index: int, kind: str) -> int:
        """Where a name ends whose surname no list may have, with ``a``, ``thi`` or ``van`` in it, behind a sign."""
        low, stop = words.low, _run_end(words, index)
        if stop - index >= _WHOLE and "X" not in words.codes[index] and "X" not in words.codes[index + 2]:
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
            rare = not self._joined(words, index) and not self._joined(words, index + 1)
            signed = signed and COMMON[third] and not self._joined(words, index)
            if not (signed or common or rare) or "X" in third or not GIVEN[third]:
                return 0
            if start.kind != "W" and self._joined(words, index) and self._joined(words, index + 1):
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
            self._joined(words, index) or (self._joined(words, index + 1) and not (common and start.kind))
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
        known = self._joined(words, index - 1)
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
        if not GIVEN[code] or self._is_verb(words, index):
            return 0
        if kind == "I":
            return 0 if f"{word} {words.next_word(index)}" in self._lists.compounds else index + 1
        if ("X" in code and not COMMON[code]) or len(word) < 2 or self._joined(words, index - 1):
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
        if start.length >= 2 and self._joined(words, start.index):
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
        joined = start.length >= 2 and self._joined(words, start.index)
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
        if _is_deed(words, index + 3):
            return False
        names = GIVEN[words.codes[index + 2]] and GIVEN[words.codes[index + 3]]
        return names and (not words.next_word(index + 3) or not self._joined(words, index + 2))

    def _joined(self, words: Words, index: int) -> bool:
        """Whether a word and the next one stand side by side in ordinary reports."""
        return words.low[index + 1] in self._pairs.get(words.low[index], NONE)

    def _ordinary(self, words: Words, begin: int, end: int) -> bool:
        """Whether any two of the words stand side by side in ordinary reports."""
        return any(self._joined(words, index) for index in range(begin, end - 1))

    def _rare(self, words: Words, begin: int, end: int) -> bool:
        """Whether neither end of the words joins with its neighbour outside."""
        return not (begin > 0 and self._joined(words, begin - 1)) and not (
            end < len(words.low) and self._joined(words, end - 1)
        )


def _run_end(words: Words, index: int) -> int:
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


def _unmistakable_end(words: Words, index: int) -> int:
    """Where a name ends, in a text without marks, of whose first two words no others are written so; 0: it is none."""
    last = index + 2
    if last >= len(words.low) or words.gaps[index + 1] != "_" or words.gaps[last] != "_":
        return 0
    before_thi = words.low[index + 1] == "thi" and words.plains[index] in _UNMISTAKABLE
    before_a = words.low[index + 1] == "a" and words.plains[index] in _OF_MINORITIES
    before_van = words.low[index + 1] == "van" and words.plains[index] in _KEPT
    if before_van and (not COMMON[words.codes[last]] or words.low[last] in words.lists.acts):
        return 0
    if not (before_van or ((before_thi or before_a) and "X" not in words.codes[last])):
        return 0
    fourth = last + 1 < len(words.low) and words.gaps[last + 1] == "_" and COMMON[words.codes[last + 1]]
    joined = fourth and words.low[last + 1] in words.lists.pairs.get(words.low[last], NONE)
    return last + 1 + (before_thi and fourth and not joined and words.low[last + 1] not in words.lists.acts)


def _is_whole(words: Words, index: int, length: int, place: int) -> bool:
    """Whether words may be a middle name and a given one; those of minorities, in no list, only behind a sign."""
    middles, last = words.codes[index + 1 : index + length - 1], words.codes[index + length - 1]
    if words.gaps[index + length - 1] != "_" or words.gaps[index + 1] != "_":
        return False
    unknown = (*middles, last).count("")
    if (
        unknown > (place == _SAID)
        or _is_deed(words, index + length - 1)
        or _is_title_of_next(words, index + length - 1)
    ):
        return False
    return not any(code and not MIDDLE[code] for code in middles) and not (last and not GIVEN[last])


def _is_before_number(words: Words, index: int) -> bool:
    """Whether a word announces the number right behind it: the ``so`` of "goi anh so 0912"."""
    return words.plains[index] in _NUMBERED and words.between(index + 1).lstrip(" :.")[:1].isdigit()


def _is_title_of_next(words: Words, index: int) -> bool:
    """Whether a word is the title of the capitalised name behind it: the ``anh`` of "gặp anh Trọng".

    The name may have been taken out already.
    """
    behind = index + 1
    if behind < len(words.low) and words.gaps[behind] == "_":
        named = words.caps[behind] != "l"
    else:
        named = words.between(behind).startswith(" \N{REPLACEMENT CHARACTER}")
    return named and words.caps[index] == "l" and words.lists.signs.get(words.low[index], "P") in "TtCc"


def _is_deed(words: Words, index: int) -> bool:
    """Whether a word with marks is what somebody does, and no name: the last one of "bác sĩ Trần Văn Khoa khám"."""
    low = words.low[index]
    return low in words.lists.acts and "G" not in words.codes[index] and not low.isascii()


def _opens(words: Words, title: int) -> bool:
    """Whether a title begins a sentence or stands behind who has or meets somebody."""
    return words.gaps[title] != "_" or words.low[title - 1] in words.lists.people_before


def _kind(words: Words, index: int, sign: str) -> str:
    if not sign or words.gaps[index] not in _BESIDE or (index > 1 and words.low[index - 2] in _SEVERAL):
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
