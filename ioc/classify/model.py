"""The linear model: what word and character n-grams say, learnt from labelled reports; inference in numpy alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ioc.classify.features import BLOCKS, Grams, grams
from ioc.classify.normalise import Normalised
from ioc.vocabulary import CATEGORIES, SEVERITIES

Floats = NDArray[np.float32]

FORMAT: Final = 1
_TABLE_BITS: Final = 21
_SHIFT: Final = np.uint64(64 - _TABLE_BITS)
_ARRAYS: Final = ("hashes", "idf", "weights", "scales", "bias", "sub_rows", "sub_weights", "sub_scales", "sub_bias")
_WORDS: Final = 3
"""So many n-grams of a text are named as reasons."""
_TELLING: Final = 0.02
"""What adds less to the margin is no reason."""


class ModelError(ValueError):
    """The file is no model that this version can use; says why."""


class Fusion(NamedTuple):
    """How margins of the model and scores of the lexicon become probabilities; fitted on held-out families.

    Attributes:
        margin: Factor on the category margins.
        lexicon: Factor on the lexicon's score of a category.
        severity_margin: Factor on the severity margins.
        severity_lexicon: Added to the severity that the lexicon says.
        critical_from: Probability from which a report is critical.

    """

    margin: float
    lexicon: float
    severity_margin: float
    severity_lexicon: float
    critical_from: float


class Said(NamedTuple):
    """What the model says about texts, one row per text.

    Attributes:
        categories: Margins in the order of ``CATEGORIES``.
        severities: Margins in the order of ``SEVERITIES``.
        subcategories: Margins in the order of ``Model.subcategories``.
        found: The word n-grams that the model knows.

    """

    categories: Floats
    severities: Floats
    subcategories: Floats
    found: _Found


class _Found(NamedTuple):
    rows: NDArray[np.intp]
    texts: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    idf: Floats
    """Rarity of each n-gram."""
    lengths: Floats
    """Of each text: what brings its vector to length one."""


class Word(NamedTuple):
    """An n-gram (offsets in ``Normalised.text``) and what it adds to the margin of the category."""

    start: int
    end: int
    adds: float


@dataclass(frozen=True)
class Model:
    """Weights of the n-grams in one byte each, with a scale per column: a margin is the sum of rarity times weight.

    Bytes take a quarter of the memory of floats, and more of them are at hand in the processor's caches.
    """

    version: str
    subcategories: tuple[str, ...]
    fusion: Fusion
    hashes: NDArray[np.uint64]
    idf: Floats
    weights: NDArray[np.int8]
    scales: Floats
    bias: Floats
    sub_rows: NDArray[np.int32]
    sub_weights: NDArray[np.int8]
    sub_scales: Floats
    sub_bias: Floats
    table: NDArray[np.int32]

    @classmethod
    def load(cls, raw: bytes) -> Model:
        """Read a model file: one line of JSON, then the arrays.

        Raises:
            ModelError: it is damaged, or made for another version.

        """
        line, _, body = raw.partition(b"\n")
        try:
            head = orjson.loads(line)
            if head["format"] != FORMAT:
                raise ModelError(f"model: format {head['format']} is not {FORMAT}; train it anew")
            if head["sha256"] != hashlib.sha256(body).hexdigest():
                raise ModelError("model: the checksum is wrong, the file is damaged")
            if head["categories"] != list(CATEGORIES) or head["severities"] != list(SEVERITIES):
                raise ModelError("model: made for other categories; train it anew")
            with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
                hashes, idf, weights, scales, bias, sub_rows, sub_weights, sub_scales, sub_bias = (
                    arrays[name] for name in _ARRAYS
                )
            subcategories, fusion = tuple(head["subcategories"]), Fusion(*head["fusion"])
        except (orjson.JSONDecodeError, KeyError, TypeError, OSError) as error:
            raise ModelError(f"model: not a model file ({type(error).__name__})") from None
        table = np.full(1 << _TABLE_BITS, -1, np.int32)
        table[(hashes >> _SHIFT).astype(np.intp)] = np.arange(len(hashes), dtype=np.int32)
        return cls(
            head["sha256"][:12], subcategories, fusion, hashes, idf, weights, scales, bias,
            sub_rows, sub_weights, sub_scales, sub_bias, table,
        )  # fmt: skip

    def judge(self, texts: Sequence[Normalised]) -> Said:
        """Margins of many texts at once."""
        count = len(texts)
        parts = [self._known(block, count) for block in grams(texts)]
        margins = np.tile(self.bias, (count, 1))
        for part in parts:
            rare = np.take(self.weights, part.rows, axis=0) * part.idf[:, None]
            margins += _summed(rare, part.texts, count) * (self.scales * part.lengths[:, None])
        words = parts[BLOCKS.index("words")]
        sub_rows = self.sub_rows[words.rows]
        with_sub = np.flatnonzero(sub_rows >= 0)
        subs = np.take(self.sub_weights, sub_rows[with_sub], axis=0) * words.idf[with_sub][:, None]
        return Said(
            margins[:, : len(CATEGORIES)],
            margins[:, len(CATEGORIES) :],
            _summed(subs, words.texts[with_sub], count) * (self.sub_scales * words.lengths[:, None]) + self.sub_bias,
            words,
        )

    def words(self, said: Said, categories: NDArray[np.intp]) -> list[list[Word]]:
        """Of each text, the n-grams that speak most for its category, none over another."""
        found = said.found
        chosen_by = categories[found.texts]
        adds = self.weights[found.rows, chosen_by] * found.idf * self.scales[chosen_by] * found.lengths[found.texts]
        telling = np.flatnonzero(adds > _TELLING)
        telling = telling[np.lexsort((-adds[telling], found.texts[telling]))]
        chosen: list[list[Word]] = [[] for _ in categories]
        for text, start, end, added in zip(
            found.texts[telling].tolist(),
            found.starts[telling].tolist(),
            found.ends[telling].tolist(),
            adds[telling].tolist(),
            strict=True,
        ):
            words = chosen[text]
            if len(words) < _WORDS and all(end <= other.start or other.end <= start for other in words):
                words.append(Word(start, end, added))
        return chosen

    def _known(self, block: Grams, count: int) -> _Found:
        """Known n-grams of a block in order of the texts."""
        rows = self.table[(block.hashes >> _SHIFT).astype(np.intp)]
        known = np.flatnonzero(rows >= 0)
        known = known[self.hashes[rows[known]] == block.hashes[known]]
        # Sixteen bits are sorted by radix; nobody judges more texts at once than they can count.
        known = known[np.argsort(block.texts[known].astype(np.uint16), kind="stable")]
        rows, texts = rows[known].astype(np.intp), block.texts[known]
        idf = self.idf[rows]
        squares = np.bincount(texts, idf * idf, minlength=count)
        lengths = (1 / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32)
        return _Found(rows, texts, block.starts[known], block.ends[known], idf, lengths)


def pack(  # noqa: PLR0917  # arrays that belong together
    subcategories: Sequence[str], fusion: Fusion, hashes: NDArray[np.uint64], idf: Floats, weights: Floats,
    bias: Floats, sub_rows: NDArray[np.int32], sub_weights: Floats, sub_bias: Floats,
) -> bytes:  # fmt: skip
    """A model file; weights are kept in one byte each."""
    scales, small = _quantised(weights)
    sub_scales, sub_small = _quantised(sub_weights)
    body = io.BytesIO()
    arrays = (hashes, idf, small, scales, bias, sub_rows, sub_small, sub_scales, sub_bias)
    np.savez_compressed(body, **dict(zip(_ARRAYS, arrays, strict=True)))  # type: ignore[arg-type]  # arrays by name
    head = {
        "format": FORMAT,
        "sha256": hashlib.sha256(body.getvalue()).hexdigest(),
        "categories": CATEGORIES,
        "severities": SEVERITIES,
        "subcategories": subcategories,
        "fusion": [round(number, 4) for number in fusion],
    }
    return orjson.dumps(head) + b"\n" + body.getvalue()


def distinct(hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Which of the hashes, the most important first, have a place of their own in the table."""
    places = (hashes >> _SHIFT).astype(np.intp)
    return np.sort(np.unique(places, return_index=True)[1])


def shipped_bytes() -> bytes:
    """The model file that comes with the package."""
    return (files("ioc.classify") / "data" / "model.bin").read_bytes()


def shipped_model() -> Model:
    """The model that comes with the package."""
    return Model.load(shipped_bytes())


def _quantised(weights: Floats) -> tuple[Floats, NDArray[np.int8]]:
    scales = (np.abs(weights).max(axis=0) / 127 + 1e-9).astype(np.float32)
    return scales, np.rint(weights / scales).astype(np.int8)


def _summed(values: Floats, texts: NDArray[np.intp], count: int) -> Floats:
    sums = np.zeros((count, values.shape[1]), np.float32)
    if len(texts):
        firsts = np.flatnonzero(np.concatenate(([True], texts[1:] != texts[:-1])))
        sums[texts[firsts]] = np.add.reduceat(values, firsts, axis=0)
    return sums
