"""The words of a text as the finders of names read them: how they are written, what lists and signs say."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, compress
from typing import Final

from ioc.classify.cues import cues_of
from ioc.classify.lists import (
    AT,
    BEFORE,
    BEHIND,
    CALLED,
    COMMON,
    COMMON_MARKED,
    KNOWN,
    MARKED,
    SAID,
    TITLED,
    WEIGHED,
    Lists,
    SignEnd,
    WordInfo,
)
from ioc.classify.pairs import NO_COUNTS, NONE
from ioc.classify.personal import PLAIN

_BEYOND: Final = 0x3041
_ANY_TOKEN: Final = re.compile(r"([^\W\d_]+)")
_RUNS: Final = _ANY_TOKEN.findall("".join(map(chr, range(_BEYOND))))
_TOKEN: Final = re.compile(f"([{''.join(f'{run[0]}-{run[-1]}' for run in _RUNS)}]+)")
"""The same for texts without East Asian letters: a set is looked up faster than three classes are asked."""
_FAR: Final = re.compile(f"[{chr(_BEYOND)}-{chr(sys.maxunicode)}](?<!\ufffd)")
"""Letters from there on; what stands where something was taken out is none."""
_SHOUTING: Final = 0.5
"""Share of capitals in a text from which capitals say nothing."""
_LEAST_WORDS: Final = 12
_TITLE_CASE: Final = 0.7
"""Share of capitalised words, in a text of some length, from which they say nothing."""
_MARKED: Final = 0.45
"""Share of words with marks below which some were left out, so that a word without marks may be any."""
SHORTENED: Final = frozenset(("mr", "mrs", "ms", "dr", "bs", "ts", "ths", "gs", "pgs", "th", "a", "c", "e", "đ", "d"))
_WIDEST: Final = 4
_MOST_GAPS: Final = 4096
_PARTED: Final = frozenset("0123456789\N{REPLACEMENT CHARACTER}")
_ENDS: Final = frozenset(".!?\n;")
_IF_CAPITAL: Final = bytes(letter != ord("l") for letter in range(256))
_ROLES: Final = frozenset("Rr")
_TITLES_OF_TWO: Final = frozenset(("T1", "R1", "t1", "r1"))
_UNLESS_JOINED: Final = CALLED | BEHIND | AT
"""Where two words do not stand side by side in ordinary reports, a name may begin because of these."""
_IF_CALLED: Final = bytes(where & CALLED for where in range(256))
_IF_SAID: Final = bytes(follows & SAID for follows in range(256))
_LEAST_SAID: Final = bytes((SAID,)) * 3
"""Fewer digits in a row are no number."""
_UNMARKED: Final = bytes(follows for follows in range(256) if not follows & MARKED)
_WITHIN_SIGN: Final = frozenset(("_", "."))
"""What is between the words of one sign."""


class _Gaps(dict[str, str]):
    """What is between two words, written down: a character, or nothing where nothing is."""

    def __missing__(self, between: str) -> str:
        if not _ENDS.isdisjoint(between) or len(between) > _WIDEST or not _PARTED.isdisjoint(between):
            written = "|"
        else:
            written = ":" if ":" in between else ","
        # There may be any number of them: only some are remembered, and none that is long.
        if len(between) <= _WIDEST and len(self) < _MOST_GAPS:
            self[between] = written
        return written


_GAPS: Final = _Gaps(
    {
        " ": "_",
        "": "",
        "-": "-",
        ".": ".",
        ". ": ".",
        " - ": "~",
        " – ": "~",
        ' "': '"',
        " “": '"',
        " '": '"',
        " (": "(",
        "'": "_",
        "’": "_",
    }
)
"""What may stand between two words of one name, and how it is written down; anything else parts them."""


_SIGNATURE: Final = 3
"""So many words at the end of a text may be a signature, whatever they are."""


class Words:
    """The words of one text, side by side, with what their writing says.

    Attributes:
        low: Lower case, tone marks placed one way, without what slipped in.
        has_slips: Whether a letter slipped into some word, or two words are written as one.
        caps: ``U`` capitalised, ``A`` capitals only, ``1`` a single capital, ``l`` without; one letter for each word.
        codes: What the lists know.
        cues: Words without marks that any finder asks for.
        common: Codes of words that many people are called by, as this text is written.
        plains: The words without marks.
        gaps: What is between the word before and this one: see ``_GAPS``, ``|`` the end of a sentence, ``,`` the rest.
        is_near: Whether all characters are from before the letters of China, Japan and Korea, as most texts' are.
        titled: Words behind a title that may be a name which no list has; known once ``openings`` was asked.
        style: ``c`` or ``-``: capitals say something; ``m`` or ``-``: marks do.

    """

    __slots__ = (
        "_follows",
        "_offsets",
        "_opens",
        "_parts",
        "_ruled",
        "_sign_ends",
        "_signs",
        "caps",
        "codes",
        "common",
        "cues",
        "gaps",
        "has_slips",
        "is_near",
        "lists",
        "low",
        "plains",
        "style",
        "text",
        "titled",
    )

    def __init__(self, text: str, lists: Lists) -> None:
        self.text = text
        self.lists = lists
        self.is_near = text.isascii() or _FAR.search(text) is None
        parts = (_TOKEN if self.is_near else _ANY_TOKEN).split(text)
        self._parts = parts
        self._offsets: list[int] = []
        self.gaps = [*map(_GAPS.__getitem__, parts[::2])]
        self.gaps[0] = self.gaps[-1] = "|"
        known = [*map(lists.written.__getitem__, parts[1::2])]
        self._take(known)
        self.has_slips = not self._opens.isascii()  # Of bytes only those with ``ODD`` are none of ASCII's.
        if self.has_slips and self._part():
            self._take([*map(lists.written.__getitem__, self._parts[1::2])])
        self.cues = cues_of(self.plains)
        self.style = self._style()
        self.common = COMMON_MARKED if self.style[1] == "m" else COMMON
        self._signs: dict[int, str] = {}
        self._ruled: set[int] | None = None
        self.titled: Sequence[int] = ()

    def _part(self) -> bool:
        """Make two words where one is written ("anhTuấn"), and say whether there was any."""
        parts, gaps = self._parts[:1], self.gaps[:1]
        for at in range(1, len(self._parts), 2):
            word = self._parts[at]
            while cut := self.lists.cut(word):
                parts += (word[:cut], "")
                gaps.append("_")
                word = word[cut:]
            parts += (word, self._parts[at + 1])
            gaps.append(self.gaps[at // 2 + 1])
        parted = len(parts) > len(self._parts)
        self._parts, self.gaps = parts, gaps
        return parted

    def _take(self, known: list[WordInfo]) -> None:
        """Side by side, because most questions are about one column."""
        self.low: Sequence[str]
        self.plains: Sequence[str]
        self.codes: Sequence[str]
        self._sign_ends: Sequence[SignEnd | None]
        if known:
            self.low, self.plains, caps, self.codes, self._sign_ends, opens, follows = zip(*known, strict=False)
            self.caps, self._opens, self._follows = "".join(caps), bytes(opens), bytes(follows)
        else:
            self.low = self.plains = self.codes = self._sign_ends = ()
            self.caps, self._opens, self._follows = "", b"", b""

    def plain_text(self) -> str:
        """The whole text, lower case without marks."""
        if self.has_slips:
            return self.text.translate(PLAIN)
        parts = self._parts.copy()
        parts[1::2] = self.plains
        plain = "".join(parts)
        if plain.isascii():
            return plain
        parts[::2] = [part.translate(PLAIN) for part in parts[::2]]
        return "".join(parts)

    def start(self, index: int) -> int:
        """Offset of a word in the text."""
        return self._offset(2 * index)

    def end(self, index: int) -> int:
        """Offset behind a word."""
        return self._offset(2 * index + 1)

    def _offset(self, part: int) -> int:
        if not self._offsets:
            self._offsets = [*accumulate(map(len, self._parts))]
        return self._offsets[part]

    def between(self, index: int) -> str:
        """What is written before a word, behind the one before it."""
        return self._parts[2 * index]

    def everywhere(self, word: str) -> Iterator[int]:
        """Where the text has a word (lower case), in order."""
        at = -1
        for _ in range(self.low.count(word)):
            at = self.low.index(word, at + 1)
            yield at

    def next_word(self, index: int) -> str:
        """The word behind one in the same breath, or nothing."""
        return self.low[index + 1] if index + 1 < len(self.low) and self.gaps[index + 1] == "_" else ""

    def _style(self) -> str:
        """Capitals say nothing where a text shouts or capitalises every word; marks, where some were left out."""
        count = len(self.low)
        if not count:
            return "--"
        small, shouted = self.caps.count("l"), self.caps.count("A")
        cased = shouted < _SHOUTING * count or count < 3
        if cased and count >= _LEAST_WORDS:
            cased = count - small < _TITLE_CASE * count
        marked = len(self._follows.translate(None, _UNMARKED))
        return ("c" if cased else "-") + ("m" if marked >= _MARKED * count else "-")

    def says_digits(self) -> bool:
        """Whether enough words side by side are digits ("không chín một")."""
        return _LEAST_SAID in self._follows.translate(_IF_SAID)

    def openings(self, beside: Mapping[str, Mapping[str, int]]) -> list[int]:
        """Words at which a name may begin: with a capital, behind a sign, or a common surname.

        Args:
            beside: How often words stand side by side, as the text's style spells them; below zero: the second one
                is no first name that is weighed. The rules of names do not ask for it.

        """
        ruled, weighed, named = self._small_openings()
        spelt, gaps = self.low if self.style[1] == "m" else self.plains, self.gaps
        found = {*ruled, *named}
        for index in weighed:
            # Something is before each, because of which it is weighed.
            if index not in found and beside.get(spelt[index - 1], NO_COUNTS).get(spelt[index], 0) >= 0:
                found.add(index)
        for index in compress(range(len(spelt)), self._opens.translate(_IF_CALLED)):
            if gaps[index] != "_":
                found.add(index)  # What many people are called, at the beginning of something.
        if self.style[0] == "c":
            caps, codes = self.caps, self.codes
            last = len(caps) - 1
            found.update(
                [
                    index
                    for index in compress(range(len(caps)), caps.encode().translate(_IF_CAPITAL))
                    if gaps[index] != "|"
                    or (KNOWN[codes[index]] and "X" not in codes[index])
                    or index > last - _SIGNATURE
                    or caps[index + 1] != "l"
                ]
            )
        return sorted(found)

    def _small_openings(self) -> tuple[set[int], list[int], list[int]]:
        """Words at which a name without capitals may begin: by the rules, and what has to be weighed.

        That is first names behind what may stand before one, and the first of two that many people are called by.
        """
        low, lists, pairs = self.low, self.lists, self.lists.pairs
        ruled: set[int] = set()
        weighed: list[int] = []
        named: list[int] = []
        titled: list[int] = []
        last = len(low) - 1
        # All words at once: bytes as one number each.
        both = int.from_bytes(self._opens[:-1]) & int.from_bytes(self._follows[1:])
        opens = both.to_bytes(max(last, 0))
        for index in compress(range(last), opens):
            where, word, follows = opens[index], low[index], low[index + 1]
            if where & WEIGHED:
                weighed.append(index + 1)
            if where & TITLED:
                titled.append(index + 1)
            if where & _UNLESS_JOINED:
                if follows not in pairs.get(word, NONE):
                    if where & CALLED:
                        named.append(index)
                    if where & BEHIND:
                        ruled.add(index + 1)
                    if where & AT and follows in lists.namely:
                        ruled.add(index)
                elif where & BEHIND and follows in lists.surnames:
                    ruled.add(index + 1)
            if where & BEFORE and index:
                said = index > 1 and self._opens[index - 2] & BEHIND
                if said or low[index - 1] in lists.surnames:
                    ruled.add(index - 1)
        self._ruled = ruled
        self.titled = titled
        return ruled, weighed, named

    def begins(self, index: int) -> bool:
        """Whether a word is the first of the text or of a sentence."""
        return index == 0 or not _ENDS.isdisjoint(self._parts[2 * index])

    def opens(self, index: int) -> bool:
        """Whether a name without capitals may begin at a word by what stands beside it, before anything is weighed."""
        if self._ruled is None:
            self._small_openings()
        return self._ruled is not None and index in self._ruled

    def sign(self, index: int) -> str:
        """Which kind of sign ends right before a word, and how many words it has beyond the first; empty: none."""
        known = self._signs.get(index)
        if known is None:
            end = self._sign_ends[index - 1] if 0 < index < len(self.low) else None
            known = self._signs[index] = "" if end is None else self._sign(index, end)
        return known

    def is_role(self, index: int) -> bool:
        """Whether what begins at a word says what somebody is: one word or two."""
        ends, behind = self._sign_ends, index + 1
        if ends[index] is not None and self.sign(behind)[:1] in _ROLES:
            return True
        return behind < len(ends) and ends[behind] is not None and self.sign(behind + 1) in _TITLES_OF_TWO

    def unmarked_sign(self, index: int) -> str:
        """The kind of the single word's sign before a word, read as one whose marks were left out; empty: none."""
        end = self._sign_ends[index - 1] if index else None
        return end.unmarked[:1] if end is not None and self.gaps[index] == "_" else ""

    def _sign(self, index: int, end: SignEnd) -> str:
        gap, last = self.gaps[index], index - 1
        if gap == "|" or (gap == "." and self.low[last] not in SHORTENED):
            return ""
        if self.gaps[last] != "_" and self.between(last)[-1:].isdigit():
            return ""
        found = end.unmarked if self.style[1] == "-" else end.marked
        if end.longest > 1 and last and self.gaps[last] in _WITHIN_SIGN and self.plains[last - 1] in end.before:
            found = self._longer_sign(last, end.longest) or found
        return "" if gap != "_" and found[:1] in {"P", "p"} else found

    def _longer_sign(self, last: int, longest: int) -> str:
        """The longest sign of several words of which the last one is given."""
        signs, tails = self.lists.signs, self.lists.tails
        found = ""
        low, plain = self.low[last], self.plains[last]
        for back in range(last - 1, max(-1, last - longest), -1):
            if self.between(back)[-1:].isdigit():
                break
            low, plain = f"{self.low[back]} {low}", f"{self.plains[back]} {plain}"
            kind = signs.get(low, "")
            # Without marks it counts where marks were left out, in all or in some words.
            if not kind and low != plain:
                kind = signs.get(plain, "")
                if kind and _all_marked(low):
                    kind = ""
            if kind and (low != plain or kind.isupper() or self.style[1] == "-"):
                found = f"{kind}{last - back}"
            if plain not in tails or self.gaps[back] not in _WITHIN_SIGN:
                break
        return found


def _all_marked(phrase: str) -> bool:
    return not any(map(str.isascii, phrase.split()))
