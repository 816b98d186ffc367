from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.events import CODES, SPECS, Bts, Gate, Security, Sensor, event_id
from ioc.vocabulary import SOURCES, Source
from tests.unit.events.examples import ABSENT, FULL, NOW, REQUIRED, TIME_FIELD, check, faults, raw, vary


@pytest.mark.parametrize("source", SOURCES)
def test_the_full_example_is_read_field_by_field(source: Source) -> None:
    event = check(source, raw(source))
    assert not isinstance(event, list)
    assert isinstance(event, SPECS[source].model)
    assert event.at == datetime(2026, 10, 1, 1, 15, tzinfo=UTC)
    assert event.at.tzinfo is UTC
    for name, sent in FULL[source].items():
        if not isinstance(sent, dict) and not name.endswith("_at"):
            assert getattr(event, name) == sent


@pytest.mark.parametrize("source", SOURCES)
def test_required_fields_suffice_and_each_is_required(source: Source) -> None:
    least = {name: FULL[source][name] for name in REQUIRED[source]}
    assert faults(source, least) == []
    for name in REQUIRED[source]:
        assert faults(source, {key: value for key, value in least.items() if key != name}) == [(f"/{name}", "missing")]


@pytest.mark.parametrize("source", SOURCES)
def test_every_other_field_may_be_null_or_absent(source: Source) -> None:
    optional = set(FULL[source]) - set(REQUIRED[source])
    assert faults(source, vary(source, **dict.fromkeys(optional))) == []
    found = faults(source, vary(source, **dict.fromkeys(REQUIRED[source])))
    assert {pointer for pointer, _ in found} == {f"/{name}" for name in REQUIRED[source]}
    assert {code for _, code in found} <= {"type", "not_allowed"}


@pytest.mark.parametrize("source", SOURCES)
def test_fields_that_are_not_ours_are_no_error_and_are_not_kept(source: Source) -> None:
    event = check(source, vary(source, surprise={"deep": [1, 2]}))
    assert isinstance(event, SPECS[source].model)
    assert not hasattr(event, "surprise")


@pytest.mark.parametrize("source", SOURCES)
def test_events_cannot_be_changed(source: Source) -> None:
    event = check(source, raw(source))
    with pytest.raises(AttributeError):
        event.source = "urn:other"  # type: ignore[union-attr,misc]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2026-10-01T08:15:00", "naive_time"),
        ("2026-10-01 08:15:00.5", "naive_time"),
        (1_790_000_000, "type"),
        (1_790_000_000.5, "type"),
        ("1790000000", "time"),
        ("1790000000.123456789", "time"),
        ("2026-10-01", "time"),
        ("2026-10-01T08:15Z", "time"),
        ("2026-10-01T08:15+07:00", "time"),
        ("2026-10-01T08:15+07:00:01", "time"),
        ("20261001T081500+0700", "time"),
        ("2026-W40-4T08:15:00Z", "time"),
        ("2026-10-01x08:15:00Z", "time"),
        ("2026-02-30T08:15:00Z", "time"),
        ("2026-10-01T25:15:00Z", "time"),
        ("hôm qua", "time"),
        ("", "time"),
        ("z", "time"),
        ("2026-10-01T08:15:00Z" * 9, "too_long"),
        ("1970-01-01T00:00:00Z", "out_of_range"),
        ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("9999-12-31T23:59:59-12:00", "out_of_range"),
        ("9998-12-31T23:59:59-12:00", "future"),
        ("2026-10-01T10:05:00.000001+07:00", "future"),
    ],
)
def test_times_that_are_not_rfc_3339_or_cannot_be(time: object, code: str) -> None:
    for source, field in TIME_FIELD.items():
        assert faults(source, vary(source, **{field: time})) == [(f"/{field}", code)]


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-01T10:05:00+07:00",
        "2026-10-01T03:05:00Z",
        "2026-10-01t03:05:00z",
        "2026-10-01 03:05:00Z",
        "2026-10-01T03:05:00.000-00:00",
        "2026-09-30T22:05:00.000000000-05:00",
        "2026-10-01T10:05:00+0700",
    ],
)
def test_one_instant_in_many_spellings_is_one_identity(time: str) -> None:
    event = check("sensors", vary("sensors", id=ABSENT, observed_at=time))
    assert isinstance(event, Sensor)
    assert event.at == datetime(2026, 10, 1, 3, 5, tzinfo=UTC)
    assert event_id(event) == "air-0007|pm2_5|2026-10-01T03:05:00Z"


POSITIONED: tuple[Source, ...] = ("reports", "sensors", "cameras", "bts", "gate")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lat": 90.0001}, ("/lat", "out_of_range")),
        ({"lat": -91}, ("/lat", "out_of_range")),
        ({"lon": 180.5}, ("/lon", "out_of_range")),
        ({"lon": -181}, ("/lon", "out_of_range")),
        ({"lat": "20.95"}, ("/lat", "type")),
        ({"lat": True}, ("/lat", "type")),
        ({"lat": ABSENT}, ("/lat", "position")),
        ({"lon": ABSENT}, ("/lon", "position")),
        ({"lon": None}, ("/lon", "position")),
    ],
)
def test_positions_are_wgs_84_and_whole(change: dict[str, Any], fault: tuple[str, str]) -> None:
    for source in POSITIONED:
        assert faults(source, vary(source, **change)) == [fault]


@pytest.mark.parametrize(
    ("source", "change", "fault"),
    [
        ("reports", {"text": " \n "}, ("/text", "blank")),
        ("reports", {"text": "x" * 10_001}, ("/text", "too_long")),
        ("reports", {"text": "a\0b"}, ("/text", "characters")),
        ("reports", {"text": 5}, ("/text", "type")),
        ("reports", {"id": 17}, ("/id", "type")),
        ("reports", {"id": "a\nb"}, ("/id", "characters")),
        ("reports", {"id": "x" * 257}, ("/id", "too_long")),
        ("reports", {"accuracy_m": -1}, ("/accuracy_m", "out_of_range")),
        ("reports", {"photos": ["x"] * 21}, ("/photos", "too_long")),
        ("reports", {"photos": ["ok", ""]}, ("/photos/1", "blank")),
        ("reports", {"photos": "https://example.vn"}, ("/photos", "type")),
        ("reports", {"channel": "fax"}, ("/channel", "not_allowed")),
        ("reports", {"reporter": "Nguyễn Văn A"}, ("/reporter", "type")),
        ("reports", {"reporter": {"phone": 912345678}}, ("/reporter/phone", "type")),
        ("reports", {"source": ""}, ("/source", "blank")),
        ("sensors", {"value": "37.5"}, ("/value", "type")),
        ("sensors", {"value": True}, ("/value", "type")),
        ("sensors", {"value": None}, ("/value", "type")),
        ("sensors", {"unit": "mg/L"}, ("/unit", "unit")),
        ("sensors", {"unit": ""}, ("/unit", "blank")),
        ("sensors", {"device_id": "a\x7f"}, ("/device_id", "characters")),
        ("sensors", {"metric": "a\u200bb"}, ("/metric", "characters")),
        ("sensors", {"value": 1e308, "unit": "mg/m3"}, ("/value", "out_of_range")),
        ("cameras", {"confidence": 1.01}, ("/confidence", "out_of_range")),
        ("cameras", {"confidence": -0.1}, ("/confidence", "out_of_range")),
        ("cameras", {"ended_at": "2026-10-01T08:16:00"}, ("/ended_at", "naive_time")),
        ("cameras", {"camera_id": "\t"}, ("/camera_id", "blank")),
        ("bts", {"technology": "6G"}, ("/technology", "not_allowed")),
        ("bts", {"state": "asleep"}, ("/state", "not_allowed")),
        ("bts", {"state": []}, ("/state", "not_allowed")),
        ("bts", {"rsrp_dbm": -43.9}, ("/rsrp_dbm", "out_of_range")),
        ("bts", {"rsrp_dbm": -140.1}, ("/rsrp_dbm", "out_of_range")),
        ("bts", {"rsrq_db": -19.6}, ("/rsrq_db", "out_of_range")),
        ("bts", {"rsrq_db": -2.9}, ("/rsrq_db", "out_of_range")),
        ("bts", {"interval_s": 0.5}, ("/interval_s", "out_of_range")),
        ("bts", {"interval_s": 86_401}, ("/interval_s", "out_of_range")),
        ("bts", {"measured_by": "balloon"}, ("/measured_by", "not_allowed")),
        ("bts", {"users": -1}, ("/users", "out_of_range")),
        ("bts", {"users": 1.5}, ("/users", "type")),
        ("bts", {"prb_ratio": 1.1}, ("/prb_ratio", "out_of_range")),
        ("bts", {"alarm": {"condition": "x"}}, ("/alarm/severity", "missing")),
        ("bts", {"alarm": {"severity": "loud"}}, ("/alarm/severity", "not_allowed")),
        ("gate", {"direction": "north"}, ("/direction", "not_allowed")),
        ("gate", {"state": "lost"}, ("/state", "not_allowed")),
        ("gate", {"vehicles_waiting": -3}, ("/vehicles_waiting", "out_of_range")),
        ("gate", {"yard_fill_ratio": 1.2}, ("/yard_fill_ratio", "out_of_range")),
        ("gate", {"inspections": {"customs": "done"}}, ("/inspections/customs", "not_allowed")),
        ("gate", {"crossings_per_hour": 1.5}, ("/crossings_per_hour", "type")),
        ("gate", {"yard": "a\nb"}, ("/yard", "characters")),
        ("security", {"severity": "very"}, ("/severity", "not_allowed")),
        ("security", {"count": -1}, ("/count", "out_of_range")),
        ("security", {"description": "x" * 10_001}, ("/description", "too_long")),
    ],
)
def test_a_bad_field_is_named_with_its_code(source: Source, change: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults(source, vary(source, **change)) == [fault]


def test_a_count_beyond_all_integers_is_out_of_range() -> None:
    assert faults("security", raw("security").replace(b":1200", b":1" + b"0" * 30)) == [("/count", "out_of_range")]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"9" * 400])
def test_numbers_are_finite(number: bytes) -> None:
    assert faults("sensors", raw("sensors").replace(b"37.5", number)) in (
        [("/value", "not_finite")],
        [("", "json")],
    )


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "type"),
        (b'"text"', "type"),
        (b"null", "type"),
        (b"7", "type"),
        (b"{", "json"),
        (b"{}{}", "json"),
        (b"{} x", "json"),
        (b"{'id': 1}", "json"),
        (b"\xff\xfe{}", "encoding"),
        (b'{"id":"\xc3\x28"}', "encoding"),
        (b'{"id":"\\ud800"}', "json"),
        (b"[" * 100_000, "json"),
        (b" " * 262_145, "too_large"),
    ],
)
def test_what_is_no_json_object_is_refused_as_a_whole(document: bytes, code: str) -> None:
    for source in SOURCES:
        assert faults(source, document) == [("", code)]


def test_of_a_repeated_key_the_last_counts() -> None:
    event = check("sensors", b'{"value":1,' + raw("sensors")[1:])
    assert isinstance(event, Sensor)
    assert event.value == 37.5


def test_everything_wrong_is_listed_up_to_a_bound() -> None:
    assert faults("sensors", {"value": "x", "lat": 99, "lon": "y"}) == [
        ("/device_id", "missing"),
        ("/metric", "missing"),
        ("/value", "type"),
        ("/unit", "missing"),
        ("/observed_at", "missing"),
        ("/lat", "out_of_range"),
        ("/lon", "type"),
    ]
    assert len(faults("reports", vary("reports", photos=[1] * 20, lat=99, lon=999, channel=3))) == 20


def test_texts_are_stripped_and_else_kept_as_written() -> None:
    decomposed = "Ha\u0323 Long"
    event = check("reports", vary("reports", text=f"  {decomposed} \n"))
    assert not isinstance(event, list)
    assert event.text == decomposed  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sent", "state"),
    [("inService", "in_service"), ("outOfService", "out_of_service"), ("maintenance", "maintenance")],
)
def test_ves_spellings_of_a_site_state(sent: str, state: str) -> None:
    event = check("bts", vary("bts", state=sent, alarm={"severity": "CRITICAL"}))
    assert isinstance(event, Bts)
    assert event.state == state
    assert event.alarm is not None
    assert event.alarm.severity == "critical"


@pytest.mark.parametrize(("sent", "severity"), [("medium", "normal"), ("warning", "normal"), ("informational", "info")])
def test_soc_spellings_of_a_severity(sent: str, severity: str) -> None:
    event = check("security", vary("security", severity=sent))
    assert isinstance(event, Security)
    assert event.severity == severity


@pytest.mark.parametrize(
    ("source", "series"),
    [
        ("sensors", "air-0007|pm2_5"),
        ("bts", "QNH-0213|VNPT|4G"),
        ("gate", "bac-luan-2|out|passage|durian"),
        ("cameras", "cam-12|smoke"),
        ("security", "web-01|brute_force"),
        ("reports", "r-1"),
    ],
)
def test_series_name_what_an_event_is_the_next_sample_of(source: Source, series: str) -> None:
    event = check(source, raw(source))
    assert not isinstance(event, list)
    assert event.series == series


def test_identifiers_that_hold_separators_make_other_series() -> None:
    names = [("a|b", "c"), ("a", "b|c"), ("a%7Cb", "c"), ("a", "b%7Cc"), ("a%257Cb", "c"), ("a", "b")]
    series = {
        event.series
        for device, metric in names
        if not isinstance(event := check("sensors", vary("sensors", device_id=device, metric=metric)), list)
    }
    assert len(series) == len(names)


def test_two_vehicles_in_one_second_are_two_events() -> None:
    first = check("gate", vary("gate", id=ABSENT))
    second = check("gate", vary("gate", id=ABSENT, vehicle_ref="d4e5f6"))
    queue = check("gate", vary("gate", id=ABSENT, vehicle_ref=ABSENT, yard=ABSENT, kind="queue"))
    assert isinstance(first, Gate)
    assert isinstance(second, Gate)
    assert isinstance(queue, Gate)
    assert first.series == second.series
    assert event_id(first) != event_id(second)
    assert queue.own_id == ""
    assert event_id(queue) == "bac-luan-2|out|queue|durian|2026-10-01T01:15:00Z"


def test_counts_of_two_yards_are_two_series() -> None:
    queue, other = (check("gate", vary("gate", id=ABSENT, vehicle_ref=ABSENT, yard=yard)) for yard in ("A", "B"))
    assert isinstance(queue, Gate)
    assert isinstance(other, Gate)
    assert event_id(queue) != event_id(other)


@pytest.mark.parametrize("source", SOURCES)
def test_models_export_a_json_schema_with_their_required_fields(source: Source) -> None:
    schema = SPECS[source].adapter.json_schema()
    assert tuple(schema["required"]) == REQUIRED[source]
    assert set(schema["properties"]) == set(FULL[source])
    assert schema["properties"][TIME_FIELD[source]] == {"type": "string", "format": "date-time"} | {
        key: value for key, value in schema["properties"][TIME_FIELD[source]].items() if key == "title"
    }


def test_codes_fit_the_budget_of_reasons() -> None:
    assert len(CODES) == len(set(CODES)) <= 24


def test_now_is_not_in_the_future() -> None:
    assert faults("sensors", vary("sensors", observed_at=NOW.isoformat())) == []
