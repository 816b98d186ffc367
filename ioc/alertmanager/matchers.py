"""Matchers as Alertmanager's clients write them: ``label="value"``, ``!=``, ``=~``, ``!~``; expressions are anchored.

A label that is not there has the empty value, as in Prometheus. Expressions are bounded: Alertmanager's engine takes
linear time whatever is asked, Python's does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MAX_CHARS: Final = 500
_MAX_REPEATS: Final = 3
"""Unbounded repeats in one expression: the steps that a value of n characters takes grow as n to this power."""

_MATCHER: Final = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_ESCAPE: Final = re.compile(r'\\([n"\\])')
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.")
_REPEAT: Final = re.compile(r"[*+]|\{\d+,\d*\}")
_NESTED: Final = re.compile(r"\([^()]*(?:[*+]|\{\d+,\d*\})[^()]*\)(?:[*+]|\{)")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label.

    Attributes:
        name: Label.
        value: What it is compared with, or the expression.
        regex: Whether the value is an expression.
        equal: Whether it has to fit, or must not.

    """

    name: str
    value: str
    regex: bool
    equal: bool
    pattern: re.Pattern[str] | None = None

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether it is fulfilled."""
        found = labels.get(self.name, "")
        same = self.pattern.fullmatch(found) is not None if self.pattern is not None else found == self.value
        return same is self.equal

    def as_record(self) -> dict[str, object]:
        """As the API tells it."""
        return {"name": self.name, "value": self.value, "isRegex": self.regex, "isEqual": self.equal}


def read_filter(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Read the values of ``filter``; each is a matcher, or several in braces or separated by commas.

    Raises:
        ValueError: with what was expected.

    """
    return tuple(read_matcher(piece) for text in texts for piece in _pieces(text))


def read_matcher(text: str) -> Matcher:
    """Read one matcher.

    Raises:
        ValueError: with what was expected.

    """
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError('bad matcher format: expected for instance severity="critical" or centre=~"a|b"')
    name, operator, written = found.groups()
    value = _unquoted(written)
    regex = operator in {"=~", "!~"}
    return Matcher(name, value, regex, operator in {"=", "=~"}, read_pattern(value) if regex else None)


def read_pattern(text: str) -> re.Pattern[str]:
    """Read an expression.

    Raises:
        ValueError: it is none, or takes too long to compare with.

    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"an expression has at most {MAX_CHARS} characters")
    plain = _CLASS.sub("x", text)
    if len(_REPEAT.findall(plain)) > _MAX_REPEATS or _NESTED.search(plain):
        raise ValueError(f"an expression has at most {_MAX_REPEATS} repeats (* + {{n,}}), and none within another")
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None


def _pieces(text: str) -> list[str]:
    if len(text) > MAX_CHARS:
        raise ValueError(f"a filter has at most {MAX_CHARS} characters")
    pieces, quoted, escaped = [""], False, False
    for char in text.strip().removeprefix("{").removesuffix("}"):
        if char == "," and not quoted:
            pieces.append("")
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = char == "\\" and not escaped
        pieces[-1] += char
    return [piece for piece in pieces if piece.strip()]


def _unquoted(written: str) -> str:
    if not written.startswith('"'):
        if '"' in written:
            raise ValueError("bad matcher format: a quote within a value that has none around it")
        return _ESCAPE.sub(_escaped, written)
    if len(written) < 2 or not written.endswith('"'):
        raise ValueError("bad matcher format: a quote is not closed")
    inner = written[1:-1]
    if '"' in _ESCAPE.sub("", inner):
        raise ValueError("bad matcher format: a quote within a value that is not escaped")
    return _ESCAPE.sub(_escaped, inner)


def _escaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
