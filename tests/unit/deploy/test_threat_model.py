"""Each row of the threat model names tests, and all of them exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "deploy" / "guides" / "security.md"
STRIDE = "STRIDE"

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    lines = [line for line in GUIDE.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("| |")]


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_bytes())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def test_each_row_says_what_is_done_and_which_test_shows_it() -> None:
    found = [row for row in rows() if row[0] != "---"]
    assert len(found) > 30
    assert {row[0] for row in found} == set(STRIDE)
    for letter, threat, done, shown in found:
        assert threat, letter
        assert done, threat
        assert _TEST.search(shown), threat
        assert not _TEST.sub("", shown).strip(" ,"), threat


def test_every_test_that_is_named_exists() -> None:
    named = _TEST.findall(GUIDE.read_text())
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in defined_in(path)]
    assert not missing
