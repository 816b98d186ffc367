"""Incidents as GeoJSON (RFC 7946): longitude first, no geometry where it is not known where something is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from ioc.synthetic import SUFFIX

MEDIA: Final = "application/geo+json"

_SHOWN: Final = (
    "incident_id", "province", "commune", "centre", "unit", "category", "subcategory", "severity", "status", "title",
    "opened_at", "updated_at", "due_at", "overdue", "evidence_count", "reporters", "parent", "children_count",
    "previous_incident", "version",
)  # fmt: skip
"""Of an incident: who acknowledged it, and who did what, is nobody else's business."""


def feature(incident: Mapping[str, Any]) -> dict[str, Any]:
    """One feature of an incident's record."""
    lat, lon = incident.get("lat"), incident.get("lon")
    located = lat is not None and lon is not None
    return {
        "type": "Feature",
        "id": incident["incident_id"],
        "geometry": {"type": "Point", "coordinates": [lon, lat]} if located else None,
        "properties": {
            **{name: incident.get(name) for name in _SHOWN},
            "synthetic": str(incident["title"]).endswith(SUFFIX),
        },
    }


class Collection:
    """A feature collection, written piece by piece."""

    media = MEDIA
    suffix = "geojson"

    def __init__(self) -> None:
        self._first = True

    def head(self) -> bytes:
        """What stands before the features."""
        return b'{"type":"FeatureCollection","features":['

    def part(self, incident: Mapping[str, Any]) -> bytes:
        """One feature, and what parts it from the one before."""
        comma = b"" if self._first else b",\n"
        self._first = False
        return comma + orjson.dumps(feature(incident))

    def tail(self, following: str | None) -> bytes:
        """What stands behind them; ``following`` is where the next page begins, if there is one."""
        return b'],"next":' + orjson.dumps(following) + b"}\n"
