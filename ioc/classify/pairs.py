"""Pairs of words that stand side by side in ordinary reports: what nobody should take for a name without capitals.

``data/pairs.bin`` is made from the training texts by ``ioc classify --train``, of pairs of which the lists of names
know a word. A pair with a capital is none, which may be somebody's name. Without marks, where it may be a dozen pairs
with marks, it counts from the second text on; one that looks like a name ("chị hoa", "ngọc lan"), from the third.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.resources import files
from sys import intern
from typing import Final

from ioc.text.normalise import compose, fold, place_tones

HEADER: Final = b"ioc-pairs 2\n"
"""What a file begins with; the number changes with what a pair is."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_LEAST_UNMARKED: Final = 2
"""Texts that have a pair, marks left out."""
_LEAST_LIKE_NAMES: Final = 3
"""Texts that have a pair that looks like a name, marks left out."""
Followers = Mapping[str, Collection[str]]
"""Of a word, the words that stand behind it: pairs take a third of the memory so, and are looked up without joining."""
NONE: Final[frozenset[str]] = frozenset()
NO_COUNTS: Final[Mapping[str, int]] = {}
_FEW: Final = 8
"""So many words are found in a row as fast as by their hash, which takes several times as much."""


def write(texts: Iterable[str], namely: frozenset[str], like_name: Callable[[str, str], bool]) -> bytes:
    """Make the file; the same texts, in any order, make the same pairs.

    Args:
        texts: Ordinary reports.
        namely: Words, with and without marks, that may be names.
        like_name: Whether two words are a title and a name, or two names.

    """
    marked: Counter[str] = Counter()
    unmarked: Counter[str] = Counter()
    for text in texts:
        pairs = set(_pairs(compose(text)[0], namely))
        if not text.isascii():
            marked.update(pairs)
        unmarked.update(set(map(fold, pairs)))
    found = {
        pair
        for counted, least in ((marked, 1), (unmarked, _LEAST_UNMARKED))
        for pair, count in counted.items()
        if count >= (_LEAST_LIKE_NAMES if like_name(*pair.split(" ")) else least)
    }
    return HEADER + zlib.compress("\n".join(sorted(found)).encode(), 9)


def read(raw: bytes) -> frozenset[str]:
    """The pairs of a file.

    Raises:
        ValueError: it is no such file, or of another version.

    """
    return frozenset(_lines(raw))


def _lines(raw: bytes) -> Iterator[str]:
    """The pairs of a file one after the other: all of them at once would take more memory than they are held in."""
    if not raw.startswith(HEADER):
        raise ValueError(f"pairs: expected a file that begins with {HEADER!r}; make it with ioc classify --train")
    text = zlib.decompress(raw[len(HEADER) :]).decode()
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def followers(pairs: Iterable[str]) -> Followers:
    """Pairs by their first word; each word is held once."""
    behind: dict[str, list[str]] = {}
    for pair in pairs:
        first, second = map(intern, pair.split(" "))
        behind.setdefault(first, []).append(second)
    return {first: held(seconds) for first, seconds in behind.items()}


def held(words: Iterable[str]) -> Collection[str]:
    """Words, each once, that are asked for often and never changed: the smallest of what answers at once."""
    found = dict.fromkeys(words)  # takes half of what a set does
    return tuple(found) if len(found) <= _FEW else found


def shipped_pairs() -> Followers:
    """The shipped file's; read anew each time, for who asks keeps more than them."""
    return followers(_lines((files("ioc.classify") / "data" / "pairs.bin").read_bytes()))


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
