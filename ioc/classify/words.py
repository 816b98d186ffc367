"""The words of a text as the finder of names reads them: how they are written, what lists know, which signs stand before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ioc.classify.normalise import fold, place_tones
from ioc.classify.personal import Views

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 8
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""
_MARKED: Final = 0.45
"""Share of words with marks below which some were left out, so that a word without marks may be any."""
_LONGEST_SIGN: Final = 4
SHORTENED: Final = frozenset(("mr", "mrs", "ms", "dr", "bs", "ts", "ths", "gs", "pgs", "th", "a", "c", "e", "đ", "d"))
_GAPS: Final = {" ": "_", "": "", "-": "-", ".": ".", ". ": ".", " - ": "-", ' "': '"', " “": '"', " '": '"', " (": "(", "'": "_", "’": "_"}
"""What may stand between two words of one name, and how it is written down; anything else parts them."""
_WIDEST: Final = 4
_PARTED: Final = frozenset("0123456789\N{REPLACEMENT CHARACTER}")
_ENDS: Final = frozenset(".!?\n;")


@dataclass(frozen=True, slots=True)
class Lists:
    """What is known of words.

    Attributes:
        codes: Of a lower-case word: ``S`` surname, ``M`` middle name, ``G`` given name, ``N`` nickname, ``F`` foreign,
            ``P`` what comes before the name of a place, ``B`` what comes behind one, ``X`` hardly a name; in lower case
            where the word would be that with marks.
        signs: Of a phrase, marked or not: which kind of sign it is that a name follows.

    """

    codes: Mapping[str, str]
    signs: Mapping[str, str]

    @classmethod
    def of(cls, data: Mapping[str, Sequence[str]]) -> Lists:
        """From the sections of ``people.yaml``."""
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
        return cls(codes, signs)


class Words:
    """The words of one text, side by side, with what their writing says.

    Attributes:
        low: Lower case, tone marks placed one way.
        plain: Without marks.
        starts, ends: Offsets in the text.
        caps: ``U`` capitalised, ``A`` capitals only, ``1`` a single capital, ``l`` without.
        codes: What the lists know.
        gaps: What is between the word before and this one: see ``_GAPS``, ``|`` the end of a sentence, ``,`` the rest.
        style: ``c`` or ``-``: capitals say something; ``m`` or ``-``: marks do.

    """

    __slots__ = ("caps", "codes", "ends", "gaps", "lists", "low", "plain", "starts", "style", "text")

    def __init__(self, views: Views, lists: Lists) -> None:
        text = self.text = views.text
        self.lists = lists
        spans = [found.span() for found in _TOKEN.finditer(text)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        written = [text[start:end] for start, end in spans]
        lower = place_tones(text.lower()) if len(text.lower()) == len(text) else text
        self.low = [lower[start:end] for start, end in spans]
        self.plain = [views.plain[start:end] for start, end in spans]
        self.caps = [_caps(word) for word in written]
        known = lists.codes
        self.codes = [
            known.get(word) or (known.get(plain, "") if caps != "l" else "")
            for word, plain, caps in zip(self.low, self.plain, self.caps, strict=True)
        ]
        self.gaps = ["|"] * (len(spans) + 1)
        for index in range(1, len(spans)):
            self.gaps[index] = _gap(text[self.ends[index - 1] : self.starts[index]])
        marked = sum(not word.isascii() for word in written)
        self.style = ("c" if _is_cased(text) else "-") + ("m" if marked >= _MARKED * len(written) else "-")

    def sign(self, index: int) -> str:
        """Which kind of sign ends right before a word; empty: none."""
        signs, found = self.lists.signs, ""
        if index >= len(self.low) or self.gaps[index] == "|":
            return ""
        if self.gaps[index] == "." and self.low[index - 1] not in SHORTENED:
            return ""
        loose = self.style[1] == "-"
        low = phrase = plain = ""
        for back in range(index - 1, max(-1, index - 1 - _LONGEST_SIGN), -1):
            if back < index - 1 and self.gaps[back + 1] not in {"_", "."}:
                break
            if self.starts[back] and self.text[self.starts[back] - 1].isdigit():
                break
            low = f"{self.low[back]} {low}" if low else self.low[back]
            plain = f"{self.plain[back]} {plain}" if plain else self.plain[back]
            kind = signs.get(low) or (" " in low and signs.get(plain))
            if kind and (kind.isupper() or loose or (low != plain and " " in low)):
                found = kind
                phrase = low
        if found in {"P", "p"} and self.gaps[index] != "_":
            return ""
        return f"{found}{phrase.count(' ')}" if found else ""


def _caps(word: str) -> str:
    if not word[0].isupper():
        return "l"
    if len(word) == 1:
        return "1"
    return "A" if word.isupper() else "U"


def _gap(between: str) -> str:
    known = _GAPS.get(between)
    if known is not None:
        return known
    if not _ENDS.isdisjoint(between) or len(between) > _WIDEST or not _PARTED.isdisjoint(between):
        return "|"
    return ":" if ":" in between else ","


def _is_cased(text: str) -> bool:
    """Whether capitals say something: not when a text shouts, or capitalises every word."""
    words = text.split()
    if sum(map(str.isupper, words)) >= _SHOUTING * len(words) and len(words) >= 3 and text.upper() != text.lower():
        return False
    return len(words) < _LEAST_WORDS or sum(word[0].isupper() for word in words) < _TITLE_CASE * len(words)
