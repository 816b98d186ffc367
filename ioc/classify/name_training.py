"""Learns ``names.bin``: of reports whose names are marked, and of ordinary ones, in which nobody's should be found.

Needs scikit-learn (optional dependencies ``train``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson

from ioc.classify.lists import FIRST, Lists
from ioc.classify.name_model import LEAST, MOST, NOTHING, Counts, NameModel, may_begin, pack
from ioc.classify.names import shipped_lists
from ioc.classify.normalise import compose
from ioc.classify.personal import PLAIN
from ioc.classify.small_names import SmallNames
from ioc.classify.training import LabelError
from ioc.classify.words import Words

_C: Final = 0.5
_ORDINARY_WEIGHT: Final = 0.5
"""Of a word of an ordinary report: there are a hundred times as many of them as reports with names in them."""
_LEAST_SEEN: Final = 4
"""A sign that was seen less often says nothing."""
_SHIFT: Final = 0.9
"""Added to what speaks for a name: a false alarm costs a word, a miss shows somebody.

On writers held out the rules and the weights together then find most while they are as often wrong as the rules alone.
"""


class NamedReport(NamedTuple):
    """A report; ``names``: first offset of each name; ``inside``: offsets of all personal data."""

    text: str
    names: frozenset[int]
    inside: frozenset[int]

    @classmethod
    def read(cls, line: bytes) -> NamedReport:
        """From a line of JSON: ``text``, ``pii`` with its values, ``kinds`` with the kind of each.

        Raises:
            LabelError: the line is not of this form.

        """
        try:
            row = orjson.loads(line)
            return cls.of(row["text"], row["pii"], row["kinds"])
        except (ValueError, KeyError, TypeError) as error:
            raise LabelError(f"not a report with its personal data: {line[:60]!r}: {error}") from error

    @classmethod
    def of(cls, text: str, values: Sequence[str], kinds: Sequence[str]) -> NamedReport:
        """From the values that a labelled report has; a value is one wherever the text has it."""
        names: set[int] = set()
        inside: set[int] = set()
        for value, kind in zip(values, kinds, strict=True):
            start = text.find(value)
            while start >= 0:
                inside.update(range(start, start + len(value)))
                if kind == "name":
                    names.add(start)
                start = text.find(value, start + 1)
        return cls(text, frozenset(names), frozenset(inside))


class _Example(NamedTuple):
    signs: list[tuple[str, float]]
    is_name: bool
    weight: float


def learn_names(named: Iterable[NamedReport], ordinary: Sequence[str]) -> bytes:
    """The file; the same reports make the same weights."""
    lists = shipped_lists()
    ordinary = [compose(text)[0] for text in ordinary]
    marked = _counts((text for text in ordinary if not text.isascii()), lists)
    unmarked = _counts((text.translate(PLAIN) for text in ordinary), lists)
    bare = NameModel({}, marked, unmarked)
    examples = [*_named(named, bare, lists), *_ordinary(ordinary, bare, lists)]
    weights = _fitted(examples)
    weights["bias"] = weights.get("bias", 0.0) + _SHIFT
    return pack(NameModel(weights, _kept(marked), _kept(unmarked)))


def _fitted(examples: Sequence[_Example]) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415 (an optional dependency)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    seen = Counter(sign for example in examples if example.weight == 1 for sign, _ in example.signs)
    rows = [{sign: value for sign, value in example.signs if seen[sign] >= _LEAST_SEEN} for example in examples]
    columns: Any = DictVectorizer()
    table = columns.fit_transform(rows)
    line = LogisticRegression(C=_C, max_iter=3000)
    line.fit(table, [example.is_name for example in examples], [example.weight for example in examples])
    weights = {
        str(name): round(float(weight), 3) for name, weight in zip(columns.feature_names_, line.coef_[0], strict=True)
    }
    weights["bias"] = round(weights.get("bias", 0.0) + float(line.intercept_[0]), 3)
    return weights


def _named(reports: Iterable[NamedReport], bare: NameModel, lists: Lists) -> Iterator[_Example]:
    """Words of reports as written, without capitals, and without marks too."""
    for report in reports:
        small = report.text.lower()
        for text in dict.fromkeys((report.text, small, small.translate(PLAIN))):
            if len(text) != len(report.text):
                continue
            words = Words(text, lists)
            for index in _candidates(words):
                start = words.start(index)
                if start in report.names or start not in report.inside:
                    yield _Example(_signs(words, index, bare, lists), start in report.names, 1.0)


def _ordinary(texts: Iterable[str], bare: NameModel, lists: Lists) -> Iterator[_Example]:
    """Words of ordinary reports, every other one without capitals and marks; a capitalised word may be a name."""
    for number, written in enumerate(texts):
        text = written.lower().translate(PLAIN) if number % 2 else written
        if len(text) != len(written):
            continue
        words = Words(text, lists)
        found = [index for index in _candidates(words) if not written[words.start(index)].isupper()]
        if not found:
            continue
        marks = words.style[1] == "m"
        own = NOTHING
        if not (marks and written.isascii()):
            own = _counts([text if marks else text.translate(PLAIN)], lists)
        for index in found:
            yield _Example(_signs(words, index, bare, lists, own), is_name=False, weight=_ORDINARY_WEIGHT)


def _candidates(words: Words) -> list[int]:
    cased = words.style[0] == "c"
    return [n for n in range(len(words.low)) if not (cased and words.caps[n] != "l") and may_begin(words, n)]


def _signs(words: Words, index: int, bare: NameModel, lists: Lists, own: Counts = NOTHING) -> list[tuple[str, float]]:
    return bare.signs(words, index, own, by_rule=SmallNames(lists, bare).by_rules(words, index) > 0)


def _counts(texts: Iterable[str], lists: Lists) -> Counts:
    """Of words that may be names, with their neighbours, and of the words before them."""
    ones: Counter[str] = Counter()
    twos: Counter[str] = Counter()
    for text in texts:
        words = Words(text, lists)
        low = words.low
        ones.update(low)
        twos.update(
            f"{low[index - 1]} {low[index]}"
            for index in range(1, len(low))
            if words.gaps[index] == "_"
            and not (FIRST.isdisjoint(words.codes[index]) and FIRST.isdisjoint(words.codes[index - 1]))
        )
    return Counts(ones, twos)


def _kept(counts: Counts) -> Counts:
    return Counts(
        {word: min(count, MOST) for word, count in counts.words.items() if count >= LEAST},
        {pair: min(count, MOST) for pair, count in counts.pairs.items() if count >= LEAST},
    )
