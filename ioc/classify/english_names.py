"""Names of people in English reports: by role, introduction and signature, by what they do, by the world's given names.

"the watchman Loc", "The fellow who runs the bar, Gareth, …", "Thanks. Rasmus", "Hoa cheated me", "Dmytro Kovalenko".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from ioc.classify.english_words import (
    ACTS,
    AROUND_NAMES,
    BEFORE_PERSON,
    CLOSINGS,
    HOUSES,
    INTRODUCTIONS,
    NO_NAMES,
    PARTICLES,
    PERSONS,
    PLACES_BEFORE,
    PLACES_BEHIND,
    SHIPS,
    is_english,
    may_be_english,
)
from ioc.classify.lists import COMMON, GIVEN
from ioc.classify.surroundings import Surroundings
from ioc.classify.words import Words

_LONGEST: Final = 4
_JOINED: Final = frozenset(("_", "-"))
_ENDS: Final = frozenset((",", "|", "(", "~", ":", ".", "-"))
_SPEAKING: Final = frozenset(("here", "writing", "again", "speaking", "calling", "from"))
_STOPS: Final = ([","], ["|"], ["."], ["_"])
_AND: Final = frozenset(("and", "or"))
_BACK: Final = 8
"""Words before a name between commas among which is who that is."""


@cache
def _names(file: str) -> frozenset[str]:
    return frozenset((files("ioc.classify") / "data" / "faker" / file).read_text(encoding="utf-8").split())


def may_name_people(words: Words) -> bool:
    """Whether a text is English, with few marks."""
    return words.style[1] == "-" and may_be_english(words.cues) and is_english(words.plains)


class EnglishNames:
    """Finds them."""

    def find(self, text: Surroundings) -> list[tuple[int, int]]:
        """First word of each name and the one behind it."""
        words = text.words
        if words.style[0] == "-":
            return []
        given, doubtful = _names("given_names.txt"), _names("word_names.txt")
        runs = [run for run in _runs(words) if not text.is_covered(*run)]
        found = [run for run in runs if _Run(words, *run, given, doubtful).is_name()]
        last = len(words.low) - 1
        signed = last > 0 and (words.begins(last) or (words.low[last - 1] in CLOSINGS and words.gaps[last] == ","))
        if signed and words.caps[last] == "l" and words.plains[last] in given:
            found.append((last, last + 1))  # "… her family name. beatriz"
        begins, ends = {begin for begin, _ in found}, {end for _, end in found}
        for begin, end in runs:
            known = words.plains[begin] in given or words.plains[begin] in doubtful or _is_given(words, begin)
            if known and begin not in begins and end - begin <= 2 and _is_beside(words, begin, end, begins, ends):
                found.append((begin, end))
                begins.add(begin)
                ends.add(end)
        return [run for run in found if not (run[1] - run[0] == 1 and text.is_public(*run))]

    @staticmethod
    def is_house(words: Words, begin: int, end: int) -> bool:
        """Whether it is a shop's, a ship's or a house's name: "the pharmacy An Khang", "Minh Tu bakery"."""
        low = words.low
        before = low[begin - 1] if begin and words.gaps[begin] in {"_", '"'} else ""
        after = words.next_word(end - 1)
        return before in HOUSES or after in HOUSES or not HOUSES.isdisjoint(low[begin:end])


def _is_beside(words: Words, begin: int, end: int, begins: set[int], ends: set[int]) -> bool:
    """Whether it is listed with a name: "Heinz and Ulrike", "Ahmed, Yusuf and I"."""
    if (end + 1 in begins and words.low[end] in _AND) or (begin - 1 in ends and words.low[begin - 1] in _AND):
        return True
    return (end in begins and _is_listed(words, end)) or (begin in ends and _is_listed(words, begin))


def _is_listed(words: Words, index: int) -> bool:
    """Whether what stands before a word parts it from another of a list."""
    return words.between(index).strip() in {",", "&"}


def _runs(words: Words) -> Iterator[tuple[int, int]]:
    """Capitalised words side by side, without a title before them or a word that only begins a sentence."""
    caps, low, gaps, count = words.caps, words.low, words.gaps, len(words.low)
    index = 0
    while index < count:
        if caps[index] == "l" or (caps[index] == "1" and low[index] in {"i", "a"}):
            index += 1
            continue
        begin = index
        index += 1
        while index < count and gaps[index] in _JOINED:
            if (
                gaps[index] == "-"
                or (caps[index] != "l" and low[index] != "i")
                or (
                    low[index] in PARTICLES
                    and index + 1 < count
                    and gaps[index + 1] == "_"
                    and (caps[index + 1] != "l" or low[index + 1] in PARTICLES)
                )
            ):
                index += 1
            else:
                break
        while begin < index and (low[begin] in AROUND_NAMES or low[begin] in PERSONS):
            begin += 1
        end = index
        while end > begin and caps[end - 1] == "l" and (low[end - 1] == "s" or low[end - 1] in PARTICLES):
            end -= 1
        if begin < end:
            yield begin, end


def _is_given(words: Words, index: int) -> bool:
    """Whether people of the country are called so."""
    return words.caps[index] in "UA" and COMMON[words.codes[index]]


class _Run:
    """One run of capitalised words, and what speaks for a name in it."""

    def __init__(self, words: Words, begin: int, end: int, given: frozenset[str], doubtful: frozenset[str]) -> None:
        self._words, self._begin, self._end = words, begin, end
        self._given, self._doubtful = given, doubtful
        low = words.low
        self._before = low[begin - 1] if begin and words.gaps[begin] in {"_", '"', "("} else ""
        self._after = low[end] if end < len(low) and words.gaps[end] in {"_", '"'} else ""
        self._begins = words.gaps[begin] == "|" or words.begins(begin) or (words.gaps[begin] == ".")

    def is_name(self) -> bool:
        words, begin, end = self._words, self._begin, self._end
        low, plains = words.low, words.plains
        if end - begin > _LONGEST + 1 or not NO_NAMES.isdisjoint(low[begin:end]):
            return False
        if end - begin == 1 and (len(low[begin]) == 1 or (words.caps[begin] == "A" and len(low[begin]) < 4)):
            return False
        if not PLACES_BEHIND.isdisjoint(low[begin:end]) or (self._after in PLACES_BEHIND):
            return False
        if (
            self._before in PLACES_BEFORE
            or words.between(end)[:1].isdigit()
            or words.between(end)[:2].strip().isdigit()
        ):
            return False
        if begin and words.between(begin)[-1:] in "@#_/0123456789" and words.between(begin):
            return False
        if self._is_said() or self._is_signed():
            return True
        if words.gaps[begin] == '"':
            return False
        if self._before in {"the", "a", "an"} or self._before in SHIPS:
            return False
        strong = plains[begin] in self._given
        if end - begin == 1:
            return (strong and words.caps[begin] == "U") or (
                (_is_given(words, begin) or plains[begin] in self._doubtful) and self._acts()
            )
        if strong or (words.caps[begin] == "A" and plains[end - 1] in self._given):
            return True
        if words.gaps[end - 1] == "-" and words.caps[end - 1] == "l" and end - begin == 3:
            return words.caps[end - 2] == "U" and not self._begins  # "Choi Eun-bi"
        return plains[begin] in self._doubtful and not self._begins and plains[end - 1] not in self._doubtful

    def _acts(self) -> bool:
        """Whether it does what people do, or is told or paid."""
        return self._after in ACTS or (self._before in BEFORE_PERSON and not self._begins)

    def _is_said(self) -> bool:
        """Whether words before or behind say that somebody is called so."""
        words, begin, end = self._words, self._begin, self._end
        low = words.low
        gap = words.gaps[begin]
        if self._before in PERSONS and gap in {"_", "("} and not self._begins:
            return True
        for back in (1, 2, 3, 4):
            if back <= begin and gap in {"_", ":", '"'} and " ".join(low[begin - back : begin]) in INTRODUCTIONS:
                return True
        if gap == "," and low[begin - 1] == "i" and words.gaps[end : end + 1] == [","] and low[begin] not in NO_NAMES:
            return True
        if self._after in _SPEAKING and self._known() and (self._begins or gap in {",", "_"}):
            here = self._after == "here" and (self._begins or gap == ",") and words.gaps[end + 1 :][:1] in _STOPS
            if here or " ".join(low[max(0, begin - 2) : begin]) in {"it s", "it is", "this is"}:
                return True
        if gap == "," and " ".join(low[max(0, begin - 3) : begin]) in {"it s me", "s me again"}:
            return True
        closed = end == len(low) or words.gaps[end] in _ENDS
        if closed and gap in {",", "(", "~"} and self._is_who_before():
            return True
        return self._is_who_behind()

    def _is_who_before(self) -> bool:
        """Whether a person is spoken of before the mark: "There's a lady, Tam, who", "my flatmate (Oleg)"."""
        words, begin, end = self._words, self._begin, self._end
        if words.gaps[begin] == "," and (end == len(words.low) or (words.gaps[end] == "|" and not self._known())):
            return False
        for at in range(begin - 1, max(-1, begin - _BACK), -1):
            if words.low[at] in PERSONS:
                return True
            if words.gaps[at] in {"|", ","} or words.caps[at] != "l":
                return False
        return False

    def _is_who_behind(self) -> bool:
        """Whether what follows says who that is: "Nhan, the plumber,", "Tuyen the electrician", "Dat, who works"."""
        words, end = self._words, self._end
        low = words.low
        if end + 1 >= len(low) or low[self._begin] in NO_NAMES:
            return False
        if words.gaps[end] == "," and low[end] in {"who", "whose"}:
            return self._known()
        if words.gaps[end] in {",", "_", "("} and low[end] in {"the", "our", "my", "his", "her", "a", "an"}:
            if not self._known():
                return False
            for at in range(end + 1, min(len(low), end + 4)):
                if words.gaps[at] != "_":
                    return False
                if low[at] in PERSONS:
                    return True
        return False

    def _known(self) -> bool:
        words, begin = self._words, self._begin
        plain = words.plains[begin]
        return (
            plain in self._given or plain in self._doubtful or GIVEN[words.codes[begin]] or COMMON[words.codes[begin]]
        )

    def _is_signed(self) -> bool:
        """Whether it ends the text, or a line, behind thanks or alone."""
        words, begin, end = self._words, self._begin, self._end
        last = end == len(words.low)
        if not begin:
            return False
        if words.low[begin - 1] in CLOSINGS and words.gaps[begin] != "_" and (last or "\n" in words.between(end)):
            return True
        strong = words.plains[begin] in self._given or words.plains[begin] in self._doubtful
        return last and words.begins(begin) and (strong or (end - begin == 1 and _is_given(words, begin)))
