"""Other ways in which a name gets written: drawn together, and with one slip of the keyboard.

A slip counts only where it makes something that is no Vietnamese syllable: "nui xhuong" can only be a slip, "nui
chuon" may be anything. So no list of words is needed, and no ordinary text is taken for a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ioc.text.normalise import fold

_SYLLABLE: Final = re.compile(
    r"(?:ngh?|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:a(?:[iouy]|[mpt]|ng?|nh|ch?)?|e(?:[ou]|[mpt]|ng?|nh|ch?)?|i(?:[au]|[mpt]|n|nh|ch?)?|y"
    r"|[iy]e(?:[umpt]|ng?|c)|o(?:[ei]|[mpt]|ng?|c)?|oo(?:ng|c)|oa(?:[ioy]|[mpt]|ng?|nh|ch?)?|oe(?:[omnt])?"
    r"|u(?:[aeioy]|u|[mpt]|ng?|c)?|ua(?:y|[nt]|ng|c)|ue(?:nh|ch)|uo(?:[iu]|[mpt]|ng?|c)|uy(?:[anptu]|nh|ch|en|et))"
)
"""Syllables without their marks; a few too many rather than too few."""

_NEIGHBOURS: Final = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "x": "zc", "y": "tu",
}  # fmt: skip
"""Keys beside a key."""
_TONE_KEYS: Final = "sfrxj"
"""What is left behind a word where the keyboard did not make a mark of it."""
_LEAST_LETTERS: Final = 6
_LEAST_JOINED: Final = 4


def is_syllable(word: str) -> bool:
    """Whether a word without marks may be Vietnamese.

    >>> is_syllable("chuong"), is_syllable("chuogn")
    (True, False)
    """
    return _SYLLABLE.fullmatch(word) is not None


def joined(marked: str) -> str | None:
    """The first letter and the last word as one, where that is no word itself; ``None`` otherwise.

    >>> joined("núi chuông"), joined("mơ an")
    ('nchuông', None)
    """
    first, _, last = marked.partition(" ")
    if not last or " " in last:
        return None
    form = first[0] + last
    return form if len(form) >= _LEAST_JOINED and not is_syllable(fold(form)) else None


def slips(marked: str) -> Iterator[tuple[str, int]]:
    """A name with one slip in one word, without marks, and which word it is; nothing for short names.

    >>> [form for form, _ in slips("núi chuông")][:3]
    ['nnui chuong', 'nuui chuong', 'nuii chuong']
    """
    words = fold(marked).split()
    if sum(map(len, words)) < _LEAST_LETTERS:
        return
    for place, word in enumerate(words):
        for wrong in dict.fromkeys(_slipped(word)):
            if len(wrong) > 1 and not is_syllable(wrong):
                yield " ".join((*words[:place], wrong, *words[place + 1 :])), place


def same_letters(written: str, marked: str) -> bool:
    """Whether the same letters with the same marks stand there, a mark only on another letter (``caí`` for ``cái``)."""
    return sorted(unicodedata.normalize("NFD", written)) == sorted(unicodedata.normalize("NFD", marked))


def _slipped(word: str) -> Iterator[str]:
    for at, letter in enumerate(word):
        yield word[:at] + letter + word[at:]
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at, letter in enumerate(word):
        for other in _NEIGHBOURS.get(letter, ""):
            yield word[:at] + other + word[at + 1 :]
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
    for key in _TONE_KEYS:
        yield word + key
