"""How many reports one core understands in a second, part by part, at 200 characters; no Kafka is involved.

Seconds are those of the processor, all threads together: others that use the machine do not count.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from rich.console import Console
from rich.table import Table

from connectors.cli.classify import understanding
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, Redactor, shipped_lexicon, shipped_model
from ioc.classify.training import read_labelled
from ioc.text.normalise import normalise

_LENGTH = 200
_BATCH = 256
_REPEATS = 15


def texts_of_length(length: int, count: int) -> list[str]:
    """Texts of the training set, joined and cut to one length: real words, no two alike."""
    data = files("ioc.classify") / "data"
    rows = [row for n in (1, 2) for row in read_labelled((data / f"train{n}.jsonl").read_bytes())]
    joined = " ".join(row.text for row in rows)
    return [joined[start : start + length] for start in range(0, len(joined) - length, length)][:count]


def measure(console: Console) -> dict[str, Any]:
    """Texts per second of each part, the best of several runs, and print them."""
    texts = texts_of_length(_LENGTH, 4 * _BATCH)
    normal = normalise.many(texts)
    catalogue = load_catalogue(load_folder(shipped_province()))
    classifier = Classifier(shipped_lexicon(), catalogue.place_names, shipped_model())
    by_lexicon = Classifier(shipped_lexicon(), catalogue.place_names)
    redact, understand = Redactor(catalogue.public_names), understanding(catalogue, classifier)
    model = shipped_model()
    parts: dict[str, Callable[[int, int], object]] = {
        "normalise": lambda start, end: normalise.many(texts[start:end]),
        "lexicon": lambda start, end: by_lexicon.classify_many(normal[start:end]),
        "model": lambda start, end: model.judge(normal[start:end]),
        "classification (normalise, lexicon, model)": lambda start, end: classifier.classify_many(
            normalise.many(texts[start:end])
        ),
        "place": lambda start, end: [catalogue.locate(text=text) for text in normal[start:end]],
        "personal data": lambda start, end: redact.many(texts[start:end]),
        "the whole --stdin line": lambda start, end: understand(texts[start:end]),
    }
    # As the worker, the gateway and --stdin do before their work.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    table = Table("part", "texts/s", "µs a text", title=f"one core, {_LENGTH} characters")
    found = {}
    for name, part in parts.items():
        best = min(_seconds(part, len(texts)) for _ in range(_REPEATS))
        found[name] = round(len(texts) / best)
        table.add_row(name, f"{found[name]:,}", f"{best / len(texts) * 1e6:.1f}")
    console.print(table)
    return found


def _seconds(part: Callable[[int, int], object], count: int) -> float:
    started = time.process_time()
    for start in range(0, count, _BATCH):
        part(start, start + _BATCH)
    return time.process_time() - started
