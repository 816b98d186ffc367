"""Numbers of papers, accounts, vehicles and houses, and addresses on the net.

Matched on the plain view (lower case, no marks). What only looks like one (routes, dates, prices, customs
declarations, numbers of files and lamp posts) is told apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.addresses import find_addresses
from ioc.classify.personal import Kind, Span, Views
from ioc.classify.phones import MONEY_AFTER, find_phones, find_spoken_phones

_ANY_DIGIT: Final = re.compile(r"\d")
_DATE: Final = re.compile(
    r"(?<![\d/.-])(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d{2}(?!\d|[/.-]\d)"
    r"|(?<!\d)(?:19|20)\d{2}[/-](?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])(?!\d)"
)
_FILE_NUMBER: Final = re.compile(
    r"(?:to khai|ma ho so|so ho so|ho so so|ma don|bien lai|cong van|quyet dinh|van don|so seri|container)"
    r"(?:\s+(?:hai quan|xuat khau|nhap khau|so|la|ma))*\W{0,3}(?:[a-z]{1,4}\W?)?\d[\d .-]*\d"
)

_BANKS: Final = (
    r"vietcombank|vcb|bidv|agribank|techcombank|tcb|mb ?bank|acb|vp ?bank|tp ?bank|sacombank|vietinbank|vib|shb"
    r"|hd ?bank|msb|sea ?bank|ocb|eximbank|lp ?bank|lienvietpostbank|ngan hang|momo"
)
_PAPER_AFTER_CUE: Final = (
    r"(?<!\w)(?:cmnd|cmtnd|cmt|chung minh(?: nhan dan| thu)?|can cuoc(?: cong dan)?|cccd|ho chieu|passport|gplx"
    r"|bang lai|so dinh danh|dinh danh|bhyt|bhxh|ma so thue|mst)"
    r"(?:\s+(?:so|la|cua|toi|em|e|minh|cu|moi|me|bo|ca nhan|number|no|is))*\W{0,4}"
    r"([a-z]{0,2}\d(?:[ .-]?\d){6,14})(?!\d)"
)
_CITIZEN_NUMBER: Final = (
    r"(?<![\d.,])(0\d{11}|0\d\d([ .-])\d{3}\2\d{3}\2\d{3}|0\d{3}([ .-])\d{4}\3\d{4}|0\d{5} \d{6}|0\d\d \d{9})(?!\d)"
)
_ACCOUNT_AFTER_CUE: Final = (
    rf"(?<!\w)(?:stk|so tk|tk|so tai khoan|tai khoan|account|chuyen khoan|ck|so the|the atm|{_BANKS})\b"
    r"(?:[^\d.!?\n]|so \d(?=:)){0,40}?(?!1[89]00(?:[ .-]?\d){2,6}(?![ .-]?\d))(\d(?:[ .-]?\d){5,18})(?!\d)"
)
_ACCOUNT_BEFORE_BANK: Final = rf"(?<!\d)(\d(?:[ .-]?\d){{7,18}})(?!\d)\W{{1,4}}(?:tai )?(?:{_BANKS})\b"
_CARD: Final = r"(?<!\d)([3-69]\d{3}([ -]?)\d{4}\2\d{4}\2\d{4})(?!\d)"
_NUMBERS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("id_number", re.compile(_PAPER_AFTER_CUE)),
    ("id_number", re.compile(_CITIZEN_NUMBER)),
    ("account", re.compile(_ACCOUNT_AFTER_CUE)),
    ("account", re.compile(_ACCOUNT_BEFORE_BANK)),
    ("account", re.compile(_CARD)),
)

_PLATE: Final = re.compile(
    r"(?<![\d.,/-])(?<![a-z][a-z]-)[1-9]\d\s?[-.]?\s?"
    r"(?:ld|da|kt|ng|qt|nn|md\d?|hc|td|rm|mk|[a-z]\d|[a-z]|[a-hk-np-z]{2})\s?[-. ]?\s?"
    r"(?:\d{3}\s?[., -]?\s?\d{2}|\d{2}[. ]\d{3}|\d{4})(?!\d|[.,]\d)"
)
_PLATE_AFTER_CUE: Final = re.compile(
    r"(?<!\w)(?:bks|bs|bien so(?: xe)?|bien kiem soat|bienn?(?: xe)?|xe|plate|number)\W{0,3}(?:la\s+|so\s+)?"
    r"(\d\d[ .-]{0,3}[a-z]{1,2}\d?(?:[ .-]{0,3}\d){4,5})(?!\w)"
)
_ROUTE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:ql|tl|dt|quoc lo|tinh lo|duong|lo|km|(?<!o )to|khu|ngo|luc|hoi|khoang|den|tu)\s?$"
)
_CLOCK: Final = re.compile(r"\d\d\s?[hgm]\W{0,3}(?:19|20)\d\d$")

_HOUSE_NUMBER: Final = r"\d{1,4}[a-z]?(?:\s?[/-]\s?\d{1,4}[a-z]?)*(?!\w)"
_STREET: Final = r"(?:duong|pho|ngo|ngach|hem|kiet|to|thon|khu pho|to dan pho)"
_HOUSE: Final = re.compile(
    rf"(?<!\w)(?:so nha|nha so|sn|can ho so|can ho|can so)\s*[:.]?\s*[a-z]?{_HOUSE_NUMBER}"
    rf"|(?<!\w)(?:so|nha)\s+{_HOUSE_NUMBER}(?=\s*,?\s+{_STREET}\s)"
)
_HOUSE_AT: Final = re.compile(
    rf"(?<!\w)(?:o|tai|dia chi|ngu tai|ngu|tru tai|truoc nha|doi dien|address)\s*:?\s*((?:so\s+)?{_HOUSE_NUMBER})"
    rf"\s*,?\s+(?:({_STREET})\s|(?=\w))"
)
_NO_HOUSE_BEFORE: Final = re.compile(
    r"(?:tuyen|xe|duong|cong|cau|cot|den|tram|ben|chot|lo|km|nhom|mui|tru|ga|kiot|phong|toa|bai|loai|kho|ap) ?$"
)

_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]++(?:@|\s?(?:\(at\)|\[at\])\s?)[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[a-z]{2,10})+"
    r"|(?<![\w.+-])[\w.+-]++(?:\s(?:cham|dot)\s[\w.+-]++){0,3}\s?(?:@|\sat\s|\(at\)|(?:a )?cong|a moc)\s?"
    r"(?:gmail|yahoo|outlook|hotmail|icloud)(?:\s?(?:\.|dot|cham)\s?(?:com|vn))*"
)
_MAIL_WORDS: Final = frozenset(("gmail", "yahoo", "outlook", "hotmail", "icloud", "at", "cong"))
_AT_HANDLE: Final = re.compile(r"(?<![\w@.])@[a-z0-9_][\w.]{0,28}\w")
_LINK: Final = re.compile(
    r"(?<!\w)(?:https?://)?(?:www\.|m\.)?(?:facebook\.com|fb\.com|fb\.me|fb\.watch|zalo\.me|t\.me|tiktok\.com|instagram\.com"
    r"|x\.com|twitter\.com|wa\.me|m\.me|threads\.net|youtube\.com/@)/?[^\s,;()\[\]]*[^\s,;.!?()\[\]]"
)
_NETWORKS: Final = frozenset(
    "facebook fb face zalo tiktok instagram insta ins ig telegram tele viber wechat skype twitter nick youtube".split()  # noqa: SIM905 (a list of words)
)
_ACCOUNT_WORDS: Final = frozenset(("khoan", "acc", "account", "fanpage", "page", *_NETWORKS))
_NETWORK: Final = rf"(?<!\w)(?:{'|'.join(sorted(_NETWORKS))})"
_NAMED_HANDLE: Final = re.compile(
    rf"{_NETWORK}(?:\s+(?:cua|toi|em|minh|anh|chi|ca nhan))*\s*"
    r"(?:[:=]|ten la|ten|la|nick|id|\s)\s*:?\s*((?=[\w.]*[a-z])(?=[\w.]*[\d_.]\w)[a-z0-9_][\w.]{1,28}\w)"
)
_ACCOUNT_NAME: Final = re.compile(
    rf"(?:{_NETWORK}|(?<!\w)(?:tai khoan|acc|account|fanpage|page|nhom chat))"
    r"(?:\s+(?:cua|toi|em|minh|ten|la|nick|ca nhan|facebook|fb|zalo|tiktok|co ten|mang ten|name|named))*\W{1,3}"
)


def _shown_names(views: Views) -> Iterator[Span]:
    """How people call themselves on a network: capitalised words after its name."""
    for found in _ACCOUNT_NAME.finditer(views.plain):
        end = start = found.end()
        for number, word in enumerate(re.finditer(r"[^\s,;]+", views.text[start : start + 60])):
            letters = word[0].strip(",.;:!?()\"'")
            capital = letters[:1].isupper() or (number > 0 and letters[:1].isdigit())
            if number > 4 or not capital or word.start() + start > end + 1:
                break
            end = start + word.start() + len(letters)
            if word[0] != letters:
                break
        if end > start and views.folded[start:end] not in _NETWORKS and not _BANK.match(views.plain, start):
            yield Span(start, end, "handle")


_BANK: Final = re.compile(rf"(?:{_BANKS})\b")


def find_numbers(views: Views) -> Iterator[Span]:
    """All personal data but names; spans may overlap, of overlapping ones the first is the surer."""
    plain = views.plain
    said = views.folded.split()
    words = set(said)
    if "@" in plain or not words.isdisjoint(_MAIL_WORDS):
        yield from (Span(*found.span(), "email") for found in _EMAIL.finditer(plain))
        yield from (Span(*found.span(), "handle") for found in _AT_HANDLE.finditer(plain))
    if "/" in plain:
        yield from (Span(*found.span(), "handle") for found in _LINK.finditer(plain))
    if not words.isdisjoint(_NETWORKS):
        yield from (Span(*found.span(1), "handle") for found in _NAMED_HANDLE.finditer(plain))
    if not words.isdisjoint(_ACCOUNT_WORDS):
        yield from _shown_names(views)
    if _ANY_DIGIT.search(plain):
        shut = [found.span() for pattern in (_DATE, _FILE_NUMBER) for found in pattern.finditer(plain)]
        for span in _with_digits(views, words):
            if not any(span.start < end and start < span.end for start, end in shut):
                yield span
    yield from find_spoken_phones(plain, said)


def _with_digits(views: Views, words: set[str]) -> Iterator[Span]:
    plain = views.plain
    yield from find_addresses(views, words)
    for kind, pattern in _NUMBERS:
        for found in pattern.finditer(plain):
            if not (kind == "account" and MONEY_AFTER.match(plain, found.end(1))):
                yield Span(*found.span(1), kind)
    yield from find_phones(plain)
    yield from (Span(*found.span(1), "plate") for found in _PLATE_AFTER_CUE.finditer(plain))
    for found in _PLATE.finditer(plain):
        if not _CLOCK.match(found[0]) and not _ROUTE_BEFORE.search(plain, max(0, found.start() - 10), found.start()):
            yield Span(*found.span(), "plate")
    for found in _HOUSE.finditer(plain):
        if not _NO_HOUSE_BEFORE.search(plain, max(0, found.start() - 8), found.start()):
            yield Span(*found.span(), "house_number")
    for found in _HOUSE_AT.finditer(plain):
        if found[2] or views.text[found.end()].isupper():
            yield Span(*found.span(1), "house_number")
