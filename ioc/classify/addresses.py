"""Where somebody lives, down to the house number: "số 27 ngõ 4 phố Kênh Liêm", "No. 61 Le Loi street".

The number makes it personal; a street or a neighbourhood alone stays. Without capitals a street is taken to have two
words, or three where it is called after a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.personal import Span, Views

_NUMBER: Final = r"[a-z]?\d{1,4}[a-z]?(?:\s?[/-]\s?\d{1,4}[a-z]?)*(?!\w)"
_UNIT: Final = r"ngach|ngo|hem|kiet|to dan pho|tdp|to|khu pho|khu|thon|xom|ap|ban|pho|duong|dai lo|toa|block|day"
_START: Final = re.compile(
    rf"(?<!\w)(?:(?:so nha|nha so|sn|can ho so|can ho|can so|dia chi|dc|d/c|address)\s*[:.]?\s*(?:so\s*)?{_NUMBER}"
    rf"|(?:so|nha|o|tai|ngu|tru|truoc|gan)\s+{_NUMBER}(?=\s*,?\s+(?:{_UNIT})\s))"
)
_LINK: Final = re.compile(rf"\s*,?\s+({_UNIT})\s+")
_PART: Final = re.compile(r"[^\W_]*\d[^\W_]*(?:/\w+)*(?: thang \d+)?(?!\w)")
_WORD: Final = re.compile(r"[^\W_]+")
_SURNAMES: Final = frozenset(
    (
        "nguyen",
        "tran",
        "le",
        "pham",
        "hoang",
        "ly",
        "ngo",
        "vo",
        "phan",
        "to",
        "ton",
        "bui",
        "dang",
        "dinh",
        "cao",
        "ho",
    )
)
_MOST_WORDS: Final = 4
_NO_HOUSE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:tuyen|xe|duong|cong|cau|cot|den|tram|ben|chot|lo|km|nhom|mui|ga|kiot|phong|toa|bai|loai|kho|ap)\s?$"
)
_ENGLISH: Final = re.compile(
    r"(?<!\w)(?:(?:apartment|apt|flat|room|house|unit)\.?\s*(?:no\.?\s*|number\s*)?\w{1,5},?\s+)?"
    r"(?:(?:no\.?|number|house|at)\s*)?\d{1,4}[a-z]?(?:/\d{1,4})*,?\s+"
    r"(?:[^\W_]+\s+){1,5}?(?:street|road|st|rd|avenue|lane|alley)\b"
)
_ENGLISH_STREETS: Final = frozenset(("street", "road", "st", "rd", "avenue", "lane", "alley"))
_AT: Final = re.compile(r"^at\s+")


def find_addresses(views: Views, words: set[str]) -> Iterator[Span]:
    """Addresses with a house number; ``words``: the text's, folded."""
    plain = views.plain
    for found in _START.finditer(plain):
        if _NO_HOUSE_BEFORE.search(plain, max(0, found.start() - 9), found.start()):
            continue
        end = _chain(views, found.end())
        if end > found.end():
            yield Span(_without_preposition(plain, found.start()), end, "address")
    if not words.isdisjoint(_ENGLISH_STREETS):
        for found in _ENGLISH.finditer(plain):
            last = found[0].rstrip().split()[-2:]
            street = found.end() - len(" ".join(last))
            start = _AT.sub("", found[0])
            if views.text[street].isupper():
                yield Span(found.end() - len(start), found.end(), "address")


_PREPOSITION: Final = re.compile(r"(?:o|tai|ngu|tru|truoc|gan|dia chi|dc|d/c|address)\s*:?\s*(?=so|\d|[a-z]\d)")


def _without_preposition(plain: str, start: int) -> int:
    found = _PREPOSITION.match(plain, start)
    return found.end() if found else start


def _chain(views: Views, end: int) -> int:
    """Where an address ends that has a house number before ``end``."""
    while link := _LINK.match(views.plain, end):
        part = _PART.match(views.plain, link.end())
        if part is not None:
            end = part.end()
            continue
        last = _street_end(views, link.end())
        if last is None:
            break
        end = last
    return end


def _street_end(views: Views, start: int) -> int | None:
    words: list[re.Match[str]] = []
    at = start
    while len(words) < _MOST_WORDS and (word := _WORD.match(views.text, at)):
        words.append(word)
        if views.text[word.end() : word.end() + 1] != " ":
            break
        at = word.end() + 1
    if not words:
        return None
    if words[0][0][0].isupper():
        count = 0
        while count < len(words) and (words[count][0][0].isupper() or words[count][0].isdecimal()):
            count += 1
        return words[count - 1].end()
    long = len(words) > 2 and views.plain[words[0].start() : words[0].end()] in _SURNAMES
    return words[min(len(words), 3 if long else 2) - 1].end()
