"""Names written without capitals: "toi la nguyen van nam", "chị lan ở tổ 3", "a tuấn anh nhà cạnh".

Known names in the right order are one, unless two of the words stand side by side in ordinary texts (``pairs.py``).
The model has the last word (``name_model.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ioc.classify.lists import (
    COMMON,
    FIRST,
    GIVEN,
    MIDDLE,
    SURNAME,
    Letters,
    Lists,
)
from ioc.classify.name_model import NameModel
from ioc.classify.pairs import NO_COUNTS, NONE
from ioc.classify.small_rules import BESIDE, ONE_WORD, WHOLE, SmallRules, is_deed, kind_of, run_end
from ioc.classify.words import Words

_SAYS: Final = frozenset("CWw")
_IS: Final = frozenset(("là", "la"))
_NOBODY: Final = frozenset("dan nam chu con khach me bo ba ong anh chi em toi nha le hai quan tu".split())  # noqa: SIM905 (a list of words)
"""What somebody may be that without marks is a name, too: "toi la dan"."""
_UNMISTAKABLE: Final = frozenset(("nguyen", "pham", "hoang", "huynh", "trinh", "tran", "bui"))
"""Surnames that before "thi" are nothing else, also without marks: what follows is a name, whatever it means."""
_OF_MINORITIES: Final = frozenset(("phun", "phung", "chiu", "giang", "sung", "voong", "trieu", "sin", "phoong"))
"""The same before "a"."""
_KEPT: Final = frozenset(("nguyen", "pham", "huynh", "trinh"))
"""Of these, those that before "van" are nothing else, where a name that many have follows."""
_BETWEEN: Final = frozenset(("thi", "a", "van"))
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
_SECOND: Final = Letters("GKNFgknf")


class SmallNames:
    """Finds where such a name ends."""

    def __init__(self, lists: Lists, model: NameModel) -> None:
        self._lists = lists
        self._pairs = lists.pairs
        self._model = model
        self.rules = rules = SmallRules(lists)
        self._joined = rules.joined
        self._is_verb = rules.is_verb

    def end(self, words: Words, index: int) -> int:
        """Index of the word behind the name that begins at a word; 0: none does."""
        code = words.codes[index]
        surname = SURNAME[code]
        if not surname and not FIRST[code]:
            return self.rules.end(words, index)  # A foreign name, or one of a keyboard's raw letters.
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
        beside = sign != "" and words.gaps[index] in BESIDE
        if not (lengths or beside):
            return 0
        if beside and not kind_of(words, index, sign):
            return self.rules.end(words, index)
        if not lengths:
            end = self.rules.end(words, index) if marked else 0
            return end if end - index >= WHOLE else 0
        ruled = max(self.rules.end(words, index) - index, 0)
        if not ruled and lengths[0] == 1 and self._is_spoken(words, index):
            lengths = lengths[1:]
            if not lengths:
                return 0
        scores = [*zip(self._model.scores(words, index, lengths, ruled=ruled), lengths, strict=True)]
        if scores[0][1] == 1 and not ruled:
            scores[0] = scores[0][0] + self._beside_verb(words, index), 1
        best = max(scores)[0]
        if best <= 0:
            sure = (ruled >= WHOLE and marked) or ruled not in lengths or sign.startswith(("I", "i"))
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
        if sign[1:] not in ONE_WORD:
            return ()  # The word is the last of a longer sign.
        longest = run_end(words, index) - index
        found: tuple[int, ...] = ()
        if place == _SAID or (place == _ALONE and sign[:1] not in {"T", "t"}):
            found = self._first_names(words, index, longest, place)
        elif place in {_SELDOM, _NAMED} and longest > 1 and self._may_be_two(words, index):
            found = (2,)
        if not surname or longest < WHOLE or place == _NAMED or (words.style[1] == "m" and "S" not in code):
            return found  # Where other words have marks, "sai" is no "Sái".
        joined = [self._joined(words, at) for at in range(index, index + longest - 1)]
        if place not in {_SAID, _SPOKEN} and joined[0] and joined[1]:
            return found
        if place != _SAID and sum(joined) > (place != _SPOKEN):
            longest = WHOLE
        if f"{words.low[index]} {words.low[index + 1]}" in self._lists.compounds:
            return found
        return *found, *[length for length in range(WHOLE, longest + 1) if _is_whole(words, index, length, place)]

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
            words.sign(index + 3)[:1] in _WHO and words.sign(index + 3)[1:] not in ONE_WORD
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
        if not surname or index + WHOLE > len(words.low):
            return 0 if met else _NAMED
        if not met:
            return _SELDOM
        return 0 if self._joined(words, index) or self._joined(words, index + 1) else _SPOKEN

    def beside(self, words: Words) -> Mapping[str, Mapping[str, int]]:
        """How often words of a text's style stand side by side; below zero where the second one is no name."""
        return (self._model.marked if words.style[1] == "m" else self._model.unmarked).pairs


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
    if unknown > (place == _SAID) or is_deed(words, index + length - 1) or _is_title_of_next(words, index + length - 1):
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
