"""Where somebody lives, down to the house number: "số 27 ngõ 4 phố Kênh Liêm", "56 Giếng Đồn", "No. 61 Le Loi street".

The number makes it personal; a street or a neighbourhood alone stays. Without capitals a street is taken to have two
words, or three where it is called after a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicSpans

_NUMBER: Final = r"[a-z]?\d{1,4}[a-z]?(?:\s?[/-]\s?\d{1,4}[a-z]?)*(?!\w|[.,]\d|%)"
_UNIT: Final = (
    r"nha tro|khu tro|xom tro"
    r"|ngach|ngo|ngho|ng|hem|kiet|to dan pho|tdp|to|khu pho|khu do thi|khu tai dinh cu|khu tdc|kdt|kd|tower"
    r"|khu tap the|tap the|khu tt|khu|thon|xom|ap"
    r"|ban|pho|duong|dg|dai lo"
    r"|toa nha|toa|cho|ky tuc xa|ktx|block|day|lo|chung cu|cum|lk|tieu khu"
)
_MARKED: Final = (
    r"so nha|nha so|sn|can ho so|can ho|can so|can|dia chi|d/c|dc|address|nha toi so|nha em so|nha e so|so nha toi"
)
_OWNER: Final = (
    r"(?:(?:ong|ba|anh|chi|co|chu|bac) (?:ay|ta|kia|nay|toi|em)|bo me|me con|ong|ba|anh|chi|co|chu|bac|toi|tui|em|e|mk"
    r"|minh|t|no|ho|rieng)"
)
"""Whose house it is, between the house and its number: "nhà bả 32/4"."""
_START: Final = re.compile(
    rf"(?<!\w)(?:(?:{_MARKED})(?:\s+(?:la|cua|toi|em|minh|o|tai|nha|e|o so))*\s*[:.]?\s*(?:so\s*|sn\s*)?({_NUMBER})"
    rf"|(?:so|nhaf?(?: {_OWNER})?|o|tai|xuong|den|ve|qua|ngu"
    rf"|tru|truoc cua|truoc cong|truoc|gan|doi dien|quan|tro|at|nha so|o so|tai so"
    rf"|truoc so)\s+({_NUMBER}))"
)
_STARTS: Final = frozenset(
    "so nha nhaf sn can dia d dc address o tai xuong den ve qua ngu tru truoc gan doi quan tro at".split()  # noqa: SIM905 (a list of words)
)
"""The first words of these."""
_SURE: Final = re.compile(rf"(?:{_MARKED})\b")
_LINK: Final = re.compile(rf"\s*,?\s+({_UNIT})\s+(?=\S)")
_SHORT_UNIT: Final = re.compile(r",?\s+(?:kp|kd|tdp|k|doi)\s?\d{1,2}(?!\w)")
_PART: Final = re.compile(r"[^\W_]*\d[^\W_]*(?:/\w+|-\d+)*(?: thang \d+)?(?!\w)|[a-z]\d?(?!\w)")
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
        "k",
        "trieu",
        "nghin",
        "toa",
        "tang",
        "lo",
        "tet",
        "sieu",
    ]
)
"""What follows a number and a blank, and begins no street."""
_BEGINS_NAMES: Final = frozenset("ba ong co chi cho ben bai cau cong chu da".split())  # noqa: SIM905 (a list of words)
"""But with capitals, of a name of several words: "ngõ 3 Ba Đèo"."""
_A_QUARTER: Final = re.compile(r"(?:phuong|xa|thi|tinh|thanh pho|huyen|quan|khu|tp)\b")
_NUMBERED: Final = frozenset(("to", "ban", "ap", "xom", "lo", "day", "cum", "lk", "ng", "toa", "khu", "thon"))
"""Units whose names without capitals are any words."""
_NAMED_UNITS: Final = frozenset(("khu", "thon", "xom", "ban", "ap"))
_NO_UNIT: Final = _NO_STREET | frozenset(
    "nay kia do ay vuc bi mat nuoc dien rac bo cua thi la o tai trong sau truoc duoc thuoc nha gan canh voi den hay"  # noqa: SIM905 (a list of words)
    " roi ma nhe nha a ad moi dan cu ngap chay hong het vua qua suot ca hom sang toi trua chieu mong nho xin".split()
)
"""What is no name of a neighbourhood but what the sentence goes on with."""
_VILLAGES: Final = frozenset(("dong", "trung", "thuong", "cho", "ben", "cau", "chua", "bai", "con", "thi"))
"""Words of these that alone are what a village is called."""
_ENTERPRISE: Final = frozenset("khi mo mang than dien nuoc duong sat may vien xay dung tau cang thuy".split())  # noqa: SIM905 (a list of words)
"""How the names of an enterprise go on whose workers' houses are called after it: "tập thể Cơ khí mỏ"."""
_MOST_WORDS: Final = 4
_NO_HOUSE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:tuyen|xe|duong|cong|cau|cot|dien|den|tram|ben|chot|lo|km|nhom|mui|ga|kiot|phong|toa|bai|loai|kho"
    r"|ap|quay|lop|ban"
    r"|cay xang|san|ho ga|moc|hang|thu|may|hoc|tau|bang|tieu|don|bien|ve|cua|hem|ngo|ngach|cho|luong|doi|khoi"
    r"|phan xuong"
    r"|vi tri|nha may|lo trinh|vong|cum|lan|dot|dieu|khoan|muc|noi bo|rac|bus|buyt|bao|tap|trang|giuong|thang|quoc lo"
    r"|tinh lo|ql|tl|phao|cang|cong trinh|du an|ham|san bay|thang may)\s?$"
)
_NO_HOUSE_OF: Final = re.compile(
    r"(?<!\w)(?:toa|tram|ham|kho|xuong|cai|may|mai|ca|moi|hai|ba|bon|\d|noc|co|cac|nhung)\s?$"
)
"""The same before "nhà" and a number: "mấy nhà 2 tầng"."""
_BUT_A_HOUSE: Final = re.compile(r"(?:den|ve|cua|hang|may|hoc|cho|ban|don|thu|tram|loai)\s?$")
"""What has numbers of its own, and also stands before a house's, which a lane or a street then follows."""
_BEFORE_BARE: Final = re.compile(
    r"(?:^|[.,;:!?(\n\-]\s*|(?<!\w)(?:nha|nha toi|nha em|nha e|nha minh|toi|em|o|tai|ngu|tru|tru tai|tro|truoc"
    r"|doi dien|gan|quan|hang"
    r"|shop|can|cua nha toi|cua nha|ve|den|chu|ho|xom|canh|ben|sau|la|chi|karaoke|an|com|pho|bia|ks|khach san"
    r"|nghi)\s+)$"
)
_LANE_BEHIND: Final = re.compile(r",?\s(?:ngo|ngach|hem|kiet|duong|dg|pho|to|tdp) \S")
_DAY: Final = re.compile(r"(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])")
_CLOSING: Final = frozenset(("", ".", ",", ")", ";", "\n"))
_DAY_AFTER: Final = ("den ", "truoc ", "ve ", "qua ")
"""Words before a day of a month: "đến 20/10"."""
_IN_STREET: Final = re.compile(
    r"(?<![\w.,/-])(\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)+|\d{1,4}[a-z]?),?\s"
    r"(?=(?:(?P<street>duong|dg|pho|ngo|ngach|hem|kiet)|(?P<group>to|tdp)|khu|thon|ap|xom) (?P<name>\S))"
)
_GROUP_AND_MORE: Final = re.compile(r"(?:to|tdp) \d{1,3}[a-z]?,? (?:khu|thon|ap|xom|kp|duong|ngo) ")
_BEHIND_MARK: Final = re.compile(r"(?:[(:]\s?|,\s)(\d{2,4}[a-z]?|\d{1,4}(?:/\d{1,4})+) (?=[^\W\d_])")
"""A number behind a bracket, a colon or a comma."""
"""A number right before a street, a group of houses, or, with a stroke, before a neighbourhood's number."""
_IN_NO_STREET: Final = re.compile(
    r"(?:(?<!\w)(?:[a-z]\d*|to|khu|thon|xom|ap|ban|lop|km|ql|tl|lo|ngo|hem|ngach|kiet|duong|pho|dg|cac|nhung|hon"
    r"|khoang|tram|cot|tuyen"
    r"|tang|xe|co|ca|tong|dai|rong|thu|ngay|thang|nam|luc|hoi|den|tu|toi|sang|chieu|trua|dem|hom|mung|phut|gio|doi|so|cong|cau"
    r"|tinh lo"
    r"|quoc lo|diem|chot|nut|vong|quay|kiot|gan|them|trong|duoc|va|-)|\d)[ :]{0,2}$"
)
_HOUSE: Final = ("so nha", "nha so", "sn", "can ho", "can so")
_WITHOUT_PLACE: Final = ("so", "nha")
_HEAD: Final = re.compile(r"(?<!\w)(?:(?:nha )?(?:so|sn)(?: nha)?|nha)\s*$")
_NUMBER_HEAD: Final = re.compile(r"(?<!\w)(?:(?:nha )?so|so nha)\s$")
_FOREIGN_STREET: Final = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:公寓|小区|大厦|大楼|楼盘)\s?[a-z\d]{1,4}\s?(?:座|栋|号楼?|幢)\s?\d{1,4}\s?(?:室|号|房)"
    r"|\d{1,4}号(?!公路|国道|省道|线|码头|楼)(?:\d+巷)?[,，]? ?(?:(?!\d)[\w ]{2,30}?[街路道巷]|\d{1,3}组)"
    r"|[\u4e00-\u9fff]{2,8}?(?:路|街|道|巷|胡同|大道|区)\s?(?:\d+巷)?\d+(?:/\d+)*\s?(?:号|弄"
    r"|栋)(?:\d+巷)?(?:[\d一二三四五六七八九十]+(?:楼|室|栋|单元|号|层))*",
    re.IGNORECASE,
)
_FLATS: Final = frozenset(
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
_ROWED: Final = frozenset(("tap", "lo", "toa", "block", "day", "don", "tang"))
_HOUSES: Final = frozenset(("toa", "block", "day", "tower", "building", "chung", "khu", "kdt", "cho", "nha"))
_ALONE: Final = frozenset(("can", "kiot", "ki"))
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
    r"(?<!\w)(?:chung cu|toa nha|toa|khu do thi|kdt|block) (?:[^\W_]+ ?){1,3},? ?"
    r"(?:(?:toa|block|thap) [a-z]{0,2}\d{0,2},? )?(?:tang \d+,? )?"
    r"(?<![^\W_])(?:can(?: ho)?|phong|p|ch)[ .]{1,2}(?:so )?[a-z]?\d{3,4}[a-z]?(?!\w)"
)
"""The house before the flat."""
_FLAT_CODE: Final = re.compile(r"(?<!\w)(?:can(?: ho)?|phong|p)[ .]{1,2}\d{3,4},? (?:ct|n|t|s|a|b)\d{1,2}[a-z]?(?!\w)")
"""A flat and a house that is called by a letter and a number."""
_FLAT_ALONE: Final = re.compile(
    r"(?<!\w)(?:can(?: ho)?(?: so)? \d{3,4}[a-z]?|(?:kiot|ki ?ot) (?:so )?\d{1,3})(?![\w.,/]*\d)(?!\w)"
)
_BEFORE_NUMBER: Final = re.compile(
    r"(?<!\w)(?:(?:xom|doi|to|tdp|khu|ngo|ngach|hem|kiet|day|thon|ap)\s(?:[^\W\d_]+\s){0,2}\d+[a-z]?(?:/\d+)*,?\s+)+$"
)
"""Units that some put before the house: "xóm 4, nhà số 31"."""
_UNITS_BEFORE: Final = re.compile(
    r"(?<!\w)(?:xom|to|tdp|khu|ngo|ngach|hem|day|thon|ap)\s(?:[^\W\d_]+\s){0,2}\d+[a-z]?(?:/\d+)*,?\s+$"
)
_NAMED_BEFORE: Final = re.compile(r"(?<!\w)(?:thon|(?<!hang )xom|khu|ban|ap|pho) ((?:[^\W\d_]+ ){0,3}[^\W\d_]+),?\s+$")
_ROOM_BEFORE: Final = re.compile(r"(?<!\w)(?:phong|can ho|can|p)[ .](?:so )?\d{2,4}[a-z]?,?\s+$")
"""The room in the house: "phòng 203 số 8 ngõ 44"."""
_UNIT_NAMED_BEFORE: Final = re.compile(
    r"(?<!\w)(?:thon|(?<!hang )xom|khu|ban|ap|ngo) (?:[^\W\d_]+ ){0,3}[^\W\d_]+,\s+$"
)
"""The same with a name: "thôn Đồng Cao, số nhà 8"."""
_WAYS: Final = frozenset("duong dg pho ngo ngach hem kiet to tdp khu thon ap xom".split())  # noqa: SIM905 (a list of words)
_LANES: Final = frozenset(("house", "lane", "alley", "ngo", "ngach", "hem"))
_LANE_NUMBER: Final = re.compile(r"(?:house|lane|alley|ngo|ngach|hem)\s[n\d]")
"""Where none of these stands before a number, or the word for one, no house in a lane needs a closer look."""
_ENGLISH_HOUSE: Final = re.compile(
    r"(?<!\w)(?:(?:house|room|flat|at|no\.?|number)\s(?:no\.?\s|number\s)?)?\d{1,4}[a-z]?(?:/\d+)?"
    r",?\s(?:lane|alley)\s\d+(?:,?\s(?:group|lane|alley|block|quarter|area)\s\d+)*"
    r"|(?<!\w)house\s(?:no\.?\s|number\s)?\d{1,4}[a-z]?(?:,?\s(?:group|lane|alley|block|quarter|area)\s\d+)+"
    r"|(?<!\w)(?<!ngo )(?<!hem )(?<!tang )(?<!to )(?<!khu )(?<!thon )(?<!xom )(?<!ngach )(?<!kiet )(?<!duong )"
    r"(?<!pho )(?<!cac )"
    r"\d{1,4}[a-z]?(?:/\d+)? (?:ngo|ngach|hem)\s\d+(?:/\d+)*(?!\w)"
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
_CODED: Final = re.compile(r"[.-]\d")
_ROWED_HOUSES: Final = frozenset(("lk", "bt", "sh"))
"""Where neither of these is, no house has a code: most texts need no closer look."""
_CODE_WORDS: Final = _ROWED_HOUSES | frozenset("can phong biet lien shop shophouse chung toa kdt".split())  # noqa: SIM905 (a list of words)
_CODE: Final = re.compile(
    r"(?<!\w)(?:(?:(?:can(?: ho)?|phong|biet thu|lien ke|shop ?house)(?: so)? )"
    r"[a-z]{1,3}\d{0,2}[.-]\d{1,4}(?:[.-]\d{1,4})?"
    r"|(?:lk|bt|sh)[ .-]?\d{1,2}[ .-]\d{1,3}|[a-z]{1,2}\d{1,2}-\d{3,4}(?= (?:chung cu|toa|khu do thi|kdt)\b))"
    r"(?![\w%]|[.,-]\d)"
)
"""The code of a house or a flat in a new quarter: "căn S1.05-1812", "LK07-22"."""
_YEAR: Final = re.compile(r"(?:sn|so nha)\s*(?:19[2-9]|20[0-2])\d$")
"""The year in which somebody was born."""
_BEGINNING: Final = re.compile(rf"(?:^|[.!?;:\n]\s*)({_NUMBER})\s(?=[^\W\d_])")
_STREET: Final = re.compile(r"(?:duong|pho|ngo|ngach|hem|kiet|dai lo)\s+(?=[^\W_])")
_FIRST_NUMBER: Final = re.compile(r"[a-z]?\d")
_LATER_NUMBER: Final = re.compile(r"[.!?;:\n]\s*[a-z]?\d")
"""Where nothing like these is, no sentence begins with a number: most texts need no closer look."""
_ENGLISH: Final = re.compile(
    r"(?<![\w.,-])(?:(?:apartment|apt|flat|room|house|unit)\.?\s*(?:no\.?\s*|number\s*)?\w{1,5},?\s+)?"
    r"(?:(?:no\.?|number|house|at)\s*)?\d{1,4}[a-z]?(?:/\d{1,4})*,?\s+"
    r"(?:(?:lane|alley|group|block|area)\s?\d+(?:/\d+)*,?\s+)*(?:[^\W_]+\s+){1,5}?(?:street|road|st|rd|avenue"
    r"|(?:lane|alley)(?: \d+)?)\b"
)
_ENGLISH_FLAT: Final = re.compile(
    r"(?<!\w)(?i:apartment|apt\.?|flat|unit) (?i:no\.? |number )?[A-Za-z]?\d{2,4}[A-Za-z]?,? "
    r"(?:(?:of|in|at) )?(?:the )?"
    r"[A-Z]\w+(?: [A-Z]\w+){0,4}(?:,? (?i:block|tower|building) [A-Z]?\d{0,2}(?!\w))?"
)
"""A flat and the house's name: "apartment 904, Green Bay block B"."""
_ENGLISH_FLATS: Final = frozenset(("apartment", "apt", "flat", "unit"))
_ENGLISH_STREETS: Final = frozenset(("street", "road", "st", "rd", "avenue", "lane", "alley"))
_AT: Final = re.compile(r"^at\s+")


def find_addresses(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Addresses with a house number; what several patterns find of one is one.

    Args:
        views: The text.
        words: Its words, folded.
        public: Its names of places, of which some are streets.

    """
    last: Span | None = None
    for span in sorted(_addresses(views, words, public), key=attrgetter("start")):
        if last is None or last.end <= span.start:
            if last is not None:
                yield _with_head(views, last)
            last = span
        elif span.end > last.end or (span.kind == "address") > (last.kind == "address"):
            last = Span(last.start, max(last.end, span.end), "address")
    if last is not None:
        yield _with_head(views, last)


def _with_head(views: Views, span: Span) -> Span:
    """From "số" or "nhà số" on, where the number follows it."""
    head = _NUMBER_HEAD.search(views.plain, max(0, span.start - 9), span.start)
    return span if head is None else Span(head.start(), span.end, span.kind)


def _addresses(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    plain = views.plain
    if not words.isdisjoint(_ENGLISH_STREETS):
        for found in _ENGLISH.finditer(plain):
            last = found[0].rstrip(" 0123456789").split()[-2:]
            street = found.start() + len(found[0].rstrip(" 0123456789")) - len(" ".join(last))
            start_text = _AT.sub("", found[0])
            if views.text[street].isupper():
                yield Span(found.end() - len(start_text), found.end(), "address")
    for found in () if words.isdisjoint(_STARTS) else _START.finditer(plain):
        number = found.lastindex or 1
        sure = number == 1
        if not sure and _is_of_no_house(views, found):
            continue
        end = _chain(views, found.end(), public)
        if end == found.end():
            end = _bare_street(views, found, public)
        if end > found.end() or (number == 2 and _is_behind_units(views, found)):
            yield Span(_start(views, found, number), end, "address")
        elif sure and plain.startswith(_HOUSE, found.start()) and not _YEAR.match(found[0]):
            yield Span(_start(views, found, number), end, "house_number")
    yield from _flats(views, words, public)
    if not words.isdisjoint(_ENGLISH_FLATS):
        yield from (Span(*found.span(), "address") for found in _ENGLISH_FLAT.finditer(views.text))
    if not words.isdisjoint(_LANES) and _LANE_NUMBER.search(plain):
        yield from (
            Span(found.start(), _chain(views, found.end(), public), "address")
            for found in _ENGLISH_HOUSE.finditer(plain)
        )
    yield from _in_streets(views, words, public)
    yield from _at_beginnings(views, public)
    if views.is_east_asian:
        yield from (Span(*found.span(), "address") for found in _FOREIGN_STREET.finditer(views.text))


def _is_of_no_house(views: Views, found: re.Match[str]) -> bool:
    """Whether the number behind "số", "nhà" or the like is that of something else, by what is before or behind it."""
    plain, start = views.plain, found.start()
    if plain.startswith(_DAY_AFTER, start) and _DAY.fullmatch(found[2]):
        return _LINK.match(plain, found.end()) is None
    if not plain.startswith(_WITHOUT_PLACE, start) or "/" in found[2]:
        return False
    if plain.startswith("nha", start):
        return _NO_HOUSE_OF.search(plain, max(0, start - 14), start) is not None
    before = views.text[max(0, start - 4) : start].lower()
    return (
        _NO_HOUSE_BEFORE.search(plain, max(0, start - 14), start) is not None
        and before != "của "
        and not plain.endswith("doi dien ", 0, start)
        and not (
            _BUT_A_HOUSE.search(plain, max(0, start - 6), start)
            and before != "đèn "
            and _LANE_BEHIND.match(plain, found.end())
        )
    )


def _is_behind_units(views: Views, found: re.Match[str]) -> bool:
    """Whether the number is that of a house because of what is before it: "ngõ 5 tổ 8 khu 3, số 27"."""
    plain, start = views.plain, found.start()
    if not plain.startswith("so ", start):
        return False
    return any(before.search(plain, max(0, start - 40), start) for before in (_UNITS_BEFORE, _UNIT_NAMED_BEFORE))


def _flats(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Flats and stalls, with the house around them."""
    if not words.isdisjoint(_CODE_WORDS) and (_CODED.search(views.plain) or not words.isdisjoint(_ROWED_HOUSES)):
        for found in _CODE.finditer(views.plain):
            yield Span(found.start(), _after_code(views, found.end(), public), "address")
    if words.isdisjoint(_FLATS):
        return
    for found in () if words.isdisjoint(_HOUSES) else _FLAT.finditer(views.plain):
        end: int | None = found.end()
        if found["code"] is None:
            capital = views.text[found.end() : found.end() + 1].isupper()
            end = _street_end(views, found.end(), public) if capital else public.end_at(found.end())
            if end is None and found["tower"] and (word := _WORD.match(views.plain, found.end())):
                end = word.end()
        if end is not None:
            yield Span(found.start(), _chain(views, end, public), "address")
    for found in () if words.isdisjoint(_ROWED) else _ROWS.finditer(views.plain):
        yield Span(found.start(), _chain(views, found.end(), public), "address")
    if views.has_close_digits:
        for found in () if words.isdisjoint(_HOUSES) else _HOUSE_FIRST.finditer(views.plain):
            yield Span(*found.span(), "address")
        for found in _FLAT_CODE.finditer(views.plain):
            yield Span(found.start(), _chain(views, found.end(), public), "address")
    for found in () if words.isdisjoint(_ALONE) else _FLAT_ALONE.finditer(views.plain):
        if views.text[found.start() : found.start() + 3].lower() != "cần":
            yield Span(*found.span(), "house_number")


def _in_streets(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Houses that no word announces, by what follows: "cổng nhà tôi (112 đường …)", "trọ ở 102/5 đg …"."""
    plain = views.plain
    for found in () if words.isdisjoint(_WAYS) else _IN_STREET.finditer(plain):
        name = found.start("name")
        if "/" in found[1]:
            sure = not _DAY.fullmatch(found[1]) and (found["street"] is not None or plain[name].isdigit())
        elif found["group"] is not None:
            marked = plain[max(0, found.start() - 2) : found.start()].strip() in {",", "(", ":"}
            sure = plain[name].isdigit() and (marked or _GROUP_AND_MORE.match(plain, found.end()) is not None)
        else:
            far = len(found[1]) > 1 or found["street"] in {"ngo", "ngach", "hem", "kiet"}
            sure = far and found["street"] is not None and (views.text[name].isupper() or plain[name].isdigit())
        # "Cấp 3 Ngô Quyền" is a school.
        sure = sure and views.text[found.end() : found.end() + 3] not in {"Ngô", "ngô"}
        if sure and not _IN_NO_STREET.search(plain, max(0, found.start() - 10), found.start()):
            end = _chain(views, found.end(1), public)
            if end > found.end(1):
                yield Span(found.start(), end, "address")
    yield from _behind_marks(views, public)


def _behind_marks(views: Views, public: PublicSpans) -> Iterator[Span]:
    """A number and a known street that are all there is between marks: "nhà tôi (75/4 Tô Hiệu)"."""
    plain = views.plain
    for found in _BEHIND_MARK.finditer(plain):
        if views.text[found.end()].isupper() and not _DAY.fullmatch(found[1]):
            end = public.end_at(found.end())
            if end is not None and plain[end : end + 1] in _CLOSING:
                yield Span(found.start(1), end, "address")


def _after_code(views: Views, end: int, public: PublicSpans) -> int:
    """Where an address ends whose house has a code: behind the quarter's name, which may stand right behind it."""
    gap = _BARE_STREET.match(views.plain, end)
    if gap is not None and views.text[gap.end()].isupper() and "," not in gap[0]:
        end = _street_end(views, gap.end(), public) or end
    return _chain(views, end, public)


def _at_beginnings(views: Views, public: PublicSpans) -> Iterator[Span]:
    """A number and a street at the beginning of a sentence: "88 Tran Hung Dao, the sewer is blocked"."""
    plain = views.plain
    if not (_FIRST_NUMBER.match(plain) or _LATER_NUMBER.search(plain)):
        return
    for found in _BEGINNING.finditer(plain):
        if views.text[found.end()].isupper():
            end = public.end_at(found.end())
        else:
            link = _STREET.match(plain, found.end())
            sure = link is not None and not views.text[link.end()].islower()
            end = _chain(views, found.end(1), public) if sure else None
        if end is not None:
            yield Span(found.start(1), _chain(views, end, public), "address")


def _start(views: Views, found: re.Match[str], number: int) -> int:
    """Where the address begins: at ``nhà số`` or the like, or at units before it, else at the number."""
    plain = views.plain
    if number == 1 and plain.startswith(_HOUSE, found.start()):
        start = found.start()
    else:
        head = _HEAD.search(plain, found.start(), found.start(number))
        start = head.start() if head else found.start(number)
    while True:
        before = _BEFORE_NUMBER.search(plain, max(0, start - 40), start)
        first = before.start() if before else start
        if room := _ROOM_BEFORE.search(plain, max(0, first - 20), first):
            first = room.start()
        named = _NAMED_BEFORE.search(plain, max(0, first - 40), first)
        if named and views.text[named.start(1) : named.end(1)].istitle():
            first = named.start()
        if first == start:
            return start
        start = first


def _bare_street(views: Views, found: re.Match[str], public: PublicSpans) -> int:
    """Where "56 Giếng Đồn" ends, a number with a capitalised or known street behind; else where the number does."""
    end = found.end()
    if (
        found.lastindex == 2
        and views.plain.startswith("so ", found.start())
        and "/" not in found[2]
        and not _is_behind_units(views, found)
        and not _BEFORE_BARE.search(views.plain, max(0, found.start() - 14), found.start())
    ):
        return end
    gap = _BARE_STREET.match(views.plain, end)
    if gap is None:
        return end
    if not views.text[gap.end()].isupper():
        known = public.end_at(gap.end())
        counted = re.match(r"(?:ong|ba|anh|chi|em|nguoi) ", views.plain[gap.end() :]) is not None
        return end if known is None or counted else _chain(views, known, public)
    if (
        (known := public.end_at(gap.end())) is not None
        and found.lastindex == 2
        and not _A_QUARTER.match(views.plain, gap.end())
    ):
        return _chain(views, known, public)
    first = _WORD.match(views.plain, gap.end())
    # "19 Đặng Dung" goes on with no "đang".
    called = first is not None and first[0] in _SURNAMES and views.text[first.end() + 1 : first.end() + 2].isupper()
    called = called or (
        first is not None and first[0] in _BEGINS_NAMES and views.text[first.end() + 1 : first.end() + 2].isupper()
    )
    if (
        first is None
        or (first[0] in _NO_STREET and not called)
        or (views.text[gap.end() : first.end()].isupper() and len(first[0]) > 1)
    ):
        return end
    last = _street_end(views, gap.end(), public)
    return end if last is None else _chain(views, last, public)


def _chain(views: Views, end: int, public: PublicSpans) -> int:
    """Where an address ends that has a house number before ``end``."""
    start = end
    while True:
        if short := _SHORT_UNIT.match(views.plain, end):
            end = short.end()
            continue
        link = _LINK.match(views.plain, end)
        if link is not None:
            part = _PART.match(views.plain, link.end())
            last = part.end() if part is not None else _street_end(views, link.end(), public, link[1])
            if last is None:
                return end
            if link[1] == "cho" and not views.text[link.end()].isupper():
                return end  # "For", not the market.
            if link[1] == "ng" and not views.plain[link.end() : link.end() + 1].isdigit():
                return end  # "Người", not the lane.
            if link[1] == "lo" and views.text[link.start(1) : link.end(1)].lower() == "lộ":
                return end
            end = last
            continue
        gap = _BARE_STREET.match(views.plain, end) if end > start else None
        if gap is None or "," in gap[0]:
            return end
        if not views.text[gap.end()].isupper():
            known = public.end_at(gap.end()) if views.plain[end - 1].isdigit() else None
            if known is None:
                return end
            end = known
            continue
        first = _WORD.match(views.plain, gap.end())
        last = _street_end(views, gap.end(), public)
        if first is None or last is None or not views.plain[end - 1].isdigit():
            return end
        if first[0] in _NO_STREET and (first[0] not in _BEGINS_NAMES or last == first.end()):
            return end
        end = last


def _small_unit_end(views: Views, words: Sequence[re.Match[str]], unit: str) -> int | None:
    """Where a neighbourhood without capitals ends that the province's data lack, of up to two words."""
    if unit not in _NAMED_UNITS:
        return None
    end = None
    for number, word in enumerate(words[:2]):
        plain = views.plain[word.start() : word.end()]
        if plain in _NO_UNIT and (number or plain not in _VILLAGES):
            break
        end = word.end()
    return end


def _street_end(views: Views, start: int, public: PublicSpans, unit: str = "") -> int | None:
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
        while count < len(words) and (
            words[count][0][0].isupper()
            or words[count][0].isdecimal()
            or (unit.endswith("tap the") and views.plain[words[count].start() : words[count].end()] in _ENTERPRISE)
        ):
            count += 1
        return words[count - 1].end()
    if (known := public.end_at(start)) is not None:
        return known
    if unit in _NUMBERED:
        return _small_unit_end(views, words, unit)
    capital = next((number for number, word in enumerate(words[:2]) if word[0][0].isupper()), None)
    if capital is not None:
        # "phố mới Quảng Hà": what begins small goes on with a name.
        return _street_end(views, words[capital].start(), public, unit)
    long = len(words) > 2 and views.plain[words[0].start() : words[0].end()] in _SURNAMES
    return words[min(len(words), 3 if long else 2) - 1].end()
