"""Learns the model from labelled reports. Needs scikit-learn (optional dependencies ``train``)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ioc.classify.classifier import Classifier
from ioc.classify.features import BLOCKS, NO_SPACES_FROM, Hashes, grams
from ioc.classify.lexicon import Lexicon
from ioc.classify.model import SHARES, Floats, Fusion, danger, distinct, pack, softmax, with_gravest
from ioc.text.normalise import Normalised, fold, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

FOLDS: Final = 5
_PHRASE_WEIGHT: Final = 0.2
"""A phrase counts as a fifth of a text, of the lexicon too: its words are then known in other spellings."""
_UNMARKED_WEIGHT: Final = 0.3
"""So does each text once more without its marks: words that tell with them tell without them too."""
_CATEGORY_SHARE: Final = 0.5
"""A subcategory's margin has this much of its category's in it: what all of the category's texts share."""
_OWN_CRITICAL: Final = 2.0
"""How much more one line for critical texts of all categories says than a line for those of each category."""
_OFTEN_CRITICAL: Final = 50
"""A subcategory with so many critical texts has a line of its own for them."""
PHRASE: Final = "phrase"
"""Style of what is no text but a phrase out of one, as those of the lexicon: it teaches a topic, and no severity."""
_UNSPACED: Final = re.compile(f"[{chr(NO_SPACES_FROM)}-{chr(sys.maxunicode)}]+")
_OTHER_LANGUAGES: Final = ("english", "chinese")
"""Styles of texts that are in another language than the province's own."""
_C: Final = 0.7
_TOLERANCE: Final = 0.01
_MOST_WORDS: Final = 250_000
_MOST_CHARACTERS: Final = 40_000
"""So many n-grams are kept, those with the greatest weights: the rest says little, and takes memory and time.

The more texts are learnt the more n-grams tell: of 69,000 texts 150,000 and 20,000 lost 1.5 to 3 points of critical
precision and up to 0.8 of the category on sets of other writers; all 350,000 gained nothing more.
"""


_CRITICAL_PRECISION: Final = 0.84
"""So much of what is called critical has to be, on writers held out: false alarms wear a duty desk out. With what all
writers teach it is more: at this threshold 88.1 % on 2,402 texts by four writers of whom nothing was learnt.
"""
_CRITICAL_SHARE: Final = 1 / 7
"""So much of what citizens send is critical, as the writers were told. Some wrote of danger alone: how precise a
threshold is goes by this share, not by that of the set."""


class Labelled(NamedTuple):
    """One text of a training or validation set; ``also``: categories of further topics."""

    family: str
    style: str
    text: str
    category: Category
    subcategory: str
    severity: Severity
    also: tuple[Category, ...] = ()


class LabelError(ValueError):
    """A line of a set cannot be used; names the line (from 1)."""


class _Vectors(NamedTuple):
    matrix: Any
    hashes: Hashes
    blocks: NDArray[np.intp]


class _Corpus(NamedTuple):
    """Texts, then phrases, then the texts that have marks, without them."""

    vectors: _Vectors
    texts: int
    phrases: int
    unmarked_of: NDArray[np.intp]
    names: tuple[str, ...]
    subcategory: NDArray[np.intp]
    severity: NDArray[np.intp]
    often_critical: NDArray[np.intp]
    """Subcategories."""

    @property
    def category(self) -> NDArray[np.intp]:
        """Of each row."""
        return _categories(self.names)[self.subcategory]

    def learnt_from(self, seen: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of texts and their copies without marks; rows of phrases."""
        copies = self.texts + self.phrases + np.flatnonzero(np.isin(self.unmarked_of, seen))
        return np.concatenate([seen, copies]), np.arange(self.texts, self.texts + self.phrases)


def read_labelled(raw: bytes) -> list[Labelled]:
    """The texts of a JSONL file.

    Raises:
        LabelError: names line and reason.

    """
    rows = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = orjson.loads(line)
            row = Labelled(
                str(data["family"]), str(data["style"]), str(data["text"]), data["category"],
                str(data["subcategory"]), data["severity"], tuple(data.get("also", ())),
            )  # fmt: skip
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise LabelError(f"line {number}: {type(error).__name__} {error}") from None
        if not {row.category, *row.also} <= set(CATEGORIES) or row.severity not in SEVERITIES:
            raise LabelError(f"line {number}: unknown category or severity")
        rows.append(row)
    return rows


def train(rows: Sequence[Labelled], lexicon: Lexicon, place_names: Iterable[str] = ()) -> bytes:
    """A model file; what joins it with the lexicon is fitted on writers (or families) that each fold has not seen."""
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415  # only here is scikit-learn needed

    known = [entry for entry in lexicon.entries if entry.kind == "phrase"]
    phrases = [(entry.marked, f"{entry.category}/{entry.subcategory}") for entry in known]
    phrases += [(row.text, f"{row.category}/{row.subcategory}") for row in rows if row.style == PHRASE]
    rows = [row for row in rows if row.style != PHRASE]
    texts = [normalise(row.text) for row in rows]
    corpus = _corpus(rows, texts, phrases)
    columns = len(corpus.names) + len(CATEGORIES) + len(SEVERITIES) - 1 + len(corpus.often_critical)
    held = np.zeros((len(rows), columns), np.float32)
    for seen, kept_out in GroupKFold(FOLDS).split(texts, groups=_groups(rows)):
        held[kept_out] = _fit(corpus, seen).scores(corpus.vectors.matrix[kept_out])
    fusion = _fusion(held, texts, rows, corpus, Classifier(lexicon, place_names))
    whole = _fit(corpus, np.arange(len(rows))).pruned()
    return pack(
        corpus.names, fusion, corpus.vectors.hashes[whole.columns], whole.idf, whole.weights, whole.bias,
        (entry.marked for entry in known),
    )  # fmt: skip


class _Learnt(NamedTuple):
    columns: NDArray[np.intp]
    idf: Floats
    blocks: NDArray[np.intp]
    weights: Floats
    bias: Floats

    def scores(self, matrix: Any) -> Floats:
        found: Floats = _scaled(matrix[:, self.columns], self.idf, self.blocks) @ self.weights + self.bias
        return found

    def pruned(self) -> _Learnt:
        weight = np.abs(self.weights).max(axis=1) * self.idf * SHARES[self.blocks]
        order = np.argsort(-weight, kind="stable")
        characters = self.blocks[order] == BLOCKS.index("characters")
        kept = np.sort(np.concatenate([order[~characters][:_MOST_WORDS], order[characters][:_MOST_CHARACTERS]]))
        return _Learnt(self.columns[kept], self.idf[kept], self.blocks[kept], self.weights[kept], self.bias)


def _groups(rows: Sequence[Labelled]) -> list[str]:
    """The writer, who stands before the family's number; the family, where there are too few writers."""
    writers = [row.family.partition("-")[0] for row in rows]
    return writers if len(set(writers)) >= FOLDS else [row.family for row in rows]


def _categories(names: Sequence[str]) -> NDArray[np.intp]:
    """Of each subcategory, the number of its category."""
    order: tuple[str, ...] = CATEGORIES
    return np.array([order.index(name.partition("/")[0]) for name in names], np.intp)


def _corpus(rows: Sequence[Labelled], texts: list[Normalised], phrases: list[tuple[str, str]]) -> _Corpus:
    unmarked = [normalise(_unmarked(row.text)) for row in rows]
    copied = np.array([n for n, (with_, without) in enumerate(zip(texts, unmarked, strict=True))
                       if with_.text != without.text], np.intp)  # fmt: skip
    labels = [f"{row.category}/{row.subcategory}" for row in rows]
    order: tuple[str, ...] = CATEGORIES
    names = sorted({*labels, *(name for _, name in phrases)}, key=lambda name: (order.index(name.split("/")[0]), name))
    number = {name: place for place, name in enumerate(names)}
    own = np.array([number[name] for name in labels], np.intp)
    severity = np.array([SEVERITIES.index(row.severity) for row in rows], np.intp)
    nothing = np.full(len(phrases), -1, np.intp)
    return _Corpus(
        _vectors([*texts, *(normalise(phrase) for phrase, _ in phrases), *(unmarked[n] for n in copied)]),
        len(rows),
        len(phrases),
        copied,
        tuple(names),
        np.concatenate([own, np.array([number[name] for _, name in phrases], np.intp), own[copied]]),
        np.concatenate([severity, nothing, severity[copied]]),
        np.flatnonzero(np.bincount(own[severity == 0], minlength=len(names)) >= _OFTEN_CRITICAL),
    )


def _unmarked(text: str) -> str:
    """Without marks, punctuation kept."""
    return "".join(fold(char) if char.isalnum() else char for char in text)


def _vectors(texts: Sequence[Normalised]) -> _Vectors:
    """Occurrences of n-grams; a "word" of a script without spaces is half a sentence, and none of them."""
    from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415

    parts, hashes, blocks = [], [], []
    found = grams(texts)
    spaced = grams([
        normalise(_UNSPACED.sub(" ", text.original)) if _UNSPACED.search(text.original) else text for text in texts
    ])  # fmt: skip
    for block, (start, end) in enumerate(zip(found.bounds[:-1], found.bounds[1:], strict=True)):
        known, columns = np.unique(found.hashes[start:end], return_inverse=True)
        part = csr_matrix(
            (np.ones(len(columns), np.float32), (found.texts[start:end], columns)), shape=(len(texts), len(known))
        )
        part.sum_duplicates()
        if BLOCKS[block] != "scripts":
            words = np.isin(known, spaced.hashes[spaced.bounds[block] : spaced.bounds[block + 1]])
            known, part = known[words], part[:, words]
        parts.append(part)
        hashes.append(known)
        blocks.append(np.full(len(known), block, np.intp))
    return _Vectors(hstack(parts).tocsr(), np.concatenate(hashes), np.concatenate(blocks))


def _fit(corpus: _Corpus, seen: NDArray[np.intp]) -> _Learnt:
    own, phrases = corpus.learnt_from(seen)
    vectors = corpus.vectors
    counted = np.concatenate([seen, phrases])
    frequency = np.asarray((vectors.matrix[counted] > 0).sum(axis=0)).ravel()
    columns = np.flatnonzero(frequency >= 2)
    columns = columns[np.argsort(-frequency[columns], kind="stable")]
    columns = columns[distinct(vectors.hashes[columns])]
    idf = (np.log((1 + len(counted)) / (1 + frequency[columns])) + 1).astype(np.float32)
    blocks = vectors.blocks[columns]
    scaled = _scaled(vectors.matrix[:, columns], idf, blocks)
    # Topics are learnt from phrases too; how grave it is, from texts alone.
    rows, copies = np.concatenate([own, phrases]), np.where(own < corpus.texts, 1.0, _UNMARKED_WEIGHT)
    importance = np.concatenate([copies, np.full(len(phrases), _PHRASE_WEIGHT)])
    category = corpus.category
    topics = _svm(scaled[rows], corpus.subcategory[rows], len(corpus.names), importance)
    wide = _svm(scaled[rows], category[rows], len(CATEGORIES), importance)
    texts, severity = scaled[own], corpus.severity[own]
    one = _svm(texts, (severity > 0).astype(np.intp), 2, copies)
    each = _svm(texts, category[own] * 2 + (severity > 0), 2 * len(CATEGORIES), copies)
    others = _svm(texts, severity, len(SEVERITIES), copies)
    # Each critical text of a subcategory that often is; all other texts are the last class, which has no column.
    place = np.full(len(corpus.names), len(corpus.often_critical), np.intp)
    place[corpus.often_critical] = np.arange(len(corpus.often_critical))
    gravest = np.where(severity == 0, place[corpus.subcategory[own]], len(corpus.often_critical))
    grave = _svm(texts, gravest, len(corpus.often_critical) + 1, copies) if len(corpus.often_critical) else others
    of = _categories(corpus.names)
    parts = [
        (topics[side] + _CATEGORY_SHARE * wide[side][..., of],
         _OWN_CRITICAL * one[side][..., :1] + each[side][..., ::2] - each[side][..., 1::2],
         others[side][..., 1:],
         grave[side][..., : len(corpus.often_critical)])
        for side in (0, 1)
    ]  # fmt: skip
    return _Learnt(columns, idf, blocks, np.hstack(parts[0]), np.hstack(parts[1]))


def _scaled(matrix: Any, idf: Floats, blocks: NDArray[np.intp]) -> Any:
    """Occurrences as the model weighs them: each block of a text, counted by occurrence, is as long as its share."""
    from scipy.sparse import hstack  # noqa: PLC0415

    order, parts = [], []
    for block in range(len(BLOCKS)):
        of_block = np.flatnonzero(blocks == block)
        part = matrix[:, of_block]
        lengths = np.sqrt(np.asarray(part @ (idf[of_block] ** 2)).ravel())
        lengths[lengths == 0] = 1
        parts.append(part.multiply(idf[of_block]).multiply(SHARES[block] / lengths[:, None]))
        order.append(of_block)
    joined = hstack(parts).tocsr()
    return joined[:, np.argsort(np.concatenate(order))].astype(np.float32)


def _svm(matrix: Any, labels: NDArray[Any], classes: int, importance: NDArray[Any]) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    fitted = LinearSVC(C=_C, tol=_TOLERANCE, random_state=0).fit(matrix, labels, sample_weight=importance)
    weights = np.zeros((matrix.shape[1], classes), np.float32)
    bias = np.full(classes, -1, np.float32)
    # Of two classes scikit-learn fits one line only: the second's; the first is on its other side.
    one_line = len(fitted.classes_) == 2
    weights[:, fitted.classes_] = np.vstack([-fitted.coef_, fitted.coef_]).T if one_line else fitted.coef_.T
    bias[fitted.classes_] = [-fitted.intercept_[0], fitted.intercept_[0]] if one_line else fitted.intercept_
    return weights, bias


def _fusion(
    held: Floats, texts: list[Normalised], rows: Sequence[Labelled], corpus: _Corpus, by_lexicon: Classifier
) -> Fusion:
    """Each factor in its turn, the earlier ones fixed."""
    subs = len(corpus.names)
    margins, critical, others, gravest = np.split(held, np.cumsum([subs, len(CATEGORIES), len(SEVERITIES) - 1]), axis=1)
    critical = with_gravest(critical, gravest)
    spoken, says = _lexicon_says(texts, corpus.names, by_lexicon)
    category, severity = corpus.category[: len(rows)], corpus.severity[: len(rows)]
    own, of = np.arange(len(rows)), _categories(corpus.names)

    def scores(lexicon: float) -> Floats:
        fused = margins + lexicon * spoken
        return np.stack([fused[:, of == c].max(axis=1, initial=-9) for c in range(len(CATEGORIES))], axis=1)

    certainty, lexicon = max(
        ((float(a), float(b)) for a in np.linspace(1, 9, 33) for b in np.linspace(0, 0.2, 11)),
        key=lambda pair: float(np.log(softmax(pair[0] * scores(pair[1]))[own, category]).sum()),
    )
    best = scores(lexicon)
    winner = best.argmax(axis=1)
    margin = np.where(winner == CATEGORIES.index("other"), -9, danger(critical, softmax(certainty * best)))
    sent = _ordinary(rows)
    critical_lexicon, critical_from = max(
        ((float(a), float(least)) for a in np.linspace(0, 1, 6) for least in np.linspace(-6, 3, 181)),
        key=lambda pair: _finds_critical((margin + pair[0] * says[:, 0] >= pair[1])[sent], severity[sent] == 0),
    )
    severity_lexicon = max(
        (float(a) for a in np.linspace(0, 0.5, 6)),
        key=lambda a: int(((others + a * says[:, 1:]).argmax(axis=1) + 1 == severity).sum()),
    )
    second = np.array([[c in row.also for c in CATEGORIES] for row in rows])
    other = CATEGORIES.index("other")
    best[own, winner] = best[:, other] = best[winner == other] = -9
    also_from = max(np.linspace(-1.5, 0.5, 81), key=lambda least: _f(best >= least, second, 1))
    return Fusion(certainty, lexicon, critical_lexicon, severity_lexicon, critical_from, float(also_from))


def _ordinary(rows: Sequence[Labelled]) -> NDArray[np.bool_]:
    """Which texts are like what is sent, as far as false alarms go.

    Neither those in other languages, a third of a set and a few in a hundred of what is sent, nor those that were
    written beside a critical text to look like it.
    """
    critical = {row.family for row in rows if row.severity == "critical"}
    return np.array(
        [
            row.style not in _OTHER_LANGUAGES and (row.severity == "critical" or row.family not in critical)
            for row in rows
        ],
        np.bool_,
    )


def _finds_critical(said: Any, true: Any) -> tuple[bool, float]:
    """Rank of a threshold: enough of what it says is critical, then how much of it is found; else the best F2."""
    found, false = float((said & true).sum() / true.sum()), float((said & ~true).sum() / (~true).sum())
    right = _CRITICAL_SHARE * found
    precise = bool(said.any()) and right / (right + (1 - _CRITICAL_SHARE) * false) >= _CRITICAL_PRECISION
    return precise, found if precise else _f(said, true, 2)


def _lexicon_says(texts: list[Normalised], names: Sequence[str], by_lexicon: Classifier) -> tuple[Floats, Floats]:
    """Weights that the lexicon gives the subcategories, and a one for the severity that it names."""
    number = {name: place for place, name in enumerate(names)}
    spoken = np.zeros((len(texts), len(names)), np.float32)
    says = np.zeros((len(texts), len(SEVERITIES)), np.float32)
    for row, text in enumerate(texts):
        weights, severity = by_lexicon.spoken(text)
        for name, weight in weights:
            spoken[row, number[name]] += weight
        if severity is not None:
            says[row, SEVERITIES.index(severity)] = 1
    return spoken, says


def _f(said: Any, true: Any, recall_weight: float) -> float:
    """F-measure; with a recall weight of 2, a missed critical report weighs twice a false one."""
    both, square = float((said & true).sum()), recall_weight**2
    return (1 + square) * both / (square * true.sum() + said.sum()) if both else 0.0
