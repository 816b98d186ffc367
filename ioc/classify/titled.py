"""Names without capitals that no list has, behind a title, where words have their marks: "chó nhà ông sần cắn".

Such a word is seldom in ordinary reports and never stands behind a title there, and behind it the sentence goes on as
behind a name.
"""

from __future__ import annotations

from typing import Final

from ioc.classify.lists import BORN_AS, TITLES, Lists
from ioc.classify.name_model import Counts
from ioc.classify.slips import SYLLABLE
from ioc.classify.words import Words

_SEVERAL: Final = frozenset("các mấy những hai ba bốn năm hội quý đàn anh cùng".split()) | TITLES  # noqa: SIM905 (a list of words)
"""Before a title these speak of several, or of nobody in particular: "hai ông quật nhau", "người đàn bà"."""
_BEFORE_DEEDS: Final = 220
"""Ordinary reports, of some 77,000, that a word may stand in and still be a name, where somebody's deed stands behind.

The more reports are counted, the more have any word: this and the next two grow with them.
"""
_BEFORE_ROLES: Final = 60
"""The same before who somebody is."""
_SOMEBODY: Final = TITLES | {"cháu", "con", "em", "bé"}
"""Whom something is done to: "cô chăm cháu tôi"."""
_GOES_ON: Final = frozenset(("số", "và", "với", "cũng", "cứ"))
"""Behind a name, and hardly behind a verb."""
_AT_ENDS: Final = 30
"""The same where nothing stands behind it."""


class TitledNames:
    """Finds them; ``counts``: of words in ordinary reports, with marks."""

    def __init__(self, lists: Lists, counts: Counts) -> None:
        self._lists = lists
        self._counts = counts

    def find(self, words: Words) -> list[tuple[int, int]]:
        """First word of each name and the one behind it; the words have their marks, and openings were asked for."""
        found = [(index, index + 1) for index in words.titled if self._is_name(words, index)]
        return found + [(index, index + 2) for index in words.titled if self._is_nickname(words, index)]

    def _is_name(self, words: Words, index: int) -> bool:
        low = words.low[index]
        # What most words fail at is asked first.
        if self._counts.words.get(low, 0) > _BEFORE_DEEDS:
            return False
        if words.caps[index] != "l" or words.gaps[index] != "_" or low in BORN_AS:
            return False
        if words.sign(index + 1) not in {"", "0"} and low in self._lists.signs:
            return False
        before = words.low[index - 2] if index > 1 and words.gaps[index - 1] == "_" else ""
        if before in _SEVERAL or (before and words.caps[index - 2] != "l" and not words.begins(index - 2)):
            return False
        if self._lists.joined(words.low[index - 1], low):
            return False
        return self._fits(words, index, before)

    def _is_nickname(self, words: Words, index: int) -> bool:
        """Whether it is as which child somebody was born and a nickname behind: "bác sáu lèo bán thịt"."""
        last = index + 1
        if words.low[index] not in BORN_AS or last >= len(words.low) or words.gaps[last] != "_":
            return False
        low = words.low[last]
        if low in self._lists.acts or low in self._lists.behind_titles or "X" in words.codes[last]:
            return False
        if words.is_role(last) or low in self._lists.signs or self._lists.joined(words.low[index], low):
            return False
        if self._counts.words.get(low, 0) > _BEFORE_DEEDS or not SYLLABLE.fullmatch(words.plains[last]):
            return False
        return words.next_word(last) in self._lists.acts and not self._lists.joined(low, words.next_word(last))

    def _fits(self, words: Words, index: int, before: str) -> bool:
        """Whether the sentence goes on as behind a name; the more seldom a word is, the less has to speak for it."""
        follows, count = words.next_word(index), self._counts.words.get(words.low[index], 0)
        if follows and self._lists.joined(words.low[index], follows):
            return False
        met = not before or before in self._lists.people_before
        if not follows:
            return met and count <= _AT_ENDS
        if follows in self._lists.acts:
            return True
        if follows in _GOES_ON or (words.is_role(index + 1) and follows not in _SOMEBODY):
            return count <= _BEFORE_ROLES
        return met and count == 0
