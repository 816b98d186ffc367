"""Houses in lanes, on slopes, on plots and right before known streets, with no word for the house: "33b ngõ văn hóa".

What follows the number is a name of any words, without capitals too, so each needs more than a number before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.flats import street_behind
from ioc.classify.personal import Span, Views
from ioc.classify.places import PublicSpans
from ioc.classify.streets import DAY, chain, lane_end, street_end

_LANES: Final = cues(("ngo", "ngach", "hem", "kiet"))
_BEFORE_LANE: Final = re.compile(r"\d[a-z]? (?:ngo|ngach|hem|kiet) [^\W\d_]")
"""Where none of these is no house is in a lane with a name: most texts need no closer look."""
_LANE: Final = re.compile(
    r"(?<![\w.,/-])(?:(?P<nha>nha (?:so )?)|(?P<room>(?:phong|can|p)[ .](?:so )?\d{1,4}[a-z]?, ))?"
    r"(?P<number>\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*) (?:ngo|ngach|hem|kiet) (?=[^\W\d_])"
)
_STROKED_LANE: Final = re.compile(r"(?<!\w)(?:ngo|ngach|hem|kiet) \d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)+(?![\w/])")
_NO_LANE: Final = re.compile(
    r"(?:nho|cut|sau|hep|bi|lien|quanh|trong|ngap|be|khac|con|dai|rong|cao|dan|nua|cung|toi|vao|ra|to|lon|nao|thong"
    r"|song|nay|kia|do|day|co|khong|deu|mat|dang|da|va|cua|thi|la|dau|cuoi|duong|chinh|xom|pho|ngach|hem|phia|ngang"
    r"|xung|gan|canh|den|may|chung|trai|phai|hom|roi|luon|moi|doi|tham|thay|lau|cu|mo|voi|o|em|minh|gio|thoi|mot)\b"
)
"""What says how lanes are, where they are counted."""
_NO_HOUSE: Final = re.compile(
    r"(?:(?<!\w)(?:[a-z]\d+|to|khu|thon|xom|ap|lop|km|ql|tl|lo|ngo|hem|ngach|kiet|duong|pho|cac|nhung|hon|khoang|tram"
    r"|cot|tuyen|tang|co|ca|tong|thu|ngay|thang|nam|luc|hoi|tu|mung|phut|gio|may|ba|hai|gan|them|duoc|va|trong"
    r"|vong|dai|rong|den|quang|chung|deu|suot|loi|het|du|o ca|tat ca|con|hon|cau|nhom|bus|buyt|xe|ql"
    r"|don|bo|quet|lam|do|sua|lat|be|phun|ngap|cat|mat|xem|kiem tra|giai toa)|\d)[ :]{0,2}$"
)
_SLOPES: Final = cues(("doc", "cot"))
_SLOPE: Final = re.compile(
    r"(?<![\w.,/-])(?P<number>\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)+)"
    r" (?:(?P<slope>doc) (?=[^\W\d_])|cot \d{1,2}(?!\w|[.,]\d))"
)
_ALONG: Final = re.compile(r"(?:duong|bo|theo|hai|bien|ven|tuyen|ca|lap|ky|duoc)\b")
"""Behind the word for a slope without its marks, which is "along" and "read", too."""
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_HOUSE: Final = cues(("nha",))
_PLOTS: Final = cues(("lo", "thua"))
_PLOT: Final = re.compile(
    r"(?<!\w)(?:lo (?:so )?[a-z]{0,2}\d{1,3}[a-z]?,?"
    r"(?: (?:cum|khu) cong nghiep\b| (?:kcn|ccn)\b| (?=to \d|cum \d)| o (?:so )?[a-z]?\d{1,3}(?!\w|[.,]\d))"
    r"|thua (?:dat )?(?:so )?\d{1,4}(?!\w|[.,]\d)(?:,? to (?:ban do )?(?:so )?\d{1,3}(?!\w|[.,]\d))?)"
)
_OF_PLOTS: Final = frozenset(("lô", "lo", "thửa"))
_LAND: Final = re.compile(r"thua (?:dat|so)\b|.* to ")
"""Without its mark the word for a plot is also "to lose": it needs another word for land."""
_NUMBERED: Final = re.compile(r"nha (?:so )?\d")
_UNIT_AND_HOUSE: Final = re.compile(
    r"(?<!\w)(?:xom|to|thon|ap|ngo|ngach|hem|doi) \d{1,3}[a-z]?,? nha (?:so )?\d{1,3}[a-z]?(?:/\d{1,3})*"
    r"(?=[.,;:!?)\n]|$| (?:khong|bi|mat|co|o|do|cua|dang|hay|thuong|xay|nuoi|canh|gan|thi|nha|nhe|a)\b(?! \d))"
    r"|(?<!\w)(?:(?:xom|to|thon|ap|khu|ngo|ngach|hem) \d{1,3}[a-z]?(?:/\d{1,3})*,? ){2,}"
    r"nha (?:so )?\d{1,3}[a-z]?(?:/\d{1,3})*(?!\w|[.,]\d| (?:tang|ho|can)\b)"
)
_STROKED: Final = re.compile(
    r"(?<!\w)nha (?:so )?(\d{1,4}[a-z]?/\d{1,4}[a-z]?)"
    r"(?![\w/%]|[.,]\d| (?:m|met|tang|ho|nha|nguoi|can|phong|con|dan)\b)"
)
_ALWAYS: Final = frozenset(("24/24", "24/7"))
_BEFORE_STREET: Final = re.compile(
    r"\d(?<![a-z\d_.,:/-].)(?:\d{1,3}[a-z]?(?:/\d{1,4})*|\d{0,3}(?:/\d{1,4})+) (?=[^\W\d_])"
)
"""A number of some length; its first digit is asked for first, because it is found fast."""
_NO_HOUSE_BEFORE: Final = re.compile(
    r"(?:(?<!\w)(?:[a-z]\d*|to|khu|thon|xom|ap|lop|cap|km|ql|tl|lo|ngo|hem|ngach|kiet|duong|cac|nhung|hon|khoang"
    r"|tram|cot|tuyen|tang|co|ca|tong|thu|ngay|thang|nam|luc|hoi|tu|mung|phut|gio|may|ba|hai|them|duoc|va|trong|vong"
    r"|dai|rong|den|het|du|tat ca|con|cau|nhom|bus|buyt|xe|lo trinh|quoc lo|tinh lo|lan|dot|khoa|doi|thi|xi nghiep"
    r"|mo|phan xuong|chot|diem|nut|vi tri|phuong|xa|quan|p|so xe|gia|mat|ton|tren|duoi|qua|len|xuong|truong|thcs"
    r"|thpt|the he|nien khoa|mua|nhiem ky|the ky|ve|sang|chieu|trua|dem|hom|nhan|no|phat|dong|bang|cho|toi"
    r"|route|road|bus|line|lane|alley|number|day|in|of the|the|since|year"
    r"|class|school|grade|from|to|at least|about|for)|\d)[ :]{0,2}$"
)
"""Before numbers that are no house's though the name of a street follows: "tuyến 20 Bến Tàu", "cấp 2 Lý Tự Trọng"."""
_NEAR: Final = cues(("near", "behind", "opposite", "outside"))
_ENGLISH_NEAR: Final = re.compile(
    r"(?<!\w)(?:near|behind|opposite|outside) (\d{2,4}[a-z]?(?:/\d{1,4})*|\d(?:/\d{1,4})+) (?=[^\W\d_])"
)
"""A number of some length behind the English words for where something is."""


def find_houses(views: Views, words: set[str], public: PublicSpans) -> Iterator[Span]:
    """Addresses of these kinds; ``words``: the text's, folded."""
    plain = views.plain
    if not words.isdisjoint(_LANES) and _BEFORE_LANE.search(plain, *views.numbers):
        yield from _in_lanes(views, public)
    if "/" in plain:
        if not words.isdisjoint(_LANES):
            yield from _off_lanes(views, public)
        if not words.isdisjoint(_SLOPES):
            yield from _on_slopes(views, public)
        if not words.isdisjoint(_HOUSE):
            yield from (
                Span(found.start(), found.end(), "house_number")
                for found in _STROKED.finditer(plain)
                if not DAY.fullmatch(found[1]) and found[1] not in _ALWAYS
            )
    if not words.isdisjoint(_PLOTS):
        for found in _PLOT.finditer(plain, views.numbers[0]):
            if _is_plot(views, found):
                # The blank before what follows is the chain's.
                plot = found.start() + len(found[0].rstrip(", "))
                end = street_behind(views, chain(views, plot, public), public)
                # What alone says which plot is a number of the land registry's, and nobody's address.
                if end > plot or not found[0].startswith("thua"):
                    yield Span(found.start(), end, "address")
    if not words.isdisjoint(_HOUSE) and _NUMBERED.search(plain, *views.numbers):
        for found in _UNIT_AND_HOUSE.finditer(plain):
            yield Span(found.start(), chain(views, found.end(), public), "address")
    if not words.isdisjoint(_NEAR):
        for found in _ENGLISH_NEAR.finditer(plain):
            end = street_behind(views, found.end(1), public)
            if end > found.end(1):
                yield Span(found.start(1), end, "address")
    yield from _before_streets(views, public)


def _is_plot(views: Views, found: re.Match[str]) -> bool:
    """Whether the word before the number is that for a plot as it is written."""
    written = views.text[found.start() : found.end()].lower()
    return written.split(" ", 1)[0] in _OF_PLOTS or (written.startswith("thua") and _LAND.match(found[0]) is not None)


def _in_lanes(views: Views, public: PublicSpans) -> Iterator[Span]:
    """Houses in lanes that are called by small words; a single digit counts lanes, unless "nhà" stands before it."""
    for found in _LANE.finditer(views.plain):
        if views.text[found.end()].isupper() or _NO_LANE.match(views.plain, found.end()):
            continue
        if views.text.startswith("chưa", found.end()):
            continue
        number, start = found["number"], found.start()
        if len(number) < 2 and found["nha"] is None and found["room"] is None:
            continue
        if _NO_HOUSE.search(views.plain, max(0, start - 10), start) or DAY.fullmatch(number):
            continue
        end = lane_end(views, found.end(), public)
        if end is not None:
            yield Span(start, chain(views, end, public), "address")


def _off_lanes(views: Views, public: PublicSpans) -> Iterator[Span]:
    """Houses by the lane's number and their own behind a stroke ("hẻm 72/8"), before a street."""
    for found in _STROKED_LANE.finditer(views.plain):
        end = street_behind(views, found.end(), public)
        if end > found.end():
            yield Span(found.start(), end, "address")


def _before_streets(views: Views, public: PublicSpans) -> Iterator[Span]:
    """Numbers right before a known street of several words with capitals: "spa 102 Kênh Liêm"."""
    plain, text = views.plain, views.text
    for found in _BEFORE_STREET.finditer(plain, *views.numbers):
        number, end = found[0].rstrip(), found.end()
        if not text[end].isupper() or DAY.fullmatch(number) or _YEAR.fullmatch(number):
            continue
        if _NO_HOUSE_BEFORE.search(plain, max(0, found.start() - 12), found.start()):
            continue
        street = public.end_at(end)
        if street is None or " " not in text[end:street] or text[street + 1 : street + 2].isupper():
            continue
        yield Span(found.start(), chain(views, street, public), "address")


def _on_slopes(views: Views, public: PublicSpans) -> Iterator[Span]:
    """Houses with a stroke in their number, on a slope or at a post that a quarter is called after."""
    for found in _SLOPE.finditer(views.plain):
        if DAY.fullmatch(found["number"]) and found["slope"] is None:
            continue
        if found["slope"] is None:
            yield Span(found.start(), chain(views, found.end(), public), "address")
            continue
        written = views.text[found.end("slope") - 3 : found.end("slope")].lower()
        if written != "dốc" and (written != "doc" or _ALONG.match(views.plain, found.end())):
            continue
        end = street_end(views, found.end(), public)
        if end is not None:
            yield Span(found.start(), chain(views, end, public), "address")
