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
_ROLE: Final = 1
_NAMED: Final = 2
_ENGLISH: Final = 3
_TITLE: Final = 4
_INTRODUCTION: Final = 5
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 8
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""
_MARKED: Final = 0.45
"""Share of words with marks below which some were left out, so that a word without marks may be any."""
_CAPITAL: Final = "A-ZÀ-ÖØ-ÞĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
_CAPITALISED: Final = re.compile(rf"(?<!\w)[{_CAPITAL}][^\W\d_]*(?:[ ][{_CAPITAL}][^\W\d_]*)+(?![\w.]\w)")
_CONTACT_AHEAD: Final = re.compile(
    r"\W{0,4}(?:(?:sdt|dt|so|phone|tel|zalo|so dt|at|mobile|email|dien thoai)\W{1,3}){0,2}"
)
_CONTACT_AFTER: Final = re.compile(r"\W{1,3}(?:(?:gap|ten|cua|la|chu may|anh|chi|ong|ba|co|chu)\s){0,2}")
_MIDDLE: Final = re.compile(r"(?<!\w)([a-z]{2,7}) (?:van|thi) [a-z]")
_NAME_BESIDE: Final = re.compile(rf"[{_CAPITAL}][^\W\d_]*(?:[ ][{_CAPITAL}][^\W\d_]*){{0,3}}")
_TELEX_TONE: Final = re.compile(r"(?<=[aeiouyw])([a-z]*?)[sfrxj](?=[a-z]?[a-z]?$)")
_TELEX: Final = (("aa", "a"), ("ee", "e"), ("oo", "o"), ("dd", "d"), ("w", ""))


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
        self._surnames_unmarked = frozenset(map(fold, self._surnames | self._clear_surnames))
        self._after_name = frozenset(map(fold, words["after_name"]))
        self._never = frozenset(words["never_names"])
        self._all_the_same = frozenset(words["names_all_the_same"])
        self._places = frozenset(words["places"])
        self._places_unmarked = frozenset(map(fold, words["places"]))
        self._places_behind = frozenset(words["places_behind"])
        self._nicknames = frozenset(words["nicknames"]) | frozenset(map(fold, words["nicknames"]))
        self._common = frozenset(map(fold, words["common_pairs"]))
        self._strength: dict[str, int] = {}
        for section, strength in (
            ("weak_introductions", _WEAK), ("roles", _ROLE), ("named", _NAMED), ("english_roles", _ENGLISH),
            ("titles", _TITLE), ("pronouns", _WEAK), ("introductions", _INTRODUCTION),
        ):  # fmt: skip
            self._strength |= dict.fromkeys(words[section], strength)
        self._triggers = list(self._strength)
        self._trigger_automaton = ahocorasick_rs.AhoCorasick([f" {fold(trigger)} " for trigger in self._triggers])
        self._unclear_titles = frozenset(words["unclear_titles"])
        stay = [f" {fold(name)} " for name in (*words["public_names"], *public)]
        self._public = ahocorasick_rs.AhoCorasick(stay)

    def find(self, views: Views, contacts: Sequence[Span] = ()) -> Iterator[Span]:
        """Names, without the title before them; ``contacts``: phones and addresses that people stand beside."""
        padded = f" {views.folded} "
        triggers = self._trigger_automaton.find_matches_as_indexes(padded, overlapping=True)
        if not views.text.isascii():
            yield from (Span(*found.span(1), "name") for found in _CHINESE_NAME.finditer(views.text))
        runs = list(_CAPITALISED.finditer(views.text))
        full = not _MIDDLE_WORDS.isdisjoint(views.folded.split())
        if not triggers and not runs and not full:
            return
        style = _Style.of(views)
        public: list[tuple[int, int]] | None = None
        taken = 0
        read_to = 0
        for index, begin, stop in sorted(triggers, key=lambda hit: (hit[1], -hit[2])):
            if stop <= read_to:
                continue
            trigger = self._triggers[index]
            written = views.text[begin : stop - 2].lower()
            bare = written != trigger
            if bare and not style.loose:
                continue
            read_to = stop - 1
            gap = _AFTER_TRIGGER.match(views.text, stop - 2)
            start = gap.end() if gap else stop - 1
            strength = self._strength[trigger]
            first = _TOKEN.match(views.text, start)
            if first is None or start < taken or (strength < _NAMED and "." in views.text[stop - 2 : start]):
                continue
            if style.loose and trigger in self._unclear_titles and not (style.cased and first[0][0].isupper()):
                strength = _WEAK
            if not (style.cased and first[0][0].isupper()) and not self._may_begin(first[0], strength, style):
                continue
            words = _words(views, start)
            count = self._length(words, strength, style)
            if not count:
                continue
            if public is None:
                public = self._public_spans(padded)
            end = words[count - 1].end
            introduced = strength == _INTRODUCTION and count > 1
            if not introduced and any(
                one <= begin < two or (one <= start and end <= two and count > 1) for one, two in public
            ):
                continue
            taken = end
            yield Span(start, end, "name")
        signature = runs and views.text.isascii() and not views.text[runs[-1].end() :].strip(" .!")
        if signature:
            contacts = [*contacts, Span(len(views.text), len(views.text), "name")]
        if (runs and style.cased) or full or contacts:
            public = self._public_spans(padded) if public is None else public
            if runs and style.cased:
                yield from self._alone(views, style, runs, public)
            if full:
                yield from self._full(views, style, public)
            if contacts and style.cased:
                yield from self._beside(views, style, contacts, public)

    def _public_spans(self, padded: str) -> list[tuple[int, int]]:
        hits = self._public.find_matches_as_indexes(padded, overlapping=True)
        return [(begin, stop - 2) for _, begin, stop in hits]

    def _length(self, words: Sequence[_Word], strength: int, style: _Style) -> int:
        """How many of the words are the name; 0: there is none."""
        first = words[0]
        if style.cased and first.text[0].isupper():
            count = self._capitals(words)
            sure = strength >= _NAMED or self._is_known(first) or (count > 1 and self._is_middle(words[1]))
            if not count or not sure or (count == 1 and strength == _WEAK and first.lower in self._all_the_same):
                return 0
            return count + (count < len(words) and count < 3 and words[count].lower in self._nicknames)
        if strength in {_ROLE, _ENGLISH}:
            return 0
        count = self._lower_case(words, strength, style)
        if count:
            return count
        given = first.lower in self._given or (style.loose and first.plain in self._given_unmarked)
        follows = words[1] if len(words) > 1 else None
        full = strength in {_NAMED, _INTRODUCTION} and style.loose and given and follows is not None
        if full and first.plain in self._middle_unmarked and follows and follows.plain in self._given_unmarked:
            return 2
        if strength and given and first.lower not in self._never:
            if follows is not None and follows.lower in self._nicknames and strength != _INTRODUCTION:
                return 2
            ends = follows is None and not style.loose
            if strength == _INTRODUCTION or ends or (follows and follows.plain in self._after_name):
                return 1
        return 0

    def _may_begin(self, word: str, strength: int, style: _Style) -> bool:
        """A quick look at a word without a capital, before all that may follow it is read."""
        if strength in {_ROLE, _ENGLISH}:
            return False
        plain = fold(word)
        if plain in self._surnames_unmarked or plain in self._given_unmarked:
            return True
        return style.loose and _telex(plain) in self._clear_surnames

    def _lower_case(self, words: Sequence[_Word], strength: int, style: _Style) -> int:
        """Length of a full name that is written without capitals."""
        if len(words) < 2 or not self._is_surname(words[0], style):
            return 0
        if f"{words[0].plain} {words[1].plain}" in self._common:
            return 0
        count = 1
        while count < min(len(words), 4) and self._is_middle(words[count], style):
            count += 1
        goes_on = count < len(words) and words[count].plain not in self._after_name
        sure = any(_telex(word.plain) in _MIDDLE_WORDS for word in words[1:count])
        if goes_on and (sure or (strength >= _NAMED and (count > 1 or words[count].lower in self._given))):
            return count + 1
        return count if count > 1 and (sure or strength >= _NAMED) else 0

    def _capitals(self, words: Sequence[_Word]) -> int:
        count = 0
        for word in words:
            initial = count > 0 and len(word.text) == 1
            usual = word.lower in self._never and word.lower not in self._all_the_same and not initial
            if (
                usual
                and count
                and self._is_surname(words[0])
                and (word.lower in self._given or word.lower in self._middle)
            ):
                usual = False
            if count == 0 and usual and (word.lower in self._surnames or word.plain in self._given_unmarked):
                usual = len(words) < 2 or not words[1].text[0].isupper() or not self._is_middle(words[1])
            acronym = count == 0 and len(word.text) > 1 and word.text.isupper()
            if acronym and len(words) > 1 and self._is_surname(word) and words[1].text.isupper():
                acronym = False
            if not word.text[0].isupper() or usual or acronym:
                break
            count += 1
        return count

    def _is_surname(self, word: _Word, style: _Style | None = None) -> bool:
        if word.lower in self._surnames or word.lower in self._clear_surnames:
            return True
        if style is not None and not style.loose:
            return False
        return word.lower == word.plain and (
            word.plain in self._surnames_unmarked or _telex(word.plain) in self._clear_surnames
        )

    def _is_middle(self, word: _Word, style: _Style | None = None) -> bool:
        if word.lower in self._middle:
            return True
        if style is not None and not style.loose:
            return False
        return word.lower == word.plain and (word.plain in self._middle_unmarked or _telex(word.plain) in _MIDDLE_WORDS)

    def _is_known(self, word: _Word) -> bool:
        if word.lower in self._never and word.lower not in self._all_the_same and word.lower not in self._surnames:
            return False
        bare = word.lower == word.plain
        return self._is_surname(word) or word.lower in self._given or (bare and word.plain in self._given_unmarked)

    def _alone(
        self, views: Views, style: _Style, runs: Sequence[re.Match[str]], public: Sequence[tuple[int, int]]
    ) -> Iterator[Span]:
        """Full names, all capitalised: surname, middle name, given name, and no street or school."""
        for run in runs:
            start = run.start()
            while start < run.end():
                word = _TOKEN.match(views.text, start)
                if word is None or views.plain[start : word.end()] not in self._surnames_unmarked:
                    start = (word.end() if word else start) + 1
                    continue
                words = _words(views, start)
                count = self._capitals(words) if self._is_surname(words[0]) else 0
                if count >= 3 and (self._is_middle(words[1]) or words[1].lower in self._given):
                    end = words[count - 1].end
                    if words[1].text == "A" or not self._is_place(views, style, start, end, public):
                        yield Span(start, end, "name")
                    start = end + 1
                else:
                    start = words[0].end + 1

    def _full(self, views: Views, style: _Style, public: Sequence[tuple[int, int]]) -> Iterator[Span]:
        """``nguyễn văn nam``: full names without capitals, of which the middle name tells."""
        for found in _MIDDLE.finditer(views.plain):
            words = _words(views, found.start(1))
            if len(words) < 3 or (words[1].lower not in self._middle and not style.loose):
                continue
            clear = words[0].lower in self._clear_surnames or words[0].lower in self._surnames
            if clear and words[2].plain not in self._after_name:
                four = len(words) > 3 and self._is_middle(words[2], style) and words[3].plain in self._given_unmarked
                start, end = words[0].start, words[3 if four else 2].end
                if not self._is_place(views, style, start, end, public):
                    yield Span(start, end, "name")

    def _beside(
        self, views: Views, style: _Style, contacts: Sequence[Span], public: Sequence[tuple[int, int]]
    ) -> Iterator[Span]:
        """Names right before or after a phone number or an e-mail address."""
        for contact in contacts:
            for found in _NAME_BESIDE.finditer(views.text, max(0, contact.start - 50), contact.start):
                ahead = views.plain[found.end() : contact.start]
                if _CONTACT_AHEAD.fullmatch(ahead) and self._is_person(views, style, found, public):
                    yield Span(*found.span(), "name")
            after = _CONTACT_AFTER.match(views.plain, contact.end)
            beside = after and _NAME_BESIDE.match(views.text, after.end())
            if beside and self._is_person(views, style, beside, public):
                yield Span(*beside.span(), "name")

    def _is_person(self, views: Views, style: _Style, found: re.Match[str], public: Sequence[tuple[int, int]]) -> bool:
        words = _words(views, found.start())
        count = self._capitals(words)
        if not count or words[count - 1].end < found.end() or self._is_place(views, style, *found.span(), public):
            return False
        foreign = count in {2, 3} and found[0].isascii() and not self._is_known(words[0])
        before = views.text[: found.start()].rstrip()
        begins = not before or before[-1] in ".!?\n"
        introduced = foreign and before[-1:] in {".", ":", ",", "-", "("}
        return introduced or (self._is_known(words[0]) and (count > 1 or not begins))

    def _is_place(self, views: Views, style: _Style, start: int, end: int, public: Sequence[tuple[int, int]]) -> bool:
        before = re.findall(r"\w+", views.text[max(0, start - 14) : start].lower())
        near = {" ".join(before[-2:]), *before[-1:]}
        if not self._places.isdisjoint(near):
            return True
        if style.loose and not self._places_unmarked.isdisjoint(word for word in near if word.isascii()):
            return True
        behind = views.folded[end : end + 14].split(maxsplit=1)
        if behind and behind[0] in self._places_behind:
            return True
        return any(first < end and start < last for first, last in public)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a text is written: whether capitals say something, and whether marks were left out."""

    cased: bool
    loose: bool

    @classmethod
    def of(cls, views: Views) -> _Style:
        lower = views.text.lower()
        words = lower.split()
        marked = sum(not word.isascii() for word in words)
        return cls(_is_cased(views.text), marked < _MARKED * len(words))


def _is_cased(text: str) -> bool:
    """Whether capitals say something: not when a text shouts, or capitalises every word."""
    words = text.split()
    if sum(map(str.isupper, words)) >= _SHOUTING * len(words) and len(words) >= 3 and text.upper() != text.lower():
        return False
    return len(words) < _LEAST_WORDS or sum(word[0].isupper() for word in words) < _TITLE_CASE * len(words)


def _telex(word: str) -> str:
    """What someone meant whose keyboard did not turn letters into marks: ``nguyeexn`` is ``nguyen``."""
    for typed, meant in _TELEX:
        word = word.replace(typed, meant)
    return _TELEX_TONE.sub(r"\1", word, count=1)


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
