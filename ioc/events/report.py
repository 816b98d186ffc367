"""What a citizen reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, with_config

from ioc.events.fields import (
    CONFIG,
    Code,
    Id,
    Instant,
    Latitude,
    Line,
    Link,
    Longitude,
    Name,
    SourceUri,
    Text,
    position_fault,
)
from ioc.events.identifiers import unfit
from ioc.events.problems import future
from ioc.records import FieldError

Channel = Literal["app", "hotline", "officer", "portal", "zalo"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

MAX_PHOTOS: Final = 20

Metres = Annotated[float, Field(ge=0, le=1_000_000)]


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: personal data, gone after intake."""

    id: Name | None = None
    name: Line | None = None
    phone: Code | None = None
    email: Line | None = None

    @property
    def identity(self) -> str | None:
        """By what the publisher knows the person; a name alone tells nobody from another."""
        return self.id or self.phone or self.email


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Report:
    """A citizen's report, the text as written."""

    id: Id
    occurred_at: Instant
    text: Text
    lat: Latitude | None = None
    lon: Longitude | None = None
    accuracy_m: Metres | None = None
    address: Line | None = None
    category_hint: Code | None = None
    photos: Annotated[list[Link], Field(max_length=MAX_PHOTOS)] | None = None
    channel: Channel | None = None
    locale: Code | None = None
    """BCP 47 tag of the language in which the citizen wants the answer."""
    reporter: Reporter | None = None
    source: SourceUri | None = None
    synthetic: bool | None = None
    """Made by a simulator: shown as such, and kept apart from what is real."""

    @property
    def at(self) -> datetime:
        """Event time, UTC."""
        return self.occurred_at

    @property
    def series(self) -> str:
        """What this is the next sample of: a report stands alone."""
        return self.id

    @property
    def own_id(self) -> str:
        """The event's id."""
        return self.id

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors = unfit(id=self.id, source=self.source)
        if (self.lat is None) is not (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.occurred_at > latest:
            errors.append(future("/occurred_at"))
        return errors
