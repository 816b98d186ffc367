"""Names written with capitals: a run of capitalised words, cut to the name in it, and what says that it is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ioc.classify.lists import COMMON, DYNASTIES, GIVEN, KNOWN, MIDDLE_WORDS, SURNAME, SYLLABLE, Lists
from ioc.classify.personal import Span
from ioc.classify.words import SHORTENED, Words

_LONGEST: Final = 5
_LONGEST_RUN: Final = 8
_NEAR: Final = 30
"""Characters between a name and the phone number that it belongs to."""
_JOINS: Final = frozenset(("_", "-", "~", ".", '"', "("))
_ADMINISTRATION: Final = frozenset(
    (
        "cư",
        "xã",
        "phường",
        "tổ",
        "thôn",
        "khu",
        "bản",
        "huyện",
        "tỉnh",
        "xa",
        "phuong",
        "to",
        "thon",
        "khu",
        "hội",
        "quỹ",
    )
)
_AND: Final = frozenset(("và", "với", "va", "voi", "and", "vs", "cùng", "hay", "hoặc"))
_TIMES: Final = frozenset(
    "mai hai ba tư năm sáu bảy tám chín mười thu xuân hè đông út sáng trưa chiều tối".split()  # noqa: SIM905 (a list of words)
)
"""Names that at the beginning of a sentence are a day, a season or a number more often."""
_NATIONS: Final = frozenset(
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
_SENTENCE_ENDS: Final = frozenset(("|", "."))
_BESIDE_HOME: Final = frozenset((",", "-", "–", ", ", "("))
_HOMES: Final = frozenset(
    "tổ khu thôn xóm ấp bản phường xã số sn nhà sđt đt to thon xom phuong xa so nha sdt dt".split()  # noqa: SIM905 (a list of words)
)
_HOME_WORDS: Final = 8
"""So many words are enough to say where somebody lives who signs."""
_KIN: Final = frozenset(
    (
        *("con rể", "con dâu", "con re", "con dau", "em rể", "anh rể", "em dâu", "chị dâu"),
        *("con gái", "con trai", "em gái", "em trai", "anh trai", "chị gái", "cháu trai", "cháu gái"),
        *("bạn gái", "bạn trai"),
        *(
            "chồng",
            "vợ",
            "cháu",
            "con",
            "em",
            "bạn",
            "mẹ",
            "bố",
            "con gai",
            "man",
            "woman",
            "guy",
            "driver",
            "guide",
            "owner",
            "con trai",
            "chong",
            "vo",
            "chau",
        ),
    )
)
_CALLS: Final = frozenset(("ơi", "oi", "à", "ạ"))
"""Behind whom somebody calls or speaks to."""
_OWN: Final = frozenset(
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
_OWN_SHORT: Final = _OWN | {"e"}
_BORN: Final = frozenset(
    ("út", "cả", "đầu", "thứ", "lớn", "nhỏ", "trưởng", "tôi", "em", "mình", "ut", "ca", "toi", "nuôi", "ruột")
)
"""What may stand behind the word for somebody's kin."""
"""Whose kin somebody is."""
_KIN_ALONE: Final = frozenset(
    "chồng vợ mẹ bố ba má con cháu em chị anh bạn chủ ông bà chong vo me bo ma chau chi anh ban chu".split()  # noqa: SIM905 (a list of words)
)
_WHOSE: Final = frozenset(
    "tôi em mình tui cháu mk anh chị ông bà cô chú bác nó họ ta ấy này kia nhà quán xe"  # noqa: SIM905 (a list of words)
    " toi minh chau ong ba co chu bac".split()
)
"""Whose kin: between the word for the kin and "là"."""
_NO_KIN: Final = frozenset(("của", "cua"))
_UNMARKED_TITLES: Final = frozenset(("anh", "chi", "bac", "chu", "ong", "cau", "thay"))
_KIN_BEHIND: Final = frozenset(("con", "cháu", "vợ", "chồng", "vo", "chong"))
"""Of these, what stands right behind somebody's name."""
_IS: Final = frozenset(("là", "la", "tên", "ten"))
_CALLED: Final = frozenset(("tên", "ten"))
_CLASS: Final = re.compile(r" \d{1,2}[a-zA-Z]\d?(?!\w)")
_SIGNATURE_WORDS: Final = 5
_NO_PERSON: Final = _TIMES | _NATIONS
_PERSONS: Final = frozenset("TRC")
_SHOP_WORDS: Final = 3
"""So many words may stand between the word of a place and the title that it is called by."""
_HEAD_WORDS: Final = 9
"""So many words before "tên" the one may stand who is called so."""
_SOMEBODY: Final = frozenset(
    "người kẻ thằng tên đứa ông bà anh chị cô chú bác em nhân bảo thợ chủ"  # noqa: SIM905 (a list of words)
    " nguoi ke thang dua".split()
)
"""With what the words for somebody begin."""
_WHERE: Final = frozenset("ở tại về đến lên xuống từ khỏi trên quanh tai den len xuong".split())  # noqa: SIM905 (a list of words)
"""Before places that no list has."""
_LAND: Final = frozenset(
    "khe vườn đồi dốc bến bãi hòn núi suối lũng vụng vũng lạch sông đầm giếng cọc cột mũi vuon doi doc nui".split()  # noqa: SIM905 (a list of words)
)
"""With what the names of such places begin."""
_DOERS: Final = frozenset(("do", "bởi", "cùng", "gặp", "nhờ", "bị"))
"""Right before who does something, and not before a place."""
_LOOKS: Final = frozenset(
    "lùn béo sẹo đen gù chột què điếc lé móm hói trọc mập gầy còi cụt híp xăm rỗ điên khùng nghiện sún"  # noqa: SIM905 (a list of words)
    " sứt vẩu râu kều bự ghẻ ngọng thọt trố tồ ngáo lúa"
    " lun beo seo den gu chot que mop hoi troc map coi cut nghien vau rau keu bu ngong".split()
)
"""What somebody looks like: behind a given name no place and no shop is called so."""
_PLACE_WORDS: Final = 6
"""So many words in front a place's word may stand that a name belongs to."""
_NO_PERSON_BEHIND: Final = frozenset(
    "người dân làng miền vùng khe vụng sân hát bài quân năm cây nước lụt vé trong ngoài quanh sang ra tết lễ"  # noqa: SIM905 (a list of words)
    " mùa ngày thứ hè hàng giống hiệu hãng bão số gốc tiếng dân tộc xét kiểu loại màu logo"
    " sơn taxi vườn thuốc đồi ngã đường".split()
)
"""Before what is no person."""
_STRONG: Final = frozenset("TINCti")
_SELLS: Final = frozenset(("ban", "lam", "mua"))
"""What somebody does, and without marks the second half of a word, too."""
_BESIDE: Final = frozenset(("ben", "o", "nha"))
"""What stands behind somebody's name who works or lives there."""
_GIVEN_UNMARKED: Final = frozenset("GgKk")
_COMMON_MARKED: Final = frozenset("K")
_CONTACT_BETWEEN: Final = re.compile(
    r"\W{0,4}(?:(?:sdt|dt|so|phone|tel|zalo|so dt|at|mobile|email|mail|dien thoai|gap|ten|cua|la|chu may|anh|chi"
    r"|ong|ba|co|chu"
    r"|em|ban|so may|di dong|lien he|hoac)\W{1,3}){0,3}"
)


class Surroundings:
    """The words of a text with what lies beside and over them."""

    def __init__(
        self, words: Words, public: Callable[[], Sequence[tuple[int, int]]], contacts: Sequence[Span], plain: str
    ) -> None:
        self.words = words
        self._find_public = public
        self._public: Sequence[tuple[int, int]] | None = None
        self._contacts = contacts
        self._plain = plain

    def is_public(self, begin: int, end: int) -> bool:
        """Whether the words touch the name of a place or of somebody of history."""
        start, stop = self.words.start(begin), self.words.end(end - 1)
        return any(first < stop and start < last for first, last in self._names_of_places())

    def is_covered(self, begin: int, end: int) -> bool:
        """Whether the words are all in one such name."""
        start, stop = self.words.start(begin), self.words.end(end - 1)
        return any(first <= start and stop <= last for first, last in self._names_of_places())

    def _names_of_places(self) -> Sequence[tuple[int, int]]:
        if self._public is None:
            self._public = self._find_public()
        return self._public

    def is_near(self, begin: int, end: int) -> bool:
        """Whether a phone number or an e-mail address stands right before or behind."""
        start, stop = self.words.start(begin), self.words.end(end - 1)
        for contact in self._contacts:
            if stop <= contact.start <= stop + _NEAR and _CONTACT_BETWEEN.fullmatch(self._plain, stop, contact.start):
                return True
            if contact.end <= start <= contact.end + _NEAR and _CONTACT_BETWEEN.fullmatch(
                self._plain, contact.end, start
            ):
                return True
        return False


@dataclass(slots=True)
class _Candidate:
    """Words that may be a name.

    Attributes:
        begin: Index of the first word.
        end: Index behind the last one.
        kind: Of the sign before it, as in ``Lists``, upper case; empty: none.
        first: What the lists know of the first word.
        before: The word before in the same breath, or nothing.
        after: The word behind in the same breath, or nothing.
        follows_name: Whether it goes on a list of names ("anh Tú và Hạnh").

    """

    begin: int
    end: int
    kind: str
    first: str
    before: str
    after: str
    follows_name: bool

    @property
    def length(self) -> int:
        return self.end - self.begin

    @property
    def known(self) -> bool:
        return not KNOWN.isdisjoint(self.first)

    @property
    def is_given(self) -> bool:
        """Whether the first word is a given name and hardly anything else."""
        return not GIVEN.isdisjoint(self.first) and "X" not in self.first


class CapitalNames:
    """Finds the name in the run of capitalised words that begins at a word."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def find(self, text: Surroundings, index: int, last_name: int) -> tuple[int, int]:
        """First word of the name and the one behind it; without a name, the run's end and 0.

        Args:
            text: The words.
            index: Where the run begins.
            last_name: Index of the word behind the name before; negative: none.

        """
        words = text.words
        last = _run_end(words, index)
        if last == index + 1 and _is_hopeless(words, index, last, words.sign(index), last_name):
            return last, 0
        begin, sign = self._begin(words, index, last)
        end = self._end(words, begin, last, sign)
        if end <= begin or _is_hopeless(words, begin, end, sign, last_name):
            return last, 0
        if not self._is_person(text, self._candidate(text, begin, end, sign, last_name)):
            return last, 0
        return begin, _with_nickname(words, end)

    def _begin(self, words: Words, index: int, last: int) -> tuple[int, str]:
        """Where in the run the name begins, behind the last title in it, and the sign before it."""
        begin, sign = index, words.sign(index)
        for later in range(index + 1, last):
            found = words.sign(later)
            if not found or words.caps[later - 1] == "1" or later - 1 - int(found[1:]) > begin:
                continue
            if sign[:1] == "P" or (found[:1] == "P" and words.low[index + 1] in MIDDLE_WORDS):
                break
            if found[:1] == "p" and sign[:1] in {"W", "w"} and words.low[index - 1] in _IS:
                continue  # "em la Phuong Anh"
            if sign[:1] == "p" and sign[1:] != "0" and found[:1] != "T":
                break  # The chemist's "nha thuoc Minh Duc".
            if later == index + 1 and _is_called_as_lake(words, index, last):
                continue
            if found[:1] == "P" and later == index + 1 and words.caps[index] == "A" and len(words.low[index]) > 2:
                begin, sign = later, found  # "giám đốc HTX Thành Tâm", though a title stands before.
                break
            if not (found[0] in "Pp" and sign[:1] in _STRONG) and not _is_part_of_name(words, index, later):
                begin, sign = later, found
        if not sign and words.gaps[index] == "|" and last - index > 1 and not KNOWN.intersection(words.codes[index]):
            unknown = words.style[1] == "m" and not words.low[index].isascii()
            begin = index + (unknown and words.low[index + 1] not in MIDDLE_WORDS)
        if not sign and begin == index and last - index > 3 and "X" in words.codes[index]:
            begin += _is_full(words, index + 1, last)  # "Toi Trương Van Loc" among words with marks.
        if begin > index and words.style[1] == "-" and sign[:1].islower() and _is_full(words, index, last):
            begin, sign = index, words.sign(index)
        return begin, sign

    def _end(self, words: Words, begin: int, last: int, sign: str) -> int:
        """Where it ends: before words that belong to what follows, and before what is in no name."""
        end = min(last, begin + _LONGEST)
        whole = end - begin >= 3 and words.low[begin + 1] in MIDDLE_WORDS
        while end - begin > (3 if whole else 1) and self._goes_on(words, begin, end):
            end -= 1
        # Whoever says "my name is" may be called "Lễ"; behind a title it depends on what follows.
        named = sign[:1] in {"I", "T"} and self._lists.signs.get(words.low[begin], "P") in "Pp"
        family = end - begin == 2 and SURNAME.intersection(words.codes[begin]) and "X" not in words.codes[begin]
        for index in range(begin + (3 if whole else 2 if family else named), end):
            if "X" in words.codes[index] and KNOWN.isdisjoint(words.codes[index]):
                return index
        return end

    def _goes_on(self, words: Words, begin: int, end: int) -> bool:
        """Whether the last word of a run belongs to what follows: the ``Công`` of "Tuấn Công an"."""
        code = words.codes[end - 1]
        if "X" not in code or words.low[end - 1] == "anh":
            return False
        follows = words.next_word(end - 1)
        if GIVEN.isdisjoint(code):
            return bool(follows)
        surname = SURNAME.intersection(words.codes[begin]) and "X" not in words.codes[begin]
        return not surname and f"{words.low[end - 1]} {follows}" in self._lists.compounds

    @staticmethod
    def _candidate(text: Surroundings, begin: int, end: int, sign: str, last_name: int) -> _Candidate:
        words = text.words
        follows_name = (
            last_name >= 0
            and begin - last_name <= 1
            and begin > 0
            and (words.gaps[begin] in {",", "~"} or words.low[begin - 1] in _AND)
        )
        return _Candidate(
            begin=begin,
            end=end,
            kind=sign[:1].upper(),
            first=words.codes[begin],
            before=words.low[begin - 1] if begin and words.gaps[begin] in {"_", '"'} else "",
            after=words.next_word(end - 1),
            follows_name=follows_name,
        )

    def _is_person(self, text: Surroundings, this: _Candidate) -> bool:
        words = text.words
        if self._is_none(words, this):
            return False
        if this.before in _IS and this.kind == "" and _is_of_kin(words, this.begin) and self._is_named_kin(words, this):
            return not text.is_public(this.begin, this.end)
        if this.after in _KIN_BEHIND and self._is_whose_kin(words, this):
            return not text.is_public(this.begin, this.end)
        if this.kind == "P" and this.before == "ban" and self._is_friend(words, this):
            return not text.is_public(this.begin, this.end)
        if this.kind == "P":
            return _is_person_of_place(words, this) and not text.is_covered(this.begin, this.end)
        full = _is_full(words, this.begin, this.end)
        if this.kind == "N" and not full and _is_called_place(words, this.begin):
            return False
        if this.kind == "I":
            # "Ông nội cháu tên Hoà Bình" is no town.
            own = this.before in _CALLED and words.low[this.begin - 2] in _OWN and "quê" not in words.low
            return own or this.length > 2 or not text.is_public(this.begin, this.end)
        # Names of places are asked for last: they have to be looked for, and few candidates get so far.
        return self._is_like_person(text, this, full=full) and (
            not text.is_public(this.begin, this.end) or self._is_called_like_place(text, this, full=full)
        )

    def _is_like_person(self, text: Surroundings, this: _Candidate, *, full: bool) -> bool:
        """Whether it is one unless a place is called so."""
        words = text.words
        if this.kind in {"T", "N", "C"}:
            return self._is_titled(words, this, full=full) and not self._is_called_after(words, this.begin)
        if this.kind == "E":
            return True
        if this.kind == "R":
            foreign = this.length == 1 and words.low[this.begin] in _NATIONS
            return (this.known and not foreign) or this.length == 2
        if this.kind == "W" and this.length == 2 and self._is_own_name(words, this):
            return True
        ordinary = words.style[1] == "m" and this.length > 1 and self._all_ordinary(words, this.begin, this.end)
        if ordinary and not (full and "K" in words.codes[this.end - 1]) and not self._acts(words, this):
            return self._is_explained(words, this) and not text.is_public(this.begin, this.end)
        if this.kind == "" and not full and (this.before in _WHERE or words.low[this.begin] in _LAND):
            return False
        spoken = this.length == 1 and f"{words.low[this.begin]} {this.after}" in self._lists.compounds
        if (
            this.kind == "W"
            and not spoken
            and (
                (this.known and (this.length > 1 or "X" not in this.first))
                or (this.length == 2 and (words.low[this.begin].isascii() or len(this.before) == 1))
                or (this.length == 3 and words.low[this.begin + 1] in MIDDLE_WORDS and "K" in words.codes[this.end - 1])
                or (this.length == 3 and "G" in words.codes[this.begin + 1] and "K" in words.codes[this.end - 1])
                or (this.length == 1 and this.before == "là" and self._is_of_elsewhere(words, this))
            )
        ):
            return True
        return (
            full
            or self._is_household(words, this)
            or _is_foreign(words, this.begin, this.end)
            or _has_nickname(words, this)
            or (len(words.low) - this.begin <= _SIGNATURE_WORDS and _is_signature(words, this))
            or (this.length > 1 and self._is_of_class(words, this))
            or self._has_unmarked_title(words, this)
            or (this.follows_name and (this.known or (this.before in _AND and "X" not in this.first)))
            or (text.is_near(this.begin, this.end) and self._is_contact(words, this))
            or (
                (self._stands_alone(words, this) or self._is_signed(words, this) or self._is_explained(words, this))
                and not text.is_public(this.begin, this.end)
            )
        )

    def _is_called_like_place(self, text: Surroundings, this: _Candidate, *, full: bool) -> bool:
        """Whether a person bears a name that a place or somebody of history has a part of: "cô Tô Thị Tằng"."""
        if not full and this.kind not in {"T", "N", "R", "C"}:
            return False
        if full and this.kind in {"T", "R"} and not text.is_covered(this.begin, this.end):
            return True
        common = text.words.plains[this.begin] in self._lists.common
        street = this.length > 3 and text.words.plains[this.begin] == "duong"
        if full and this.kind == "" and (street or not common) and text.is_covered(this.begin + 1, this.end):
            return False  # The club "Than Quảng Ninh", "Duong Vo Nguyen Giap".
        return not text.is_public(this.begin, this.begin + 1)

    @staticmethod
    def _is_none(words: Words, this: _Candidate) -> bool:
        """An initial, letters of a number ("PA22"), the name of a place with its word behind, the English "My"."""
        if words.between(this.end)[:1].isdigit():
            return True
        if words.caps[this.begin] == "1" and this.length == 1:
            return True
        behind = words.codes[this.end] if this.after else ""
        if "B" in behind and this.kind not in {"I", "T"} and not (this.kind == "W" and len(this.before) == 1):
            return True
        return words.low[this.begin] == "my" and this.length == 1 and words.gaps[this.begin] == "|"

    def _is_titled(self, words: Words, this: _Candidate, *, full: bool) -> bool:
        """Behind a title everything is a name but a common word in the clothes of one: "Anh Công an"."""
        follows = words.next_word(this.begin)
        both = f"{words.low[this.begin]} {follows}"
        # Where other words have marks, "Khanh thanh tra" does not begin with "khánh thành".
        if this.length == 1 and both in self._lists.compounds and not (words.style[1] == "m" and both.isascii()):
            # "Chi Hoa ban bun", "nho anh Hai ben dien luc": no flower is called by a title.
            common = not COMMON.isdisjoint(this.first) and "X" not in this.first
            small = words.caps[this.begin - 1] == "l" and this.kind == "T"
            return words.style[1] == "-" and common and (follows in _SELLS or (small and follows in _BESIDE))
        if not full and not this.known and self._is_ordinary(words, this):
            return False
        if not full and self._is_of_title(words, this):
            return False
        if full or "X" not in this.first or not GIVEN.isdisjoint(this.first):
            return True
        spoken = follows and self._lists.joined(words.low[this.begin], follows)
        return this.kind in {"T", "N"} and not spoken and not (follows and words.caps[this.begin + 1] != "l")

    def _is_ordinary(self, words: Words, this: _Candidate) -> bool:
        """Whether a word in no list belongs to a longer title or to what follows, as in "Cô Giáo", "Chị Em Phụ Nữ"."""
        word, follows = words.low[this.begin], words.next_word(this.begin)
        before, lists = words.low[this.begin - 1], self._lists
        return f"{before} {word}" in lists.signs or lists.joined(before, word) or lists.joined(word, follows)

    def _is_of_elsewhere(self, words: Words, this: _Candidate) -> bool:
        """Whether a word is none of the language and in no list: "Mình là Jenny"."""
        low = words.low[this.begin]
        return not this.first and low.isascii() and low not in self._lists.signs and not SYLLABLE.fullmatch(low)

    def _is_of_title(self, words: Words, this: _Candidate) -> bool:
        """Whether it is no name but what somebody is: "Bác Sĩ", "Ông Chủ Tịch", "Chị Em Phụ Nữ"."""
        if this.length == 1:
            return f"{words.low[this.begin - 1]} {words.low[this.begin]}" in self._lists.signs
        if words.low[this.begin - 1] == "non" and self._all_ordinary(words, this.begin, this.end):
            return True  # The nursery school "Hoa Hồng".
        if this.length != 2 or ("K" in this.first and "K" in words.codes[this.begin + 1]):
            return False  # "Ngân Hà" is a name, too.
        return f"{words.low[this.begin]} {words.low[this.begin + 1]}" in self._lists.compounds

    def _is_called_after(self, words: Words, begin: int) -> bool:
        """Whether a shop is called after somebody: a capitalised title behind what it sells, "cơm niêu Chị Nga"."""
        sign = words.sign(begin)
        title = begin - 1 - int(sign[1:])
        if title < 1 or words.caps[title] == "l" or words.gaps[title] != "_":
            return False
        for before in range(title - 1, max(-1, title - 1 - _SHOP_WORDS), -1):
            if words.low[before] in self._lists.people_before or words.sign(before + 1)[:1] in {"T", "I", "N", "W"}:
                return False
            if words.sign(before + 1)[:1] == "P":
                return True
            if words.gaps[before] != "_":
                return False
        return False

    def _acts(self, words: Words, this: _Candidate) -> bool:
        """Whether given names stand before what people do: a flower is "thủy tiên" too, but sells nothing."""
        codes = words.codes[this.begin : this.end]
        return this.after in self._lists.acts and all("X" not in code and "G" in code for code in codes)

    def _is_household(self, words: Words, this: _Candidate) -> bool:
        """Whether it is whose house it is, by a given name: "giếng nhà Sính hút cạn"."""
        if this.before not in {"nhà", "nha"} or this.length > 2 or not this.after:
            return False
        low = words.low[this.begin]
        if this.length == 2:  # "nhà Mỹ Duyên": no nation.
            return words.style[1] == "m" and "M" in this.first and "K" in words.codes[this.begin + 1]
        if not this.is_given or low in DYNASTIES or low in _NO_PERSON:
            return False
        return not self._lists.joined("nhà", low) and not self._lists.joined(low, this.after)

    def _is_own_name(self, words: Words, this: _Candidate) -> bool:
        """Whether somebody says "em là" before two names that many people have, whatever they mean side by side."""
        if words.style[1] == "-" or this.before != "là" or words.low[this.begin - 2] not in _OWN_SHORT:
            return False
        both = f"{words.low[this.begin]} {words.low[this.begin + 1]}"
        return "K" in this.first and "K" in words.codes[this.begin + 1] and both not in self._lists.signs

    @staticmethod
    def _is_friend(words: Words, this: _Candidate) -> bool:
        """Whether "ban" without its mark is a friend, no village: "ban Duc lop 9a", "ban Hoang Yen …, ban ay …"."""
        codes = words.codes[this.begin : this.end]
        if words.style[1] == "m" or this.length > 2 or any(GIVEN.isdisjoint(code) or "X" in code for code in codes):
            return False
        met = this.begin > 1 and words.low[this.begin - 2] in _AND
        said = any(words.next_word(at) == "ay" for at in words.everywhere("ban"))
        return this.after in {"lop", "hoc"} or met or said

    @staticmethod
    def _is_called(words: Words, this: _Candidate) -> bool:
        """Whether many people are called by the first word, as it is written."""
        common = COMMON if words.low[this.begin].isascii() else _COMMON_MARKED
        return not common.isdisjoint(this.first)

    def _is_whose_kin(self, words: Words, this: _Candidate) -> bool:
        """Whether whose kin somebody is stands right behind what many people are called by: "Phát con bà Lan"."""
        if words.next_word(this.end) not in _WHOSE or words.sign(this.begin)[:1] not in {"", "p"}:
            return False
        return self._is_called(words, this) and "X" not in this.first and words.low[this.begin] not in _TIMES

    def _is_named_kin(self, words: Words, this: _Candidate) -> bool:
        """Whether it may be how somebody's kin is called: no word of ordinary reports, no office."""
        if "X" in this.first or words.low[this.begin] in _NATIONS or "P" in this.first:
            return False
        follows = words.next_word(this.begin)
        return not self._lists.joined(words.low[this.begin], follows) or (this.length == 1 and this.is_given)

    def _has_unmarked_title(self, words: Words, this: _Candidate) -> bool:
        """Whether a title whose marks were left out stands before a name where other words have theirs: "chi Hường"."""
        if not (this.before and this.before.isascii() and this.kind == "") or "X" in this.first:
            return False
        if not this.known:
            return this.before in _UNMARKED_TITLES and this.length == 1 and not words.low[this.begin].isascii()
        if words.unmarked_sign(this.begin) not in {"t", "c"} or words.caps[this.begin - 1] == "A":
            return False
        return not GIVEN.isdisjoint(words.codes[this.end - 1]) or this.length > 2

    def _is_of_class(self, words: Words, this: _Candidate) -> bool:
        """Whether the class of a pupil stands behind: "Mỹ Duyên 9b"."""
        codes = words.codes
        if any(KNOWN.isdisjoint(codes[at]) for at in range(this.begin, this.end)) or this.end >= len(words.low):
            return False
        return _CLASS.match(words.text, words.end(this.end - 1)) is not None and not COMMON.isdisjoint(
            codes[this.end - 1]
        )

    @staticmethod
    def _is_contact(words: Words, this: _Candidate) -> bool:
        """A name beside a phone number."""
        if words.gaps[this.begin] == "|" and this.length == 1:
            return this.known and "X" not in this.first and not SURNAME.issuperset(this.first)
        return (this.known or this.kind != "" or this.length in {2, 3}) and "X" not in this.first

    def _stands_alone(self, words: Words, this: _Candidate) -> bool:
        """Given names without title, by what people do behind them or who stands before them."""
        common = "K" in this.first
        if not this.is_given and not common and not (this.length == 2 and SURNAME.intersection(this.first)):
            return False
        if this.length == 1:
            return self._stands_single(words, this)
        second = words.codes[this.begin + 1] if this.length == 2 else ""
        if KNOWN.isdisjoint(second) and not (common and "N" in second):
            return False
        if words.gaps[this.begin] == "|" and this.end < len(words.low) and words.gaps[this.end] == "(":
            return True
        ordinary = self._lists.joined(words.low[this.end - 1], this.after)
        acts = this.after in self._lists.acts and (not ordinary or (common and "K" in second))
        if acts or this.before in self._lists.people_before:
            return True
        return common and "K" in second and self._stands_within(words, this)

    def _stands_within(self, words: Words, this: _Candidate) -> bool:
        """Whether a name that many people have stands within a sentence, behind what it is never said with.

        "Giao hàng Phong ném hàng qua cổng": there are more words for what people do than any list has.
        """
        begin, low = this.begin, words.low
        if words.gaps[begin] != "_" or words.caps[begin - 1] != "l" or "K" not in this.first:
            return False
        if low[begin] in _NO_PERSON or this.before in _NO_PERSON_BEHIND or this.before in _WHERE:
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

    def _is_signed(self, words: Words, this: _Candidate) -> bool:
        """A name that is the last sentence, up to where its owner lives, or stands before a colon at the start."""
        if not this.known or this.kind or "X" in this.first or not self._ends_as_name(words, this):
            return False
        if this.length > 1 and self._all_ordinary(words, this.begin, this.end):
            return False  # "Thân Ái"
        if this.begin == 0:
            if this.length == 1 and not self._is_called(words, this):
                return False  # "Hỏi:"
            return this.end < len(words.low) and words.between(this.end).startswith(":") and this.length < 3
        if words.gaps[this.begin] not in _SENTENCE_ENDS or not words.begins(this.begin):
            return False
        if this.end == len(words.low):
            return True
        lives = words.between(this.end).strip() in _BESIDE_HOME and words.low[this.end] in _HOMES
        return lives and len(words.low) - this.end <= _HOME_WORDS

    def _is_explained(self, words: Words, this: _Candidate) -> bool:
        """A name behind which stands who it is: "Ngọc Anh, con gái tôi"."""
        if not this.known or "X" in this.first or not self._ends_as_name(words, this):
            return False
        if this.end + 1 >= len(words.low) or words.gaps[this.end] not in {",", "(", "~"}:
            return False
        follows, second = words.low[this.end], words.low[this.end + 1]
        if f"{follows} {second}" in _KIN or (follows in _KIN and second in _OWN):
            return True
        # "Con gái út, Mai Chi, học lớp 2": between commas behind whose kin somebody is.
        return words.gaps[this.begin] in {",", "~"} and words.gaps[this.end] != "(" and _is_kin(words, this.begin - 1)

    @staticmethod
    def _ends_as_name(words: Words, this: _Candidate) -> bool:
        """Whether the last word is a given name; one word alone has to be a common one."""
        last = words.codes[this.end - 1]
        return not (GIVEN if this.length > 1 else COMMON).isdisjoint(last) and this.length < 5

    def _stands_single(self, words: Words, this: _Candidate) -> bool:
        """One given name, unless it is the day or the season that it may be, too."""
        low, joined = words.low[this.begin], self._lists.joined
        said = words.gaps[this.begin] == "_" and this.before in self._lists.people_before and low not in _NO_PERSON
        if joined(low, this.after) or (not said and joined(this.before, low)):
            return False  # "thứ Năm"
        if this.is_given and "G" in this.first and _leads_list(words, this):
            return True
        if this.is_given and this.after in _CALLS:
            return True
        if "F" in this.first and this.after in self._lists.acts and not SYLLABLE.fullmatch(low):
            return "X" not in this.first
        if not self._is_called(words, this):
            return this.before in _DOERS and this.is_given and "G" in this.first and low not in _NO_PERSON
        if words.gaps[this.begin] in _SENTENCE_ENDS:
            return low not in _TIMES and (this.after in self._lists.acts or self._is_followed_by_role(words, this))
        if this.after in self._lists.acts or this.before in self._lists.people_before:
            return True
        return self._stands_within(words, this)

    @staticmethod
    def _is_followed_by_role(words: Words, this: _Candidate) -> bool:
        """Whether the words right behind say who somebody is: "Thanh kế toán trường"."""
        if not this.after:
            return False
        one, two = words.sign(this.end + 1), words.sign(this.end + 2)
        return one[:1] in {"R", "r"} or (two[:1] in {"T", "R", "t", "r"} and two[1:] == "1")

    def _all_ordinary(self, words: Words, begin: int, end: int) -> bool:
        return all(self._lists.joined(words.low[n], words.low[n + 1]) for n in range(begin, end - 1))


def _is_hopeless(words: Words, begin: int, end: int, sign: str, last_name: int) -> bool:
    """A single word without sign that is no given name, as most first words of sentences; the rest is looked at."""
    if sign or end - begin > 1 or (last_name >= 0 and begin - last_name <= 1):
        return False
    if "X" in words.codes[begin] or not KNOWN.isdisjoint(words.codes[begin]):
        return "X" in words.codes[begin]
    return not (_is_of_kin(words, begin) or _is_dashed(words, begin))


def _run_end(words: Words, index: int) -> int:
    """Where the capitalised words end that begin here."""
    count = len(words.low)
    last = index + 1
    while last < count and words.gaps[last] in _JOINS and last - index < _LONGEST_RUN:
        if words.gaps[last] == "." and not (
            words.caps[last - 1] == "1"
            or words.low[last - 1] in SHORTENED
            or (words.between(last) == "." and not SURNAME.isdisjoint(words.codes[index]))  # "Đỗ.Văn.Chung"
        ):
            break
        if words.caps[last] == "l" and not _is_small_middle(words, index, last):
            break
        last += 1
    return last


def _is_called_as_lake(words: Words, index: int, last: int) -> bool:
    """Whether the surname Hồ, which is the word for a lake, begins a full name.

    It does behind a colon, a comma or what stands before people, or where behind it stands who it is.
    """
    if words.low[index] != "hồ" or last - index < 3:
        return False
    if words.gaps[index] == "_" and words.low[index - 1] not in words.lists.people_before:
        return False
    if words.gaps[index] == "|" and not (last < len(words.low) and words.sign(last + 1)[:1] in {"T", "R"}):
        return False
    return _is_full(words, index, last)


def _is_kin(words: Words, index: int) -> bool:
    """Whether a word is the last one that says whose kin somebody is: "đứa con gái út"."""
    while index > 0 and words.low[index] in _BORN and words.gaps[index] == "_":
        index -= 1
    low = words.low[index]
    return low in _KIN or (index > 0 and f"{words.low[index - 1]} {low}" in _KIN)


def _is_of_kin(words: Words, begin: int) -> bool:
    """Whether "là" stands before, and before that whose kin somebody is: "bố cháu là", "con trai bà là"."""
    before = begin - 1
    if before < 1 or words.low[before] not in _IS or words.gaps[begin] != "_" or words.gaps[before] != "_":
        return False
    kin = before - 1
    while kin > max(0, before - 3) and words.low[kin] in _WHOSE and words.low[kin - 1] not in _NO_KIN:
        kin -= 1
    low = words.low[kin]
    if kin == before - 1 and low in _WHOSE:
        return False
    return low in _KIN_ALONE or (kin > 0 and f"{words.low[kin - 1]} {low}" in _KIN)


def _is_dashed(words: Words, begin: int) -> bool:
    """Whether the end of a sentence and a dash stand before one of the last words of a text."""
    if len(words.low) - begin > _SIGNATURE_WORDS or words.gaps[begin] != "|" or not words.begins(begin):
        return False
    return words.between(begin).rstrip()[-1:] in {"-", "–", "—"}


def _is_signature(words: Words, this: _Candidate) -> bool:
    """A name behind a dash that ends the text, or the second one of two: "Thank you! - Beatriz & Caio"."""
    if this.length > 3 or "X" in this.first:
        return False
    if this.follows_name and this.end == len(words.low):
        return words.between(this.begin).strip() in {"&", "+"} or this.before == "and"
    if _is_last_and_foreign(words, this):
        return True
    if not _is_dashed(words, this.begin):
        return False
    return this.end == len(words.low) or words.between(this.end).strip() in {"&", "+"} or words.low[this.end] in _AND


def _is_last_and_foreign(words: Words, this: _Candidate) -> bool:
    """Whether the last sentence is two or three words of no list, up to a country: "… form. Lina Kowalczyk, Poland"."""
    begin, end = this.begin, this.end
    if this.length < 2 or words.gaps[begin] not in _SENTENCE_ENDS or not words.begins(begin) or begin == 0:
        return False
    if end != len(words.low) and not (end + 1 == len(words.low) and words.gaps[end] == "," and words.caps[end] == "U"):
        return False
    return all(low.isascii() and not SYLLABLE.fullmatch(low) for low in words.low[begin:end])


def _is_called_place(words: Words, begin: int) -> bool:
    """Whether it is a place that is called so: "khu nhà này tên Hoa Hồng"; a landlord ("chủ quán tên Hoa") is none."""
    named = begin - 1 - int(words.sign(begin)[1:])
    first = named
    while first > max(0, named - _HEAD_WORDS) and words.gaps[first] == "_":
        first -= 1
    near = max(first, named - _SHOP_WORDS)
    signs = [words.sign(at)[:1] for at in range(near, named + 1)]
    if "P" not in signs or _PERSONS.intersection(signs):
        return False
    # "Người bán cá ở chợ đầu mối tên Hách": where somebody is, but "ở quán tên Hoa Hồng" names the place.
    place = near + signs.index("P")
    at_place = any(words.low[at] in _WHERE for at in range(first, min(place + 1, named)))
    return not (place < named and at_place and any(words.low[at] in _SOMEBODY for at in range(first, place)))


def _is_person_of_place(words: Words, this: _Candidate) -> bool:
    """No commune is called so, but its chairman may be: "xã Nguyễn Văn Nam"."""
    if this.length <= 2:
        return False
    if words.caps[this.begin + 1] == "1":
        return True
    before = words.low[this.begin - 1]
    household = before == "ho" and words.style[1] == "-"  # with a mark that was left out, as a lake's word has one
    return household or (words.low[this.begin + 1] in MIDDLE_WORDS and before in _ADMINISTRATION)


def _is_part_of_name(words: Words, index: int, later: int) -> bool:
    """Whether the sign before ``later`` is itself a part of the name: the ``Anh`` of "Nguyễn Thế Anh Tuấn"."""
    return later - index >= 2 and bool(SURNAME.intersection(words.codes[index])) and "X" not in words.codes[index]


def _is_full(words: Words, begin: int, end: int) -> bool:
    """Surname, then middle names or given names: three words, or more."""
    codes = words.codes
    if words.caps[begin] == "1" and words.gaps[begin + 1 : end] and words.gaps[begin + 1] == ".":
        return not GIVEN.isdisjoint(codes[end - 1])  # "N. V. Thắng"
    if end - begin < 3:
        return False
    second = words.low[begin + 1]
    if second == "a" and not GIVEN.isdisjoint(codes[begin]) and not GIVEN.isdisjoint(codes[begin + 2]):
        return True  # "Loan A Quý": names of the Dao, whose surnames are other people's given names.
    if second in {"văn", "thị"} and ("X" not in codes[begin] or _is_surname_and_given(codes[begin], codes[end - 1])):
        return True
    if second in {"van", "thi"} and words.style[1] == "-" and "X" not in codes[begin]:
        return not _GIVEN_UNMARKED.isdisjoint(codes[end - 1])  # "Cham Thi Loc": a surname that no list has.
    if not SURNAME.intersection(codes[begin]):
        return False
    if second in MIDDLE_WORDS or words.caps[begin + 1] == "1":
        return True
    return bool(GIVEN.intersection(codes[begin + 1]) or GIVEN.intersection(codes[end - 1]))


def _is_surname_and_given(first: str, last: str) -> bool:
    """Whether a word that is hardly a name is a surname before a given name that is one: "Đồng Văn Tráng"."""
    return "S" in first and "G" in last and "X" not in last


def _is_foreign(words: Words, begin: int, end: int) -> bool:
    """A given name and a surname of another country."""
    codes = words.codes
    if end - begin not in {2, 3} or "F" not in codes[begin]:
        return False
    if words.low[begin + 1].isascii() and not SYLLABLE.fullmatch(words.low[begin + 1]):
        return True
    return not KNOWN.difference("F").intersection(codes[begin]) or "F" in codes[end - 1]


def _has_nickname(words: Words, this: _Candidate) -> bool:
    """A given name with a nickname behind: 'Mạnh "lùn"', "Hùng sẹo", "Tý Đen"."""
    if this.length == 2 and "K" in this.first and words.low[this.end - 1] in _LOOKS:
        return True
    if this.length != 1 or not {"G", "K"}.issubset(this.first) or "X" in this.first or this.end >= len(words.low):
        return False
    if words.gaps[this.end] == '"':
        return _quoted_end(words, this.end) > this.end
    both = f"{words.low[this.begin]} {words.low[this.end]}"
    spoken = words.lists.joined(words.low[this.begin], words.low[this.end]) or both in words.lists.compounds
    return bool(this.after) and words.caps[this.end] == "l" and "N" in words.codes[this.end] and not spoken


def _leads_list(words: Words, this: _Candidate) -> bool:
    """Whether another given name is named beside it: "Thiên và Địa"."""
    other = this.end + 1
    if this.after not in _AND or other >= len(words.low) or words.caps[other] != "U" or words.sign(other):
        return False
    return "X" not in words.codes[other]


def _with_nickname(words: Words, end: int) -> int:
    """Where a name ends with the nickname behind it."""
    if end >= len(words.low):
        return end
    code, gap = words.codes[end], words.gaps[end]
    nickname = words.caps[end] == "l" and (
        "N" in code or ("n" in code and words.style[1] == "-" and words.low[end] not in _SELLS)
    )
    if gap == "-" or (nickname and gap in {"_", '"', "("}):
        return end + 1
    return _quoted_end(words, end) if gap in {'"', "("} else end


def _quoted_end(words: Words, index: int) -> int:
    """Where a nickname between quotation marks ends that begins here; ``index``: there is none of up to three words."""
    for last in range(index, min(index + 3, len(words.low))):
        if words.text[words.end(last) : words.end(last) + 1] in {'"', "”", "'"}:
            return last + 1
        if last + 1 < len(words.low) and words.gaps[last + 1] != "_":
            break
    return index


def _is_small_middle(words: Words, index: int, last: int) -> bool:
    """Whether a word without capital is the middle name between a surname and a capitalised given name."""
    if last + 1 >= len(words.low) or words.caps[last + 1] == "l" or words.gaps[last + 1] != "_" or last != index + 1:
        return False
    if words.sign(last + 1):
        return False
    return bool(SURNAME.intersection(words.codes[index])) and "M" in words.codes[last] and "X" not in words.codes[index]
