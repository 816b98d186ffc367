"""What finding personal data works on: one text in the forms that the finders read, and what they answer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from ioc.text.normalise import fold

Kind = Literal["phone", "id_number", "email", "plate", "account", "name", "house_number", "address", "handle"]

PLACEHOLDERS: Final[dict[Kind, str]] = {
    "phone": "[số điện thoại]",
    "id_number": "[số giấy tờ]",
    "email": "[email]",
    "plate": "[biển số]",
    "account": "[số tài khoản]",
    "name": "[tên]",
    "house_number": "[số nhà]",
    "address": "[địa chỉ]",
    "handle": "[tài khoản mạng xã hội]",
}

CONTACTS: Final[frozenset[Kind]] = frozenset({"phone", "email"})
"""Kinds beside which people put their names."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of personal data, as offsets of a text."""

    start: int
    end: int
    kind: Kind


AS_DIGITS: Final = str.maketrans("oil", "011")
"""Letters that stand for digits."""
_EAST_ASIAN: Final = re.compile("[\u3041-\u9fff\uac00-\ud7a3]")
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = b"0123456789"
_LAST_DIGIT: Final = re.compile(r".*\d", re.DOTALL)
_BEFORE_DIGIT: Final = "abcdefghijklmnopqrstuvwxyz:./" + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What may stand between a word that announces a number and its first digit."""
_MARKS: Final = 3
"""So many characters may be before a digit that belong to its number: "(+84"."""
_BEHIND_DIGIT: Final = 16
_CLOSE_DIGITS: Final = re.compile(r"\d[ ./-]{0,2}\d[ ./-]{0,2}\d")


class _Plain(dict[int, str]):
    """Lower case, without marks, full-width forms narrowed; unlike ``fold`` it leaves punctuation alone."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFKD", chr(code))[:1].lower() or " "
        self[code] = "d" if base == "đ" else base[:1]
        return self[code]


PLAIN: Final = _Plain()
"""Table for ``str.translate``, one character to one."""


class Views:
    """One text (NFC) in forms of the same length.

    Attributes:
        text: As written.
        plain: Lower case without marks, full-width forms narrowed, punctuation as it is.
        is_east_asian: Whether a letter is of China, Japan or Korea.
        numbers: From where to where to look for numbers, as ``within`` tells.

    """

    # Not ``functools.cached_property``, whose lock costs more than most of what it would keep.
    __slots__ = ("_close_digits", "_folded", "is_east_asian", "numbers", "plain", "text")

    def __init__(self, text: str, plain: str, *, is_near: bool = False) -> None:
        """Of a text; ``is_near``: no letter of East Asia can be in it."""
        self.text = text
        self.plain = plain
        self.is_east_asian = not (is_near or text.isascii()) and _EAST_ASIAN.search(text) is not None
        self._folded: str | None = None
        self._close_digits: bool | None = None
        self.numbers = within(plain)

    @property
    def folded(self) -> str:
        """Plain, punctuation as spaces."""
        if self._folded is None:
            self._folded = fold(self.plain)
        return self._folded

    @property
    def has_close_digits(self) -> bool:
        """Whether three digits stand close to each other: most numbers in a report have one or two and are nobody's."""
        if self._close_digits is None:
            self._close_digits = _CLOSE_DIGITS.search(self.plain, *self.numbers) is not None
        return self._close_digits


def within(plain: str) -> tuple[int, int]:
    """From where to where to look for a number with the words right before it; twice 0: there is no digit.

    Half of a text is before its first or behind its last number. It begins at the last mark before the first digit, or
    where a few marks before it do, and ends as far behind the last one as a word that belongs to it may reach.
    """
    # Most texts have none, which their bytes tell in a fifth of the time.
    if plain.isascii() and len(plain.encode().translate(None, _DIGITS)) == len(plain):
        return 0, 0
    first = _DIGIT.search(plain)
    if first is None:
        return 0, 0
    before = len(plain[: first.start()].rstrip(_BEFORE_DIGIT))
    last = _LAST_DIGIT.match(plain, first.start()) or first
    return max(before - _MARKS, 0), last.end() + _BEHIND_DIGIT
