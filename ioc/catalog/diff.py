"""What differs between two provinces' files: tables by their rows' keys, boundaries by commune, the rest by line."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from ioc.catalog.content import BOUNDARIES_FILE, Content
from ioc.catalog.devices import DEVICES_FILE
from ioc.catalog.duties import FILE as DUTY_FILE
from ioc.catalog.gazetteer import EVERYDAY_FILE, GAZETTEER_FILE, SPELLINGS_FILE
from ioc.catalog.hamlets import HAMLETS_FILE

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "centres.csv": ("code", "valid_from"),
    "communes.csv": ("code", "valid_from"),
    "departments.csv": ("code", "valid_from"),
    "legacy_units.csv": ("code", "name"),
    DUTY_FILE: ("category", "subcategory", "valid_from"),
    DEVICES_FILE: ("id",),
    GAZETTEER_FILE: ("name", "commune_code"),
    HAMLETS_FILE: ("id",),
    SPELLINGS_FILE: ("name",),
    EVERYDAY_FILE: ("name", "means"),
}
"""Columns that tell a table's rows apart; a row with another day of beginning is another row."""

What = Literal["added", "removed", "changed"]
Cells = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row, line or polygon.

    Attributes:
        file: Name of the file.
        what: What became of it.
        key: The row's key, its parts joined by ``/``; of a line, its number in the file that has it.
        cells: For a changed row, by column, the cell before and after.
        text: The line.

    """

    file: str
    what: What
    key: str
    cells: Cells | None = None
    text: str | None = None


def differences(old: Content, new: Content) -> list[Difference]:
    """All that differs, file by file in the order of their names; a file that is not there is an empty one."""
    found: list[Difference] = []
    for name in sorted(old.files.keys() | new.files.keys()):
        before, after = old.files.get(name, b""), new.files.get(name, b"")
        if before != after:
            found += _rows(name, before, after) if name in KEYS else _lines(name, before, after)
    if old.boundaries != new.boundaries:
        found += _polygons(old.boundaries or b"", new.boundaries or b"")
    return found


def _rows(file: str, before: bytes, after: bytes) -> Iterable[Difference]:
    old, new = _table(file, before), _table(file, after)
    if old is None or new is None:
        return _lines(file, before, after)
    found = [Difference(file, "removed", _shown(key)) for key in old.keys() - new.keys()]
    found += [Difference(file, "added", _shown(key)) for key in new.keys() - old.keys()]
    for key in old.keys() & new.keys():
        columns = dict.fromkeys((*old[key], *new[key]))
        pairs = {column: (old[key].get(column, ""), new[key].get(column, "")) for column in columns}
        if changed := {column: pair for column, pair in pairs.items() if pair[0] != pair[1]}:
            found.append(Difference(file, "changed", _shown(key), changed))
    return sorted(found, key=lambda each: each.key)


def _table(file: str, raw: bytes) -> dict[tuple[str, ...], dict[str, str]] | None:
    """Rows by key; None where it is no such table. A key that stands twice is told by its number."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    if not raw:
        return rows
    try:
        reader = csv.DictReader(raw.decode("utf-8-sig").splitlines(), strict=True)
        if not set(KEYS[file]) <= set(reader.fieldnames or ()):
            return None
        seen: Counter[tuple[str, ...]] = Counter()
        for row in reader:
            if None in row or None in row.values():
                return None
            cells = {column: cell.strip() for column, cell in row.items()}
            key = tuple(cells[column] for column in KEYS[file])
            seen[key] += 1
            rows[key if seen[key] == 1 else (*key, str(seen[key]))] = cells
    except (UnicodeDecodeError, csv.Error):
        return None
    return rows


def _shown(key: Sequence[str]) -> str:
    return "/".join(part for part in key if part)


def _lines(file: str, before: bytes, after: bytes) -> Iterable[Difference]:
    old, new = (raw.decode(errors="replace").splitlines() for raw in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found: list[Difference] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            found += [Difference(file, "removed", f"{n + 1}", text=old[n]) for n in range(old_from, old_to)]
            found += [Difference(file, "added", f"{n + 1}", text=new[n]) for n in range(new_from, new_to)]
    return found or [Difference(file, "changed", "", text="line ends or encoding only")]


def _polygons(before: bytes, after: bytes) -> Iterable[Difference]:
    old, new = _geometries(before), _geometries(after)
    for code in sorted(old.keys() | new.keys()):
        if code not in new:
            yield Difference(BOUNDARIES_FILE, "removed", code)
        elif code not in old:
            yield Difference(BOUNDARIES_FILE, "added", code)
        elif old[code] != new[code]:
            yield Difference(BOUNDARIES_FILE, "changed", code)


def _geometries(raw: bytes) -> dict[str, object]:
    """Geometries by commune; none where it cannot be read, which checking says."""
    try:
        return {str(each["properties"]["code"]): each["geometry"] for each in orjson.loads(raw)["features"]}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
