"""Word and character n-grams of many texts at once, as 64-bit hashes.

One polynomial prefix hash over all characters of a batch gives the hash of every n-gram and of every word by two
look-ups and a subtraction, so nothing is sliced and no string is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ioc.text.normalise import Normalised

Hashes = NDArray[np.uint64]
Index = NDArray[np.intp]

BLOCKS: Final = ("words", "marked", "characters", "scripts")
"""Kinds of n-grams: of words without marks and endings, of words with both, of characters without marks (five of them:
what is misspelt or glued together still has some), and of the characters of scripts without spaces between words."""

_SIZES: Final = ((1, 2), (1, 2), (5,), (1, 2))
"""Of the n-grams of each block: one and two words, and so many characters."""
BLOCK_OF: Final[Index] = np.repeat(np.arange(len(BLOCKS)), [len(sizes) for sizes in _SIZES])
"""The block of each size of n-grams, in the order of ``Grams.counts``."""
READABLE: Final = np.flatnonzero(np.isin(BLOCK_OF, (0, 3)))
"""Sizes of n-grams that say something to a reader: words (one row for both blocks), and characters that are words."""
_CHARACTERS: Final = _SIZES[2][0]
NO_SPACES_FROM: Final = 0x2E80
"""First character of the scripts without spaces between words."""
_SPACE: Final = 32
_LETTERS_FROM: Final = ord("a")
_ENDINGS: Final = (("e", 5), ("ly", 6), ("s", 4), ("es", 6), ("ed", 6), ("ing", 6))
"""Endings of English words of at least so many letters; of several the last one holds.

No Vietnamese word has one of them, but for some that were typed without the keyboard's help ("nuocs").
"""
_ENDINGS_FROM: Final = min(least for _, least in _ENDINGS)
_LONGEST_ENDING: Final = max(len(ending) for ending, _ in _ENDINGS)
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_MULTIPLIER, -1, 1 << 64)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_PAIR: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_HALF: Final = np.uint64(32)
_MASK: Final = (1 << 64) - 1


class Grams(NamedTuple):
    """The n-grams of texts, block after block; in each, size after size, in order of the texts.

    Attributes:
        hashes: One per occurrence.
        counts: How many n-grams each text (column) has of each size (row, in the order of ``BLOCK_OF``).
        bounds: Where each block of ``BLOCKS`` begins, and the last ends. The first two blocks have the same places:
            the n-gram ``n`` of words stands where ``n`` of marked words does.
        words: The words that the first two blocks are of.
        scripts: The n-grams of the last block.

    """

    hashes: Hashes
    counts: Index
    bounds: tuple[int, ...]
    words: _Words
    scripts: _Scripts

    @property
    def texts(self) -> Index:
        """Which text each is in."""
        return _owners(self.counts)

    def readable_texts(self) -> Index:
        """Which text each readable n-gram is in: those of words, then those of scripts without spaces."""
        return _owners(self.counts[READABLE])

    def spans(self, places: Index, texts: Index) -> tuple[Index, Index]:
        """Where readable n-grams begin and end in ``Normalised.text``, given their places among these and texts."""
        words, scripts = self.words, self.scripts
        begins = np.concatenate([words.begins, words.begins[words.firsts], scripts.begins])[places]
        stops = np.concatenate([words.stops, words.stops[words.firsts + 1], scripts.stops])[places]
        before = words.shift[texts]
        return words.kept[begins] - before, words.kept[stops - 1] + 1 - before


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


class _Scripts(NamedTuple):
    """The n-grams of scripts without spaces, size after size.

    Attributes:
        begins: Number of the first kept character of each.
        stops: Number of the one behind it.
        counts: How many each text (column) has of each size (row).

    """

    begins: Index
    stops: Index
    counts: Index


def _owners(counts: Index) -> Index:
    """Which text (column) each of so many n-grams of some sizes (rows) is in."""
    return np.repeat(np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel())


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
    # A letter that is written again ("ngậpp", "helllp") says nothing more.
    keep[1:] &= (marked[1:] != marked[:-1]) | (folded[1:] < _LETTERS_FROM) | (folded[1:] >= NO_SPACES_FROM)
    kept = np.flatnonzero(keep)
    folded, marked = folded[kept], marked[kept]
    ends = np.searchsorted(kept, joined_ends)
    sums, down = _prefix(folded)
    marked_sums, _ = _prefix(marked)
    words = _words(kept, np.flatnonzero(folded == _SPACE), ends, joined_ends)
    inside = _inside(len(kept), ends)
    scripts = _scripts(folded, ends)
    hashes = [
        *_of_words(sums, down, words, _stems(folded, words), 0),
        *_of_words(marked_sums, down, words, words.stops, 1),
        ((sums[_CHARACTERS:] - sums[:-_CHARACTERS]) * down[: len(inside)] + _salt(2, _CHARACTERS))[inside],
        _of_scripts(sums, down, scripts),
    ]
    one, two = np.diff(words.ends, prepend=0), np.diff(np.searchsorted(words.firsts, words.ends), prepend=0)
    characters = np.maximum(np.diff(ends, prepend=0) - _CHARACTERS + 1, 0)
    counts = np.stack([one, two, one, two, characters, *scripts.counts])
    sizes = np.cumsum(np.bincount(BLOCK_OF, counts.sum(axis=1)).astype(np.intp))
    return Grams(_mixed(np.concatenate(hashes)), counts, (0, *sizes.tolist()), words, scripts)


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


def _stems(folded: NDArray[np.uint32], words: _Words) -> Index:
    """Where each word's ending begins, or the word ends: "leaks", "leaked" and "leaking" are one word."""
    lengths = words.stops - words.begins
    stems = words.stops.copy()
    long = np.flatnonzero(lengths >= _ENDINGS_FROM)
    lengths, stops = lengths[long], words.stops[long]
    letters = [folded[stops - place] for place in range(1, _LONGEST_ENDING + 1)]
    for ending, least in _ENDINGS:
        fits = lengths >= least
        for letter, written in zip(reversed(ending), letters, strict=False):
            fits &= written == ord(letter)
        stems[long[fits]] = stops[fits] - len(ending)
    return stems


def _of_words(sums: Hashes, down: Hashes, words: _Words, stops: Index, block: int) -> Iterator[Hashes]:
    """Hashes of the words up to their stops, then of the pairs of words."""
    one = (sums[stops] - sums[words.begins]) * down[words.begins]
    yield one + _salt(block, 1)
    yield one[words.firsts] * _PAIR + one[words.firsts + 1] + _salt(block, 2)


def _inside(length: int, ends: Index) -> NDArray[np.bool_]:
    """Of each character that has enough others behind it, whether they are of the same text."""
    inside = np.ones(length, np.bool_)
    for before in range(1, _CHARACTERS):
        # Where a text is shorter, this is near the end of the one before it, or before all.
        places = ends - before
        inside[places[places >= 0]] = False
    return inside[: max(length - _CHARACTERS + 1, 0)]


def _scripts(folded: NDArray[np.uint32], ends: Index) -> _Scripts:
    starts = np.flatnonzero(folded >= NO_SPACES_FROM)
    text_of = np.searchsorted(ends, starts, "right")
    begins, stops, counts = [], [], []
    for size in _SIZES[3]:
        # A run of characters in a row of the same text: their numbers rise by one.
        others = max(len(starts) - size + 1, 0)
        within = np.flatnonzero(
            (starts[size - 1 :] - starts[:others] == size - 1) & (text_of[:others] == text_of[size - 1 :])
        )
        begins.append(starts[within])
        stops.append(starts[within] + size)
        counts.append(np.bincount(text_of[within], minlength=len(ends)))
    return _Scripts(np.concatenate(begins), np.concatenate(stops), np.stack(counts))


def _of_scripts(sums: Hashes, down: Hashes, scripts: _Scripts) -> Hashes:
    salts = np.repeat(np.array([_salt(3, size) for size in _SIZES[3]]), scripts.counts.sum(axis=1))
    hashes: Hashes = (sums[scripts.stops] - sums[scripts.begins]) * down[scripts.begins] + salts
    return hashes
