"""What a model's fields mean, for those who read its schema instead of the code.

The code's own words come first. What it leaves to the name of a field, ``words.toml`` says.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from textwrap import dedent
from typing import Final

_SECTION: Final = re.compile(r"^Attributes:\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)
_ENTRY: Final = re.compile(r"^(\w+): ((?:.+(?:\n[ ]+.*)*))", re.MULTILINE)
_MARKUP: Final = re.compile(r":\w+:`~?([^`]*)`|``([^`]*)``")


@cache
def words_of(cls: type) -> dict[str, str]:
    """What is said of each field: below it, under ``Attributes`` of the class, in the table of its class, in common."""
    tables = _tables()
    return {**tables["common"], **tables.get(cls.__name__, {}), **_listed(cls), **_below(cls)}


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("ioc.contracts") / "words.toml").read_text(encoding="utf-8"))


def summary_of(cls: type) -> str:
    """What the class says of itself, its list of attributes aside."""
    text = inspect.cleandoc(cls.__doc__ or "")
    return _plain(_SECTION.sub("", text))


def _listed(cls: type) -> dict[str, str]:
    found = _SECTION.search(inspect.cleandoc(cls.__doc__ or "") + "\n")
    if found is None:
        return {}
    return {name: _plain(text) for name, text in _ENTRY.findall(dedent(found[1]))}


def _below(cls: type) -> dict[str, str]:
    body = _classes(cls.__module__).get(cls.__qualname__, [])
    said: dict[str, str] = {}
    for field, after in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            said[field.target.id] = _plain(after.value.value)
    return said


@cache
def _classes(module: str) -> dict[str, list[ast.stmt]]:
    """Bodies of a module's classes; there are none of one that is shipped without its source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):
        return {}
    return {each.name: each.body for each in tree.body if isinstance(each, ast.ClassDef)}


def _plain(text: str) -> str:
    """One paragraph without the markup of docstrings."""
    return _MARKUP.sub(lambda match: match[1] or match[2], " ".join(text.split()))
