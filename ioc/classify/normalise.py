"""Vietnamese text in the forms that matching needs, with the way back to the original's offsets.

Nothing is matched on the original: it may be decomposed (NFD), unaccented, abbreviated, or spell ``hòa`` as ``hoà``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CLUSTER: Final = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_DOUBLE_SPACE: Final = re.compile(r"\s{2,}")
_WORD: Final = re.compile(r"[^\W_]+")
_SLANG_WORD: Final = re.compile(r"[^\W_]+(?:/\w+)?")
_TONED_VOWEL: Final = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![^\W_])")
_SPACES: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_CODES: Final = 0x110000
_SEPARATOR: Final = "\0"
"""Between texts that are joined: no letter, no space, and the same in lower case."""
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


class Normalised(NamedTuple):
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


class _Tables:
    """Folding, spaces and toned vowels by character code, so that a whole batch is looked up at once.

    The pages of these tables that no character needs take no memory.
    """

    def __init__(self) -> None:
        self._folded = np.zeros(_CODES, np.uint32)
        self._space = np.zeros(_CODES, np.bool_)
        self._space[[ord(space) for space in _SPACES]] = True
        self._before = np.zeros(_CODES, np.uint32)
        for pair in _TONE_PLACE:
            self._before[ord(pair[1])] = ord(pair[0])

    def fold(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """As ``fold`` does."""
        folded = self._folded[codes]
        new = np.flatnonzero(folded == 0)
        if len(new):
            for code in np.unique(codes[new]).tolist():
                self._folded[code] = ord(_FOLD[code])
            folded = self._folded[codes]
        return folded

    def double_space(self, codes: NDArray[np.uint32]) -> NDArray[np.intp]:
        """Where two spaces stand next to each other."""
        space = self._space[codes]
        return np.flatnonzero(space[:-1] & space[1:])

    def toned(self, codes: NDArray[np.uint32]) -> list[int]:
        """Where a vowel may have to give its tone to the one before it."""
        before = self._before[codes[1:]]
        return np.flatnonzero((before == codes[:-1]) & (before > 0)).tolist()


_TABLES: Final = _Tables()


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
        return self._written_out(original, text, text.translate(_FOLD), positions, _DOUBLE_SPACE.search(text) is None)

    def many(self, originals: Sequence[str]) -> list[Normalised]:
        """The same of many texts, each at a third of the cost."""
        joined = _SEPARATOR.join(originals)
        text = joined.lower()
        if not originals or len(text) != len(joined) or compose(joined)[1] is not None:
            # Some text is decomposed or odd: only those that are not join the others.
            plain = [len(one.lower()) == len(one) and compose(one)[1] is None for one in originals]
            quick = iter(
                self.many([one for one, good in zip(originals, plain, strict=True) if good]) if any(plain) else ()
            )
            return [next(quick) if good else self(one) for one, good in zip(originals, plain, strict=True)]
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        text = _with_tones(text, _TABLES.toned(codes))
        folded = _TABLES.fold(codes).tobytes().decode("utf-32-le")
        doubled = _TABLES.double_space(codes).tolist()
        doubled.append(len(text))
        found, start, space = [], 0, iter(doubled)
        next_double = next(space)
        for original in originals:
            end = start + len(original)
            single = next_double >= end
            found.append(self._written_out(original, text[start:end], folded[start:end], None, single))
            while next_double < end:
                next_double = next(space)
            start = end + 1
        return found

    def _written_out(
        self, original: str, text: str, folded: str, positions: tuple[int, ...] | None, single: bool
    ) -> Normalised:
        words = folded.split()
        if self._triggers.isdisjoint(words):
            if single:
                return Normalised(original, text, folded, positions)
            shorts: list[tuple[int, int, str]] = []
        else:
            shorts = sorted(self._shorts(text, folded, self._triggers.intersection(words)))
            if single and not shorts:
                return Normalised(original, text, folded, positions)
        text, positions = _expand(text, shorts, positions)
        return Normalised(original, text, text.translate(_FOLD), positions)

    def _shorts(self, text: str, folded: str, triggers: frozenset[str]) -> Iterator[tuple[int, int, str]]:
        """Abbreviations in a text: start, end, the full words."""
        bordered = f" {folded} "
        for trigger in triggers:
            sought = f" {trigger} "
            start = bordered.find(sought)
            while start >= 0:
                word = _SLANG_WORD.match(text, start)
                if word is not None:
                    full = self._abbreviations.get(word[0])
                    behind_slash = (
                        text[max(start - 1, 0) : start] == "/" and text[max(start - 2, 0) : start - 1].isalnum()
                    )
                    if full is not None and not behind_slash and not self._is_unit(text, start):
                        yield start, word.end(), full
                start = bordered.find(sought, start + 1)

    @staticmethod
    def _is_unit(text: str, start: int) -> bool:
        """``5 k``, ``10 m``: after a number, a letter is a unit and no abbreviation."""
        return text[:start].rstrip()[-1:].isdigit()


def _expand(
    text: str, shorts: list[tuple[int, int, str]], positions: tuple[int, ...] | None
) -> tuple[str, tuple[int, ...]]:
    """Full words for abbreviations, one space for many; and the offsets."""
    parts: list[str] = []
    offsets: list[int] = []

    def keep(start: int, end: int) -> None:
        if not _DOUBLE_SPACE.search(text, start, end):
            parts.append(text[start:end])
            offsets.extend(range(start, end))
            return
        for index in range(start, end):
            if not (text[index].isspace() and index + 1 < len(text) and text[index + 1].isspace()):
                parts.append(text[index])
                offsets.append(index)

    done = 0
    for start, end, full in shorts:
        keep(done, start)
        parts.append(full)
        offsets.extend([start] * len(full))
        done = end
    keep(done, len(text))
    offsets.append(len(text))
    if positions is not None:
        offsets = [positions[offset] for offset in offsets]
    return "".join(parts), tuple(offsets)


def _with_tones(text: str, places: list[int]) -> str:
    """Tone marks on the first vowel at those of the places where ``place_tones`` puts them."""
    parts: list[str] = []
    done = 0
    for place in places:
        found = _TONED_VOWEL.match(text, place)
        if found is not None:
            parts += (text[done:place], _TONE_PLACE[found[0]])
            done = place + 2
    return "".join((*parts, text[done:])) if parts else text


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
