"""How alike two reports' texts are, without the texts: a sketch of each is enough, and is made once.

A sketch holds hashes of a redacted text's words and word pairs (Vietnamese words are mostly two syllables): the 64
smallest (bottom-k MinHash), so that long texts cost what short ones do, and two sketches still tell which part of all
words both have. Nobody reads a word out of it that the redacted text does not have.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from ioc.tomlfile import read_toml

SIZE: Final = 64
"""Hashes kept of one text; a report of 200 characters has about 50."""
ANCHORS: Final = 8
"""Smallest hashes of a sketch under which an incident is found: two texts that share half their words have one of
these in common all but certainly."""
MIN_FEATURES: Final = 5
"""Fewer words and pairs than these (three words) say too little to be compared."""

_BYTES: Final = 3
_MASK: Final = (1 << 32) - 1
_GOLDEN: Final = 0x9E3779B1
"""2^32 divided by the golden ratio, odd: spreads what CRC-32 leaves together (Knuth, multiplicative hashing)."""
_CJK: Final = "\u2e80"
"""From here on a character is a word: these scripts have no spaces."""
_WEAK: Final = 0.5
"""Taken off a word that most reports of a kind have."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words that say little: ``drop`` are not compared, ``weak`` are hashes that count half."""

    version: str
    drop: frozenset[str]
    weak: frozenset[bytes]


def load_words(raw: bytes, file: str = "words.toml") -> Words:
    """Read and check the list of words.

    Raises:
        ConfigError: a key is missing or wrong; names file, line and key.

    """
    root = read_toml(raw, file)
    version, drop, weak = root.text("version"), root.texts("drop"), root.texts("weak")
    root.done()
    return Words(version, frozenset(drop), frozenset(_hash(word) for word in weak))


@cache
def shipped_words() -> Words:
    """The list that comes with the product."""
    return load_words((files("ioc.incidents") / "data" / "words.toml").read_bytes())


def sketch(folded: str) -> str:
    """Sketch of a text, as base64; empty where the text has too few words to tell anything.

    Args:
        folded: Redacted text in lower case without marks, what is no letter or digit as space.

    """
    drop = shipped_words().drop
    words = [word for part in folded.split() for word in _split(part) if word not in drop]
    features = {*words, *(f"{one} {two}" for one, two in pairwise(words))}
    # House, street and neighbourhood numbers tell places apart that all other words share: they count three times.
    features |= {f"{word}#{copy}" for word in words if word.isdecimal() for copy in (1, 2)}
    if len(features) < MIN_FEATURES:
        return ""
    hashes = sorted({_hash(feature) for feature in features})
    size = min(len(hashes), (1 << 8 * _BYTES) - 1).to_bytes(_BYTES, "big")
    return base64.b64encode(size + b"".join(hashes[:SIZE])).decode()


def similarity(one: str, other: str) -> float | None:
    """How much two sketches have in common: 0 nothing, 1 the same words; ``None`` where one says nothing.

    The mean of how much of both is shared (Dice) and how much of the shorter is in the longer, so that a short report
    of what a long one tells is found too.

    Raises:
        ValueError: one is no sketch.

    """
    if not one or not other:
        return None
    (size, hashes), (other_size, others) = _read(one), _read(other)
    mine, theirs = frozenset(hashes), frozenset(others)
    if size > len(hashes) or other_size > len(others):
        # The smallest hashes of both together are a fair sample of both, as long as both still have theirs.
        sample = frozenset(sorted(mine | theirs)[:SIZE])
        mine, theirs = mine & sample, theirs & sample
    shared, all_mine, all_theirs = _weight(mine & theirs), _weight(mine), _weight(theirs)
    least = min(all_mine, all_theirs)
    return round((2 * shared / (all_mine + all_theirs) + shared / least) / 2, 3) if least else 0.0


def _weight(features: frozenset[bytes]) -> float:
    return len(features) - _WEAK * len(features & shipped_words().weak)


@lru_cache(maxsize=4096)
def anchors(text: str) -> tuple[bytes, ...]:
    """The smallest telling hashes of a sketch, under which texts that may be alike are looked up."""
    if not text:
        return ()
    weak = shipped_words().weak
    return tuple(each for each in _read(text)[1] if each not in weak)[:ANCHORS]


def is_sketch(value: object) -> bool:
    """Whether a value can be compared."""
    if not isinstance(value, str):
        return False
    try:
        return not value or len(_read(value)[1]) > 0
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[int, tuple[bytes, ...]]:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not a sketch") from error
    if len(raw) % _BYTES or len(raw) > (SIZE + 1) * _BYTES:
        raise ValueError("not a sketch")
    hashes = tuple(raw[start : start + _BYTES] for start in range(_BYTES, len(raw), _BYTES))
    return int.from_bytes(raw[:_BYTES], "big"), hashes


def _split(part: str) -> list[str]:
    return list(part) if part[0] >= _CJK else [part]


def _hash(feature: str) -> bytes:
    return (zlib.crc32(feature.encode()) * _GOLDEN & _MASK).to_bytes(4, "big")[:_BYTES]
