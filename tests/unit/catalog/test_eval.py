"""The measure of places counts what it says."""

from __future__ import annotations

from pathlib import Path

import orjson

from ioc.catalog import Catalogue
from tests.eval.places import measure


def test_texts_with_and_without_a_place_are_counted_apart(catalogue: Catalogue) -> None:
    totals = measure(
        catalogue,
        [
            {"text": "ngap o cho ha tu", "place": "chợ Hà Tu"},
            {"text": "ngập ở phường Hà Tu", "place": "phố lạ"},
            {"text": "ngập ở đâu đó", "place": "đâu đó"},
            {"text": "ngập quá", "place": None},
            {"text": "ngập ở Hà Tu", "place": None},
        ],
    )
    assert totals == {
        "with": 3,
        "with, any found": 2,
        "with, that span found": 1,
        "without": 2,
        "without, none found": 1,
    }


def test_the_figures_of_the_readme_do_not_fall(catalogue: Catalogue) -> None:
    """Totals over the frozen set, whose single texts nobody looks at."""
    frozen = Path(__file__).parents[2] / "data" / "reports" / "validation.jsonl"
    totals = measure(catalogue, [orjson.loads(line) for line in frozen.read_bytes().splitlines()])
    assert totals["with, that span found"] / totals["with"] > 0.96
    assert totals["without, none found"] / totals["without"] > 0.997
