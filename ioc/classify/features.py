"""Word and character n-grams of many texts at once, as 64-bit hashes.

One polynomial prefix hash over all characters of a batch gives the hash of every n-gram and of every word by two
look-ups and a subtraction, so nothing is sliced and no string is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ioc.classify.normalise import Normalised

Hashes = NDArray[np.uint64]
Index = NDArray[np.intp]
_Spans = tuple[int, Index, Index]

BLOCKS: Final = ("words", "marked", "characters", "scripts")
"""Kinds of n-grams: of words without marks, of words with their marks, of characters without marks (five of them: what
is misspelt or glued together still has some), and of the characters of scripts without spaces between words."""

_WORDS: Final = (1, 2)
_CHARACTERS: Final = (5,)
_SCRIPTS: Final = (1, 2, 3)
_NO_SPACES_FROM: Final = 0x2E80
"""First character of the scripts without spaces between words."""
_SPACE: Final = 32
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_MULTIPLIER, -1, 1 << 64)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_MASK: Final = (1 << 64) - 1


class Grams(NamedTuple):
    """The n-grams of texts, block after block; in each, size after size, in order of the texts.

    Attributes:
        hashes: One per occurrence.
        texts: Which text it is in.
        bounds: Where each block of ``BLOCKS`` begins, and the last ends. The first two blocks have the same places:
            the n-gram ``n`` of words stands where ``n`` of marked words does.
        starts: Of each n-gram of words, its first character in that text's ``Normalised.text``.
        ends: The end of it.

    """

    hashes: Hashes
    texts: Index
    bounds: tuple[int, ...]
    starts: Index
    ends: Index


class _Powers:
    """Powers of the multiplier and of its inverse, as many as the longest batch has needed."""

    def __init__(self) -> None:
        self._up = self._down = np.ones(1, np.uint64)

    def upto(self, size: int) -> tuple[Hashes, Hashes]:
        if len(self._up) < size:
            self._up = self._of(_MULTIPLIER, size * 2)
            self._down = self._of(_INVERSE, size * 2)
        return self._up[:size], self._down[:size]

    @staticmethod
    def _of(base: int, size: int) -> Hashes:
        steps = np.full(size, base & _MASK, np.uint64)
        steps[0] = 1
        return np.multiply.accumulate(steps)


_powers: Final = _Powers()


def grams(texts: Sequence[Normalised]) -> Grams:
    """The n-grams of texts."""
    folded = _codes([text.folded for text in texts])
    marked = _codes([text.text for text in texts])
    lengths = np.array([len(text.folded) + 1 for text in texts], np.intp)
    ends = np.cumsum(lengths)
    # One space between words, whatever stood there; the space after each text belongs to it.
    blank = folded == _SPACE
    keep = ~blank
    keep[1:] |= ~blank[:-1]
    kept = np.flatnonzero(keep)
    folded, marked, blank = folded[kept], marked[kept], blank[kept]
    text_of = np.repeat(np.arange(len(texts)), np.diff(np.searchsorted(kept, ends), prepend=0))
    sums, down = _prefix(folded)
    marked_sums, _ = _prefix(marked)
    words = _word_spans(blank, text_of)
    spans = (words, words, _character_spans(text_of), _script_spans(folded, text_of))
    hashes = np.concatenate(
        [
            (total[stops] - total[starts]) * down[starts] + _salt(block, size)
            for block, (total, sized) in enumerate(zip((sums, marked_sums, sums, sums), spans, strict=True))
            for size, starts, stops in sized
        ]
    )
    counts = [sum(len(starts) for _, starts, _ in sized) for sized in spans]
    within = np.concatenate([text_of[starts] for sized in spans for _, starts, _ in sized])
    # Where each text's first kept character stands in the joined texts: offsets count from there.
    shift = ends - lengths
    firsts = np.concatenate([starts for _, starts, _ in words])
    lasts = np.concatenate([stops for _, _, stops in words]) - 1
    before = shift[within[: counts[0]]]
    return Grams(
        _mixed(hashes),
        within,
        (0, *np.cumsum(counts).tolist()),
        kept[firsts] - before,
        kept[lasts] + 1 - before,
    )


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    joined = " ".join(texts) + " "
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)


def _prefix(codes: NDArray[np.uint32]) -> tuple[Hashes, Hashes]:
    up, down = _powers.upto(len(codes) + 1)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * up[:-1], out=sums[1:])
    return sums, down


def _salt(block: int, size: int) -> np.uint64:
    """The same characters are another n-gram in another block or of another size."""
    return np.uint64((block * 16 + size + 1) * _MULTIPLIER & _MASK)


def _mixed(hashes: Hashes) -> Hashes:
    """Well spread over all bits."""
    hashes *= _MIX
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    hashes ^= hashes >> _HALF
    return hashes


def _word_spans(blank: NDArray[np.bool_], text_of: Index) -> list[_Spans]:
    """N-grams of words: number of words, where they begin, where they end."""
    edge = np.diff(blank, prepend=True, append=True)
    borders = np.flatnonzero(edge)
    begins, stops = borders[::2], borders[1::2]
    owners = text_of[begins]
    found = []
    for size in _WORDS:
        within = np.flatnonzero(owners[: len(begins) - size + 1] == owners[size - 1 :])
        found.append((size, begins[within], stops[within + (size - 1)]))
    return found


def _character_spans(text_of: Index) -> list[_Spans]:
    found = []
    for size in _CHARACTERS:
        starts = np.flatnonzero(text_of[: max(len(text_of) - size + 1, 0)] == text_of[size - 1 :])
        found.append((size, starts, starts + size))
    return found


def _script_spans(folded: NDArray[np.uint32], text_of: Index) -> list[_Spans]:
    starts = np.flatnonzero(folded >= _NO_SPACES_FROM)
    found = []
    for size in _SCRIPTS:
        # A run of characters in a row of the same text: their numbers rise by one.
        row = starts[: max(len(starts) - size + 1, 0)]
        last = starts[size - 1 :]
        within = row[(last - row == size - 1) & (text_of[row] == text_of[last])]
        found.append((size, within, within + size))
    return found
