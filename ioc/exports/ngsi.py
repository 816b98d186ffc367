"""Entities of NGSI-LD (ETSI GS CIM 009) after FIWARE's smart data models: Alert, AirQualityObserved, Device.

In normalized form: each attribute is a Property, GeoProperty or Relationship; times are values of type ``DateTime``; a
position is ``[longitude, latitude]``. :func:`key_values` makes the short form of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

from ioc.catalog.devices import Device
from ioc.incidents.lifecycle import FINISHED
from ioc.kinds import Kinds
from ioc.synthetic import SUFFIX

CORE: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
_MODELS: Final = "https://raw.githubusercontent.com/smart-data-models/dataModel.{}/master/context.jsonld"
CONTEXTS: Final[Mapping[str, Sequence[str]]] = {
    "Alert": (_MODELS.format("Alert"), CORE),
    "AirQualityObserved": (_MODELS.format("Environment"), CORE),
    "Device": (_MODELS.format("Device"), CORE),
}
"""What the names of an entity's type mean; the core context comes last."""
MEDIA: Final = "application/ld+json"

Entity = dict[str, Any]

_CATEGORY: Final = {
    "traffic": "traffic", "environment": "environment", "disaster": "naturalDisaster", "health_food": "health",
    "security": "security", "fire_rescue": "security",
}  # fmt: skip
_SUBCATEGORY: Final = {
    ("traffic", "jam"): "trafficJam",
    ("traffic", "accident"): "carAccident",
    ("traffic", "parking"): "carStopped",
    ("environment", "air"): "airPollution",
    ("environment", "smoke_dust"): "airPollution",
    ("environment", "coal_dust"): "airPollution",
    ("environment", "water"): "waterPollution",
    ("environment", "wastewater"): "waterPollution",
    ("environment", "bay_pollution"): "waterPollution",
    ("disaster", "flood"): "flood",
    ("disaster", "river"): "floodRisk",
    ("disaster", "rain"): "rainfall",
    ("disaster", "storm"): "tropicalCyclone",
    ("disaster", "tide"): "coastalEvent",
    ("fire_rescue", "fire"): "buildingFire",
}
_ROADS: Final = {"road_surface": "pothole", "bridge": "hazardOnRoad", "manhole": "hazardOnRoad"}
"""What of the town is a matter of traffic there."""
_SEVERITY: Final = {"critical": "critical", "high": "high", "normal": "medium", "low": "low"}
POLLUTANTS: Final[Mapping[str, str]] = {
    "pm2_5": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3",
}  # fmt: skip
"""Names in the data model, by ours."""
_UNIT: Final = "GQ"
"""UN/CEFACT's code of micrograms per cubic metre."""
_MEASURES: Final = {
    "air": "airPollution", "rain": "precipitation", "tide": "depth", "river": "depth", "water": "waterPollution",
    "noise": "noiseLevel", "camera": "motion",
}  # fmt: skip
"""What a device measures, by a word of its class."""
_OF_SOURCE: Final = {
    "cameras": ("multimedia", "motion"), "gate": ("sensor", "occupancy"), "bts": ("network", "power"),
}  # fmt: skip
"""Category and what is measured, by the topic that it speaks on."""


def alert(incident: Mapping[str, Any], kinds: Kinds, commune: Callable[[str], str], source: str) -> Entity | None:
    """An incident as an Alert; none where the model has no category for it, it is not shown, or not real.

    Args:
        incident: Its record.
        kinds: What incidents are called, and which are shown.
        commune: Name of a commune by its code; empty where there is none.
        source: Names this system.

    """
    kind, sub = incident["category"], incident["subcategory"]
    category, narrower = _CATEGORY.get(kind), _SUBCATEGORY.get((kind, sub))
    if kind == "urban_infrastructure" and sub in _ROADS:
        category, narrower = "traffic", _ROADS[sub]
    if category is None or not kinds.public(kind, sub) or str(incident["title"]).endswith(SUFFIX):
        return None
    entity = _entity("Alert", incident["incident_id"]) | {
        "alertSource": _property(source),
        "category": _property(category),
        "severity": _property(_SEVERITY[incident["severity"]]),
        "dateIssued": _time(incident["opened_at"]),
        "validFrom": _time(incident["opened_at"]),
        "description": _property(kinds.name(kind, sub, "vi")),
    }
    if narrower is not None:
        entity["subCategory"] = _property(narrower)
    if incident["status"] in FINISHED:
        entity["validTo"] = _time(incident["updated_at"])
    entity |= _place(incident["lat"], incident["lon"])
    if name := commune(incident["commune"]):
        entity["address"] = _property({"type": "PostalAddress", "addressLocality": name, "addressCountry": "VN"})
    return entity | _context("Alert")


def air(rows: Iterable[Mapping[Any, Any]], devices: Mapping[str, Device]) -> Iterator[Entity]:
    """Hours of stations as AirQualityObserved.

    Args:
        rows: ``device_id``, ``metric``, ``hour`` (its beginning), ``mean`` in µg/m³ (none: no measurement), ``count``
            and ``bad``; rows of one station and hour stand together. Stations without a position are left out.
        devices: The register.

    """
    for (device_id, hour), group in groupby(rows, key=lambda row: (row["device_id"], row["hour"])):
        measured = {POLLUTANTS[row["metric"]]: row for row in group if row["mean"] is not None}
        station = devices.get(device_id)
        if not measured or station is None or station.lat is None or station.lon is None:
            continue
        at = hour.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entity = _entity("AirQualityObserved", device_id, at) | {"dateObserved": _time(at)}
        for name, row in measured.items():
            entity[name] = _property(round(row["mean"], 2)) | {"unitCode": _UNIT, "observedAt": at}
        good, bad = (sum(row[part] for row in measured.values()) for part in ("count", "bad"))
        entity["reliability"] = _property(round(good / (good + bad), 3) if good + bad else 0.0)
        entity["refDevice"] = {"type": "Relationship", "object": _urn("Device", device_id)}
        entity["name"] = _property(station.name or station.id)
        entity |= _place(station.lat, station.lon)
        yield entity | _context("AirQualityObserved")


def device(each: Device) -> Entity:
    """A device of the register."""
    category, usual = _OF_SOURCE.get(each.source, ("sensor", "weatherConditions"))
    measured = next((_MEASURES[word] for word in each.kind.split("-") if word in _MEASURES), usual)
    entity = _entity("Device", each.id) | {
        "name": _property(each.name or each.id),
        "category": _property([category]),
        "controlledProperty": _property([measured]),
        "source": _property(each.source),
    }
    return entity | _place(each.lat, each.lon) | _context("Device")


def key_values(entity: Entity) -> Entity:
    """The short form: values without their types."""
    return {name: _value(part) if name != "@context" else part for name, part in entity.items()}


def _value(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    found = part["object"] if part["type"] == "Relationship" else part["value"]
    return found["@value"] if isinstance(found, dict) and found.get("@type") == "DateTime" else found


def _entity(kind: str, *names: str) -> Entity:
    return {"id": _urn(kind, *names), "type": kind}


def _urn(kind: str, *names: str) -> str:
    return f"urn:ngsi-ld:{kind}:" + ":".join(quote(name, safe=":-._") for name in names)


def _context(kind: str) -> Entity:
    return {"@context": list(CONTEXTS[kind])}


def _property(value: Any) -> Entity:
    return {"type": "Property", "value": value}


def _time(at: str) -> Entity:
    instant = datetime.fromisoformat(at)
    assert instant.tzinfo is not None, "times have a zone"
    return _property({"@type": "DateTime", "@value": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})


def _place(lat: float | None, lon: float | None) -> Entity:
    if lat is None or lon is None:
        return {}
    return {"location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}}
