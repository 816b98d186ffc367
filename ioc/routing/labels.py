"""What a routing tree is asked about, and where and when that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, Protocol, get_args

from ioc.vocabulary import Category, Severity, Source

Mode = Literal["normal", "emergency"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
"""Whether an emergency mode is in force where it happened."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is to be routed.

    Attributes:
        category: Of the incident.
        subcategory: Of the incident.
        severity: Of the incident.
        source: Of the signal that opened it.
        commune: Code, or ``UNLOCATED_COMMUNE``.
        centre: The commune's.
        at: Event time, aware: effective dates and times of day go by it, in the province's zone.
        lat: Degrees, WGS 84; none: no polygon matches.
        lon: See ``lat``.
        mode: Whether an emergency mode is in force there.

    """

    category: Category
    subcategory: str
    severity: Severity
    source: Source
    commune: str
    centre: str
    at: datetime
    lat: float | None = None
    lon: float | None = None
    mode: Mode = "normal"


class CommuneLike(Protocol):
    """A commune, as far as routes know it."""

    @property
    def centre(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a tree may name: centres, communes with their centre, handling units."""

    centres: frozenset[str]
    communes: Mapping[str, CommuneLike]
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in the province's zone, as routes look at it."""

    day: date
    weekday: int
    """0 is Monday."""
    minute: int
    """Of the day."""

    @classmethod
    def of(cls, local: datetime) -> Moment:
        """Of a time in the province's zone."""
        return cls(local.date(), local.weekday(), 60 * local.hour + local.minute)
