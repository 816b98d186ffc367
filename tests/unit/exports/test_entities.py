"""GeoJSON, NGSI-LD and TMF642 against vectors written from their specifications' texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from ioc.catalog.devices import Device
from ioc.exports import ngsi, tmf642
from ioc.exports.geojson import Collection, feature
from ioc.kinds import shipped_kinds
from tests.unit.exports.support import INCIDENT, incident

KINDS = shipped_kinds()
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
HOUR = datetime(2026, 11, 20, 1, tzinfo=UTC)


def device(name: str, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name, "source": "sensors", "kind": "air-station", "name": "Trạm Hạ Long", "lat": 20.95, "lon": 107.08,
        "commune": None, "interval_s": 300.0, "collector": None, "limit_sets": (), "operator": None,
        "technologies": (), "upstream": None, "site": None, "tags": (), "synthetic": False,
    }  # fmt: skip
    return Device(**fields | changes)


def hold_the_rules(entity: dict[str, Any]) -> None:
    """Rules of ETSI GS CIM 009 (4.5, 5.2.4, 5.2.5) for an entity in normalized form."""
    assert entity["id"].startswith(f"urn:ngsi-ld:{entity['type']}:")
    assert " " not in entity["id"]
    assert entity["@context"][-1] == CORE
    for name, attribute in entity.items():
        if name in {"id", "type", "@context"}:
            continue
        kind = attribute["type"]
        assert kind in {"Property", "GeoProperty", "Relationship"}, name
        assert ("object" if kind == "Relationship" else "value") in attribute
        if kind == "GeoProperty":
            lon, lat = attribute["value"]["coordinates"]
            assert (attribute["value"]["type"], lon > 100, lat < 30) == ("Point", True, True)
        value = attribute.get("value")
        if isinstance(value, dict) and "@type" in value:
            assert value["@type"] == "DateTime"
            assert value["@value"].endswith("Z")


def test_a_feature_collection_is_written_piece_by_piece() -> None:
    form = Collection()
    raw = form.head() + form.part(incident()) + form.part(incident(incident_id="b", lat=None)) + form.tail(None)
    content = orjson.loads(raw)
    assert (content["type"], len(content["features"])) == ("FeatureCollection", 2)
    assert content["features"][0]["geometry"] == {"type": "Point", "coordinates": [107.08051, 20.95049]}
    assert content["features"][1]["geometry"] is None
    assert orjson.loads(Collection().head() + Collection().tail("x")) == {
        "type": "FeatureCollection", "features": [], "next": "x",
    }  # fmt: skip


def test_a_feature_says_nothing_of_operators() -> None:
    assert "operator.binh" not in orjson.dumps(feature(INCIDENT)).decode()


def test_an_alert_has_what_the_model_asks_for() -> None:
    made = ngsi.alert(INCIDENT, KINDS, {"06652": "Phường Hà Tu"}.get, "urn:ioc:22")  # type: ignore[arg-type]
    assert made is not None
    hold_the_rules(made)
    assert ngsi.key_values(made) == {
        "id": "urn:ngsi-ld:Alert:22-06652-20261120-abcdef", "type": "Alert", "alertSource": "urn:ioc:22",
        "category": "traffic", "subCategory": "trafficJam", "severity": "high", "dateIssued": "2026-11-20T01:00:00Z",
        "validFrom": "2026-11-20T01:00:00Z", "description": "Ùn tắc giao thông",
        "location": {"type": "Point", "coordinates": [107.08051, 20.95049]},
        "address": {"type": "PostalAddress", "addressLocality": "Phường Hà Tu", "addressCountry": "VN"},
        "@context": ["https://raw.githubusercontent.com/smart-data-models/dataModel.Alert/master/context.jsonld", CORE],
    }  # fmt: skip
    assert "Nguyễn" not in orjson.dumps(made).decode()


@pytest.mark.parametrize(
    ("category", "subcategory", "found"),
    [
        ("disaster", "flood", ("naturalDisaster", "flood")),
        ("urban_infrastructure", "road_surface", ("traffic", "pothole")),
        ("health_food", "food_safety", ("health", None)),
        ("telecom", "bts", None),
        ("security", "theft", None),
        ("fire_rescue", "self_harm", None),
        ("urban_infrastructure", "tree", None),
    ],
)
def test_what_the_model_has_no_category_for_is_no_alert(
    category: str, subcategory: str, found: tuple[str, str | None] | None
) -> None:
    made = ngsi.alert(incident(category=category, subcategory=subcategory), KINDS, lambda _: "", "urn:ioc:22")
    if found is None:
        assert made is None
    else:
        assert made is not None
        short = ngsi.key_values(made)
        assert (short["category"], short.get("subCategory")) == found


def test_what_a_simulator_made_is_no_alert_and_is_marked_elsewhere() -> None:
    made = incident(title="Kẹt xe (mô phỏng)")
    assert ngsi.alert(made, KINDS, lambda _: "", "urn:ioc:22") is None
    assert feature(made)["properties"]["synthetic"] is True
    assert feature(incident())["properties"]["synthetic"] is False
    assert "synthetic" in tmf642.alarm(made, [], system="s", title="x")["alarmDetails"]


def test_an_alert_that_is_over_says_until_when() -> None:
    made = ngsi.alert(incident(status="resolved"), KINDS, lambda _: "", "urn:ioc:22")
    assert made is not None
    assert ngsi.key_values(made)["validTo"] == "2026-11-20T02:00:00Z"


def row(name: str, metric: str, mean: float | None, hour: datetime = HOUR, bad: int = 0) -> dict[str, Any]:
    return {"device_id": name, "metric": metric, "hour": hour, "mean": mean, "count": 12 - bad, "bad": bad}


def test_hours_of_a_station_become_observations() -> None:
    rows = [
        row("air 1", "no2", 31.25), row("air 1", "pm2_5", 48.512, bad=6),
        row("air 1", "pm2_5", None, HOUR + timedelta(hours=1)), row("lost", "pm10", 1.0), row("nowhere", "pm10", 1.0),
    ]  # fmt: skip
    made = list(ngsi.air(rows, {"air 1": device("air 1"), "nowhere": device("nowhere", lat=None)}))
    assert len(made) == 1
    hold_the_rules(made[0])
    assert made[0]["pm25"] == {
        "type": "Property", "value": 48.51, "unitCode": "GQ", "observedAt": "2026-11-20T01:00:00Z",
    }  # fmt: skip
    short = ngsi.key_values(made[0])
    assert short["id"] == "urn:ngsi-ld:AirQualityObserved:air%201:2026-11-20T01:00:00Z"
    assert (short["no2"], short["dateObserved"], short["refDevice"]) == (
        31.25, "2026-11-20T01:00:00Z", "urn:ngsi-ld:Device:air%201",
    )  # fmt: skip
    assert short["reliability"] == 0.75


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ("sensor", "airPollution")),
        ({"kind": "rain-gauge"}, ("sensor", "precipitation")),
        ({"kind": "ptz", "source": "cameras"}, ("multimedia", "motion")),
        ({"kind": "site", "source": "bts"}, ("network", "power")),
    ],
)
def test_a_device_says_what_it_measures_in_the_models_words(changes: dict[str, Any], found: tuple[str, str]) -> None:
    made = ngsi.device(device("d", **changes))
    hold_the_rules(made)
    short = ngsi.key_values(made)
    assert (short["category"], short["controlledProperty"]) == ([found[0]], [found[1]])


def test_an_alarm_has_the_mandatory_fields() -> None:
    made = tmf642.alarm(
        incident(category="telecom", subcategory="no_signal"), ["QN-1", "QN-2"], system="urn:ioc:22", title="x"
    )
    assert set(made) >= {
        "id", "href", "alarmType", "perceivedSeverity", "probableCause", "alarmedObject", "sourceSystemId", "state",
        "alarmRaisedTime",
    }  # fmt: skip
    assert made["href"] == "/tmf-api/alarm/v4/alarm/22-06652-20261120-abcdef"
    assert (made["perceivedSeverity"], made["state"], made["ackState"]) == ("major", "updated", "unacknowledged")
    assert (made["alarmType"], made["probableCause"]) == ("communicationsAlarm", "lossOfSignal")
    assert [each["id"] for each in made["affectedService"]] == ["QN-1", "QN-2"]
    assert "alarmClearedTime" not in made
    assert "Nguyễn" not in orjson.dumps(made).decode()
    assert "operator.binh" not in orjson.dumps(made).decode()


def test_a_cleared_alarm_has_no_severity_any_more() -> None:
    made = tmf642.alarm(incident(status="resolved", parent="p"), [], system="s", title="x")
    assert (made["perceivedSeverity"], made["state"]) == ("cleared", "cleared")
    assert made["alarmClearedTime"] == "2026-11-20T02:00:00Z"
    assert made["parentAlarm"] == [{"id": "p", "href": "/tmf-api/alarm/v4/alarm/p"}]
    assert made["alarmedObject"]["@referredType"] == "Area"
    assert set(tmf642.chosen(made, {"state"})) == {"id", "href", "@type", "state"}
