"""``ioc classify``: what a report's text is taken for, by the same parts as in the stream."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, Final, Protocol

import orjson
import typer
from rich.text import Text

from connectors.cli import config
from connectors.cli.console import CATEGORY_VI, SEVERITY_STYLE, SEVERITY_VI, out
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.province import load_province
from ioc.catalog import Catalogue, Location
from ioc.classify import Classification, Classifier, Redactor, normalise, shipped_lexicon
from ioc.vocabulary import UNLOCATED_COMMUNE

app = typer.Typer(help="What a report's text is taken for, and why.", add_completion=False)
APPS: Final = {"classify": app}

_CHUNK_BYTES: Final = 1 << 16


class Understanding(Protocol):
    """Reads one text."""

    def __call__(self, text: str) -> dict[str, Any]:
        """Category, place and personal data of a text, as in the contract of ``ioc classify``."""


@app.command()
def classify(
    text: Annotated[str | None, typer.Argument(help="What the citizen writes.")] = None,
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Which words say so.")] = False,
    stdin: Annotated[bool, typer.Option("--stdin", help='JSON lines {"id","text"} in, JSON lines out.')] = False,
) -> None:
    """Classify one text, or with --stdin many, in their order."""
    if stdin == (text is not None):
        raise CommandError("give one text, or --stdin with JSON lines", EXIT_USAGE)
    understand = understanding(load_province(config.load().settings))
    if text is not None:
        _show(understand(text), text, explain=explain)
        return
    for lines in _batches(sys.stdin.buffer):
        answers = [orjson.dumps({"id": event_id, **understand(words)}) + b"\n" for event_id, words in lines]
        sys.stdout.buffer.write(b"".join(answers))
        sys.stdout.buffer.flush()


def understanding(catalogue: Catalogue) -> Understanding:
    """What reads texts about this province."""
    classifier = Classifier(shipped_lexicon(), catalogue.place_names)
    redactor = Redactor(catalogue.place_names)

    def understand(text: str) -> dict[str, Any]:
        normal = normalise(text)
        place = catalogue.locate(text=normal)
        personal = [text[span.start : span.end] for span in redactor(text).spans]
        return _answer(classifier.classify(normal), place, personal)

    return understand


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
            out.print(f"  {reason['text']}  → {reason['why']}", markup=False)
        if not answer["explanation"]:
            out.print("  no word that the lexicon knows", style="dim")


def _marked(answer: dict[str, Any], text: str) -> Text:
    marked = Text(text)
    for reason in answer["explanation"]:
        marked.stylize("bold underline", reason["start"], reason["end"])
    return marked
