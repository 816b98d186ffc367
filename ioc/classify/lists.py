"""What is known of words: lists of names, signs before names, ordinary words, and each word looked up once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from sys import intern
from typing import Final, NamedTuple

from ioc.classify.digit_words import DIGITS_SAID
from ioc.classify.pairs import NONE, Followers, held
from ioc.classify.personal import PLAIN
from ioc.classify.slips import SYLLABLE, glued_at, without_slip
from ioc.text.normalise import fold, place_tones


class Letters(dict[str, bool]):
    """Whether a word's code, as in ``Lists``, has one of some letters; there are few codes, each is looked at once."""

    def __init__(self, letters: str) -> None:
        super().__init__()
        self._letters = frozenset(letters)

    def __missing__(self, code: str) -> bool:
        self[code] = not self._letters.isdisjoint(code)
        return self[code]


_MARKED_ONLY: Final = frozenset(("ô", "nhỏ", "cửa", "chợ", "bè", "dòng họ"))
"""Signs that without marks are other words as a rule ("ở", "nhờ", "của", "cho", "bé")."""
_NAMELY: Final = Letters("SMGNFsmg")
SURNAME: Final = Letters("Ss")
GIVEN: Final = Letters("MGmg")
MIDDLE: Final = Letters("MGSmg")
"""What may stand between a surname and a given name."""
KNOWN: Final = Letters("SMGFsmg")
COMMON: Final = Letters("Kk")
"""Many people are called so, as it is written or with other marks."""
COMMON_MARKED: Final = Letters("K")
"""The same where words have their marks."""
FIRST: Final = Letters("GKNgk")
"""What somebody may be called by alone."""
BEHIND: Final = 1
"""A name without capitals may begin right behind the word, by the rules."""
WEIGHED: Final = 2
"""A first name that is weighed may."""
AT: Final = 4
"""One may begin at the word."""
BEFORE: Final = 8
"""One may begin at the word before it."""
CALLED: Final = 16
"""Many people are called so: two such words that seldom stand side by side are weighed wherever they stand."""
TITLED: Final = 32
"""A name that no list has may stand right behind the word, or be the word, where marks tell words apart."""
MARKED: Final = 64
"""The word has marks."""
SAID: Final = 128
"""The word is a digit that is said."""
SLIPPED: Final = 64
"""The word is read without a letter that slipped in."""
ODD: Final = 128
"""It is, or it is two words that are written as one. With all others it fits into a byte."""
TITLES: Final = frozenset("ông bà cụ bác thím chú cô dì cậu anh chị mợ lão mụ".split())  # noqa: SIM905 (a list of words)
"""The words for people that such a name may stand behind."""
UNMARKED_TITLES: Final = frozenset(("anh", "chi", "bac", "chu", "ong", "cau", "thay"))
"""Titles without their marks that hardly mean anything else right before a name."""
BORN_AS: Final = frozenset("tư sáu bảy tám chín mười cả".split())  # noqa: SIM905 (a list of words)
"""As which child somebody was born: with a nickname behind, people are called so."""
MIDDLE_WORDS: Final = frozenset(("văn", "thị", "van", "thi"))
"""The middle names that hardly stand in anything but a full name."""
DYNASTIES: Final = frozenset("nguyễn trần lê lý đinh ngô mạc hồ triệu nguyen tran ly dinh".split())  # noqa: SIM905 (a list of words)
"""Behind the word for a house and a family these are a dynasty."""
_AS_UNMARKED: Final = str.maketrans("SMGNK", "smgnk", "FPBX")
"""What a word of unknown marks may be: a name with others."""
_DOUBLED: Final = re.compile(r"(.)\1+$")
_TWICE: Final = re.compile(r"([^\W\daeiouôơưê])\1+")
_TELEX: Final = re.compile(r"^[a-z]*(?:aa|ee|oo|dd|[aeiouy]w)[a-z]*$|^[a-z]*[aeiouy][a-z]{0,2}[sfrxj]$")
_NO_TITLED: Final = Letters("XNP")
_MOST_WORDS: Final = 50_000
"""Words remembered: more than a province's reports have, as they are written."""


class SignEnd(NamedTuple):
    """What is known of the last word of a sign.

    Attributes:
        longest: How many words a sign has at most whose last word it is; 1 where no more of one stands before it.
        before: The words that stand right before it in such a sign, without marks.
        marked: The sign that it is alone, as ``Words.sign`` tells, in a text with marks; empty: none.
        unmarked: The same in a text in which marks were left out.

    """

    longest: int
    before: frozenset[str]
    marked: str
    unmarked: str


class WordInfo(NamedTuple):
    """What is known of a word as it is written.

    Attributes:
        low: Lower case, tone marks placed one way, without what slipped in.
        plain: The same without marks.
        caps: Its capitals, as in ``Words``.
        code: Its code, as in ``Lists``.
        sign: What is known of it as the last word of a sign, if it is one.
        opens: Where a name without capitals may begin because of it: ``BEHIND``, ``WEIGHED``, ``AT``, ``BEFORE``,
            ``CALLED``, ``TITLED``; and how it is written: ``SLIPPED``, ``ODD``.
        follows: Of these, what it lets be as the word behind: none where it is in no such name; and what it is itself:
            ``MARKED``, ``SAID``.

    """

    low: str
    plain: str
    caps: str
    code: str
    sign: SignEnd | None
    opens: int
    follows: int


@dataclass(frozen=True)
class Lists:
    """What is known of words.

    Attributes:
        codes: Of a lower-case word: ``S`` surname, ``M`` middle name, ``G`` given name, ``N`` nickname, ``F`` foreign,
            ``K`` common given name, ``P`` what comes before the name of a place, ``B`` what comes behind one, ``X``
            hardly a name; in lower case where the word would be that with marks.
        signs: Of a phrase, marked or not: which kind of sign it is that a name follows.
        longest: Of the last word of such a phrase, without marks: how many words the longest one has.
        before: Of the last word of a phrase of several words, without marks: those that stand right before it in one.
        tails: The last words of such phrases, as far as more of the phrase stands before them, without marks.
        namely: Words that may be one of a name.
        surnames: Of these, the surnames.
        pairs: What stands side by side in ordinary texts, by the first of two words.
        acts: What people do, right behind their names.
        people_before: What stands right before people.
        compounds: Ordinary words of two syllables, whatever capitals say.
        common: Surnames that stand in front of a name without capitals and sign, without marks.
        opens: Of a word: where a name without capitals may begin because of it, as in ``WordInfo``.
        verbs: Names that without capitals are something else behind a title, as they are written.
        offices: Offices, holidays and the like, two words, of which only the first may have a capital.
        behind_titles: Words that in ordinary reports stand behind a title, and seldom elsewhere.

    """

    codes: Mapping[str, str]
    signs: Mapping[str, str]
    longest: Mapping[str, int]
    before: Mapping[str, frozenset[str]]
    tails: frozenset[str]
    opens: Mapping[str, int]
    namely: frozenset[str]
    surnames: frozenset[str]
    pairs: Followers
    acts: frozenset[str]
    people_before: frozenset[str]
    compounds: frozenset[str]
    common: frozenset[str]
    verbs: frozenset[str]
    behind_titles: frozenset[str]
    offices: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Sequence[str]], pairs: Followers) -> Lists:
        """From the sections of ``people.yaml``, and pairs of words of ordinary texts."""
        words = {
            section: [intern(place_tones(str(word).lower())) for word in listed] for section, listed in data.items()
        }
        codes = _codes(words)
        signs = _signs(words)
        longest: dict[str, int] = {}
        for phrase in signs:
            last = fold(phrase.rsplit(" ", 1)[-1])
            longest[last] = max(longest.get(last, 0), phrase.count(" ") + 1)
        parts = [fold(phrase).split(" ") for phrase in signs]
        tails = frozenset(" ".join(part[first:]) for part in parts for first in range(1, len(part)))
        before: dict[str, set[str]] = {}
        for part in parts:
            if len(part) > 1:
                before.setdefault(part[-1], set()).add(part[-2])
        compounds = _both(words["ordinary_pairs"])
        return cls(
            codes=codes,
            signs=signs,
            longest=longest,
            before={last: frozenset(others) for last, others in before.items()},
            tails=tails,
            opens=_opens(signs, words["common_surnames"], words["people_before"]),
            namely=frozenset(word for word, code in codes.items() if _NAMELY[code]),
            surnames=frozenset(word for word, code in codes.items() if SURNAME[code]),
            pairs=_with(pairs, compounds),
            acts=_both(words["acts_behind"]),
            people_before=_both(words["people_before"]),
            compounds=compounds,
            common=frozenset(map(fold, words["common_surnames"])),
            verbs=frozenset(words["verbs"]),
            behind_titles=frozenset(words["behind_titles"]),
            offices=frozenset(words["offices"]),
        )

    def is_word(self, low: str) -> bool:
        """Whether the lists know a word, or an ordinary text has it."""
        return low in self.codes or low in self.signs or low in self.pairs or low in self.acts

    def cut(self, written: str) -> int:
        """Where the second one of two words begins that are written as one; 0: it is one."""
        if self.written[written].opens & (ODD | SLIPPED) != ODD:
            return 0
        return glued_at(written, self.is_called, self.is_word)

    def is_called(self, low: str) -> bool:
        """Whether somebody may be called by a word and it is hardly anything else."""
        code = self.codes.get(low, "")
        return "X" not in code and ("G" in code or "K" in code)

    def joined(self, first: str, second: str) -> bool:
        """Whether two words stand side by side in ordinary texts."""
        return second in self.pairs.get(first, NONE)

    def sign_end(self, low: str, plain: str) -> SignEnd | None:
        """What a word says as the last one of a sign; ``None``: no sign ends with it."""
        longest = self.longest.get(plain)
        if longest is None:
            return None
        kind = self.signs.get(low, "")
        alone = f"{kind}0" if kind else ""
        before = self.before.get(plain, NONE)
        return SignEnd(longest if plain in self.tails else 1, before, alone if kind.isupper() else "", alone)

    @cached_property
    def written(self) -> dict[str, WordInfo]:
        """What is known of a word as it is written, kept for the next text that has it."""
        return _Written(self)


class _Written(dict[str, WordInfo]):
    """Words looked up once; emptied when there are too many, which only nonsense reaches."""

    def __init__(self, lists: Lists) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, written: str) -> WordInfo:
        if len(self) >= _MOST_WORDS:
            self.clear()
        lists = self._lists
        lower = written.lower()
        low = place_tones(lower)
        plain = written.translate(PLAIN)
        marks = 0
        if low not in lists.codes and low not in lists.signs:
            if once := without_slip(low, plain, lists.is_word):
                low, plain, marks = once, fold(once), SLIPPED | ODD
            elif glued_at(written, lists.is_called, lists.is_word):
                marks = ODD
        caps = "l" if written == lower else _caps(written)
        code = lists.codes.get(low, "")
        if not code and len(low) > 2:
            if low[-1] == low[-2]:  # "tàii", "phươngg"
                code = lists.codes.get(_DOUBLED.sub(r"\1", low), "")
            elif caps != "l" and (once := _TWICE.sub(r"\1", low)) != low:  # "Nhunng", "Khhánh"
                code = lists.codes.get(once, "") or lists.codes.get(_TWICE.sub(r"\1", plain), "").translate(
                    _AS_UNMARKED
                )
            elif caps != "l":
                code = lists.codes.get(plain, "").translate(_AS_UNMARKED)
                if not code and low[-1] == "g" and not low.isascii():  # "Hoàg", "Phươg"
                    code = lists.codes.get(f"{low[:-1]}ng", "")
        namely = low in lists.namely or low[-1] == low[-2:-1] or _TELEX.search(low) is not None
        follows = (BEHIND | AT | BEFORE | (WEIGHED if FIRST[code] else 0)) if namely else 0
        titled = not _NO_TITLED[code] and low not in lists.behind_titles and SYLLABLE.fullmatch(plain)
        if titled or low in BORN_AS:
            follows |= TITLED
        sign = lists.sign_end(low, plain)
        if sign is None and low[:1] == low[1:2] and len(low) > 2:  # "Cchau"
            sign = lists.sign_end(low[1:], plain[1:])
        opens = lists.opens.get(low, 0)
        if COMMON[code]:
            opens, follows = opens | CALLED, follows | CALLED
        if not low.isascii():
            follows |= MARKED
        if plain in DIGITS_SAID:
            follows |= SAID
        # One and the same string wherever it is the same: most words are written as they are read.
        low, plain = intern(low), intern(plain)
        found = self[intern(written)] = WordInfo(low, plain, caps, code, sign, opens | marks, follows)
        return found


def _codes(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The letters of each word, marked and unmarked."""
    marked: dict[str, str] = {}
    unmarked: dict[str, str] = {}
    for letter, section in (
        ("S", "surnames"), ("M", "middle_names"), ("G", "given_names"), ("N", "nicknames"), ("F", "foreign_names"),
        ("K", "common_given"), ("P", "places"), ("B", "places_behind"), ("X", "never_names"),
    ):  # fmt: skip
        for word in words[section]:
            if " " in word:
                continue
            if letter not in marked.get(word, ""):
                marked[word] = marked.get(word, "") + letter
            plain = fold(word)
            if plain != word and letter != "X" and letter.lower() not in unmarked.get(plain, ""):
                unmarked[plain] = unmarked.get(plain, "") + letter.lower()
    codes = dict(marked)
    for plain, letters in unmarked.items():
        known = codes.get(plain, "")
        codes[plain] = known + "".join(letter for letter in letters if letter.upper() not in known)
    return codes


def _signs(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Kinds of signs; of phrases without marks in lower case, where those are no signs themselves."""
    signs: dict[str, str] = dict.fromkeys(words["places"], "P")
    for letter, section in (
        ("W", "weak_introductions"), ("R", "roles"), ("N", "named"), ("E", "english_roles"), ("T", "titles"),
        ("C", "pronouns"), ("I", "introductions"),
    ):  # fmt: skip
        signs.update(dict.fromkeys(words[section], letter))
    for phrase in list(signs):
        if phrase not in _MARKED_ONLY:
            signs.setdefault(fold(phrase), signs[phrase].lower())
    return signs


def _opens(signs: Mapping[str, str], surnames: Sequence[str], people_before: Sequence[str]) -> dict[str, int]:
    """Where a name without capitals may begin: behind a sign, at a surname, before ``văn``, behind who meets people."""
    opens: dict[str, int] = {}

    def may(word: str, where: int) -> None:
        opens[word] = opens.get(word, 0) | where

    for phrase, kind in signs.items():
        if kind not in "Pp":
            last = phrase.rsplit(" ", 1)[-1]
            may(last, BEHIND | WEIGHED)
            may(fold(last), BEHIND | WEIGHED)
    for word in (*surnames, *map(fold, surnames)):
        may(word, AT)
    for word in TITLES:
        may(word, TITLED)
    for word in ("văn", "thị", "van", "thi", "thij"):
        may(word, BEFORE)
    for word in people_before:
        if " " not in word:
            may(word, WEIGHED)
            may(fold(word), WEIGHED)
    return opens


def _with(pairs: Followers, compounds: frozenset[str]) -> Followers:
    """Pairs, and those of the compounds that have two words."""
    more: dict[str, set[str]] = {}
    for compound in compounds:
        if compound.count(" ") == 1:
            first, second = compound.split(" ")
            more.setdefault(first, set()).add(second)
    return {**pairs, **{first: held((*pairs.get(first, NONE), *seconds)) for first, seconds in more.items()}}


def _both(phrases: Sequence[str]) -> frozenset[str]:
    """Phrases, and the same without marks."""
    return frozenset((*phrases, *map(fold, phrases)))


def _caps(word: str) -> str:
    if not word[0].isupper():
        return "l"
    if len(word) == 1:
        return "1"
    return "A" if word.isupper() else "U"
