"""Pairs of words that stand side by side in ordinary reports: what nobody should take for a name without capitals.

``data/pairs.bin`` was made from the training texts by :func:`write`, of pairs of which the lists of names
know a word; it has no pair of a name.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from ioc.classify.normalise import compose, fold, place_tones

_WORD: Final = re.compile(r"[^\W\d_]+")


def write(texts: Iterable[str], namely: frozenset[str]) -> bytes:
    """Make the file.

    Args:
        texts: Ordinary reports.
        namely: Words, with and without marks, that may be names.

    """
    found: set[str] = set()
    for text in texts:
        composed = place_tones(compose(text)[0].lower())
        written = compose(text)[0]
        before: re.Match[str] | None = None
        for word in _WORD.finditer(composed):
            if (
                before is not None
                and composed[before.end() : word.start()] == " "
                and (word[0] in namely or before[0] in namely)
            ):
                capital = written[word.start()].isupper() or written[before.start()].isupper()
                if not capital:
                    found.add(f"{before[0]} {word[0]}")
                    found.add(fold(f"{before[0]} {word[0]}"))
            before = word
    return zlib.compress("\n".join(sorted(found)).encode(), 9)


def read(raw: bytes) -> frozenset[str]:
    """The pairs of a file."""
    return frozenset(zlib.decompress(raw).decode().split("\n"))


@cache
def shipped_pairs() -> frozenset[str]:
    """The shipped file's."""
    return read((files("ioc.classify") / "data" / "pairs.bin").read_bytes())
