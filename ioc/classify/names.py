"""Names of people in a text: after titles and introductions, and full names that stand alone.

A capital letter after a title makes a name; without capitals only known surnames and given names do. Place names are
known from the province's data, so that a commune that begins with a title's word stays a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import ahocorasick_rs
import yaml

from ioc.classify.normalise import fold, normalise
from ioc.classify.personal import Span, Views

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_BETWEEN_NAME_WORDS: Final = re.compile(r"[ ]|\. ?")
_AFTER_TRIGGER: Final = re.compile(r"[\s:.,\-(\"'“]{0,4}")
_CHINESE_NAME: Final = re.compile(r"(?:我叫|我的名字是|我的名字叫|姓名[:：]?\s?)([\u4e00-\u9fff]{2,3})")
_MIDDLE_WORDS: Final = frozenset(("van", "thi"))
"""The middle names that hardly stand in anything but a full name."""
_LONGEST: Final = 5
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    plain: str
    start: int
    end: int


class NameFinder:
    """Finds names; ``public`` are names of places and history that stay."""

    def __init__(self, public: Iterable[str] = ()) -> None:
        data: dict[str, list[str]] = yaml.safe_load((files("ioc.classify") / "data" / "people.yaml").read_bytes())
        words = {section: [normalise(str(word)).text for word in listed] for section, listed in data.items()}
        self._surnames = frozenset(words["surnames"])
        self._clear_surnames = frozenset(words["clear_surnames"])
        self._middle = frozenset((*words["middle_names"], *map(fold, words["middle_names"])))
        self._given = frozenset((*words["given_names"], *map(fold, words["given_names"])))
        self._after_name = frozenset(map(fold, words["after_name"]))
        self._never = frozenset(words["never_names"])
        self._all_the_same = frozenset(words["names_all_the_same"])
        self._places = frozenset(map(fold, words["places"]))
        self._strength = dict.fromkeys(map(fold, words["weak_introductions"]), 0)
        self._strength |= dict.fromkeys(map(fold, words["titles"]), 1)
        self._strength |= dict.fromkeys(map(fold, words["introductions"]), 2)
        self._triggers = list(self._strength)
        self._trigger_automaton = ahocorasick_rs.AhoCorasick([f" {trigger} " for trigger in self._triggers])
        stay = [f" {fold(normalise(name).text)} " for name in (*words["public_names"], *public)]
        self._public = ahocorasick_rs.AhoCorasick(stay)

    def find(self, views: Views) -> Iterator[Span]:
        """Names, without the title before them."""
        padded = f" {views.folded} "
        triggers = self._trigger_automaton.find_matches_as_indexes(padded, overlapping=True)
        if not views.text.isascii():
            yield from (Span(*found.span(1), "name") for found in _CHINESE_NAME.finditer(views.text))
        alone = not _MIDDLE_WORDS.isdisjoint(views.folded.split())
        if not triggers and not alone:
            return
        cased = sum(map(str.isupper, views.text)) < _SHOUTING * len(views.text)
        public: list[tuple[int, int]] | None = None
        taken = 0
        read_to = 0
        for index, begin, stop in sorted(triggers, key=lambda hit: (hit[1], -hit[2])):
            if stop <= read_to:
                continue
            read_to = stop
            gap = _AFTER_TRIGGER.match(views.text, stop - 2)
            start = gap.end() if gap else stop - 1
            strength = self._strength[self._triggers[index]]
            first = _TOKEN.match(views.text, start)
            if first is None or start < taken or not (strength > 1 or self._may_begin(first[0])):
                continue
            words = _words(views, start)
            count = self._length(words, strength, cased=cased)
            if not count:
                continue
            if public is None:
                public = self._public_spans(padded)
            end = words[count - 1].end
            if any(one <= begin < two or (one <= start and end <= two and count > 1) for one, two in public):
                continue
            taken = end
            yield Span(start, end, "name")
        if cased and alone:
            yield from self._alone(views, self._public_spans(padded) if public is None else public)

    def _public_spans(self, padded: str) -> list[tuple[int, int]]:
        hits = self._public.find_matches_as_indexes(padded, overlapping=True)
        return [(begin, stop - 2) for _, begin, stop in hits]

    def _length(self, words: Sequence[_Word], strength: int, *, cased: bool) -> int:
        """How many of the words are the name; 0: there is none."""
        first = words[0]
        known = self._is_surname(first) or first.plain in self._given
        if cased and first.text[0].isupper():
            count = self._capitals(words)
            if count and (strength or self._is_surname(first) or (count > 1 and known)):
                return count
            return 0
        if self._is_surname(first) and len(words) > 1:
            count = 1
            while count < min(len(words), 4) and words[count].text in self._middle:
                count += 1
            if count < len(words) and words[count].text in self._given:
                return count + 1
            return count if count > 1 else 0
        if first.text in self._given and strength:
            follows = words[1].plain if len(words) > 1 else ""
            if strength == 2 or not follows or follows in self._after_name:
                return 1
        return 1 if strength == 2 and first.text not in self._never else 0

    def _may_begin(self, word: str) -> bool:
        return word[0].isupper() or word in self._surnames or word in self._clear_surnames or word in self._given

    def _capitals(self, words: Sequence[_Word]) -> int:
        count = 0
        for word in words:
            lower = word.text.lower()
            usual = lower in self._never and lower not in self._all_the_same
            if not word.text[0].isupper() or usual or (len(word.text) > 1 and word.text.isupper() and count == 0):
                break
            count += 1
        return count

    def _is_surname(self, word: _Word) -> bool:
        lower = word.text.lower()
        return lower in self._surnames or lower in self._clear_surnames

    def _alone(self, views: Views, public: Sequence[tuple[int, int]]) -> Iterator[Span]:
        """Surname, middle name, given name, all capitalised, and no street or school."""
        for token in _TOKEN.finditer(views.text):
            if not token[0][0].isupper() or token[0].lower() not in self._surnames:
                continue
            words = _words(views, token.start())
            count = self._capitals(words)
            if count < 3 or words[1].plain not in _MIDDLE_WORDS:
                continue
            start, end = token.start(), words[count - 1].end
            before = views.folded[max(0, start - 12) : start].split()
            street = not self._places.isdisjoint((" ".join(before[-2:]), *before[-1:]))
            if not street and not any(first < end and start < last for first, last in public):
                yield Span(start, end, "name")


def _words(views: Views, start: int) -> list[_Word]:
    """The words from here on that one name could have."""
    words: list[_Word] = []
    while len(words) < _LONGEST and (token := _TOKEN.match(views.text, start)):
        words.append(_Word(token[0], views.plain[token.start() : token.end()], *token.span()))
        between = _BETWEEN_NAME_WORDS.match(views.text, token.end())
        if between is None or (between[0].startswith(".") and len(token[0]) > 1):
            break
        start = between.end()
    return words
