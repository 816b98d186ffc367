"""Slips of the fingers: a last letter twice, a key of a mark left over, two words written as one.

"Ôngg Bảy", "Chij", "bàTẹo": words are read without them, as far as what is left is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from ioc.text.normalise import fold, place_tones

SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?(?:uye|uya|uay|oay|oai|oao|oeo|uyu|ieu|yeu|uoi"
    r"|uou|[aeiouy]{1,2})"
    r"(?:ng|nh|ch|[cmnpt])?"
)
"""What a Vietnamese word looks like without marks."""
_TONES: Final = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
"""The keys of tones, as the keyboards of most people have them."""
_TONED: Final = re.compile("[\u0300\u0301\u0309\u0303\u0323]")
_HORNED: Final = frozenset("uưứừửữự")
"""Before a last ``u`` these make a word: "cứu", "luu"."""
_BEFORE_U: Final = frozenset("aáàảãạâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩị") | _HORNED
"""Behind these only one ``u`` is right: "cháuu", "cứuu"."""
_VOWELS: Final = frozenset("aeiouy")
_KEYS: Final = frozenset("aeo")
"""Letters that written twice are other letters: "quee"."""
_ONCE: Final = frozenset("iy")
_LEAST: Final = 3
_MOST: Final = 24
"""A longer one is no word, nor two: each of its places would be looked at."""


def without_slip(low: str, plain: str, is_word: Callable[[str], bool]) -> str:
    """A word without a letter that slipped in at its end; empty: none did, or what is left is no word.

    Args:
        low: The word in lower case, in no list.
        plain: The same without marks.
        is_word: Whether a list or an ordinary text has a word.

    """
    if (
        not len(plain) == len(low) >= _LEAST  # A letter of another script may have none, or two, without marks.
        or len(low) > _MOST
        or (len(low) == _LEAST and low.isascii())
        or (is_word(low) and SYLLABLE.fullmatch(plain) and not _is_twice(plain))
    ):
        return ""
    once = low
    while len(once) >= _LEAST and plain[len(once) - 1] == plain[len(once) - 2] and not _is_right(once):
        once = once[:-1] if once[-1].isascii() else once[:-2] + once[-1]
        if is_word(once) and SYLLABLE.fullmatch(plain[: len(once)]):
            return once
    return _with_horns(low, plain, is_word) or _without_key(once, is_word)


def _is_right(low: str) -> bool:
    """Whether the last two letters are alike and none of them slipped in."""
    last, before = low[-1], low[-2]
    if last == "u":
        return before in _HORNED and low[-3] not in _BEFORE_U
    return low.isascii() and last in _KEYS


def _with_horns(low: str, plain: str, is_word: Callable[[str], bool]) -> str:
    """A word with both horns and the tone where it belongs: "đừơng", "nguời", "Vuợng"; empty: it is none."""
    at = plain.find("uo")
    if at < 0 or low.isascii():
        return ""
    tone = _TONED.search(unicodedata.normalize("NFD", low[at : at + 2]))
    horned = low[:at] + "ư" + unicodedata.normalize("NFC", "ơ" + (tone[0] if tone else "")) + low[at + 2 :]
    return horned if horned != low and is_word(horned) else ""


def _without_key(low: str, is_word: Callable[[str], bool]) -> str:
    """A word without the key of a tone behind it: the tone that it has, or gets by it, is right."""
    tone = _TONES.get(low[-1])
    if tone is None or len(low) < _LEAST:
        return ""
    rest = low[:-1]
    if _TONED.search(unicodedata.normalize("NFD", rest)):
        return rest if is_word(rest) else ""
    if low.isascii() and low[-1] != "j":
        return ""  # "fans", "cover"
    for at in range(len(rest) - 1, -1, -1):
        if unicodedata.normalize("NFD", rest[at])[0] in _VOWELS:
            toned = place_tones(unicodedata.normalize("NFC", rest[: at + 1] + tone + rest[at + 1 :]))
            if is_word(toned):
                return toned
    return rest if is_word(rest) else ""


def glued_at(word: str, is_name: Callable[[str], bool], is_word: Callable[[str], bool]) -> int:
    """Where the second one of two words begins that are written as one; 0: it is one word.

    Args:
        word: As written. One without marks is left alone: "TikTok" is one.
        is_name: Whether somebody may be called by a word in lower case.
        is_word: Whether a list or an ordinary text has one.

    """
    if word.isascii() or word.isupper() or len(word) > _MOST:
        return 0
    for at in range(2, len(word)):
        if word[at].isupper() and word[at - 1].islower():
            return at
    low = place_tones(word.lower())
    if word.islower() or is_word(low) or SYLLABLE.fullmatch(fold(low)):
        return 0
    return next(
        (
            at
            for at in range(len(low) - 2, 1, -1)
            if is_word(low[at:])
            and SYLLABLE.fullmatch(fold(low[at:]))
            and is_name(low[:at] if is_name(low[:at]) else without_slip(low[:at], fold(low[:at]), is_name))
        ),
        0,
    )


def _is_twice(plain: str) -> bool:
    """Whether a word ends with a vowel twice that no word has twice."""
    return plain[-1] in _ONCE and plain[-1] == plain[-2]
