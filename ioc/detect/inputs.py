"""What detectors read of events: each as little as it needs, described once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Placed(Protocol):
    """An event that may say where its device is, WGS 84 degrees."""

    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...


class Reading(Protocol):
    """A reading: metric and unit are canonical already."""

    @property
    def device_id(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def status(self) -> str | None: ...


class PlacedReading(Reading, Placed, Protocol):
    """A reading as a device sends it."""


class CameraEvent(Protocol):
    """What a camera says, of what it sees or of itself."""

    @property
    def camera_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...


class PlacedCameraEvent(CameraEvent, Placed, Protocol):
    """What a camera says of itself, and where it is."""


class Detection(CameraEvent, Protocol):
    """Something that a camera sees."""

    @property
    def confidence(self) -> float: ...
    @property
    def label(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def dwell_s(self) -> float | None: ...
