"""What a word of a text looks like to the finder of names: how it is written, what lists know it, what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ioc.classify.normalise import fold, place_tones
from ioc.classify.personal import Views

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_LONGEST: Final = 6
"""Words of the longest name."""
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 8
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""
_MARKED: Final = 0.45
"""Share of words with marks below which some were left out, so that a word without marks may be any."""
_LONGEST_SIGN: Final = 4
_GAPS: Final = {" ": "_", "": "", "-": "-", ".": ".", ". ": ".", " - ": "-", ' "': '"', " “": '"', " '": '"', " (": "("}
"""What may stand between two words of one name, and how it is written down; anything else parts them."""
_ENDS: Final = frozenset(".!?\n;")
_SIGN_ORDER: Final = "ITNERW"


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
        codes = dict(marked)
        for plain, letters in unmarked.items():
            known = codes.get(plain, "")
            codes[plain] = known + "".join(letter for letter in letters if letter.upper() not in known)
        signs: dict[str, str] = {}
        for letter, section in (
            ("W", "weak_introductions"), ("R", "roles"), ("N", "named"), ("E", "english_roles"), ("T", "titles"),
            ("W", "pronouns"), ("I", "introductions"),
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
        self.codes = [known.get(word, "") for word in self.low]
        self.gaps = ["|"] * (len(spans) + 1)
        for index in range(1, len(spans)):
            self.gaps[index] = _gap(text[self.ends[index - 1] : self.starts[index]])
        marked = sum(not word.isascii() for word in written)
        self.style = ("c" if _is_cased(text) else "-") + ("m" if marked >= _MARKED * len(written) else "-")

    def sign(self, index: int) -> str:
        """Which kind of sign ends right before a word; empty: none."""
        signs, found = self.lists.signs, ""
        loose = self.style[1] == "-"
        low = phrase = ""
        for back in range(index - 1, max(-1, index - 1 - _LONGEST_SIGN), -1):
            if back < index - 1 and self.gaps[back + 1] not in {"_", "."}:
                break
            low = f"{self.low[back]} {low}" if low else self.low[back]
            kind = signs.get(low)
            if kind and (kind.isupper() or loose):
                found = kind
                phrase = low
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
    if not _ENDS.isdisjoint(between):
        return "|"
    return ":" if ":" in between else ","


def _is_cased(text: str) -> bool:
    """Whether capitals say something: not when a text shouts, or capitalises every word."""
    words = text.split()
    if sum(map(str.isupper, words)) >= _SHOUTING * len(words) and len(words) >= 3 and text.upper() != text.lower():
        return False
    return len(words) < _LEAST_WORDS or sum(word[0].isupper() for word in words) < _TITLE_CASE * len(words)


def chains(words: Words, public: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of words that may be names, as index of the first and of the one behind the last."""
    count = len(words.low)
    may = [False] * count
    cased = words.style[0] == "c"
    for index in range(count):
        may[index] = _may(words, index, cased)
    for start, end in public:
        for index in range(count):
            if words.starts[index] >= start and words.ends[index] <= end:
                may[index] = may[index] and _introduced(words, index, start)
    found: list[tuple[int, int]] = []
    index = 0
    while index < count:
        if not may[index]:
            index += 1
            continue
        last = index + 1
        while last < count and may[last] and words.gaps[last] in _JOINS and last - index < _LONGEST:
            last += 1
        found.append((index, last))
        index = last
    return found


_JOINS: Final = frozenset(("_", "-", ".", '"', "("))


def _introduced(words: Words, index: int, start: int) -> bool:
    first = index
    while first > 0 and words.starts[first - 1] >= start:
        first -= 1
    return words.sign(first)[:1] in {"I", "i", "T", "N"} and bool(words.sign(first))


def _may(words: Words, index: int, cased: bool) -> bool:
    """Whether a word may be one of a name: a capital that says something, or a known name in the right place."""
    codes, caps = words.codes[index], words.caps[index]
    if cased and caps != "l":
        if words.gaps[index] != "|" or _NAMELY.intersection(codes):
            return True
        return index + 1 < len(words.low) and words.caps[index + 1] != "l" and words.gaps[index + 1] == "_"
    if not _NAMELY.intersection(codes) and words.sign(index)[:1] not in _STRONG:
        return False
    if words.sign(index):
        return True
    if _parts(words, index, "Ss"):
        after = index + 1
        if after < len(words.low) and words.gaps[after] == "_" and _parts(words, after, "MmGg"):
            return True
    before = index - 1
    if before < 0 or words.gaps[index] not in _JOINS:
        return index + 1 < len(words.low) and _parts(words, index, "MmGgSs") and _parts(words, index + 1, "Gg")
    if _parts(words, before, "SsMm") or words.sign(before) or (before > 0 and words.sign(before - 1)):
        return True
    return before > 0 and _parts(words, before - 1, "Ss") and _parts(words, index, "Gg")


_NAMELY: Final = frozenset("SMGNFsmgn")
_STRONG: Final = frozenset("IiTN")


def _parts(words: Words, index: int, letters: str) -> bool:
    return any(letter in words.codes[index] for letter in letters)


def features(words: Words, chain: tuple[int, int], index: int, *, contact: bool) -> list[str]:
    """What speaks for or against one word of a chain being one of a name.

    Args:
        words: The text.
        chain: The run of possible names that the word is in.
        index: The word.
        contact: Whether a phone number or an e-mail address stands beside the chain.

    """
    first, last = chain
    low, codes, caps, gaps = words.low, words.codes, words.caps, words.gaps
    style = words.style
    this = caps[index] + style[0]
    code = codes[index]
    count = len(low)
    before = low[index - 1] if index else ""
    after = low[index + 1] if index + 1 < count else ""
    gap, behind = gaps[index], gaps[index + 1] if index + 1 < count else "|"
    code_before = codes[index - 1] + caps[index - 1] if index else "^"
    code_after = codes[index + 1] + caps[index + 1] if index + 1 < count else "$"
    sign, begin = "", first
    for back in range(index, max(first, index - 4) - 1, -1):
        if sign := words.sign(back):
            begin = back
            break
    opener = low[begin - 1] if begin and gaps[begin] != "|" else "^"
    closer = low[last] if last < count and gaps[last] != "|" else "$"
    opening = gaps[begin]
    place, length = index - begin, last - begin
    shape = f"{place}{length}{this}"
    return [
        f"a{this}{style}",
        f"b{code}{this}",
        f"b{code}{this}{style[1]}{sign}",
        f"w{low[index]}",
        f"W{words.plain[index]}{this}",
        f"p{before}{gap}",
        f"P{before}{gap}{this}",
        f"n{after}{behind}",
        f"N{after}{behind}{this}",
        f"x{low[index - 2] if index > 1 else ''} {before}{gap}",
        f"y{after} {low[index + 2] if index + 2 < count else ''}",
        f"c{code_before}{gap}{code}{this}",
        f"d{code}{this}{behind}{code_after}",
        f"s{sign}{shape}",
        f"S{sign}{code}{shape}",
        f"o{opener}{shape}",
        f"O{opener}",
        f"e{closer}{caps[index]}",
        f"E{closer}",
        f"q{opening}{shape}",
        f"k{length}{codes[begin][:2]}{this}",
        f"K{codes[begin]}|{codes[min(begin + 1, last - 1)]}|{this}{place}",
        f"t{contact}{shape}",
        f"T{contact}{code}{this}",
        f"v{_is_syllable(words.plain[index])}{this}{sign}",
        f"l{words.plain[index][:2]}-{words.plain[index][-2:]}",
        f"g{code}{gap}{behind}{this}",
    ]


_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?(?:uye|uya|uay|oay|oai|oao|oeo|uyu|ieu|yeu|uoi|uou|[aeiouy]{1,2})"
    r"(?:ng|nh|ch|[cmnpt])?"
)


def _is_syllable(plain: str) -> str:
    return "v" if _SYLLABLE.fullmatch(plain) else "f"
