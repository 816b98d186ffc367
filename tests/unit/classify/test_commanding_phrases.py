"""What an operator writes with the greatest weight counts at once, without training; what others wrote does not."""

from __future__ import annotations

import pytest

from ioc.classify import Classification, Classifier, Lexicon, shipped_lexicon, shipped_model

COMMAND = """abstain_below: 0.4
groups:
  - {category: telecom, subcategory: bts, severity: high, weight: %s, phrases: [trạm mù]}
masks: [trạm mù mờ]
negations: [không]
cues: {high: [khẩn]}
"""


def _with_weight(weight: int, text: str) -> Classification:
    return Classifier(Lexicon.load((COMMAND % weight).encode()), (), shipped_model()).classify(text)


def test_an_operators_weightiest_phrase_decides_against_the_model() -> None:
    text = "Đường ngập sâu vì trạm mù"
    learnt = _with_weight(3, text)
    assert learnt.category == "disaster"
    told = _with_weight(5, text)
    assert (told.category, told.subcategory, told.severity, told.abstained) == ("telecom", "bts", "high", False)
    assert "disaster" in told.also
    assert 0.5 < told.confidence < 0.95
    assert {_with_weight(weight, "duong ngap sau vi tram mu").category for weight in (4, 5)} == {"telecom"}


def test_a_single_word_without_its_marks_decides_nothing_alone() -> None:
    lexicon = Lexicon.load(COMMAND.replace("trạm mù]", "mù]").replace("%s", "5").encode())
    classifier = Classifier(lexicon, (), shipped_model())
    assert classifier.classify("Đường ngập sâu, mù").category == "telecom"
    assert classifier.classify("duong ngap sau, mu").category == "disaster"


@pytest.mark.parametrize("text", ["Đường ngập sâu, không trạm mù", "Đường ngập sâu, trạm mù mờ"])
def test_negated_or_within_an_idiom_it_decides_nothing(text: str) -> None:
    assert _with_weight(5, text).category == "disaster"


def test_a_grave_case_stays_grave_whatever_a_phrase_says() -> None:
    text = "Cháy nhà, có người mắc kẹt bên trong kêu cứu, trạm mù"
    assert _with_weight(5, text).severity == "critical"


def test_the_shipped_lexicon_leaves_the_last_word_to_the_model() -> None:
    assert max(entry.weight for entry in shipped_lexicon().entries) < 4
