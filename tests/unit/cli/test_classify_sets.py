"""Sets of labelled reports: corrections of operators, and a training that uses them."""

from __future__ import annotations

import pytest

from connectors.cli.classify_sets import corrections
from ioc.classify import Model, normalise, shipped_lexicon
from ioc.classify.training import Labelled, train


def decision(event: str, category: str, kind: str = "reclassified") -> dict[str, object]:
    new = {"category": category, "subcategory": "jam", "severity": "normal"}
    return {
        "decision_id": "d",
        "incident_id": "i",
        "event_id": event,
        "kind": kind,
        "inputs": {"text": "x", "new": new},
    }


def test_the_last_verdict_on_a_text_counts_and_other_decisions_do_not() -> None:
    lines = list(corrections([decision("a", "other"), decision("a", "traffic"), decision("b", "other", "joined")]))
    assert [(line["category"], line["text"], line["style"]) for line in lines] == [("traffic", "x", "correction")]


def test_a_model_learns_words_that_the_lexicon_does_not_know() -> None:
    pytest.importorskip("sklearn", reason="training is an optional dependency")
    kinds = [("telecom", "bts", "blivet"), ("tourism", "beach", "frobnicate")]
    rows = [
        Labelled(f"f{n}", "accented", f"{word} số {n}", category, subcategory, "critical" if n % 2 else "normal")
        for n in range(12)
        for category, subcategory, word in kinds
    ]
    model = Model.load(train(rows, shipped_lexicon().emptied()))
    margins = model.judge([normalise("blivet"), normalise("frobnicate")]).categories
    assert [int(row.argmax()) for row in margins] == [7, 10]
