"""Pairs of words that stand side by side in ordinary reports: what nobody should take for a name without capitals.

``data/pairs.bin`` is made from the training texts by ``ioc classify --train``, of pairs of which the lists of names know a
word. A pair with a capital is none, nor one that a single text without marks has: both may be somebody's name.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from ioc.classify.normalise import compose, fold, place_tones

HEADER: Final = b"ioc-pairs 2\n"
"""What a file begins with; the number changes with what a pair is."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_LEAST_TEXTS: Final = 2
"""Texts that have a pair, marks left out."""


def write(texts: Iterable[str], namely: frozenset[str]) -> bytes:
    """Make the file; the same texts, in any order, make the same pairs.

    Args:
        texts: Ordinary reports.
        namely: Words, with and without marks, that may be names.

    """
    found: set[str] = set()
    unmarked: Counter[str] = Counter()
    for text in texts:
        pairs = set(_pairs(compose(text)[0], namely))
        if not text.isascii():
            found |= pairs
        unmarked.update(set(map(fold, pairs)))
    found.update(pair for pair, texts_with in unmarked.items() if texts_with >= _LEAST_TEXTS)
    return HEADER + zlib.compress("\n".join(sorted(found)).encode(), 9)


def read(raw: bytes) -> frozenset[str]:
    """The pairs of a file.

    Raises:
        ValueError: it is no such file, or of another version.

    """
    if not raw.startswith(HEADER):
        raise ValueError(f"pairs: expected a file that begins with {HEADER!r}; make it with ioc classify --train")
    return frozenset(zlib.decompress(raw[len(HEADER) :]).decode().split("\n"))


@cache
def shipped_pairs() -> frozenset[str]:
    """The shipped file's."""
    return read((files("ioc.classify") / "data" / "pairs.bin").read_bytes())


def _pairs(written: str, namely: frozenset[str]) -> Iterator[str]:
    """Words with one space between them, no capital, and one that may be of a name."""
    text = place_tones(written.lower())
    before: re.Match[str] | None = None
    for word in _WORD.finditer(text):
        if (
            before is not None
            and text[before.end() : word.start()] == " "
            and (word[0] in namely or before[0] in namely)
            and not (written[word.start()].isupper() or written[before.start()].isupper())
        ):
            yield f"{before[0]} {word[0]}"
        before = word
