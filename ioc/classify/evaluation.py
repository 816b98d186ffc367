"""How well a classifier does on labelled reports: figures, and the list of what it missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ioc.classify.classifier import Classification, Classifier
from ioc.classify.training import Labelled
from ioc.text.normalise import normalise
from ioc.vocabulary import CATEGORIES

WITH_MARKS: Final = frozenset({"accented", "long", "typo", "misleading"})
WITHOUT_MARKS: Final = frozenset({"unaccented", "teencode"})


class Figure(NamedTuple):
    """Precision, recall and their harmonic mean of one category, and the number of its texts."""

    precision: float
    recall: float
    f1: float
    texts: int


class Miss(NamedTuple):
    """A text whose category was taken for another."""

    wanted: Labelled
    got: Classification


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of an evaluation; shares are between 0 and 1."""

    texts: int
    accuracy: float
    with_marks: float
    without_marks: float
    macro_f1: float
    subcategory_accuracy: float
    critical_recall: float
    critical_precision: float
    also: Figure
    """Further topics, all categories together; ``texts``: how many topics the set names."""
    abstained: float
    accuracy_decided: float
    styles: dict[str, tuple[float, int]]
    categories: dict[str, Figure]
    confusions: list[tuple[str, str, int]]
    misses: list[Miss]


def evaluate(classifier: Classifier, rows: Sequence[Labelled]) -> Scores:
    """Classify the rows and compare."""
    got = classifier.classify_many(normalise.many([row.text for row in rows]))
    pairs = list(zip(rows, got, strict=True))
    right = [row.category == found.category for row, found in pairs]
    said = Counter(found.category for found in got)
    true = Counter(row.category for row in rows)
    hit = Counter(row.category for row, good in zip(rows, right, strict=True) if good)
    figures: dict[str, Figure] = {}
    for category in CATEGORIES:
        figures[category] = _figure(hit[category], said[category], true[category])
    confusions = Counter((row.category, found.category) for row, found in pairs if row.category != found.category)
    critical = [(row.severity == "critical", found.severity == "critical") for row, found in pairs]
    both = sum(wanted and found for wanted, found in critical)
    also_said = sum(len(found.also) for found in got)
    also_true = sum(len(row.also) for row in rows)
    also_hit = sum(len({*row.also} & {*found.also}) for row, found in pairs)
    decided = [good for good, found in zip(right, got, strict=True) if not found.abstained]
    styles = {row.style for row in rows}
    present = [figure.f1 for figure in figures.values() if figure.texts]
    return Scores(
        len(rows),
        _share(sum(right), len(rows)),
        _of_styles(rows, right, WITH_MARKS)[0],
        _of_styles(rows, right, WITHOUT_MARKS)[0],
        _share(sum(present), len(present)),
        _share(sum((r.category, r.subcategory) == (f.category, f.subcategory) for r, f in pairs), len(rows)),
        _share(both, sum(wanted for wanted, _ in critical)),
        _share(both, sum(found for _, found in critical)),
        _figure(also_hit, also_said, also_true),
        _share(sum(found.abstained for found in got), len(rows)),
        _share(sum(decided), len(decided)),
        {style: _of_styles(rows, right, frozenset({style})) for style in sorted(styles)},
        figures,
        [(*pair, number) for pair, number in confusions.most_common(15)],
        [Miss(row, found) for row, found in pairs if row.category != found.category],
    )


def _figure(hit: int, said: int, true: int) -> Figure:
    precision, recall = _share(hit, said), _share(hit, true)
    return Figure(precision, recall, 2 * precision * recall / (precision + recall) if hit else 0.0, true)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _of_styles(rows: Sequence[Labelled], right: list[bool], styles: frozenset[str]) -> tuple[float, int]:
    chosen = [good for row, good in zip(rows, right, strict=True) if row.style in styles]
    return _share(sum(chosen), len(chosen)), len(chosen)
