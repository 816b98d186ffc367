"""Learns ``names.bin``: of reports whose names are marked, and of ordinary ones, in which nobody's should be found.

Needs scikit-learn (optional dependencies ``train``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np

from ioc.classify.lists import Lists
from ioc.classify.name_model import LEAST, MOST, NOTHING, Counts, NameModel, pack
from ioc.classify.named_reports import NamedReport
from ioc.classify.names import people, shipped_lists
from ioc.classify.personal import PLAIN
from ioc.classify.small_names import SmallNames
from ioc.classify.words import Words
from ioc.text.normalise import compose

_C: Final = 0.3
_ORDINARY_WEIGHT: Final = 0.5
_EVERY: Final = 2
"""Every so many ordinary reports are learnt from, and all are counted: there are many more than reports with names."""
_RENAMED: Final = 3
"""How often a report is learnt with other names."""
_RENAMED_WEIGHT: Final = 0.4
_SEED: Final = 5
_LEAST_SEEN: Final = 4
"""A sign that was seen less often says nothing."""
_SHIFTS: Final = {
    "n1m": 0.95,
    "n2m": 1.05,
    "n3m": 1.05,
    "n4m": 1.05,
    "n1-": 1.45,
    "n2-": 1.3,
    "n3-": 1.05,
    "n4-": 1.3,
}
"""Added to what speaks for a name of so many words: a false alarm costs a word, a miss shows somebody."""


class _Example(NamedTuple):
    signs: list[tuple[str, float]]
    is_name: bool
    weight: float


def learn_names(named: Iterable[NamedReport], ordinary: Sequence[str]) -> bytes:
    """The file; the same reports make the same weights."""
    lists = shipped_lists()
    reports = list(named)
    ordinary = [compose(text)[0] for text in ordinary]
    marked = _counts((text for text in ordinary if not text.isascii()), lists)
    unmarked = _counts((text.translate(PLAIN) for text in ordinary), lists)
    bare = NameModel({}, marked, unmarked)
    examples = [
        *_named(reports, bare, lists, 1.0),
        *_named(_renamed(reports, lists), bare, lists, _RENAMED_WEIGHT),
        *_ordinary(ordinary[::_EVERY], bare, lists),
    ]
    weights = _fitted(examples)
    for sign, shift in _SHIFTS.items():
        weights[sign] = round(weights.get(sign, 0.0) + shift, 3)
    return pack(NameModel(weights, _kept(marked), _kept(unmarked)).without_hope(lists))


def _renamed(reports: Iterable[NamedReport], lists: Lists) -> Iterator[NamedReport]:
    """Reports in which people have other names: what stands beside a name does not depend on it."""
    random = Random(_SEED)
    for report in reports:
        if "name" in report.kinds:
            yield from (report.renamed(random, people(), lists.codes) for _ in range(_RENAMED))


def _fitted(examples: Sequence[_Example]) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415 (an optional dependency)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    seen = Counter(sign for example in examples for sign, _ in example.signs if example.weight == 1.0 or " = " in sign)
    rows = [{sign: value for sign, value in example.signs if seen[sign] >= _LEAST_SEEN} for example in examples]
    columns: Any = DictVectorizer(dtype=np.float32)
    table = columns.fit_transform(rows)
    line = LogisticRegression(C=_C, max_iter=400, tol=1e-3)
    line.fit(table, [example.is_name for example in examples], [example.weight for example in examples])
    weights = {
        str(name): round(float(weight), 3) for name, weight in zip(columns.feature_names_, line.coef_[0], strict=True)
    }
    weights["bias"] = round(weights.get("bias", 0.0) + float(line.intercept_[0]), 3)
    return weights


def _named(reports: Iterable[NamedReport], bare: NameModel, lists: Lists, weight: float) -> Iterator[_Example]:
    """Words of reports as written, without capitals, and without marks too."""
    small = SmallNames(lists, bare)
    for report in reports:
        lower = report.text.lower()
        for text in dict.fromkeys((report.text, lower, lower.translate(PLAIN))):
            if len(text) != len(report.text):
                continue
            words = Words(text, lists)
            for index, length in _candidates(words, small):
                start, end = words.start(index), words.end(index + length - 1)
                if start in report.names:
                    is_name = report.names[start] == end
                elif report.inside.isdisjoint(range(start, end)):
                    is_name = False
                else:
                    continue
                signs = bare.signs(words, index, length, ruled=_ruled(words, index, small))
                yield _Example(signs, is_name, weight)


def _ordinary(texts: Iterable[str], bare: NameModel, lists: Lists) -> Iterator[_Example]:
    """Words of ordinary reports, every other one without capitals and marks; a capitalised word may be a name."""
    small = SmallNames(lists, bare)
    for number, written in enumerate(texts):
        text = written.lower().translate(PLAIN) if number % 2 else written
        if len(text) != len(written):
            continue
        words = Words(text, lists)
        found = [at for at in _candidates(words, small) if not written[words.start(at[0])].isupper()]
        if not found:
            continue
        marks = words.style[1] == "m"
        own = NOTHING
        if not (marks and written.isascii()):
            own = _counts([text if marks else text.translate(PLAIN)], lists)
        for index, length in found:
            signs = bare.signs(words, index, length, own, ruled=_ruled(words, index, small))
            yield _Example(signs, is_name=False, weight=_ORDINARY_WEIGHT)


def _candidates(words: Words, small: SmallNames) -> Iterator[tuple[int, int]]:
    """Where names may begin that are weighed, and how many words they may have."""
    cased = words.style[0] == "c"
    for index in range(len(words.low)):
        if not (cased and words.caps[index] != "l"):
            yield from ((index, length) for length in small.lengths(words, index))


def _ruled(words: Words, index: int, small: SmallNames) -> int:
    """How many words the rules take for a name here."""
    return max(small.rules.end(words, index) - index, 0)


def _counts(texts: Iterable[str], lists: Lists) -> Counts:
    """Of words that may be names, with their neighbours, and of the words before them."""
    ones: Counter[str] = Counter()
    twos: Counter[tuple[str, str]] = Counter()
    for text in texts:
        words = Words(text, lists)
        low = words.low
        ones.update(low)
        twos.update(
            (low[index - 1], low[index])
            for index in range(1, len(low))
            if words.gaps[index] == "_" and (words.codes[index] or words.codes[index - 1])
        )
    return Counts(ones, _by_first(twos))


def _kept(counts: Counts) -> Counts:
    return Counts(
        {word: min(count, MOST) for word, count in counts.words.items() if count >= LEAST},
        _by_first(
            {
                (first, second): min(count, MOST)
                for first, behind in counts.pairs.items()
                for second, count in behind.items()
                if count >= LEAST
            }
        ),
    )


def _by_first(pairs: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (first, second), count in pairs.items():
        found.setdefault(first, {})[second] = count
    return found
