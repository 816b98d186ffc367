"""The lexicon: phrases with what they speak for. Data, edited by operators; a mistake is refused with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

import yaml

from ioc.text.normalise import fold, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity
from ioc.yamlfile import YamlError, among, composed, line_of, mapping, number, scalar, sequence

_SECTIONS: Final = frozenset({"abstain_below", "groups", "masks", "negations", "cues"})
_GROUP_KEYS: Final = frozenset({"category", "subcategory", "severity", "weight", "phrases"})
_MAX_WEIGHT: Final = 5.0
_MAX_DEPTH: Final = 8
"""Collections within collections; the format has four."""


class LexiconError(ValueError):
    """The lexicon cannot be used; the message names the line (from 1) and what was expected."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"lexicon, line {line}: {reason}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase.

    Attributes:
        kind: ``phrase`` speaks for a category; ``mask`` hides what it covers; ``negation`` takes back what follows;
            ``cue`` speaks for a severity alone.
        marked: The phrase in the form of ``Normalised.text``.
        category: Of a phrase.
        subcategory: Of a phrase.
        severity: Of a phrase or cue.
        weight: Of a phrase.

    """

    kind: Literal["phrase", "mask", "negation", "cue"]
    marked: str
    category: Category = "other"
    subcategory: str = ""
    severity: Severity = "normal"
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries, the confidence below which a decision is left to a person, and the hash of the file."""

    entries: tuple[Entry, ...]
    abstain_below: float
    version: str

    @classmethod
    def load(cls, raw: bytes) -> Lexicon:
        """Read and check a lexicon file (YAML, UTF-8).

        Raises:
            LexiconError: with line and reason.

        """
        try:
            sections = _sections(raw)
            abstain_below = number(sections["abstain_below"], 1.0)
            entries = tuple(_entries(sections))
        except YamlError as error:
            raise LexiconError(error.line, error.reason) from None
        return cls(entries, abstain_below, hashlib.sha256(raw).hexdigest()[:12])

    def emptied(self) -> Lexicon:
        """Without any entry: what the model says alone."""
        return Lexicon((), self.abstain_below, "none")


def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    return Lexicon.load((files("ioc.classify") / "data" / "lexicon.yaml").read_bytes())


def _sections(raw: bytes) -> dict[str, yaml.Node]:
    root = composed(raw, depth=_MAX_DEPTH)
    if root is None:
        raise YamlError(1, "is empty")
    sections = mapping(root, _SECTIONS)
    for name in sorted(_SECTIONS - set(sections)):
        raise YamlError(1, f"section {name!r} is missing")
    return sections


def _entries(sections: dict[str, yaml.Node]) -> Iterator[Entry]:
    seen: dict[tuple[str, str], int] = {}
    for group in sequence(sections["groups"]):
        keys = mapping(group, _GROUP_KEYS)
        for name in sorted(_GROUP_KEYS - set(keys)):
            raise YamlError(line_of(group), f"{name!r} is missing")
        category: Category = among(keys["category"], CATEGORIES)
        severity: Severity = among(keys["severity"], SEVERITIES)
        subcategory, weight = scalar(keys["subcategory"]), number(keys["weight"], _MAX_WEIGHT)
        for marked in _phrases(keys["phrases"], "phrase", seen):
            yield Entry("phrase", marked, category, subcategory, severity, weight)
    for marked in _phrases(sections["masks"], "mask", seen):
        yield Entry("mask", marked)
    for marked in _phrases(sections["negations"], "negation", seen):
        yield Entry("negation", marked)
    for name, node in mapping(sections["cues"], frozenset(SEVERITIES)).items():
        cue: Severity = next(severity for severity in SEVERITIES if severity == name)
        for marked in _phrases(node, "cue", seen):
            yield Entry("cue", marked, severity=cue)


def _phrases(node: yaml.Node, kind: str, seen: dict[tuple[str, str], int]) -> Iterator[str]:
    for item in sequence(node):
        marked = normalise(scalar(item)).text
        if not fold(marked).strip():
            raise YamlError(line_of(item), "a phrase must have letters or digits")
        if (kind, marked) in seen:
            raise YamlError(line_of(item), f"{marked!r} stands in line {seen[kind, marked]} already")
        seen[kind, marked] = line_of(item)
        yield marked
