"""One reading of a station, a gauge or any other sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from pydantic import with_config

from ioc.events.fields import CONFIG, Code, Id, Instant, Latitude, Longitude, Name, SourceUri, joined, position_fault
from ioc.events.problems import future, unprintable
from ioc.events.units import SENTINELS, meaning, unit_of
from ioc.records import FieldError


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Sensor:
    """Reading; after :meth:`settle`, a known metric has its canonical name, unit and scale."""

    device_id: Name
    metric: Code
    value: float
    unit: Code
    observed_at: Instant
    id: Id | None = None
    status: Code | None = None
    """As the logger says; Circular 10/2021: 00 measuring, 01 calibrating, 02 device error."""
    lat: Latitude | None = None
    lon: Longitude | None = None
    source: SourceUri | None = None

    @property
    def at(self) -> datetime:
        """Event time, UTC."""
        return self.observed_at

    @property
    def series(self) -> str:
        """What this is the next sample of."""
        return joined(self.device_id, self.metric)

    @property
    def own_id(self) -> str:
        """The event's id; empty where series and time are its identity."""
        return self.id or ""

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Bring metric, unit and value into canonical form; find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors: list[FieldError] = []
        known = meaning(self.metric, self.unit)
        if known is None:
            errors.append(FieldError("/unit", "unit", f"must be a unit of this metric, such as {unit_of(self.metric)}"))
        elif known.metric != self.metric or known.unit != self.unit:
            factor = 1.0 if self.value in SENTINELS else known.factor
            if not isfinite(self.value * factor):
                errors.append(FieldError("/value", "out_of_range", "must be finite in the metric's own unit"))
            object.__setattr__(self, "metric", known.metric)
            object.__setattr__(self, "unit", known.unit)
            object.__setattr__(self, "value", self.value * factor)
        if not self.device_id.isprintable():
            errors.append(unprintable("/device_id"))
        if not self.metric.isprintable():
            errors.append(unprintable("/metric"))
        if self.id is not None and not self.id.isprintable():
            errors.append(unprintable("/id"))
        if (self.lat is None) != (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
