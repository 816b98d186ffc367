"""Words that are digits as people say them, without marks."""

from __future__ import annotations

from typing import Final

from ioc.classify.cues import cues

_DIGIT_WORDS: Final = frozenset(
    (
        "khong",
        "khogn",
        "khog",
        "kog",
        "ko",
        "mot",
        "hai",
        "ba",
        "bon",
        "tu",
        "nam",
        "lam",
        "sau",
        "bay",
        "tam",
        "chin",
        "muoi",
    )
)
_ENGLISH_DIGITS: Final = frozenset(
    ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
)
FILLERS: Final = frozenset(("tram", "le", "linh"))
"""What is said between digits."""
DIGITS_SAID: Final = cues(_DIGIT_WORDS | FILLERS | _ENGLISH_DIGITS)
