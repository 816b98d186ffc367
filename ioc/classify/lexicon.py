"""The lexicon: phrases with what they speak for. Data, edited by operators; a mistake is refused with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal, TypeVar

import yaml

from ioc.classify.normalise import fold, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity

_SECTIONS: Final = frozenset({"abstain_below", "groups", "masks", "negations", "cues"})
_GROUP_KEYS: Final = frozenset({"category", "subcategory", "severity", "weight", "phrases"})
_MAX_WEIGHT: Final = 5.0
_MAX_DEPTH: Final = 8
"""Collections within collections; the format has four."""

_T = TypeVar("_T", bound=str)


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
        root = _composed(raw)
        if root is None:
            raise LexiconError(1, "is empty")
        sections = _mapping(root, _SECTIONS)
        for name in sorted(_SECTIONS - set(sections)):
            raise LexiconError(1, f"section {name!r} is missing")
        abstain_below = _number(sections["abstain_below"], 1.0)
        return cls(tuple(_entries(sections)), abstain_below, hashlib.sha256(raw).hexdigest()[:12])

    def emptied(self) -> Lexicon:
        """Without any entry: what the model says alone."""
        return Lexicon((), self.abstain_below, "none")


def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    return Lexicon.load((files("ioc.classify") / "data" / "lexicon.yaml").read_bytes())


def _composed(raw: bytes) -> yaml.Node | None:
    """The file as nodes with their lines; ``None`` where there is nothing in it."""
    try:
        text = raw.decode()
        # The parser follows any depth on the machine's own stack: it is measured before.
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise LexiconError(_line(event), "is nested too deeply")
        found: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise LexiconError(raw[: error.start].count(b"\n") + 1, "is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LexiconError(line, f"is not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = raw[: error.position].count(b"\n") + 1
        raise LexiconError(line, f"holds the character U+{error.character:04X}, which YAML does not allow") from None
    return found


def _entries(sections: dict[str, yaml.Node]) -> Iterator[Entry]:
    seen: dict[tuple[str, str], int] = {}
    for group in _sequence(sections["groups"]):
        keys = _mapping(group, _GROUP_KEYS)
        for name in sorted(_GROUP_KEYS - set(keys)):
            raise LexiconError(_line(group), f"{name!r} is missing")
        category: Category = _among(keys["category"], CATEGORIES)
        severity: Severity = _among(keys["severity"], SEVERITIES)
        subcategory, weight = _scalar(keys["subcategory"]), _number(keys["weight"], _MAX_WEIGHT)
        for marked in _phrases(keys["phrases"], "phrase", seen):
            yield Entry("phrase", marked, category, subcategory, severity, weight)
    for marked in _phrases(sections["masks"], "mask", seen):
        yield Entry("mask", marked)
    for marked in _phrases(sections["negations"], "negation", seen):
        yield Entry("negation", marked)
    for name, node in _mapping(sections["cues"], frozenset(SEVERITIES)).items():
        cue: Severity = next(severity for severity in SEVERITIES if severity == name)
        for marked in _phrases(node, "cue", seen):
            yield Entry("cue", marked, severity=cue)


def _phrases(node: yaml.Node, kind: str, seen: dict[tuple[str, str], int]) -> Iterator[str]:
    for item in _sequence(node):
        marked = normalise(_scalar(item)).text
        if not fold(marked).strip():
            raise LexiconError(_line(item), "a phrase must have letters or digits")
        if (kind, marked) in seen:
            raise LexiconError(_line(item), f"{marked!r} stands in line {seen[kind, marked]} already")
        seen[kind, marked] = _line(item)
        yield marked


def _line(where: yaml.Node | yaml.Event) -> int:
    return where.start_mark.line + 1 if where.start_mark else 1


def _mapping(node: yaml.Node, allowed: frozenset[str]) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise LexiconError(_line(node), f"expected a mapping with {', '.join(sorted(allowed))}")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _scalar(key)
        if name not in allowed:
            raise LexiconError(_line(key), f"{name!r} is none of {', '.join(sorted(allowed))}")
        if name in found:
            # YAML would let the second replace the first without a word, with every phrase in it.
            raise LexiconError(
                _line(key), f"{name!r} stands twice, its first value begins in line {_line(found[name])}"
            )
        found[name] = value
    return found


def _sequence(node: yaml.Node) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise LexiconError(_line(node), "expected a list")
    return list(node.value)


def _scalar(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise LexiconError(_line(node), "expected a word or number")
    return str(node.value)


def _among(node: yaml.Node, allowed: tuple[_T, ...]) -> _T:
    for value in allowed:
        if value == _scalar(node):
            return value
    raise LexiconError(_line(node), f"{_scalar(node)!r} is none of {', '.join(allowed)}")


def _number(node: yaml.Node, largest: float) -> float:
    try:
        number = float(_scalar(node))
    except ValueError:
        number = -1.0
    if not 0 < number <= largest:
        raise LexiconError(_line(node), f"expected a number above 0, at most {largest:g}")
    return number
