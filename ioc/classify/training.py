"""Learns the model from labelled reports. Needs scikit-learn (optional dependencies ``train``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ioc.classify.classifier import Classifier
from ioc.classify.features import BLOCKS, Hashes, grams
from ioc.classify.lexicon import Lexicon
from ioc.classify.model import Floats, Fusion, distinct, pack
from ioc.classify.normalise import Normalised, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

FOLDS: Final = 5
_PHRASE_WEIGHT: Final = 0.5
"""A phrase of the lexicon counts as half a text: its words are then known in other spellings too."""
_C: Final = 0.5


class Labelled(NamedTuple):
    """One text of a training or validation set."""

    family: str
    style: str
    text: str
    category: Category
    subcategory: str
    severity: Severity


class LabelError(ValueError):
    """A line of a set cannot be used; names the line (from 1)."""


class _Vectors(NamedTuple):
    matrix: Any
    hashes: Hashes
    blocks: NDArray[np.intp]


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
                str(data["subcategory"]), data["severity"],
            )  # fmt: skip
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise LabelError(f"line {number}: {type(error).__name__} {error}") from None
        if row.category not in CATEGORIES or row.severity not in SEVERITIES:
            raise LabelError(f"line {number}: unknown category or severity")
        rows.append(row)
    return rows


def train(rows: Sequence[Labelled], lexicon: Lexicon, place_names: Iterable[str] = ()) -> bytes:
    """A model file; what joins it with the lexicon is fitted on families that each fold has not seen."""
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415  # only here is scikit-learn needed

    phrases = [entry for entry in lexicon.entries if entry.kind == "phrase"]
    texts = [normalise(row.text) for row in rows]
    vectors = _vectors([*texts, *(normalise(entry.marked) for entry in phrases)])
    count = len(rows)
    category = np.array(
        [CATEGORIES.index(row.category) for row in rows] + [CATEGORIES.index(e.category) for e in phrases]
    )
    severity = np.array([SEVERITIES.index(row.severity) for row in rows])
    held = np.zeros((count, len(CATEGORIES) + len(SEVERITIES)), np.float32)
    for seen, kept_out in GroupKFold(FOLDS).split(texts, groups=[row.family for row in rows]):
        learnt = _fit(vectors, seen, count, category, severity)
        held[kept_out] = learnt.scores(vectors.matrix[kept_out])
    fusion = _fusion(held, texts, category[:count], severity, Classifier(lexicon, place_names))
    whole = _fit(vectors, np.arange(count), count, category, severity)
    names = [f"{row.category}/{row.subcategory}" for row in rows] + [f"{e.category}/{e.subcategory}" for e in phrases]
    return whole.packed(names, vectors, fusion)


class _Learnt(NamedTuple):
    columns: NDArray[np.intp]
    idf: Floats
    blocks: NDArray[np.intp]
    weights: Floats
    bias: Floats

    def scores(self, matrix: Any) -> Floats:
        found: Floats = _scaled(matrix[:, self.columns], self.idf, self.blocks) @ self.weights + self.bias
        return found

    def packed(self, names: list[str], vectors: _Vectors, fusion: Fusion) -> bytes:
        words = np.flatnonzero(self.blocks == BLOCKS.index("words"))
        sums = np.asarray(vectors.matrix[:, self.columns[words]].sum(axis=0)).ravel()
        words = words[sums >= 2]
        scaled = _scaled(vectors.matrix[:, self.columns], self.idf, self.blocks)[:, words]
        subcategories = sorted(set(names))
        labels = np.array([subcategories.index(name) for name in names])
        sub_weights, sub_bias = _svm(scaled, labels, len(subcategories), None)
        sub_rows = np.full(len(self.columns), -1, np.int32)
        sub_rows[words] = np.arange(len(words), dtype=np.int32)
        return pack(
            subcategories, fusion, vectors.hashes[self.columns], self.idf, self.weights, self.bias,
            sub_rows, sub_weights, sub_bias,
        )  # fmt: skip


def _vectors(texts: Sequence[Normalised]) -> _Vectors:
    from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415

    parts, hashes, blocks = [], [], []
    for block, found in enumerate(grams(texts)):
        known, columns = np.unique(found.hashes, return_inverse=True)
        part = csr_matrix((np.ones(len(columns), np.float32), (found.texts, columns)), shape=(len(texts), len(known)))
        part.sum_duplicates()
        parts.append(part)
        hashes.append(known)
        blocks.append(np.full(len(known), block, np.intp))
    return _Vectors(hstack(parts).tocsr(), np.concatenate(hashes), np.concatenate(blocks))


def _fit(
    vectors: _Vectors, seen: NDArray[np.intp], count: int, category: NDArray[Any], severity: NDArray[Any]
) -> _Learnt:
    phrases = np.arange(count, vectors.matrix.shape[0])
    rows = np.concatenate([seen, phrases])
    frequency = np.asarray((vectors.matrix[rows] > 0).sum(axis=0)).ravel()
    columns = np.flatnonzero(frequency >= 2)
    columns = columns[np.argsort(-frequency[columns], kind="stable")]
    columns = columns[distinct(vectors.hashes[columns])]
    idf = (np.log((1 + len(rows)) / (1 + frequency[columns])) + 1).astype(np.float32)
    blocks = vectors.blocks[columns]
    scaled = _scaled(vectors.matrix[:, columns], idf, blocks)
    importance = np.where(rows < count, 1.0, _PHRASE_WEIGHT)
    weights, bias = _svm(scaled[rows], category[rows], len(CATEGORIES), importance)
    sev_weights, sev_bias = _svm(scaled[seen], severity[seen], len(SEVERITIES), None)
    return _Learnt(columns, idf, blocks, np.hstack([weights, sev_weights]), np.concatenate([bias, sev_bias]))


def _scaled(matrix: Any, idf: Floats, blocks: NDArray[np.intp]) -> Any:
    """Occurrences as the model weighs them: each block of a text has, counted by occurrence, length one."""
    from scipy.sparse import hstack  # noqa: PLC0415

    order, parts = [], []
    for block in range(len(BLOCKS)):
        of_block = np.flatnonzero(blocks == block)
        part = matrix[:, of_block]
        lengths = np.sqrt(np.asarray(part @ (idf[of_block] ** 2)).ravel())
        lengths[lengths == 0] = 1
        parts.append(part.multiply(idf[of_block]).multiply(1 / lengths[:, None]))
        order.append(of_block)
    joined = hstack(parts).tocsr()
    return joined[:, np.argsort(np.concatenate(order))].astype(np.float32)


def _svm(matrix: Any, labels: NDArray[Any], classes: int, importance: NDArray[Any] | None) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    fitted = LinearSVC(C=_C, random_state=0).fit(matrix, labels, sample_weight=importance)
    weights = np.zeros((matrix.shape[1], classes), np.float32)
    bias = np.full(classes, -1, np.float32)
    # Of two classes scikit-learn fits one line only: the second's; the first is on its other side.
    one_line = len(fitted.classes_) == 2
    weights[:, fitted.classes_] = np.vstack([-fitted.coef_, fitted.coef_]).T if one_line else fitted.coef_.T
    bias[fitted.classes_] = [-fitted.intercept_[0], fitted.intercept_[0]] if one_line else fitted.intercept_
    return weights, bias


def _fusion(
    held: Floats, texts: list[Normalised], category: NDArray[Any], severity: NDArray[Any], by_lexicon: Classifier
) -> Fusion:
    margins, severities = held[:, : len(CATEGORIES)], held[:, len(CATEGORIES) :]
    said = [by_lexicon.lexicon_scores(text) for text in texts]
    scores = np.array([row for row, _ in said])
    says = np.zeros((len(texts), len(SEVERITIES)))
    for number, (_, word) in enumerate(said):
        if word is not None:
            says[number, SEVERITIES.index(word)] = 1
    margin, lexicon = _likeliest(margins, scores, category, np.linspace(0, 1.5, 16))
    severity_margin, severity_lexicon = _likeliest(severities, says, severity, np.linspace(0, 3, 16))
    critical = _softmax(severity_margin * severities + severity_lexicon * says)[:, 0]
    thresholds = np.linspace(0.05, 0.6, 56)
    best = max(thresholds, key=lambda least: _f2(critical >= least, severity == 0))
    return Fusion(margin, lexicon, severity_margin, severity_lexicon, float(best))


def _likeliest(margins: Floats, scores: Any, labels: NDArray[Any], factors: Any) -> tuple[float, float]:
    """Factors of margin and score under which the labels are likeliest."""
    own = np.arange(len(labels))
    return max(
        ((float(a), float(b)) for a in np.linspace(0.5, 6, 23) for b in factors),
        key=lambda pair: float(np.log(_softmax(pair[0] * margins + pair[1] * scores)[own, labels]).sum()),
    )


def _softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _f2(said: Any, true: Any) -> float:
    """A missed critical report weighs twice a false one."""
    both = float((said & true).sum())
    return 5 * both / (4 * true.sum() + said.sum()) if both else 0.0
