"""Matchers: ``label = value``, ``!=``, ``=~`` and ``!~`` as Alertmanager has them, regular expressions anchored."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from shapely import Polygon, contains_xy

from ioc.routing.labels import MODES, Known, Labels, Moment
from ioc.vocabulary import CATEGORIES, SEVERITIES, SOURCES, UNLOCATED_COMMUNE

Label = Literal["category", "subcategory", "severity", "source", "commune", "centre", "area", "time", "mode"]

_MATCHER: Final = re.compile(r"\s*([a-z_]+)\s*(=~|!~|!=|=)\s*(.+?)\s*")
_MAX_PATTERN: Final = 200


class Area(NamedTuple):
    """A named part of the province: communes, or a polygon."""

    communes: frozenset[str] = frozenset()
    shape: Polygon | None = None

    def holds(self, labels: Labels) -> bool:
        """Whether it happened there."""
        if self.shape is None:
            return labels.commune in self.communes
        if labels.lat is None or labels.lon is None:
            return False
        return bool(contains_xy(self.shape, labels.lon, labels.lat))


class Window(NamedTuple):
    """Named local times: minutes of the day on some days of the week; ``end`` at or before ``begin`` is the next day.

    A window that passes midnight belongs to the day on which it begins.
    """

    days: frozenset[int]
    begin: int
    end: int

    def holds(self, moment: Moment) -> bool:
        """Whether a time is within."""
        if self.begin < self.end:
            return moment.weekday in self.days and self.begin <= moment.minute < self.end
        late = moment.weekday in self.days and moment.minute >= self.begin
        early = (moment.weekday - 1) % 7 in self.days and moment.minute < self.end
        return late or early


@dataclass(frozen=True, slots=True)
class Names:
    """What the file itself names."""

    areas: Mapping[str, Area]
    times: Mapping[str, tuple[Window, ...]]


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label.

    Attributes:
        label: What it looks at.
        operator: How.
        value: As it is written.
        holds: Whether it is fulfilled.

    """

    label: Label
    operator: str
    value: str
    holds: Callable[[Labels, Moment], bool]

    def __str__(self) -> str:
        return f"{self.label} {self.operator} {self.value}"


def parse(text: str, known: Known, names: Names) -> Matcher:
    """Read ``label operator value``.

    Raises:
        ValueError: with what was expected.

    """
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no matcher: expected for instance category = traffic, or severity =~ critical|high"
        )
    label, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    values = {
        "category": CATEGORIES,
        "severity": SEVERITIES,
        "source": SOURCES,
        "mode": MODES,
        "centre": known.centres,
        "commune": {*known.communes, UNLOCATED_COMMUNE},
        "area": names.areas,
        "time": names.times,
    }
    if label == "subcategory":
        holds = _word(label, operator, value)
    elif label in {"area", "time"}:
        if operator not in {"=", "!="}:
            raise ValueError(f"{label} takes = and != only")
        _among(label, value, values[label])
        holds = _named(label, value, names, wanted=operator == "=")
    elif label in values:
        if operator in {"=", "!="}:
            _among(label, value, values[label])
        holds = _word(label, operator, value)
        if operator in {"=~", "!~"} and not any(_compiled(value).fullmatch(each) for each in values[label]):
            raise ValueError(f"no {label} fits {value!r}")
    else:
        raise ValueError(f"{label!r} is none of {', '.join((*values, 'subcategory'))}")
    return Matcher(label, operator, value, holds)  # type: ignore[arg-type]  # one of the labels, as was asked above


def _word(label: str, operator: str, value: str) -> Callable[[Labels, Moment], bool]:
    if operator == "=":
        return lambda labels, _: getattr(labels, label) == value
    if operator == "!=":
        return lambda labels, _: getattr(labels, label) != value
    fits = _compiled(value).fullmatch
    if operator == "=~":
        return lambda labels, _: fits(getattr(labels, label)) is not None
    return lambda labels, _: fits(getattr(labels, label)) is None


def _named(label: str, value: str, names: Names, *, wanted: bool) -> Callable[[Labels, Moment], bool]:
    if label == "area":
        area = names.areas[value]
        return lambda labels, _: area.holds(labels) is wanted
    windows = names.times[value]
    return lambda _, moment: any(window.holds(moment) for window in windows) is wanted


def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > _MAX_PATTERN:
        raise ValueError(f"a regular expression has at most {_MAX_PATTERN} characters")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


def _among(label: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise ValueError(f"{value!r} is no {label}; known: {', '.join(sorted(known))}")
