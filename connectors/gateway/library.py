"""What the gateway reads of the past and of many incidents at once: the store, as far as the gateway sees it.

The edges know each other only as topics: what stands behind this is the composition root's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ioc.shifts import ShiftGroup


class LibraryAwayError(Exception):
    """The store does not answer; the text says why in one sentence."""


class Place(NamedTuple):
    """Where a page of incidents ended."""

    updated_at: datetime
    incident_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents; of a set any value fits, what is none does not matter.

    Attributes:
        visible: Centres that the asker sees; none: all.
        centres: In charge.
        statuses: Status.
        categories: Category.
        subcategories: Subcategory.
        severities: Severity.
        units: In charge.
        communes: Codes.
        overdue: The flag.
        parent: What they are listed under.
        box: West, south, east, north, in degrees.
        text: Words of title, report or evidence, with or without diacritics.
        since: Changed then or later.
        opened_from: Opened then or later.
        opened_before: Opened before then.

    """

    visible: Collection[str] | None = None
    centres: Collection[str] | None = None
    statuses: Collection[str] | None = None
    categories: Collection[str] | None = None
    subcategories: Collection[str] | None = None
    severities: Collection[str] | None = None
    units: Collection[str] | None = None
    communes: Collection[str] | None = None
    overdue: bool | None = None
    parent: str | None = None
    box: tuple[float, float, float, float] | None = None
    text: str | None = None
    since: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


class Found(NamedTuple):
    """One incident: JSON of its record, and where it is."""

    incident_id: str
    lat: float | None
    lon: float | None
    document: bytes


class Page(NamedTuple):
    """Incidents, the latest change first, and where the next page begins, if there is one."""

    incidents: Sequence[Found]
    after: Place | None


class Library(Protocol):
    """The store. Every call raises :class:`LibraryAwayError` where it does not answer."""

    async def find(self, wanted: Wanted, after: Place | None, limit: int) -> Page:
        """A page of incidents."""

    async def version(self, incident_id: str) -> int | None:
        """Version of an incident that the store has; none: it does not know it."""

    async def why(self, incident_id: str) -> Mapping[str, Any] | None:
        """Story and dossier of an incident in every language; none: it does not know it."""

    async def evidence(self, incident_id: str) -> Sequence[Mapping[str, Any]]:
        """What belongs to an incident, the earliest first."""

    async def answers(self, incident_id: str) -> Sequence[Mapping[str, Any]]:
        """What citizens were told whose reports belong to an incident, the earliest first."""

    async def receipts(
        self, source: str, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Sequence[Mapping[str, Any]], tuple[datetime, str] | None]:
        """Receipts of a publisher, the oldest first, and where the next page begins."""

    async def counts(self, source: str, since: datetime) -> Mapping[str, int]:
        """How many receipts of a publisher there are, by result."""

    async def shift_log(
        self, centre: str, since: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Sequence[Mapping[str, Any]], tuple[datetime, str] | None]:
        """Entries of a centre's log, the earliest first, and where the next page begins."""

    async def handover(self, centre: str) -> Mapping[str, Any] | None:
        """What was handed over last at a centre."""

    async def standing(self, centre: str, now: datetime) -> Mapping[str, ShiftGroup]:
        """How things stand at a centre, by the groups of a handover."""

    def places(self) -> Mapping[str, Any]:
        """The province, its centres and communes, and where they are; needs no store."""

    async def air(self) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        """Air of each station now, and the levels of its index; a row has ``centre`` and ``centre_also``."""

    async def sites(self) -> Sequence[Mapping[str, Any]]:
        """Base stations now, as those above."""

    async def gates(self) -> Sequence[Mapping[str, Any]]:
        """Border gates now, as those above."""

    async def devices(self) -> Sequence[Mapping[str, Any]]:
        """Devices of the register by source and state, as those above."""

    async def quality(self, begin: datetime, end: datetime) -> Mapping[str, Any]:
        """How good the data between two moments was, per source and class of devices, the worst first."""

    async def month(self, name: str | None) -> Mapping[str, Any]:
        """Figures of a month, of the running one without a name.

        Raises:
            ValueError: it is no month.

        """
