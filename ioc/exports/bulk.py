"""Citizens' reports as GeoReport Bulk CSV, the flat companion of Open311's lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from ioc.open311 import ServiceRequest, is_closed, rounded

COLUMNS: Final = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description", "status_notes",
    "source", "service_name", "service_subtype", "description", "agency_responsible", "address", "lat", "long",
)  # fmt: skip


def row(request: ServiceRequest, subtype: str, zone: tzinfo) -> Sequence[object]:
    """One line; ``subtype`` is the name of the subcategory. No text: what citizens write is not given away."""

    def time(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    closed = is_closed(request.status)
    return (
        request.id,
        time(request.requested_at),
        time(request.updated_at),
        time(request.updated_at) if closed else "",
        "closed" if closed else "open",
        request.note,
        "",
        request.service_name,
        subtype,
        "",
        request.agency,
        request.address or "",
        rounded(request.lat),
        rounded(request.lon),
    )
