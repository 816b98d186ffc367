"""What is shown on the map and on the board of data quality: the store's figures beside the province's register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from connectors.cli.province import province_files
from connectors.store import queries
from connectors.store.states import current_states
from ioc.catalog import Catalogue
from ioc.detect.air import Level, VnAqi, load_vn_aqi
from ioc.quality import QualityRules, load_quality
from ioc.quality.books import Cell, QualityBooks
from ioc.quality.figures import DIMENSIONS, Sums
from ioc.settings import Settings
from ioc.vocabulary import SEVERITIES, SOURCES

_STALE: Final = timedelta(hours=13)
"""Twice the time after which everything is told again, and an hour: what was not told since, nobody may know."""
_OUTLINE_DEGREES: Final = 0.0005
"""How far an outline on the map may be from the boundary: 55 m."""
_REACH_KM: Final = 7.0
"""How far the area of a commune reaches on the map where it has no boundary."""
_SITE_STATES: Final = ("out_of_service", "unknown", "maintenance", "degraded", "in_service")
"""The worst first: a site is shown as the worst of its technologies."""
_GATE_STATES: Final = (*SEVERITIES, "calm")

_MOST_PLACES: Final = 50_000

Rows = list[dict[str, Any]]


class Atlas:
    """Joins the two. All but :meth:`places` block.

    Args:
        settings: The configuration.
        catalogue: The province.

    """

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._wheres: dict[tuple[str, float | None, float | None], dict[str, Any]] = {}

    @cached_property
    def places(self) -> Mapping[str, Any]:
        """The province, its centres and communes, each with an outline: its boundary, or around its points."""
        catalogue = self._catalogue
        west, south, east, north = catalogue.box
        tiles = self._settings.map
        return {
            "province": {
                "code": catalogue.province_code,
                "name": catalogue.name_vi,
                "name_en": catalogue.name_en,
                "timezone": catalogue.timezone,
                "box": [west, south, east, north],
            },
            "version": catalogue.version,
            "tiles": {"url": tiles.tiles_url, "attribution": tiles.attribution} if tiles.tiles_url else None,
            "centres": [{"code": code, "name": centre.name} for code, centre in catalogue.centres.items()],
            "communes": [
                {
                    "code": commune.code,
                    "name": commune.name,
                    "centre": commune.centre,
                    "centre_also": commune.centre_also,
                    "lat": commune.lat,
                    "lon": commune.lon,
                }
                for commune in catalogue.communes.values()
            ],
            "outlines": catalogue.outlines(_OUTLINE_DEGREES, _REACH_KM),
            "outlined_by": "boundaries" if catalogue.has_boundaries else "points",
        }

    def stations(self, connection: Connection) -> Rows:
        """Air of each station by its VN_AQI."""
        ranks = {level.code: rank for rank, level in enumerate(self._air.levels, 1)}
        found = []
        for row in current_states(connection, "air"):
            figures = orjson.loads(row["figures"])
            rank = ranks.get(row["state"])
            if rank is not None and "index" in figures:
                hour = datetime.fromtimestamp(figures.get("hour_end_s") or 0, UTC)
                level = {"level": rank, "index": round(figures["index"]), "hour_end": hour}
                found.append(self._row(row) | level)
        return found

    @property
    def levels(self) -> Rows:
        """Levels of VN_AQI, the best first."""
        return [_level(rank, level) for rank, level in enumerate(self._air.levels, 1)]

    def sites(self, connection: Connection) -> Rows:
        """Base stations, each with its technologies by operator; its state is the worst of them."""
        found: dict[str, dict[str, Any]] = {}
        for row in current_states(connection, "site"):
            operator, _, technology = row["part"].rpartition("|")
            site = found.setdefault(row["device"], self._row(row) | {"cells": []})
            cell = {"operator": operator, "technology": technology, "state": row["state"], "since": row["since"]}
            site["cells"].append(cell)
            site["state"] = min(site["state"], row["state"], key=_worst(_SITE_STATES))
            site["told_at"] = max(site["told_at"], row["told_at"])
            site["stale"] = site["stale"] and _stale(row["told_at"])
        return list(found.values())

    def gates(self, connection: Connection) -> Rows:
        """Border gates, each with its directions; its state is the worst of them."""
        found: dict[str, dict[str, Any]] = {}
        for row in current_states(connection, "gate"):
            gate = found.setdefault(row["device"], self._row(row) | {"directions": []})
            gate["directions"].append(_direction(row))
            gate["state"] = min(gate["state"], row["state"], key=_worst(_GATE_STATES))
            gate["told_at"] = max(gate["told_at"], row["told_at"])
        return list(found.values())

    def devices(self, connection: Connection) -> Rows:
        """Devices of the register by source and state."""
        found = []
        for row in current_states(connection, "device"):
            device = self._catalogue.devices.get(row["device"])
            if device is not None:
                found.append(self._row(row) | {"source": row["part"], "class": device.kind})
        return found

    def quality(self, connection: Connection, begin: datetime, end: datetime) -> Mapping[str, Any]:
        """The four dimensions per source and class, of the whole windows between two moments, the worst first.

        It begins no sooner than anything was counted: before that nothing could be complete.
        """
        rules = self._rules
        books = QualityBooks(self._catalogue.devices, rules.window_s)
        first, last = -int(-begin.timestamp() // rules.window_s), int(end.timestamp() // rules.window_s) - 1
        counted = queries.first_quality_window(connection, first)
        first = max(first, counted) if counted is not None else last + 1
        for source in SOURCES:
            for row in queries.quality_sums(connection, source, first, last):
                sums = Sums(*(int(row[name]) for name in queries.QUALITY_COUNTS))
                books.add(Cell(source, row["kind"], row["window"]), sums)
        rows: Rows = []
        for source in SOURCES if first <= last else ():
            least = {name: floor.least for name, floor in rules.sources[source].floors.items()}
            kinds = {kind for window in range(first, last + 1) for kind in books.kinds(source, window)}
            counted_of: dict[str | None, tuple[Sums, int]] = {None: books.of_source(source, first, last)}
            counted_of |= {kind: books.of_class(source, kind, first, last) for kind in kinds}
            rows += [
                {"source": source, "class": kind, "least": least, **_ratios(sums, owed)}
                for kind, (sums, owed) in counted_of.items()
                if sums.received or owed
            ]
        rows.sort(key=lambda row: (_margin(row), row["source"], row["class"] or ""))
        window = rules.window_s
        return {
            "begin": datetime.fromtimestamp(first * window, UTC) if rows else begin,
            "end": datetime.fromtimestamp((last + 1) * window, UTC),
            "window_s": window,
            "rows": rows,
        }

    @cached_property
    def _air(self) -> VnAqi:
        return load_vn_aqi(province_files(self._settings)["vn_aqi.toml"])

    @cached_property
    def _rules(self) -> QualityRules:
        return load_quality(province_files(self._settings)["quality.toml"])

    def _row(self, row: queries.Row) -> dict[str, Any]:
        return {
            "id": row["device"],
            **self._where(row["device"], row["lat"], row["lon"]),
            "state": row["state"],
            "since": row["since"],
            "told_at": row["told_at"],
            "stale": _stale(row["told_at"]),
        }

    def _where(self, device: str, lat: float | None, lon: float | None) -> dict[str, Any]:
        """Name and place; remembered, because most of what there is stays where it is."""
        key = device, lat, lon
        if key not in self._wheres:
            if len(self._wheres) >= _MOST_PLACES:
                self._wheres.clear()
            known, place = self._catalogue.devices.get(device), self._catalogue.locate_device(device, lat, lon)
            self._wheres[key] = {
                "name": known.name if known else device,
                "lat": place.lat,
                "lon": place.lon,
                "commune": place.commune,
                "centre": place.centre,
                "centre_also": place.centre_also,
            }
        return self._wheres[key]


def _level(rank: int, level: Level) -> dict[str, Any]:
    return {"level": rank, "code": level.code, "name": level.name, "to": level.to, "rgb": list(level.rgb)}


def _direction(row: queries.Row) -> dict[str, Any]:
    """One direction of a gate: its figures, its yards, how long goods wait."""
    figures: dict[str, float] = orjson.loads(row["figures"])
    waits: dict[str, dict[str, float]] = {}
    plain, yards = {}, []
    for name, value in figures.items():
        what, border, of = name.partition("/")
        if not border:
            plain[name] = value
        elif what == "fill":
            yards.append({"yard": of, "fill": value})
        else:
            waits.setdefault(of, {})[what.removeprefix("wait_")] = value
    return {
        "direction": row["part"],
        "state": row["state"],
        "since": row["since"],
        **plain,
        "yards": yards,
        "waits": [{"goods": goods, **times} for goods, times in sorted(waits.items())],
    }


def _worst(order: Sequence[str]) -> Any:
    places = {state: place for place, state in enumerate(order)}
    return lambda state: places.get(state, len(places))


def _stale(told_at: datetime) -> bool:
    return datetime.now(UTC) - told_at > _STALE


def _ratios(sums: Sums, owed: int) -> dict[str, Any]:
    ratios = sums.ratios(owed)
    shares: Iterable[tuple[str, float | None]] = zip(DIMENSIONS, ratios, strict=True)
    return {
        "received": sums.received,
        "expected": owed or None,
        **{name: None if value is None else round(value, 4) for name, value in shares},
    }


def _margin(row: Mapping[str, Any]) -> float:
    """How far the worst dimension is above what is asked of it; one of which nothing is asked is held against 1."""
    known = [row[name] - row["least"].get(name, 1.0) for name in DIMENSIONS if row[name] is not None]
    return min(known, default=1.0)
