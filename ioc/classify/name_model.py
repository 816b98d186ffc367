"""Whether a word without capitals is somebody's first name: what lists, neighbours and counts say, weighed together.

``data/names.bin`` has the weights and how often words stand side by side in ordinary reports. It is made by
``ioc classify --train … --names …`` (``name_training.py``). The rules of ``small_names.py`` are one of the signs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from math import log
from typing import Final

import orjson

from ioc.classify.lists import COMMON, FIRST, Lists
from ioc.classify.normalise import fold
from ioc.classify.words import Words

HEADER: Final = b"ioc-names 1\n"
"""What a file begins with; the number changes with what the signs are."""
_MOST_WORDS: Final = 50_000
LEAST: Final = 2
"""Rarer pairs are not kept: they count as if they were not there."""
HOPELESS: Final = -3.5
"""Of 92 words without a sign in the rules that were weighed as names, four had less, and of those that were none two
thirds: looking no further saves half of the time."""
_OTHER: Final = frozenset("PpIi")
MOST: Final = 4095
"""Counts go up to here."""
_LOGS: Final = [log(count + 0.1) for count in range(MOST + 1)]


@dataclass(frozen=True)
class Counts:
    """How often words, and pairs of words with a space between, stand in ordinary reports."""

    words: Mapping[str, int]
    pairs: Mapping[str, int]


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


class _Tables:
    """Weights of one style summed up by what they depend on: a count, the title, the word."""

    def __init__(self, weights: Mapping[str, float], counts: Counts, style: str) -> None:
        def of(sign: str) -> float:
            return weights.get(f"{sign} {style}", 0.0)

        def alone(word: str) -> float:
            return _LOGS[_of(counts.words, word, {})]

        left = of("left") + of("left of title") + of("left of word")
        right = of("right") + of("right of word")
        self.pairs = counts.pairs
        self.left = _by_count(left, of("left never"))
        self.right = _by_count(right, of("right never"))
        base = weights.get("bias", 0.0) + of("style")
        self.title = _Remembered(lambda word: base - of("left of title") * alone(word))
        self.word = _Remembered(lambda word: (of("word") - of("left of word")) * alone(word))
        self.right_of = _Remembered(lambda word: -of("right of word") * alone(word))


def _by_count(weight: float, never: float) -> list[float]:
    table = [weight * logarithm for logarithm in _LOGS]
    table[0] += never
    return table


@dataclass(frozen=True)
class NameModel:
    """Weights of signs, and counts of texts with and without marks."""

    weights: Mapping[str, float]
    marked: Counts
    unmarked: Counts
    _hopeless: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def score(self, words: Words, index: int, *, by_rule: bool) -> float:
        """How much speaks for a name that begins at a word; above 0: it is one. The same as ``signs``, weighed."""
        table, spelt = self._table(words)
        plains, codes, weights = words.plains, words.codes, self.weights
        word = spelt[index]
        before, plain = (spelt[index - 1], plains[index - 1]) if index else ("", "")
        total = table.left[table.pairs.get(f"{before} {word}", 0)] + table.title[before] + table.word[word]
        total += self._is[codes[index]] + weights.get(f"before {plain}", 0.0) + self._sign[words.sign(index)]
        if words.next_word(index):
            total += table.right[table.pairs.get(f"{word} {spelt[index + 1]}", 0)] + table.right_of[word]
            total += weights.get(f"behind {plains[index + 1]}", 0.0) + self._behind[codes[index + 1]]
            if words.low[index + 1] in words.lists.acts:
                total += weights.get("acts", 0.0)
        else:
            total += weights.get("behind ", 0.0)
        if index and words.gaps[index - 1] != "_":
            total += weights.get("begins", 0.0)
        if index > 1 and words.low[index - 2] in words.lists.people_before:
            total += weights.get("people before", 0.0)
        return total + weights.get("rule", 0.0) if by_rule else total

    def hopeless(self, lists: Lists, style: str) -> frozenset[str]:
        """Pairs of words of which the second one is no name whatever follows, unless the rules see one."""
        known = self._hopeless.get(style)
        if known is None:
            table = self._with_marks if style == "m" else self._without_marks
            known = self._hopeless[style] = frozenset(
                pair for pair, count in table.pairs.items() if self._left(table, pair, count, lists) < HOPELESS
            )
        return known

    def _left(self, table: _Tables, pair: str, count: int, lists: Lists) -> float:
        before, word = pair.split(" ")
        part = table.left[count] + table.title[before] + table.word[word]
        return part + self._is[lists.codes.get(word, "")] + self.weights.get(f"before {fold(before)}", 0.0)

    def _table(self, words: Words) -> tuple[_Tables, Sequence[str]]:
        """Of the text's style, and its words as that table spells them."""
        return (self._with_marks, words.low) if words.style[1] == "m" else (self._without_marks, words.plains)

    @cached_property
    def _with_marks(self) -> _Tables:
        return _Tables(self.weights, self.marked, "m")

    @cached_property
    def _without_marks(self) -> _Tables:
        return _Tables(self.weights, self.unmarked, "-")

    @cached_property
    def _sign(self) -> _Remembered:
        return _Remembered(lambda sign: self.weights.get(f"sign {sign}", 0.0))

    @cached_property
    def _is(self) -> _Remembered:
        return _Remembered(lambda code: sum(self.weights.get(f"is {letter}", 0.0) for letter in code))

    @cached_property
    def _behind(self) -> _Remembered:
        return _Remembered(lambda code: sum(self.weights.get(f"behind is {letter}", 0.0) for letter in code))

    def signs(self, words: Words, index: int, own: Counts = NOTHING, *, by_rule: bool) -> list[tuple[str, float]]:
        """What there is to weigh, and how much of it.

        Args:
            words: The text.
            index: Of the word.
            own: What the text itself gave to the counts, when it was one of those counted.
            by_rule: Whether the rules see a name.

        """
        style = words.style[1]
        counts, spelt = (self.marked, words.low) if style == "m" else (self.unmarked, words.plains)
        word = spelt[index]
        follows = spelt[index + 1] if words.next_word(index) else ""
        before = spelt[index - 1] if index else ""
        left = _of(counts.pairs, f"{before} {word}", own.pairs)
        right = _of(counts.pairs, f"{word} {follows}", own.pairs) if follows else 0
        alone = _of(counts.words, word, own.words)
        title = _of(counts.words, before, own.words)
        sign, lists = words.sign(index), words.lists
        found = [
            ("bias", 1.0),
            (f"style {style}", 1.0),
            (f"left {style}", _LOGS[left]),
            (f"word {style}", _LOGS[alone]),
            (f"left of title {style}", _LOGS[left] - _LOGS[title]),
            (f"left of word {style}", _LOGS[left] - _LOGS[alone]),
            (f"before {words.plains[index - 1] if index else ''}", 1.0),
            (f"behind {words.plains[index + 1] if follows else ''}", 1.0),
            (f"sign {sign}", 1.0),
        ]
        found += [(f"is {letter}", 1.0) for letter in words.codes[index]]
        if not left:
            found.append((f"left never {style}", 1.0))
        if follows:
            found += ((f"right {style}", _LOGS[right]), (f"right of word {style}", _LOGS[right] - _LOGS[alone]))
            found += [(f"behind is {letter}", 1.0) for letter in words.codes[index + 1]]
            if not right:
                found.append((f"right never {style}", 1.0))
            if words.low[index + 1] in lists.acts:
                found.append(("acts", 1.0))
        if index and words.gaps[index - 1] != "_":
            found.append(("begins", 1.0))
        if index > 1 and words.low[index - 2] in lists.people_before:
            found.append(("people before", 1.0))
        if by_rule:
            found.append(("rule", 1.0))
        return found


def may_begin(words: Words, index: int) -> bool:
    """Whether a word is worth weighing: it may be a first name, and stands where names stand."""
    code = words.codes[index]
    if FIRST.isdisjoint(code):
        return False
    sign, gap = words.sign(index), words.gaps[index]
    if sign:
        return sign[0] not in _OTHER
    if gap == "|":
        return words.begins(index) and not COMMON.isdisjoint(code)
    return gap in {"_", ":", '"'} and words.low[index - 1] in words.lists.people_before


def pack(model: NameModel) -> bytes:
    """The file."""
    content = {
        "weights": model.weights,
        "marked": {"words": model.marked.words, "pairs": model.marked.pairs},
        "unmarked": {"words": model.unmarked.words, "pairs": model.unmarked.pairs},
    }
    return HEADER + zlib.compress(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), 9)


def read(raw: bytes) -> NameModel:
    """The model of a file.

    Raises:
        ValueError: it is no such file, or of another version.

    """
    if not raw.startswith(HEADER):
        raise ValueError(
            f"names: expected a file that begins with {HEADER!r}; make it with ioc classify --train --names"
        )
    content = orjson.loads(zlib.decompress(raw[len(HEADER) :]))
    return NameModel(content["weights"], Counts(**content["marked"]), Counts(**content["unmarked"]))


@cache
def shipped_names() -> NameModel:
    """The shipped file's."""
    return read((files("ioc.classify") / "data" / "names.bin").read_bytes())


def _of(counts: Mapping[str, int], key: str, own: Mapping[str, int]) -> int:
    count = counts.get(key, 0) - own.get(key, 0)
    return min(count, MOST) if count >= LEAST else 0
