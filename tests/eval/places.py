"""How often the place of a text is found, on texts that nobody looked at: totals only, no text is shown.

Run: ``python -m tests.eval.places FILE.jsonl`` with ``text`` and ``place`` (as written, or null) in each line.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import orjson

from ioc.catalog import Catalogue, load_catalogue, load_folder, shipped_province
from ioc.text.normalise import fold, normalise


def measure(catalogue: Catalogue, lines: list[dict[str, str | None]]) -> Counter[str]:
    """Texts with and without a place, and those of them that are found, and found to have none."""
    totals: Counter[str] = Counter()
    for line in lines:
        text, wanted = str(line["text"]), line.get("place")
        found = catalogue.locate(text=text).place
        if wanted is None:
            totals["without"] += 1
            totals["without, none found"] += found is None
            continue
        totals["with"] += 1
        totals["with, any found"] += found is not None
        if found is not None:
            written = _plain(text[found.start : found.end])
            meant = _plain(wanted)
            totals["with, that span found"] += written in meant or meant in written
    return totals


def microseconds(catalogue: Catalogue, texts: list[str], *, rounds: int = 5) -> float:
    """The best mean time of locating an already normalised text, in microseconds."""
    normal = [normalise(text) for text in texts]
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for text in normal:
            catalogue.locate(text=text)
        best = min(best, time.perf_counter() - begin)
    return 1e6 * best / len(normal)


def _plain(text: str) -> str:
    return " ".join(fold(normalise(text).text).split())


def main(path: str) -> None:
    """Print the totals of one file."""
    lines = [orjson.loads(line) for line in Path(path).read_bytes().splitlines()]
    catalogue = load_catalogue(load_folder(shipped_province()))
    totals = measure(catalogue, lines)
    print(f"texts with a place           {totals['with']}")
    print(f"  that span found            {totals['with, that span found'] / max(1, totals['with']):.1%}")
    print(f"  any place found            {totals['with, any found'] / max(1, totals['with']):.1%}")
    print(f"texts without                {totals['without']}")
    print(f"  none found                 {totals['without, none found'] / max(1, totals['without']):.1%}")
    texts = [str(line["text"]) for line in lines]
    length = sum(map(len, texts)) / len(texts)
    print(f"locating, mean of {length:.0f} letters {microseconds(catalogue, texts):.0f} us a text")


if __name__ == "__main__":
    main(*sys.argv[1:])
