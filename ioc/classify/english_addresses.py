"""Where somebody lives or stays, in English: "room 814", "outside 7 Ben Doan", "flat 1102, Block C"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.personal import Span, Views
from ioc.classify.slips import SYLLABLE

_N: Final = r"[a-z]?-?\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*(?![\w%]|[.,:/-]\d)"
_UNIT: Final = (
    r"(?:block|group|building|tower|lane|alley|quarter|zone|area|dorm(?:itory)?|floor|sub-?group|hamlet)\.?"
    rf" (?:no\.? |number )?(?:{_N}|[a-z](?!\w))"
)
_ROOM: Final = rf"(?:room|rm|flat|apt|apartment|unit|studio)\.? (?:no\.? |number |nr\.? |# ?)?{_N}"
_HOUSES: Final = rf"houses? (?:no\.? |number )?{_N}(?: (?:to|and|-) {_N})?"
_FLOOR: Final = r"(?:\d{1,2}(?:st|nd|rd|th)|ground|first|second|third|fourth|fifth|sixth|seventh|top) floor"
_WHOLE: Final = re.compile(
    rf"(?<![\w-])(?:{_ROOM}(?:,? (?:of |in )?(?:{_UNIT}|{_FLOOR}))*"
    rf"|(?:dorm(?:itory)?|block|building|tower) [a-z]?\d{{0,3}}[a-z]?,? (?:{_ROOM}|{_HOUSES})"
    rf"|(?:{_HOUSES}|(?:no\.?|number|#) ?{_N})(?:,? {_UNIT})+"
    rf"|{_N},? (?:group|alley|lane|tower|block|building|quarter|zone) (?:no\.? )?(?:{_N}|[a-z](?!\w))"
    rf"|(?:alley|lane) \d{{1,4}}(?:/\d+)*(?=[ ,][^.!?\n]{{0,30}}houses? \d))"
)
_WORDS: Final = cues(
    (
        "room",
        "rm",
        "flat",
        "apt",
        "apartment",
        "unit",
        "studio",
        "dorm",
        "dormitory",
        "block",
        "house",
        "houses",
        "group",
        "lane",
        "alley",
        "building",
        "tower",
        "no",
        "number",
    )
)
_PLACED: Final = re.compile(
    r"(?<!\w)(?:outside|at|near|opposite|in front of|from|of|in|to|behind|beside|next to|address is|address|live on|lives at|number|no\.?)"  # noqa: E501
    rf"(?:\s|: )({_N})\s(?=[^\W\d_])"
)
"""A number behind where something is; a street in capitals has to follow."""
_PLACING: Final = cues("outside at near opposite front from of in to behind beside next address number no".split())  # noqa: SIM905 (a list of words)
_YEAR: Final = re.compile(r"(?:19|20)\d\d$")
_STREET: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,4}")
_CONTINUED: Final = re.compile(
    r",? (?:(?:hostel|hotel|homestay|guesthouse|dorm) (?:[^\W\d_]+ ){0,3}[^\W\d_]+, )?"
    r"((?:[a-z]?\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*),? )?(?=[^\W\d_])"
)
_HOUSES_BEHIND: Final = re.compile(rf",? {_HOUSES}")
_UNITS_BEHIND: Final = re.compile(rf"(?:,? {_UNIT})+")
_FLAT_AND_HOUSE: Final = re.compile(rf"(?<![\w-])[a-z]-?\d{{2,4}}[a-z]?,\s{_N}\s(?=[^\W\d_])")
_NO_STREET: Final = frozenset("am pm min minutes people men women km m".split())  # noqa: SIM905 (a list of words)
_THINGS: Final = frozenset(
    "beach bay cave cruise cruises tour tours bus buses island islands hotel hotels bridge tunnel ward wards market"  # noqa: SIM905 (a list of words)
    " station port pier school schools restaurant restaurants boats families people tourists".split()
)
_MOST: Final = 4
_AHEAD: Final = 16
"""Characters before a room that are looked at."""
_ALONE: Final = re.compile(rf"{_ROOM}$")
_LONG: Final = re.compile(r"\d{3}|\d[a-z]$|[a-z]-?\d{2}")
_BEGINNING: Final = re.compile(r"(?:\A|[.!?\n])\s*$")
_SPOKEN_OF: Final = re.compile(r" [a-z]")
"""Behind a room that begins a sentence: it is the room that something is said about."""
_OTHER_ROOM: Final = re.compile(
    r"(?<!\w)(?:engine|karaoke|meeting|operating|class|waiting|control|emergency|locker|exam|examination|treatment|court"
    r"|conference|interview|server|ward) $"
)


def find_english_addresses(views: Views, words: set[str]) -> Iterator[Span]:
    """Rooms, flats and houses, of a text that is English; ``words``: the text's, folded."""
    plain = views.plain
    if not words.isdisjoint(_WORDS):
        for found in _WHOLE.finditer(plain):
            end = _street_end(views, found.end())
            if _OTHER_ROOM.search(plain, max(0, found.start() - _AHEAD), found.start()):
                continue
            if end == found.end() and _ALONE.match(found[0]) and _is_nobodys(plain, *found.span()):
                continue
            more = _HOUSES_BEHIND.match(plain, end)
            yield Span(found.start(), more.end() if more else end, "address")
    if not words.isdisjoint(_PLACING):
        for found in _PLACED.finditer(plain):
            if _YEAR.match(found[1]):
                continue
            end = _capitals_end(views, found.end())
            if end:
                units = _UNITS_BEHIND.match(plain, end)
                yield Span(found.start(1), units.end() if units else end, "address")
    for found in _FLAT_AND_HOUSE.finditer(plain):
        end = _capitals_end(views, found.end())
        if end:
            yield Span(found.start(), end, "address")


def _is_nobodys(plain: str, start: int, end: int) -> bool:
    """Whether a room without house and street is a short number, or only what a sentence is about."""
    if not _LONG.search(plain, start, end):
        return True
    return plain.startswith("r", start) and (
        _SPOKEN_OF.match(plain, end) is not None and _BEGINNING.search(plain, max(0, start - _AHEAD), start) is not None
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """Addresses in order; those that overlap as one, whoever found its parts."""
    whole: list[Span] = []
    for span in sorted(spans, key=attrgetter("start")):
        if whole and span.start < whole[-1].end and span.kind == whole[-1].kind:
            last = whole.pop()
            whole.append(Span(last.start, max(last.end, span.end), span.kind))
        else:
            whole.append(span)
    return whole


def _street_end(views: Views, end: int) -> int:
    """Where the street and its number end that follow a room or a house, or where this ends itself."""
    found = _CONTINUED.match(views.plain, end)
    if found is None:
        return end
    if found[1] is None and views.text[end : end + 1] != "," and views.plain[end - 1].isalpha():
        return end
    street = _capitals_end(views, found.end())
    return street or end


def _capitals_end(views: Views, start: int) -> int:
    """Where two to four capitalised Vietnamese syllables end that begin at an offset; 0: none do."""
    found = _STREET.match(views.text, start)
    if found is None:
        return 0
    end, count = 0, 0
    at = start
    for word in found[0].split(" ")[: _MOST + 1]:
        plain = views.plain[at : at + len(word)]
        if not word[:1].isupper() or (len(word) > 1 and word.isupper()) or not SYLLABLE.fullmatch(plain):
            return end if count > 1 and plain not in _THINGS and word[:1].islower() else 0
        if count > 1 and plain == "i":
            return end
        if plain in _NO_STREET or count == _MOST:
            return 0
        count += 1
        end = at + len(word)
        at = end + 1
    return end if count > 1 else 0
