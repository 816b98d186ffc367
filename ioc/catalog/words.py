"""Vietnamese and English words that stand around place names: they say that a name is one, and of what kind.

Generic words only; every name is data of a province.
"""

from __future__ import annotations

from typing import Final

from ioc.text.normalise import fold

UNIT_WORDS: Final = {
    "phường": ("phuong", "p", "f"),
    "xã": ("xa", "x"),
    "thị trấn": ("thi tran", "tt"),
    "đặc khu": ("dac khu", "dk"),
    "thành phố": ("thanh pho", "tp"),
    "thị xã": ("thi xa", "tx"),
    "huyện": ("huyen", "h"),
    "quận": ("quan", "q"),
}
KIND_BEFORE: Final = {short: kind for kind, shorts in UNIT_WORDS.items() for short in shorts}

KIND_AFTER: Final = {
    "ward": ("phường",),
    "commune": ("xã",),
    "township": ("thị trấn",),
    "town": ("thị trấn", "thị xã"),
    "city": ("thành phố",),
    "district": ("huyện",),
    "坊": ("phường",),
    "社": ("xã",),
    "市": ("thành phố",),
    "县": ("huyện",),
    "縣": ("huyện",),
}
"""What other languages put behind the name."""

_WHERE: Final = (
    "ở", "tại", "thuộc", "gần", "ven", "khu", "khu vực", "địa bàn", "địa phận", "trung tâm", "chợ", "cầu", "bến xe",
    "bến tàu", "bến phà", "bệnh viện", "vịnh", "đảo", "cảng", "biển", "bãi tắm", "cửa khẩu", "thôn", "xóm", "ngã ba",
    "ngã tư", "đoạn", "kđt", "khu đt", "at", "in", "near", "around", "on",
)  # fmt: skip
WHERE: Final = {fold(word): word for word in _WHERE}
"""Words of place, unmarked to marked: "cho" is a market only where marks are missing."""

WHERE_AFTER: Final = frozenset(
    {"bay", "beach", "bridge", "hospital", "island", "market", "pier", "port", "harbor", "harbour", "station", "area"}
)

STREET: Final = frozenset(
    {
        "duong", "pho", "ngo", "ngach", "hem", "truong", "thcs", "thpt", "tieu hoc", "cong ty", "khach san", "nha hang",
        "song", "quan", "tuong dai",
    }
)  # fmt: skip
"""What is called after a person or virtue as often as after a place: the name behind them says nothing."""

_GROUND: Final = (
    "bãi", "dốc", "đèo", "hồ", "đập", "mỏ", "đê", "kè", "hang", "ga", "phà", "sông", "suối", "biên phòng", "đô thị",
    "chung cư", "cư cũ", "đê bao", "ruộng", "ngã năm", "vòng xuyến", "phía", "ngoài khơi", "khơi", "ra", "qua", "off",
    "of",
)  # fmt: skip
GROUND: Final = {fold(word): word for word in _GROUND}
"""Words that stand before places and before much else: beside a name that is no everyday word."""

AT: Final = frozenset({"o", "tai", "thuoc"})
"""What stands before nothing but a place: here an abbreviation is one too."""

NUMBERED: Final = frozenset({"to", "khu", "thon", "xom", "doi"})
"""Parts of a unit that have numbers: "tổ 6 …"."""

HOUSES: Final = frozenset({"ngo", "ngach", "hem", "so", "kiet", "lo"})
"""What a street's houses and lanes are numbered by."""

ROADSIDE: Final = frozenset({"he", "doc", "tuyen", "mat"})
"""What belongs to a street: "vỉa hè …"."""

PEOPLE: Final = frozenset(
    {"anh", "chị", "ông", "bà", "cô", "chú", "bác", "cụ", "thầy", "em", "cháu", "tên", "bé", "thằng"}
)
"""Right before a name: a person is called so. With their marks: without, half of them are other words."""

CALLED: Final = frozenset({"anh", "chị", "ông", "bà", "cô", "tên"})
"""Of these, the ones before which even a former district's name is a person's; the others may speak of a resident."""

MANY: Final = frozenset({"các", "mấy", "những", "anh", "chị"})
"""Before such a word: people of a place ("các bác …"), no person."""

ASIDE: Final = frozenset({"tu", "ve", "di", "sang", "huong", "from", "towards", "to", "que"})
"""Where somebody comes from or goes to is not where it happens."""

_HEADS: Final = (
    "đường", "phố", "đại lộ", "quốc lộ", "tỉnh lộ", "cao tốc", "ngõ", "hầm", "dốc", "đèo", "ngã ba", "ngã tư", "nút",
    "cầu", "chợ", "bến", "cảng", "phà", "ga", "nhà ga", "sân bay", "bệnh viện", "trung tâm", "trường", "thpt", "thcs",
    "cấp 2", "cấp 3", "đại học", "cao đẳng", "chùa", "đền", "đình", "miếu", "nhà thờ", "thiền viện", "núi", "đồi",
    "hồ", "đập", "sông", "suối", "thác", "đảo", "hòn", "mũi", "bãi tắm", "bãi biển", "bãi cọc", "vịnh", "hang", "động",
    "vườn quốc gia", "mỏ than", "nhà máy", "khu công nghiệp", "cụm công nghiệp", "khu đô thị", "khu", "khu du lịch",
    "khu di tích", "quảng trường", "sân vận động", "siêu thị", "vincom", "khách sạn", "thôn", "bản", "xóm", "làng",
    "ủy ban", "công an", "cửa khẩu", "công viên", "bảo tàng", "nhiệt điện", "xi măng", "làng chài", "cáp treo",
)  # fmt: skip
HEADS: Final = tuple(f"{fold(head)} " for head in sorted(_HEADS, key=len, reverse=True))
"""A name that begins with what the thing is needs no other word to be a place."""

ROAD_HEADS: Final = ("đường ", "phố ")
"""People call a street by either."""


NUMBERED_ROADS: Final = {"quốc lộ": ("quốc lộ", "ql"), "đường tỉnh": ("đường tỉnh", "tỉnh lộ", "tl", "đt")}
"""What roads with numbers are called."""


def split_unit(full_name: str) -> tuple[str, str]:
    """Unit word and bare name: ``"Thị trấn Ba Vì"`` to ``("thị trấn", "Ba Vì")``; no unit word: an empty one."""
    lower = full_name.lower()
    for kind in UNIT_WORDS:
        if lower.startswith(kind + " "):
            return kind, full_name[len(kind) + 1 :]
    return "", full_name
