"""Place names in a text: units in force and former, districts, landmarks, roads, with and without marks.

A name is a hint, not a position: old and new units share names, former units were split, some names are everyday words,
and a road leads through several communes. So a mention carries the share of every commune that it may mean, and what
stands around it says how much it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import ahocorasick_rs

from ioc.catalog.gazetteer import ROAD
from ioc.catalog.model import Commune, Landmark, LegacyUnit, Spelling
from ioc.catalog.words import (
    ASIDE,
    HEADS,
    KIND_AFTER,
    KIND_BEFORE,
    ROAD_HEADS,
    STREET,
    WHERE,
    WHERE_AFTER,
    split_unit,
)
from ioc.classify.normalise import Normalised, fold, normalise

_LOOK_BACK: Final = 20
_LOOK_AHEAD: Final = 14
_ADDRESS_GAP: Final = 3
"""Names at most this far apart ("…, …") are parts of one address."""

_SHORT_NAME: Final = 6
"""Unmarked names up to this length ("ha tu") lie in common phrases: they need a word of place before them."""

_SPLIT_FIRST: Final = 0.55
"""Share of the first part of a split unit; the file names the largest first, by how much is not known."""

_NEW_OF_DISTRICT: Final = 0.4
"""Share of the commune that kept a district's name, where only the name is written: the larger area is meant more
often than its one commune (engineering choice)."""

_NEW_OF_FORMER: Final = 0.6
"""Share of the unit in force against former units of its name elsewhere (engineering choice)."""

Shares = tuple[tuple[str, float], ...]


class Sense(NamedTuple):
    """What a name means: spelt as in the data, and the communes with their shares (sum 1), the likeliest first."""

    name: str
    shares: Shares
    area: bool
    """A former district, or a road that leads through several centres: it narrows others, and alone says little."""
    road: bool


class Mention(NamedTuple):
    """A name in a text.

    ``strength`` 2: with its unit word or what it is, 1: after a word of place, 0: bare. ``aside``: where somebody comes
    from or goes to. ``doubt`` 0: counts, 1: only beside another name, 2: only beside another that counts by itself.
    """

    start: int
    end: int
    sense: Sense
    strength: int
    marked: bool
    aside: bool
    doubt: int


@dataclass(slots=True)
class _Readings:
    """All that one name may mean, by generation."""

    new: list[Commune] = field(default_factory=list)
    former: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    district: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    landmarks: list[Landmark] = field(default_factory=list)


@dataclass(slots=True)
class _Name:
    """A spelling, and what it means bare and beside each unit word."""

    name: str
    marked: str
    bare: Sense
    by_kind: dict[str, Sense]
    common: bool = False
    short: bool = False
    headed: bool = False
    unit: bool = True


class PlaceNames:
    """All names of a province, found in one pass."""

    def __init__(
        self,
        communes: Mapping[str, Commune],
        legacy: Iterable[LegacyUnit],
        landmarks: Iterable[Landmark] = (),
        spellings: Iterable[Spelling] = (),
    ) -> None:
        self._centre = {code: commune.centre for code, commune in communes.items()}
        units, common = _units(communes, legacy)
        self._by_fold: dict[str, list[_Name]] = {}
        for marked, (name, readings) in units.items():
            self._add_unit(name, marked, readings, common=marked in common)
        self.spellings = tuple(units)
        """Every bare name of a unit, with marks: what other matchers must not read as common words."""
        for spelling in spellings:
            name, readings = units[normalise(spelling.name).text]
            for form in spelling.short:
                self._add_unit(name, normalise(form).text, readings, short=True)
            for form in spelling.other:
                self._add_unit(name if fold(form).isascii() else form, normalise(form).text, readings)
        self.landmarks = self._add_landmarks(landmarks)
        """Every name of a landmark, as the data spells it."""
        self._entries = [(names, _merged(names)) for names in self._by_fold.values()]
        self._bordered = [key.isascii() for key in self._by_fold]
        patterns = [f" {key} " if key.isascii() else key for key in self._by_fold]
        self._automaton = ahocorasick_rs.AhoCorasick(patterns)

    def find(self, text: Normalised) -> list[Mention]:
        """Mentions in order; of overlapping names the longest counts."""
        hits = self._automaton.find_matches_as_indexes(f" {text.folded} ", overlapping=True)
        if not hits:
            return []
        if len(hits) > 1:
            hits.sort(key=lambda hit: (hit[1], -hit[2]))
        mentions: list[Mention] = []
        free_from = 0
        unsure = False
        for index, begin, stop in hits:
            start, end = (begin, stop - 2) if self._bordered[index] else (begin - 1, stop - 1)
            if start < free_from:
                continue
            names, merged = self._entries[index]
            mention = self._mention(text, names, merged, start, end)
            if mention:
                mentions.append(mention)
                free_from = end
                unsure = unsure or mention.doubt > 0
        return _backed(mentions) if unsure else mentions

    def _add_unit(
        self, name: str, marked: str, readings: _Readings, *, common: bool = False, short: bool = False
    ) -> None:
        by_kind = _senses_by_kind(readings)
        bare = _bare_sense(name, readings)
        self._add(_Name(name, marked, bare, by_kind, common, short))
        if " " in marked and not (short or common):
            squeezed = marked.replace(" ", "")
            self._add(_Name(name, squeezed, bare, by_kind))

    def _add_landmarks(self, landmarks: Iterable[Landmark]) -> tuple[str, ...]:
        grouped: dict[str, tuple[str, list[Landmark]]] = {}
        for landmark in landmarks:
            for name in landmark.names:
                for marked in _variants(normalise(name).text, road=landmark.kind == ROAD):
                    group = grouped.setdefault(marked, (name, []))[1]
                    if landmark not in group:
                        group.append(landmark)
        for marked, (name, group) in grouped.items():
            codes = tuple(dict.fromkeys(code for landmark in group for code in landmark.communes))
            wide = len({self._centre[code] for code in codes}) > 1
            road = all(landmark.kind == ROAD for landmark in group)
            sense = Sense(name, tuple((code, 1 / len(codes)) for code in codes), area=wide, road=road)
            folded = f"{fold(marked)} "
            headed = (
                bool(split_unit(marked)[0])
                or folded.startswith(HEADS)
                or (road and any(char.isdigit() for char in marked))
            )
            common = any(landmark.common for landmark in group) or (road and not headed)
            self._add(_Name(name, marked, sense, {}, common, headed=headed, unit=False))
        return tuple(dict.fromkeys(name for name, _ in grouped.values()))

    def _add(self, name: _Name) -> None:
        """Two spellings that fold alike share a pattern; of one spelling, the first meaning stays."""
        names = self._by_fold.setdefault(fold(name.marked), [])
        if all(other.marked != name.marked for other in names):
            names.append(name)

    @staticmethod
    def _mention(text: Normalised, names: Sequence[_Name], merged: _Name, start: int, end: int) -> Mention | None:
        written = text.text[start:end]
        marked = True
        entry = names[0]
        if written != entry.marked:
            exact = [name for name in names if name.marked == written]
            if exact:
                entry = exact[0]
            else:
                right = [name for name in names if same_words(written, name.marked)]
                entry = merged if len(right) > 1 else right[0] if right else entry
                marked = False
        folded = text.folded
        words = folded[max(0, start - _LOOK_BACK) : start].split()
        last = words[-1] if words else ""
        pair = f"{words[-2]} {last}" if len(words) > 1 else last
        kind = KIND_BEFORE.get(pair) or KIND_BEFORE.get(last)
        sense = entry.by_kind.get(kind) if kind else None
        after = folded[end : end + _LOOK_AHEAD].split(maxsplit=1)
        following = after[0] if after else ""
        if sense is None and following:
            kinds = KIND_AFTER.get(following) or KIND_AFTER.get(following[0], ())
            sense = next((entry.by_kind[word] for word in kinds if word in entry.by_kind), None)
        if not (marked or same_words(written, entry.marked)):
            # A slip in the marks is forgiven where the unit word leaves no other name.
            return Mention(start, end, sense, 2, False, False, 0) if sense and not entry.common else None
        aside = last in ASIDE or pair in ASIDE
        if sense is not None:
            return Mention(start, end, sense, 2, marked, False, 0)
        if entry.headed:
            # Without marks even such a name may be a common phrase, if the data says so.
            unclear = entry.common and not marked and not _is_where(last, text, start, strict=False)
            return Mention(start, end, entry.bare, 2, marked, aside, 1 if unclear else 0)
        if entry.unit and (entry.common or not marked) and STREET.intersection((last, pair, *words[-2:-1])):
            return None
        placed = (
            kind is not None
            or _is_where(last, text, start, strict=marked)
            or (pair in WHERE)
            or following in WHERE_AFTER
            or (not entry.unit and entry.bare.road and last in STREET)
        )
        strength = 1 if placed else 0
        if entry.short:
            doubt = 2
        elif entry.common:
            doubt = 0 if placed else 2
        elif marked or placed:
            doubt = 0
        else:
            doubt = 1 if end - start <= _SHORT_NAME else 0
        if not marked and " " not in entry.marked and end - start <= _SHORT_NAME:
            doubt = 2
        return Mention(start, end, entry.bare, strength, marked, aside, doubt)


def _units(
    communes: Mapping[str, Commune], legacy: Iterable[LegacyUnit]
) -> tuple[dict[str, tuple[str, _Readings]], set[str]]:
    """Readings by bare name in matching form, and the names that are everyday words."""
    units: dict[str, tuple[str, _Readings]] = {}
    common: set[str] = set()

    def readings(full_name: str, *, everyday: bool = False) -> _Readings:
        bare = split_unit(full_name)[1]
        marked = normalise(bare).text
        if everyday:
            common.add(marked)
        return units.setdefault(marked, (bare, _Readings()))[1]

    districts: dict[str, list[str]] = {}
    for commune in communes.values():
        readings(commune.name, everyday=commune.common).new.append(commune)
    for unit in legacy:
        for name in unit.names:
            readings(name, everyday=unit.common).former.append((name, unit.communes))
        districts.setdefault(unit.district, []).append(unit.communes[0])
    for name, codes in districts.items():
        found = readings(name)
        seat = [commune.code for commune in found.new]
        frequent = sorted(dict.fromkeys(codes), key=codes.count, reverse=True)
        order = tuple(dict.fromkeys(seat + frequent))
        # The commune that kept the name is the likeliest: it counts for more than the one with the most former units.
        counts = Counter(codes) + Counter(dict.fromkeys(seat, codes.count(frequent[0])))
        found.district.append((name, tuple(code for code in order for _ in range(counts[code]))))
    return units, common


def _shares(codes: Sequence[str], of: float = 1.0) -> Shares:
    """Shares by how often each code stands there."""
    counts = Counter(codes)
    return tuple((code, of * count / len(codes)) for code, count in counts.items())


def _split(codes: Sequence[str], of: float = 1.0) -> Shares:
    """Shares of the parts of a former unit."""
    if len(codes) == 1:
        return ((codes[0], of),)
    rest = of * (1 - _SPLIT_FIRST) / (len(codes) - 1)
    return ((codes[0], of * _SPLIT_FIRST), *((code, rest) for code in codes[1:]))


def _sum(*parts: Shares) -> Shares:
    total: dict[str, float] = {}
    for part in parts:
        for code, share in part:
            total[code] = total.get(code, 0.0) + share
    return tuple(sorted(total.items(), key=lambda item: -item[1]))


def _senses_by_kind(readings: _Readings) -> dict[str, Sense]:
    """Beside a unit word: the unit of that kind in force, else the district, else the former units."""
    senses: dict[str, Sense] = {}
    former: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, codes in readings.former:
        former.setdefault(split_unit(name)[0], []).append((name, codes))
    for kind, units in former.items():
        parts = [_split(codes, 1 / len(units)) for _, codes in units]
        senses[kind] = Sense(units[0][0], _sum(*parts), area=False, road=False)
    for name, codes in readings.district:
        senses[split_unit(name)[0]] = Sense(name, _sum(_shares(codes)), area=True, road=False)
    for commune in readings.new:
        senses[split_unit(commune.name)[0]] = Sense(commune.name, ((commune.code, 1.0),), area=False, road=False)
    return senses


def _bare_sense(name: str, readings: _Readings) -> Sense:
    """Without a unit word: a district's name outweighs a former unit's, a unit in force one elsewhere."""
    new = tuple((commune.code, 1 / len(readings.new)) for commune in readings.new)
    if readings.district:
        district = _sum(*(_shares(codes, 1 / len(readings.district)) for _, codes in readings.district))
        if not new:
            return Sense(name, district, area=True, road=False)
        others = _scaled(district, 1 - _NEW_OF_DISTRICT)
        return Sense(name, _sum(_scaled(new, _NEW_OF_DISTRICT), others), area=len(district) > 1, road=False)
    codes = [unit for _, unit in readings.former if not new or unit[0] != new[0][0]]
    if not new:
        return Sense(name, _sum(*(_split(unit, 1 / len(codes)) for unit in codes)), area=False, road=False)
    if not codes:
        return Sense(name, new, area=False, road=False)
    rest = _shares([unit[0] for unit in codes], 1 - _NEW_OF_FORMER)
    return Sense(name, _sum(_scaled(new, _NEW_OF_FORMER), rest), area=False, road=False)


def _scaled(shares: Shares, by: float) -> Shares:
    return tuple((code, share * by) for code, share in shares)


def _merged(names: Sequence[_Name]) -> _Name:
    """What a spelling without marks means, where several names fold alike."""
    first = names[0]
    if len(names) == 1:
        return first
    bare = _sum(*(_scaled(name.bare.shares, 1 / len(names)) for name in names))
    by_kind = {kind: sense for name in reversed(names) for kind, sense in name.by_kind.items()}
    sense = Sense(first.name, bare, any(name.bare.area for name in names), first.bare.road)
    return _Name(
        first.name,
        first.marked,
        sense,
        by_kind,
        any(name.common for name in names),
        any(name.short for name in names),
        all(name.headed for name in names),
        any(name.unit for name in names),
    )


def _variants(marked: str, *, road: bool) -> list[str]:
    """A landmark's name, without its punctuation too, and a street by either word for one."""
    forms = [marked]
    plain = " ".join("".join(char if char.isalnum() else " " for char in marked).split())
    if plain != marked:
        forms.append(plain)
    if road:
        for head in ROAD_HEADS:
            if marked.startswith(head):
                forms.extend(other + marked[len(head) :] for other in ROAD_HEADS if other != head)
    return forms


def _is_where(word: str, text: Normalised, start: int, *, strict: bool) -> bool:
    """Whether the word before a name is one of place; where marks are written, it must have its own."""
    right = WHERE.get(word)
    if right is None:
        return False
    return not strict or text.folded == text.text or text.text[start - 1 - len(word) : start - 1] == right


def _backed(mentions: Sequence[Mention]) -> list[Mention]:
    """Without those that count only beside others and stand alone."""
    kept: list[Mention] = []
    for number, mention in enumerate(mentions):
        beside = [
            other
            for other, gap in (
                (mentions[number - 1], mention.start - mentions[number - 1].end) if number else (None, 0),
                (mentions[number + 1], mentions[number + 1].start - mention.end)
                if number + 1 < len(mentions)
                else (None, 0),
            )
            if other is not None and gap <= _ADDRESS_GAP
        ]
        if not mention.doubt or any(other.doubt < 2 if mention.doubt == 1 else not other.doubt for other in beside):
            kept.append(mention)
    return kept


def same_words(written: str, marked: str) -> bool:
    """Whether each word is either right, or right but for missing marks."""
    if written == fold(marked):
        return True
    return all(word in (right, fold(right)) for word, right in zip(written.split(), marked.split(), strict=False))
