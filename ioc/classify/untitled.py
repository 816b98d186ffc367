"""Names with capitals and without a title, by what people do behind them, who stands before, or where they stand."""

from __future__ import annotations

from typing import Final

from ioc.classify.candidates import KIN, SENTENCE_ENDS, WHERE, Candidate, is_kin, leads_list
from ioc.classify.lists import COMMON, COMMON_MARKED, GIVEN, KNOWN, SURNAME, Lists
from ioc.classify.slips import SYLLABLE
from ioc.classify.words import Words

TIMES: Final = frozenset(
    "mai hai ba tư năm sáu bảy tám chín mười thu xuân hè đông út sáng trưa chiều tối".split()  # noqa: SIM905 (a list of words)
)
"""Names that at the beginning of a sentence are a day, a season or a number more often."""
NATIONS: Final = frozenset(
    (
        "việt",
        "hàn",
        "nhật",
        "nga",
        "mỹ",
        "anh",
        "trung",
        "thái",
        "úc",
        "pháp",
        "đức",
        "lào",
        "đài",
        "ấn",
        "viet",
        "han",
        "nhat",
        "my",
    )
)
"""Names that behind what somebody is ("khách Hàn") are a nation."""
_BESIDE_HOME: Final = frozenset((",", "-", "–", ", ", "("))
_HOMES: Final = frozenset(
    "tổ khu thôn xóm ấp bản phường xã số sn nhà sđt đt to thon xom phuong xa so nha sdt dt".split()  # noqa: SIM905 (a list of words)
)
_HOME_WORDS: Final = 8
"""So many words are enough to say where somebody lives who signs."""
_CALLS: Final = frozenset(("ơi", "oi", "à", "ạ"))
"""Behind whom somebody calls or speaks to."""
OWN: Final = frozenset(
    (
        "tôi",
        "em",
        "mình",
        "tui",
        "cháu",
        "toi",
        "minh",
        "chau",
        "mk",
        "anh",
        "chị",
        "ông",
        "bà",
        "cô",
        "chú",
        "bác",
        "ong",
        "ba",
    )
)
"""Whose kin somebody is."""
NO_PERSON: Final = TIMES | NATIONS
_DOERS: Final = frozenset(("do", "bởi", "cùng", "gặp", "nhờ", "bị"))
"""Right before who does something, and not before a place."""
_PLACE_WORDS: Final = 6
"""So many words in front a place's word may stand that a name belongs to."""
_NO_PERSON_BEHIND: Final = frozenset(
    "người dân làng miền vùng khe vụng sân hát bài quân năm cây nước lụt vé trong ngoài quanh sang ra tết lễ"  # noqa: SIM905 (a list of words)
    " mùa ngày thứ hè hàng giống hiệu hãng bão số gốc tiếng dân tộc xét kiểu loại màu logo"
    " sơn taxi vườn thuốc đồi ngã đường".split()
)
"""Before what is no person."""


class Untitled:
    """Tells whether words with capitals are a name where no title stands before them."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def stands_alone(self, words: Words, this: Candidate) -> bool:
        """Given names without title, by what people do behind them or who stands before them."""
        common = "K" in this.first
        if not this.is_given and not common and not (this.length == 2 and SURNAME[this.first]):
            return False
        if this.length == 1:
            return self._stands_single(words, this)
        second = words.codes[this.begin + 1] if this.length == 2 else ""
        if not KNOWN[second] and not (common and "N" in second):
            return False
        if words.gaps[this.begin] == "|" and this.end < len(words.low) and words.gaps[this.end] == "(":
            return True
        ordinary = self._lists.joined(words.low[this.end - 1], this.after)
        acts = this.after in self._lists.acts and (not ordinary or (common and "K" in second))
        if acts or this.before in self._lists.people_before:
            return True
        return common and "K" in second and self._stands_within(words, this)

    def _stands_within(self, words: Words, this: Candidate) -> bool:
        """Whether a name that many people have stands within a sentence, behind what it is never said with.

        "Giao hàng Phong ném hàng qua cổng": there are more words for what people do than any list has.
        """
        begin, low = this.begin, words.low
        if words.gaps[begin] != "_" or words.caps[begin - 1] != "l" or "K" not in this.first:
            return False
        if low[begin] in NO_PERSON or this.before in _NO_PERSON_BEHIND or this.before in WHERE:
            return False
        if self._lists.joined(this.before, low[begin]):
            return False
        if words.sign(begin)[:1] in {"P", "p"}:
            return False
        for at in range(begin - 1, max(-1, begin - _PLACE_WORDS - 1), -1):
            if words.sign(at)[:1] in {"P", "p"} or "P" in words.codes[at] or low[at] in _NO_PERSON_BEHIND:
                return False
            if words.sign(at)[:1] == "T":
                break
        return True

    def is_signed(self, words: Words, this: Candidate) -> bool:
        """A name that is the last sentence, up to where its owner lives, or stands before a colon at the start."""
        if not this.known or this.kind or "X" in this.first or not self._ends_as_name(words, this):
            return False
        if this.length > 1 and self.all_ordinary(words, this.begin, this.end):
            return False  # "Thân Ái"
        if this.begin == 0:
            if this.length == 1 and not self.is_called(words, this):
                return False  # "Hỏi:"
            return this.end < len(words.low) and words.between(this.end).startswith(":") and this.length < 3
        if words.gaps[this.begin] not in SENTENCE_ENDS or not words.begins(this.begin):
            return False
        if this.end == len(words.low):
            return True
        lives = words.between(this.end).strip() in _BESIDE_HOME and words.low[this.end] in _HOMES
        return lives and len(words.low) - this.end <= _HOME_WORDS

    def is_explained(self, words: Words, this: Candidate) -> bool:
        """A name behind which stands who it is: "Ngọc Anh, con gái tôi"."""
        if not this.known or "X" in this.first or not self._ends_as_name(words, this):
            return False
        if this.end + 1 >= len(words.low) or words.gaps[this.end] not in {",", "(", "~"}:
            return False
        follows, second = words.low[this.end], words.low[this.end + 1]
        if f"{follows} {second}" in KIN or (follows in KIN and second in OWN):
            return True
        # "Con gái út, Mai Chi, học lớp 2": between commas behind whose kin somebody is.
        return words.gaps[this.begin] in {",", "~"} and words.gaps[this.end] != "(" and is_kin(words, this.begin - 1)

    @staticmethod
    def _ends_as_name(words: Words, this: Candidate) -> bool:
        """Whether the last word is a given name; one word alone has to be a common one."""
        last = words.codes[this.end - 1]
        return (GIVEN if this.length > 1 else COMMON)[last] and this.length < 5

    def _stands_single(self, words: Words, this: Candidate) -> bool:
        """One given name, unless it is the day or the season that it may be, too."""
        low, joined = words.low[this.begin], self._lists.joined
        said = words.gaps[this.begin] == "_" and this.before in self._lists.people_before and low not in NO_PERSON
        if joined(low, this.after) or (not said and joined(this.before, low)):
            return False  # "thứ Năm"
        if this.is_given and "G" in this.first and leads_list(words, this):
            return True
        if this.is_given and this.after in _CALLS:
            return True
        if "F" in this.first and this.after in self._lists.acts and not SYLLABLE.fullmatch(low):
            return "X" not in this.first
        if not self.is_called(words, this):
            return this.before in _DOERS and this.is_given and "G" in this.first and low not in NO_PERSON
        if words.gaps[this.begin] in SENTENCE_ENDS:
            return low not in TIMES and (this.after in self._lists.acts or self._is_followed_by_role(words, this))
        if this.after in self._lists.acts or this.before in self._lists.people_before:
            return True
        return self._stands_within(words, this)

    @staticmethod
    def _is_followed_by_role(words: Words, this: Candidate) -> bool:
        """Whether the words right behind say who somebody is: "Thanh kế toán trường"."""
        if not this.after:
            return False
        one, two = words.sign(this.end + 1), words.sign(this.end + 2)
        return one[:1] in {"R", "r"} or (two[:1] in {"T", "R", "t", "r"} and two[1:] == "1")

    def all_ordinary(self, words: Words, begin: int, end: int) -> bool:
        return all(self._lists.joined(words.low[n], words.low[n + 1]) for n in range(begin, end - 1))

    @staticmethod
    def is_called(words: Words, this: Candidate) -> bool:
        """Whether many people are called by the first word, as it is written."""
        common = COMMON if words.low[this.begin].isascii() else COMMON_MARKED
        return common[this.first]

    def acts(self, words: Words, this: Candidate) -> bool:
        """Whether given names stand before what people do: a flower is "thủy tiên" too, but sells nothing."""
        codes = words.codes[this.begin : this.end]
        return this.after in self._lists.acts and all("X" not in code and "G" in code for code in codes)
