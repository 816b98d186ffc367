"""Places inside communes, and other spellings of units: what people write instead of a unit's official name.

All files are a province's own knowledge and optional; a row that would only confuse is refused with its line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from ioc.catalog.model import NOTHING_EVERYDAY, Everyday, Landmark, Spelling
from ioc.catalog.tables import Row, read_rows
from ioc.text.normalise import fold, normalise

GAZETTEER_FILE: Final = "gazetteer.csv"
SPELLINGS_FILE: Final = "spellings.csv"
EVERYDAY_FILE: Final = "everyday.csv"

ROAD: Final = "road"
KINDS: Final = frozenset(
    {
        "airport",
        "border_gate",
        "bridge",
        "hospital",
        "hotel_area",
        "industrial_zone",
        "island",
        "lake",
        "mall",
        "market",
        "mine",
        "neighbourhood",
        "office",
        "port",
        "river",
        ROAD,
        "school",
        "square",
        "stadium",
        "station",
        "temple",
        "tourist_site",
        "tunnel",
    }
)
_LEAST_SHORT: Final = 2
"""Letters of the shortest abbreviation: a single one is a house number or a slip."""


def read_landmarks(
    files: Mapping[str, bytes], communes: Collection[str], unit_names: Collection[str]
) -> tuple[Landmark, ...]:
    """Rows of the gazetteer; without the file, none.

    Args:
        files: Content by file name.
        communes: Codes in force.
        unit_names: Bare names of units in the form of ``Normalised.text``: a landmark may not be called like a unit.

    Raises:
        CatalogueError: with file, line, column and reason.

    """
    if GAZETTEER_FILE not in files:
        return ()
    landmarks: list[Landmark] = []
    lines: dict[tuple[str, str], int] = {}
    for row in read_rows(files, GAZETTEER_FILE, ("name", "kind", "aliases", "commune_code", "common")):
        codes = row.several("commune_code", communes, "commune of communes.csv")
        if not codes:
            raise row.error("commune_code", "must not be empty")
        names = (row.text("name"), *_parts(row, "aliases"))
        for name in names:
            marked = _marked(row, "name" if name == names[0] else "aliases", name)
            if marked in unit_names:
                raise row.error("name" if name == names[0] else "aliases", f"{name!r} is the name of a unit")
            for code in codes:
                if lines.setdefault((marked, code), row.line) != row.line:
                    raise row.error("name", f"{name!r} stands in line {lines[marked, code]} already for {code}")
        landmarks.append(Landmark(names, row.among("kind", KINDS, "kind of place"), codes, row.flag("common")))
    return tuple(landmarks)


def read_spellings(files: Mapping[str, bytes], unit_names: Collection[str]) -> tuple[Spelling, ...]:
    """Abbreviations and foreign forms of unit names; without the file, none.

    Raises:
        CatalogueError: with file, line, column and reason.

    """
    if SPELLINGS_FILE not in files:
        return ()
    spellings: list[Spelling] = []
    lines: dict[str, int] = {}
    for row in read_rows(files, SPELLINGS_FILE, ("name", "short", "other")):
        if _marked(row, "name", row.text("name")) not in unit_names:
            raise row.error("name", f"{row.text('name')!r} is no bare name of a unit")
        short, other = _parts(row, "short"), _parts(row, "other")
        for column, forms in (("short", short), ("other", other)):
            for form in forms:
                marked = _marked(row, column, form)
                if column == "short" and (len(form) < _LEAST_SHORT or " " in form):
                    raise row.error(column, f"{form!r} is no abbreviation: expected one word of two letters or more")
                if marked in unit_names:
                    raise row.error(column, f"{form!r} is the name of a unit")
                if lines.setdefault(marked, row.line) != row.line:
                    raise row.error(column, f"{form!r} stands in line {lines[marked]} already")
        # What all writers shorten so ("vh" is a pavement, "mk" is "mình") is written out before names are looked for.
        clear = tuple(form for form in short if normalise(form).text == form.lower())
        spellings.append(Spelling(row.text("name"), clear, other))
    return tuple(spellings)


def read_everyday(files: Mapping[str, bytes]) -> Everyday:
    """What looks like a name and is none; without the file, nothing.

    Raises:
        CatalogueError: with file, line, column and reason.

    """
    if EVERYDAY_FILE not in files:
        return NOTHING_EVERYDAY
    unmarked: set[str] = set()
    phrases: set[str] = set()
    lines: dict[tuple[str, str], int] = {}
    for row in read_rows(files, EVERYDAY_FILE, ("name", "means")):
        name, means = _marked(row, "name", row.text("name")), _marked(row, "means", row.text("means"))
        if lines.setdefault((name, means), row.line) != row.line:
            raise row.error("name", f"{row.text('name')!r} stands in line {lines[name, means]} already")
        if fold(name) == fold(means):
            unmarked.add(name)
        elif f" {name} " in f" {means} ":
            phrases.add(means)
        else:
            wanted = f"{row.text('name')!r} with other marks, or within a phrase"
            raise row.error("means", f"{row.text('means')!r} is not {wanted}")
    return Everyday(frozenset(unmarked), tuple(sorted(phrases)))


def _parts(row: Row, column: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.cells[column].split(";") if part.strip())


def _marked(row: Row, column: str, name: str) -> str:
    marked = normalise(name).text
    if not fold(marked).strip():
        raise row.error(column, f"{name!r} has no letters")
    return marked
