"""``ioc classify``: what a report's text is taken for, by the same parts as in the stream."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Literal, Protocol

import orjson
import typer
from rich.text import Text

from connectors.cli import classify_sets as sets
from connectors.cli import config
from connectors.cli.classify_kafka import read_decisions
from connectors.cli.classify_parts import load_lexicon, load_model
from connectors.cli.console import CATEGORY_VI, SEVERITY_STYLE, SEVERITY_VI, out
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.province import load_province
from ioc.catalog import Catalogue, Location
from ioc.classify import Classification, Classifier, Redactor
from ioc.settings import Settings
from ioc.text.normalise import normalise
from ioc.vocabulary import UNLOCATED_COMMUNE

app = typer.Typer(help="What a report's text is taken for, and why.", add_completion=False)
APPS: Final = {"classify": app}

_CHUNK_BYTES: Final = 1 << 16
_WHY_STYLES: Final = {"model": "cyan", "negated": "dim strike", "severity": "red"}


Part = Literal["lexicon", "model"]


class Understanding(Protocol):
    """Reads texts."""

    def __call__(self, texts: Sequence[str], /) -> list[dict[str, Any]]:
        """Category, place and personal data of each text, as in the contract of ``ioc classify``."""


@app.command()
def classify(
    text: Annotated[str | None, typer.Argument(help="What the citizen writes.")] = None,
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Which words say so.")] = False,
    stdin: Annotated[bool, typer.Option("--stdin", help='JSON lines {"id","text"} in, JSON lines out.')] = False,
    evaluated: Annotated[Path | None, typer.Option("--eval", help="How well a labelled set is understood.")] = None,
    misses: Annotated[Path | None, typer.Option(help="With --eval: file for what was missed.")] = None,
    without: Annotated[Part | None, typer.Option(help="Leave a part out.")] = None,
    learn: Annotated[list[Path] | None, typer.Option("--train", help="Learn from a set; may be repeated.")] = None,
    folder: Annotated[
        Path, typer.Option("--out", help="With --train: folder of the new model.bin and pairs.bin.")
    ] = Path(),
    pairs_only: Annotated[bool, typer.Option("--pairs-only", help="With --train: only pairs.bin.")] = False,
    named: Annotated[
        Path | None, typer.Option("--names", help="With --train: only names.bin, of reports whose names are marked.")
    ] = None,
    corrections: Annotated[bool, typer.Option("--corrections", help="What operators reclassified, as a set.")] = False,
) -> None:
    """Classify one text, or with --stdin many, in their order; measure and train what does so."""
    if sum((text is not None, stdin, evaluated is not None, bool(learn), corrections)) != 1:
        raise CommandError("give one text, or one of --stdin, --eval, --train, --corrections", EXIT_USAGE)
    settings = config.load().settings
    if corrections:
        for line in sets.corrections(asyncio.run(read_decisions(settings))):
            sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
        return
    catalogue = load_province(settings)
    if learn and pairs_only:
        sets.make_pairs(learn, folder)
        return
    if learn and named is not None:
        sets.make_names(learn, named, folder)
        return
    if learn:
        sets.train_model(learn, folder, load_lexicon(settings), catalogue.place_names)
        return
    classifier = _classifier(settings, catalogue, without)
    if evaluated is not None:
        sets.show_scores(classifier, evaluated, misses)
        return
    understand = understanding(catalogue, classifier)
    if text is not None:
        _show(understand([text])[0], text, explain=explain)
        return
    # All that a batch makes dies with it: collecting in the middle of it finds nothing.
    gc.freeze()
    for lines in _batches(sys.stdin.buffer):
        answers = understand([words for _, words in lines])
        sys.stdout.buffer.write(
            b"".join(
                orjson.dumps({"id": event_id, **answer}) + b"\n"
                for (event_id, _), answer in zip(lines, answers, strict=True)
            )
        )
        sys.stdout.buffer.flush()


def understanding(catalogue: Catalogue, classifier: Classifier) -> Understanding:
    """What reads texts about this province."""
    redactor = Redactor(catalogue.public_names)

    def understand(texts: Sequence[str]) -> list[dict[str, Any]]:
        # Each part reads all texts before the next one does: by turns they would push each other out of the caches.
        normals = normalise.many(texts)
        decisions = classifier.classify_many(normals)
        places = [catalogue.locate(text=normal) for normal in normals]
        redacted = redactor.many(texts)
        return [
            _answer(found, place, [text[span.start : span.end] for span in taken.spans])
            for text, found, place, taken in zip(texts, decisions, places, redacted, strict=True)
        ]

    return understand


def _classifier(settings: Settings, catalogue: Catalogue, without: Part | None) -> Classifier:
    lexicon, model = load_lexicon(settings), None if without == "model" else load_model(settings)
    if without == "lexicon":
        return Classifier(lexicon.emptied(), (), model)
    return Classifier(lexicon, catalogue.place_names, model)


def _answer(found: Classification, place: Location, personal: list[str]) -> dict[str, Any]:
    located = place.commune != UNLOCATED_COMMUNE
    return {
        "category": found.category,
        "also": found.also,
        "subcategory": found.subcategory,
        "severity": found.severity,
        "confidence": found.confidence,
        "abstained": found.abstained,
        "pii": personal,
        "place": place.place.name if place.place else None,
        "commune": place.commune if located else None,
        "explanation": [
            {"text": reason.text, "start": reason.start, "end": reason.end, "why": reason.why}
            for reason in found.explanation
        ],
    }


def _batches(stream: BinaryIO) -> Iterator[list[tuple[object, str]]]:
    """The lines that are there, each time somebody has written some: many at once, or one that waits for its answer."""
    number, rest = 0, b""
    while chunk := stream.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]  # every buffered reader has it
        *lines, rest = (rest + chunk).split(b"\n")
        yield [_parsed(raw, number + place) for place, raw in enumerate(lines, start=1) if raw.strip()]
        number += len(lines)
    if rest.strip():
        yield [_parsed(rest, number + 1)]


def _parsed(raw: bytes, number: int) -> tuple[object, str]:
    try:
        line = orjson.loads(raw)
        return line["id"], str(line["text"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise CommandError(f'line {number} is not a JSON object with "id" and "text"', EXIT_USAGE) from None


def _show(answer: dict[str, Any], text: str, *, explain: bool) -> None:
    category, severity = str(answer["category"]), str(answer["severity"])
    doubt = "  (unsure: a person has to sort it)" if answer["abstained"] else ""
    rows: list[tuple[str, Text | str]] = [
        ("category", f"{category}/{answer['subcategory']} · {CATEGORY_VI.get(category, category)}{doubt}"),
        ("also", ", ".join(answer["also"])),
        ("severity", Text(f"{severity} · {SEVERITY_VI.get(severity, severity)}", style=SEVERITY_STYLE[severity])),
        ("confidence", f"{answer['confidence']:.2f}"),
        (
            "place",
            f"{answer['place']} ({answer['commune'] or 'commune unclear'})" if answer["place"] else "not in the text",
        ),
        ("personal", ", ".join(answer["pii"])),
    ]
    for label, value in rows:
        if value:
            out.print(f"[dim]{label:<12}[/] ", end="")
            out.print(value, markup=False)
    if explain:
        out.print()
        out.print(_marked(answer, text))
        for reason in answer["explanation"]:
            out.print(Text.assemble("  ", (reason["text"], "bold"), "  → ", (reason["why"], _why_style(reason["why"]))))
        if not answer["explanation"]:
            out.print("  no word that lexicon or model know", style="dim")


def _marked(answer: dict[str, Any], text: str) -> Text:
    marked = Text(text)
    for reason in answer["explanation"]:
        marked.stylize("bold underline", reason["start"], reason["end"])
    return marked


def _why_style(why: str) -> str:
    """Colour of a reason: the model's, a word taken back, a severity, a phrase of the lexicon."""
    return next((style for start, style in _WHY_STYLES.items() if why.startswith(start)), "green")
