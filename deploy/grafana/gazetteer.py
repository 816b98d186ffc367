"""Places for Grafana's maps, out of the province's catalogue: centres, communes, and what the register of devices has.

Grafana looks a label's value up among the keys: the code of a centre or commune, the id of a station or gate.
"""

from __future__ import annotations

import json
from statistics import fmean
from typing import Any

from ioc.catalog import Catalogue

_DIGITS = 5
"""About a metre."""


def places(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Centres, communes and devices that have a position, each with its key.

    A centre stands in the middle of the communes that it is in charge of.
    """
    found: list[dict[str, Any]] = []
    for centre in catalogue.centres.values():
        points = [
            (commune.lat, commune.lon)
            for commune in catalogue.communes.values()
            if commune.centre == centre.code and commune.lat is not None and commune.lon is not None
        ]
        if points:
            lat, lon = fmean(lat for lat, _ in points), fmean(lon for _, lon in points)
            found.append(_place(centre.code, centre.name, lat, lon))
    located = [*catalogue.communes.values()]
    found += [
        _place(commune.code, commune.name, commune.lat, commune.lon)
        for commune in located
        if commune.lat is not None and commune.lon is not None
    ]
    known = {place["key"] for place in found}
    found += [
        _place(device.id, device.name, device.lat, device.lon)
        for device in catalogue.devices.values()
        if device.source in {"sensors", "gate"} and device.lat is not None and device.lon is not None
        if device.id not in known
    ]
    return found


def communes(catalogue: Catalogue) -> dict[str, Any]:
    """The communes as GeoJSON: their reference points, a background that needs no tile server."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": commune.code, "name": commune.name, "centre": commune.centre},
            "geometry": {"type": "Point", "coordinates": [round(commune.lon, _DIGITS), round(commune.lat, _DIGITS)]},
        }
        for commune in catalogue.communes.values()
        if commune.lat is not None and commune.lon is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def as_text(value: object) -> str:
    """JSON as it is committed: one item a line, so that a change can be read."""
    items = value if isinstance(value, list) else [value]
    lines = [json.dumps(item, ensure_ascii=False, separators=(", ", ": ")) for item in items]
    return "[\n" + ",\n".join(lines) + "\n]\n" if isinstance(value, list) else lines[0] + "\n"


def _place(key: str, name: str, lat: float, lon: float) -> dict[str, Any]:
    return {"key": key, "name": name, "latitude": round(lat, _DIGITS), "longitude": round(lon, _DIGITS)}
