"""Exports made of what the store has, for the gateway and for ``ioc export`` alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from connectors.cli.requests import RequestDesk
from connectors.cli.store_reader import StoreReader
from connectors.opendata.feeds import Array, Feed, Place, QueryFeed, Table
from connectors.store import exports, queries, requests
from ioc.catalog import Catalogue
from ioc.events.units import METRICS
from ioc.exports import atom, bulk, cap, ngsi, tmf642
from ioc.exports.geojson import Collection
from ioc.kinds import Kinds, shipped_kinds
from ioc.settings import Settings
from ioc.vocabulary import UNLOCATED_COMMUNE

_T = TypeVar("_T")

_UNIT: Final = METRICS["pm2_5"].unit
_LAST: Final = timedelta(days=3)
"""Hours of the air that are given where nobody says since when: those that may still change."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sees an export: the centres; none: all of them."""

    centres: tuple[str, ...] | None = None


EVERYTHING: Final = Viewer()


class Feeds:
    """Makes feeds.

    Args:
        settings: The effective configuration.
        catalogue: The province.
        reader: Asks the store.

    """

    def __init__(self, settings: Settings, catalogue: Catalogue, reader: StoreReader) -> None:
        self._settings = settings.exports
        self.catalogue = catalogue
        self._reader = reader
        self.kinds: Kinds = shipped_kinds()
        self.zone = ZoneInfo(catalogue.timezone)
        self._desk = RequestDesk(catalogue, self.kinds)
        self.system = f"urn:ioc:{catalogue.province_code}"

    @cached_property
    def agency(self) -> str:
        """Who publishes."""
        return self._settings.agency or f"Trung tâm điều hành thông minh {self.catalogue.name_vi}"

    @cached_property
    def publisher(self) -> cap.Publisher:
        """Who sends CAP messages."""
        sender = self._settings.sender or f"ioc.{self.catalogue.province_code}"
        return cap.Publisher(sender, self.agency, self._settings.contact or "", self.zone)

    def ask(self, question: Callable[[Connection], _T]) -> _T:
        """Ask the store; blocks."""
        return self._reader.answer(question)

    def feed(self, name: str, base: str, viewer: Viewer, since: datetime | None, *, short: bool) -> Feed:
        """A feed by its name; see :meth:`connectors.opendata.Exports.feed`."""
        made: Mapping[str, Callable[[], Feed]] = {
            "incidents.geojson": lambda: self._incidents(name, _Features(), viewer, since),
            "alerts.jsonld": lambda: self._incidents(
                name, Array(ngsi.MEDIA, lambda rows: _shortened(self._alerts(rows), short=short)), viewer, since
            ),
            "air-quality.jsonld": lambda: self._air(name, since, short=short),
            "devices.jsonld": lambda: self._devices(name, short=short),
            "requests.csv": lambda: self._requests(name, since),
            "cap.atom": lambda: self._atom(name, base, since),
        }
        return made[name]()

    def _incidents(self, name: str, form: Any, viewer: Viewer, since: datetime | None) -> Feed:
        wanted = queries.IncidentFilter(visible=viewer.centres, since=since)

        def ask(after: Place | None, limit: int) -> Sequence[queries.Row]:
            place = queries.Position(*after) if after is not None else None
            return self.ask(lambda c: queries.incidents_since(c, wanted, after=place, limit=limit))

        return QueryFeed(
            name, form, ask=ask, place=lambda row: (row["updated_at"], row["incident_id"]),
            parts=2, tag=lambda: f"{viewer} {self.ask(exports.newest_incident)}",
        )  # fmt: skip

    def _alerts(self, rows: Sequence[Mapping[Any, Any]]) -> Iterator[ngsi.Entity]:
        for row in rows:
            made = ngsi.alert(orjson.loads(row["document"]), self.kinds, self.commune, self.system)
            if made is not None:
                yield made

    def _air(self, name: str, since: datetime | None, *, short: bool) -> Feed:
        begin = since or datetime.now(UTC) - _LAST

        def ask(after: Place | None, limit: int) -> Sequence[queries.Row]:
            return self.air(after, limit, begin, None)

        def made(rows: Sequence[Mapping[Any, Any]]) -> Iterator[ngsi.Entity]:
            return _shortened(ngsi.air(rows, self.catalogue.devices), short=short)

        return QueryFeed(
            name, Array(ngsi.MEDIA, made), ask=ask, place=_air_place, parts=3,
            tag=lambda: f"{self.ask(lambda c: exports.newest_of(c, 'telemetry'))} {datetime.now(UTC):%H:%M}",
        )  # fmt: skip

    def air(
        self, after: Place | None, limit: int, begin: datetime | None, end: datetime | None
    ) -> Sequence[queries.Row]:
        """Hours of stations of the register; no station's hour is parted by a page's end."""
        metrics = len(ngsi.POLLUTANTS)
        rows = self.ask(
            lambda c: exports.air_hours(
                c, ngsi.POLLUTANTS, _UNIT, begin=begin, end=end, after=after, limit=limit + metrics
            )
        )  # fmt: skip
        if len(rows) <= limit:
            return rows
        cut = limit
        while _of_hour(rows[cut]) == _of_hour(rows[cut - 1]):
            cut += 1
            if cut == len(rows):
                break
        return rows[:cut]

    def _devices(self, name: str, *, short: bool) -> Feed:
        devices = [each for each in self.catalogue.devices.values() if not each.synthetic]
        entities = _shortened(map(ngsi.device, devices), short=short)
        form = Array(ngsi.MEDIA, lambda _: entities)
        return QueryFeed(
            name, form, ask=lambda *_: (), place=lambda _: (), parts=0, tag=lambda: self.catalogue.version
        )  # fmt: skip

    def _requests(self, name: str, since: datetime | None) -> Feed:
        wanted = requests.RequestFilter(hidden=self.kinds.hidden(), updated_after=since, real=True)

        def ask(after: Place | None, limit: int) -> Sequence[Mapping[Any, Any]]:
            def rows(connection: Connection) -> Sequence[Mapping[Any, Any]]:
                found = requests.requests_since(connection, wanted, after=after, limit=limit)
                shown = self._desk.shown(connection, found, "vi", notes=False, text=False)
                return [{"row": row, "request": each} for row, each in zip(found, shown, strict=True)]

            return self.ask(rows)

        def row(each: Mapping[Any, Any]) -> Sequence[object]:
            request = each["request"]
            return bulk.row(request, self.kinds.name(request.service, request.subcategory, "vi"), self.zone)

        return QueryFeed(
            name, Table(bulk.COLUMNS, row), ask=ask,
            place=lambda each: tuple(each["row"][name] for name in ("updated_at", "source", "report_id")),
            parts=3,
            tag=lambda: f"{self.ask(lambda c: exports.newest_of(c, 'reports'))} {self.ask(exports.newest_incident)}",
        )  # fmt: skip

    def _atom(self, name: str, base: str, since: datetime | None) -> Feed:
        newest = self.ask(lambda c: exports.newest_of(c, "alerts"))
        form = _Messages(self, f"{base}/opendata/cap", newest)

        def ask(after: Place | None, limit: int) -> Sequence[queries.Row]:
            return self.ask(lambda c: exports.alerts_since(c, since=since, after=after, limit=limit))

        return QueryFeed(
            name, form, ask=ask, place=lambda row: (row["at"], row["alert_id"]), parts=2, tag=lambda: str(newest)
        )  # fmt: skip

    def messages(self, rows: Sequence[Mapping[Any, Any]]) -> Iterator[cap.Message]:
        """CAP messages about some alerts, in their order: of the chain of each incident those that are asked for."""
        wanted = {row["alert_id"] for row in rows}
        incidents = dict.fromkeys(row["incident_id"] for row in rows)
        found: dict[str, cap.Message] = {}
        for incident in incidents:
            alerts = self.ask(lambda c, incident=incident: queries.alerts_of(c, incident))  # type: ignore[misc]
            documents = [orjson.loads(each["document"]) for each in alerts]
            found |= {each.alert["alert_id"]: each for each in cap.chain(documents, self.kinds)}
        for row in rows:
            if row["alert_id"] in wanted and (message := found.get(row["alert_id"])) is not None:
                yield message

    def message(self, alert_id: str) -> bytes | None:
        """XML of the message about an alert."""
        row = self.ask(lambda c: exports.alert(c, alert_id))
        message = next(self.messages([row]), None) if row is not None else None
        return self.xml(message) if message is not None else None

    def xml(self, message: cap.Message) -> bytes:
        """XML of a message."""
        return cap.written(message, self.publisher, self.kinds, self.area)

    def area(self, code: str) -> cap.Area:
        """A commune as the area of a message; the province where it is not known which."""
        name = self.commune(code)
        if not name:
            return cap.Area(self.catalogue.name_vi)
        return cap.Area(name, code, self.catalogue.outline(code), self.catalogue.circle(code))

    def commune(self, code: str) -> str:
        """Name of a commune; empty where there is none."""
        commune = self.catalogue.communes.get(code) if code != UNLOCATED_COMMUNE else None
        return commune.name if commune is not None else ""

    def alarms(self, viewer: Viewer, wanted: Mapping[Any, Any], offset: int, limit: int) -> Sequence[Mapping[Any, Any]]:
        """Alarms of base stations; see :class:`connectors.opendata.Alarms`."""

        def found(connection: Connection) -> list[Mapping[Any, Any]]:
            rows = exports.find_alarms(connection, _alarm_filter(viewer, wanted), offset=offset, limit=limit)
            sites = exports.sites_of(connection, [row["incident_id"] for row in rows])
            return [self._alarm(orjson.loads(row["document"]), sites.get(row["incident_id"], [])) for row in rows]

        return self.ask(found)

    def count_alarms(self, viewer: Viewer, wanted: Mapping[Any, Any]) -> int:
        """How many there are."""
        return self.ask(lambda c: exports.count_alarms(c, _alarm_filter(viewer, wanted)))

    def _alarm(self, incident: Mapping[Any, Any], sites: Sequence[str]) -> Mapping[Any, Any]:
        title = self.kinds.name(incident["category"], incident["subcategory"], "en")
        return tmf642.alarm(incident, sites, system=self.system, title=title)


class _Features(Collection):
    """GeoJSON of incidents' documents."""

    def rows(self, rows: Sequence[Mapping[Any, Any]]) -> bytes:
        return b"".join(self.part(orjson.loads(row["document"])) for row in rows)


class _Messages:
    """Atom of alerts' messages."""

    media = atom.MEDIA

    def __init__(self, feeds: Feeds, base: str, newest: datetime | None) -> None:
        self._feeds = feeds
        self._base = base
        self._newest = newest

    def head(self) -> bytes:
        title = f"Cảnh báo – {self._feeds.agency}"
        return atom.head(self._base, title, self._feeds.agency, self._newest, self._feeds.zone)

    def rows(self, rows: Sequence[Mapping[Any, Any]]) -> bytes:
        return b"".join(
            atom.entry(each, self._base, self._title(each), self._feeds.zone) for each in self._feeds.messages(rows)
        )

    def tail(self, following: str | None) -> bytes:
        return atom.tail(f"{self._base}.atom?after={following}" if following else None)

    def _title(self, message: cap.Message) -> str:
        told = message.told
        event = self._feeds.kinds.name(told["category"], told["subcategory"], "vi")
        return f"{event} – {self._feeds.area(told['commune']).name}"


def _shortened(entities: Iterator[ngsi.Entity], *, short: bool) -> Iterator[ngsi.Entity]:
    return map(ngsi.key_values, entities) if short else entities


def _of_hour(row: Mapping[Any, Any]) -> tuple[datetime, str]:
    return row["hour"], row["device_id"]


def _air_place(row: Mapping[Any, Any]) -> Place:
    return row["hour"], row["device_id"], row["metric"]


def _alarm_filter(viewer: Viewer, wanted: Mapping[Any, Any]) -> exports.AlarmFilter:
    return exports.AlarmFilter(
        visible=viewer.centres,
        name=wanted.get("name"),
        cleared=wanted.get("cleared"),
        severities=wanted.get("severities"),
        changed_since=wanted.get("changed"),
        raised_since=wanted.get("raised"),
    )
