"""The linear model: what word and character n-grams say, learnt from labelled reports; inference in numpy alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ioc.classify.features import BLOCKS, Grams, grams
from ioc.classify.normalise import Normalised
from ioc.vocabulary import CATEGORIES, SEVERITIES

Floats = NDArray[np.float32]

FORMAT: Final = 2
SHARES: Final[Floats] = np.array([1, 1, 0.7, 1], np.float32)
"""Length of a text's vector in each block: characters say less than words."""
GRAVEST: Final = 2.0
"""Factor on the greatest of the margins that are of critical texts of one subcategory each."""
_BLOCKS: Final = len(BLOCKS)
_TABLE_BITS: Final = 20
_SHIFT: Final = np.uint64(64 - _TABLE_BITS)
_ARRAYS: Final = ("hashes", "idf", "weights", "scales", "bias", "phrases")
_STEPS: Final = 63
"""Steps from nothing to a column's greatest weight: more make the file larger, and no decision better."""
_WORDS: Final = 3
"""So many n-grams of a text are named as reasons."""
_LOOKED_AT: Final = 6
"""So many of a text, the most telling ones, are looked at for some that do not overlap."""
_TELLING: Final = 0.03
"""What adds less to the margin is no reason."""


class ModelError(ValueError):
    """The file is no model that this version can use; says why."""


class Fusion(NamedTuple):
    """How margins of the model and phrases of the lexicon become a decision; fitted on texts that were held out.

    Attributes:
        certainty: Factor on the categories' scores before they become chances.
        lexicon: What a point of a phrase's weight adds to its subcategory, if the model has learnt the phrase.
        critical_lexicon: Added to the margin of ``critical`` if the lexicon says so.
        severity_lexicon: Added to the margin of another severity if the lexicon says so.
        critical_from: Margin from which a report is critical.
        also_from: Score from which a category that is not the best one is a second topic.

    """

    certainty: float
    lexicon: float
    critical_lexicon: float
    severity_lexicon: float
    critical_from: float
    also_from: float


class Said(NamedTuple):
    """What the model says about texts, one row per text.

    Attributes:
        subcategories: Margins in the order of ``Model.subcategories``.
        critical: Margin of ``critical``, for each of ``CATEGORIES`` that the text may belong to.
        severities: Margins of the other severities, in the order of ``SEVERITIES``.
        found: The n-grams that the model knows.

    """

    subcategories: Floats
    critical: Floats
    severities: Floats
    found: _Found


class _Found(NamedTuple):
    """Known n-grams in order of the texts."""

    grams: Grams
    places: NDArray[np.intp]
    rows: NDArray[np.int32]
    texts: NDArray[np.intp]
    values: Floats
    """Of each: its part of the text's vector."""


@dataclass(frozen=True)
class Model:
    """Weights of the n-grams in one byte each, with a scale per column: a margin is the sum of rarity times weight.

    Bytes take a quarter of the memory of floats, and more of them are at hand in the processor's caches. Columns are
    the subcategories, critical for each category, the other severities, critical for the subcategories that often are.
    """

    version: str
    subcategories: tuple[str, ...]
    fusion: Fusion
    hashes: NDArray[np.uint64]
    idf: Floats
    weights: NDArray[np.int8]
    scales: Floats
    bias: Floats
    phrases: frozenset[int]
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
                hashes, idf, weights, scales, bias, phrases = (arrays[name] for name in _ARRAYS)
            subcategories, fusion = tuple(head["subcategories"]), Fusion(*head["fusion"])
        except (orjson.JSONDecodeError, KeyError, TypeError, OSError) as error:
            raise ModelError(f"model: not a model file ({type(error).__name__})") from None
        # Where nothing is, the last row stands: its hash tells that it is another n-gram.
        table = np.full(1 << _TABLE_BITS, len(hashes) - 1, np.int32)
        table[(hashes >> _SHIFT).astype(np.intp)] = np.arange(len(hashes), dtype=np.int32)
        return cls(
            head["sha256"][:12], subcategories, fusion, hashes, idf, np.ascontiguousarray(weights), scales, bias,
            frozenset(phrases.tolist()), table,
        )  # fmt: skip

    def knows(self, phrase: str) -> bool:
        """Whether the model has learnt from this phrase of a lexicon (in the form of ``Normalised.text``)."""
        return _phrase_hash(phrase) in self.phrases

    def judge(self, texts: Sequence[Normalised]) -> Said:
        """Margins of many texts at once."""
        found = self._known(grams(texts), len(texts))
        margins = np.empty((len(texts), len(self.bias)), np.float32)
        borders = np.searchsorted(found.texts, np.arange(len(texts) + 1)).tolist()
        # Text by text: what one needs fits into the processor's nearest cache.
        for text, (start, end) in enumerate(pairwise(borders)):
            weights = self.weights.take(found.rows[start:end], axis=0).astype(np.float32)
            np.dot(found.values[start:end], weights, out=margins[text])
        margins *= self.scales
        margins += self.bias
        subs = len(self.subcategories)
        topics, critical, others, gravest = np.split(
            margins, np.cumsum([subs, len(CATEGORIES), len(SEVERITIES) - 1]), 1
        )
        return Said(topics, with_gravest(critical, gravest), others, found)

    def words(self, said: Said, columns: NDArray[np.intp]) -> list[list[tuple[int, int, float]]]:
        """Of each text, the n-grams that speak most for its subcategory (a column; -1: none), none over another.

        Each as start, end (offsets in ``Normalised.text``) and what it adds to the margin.
        """
        found, owners = said.found, said.found.grams.texts
        count = found.grams.bounds[1]
        of_words = np.flatnonzero((found.places < 2 * count) & (columns[found.texts] >= 0))
        column = columns[found.texts[of_words]]
        adds = self.weights[found.rows[of_words], column] * found.values[of_words] * self.scales[column]
        # An n-gram with marks and the same without them stand at one place.
        places = found.places[of_words]
        total = np.bincount(places - count * (places >= count), adds, minlength=count)
        telling = np.flatnonzero(total > _TELLING)
        telling = telling[np.lexsort((-total[telling], owners[telling]))]
        of_text = owners[telling]
        rank = np.arange(len(telling)) - np.searchsorted(of_text, of_text)
        telling = telling[rank < _LOOKED_AT]
        chosen: list[list[tuple[int, int, float]]] = [[] for _ in columns]
        for text, start, end, added in zip(
            owners[telling].tolist(),
            found.grams.starts[telling].tolist(),
            found.grams.ends[telling].tolist(),
            total[telling].tolist(),
            strict=True,
        ):
            words = chosen[text]
            if len(words) < _WORDS:
                for first, last, _ in words:
                    if start < last and first < end:
                        break
                else:
                    words.append((start, end, added))
        return chosen

    def _known(self, all_grams: Grams, count: int) -> _Found:
        rows = self.table[(all_grams.hashes >> _SHIFT).astype(np.intp)]
        places = np.flatnonzero(self.hashes[rows] == all_grams.hashes)
        keys = all_grams.texts * _BLOCKS + np.repeat(np.arange(_BLOCKS), np.diff(all_grams.bounds))
        # Sixteen bits are sorted by radix; nobody judges more texts at once than they can count.
        places = places[np.argsort(keys[places].astype(np.uint16), kind="stable")]
        rows, keys = rows[places], keys[places]
        idf = self.idf[rows]
        squares = np.bincount(keys, idf * idf, minlength=count * _BLOCKS).reshape(count, _BLOCKS)
        factors = (SHARES / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32).ravel()
        return _Found(all_grams, places, rows, keys // _BLOCKS, idf * factors[keys])


def pack(  # noqa: PLR0917  # arrays that belong together
    subcategories: Sequence[str], fusion: Fusion, hashes: NDArray[np.uint64], idf: Floats, weights: Floats,
    bias: Floats, phrases: Iterable[str],
) -> bytes:  # fmt: skip
    """A model file; weights are kept in one byte each."""
    scales = (np.abs(weights).max(axis=0) / _STEPS + 1e-9).astype(np.float32)
    known = np.array(sorted({_phrase_hash(phrase) for phrase in phrases}), np.uint64)
    body = io.BytesIO()
    arrays = (hashes, idf, np.rint(weights / scales).astype(np.int8), scales, bias, known)
    np.savez_compressed(body, **dict(zip(_ARRAYS, arrays, strict=True)))
    head = {
        "format": FORMAT,
        "sha256": hashlib.sha256(body.getvalue()).hexdigest(),
        "categories": CATEGORIES,
        "severities": SEVERITIES,
        "subcategories": subcategories,
        "fusion": [round(number, 4) for number in fusion],
    }
    return orjson.dumps(head) + b"\n" + body.getvalue()


def with_gravest(critical: Floats, gravest: Floats) -> Floats:
    """Margins of critical for each category, raised by the greatest of the subcategories' own."""
    return critical + GRAVEST * gravest.max(axis=1, keepdims=True) if gravest.shape[1] else critical


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


def _phrase_hash(phrase: str) -> int:
    return int.from_bytes(hashlib.blake2b(phrase.encode(), digest_size=8).digest())
