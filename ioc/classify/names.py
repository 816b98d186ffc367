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

from ioc.classify.normalise import fold, place_tones
from ioc.classify.personal import Span, Views

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_BETWEEN_NAME_WORDS: Final = re.compile(r"[ ]|\. ?")
_AFTER_TRIGGER: Final = re.compile(r"[\s:.,\-(\"'“]{0,4}")
_CHINESE_NAME: Final = re.compile(r"(?:我叫|我的名字是|我的名字叫|姓名[:：]?\s?)([\u4e00-\u9fff]{2,3})")
_MIDDLE_WORDS: Final = frozenset(("van", "thi"))
"""The middle names that hardly stand in anything but a full name."""
_LONGEST: Final = 5
_WEAK: Final = 0
_TITLE: Final = 1
_INTRODUCTION: Final = 2
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 8
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    lower: str
    plain: str
    start: int
    end: int


class NameFinder:
    """Finds names; ``public`` are names of places and history that stay."""

    def __init__(self, public: Iterable[str] = ()) -> None:
        data: dict[str, list[str]] = yaml.safe_load((files("ioc.classify") / "data" / "people.yaml").read_bytes())
        words = {section: [place_tones(str(word).lower()) for word in listed] for section, listed in data.items()}
        self._surnames = frozenset(words["surnames"])
        self._clear_surnames = frozenset(words["clear_surnames"])
        self._middle = frozenset(words["middle_names"])
        self._middle_unmarked = frozenset(map(fold, self._middle))
        self._given = frozenset(words["given_names"])
        self._given_unmarked = frozenset(map(fold, self._given))
        self._after_name = frozenset(map(fold, words["after_name"]))
        self._never = frozenset(words["never_names"])
        self._all_the_same = frozenset(words["names_all_the_same"])
        self._places = frozenset(map(fold, words["places"]))
        self._strength = dict.fromkeys(words["weak_introductions"], _WEAK)
        self._strength |= dict.fromkeys(words["titles"], _TITLE) | dict.fromkeys(words["pronouns"], _WEAK)
        self._strength |= dict.fromkeys(words["introductions"], _INTRODUCTION)
        self._triggers = list(self._strength)
        self._trigger_automaton = ahocorasick_rs.AhoCorasick([f" {fold(trigger)} " for trigger in self._triggers])
        self._unclear_titles = frozenset(words["unclear_titles"])
        stay = [f" {fold(name)} " for name in (*words["public_names"], *public)]
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
        cased: bool | None = None
        unmarked = views.plain == views.text.lower()
        public: list[tuple[int, int]] | None = None
        taken = 0
        read_to = 0
        for index, begin, stop in sorted(triggers, key=lambda hit: (hit[1], -hit[2])):
            if stop <= read_to:
                continue
            read_to = stop
            trigger = self._triggers[index]
            written = views.text[begin : stop - 2].lower()
            if written != trigger and not unmarked:
                continue
            gap = _AFTER_TRIGGER.match(views.text, stop - 2)
            start = gap.end() if gap else stop - 1
            strength = _WEAK if unmarked and trigger in self._unclear_titles else self._strength[trigger]
            first = _TOKEN.match(views.text, start)
            if first is None or start < taken or not (strength == _INTRODUCTION or self._may_begin(first[0])):
                continue
            words = _words(views, start)
            cased = _is_cased(views.text) if cased is None else cased
            count = self._length(words, strength, cased=cased, unmarked=unmarked)
            if not count:
                continue
            if public is None:
                public = self._public_spans(padded)
            end = words[count - 1].end
            if any(one <= begin < two or (one <= start and end <= two and count > 1) for one, two in public):
                continue
            taken = end
            yield Span(start, end, "name")
        if alone and _is_cased(views.text):
            yield from self._alone(views, self._public_spans(padded) if public is None else public)

    def _public_spans(self, padded: str) -> list[tuple[int, int]]:
        hits = self._public.find_matches_as_indexes(padded, overlapping=True)
        return [(begin, stop - 2) for _, begin, stop in hits]

    def _length(self, words: Sequence[_Word], strength: int, *, cased: bool, unmarked: bool) -> int:
        """How many of the words are the name; 0: there is none."""
        first = words[0]
        if cased and first.text[0].isupper():
            count = self._capitals(words)
            return count if strength or self._is_known(first) else 0
        given = self._given_unmarked if unmarked else self._given
        middle = self._middle_unmarked if unmarked else self._middle
        if self._is_surname(first) and len(words) > 1:
            count = 1
            while count < min(len(words), 4) and words[count].lower in middle:
                count += 1
            goes_on = count < len(words) and words[count].plain not in self._after_name
            if goes_on and (count > 1 or words[count].lower in given):
                return count + 1
            return count if count > 1 else 0
        if strength and first.lower in given:
            follows = words[1].plain if len(words) > 1 else ""
            if strength == _INTRODUCTION or not follows or follows in self._after_name:
                return 1
        return 1 if strength == _INTRODUCTION and first.lower not in self._never else 0

    def _may_begin(self, word: str) -> bool:
        """A quick look at a word, before all that may follow it is read."""
        lower = place_tones(word.lower())
        return (
            word[0].isupper()
            or lower in self._given
            or lower in self._given_unmarked
            or lower in self._surnames
            or lower in self._clear_surnames
        )

    def _capitals(self, words: Sequence[_Word]) -> int:
        count = 0
        for word in words:
            initial = count > 0 and len(word.text) == 1
            usual = word.lower in self._never and word.lower not in self._all_the_same and not initial
            acronym = count == 0 and len(word.text) > 1 and word.text.isupper()
            if not word.text[0].isupper() or usual or acronym:
                break
            count += 1
        return count

    def _is_surname(self, word: _Word) -> bool:
        return word.lower in self._surnames or word.lower in self._clear_surnames

    def _is_known(self, word: _Word) -> bool:
        return self._is_surname(word) or word.lower in self._given or word.lower in self._given_unmarked

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


def _is_cased(text: str) -> bool:
    """Whether capitals say something: not when a text shouts, or capitalises every word."""
    if sum(map(str.isupper, text)) >= _SHOUTING * len(text):
        return False
    words = text.split()
    return len(words) < _LEAST_WORDS or sum(word[0].isupper() for word in words) < _TITLE_CASE * len(words)


def _words(views: Views, start: int) -> list[_Word]:
    """The words from here on that one name could have."""
    words: list[_Word] = []
    while len(words) < _LONGEST and (token := _TOKEN.match(views.text, start)):
        words.append(
            _Word(token[0], place_tones(token[0].lower()), views.plain[token.start() : token.end()], *token.span())
        )
        between = _BETWEEN_NAME_WORDS.match(views.text, token.end())
        if between is None or (between[0].startswith(".") and len(token[0]) > 1):
            break
        start = between.end()
    return words
