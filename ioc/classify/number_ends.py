"""What belongs to a number of a paper that was found: letters before it, more digits behind, another one like it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ioc.classify.personal import Span

_LETTERS_BEFORE: Final = re.compile(r"(?<![\w-])[a-z]{2,3}-$")
_FOURS_BEHIND: Final = re.compile(r"(?: \d{4})+(?!\d)")
_FOUR: Final = re.compile(r"(?<!\d)\d{4}$|[a-z]\d{4}$")
_DIGITS: Final = re.compile(r"\d")
_BETWEEN: Final = re.compile(r"[^\d.!?;\n]{1,30}?(?<!\d)(\d[\d .-]*\d)(?!\d|[./-]\d)")
_SAME: Final = re.compile(r"(?:^|\W)(?:va|voi|cua|con)(?!\w)")
"""Between two papers of the same kind: "số 100 918 773, và của tôi, …"."""
_SHORTEST: Final = 9


def find_ends(plain: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Papers' numbers with all that belongs to them, and others behind them; ``spans``: what was found."""
    for span in spans:
        if span.kind != "id_number":
            continue
        number = plain[span.start : span.end]
        letters = _LETTERS_BEFORE.search(plain, max(0, span.start - 4), span.start)
        behind = _FOURS_BEHIND.match(plain, span.end) if _FOUR.search(number) else None
        if letters or behind:
            yield Span(letters.start() if letters else span.start, behind.end() if behind else span.end, span.kind)
        another = _BETWEEN.match(plain, span.end)
        if another is None or len(number) < _SHORTEST or not _is_alike(number, another[1]):
            continue
        if _SAME.search(plain, span.end, another.start(1)):
            yield Span(*another.span(1), span.kind)


def _is_alike(first: str, second: str) -> bool:
    """Whether two numbers are written the same way."""
    return _DIGITS.sub("0", first) == _DIGITS.sub("0", second)
