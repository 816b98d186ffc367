"""Numbers of papers and of accounts: by the words before them, by their form, by the bank beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.personal import Kind, Span, Views
from ioc.classify.phones import MONEY_AFTER

BANKS: Final = (
    r"vietcom(?: ?bank)?|viettin(?: ?bank)?|vietin(?: ?bank)?|techcom(?: ?bank)?|agri(?: ?bank)?|sacom(?: ?bank)?"
    r"|vcb|bidv|agribank|techcombank|tcb|mb ?bank|mb|acb|vp ?bank|tp ?bank|sacombank|vietinbank|vib|shb"
    r"|hd ?bank|msb|sea ?bank|ocb|eximbank|lp ?bank|lienvietpostbank|nam a bank|bac a bank|pvcombank|cake|timo"
    r"|scb|ab ?bank|pg ?bank|kien ?long ?bank|dong a bank|bao viet bank|cimb"
    r"|uob|shinhan(?: ?bank)?|woori(?: ?bank)?|hsbc"
    r"|lien viet|vpb|cake|tnex|ngan hang|momo|zalopay|viettelpay"
)
_HOTLINE: Final = r"1[89]00(?:[ .-]?\d){2,6}(?![ .-]?\d)"
_PHONE: Final = r"(?:0|\+?84[ .-]?)[35789](?:[ .-]?\d){8}(?![ .-]?\d)"
_DATE: Final = r"\d{1,2}[/.-]\d{1,2}[/.-]\d"
_PAPERS: Final = (
    r"(?:the )?cmnd|cmtnd|cmt|chung minh|can cuoc|cccd|ho chieu|passport|gplx|bang lai|giay phep lai xe"
    r"|so so|dinh danh|bhyt|bhxh"
    r"|bao hiem y te|bao hiem xa hoi|so bao hiem|ma so thue|mst|driving licen[cs]e|driver'?s? licen[cs]e|so huu"
    r"|so luong huu"
    r"|the bao hiem|ma bao hiem|ma ho gia dinh|giay to tuy than|residence permit|work permit"
    r"|citizen id|id card"
    r"|id number|the tam tru"
)
_PAPER_AFTER_CUE: Final = (
    rf"(?:(?<!\w)(?:{_PAPERS})|护照|身份证|驾照)(?:[^\d.!?;\n]|so \d(?=:)|\d(?= ?(?:so|ban|lan)\b)"
    rf"|(?<= [a-f])\d(?= )){{0,45}}?(?<![\da-z])"
    rf"(?!{_PHONE}|{_HOTLINE}|{_DATE})((?:[a-z] (?=\d{{6,8}}(?!\d))|[a-z]{{2}} (?=[1-5] \d\d |\d{{6,8}}(?!\d))"
    r"|[a-z]{0,3})"
    r"\d(?:[ .-]?\d){6,17}x?)(?!\d|[./-]\d)"
)
_PASSPORT: Final = re.compile(
    r"(?:passport|ho chieu|visa|(?<!\w)hc(?= [a-z]\d{7})|护照|通行证)"
    r"(?:\s?(?:no|number|so|is|was|la|cua|toi|em|my|cu|moi|[a-z]\d(?= )|号码?|号是))*\W{0,4}"
    r"((?=[a-z0-9]*\d[a-z0-9]*\d)(?=\d*[a-z])[a-z0-9]{7,10}|(?!la )[a-z]{1,2}\d? \d{6,9})(?![a-z0-9])"
)
_CERTIFICATE: Final = re.compile(
    r"(?<!\w)(?:tot nghiep|so hieu|gplx|bang lai"
    r"|khai sinh|khai tu|ket hon|thuong binh|dang vien|doan vien|hoi vien|khuyet tat|nguoi co cong"
    r"|ho khau|ho ngheo|hanh nghe|dang ky kinh doanh|so do|bia do|so hong|quyen su dung dat|residence card|student card"
    r"|the sinh vien|the hoc sinh|the hoc vien|ma sinh vien|mssv|ma so bhxh|so tiet kiem|ma benh nhan|so benh an"
    r"|ma y te"
    r"|(?:so bao danh|sbd)(?!\W{1,3}\d{3}(?!\d))"
    r"|the nhan vien|ma nhan vien"
    r"|ma so sinh vien|ma hoc sinh|ma hoc vien|ma so hoc vien|ma benh an|cuu chien binh"
    r"|the thu vien|quan nhan|the dang|the nha bao|(?:the|ma|ma so) (?:sv|hs|nv)|msv"
    r"|ma tiem chung|ma dinh danh|ma bhxh|ma kham(?: benh)?"
    r"|so kham(?: benh)?|the huong dan vien)(?:\s[a-z]+){0,3}?(?: \d/4)?\W{1,3}(?:(?:ma|so|no|number)\W{1,3})?"
    r"(?!(?:[a-z]{1,3} )?\d{1,2}/\d{1,2}(?:/\d{4})?(?!\d)|(?:nam )?(?:19|20)\d\d(?![\d/-]|\.\d))"
    r"((?:[a-z]{2,3}-[a-z]{2,3}[- ]|[a-z]{2,3}/[a-z]{2,3}[- ]|[a-z]{2}(?=\d{4} \d{4})|[a-z]{1,3}[-/ ]?)?"
    r"\d(?:[./-]?\d){2,11}(?: (?!0[35789])\d{2,6}){0,3}"
    r"(?:[-/][a-z]{1,3})?"
    r"|[a-z]{1,3}\d? \d{5,9}|\d\d[a-z]\d{5,8}"
    r"|[a-z]{1,2}\d\d[a-z]{1,4}\d{0,2}-?\d{3,4})(?!\w)"
)
"""Papers whose numbers have no form of their own."""
_LICENCE: Final = re.compile(
    r"(?<!\w)(?:giay phep kinh doanh|gpkd|dkkd|dang ky kinh doanh|giay phep hanh nghe|chung chi hanh nghe|cchn"
    r"|giay chung nhan|giay phep lai tau|chung chi|bang (?:thuyen|may) truong|the thuong binh|thuong binh)"
    r"(?:\s[a-z]+){0,5}?\s(?:so|ma|ma so|no)\W{1,3}(?!\d+/(?:19|20)\d\d(?!\d))"
    r"((?=[a-z\d./-]*\d{4})[a-z\d]+(?:[./-][a-z\d]+)*)(?!\w)"
)
"""Of somebody's trade: with letters between the digits, after whom it belongs to."""
_LICENSED: Final = (
    "giay phep",
    "gpkd",
    "dkkd",
    "dang ky kinh",
    "hanh nghe",
    "cchn",
    "giay chung",
    "chung chi",
    "truong",
    "thuong binh",
)
"""Of each of these, a part."""
_BOOK: Final = re.compile(
    r"(?<!\w)(?:so so|so the|the so|ma the|so giay phep|so giay|so bang|so hieu|licen[cs]e|permit)\W{1,3}"
    r"(?:(?:no|number|so|la)\W{1,3})?"
    r"((?=[a-z\d./-]*[a-z])(?:[a-z]{1,4}[/-]){1,2}\d{4,8}(?:/\d{4})?(?:[/-][a-z]{1,3})?"
    r"|[a-z]{2}-[a-z]{2} (?:[a-z]{3,8} ?)?\d{5,8}|\d{4,8}[/-][a-z]{1,3}"
    r"|[a-z]\d-\d{6,12}|[a-z]{2,3}/[a-z]{2,3} \d{4,8})(?!\w)"
    r"|(?<!\w)ho so\W{1,3}(?:(?:so|ma)\W{1,3})?([a-z]{2,3}/(?:tb|cc|ls|bb)[- ]?\d{4,8})(?!\w)"
)
"""A book or a card whose number has letters: "số sổ QN/10472-TB"."""
_BOOKS: Final = cues(("so", "the", "giay", "bang", "hieu", "license", "licence", "permit"))
_LETTERED: Final = re.compile(
    r"(?<!\w)(?:the|so|bang|giay chung nhan|chung chi|giay phep)(?: [a-z]+){0,9},? (?:so|ma|ma so)\W{1,3}"
    r"((?=(?:[^\d\s]*\d){5})[a-z]{2,3}\d?[-/]\d{2,6}(?:[-/]\d{2,6})?(?:[/-][a-z]{2,4})?)(?!\w)"
)
"""Of a card or a book of any kind, with letters before the digits: "thẻ nội trú số NT-61-0382"."""
_CARD_CODE: Final = re.compile(r"(?<!\w)(?:the|so)(?: (?:cu|moi|cua [a-z]+))? ([a-z]{2,3} \d{6,8})(?!\w)")
"""The same in capitals right behind it: "thẻ cũ CCB 0148826"."""
_STROKE_AND_DIGIT: Final = re.compile(r"[-/]\d(?:(?<=[a-z].\d)|(?<=[a-z]\d.\d))")
_LETTER_AND_DIGITS: Final = re.compile(r"\d{6}(?<=[a-z] \d{6})")
_INSURED: Final = re.compile(
    r"(?<!\w)(?:bao hiem|bhxh|bhyt|luong huu|sinh vien|hoc sinh|benh nhan|hoi vien|thanh vien|the|so)(?!\w)"
    r"[^.!?;\n]{0,80}?"
    r"(?<!\w)(?:(?:ma so|ma the|so the|so so|so ma)(?: (?:la|so))?|so(?=\W{1,3}[1-9]\d{9}(?!\d)))"
    rf"\W{{1,3}}(?!{_PHONE}|{_HOTLINE})(\d{{7,15}})(?!\w)"
)
"""Somebody's number at an insurance or a school that is named before it: "bảo hiểm của vợ tôi, mã số 2216045573"."""
_BY_ITS_OWNER: Final = re.compile(
    rf"(?<!\w)(?:so(?= cua)|the|bang)(?: [a-z]+){{0,3}}? (?:so|ma)\W{{1,3}}(?!{_PHONE}|{_HOTLINE})(\d{{9,13}})(?!\w)"
)
"""Of a paper that is named by its owner or not at all: "sổ của bố số 2296014582", "bằng số …"."""
_DRIVER: Final = re.compile(r"(?<!\w)(?:ho so|bang|giay phep|gplx) lai xe\W{1,3}(?:(?:so|ma)\W{1,3})?(\d{12})(?!\w)")
_SHORT_INSURANCE: Final = re.compile(
    r"(?<!\w)(?:so|the|ma) (?:so )?bh(?: (?:cua|e|em|toi|minh|mk|t|tui|chau|la|so|me|bo|vo|ck|chong))*\W{1,3}"
    rf"(?!{_PHONE}|{_HOTLINE})(\d{{9,13}})(?!\w)"
)
"""Of a book or a card of insurance that is shortened: "sổ bh e 2216028834"."""
_ENGLISH_CARD: Final = re.compile(
    r"(?<!\w)(?:card|permit|policy|licen[cs]e)(?: is| was)?(?: no\.?| number| id)?[ :.]{1,3}"
    r"(?!so |no |la |is )((?=[a-z\d -]*\d{4})[a-z]{1,4}\d?[ -]?\d{3,}(?:[ -]\d{2,}){0,4})(?!\w)"
)
_INSURANCE: Final = cues(("bh",))
_DRIVERS: Final = cues(("lai",))
_CARDS: Final = cues(("card", "permit", "policy", "licence", "license"))
_FOUR_DIGITS: Final = re.compile(r"\d{4}")
_SEVEN_DIGITS: Final = re.compile(r"\d{7}")
_BY_NUMBER: Final = cues(("ma", "the", "so"))
_CERTIFIED: Final = cues(
    "nghiep hieu gplx bang sinh tu hon thuong dang doan hoi khuyet cong khau ngheo hanh kinh do hong quyen residence"  # noqa: SIM905 (a list of words)
    " student mssv tiem kham dinh chien bhxh tiet benh y bao sbd vien thu quan huong sv hs nv msv".split()
)
"""Of each of these papers' names, a word."""
_THREE_DIGITS: Final = re.compile(r"\d[./-]?\d[./-]?\d")
_HEALTH_CARD: Final = r"(?<![a-z\d])([a-z]{2}[ .-]?[1-5](?:[ .-]?\d){12})(?![a-z\d])"
_CITIZEN_NUMBER: Final = (
    r"(?<![\d.,])(0\d{11}|0\d\d([ .-])\d{3}\2\d{3}\2\d{3}|(?<!\d[ .-])0\d{3}([ .-])\d{4}\3\d{4}|0\d{5}[ .-]\d{6}"
    r"|0\d\d[ .-]\d{9}"
    r"|0\d\d[ .-]?[0-3]\d\d[ .-]?\d{6}|0\d\d[ .-]?[0-3][ .-]?\d\d[ .-]?\d{6}|0([.-])\d(?:\4\d){10})(?![ .-]?\d)"
)
_ACCOUNT_AFTER_CUE: Final = (
    rf"(?:(?<!\w)(?:stk|so tk|tk|so tai khoan|tai khoan|account|acc|chuyen khoan|ck|so the|the atm|bank"
    rf"|thu huong|nguoi nhan"
    rf"|chuyen (?:tien )?(?:vao|cho|qua)|nop (?:tien )?vao|nhan tien"
    rf"|transfer(?:red)?(?: [a-z]+){{0,4}} to|{BANKS})\b|(?:账号|账户|银行卡|卡号|打到|转到"
    r"|汇到|转账给?|付到))"
    rf"(?:[^\d.!?\n]|\d(?=:)){{0,40}}?(?!{_HOTLINE})(\d(?:[ .-]{{0,3}}\d|[a-z](?=[ .-]?\d{{3}})){{5,18}})(?!\d)"
)
_ACCOUNT_BEFORE_BANK: Final = (
    r"(\d(?<!\d\d)(?:[ .-]?\d){7,18})(?!\d)"
    rf"(?:\W{{1,4}}(?:tai |cua |o |mo tai |thuoc )?(?:{BANKS})\b|\s?[\u4e00-\u9fff]{{0,6}}银行)"
)
"""The first digit is asked for first, because it is found fast."""
_ACCOUNT_AFTER_MONEY: Final = (
    r"(?<!\w)(?:ck|chuyen|nop|gui|nap|coc)\b[^.!?\n]{0,40}?\b(?:vao|sang|toi|ve|qua)(?: so| tk| stk)?\W{1,3}"
    rf"(?!{_PHONE}|{_HOTLINE})(\d(?:[ .-]?\d){{8,18}})(?!\d)"
)
_QR: Final = r"(?<!\w)(vqr[a-z\d]{6,14})(?!\w)"
"""What banks' codes of accounts begin with that are shown as pictures."""
_CARD: Final = r"(?<!\d)([3-69]\d{3}([ -]?)\d{4}\2\d{4}\2\d{4})(?!\d)"
_IBAN: Final = (
    r"(?<!\w)((?:iban\W{0,3}[a-z]{2}|de|fr|gb|it|es|nl|ch|be|pl|se|pt|ie)\d{2}(?: ?\d{4}){3,6}(?: ?\d{1,3})?)(?!\w)"
)
_NO_AMOUNT: Final = 13
"""A number of so many characters is no amount of money, even before what is short for thousands, and for "not"."""
_TWELVE_DIGITS: Final = re.compile(r"\d(?:[ .-]?\d){11}")
_NUMBERS: Final[tuple[tuple[Kind, bool, bool, re.Pattern[str]], ...]] = (
    ("account", True, True, re.compile(_IBAN)),
    ("id_number", False, True, re.compile(_PAPER_AFTER_CUE)),
    ("id_number", True, True, re.compile(_CITIZEN_NUMBER)),
    ("id_number", True, True, re.compile(_HEALTH_CARD)),
    ("account", False, True, re.compile(_ACCOUNT_AFTER_CUE)),
    ("account", False, False, re.compile(_ACCOUNT_BEFORE_BANK)),
    ("account", False, True, re.compile(_ACCOUNT_AFTER_MONEY)),
    ("account", False, False, re.compile(_QR)),
    ("account", True, True, re.compile(_CARD)),
)
"""Of each, what it is, whether it has twelve digits or more, which most texts have none of, and whether it ends with
its digits: then behind the last one of a text it is not looked for."""


def find_certificates(views: Views, words: set[str]) -> Iterator[Span]:
    """Numbers that may be short or have letters: of passports and of papers known by their name.

    Args:
        views: The text.
        words: Its words.

    """
    plain = views.plain
    if "passport" in plain or "ho chieu" in plain or "visa" in plain or "hc " in plain or "护照" in plain:
        yield from (Span(*found.span(1), "id_number") for found in _PASSPORT.finditer(plain))
    if not views.has_close_digits:
        return
    if not words.isdisjoint(_BOOKS) and _STROKE_AND_DIGIT.search(plain):
        yield from (Span(*found.span(1), "id_number") for found in _LETTERED.finditer(plain))
    if _FOUR_DIGITS.search(plain, *views.numbers):
        if any(part in plain for part in _LICENSED):
            yield from (Span(*found.span(1), "id_number") for found in _LICENCE.finditer(plain))
        if not words.isdisjoint(_BOOKS):
            yield from (Span(*found.span(found.lastindex or 1), "id_number") for found in _BOOK.finditer(plain))
        if not words.isdisjoint(_BOOKS) and _LETTER_AND_DIGITS.search(plain):
            for found in _CARD_CODE.finditer(plain):
                if views.text[found.start(1) : found.end(1)].isupper():
                    yield Span(*found.span(1), "id_number")
        if not words.isdisjoint(_DRIVERS) and _SEVEN_DIGITS.search(plain, *views.numbers):
            yield from (Span(*found.span(1), "id_number") for found in _DRIVER.finditer(plain))
        if not words.isdisjoint(_BY_NUMBER) and _SEVEN_DIGITS.search(plain, *views.numbers):
            yield from (Span(*found.span(1), "id_number") for found in _INSURED.finditer(plain))
            yield from (Span(*found.span(1), "id_number") for found in _BY_ITS_OWNER.finditer(plain))
            if not words.isdisjoint(_INSURANCE):
                yield from (Span(*found.span(1), "id_number") for found in _SHORT_INSURANCE.finditer(plain))
        if not words.isdisjoint(_CARDS):
            yield from (Span(*found.span(1), "id_number") for found in _ENGLISH_CARD.finditer(plain))
    if words.isdisjoint(_CERTIFIED) or not _THREE_DIGITS.search(plain, *views.numbers):
        return
    for found in _CERTIFICATE.finditer(plain, 0, views.numbers[1]):
        if not MONEY_AFTER.match(plain, found.end()):
            yield Span(*found.span(1), "id_number")


def find_papers(plain: str, places: tuple[int, int]) -> Iterator[Span]:
    """Numbers of papers and accounts.

    Args:
        plain: The text; letters that stand for digits read as such.
        places: Where its numbers are (``within``).

    """
    has_long = _TWELVE_DIGITS.search(plain, *places) is not None
    for kind, is_long, at_end, pattern in _NUMBERS:
        if is_long and not has_long:
            continue
        for found in pattern.finditer(plain, 0, places[1] if at_end else len(plain)):
            group = 2 if found[1] is None else 1
            paid = kind == "account" and MONEY_AFTER.match(plain, found.end(group)) is not None
            if not (paid and len(found[group]) < _NO_AMOUNT):
                yield Span(*found.span(group), kind)
