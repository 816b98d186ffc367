"""A province's catalogue: where is it, whose is it, who handles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from ioc.catalog.geometry import Boundaries, Plane, ReferencePoints
from ioc.catalog.load import Tables, read_tables
from ioc.catalog.model import Centre, Commune, Department, Duty, LocatedBy, Location
from ioc.catalog.names import DISTRICT, FORMER, NEW, Mention, PlaceNames
from ioc.classify.normalise import Normalised, normalise
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE, Category, Severity

MAX_ACCURACY_M: Final = 500.0
"""A position known worse than this gives way to a place name."""

_MAX_NEAREST_KM: Final = 25.0
"""Farther from every reference point, a position says nothing about the commune."""

_CLEAR_CENTRE_SHARE: Final = 0.75
"""A former district whose units mostly belong to one centre means that centre."""

_NOWHERE: Final = Location(UNLOCATED_COMMUNE, "", PROVINCE_CENTRE, None, None, None, "none", 0.0, ())


class Catalogue:
    """Everything that is known about a province; immutable, made by ``load_catalogue``."""

    def __init__(self, tables: Tables, boundaries: bytes | None) -> None:
        self._tables = tables
        self._plane = Plane(tables.province)
        self._names = PlaceNames(tables.communes, tables.legacy)
        old = [(unit.lat, unit.lon, unit.communes[0]) for unit in tables.legacy]
        new = [(commune.lat, commune.lon, commune.code) for commune in tables.communes.values()]
        points = [(lat, lon, code) for lat, lon, code in old + new if lat is not None and lon is not None]
        self._points = ReferencePoints(self._plane, points)
        self._boundaries = None if boundaries is None else Boundaries(self._plane, boundaries, tables.communes)

    @property
    def province_code(self) -> str:
        """Key of the province's records."""
        return self._tables.province.code

    @property
    def name_vi(self) -> str:
        """The province's Vietnamese name."""
        return self._tables.province.name_vi

    @property
    def name_en(self) -> str:
        """The province's English name."""
        return self._tables.province.name_en

    @property
    def timezone(self) -> str:
        """IANA name: local days and display follow it."""
        return self._tables.province.timezone

    @property
    def version(self) -> str:
        """Hash of the files: every decision says which catalogue it used."""
        return self._tables.version

    @property
    def centres(self) -> Mapping[str, Centre]:
        """Operations centres by code."""
        return self._tables.centres

    @property
    def communes(self) -> Mapping[str, Commune]:
        """Communes in force by code."""
        return self._tables.communes

    @property
    def departments(self) -> Mapping[str, Department]:
        """Handling units by code."""
        return self._tables.departments

    @property
    def place_names(self) -> tuple[str, ...]:
        """Bare names of all units, new and former: no matcher of words should read them as common words."""
        return self._names.spellings

    @property
    def has_boundaries(self) -> bool:
        """Whether positions are located by polygon."""
        return self._boundaries is not None

    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        """Who handles it and until when; ``at`` (aware) chooses among effective-dated rows."""
        return self._tables.duties.find(category, subcategory, severity, at)

    def locate(
        self,
        lat: float | None = None,
        lon: float | None = None,
        accuracy_m: float | None = None,
        text: str | Normalised | None = None,
    ) -> Location:
        """Where: a usable position decides, else a place name, else a rough position; never fails.

        Args:
            lat: Degrees, WGS 84.
            lon: Degrees, WGS 84.
            accuracy_m: Radius of the position in metres, when known.
            text: What was written; a text that is already normalised is not normalised again.

        """
        spoken = self._by_text(text) if text else None
        if lat is not None and lon is not None:
            exact = accuracy_m is None or accuracy_m <= MAX_ACCURACY_M
            placed = self._by_position(lat, lon) if exact or spoken is None else None
            if placed is not None:
                by, confidence, candidates = placed
                if accuracy_m is not None and not exact:
                    confidence *= MAX_ACCURACY_M / accuracy_m
                said = spoken[0][0] if spoken and spoken[1] else None
                return self._location(candidates, confidence, by, (lat, lon), said)
        if spoken is None:
            return _NOWHERE
        candidates, confidence = spoken
        if confidence:
            return self._location(candidates, confidence, "text")
        return replace(_NOWHERE, by="text", candidates=candidates)

    def _location(
        self,
        candidates: tuple[str, ...],
        confidence: float,
        by: LocatedBy,
        position: tuple[float | None, float | None] = (None, None),
        said: str | None = None,
    ) -> Location:
        best = self.communes[candidates[0]]
        sure = round(confidence, 2)
        return Location(best.code, best.name, best.centre, best.centre_also, *position, by, sure, candidates, said)

    def _by_position(self, lat: float, lon: float) -> tuple[LocatedBy, float, tuple[str, ...]] | None:
        if not self._plane.near_province(lat, lon):
            return None
        if self._boundaries is not None:
            found = self._boundaries.find(lat, lon)
            if found is None:
                return None
            return ("offshore", 0.7, (found[0],)) if found[1] else ("polygon", 0.99, (found[0],))
        first, first_km, second, second_km = self._points.nearest(lat, lon)
        if first_km > _MAX_NEAREST_KM:
            return None
        margin = 1.0 if second is None else (second_km - first_km) / (second_km + first_km)
        return "nearest", min(0.98, 0.5 + 1.2 * margin), (first,) if second is None else (first, second)

    def _by_text(self, text: str | Normalised) -> tuple[tuple[str, ...], float] | None:
        """Candidates, the best first, and confidence; confidence 0: they belong to different centres."""
        mentions = self._names.find(normalise(text) if isinstance(text, str) else text)
        if not mentions:
            return None
        chosen = self._choose(mentions)
        codes = tuple(dict.fromkeys(code for mention, codes in chosen for code in codes))
        shared = set(codes).intersection(*(codes for _, codes in chosen))
        if shared:
            codes = tuple(code for code in codes if code in shared)
        best = chosen[0][0]
        confidence = (0.7, 0.8, 0.9)[best.strength] * (1.0 if best.marked else 0.9)
        if len(codes) == 1:
            return codes, confidence
        if any(reading.age == DISTRICT for reading in best.readings):
            share = Counter(self.communes[code].centre for code in codes)
            first = self.communes[codes[0]].centre
            clear = share[first] / len(codes) >= _CLEAR_CENTRE_SHARE
            return codes, confidence / 2 if clear else 0.0
        one_centre = len({self.communes[code].centre for code in codes}) == 1
        return codes, confidence / 2 if one_centre else 0.0

    def _choose(self, mentions: Sequence[Mention]) -> list[tuple[Mention, tuple[str, ...]]]:
        """The mentions that say most, each with its communes, narrowed by the districts named beside them."""
        named: list[Mention] = []
        districts: set[tuple[str, ...]] = set()
        for mention in mentions:
            district = tuple(
                code for reading in mention.readings if reading.age == DISTRICT for code in reading.communes
            )
            if district:
                districts.add(district)
            else:
                named.append(mention)
        if not named:
            best = max(mentions, key=lambda mention: mention.strength)
            return [(best, _communes(best))]
        strongest = max(mention.strength for mention in named)
        chosen: dict[tuple[str, ...], Mention] = {}
        for mention in named:
            if mention.strength == strongest:
                codes = _communes(mention)
                for district in sorted(districts):
                    codes = tuple(code for code in codes if code in district) or codes
                chosen.setdefault(codes, mention)
        return [(mention, codes) for codes, mention in chosen.items()]


def _communes(mention: Mention) -> tuple[str, ...]:
    """What a mention may mean now: the unit in force first; a district's name outweighs a former unit's."""
    new = [code for reading in mention.readings if reading.age == NEW for code in reading.communes]
    district = [code for reading in mention.readings if reading.age == DISTRICT for code in reading.communes]
    former = [reading.communes for reading in mention.readings if reading.age == FORMER]
    if new and mention.strength == 2:
        return tuple(dict.fromkeys(new))
    if district:
        return tuple(dict.fromkeys(new + district))
    renamed = [codes[0] for codes in former] if new else [code for codes in former for code in codes]
    return tuple(dict.fromkeys(new + renamed))


def load_catalogue(files: Mapping[str, bytes], boundaries: bytes | None = None, *, on: date | None = None) -> Catalogue:
    """Make the catalogue from the files of a province's folder.

    Args:
        files: Content by file name; files that other parts own may be among them.
        boundaries: GeoJSON of commune polygons, each feature with ``properties.code``.
        on: Day whose state is wanted; ``None``: rows without an end.

    Raises:
        CatalogueError: with file, line, column and reason.

    """
    return Catalogue(read_tables(files, on), boundaries)
