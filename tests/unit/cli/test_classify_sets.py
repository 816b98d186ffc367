"""Sets of labelled reports: corrections of operators, and a training that uses them."""

from __future__ import annotations

from connectors.cli.classify_sets import corrections
from ioc.classify import Model, shipped_lexicon
from ioc.classify.training import Labelled, train
from ioc.text.normalise import normalise


def decision(event: str, category: str, kind: str = "reclassified") -> dict[str, object]:
    """As the incidents' owner writes it: new label, and the texts of the incident's reports."""
    new = {"category": category, "subcategory": "jam", "severity": "normal"}
    examples = [
        {"signal_id": f"reports:{event}{n}", "text": f"{event}{n}", "category": "other", "subcategory": "unclear"}
        for n in (1, 2)
    ]
    return {"decision_id": "d", "incident_id": "i", "kind": kind, "inputs": {"new": new, "examples": examples}}


def test_the_last_verdict_on_a_text_counts_and_other_decisions_do_not() -> None:
    lines = list(corrections([decision("a", "other"), decision("a", "traffic"), decision("b", "other", "joined")]))
    assert [(line["category"], line["text"], line["style"], line["family"]) for line in lines] == [
        ("traffic", "a1", "correction", "correction-i"),
        ("traffic", "a2", "correction", "correction-i"),
    ]


def test_a_model_learns_words_that_the_lexicon_does_not_know() -> None:
    kinds = [("telecom", "bts", "blivet"), ("tourism", "beach", "frobnicate")]
    rows = [
        Labelled(f"f{n}", "accented", f"{word} số {n}", category, subcategory, "critical" if n % 2 else "normal")
        for n in range(12)
        for category, subcategory, word in kinds
    ]
    model = Model.load(train(rows, shipped_lexicon().emptied()))
    margins = model.judge([normalise("blivet"), normalise("frobnicate")]).subcategories
    assert [model.subcategories[int(row.argmax())] for row in margins] == ["telecom/bts", "tourism/beach"]
