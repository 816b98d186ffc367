"""Names of people in a text: after titles and introductions, full names that stand alone, and what stands beside them.

A capital letter after a title makes a name (``capital_names.py``); without capitals only known names do, in words that
do not stand side by side in ordinary reports (``small_names.py``). A name found once is one wherever the text has it
again. Place names are known from the province's data, history's from ``data/people.yaml``: they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from ioc.classify.called import CalledNames, may_be_called
from ioc.classify.capital_cues import find_cued, is_twice, may_be_cued, with_first
from ioc.classify.capital_names import CapitalNames
from ioc.classify.english_names import EnglishNames, may_name_people
from ioc.classify.explained import find_explained, find_households, find_lists, may_be_households
from ioc.classify.lists import COMMON, MIDDLE_WORDS, SURNAME, Lists
from ioc.classify.lone_names import LoneNames
from ioc.classify.middles import MiddleNames, may_have_middles
from ioc.classify.name_model import shipped_names
from ioc.classify.no_names import is_nobody
from ioc.classify.pairs import shipped_pairs, write
from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicNames, PublicSpans
from ioc.classify.siblings import find_quarrels, find_siblings, may_be_siblings, may_quarrel
from ioc.classify.small_cues import CuedNames
from ioc.classify.small_names import SmallNames
from ioc.classify.surroundings import Surroundings
from ioc.classify.titled import TitledNames
from ioc.classify.words import Words

_WHOLE: Final = 3
"""Words of a full name, of which the last is what its owner is called afterwards."""


@cache
def people() -> dict[str, list[str]]:
    """The shipped lists."""
    raw = (files("ioc.classify") / "data" / "people.yaml").read_bytes()
    data: dict[str, list[str]] = yaml.load(raw, Loader=yaml.CSafeLoader)  # safe_load, in C
    return data


@cache
def shipped_lists() -> Lists:
    """The shipped lists, by word."""
    return Lists.of(people(), shipped_pairs())


def ordinary_pairs(texts: Iterable[str]) -> bytes:
    """A new ``pairs.bin`` of ordinary reports, for the shipped lists."""
    lists = Lists.of(people(), {})

    def like_name(first: str, second: str) -> bool:
        named = lists.signs.get(first, "P").upper() in "TCWIN" or COMMON[lists.codes.get(first, "")]
        return named and COMMON[lists.codes.get(second, "")]

    return write(texts, lists.namely, like_name)


_TITLES: Final = frozenset("ba ong anh chi co chu bac em chau thang cau di".split())  # noqa: SIM905 (a list of words)
"""Behind a title what somebody is called is a name without capitals, too, where the text has the full one."""
_NO_PLACES: Final = frozenset(("gio", "ban"))
"""Before what was found to be a name they are "now" and "you"."""
_ENGLISH: Final = frozenset(("an", "in", "on", "at", "my", "the", "a", "not", "so"))
_ENGLISH_IS: Final = frozenset(("am", "is", "i'm", "m"))


class NameFinder:
    """Finds names; ``public`` are names of places and history that stay."""

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._lists = shipped_lists()
        self._small = SmallNames(self._lists, shipped_names())
        self._capitals = CapitalNames(self._lists)
        self._called = CalledNames(self._lists)
        self._middles = MiddleNames(self._lists)
        self._cued = CuedNames(self._lists)
        self._english = EnglishNames()
        self._lone = LoneNames(self._lists, shipped_names())
        self._titled = TitledNames(self._lists, shipped_names().marked)
        self._public = PublicNames((*people()["public_names"], *public))

    def words(self, text: str) -> Words:
        """The words of a text, as ``find`` takes them."""
        return Words(text, self._lists)

    def openings(self, words: Words) -> list[int]:
        """Words at which a name may begin, as ``find`` takes them."""
        return words.openings(self._small.beside(words))

    def public(self, views: Views) -> PublicSpans:
        """The public names of a text, as ``find`` takes them."""
        return PublicSpans(self._public, views)

    def find(
        self,
        views: Views,
        words: Words,
        openings: Sequence[int],
        public: Callable[[], Sequence[tuple[int, int]]],
        contacts: Sequence[Span] = (),
    ) -> Iterator[Span]:
        """Names, without the title before them.

        Args:
            views: The text.
            words: Its words.
            openings: Words at which a name may begin.
            public: Finds its names of places and history.
            contacts: Phone numbers and addresses that people stand beside.

        """
        if views.is_east_asian:
            # Its patterns take a fifth of a second to make: whoever sees no Chinese does without.
            from ioc.classify.han_names import find_han_names  # noqa: PLC0415

            yield from find_han_names(views.text)
        more = self._cued.find(words, openings, views.plain)
        if may_be_called(words):
            more += self._called.find(words)
        if may_have_middles(words):
            more += self._middles.find(words)
        if words.titled and words.style[1] == "m":
            more += self._titled.find(words)
        if may_be_siblings(words, views.plain):
            more += find_siblings(words)
        if may_be_households(words, views.plain):
            more += find_households(words)
        english = may_name_people(words)
        if not (openings or more or english):
            return
        text = Surroundings(words, public, contacts, views.plain)
        if english:
            more += self._english.find(text)
        names = self._names(text, openings)
        if more:
            names = _with(text, names, [found for found in more if not is_nobody(words, *found)])
        if words.style[0] == "c":
            explained = [*find_explained(words), *find_lists(words)]
            if may_quarrel(words):
                explained += find_quarrels(words)
            if may_be_cued(words, contacts):
                explained += find_cued(text)
            if explained:
                names = _longest(names, [this for this in explained if not is_nobody(words, *this)])
            if names:
                names = with_first(words, names)
        if english:
            names = [found for found in names if not self._english.is_house(words, *found)]
        if names:
            names += _listed(words, names)
            names += _again(text, names)
        for begin, end in names:
            yield Span(words.start(begin), words.end(end - 1), "name")

    def _names(self, text: Surroundings, openings: Sequence[int]) -> list[tuple[int, int]]:
        """First word of each name and the one behind it."""
        words = text.words
        cased = words.style[0] == "c"
        names: list[tuple[int, int]] = []
        last_name = read_to = -1
        for index in openings:
            if index < read_to:
                continue
            if cased and words.caps[index] != "l":
                begin, end = self._capitals.find(text, index, last_name)
                read_to = end or begin
                # Of two, the first may have its capital because it begins a sentence.
                if (
                    not end
                    and begin - index <= 2
                    and words.gaps[begin - 1] != "|"
                    and (self._lone.is_name(text, begin - 1) or is_twice(words, begin - 1))
                ):
                    begin, end = begin - 1, begin
            else:
                begin, end = index, self._small_end(text, index)
            if end and not is_nobody(words, begin, end):
                names.append((begin, end))
                last_name = read_to = end
        return names

    def _small_end(self, text: Surroundings, index: int) -> int:
        """Where a name without capitals ends that begins here; 0: none does."""
        if index and text.words.low[index] in _ENGLISH and text.words.low[index - 1] in _ENGLISH_IS:
            return 0  # "I am an English teacher"
        end = self._small.end(text.words, index)
        if not end or text.words.sign(index).startswith(("I", "i")):
            return end
        if not text.words.sign(index) and text.words.next_word(end - 1) and "B" in text.words.codes[end]:
            return 0  # "hung thinh plaza"
        # A full name may have a place's in it: "vu thai binh".
        whole = end - index >= _WHOLE
        return 0 if (text.is_covered(index, end) if whole else text.is_public(index, end)) else end


def _longest(names: list[tuple[int, int]], more: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names, and more of them, whatever a place is called; the longer one counts where one is a part of another."""
    for begin, end in more:
        if not any(first <= begin and end <= last for first, last in names):
            names = [(first, last) for first, last in names if last <= begin or end <= first]
            names.append((begin, end))
    return sorted(names)


def _with(
    text: Surroundings, names: Sequence[tuple[int, int]], more: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Names, and more of them that are no places; the longer one counts where one is a part of another."""
    found = [*names]
    for begin, end in more:
        if text.is_covered(begin, end) or any(
            first < end and begin < last and not (begin <= first and last <= end) for first, last in found
        ):
            continue
        found = [(first, last) for first, last in found if not (begin <= first and last <= end)]
        found.append((begin, end))
    return sorted(found)


def _listed(words: Words, names: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Full names behind a comma that stands behind another one, whatever their words mean: "…, ngo thi lanh"."""
    found: list[tuple[int, int]] = []
    begun = {begin for begin, _ in names}
    for begin, end in names:
        last = end + _WHOLE - 1
        if end - begin < _WHOLE or end in begun or last >= len(words.low) or words.gaps[end] != ",":
            continue
        whole = words.gaps[end + 1] == "_" and words.gaps[last] == "_" and words.low[end + 1] in MIDDLE_WORDS
        if whole and SURNAME[words.codes[end]] and COMMON[words.codes[last]]:
            found.append((end, last + 1))
    return found


def _again(text: Surroundings, names: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where a name of the text stands once more, the given name of a full one too; no part of another name."""
    words = text.words
    low, caps = words.low, words.caps
    taken = {index for begin, end in names for index in range(begin, end)}
    found: list[tuple[int, int]] = []
    for begin, end in names:
        called = [(begin, end)]
        if end - begin >= _WHOLE and COMMON[words.codes[end - 1]]:
            called.append((end - 1, end))
        for first, stop in called:
            length = stop - first
            small = length == 1 and (caps[first] == "l" or words.style[0] == "-")
            if small and end - begin < _WHOLE:
                continue
            for at in words.everywhere(low[first]):
                if (
                    at not in taken
                    and not (small and not (at and words.gaps[at] == "_" and words.plains[at - 1] in _TITLES))
                    and low[at : at + length] == low[first:stop]
                    and caps[at : at + length] == caps[first:stop]
                    and _stands_free(words, at, at + length)
                    and not text.is_public(at, at + length)
                ):
                    found.append((at, at + length))
                    taken.update(range(at, at + length))
    return found


def _stands_free(words: Words, begin: int, end: int) -> bool:
    """Whether no capitalised word stands right beside, as in "công ty Thành Công", and no word of a place before."""
    if words.caps[begin] == "l":
        return True
    before = begin > 0 and words.gaps[begin] == "_" and words.caps[begin - 1] == "U" and not words.sign(begin)
    behind = end < len(words.low) and words.gaps[end] == "_" and words.caps[end] != "l"
    at_place = words.sign(begin)[:1] in {"P", "p"} and words.low[begin - 1] not in _NO_PLACES
    return not (before or behind or at_place)
