"""Names of people in a text: after titles and introductions, full names that stand alone, and what stands beside them.

A capital letter after a title makes a name; without capitals only known names do, in words that do not stand side by
side in ordinary reports (``pairs.py``). Place names are known from the province's data, history's from
``data/people.yaml``: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import ahocorasick_rs
import yaml

from ioc.classify.han_names import find_han_names
from ioc.classify.normalise import fold, place_tones
from ioc.classify.pairs import shipped_pairs
from ioc.classify.personal import Span, Views
from ioc.classify.small_names import SmallNames
from ioc.classify.words import GIVEN, KNOWN, SHORTENED, SURNAME, Lists, Words

_NEAR: Final = 14
"""Characters between a name and the phone number that it belongs to."""
_LONGEST: Final = 5
_JOINS: Final = frozenset(("_", "-", "~", ".", '"', "("))
_ADMINISTRATION: Final = frozenset(
    ("xã", "phường", "tổ", "thôn", "khu", "bản", "huyện", "tỉnh", "xa", "phuong", "to", "thon", "khu", "hội", "quỹ")
)
_SAYING: Final = frozenset(("kể", "nói", "hứa", "đòi", "chửi", "dọa", "hẹn", "khai", "quát", "said", "told", "asked"))
_STRONG: Final = frozenset("TINCti")
_MIDDLE_WORDS: Final = frozenset(("văn", "thị", "van", "thi"))
"""The middle names that hardly stand in anything but a full name."""
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?(?:uye|uya|uay|oay|oai|oao|oeo|uyu|ieu|yeu|uoi"
    r"|uou|[aeiouy]{1,2})"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_CONTACT_BETWEEN: Final = re.compile(
    r"\W{0,4}(?:(?:sdt|dt|so|phone|tel|zalo|so dt|at|mobile|email|mail|dien thoai|gap|ten|cua|la|chu may|anh|chi"
    r"|ong|ba|co|chu"
    r"|em|ban|so may|di dong|lien he|hoac)\W{1,3}){0,3}"
)


@cache
def people() -> dict[str, list[str]]:
    """The shipped lists."""
    data: dict[str, list[str]] = yaml.safe_load((files("ioc.classify") / "data" / "people.yaml").read_bytes())
    return data


@cache
def shipped_lists() -> Lists:
    """The shipped lists, by word."""
    return Lists.of(people(), shipped_pairs())


class NameFinder:
    """Finds names; ``public`` are names of places and history that stay."""

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._lists = shipped_lists()
        self._pairs = self._lists.pairs
        self._small = SmallNames(self._lists)
        lists = people()
        self._people_before = frozenset(lists["people_before"]) | frozenset(map(fold, lists["people_before"]))
        self._marked: dict[str, set[str]] = {}
        for name in (*lists["public_names"], *public):
            marked = place_tones(str(name).lower())
            self._marked.setdefault(f" {fold(marked)} ", set()).add(marked)
        self._folded = list(self._marked)
        self._public = ahocorasick_rs.AhoCorasick(self._folded)

    def find(self, views: Views, contacts: Sequence[Span] = ()) -> Iterator[Span]:
        """Names, without the title before them; ``contacts``: phones and addresses that people stand beside."""
        if not views.text.isascii():
            yield from find_han_names(views.text)
        words = Words(views, self._lists)
        openings = words.openings()
        if not openings:
            return
        public = self._public_spans(views)
        text = _Text(words, public, contacts, views.plain)
        last_name = read_to = -1
        cased = words.style[0] == "c"
        for index in openings:
            if index < read_to:
                continue
            if cased and words.caps[index] != "l":
                begin, end = self._capitals(text, index, last_name)
                read_to = end or begin
            else:
                begin, end = index, self._small_end(text, index)
            if end:
                yield Span(words.starts[begin], words.ends[end - 1], "name")
                last_name = read_to = end

    def _public_spans(self, views: Views) -> list[tuple[int, int]]:
        """Where names of places and history stand; with other marks it is another name."""
        spans = []
        for index, begin, stop in self._public.find_matches_as_indexes(f" {views.folded} ", overlapping=True):
            written = views.text[begin : stop - 2]
            if written.isascii() or place_tones(written.lower()) in self._marked[self._folded[index]]:
                spans.append((begin, stop - 2))
        return spans

    def _capitals(self, text: _Text, index: int, last_name: int) -> tuple[int, int]:
        """The name in a run of capitalised words; without one, 0 as its end and the run's end as its beginning."""
        words = text.words
        count = len(words.low)
        last = index + 1
        while last < count and words.gaps[last] in _JOINS and last - index < 8:
            if words.gaps[last] == "." and words.caps[last - 1] != "1" and words.low[last - 1] not in SHORTENED:
                break
            if words.caps[last] == "l" and not _is_small_middle(words, index, last):
                break
            last += 1
        begin, sign = index, words.sign(index)
        for later in range(index + 1, last):
            found = words.sign(later)
            if not found or words.caps[later - 1] == "1" or later - 1 - int(found[1:]) > begin:
                continue
            if sign[:1] == "P" or (found[:1] == "P" and words.low[index + 1] in _MIDDLE_WORDS):
                break
            if not (found[0] in "Pp" and sign[:1] in _STRONG) and not _is_part_of_name(words, index, later):
                begin, sign = later, found
        if not sign and words.gaps[index] == "|" and last - index > 1 and not KNOWN.intersection(words.codes[index]):
            begin = index + (words.style[1] == "m" and not words.low[index].isascii())
        if begin > index and words.style[1] == "-" and sign[:1].islower() and _is_full(words, index, last):
            begin, sign = index, words.sign(index)
        end = min(last, begin + _LONGEST)
        whole = end - begin >= 3 and words.low[begin + 1] in _MIDDLE_WORDS
        while end - begin > (3 if whole else 1) and self._goes_on(words, begin, end):
            end -= 1
        first_x = next(
            (
                n
                for n in range(begin + 3 * whole, end)
                if "X" in words.codes[n] and not KNOWN.intersection(words.codes[n])
            ),
            end,
        )
        end = min(end, first_x)
        if end <= begin or not self._is_person(text, begin, end, sign, last_name):
            return last, 0
        nickname = end < count and words.caps[end] == "l" and not {"N", "n"}.isdisjoint(words.codes[end])
        if (nickname and words.gaps[end] in {"_", '"', "("} and ("N" in words.codes[end] or words.style[1] == "-")) or (
            end < count and words.gaps[end] == "-"
        ):
            end += 1
        elif end < count and words.gaps[end] in {'"', "("}:
            end = _quoted_end(words, end)
        return begin, end

    def _goes_on(self, words: Words, begin: int, end: int) -> bool:
        """Whether the last word of a run belongs to what follows: the ``Công`` of "Tuấn Công an"."""
        code = words.codes[end - 1]
        if "X" not in code or words.low[end - 1] == "anh":
            return False
        follows = words.low[end] if end < len(words.low) and words.gaps[end] == "_" else ""
        if not GIVEN.intersection(code):
            return bool(follows)
        surname = SURNAME.intersection(words.codes[begin]) and "X" not in words.codes[begin]
        return not surname and f"{words.low[end - 1]} {follows}" in self._lists.compounds

    def _is_person(self, text: _Text, begin: int, end: int, sign: str, last_name: int) -> bool:
        words = text.words
        length = end - begin
        first = words.codes[begin]
        kind = sign[:1].upper()
        known = bool(KNOWN.intersection(first))
        if words.caps[begin] == "1" and length == 1:
            return False
        public = text.is_public(begin, end)
        behind = words.codes[end] if end < len(words.low) and words.gaps[end] == "_" else ""
        if "B" in behind and not (kind and kind in "IT"):
            return False
        if words.low[begin] == "my" and length == 1 and words.gaps[begin] == "|":
            return False
        if kind == "P":
            # No commune is called so, but its chairman may be.
            person = length > 2 and (words.caps[begin + 1] == "1" or words.low[begin + 1] in _MIDDLE_WORDS)
            return person and (words.caps[begin + 1] == "1" or words.low[begin - 1] in _ADMINISTRATION)
        if kind == "I":
            return not public or length > 2
        full = _is_full(words, begin, end)
        if public and (not (full or kind in {"T", "N", "R", "C"}) or text.is_public(begin, begin + 1)):
            return False
        if kind in {"T", "N", "C"}:
            follows = words.low[begin + 1] if begin + 1 < len(words.low) and words.gaps[begin + 1] == "_" else ""
            if length == 1 and f"{words.low[begin]} {follows}" in self._lists.compounds:
                return False
            return "X" not in first or full or bool(GIVEN.intersection(first))
        if kind == "E":
            return True
        if kind == "R":
            return known or length == 2
        if words.style[1] == "m" and length > 1 and self._all_ordinary(words, begin, end):
            return False
        if kind == "W" and (
            (known and (length > 1 or "X" not in first)) or (length == 2 and words.low[begin].isascii())
        ):
            return True
        quoted = end < len(words.low) and words.gaps[end] == '"' and _quoted_end(words, end) > end
        if length == 1 and quoted and not GIVEN.isdisjoint(first) and "X" not in first:
            return True
        near = text.is_near(begin, end)
        if full:
            return True
        if _is_foreign(words, begin, end):
            return True
        if words.gaps[begin] == "|" and length == 1:
            after = words.low[end] if end < len(words.low) and words.gaps[end] == "_" else ""
            if after in _SAYING and "G" in first and "X" not in first:
                return True
            return near and known and "X" not in first and not SURNAME.issuperset(first)
        before = words.low[begin - 1] if begin and words.gaps[begin] in {"_", '"'} else ""
        after = words.low[end] if end < len(words.low) and words.gaps[end] == "_" else ""
        named_before = (
            last_name >= 0
            and begin - last_name <= 1
            and (words.gaps[begin] == "," or words.low[begin - 1] in {"và", "với", "va", "voi", "and", "vs"})
        )
        if named_before and known:
            return True
        if near and (known or length in {2, 3}) and "X" not in first:
            return True
        if known and "X" not in first and not public:
            if length == 1:
                return bool(GIVEN.intersection(first)) and after in self._lists.acts and before in self._people_before
            if words.gaps[begin] == "|" and length == 2 and end < len(words.low) and words.gaps[end] == "(":
                return bool(GIVEN.intersection(first)) and bool(GIVEN.intersection(words.codes[begin + 1]))
            if length == 2 and SURNAME.intersection(first) and KNOWN.intersection(words.codes[begin + 1]):
                return before in self._people_before or after in self._lists.acts
        return False

    def _small_end(self, text: _Text, index: int) -> int:
        """Where a name without capitals ends that begins here; 0: none does."""
        end = self._small.end(text.words, index)
        public = end and not text.words.sign(index).startswith(("I", "i")) and text.is_public(index, end)
        return 0 if public else end

    def _all_ordinary(self, words: Words, begin: int, end: int) -> bool:
        return all(f"{words.low[n]} {words.low[n + 1]}" in self._pairs for n in range(begin, end - 1))


class _Text:
    """The words of a text with what lies beside and over them."""

    def __init__(self, words: Words, public: Sequence[tuple[int, int]], contacts: Sequence[Span], plain: str) -> None:
        self.words = words
        self._public = public
        self._contacts = contacts
        self._plain = plain

    def is_public(self, begin: int, end: int) -> bool:
        """Whether the words touch the name of a place or of somebody of history."""
        start, stop = self.words.starts[begin], self.words.ends[end - 1]
        return any(first < stop and start < last for first, last in self._public)

    def is_near(self, begin: int, end: int) -> bool:
        """Whether a phone number or an e-mail address stands right before or behind."""
        start, stop = self.words.starts[begin], self.words.ends[end - 1]
        for contact in self._contacts:
            if stop <= contact.start <= stop + 30 and _CONTACT_BETWEEN.fullmatch(self._plain, stop, contact.start):
                return True
            if contact.end <= start <= contact.end + 30 and _CONTACT_BETWEEN.fullmatch(self._plain, contact.end, start):
                return True
        return False


def _is_part_of_name(words: Words, index: int, later: int) -> bool:
    """Whether the sign before ``later`` is itself a part of the name: the ``Anh`` of "Nguyễn Thế Anh Tuấn"."""
    return later - index >= 2 and bool(SURNAME.intersection(words.codes[index])) and "X" not in words.codes[index]


def _is_full(words: Words, begin: int, end: int) -> bool:
    """Surname, then middle names or given names: three words, or more."""
    codes = words.codes
    if end - begin < 3 or not SURNAME.intersection(codes[begin]):
        return False
    second = words.low[begin + 1]
    if second in _MIDDLE_WORDS or words.caps[begin + 1] == "1":
        return True
    return bool(GIVEN.intersection(codes[begin + 1]) or GIVEN.intersection(codes[end - 1]))


def _is_foreign(words: Words, begin: int, end: int) -> bool:
    """A given name and a surname of another country."""
    codes = words.codes
    if end - begin not in {2, 3} or "F" not in codes[begin]:
        return False
    if words.low[begin + 1].isascii() and not _SYLLABLE.fullmatch(words.low[begin + 1]):
        return True
    return not KNOWN.difference("F").intersection(codes[begin]) or "F" in codes[end - 1]


def _quoted_end(words: Words, index: int) -> int:
    """Where a nickname between quotation marks ends that begins here; ``index``: there is none of up to three words."""
    for last in range(index, min(index + 3, len(words.low))):
        if words.text[words.ends[last] : words.ends[last] + 1] in {'"', "”", "'"}:
            return last + 1
        if last + 1 < len(words.low) and words.gaps[last + 1] != "_":
            break
    return index


def _is_small_middle(words: Words, index: int, last: int) -> bool:
    """Whether a word without capital is the middle name between a surname and a capitalised given name."""
    if last + 1 >= len(words.low) or words.caps[last + 1] == "l" or words.gaps[last + 1] != "_" or last != index + 1:
        return False
    if words.sign(last + 1):
        return False
    return bool(SURNAME.intersection(words.codes[index])) and "M" in words.codes[last] and "X" not in words.codes[index]
