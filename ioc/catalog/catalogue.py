"""A province's catalogue: where is it, whose is it, who handles it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from ioc.catalog.devices import Device
from ioc.catalog.evidence import Spoken, weigh
from ioc.catalog.geometry import Boundaries, Plane, ReferencePoints
from ioc.catalog.hamlets import Hamlet
from ioc.catalog.load import Tables, read_tables
from ioc.catalog.model import Centre, Commune, Department, Duty, LocatedBy, Location, Place
from ioc.catalog.names import PlaceNames, Shares
from ioc.catalog.programme import GapProgramme, Trial
from ioc.routing.labels import Known
from ioc.text.normalise import Normalised, normalise
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE, Category, Severity

MAX_ACCURACY_M: Final = 500.0
"""A position known worse than this gives way to a place name."""

_MAX_NEAREST_KM: Final = 25.0
"""Farther from every reference point, a position says nothing about the commune."""

_SECOND_OF_REST: Final = 0.8
"""How often the second nearest commune is the right one where the nearest is not."""

_NOWHERE: Final = Location(UNLOCATED_COMMUNE, "", PROVINCE_CENTRE, None, None, None, "none", 0.0, ())


class Catalogue:
    """Everything that is known about a province; immutable, made by ``load_catalogue``."""

    def __init__(self, tables: Tables, boundaries: bytes | None) -> None:
        self._tables = tables
        self._plane = Plane(tables.province)
        self._centre_of = {code: commune.centre for code, commune in tables.communes.items()}
        old = [(unit.lat, unit.lon, unit.communes[0]) for unit in tables.legacy]
        new = [(commune.lat, commune.lon, commune.code) for commune in tables.communes.values()]
        points = [(lat, lon, code) for lat, lon, code in old + new if lat is not None and lon is not None]
        self._points = ReferencePoints(self._plane, points)
        self._boundaries = None if boundaries is None else Boundaries(self._plane, boundaries, tables.communes)
        self._version = tables.version
        if boundaries is not None:
            self._version = hashlib.sha256(tables.version.encode() + boundaries).hexdigest()[:12]

    @cached_property
    def _names(self) -> PlaceNames:
        """Made when it is first asked for: that is most of the work, and only who reads texts needs it."""
        tables = self._tables
        return PlaceNames(tables.communes, tables.legacy, tables.landmarks, tables.spellings, tables.everyday)

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

    def outlines(self, tolerance: float, reach_km: float) -> Mapping[str, Any]:
        """Communes as GeoJSON for a map: their boundaries, else where their reference points are the nearest.

        Args:
            tolerance: How far an outline may be from the boundary, in degrees.
            reach_km: How far an area without boundary reaches from its points.

        """
        if self._boundaries is not None:
            return self._boundaries.outlines(tolerance)
        return self._points.outlines(reach_km)

    @property
    def version(self) -> str:
        """Hash of the files, boundaries included: every decision says which catalogue it used."""
        return self._version

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

    def unit_name(self, code: str) -> str:
        """Name of a handling unit; its code where it is none of now."""
        unit = self.departments.get(code)
        return unit.name if unit else code

    @property
    def known(self) -> Known:
        """What routes may name."""
        return Known(frozenset(self.centres), self.communes, frozenset(self.departments))

    @property
    def devices(self) -> Mapping[str, Device]:
        """Devices that are expected to speak, by id."""
        return self._tables.devices

    @property
    def programme(self) -> GapProgramme:
        """Spots that are to get a mobile signal."""
        return self._tables.programme

    @property
    def trials(self) -> Mapping[str, Trial]:
        """Sites on which a mobile technology is tried out, by code."""
        return self._tables.trials

    @property
    def hamlets(self) -> tuple[Hamlet, ...]:
        """Hamlets and their people; empty where the province has no list."""
        return self._tables.hamlets

    @property
    def place_names(self) -> tuple[str, ...]:
        """Bare names of all units, new and former: no matcher of words should read them as common words."""
        return self._names.spellings

    @property
    def landmark_names(self) -> tuple[str, ...]:
        """Names of landmarks and roads, with their other spellings."""
        return self._names.landmarks

    @property
    def public_names(self) -> tuple[str, ...]:
        """Names of places of every kind: nobody should read them as names of people."""
        return (*self.place_names, *self.landmark_names)

    @property
    def has_boundaries(self) -> bool:
        """Whether positions are located by polygon."""
        return self._boundaries is not None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the province's land, in degrees."""
        province = self._tables.province
        return province.west, province.south, province.east, province.north

    def outline(self, code: str, tolerance_km: float = 0.1) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Outer boundaries of a commune in force (latitude, longitude); empty where there are no boundaries."""
        if self._boundaries is None or code not in self.communes:
            return ()
        return self._boundaries.outline(code, tolerance_km)

    def circle(self, code: str) -> tuple[float, float, float] | None:
        """Where about a commune is: latitude and longitude of its reference point, and kilometres around it.

        The circle reaches to the nearest other commune's point: without boundaries nothing better is known.
        """
        commune = self.communes.get(code)
        if commune is None or commune.lat is None or commune.lon is None:
            return None
        x, y = self._plane.xy(commune.lat, commune.lon)
        others = [
            self._plane.xy(each.lat, each.lon)
            for each in self.communes.values()
            if each.code != code and each.lat is not None and each.lon is not None
        ]
        reach = min((math.dist((x, y), other) for other in others), default=_MAX_NEAREST_KM)
        return commune.lat, commune.lon, round(max(reach, 1.0), 1)

    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        """Who handles it and how long it may take; ``at`` (aware) chooses among effective-dated rows."""
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
        spoken, place = self._spoken(text)
        if lat is not None and lon is not None:
            exact = accuracy_m is None or accuracy_m <= MAX_ACCURACY_M
            named = spoken is not None and not spoken.only_road
            placed = self._by_position(lat, lon) if exact or not named else None
            if placed is not None:
                by, candidates = placed
                if accuracy_m is not None and not exact:
                    candidates = tuple((code, sure * MAX_ACCURACY_M / accuracy_m) for code, sure in candidates)
                said = spoken.candidates[0][0] if spoken and spoken.clear else None
                return self._location(by, candidates, (lat, lon), said, place)
        if spoken is None:
            return _NOWHERE
        if spoken.clear:
            return self._location("text", spoken.candidates, place=place)
        return replace(
            _NOWHERE,
            by="none" if spoken.only_road else "text",
            candidates=tuple(code for code, _ in spoken.candidates),
            candidate_confidences=tuple(sure for _, sure in spoken.candidates),
            place=place,
        )

    def locate_device(self, device: str, lat: float | None, lon: float | None) -> Location:
        """Where a device is: its own word decides, else the register of devices; arguments as :meth:`locate`."""
        known = self.devices.get(device) if lat is None or lon is None else None
        if known is None:
            return self.locate(lat, lon)
        if known.commune is None:
            return self.locate(known.lat, known.lon)
        return self._location("catalogue", ((known.commune, 1.0),), (known.lat, known.lon))

    def _location(
        self,
        by: LocatedBy,
        candidates: Shares,
        position: tuple[float | None, float | None] = (None, None),
        said: str | None = None,
        place: Place | None = None,
    ) -> Location:
        codes = tuple(code for code, _ in candidates)
        sure = tuple(round(confidence, 3) for _, confidence in candidates)
        best = self.communes[codes[0]]
        whose = (best.code, best.name, best.centre, best.centre_also)
        return Location(*whose, *position, by, round(sure[0], 2), codes, sure, said, place)

    def _by_position(self, lat: float, lon: float) -> tuple[LocatedBy, Shares] | None:
        if not self._plane.near_province(lat, lon):
            return None
        if self._boundaries is not None:
            found = self._boundaries.find(lat, lon)
            if found is None:
                return None
            return ("offshore", ((found[0], 0.7),)) if found[1] else ("polygon", ((found[0], 0.99),))
        first, first_km, second, second_km = self._points.nearest(lat, lon)
        if first_km > _MAX_NEAREST_KM:
            return None
        if second is None:
            return "nearest", ((first, 0.98),)
        sure = min(0.98, 0.5 + 1.2 * (second_km - first_km) / (second_km + first_km))
        return "nearest", ((first, sure), (second, (1 - sure) * _SECOND_OF_REST))

    def _spoken(self, text: str | Normalised | None) -> tuple[Spoken | None, Place | None]:
        """What the text says, and the place that it names; a name that is no unit's may stand without a commune."""
        if not text:
            return None, None
        normal = normalise(text) if isinstance(text, str) else text
        spoken = weigh(self._names.find(normal), self._centre_of)
        if spoken is None:
            return None, None
        mention = spoken.mention
        return spoken, Place(mention.sense.name, *normal.origin(mention.start, mention.end))


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
