"""What a camera, or the analysis behind it, has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import with_config

from ioc.events.fields import (
    CONFIG,
    Code,
    Id,
    Instant,
    Latitude,
    Link,
    Longitude,
    Name,
    Ratio,
    Seconds,
    SourceUri,
    joined,
    position_fault,
)
from ioc.events.identifiers import unfit, with_plate
from ioc.events.problems import future
from ioc.records import FieldError


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Camera:
    """Detection or state of a camera."""

    id: Id
    camera_id: Name
    kind: Code
    observed_at: Instant
    confidence: Ratio
    label: Name | None = None
    zone: Name | None = None
    plate: Code | None = None
    """Number plate, or a keyed hash of it; see ``ioc.privacy.plates``."""
    snapshot: Link | None = None
    ended_at: Instant | None = None
    """When it was over; absent while it goes on."""
    dwell_s: Seconds | None = None
    """How long it had gone on when this was written, seconds."""
    lat: Latitude | None = None
    lon: Longitude | None = None
    source: SourceUri | None = None
    synthetic: bool | None = None
    """Made by a simulator: shown as such, and kept apart from what is real."""

    @property
    def at(self) -> datetime:
        """Event time, UTC."""
        return self.observed_at

    @property
    def series(self) -> str:
        """What this is the next sample of."""
        return joined(self.camera_id, self.kind)

    @property
    def own_id(self) -> str:
        """The event's id."""
        return self.id

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors = unfit(id=self.id, camera_id=self.camera_id, kind=self.kind, source=self.source)
        if self.plate is not None:
            errors += with_plate(self.plate, id=self.id, camera_id=self.camera_id, kind=self.kind, source=self.source)
        if (self.lat is None) is not (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
