"""Preset ``json``: fields wherever they stand, times as devices write them, errors where they are in the payload."""

from __future__ import annotations

import pytest

from ioc.events import decode_batch
from tests.unit.mqtt.support import NOW, decode, faults, headers, values

PLAIN = """
[[topic]]
filters = ["stations/{device_id}/{metric}"]
preset = "json"
source = "sensors"
publisher = "stations"
"""
MAPPED = """
[[topic]]
filters = ["{site}/data"]
preset = "json"
source = "sensors"
publisher = "loggers/{site}"
each = "/readings"
time = "unix_ms"

[topic.fields]
metric = "/name"
value = "/data/v"
observed_at = "/ts"

[topic.set]
device_id = "logger-{site}"
unit = "mm"
"""
AT = "2026-11-27T02:59:00Z"


def test_topic_and_payload_together_are_an_event() -> None:
    decoded = decode(PLAIN, "stations/air-7/PM2,5", {"value": 0.03, "unit": "mg/m3", "observed_at": AT})
    assert values(decoded) == [
        {"device_id": "air-7", "metric": "pm2_5", "value": 30.0, "unit": "µg/m³", "observed_at": AT}
    ]
    assert decoded.records[0].key == b"air-7"
    assert decoded.records[0].topic == "ioc.raw.sensors"
    assert headers(decoded) == {
        "ce_specversion": "1.0", "ce_id": f"air-7|pm2_5|{AT}", "ce_source": "stations", "ce_type": "vn.ioc.sensor.v1",
        "ce_time": AT, "content-type": "application/json",
    }  # fmt: skip


def test_what_is_written_is_what_intake_reads() -> None:
    decoded = decode(PLAIN, "stations/air-7/pm10", {"value": 3, "unit": "ug/m3", "observed_at": AT})
    record = decoded.records[0]
    batch = decode_batch("sensors", record.topic, [record.value], [record.headers], now=NOW, max_future=NOW - NOW)
    assert batch.rejects == []
    assert batch.identity(0) == ("stations", headers(decoded)["ce_id"])


def test_the_topic_wins_over_the_payload() -> None:
    decoded = decode(
        PLAIN, "stations/air-7/pm10", {"device_id": "air-8", "value": 3, "unit": "µg/m³", "observed_at": AT}
    )
    assert values(decoded)[0]["device_id"] == "air-7"


def test_fields_are_taken_from_where_the_mapping_says() -> None:
    ts = int(NOW.timestamp() * 1000) - 60_000
    decoded = decode(MAPPED, "hill/data", {"readings": [{"name": "rain_1h", "data": {"v": 4}, "ts": ts}]})
    assert values(decoded) == [
        {"device_id": "logger-hill", "metric": "rain_1h", "value": 4.0, "unit": "mm", "observed_at": AT}
    ]
    assert headers(decoded)["ce_source"] == "loggers/hill"


def test_a_bad_item_costs_itself_only_and_is_pointed_at() -> None:
    ts = int(NOW.timestamp() * 1000)
    items = [
        {"name": "rain_1h", "data": {"v": 4}, "ts": ts},
        {"name": "rain_1h", "data": {"v": "wet"}, "ts": ts},
        {"name": "rain_1h", "data": {"v": 5}, "ts": "now"},
        {"name": "rain_1h", "data": {}, "ts": ts + 3_600_000},
        17,
    ]
    decoded = decode(MAPPED, "hill/data", {"readings": items})
    assert decoded.outcome == "partial"
    assert len(decoded.records) == 1
    assert set(faults(decoded)) == {
        ("/readings/1/data/v", "type"),
        ("/readings/2/ts", "type"),
        ("/readings/3/data/v", "missing"),
        ("/readings/4/name", "missing"),
        ("/readings/4/data/v", "missing"),
        ("/readings/4/ts", "missing"),
    }


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b"", ("", "empty")),
        (b"{", ("", "json")),
        (b"\xff", ("", "encoding")),
        (b"[]", ("", "empty")),
        (b"7", ("", "type")),
        ({"value": 3, "unit": "K", "observed_at": AT}, ("/unit", "unit")),
        ({"value": 3, "unit": "µg/m³", "observed_at": "2026-11-27T09:59:00"}, ("/observed_at", "naive_time")),
        ({"value": 3, "unit": "µg/m³", "observed_at": "2026-11-27T04:59:00Z"}, ("/observed_at", "future")),
        ({"value": 3, "unit": "µg/m³", "observed_at": AT, "source": "others"}, ("/source", "source_mismatch")),
        (b" " * 262_145, ("", "too_large")),
    ],
)
def test_what_cannot_be_read_says_where_and_why(payload: object, fault: tuple[str, str]) -> None:
    assert fault in faults(decode(PLAIN, "stations/air-7/pm10", payload))


def test_a_level_that_is_no_name_is_told_without_being_quoted() -> None:
    decoded = decode(PLAIN, f"stations/{'x' * 200}/pm10", {"value": 3, "unit": "µg/m³", "observed_at": AT})
    assert faults(decoded) == [("", "too_long")]
    assert decoded.rejects[0].errors[0].message == "device_id: must have at most 128 characters"


def test_clocks_without_offset_get_the_mappings() -> None:
    mapping = PLAIN + 'offset = "+07:00"\n'
    decoded = decode(mapping, "stations/a/pm10", {"value": 3, "unit": "µg/m³", "observed_at": "2026-11-27T09:59:00"})
    assert values(decoded)[0]["observed_at"] == AT
    decoded = decode(mapping, "stations/a/pm10", {"value": 3, "unit": "µg/m³", "observed_at": AT})
    assert values(decoded)[0]["observed_at"] == AT


def test_a_bare_number_can_be_a_reading_of_now_but_not_when_it_was_kept() -> None:
    mapping = PLAIN + 'time = "arrival"\n[topic.fields]\nvalue = ""\n[topic.set]\nunit = "dBA"\n'
    assert values(decode(mapping, "stations/n-1/noise", b"61.5"))[0] == {
        "device_id": "n-1", "metric": "noise", "value": 61.5, "unit": "dBA", "observed_at": "2026-11-27T03:00:00Z",
    }  # fmt: skip
    kept = decode(mapping, "stations/n-1/noise", b"61.5", retained=True)
    assert (kept.records, kept.rejects, kept.passed) == ([], [], "retained")


def test_a_topic_without_an_entry_is_a_reject() -> None:
    decoded = decode(PLAIN, "elsewhere", b"{}")
    assert (decoded.preset, decoded.outcome) == ("unmapped", "rejected")


@pytest.mark.parametrize("source", ["cameras", "bts", "gate", "security"])
def test_every_machine_source_can_be_the_target(source: str) -> None:
    examples = {
        "cameras": {"id": "c", "camera_id": "k", "kind": "fire", "observed_at": AT, "confidence": 0.9},
        "bts": {"site_id": "s", "operator": "o", "technology": "4G", "observed_at": AT},
        "gate": {"gate_id": "g", "direction": "in", "kind": "queue", "observed_at": AT},
        "security": {"id": "e", "asset_id": "a", "kind": "scan", "severity": "low", "observed_at": AT},
    }
    mapping = f'[[topic]]\nfilters = ["x"]\npreset = "json"\nsource = "{source}"\npublisher = "p"\n'
    decoded = decode(mapping, "x", examples[source])
    assert decoded.outcome == "written"
    assert decoded.records[0].topic == f"ioc.raw.{source}"
