"""A single capitalised word within a sentence that is somebody's name without any title: "Vay Sửa mười triệu".

In ordinary reports hardly anything stands so but places behind their word, nations, brands, days, and offices of which
only the first word has a capital ("Công an"). What is left is what somebody is called.
"""

from __future__ import annotations

from typing import Final

from ioc.classify.lists import DYNASTIES, UNMARKED_TITLES, Letters, Lists
from ioc.classify.name_model import NameModel
from ioc.classify.slips import SYLLABLE
from ioc.classify.surroundings import Surroundings
from ioc.classify.words import Words

_NAMES: Final = Letters("GKN")
_UNMARKED_NAMES: Final = Letters("GKgk")
_NUMBERS: Final = frozenset("hai ba tư năm sáu bảy tám chín mười thu xuân hè".split())  # noqa: SIM905 (a list of words)
"""Days, months and seasons, unless somebody's own stands before: "vườn nhà Chín"."""
_OWNERS: Final = frozenset(("nhà", "thằng", "cùng", "gặp", "vay"))
_PEOPLE: Final = frozenset("TRNI")
"""Signs, as in ``Lists``, that stand before people."""
_OPENERS: Final = frozenset(
    "nay sao theo vay ngoài chào nhờ của nhà gặp thằng do tại bởi cùng với cho trả gửi hỏi mời gọi thấy kể đòi"  # noqa: SIM905 (a list of words)
    " trừ".split()
)
"""Begin a sentence, and stand before people."""
_AND: Final = frozenset(("va", "voi"))
_APART: Final = frozenset((",", "(", "~"))
_GOES_ON: Final = frozenset("0123456789-")
_THINGS: Final = frozenset(
    "bến hòn hang dốc khe thác hồ ao cống ghềnh nghè phủ gò lạch ngòi đò phim sóng kẹo giống bệnh dịch mệnh cung"  # noqa: SIM905 (a list of words)
    " đội nhóm ban sở cục chi vùng miền châu biển cột mốc chốt bốt nút phía hướng mùa bão tết lễ ngày thứ tháng năm"
    " tuần tiết họ tộc người dân khách tiếng chữ quân lính giặc hệ kiểu loại hạng cỡ màu mác hàng đạo tuổi trà cửa"
    " đồng khoá khóa xe mạng vụng bưởi triều giọng cá cam vịt tay xét môn dạy học vườn gốc thời bài bai"
    " câu sim máy tượng chùm nick ga cái hát khach".split()
)
"""Right before a word that is a place's, a thing's, a people's or a day's."""
_NOBODY: Final = frozenset(
    "tết hàn tây trung nhật anh pháp đức mỹ úc nga lào thái việt đài nam bắc đông phật chúa đảng đoàn đội sở tỉnh ủy"  # noqa: SIM905 (a list of words)
    " nhà chủ công học bưu kinh dao tày nùng mông giêng chạp ban bộ bác cục chi"
    " phòng trường điện đại hội phó vùng khu trạm cảng chợ bến cầu vịnh núi sông biển đảo hồ trái môi hành nội ngoại"
    " an trà em con cháu cô ông bà chị tôi mình cụ chú dì thầy và ngọ noel"
    " đất trời phi âu á ấn tàu kho đò cha toán nước luật văn sử địa lý"
    " hoá hóa sinh tin bụt sếp nghệ huân han nhat".split()
)
"""What stands so in ordinary reports, and is nobody."""
_SEEN: Final = 6
"""Ordinary reports that two words stand in side by side, from which on they belong together."""


class LoneNames:
    """Tells them; ``model``: has counts of words in ordinary reports."""

    def __init__(self, lists: Lists, model: NameModel) -> None:
        self._lists = lists
        self._model = model

    def is_name(self, text: Surroundings, index: int) -> bool:
        """Whether a word with a capital, beside which none stands, is one."""
        words = text.words
        low = words.low[index]
        if words.caps[index] != "U" or low in _NOBODY:
            return False
        if words.gaps[index] == "_":
            if words.caps[index - 1] != "l" and not self._is_opened(words, index):
                return False
        elif words.gaps[index] not in _APART:
            return False
        if words.between(index + 1)[:1] in _GOES_ON:
            return False
        if low in _NUMBERS and (words.gaps[index] != "_" or words.low[index - 1] not in _OWNERS):
            return False
        if not SYLLABLE.fullmatch(words.plains[index]):
            return False
        return self._fits(words, index) and not text.is_public(index, index + 1)

    def _is_opened(self, words: Words, index: int) -> bool:
        """Whether the word before has its capital because it begins a sentence: "Vay Sửa mười triệu"."""
        return words.begins(index - 1) and words.low[index - 1] in _OPENERS

    def _fits(self, words: Words, index: int) -> bool:
        """Whether neither the word before nor the one behind says what else it is."""
        lists, code = self._lists, words.codes[index]
        marked = words.style[1] == "m"
        after = words.next_word(index)
        before = words.low[index - 1] if words.gaps[index] == "_" else ""
        sign = words.sign(index)
        if sign[:1] in {"P", "p"} or (before and "P" in words.codes[index - 1]):
            return False
        if before and lists.signs.get(f"{before} {words.low[index]}") == "P":
            return False  # "nhà Nghỉ"
        if marked and sign == "N0" and words.sign(index - 1)[:1] == "P":
            return False  # "Quán tên Sạch"
        if before in _THINGS and sign[1:] in {"", "0"}:
            return False
        if before in {"nhà", "nha"} and words.low[index] in DYNASTIES:
            return False
        if after and self._is_joined(words, index, marked=marked):
            return False
        if before and not sign and self._beside(words, index - 1, marked=marked) >= _SEEN:
            return False
        met = before in lists.people_before or before in _OWNERS
        if "X" in code or not (_NAMES if marked else _UNMARKED_NAMES)[code]:
            if not marked:
                return sign in {"T0", "t0"} and not code and before in UNMARKED_TITLES and after in _AND
            return "P" not in code and (met or sign[:1] in _PEOPLE or after in lists.acts)
        if marked:
            return True
        # "Cho" is the market, too.
        return sign[:1] not in {"", "E"} or (met and (before != "cho" or (after in lists.acts and "k" in code)))

    def _is_joined(self, words: Words, index: int, *, marked: bool) -> bool:
        """Whether the word behind belongs to it: an office ("Công an"), a house ("Hoa plaza")."""
        low, behind, compounds = words.low[index], index + 1, self._lists.compounds
        if "B" in words.codes[behind] or f"{low} {words.low[behind]}" in self._lists.offices:
            return True
        if self._beside(words, index, marked=marked) >= _SEEN:
            return True
        return f"{low} {words.low[behind]}" in compounds or (
            low.isascii() and f"{low} {words.plains[behind]}" in compounds
        )

    def _beside(self, words: Words, index: int, *, marked: bool) -> int:
        """In how many ordinary reports two words stand side by side."""
        counts, spelt = (self._model.marked, words.low) if marked else (self._model.unmarked, words.plains)
        return counts.beside(spelt[index], spelt[index + 1])
