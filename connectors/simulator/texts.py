"""Reports as people write them: template families, places of the province, and the ways in which people type."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Final

_SHORTENED: Final = {
    "không": "ko",
    "được": "đc",
    "nhiều": "nh",
    "người": "ng",
    "đường": "đg",
    "trước": "trc",
}
_PLAIN_SHARE: Final = 0.12
"""Reports typed without diacritics."""
_SHORT_SHARE: Final = 0.1
"""Reports with shortened words."""
_LOWER_SHARE: Final = 0.25
_PHONE_SHARE: Final = 0.05
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Family:
    """Templates of one category, and how often it comes beside the others."""

    category: str
    weight: int
    texts: tuple[str, ...]


class ReportWriter:
    """Writes one text after another; the same random numbers give the same texts."""

    def __init__(self) -> None:
        table = tomllib.loads((files("connectors.simulator") / "data" / "reports.toml").read_text(encoding="utf-8"))
        self._spots: Sequence[str] = table["spots"]
        self._whens: Sequence[str] = table["whens"]
        self.families = tuple(
            Family(entry["category"], entry["weight"], tuple(entry["texts"])) for entry in table["family"]
        )
        self._deck = [family for family in self.families for _ in range(family.weight)]

    def write(self, random: Random, place: str) -> tuple[str, str]:
        """A text about a place, and the category of its family."""
        family = random.choice(self._deck)
        template = random.choice(family.texts)
        text = template.format(place=place, spot=random.choice(self._spots), when=random.choice(self._whens))
        if random.random() < _SHORT_SHARE:
            text = _WORD.sub(lambda word: _SHORTENED.get(word[0], word[0]), text)
        if random.random() < _LOWER_SHARE:
            text = text.lower()
        if random.random() < _PLAIN_SHARE:
            text = without_marks(text)
        if random.random() < _PHONE_SHARE:
            text += f". Liên hệ 0900000{random.randrange(1000):03d}"
        return text, family.category


def without_marks(text: str) -> str:
    """As typed on a keyboard without Vietnamese input."""
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return plain.replace("đ", "d").replace("Đ", "D")
