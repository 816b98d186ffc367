"""Which routes can never get anything: those whose matchers contradict, and those that others stand before.

Everything that can be asked about is a point in a space of seven dimensions: kind, severity, source, place, time of the
week, mode, day. Each is finite once it is cut at what a file names, so a route is a box in it, and what earlier
routes leave of a box can be counted. Polygons and regular expressions of subcategories cannot be cut like that: a route
with one is never said to be out of reach, and never said to stand in another's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from ioc.catalog.tables import Period
from ioc.routing.labels import MODES, Known, Labels, Mode, Moment
from ioc.routing.matchers import Matcher, Names
from ioc.routing.tree import Node
from ioc.vocabulary import CATEGORIES, SEVERITIES, SOURCES, UNLOCATED_COMMUNE

_OTHER: Final = "\0"
"""Every subcategory that the file does not name."""
_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DIMENSION: Final[Mapping[str, int]] = {
    "category": 0, "subcategory": 0, "severity": 1, "source": 2, "commune": 3, "centre": 3, "area": 3, "time": 4,
    "mode": 5,
}  # fmt: skip
_DAY: Final = 6

Box = tuple[frozenset[int], ...]
"""Numbers of points per dimension."""


class Blocked(NamedTuple):
    """A route that gets nothing, and the routes before it that get all of its; none: its own matchers contradict."""

    node: Node
    by: tuple[Node, ...]


def blocked(root: Node, known: Known, names: Names) -> Iterator[Blocked]:
    """Routes that can never get anything."""
    space = _Space(root, known, names)
    yield from _below(root, space.whole, space)


def _below(parent: Node, room: Box, space: _Space) -> Iterator[Blocked]:
    before: list[tuple[Node, Box]] = []
    for node in parent.routes:
        box, exact = space.box(node)
        own = _cut(box, room)
        if exact:
            left = [own] if all(own) else []
            for _, other in before:
                left = [part for each in left for part in _without(each, other)]
            if not left:
                yield Blocked(node, tuple(each for each, other in before if all(_cut(own, other))))
                continue
            if not node.goes_on:
                before.append((node, own))
        # What earlier routes take in part is not taken off: a child is judged by what its parent may get at most.
        yield from _below(node, own, space)


def _cut(one: Box, other: Box) -> Box:
    return tuple(mine & theirs for mine, theirs in zip(one, other, strict=True))


def _without(box: Box, other: Box) -> list[Box]:
    """Boxes that hold what is in one and not in the other."""
    common = _cut(box, other)
    if not all(common):
        return [box]
    left = []
    for number, side in enumerate(box):
        if rest := side - common[number]:
            left.append((*common[:number], rest, *box[number + 1 :]))
    return left


class _Space:
    """The dimensions, cut at what a file names."""

    def __init__(self, root: Node, known: Known, names: Names) -> None:
        self._names = names
        nodes = [*_all(root)]
        words = [matcher for node in nodes for matcher in node.matchers if matcher.label == "subcategory"]
        subs = [*dict.fromkeys(matcher.value for matcher in words if matcher.operator in {"=", "!="}), _OTHER]
        places = [(code, commune.centre) for code, commune in known.communes.items()]
        places += [(UNLOCATED_COMMUNE, centre) for centre in known.centres]
        cuts = sorted(
            {0} | {cut % 1440 for each in names.times.values() for one in each for cut in (one.begin, one.end)}
        )
        self._points: Sequence[Sequence[tuple[Labels, Moment]]] = [
            [(_labels(category=each, subcategory=sub), _moment()) for each in CATEGORIES for sub in subs],
            [(_labels(severity=each), _moment()) for each in SEVERITIES],
            [(_labels(source=each), _moment()) for each in SOURCES],
            [(_labels(commune=code, centre=centre), _moment()) for code, centre in places],
            [(_labels(), _moment(weekday=day, minute=cut)) for day in range(7) for cut in cuts],
            [(_labels(mode=each), _moment()) for each in MODES],
        ]
        self._days = _days(node.period for node in nodes)
        self.whole: Box = (
            *(frozenset(range(len(points))) for points in self._points),
            frozenset(range(len(self._days))),
        )

    def box(self, node: Node) -> tuple[Box, bool]:
        """Box of a route without its parents, and whether it is exactly what the route takes."""
        sides = [*self.whole]
        sides[_DAY] = frozenset(number for number, day in enumerate(self._days) if day in node.period)
        exact = True
        for matcher in node.matchers:
            if self._is_exact(matcher):
                side = _DIMENSION[matcher.label]
                sides[side] &= {number for number, point in enumerate(self._points[side]) if matcher.holds(*point)}
            else:
                exact = False
        return tuple(sides), exact

    def _is_exact(self, matcher: Matcher) -> bool:
        if matcher.label == "subcategory":
            return matcher.operator in {"=", "!="}
        return matcher.label != "area" or self._names.areas[matcher.value].shape is None


def _all(node: Node) -> Iterator[Node]:
    yield node
    for each in node.routes:
        yield from _all(each)


def _days(periods: Iterable[Period]) -> list[date]:
    """One day of every stretch in which the same routes are in force."""
    days = {date(1, 1, 2)}
    for period in periods:
        days |= {period.first} if period.first else set()
        days |= {period.last + timedelta(1)} if period.last else set()
    return sorted(days)


def _labels(
    *, category: str = "other", subcategory: str = "", severity: str = "low", source: str = "reports",
    commune: str = UNLOCATED_COMMUNE, centre: str = "", mode: Mode = "normal",
) -> Labels:  # fmt: skip
    return Labels(category, subcategory, severity, source, commune, centre, _AT, mode=mode)  # type: ignore[arg-type]  # codes


def _moment(weekday: int = 0, minute: int = 0) -> Moment:
    return Moment(date(1, 1, 1), weekday, minute)
