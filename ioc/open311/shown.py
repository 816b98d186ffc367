"""What is shown of a request, to whom: nothing personal, positions to about a hundred metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from ioc.incidents.lifecycle import FINISHED
from ioc.vocabulary import Status

DECIMALS: Final = 3
"""Of degrees: 111 m of latitude, 104 m of longitude at 20° north."""
_GRID: Final = 10.0**DECIMALS


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the citizen was told."""

    at: datetime
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One request as it stands.

    Attributes:
        id: What it is asked for by.
        status: Our own, finer than the standard's.
        note: What was said of it last.
        service: Code of the service, as we understood the report.
        service_name: Its name.
        subcategory: As we understood the report.
        description: Redacted text, for who may read it; none for everybody else.
        agency: Name of the unit in charge.
        requested_at: When it came.
        updated_at: When something was said of it last.
        expected_at: By when it is to be done.
        commune: Code.
        address: Name of the commune.
        lat: Degrees, as exact as it is known: only what is shown of it is rounded.
        lon: Degrees.
        incident: Id of what is being handled.
        merged: Reports of the same happening.
        notes: All that was said of it, the earliest first; none: they are not asked for.

    """

    id: str
    status: Status
    note: str
    service: str
    service_name: str
    subcategory: str
    description: str | None
    agency: str
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime
    commune: str | None
    address: str | None
    lat: float | None
    lon: float | None
    incident: str | None = None
    merged: int = 0
    notes: Sequence[Note] | None = None


def is_closed(status: str) -> bool:
    """Whether nothing is left to do."""
    return status in FINISHED


def rounded(degrees: float | None) -> float | None:
    """A position as it is shown."""
    return None if degrees is None else round(degrees, DECIMALS)


def snapped(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A rectangle that holds the exact positions whose rounded ones lie in another.

    Asking with ever smaller rectangles then tells no more than what is shown.
    """
    west, south, east, north = box
    return _low(west), _low(south), _high(east), _high(north)


def record(request: ServiceRequest, zone: tzinfo) -> dict[str, Any]:
    """A request in the standard's words, in the order of its text."""

    def time(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    shown: dict[str, Any] = {
        "service_request_id": request.id,
        "status": "closed" if is_closed(request.status) else "open",
        "status_notes": request.note,
        "service_name": request.service_name,
        "service_code": request.service,
        "description": request.description,
        "agency_responsible": request.agency,
        "service_notice": None,
        "requested_datetime": time(request.requested_at),
        "updated_datetime": time(request.updated_at),
        "expected_datetime": time(request.expected_at),
        "address": request.address,
        "address_id": request.commune,
        "zipcode": None,
        "lat": rounded(request.lat),
        "long": rounded(request.lon),
        "media_url": None,
    }
    if request.notes is None:
        return shown
    notes = [{"datetime": time(note.at), "description": note.text, "type": note.kind} for note in request.notes]
    return shown | {"extended_attributes": _extended(request), "notes": notes}


def _extended(request: ServiceRequest) -> Mapping[str, Any]:
    return {
        "detailed_status": request.status,
        "subcategory": request.subcategory,
        "incident_id": request.incident,
        "reports": max(1, request.merged),
    }


def _low(degrees: float) -> float:
    return (_ceil(degrees * _GRID) - 0.5) / _GRID


def _high(degrees: float) -> float:
    return (_floor(degrees * _GRID) + 0.5) / _GRID


def _floor(value: float) -> int:
    # A bound that is a number of the grid is meant to be on it, whatever binary fractions make of it.
    near = round(value)
    return near if abs(value - near) < 1e-6 else int(value // 1)


def _ceil(value: float) -> int:
    return -_floor(-value)
