"""Words with capitals that may be a name, and what stands around them: kin, signatures, places that are called so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ioc.classify.capital_runs import quoted_end
from ioc.classify.lists import GIVEN, KNOWN, MIDDLE_WORDS
from ioc.classify.slips import SYLLABLE
from ioc.classify.words import Words

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
AND: Final = frozenset(("và", "với", "va", "voi", "and", "vs", "cùng", "hay", "hoặc"))
SENTENCE_ENDS: Final = frozenset(("|", "."))
KIN: Final = frozenset(
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
_BORN: Final = frozenset(
    ("út", "cả", "đầu", "thứ", "lớn", "nhỏ", "trưởng", "tôi", "em", "mình", "ut", "ca", "toi", "nuôi", "ruột")
)
"""What may stand behind the word for somebody's kin."""
_KIN_ALONE: Final = frozenset(
    "chồng vợ mẹ bố ba má con cháu em chị anh bạn chủ ông bà chong vo me bo ma chau chi anh ban chu".split()  # noqa: SIM905 (a list of words)
)
WHOSE: Final = frozenset(
    "tôi em mình tui cháu mk anh chị ông bà cô chú bác nó họ ta ấy này kia nhà quán xe"  # noqa: SIM905 (a list of words)
    " toi minh chau ong ba co chu bac".split()
)
"""Whose kin: between the word for the kin and "là"."""
_NO_KIN: Final = frozenset(("của", "cua"))
IS: Final = frozenset(("là", "la", "tên", "ten"))
SIGNATURE_WORDS: Final = 5
_PERSONS: Final = frozenset("TRC")
SHOP_WORDS: Final = 3
"""So many words may stand between the word of a place and the title that it is called by."""
_HEAD_WORDS: Final = 9
"""So many words before "tên" the one may stand who is called so."""
_SOMEBODY: Final = frozenset(
    "người kẻ thằng tên đứa ông bà anh chị cô chú bác em nhân bảo thợ chủ"  # noqa: SIM905 (a list of words)
    " nguoi ke thang dua".split()
)
"""With what the words for somebody begin."""
WHERE: Final = frozenset("ở tại về đến lên xuống từ khỏi trên quanh tai den len xuong".split())  # noqa: SIM905 (a list of words)
"""Before places that no list has."""
_LOOKS: Final = frozenset(
    "lùn béo sẹo đen gù chột què điếc lé móm hói trọc mập gầy còi cụt híp xăm rỗ điên khùng nghiện sún"  # noqa: SIM905 (a list of words)
    " sứt vẩu râu kều bự ghẻ ngọng thọt trố tồ ngáo lúa"
    " lun beo seo den gu chot que mop hoi troc map coi cut nghien vau rau keu bu ngong".split()
)
"""What somebody looks like: behind a given name no place and no shop is called so."""


@dataclass(slots=True)
class Candidate:
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
        return KNOWN[self.first]

    @property
    def is_given(self) -> bool:
        """Whether the first word is a given name and hardly anything else."""
        return GIVEN[self.first] and "X" not in self.first


def is_kin(words: Words, index: int) -> bool:
    """Whether a word is the last one that says whose kin somebody is: "đứa con gái út"."""
    while index > 0 and words.low[index] in _BORN and words.gaps[index] == "_":
        index -= 1
    low = words.low[index]
    return low in KIN or (index > 0 and f"{words.low[index - 1]} {low}" in KIN)


def is_of_kin(words: Words, begin: int) -> bool:
    """Whether "là" stands before, and before that whose kin somebody is: "bố cháu là", "con trai bà là"."""
    before = begin - 1
    if before < 1 or words.low[before] not in IS or words.gaps[begin] != "_" or words.gaps[before] != "_":
        return False
    kin = before - 1
    while kin > max(0, before - 3) and words.low[kin] in WHOSE and words.low[kin - 1] not in _NO_KIN:
        kin -= 1
    low = words.low[kin]
    if kin == before - 1 and low in WHOSE:
        return False
    return low in _KIN_ALONE or (kin > 0 and f"{words.low[kin - 1]} {low}" in KIN)


def is_dashed(words: Words, begin: int) -> bool:
    """Whether the end of a sentence and a dash stand before one of the last words of a text."""
    if len(words.low) - begin > SIGNATURE_WORDS or words.gaps[begin] != "|" or not words.begins(begin):
        return False
    return words.between(begin).rstrip()[-1:] in {"-", "–", "—"}


def is_signature(words: Words, this: Candidate) -> bool:
    """A name behind a dash that ends the text, or the second one of two: "Thank you! - Beatriz & Caio"."""
    if this.length > 3 or "X" in this.first:
        return False
    if this.follows_name and this.end == len(words.low):
        return words.between(this.begin).strip() in {"&", "+"} or this.before == "and"
    if is_last_and_foreign(words, this):
        return True
    if not is_dashed(words, this.begin):
        return False
    return this.end == len(words.low) or words.between(this.end).strip() in {"&", "+"} or words.low[this.end] in AND


def is_last_and_foreign(words: Words, this: Candidate) -> bool:
    """Whether the last sentence is two or three words of no list, up to a country: "… form. Lina Kowalczyk, Poland"."""
    begin, end = this.begin, this.end
    if this.length < 2 or words.gaps[begin] not in SENTENCE_ENDS or not words.begins(begin) or begin == 0:
        return False
    if end != len(words.low) and not (end + 1 == len(words.low) and words.gaps[end] == "," and words.caps[end] == "U"):
        return False
    return all(low.isascii() and not SYLLABLE.fullmatch(low) for low in words.low[begin:end])


def is_called_place(words: Words, begin: int) -> bool:
    """Whether it is a place that is called so: "khu nhà này tên Hoa Hồng"; a landlord ("chủ quán tên Hoa") is none."""
    named = begin - 1 - int(words.sign(begin)[1:])
    first = named
    while first > max(0, named - _HEAD_WORDS) and words.gaps[first] == "_":
        first -= 1
    near = max(first, named - SHOP_WORDS)
    signs = [words.sign(at)[:1] for at in range(near, named + 1)]
    if "P" not in signs or _PERSONS.intersection(signs):
        return False
    # "Người bán cá ở chợ đầu mối tên Hách": where somebody is, but "ở quán tên Hoa Hồng" names the place.
    place = near + signs.index("P")
    at_place = any(words.low[at] in WHERE for at in range(first, min(place + 1, named)))
    return not (place < named and at_place and any(words.low[at] in _SOMEBODY for at in range(first, place)))


def is_person_of_place(words: Words, this: Candidate) -> bool:
    """No commune is called so, but its chairman may be: "xã Nguyễn Văn Nam"."""
    if this.length <= 2:
        return False
    if words.caps[this.begin + 1] == "1":
        return True
    before = words.low[this.begin - 1]
    household = before == "ho" and words.style[1] == "-"  # with a mark that was left out, as a lake's word has one
    middle = words.low[this.begin + 1]
    # "Ông từ miếu Lục Văn Phiên": what is called after somebody with such a name is known.
    marked = words.style[1] == "m" and middle in {"văn", "thị"}
    return household or marked or (middle in MIDDLE_WORDS and before in _ADMINISTRATION)


def has_nickname(words: Words, this: Candidate) -> bool:
    """A given name with a nickname behind: 'Mạnh "lùn"', "Hùng sẹo", "Tý Đen"."""
    if this.length == 2 and "K" in this.first and words.low[this.end - 1] in _LOOKS:
        return True
    if this.length != 1 or not {"G", "K"}.issubset(this.first) or "X" in this.first or this.end >= len(words.low):
        return False
    if words.gaps[this.end] == '"':
        return quoted_end(words, this.end) > this.end
    both = f"{words.low[this.begin]} {words.low[this.end]}"
    spoken = words.lists.joined(words.low[this.begin], words.low[this.end]) or both in words.lists.compounds
    return bool(this.after) and words.caps[this.end] == "l" and "N" in words.codes[this.end] and not spoken


def leads_list(words: Words, this: Candidate) -> bool:
    """Whether another given name is named beside it: "Thiên và Địa"."""
    other = this.end + 1
    if this.after not in AND or other >= len(words.low) or words.caps[other] != "U" or words.sign(other):
        return False
    return "X" not in words.codes[other]
