"""E-mail addresses and accounts written so that no filter takes them for such: "lan . nguyen @ gmail . com"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.personal import Span

_AT: Final = r"(?:@|[(\[]a (?:cong|moc)[)\]])"
_BEFORE_AT: Final = re.compile(rf"(?<![\w@.,-])[a-z0-9_+-]+(?:(?: \. |[.,])[a-z0-9_+-]+)* ?{_AT} ?")
_HOST: Final = re.compile(
    r"(?:g ?m ?a ?i ?l|gmal|gmai|gmil|yahoo|outlook|outlok|hotmail|icloud|fpt|vnn)"
    r"(?:\s?[.,]?\s?(?:com|vn|net)(?!\w)){0,2}(?![\w-]|\.\w)"
)
_CUT_SHORT: Final = re.compile(r"(?<![\w.+-])[\w.+-]{3,}@[a-z]{3,12}(?![\w-]|[.,]\w)")
"""Without what stands behind the host's name."""
_LETTERS: Final = re.compile(r"(?<!\w)[a-z\d](?: [a-z\d._-]){3,} @(?: [a-z]){3,}(?: ?\.(?: ?[a-z]){2,3})?(?!\w)")
"""Each letter alone."""
_WITHOUT_AT: Final = re.compile(r"(?<![\w.@/])[a-z][\w.]{2,}?[*#&!]?gmail ?\.com(?!\w)")
_LINK: Final = re.compile(
    r"(?<!\w)(?:(?:facebook|fb|tiktok|instagram|shopee|youtube)(?: \. ?|\. )(?:com|vn)|(?:zalo|t|m|fb)(?: \. ?|\. )me)"
    r" ?/ ?[\w.@-]{3,}\w"
)
_STROKE: Final = re.compile(
    r"(?<![\w/])(?:facebook|face|fb|zalo|telegram|tele|instagram|insta|ig|tiktok) ?/ ?@?"
    r"((?=[\w.]*[a-z])(?=[\w.]*[._\d])[a-z\d_][\w.]{3,}\w)"
)
_NETWORKS: Final = cues(
    ("facebook", "face", "fb", "zalo", "telegram", "tele", "instagram", "insta", "ig", "tiktok", "t", "m", "youtube")
)


def find_evasive(plain: str, words: set[str]) -> Iterator[Span]:
    """E-mail addresses and accounts.

    Args:
        plain: The text, folded.
        words: Its words that any finder asks for.

    """
    if "@" in plain or "a cong" in plain:
        yield from (Span(*found.span(), "email") for found in _LETTERS.finditer(plain))
        for found in _BEFORE_AT.finditer(plain):
            host = _HOST.match(plain, found.end())
            if host is not None:
                yield Span(found.start(), host.end(), "email")
        yield from (Span(*found.span(), "email") for found in _CUT_SHORT.finditer(plain))
    elif "gmail" in plain:
        yield from (Span(*found.span(), "email") for found in _WITHOUT_AT.finditer(plain))
    if "/" in plain and not words.isdisjoint(_NETWORKS):
        yield from (Span(*found.span(), "handle") for found in _LINK.finditer(plain))
        yield from (Span(*found.span(1), "handle") for found in _STROKE.finditer(plain))


def may_be_evasive(plain: str) -> bool:
    """Whether a text has anything that these have: most need no closer look."""
    return "@" in plain or "/" in plain or "mail" in plain
