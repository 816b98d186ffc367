"""Reading configuration written in YAML as nodes with their lines, so that every complaint names the line."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeVar

import yaml

_MAX_DEPTH: Final = 24
"""Collections within collections."""

_T = TypeVar("_T", bound=str)


class YamlError(ValueError):
    """A YAML file that cannot be used; the message names the line (from 1) and what was expected."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason}")


def composed(raw: bytes, *, depth: int = _MAX_DEPTH) -> yaml.Node | None:
    """The file as nodes with their lines; ``None`` where there is nothing in it.

    Args:
        raw: The file, UTF-8.
        depth: Collections within collections that it may have.

    Raises:
        YamlError: it is not UTF-8, not YAML, or nested too deeply.

    """
    try:
        text = raw.decode()
        # The parser follows any depth on the machine's own stack: it is measured before.
        deep = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if deep > depth:
                raise YamlError(line_of(event), "is nested too deeply")
        found: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise YamlError(raw[: error.start].count(b"\n") + 1, "is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(line, f"is not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = raw[: error.position].count(b"\n") + 1
        raise YamlError(line, f"holds the character U+{error.character:04X}, which YAML does not allow") from None
    return found


def line_of(where: yaml.Node | yaml.Event) -> int:
    """Line that something begins in, from 1."""
    return where.start_mark.line + 1 if where.start_mark else 1


def mapping(node: yaml.Node, allowed: Collection[str] | None = None) -> dict[str, yaml.Node]:
    """Values of a mapping by key, each key once; ``allowed``: the keys that it may have, ``None`` for any."""
    names = ", ".join(sorted(allowed)) if allowed is not None else "names"
    if not isinstance(node, yaml.MappingNode):
        raise YamlError(line_of(node), f"expected a mapping with {names}")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = scalar(key)
        if allowed is not None and name not in allowed:
            raise YamlError(line_of(key), f"{name!r} is none of {names}")
        if name in found:
            # YAML would let the second replace the first without a word, with all that is in it.
            raise YamlError(
                line_of(key), f"{name!r} stands twice, its first value begins in line {line_of(found[name])}"
            )
        found[name] = value
    return found


def sequence(node: yaml.Node) -> list[yaml.Node]:
    """Items of a list."""
    if not isinstance(node, yaml.SequenceNode):
        raise YamlError(line_of(node), "expected a list")
    return list(node.value)


def scalar(node: yaml.Node) -> str:
    """A word or number as it is written."""
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise YamlError(line_of(node), "expected a word or number")
    return str(node.value)


def flag(node: yaml.Node) -> bool:
    """``true`` or ``false``."""
    if scalar(node) not in {"true", "false"}:
        raise YamlError(line_of(node), f"expected true or false, found {scalar(node)!r}")
    return scalar(node) == "true"


def among(node: yaml.Node, allowed: tuple[_T, ...]) -> _T:
    """One word of a known set."""
    for value in allowed:
        if value == scalar(node):
            return value
    raise YamlError(line_of(node), f"{scalar(node)!r} is none of {', '.join(allowed)}")


def number(node: yaml.Node, largest: float) -> float:
    """A number above 0, bounded."""
    try:
        found = float(scalar(node))
    except ValueError:
        found = -1.0
    if not 0 < found <= largest:
        raise YamlError(line_of(node), f"expected a number above 0, at most {largest:g}")
    return found
