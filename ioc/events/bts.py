"""One coverage or fault sample of a mobile base station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, with_config

from ioc.events.fields import (
    CONFIG,
    Code,
    Count,
    Id,
    Instant,
    Latitude,
    Line,
    Longitude,
    Name,
    Ratio,
    SourceUri,
    Spelled,
    joined,
    position_fault,
)
from ioc.events.identifiers import unfit
from ioc.events.problems import future
from ioc.records import FieldError

Technology = Literal["2G", "3G", "4G", "5G"]

SiteState = Literal["in_service", "degraded", "out_of_service", "maintenance", "unknown"]
_SiteState = Annotated[
    SiteState,
    Spelled(
        {
            "in_service": "in_service",
            "degraded": "degraded",
            "out_of_service": "out_of_service",
            "maintenance": "maintenance",
            "unknown": "unknown",
            "inService": "in_service",  # ONAP VES 7.2, stateChangeFields
            "outOfService": "out_of_service",
        }
    ),
]

AlarmSeverity = Literal["critical", "major", "minor", "warning", "normal"]
_AlarmSeverity = Annotated[
    AlarmSeverity,
    Spelled(
        {
            spelling: code
            for code in ("critical", "major", "minor", "warning", "normal")
            for spelling in (code, code.upper())  # ONAP VES 7.2, faultFields
        }
    ),
]

RsrpDbm = Annotated[float, Field(ge=-140, le=-44)]
"""3GPP report range of LTE."""
RsrqDb = Annotated[float, Field(ge=-19.5, le=-3)]
"""3GPP report range of LTE."""
SinrDb = Annotated[float, Field(ge=-50, le=60)]
IntervalS = Annotated[float, Field(ge=1, le=86_400)]
"""Seconds between two samples of a kind."""

MeasuredBy = Literal["site", "drive_test", "handset"]
"""Who measured the figures: drive tests and handsets tell of coverage where they are, not of the site's health."""


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Alarm:
    """A fault as the operator's system names it; ``normal`` ends it.

    One with an ``id`` begins and ends by itself, whatever else is wrong with the site; one without speaks for the site.
    """

    severity: _AlarmSeverity
    id: Id | None = None
    condition: Name | None = None
    problem: Line | None = None
    raised_at: Instant | None = None


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Bts:
    """Sample of one site and technology.

    ``interval_s`` is the time until the next sample of its kind: of measurements where it has figures, else of
    heartbeats.
    """

    site_id: Name
    operator: Code
    technology: Technology
    observed_at: Instant
    id: Id | None = None
    state: _SiteState | None = None
    rsrp_dbm: RsrpDbm | None = None
    rsrq_db: RsrqDb | None = None
    sinr_db: SinrDb | None = None
    users: Count | None = None
    prb_ratio: Ratio | None = None
    alarm: Alarm | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    interval_s: IntervalS | None = None
    measured_by: MeasuredBy | None = None
    source: SourceUri | None = None
    synthetic: bool | None = None
    """Made by a simulator: shown as such, and kept apart from what is real."""

    @property
    def at(self) -> datetime:
        """Event time, UTC."""
        return self.observed_at

    @property
    def series(self) -> str:
        """What this is the next sample of; operators may share a site."""
        return joined(self.site_id, self.operator, self.technology)

    @property
    def own_id(self) -> str:
        """The event's id; empty where series and time are its identity."""
        return self.id or ""

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors = unfit(site_id=self.site_id, operator=self.operator, id=self.id, source=self.source)
        if self.alarm is not None and self.alarm.id is not None:
            errors += unfit(**{"alarm/id": self.alarm.id})
        if (self.lat is None) is not (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
