"""Where somebody lives, down to the house number: "số 27 ngõ 4 phố Kênh Liêm", "56 Giếng Đồn", "No. 61 Le Loi street".

The number makes it personal; a street or a neighbourhood alone stays. Without capitals a street is taken to have two
words, or three where it is called after a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.flats import find_flats, street_behind
from ioc.classify.houses import find_houses
from ioc.classify.person_streets import person_end
from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicSpans
from ioc.classify.small_streets import find_small_streets
from ioc.classify.streets import BARE_STREET, BEGINS_NAMES, DAY, LINK, NO_STREET, SURNAMES, WORD, chain, street_end

_NUMBER: Final = r"[a-z]?\d{1,4}[a-z]?(?: bis)?(?:\s?[/-]\s?\d{1,4}[a-z]?)*(?!\w|[.,]\d|%)"
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
_STARTS: Final = cues(
    "so nha nhaf sn can dia d dc address o tai xuong den ve qua ngu tru truoc gan doi quan tro at".split()  # noqa: SIM905 (a list of words)
)
"""The first words of these."""
_COUNTED: Final = re.compile(r"(?:ong|ba|anh|chi|em|nguoi) ")
"""Who is counted, where the number is no house's: "có 2 ông bà"."""
_A_QUARTER: Final = re.compile(r"(?:phuong|xa|thi|tinh|thanh pho|huyen|quan|khu|tp)\b")
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
_BUT_A_HOUSE: Final = re.compile(
    r"(?:den|ve|cua|hang|may|hoc|cho|ban|don|thu|tram|loai|(?:gui|giu|do|bai|rua|sua) xe)\s?$"
)
"""What has numbers of its own, and also stands before a house's, which a lane or a street then follows."""
_BEFORE_BARE: Final = re.compile(
    r"(?:^|[.,;:!?(\n\-]\s*|(?<!\w)(?:nha|nha toi|nha em|nha e|nha minh|toi|em|o|tai|ngu|tru|tru tai|tro|truoc"
    r"|doi dien|gan|quan|hang"
    r"|shop|can|cua nha toi|cua nha|ve|den|chu|ho|xom|canh|ben|sau|la|chi|karaoke|an|com|pho|bia|ks|khach san"
    r"|nghi)\s+)$"
)
_LAMP: Final = ("cot den ", "tru den ", "bong den ")
_LANE_BEHIND: Final = re.compile(r",?\s(?:ngo|ngach|hem|kiet|duong|dg|pho|to|tdp) \S")
_FROM: Final = re.compile(r"(?<!\w)tu (?:so )?\d{1,4}[a-z]? den (?:so )?$")
"""Of a part of a street, which is nobody's house: "từ số 100 đến số 126"."""
_CLOSING: Final = frozenset(("", ".", ",", ")", ";", "\n"))
_DAY_AFTER: Final = ("den ", "truoc ", "ve ", "qua ")
"""Words before a day of a month: "đến 20/10"."""
_IN_STREET: Final = re.compile(
    r"(\d(?<![\w.,/-].)(?:\d{0,3}[a-z]?(?:/\d{1,4}[a-z]?)+|\d{0,3}[a-z]?)),?\s"
    r"(?=(?:(?P<street>duong|dg|pho|ngo|ngach|hem|kiet)|(?P<group>to|tdp)|khu|thon|ap|xom) (?P<name>\S))"
)
"""A number right before a street, a group of houses, or, with a stroke, before a neighbourhood's number.

Its first digit is asked for first, because it is found fast.
"""
_AT_HOME: Final = re.compile(r"(?<!\w)(?:o|nha|tai|tro|mot minh)\s$")
"""Before a number with a stroke that looks like a day and is a house's."""
_GROUP_AND_MORE: Final = re.compile(r"(?:to|tdp) \d{1,3}[a-z]?,? (?:khu|thon|ap|xom|kp|duong|ngo) ")
_BEHIND_MARK: Final = re.compile(r"[(:,](?:(?<!,)\s?|(?<=,)\s)(\d{2,4}[a-z]?|\d{1,4}(?:/\d{1,4})+) (?=[^\W\d_])")
"""A number behind a bracket, a colon or a comma."""
_IN_NO_STREET: Final = re.compile(
    r"(?:(?<!\w)(?:[a-z]\d*|to|khu|thon|xom|ap|ban|lop|km|ql|tl|lo|ngo|hem|ngach|kiet|duong|pho|dg|cac|nhung|hon"
    r"|khoang|tram|cot|tuyen"
    r"|tang|(?<!bai )(?<!gui )(?<!giu )(?<!rua )(?<!sua )xe"
    r"|co|ca|tong|dai|rong|thu|ngay|thang|nam|luc|hoi|den|tu|toi|sang|chieu|trua|dem|hom|mung|phut|gio|doi|so|cong|cau"
    r"|tinh lo"
    r"|quoc lo|(?<!dia )diem|chot|nut|vong|quay|kiot|gan|them|trong|duoc|va|-)|\d)[ :]{0,2}$"
)
_HOUSE: Final = ("so nha", "nha so", "sn", "can ho", "can so")
_WITHOUT_PLACE: Final = ("so", "nha")
_HEAD: Final = re.compile(r"(?<!\w)(?:(?:nha )?(?:so|sn)(?: nha)?|nha)\s*$")
_NUMBER_HEAD: Final = re.compile(r"(?<!\w)(?:(?:nha )?so|so nha)\s$")
_ROOM_AHEAD: Final = re.compile(
    r"(?<!\w)(?:apartment|apt|flat|room|unit)\.? (?:no\.? |number )?[a-z]?\d{1,4}[a-z]?,\s$"
)
_ROOM_BEHIND: Final = re.compile(r",\s(?:apartment|apt|flat|room|unit)\.? (?:no\.? |number )?[a-z]?\d{1,4}[a-z]?(?!\w)")
_HOUSE_BEHIND: Final = re.compile(r",\s\d{1,4}[a-z]?(?:/\d{1,4})* (?=[^\W\d_])")
"""The house in which a flat is: "P1204 toa B, 88 …"."""
_FOREIGN_STREET: Final = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:公寓|小区|大厦|大楼|楼盘)\s?[a-z\d]{1,4}\s?(?:座|栋|号楼?|幢)\s?\d{1,4}\s?(?:室|号|房)"
    r"|(?:(?<=地址是)|(?<=地址为)|(?<=地址[:：]))\s?\d{1,4}[a-z]?(?:/\d{1,4})* [^\W\d_]+(?: (?=[a-z])[^\W\d_]+){1,3}"
    r"|\d{1,4}号(?!公路|路|国道|省道|线|码头|楼)(?:\d+巷)?[,，]? ?(?:(?!\d)[\w ]{2,30}?[街路道巷]|\d{1,3}组)"
    r"|[\u4e00-\u9fff]{2,8}?(?:路|街|道|巷|胡同|大道|区)\s?(?:\d+巷)?\d+(?:/\d+)*\s?(?:号|弄"
    r"|栋)(?:\d+巷)?(?:[\d一二三四五六七八九十]+(?:楼|室|栋|单元|号|层))*",
    re.IGNORECASE,
)
_BEFORE_NUMBER: Final = re.compile(
    r"(?<!\w)(?:(?:xom|doi|to|tdp|khu|ngo|ngach|hem|kiet|day|thon|ap)\s(?:[^\W\d_]+\s){0,2}\d+[a-z]?(?:/\d+)*,?\s+)+$"
)
"""Units that some put before the house: "xóm 4, nhà số 31"."""
_UNITS_BEFORE: Final = re.compile(
    r"(?<!\w)(?:xom|to|tdp|khu|ngo|ngach|hem|day|thon|ap)\s(?:[^\W\d_]+\s){0,2}\d+[a-z]?(?:/\d+)*,?\s+$"
)
_NAMED_BEFORE: Final = re.compile(r"(?<!\w)(?:thon|(?<!hang )xom|khu|ban|ap|pho) ((?:[^\W\d_]+ ){0,3}[^\W\d_]+),?\s+$")
_ROOM_BEFORE: Final = re.compile(r"(?<!\w)(?:phong|can ho|can|p)[ .](?:so )?\d{1,4}[a-z]?,?\s+$")
"""The room in the house: "phòng 203 số 8 ngõ 44"."""
_UNIT_NAMED_BEFORE: Final = re.compile(
    r"(?<!\w)(?:thon|(?<!hang )xom|khu|ban|ap|ngo) (?:[^\W\d_]+ ){0,3}[^\W\d_]+,\s+$"
)
"""The same with a name: "thôn Đồng Cao, số nhà 8"."""
_WAYS: Final = cues("duong dg pho ngo ngach hem kiet to tdp khu thon ap xom".split())  # noqa: SIM905 (a list of words)
_LANES: Final = cues(("house", "lane", "alley", "ngo", "ngach", "hem"))
_LANE_NUMBER: Final = re.compile(r"(?:house|lane|alley|ngo|ngach|hem)\s[n\d]")
"""Where none of these stands before a number, or the word for one, no house in a lane needs a closer look."""
_ENGLISH_HOUSE: Final = re.compile(
    r"(?<!\w)(?:(?:house|room|flat|at|no\.?|number)\s(?:no\.?\s|number\s)?)?\d{1,4}[a-z]?(?:/\d+)?"
    r",?\s(?:lane|alley)\s\d+(?:,?\s(?:group|lane|alley|block|quarter|area)\s\d+)*"
    r"|(?<!\w)house\s(?:no\.?\s|number\s)?\d{1,4}[a-z]?(?:,?\s(?:group|lane|alley|block|quarter|area)\s\d+)+"
    r"|(?<!\w)(?<!ngo )(?<!hem )(?<!tang )(?<!to )(?<!khu )(?<!thon )(?<!xom )(?<!ngach )(?<!kiet )(?<!duong )"
    r"(?<!pho )(?<!cac )"
    r"\d{1,4}[a-z]?(?: bis)?(?:/\d+)? (?:ngo|ngach|hem)\s\d+(?:/\d+)*(?!\w)"
)
_YEAR: Final = re.compile(r"(?:sn|so nha)\s*(?:19[2-9]|20[0-2])\d$")
"""The year in which somebody was born."""
_BEGINNING: Final = re.compile(rf"(?:^|[.!?;:\n]\s*)({_NUMBER})\s(?=[^\W\d_])")
_STREET: Final = re.compile(r"(?:duong|pho|ngo|ngach|hem|kiet|dai lo)\s+(?=[^\W_])")
_FIRST_NUMBER: Final = re.compile(r"[a-z]?\d")
_LATER_NUMBER: Final = re.compile(r"[.!?;:\n]\s*[a-z]?\d")
"""Where nothing like these is, no sentence begins with a number: most texts need no closer look."""
_ENGLISH: Final = re.compile(
    r"(?<![\w.,-])(?:(?:apartment|apt|flat|room|house|unit)\.?\s*(?:no\.?\s*|number\s*)?\w{1,5},?\s+)?"
    r"(?:(?:no\.?|number|house|at)\s*)?\d{1,4}[a-z]?(?:/\d{1,4})*,?\s+(?!(?:[ap]\.?m|o.clock)\b)"
    r"(?:(?:lane|alley|group|block|area)\s?\d+(?:/\d+)*,?\s+)*(?:[^\W_]+\s+){1,5}?(?:street|road|st|rd|avenue"
    r"|(?:lane|alley)(?: \d+)?)\b"
)
_ENGLISH_STREETS: Final = cues(("street", "road", "st", "rd", "avenue", "lane", "alley"))
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
                yield _with_head(views, last, public)
            last = span
        elif span.end > last.end or (span.kind == "address") > (last.kind == "address"):
            last = Span(last.start, max(last.end, span.end), "address")
    if last is not None:
        yield _with_head(views, last, public)


def _with_head(views: Views, span: Span, public: PublicSpans) -> Span:
    """From "số" or "nhà số" on, where the number follows it; with the room or the house beside it."""
    plain = views.plain
    head = _NUMBER_HEAD.search(plain, max(0, span.start - 9), span.start)
    head = head or _ROOM_AHEAD.search(plain, max(0, span.start - 20), span.start)
    room = _ROOM_BEHIND.match(plain, span.end)
    start = span.start if head is None else head.start()
    end = span.end if room is None else room.end()
    if span.kind == "address" and (house := _HOUSE_BEHIND.match(plain, end)):
        street = public.end_at(house.end()) or person_end(views, house.end(), cued=True)
        end = chain(views, street, public) if street else end
    return Span(start, end, span.kind)


def _addresses(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    plain = views.plain
    if not words.isdisjoint(_ENGLISH_STREETS):
        for found in _ENGLISH.finditer(plain):
            last = found[0].rstrip(" 0123456789").split()[-2:]
            street = found.start() + len(found[0].rstrip(" 0123456789")) - len(" ".join(last))
            start_text = _AT.sub("", found[0])
            if views.text[street].isupper():
                yield Span(found.end() - len(start_text), found.end(), "address")
    for found in () if words.isdisjoint(_STARTS) else _START.finditer(plain, *views.numbers):
        number = found.lastindex or 1
        sure = number == 1
        if not sure and _is_of_no_house(views, found):
            continue
        end = chain(views, found.end(), public)
        if end == found.end():
            end = _bare_street(views, found, public)
        if end > found.end() or (number == 2 and _is_behind_units(views, found)):
            yield Span(_start(views, found, number), end, "address")
        elif sure and plain.startswith(_HOUSE, found.start()) and not _YEAR.match(found[0]):
            yield Span(_start(views, found, number), end, "house_number")
    yield from find_flats(views, words, public)
    yield from find_houses(views, words, public)
    yield from find_small_streets(views, words, public)
    if not words.isdisjoint(_LANES) and _LANE_NUMBER.search(plain):
        yield from (
            Span(found.start(), street_behind(views, found.end(), public), "address")
            for found in _ENGLISH_HOUSE.finditer(plain, *views.numbers)
        )
    yield from _in_streets(views, words, public)
    yield from _at_beginnings(views, public)
    if views.is_east_asian:
        yield from (Span(*found.span(), "address") for found in _FOREIGN_STREET.finditer(views.text))


def _is_of_no_house(views: Views, found: re.Match[str]) -> bool:
    """Whether the number behind "số", "nhà" or the like is that of something else, by what is before or behind it."""
    plain, start = views.plain, found.start()
    if plain.startswith(_DAY_AFTER, start) and DAY.fullmatch(found[2]):
        return LINK.match(plain, found.end()) is None
    if _FROM.search(plain, max(0, start - 16), found.start(2)):
        return True
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
            _BUT_A_HOUSE.search(plain, max(0, start - 9), start)
            and before != "đèn "
            and not plain.endswith(_LAMP, 0, start)
            and _LANE_BEHIND.match(plain, found.end())
        )
    )


def _is_behind_units(views: Views, found: re.Match[str]) -> bool:
    """Whether the number is that of a house because of what is before it: "ngõ 5 tổ 8 khu 3, số 27"."""
    plain, start = views.plain, found.start()
    if not plain.startswith("so ", start):
        return False
    return any(before.search(plain, max(0, start - 40), start) for before in (_UNITS_BEFORE, _UNIT_NAMED_BEFORE))


def _in_streets(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Houses that no word announces, by what follows: "cổng nhà tôi (112 đường …)", "trọ ở 102/5 đg …"."""
    plain = views.plain
    for found in () if words.isdisjoint(_WAYS) else _IN_STREET.finditer(plain, *views.numbers):
        name = found.start("name")
        if "/" in found[1]:
            day = DAY.fullmatch(found[1]) and not _AT_HOME.search(plain, max(0, found.start() - 10), found.start())
            sure = not day and (found["street"] is not None or plain[name].isdigit())
        elif found["group"] is not None:
            marked = plain[max(0, found.start() - 2) : found.start()].strip() in {",", "(", ":"}
            sure = plain[name].isdigit() and (marked or _GROUP_AND_MORE.match(plain, found.end()) is not None)
        else:
            far = len(found[1]) > 1 or found["street"] in {"ngo", "ngach", "hem", "kiet"}
            sure = far and found["street"] is not None and (views.text[name].isupper() or plain[name].isdigit())
        # "Cấp 3 Ngô Quyền" is a school.
        sure = sure and views.text[found.end() : found.end() + 3] not in {"Ngô", "ngô"}
        if sure and not _IN_NO_STREET.search(plain, max(0, found.start() - 10), found.start()):
            end = chain(views, found.end(1), public)
            if end > found.end(1):
                yield Span(found.start(), end, "address")
    yield from _behind_marks(views, public)


def _behind_marks(views: Views, public: PublicSpans) -> Iterator[Span]:
    """A number and a known street that are all there is between marks: "nhà tôi (75/4 Hoa Ban)"."""
    plain = views.plain
    for found in _BEHIND_MARK.finditer(plain, *views.numbers):
        if views.text[found.end()].isupper() and not DAY.fullmatch(found[1]):
            end = public.end_at(found.end())
            if end is not None and plain[end : end + 1] in _CLOSING:
                yield Span(found.start(1), end, "address")


def _at_beginnings(views: Views, public: PublicSpans) -> Iterator[Span]:
    """A number and a street at the beginning of a sentence: "88 Tran Hung Dao, the sewer is blocked"."""
    plain = views.plain
    if not (_FIRST_NUMBER.match(plain) or _LATER_NUMBER.search(plain, *views.numbers)):
        return
    for found in _BEGINNING.finditer(plain):
        if views.text[found.end()].isupper():
            end = public.end_at(found.end())
        else:
            link = _STREET.match(plain, found.end())
            sure = link is not None and not views.text[link.end()].islower()
            end = chain(views, found.end(1), public) if sure else None
        if end is not None:
            yield Span(found.start(1), chain(views, end, public), "address")


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


def _goes_on_as_name(views: Views, first: re.Match[str]) -> bool:
    """Whether a capital follows what also begins names: "19 Đặng Dung" goes on with no "đang"."""
    return (first[0] in SURNAMES or first[0] in BEGINS_NAMES) and views.text[
        first.end() + 1 : first.end() + 2
    ].isupper()


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
    gap = BARE_STREET.match(views.plain, end)
    if gap is None:
        return end
    if not views.text[gap.end()].isupper():
        known = public.end_at(gap.end())
        counted = "/" not in found[found.lastindex or 1] and _COUNTED.match(views.plain, gap.end())
        return end if known is None or counted else chain(views, known, public)
    if (
        (known := public.end_at(gap.end())) is not None
        and found.lastindex == 2
        and not _A_QUARTER.match(views.plain, gap.end())
    ):
        return chain(views, known, public)
    first = WORD.match(views.plain, gap.end())
    if (
        first is None
        or (first[0] in NO_STREET and not _goes_on_as_name(views, first))
        or (views.text[gap.end() : first.end()].isupper() and len(first[0]) > 1)
    ):
        return end
    last = street_end(views, gap.end(), public)
    return end if last is None else chain(views, last, public)
