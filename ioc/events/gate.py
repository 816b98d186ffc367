"""A vehicle at a border gate, or a sample of its queues and yards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import with_config

from ioc.events.fields import (
    CONFIG,
    Code,
    Count,
    Id,
    Instant,
    Latitude,
    Longitude,
    Name,
    Ratio,
    SourceUri,
    joined,
    position_fault,
)
from ioc.events.identifiers import plate_shaped, unfit, unprintable, with_plate
from ioc.events.problems import future
from ioc.records import FieldError

Direction = Literal["in", "out"]
"""``in`` enters the country, ``out`` leaves it."""

VehicleState = Literal[
    "declared",
    "approved",
    "en_route",
    "yard_waiting",
    "called",
    "inspecting",
    "cleared",
    "crossed",
    "rejected",
    "returned",
    "cancelled",
    "expired",
]

InspectionState = Literal["pending", "passed", "failed"]


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Inspections:
    """The three inspections of a vehicle; they go on side by side, and none waits for another."""

    customs: InspectionState | None = None
    quarantine: InspectionState | None = None
    border_guard: InspectionState | None = None


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Gate:
    """Passage of a vehicle (``vehicle_ref``, ``state``) or sample of a queue (``vehicles_waiting``)."""

    gate_id: Name
    direction: Direction
    kind: Code
    observed_at: Instant
    id: Id | None = None
    vehicle_ref: Name | None = None
    goods: Code | None = None
    state: VehicleState | None = None
    vehicles_waiting: Count | None = None
    yard_fill_ratio: Ratio | None = None
    yard: Code | None = None
    """Where the vehicle waits, or which yard the sample counts; without it a sample counts the whole direction."""
    lanes_open: Count | None = None
    perishable: bool | None = None
    """Whether the load spoils; without it the class of goods decides."""
    inspections: Inspections | None = None
    yard_capacity: Count | None = None
    """Vehicles that the yard holds: the fill is counted where nobody says it."""
    arrivals_per_hour: Count | None = None
    """Vehicles that came within the last hour; for gates that count without following vehicles."""
    crossings_per_hour: Count | None = None
    """Vehicles that crossed within the last hour; see above."""
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
        """What this is the next sample of: queues differ by direction, yard and goods."""
        if self.yard is not None and self.vehicle_ref is None:
            return joined(self.gate_id, self.direction, self.kind, self.goods or "", self.yard)
        return joined(self.gate_id, self.direction, self.kind, self.goods or "")

    @property
    def own_id(self) -> str:
        """The event's id; empty where series and time are its identity.

        Two vehicles may pass in the same second, so that a passage without id is named by its vehicle too.
        """
        if self.id is None and self.vehicle_ref is not None:
            return f"{self.series}|{joined(self.vehicle_ref, self.state or '', self.observed_at.isoformat())}"
        return self.id or ""

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors = unfit(gate_id=self.gate_id, kind=self.kind, id=self.id, source=self.source)
        if self.vehicle_ref is not None and self.id is not None and plate_shaped(self.vehicle_ref):
            errors += with_plate(self.vehicle_ref, id=self.id)
        words = f"{self.goods or ''}{self.vehicle_ref or ''}{self.yard or ''}"
        if not words.isprintable():
            errors += unprintable(goods=self.goods, vehicle_ref=self.vehicle_ref, yard=self.yard)
        if (self.lat is None) is not (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
