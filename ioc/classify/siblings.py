"""Two people named side by side, before what they are to each other: "tu va nam hai anh em no tron nghia vu"."""

from __future__ import annotations

from typing import Final

from ioc.classify.cues import cues
from ioc.classify.lists import KNOWN
from ioc.classify.untitled import NATIONS
from ioc.classify.words import Words

_AND: Final = frozenset(("và", "va", "với", "voi"))
_CUES: Final = cues(("va", "voi"))
_EACH_OTHER: Final = cues(("nhau",))
_TOGETHER: Final = frozenset(
    (
        *("hai anh", "hai chị", "hai chi", "hai vợ", "hai vo", "hai mẹ", "hai me", "hai bố", "hai bo", "hai đứa"),
        *("hai dua", "là hai", "la hai", "anh em", "chị em", "chi em", "vợ chồng", "vo chong", "là anh", "la anh"),
        *("là vợ", "la vo"),
    )
)
_COUNT: Final = "2"


def may_be_siblings(words: Words, plain: str) -> bool:
    """Whether a text (``plain``: the whole of it, folded) has "and", and what two people may be: most have not."""
    if words.cues.isdisjoint(_CUES):
        return False
    return (" va " in plain or " voi " in plain) and (
        " hai " in plain or "anh em" in plain or "chi em" in plain or "vo chong" in plain
    )


def may_quarrel(words: Words) -> bool:
    """Whether a text has the word for what two do to each other."""
    return not words.cues.isdisjoint(_EACH_OTHER)


def find_quarrels(words: Words) -> list[tuple[int, int]]:
    """Two words with capitals before what they do to each other, whatever they mean: "Công và Chức cãi nhau"."""
    found: list[tuple[int, int]] = []
    low, gaps, caps = words.low, words.gaps, words.caps
    for other in words.everywhere("nhau"):
        for last in (other - 2, other - 3):
            first = last - 2
            if first < 0 or caps[first] != "U" or caps[last] != "U" or low[last - 1] not in _AND:
                continue
            apart = gaps[first] != "_" and all(gaps[at] == "_" for at in range(first + 1, other + 1))
            if apart and all(KNOWN[words.codes[at]] and low[at] not in NATIONS for at in (first, last)):
                found += [(first, first + 1), (last, last + 1)]
    return found


def find_siblings(words: Words) -> list[tuple[int, int]]:
    """First word of each name and the one behind it, where the first of the two begins a sentence or a part of it."""
    found: list[tuple[int, int]] = []
    low, gaps, codes = words.low, words.gaps, words.codes
    for word in _AND.intersection(low):
        for at in words.everywhere(word):
            if not 0 < at < len(low) - 3 or gaps[at] != "_" or gaps[at + 1] != "_" or gaps[at - 1] == "_":
                continue
            if not words.common[codes[at - 1]] or not words.common[codes[at + 1]]:
                continue
            counted = words.between(at + 2).strip() == _COUNT
            if (gaps[at + 2] == "_" or counted) and f"{low[at + 2]} {low[at + 3]}" in _TOGETHER:
                found += [(at - 1, at), (at + 1, at + 2)]
    return found
