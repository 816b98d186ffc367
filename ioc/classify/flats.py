"""Flats, rooms and stalls with the house, the row or the market that they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicSpans
from ioc.classify.streets import BARE_STREET, WORD, chain, street_end

_FLATS: Final = cues(
    (
        "tap",
        "tang",
        "can",
        "phong",
        "p",
        "kiot",
        "ki",
        "lo",
        "shop",
        "shophouse",
        "biet",
        "lien",
        "unit",
        "apartment",
        "apt",
        "room",
    )
)
_ROWED: Final = cues(("tap", "lo", "toa", "block", "day", "don", "tang"))
_HOUSES: Final = cues(("toa", "block", "day", "tower", "building", "chung", "khu", "kdt", "cho", "nha"))
_ALONE: Final = cues(("can", "kiot", "ki"))
_FLAT: Final = re.compile(
    r"(?<!\w)(?:tang \d+,? )?(?:can(?: ho)?|phong|p|kiot|ki ?ot|lo|shop ?house|biet thu|lien ke|unit|apartment|apt"
    r"|room)[ .]{0,2}(?:so\s)?"
    r"(?:\d\d[a-z]\d\d|[a-z]{0,2}\d{1,4}[a-z]?(?:[-.]\d{1,4})?)(?: o (?:so )?\d{1,3})?"
    r",?\s+(?:tang\s\d+,?\s+)?"
    r"(?:(?P<tower>toa(?: nha)?|chung cu|block)|nha(?= [a-z]\d)|day(?: tro| nha)?|tower|building|khu do thi|kdt|khu|cho"
    r"|toa thap)\s+"
    r"(?:(?P<code>[a-z]?\d{1,3}[a-z]?|[a-z]\d{0,2}|[a-z]{2}\d{1,2})(?!\w))?"
)
"""A flat or a stall and the house or the market that it is in."""
_HOUSE_FIRST: Final = re.compile(
    r"(?<!\w)(?:\d\d tang,? )?(?:chung cu|toa nha|toa|khu do thi|kdt|block) (?:[^\W_]+ ?){1,3},? ?"
    r"(?:(?:toa|block|thap) [a-z]{0,2}\d{0,2},? )?(?:tang \d+,? )?"
    r"(?<![^\W_])(?:(?:can(?: ho)?|phong|p|ch)[ .]{1,2}(?:so )?[a-z]?|p)\d{3,4}[a-z]?(?!\w)"
)
"""The house before the flat."""
_FLAT_CODE: Final = re.compile(
    r"(?<!\w)(?:(?:can(?: ho)?|phong|p)[ .]{1,2}|p)\d{3,4},? (?:ct|n|t|s|a|b)\d{1,2}[a-z]?(?!\w)"
    r"(?:,? so (?:nha )?\d{1,4}[a-z]? (?:[^\W\d_]+ ){0,2}[^\W\d_]+(?=[,.;)]|$))?"
)
"""A flat and a house that is called by a letter and a number, up to the mark behind its street."""
_FLAT_IN_TOWER: Final = re.compile(
    r"\d(?<![\w.,/-].)(?<!nam .)\d{2,3}[a-z]?,? (?:toa(?: nha)?|thap|block|chung cu|tower) [a-z]{1,2}\d{0,2}(?!\w)"
)
"""A flat that no word announces: "1204 tòa B"; asked for its first digit first, which is found fast."""
_FLAT_ALONE: Final = re.compile(
    r"(?<!\w)(?:can(?: ho)?(?: so)? (?!11[2-5](?!\w))\d{3,4}[a-z]?"
    r"|(?:kiot|ki ?ot) (?:so )?\d{1,3})(?![\w.,/]*\d)(?!\w|/[a-z])"
)
_ROWS: Final = re.compile(
    r"(?<!\w)(?:(?:khu tap the|khu tt|tap the|ktx|ky tuc xa|khu tro|xom tro|nha tro)(?: [^\W_]+){0,3},? )?"
    r"(?:day|nha|toa|block|don nguyen|lo)(?: so)? (?:[a-z]?\d{1,3}[a-z]?|[a-z]),? (?:tang \d+,? )?"
    r"(?:phong|can|can ho|p)[ .](?:so )?[a-z]?\d{1,4}[a-z]?(?!\w|[.,]\d)(?:,? (?:to|khu) \d{1,3}[a-z]?(?!\w))*"
    r"|(?<!\w)(?:tap the|day|khu tt) (?:[^\W\d_]+ ){0,3}(?:day )?(?:[a-z]?\d{1,3}|[a-z]),? nha (?:so )?\d{1,3}(?!\w)"
    r"|(?<!\w)lo [a-z]{1,2}[ -]?\d{1,3},? duong (?:so )?[a-z]?\d{1,3}(?!\w)"
    r"|(?<!\w)tang \d+,? (?:nha|toa|day|block) [a-z]\d{0,2}"
    r"(?: (?:khu tap the|chung cu|ktx)(?: [^\W_]+){0,2}?)?(?=[,.;]|$| (?:bi|co|mat|khong)\b)"
)
"""A row of houses, or one of several, and the room in it."""
_ROW_NUMBER: Final = re.compile(r"(?:phong|can|ho|p|nha|tang|duong)[ .](?:so )?[a-z]?\d")
"""What each of these has: a tenth of the cost of looking for them, and most texts fail at it."""
_CODED: Final = re.compile(r"[.-]\d")
_ROWED_HOUSES: Final = cues(("lk", "bt", "sh"))
"""Where neither of these is, no house has a code: most texts need no closer look."""
_CODE_WORDS: Final = _ROWED_HOUSES | cues("can phong biet lien shop shophouse chung toa kdt".split())  # noqa: SIM905 (a list of words)
_CODE: Final = re.compile(
    r"(?<!\w)(?:(?:(?:can(?: ho)?|phong|biet thu|lien ke|shop ?house)(?: so)? )"
    r"[a-z]{1,3}\d{0,2}[.-]\d{1,4}(?:[.-]\d{1,4})?"
    r"|(?:lk|bt|sh)[ .-]?\d{1,2}[ .-]\d{1,3}|[a-z]{1,2}\d{1,2}-\d{3,4}(?= (?:chung cu|toa|khu do thi|kdt)\b))"
    r"(?![\w%]|[.,-]\d)"
)
"""The code of a house or a flat in a new quarter: "căn S1.05-1812", "LK07-22"."""
_ENGLISH_FLAT: Final = re.compile(
    r"(?<!\w)(?i:apartment|apt\.?|flat|unit) (?i:no\.? |number )?[A-Za-z]?\d{2,4}[A-Za-z]?,? "
    r"(?:(?:of|in|at) )?(?:the )?"
    r"[A-Z]\w+(?: [A-Z]\w+){0,4}(?:,? (?i:block|tower|building) [A-Z]?\d{0,2}(?!\w))?"
)
"""A flat and the house's name: "apartment 904, Green Bay block B"."""
_ENGLISH_FLATS: Final = cues(("apartment", "apt", "flat", "unit"))


def find_flats(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Flats and stalls, with the house around them; ``words``: the text's, folded."""
    if not words.isdisjoint(_ENGLISH_FLATS):
        yield from (Span(*found.span(), "address") for found in _ENGLISH_FLAT.finditer(views.text))
    if not words.isdisjoint(_CODE_WORDS) and (
        _CODED.search(views.plain, *views.numbers) or not words.isdisjoint(_ROWED_HOUSES)
    ):
        for found in _CODE.finditer(views.plain):
            yield Span(found.start(), street_behind(views, found.end(), public), "address")
    if words.isdisjoint(_FLATS):
        return
    for found in () if words.isdisjoint(_HOUSES) else _FLAT.finditer(views.plain, views.numbers[0]):
        end: int | None = found.end()
        if found["code"] is None:
            capital = views.text[found.end() : found.end() + 1].isupper()
            end = street_end(views, found.end(), public) if capital else public.end_at(found.end())
            if end is None and found["tower"] and (word := WORD.match(views.plain, found.end())):
                end = word.end()
        if end is not None:
            yield Span(found.start(), chain(views, end, public), "address")
    if not words.isdisjoint(_ROWED) and _ROW_NUMBER.search(views.plain, *views.numbers):
        for found in _ROWS.finditer(views.plain):
            yield Span(found.start(), chain(views, found.end(), public), "address")
    if views.has_close_digits:
        for found in () if words.isdisjoint(_HOUSES) else _HOUSE_FIRST.finditer(views.plain):
            yield Span(*found.span(), "address")
        for pattern in (_FLAT_CODE, _FLAT_IN_TOWER):
            for found in pattern.finditer(views.plain, views.numbers[0]):
                yield Span(found.start(), street_behind(views, found.end(), public), "address")
    for found in () if words.isdisjoint(_ALONE) else _FLAT_ALONE.finditer(views.plain, *views.numbers):
        if views.text[found.start() : found.start() + 3].lower() != "cần":
            yield Span(*found.span(), "house_number")


def street_behind(views: Views, end: int, public: PublicSpans) -> int:
    """Where an address ends that has a code or a numbered lane: behind a name, which may stand right behind it."""
    gap = BARE_STREET.match(views.plain, end)
    if gap is not None and views.text[gap.end()].isupper() and "," not in gap[0]:
        end = street_end(views, gap.end(), public) or end
    return chain(views, end, public)
