"""Names written with capitals: a run of capitalised words, cut to the name in it, and what says that it is one."""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.candidates import (
    AND,
    IS,
    SHOP_WORDS,
    SIGNATURE_WORDS,
    WHERE,
    WHOSE,
    Candidate,
    has_nickname,
    is_called_place,
    is_dashed,
    is_of_kin,
    is_person_of_place,
    is_signature,
)
from ioc.classify.capital_cues import is_told_of
from ioc.classify.capital_runs import (
    SELLS,
    is_all_of_it,
    is_called_as_lake,
    is_foreign,
    is_full,
    is_part_of_name,
    run_end,
    with_nickname,
)
from ioc.classify.lists import (
    COMMON,
    COMMON_MARKED,
    DYNASTIES,
    GIVEN,
    KNOWN,
    MIDDLE_WORDS,
    SURNAME,
    UNMARKED_TITLES,
    Lists,
)
from ioc.classify.slips import SYLLABLE
from ioc.classify.surroundings import Surroundings
from ioc.classify.untitled import NATIONS, NO_PERSON, OWN, TIMES, Untitled
from ioc.classify.words import Words

_LONGEST: Final = 5
_OWN_SHORT: Final = OWN | {"e"}
_KIN_BEHIND: Final = frozenset(("con", "cháu", "vợ", "chồng", "vo", "chong"))
"""Of these, what stands right behind somebody's name."""
_CALLED: Final = frozenset(("tên", "ten"))
_CLASS: Final = re.compile(r" \d{1,2}[a-zA-Z]\d?(?!\w)")
_LAND: Final = frozenset(
    "khe vườn đồi dốc bến bãi hòn núi suối lũng vụng vũng lạch sông đầm giếng cọc cột mũi vuon doi doc nui".split()  # noqa: SIM905 (a list of words)
)
"""With what the names of such places begin."""
_AT_WORK: Final = frozenset("vệ xe xế trưởng toán phó thôn".split())  # noqa: SIM905 (a list of words)
"""With what their words end who are no guests from abroad."""
_STRONG: Final = frozenset("TINCti")
_BESIDE: Final = frozenset(("ben", "o", "nha"))
"""What stands behind somebody's name who works or lives there."""


class CapitalNames:
    """Finds the name in the run of capitalised words that begins at a word."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._untitled = Untitled(lists)

    def find(self, text: Surroundings, index: int, last_name: int) -> tuple[int, int]:
        """First word of the name and the one behind it; without a name, the run's end and 0.

        Args:
            text: The words.
            index: Where the run begins.
            last_name: Index of the word behind the name before; negative: none.

        """
        words = text.words
        last = run_end(words, index)
        if last == index + 1 and _is_hopeless(words, index, last, words.sign(index), last_name):
            return last, 0
        begin, sign = self._begin(words, index, last)
        end = self._end(words, begin, last, sign)
        if end <= begin or _is_hopeless(words, begin, end, sign, last_name):
            return last, 0
        if not self._is_person(text, self._candidate(text, begin, end, sign, last_name)):
            return last, 0
        return begin, with_nickname(words, end)

    def _begin(self, words: Words, index: int, last: int) -> tuple[int, str]:
        """Where in the run the name begins, behind the last title in it, and the sign before it."""
        begin, sign = index, words.sign(index)
        for later in range(index + 1, last):
            found = words.sign(later)
            if not found or words.caps[later - 1] == "1" or later - 1 - int(found[1:]) > begin:
                continue
            if sign[:1] == "P" or (found[:1] == "P" and words.low[index + 1] in MIDDLE_WORDS):
                break
            if found[:1] == "p" and sign[:1] in {"W", "w"} and words.low[index - 1] in IS:
                continue  # "em la Phuong Anh"
            if later - 1 - int(found[1:]) < index and words.caps[index - 1] == "l" and is_full(words, index, last):
                continue  # "hộ Lý A Pao": no nurse.
            if sign[:1] == "p" and sign[1:] != "0" and found[:1] != "T":
                break  # The chemist's "nha thuoc Minh Duc".
            if later == index + 1 and is_called_as_lake(words, index, last):
                continue
            if found[:1] == "P" and later == index + 1 and words.caps[index] == "A" and len(words.low[index]) > 2:
                begin, sign = later, found  # "giám đốc HTX Thành Tâm", though a title stands before.
                break
            if not (found[0] in "Pp" and sign[:1] in _STRONG) and not is_part_of_name(words, index, later):
                begin, sign = later, found
        if not sign and words.gaps[index] == "|" and last - index > 1 and not KNOWN[words.codes[index]]:
            unknown = words.style[1] == "m" and not words.low[index].isascii()
            begin = index + (unknown and words.low[index + 1] not in MIDDLE_WORDS)
        if not sign and begin == index and last - index > 3 and "X" in words.codes[index]:
            begin += is_full(words, index + 1, last)  # "Toi Trương Van Loc" among words with marks.
        if not sign and last - index == 2 and words.style[1] == "m" and words.low[index] in UNMARKED_TITLES:
            begin = index + 1  # "Bac Thuần"
        if begin > index and words.style[1] == "-" and sign[:1].islower() and is_full(words, index, last):
            begin, sign = index, words.sign(index)
        return begin, sign

    def _end(self, words: Words, begin: int, last: int, sign: str) -> int:
        """Where it ends: before words that belong to what follows, and before what is in no name."""
        end = min(last, begin + _LONGEST)
        whole = end - begin >= 3 and (words.low[begin + 1] in MIDDLE_WORDS or is_all_of_it(words, begin, end))
        while end - begin > (3 if whole else 1) and self._goes_on(words, begin, end):
            end -= 1
        # Whoever says "my name is" may be called "Lễ"; behind a title it depends on what follows.
        named = sign[:1] in {"I", "T"} and self._lists.signs.get(words.low[begin], "P") in "Pp"
        family = end - begin == 2 and SURNAME[words.codes[begin]] and "X" not in words.codes[begin]
        for index in range(begin + (3 if whole else 2 if family else named), end):
            if "X" in words.codes[index] and not KNOWN[words.codes[index]]:
                return index
        return end

    def _goes_on(self, words: Words, begin: int, end: int) -> bool:
        """Whether the last word of a run belongs to what follows: the ``Công`` of "Tuấn Công an"."""
        code = words.codes[end - 1]
        if "X" not in code or words.low[end - 1] == "anh":
            return False
        follows = words.next_word(end - 1)
        if not GIVEN[code]:
            return bool(follows)
        surname = SURNAME[words.codes[begin]] and "X" not in words.codes[begin]
        return not surname and f"{words.low[end - 1]} {follows}" in self._lists.compounds

    @staticmethod
    def _candidate(text: Surroundings, begin: int, end: int, sign: str, last_name: int) -> Candidate:
        words = text.words
        follows_name = (
            last_name >= 0
            and begin - last_name <= 1
            and begin > 0
            and (words.gaps[begin] in {",", "~"} or words.low[begin - 1] in AND)
        )
        return Candidate(
            begin=begin,
            end=end,
            kind=sign[:1].upper(),
            first=words.codes[begin],
            before=words.low[begin - 1] if begin and words.gaps[begin] in {"_", '"'} else "",
            after=words.next_word(end - 1),
            follows_name=follows_name,
        )

    def _is_person(self, text: Surroundings, this: Candidate) -> bool:
        words = text.words
        if self._is_none(words, this):
            return False
        if this.before in IS and this.kind == "" and is_of_kin(words, this.begin) and self._is_named_kin(words, this):
            return not text.is_public(this.begin, this.end)
        if this.after in _KIN_BEHIND and self._is_whose_kin(words, this):
            return not text.is_public(this.begin, this.end)
        if this.kind == "P" and this.before == "ban" and self._is_friend(words, this):
            return not text.is_public(this.begin, this.end)
        if this.kind == "P":
            return is_person_of_place(words, this) and not text.is_covered(this.begin, this.end)
        full = is_full(words, this.begin, this.end)
        if this.kind == "N" and not full and is_called_place(words, this.begin):
            return False
        if this.kind == "I":
            # "Ông nội cháu tên Hoà Bình" is no town.
            own = this.before in _CALLED and words.low[this.begin - 2] in OWN and "quê" not in words.low
            return own or this.length > 2 or not text.is_public(this.begin, this.end)
        # Names of places are asked for last: they have to be looked for, and few candidates get so far.
        return self._is_like_person(text, this, full=full) and (
            not text.is_public(this.begin, this.end) or self._is_called_like_place(text, this, full=full)
        )

    def _is_like_person(self, text: Surroundings, this: Candidate, *, full: bool) -> bool:
        """Whether it is one unless a place is called so."""
        words = text.words
        if this.kind in {"T", "N", "C"}:
            return self._is_titled(words, this, full=full) and not self._is_called_after(words, this.begin)
        if this.kind == "E":
            return True
        if this.kind == "R":
            foreign = this.length == 1 and words.low[this.begin] in NATIONS and not self._is_at_work(words, this)
            return (this.known and not foreign) or this.length == 2
        if this.kind == "W" and this.length == 2 and self._is_own_name(words, this):
            return True
        untitled = self._untitled
        ordinary = words.style[1] == "m" and this.length > 1 and untitled.all_ordinary(words, this.begin, this.end)
        if ordinary and not (full and "K" in words.codes[this.end - 1]) and not untitled.acts(words, this):
            return untitled.is_explained(words, this) and not text.is_public(this.begin, this.end)
        if this.kind == "" and not full and (this.before in WHERE or words.low[this.begin] in _LAND):
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
            or is_foreign(words, this.begin, this.end)
            or has_nickname(words, this)
            or (len(words.low) - this.begin <= SIGNATURE_WORDS and is_signature(words, this))
            or (this.length > 1 and self._is_of_class(words, this))
            or self._has_unmarked_title(words, this)
            or (this.follows_name and (this.known or (this.before in AND and "X" not in this.first)))
            or (text.is_near(this.begin, this.end) and self._is_contact(words, this))
            or (
                (
                    untitled.stands_alone(words, this)
                    or untitled.is_signed(words, this)
                    or untitled.is_explained(words, this)
                )
                and not text.is_public(this.begin, this.end)
            )
        )

    def _is_called_like_place(self, text: Surroundings, this: Candidate, *, full: bool) -> bool:
        """Whether a person bears a name that a place or somebody of history has a part of: "cô Tô Thị Tằng"."""
        if not full and this.kind not in {"T", "N", "R", "C"}:
            return False
        if this.kind in {"T", "C"} and is_told_of(text.words, this.begin, this.end):
            return True
        if full and this.kind in {"T", "R"} and not text.is_covered(this.begin, this.end):
            return True
        common = text.words.plains[this.begin] in self._lists.common
        street = this.length > 3 and text.words.plains[this.begin] == "duong"
        if full and this.kind == "" and (street or not common) and text.is_covered(this.begin + 1, this.end):
            return False  # The club "Than Quảng Ninh", "Duong Vo Nguyen Giap".
        return not text.is_public(this.begin, this.begin + 1)

    @staticmethod
    def _is_none(words: Words, this: Candidate) -> bool:
        """An initial, letters of a number ("PA22"), the name of a place with its word behind, the English "My"."""
        if words.between(this.end)[:1].isdigit():
            return True
        if words.caps[this.begin] == "1" and this.length == 1:
            initial = words.low[this.begin].isascii() or words.between(this.end).startswith(".")
            return initial or this.kind not in _STRONG  # but "cô Ý"
        behind = words.codes[this.end] if this.after else ""
        if "B" in behind and this.kind not in {"I", "T"} and not (this.kind == "W" and len(this.before) == 1):
            return True
        return words.low[this.begin] == "my" and this.length == 1 and words.gaps[this.begin] == "|"

    def _is_at_work(self, words: Words, this: Candidate) -> bool:
        """Whether what somebody does here for a living stands before what he does: "bảo vệ Đức quát"."""
        return this.before in _AT_WORK and words.caps[this.begin - 1] == "l" and this.after in self._lists.acts

    def _is_titled(self, words: Words, this: Candidate, *, full: bool) -> bool:
        """Behind a title everything is a name but a common word in the clothes of one: "Anh Công an"."""
        follows = words.next_word(this.begin)
        both = f"{words.low[this.begin]} {follows}"
        # Where other words have marks, "Khanh thanh tra" does not begin with "khánh thành".
        if this.length == 1 and both in self._lists.compounds and not (words.style[1] == "m" and both.isascii()):
            # "Chi Hoa ban bun", "nho anh Hai ben dien luc": no flower is called by a title.
            common = COMMON[this.first] and "X" not in this.first
            small = words.caps[this.begin - 1] == "l" and this.kind == "T"
            return words.style[1] == "-" and common and (follows in SELLS or (small and follows in _BESIDE))
        if not full and not this.known and self._is_ordinary(words, this):
            return False
        if not full and self._is_of_title(words, this):
            return False
        if full or "X" not in this.first or GIVEN[this.first]:
            return True
        spoken = follows and self._lists.joined(words.low[this.begin], follows)
        return this.kind in {"T", "N"} and not spoken and not (follows and words.caps[this.begin + 1] != "l")

    def _is_ordinary(self, words: Words, this: Candidate) -> bool:
        """Whether a word in no list belongs to a longer title or to what follows, as in "Cô Giáo", "Chị Em Phụ Nữ"."""
        word, follows = words.low[this.begin], words.next_word(this.begin)
        before, lists = words.low[this.begin - 1], self._lists
        return f"{before} {word}" in lists.signs or lists.joined(before, word) or lists.joined(word, follows)

    def _is_of_elsewhere(self, words: Words, this: Candidate) -> bool:
        """Whether a word is none of the language and in no list: "Mình là Jenny"."""
        low = words.low[this.begin]
        return not this.first and low.isascii() and low not in self._lists.signs and not SYLLABLE.fullmatch(low)

    def _is_of_title(self, words: Words, this: Candidate) -> bool:
        """Whether it is no name but what somebody is: "Bác Sĩ", "Ông Chủ Tịch", "Chị Em Phụ Nữ"."""
        if this.length == 1:
            unmarked = words.style[1] == "-" and words.caps[this.begin - 1] == "l" and COMMON[this.first]
            # "anh Tho" among words without marks: an "anh thợ" has no capital.
            return not unmarked and f"{words.low[this.begin - 1]} {words.low[this.begin]}" in self._lists.signs
        if words.low[this.begin - 1] == "non" and self._untitled.all_ordinary(words, this.begin, this.end):
            return True  # The nursery school "Hoa Hồng".
        common = COMMON if words.style[1] == "-" and this.kind == "T" else COMMON_MARKED
        if this.length != 2 or (common[this.first] and common[words.codes[this.begin + 1]]):
            return False  # "Ngân Hà" is a name, too.
        return f"{words.low[this.begin]} {words.low[this.begin + 1]}" in self._lists.compounds

    def _is_called_after(self, words: Words, begin: int) -> bool:
        """Whether a shop is called after somebody: a capitalised title behind what it sells, "cơm niêu Chị Nga"."""
        sign = words.sign(begin)
        title = begin - 1 - int(sign[1:])
        if title < 1 or words.caps[title] == "l" or words.gaps[title] != "_":
            return False
        for before in range(title - 1, max(-1, title - 1 - SHOP_WORDS), -1):
            if words.low[before] in self._lists.people_before or words.sign(before + 1)[:1] in {"T", "I", "N", "W"}:
                return False
            if words.sign(before + 1)[:1] == "P":
                return True
            if words.gaps[before] != "_":
                return False
        return False

    def _is_household(self, words: Words, this: Candidate) -> bool:
        """Whether it is whose house it is, by a given name: "giếng nhà Sính hút cạn"."""
        if this.before not in {"nhà", "nha"} or this.length > 2 or not this.after:
            return False
        low = words.low[this.begin]
        if this.length == 2:  # "nhà Mỹ Duyên": no nation.
            return words.style[1] == "m" and "M" in this.first and "K" in words.codes[this.begin + 1]
        if not this.is_given or low in DYNASTIES or low in NO_PERSON:
            return False
        return not self._lists.joined("nhà", low) and not self._lists.joined(low, this.after)

    def _is_own_name(self, words: Words, this: Candidate) -> bool:
        """Whether somebody says "em là" before two names that many people have, whatever they mean side by side."""
        if words.style[1] == "-" or this.before != "là" or words.low[this.begin - 2] not in _OWN_SHORT:
            return False
        both = f"{words.low[this.begin]} {words.low[this.begin + 1]}"
        return "K" in this.first and "K" in words.codes[this.begin + 1] and both not in self._lists.signs

    @staticmethod
    def _is_friend(words: Words, this: Candidate) -> bool:
        """Whether "ban" without its mark is a friend, no village: "ban Duc lop 9a", "ban Hoang Yen …, ban ay …"."""
        codes = words.codes[this.begin : this.end]
        if words.style[1] == "m" or this.length > 2 or any(not GIVEN[code] or "X" in code for code in codes):
            return False
        met = this.begin > 1 and words.low[this.begin - 2] in AND
        said = any(words.next_word(at) == "ay" for at in words.everywhere("ban"))
        return this.after in {"lop", "hoc"} or met or said

    def _is_whose_kin(self, words: Words, this: Candidate) -> bool:
        """Whether whose kin somebody is stands right behind what many people are called by: "Phát con bà Lan"."""
        if words.next_word(this.end) not in WHOSE or words.sign(this.begin)[:1] not in {"", "p"}:
            return False
        return self._untitled.is_called(words, this) and "X" not in this.first and words.low[this.begin] not in TIMES

    def _is_named_kin(self, words: Words, this: Candidate) -> bool:
        """Whether it may be how somebody's kin is called: no word of ordinary reports, no office."""
        if "X" in this.first or words.low[this.begin] in NATIONS or "P" in this.first:
            return False
        follows = words.next_word(this.begin)
        return not self._lists.joined(words.low[this.begin], follows) or (this.length == 1 and this.is_given)

    def _has_unmarked_title(self, words: Words, this: Candidate) -> bool:
        """Whether a title whose marks were left out stands before a name where other words have theirs: "chi Hường"."""
        if not (this.before and this.before.isascii() and this.kind == "") or "X" in this.first:
            return False
        if not this.known:
            return this.before in UNMARKED_TITLES and this.length == 1 and not words.low[this.begin].isascii()
        if words.unmarked_sign(this.begin) not in {"t", "c"} or words.caps[this.begin - 1] == "A":
            return False
        return GIVEN[words.codes[this.end - 1]] or this.length > 2

    def _is_of_class(self, words: Words, this: Candidate) -> bool:
        """Whether the class of a pupil stands behind: "Mỹ Duyên 9b"."""
        codes = words.codes
        if any(not KNOWN[codes[at]] for at in range(this.begin, this.end)) or this.end >= len(words.low):
            return False
        if not COMMON[codes[this.end - 1]] or words.between(this.end) == " ":
            return False  # Where a word stands right behind, no class does.
        return _CLASS.match(words.text, words.end(this.end - 1)) is not None

    def _is_contact(self, words: Words, this: Candidate) -> bool:
        """A name beside a phone number."""
        if words.gaps[this.begin] == "|" and this.length == 1:
            if this.after and self._lists.joined(words.low[this.begin], this.after):
                return False  # "Hai số lạ …"
            return this.known and "X" not in this.first and this.first.strip("Ss") != ""
        return (this.known or this.kind != "" or this.length in {2, 3}) and "X" not in this.first


def _is_hopeless(words: Words, begin: int, end: int, sign: str, last_name: int) -> bool:
    """A single word without sign that is no given name, as most first words of sentences; the rest is looked at."""
    if sign or end - begin > 1 or (last_name >= 0 and begin - last_name <= 1):
        return False
    if "X" in words.codes[begin] or KNOWN[words.codes[begin]]:
        return "X" in words.codes[begin]
    return not (is_of_kin(words, begin) or is_dashed(words, begin))
