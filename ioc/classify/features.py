"""Word and character n-grams of many texts at once, as 64-bit hashes.

One polynomial prefix hash over all characters of a batch gives the hash of every n-gram and of every word by two
look-ups and a subtraction, so nothing is sliced and no string is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ioc.classify.normalise import Normalised

Hashes = NDArray[np.uint64]
Index = NDArray[np.intp]

BLOCKS: Final = ("words", "marked", "characters", "scripts")
"""Kinds of n-grams: of words without marks, of words with their marks, of characters without marks (five of them: what
is misspelt or glued together still has some), and of the characters of scripts without spaces between words."""

_SIZES: Final = ((1, 2), (1, 2), (5,), (1, 2, 3))
"""Of the n-grams of each block: one and two words, and so many characters."""
BLOCK_OF: Final[Index] = np.repeat(np.arange(len(BLOCKS)), [len(sizes) for sizes in _SIZES])
"""The block of each size of n-grams, in the order of ``Grams.counts``."""
_CHARACTERS: Final = _SIZES[2][0]
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
        counts: How many n-grams each text (column) has of each size (row, in the order of ``BLOCK_OF``).
        bounds: Where each block of ``BLOCKS`` begins, and the last ends. The first two blocks have the same places:
            the n-gram ``n`` of words stands where ``n`` of marked words does.

    """

    hashes: Hashes
    counts: Index
    bounds: tuple[int, ...]
    words: _Words

    @property
    def texts(self) -> Index:
        """Which text each is in."""
        return self._texts(len(BLOCK_OF))

    def texts_of_words(self) -> Index:
        """Which text each n-gram of words is in."""
        return self._texts(len(_SIZES[0]))

    def spans(self, places: Index, texts: Index) -> tuple[Index, Index]:
        """Where n-grams of words begin and end in ``Normalised.text``, given their places and texts."""
        words = self.words
        singles = len(words.begins)
        first = np.concatenate([np.arange(singles), words.firsts])[places]
        last = first + (places >= singles)
        before = words.shift[texts]
        return words.kept[words.begins[first]] - before, words.kept[words.stops[last] - 1] + 1 - before

    def _texts(self, sizes: int) -> Index:
        return np.repeat(np.tile(np.arange(self.counts.shape[1]), sizes), self.counts[:sizes].ravel())


class _Words(NamedTuple):
    """The words of joined texts.

    Attributes:
        kept: Of the characters that were kept, where they stand in the joined texts.
        begins: Number of the first kept character of each word.
        stops: Number of the kept space behind it.
        firsts: The words that have another one behind them in their text.
        ends: How many words the texts up to each of them have.
        shift: Where each text begins in the joined ones.

    """

    kept: Index
    begins: Index
    stops: Index
    firsts: Index
    ends: Index
    shift: Index


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
    joined_ends = np.cumsum([len(text.folded) + 1 for text in texts])
    # One space behind each word, whatever stood there, and none before a text's first; the last belongs to the text.
    blank = folded == _SPACE
    keep = ~blank
    keep[1:] |= ~blank[:-1]
    kept = np.flatnonzero(keep)
    folded, marked = folded[kept], marked[kept]
    ends = np.searchsorted(kept, joined_ends)
    sums, down = _prefix(folded)
    marked_sums, _ = _prefix(marked)
    words = _words(kept, np.flatnonzero(folded == _SPACE), ends, joined_ends)
    inside = _inside(len(kept), ends)
    scripts = _script_spans(folded, ends)
    hashes = [
        *_of_words(sums, down, words, 0),
        *_of_words(marked_sums, down, words, 1),
        ((sums[_CHARACTERS:] - sums[:-_CHARACTERS]) * down[: len(inside)] + _salt(2, _CHARACTERS))[inside],
        *((sums[starts + size] - sums[starts]) * down[starts] + _salt(3, size) for size, starts, _ in scripts),
    ]
    one, two = np.diff(words.ends, prepend=0), np.diff(np.searchsorted(words.firsts, words.ends), prepend=0)
    characters = np.maximum(np.diff(ends, prepend=0) - _CHARACTERS + 1, 0)
    counts = np.stack([one, two, one, two, characters, *(counts for _, _, counts in scripts)])
    sizes = np.cumsum(np.bincount(BLOCK_OF, counts.sum(axis=1)).astype(np.intp))
    return Grams(_mixed(np.concatenate(hashes)), counts, (0, *sizes.tolist()), words)


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    joined = " ".join(texts) + " "
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)


def _prefix(codes: NDArray[np.uint32]) -> tuple[Hashes, Hashes]:
    up, down = _powers.upto(len(codes) + 1)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum((codes + np.uint32(1)) * up[:-1], out=sums[1:])
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


def _words(kept: Index, spaces: Index, ends: Index, joined_ends: Index) -> _Words:
    last = np.searchsorted(spaces, ends)
    follows = np.ones(len(spaces), np.bool_)
    follows[last[last > 0] - 1] = False
    begins = np.concatenate([np.zeros(min(len(spaces), 1), np.intp), spaces[:-1] + 1])
    shift = np.concatenate([np.zeros(1, np.intp), joined_ends])[:-1]
    return _Words(kept, begins, spaces, np.flatnonzero(follows), last, shift)


def _of_words(sums: Hashes, down: Hashes, words: _Words, block: int) -> Iterator[Hashes]:
    """Hashes of the words, then of the pairs of words."""
    before, after, scale = sums[words.begins], sums[words.stops], down[words.begins]
    yield (after - before) * scale + _salt(block, 1)
    firsts = words.firsts
    yield (after[firsts + 1] - before[firsts]) * scale[firsts] + _salt(block, 2)


def _inside(length: int, ends: Index) -> NDArray[np.bool_]:
    """Of each character that has enough others behind it, whether they are of the same text."""
    inside = np.ones(length, np.bool_)
    for before in range(1, _CHARACTERS):
        # Where a text is shorter, this is near the end of the one before it, or before all.
        places = ends - before
        inside[places[places >= 0]] = False
    return inside[: max(length - _CHARACTERS + 1, 0)]


def _script_spans(folded: NDArray[np.uint32], ends: Index) -> list[tuple[int, Index, Index]]:
    """Size, where the n-grams begin, and how many each text has."""
    starts = np.flatnonzero(folded >= _NO_SPACES_FROM)
    text_of = np.searchsorted(ends, starts, "right")
    found = []
    for size in _SIZES[3]:
        # A run of characters in a row of the same text: their numbers rise by one.
        others = max(len(starts) - size + 1, 0)
        within = np.flatnonzero(
            (starts[size - 1 :] - starts[:others] == size - 1) & (text_of[:others] == text_of[size - 1 :])
        )
        found.append((size, starts[within], np.bincount(text_of[within], minlength=len(ends))))
    return found
