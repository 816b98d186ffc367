"""Numbers of papers and bookings in English, and phones and accounts as people from abroad write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.personal import Span, Views
from ioc.classify.phones import MONEY_AFTER

_PAPER: Final = re.compile(
    r"(?<!\w)(?:passport|licen[cs]e|e-?visa|visa|permit|id|card|badge|booking|reservation"
    r"|pension book|seaman'?s book|book|certificate|insurance|student card|policy|membership)(?!\w)"
    r"(?:[^\d.!?;\n]|no\.|\.com ){0,60}?(?<![\w./+-])"
    r"(?!0[35789]\d{8}|0\d{2,3}[ .-]\d|\d\d[a-z]\d?[- ]|1[89]00|\d{1,2}[./-]\d{1,2}[./-]\d|(?:19|20)\d\d-)"
    r"([a-z]{1,3} \d{4} \d{4}|(?!no |so )[a-z]{1,3} \d{6,8}"
    r"|(?=[a-z./-]{0,4}\d)(?=(?:[a-z./-]*\d){4})(?=[a-z\d./-]{6})[a-z\d]+(?:[./-][a-z\d]+)*)"
    r"(?![\w@%])(?!\.\w)"
)
_BOOKED: Final = re.compile(
    r"(?<!\w)(?:booking|reservation|confirmation|pnr|e-?ticket)"
    r"(?: (?:code|reference|ref|number|no\.?|is|was|id|confirmation))*[ :#]{1,3}"
    r"((?=[a-z]*\d)(?=\d*[a-z])(?=(?:[a-z]*\d){2})[a-z\d]{6,10})(?!\w)"
)
_CUES: Final = cues(
    "passport licence license visa evisa permit id card badge booking reservation confirmation pnr ticket book"  # noqa: SIM905 (a list of words)
    " certificate insurance policy membership".split()
)
_AMOUNT: Final = re.compile(r"\d{1,3}(?:[.]\d{3})+$")
_ABROAD: Final = re.compile(
    r"(?<![\d+])00(?!84|[ .-]?84)[1-9](?:[ .()-]{0,2}\d){8,12}(?!\d)"
    r"|(?<![\w.-])8 ?\(\d{3}\) ?\d{3}[- ]?\d\d[- ]?\d\d(?!\d)"
    r"|(?<![\w.+(-])(?:\+?1[ -]?)?\(\d{3}\) ?\d{3}[-. ]\d{4}(?!\d)"
)
_SAID_DIGIT: Final = r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)"
_SAID: Final = re.compile(
    rf"(?<!\w)(?:zero|oh|nought)(?:[ ,.-]{{1,2}}(?:(?:double|triple) )?{_SAID_DIGIT}){{7,11}}(?!\w)"
)
_SAYS: Final = cues(("zero", "oh", "nought"))
_REPEATS: Final = cues(("double", "triple"))
_NETWORKS: Final = cues(("snapchat", "snap", "discord", "insta", "instagram", "signal", "vk", "reddit"))
_HANDLE: Final = re.compile(
    r"(?<!\w)(?:snapchat|snap|discord|insta|instagram|signal|vk|reddit)"
    r"(?: (?:is|id|name|user|username|account|handle))*[ :]{1,2}"
    r"((?=[\w.]*[\d._]\w)[a-z][\w.]{3,28}\w)(?!\w)",
    re.ASCII,
)
_PAGES: Final = cues(("page", "group", "shop"))
_PAGE: Final = re.compile(
    r"(?<!\w)(?:Facebook|FB|Fb|facebook|fb|Instagram|TikTok|Tiktok) (?:page|group|shop|account) (?:called |named )?"
    r"((?:[A-Z]\w+ ){1,6}(?:by|of) (?:[A-Z]\w+(?: (?=[A-Z]))?){1,3})"
)


def find_english_numbers(views: Views, words: set[str]) -> Iterator[Span]:
    """Numbers of papers and bookings and phones, of a text that is English; ``words``: the text's, folded."""
    plain = views.plain
    if views.has_close_digits:
        yield from (Span(*found.span(), "phone") for found in _ABROAD.finditer(plain))
    if words.isdisjoint(_CUES):
        return
    for found in _BOOKED.finditer(plain):
        if views.text[found.start(1) : found.end(1)].isupper():
            yield Span(*found.span(1), "id_number")
    for found in _PAPER.finditer(plain):
        if not (_AMOUNT.match(found[1]) or MONEY_AFTER.match(plain, found.end(1))):
            yield Span(*found.span(1), "id_number")


def find_english_contacts(views: Views, words: set[str]) -> Iterator[Span]:
    """Phones said in words, with "double two", and accounts; they may have no digit."""
    if not words.isdisjoint(_SAYS) and not words.isdisjoint(_REPEATS):
        yield from (Span(*found.span(), "phone") for found in _SAID.finditer(views.plain))
    if not words.isdisjoint(_NETWORKS):
        yield from (Span(*found.span(1), "handle") for found in _HANDLE.finditer(views.plain))
    if not words.isdisjoint(_PAGES):
        yield from (Span(*found.span(1), "handle") for found in _PAGE.finditer(views.text))
