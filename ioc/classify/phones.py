"""Phone numbers in any spelling: grouped, with +84, letters for digits, or said in words. Hotlines are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ioc.classify.digit_words import DIGITS_SAID, FILLERS
from ioc.classify.personal import Span

_GAP: Final = r"(?:[\s.\-_*,/()·•–—x~|]{0,3}| \.{2,3} )"
_CANDIDATE: Final = re.compile(rf"(?<!\d)(?:\(?(?:\+|00)\s?84\)?|\(?84\)?|\(?0)(?:{_GAP}\d){{7,14}}")
_DIGIT: Final = re.compile(r"\d")
_LISTING: Final = frozenset(",/")
MONEY_AFTER: Final = re.compile(r"\s?(?:d|dong|vnd|k|nghin|ngan(?! hang)|trieu|tr|ty|ti|usd)\b|\s?[盾元块塊圓]")
_CUED: Final = re.compile(
    r"(?<!\w)(?:may ban(?: nha)?|sdt|so dt|dt|dien thoai|zalo|alo|tel|phone|lien he|lien lac|lh|goi|call|di dong"
    r"|whatsapp|viber|so may)"
    r"(?:\s+(?:so|la|theo|qua|cho|cua|em|e|mk|t|toi|minh|anh|chi|me|ban|rieng|number|is))*\W{0,4}"
    r"(?!1[89]00)(\d(?:[\s.\-_]{0,2}\d){6,10})(?!\d)"
    r"|(?:电话|手机|号码|微信)(?:号码?|是)*\W{0,3}(\d(?:[ -]?\d){7,12})(?!\d)"
)
_ABROAD: Final = re.compile(r"(?<!\d)\+(?!84)\d(?:[\s.\-()]{0,2}\d){8,13}(?!\d)")
_MIXED: Final = re.compile(
    r"(?<!\w)(?<!\d[ .-])0(?:[ .,-]{0,3}(?:\d|khong|khog|kog|khg|hong|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin)){9}"
    r"(?!\w|[ .-]?\d)"
)
"""Ten digits of which some are words, glued together or not."""
_LETTER: Final = re.compile(r"[a-z]")
_PREFIX: Final = re.compile(r"0[ .,-]{0,2}(?:[35789]|ba|nam|bay|tam|chin)")
_DIRECT_LINE: Final = re.compile(r"(?<!\w)(?:duong day nong|hotline|tong dai)\b[^.,:;!?\n]{0,30}$")
"""Before the number of an office, which is nobody's."""
_FIXED: Final = re.compile(r"\(?(?:0|\+?84[ .-]?)2")
_WORD: Final = re.compile(r"[^\W_]+")
_ZEROS: Final = frozenset(("khong", "khogn", "khog", "kog", "ko", "zero", "oh"))
_WORD_GAP: Final = 3
_WITHOUT_ZERO: Final = 9
_FIRST_DIGITS: Final = frozenset(("ba", "nam", "bay", "tam", "chin"))
_LEAST_PARTS: Final = 5
"""Fewer words and groups of up to four digits make no phone number with three digits said."""
_LEAST_WORDS: Final = 3


def find_phones(plain: str, places: tuple[int, int]) -> Iterator[Span]:
    """Numbers written with digits.

    Args:
        plain: The text; letters that stand for digits are read as such by the caller.
        places: Where its numbers are (``within``).

    """
    start, last = places
    while found := _CANDIDATE.search(plain, start, last):
        end = _phone_end(plain, found)
        if end and not _is_of_office(plain, found.start()):
            yield Span(found.start(), end, "phone")
        start = end or found.start() + 1
    if "+" in plain:
        yield from (Span(*found.span(), "phone") for found in _ABROAD.finditer(plain))
    for found in _CUED.finditer(plain, 0, last):
        if not _is_of_office(plain, found.start(found.lastindex or 0)):
            yield Span(*found.span(found.lastindex or 0), "phone")


def find_mixed_phones(plain: str) -> Iterator[Span]:
    """Ten digits of which at least one is a word: "09một2ba45sáu78"."""
    yield from (
        Span(*found.span(), "phone")
        for found in _MIXED.finditer(plain)
        if _LETTER.search(found[0]) and _PREFIX.match(found[0])
    )


def find_spoken_phones(plain: str, words: Iterable[str]) -> Iterator[Span]:
    """Numbers of which at least three digits are words ("không chín một hai …"); ``words``: the text's, in order."""
    length = 0
    for said in words:
        length = length + 1 if said in DIGITS_SAID or said.isdecimal() else 0
        if length >= _LEAST_PARTS:
            break
    else:
        return
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(plain):
        part = word[0] in DIGITS_SAID or (word[0].isdecimal() and len(word[0]) <= 4)
        if not part or (run and word.start() - run[-1].end() > _WORD_GAP):
            yield from _spoken(run)
            run = []
        if part:
            run.append(word)
    yield from _spoken(run)


def _is_of_office(plain: str, start: int) -> bool:
    """Whether the number that starts here is a fixed line behind a word for an office's direct line."""
    return _FIXED.match(plain, start) is not None and _DIRECT_LINE.search(plain, max(0, start - 48), start) is not None


def _phone_end(plain: str, found: re.Match[str]) -> int | None:
    """Where the number that starts here ends; ``None``: it is none."""
    places = [found.start() + place.start() for place in _DIGIT.finditer(found[0])]
    digits = "".join(plain[place] for place in places)
    prefix = 1
    if digits.startswith(("84", "0084")) and not digits.startswith("00840"):
        prefix = digits.index("84") + 2
    elif digits.startswith("0084"):
        prefix = 5
    if prefix > 1 and digits[prefix : prefix + 1] == "0":
        prefix += 1
    national = digits[prefix:]
    length = 9 if national[:1] in {"3", "5", "7", "8", "9"} else 10 if national[:1] == "2" else 0
    if national[:2] in {"12", "16", "18", "19"}:
        length = 10 if len(national) > 9 else 9
    if not length or len(national) < length:
        return None
    if found[0].startswith(("+", "(+")) and len(national) == length + 1 and len(places) == len(digits):
        length += 1  # A digit too many is somebody's number all the same.
    last = places[prefix + length - 1]
    written = plain[found.start() : last + 1]
    said = " " in written and plain[last + 1 : last + 3] == " k"  # "… 45 99 k nghe máy"
    if plain[last + 1 : last + 2].isdigit() or (not said and MONEY_AFTER.match(plain, last + 1)):
        return None
    if not _LISTING.isdisjoint(written):
        lengths = [*map(len, re.findall(r"\d+", written))]
        if min(lengths) < 3 and max(lengths) > 1:
            return None  # A list of numbers; of ten single digits it is one: "0,9,1,…".
    return last + 1


def _spoken(run: list[re.Match[str]]) -> Iterator[Span]:
    if len(run) == _WITHOUT_ZERO and run[0][0] in _FIRST_DIGITS and not any(word[0].isdecimal() for word in run):
        # Said without the zero before: "chín không bốn, …"; what says nothing elsewhere is a zero then ("linh").
        yield Span(run[0].start(), run[-1].end(), "phone")
        return
    begin = next((index for index, word in enumerate(run) if word[0] in _ZEROS or word[0][0] == "0"), 0)
    words = run[begin:]
    digits = sum(len(word[0]) if word[0].isdecimal() else word[0] not in FILLERS for word in words)
    spoken = sum(not word[0].isdecimal() for word in words)
    if spoken >= _LEAST_WORDS and 9 <= digits <= 12:
        yield Span(words[0].start(), words[-1].end(), "phone")
