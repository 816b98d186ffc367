"""Vietnamese text in the forms that matching needs, with the way back to the original's offsets.

Nothing is matched on the original: it may be decomposed (NFD), unaccented, abbreviated, or spell ``hòa`` as ``hoà``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import yaml

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CLUSTER: Final = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_DOUBLE_SPACE: Final = re.compile(r"\s{2,}")
_WORD: Final = re.compile(r"[^\W_]+")
_SLANG_WORD: Final = re.compile(r"[^\W_]+(?:/\w+)?")
_TONED_VOWEL: Final = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![^\W_])")
_TONE_MARKS: Final = "\u0300\u0301\u0309\u0303\u0323"


class _Fold(dict[int, str]):
    """One character to one lower-case letter or digit without marks; everything else to a space."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFKD", chr(code))[:1].lower()
        folded = {"đ": "d", "ð": "d"}.get(base, base)
        self[code] = folded if len(folded) == 1 and folded.isalnum() else " "
        return self[code]


def _old_style(toned: str) -> str:
    """``oà`` to ``òa``: the tone mark on the first vowel, as most place names are written."""
    marks = unicodedata.normalize("NFD", toned[1])
    tone = next(mark for mark in marks if mark in _TONE_MARKS)
    return unicodedata.normalize("NFC", toned[0] + tone + marks.replace(tone, ""))


_FOLD: Final = _Fold()
_TONE_PLACE: Final = {
    first + toned: _old_style(first + toned)
    for first, vowels in (("o", "àáảãạèéẻẽẹ"), ("u", "ỳýỷỹỵ"))
    for toned in vowels
}


@dataclass(frozen=True, slots=True)
class Normalised:
    """One text, ready for matching.

    Attributes:
        original: What was written.
        text: Lower case, NFC, tone marks placed one way, abbreviations written out.
        folded: ``text`` without marks, of the same length; what is no letter or digit is a space. Begins and ends as
            ``text`` does, so a phrase on word borders is found as ``" phrase "`` in ``f" {folded} "``.
        positions: Offset in ``original`` of each character of ``text``, and of its end; ``None``: the same offsets.

    """

    original: str
    text: str
    folded: str
    positions: tuple[int, ...] | None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a span of ``text``."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end]


def fold(text: str) -> str:
    """Lower case without marks, ``đ`` as ``d``, length kept for NFC text.

    >>> fold("Đường ngập, p.Núi Đỏ!")
    'duong ngap  p nui do '
    """
    return text.translate(_FOLD)


def place_tones(text: str) -> str:
    """Lower-case text with tone marks on the first vowel of oa, oe, uy: ``hoà`` as ``hòa``."""
    return _TONED_VOWEL.sub(lambda found: _TONE_PLACE[found[0]], text)


def compose(text: str) -> tuple[str, tuple[int, ...] | None]:
    """NFC without invisible characters, and each character's offset in ``text`` (``None``: nothing changed)."""
    if unicodedata.is_normalized("NFC", text) and not _INVISIBLE.search(text):
        return text, None
    composed: list[str] = []
    positions: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = _INVISIBLE.sub("", unicodedata.normalize("NFC", cluster[0]))
        composed.append(part)
        positions.extend([cluster.start()] * len(part))
    return "".join(composed), (*positions, len(text))


class Normaliser:
    """Brings texts into the matching form; abbreviations (teencode) are data: written form to full words."""

    def __init__(self, abbreviations: Mapping[str, str]) -> None:
        self._abbreviations = {short.lower(): full for short, full in abbreviations.items()}
        self._triggers = frozenset(fold(short).split()[0] for short in self._abbreviations)

    def __call__(self, original: str) -> Normalised:
        composed, positions = compose(original)
        text = composed.lower()
        if len(text) != len(composed):
            text = "".join(char.lower() if len(char.lower()) == 1 else char for char in composed)
        text = place_tones(text)
        folded = text.translate(_FOLD)
        expand = not self._triggers.isdisjoint(folded.split())
        if expand or _DOUBLE_SPACE.search(text):
            text, positions = self._expand(text, positions)
            folded = text.translate(_FOLD)
        return Normalised(original, text, folded, positions)

    def _expand(self, text: str, positions: tuple[int, ...] | None) -> tuple[str, tuple[int, ...]]:
        parts: list[str] = []
        offsets: list[int] = []
        done = 0

        def keep(end: int) -> None:
            nonlocal done
            if not _DOUBLE_SPACE.search(text, done, end):
                parts.append(text[done:end])
                offsets.extend(range(done, end))
                done = end
                return
            for index in range(done, end):
                if not (text[index].isspace() and index + 1 < len(text) and text[index + 1].isspace()):
                    parts.append(text[index])
                    offsets.append(index)
            done = end

        for word in _SLANG_WORD.finditer(text):
            full = self._abbreviations.get(word[0])
            if full is None or self._is_unit(text, word.start()):
                continue
            keep(word.start())
            parts.append(full)
            offsets.extend([word.start()] * len(full))
            done = word.end()
        keep(len(text))
        offsets.append(len(text))
        if positions is not None:
            offsets = [positions[offset] for offset in offsets]
        return "".join(parts), tuple(offsets)

    @staticmethod
    def _is_unit(text: str, start: int) -> bool:
        """``5 k``, ``10 m``: after a number, a letter is a unit and no abbreviation."""
        return text[:start].rstrip()[-1:].isdigit()


def read_abbreviations(raw: bytes) -> dict[str, str]:
    """The abbreviations of a YAML mapping (short form: full words).

    Raises:
        ValueError: it is not a mapping of strings to strings.

    """
    data = yaml.safe_load(raw)
    if not isinstance(data, dict) or not all(isinstance(item, str) for pair in data.items() for item in pair):
        raise ValueError("abbreviations: expected a mapping of strings to strings (quote y, n, on, no)")
    return data


normalise: Final = Normaliser(read_abbreviations((files("ioc.classify") / "data" / "abbreviations.yaml").read_bytes()))
"""With the shipped abbreviations."""
