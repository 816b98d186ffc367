"""The store as the gateway reads it: joins the two edges, which do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from connectors.cli.atlas import Atlas
from connectors.cli.store_reader import StoreAwayError, StoreReader
from connectors.gateway.library import Found, LibraryAwayError, Page, Place, Wanted
from connectors.store import queries, shifts
from connectors.store.service import cut_of, month_figures
from ioc.catalog import Catalogue
from ioc.records import Alert, Decision, Incident, decode
from ioc.service import as_record, current, month, rows
from ioc.settings import Settings
from ioc.shifts import ShiftGroup
from ioc.story import LANGUAGES, dossier, shipped_story_texts, tell

_T = TypeVar("_T")


class StoreLibrary:
    """Answers out of the store, each in one transaction that only reads."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._zone = ZoneInfo(catalogue.timezone)
        self._atlas = Atlas(settings, catalogue)
        self._reader = StoreReader(settings)

    async def find(self, wanted: Wanted, after: Place | None, limit: int) -> Page:
        """See :class:`connectors.gateway.library.Library`, as for the rest."""
        box = queries.Box(*wanted.box) if wanted.box is not None else None
        chosen = queries.IncidentFilter(**(asdict(wanted) | {"box": box}))
        place = queries.Position(*after) if after is not None else None
        page = await self._ask(lambda connection: queries.find_incidents(connection, chosen, after=place, limit=limit))
        found = [Found(row["incident_id"], row["lat"], row["lon"], row["document"].encode()) for row in page.rows]
        return Page(found, Place(*page.after) if page.after else None)

    async def version(self, incident_id: str) -> int | None:
        return await self._ask(lambda connection: queries.version(connection, incident_id))

    async def why(self, incident_id: str) -> Mapping[str, Any] | None:
        return await self._ask(lambda connection: self._story(connection, incident_id))

    async def evidence(self, incident_id: str) -> Sequence[Mapping[str, Any]]:
        return await self._ask(lambda connection: [*map(_piece, queries.evidence(connection, incident_id))])

    async def answers(self, incident_id: str) -> Sequence[Mapping[str, Any]]:
        found = await self._ask(lambda connection: queries.answers_of(connection, incident_id))
        return [orjson.loads(row["document"]) for row in found]

    async def receipts(
        self, source: str, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Sequence[Mapping[str, Any]], tuple[datetime, str] | None]:
        found = await self._ask(
            lambda connection: queries.find_receipts(connection, source, since=since, after=after, limit=limit + 1)
        )
        return _page(found, limit, "receipt_id")

    async def counts(self, source: str, since: datetime) -> Mapping[str, int]:
        return await self._ask(lambda connection: queries.count_receipts(connection, source, since))

    async def shift_log(
        self, centre: str, since: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Sequence[Mapping[str, Any]], tuple[datetime, str] | None]:
        found = await self._ask(
            lambda connection: shifts.find_entries(connection, centre, since=since, after=after, limit=limit + 1)
        )
        return _page(found, limit, "entry_id")

    async def handover(self, centre: str) -> Mapping[str, Any] | None:
        row = await self._ask(lambda connection: shifts.last_handover(connection, centre))
        return None if row is None else orjson.loads(row["document"])

    async def standing(self, centre: str, now: datetime) -> Mapping[str, ShiftGroup]:
        return await self._ask(lambda connection: shifts.standing(connection, centre, now, self._zone))

    def places(self) -> Mapping[str, Any]:
        return self._atlas.places

    async def air(self) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        return await self._ask(lambda connection: (self._atlas.stations(connection), self._atlas.levels))

    async def sites(self) -> Sequence[Mapping[str, Any]]:
        return await self._ask(self._atlas.sites)

    async def gates(self) -> Sequence[Mapping[str, Any]]:
        return await self._ask(self._atlas.gates)

    async def devices(self) -> Sequence[Mapping[str, Any]]:
        return await self._ask(self._atlas.devices)

    async def quality(self, begin: datetime, end: datetime) -> Mapping[str, Any]:
        return await self._ask(lambda connection: self._atlas.quality(connection, begin, end))

    async def month(self, name: str | None) -> Mapping[str, Any]:
        now, cut = datetime.now(self._zone), cut_of(self._settings.service)
        period = month(name, cut, self._zone) if name else current(now, cut, self._zone)
        counted = await self._ask(lambda connection: month_figures(connection, period, now))
        table = rows(counted, smallest=self._settings.service.smallest, name=self._catalogue.unit_name)
        return as_record(table, period)

    def _story(self, connection: Connection, incident_id: str) -> Mapping[str, Any] | None:
        row = queries.incident(connection, incident_id)
        if row is None:
            return None
        incident = decode(Incident, row["document"].encode())
        decisions = [
            decode(Decision, each["document"].encode()) for each in queries.decisions_of(connection, incident_id)
        ]
        # Ids of events are their publishers' own: what was decided about another one's event is not told here.
        own = {each.signal_id for each in incident.evidence}
        decisions = [each for each in decisions if each.incident_id is not None or each.inputs.get("signal_id") in own]
        alerts = [decode(Alert, each["document"].encode()) for each in queries.alerts_of(connection, incident_id)]
        texts = shipped_story_texts()
        story = tell(incident, decisions, texts, self._zone, unit=self._catalogue.unit_name)
        papers = {
            language: dossier(
                incident, alerts, story, texts=texts, language=language, zone=self._zone,
                unit=self._catalogue.unit_name,
                commune=self._commune,
            ).markdown()
            for language in LANGUAGES
        }  # fmt: skip
        return {"incident_id": incident_id, "version": incident.version, "story": story, "dossier": papers}

    def _commune(self, code: str) -> str:
        commune = self._catalogue.communes.get(code)
        return commune.name if commune else ""

    async def _ask(self, question: Callable[[Connection], _T]) -> _T:
        try:
            return await self._reader.ask(question)
        except StoreAwayError as error:
            raise LibraryAwayError(str(error)) from None


def _page(
    found: Sequence[queries.Row], limit: int, name: str
) -> tuple[Sequence[Mapping[str, Any]], tuple[datetime, str] | None]:
    """Documents of a page of which one more was asked for than it holds, and where the next begins."""
    page = found[:limit]
    following = (page[-1]["at"], page[-1][name]) if len(found) > limit else None
    return [orjson.loads(row["document"]) for row in page], following


def _piece(row: queries.Row) -> dict[str, Any]:
    """One piece of evidence; the names of columns are a kind of text that JSON does not take as keys."""
    piece = {str(name): value for name, value in row.items()}
    details = piece.pop("details")
    return piece | {"details": orjson.loads(details) if details else None}
