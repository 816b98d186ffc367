"""The lexicon is edited by people: every mistake is refused with its line."""

from __future__ import annotations

import pytest

from ioc.classify import Lexicon, LexiconError, shipped_lexicon
from ioc.vocabulary import CATEGORIES

GOOD = """abstain_below: 0.4
groups:
  - category: traffic
    subcategory: jam
    severity: normal
    weight: 2
    phrases: [tắc đường]
masks: [tắc kè]
negations: [không]
cues:
  high: [nguy hiểm]
"""


def test_a_good_lexicon_is_read() -> None:
    lexicon = Lexicon.load(GOOD.encode())
    assert [(entry.kind, entry.marked) for entry in lexicon.entries] == [
        ("phrase", "tắc đường"),
        ("mask", "tắc kè"),
        ("negation", "không"),
        ("cue", "nguy hiểm"),
    ]
    assert lexicon.version != Lexicon.load(GOOD.encode() + b"# changed\n").version


def test_the_shipped_lexicon_speaks_of_every_category() -> None:
    phrases = [entry for entry in shipped_lexicon().entries if entry.kind == "phrase"]
    for category in CATEGORIES:
        assert sum(entry.category == category for entry in phrases) >= 50, category


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("traffic", "trafic", 3, "'trafic' is none of traffic, urban"),
        ("normal", "urgent", 5, "'urgent' is none of critical, high"),
        ("weight: 2", "weight: heavy", 6, "expected a number above 0, at most 5"),
        ("weight: 2", "weight: 50", 6, "expected a number above 0, at most 5"),
        ("    weight: 2\n", "", 3, "'weight' is missing"),
        ("weight:", "weigth:", 6, "'weigth' is none of"),
        ("[tắc đường]", "tắc đường", 7, "expected a list"),
        ("[tắc đường]", "['...']", 7, "must have letters"),
        ("[tắc đường]", "[tắc đường, tắc đường]", 7, "'tắc đường' stands in line 7 already"),
        ("high:", "huge:", 11, "'huge' is none of"),
        ("masks: [tắc kè]\n", "", 1, "section 'masks' is missing"),
        ("[không]", "[không", 10, "is not YAML"),
        ("masks:", "groups: []\nmasks:", 8, "'groups' stands twice, its first value begins in line 3"),
        ("weight: 2\n", "weight: 2\n    weight: 3\n", 7, "'weight' stands twice"),
        ("tắc kè", "tắc\u0007kè", 8, r"holds the character U\+0007"),
        ("tắc kè", "&a [*a]", 8, "expected a word or number|is not YAML"),
        ("[không]", "[" * 100_000 + "]" * 100_000, 9, "is nested too deeply|is not YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(LexiconError, match=reason) as caught:
        Lexicon.load(GOOD.replace(old, new, 1).encode())
    assert caught.value.line == line


@pytest.mark.parametrize("raw", [b"", b"- a\n", b"\xff"])
def test_what_is_no_lexicon_at_all_is_refused(raw: bytes) -> None:
    with pytest.raises(LexiconError, match="line 1"):
        Lexicon.load(raw)
