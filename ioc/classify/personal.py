"""What finding personal data works on: one text in the forms that the finders read, and what they answer."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from ioc.classify.normalise import fold

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


class _Plain(dict[int, str]):
    """Lower case, without marks, full-width forms narrowed; unlike ``fold`` it leaves punctuation alone."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFKD", chr(code))[:1].lower() or " "
        self[code] = "d" if base == "đ" else base[:1]
        return self[code]


_PLAIN: Final = _Plain()


@dataclass(frozen=True, slots=True)
class Views:
    """One text (NFC): as written, plain (lower case without marks), folded (plain, punctuation as spaces)."""

    text: str
    plain: str
    folded: str

    @classmethod
    def of(cls, text: str) -> Views:
        """All three, of the same length."""
        plain = text.translate(_PLAIN)
        return cls(text, plain, fold(plain))
