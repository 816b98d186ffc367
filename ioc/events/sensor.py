"""One reading of a station, a gauge or any other sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from pydantic import with_config

from ioc.events.fields import CONFIG, Code, Id, Instant, Latitude, Longitude, Name, SourceUri, joined, position_fault
from ioc.events.identifiers import is_personal, unfit, unprintable
from ioc.events.problems import future
from ioc.events.units import SAME, SENTINELS, Meaning, meaning, unit_of
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
    synthetic: bool | None = None
    """Made by a simulator: shown as such, and kept apart from what is real."""

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
        known = meaning(self.metric, self.unit)
        errors = () if known is SAME else self._rescale(known)
        if (
            self.device_id.isprintable()
            and not is_personal(self.device_id)
            and not (self.id or self.source)
            and (self.lat is None) is (self.lon is None)
            and self.observed_at <= latest
        ):
            return errors
        return [*errors, *self._faults(latest)]

    def _rescale(self, known: Meaning | None) -> Sequence[FieldError]:
        if known is None:
            return [FieldError("/unit", "unit", f"must be a unit of this metric, such as {unit_of(self.metric)}")]
        metric, unit, factor = known
        if not metric.isprintable():
            return unprintable(metric=metric)
        if metric != self.metric:
            object.__setattr__(self, "metric", metric)
        object.__setattr__(self, "unit", unit)
        if factor != 1.0 and self.value not in SENTINELS:
            value = self.value * factor
            if not isfinite(value):
                return [FieldError("/value", "out_of_range", "must be finite in the metric's own unit")]
            object.__setattr__(self, "value", value)
        return ()

    def _faults(self, latest: datetime) -> list[FieldError]:
        errors = unfit(device_id=self.device_id, id=self.id, source=self.source)
        if (self.lat is None) is not (self.lon is None):
            errors.append(position_fault(self.lat))
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
