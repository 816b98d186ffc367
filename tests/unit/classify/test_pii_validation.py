"""How much personal data is found in a frozen set of reports, and how much of what is taken out was personal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ioc.classify import Redactor

SET = Path(__file__).parents[2] / "data" / "reports" / "pii_validation.jsonl"
SHA_256 = "c342ca1287d4e6046d3471f435a2f40e60f6a14273d5f65a6dd76a20c2b0bc8e"
RECALL = 0.98
PRECISION = 0.95


def test_the_set_is_the_frozen_one() -> None:
    assert hashlib.sha256(SET.read_bytes()).hexdigest() == SHA_256


@pytest.fixture(scope="module")
def reports() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SET.read_text().splitlines()]


def test_planted_data_is_found(reports: list[dict[str, Any]], redactor: Redactor) -> None:
    """Found is a planted span of which no letter or digit stays, wherever the text has it."""
    missed, planted = [], 0
    for report in reports:
        text = report["text"]
        gone = {at for span in redactor(text).spans for at in range(span.start, span.end)}
        for words in report["pii"]:
            planted += 1
            stays = any(
                at not in gone and text[at].isalnum()
                for start in _places(text, words)
                for at in range(start, start + len(words))
            )
            if stays:
                missed.append((report["id"], words))
    assert planted > 400
    assert 1 - len(missed) / planted >= RECALL, missed


def test_what_is_taken_out_was_planted(reports: list[dict[str, Any]], redactor: Redactor) -> None:
    """Right is a redaction that overlaps a planted span."""
    wrong, taken = [], 0
    for report in reports:
        text = report["text"]
        planted = {
            at for words in report["pii"] for start in _places(text, words) for at in range(start, start + len(words))
        }
        for span in redactor(text).spans:
            taken += 1
            if planted.isdisjoint(range(span.start, span.end)):
                wrong.append((report["id"], text[span.start : span.end]))
    assert 1 - len(wrong) / taken >= PRECISION, wrong


def _places(text: str, words: str) -> Iterator[int]:
    """Everywhere the planted words stand."""
    start = text.find(words)
    assert start >= 0
    while start >= 0:
        yield start
        start = text.find(words, start + 1)
