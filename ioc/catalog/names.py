"""Place names in a text: units in force and former, districts, landmarks, roads, with and without marks.

A name is a hint, not a position: old and new units share names, former units were split, some names are everyday words,
and a road leads through several communes. So a mention carries the share of every commune that it may mean, and what
stands around it says how much it counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import ahocorasick_rs

from ioc.catalog.gazetteer import ROAD
from ioc.catalog.model import NOTHING_EVERYDAY, Commune, Everyday, Landmark, LegacyUnit, Spelling
from ioc.catalog.variants import is_syllable, joined, same_letters, slips
from ioc.catalog.words import (
    ASIDE,
    AT,
    CALLED,
    GROUND,
    HEADS,
    HOUSES,
    KIND_AFTER,
    KIND_BEFORE,
    MANY,
    NUMBERED,
    NUMBERED_ROADS,
    PEOPLE,
    ROAD_HEADS,
    ROADSIDE,
    STREET,
    WHERE,
    WHERE_AFTER,
    split_unit,
)
from ioc.text.normalise import Normalised, fold, normalise

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

_NUMBERED_WORDS: Final = 2
_WORD: Final = re.compile(r"[^\W_]+")

Shares = tuple[tuple[str, float], ...]


class Sense(NamedTuple):
    """What a name means: spelt as in the data, and the communes with their shares (sum 1), the likeliest first."""

    name: str
    shares: Shares
    area: bool
    """A former district, or a road that leads through several centres: it narrows others, and alone says little."""
    road: bool


_NO_PLACE: Final = Sense("", (), area=False, road=False)


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
    everyday: bool = False
    """Without marks it is read as something else."""
    word: bool = False
    """A single syllable, which without marks may be many words."""
    phrase: bool = False
    """No place: words that a name is part of."""
    slip: int | None = None
    """Which of its words is misspelt; ``marked`` is then the misspelling, whose other words have their marks."""


class PlaceNames:
    """All names of a province, found in one pass."""

    def __init__(
        self,
        communes: Mapping[str, Commune],
        legacy: Iterable[LegacyUnit],
        landmarks: Iterable[Landmark] = (),
        spellings: Iterable[Spelling] = (),
        everyday: Everyday = NOTHING_EVERYDAY,
    ) -> None:
        self._centre = {code: commune.centre for code, commune in communes.items()}
        units, common = _units(communes, legacy)
        self._by_fold: dict[str, list[_Name]] = {}
        self._everyday = everyday.unmarked
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
        self._add_variants()
        for phrase in everyday.phrases:
            self._by_fold.setdefault(fold(phrase), [_Name(phrase, phrase, _NO_PLACE, {}, phrase=True)])
        """Every name of a landmark, as the data spells it."""
        self._entries = [(names, _merged(names)) for names in self._by_fold.values()]
        self._bordered = [key.isascii() for key in self._by_fold]
        patterns = [f" {key} " if key.isascii() else key for key in self._by_fold]
        self._automaton = ahocorasick_rs.AhoCorasick(
            patterns, implementation=ahocorasick_rs.Implementation.ContiguousNFA
        )

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
        for number, hit in enumerate(hits):
            start, end = self._span(hit)
            if start < free_from:
                continue
            names, merged = self._entries[hit[0]]
            if names[0].phrase:
                if _is_phrase(text, names[0], start, end):
                    free_from = end
                continue
            mention = self._mention(text, names, merged, start, end)
            if mention and (mention.marked or not self._hides(text, mention, names, hits[number + 1 :])):
                mentions.append(mention)
                free_from = end
                unsure = unsure or mention.doubt > 0
        return _backed(mentions) if unsure else mentions

    def _span(self, hit: tuple[int, int, int]) -> tuple[int, int]:
        index, begin, stop = hit
        return (begin, stop - 2) if self._bordered[index] else (begin - 1, stop - 1)

    def _hides(
        self, text: Normalised, mention: Mention, names: Sequence[_Name], later: Sequence[tuple[int, int, int]]
    ) -> bool:
        """Whether what is taken for a slip hides a name that begins inside it: the slip may be another's unit word."""
        written = text.text[mention.start : mention.end]
        if any(same_words(written, name.marked) and name.slip is None for name in names):
            return False
        for hit in later:
            start, end = self._span(hit)
            if start >= mention.end:
                return False
            if any(text.text[start:end] == name.marked for name in self._entries[hit[0]][0]):
                return True
        return False

    def _add_unit(
        self, name: str, marked: str, readings: _Readings, *, common: bool = False, short: bool = False
    ) -> None:
        by_kind = _senses_by_kind(readings)
        bare = _bare_sense(name, readings)
        self._add(_Name(name, marked, bare, by_kind, common, short))
        if " " in marked and not (short or common):
            squeezed = marked.replace(" ", "")
            self._add(_Name(name, squeezed, bare, by_kind))

    def _add_variants(self) -> None:
        """Names of units drawn together or misspelt, where that can mean one name only and is no other spelling."""
        made: dict[str, list[_Name]] = {}
        for names in self._by_fold.values():
            for name in names:
                if not name.unit or name.short or name.common or " " not in name.marked:
                    continue
                if (form := joined(name.marked)) is not None:
                    made.setdefault(fold(form), []).append(replace(name, marked=form))
                words = name.marked.split()
                for form, place in slips(name.marked):
                    wrong = form.split()[place]
                    marked = " ".join((*words[:place], wrong, *words[place + 1 :]))
                    made.setdefault(form, []).append(replace(name, marked=marked, slip=place))
        for form, names in made.items():
            if form not in self._by_fold and len({name.name for name in names}) == 1:
                self._by_fold[form] = names[:1]

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
        name.everyday = name.marked in self._everyday
        name.word = is_syllable(fold(name.marked))
        names = self._by_fold.setdefault(fold(name.marked), [])
        if all(other.marked != name.marked for other in names):
            names.append(name)

    @staticmethod
    def _mention(text: Normalised, names: Sequence[_Name], merged: _Name, start: int, end: int) -> Mention | None:
        written = text.text[start:end]
        entry, marked, spelt = _entry(written, names, merged)
        if entry.common and not spelt:
            return None
        before = _Before.of(text, start)
        kind = KIND_BEFORE.get(before.pair) or KIND_BEFORE.get(before.last)
        sense = entry.by_kind.get(kind) if kind else None
        after = text.folded[end : end + _LOOK_AHEAD].split(maxsplit=1)
        following = after[0] if after else ""
        if sense is None and following:
            kinds = KIND_AFTER.get(following) or KIND_AFTER.get(following[0], ())
            sense = next((entry.by_kind[word] for word in kinds if word in entry.by_kind), None)
        if not spelt:
            # A slip in the marks is forgiven where the unit word leaves no other name, or capitals say that it is one.
            if sense is None and not _is_slip(text, start, end, entry):
                return None
            return Mention(start, end, sense or entry.bare, 2 if sense else 0, False, False, 0)
        if sense is not None:
            return Mention(start, end, sense, 2, marked, False, 0)
        aside = before.last in ASIDE or before.pair in ASIDE
        if entry.headed:
            # Without marks even such a name may be a common phrase, if the data says so.
            unclear = (
                not marked
                and (entry.common or entry.everyday)
                and not _ends_capital(text, end)
                and not _is_where(before.last, text, start, strict=False)
            )
            return Mention(start, end, entry.bare, 2, marked, aside, 1 if unclear else 0)
        if entry.unit and (
            _is_street(text, start, end, before, entry, marked=marked) or _is_person(text, start, end, entry)
        ):
            return None
        placed = (
            kind is not None
            or _is_where(before.last, text, start, strict=marked)
            or before.pair in WHERE
            or following in WHERE_AFTER
            or (
                (before.last in GROUND or before.pair in GROUND) and (not entry.common or _is_capital(text, start, end))
            )
            or _is_numbered(text, end, before, entry)
            or (not entry.unit and entry.bare.road and (before.last in STREET or before.last in ROADSIDE))
        )
        return Mention(
            start, end, entry.bare, 1 if placed else 0, marked, aside,
            _doubt(text, start, end, before, entry, marked=marked, placed=placed),
        )  # fmt: skip


class _Before(NamedTuple):
    """What stands before a name, without marks: the words, the last one, and the last two."""

    words: list[str]
    last: str
    pair: str

    @classmethod
    def of(cls, text: Normalised, start: int) -> _Before:
        words = text.folded[start - _LOOK_BACK if start > _LOOK_BACK else 0 : start].split()
        if len(words) > 1:
            return cls(words, words[-1], f"{words[-2]} {words[-1]}")
        last = words[0] if words else ""
        return cls(words, last, last)


def _is_phrase(text: Normalised, phrase: _Name, start: int, end: int) -> bool:
    """Whether the words mean what they say: in small letters, and without a unit word before them."""
    words = text.folded[max(0, start - _LOOK_BACK) : start].split()
    named = bool(words) and words[-1] in KIND_BEFORE
    small = text.original[text.origin(start, end)[0]].islower()
    return small and not named and same_words(text.text[start:end], phrase.marked)


def _written_before(text: Normalised, start: int) -> list[str]:
    """The last words before a name as they are written."""
    return text.text[start - _LOOK_BACK if start > _LOOK_BACK else 0 : start].split()


def _entry(written: str, names: Sequence[_Name], merged: _Name) -> tuple[_Name, bool, bool]:
    """The name that is written there, whether it has its marks, and whether it is right but for missing ones."""
    for name in names:
        if written == name.marked:
            return name, name.slip is None, True
    right = [name for name in names if _spelt(written, name)]
    return (merged if len(right) > 1 else right[0] if right else names[0]), False, bool(right)


def _spelt(written: str, name: _Name) -> bool:
    """Whether each word is right, lacks marks, has one on the wrong letter, or is the misspelt one."""
    if same_words(written, name.marked):
        return True
    pairs = zip(_WORD.findall(written), _WORD.findall(name.marked), strict=False)
    return all(
        place == name.slip or word in (right, fold(right)) or same_letters(word, right)
        for place, (word, right) in enumerate(pairs)
    )


def _is_capital(text: Normalised, start: int, end: int) -> bool:
    """Whether each of several words begins with a capital, in a text that is not all capitals."""
    first, last = text.origin(start, end)
    words = text.original[first:last].split()
    return len(words) > 1 and all(word[0].isupper() for word in words) and not any(word.isupper() for word in words)


def _ends_capital(text: Normalised, end: int) -> bool:
    """Whether the last word of a name begins with a capital, not all in capitals: of "nui Chuong" the name."""
    first, last = text.origin(text.folded.rfind(" ", 0, end) + 1, end)
    return text.original[first].isupper() and not text.original[first:last].isupper()


def _is_slip(text: Normalised, start: int, end: int, entry: _Name) -> bool:
    """Whether other marks in one word are a slip: of a long name that is written as one."""
    pairs = zip(text.text[start:end].split(), entry.marked.split(), strict=False)
    wrong = sum(word != right for word, right in pairs)
    return not entry.headed and end - start > _SHORT_NAME and wrong == 1 and _is_capital(text, start, end)


def _is_street(text: Normalised, start: int, end: int, before: _Before, entry: _Name, *, marked: bool) -> bool:
    """Whether the name is one of a street, school or firm, which are called after much."""
    if not entry.common and (marked or _is_capital(text, start, end) or (entry.unit and before.last == "duong")):
        return False
    if before.last in STREET or before.pair in STREET:
        return True
    # "trường … ở …", "ngõ 12 …": the word of place, or the number, speaks for what follows it.
    behind = len(before.words) > 1 and before.words[-2] in STREET
    return behind and before.last not in WHERE and not before.last[0].isdigit()


def _is_person(text: Normalised, start: int, end: int, entry: _Name) -> bool:
    """Whether a person is called so, or a title at the end of a name begins the one of a person."""
    words = _written_before(text, start)
    if entry.marked.rpartition(" ")[2] in PEOPLE:
        first, last = text.origin(start, end)
        following = text.original[last : last + _LOOK_AHEAD].split()
        if text.original[first:last].islower() and following and following[0][0].isupper():
            return True
    if not words or words[-1] not in (CALLED if entry.bare.area else PEOPLE):
        return False
    return len(words) == 1 or words[-2] not in MANY


def _is_numbered(text: Normalised, end: int, before: _Before, entry: _Name) -> bool:
    """Whether a number of a part or house stands before it: "tổ 6 …", "ngõ 12 …"."""
    if len(before.words) < _NUMBERED_WORDS or not before.last[0].isdigit():
        return False
    if before.words[-2] in NUMBERED:
        return not entry.common or _ends_capital(text, end)
    return before.words[-2] in HOUSES and (not entry.unit or not entry.common)


def _doubt(text: Normalised, start: int, end: int, before: _Before, entry: _Name, *, marked: bool, placed: bool) -> int:
    """How much the name needs others beside it: see ``Mention.doubt``."""
    short = end - start <= _SHORT_NAME
    if entry.short:
        return 0 if before.last in AT else 2
    if not marked and short and entry.word:
        return 2
    if entry.common:
        return 0 if placed else 2
    if marked or placed or _is_capital(text, start, end):
        return 0
    if entry.everyday:
        return 2
    # Who writes marks elsewhere does not leave them out in a name.
    return (
        1
        if (short and " " in entry.marked) or not all(word.isascii() for word in _written_before(text, start)[-1:])
        else 0
    )


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
        any(name.everyday for name in names),
        any(name.word for name in names),
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
        head, _, number = marked.rpartition(" ")
        for other in NUMBERED_ROADS.get(head, ()):
            forms += [f"{other} {number}", *([f"{other}{number}"] if " " not in other else [])]
    return list(dict.fromkeys(forms))


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
    if written.isascii() and written == fold(marked):
        return True
    return all(word in (right, fold(right)) for word, right in zip(written.split(), marked.split(), strict=False))
