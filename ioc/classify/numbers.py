"""All personal data but names: what has digits, and addresses on the net.

Matched on the plain view (lower case, no marks). What only looks like personal data (routes, dates, prices, customs
declarations, numbers of files and lamp posts) is told apart by the finders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ioc.classify.addresses import find_addresses
from ioc.classify.digit_words import DIGITS_SAID
from ioc.classify.english_addresses import find_english_addresses, joined
from ioc.classify.english_papers import find_english_contacts, find_english_numbers
from ioc.classify.english_words import is_english, may_be_english
from ioc.classify.evasive import find_evasive, may_be_evasive
from ioc.classify.han_contacts import find_han_contacts
from ioc.classify.handles import find_handles
from ioc.classify.number_ends import find_ends
from ioc.classify.papers import find_certificates, find_papers
from ioc.classify.personal import AS_DIGITS, Span, Views, within
from ioc.classify.phones import find_mixed_phones, find_phones, find_spoken_phones
from ioc.classify.places import PublicSpans
from ioc.classify.plates import find_boats, find_plates
from ioc.classify.spaced import find_spaced
from ioc.classify.words import Words

_MANY_DIGITS: Final = re.compile(r"\d(?:[ .\-_/*,()·•–—a-z]{0,5}[\doli]){5}")
"""Fewer digits close to each other are no number of a person; ``o``, ``l`` and ``i`` may stand for some."""
_DATE: Final = re.compile(
    r"(?<![\d/.-])(?<!so )(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d{2}(?!\d|[/.-]\d)"
    r"|(?<!\d)(?:19|20)\d{2}[/-](?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])(?!\d)"
)
_FILE_NUMBER: Final = re.compile(
    r"(?:to khai|ma ho so|so ho so|ho so so|ma don|so don|bien lai|cong van|quyet dinh|van don|so seri|container"
    r"|hoa don|cong to"
    r"|ma khach hang|ma kh|bien ban|so ve|ma ve|ma dat|booking|order|invoice|ma buu kien|ma phieu|so phieu|报关单号?)"
    r"(?:\s+(?:hai quan|xuat khau|nhap khau|so|la|ma|number|no|code|cho|phong))*\W{0,3}(?:[a-z]{1,4}\W?)?\d[\d .-]*\d"
)
_LETTER_FOR_DIGIT: Final = re.compile(
    r"[oil]\d|\d[oil]|\d[.-][oil]{2}|\d[ .-] ?[oil]{1,4}(?![a-z])|o(?<!\wo)(?= \d \d)"
)
_MOSTLY_DIGITS: Final = re.compile(
    r"(?<![a-z\d])(?:[oil]*\d[\doil]*+(?![a-z])|[il](?=\d[a-z]\d?[-. ])|(?<=\d[.-])[oil]{1,4}(?![a-z\d])"
    r"|(?<=\d )[oil]{1,4}(?= \d)|(?<=\d[.-] )[oil](?= \d)|(?<=\d \d \d )[oil](?![a-z\d])|o(?= \d \d)"
    r"|(?<=\d [oil] \d )[oil](?![a-z\d]))"
)
_HAN_DIGITS: Final = re.compile("[零〇一二三四五六七八九]{3,}")
_FROM_HAN: Final = str.maketrans("零〇一二三四五六七八九", "00123456789")


def find_numbers(views: Views, words: Words, public: PublicSpans) -> Iterator[Span]:
    """All personal data but names; spans may overlap, of overlapping ones the first is the surer.

    Args:
        views: The text.
        words: Its words.
        public: Its names of places: a street without capitals is known by them.

    """
    asked = words.cues
    if views.is_east_asian:
        yield from find_han_contacts(views)
    english = may_be_english(asked) and is_english(set(words.plains))
    if english:
        yield from find_english_contacts(views, asked)
    if may_be_evasive(views.plain):
        yield from find_evasive(views.plain, asked)
    yield from find_handles(views, asked)
    if views.numbers[1]:
        found = list(_outside_dates(views, list(_with_digits(views, asked, public, english=english))))
        if english:
            yield from (span for span in find_english_numbers(views, asked) if not _is_within(span, found))
        yield from find_ends(views.plain, found)
        yield from found
    if words.says_digits() and len(DIGITS_SAID & asked) > 1:
        yield from find_spoken_phones(views.plain, views.folded.split())


def _outside_dates(views: Views, spans: Sequence[Span]) -> Iterator[Span]:
    """Those that touch no date and no number of a file."""
    if not spans:
        return
    plain = views.plain
    shut = [found.span() for found in _DATE.finditer(plain, *views.numbers)]
    if _MANY_DIGITS.search(plain):
        shut += [found.span() for found in _FILE_NUMBER.finditer(plain)]
    for span in spans:
        if not any(span.start < end and start < span.end for start, end in shut):
            yield span


def _is_within(span: Span, others: Sequence[Span]) -> bool:
    """Whether one of the others has the same place, and is no shorter."""
    return any(
        other.start < span.end and span.start < other.end and other.end - other.start >= span.end - span.start
        for other in others
    )


def _with_digits(views: Views, words: set[str], public: PublicSpans, *, english: bool) -> Iterator[Span]:
    plain = views.plain
    if english:
        yield from joined([*find_english_addresses(views, words), *find_addresses(views, words, public)])
    else:
        yield from find_addresses(views, words, public)
    yield from find_certificates(views, words)
    if "0" in plain and not DIGITS_SAID.isdisjoint(words):
        yield from find_mixed_phones(plain)
    if views.is_east_asian or views.has_close_digits:
        yield from find_boats(plain, views.numbers)
    if not _MANY_DIGITS.search(plain, views.numbers[0]) and not (views.is_east_asian and _HAN_DIGITS.search(plain)):
        return
    digits = plain
    if views.is_east_asian:
        digits = _HAN_DIGITS.sub(lambda found: found[0].translate(_FROM_HAN), plain)
    if _LETTER_FOR_DIGIT.search(plain, *views.numbers):
        digits = _MOSTLY_DIGITS.sub(lambda found: found[0].translate(AS_DIGITS), digits)
    spaced = find_spaced(plain, views.text)
    yield from (span for span in spaced if plain[span.start].isalpha())
    places = views.numbers if digits == plain else within(digits)
    yield from find_papers(digits, places)
    yield from find_phones(digits, places)
    yield from spaced
    yield from find_plates(plain, views.numbers)
    if digits != plain:
        yield from find_plates(digits, places)
