"""Vietnamese text in the forms that matching needs, with the way back to the original's offsets.

Nothing is matched on the original: it may be decomposed (NFD), unaccented, abbreviated, or spell ``hòa`` as ``hoà``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

_INVISIBLES: Final = (0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF)
_INVISIBLE: Final = re.compile(f"[{''.join(map(chr, _INVISIBLES))}]")
_CLUSTER: Final = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_SPACE_BEFORE_SPACE: Final = re.compile(r"\s(?=\s)")
_FOLDED_WORD: Final = re.compile("[^ ]+")
_SLANG_WORD: Final = re.compile(r"[^\W_]+(?:/\w+)?")
_TONED_VOWEL: Final = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![^\W_])")
_SPACES: Final = [code for code in range(0x3001) if chr(code).isspace()]
_BLANK: Final = ord(" ")
_CODES: Final = 0x110000
_SIEVE_BITS: Final = 16
_MULTIPLIER: Final = np.uint32(0x9E3779B1)
_SEPARATOR: Final = "\0"
"""Between texts that are joined: no letter, no space, and the same in lower case."""
_new: Final = tuple.__new__
"""Makes a named tuple of a tuple in half the time of a call of its class."""
_TONE_MARKS: Final = "\u0300\u0301\u0309\u0303\u0323"


def _simplified() -> dict[str, str]:
    """Traditional Chinese characters, and the simplified ones that are written for them most often."""
    lines = (files("ioc.text") / "data" / "opencc" / "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    # Of more than 16 bits are rare ones only; without them the table of a batch stays small.
    both = ((old, new.split(" ")[0]) for old, new in pairs)
    return {old: new for old, new in both if old != new and max(ord(old), ord(new)) <= _PLANE}


_PLANE: Final = 0xFFFF
_SIMPLIFIED: Final = _simplified()
_TRADITIONAL: Final = re.compile(f"[{''.join(_SIMPLIFIED)}]")
_TO_SIMPLIFIED: Final = str.maketrans(_SIMPLIFIED)


def to_simplified(text: str) -> str:
    """Chinese characters simplified, one for one: offsets stay."""
    return text.translate(_TO_SIMPLIFIED)


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
        text: Lower case, NFC, tone marks placed one way, abbreviations written out, Chinese characters simplified.
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
    # What is invisible is not printable: only a text with other such characters, as ends of lines, is looked through.
    if text.isascii() or (
        unicodedata.is_normalized("NFC", text) and (text.isprintable() or not _INVISIBLE.search(text))
    ):
        return text, None
    composed: list[str] = []
    positions: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = _INVISIBLE.sub("", unicodedata.normalize("NFC", cluster[0]))
        composed.append(part)
        positions.extend([cluster.start()] * len(part))
    return "".join(composed), (*positions, len(text))


_Codes = NDArray[np.uint32]
_Places = NDArray[np.intp]
_Edit = tuple[int, int, str, str]
"""Start and end of what goes, and what takes its place, with marks and folded."""


class _Tables:
    """Folding and kinds of characters by their codes, so that a whole batch is looked up at once.

    The pages of these tables that no character needs take no memory.
    """

    SPACE = 1
    INVISIBLE = 2
    TONED = 4
    TRADITIONAL = 8

    def __init__(self) -> None:
        self._folded = np.zeros(_CODES, np.uint32)
        self._kinds = np.zeros(_CODES, np.uint8)
        self._kinds[_SPACES] |= self.SPACE
        self._kinds[list(_INVISIBLES)] |= self.INVISIBLE
        self._before = np.zeros(1 + max(ord(pair[1]) for pair in _TONE_PLACE), np.uint32)
        for pair in _TONE_PLACE:
            self._kinds[ord(pair[1])] |= self.TONED
            self._before[ord(pair[1])] = ord(pair[0])
        self._simple = np.zeros(_PLANE + 1, np.uint32)
        for old, new in _SIMPLIFIED.items():
            self._kinds[ord(old)] |= self.TRADITIONAL
            self._simple[ord(old)] = ord(new)

    def kinds(self, codes: _Codes) -> NDArray[np.uint8]:
        """Of each character, the sum of what it is."""
        return self._kinds[codes]

    def simplify(self, codes: _Codes, kinds: NDArray[np.uint8]) -> _Codes:
        """Simplified characters for traditional ones."""
        places = np.flatnonzero((kinds & self.TRADITIONAL) > 0)
        if not len(places):
            return codes
        codes = codes.copy()
        codes[places] = self._simple[codes[places]]
        return codes

    def toned(self, codes: _Codes, kinds: NDArray[np.uint8]) -> list[int]:
        """Where a vowel may have to give its tone to the one before it."""
        vowels = np.flatnonzero((kinds & self.TONED) > 0)
        places: list[int] = vowels[self._before[codes[vowels]] == codes[vowels - 1]].tolist()
        return places

    def fold(self, codes: _Codes) -> _Codes:
        """As ``fold`` does."""
        folded = self._folded[codes]
        if not folded.all():
            for code in set(codes[folded == 0].tolist()):
                self._folded[code] = ord(_FOLD[code])
            folded = self._folded[codes]
        return folded


class _Sieve:
    """Lets some few words through, and by chance a few others: the rest of a batch is never looked at one by one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._passes = np.zeros(1 << _SIEVE_BITS, np.bool_)
        for word in words:
            self._passes[self._sums(_codes(word), np.zeros(1, np.intp), np.array([len(word)]))] = True

    def __call__(self, folded: _Codes) -> tuple[_Places, _Places]:
        """Where the words that pass begin and end."""
        borders = np.flatnonzero(np.diff(folded == _BLANK, prepend=True, append=True))
        starts, ends = borders[::2], borders[1::2]
        passing = np.flatnonzero(self._passes[self._sums(folded, starts, ends)])
        return starts[passing], ends[passing]

    @staticmethod
    def _sums(codes: _Codes, starts: _Places, ends: _Places) -> _Codes:
        """A number for the length of each word and its first, middle and last letter."""
        mixed = (ends - starts).astype(np.uint32)
        for places in (starts, (starts + ends) >> 1, ends - 1):
            mixed = (mixed + codes[places]) * _MULTIPLIER
        return mixed >> np.uint32(32 - _SIEVE_BITS)


_TABLES: Final = _Tables()


class Normaliser:
    """Brings texts into the matching form; abbreviations (teencode) are data: written form to full words."""

    def __init__(self, abbreviations: Mapping[str, str]) -> None:
        self._abbreviations = {short.lower(): (full, fold(full)) for short, full in abbreviations.items()}
        self._triggers = frozenset(fold(short).split()[0] for short in self._abbreviations)
        self._sieve = _Sieve(self._triggers)

    def __call__(self, original: str) -> Normalised:
        composed, positions = compose(original)
        text = composed.lower()
        if len(text) != len(composed):
            text = "".join(char.lower() if len(char.lower()) == 1 else char for char in composed)
        text = _TRADITIONAL.sub(lambda found: _SIMPLIFIED[found[0]], place_tones(text))
        folded = text.translate(_FOLD)
        words = (found.start() for found in _FOLDED_WORD.finditer(folded) if found[0] in self._triggers)
        edits = [edit for start in words for edit in self._written_out(text, start)]
        edits += (_dropped(space.start()) for space in _SPACE_BEFORE_SPACE.finditer(text))
        return _edited(original, text, folded, positions, edits)

    def many(self, originals: Sequence[str]) -> list[Normalised]:
        """The same of many texts, each at a fraction of the cost."""
        joined = _SEPARATOR.join(originals)
        text = joined.lower()
        codes = _codes(text)
        kinds = _TABLES.kinds(codes)
        if (
            not originals
            or len(text) != len(joined)
            or not unicodedata.is_normalized("NFC", joined)
            or (kinds & _TABLES.INVISIBLE).any()
        ):
            # Some text is decomposed or odd: only those that are not join the others.
            plain = [len(one.lower()) == len(one) and compose(one)[1] is None for one in originals]
            quick = iter(
                self.many([one for one, good in zip(originals, plain, strict=True) if good]) if any(plain) else ()
            )
            return [next(quick) if good else self(one) for one, good in zip(originals, plain, strict=True)]
        simple = _TABLES.simplify(codes, kinds)
        if simple is not codes:
            codes, text = simple, _text(simple)
        text = _with_tones(text, _TABLES.toned(codes, kinds))
        folds = _TABLES.fold(codes)
        folded = _text(folds)
        ends = np.cumsum([len(original) + 1 for original in originals])
        edits = self._edits(text, folded, folds, kinds, ends)
        found, start = [], 0
        for number, (original, end) in enumerate(zip(originals, ends.tolist(), strict=True)):
            own, own_folded = text[start : end - 1], folded[start : end - 1]
            if number in edits:
                moved = [(first - start, last - start, full, plain) for first, last, full, plain in edits[number]]
                found.append(_edited(original, own, own_folded, None, moved))
            else:
                found.append(_new(Normalised, (original, own, own_folded, None)))
            start = end
        return found

    def _edits(
        self, text: str, folded: str, folds: _Codes, kinds: NDArray[np.uint8], ends: _Places
    ) -> dict[int, list[_Edit]]:
        """What is written out or dropped in joined texts, by the number of the text."""
        found: dict[int, list[_Edit]] = {}
        space = (kinds & _TABLES.SPACE).view(np.bool_)
        spaces = np.flatnonzero(space[:-1] & space[1:])
        for number, place in zip(ends.searchsorted(spaces, "right").tolist(), spaces.tolist(), strict=True):
            found.setdefault(number, []).append(_dropped(place))
        starts, stops = self._sieve(folds)
        for number, start, stop in zip(
            ends.searchsorted(starts, "right").tolist(), starts.tolist(), stops.tolist(), strict=True
        ):
            if folded[start:stop] in self._triggers:
                for edit in self._written_out(text, start):
                    found.setdefault(number, []).append(edit)
        return found

    def _written_out(self, text: str, start: int) -> Iterator[_Edit]:
        """The full words, if the folded word at ``start`` is an abbreviation as it is written there."""
        word = _SLANG_WORD.match(text, start)
        full = self._abbreviations.get(word[0]) if word is not None else None
        if word is None or full is None or _is_unit(text, start):
            return
        if text[max(start - 1, 0) : start] == "/" and text[max(start - 2, 0) : start - 1].isalnum():
            return
        yield start, word.end(), *full


def _is_unit(text: str, start: int) -> bool:
    """``5 k``, ``10 m``: after a number, a letter is a unit and no abbreviation."""
    while start and text[start - 1].isspace():
        start -= 1
    return text[max(start - 1, 0) : start].isdigit()


def _dropped(place: int) -> _Edit:
    """A space before another one goes."""
    return place, place + 1, "", ""


def _edited(original: str, text: str, folded: str, positions: tuple[int, ...] | None, edits: list[_Edit]) -> Normalised:
    """With the edits made, and the offsets."""
    if not edits:
        return Normalised(original, text, folded, positions)
    edits.sort()
    parts: list[str] = []
    folds: list[str] = []
    offsets: list[int] = []
    done = 0
    for start, end, full, folded_full in edits:
        parts += (text[done:start], full)
        folds += (folded[done:start], folded_full)
        offsets += range(done, start)
        offsets += (start,) * len(full)
        done = end
    parts.append(text[done:])
    folds.append(folded[done:])
    offsets += range(done, len(text) + 1)
    if positions is not None:
        offsets = [positions[offset] for offset in offsets]
    return _new(Normalised, (original, "".join(parts), "".join(folds), tuple(offsets)))


def _with_tones(text: str, vowels: list[int]) -> str:
    """Tone marks on the first of two vowels where ``place_tones`` puts them; given where the second ones may be."""
    parts: list[str] = []
    done = 0
    for vowel in vowels:
        found = _TONED_VOWEL.match(text, vowel - 1) if vowel else None
        if found is not None:
            parts += (text[done : vowel - 1], _TONE_PLACE[found[0]])
            done = vowel + 1
    return "".join((*parts, text[done:])) if parts else text


def _codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _text(codes: _Codes) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def read_abbreviations(raw: bytes) -> dict[str, str]:
    """The abbreviations of a YAML mapping (short form: full words).

    Raises:
        ValueError: it is not a mapping of strings to strings.

    """
    data = yaml.safe_load(raw)
    if not isinstance(data, dict) or not all(isinstance(item, str) for pair in data.items() for item in pair):
        raise ValueError("abbreviations: expected a mapping of strings to strings (quote y, n, on, no)")
    return data


normalise: Final = Normaliser(read_abbreviations((files("ioc.text") / "data" / "abbreviations.yaml").read_bytes()))
"""With the shipped abbreviations."""
