"""Where a house's address ends: how it goes on behind the number, with groups, lanes, streets and neighbourhoods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ioc.classify.person_streets import person_end
from ioc.classify.personal import Views
from ioc.classify.places import PublicSpans

_UNIT: Final = (
    r"nha tro|khu tro|xom tro"
    r"|ngach|nghach|ngo|ngho|ng|hem|kiet|to dan pho|tdp|to|khu pho|khu do thi|khu tai dinh cu|khu tdc|kdt|kd|tower"
    r"|khu tap the|tap the|khu tt|khu dan cu|kdc|khu|thon|xom|ap"
    r"|ban|pho|duong|duog|dg|dai lo"
    r"|toa nha|toa|cho|ky tuc xa|ktx|block|day|lo|chung cu|cum|lk|tieu khu"
)
LINK: Final = re.compile(rf"\s*,?\s+({_UNIT})\s+(?=\S)")
_SHORT_UNIT: Final = re.compile(r",?\s+(?:kp|kd|tdp|k|doi)\s?\d{1,2}(?!\w)")
_PART: Final = re.compile(r"[^\W_]*\d[^\W_]*(?:/\w+|-\d+)*(?: thang \d+)?(?!\w)|[a-z]\d?(?!\w)")
_NUMBERED_END: Final = re.compile(r"\d[a-z]?$")
WORD: Final = re.compile(r"[^\W_]+")
DAY: Final = re.compile(r"(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])")
"""A day of a month, which looks like a house's number with a stroke."""
BARE_STREET: Final = re.compile(r"\s*,?\s+(?=[^\W\d_])")
SURNAMES: Final = frozenset(
    "nguyen tran le pham hoang ly ngo vo phan to ton bui dang dinh cao ho huynh vu doan truong luong".split()  # noqa: SIM905 (a list of words)
)
NO_STREET: Final = frozenset(
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
BEGINS_NAMES: Final = frozenset("ba ong co chi cho ben bai cau cong chu da".split())  # noqa: SIM905 (a list of words)
"""But with capitals, of a name of several words: "ngõ 3 Ba Cây"."""
_NUMBERED: Final = frozenset(("to", "ban", "ap", "xom", "lo", "day", "cum", "lk", "ng", "toa", "khu", "thon"))
"""Units whose names without capitals are any words."""
_NAMED_UNITS: Final = frozenset(("khu", "thon", "xom", "ban", "ap"))
_NO_UNIT: Final = NO_STREET | frozenset(
    "nay kia do ay vuc bi mat nuoc dien rac bo cua thi la o tai trong sau truoc duoc thuoc nha gan canh voi den hay"  # noqa: SIM905 (a list of words)
    " roi ma nhe nha a ad moi dan cu ngap chay hong het vua qua suot ca hom sang toi trua chieu mong nho xin".split()
)
"""What is no name of a neighbourhood but what the sentence goes on with."""
_VILLAGES: Final = frozenset(("dong", "trung", "thuong", "cho", "ben", "cau", "chua", "bai", "con", "thi"))
"""Words of these that alone are what a village is called."""
_LANES_BEGIN: Final = _VILLAGES | {"lo", "gieng", "xom", "nha"}
"""The same of lanes: "ngõ lò bát"."""
_OPPOSITE: Final = "doi dien"
"""Needs one word more: "ngõ đối diện chợ"."""
_ENTERPRISE: Final = frozenset("khi mo mang than dien nuoc duong sat may vien xay dung tau cang thuy".split())  # noqa: SIM905 (a list of words)
"""How the names of an enterprise go on whose workers' houses are called after it: "tập thể Cơ khí mỏ"."""
_NEW: Final = frozenset(("xom moi", "pho moi", "cho moi"))
_SMALL_UNITS: Final = frozenset(("thon", "xom", "ap", "ban"))
_SIDES: Final = frozenset(("bac", "nam", "dong", "tay", "moi", "tren", "duoi", "trong", "ngoai"))
"""What a neighbourhood is called where nothing follows: "19 tổ 2 thôn bắc"."""
_CLOSED: Final = frozenset(("", ",", ".", ";", ")", "\n"))
_MOST_WORDS: Final = 4


def chain(views: Views, end: int, public: PublicSpans) -> int:
    """Where an address ends that has a house number before ``end``."""
    start = end
    while True:
        if short := _SHORT_UNIT.match(views.plain, end):
            end = short.end()
            continue
        link = LINK.match(views.plain, end)
        if link is not None:
            part = _PART.match(views.plain, link.end())
            last = part.end() if part is not None else street_end(views, link.end(), public, link[1])
            if last is None:
                # "ngõ 6 tô hiến thành": without its mark the surname is a group of houses, too.
                return person_end(views, link.start(1), cued=False) or end
            if link[1] == "cho" and not views.text[link.end()].isupper():
                return end  # "For", not the market.
            if link[1] == "ng" and not views.plain[link.end() : link.end() + 1].isdigit():
                return end  # "Người", not the lane.
            if link[1] == "lo" and views.text[link.start(1) : link.end(1)].lower() == "lộ":
                return end
            end = last
            continue
        gap = BARE_STREET.match(views.plain, end) if end > start else None
        if gap is None or "," in gap[0]:
            return end
        if not views.text[gap.end()].isupper():
            numbered = _NUMBERED_END.search(views.plain, max(0, end - 2), end) is not None
            known = public.end_at(gap.end()) if numbered else None
            known = known or (person_end(views, gap.end(), cued=False) if numbered else 0)
            if not known:
                return end
            end = known
            continue
        first = WORD.match(views.plain, gap.end())
        last = street_end(views, gap.end(), public)
        if first is None or last is None or not _NUMBERED_END.search(views.plain, max(0, end - 2), end):
            return end
        if first[0] in NO_STREET and (first[0] not in BEGINS_NAMES or last == first.end()):
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
    if end is None and len(words) > 1 and views.plain[words[0].start() : words[1].end()] in _NEW:
        return words[1].end()
    if end is None and unit in _SMALL_UNITS and views.plain[words[0].start() : words[0].end()] in _SIDES:
        last = words[0].end()
        return last if views.text[last : last + 1] in _CLOSED else None
    return end


def lane_end(views: Views, start: int, public: PublicSpans) -> int | None:
    """Where a lane's name without capitals ends that begins here: one that is known, or up to two words."""
    known = public.end_at(start)
    if known is not None:
        return known
    end = None
    for number, word in enumerate(WORD.finditer(views.plain, start, start + 20)):
        begins = number == 0 and word[0] in _LANES_BEGIN
        if number > 1 or (word[0] in _NO_UNIT and not begins) or (number and word.start() != (end or 0) + 1):
            break
        end = word.end()
        if views.plain[end : end + 1] != " ":
            break
    if end is not None and views.plain[start:end] == _OPPOSITE and (place := WORD.match(views.plain, end + 1)):
        return place.end()
    return end


def street_end(views: Views, start: int, public: PublicSpans, unit: str = "") -> int | None:
    """Where the name ends that begins here, behind a unit's word if there is one; ``None``: none begins."""
    words: list[re.Match[str]] = []
    at = start
    while len(words) < _MOST_WORDS and (word := WORD.match(views.text, at)):
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
        # "phố mới Hoa Ban": what begins small goes on with a name.
        return street_end(views, words[capital].start(), public, unit)
    long = len(words) > 2 and (
        views.plain[words[0].start() : words[0].end()] in SURNAMES
        or views.plain[words[0].start() : words[1].end()] == _OPPOSITE
    )
    return words[min(len(words), 3 if long else 2) - 1].end()
