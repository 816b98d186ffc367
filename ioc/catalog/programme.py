"""Programmes of mobile coverage: spots that are to get a signal, and sites on which a technology is tried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from ioc.catalog.geometry import KM_PER_DEGREE
from ioc.catalog.model import Province
from ioc.events.bts import Technology
from ioc.tomlfile import Table, read_toml

PROGRAMME_FILE: Final = "gap_programme.toml"
TRIALS_FILE: Final = "trial_sites.toml"

Planned = Literal["planned", "on_air"]
PLANNED: Final[tuple[Planned, ...]] = get_args(Planned)
_TECHNOLOGIES: Final[tuple[Technology, ...]] = get_args(Technology)


@dataclass(frozen=True, slots=True)
class Spot:
    """A hamlet or quarter that is to get a signal.

    Attributes:
        id: Of the file's own.
        name: What people call it.
        commune: Code of its commune.
        state: What the programme says of it.
        lat: WGS 84 degrees, with ``lon``; none where that is not public.
        lon: See ``lat``.
        operator: Whose coverage counts; none: anybody's.
        technology: Of which technology; none: any.

    """

    id: str
    name: str
    commune: str
    state: Planned
    lat: float | None
    lon: float | None
    operator: str | None
    technology: Technology | None

    def wants(self, operator: str, technology: str) -> bool:
        """Whether this operator's coverage in this technology is what the spot waits for."""
        return self.operator in {None, operator} and self.technology in {None, technology}


@dataclass(frozen=True, slots=True)
class GapProgramme:
    """Spots with what is known of each, and how many there are of which nothing more is known.

    Attributes:
        stations: To be built.
        stations_on_air: Of them.
        spots: Those that have a row of their own.
        unnamed: Others, by state.
        source: Where the figures stand.

    """

    stations: int = 0
    stations_on_air: int = 0
    spots: tuple[Spot, ...] = ()
    unnamed: Mapping[Planned, int] | None = None
    source: str = ""

    def counts(self, verified: Collection[str] = ()) -> Mapping[str, int]:
        """Spots by state: planned, on_air and, of those whose ids are given, verified."""
        counts = Counter[str](dict.fromkeys((*PLANNED, "verified"), 0))
        counts.update(self.unnamed or {})
        counts.update("verified" if spot.id in verified else spot.state for spot in self.spots)
        return counts


@dataclass(frozen=True, slots=True)
class Trial:
    """A site on which a technology is tried out; base stations of the register belong to it by a tag."""

    code: str
    name: str
    technology: Technology


def read_programme(files: Mapping[str, bytes], province: Province, communes: Collection[str]) -> GapProgramme:
    """The programme against gaps; an empty one where the province has none.

    Raises:
        ConfigError: names file, line and key.

    """
    if PROGRAMME_FILE not in files:
        return GapProgramme()
    root = read_toml(files[PROGRAMME_FILE], PROGRAMME_FILE)
    root.text("name")
    root.day("date")
    stations = _count(root, "stations")
    on_air = _count(root, "stations_on_air")
    if on_air > stations:
        raise root.error("must not be more than `stations`", "stations_on_air")
    unnamed = root.table("unnamed")
    counted = {state: _count(unnamed, state) for state in PLANNED if state in unnamed}
    unnamed.done()
    spots: dict[str, Spot] = {}
    for entry in root.tables("spot"):
        spot = _spot(entry, province, communes)
        if spot.id in spots:
            raise entry.error("is listed twice", "id")
        spots[spot.id] = spot
    programme = GapProgramme(stations, on_air, tuple(spots.values()), counted, root.text("source"))
    root.done()
    return programme


def read_trials(files: Mapping[str, bytes]) -> Mapping[str, Trial]:
    """Trial sites by code; none where the province has no such file.

    Raises:
        ConfigError: names file, line and key.

    """
    if TRIALS_FILE not in files:
        return {}
    root = read_toml(files[TRIALS_FILE], TRIALS_FILE)
    trials: dict[str, Trial] = {}
    for entry in root.tables("trial"):
        trial = Trial(entry.text("code"), entry.text("name"), _technology(entry))
        entry.text("source")
        entry.day("date")
        entry.done()
        if trial.code in trials:
            raise entry.error("is listed twice", "code")
        trials[trial.code] = trial
    root.done()
    return trials


def _count(table: Table, key: str) -> int:
    number = table.number(key, low=0.0)
    if not number.is_integer():
        raise table.error("must be a whole number", key)
    return int(number)


def _technology(entry: Table) -> Technology:
    return cast("Technology", entry.choice("technology", _TECHNOLOGIES))


def _spot(entry: Table, province: Province, communes: Collection[str]) -> Spot:
    commune = entry.text("commune")
    if commune not in communes:
        raise entry.error("is no commune of communes.csv", "commune")
    margin = province.margin_km / KM_PER_DEGREE
    bounds = {
        "lat": (province.south - margin, province.north + margin),
        "lon": (province.west - margin, province.east + margin),
    }
    place: dict[str, float] = {}
    for key, (low, high) in bounds.items():
        if key in entry:
            place[key] = entry.number(key)
            if not low <= place[key] <= high:
                raise entry.error("lies outside the province's box", key)
    if len(place) == 1:
        raise entry.error("lat and lon must both stand, or neither", next(iter(place)))
    spot = Spot(
        id=entry.text("id"),
        name=entry.text("name"),
        commune=commune,
        state=cast("Planned", entry.choice("state", PLANNED)),
        lat=place.get("lat"),
        lon=place.get("lon"),
        operator=entry.text("operator") if "operator" in entry else None,
        technology=_technology(entry) if "technology" in entry else None,
    )
    entry.text("source")
    entry.day("date")
    entry.done()
    return spot
