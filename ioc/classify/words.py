"""The words of a text as the finders of names read them: how they are written, what lists and signs say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat
from operator import add, sub
from typing import Final

from ioc.classify.normalise import fold, place_tones
from ioc.classify.personal import Views

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 12
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""
_MARKED: Final = 0.45
"""Share of words with marks below which some were left out, so that a word without marks may be any."""
SHORTENED: Final = frozenset(("mr", "mrs", "ms", "dr", "bs", "ts", "ths", "gs", "pgs", "th", "a", "c", "e", "đ", "d"))
_NAMELY: Final = frozenset("SMGNsmg")
SURNAME: Final = frozenset("Ss")
GIVEN: Final = frozenset("MGmg")
KNOWN: Final = frozenset("SMGFsmg")
_TELEX: Final = re.compile(r"^[a-z]*(?:aa|ee|oo|dd|[aeiouy]w)[a-z]*$|^[a-z]*[aeiouy][a-z]{0,2}[sfrxj]$")
_WIDEST: Final = 4
_PARTED: Final = frozenset("0123456789\N{REPLACEMENT CHARACTER}")
_ENDS: Final = frozenset(".!?\n;")


class _Gaps(dict[str, str]):
    """What is between two words, written down: a character, or nothing where nothing is."""

    def __missing__(self, between: str) -> str:
        # Not remembered: there may be any number of them.
        if not _ENDS.isdisjoint(between) or len(between) > _WIDEST or not _PARTED.isdisjoint(between):
            return "|"
        return ":" if ":" in between else ","


_GAPS: Final = _Gaps(
    {
        " ": "_",
        "": "",
        "-": "-",
        ".": ".",
        ". ": ".",
        " - ": "~",
        ' "': '"',
        " “": '"',
        " '": '"',
        " (": "(",
        "'": "_",
        "’": "_",
    }
)
"""What may stand between two words of one name, and how it is written down; anything else parts them."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What is known of words.

    Attributes:
        codes: Of a lower-case word: ``S`` surname, ``M`` middle name, ``G`` given name, ``N`` nickname, ``F`` foreign,
            ``P`` what comes before the name of a place, ``B`` what comes behind one, ``X`` hardly a name; in lower case
            where the word would be that with marks.
        signs: Of a phrase, marked or not: which kind of sign it is that a name follows.
        longest: Of the last word of such a phrase, without marks: how many words the longest one has.
        namely: Words that may be one of a name.
        surnames: Of these, the surnames.
        pairs: What stands side by side in ordinary texts.
        acts: What people do, right behind their names.
        compounds: Ordinary words of two syllables, whatever capitals say.
        common: Surnames that stand in front of a name without capitals and sign, without marks.
        opens: Of a word: how far from it a name without capitals may begin.

    """

    codes: Mapping[str, str]
    signs: Mapping[str, str]
    longest: Mapping[str, int]
    opens: Mapping[str, tuple[int, ...]]
    namely: frozenset[str]
    surnames: frozenset[str]
    pairs: frozenset[str]
    acts: frozenset[str]
    compounds: frozenset[str]
    common: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Sequence[str]], pairs: frozenset[str]) -> Lists:
        """From the sections of ``people.yaml``, and pairs of words of ordinary texts."""
        words = {section: [place_tones(str(word).lower()) for word in listed] for section, listed in data.items()}
        marked: dict[str, str] = {}
        unmarked: dict[str, str] = {}
        for letter, section in (
            ("S", "surnames"), ("M", "middle_names"), ("G", "given_names"), ("N", "nicknames"), ("F", "foreign_names"),
            ("P", "places"), ("B", "places_behind"), ("X", "never_names"),
        ):  # fmt: skip
            for word in words[section]:
                if " " in word:
                    continue
                if letter not in marked.get(word, ""):
                    marked[word] = marked.get(word, "") + letter
                plain = fold(word)
                if plain != word and letter.lower() not in unmarked.get(plain, ""):
                    unmarked[plain] = unmarked.get(plain, "") + letter.lower()
        unmarked = {plain: letters.replace("x", "") for plain, letters in unmarked.items()}
        codes = dict(marked)
        for plain, letters in unmarked.items():
            known = codes.get(plain, "")
            codes[plain] = known + "".join(letter for letter in letters if letter.upper() not in known)
        signs: dict[str, str] = dict.fromkeys(words["places"], "P")
        for letter, section in (
            ("W", "weak_introductions"), ("R", "roles"), ("N", "named"), ("E", "english_roles"), ("T", "titles"),
            ("C", "pronouns"), ("I", "introductions"),
        ):  # fmt: skip
            for phrase in words[section]:
                signs[phrase] = letter
        for phrase in list(signs):
            signs.setdefault(fold(phrase), signs[phrase].lower())
        longest: dict[str, int] = {}
        opens: dict[str, tuple[int, ...]] = {}
        for phrase, kind in signs.items():
            last = phrase.rsplit(" ", 1)[-1]
            longest[fold(last)] = max(longest.get(fold(last), 0), phrase.count(" ") + 1)
            if kind not in "PpEe":
                opens[last] = opens[fold(last)] = (1,)
        for word in (*words["common_surnames"], *map(fold, words["common_surnames"])):
            opens[word] = (*opens.get(word, ()), 0)
        for word in ("văn", "thị", "van", "thi", "thij"):
            opens[word] = (*opens.get(word, ()), -1)
        extra = words["ordinary_pairs"]
        pairs = pairs.union(extra, map(fold, extra))
        namely = frozenset(word for word, code in codes.items() if not _NAMELY.isdisjoint(code))
        surnames = frozenset(word for word, code in codes.items() if not SURNAME.isdisjoint(code))
        acts = frozenset((*words["acts_behind"], *map(fold, words["acts_behind"])))
        common = frozenset(map(fold, words["common_surnames"]))
        compounds = frozenset((*extra, *map(fold, extra)))
        return cls(codes, signs, longest, opens, namely, surnames, pairs, acts, compounds, common)


class Words:
    """The words of one text, side by side, with what their writing says.

    Attributes:
        low: Lower case, tone marks placed one way.
        starts, ends: Offsets in the text.
        caps: ``U`` capitalised, ``A`` capitals only, ``1`` a single capital, ``l`` without.
        codes: What the lists know.
        gaps: What is between the word before and this one: see ``_GAPS``, ``|`` the end of a sentence, ``,`` the rest.
        style: ``c`` or ``-``: capitals say something; ``m`` or ``-``: marks do.

    """

    __slots__ = ("_plain", "_signs", "caps", "codes", "ends", "gaps", "lists", "low", "starts", "style", "text")

    def __init__(self, views: Views, lists: Lists) -> None:
        text = self.text = views.text
        self.lists = lists
        written = _TOKEN.findall(text)
        between = _TOKEN.split(text)
        lengths = [*map(len, written)]
        self.ends = [*accumulate(map(add, map(len, between), lengths))]
        self.starts = [*map(sub, self.ends, lengths)]
        lower = text.lower()
        lower = place_tones(lower if len(lower) == len(text) else text)
        self.low = _TOKEN.findall(lower)
        if [*map(len, self.low)] != lengths:  # a letter of another script whose lower case is no letter
            self.low = [lower[start:end] for start, end in zip(self.starts, self.ends, strict=True)]
        self.caps = [
            "l" if word is low or word == low else _caps(word) for word, low in zip(written, self.low, strict=True)
        ]
        known = lists.codes.get
        self._plain = views.plain
        self.codes = [*map(known, self.low, repeat(""))]
        for index, caps in enumerate(self.caps):
            if caps != "l" and not self.codes[index]:
                self.codes[index] = known(self.plain(index), "")
        self.gaps = [*map(_GAPS.__getitem__, between)]
        self.gaps[0] = self.gaps[-1] = "|"
        self.style = self._style()
        self._signs: dict[int, str] = {}

    def plain(self, index: int) -> str:
        """A word without marks."""
        return self._plain[self.starts[index] : self.ends[index]]

    def _style(self) -> str:
        """Capitals say nothing where a text shouts or capitalises every word; marks, where some were left out."""
        count = len(self.low)
        if not count:
            return "--"
        small, shouted = self.caps.count("l"), self.caps.count("A")
        cased = shouted < _SHOUTING * count or count < 3
        if cased and count >= _LEAST_WORDS:
            cased = count - small < _TITLE_CASE * count
        marked = count - sum(map(str.isascii, self.low))
        return ("c" if cased else "-") + ("m" if marked >= _MARKED * count else "-")

    def openings(self) -> list[int]:
        """Words at which a name may begin: with a capital, behind a sign, or a common surname."""
        found = _small_openings(self.low, self.lists)
        if self.style[0] == "c":
            caps, codes, gaps = self.caps, self.codes, self.gaps
            found += [
                index
                for index, (this, follows) in enumerate(zip(caps, [*caps[1:], "l"], strict=True))
                if this != "l" and (gaps[index] != "|" or codes[index] or follows != "l")
            ]
        return sorted(set(found))

    def sign(self, index: int) -> str:
        """Which kind of sign ends right before a word, and how many words it has beyond the first; empty: none."""
        known = self._signs.get(index)
        if known is None:
            known = self._signs[index] = self._sign(index)
        return known

    def _sign(self, index: int) -> str:
        if not 0 < index < len(self.low) or self.gaps[index] == "|":
            return ""
        longest = self.lists.longest.get(self.plain(index - 1))
        if longest is None or (self.gaps[index] == "." and self.low[index - 1] not in SHORTENED):
            return ""
        signs, found = self.lists.signs, ""
        loose = self.style[1] == "-"
        low = plain = ""
        size = 0
        for back in range(index - 1, max(-1, index - 1 - longest), -1):
            if back < index - 1 and self.gaps[back + 1] not in {"_", "."}:
                break
            if self.starts[back] and self.text[self.starts[back] - 1].isdigit():
                break
            low = f"{self.low[back]} {low}" if low else self.low[back]
            plain = f"{self.plain(back)} {plain}" if plain else self.plain(back)
            kind = signs.get(low) or (" " in low and low != plain and not _all_marked(low) and signs.get(plain))
            if kind and (kind.isupper() or loose or (low != plain and " " in low)):
                found, size = kind, index - 1 - back
        if found in {"P", "p"} and self.gaps[index] != "_":
            return ""
        return f"{found}{size}" if found else ""


def _small_openings(low: Sequence[str], lists: Lists) -> list[int]:
    """Words at which a name without capitals may begin: behind a sign, or where surname and given name meet."""
    opens, namely, pairs = lists.opens, lists.namely, lists.pairs
    found: list[int] = []
    for index, (word, follows) in enumerate(pairwise(low)):
        if word in opens and (follows in namely or _TELEX.search(follows)):
            for step in opens[word]:
                if step == 1 and (follows in lists.surnames or f"{word} {follows}" not in pairs):
                    found.append(index + 1)
                elif step == 0 and follows in namely and f"{word} {follows}" not in pairs:
                    found.append(index)
                elif step == -1 and index and low[index - 1] in lists.surnames and word not in pairs:
                    found.append(index - 1)
    return found


def _all_marked(phrase: str) -> bool:
    return not any(map(str.isascii, phrase.split()))


def _caps(word: str) -> str:
    if not word[0].isupper():
        return "l"
    if len(word) == 1:
        return "1"
    return "A" if word.isupper() else "U"
