"""Place names in a text: every unit in force, every former unit and district, with and without marks.

A name is a hint, not a position: old and new units share names, former units were split, and some names are everyday
words. So a mention carries all its readings, and what stands around it decides between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import ahocorasick_rs

from ioc.catalog.model import Commune, LegacyUnit
from ioc.classify.normalise import Normalised, fold, normalise

UNIT_WORDS: Final = {
    "phường": ("phuong", "p", "f"),
    "xã": ("xa", "x"),
    "thị trấn": ("thi tran", "tt"),
    "đặc khu": ("dac khu",),
    "thành phố": ("thanh pho", "tp"),
    "thị xã": ("thi xa", "tx"),
    "huyện": ("huyen", "h"),
    "quận": ("quan", "q"),
}
_KIND: Final = {short: kind for kind, shorts in UNIT_WORDS.items() for short in shorts}
_WHERE: Final = frozenset(
    {
        "o",
        "tai",
        "thuoc",
        "gan",
        "ven",
        "khu",
        "khu vuc",
        "dia ban",
        "dia phan",
        "trung tam",
        "cho",
        "cau",
        "ben xe",
        "ben tau",
        "benh vien",
        "vinh",
        "dao",
        "cang",
        "bien",
        "bai tam",
        "cua khau",
        "at",
        "in",
        "near",
    }
)
_STREET: Final = frozenset(
    {
        "duong",
        "pho",
        "ngo",
        "ngach",
        "hem",
        "truong",
        "thcs",
        "thpt",
        "tieu hoc",
        "cong ty",
        "khach san",
        "nha hang",
        "song",
        "quan",
        "tuong dai",
    }
)
_LOOK_BACK: Final = 20
_ADDRESS_GAP: Final = 3
"""Names at most this far apart ("…, …") are parts of one address."""

_SHORT_NAME: Final = 6
"""Unmarked names up to this length ("ha tu") lie in common phrases: they need a word of place before them."""

NEW: Final = 0
FORMER: Final = 1
DISTRICT: Final = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a name may mean: a unit of a kind, and the communes it is now, the likeliest first."""

    kind: str
    age: int
    communes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place name in a text.

    ``strength`` 2: with its unit word, 1: after a word of place, 0: bare. ``vague``: counts only beside another name.
    """

    start: int
    end: int
    readings: tuple[Reading, ...]
    strength: int
    marked: bool
    vague: bool = False


@dataclass(slots=True)
class _Name:
    marked: str
    readings: list[Reading]
    common: bool


class PlaceNames:
    """All names of a province, found in one pass."""

    def __init__(self, communes: Mapping[str, Commune], legacy: Iterable[LegacyUnit]) -> None:
        self._names: dict[str, _Name] = {}
        districts: dict[str, list[str]] = {}
        for commune in communes.values():
            self._add(commune.name, NEW, (commune.code,), common=commune.common)
        for unit in legacy:
            for name in unit.names:
                self._add(name, FORMER, unit.communes, common=unit.common)
            districts.setdefault(unit.district, []).append(unit.communes[0])
        for name, codes in districts.items():
            bare = fold(split_unit(name)[1])
            seat = [code for code, commune in communes.items() if fold(split_unit(commune.name)[1]) == bare]
            frequent = sorted(dict.fromkeys(codes), key=codes.count, reverse=True)
            self._add(name, DISTRICT, tuple(dict.fromkeys(seat + frequent)), common=False)
        self._entries = list(self._names.values())
        self._automaton = ahocorasick_rs.AhoCorasick([f" {name} " for name in self._names])

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every bare name, with marks: what other matchers must not read as common words."""
        return tuple(entry.marked for entry in self._entries)

    def find(self, text: Normalised) -> list[Mention]:
        """Mentions in order; of overlapping names the longest counts."""
        hits = self._automaton.find_matches_as_indexes(f" {text.folded} ", overlapping=True)
        if not hits:
            return []
        mentions: list[Mention] = []
        free_from = 0
        for index, begin, stop in sorted(hits, key=lambda hit: (hit[1], -hit[2])):
            start, end = begin, stop - 2
            if start < free_from:
                continue
            mention = self._mention(text, self._entries[index], start, end)
            if mention:
                mentions.append(mention)
                free_from = end
        return [
            mention
            for before, mention, after in zip([None, *mentions], mentions, [*mentions[1:], None], strict=False)
            if not mention.vague or _adjoin(before, mention) or _adjoin(mention, after)
        ]

    def _add(self, full_name: str, age: int, communes: tuple[str, ...], *, common: bool) -> None:
        kind, bare = split_unit(full_name)
        marked = normalise(bare).text
        entry = self._names.setdefault(fold(marked), _Name(marked, [], common))
        entry.common = entry.common or common
        entry.readings.append(Reading(kind, age, communes))

    @staticmethod
    def _mention(text: Normalised, entry: _Name, start: int, end: int) -> Mention | None:
        written = text.text[start:end]
        marked = written == entry.marked
        if not marked and not same_words(written, entry.marked):
            return None
        words = text.folded[max(0, start - _LOOK_BACK) : start].split()
        endings = (" ".join(words[-2:]), words[-1]) if words else ()
        unit = next((_KIND[ending] for ending in endings if ending in _KIND), None)
        fitting = tuple(reading for reading in entry.readings if reading.kind == unit)
        if fitting:
            return Mention(start, end, fitting, 2, marked)
        if (entry.common or not marked) and not _STREET.isdisjoint((*endings, *words[-2:-1])):
            return None
        strength = 1 if unit or not _WHERE.isdisjoint(endings) else 0
        unsure = entry.common or (not marked and end - start <= _SHORT_NAME)
        return Mention(start, end, tuple(entry.readings), strength, marked, vague=unsure and not strength)


def _adjoin(one: Mention | None, other: Mention | None) -> bool:
    return one is not None and other is not None and other.start - one.end <= _ADDRESS_GAP


def split_unit(full_name: str) -> tuple[str, str]:
    """Unit word and bare name: ``"Thị trấn Ba Vì"`` to ``("thị trấn", "Ba Vì")``; no unit word: an empty one."""
    lower = full_name.lower()
    for kind in UNIT_WORDS:
        if lower.startswith(kind + " "):
            return kind, full_name[len(kind) + 1 :]
    return "", full_name


def same_words(written: str, marked: str) -> bool:
    """Whether each word is either right, or right but for missing marks."""
    return all(word in (right, fold(right)) for word, right in zip(written.split(), marked.split(), strict=False))
