"""``ioc classify --eval``, ``--train`` and ``--corrections``: sets of labelled reports, as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table

from connectors.cli.console import out
from connectors.cli.errors import EXIT_USAGE, CommandError
from ioc.classify import Classifier, Lexicon
from ioc.classify.evaluation import Scores, evaluate
from ioc.classify.name_training import learn_names
from ioc.classify.named_reports import NamedReport
from ioc.classify.names import ordinary_pairs
from ioc.classify.training import PHRASE, LabelError, Labelled, read_labelled, train


def read_set(path: Path) -> list[Labelled]:
    """The labelled texts of a file."""
    try:
        return read_labelled(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", EXIT_USAGE) from None
    except LabelError as error:
        raise CommandError(f"{path}, {error}", EXIT_USAGE) from None


def show_scores(classifier: Classifier, path: Path, misses: Path | None) -> None:
    """Print how well a set is understood; what was missed goes to a file."""
    scores = evaluate(classifier, read_set(path))
    out.print(_summary(scores))
    out.print(_styles(scores))
    out.print(_categories(scores))
    out.print(_confusions(scores))
    if misses is not None:
        misses.write_bytes(b"".join(_miss_lines(scores)))


def train_model(files: Iterable[Path], folder: Path, lexicon: Lexicon, place_names: Sequence[str]) -> None:
    """Learn from files, and write ``model.bin`` and ``pairs.bin`` into a folder."""
    rows = _rows(files)
    try:
        raw = train(rows, lexicon, place_names)
    except ModuleNotFoundError as error:
        raise CommandError(f"training needs scikit-learn (pip install 'ioc-stream[train]'): {error}") from None
    except ValueError as error:
        raise CommandError(f"these {len(rows)} texts are not enough to learn from: {error}", EXIT_USAGE) from None
    _write(folder / "model.bin", raw, len(rows))
    _write_pairs(_texts(rows), folder)


def make_pairs(files: Iterable[Path], folder: Path) -> None:
    """Write ``pairs.bin`` alone, which takes seconds and no scikit-learn."""
    _write_pairs(_texts(_rows(files)), folder)


def _rows(files: Iterable[Path]) -> list[Labelled]:
    return [row for path in files for row in read_set(path)]


def _texts(rows: Iterable[Labelled]) -> list[str]:
    """What people wrote: words stand side by side in it as they do in reports, which is not so in lists of phrases."""
    return [row.text for row in rows if row.style != PHRASE]


def _write_pairs(texts: list[str], folder: Path) -> None:
    _write(folder / "pairs.bin", ordinary_pairs(texts), len(texts))


def make_names(files: Iterable[Path], named: Path, folder: Path) -> None:
    """Write ``names.bin``: of ordinary reports, and of a file of reports with their personal data."""
    texts = _texts(_rows(files))
    try:
        reports = [NamedReport.read(line) for line in named.read_bytes().splitlines()]
        raw = learn_names(reports, texts)
    except ModuleNotFoundError as error:
        raise CommandError(f"training needs scikit-learn (pip install 'ioc-stream[train]'): {error}") from None
    except OSError as error:
        raise CommandError(f"{named}: {error.strerror}", EXIT_USAGE) from None
    except LabelError as error:
        raise CommandError(f"{named}: {error}", EXIT_USAGE) from None
    _write(folder / "names.bin", raw, len(texts) + len(reports))


def _write(path: Path, raw: bytes, texts: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    out.print(f"{path}: {len(raw):,} bytes, learnt from {texts:,} texts", markup=False)


def corrections(decisions: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Training lines of decisions: one for each text that an operator reclassified, the last verdict counts."""
    lines: dict[str, dict[str, Any]] = {}
    for decision in decisions:
        if decision.get("kind") != "reclassified":
            continue
        inputs = decision.get("inputs") or {}
        new = inputs.get("new") or {}
        if not {"category", "subcategory", "severity"} <= new.keys():
            continue
        for example in inputs.get("examples") or ():
            signal = example["signal_id"]
            lines[signal] = {
                "id": f"correction-{signal}",
                "family": f"correction-{decision['incident_id']}",
                "style": "correction",
                "text": example["text"],
                "category": new["category"],
                "subcategory": new["subcategory"],
                "also": [],
                "severity": new["severity"],
            }
    yield from lines.values()


def _summary(scores: Scores) -> Table:
    table = Table("measure", "value", title=f"{scores.texts:,} texts")
    for name, value in (
        ("category accuracy", scores.accuracy),
        ("  with diacritics (accented, long, typo, misleading)", scores.with_marks),
        ("  unaccented, teencode", scores.without_marks),
        ("macro-F1", scores.macro_f1),
        ("category and subcategory", scores.subcategory_accuracy),
        ("critical recall", scores.critical_recall),
        ("critical precision", scores.critical_precision),
        (f"further topics ({scores.also.texts}): precision", scores.also.precision),
        ("  recall", scores.also.recall),
        ("  F1", scores.also.f1),
        ("abstained", scores.abstained),
        ("category accuracy where decided", scores.accuracy_decided),
    ):
        table.add_row(name, f"{value:.1%}")
    return table


def _styles(scores: Scores) -> Table:
    table = Table("style", "accuracy", "texts")
    for style, (accuracy, texts) in scores.styles.items():
        table.add_row(style, f"{accuracy:.1%}", str(texts))
    return table


def _categories(scores: Scores) -> Table:
    table = Table("category", "precision", "recall", "F1", "texts")
    for category, figure in scores.categories.items():
        table.add_row(category, *(f"{value:.1%}" for value in figure[:3]), str(figure.texts))
    return table


def _confusions(scores: Scores) -> Table:
    table = Table("is", "taken for", "texts")
    for wanted, got, number in scores.confusions:
        table.add_row(wanted, got, str(number))
    return table


def _miss_lines(scores: Scores) -> Iterator[bytes]:
    for wanted, got in scores.misses:
        yield orjson.dumps({
            "style": wanted.style, "text": wanted.text, "is": f"{wanted.category}/{wanted.subcategory}",
            "taken_for": f"{got.category}/{got.subcategory}", "confidence": got.confidence, "abstained": got.abstained,
        }) + b"\n"  # fmt: skip
