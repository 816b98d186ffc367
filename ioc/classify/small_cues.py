"""Names without capitals that are plain by what stands right beside them: a class, an office, a surname behind.

"quốc anh lớp 6a2", "anh trong ben thanh tra", "khách loan phạm", "nguoi lai la duong, sinh vien". The words are given
names that may be anything else: each rule asks for something beside them that hardly stands beside other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.lists import BORN_AS, TITLES, Letters, Lists
from ioc.classify.words import Words

_GIVEN: Final = Letters("GKM")
_GIVEN_UNMARKED: Final = Letters("GKMgkm")
_NICKED: Final = Letters("GKN")
_NAMES: Final = Letters("GKMS")
_NAMES_UNMARKED: Final = Letters("GKMSgkms")
_SURNAMES: Final = frozenset(
    "nguyễn phạm bùi huỳnh trịnh trần đặng đỗ vũ võ ngô đinh trương phan hoàng".split()  # noqa: SIM905 (a list of words)
)
"""Right behind a given name these are hardly another word: so networks show people, "nga bùi"."""
_SURNAMES_UNMARKED: Final = frozenset("nguyen pham bui huynh trinh tran".split())  # noqa: SIM905 (a list of words)
"""The same without marks, behind whom they belong to."""
_BEHIND_GIVEN: Final = _SURNAMES | _SURNAMES_UNMARKED
_SHOWN: Final = frozenset(
    "khách nick tên ten khach fb facebook zalo face tk acc ad bạn ban chủ chu shipper tiktoker youtuber".split()  # noqa: SIM905 (a list of words)
)
_LOOKS: Final = frozenset("béo beo mập map lùn lun sẹo seo trọc troc".split())  # noqa: SIM905 (a list of words)
"""What somebody is called by behind the given name."""
_LOOK_CUES: Final = cues(("beo", "map", "lun", "seo", "troc"))
_MET: Final = frozenset(
    "biết biet gặp gap bị bi cho hỏi hoi tên ten thằng thang nghi do với voi và va của cua nhà".split()  # noqa: SIM905 (a list of words)
)
_CLASSES: Final = frozenset(("lớp", "lop", "lóp"))
_NO_PUPIL: Final = frozenset(
    "học sinh hoc hs đang dang bạn ban cho có co là la từ tu đến den em con cháu chau bé be các cac mấy may trên tren"  # noqa: SIM905 (a list of words)
    " vào vao ôn on thi sách sach dạy day vở bộ bo giỏi gioi khối khoi hết het năm nam cấp cap trường truong huynh"
    " phụ phu trung tâm tam".split()
)
_OFFICIALS: Final = frozenset(
    "anh chi chu bac ong a c cj".split()  # noqa: SIM905 (a list of words)
)
_LETTERS: Final = frozenset(("a", "c", "cj"))
_BY_SIDE: Final = frozenset(("bên", "ben", "grab"))
"""Between a name and where somebody works."""
_OFFICES: Final = frozenset(
    (
        *("bộ phận", "bo phan", "công an", "cong an", "địa chính", "dia chinh", "điện lực", "dien luc", "tư pháp"),
        *("tu phap", "cán bộ", "can bo", "một cửa", "mot cua", "hộ tịch", "ho tich", "thanh tra", "văn phòng"),
        *("van phong", "phân xưởng", "phan xuong", "văn thư", "van thu", "kế toán", "ke toan", "bảo vệ", "bao ve"),
        *("lễ tân", "le tan", "y tá", "y ta", "dân phòng", "dan phong", "tổ trưởng", "to truong", "quản lý", "quan ly"),
        *("bên thanh", "ben thanh", "bên địa", "ben dia", "bên công", "ben cong", "bên đội", "ben doi", "bên điện"),
        *("ben dien", "bên một", "ben mot", "bên xây", "ben xay", "bên môi", "ben moi", "bên tư", "bên hộ", "bên ban"),
    )
)
"""Two words with which somebody's office begins."""
_HOUSES: Final = frozenset(("nhà", "nha"))
_OWNERS: Final = frozenset("ong ba chu bac".split())  # noqa: SIM905 (a list of words)
_NO_OWNER: Final = frozenset(
    "con toi em tôi cháu chau th với voi nao nào ay ấy ta nay này kia y ý anh chi chị me mẹ lon lớn hai hang".split()  # noqa: SIM905 (a list of words)
)
"""What behind a title is nobody's name: "nha ba con", "a nào"."""
_DOERS: Final = frozenset("người nguoi ng kẻ ke đứa dua thằng thang nghi".split())  # noqa: SIM905 (a list of words)
_DEED_WORDS: Final = 4
"""Up to so many words may say what somebody did, between the word for him and "is"."""
SELF: Final = frozenset("em e mk mình tôi tui cháu t toi minh chau con tớ".split())  # noqa: SIM905 (a list of words)
"""Who speaks of himself."""
_NO_DOER: Final = frozenset(("giả", "gia", "dan", "dân", "đại", "thu"))
"""What somebody is said to be and is no name."""
_IS: Final = frozenset(("là", "la"))
_APART: Final = frozenset((",", "|", "(", "~", "."))
_NUMBER: Final = "0123456789+"
_LONGEST: Final = 3


class CuedNames:
    """Finds them."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        officials = dict.fromkeys(_OFFICIALS - _OWNERS, self._official)
        self._behind: Final = {
            **officials,
            **dict.fromkeys(_OWNERS, self._owned),
            **dict.fromkeys(_IS, self._said_to_be),
        }

    def find(self, words: Words, openings: Sequence[int], plain: str) -> list[tuple[int, int]]:
        """First word of each name and the one behind it.

        Args:
            words: The words of a text.
            openings: At which of them a name may begin by what the lists know.
            plain: The whole text, folded.

        """
        low, found = words.low, []
        last = len(low) - 1
        for index in openings:
            if index == last:
                break
            if index and (rule := self._behind.get(low[index - 1])):
                found.append(rule(words, index - 1))
            if low[index + 1] in _BEHIND_GIVEN:
                found.append(self._shown(words, index + 1))
        if not words.cues.isdisjoint(_LOOK_CUES):
            found += [self._nicknamed(words, at - 1) for look in _LOOKS for at in words.everywhere(look)]
        if " lop " in plain:
            found += [self._pupil(words, at) for word in _CLASSES.intersection(low) for at in words.everywhere(word)]
        return [name for name in found if name[1]]

    def _joined(self, words: Words, at: int) -> bool:
        """Whether a word and the next one stand side by side in ordinary reports."""
        last = at + 1 == len(words.low) or words.gaps[at + 1] != "_"
        return not last and self._lists.joined(words.low[at], words.low[at + 1])

    def _shown(self, words: Words, at: int) -> tuple[int, int]:
        """A given name before its surname, which ``at`` is."""
        if not side_by_side(words, at - 1, at + 1) or words.sign(at):
            return 0, 0
        code, behind = words.codes[at - 1], at + 1
        if "X" in code or ("G" not in code and "K" not in code) or self._joined(words, at - 1):
            return 0, 0
        named = at > 1 and words.gaps[at - 1] == "_" and words.low[at - 2] in _SHOWN
        if not named and (
            words.low[at] in _SURNAMES_UNMARKED
            or (at > 1 and self._joined(words, at - 2))
            or words.style[1] == "-"
            or (behind < len(words.low) and words.gaps[behind] == "_" and _GIVEN_UNMARKED[words.codes[behind]])
        ):
            return 0, 0  # The surname may begin a name.
        return at - 1, behind

    def _nicknamed(self, words: Words, at: int) -> tuple[int, int]:
        """What many people are called and what somebody looks like, where a sentence may begin with it and goes on.

        "ai biet nga beo ban thit", "duy mập đòi tiền".
        """
        end, low = at + 2, words.low
        if not side_by_side(words, at, end) or not words.common[words.codes[at]] or self._joined(words, at):
            return 0, 0
        met = not at or words.gaps[at] != "_" or low[at - 1] in _MET
        goes_on = end == len(low) or words.gaps[end] != "_" or low[end] in self._lists.acts or words.is_role(end)
        return (at, end) if met and goes_on else (0, 0)

    def _pupil(self, words: Words, at: int) -> tuple[int, int]:
        """Two given names right before somebody's class."""
        first, second = at - 2, at - 1
        if first < 0 or words.gaps[at] != "_" or not side_by_side(words, first, at):
            return 0, 0
        if at + 1 < len(words.low) and not words.between(at + 1).strip()[:1].isdigit():
            return 0, 0
        if words.low[first] in _NO_PUPIL or words.low[second] in _NO_PUPIL:
            return 0, 0
        if not (is_given(words, first) and is_given(words, second)):
            return 0, 0
        own = words.sign(first)[:1] in {"C", "T", "w"}
        return (first, at) if own or not self._joined(words, first) else (0, 0)

    def _said_to_be(self, words: Words, at: int) -> tuple[int, int]:
        """All that stands between "is" and the next mark, of who did something, or of oneself in several words."""
        low, begin = words.low, at + 1
        if not at or begin >= len(low) or words.gaps[at] != "_" or words.gaps[begin] != "_" or words.caps[begin] != "l":
            return 0, 0
        own = low[at - 1] in SELF
        if not own:
            first = at - 1
            while low[first] not in _DOERS:
                if first == 0 or at - first >= _DEED_WORDS or words.gaps[first] != "_":
                    return 0, 0
                first -= 1
        end = begin + 1
        while end < len(low) and words.gaps[end] == "_":
            end += 1
            if end - begin > _LONGEST:
                return 0, 0
        born = own and end - begin == 2 and low[begin] in BORN_AS
        if born and end < len(low) and words.gaps[end] == "," and words.is_role(end):
            return begin, end  # "tui là tư rèn, thợ hàn"
        if end < len(low) and words.gaps[end] not in _APART and words.between(end).strip()[:1] not in _NUMBER:
            return 0, 0
        names = _NAMES if words.style[1] == "m" else _NAMES_UNMARKED
        if (
            low[begin] in _NO_DOER
            or (own and low[begin] in TITLES)
            or any(not names[words.codes[word]] for word in range(begin, end))
        ):
            return 0, 0
        if end - begin == 1:
            fits = not own and "X" not in words.codes[begin] and words.common[words.codes[begin]]
        else:
            joined = [self._joined(words, word) for word in range(begin, end - 1)]
            fits = not (all(joined) or (own and any(joined)))
        return (begin, end) if fits else (0, 0)

    def _official(self, words: Words, at: int) -> tuple[int, int]:
        """Behind a title, before somebody's office: any common names; before who somebody is: one that is unheard of.

        Behind a letter that is short for a title, where words have their marks, a common name needs nothing behind it.
        """
        low, begin = words.low, at + 1
        count = len(low)
        if begin >= count or words.gaps[begin] != "_" or words.caps[begin] != "l" or low[begin] in _NO_OWNER:
            return 0, 0
        if words.between(at)[-1:].isdigit():
            return 0, 0  # "khu 4b hùng thắng"
        for end in (begin + 1, begin + 2):
            if end + 1 >= count or words.gaps[end] != "_" or not words.common[words.codes[end - 1]]:
                break
            if words.gaps[end + 1] == "_" and f"{low[end]} {low[end + 1]}" in _OFFICES:
                return begin, end
        code, end = words.codes[begin], begin + 1
        if words.style[1] == "-" or end >= count or ("X" in code and "K" not in code):
            return 0, 0
        letter = low[at] in _LETTERS
        called = letter and "K" in code
        if self._joined(words, begin) or (self._joined(words, at) and not (called and words.is_role(end))):
            return 0, 0
        known = (letter or _NICKED[code]) and not words.is_role(begin)
        goes_on = known and words.gaps[end] == "_" and (low[end] in _BY_SIDE or words.is_role(end))
        return (begin, end) if called or goes_on else (0, 0)

    def _owned(self, words: Words, at: int) -> tuple[int, int]:
        """Behind a title both an official and whose house it is."""
        owner = self._owner(words, at)
        return owner if owner[1] else self._official(words, at)

    def _owner(self, words: Words, at: int) -> tuple[int, int]:
        """Whose house it is, behind "nhà" and a title: "nha ba lieu dem sung hoi ban chim"."""
        begin = at + 1
        if not at or words.low[at - 1] not in _HOUSES or not side_by_side(words, at - 1, begin + 1):
            return 0, 0
        if begin + 1 >= len(words.low) or words.low[begin] in _NO_OWNER:
            return 0, 0
        if not words.common[words.codes[begin]] or self._joined(words, begin):
            return 0, 0
        return begin, begin + 1


def side_by_side(words: Words, begin: int, end: int) -> bool:
    """Whether words without capitals stand side by side."""
    if begin < 0 or end > len(words.low) or words.caps[begin] != "l":
        return False
    return all(words.gaps[at] == "_" and words.caps[at] == "l" for at in range(begin + 1, end))


def is_given(words: Words, index: int) -> bool:
    """Whether a word may be a given or a middle name, as the text is written."""
    return (_GIVEN if words.style[1] == "m" else _GIVEN_UNMARKED)[words.codes[index]]
