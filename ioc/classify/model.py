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

from ioc.classify.features import BLOCK_OF, BLOCKS, Grams, grams
from ioc.text.normalise import Normalised
from ioc.vocabulary import CATEGORIES, SEVERITIES

Floats = NDArray[np.float32]

FORMAT: Final = 4
SHARES: Final[Floats] = np.array([1, 1, 0.7, 1.6], np.float32)
"""Length of a text's vector in each block: characters say less than words. Those of a script without spaces are all
that a text has in it: they count as much as the other blocks together.
"""
GRAVEST: Final = 2.0
"""Factor on the greatest of the margins that are of critical texts of one subcategory each."""
_BLOCK_STARTS: Final = np.searchsorted(BLOCK_OF, np.arange(len(BLOCKS)))
_OF_WORDS: Final = np.flatnonzero(BLOCK_OF < 2)
_OF_SCRIPTS: Final = np.flatnonzero(BLOCKS.index("scripts") == BLOCK_OF)
_TABLE_BITS: Final = 20
_SHIFT: Final = np.uint64(64 - _TABLE_BITS)
_ARRAYS: Final = ("hashes", "idf", "weights", "scales", "bias", "phrases")
_LINE: Final = 64
"""Bytes that the processor fetches at once."""
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
    """Known n-grams in the order of ``Grams``.

    Attributes:
        grams: All n-grams.
        places: Of each known one, its number among all.
        rows: Of each, its row in the model.
        values: Of each, its part of the text's vector.
        counts: As those of ``Grams``.

    """

    grams: Grams
    places: NDArray[np.intp]
    rows: NDArray[np.intp]
    values: Floats
    counts: NDArray[np.intp]

    def by_text(self) -> tuple[NDArray[np.intp], Floats, list[int]]:
        """Rows and values text after text, and where each text's begin, and the last end."""
        sizes = self.counts.cumsum(axis=0)
        bounds = np.concatenate([np.zeros(1, np.intp), sizes[-1].cumsum()])
        # How far those of a size and a text move: from behind all before in this order to behind those of their text.
        after = self.counts.ravel().cumsum().reshape(self.counts.shape)
        moves = np.repeat((bounds[:-1] + sizes - after).ravel(), self.counts.ravel())
        moves += np.arange(len(self.rows))
        rows, values = np.empty_like(self.rows), np.empty_like(self.values)
        rows[moves] = self.rows
        values[moves] = self.values
        return rows, values, bounds.tolist()


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
            head["sha256"][:12], subcategories, fusion, hashes, idf, _in_lines(weights), scales, bias,
            frozenset(phrases.tolist()), table,
        )  # fmt: skip

    def knows(self, phrase: str) -> bool:
        """Whether the model has learnt from this phrase of a lexicon (in the form of ``Normalised.text``)."""
        return _phrase_hash(phrase) in self.phrases

    def judge(self, texts: Sequence[Normalised]) -> Said:
        """Margins of many texts at once."""
        found = self._known(grams(texts))
        rows, values, bounds = found.by_text()
        margins = np.empty((len(texts), self.weights.shape[1]), np.float32)
        # Text by text, at one place: what a text needs fits into the processor's nearer caches and stays there.
        most = int(found.counts.sum(axis=0).max(initial=0))
        all_bytes = np.empty((most, self.weights.shape[1]), np.int8)
        all_floats = np.empty(all_bytes.shape, np.float32)
        take, dot = self.weights.take, np.dot
        for (start, end), margin in zip(pairwise(bounds), margins, strict=True):
            weights = all_floats[: end - start]
            # With "clip" numpy writes to the place itself and not to a copy.
            weights[...] = take(rows[start:end], 0, all_bytes[: end - start], "clip")
            dot(values[start:end], weights, margin)
        margins = margins[:, : len(self.scales)] * self.scales
        margins += self.bias
        subs = len(self.subcategories)
        topics, critical, others, gravest = np.split(
            margins, np.cumsum([subs, len(CATEGORIES), len(SEVERITIES) - 1]), 1
        )
        return Said(topics, with_gravest(critical, gravest), others, found)

    def words(self, said: Said, columns: NDArray[np.intp]) -> list[list[tuple[int, int, int]]]:
        """Of each text, the n-grams that speak most for its subcategory (a column; -1: none), none over another.

        Each as start, end (offsets in ``Normalised.text``) and what it adds to the margin, in hundredths.
        """
        found = said.found
        total = self._adds(found, columns)
        telling = np.flatnonzero(total > _TELLING)
        owners = found.grams.readable_texts()[telling]
        telling, owners = _greatest(telling, owners, total[telling], len(columns))
        chosen: list[list[tuple[int, int, int]]] = [[] for _ in columns]
        starts, ends = found.grams.spans(telling, owners)
        hundredths = np.rint(total[telling] * 100).astype(np.intp)
        for text, start, end, added in zip(
            owners.tolist(), starts.tolist(), ends.tolist(), hundredths.tolist(), strict=True
        ):
            words = chosen[text]
            if len(words) < _WORDS:
                for first, last, _ in words:
                    if start < last and first < end:
                        break
                else:
                    words.append((start, end, added))
        return chosen

    def _adds(self, found: _Found, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """What each n-gram of words, with and without marks, and then of scripts adds to its text's column."""
        bounds = found.grams.bounds
        count = bounds[1]
        total = np.zeros(count + bounds[4] - bounds[3])
        known = int(found.counts[_OF_WORDS].sum())
        adds = self._weighed(found, columns, _OF_WORDS, slice(known))
        # An n-gram with marks and the same without them stand at one place.
        places = found.places[:known]
        unmarked = np.searchsorted(places, count)
        total[places[:unmarked]] = adds[:unmarked]
        total[places[unmarked:] - count] += adds[unmarked:]
        of_scripts = len(found.places) - int(found.counts[_OF_SCRIPTS].sum())
        if of_scripts < len(found.places):
            rest = slice(of_scripts, None)
            total[found.places[rest] - bounds[3] + count] = self._weighed(found, columns, _OF_SCRIPTS, rest)
        return total

    def _weighed(self, found: _Found, columns: NDArray[np.intp], sizes: NDArray[np.intp], known: slice) -> Floats:
        """What the known n-grams of some sizes, one after the other, add to their texts' columns."""
        scales = np.where(columns < 0, np.float32(0), self.scales[columns])
        counts = found.counts[sizes].ravel()
        column, scale = (np.repeat(np.tile(each, len(sizes)), counts) for each in (columns, scales))
        weights = self.weights.ravel().take(found.rows[known] * self.weights.shape[1] + column)
        adds: Floats = weights * found.values[known] * scale
        return adds

    def _known(self, all_grams: Grams) -> _Found:
        candidates = self.table.take((all_grams.hashes >> _SHIFT).view(np.intp))
        places = np.flatnonzero(self.hashes.take(candidates) == all_grams.hashes)
        rows = candidates.take(places).astype(np.intp)
        shape = all_grams.counts.shape
        ends = np.searchsorted(places, all_grams.counts.ravel().cumsum())
        counts = np.diff(ends, prepend=0)
        idf = self.idf.take(rows)
        # Sums over the n-grams of a size and a text, then of a block and a text.
        some = counts > 0
        squares = np.zeros(len(counts), np.float32)
        squares[some] = np.add.reduceat(idf * idf, (ends - counts)[some])
        lengths = np.sqrt(np.maximum(np.add.reduceat(squares.reshape(shape), _BLOCK_STARTS), 1e-9))
        factors: Floats = (SHARES[:, None] / lengths).astype(np.float32)[BLOCK_OF]
        values = idf * np.repeat(factors.ravel(), counts)
        return _Found(all_grams, places, rows, values, counts.reshape(shape))


def _in_lines(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """The same, with columns of zeros behind, so that each row fills whole lines of the processor's caches."""
    count, columns = weights.shape
    width = -(-columns // _LINE) * _LINE
    room = np.zeros(count * width + _LINE, np.int8)
    first = -room.ctypes.data % _LINE
    rows = room[first : first + count * width].reshape(count, width)
    rows[:, :columns] = weights
    return rows


def _greatest(
    places: NDArray[np.intp], texts: NDArray[np.intp], adds: NDArray[np.float64], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places and texts of the greatest of each text, these first; of equal ones, the first."""
    # One number for text, size and place, since numbers alone are sorted much faster: positive floats as integers have
    # the order of their size.
    number_bits, text_bits = len(places).bit_length(), count.bit_length()
    size_bits = min(31, 64 - number_bits - text_bits)
    smallness = np.uint64(0x7FFFFFFF) - adds.astype(np.float32).view(np.uint32)
    keys = texts.astype(np.uint64) << np.uint64(size_bits)
    keys |= smallness >> np.uint64(31 - size_bits)
    keys <<= np.uint64(number_bits)
    keys |= np.arange(len(places), dtype=np.uint64)
    keys.sort()
    numbers = (keys & np.uint64((1 << number_bits) - 1)).view(np.intp)
    ends = np.bincount(texts, minlength=count).cumsum()
    firsts = np.concatenate([np.zeros(1, np.intp), ends])[:-1, None] + np.arange(_LOOKED_AT)
    numbers = numbers[firsts[firsts < ends[:, None]]]
    return places[numbers], texts[numbers]


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


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Chances of scores, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: NDArray[np.floating] = powers / powers.sum(axis=1, keepdims=True)
    return chances


def danger(critical: Floats, chances: NDArray[np.floating]) -> NDArray[np.floating]:
    """Margin of critical of each text: where it may be one category or another, each counts by its chance."""
    margins: NDArray[np.floating] = np.einsum("ij,ij->i", chances, critical)
    return margins


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
