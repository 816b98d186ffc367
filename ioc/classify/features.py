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

BLOCKS: Final = ("characters", "words", "marked")
"""Kinds of n-grams: of characters and of words without marks, of words with their marks."""

_CHARACTERS: Final = (3, 4, 5)
_WORDS: Final = (1, 2)
_NO_SPACES_FROM: Final = 0x2E80
"""First character of the scripts without spaces between words: there, one and two characters are features too."""
_SPACE: Final = 32
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_MULTIPLIER, -1, 1 << 64)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_MASK: Final = (1 << 64) - 1


class Grams(NamedTuple):
    """The n-grams of one block: in order of the texts.

    Attributes:
        hashes: One per occurrence.
        texts: Which text it is in.
        starts: Its first character in that text's ``Normalised.text``.
        ends: The end of it.

    """

    hashes: Hashes
    texts: Index
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


def grams(texts: Sequence[Normalised]) -> tuple[Grams, Grams, Grams]:
    """The n-grams of texts, one result per block of ``BLOCKS``."""
    folded = _codes([text.folded for text in texts])
    marked = _codes([text.text for text in texts])
    lengths = np.array([len(text.folded) + 1 for text in texts], np.intp)
    text_of = np.repeat(np.arange(len(texts)), lengths)
    offsets = np.arange(len(folded)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    # One space between words, whatever stood there; the space after each text belongs to it.
    blank = folded == _SPACE
    keep = ~blank
    keep[1:] |= ~blank[:-1]
    kept = np.flatnonzero(keep)
    folded, marked, blank = folded[kept], marked[kept], blank[kept]
    text_of, offsets = text_of[kept], offsets[kept]
    marked[blank] = _SPACE
    sums, down = _prefix(folded)
    words = _words(blank)
    return (
        _characters(folded, sums, down, text_of, offsets),
        _word_grams(words, sums, down, text_of, offsets, 11),
        _word_grams(words, *_prefix(marked), text_of, offsets, 13),
    )


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    joined = " ".join(texts) + " "
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)


def _prefix(codes: NDArray[np.uint32]) -> tuple[Hashes, Hashes]:
    up, down = _powers.upto(len(codes) + 1)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * up[:-1], out=sums[1:])
    return sums, down


def _mixed(hashes: Hashes, kind: int) -> Hashes:
    """Well spread over all bits, and different for the same characters in another kind."""
    hashes = (hashes + np.uint64(kind * _MULTIPLIER & _MASK)) * _MIX
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    return hashes ^ (hashes >> _HALF)


def _characters(folded: NDArray[np.uint32], sums: Hashes, down: Hashes, text_of: Index, offsets: Index) -> Grams:
    found: list[tuple[Hashes, Index, int]] = []
    for size in _CHARACTERS:
        if len(folded) >= size:
            starts = np.flatnonzero(text_of[: len(text_of) - size + 1] == text_of[size - 1 :])
            found.append((_mixed((sums[starts + size] - sums[starts]) * down[starts], size), starts, size))
    wide = folded >= _NO_SPACES_FROM
    if wide.any():
        for size in (1, 2):
            starts = np.flatnonzero(wide[:-1] & wide[size - 1 : len(wide) - 2 + size])
            found.append((_mixed((sums[starts + size] - sums[starts]) * down[starts], size), starts, size))
    if not found:
        nothing = np.zeros(0, np.intp)
        return Grams(np.zeros(0, np.uint64), nothing, nothing, nothing)
    hashes = np.concatenate([part[0] for part in found])
    starts = np.concatenate([part[1] for part in found])
    last = np.concatenate([part[1] + (part[2] - 1) for part in found])
    return Grams(hashes, text_of[starts], offsets[starts], offsets[last] + 1)


def _words(blank: NDArray[np.bool_]) -> tuple[Index, Index]:
    """Where words begin and end."""
    after_blank = np.ones(len(blank), np.bool_)
    after_blank[1:] = blank[:-1]
    before_blank = np.ones(len(blank), np.bool_)
    before_blank[:-1] = blank[1:]
    return np.flatnonzero(after_blank & ~blank), np.flatnonzero(before_blank & ~blank) + 1


def _word_grams(  # noqa: PLR0917  # arrays that belong together
    words: tuple[Index, Index], sums: Hashes, down: Hashes, text_of: Index, offsets: Index, kind: int
) -> Grams:
    begins, stops = words
    parts: list[tuple[Hashes, Index, Index]] = []
    for size in _WORDS:
        starts, ends = begins[: len(begins) - size + 1], stops[size - 1 :]
        within = text_of[starts] == text_of[ends - 1]
        starts, ends = starts[within], ends[within]
        parts.append((_mixed((sums[ends] - sums[starts]) * down[starts], kind * 16 + size), starts, ends))
    hashes = np.concatenate([part[0] for part in parts])
    starts = np.concatenate([part[1] for part in parts])
    ends = np.concatenate([part[2] for part in parts])
    return Grams(hashes, text_of[starts], offsets[starts], offsets[ends - 1] + 1)
