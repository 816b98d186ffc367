"""Whether words without capitals are somebody's name: what lists, neighbours and counts say, weighed together.

``data/names.bin`` has the weights and how often words stand side by side in ordinary reports. It is made by
``ioc classify --train … --names …`` (``name_training.py``). The rules of ``small_rules.py`` are one of the signs.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log
from sys import intern
from typing import Final

import orjson

from ioc.classify.lists import MIDDLE_WORDS, Lists
from ioc.classify.pairs import NO_COUNTS
from ioc.classify.words import Words
from ioc.text.normalise import fold

HEADER: Final = b"ioc-names 5\n"
"""What a file begins with; the number changes with what the signs are."""
_MOST_WORDS: Final = 50_000
LEAST: Final = 2
"""Rarer pairs are not kept: they count as if they were not there."""
HOPELESS: Final = -2.0
"""A first name that has less by the word before it is looked at no further: it saves half of the time."""
MOST: Final = 4095
"""Counts go up to here."""
_STEPS: Final = [*range(64), *(round(64 * 1.05**step) for step in range(87)), MOST + 1]
"""Counts from which on the logarithm is taken to be the same: each one that is small, then in steps of a twentieth."""
_UPWARDS: Final = [bisect_right(_STEPS, count) - 1 for count in range(MOST + 1)]
_LEVEL: Final = _UPWARDS + _UPWARDS[:0:-1]
"""Of a count, its step; of one below zero, which is looked up from the end, that of the one above."""
_LOGS: Final = [log(count + 0.1) for count in _STEPS]
_WHOLE: Final = 3
"""Names of so many words, and longer ones, share their weights."""
_LAST: Final = 9
"""Stands for the last place of a name."""
_UNKNOWN: Final = "?"
_AS_LAST, _AS_OTHER = "KkGgNnFSsMm", "KSGkMsgmFNn"
"""Codes of a word, as in ``Lists``, of which the first one that it has stands for it in the shape of a name."""
_AGES: Final = frozenset(("tuổi", "tuoi", "t", "years", "yo", "tháng", "thang"))
"""Behind a number: how old somebody is."""

_KIN: Final = frozenset("con cháu vợ chồng em chị mẹ bố chau vo chong chi me bo".split())  # noqa: SIM905 (a list of words)
_WHOSE: Final = frozenset("tôi em mình tui ông bà anh chị cô chú bác toi minh ong ba co chu bac".split())  # noqa: SIM905 (a list of words)


@dataclass(frozen=True)
class Counts:
    """How often words, and pairs of words with a space between, stand in ordinary reports."""

    words: Mapping[str, int]
    pairs: Mapping[str, Mapping[str, int]]
    """By the first word, then by the second; below zero: the second one is no first name behind the first, whatever
    follows, unless the rules see one."""

    def beside(self, first: str, second: str) -> int:
        """Of a pair."""
        return abs(self.pairs.get(first, NO_COUNTS).get(second, 0))


NOTHING: Final = Counts({}, {})


class _Remembered(dict[str, float]):
    """What a word weighs, reckoned once; emptied when there are too many, which only nonsense reaches."""

    def __init__(self, weigh: Callable[[str], float]) -> None:
        super().__init__()
        self._weigh = weigh

    def __missing__(self, key: str) -> float:
        if len(self) >= _MOST_WORDS:
            self.clear()
        weight = self[key] = self._weigh(key)
        return weight


class _Classes(dict[str, str]):
    """What a word is above all in a name, looked up once; ``c``: a surname of many, ``t``: ``văn``."""

    def __init__(self, lists: Lists, *, last: bool) -> None:
        super().__init__()
        self._lists = lists
        self._order = _AS_LAST if last else _AS_OTHER
        self._last = last

    def __missing__(self, low: str) -> str:
        if len(self) >= _MOST_WORDS:
            self.clear()
        code = self._lists.codes.get(low, "")
        if not self._last and low in MIDDLE_WORDS:
            found = "t"
        elif not self._last and fold(low) in self._lists.common:
            found = "c"
        else:
            found = next((letter for letter in self._order if letter in code), _UNKNOWN)
        if "X" in code:
            found += "x"
        self[low] = found
        return found


class _Table:
    """Weights of one length and one style, summed up by what they depend on: a count, a word, a sign."""

    def __init__(self, weights: Mapping[str, float], counts: Counts, style: str, length: int, lists: Lists) -> None:
        self._weights = weights
        self._words = counts.words
        self._size = min(length, _WHOLE)
        self._style = style
        self._codes = lists.codes
        self.base = weights.get("bias", 0.0) + weights.get(f"n{length}{style}", 0.0)
        self.begins = weights.get("begins", 0.0)
        self.before2 = _Remembered(lambda plain: weights.get(f"before2 {plain}", 0.0))
        self.behind2 = _Remembered(lambda plain: weights.get(f"behind2 {plain}", 0.0))
        self.pairs = counts.pairs
        self.left = self._by_count("left", "left of title", "left of word")
        self.right = self._by_count("right", "right of word")
        left_of_title, left_of_word = self._of("left of title"), self._of("left of word")
        right_of_word = self._of("right of word")
        self.title = _Remembered(lambda low: self._before(low, lists) - left_of_title * self._alone(low))
        self.apart = _Remembered(lambda low: self._before(low, lists))
        self.first = _Remembered(lambda low: -left_of_word * self._alone(low))
        self.last = _Remembered(lambda low: -right_of_word * self._alone(low))
        self.next = _Remembered(lambda low: self._behind(low, lists))
        self.sign = _Remembered(lambda sign: weights.get(f"sign {sign}", 0.0) + self._of(f"sign {sign[:1]}"))
        self.gap = _Remembered(lambda gap: self._any(f"gap {gap}"))
        self.end = _Remembered(lambda gap: self._any(f"end {gap}"))
        self.people, self.opening = self._any("people before"), self._any("opening")
        self.middle, self.common = self._of("middle"), self._any("common")
        self.ruled, self.ruled_else = self._any("rule"), self._any("rule else")
        self.said = _Remembered(lambda said: self._of(f"said {said}"))
        self.shape = _Remembered(lambda shape: self._of(f"shape {shape}"))
        self.word = {place: self._in_place(place) for place in (0, 1, 2, _LAST)}
        self.pair = {at: self._by_count(f"{at} pair", f"{at} of", never=f"{at} never") for at in self.word}

    def _of(self, sign: str) -> float:
        return self._weights.get(f"{self._size}{self._style} {sign}", 0.0)

    def _any(self, sign: str) -> float:
        return self._weights.get(f"{self._size} {sign}", 0.0)

    def _alone(self, low: str) -> float:
        return _LOGS[_LEVEL[_count(self._words.get(low if self._style == "m" else fold(low), 0))]]

    def _by_count(self, *signs: str, never: str = "") -> list[float]:
        """What a count of each step weighs."""
        weight = sum(map(self._of, signs))
        table = [weight * logarithm for logarithm in _LOGS]
        table[0] += self._of(never or f"{signs[0]} never")
        return table

    def _before(self, low: str, lists: Lists) -> float:
        weight = self._weights.get(f"before {fold(low)}", 0.0) + self._weights.get(f"as {self._style} {low}", 0.0)
        return weight + self._any("beside people") if low in lists.people_before else weight

    def _behind(self, low: str, lists: Lists) -> float:
        weight = self._weights.get(f"behind {fold(low)}", 0.0) + self._weights.get(f"ahead {self._style} {low}", 0.0)
        weight += sum(self._any(f"behind is {letter}") for letter in lists.codes.get(low, _UNKNOWN))
        return weight + self._any("acts") if low in lists.acts else weight

    def _in_place(self, place: int) -> _Remembered:
        count, beside = self._of(f"{place} word"), self._of(f"{place} of") if place else 0.0

        def weigh(low: str) -> float:
            known = sum(self._any(f"{place} is {letter}") for letter in self._codes.get(low, _UNKNOWN))
            return known + self._of(f"{place} = {low}") + (count - beside) * self._alone(low)

        return _Remembered(weigh)


@dataclass(frozen=True)
class NameModel:
    """Weights of signs, and counts of texts with and without marks."""

    weights: Mapping[str, float]
    marked: Counts
    unmarked: Counts
    _tables: dict[tuple[str, int], _Table] = field(default_factory=dict, init=False, repr=False, compare=False)
    _classes: dict[bool, _Classes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def score(self, words: Words, index: int, length: int, *, ruled: int) -> float:
        """How much speaks for a name of so many words at a word; above 0: it is one. The same as ``signs``, weighed."""
        return self.scores(words, index, (length,), ruled=ruled)[0]

    def scores(self, words: Words, index: int, lengths: Sequence[int], *, ruled: int) -> list[float]:
        """The same of several lengths: what stands before the word is looked at once."""
        style, low, lists = words.style[1], words.low, words.lists
        marked = style == "m"
        spelt, pairs = (low, self.marked.pairs) if marked else (words.plains, self.unmarked.pairs)
        first, sign, gap = low[index], words.sign(index), words.gaps[index]
        before, beside, before2, people = "", 0, None, False
        if index:
            before = low[index - 1]
            if gap == "_":
                beside = pairs.get(spelt[index - 1], NO_COUNTS).get(spelt[index], 0)
                if index > 1 and words.gaps[index - 1] == "_":
                    before2, people = words.plains[index - 2], low[index - 2] in lists.people_before
        found: list[float] = []
        for length in lengths:
            table = self._tables.get((style, length)) or self._table(style, length, lists)
            if not index:
                left = table.sign[""] + table.opening
            elif gap != "_":
                left = table.sign[sign] + table.gap[gap] + table.apart[before]
            else:
                left = table.sign[sign] + table.gap[gap] + table.left[_LEVEL[beside]]
                left += table.title[before] + table.first[first]
                left += table.begins if before2 is None else table.before2[before2]
                if people:
                    left += table.people
            end = index + length
            shape = self._shape(words, index, end)
            inside = self._inside(table, words, index, end, spelt, shape=shape)
            inside += table.said[f"{sign[:1]} {shape} {_going_on(words, end)}"]
            if ruled:
                inside += table.ruled if ruled == length else table.ruled_else
            found.append(inside + left + _right(table, words, end, spelt))
        return found

    def _shape(self, words: Words, index: int, end: int) -> str:
        """What each word of a name is above all."""
        classes = self._classes
        if not classes:
            classes.update({last: _Classes(words.lists, last=last) for last in (False, True)})
        low, last = words.low, classes[True][words.low[end - 1]]
        if end - index == 1:
            return last
        others = classes[False]
        return "".join([others[low[at]] for at in range(index, end - 1)]) + last

    @staticmethod
    def _inside(table: _Table, words: Words, index: int, end: int, spelt: Sequence[str], *, shape: str) -> float:
        low, word = words.low, table.word
        if end - index == 1:
            return table.base + word[_LAST][low[index]]
        pairs, pair = table.pairs, table.pair
        total, met = table.base + word[0][low[index]], 0
        for at in range(index + 1, end):
            place = _LAST if at == end - 1 else at - index
            count = pairs.get(spelt[at - 1], NO_COUNTS).get(spelt[at], 0)
            met += count != 0
            total += word[place][low[at]] + pair[place][_LEVEL[count]]
        total += table.shape[f"{shape} {met}"]
        if low[index + 1] in MIDDLE_WORDS:
            total += table.middle
        if words.plains[index] in words.lists.common:
            total += table.common
        return total

    def _table(self, style: str, length: int, lists: Lists) -> _Table:
        table = self._tables.get((style, length))
        if table is not None:
            return table
        counts = self.marked if style == "m" else self.unmarked
        table = self._tables[style, length] = _Table(self.weights, counts, style, length, lists)
        return table

    def without_hope(self, lists: Lists) -> NameModel:
        """The same, with the pairs named of which the second word is no first name: their counts are below zero."""
        return NameModel(self.weights, self._named_hopeless(lists, "m"), self._named_hopeless(lists, "-"))

    def _named_hopeless(self, lists: Lists, style: str) -> Counts:
        table, counts = self._table(style, 1, lists), self.marked if style == "m" else self.unmarked
        pairs = {
            before: {
                word: -count if self._least(table, before, word, count) < HOPELESS else count
                for word, count in behind.items()
            }
            for before, behind in counts.pairs.items()
        }
        return Counts(counts.words, pairs)

    @staticmethod
    def _least(table: _Table, before: str, word: str, count: int) -> float:
        return (
            table.base + table.left[_LEVEL[count]] + table.title[before] + table.first[word] + table.word[_LAST][word]
        )

    def signs(
        self, words: Words, index: int, length: int, own: Counts = NOTHING, *, ruled: int
    ) -> list[tuple[str, float]]:
        """What there is to weigh, and how much of it.

        Args:
            words: The text.
            index: Of the first word of what may be a name.
            length: Its words.
            own: What the text itself gave to the counts, when it was one of those counted.
            ruled: Words of the name that the rules see here; 0: none.

        """
        style = words.style[1]
        counts, spelt = (self.marked, words.low) if style == "m" else (self.unmarked, words.plains)
        size = min(length, _WHOLE)
        of, end = f"{size}{style}", index + length

        def alone(at: int) -> float:
            return _log(_count(counts.words.get(spelt[at], 0), own.words.get(spelt[at], 0)))

        def beside(at: int) -> int:
            pair = spelt[at - 1], spelt[at]
            return _count(counts.beside(*pair), own.beside(*pair))

        found = [("bias", 1.0), (f"n{length}{style}", 1.0)]
        met = 0
        for at in range(index, end):
            place = _LAST if at == end - 1 else at - index
            found += [(f"{size} {place} is {letter}", 1.0) for letter in words.lists.codes.get(words.low[at], _UNKNOWN)]
            found += ((f"{of} {place} word", alone(at)), (f"{of} {place} = {words.low[at]}", 1.0))
            if at > index:
                count = beside(at)
                met += count > 0
                found += ((f"{of} {place} pair", _log(count)), (f"{of} {place} of", _log(count) - alone(at)))
                found += [(f"{of} {place} never", 1.0)] * (not count)
        if length > 1:
            found += [(f"{of} middle", 1.0)] * (words.low[index + 1] in MIDDLE_WORDS)
            found += [(f"{size} common", 1.0)] * (words.plains[index] in words.lists.common)
        if ruled:
            found.append((f"{size} rule" if ruled == length else f"{size} rule else", 1.0))
        sign, shape = words.sign(index), self._shape(words, index, end)
        found += ((f"sign {sign}", 1.0), (f"{of} sign {sign[:1]}", 1.0))
        found.append((f"{of} said {sign[:1]} {shape} {_going_on(words, end)}", 1.0))
        found += [(f"{of} shape {shape} {met}", 1.0)] * (length > 1)
        if index and words.gaps[index] == "_":
            count = beside(index)
            found += (
                (f"{of} left", _log(count)),
                (f"{of} left of title", _log(count) - alone(index - 1)),
                (f"{of} left of word", _log(count) - alone(index)),
            )
            found += [(f"{of} left never", 1.0)] * (not count)
        if words.next_word(end - 1):
            count = beside(end)
            found += ((f"{of} right", _log(count)), (f"{of} right of word", _log(count) - alone(end - 1)))
            found += [(f"{of} right never", 1.0)] * (not count)
        found += ((sign, 1.0) for sign in (*_signs_before(words, index, size), *_signs_behind(words, end, size)))
        return found


def _right(table: _Table, words: Words, end: int, spelt: Sequence[str]) -> float:
    """What speaks for a name that ends before a word, by what stands behind."""
    low, gaps, count = words.low, words.gaps, len(words.low)
    if end >= count or gaps[end] != "_":
        return table.end[_ending(words, end)]
    total = (
        table.right[_LEVEL[table.pairs.get(spelt[end - 1], NO_COUNTS).get(spelt[end], 0)]] + table.last[low[end - 1]]
    )
    total += table.next[low[end]]
    return total + table.behind2[words.plains[end + 1]] if end + 1 < count and gaps[end + 1] == "_" else total


def _signs_before(words: Words, index: int, size: int) -> Iterator[str]:
    if not index:
        yield f"{size} opening"
        return
    before, gap, people = words.low[index - 1], words.gaps[index], words.lists.people_before
    yield from (f"before {words.plains[index - 1]}", f"as {words.style[1]} {before}", f"{size} gap {gap}")
    if before in people:
        yield f"{size} beside people"
    if gap != "_":
        return
    if index > 1 and words.gaps[index - 1] == "_":
        yield f"before2 {words.plains[index - 2]}"
        if words.low[index - 2] in people:
            yield f"{size} people before"
    else:
        yield "begins"


def _signs_behind(words: Words, end: int, size: int) -> Iterator[str]:
    behind = words.next_word(end - 1)
    if not behind:
        yield f"{size} end {_ending(words, end)}"
        return
    yield from (f"behind {words.plains[end]}", f"ahead {words.style[1]} {behind}")
    yield from (f"{size} behind is {letter}" for letter in words.lists.codes.get(behind, _UNKNOWN))
    if behind in words.lists.acts:
        yield f"{size} acts"
    if words.next_word(end):
        yield f"behind2 {words.plains[end + 1]}"


def _going_on(words: Words, end: int) -> str:
    """What is right behind a name.

    ``r`` what or whose kin somebody is ("lan thu ngan", "phat con ba lan"),
    ``a`` what somebody does, ``w`` another word, or as in ``_ending``.
    """
    if end < len(words.low) and words.gaps[end] == "_":
        if words.is_role(end) or (words.low[end] in _KIN and words.next_word(end) in _WHOSE):
            return "r"
        return "a" if words.low[end] in words.lists.acts else "w"
    return _ending(words, end)


def _ending(words: Words, end: int) -> str:
    """What is behind a name that no word stands right behind.

    ``#`` a number, ``@`` an age, ``$`` nothing, or as in ``Words``.
    """
    if any(map(str.isdigit, words.between(end))):
        return "@" if end < len(words.low) and words.low[end] in _AGES else "#"
    return words.gaps[end] if end < len(words.low) else "$"


def pack(model: NameModel) -> bytes:
    """The file: a line with the weights, then one with the counts of words and one for each first word of pairs."""
    lines: list[object] = [model.weights]
    for counts in (model.marked, model.unmarked):
        lines.append(counts.words)
        lines += [[first, behind] for first, behind in sorted(counts.pairs.items())]
    return HEADER + zlib.compress(b"\n".join(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) for line in lines), 9)


def read(raw: bytes) -> NameModel:
    """The model of a file.

    Raises:
        ValueError: it is no such file, or of another version.

    """
    if not raw.startswith(HEADER):
        raise ValueError(
            f"names: expected a file that begins with {HEADER!r}; make it with ioc classify --train --names"
        )
    lines = zlib.decompress(raw[len(HEADER) :]).split(b"\n")
    marked, unmarked = [at for at, line in enumerate(lines) if at and line.startswith(b"{")]
    return NameModel(orjson.loads(lines[0]), _counts(lines[marked:unmarked]), _counts(lines[unmarked:]))


def _counts(lines: Sequence[bytes]) -> Counts:
    """Counts whose words and numbers are held once, read line by line: else they would take most of the memory."""
    numbers = [*range(MOST + 1), *range(-MOST, 0)]

    def held(counts: Mapping[str, int]) -> dict[str, int]:
        return {intern(word): numbers[count] for word, count in counts.items()}

    pairs: dict[str, dict[str, int]] = {}
    for line in lines[1:]:
        first, behind = orjson.loads(line)
        pairs[intern(first)] = held(behind)
    return Counts(held(orjson.loads(lines[0])), pairs)


@cache
def shipped_names() -> NameModel:
    """The shipped file's."""
    return read((files("ioc.classify") / "data" / "names.bin").read_bytes())


def _log(count: int) -> float:
    return _LOGS[_LEVEL[count]]


def _count(all_texts: int, own: int = 0) -> int:
    count = all_texts - own
    return min(count, MOST) if count >= LEAST else 0
