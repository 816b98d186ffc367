"""Words beside which personal data may stand: a text is asked once for all of them, and what it has is all they ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ALL: Final[set[str]] = set()


def cues(words: Iterable[str]) -> frozenset[str]:
    """Words without marks that a finder looks for in what ``cues_of`` gives; to be made with its module."""
    asked = frozenset(words)
    _ALL.update(asked)
    return asked


def cues_of(said: Iterable[str]) -> set[str]:
    """Of a text's words without marks those that any finder asks for."""
    return _ALL.intersection(said)
