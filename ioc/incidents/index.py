"""Finding what a signal may belong to without a scan: by device condition, cell of a grid, commune, words, photo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import cos, floor, hypot, radians
from typing import Final, TypeVar

_METRES_PER_DEGREE: Final = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""
_NARROWEST: Final = 0.5
"""Cosine of 60°: up to there a cell is at least one radius wide."""
_ROW: Final = 1 << 24
"""Numbers of cells from one row to the next: more than there are columns, a metre wide, around the earth at 60°."""
_MAX_ALIKE: Final = 128
"""Incidents that the hashes of one text may lead to, the rarest hashes first."""
_MAX_COMPARED: Final = 8
"""Incidents that a text is compared with, those that share most."""

Cell = tuple[str, int, int]
_K = TypeVar("_K")


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance of two near points, metres (error below 0.1 % within 10 km)."""
    north = (other_lat - lat) * _METRES_PER_DEGREE
    east = (other_lon - lon) * _METRES_PER_DEGREE * cos(radians((lat + other_lat) / 2))
    return hypot(north, east)


def cell_of(group: str, radius_m: float, lat: float, lon: float) -> Cell:
    """Cell of a group's grid; what is within ``radius_m`` is in this cell or in one of the eight around it."""
    size = radius_m / _METRES_PER_DEGREE
    return group, floor(lat / size), floor(lon / (size / _NARROWEST))


def head_key(affinity: str, *, made: bool) -> str:
    """Name of the grid in which the greater things of an affinity are; what is made has one of its own."""
    return f">{affinity}~" if made else f">{affinity}"


def sign_key(affinity: str, *, made: bool) -> str:
    """Name of the grid in which the signs of an affinity are; what is made has one of its own."""
    return f"<{affinity}~" if made else f"<{affinity}"


def past_key(group: str) -> str:
    """Name of the grid of what was resolved."""
    return f"^{group}"


class Index:
    """Incident ids by what leads to them. Order plays no part: who asks picks the best."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[int, set[str]]] = {}
        self._communes: dict[tuple[str, str], set[str]] = {}
        self._conditions: dict[str, set[str]] = {}
        self._texts: dict[tuple[str, bytes], set[str]] = {}
        self._photos: dict[str, set[str]] = {}

    def near(self, cell: Cell) -> Iterator[str]:
        """Incidents of a cell and the eight around it."""
        group, row, column = cell
        if not (cells := self._cells.get(group)):
            return
        middle = row * _ROW + column
        for left in (middle - _ROW - 1, middle - 1, middle + _ROW - 1):
            for number in (left, left + 1, left + 2):
                if found := cells.get(number):
                    yield from found

    def in_commune(self, group: str, commune: str) -> Iterator[str]:
        """Incidents of a group in a commune."""
        yield from self._communes.get((group, commune), ())

    def with_condition(self, condition: str) -> Iterator[str]:
        """Incidents that have or had a machine condition."""
        yield from self._conditions.get(condition, ())

    def with_words(self, commune: str, anchors: Iterable[bytes]) -> list[str]:
        """The few incidents of a commune whose texts have most of these hashes.

        The rarest hashes lead first; what many incidents have in common leads to none of them: it would be a scan.
        """
        texts = self._texts
        found = sorted(filter(None, (texts.get((commune, anchor)) for anchor in anchors)), key=len)
        shared: dict[str, int] = {}
        visited = 0
        for count, incidents in enumerate(found):
            visited += len(incidents)
            if visited > _MAX_ALIKE:
                del found[count:]
                break
            for incident in incidents:
                shared[incident] = shared.get(incident, 0) - 1
        chosen = [incident for _, incident in sorted((n, incident) for incident, n in shared.items() if n < -1)]
        # With one hash in common, those of the rarest first.
        for incidents in found:
            if len(chosen) >= _MAX_COMPARED:
                break
            chosen += sorted(incident for incident in incidents if shared[incident] == -1)
        return chosen[:_MAX_COMPARED]

    def with_photo(self, photo: str) -> Iterator[str]:
        """Incidents with evidence that has this photo."""
        yield from self._photos.get(photo, ())

    def add_words(self, commune: str, anchor: bytes, incident: str) -> None:
        """File an incident under a hash of its texts."""
        self._texts.setdefault((commune, anchor), set()).add(incident)

    def remove_words(self, commune: str, anchor: bytes, incident: str) -> None:
        """Take an incident away from a hash."""
        _remove(self._texts, (commune, anchor), incident)

    def add_photo(self, photo: str, incident: str) -> None:
        """File an incident under a photo."""
        self._photos.setdefault(photo, set()).add(incident)

    def remove_photo(self, photo: str, incident: str) -> None:
        """Take an incident away from a photo."""
        _remove(self._photos, photo, incident)

    def add_cell(self, cell: Cell, incident: str) -> None:
        """File an incident under a cell."""
        group, row, column = cell
        self._cells.setdefault(group, {}).setdefault(row * _ROW + column, set()).add(incident)

    def remove_cell(self, cell: Cell, incident: str) -> None:
        """Take an incident out of a cell."""
        group, row, column = cell
        _remove(self._cells[group], row * _ROW + column, incident)

    def add_commune(self, group: str, commune: str, incident: str) -> None:
        """File an incident under its commune."""
        self._communes.setdefault((group, commune), set()).add(incident)

    def remove_commune(self, group: str, commune: str, incident: str) -> None:
        """Take an incident out of its commune."""
        _remove(self._communes, (group, commune), incident)

    def add_condition(self, condition: str, incident: str) -> None:
        """File an incident under a condition."""
        self._conditions.setdefault(condition, set()).add(incident)

    def remove_condition(self, condition: str, incident: str) -> None:
        """Take an incident out of a condition."""
        _remove(self._conditions, condition, incident)


def _remove(table: dict[_K, set[str]], key: _K, incident: str) -> None:
    members = table[key]
    members.discard(incident)
    if not members:
        del table[key]
