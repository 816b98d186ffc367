"""Reports whose personal data are marked, and the same reports with other people's names in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Final

import orjson

from ioc.classify.lists import MIDDLE_WORDS
from ioc.classify.personal import PLAIN
from ioc.classify.training import LabelError

_MIDDLE_WORDS: Final = sorted(word for word in MIDDLE_WORDS if not word.isascii())
_COMMON_SURNAME, _COMMON_GIVEN, _MIDDLE_WORD, _WITH_SURNAME = 0.6, 0.8, 0.35, 0.2
"""How often a new name has a common surname, a common given name, ``văn`` or ``thị``; and of two words, a surname.

Rarer ones are more frequent than in life, so that weights are learnt of them, too.
"""


@dataclass(frozen=True)
class NamedReport:
    """A report with its personal data: the values, and what kind each is of."""

    text: str
    values: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def read(cls, line: bytes) -> NamedReport:
        """From a line of JSON: ``text``, ``pii`` with its values, ``kinds`` with the kind of each.

        Raises:
            LabelError: the line is not of this form.

        """
        try:
            row = orjson.loads(line)
            pairs = list(zip(row["pii"], row["kinds"], strict=True))
            report = cls(row["text"], tuple(value for value, _ in pairs), tuple(kind for _, kind in pairs))
        except (ValueError, KeyError, TypeError) as error:
            raise LabelError(f"not a report with its personal data: {line[:60]!r}: {error}") from error
        return report

    @cached_property
    def names(self) -> dict[int, int]:
        """First offset of each name, and the one behind it; a value is one wherever the text has it."""
        named = (value for value, kind in zip(self.values, self.kinds, strict=True) if kind == "name")
        return {start: start + len(value) for value in named for start in self._places(value)}

    @cached_property
    def inside(self) -> frozenset[int]:
        """Offsets of all personal data."""
        spans = ((start, start + len(value)) for value in self.values for start in self._places(value))
        return frozenset(offset for start, end in spans for offset in range(start, end))

    def _places(self, value: str) -> list[int]:
        places, start = [], self.text.find(value)
        while start >= 0:
            places.append(start)
            start = self.text.find(value, start + 1)
        return places

    def renamed(self, random: Random, lists: Mapping[str, Sequence[str]], known: Mapping[str, str]) -> NamedReport:
        """With other names, as they are written here; names that are in no list stay, and values that hold others.

        Args:
            random: Chooses.
            lists: Those of ``data/people.yaml``.
            known: Words that are in lists of names.

        """
        text, values = self.text, list(self.values)
        for number, kind in enumerate(self.kinds):
            value = values[number]
            words = value.split(" ")
            alone = text.count(value) == 1 and not any(value in other for other in values if other is not value)
            if kind != "name" or not alone or not all(word.lower() in known for word in words):
                continue
            new = " ".join(_name(len(words), random, lists))
            if value.isascii():
                new = new.translate(PLAIN)
            new = new.upper() if value.isupper() else new.title() if value[0].isupper() else new
            text, values[number] = text.replace(value, new), new
        return NamedReport(text, tuple(values), self.kinds)


def _name(length: int, random: Random, lists: Mapping[str, Sequence[str]]) -> list[str]:
    """A Vietnamese name of so many words."""

    def one(common: str, rare: str, share: float) -> str:
        return random.choice(lists[common] if random.random() < share else lists[rare])

    def given() -> str:
        return one("common_given", "given_names", _COMMON_GIVEN)

    def surname() -> str:
        return one("common_surnames", "surnames", _COMMON_SURNAME)

    def middle() -> str:
        return random.choice(_MIDDLE_WORDS if random.random() < _MIDDLE_WORD else lists["middle_names"])

    if length == 1:
        return [given()]
    if length == 2:
        return [surname() if random.random() < _WITH_SURNAME else given(), given()]
    return [surname(), *(middle() for _ in range(length - 2)), given()]
