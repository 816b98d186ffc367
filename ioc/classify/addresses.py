"""Where somebody lives, down to the house number: "số 27 ngõ 4 phố Kênh Liêm", "56 Giếng Đồn", "No. 61 Le Loi street".

The number makes it personal; a street or a neighbourhood alone stays. Without capitals a street is taken to have two
words, or three where it is called after a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.personal import Span, Views

_NUMBER: Final = r"[a-z]?\d{1,4}[a-z]?(?:\s?[/-]\s?\d{1,4}[a-z]?)*(?!\w|[.,]\d|%)"
_UNIT: Final = (
    r"ngach|ngo|ng|hem|kiet|to dan pho|tdp|to|khu pho|khu do thi|kdt|khu tap the|khu tt|khu|thon|xom|ap|ban|pho"
    r"|duong|dai lo"
    r"|toa nha|toa|block|day|lo|chung cu|cum|lk|tieu khu"
)
_MARKED: Final = (
    r"so nha|nha so|sn|can ho so|can ho|can so|can|dia chi|d/c|dc|address|nha toi so|nha em so|nha e so|so nha toi"
)
_START: Final = re.compile(
    rf"(?<!\w)(?:(?:{_MARKED})(?:\s+(?:la|cua|toi|em|minh|o|tai|nha|e|o so))*\s*[:.]?\s*(?:so\s*|sn\s*)?({_NUMBER})"
    rf"|(?:so|nha|o|tai|ngu|tru|truoc|gan|doi dien|quan|tro|at|nha so|o so|tai so|truoc so)\s+({_NUMBER}))"
)
_SURE: Final = re.compile(rf"(?:{_MARKED})\b")
_LINK: Final = re.compile(rf"\s*,?\s+({_UNIT})\s+(?=\S)")
_PART: Final = re.compile(r"[^\W_]*\d[^\W_]*(?:/\w+)*(?: thang \d+)?(?!\w)|[a-z]\d?(?!\w)")
_WORD: Final = re.compile(r"[^\W_]+")
_BARE_STREET: Final = re.compile(r"\s*,?\s+(?=[^\W\d_])")
_SURNAMES: Final = frozenset(
    "nguyen tran le pham hoang ly ngo vo phan to ton bui dang dinh cao ho huynh vu doan truong luong".split()  # noqa: SIM905 (a list of words)
)
_NO_STREET: Final = frozenset(
    [
        "phuong",
        "xa",
        "thi",
        "tinh",
        "thanh",
        "huyen",
        "quan",
        "viet",
        "trung",
        "han",
        "tp",
        "p",
        "tx",
        "khu",
        "to",
        "ngo",
        "pho",
        "duong",
        "thon",
        "xom",
        "cho",
        "ben",
        "bai",
        "cau",
        "truong",
        "hotel",
        "tieu",
        "benh",
        "nha",
        "cong",
        "ong",
        "ba",
        "anh",
        "chi",
        "co",
        "chu",
        "bac",
        "em",
        "toi",
        "va",
        "co",
        "dang",
        "bi",
        "da",
        "khong",
        "ngay",
        "thang",
        "gio",
        "lan",
        "nguoi",
        "con",
        "xe",
        "mon",
        "suat",
        "km",
        "m",
        "met",
        "cm",
        "kg",
        "vnd",
        "dong",
        "k",
        "trieu",
        "nghin",
        "toa",
        "tang",
        "lo",
    ]
)
"""What follows a number and a blank, and begins no street."""
_NUMBERED: Final = frozenset(("to", "ban", "ap", "xom", "lo", "day", "cum", "lk", "ng", "toa", "khu", "thon"))
"""Units whose names without capitals are any words."""
_MOST_WORDS: Final = 4
_NO_HOUSE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:tuyen|xe|duong|cong|cau|cot|dien|den|tram|ben|chot|lo|km|nhom|mui|ga|kiot|phong|toa|bai|loai|kho"
    r"|ap|quay|lop|ban"
    r"|cay xang|san|ho ga|moc|hang|thu|may|hoc|tau|bang|tieu|don|bien|ve|cua|hem|ngo|ngach|cho|luong|doi|khoi"
    r"|phan xuong"
    r"|vi tri|nha may|lo trinh|vong|cum|lan|dot|dieu|khoan|muc|noi bo|rac|bus|buyt|bao|tap|trang|giuong|thang|quoc lo"
    r"|tinh lo|ql|tl|phao|cang|cong trinh|du an|ham|san bay|thang may)\s?$"
)
_BEFORE_BARE: Final = re.compile(
    r"(?:^|[.,;:!?(\n\-]\s*|(?<!\w)(?:nha|nha toi|nha em|nha e|nha minh|toi|em|o|tai|ngu|tru|tru tai|tro|truoc"
    r"|doi dien|gan|quan|hang"
    r"|shop|can|cua nha toi|cua nha|ve|den|chu|ho|canh|ben|sau|la|chi|karaoke|an|com|pho|bia|ks|khach san|nghi)\s+)$"
)
_HOUSE: Final = ("so nha", "nha so", "sn", "can ho", "can so")
_WITHOUT_PLACE: Final = ("so", "nha")
_HEAD: Final = re.compile(r"(?<!\w)(?:(?:nha )?(?:so|sn)|nha)\s*$")
_FOREIGN_STREET: Final = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:路|街|道|巷|胡同|大道|区)\s?\d+(?:/\d+)*\s?(?:号|弄"
    r"|栋)(?:\d+巷)?(?:[\d一二三四五六七八九十]+(?:楼|室|栋|单元|号|层))*"
)
_ENGLISH: Final = re.compile(
    r"(?<!\w)(?:(?:apartment|apt|flat|room|house|unit)\.?\s*(?:no\.?\s*|number\s*)?\w{1,5},?\s+)?"
    r"(?:(?:no\.?|number|house|at)\s*)?\d{1,4}[a-z]?(?:/\d{1,4})*,?\s+"
    r"(?:(?:lane|alley|group|block|area)\s?\d+(?:/\d+)*,?\s+)*(?:[^\W_]+\s+){1,5}?(?:street|road|st|rd|avenue"
    r"|lane|alley)\b"
)
_ENGLISH_STREETS: Final = frozenset(("street", "road", "st", "rd", "avenue", "lane", "alley"))
_AT: Final = re.compile(r"^at\s+")


def find_addresses(views: Views, words: set[str]) -> Iterator[Span]:
    """Addresses with a house number; ``words``: the text's, folded."""
    plain = views.plain
    if not words.isdisjoint(_ENGLISH_STREETS):
        for found in _ENGLISH.finditer(plain):
            last = found[0].rstrip().split()[-2:]
            street = found.end() - len(" ".join(last))
            start_text = _AT.sub("", found[0])
            if views.text[street].isupper():
                yield Span(found.end() - len(start_text), found.end(), "address")
    for found in _START.finditer(plain):
        number = found.lastindex or 1
        sure = number == 1
        if (
            not sure
            and plain.startswith(_WITHOUT_PLACE, found.start())
            and _NO_HOUSE_BEFORE.search(plain, max(0, found.start() - 14), found.start())
        ):
            continue
        end = _chain(views, found.end())
        if end == found.end():
            end = _bare_street(views, found)
        if end > found.end():
            yield Span(_start(plain, found, number), end, "address")
        elif sure and plain.startswith(_HOUSE, found.start()):
            yield Span(found.start(), end, "house_number")
    if not views.text.isascii():
        yield from (Span(*found.span(), "address") for found in _FOREIGN_STREET.finditer(views.text))


def _start(plain: str, found: re.Match[str], number: int) -> int:
    """Where the address begins: at ``nhà số`` or the like, else at the number."""
    if number == 1 and plain.startswith(_HOUSE, found.start()):
        return found.start()
    head = _HEAD.search(plain, found.start(), found.start(number))
    return head.start() if head else found.start(number)


def _bare_street(views: Views, found: re.Match[str]) -> int:
    """Where "56 Giếng Đồn" ends, a number with a capitalised street right behind; else where the number does."""
    end = found.end()
    if (
        found.lastindex == 2
        and views.plain.startswith("so ", found.start())
        and not _BEFORE_BARE.search(views.plain, max(0, found.start() - 14), found.start())
    ):
        return end
    gap = _BARE_STREET.match(views.plain, end)
    if gap is None or not views.text[gap.end()].isupper():
        return end
    first = _WORD.match(views.plain, gap.end())
    if first is None or first[0] in _NO_STREET or (views.text[gap.end() : first.end()].isupper() and len(first[0]) > 1):
        return end
    last = _street_end(views, gap.end())
    return end if last is None else _chain(views, last)


def _chain(views: Views, end: int) -> int:
    """Where an address ends that has a house number before ``end``."""
    start = end
    while True:
        link = _LINK.match(views.plain, end)
        if link is not None:
            part = _PART.match(views.plain, link.end())
            last = part.end() if part is not None else _street_end(views, link.end(), link[1])
            if last is None:
                return end
            if link[1] == "lo" and views.text[link.start(1) : link.end(1)].lower() == "lộ":
                return end
            end = last
            continue
        gap = _BARE_STREET.match(views.plain, end) if end > start else None
        if gap is None or "," in gap[0] or not views.text[gap.end()].isupper():
            return end
        first = _WORD.match(views.plain, gap.end())
        last = _street_end(views, gap.end())
        if first is None or last is None or first[0] in _NO_STREET or not views.plain[end - 1].isdigit():
            return end
        end = last


def _street_end(views: Views, start: int, unit: str = "") -> int | None:
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
    if unit in _NUMBERED:
        return None
    long = len(words) > 2 and views.plain[words[0].start() : words[0].end()] in _SURNAMES
    return words[min(len(words), 3 if long else 2) - 1].end()
