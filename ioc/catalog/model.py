"""What a province consists of, and what locating and routing answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ioc.clocks import Target

LocatedBy = Literal["polygon", "nearest", "offshore", "catalogue", "text", "none"]


@dataclass(frozen=True, slots=True)
class Province:
    """The province itself; the box is its land area in degrees, ``margin_km`` how far outside still counts."""

    code: str
    name_vi: str
    name_en: str
    timezone: str
    south: float
    west: float
    north: float
    east: float
    margin_km: float


@dataclass(frozen=True, slots=True)
class Centre:
    """An operations centre; its code names its alert topic."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune-level unit in force; ``name`` begins with its unit word, ``common``: it is an everyday word too."""

    code: str
    name: str
    centre: str
    centre_also: str | None
    lat: float | None
    lon: float | None
    common: bool


@dataclass(frozen=True, slots=True)
class LegacyUnit:
    """A unit that people still name. ``communes``: what became of it, the largest part first."""

    code: str
    names: tuple[str, ...]
    district: str
    communes: tuple[str, ...]
    lat: float | None
    lon: float | None
    common: bool


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that people name inside communes. ``names``: its own, then others that mean it.

    ``common``: the names are everyday words too, or found all over the country.
    """

    names: tuple[str, ...]
    kind: str
    communes: tuple[str, ...]
    common: bool


@dataclass(frozen=True, slots=True)
class Spelling:
    """Other forms of a unit's bare name.

    ``short``: abbreviations, which mean the unit only beside a unit word or another place; ``other``: the name as
    other languages or keyboards write it.
    """

    name: str
    short: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Everyday:
    """What looks like a name and is none, in the form of ``Normalised.text``.

    ``unmarked``: names that without their marks are read as other words; ``phrases``: words that a name is part of.
    """

    unmarked: frozenset[str]
    phrases: tuple[str, ...]


NOTHING_EVERYDAY: Final = Everyday(frozenset(), ())


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a text names: ``name`` as the data spells it, and where it stands in the original text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Department:
    """A unit that handles incidents; ``phone`` is its public hotline."""

    code: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Duty:
    """How long handling an incident may take, and whether a photo has to show that it was done."""

    target: Target
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """Where something happened, how that is known, and how surely.

    Attributes:
        commune: Code of the commune, or ``UNLOCATED_COMMUNE``.
        commune_name: Its full name; empty when unlocated.
        centre: The one centre that gets the alert.
        centre_also: A second centre with a part in the commune.
        lat: Latitude of the position that was used; ``None`` when there was none or it was unusable.
        lon: Longitude of it.
        by: ``polygon`` inside a boundary, ``offshore`` nearest boundary within 5 km, ``nearest`` reference point,
            ``catalogue`` the register of devices, ``text`` a place name, ``none`` nothing, or only a road that leads
            through several centres.
        confidence: Estimated probability that the commune is right.
        candidates: All communes that it may be, the best first.
        candidate_confidences: Of each candidate, estimated; they add up to 1 at most.
        text_commune: What the text alone says, where a position decided; differs from ``commune`` when they disagree.
        place: The place that the text names, also where a position decided.

    """

    commune: str
    commune_name: str
    centre: str
    centre_also: str | None
    lat: float | None
    lon: float | None
    by: LocatedBy
    confidence: float
    candidates: tuple[str, ...]
    candidate_confidences: tuple[float, ...] = ()
    text_commune: str | None = None
    place: Place | None = None
