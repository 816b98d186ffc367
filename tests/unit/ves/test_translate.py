from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.events import Bts, validate_one
from ioc.events.problems import MAX_ERRORS
from ioc.ves import Refused, Sample, Unused, domain_of, shipped_ves_mapping, translate
from tests.unit.intake.network import Network, minutes_of
from tests.ves import fault, header, heartbeat, measurement, micros, state_change, syslog, threshold

MAPPING = shipped_ves_mapping()
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AT = NOW - timedelta(minutes=15)


def read(event: object, publisher: str = "operator-a/oss-1", now: datetime = NOW) -> Bts:
    """The sample that an event becomes, which has to be valid."""
    made = translate(event, MAPPING, publisher, now)
    assert isinstance(made, Sample), made
    outcome = validate_one("bts", made.body, now=NOW, max_future=timedelta(minutes=5))
    assert isinstance(outcome, Bts), outcome
    assert outcome.id == made.id
    return outcome


def refusals(event: object, publisher: str = "operator-a", **changes: Any) -> list[tuple[str, str]]:
    """Pointers and codes of what is wrong with an event that is no sample, or no valid one."""
    made = translate(event, replace(MAPPING, **changes), publisher, NOW)
    if isinstance(made, Sample):
        errors = validate_one("bts", made.body, now=NOW, max_future=timedelta(minutes=5))
        assert isinstance(errors, list)
        made = Refused(made.id, made.at_origin(errors))
    assert isinstance(made, Refused), made
    return [(error.pointer, error.code) for error in made.errors]


def test_a_fault_is_an_alarm_of_its_site() -> None:
    event = read(fault("CRITICAL", AT, more={"operator": "operator-b", "LAT": "20.95", "Lon": " 107.08 "}))
    assert (event.site_id, event.operator, event.technology, event.at) == ("QN-0213", "operator-b", "5G", AT)
    assert event.alarm is not None
    assert (event.alarm.severity, event.alarm.condition, event.alarm.problem, event.alarm.raised_at) == (
        "critical", "PowerLost", "Mains power lost", AT,
    )  # fmt: skip
    assert event.alarm.id == "PowerLost"
    assert (event.lat, event.lon, event.state) == (20.95, 107.08, None)


def test_the_clear_of_a_fault_is_later_than_its_raising_though_it_began_then() -> None:
    later = AT + timedelta(minutes=7)
    event = read(fault("NORMAL", AT, sequence=2, lastEpochMicrosec=micros(later)))
    assert event.at == later
    assert event.alarm is not None
    assert (event.alarm.severity, event.alarm.raised_at) == ("normal", AT)


def test_a_raise_and_its_clear_are_two_events_and_the_same_again_is_one() -> None:
    raised, again = (read(fault("CRITICAL", AT, sequence=1)).id for _ in range(2))
    cleared = read(fault("NORMAL", AT, sequence=2, lastEpochMicrosec=micros(AT) + 1)).id
    assert raised == again == f"QN-0213/fault0000245/1/{micros(AT)}"
    assert cleared != raised


def test_a_heartbeat_says_that_the_site_is_heard() -> None:
    event = read(heartbeat(AT))
    assert (event.site_id, event.at, event.state, event.alarm) == ("QN-0213", AT, None, None)


@pytest.mark.parametrize(
    ("new", "state"),
    [("inService", "in_service"), ("outOfService", "out_of_service"), ("maintenance", "maintenance")],
)
def test_a_state_change_is_the_new_state(new: str, state: str) -> None:
    assert read(state_change(new, "inService", AT)).state == state


@pytest.mark.parametrize(
    ("action", "severity", "expected"),
    [
        ("SET", "CRITICAL", "major"),  # degraded: a crossed threshold is no outage
        ("CONT", "MAJOR", "major"),
        ("SET", "MINOR", "minor"),
        ("CLEAR", "MAJOR", "normal"),
        ("SET", "NORMAL", "normal"),
    ],
)
def test_a_threshold_crossing_holds_until_its_clear(action: str, severity: str, expected: str) -> None:
    event = read(threshold(action, severity, AT, {"rsrp": "-112"}))
    assert event.alarm is not None
    assert (event.alarm.severity, event.alarm.condition, event.alarm.id) == (
        expected, "RSRP-LOW", "RSRP-LOW / threshold",
    )  # fmt: skip
    assert event.rsrp_dbm == -112.0


def test_the_worst_cell_counts_and_users_add_up() -> None:
    cells = [
        {"RSRP_dBm": "-97.5", "rsrq": "-9", "SINR": "12", "prbUsagePercent": "40", "activeUsers": "80"},
        {"rsrp-dbm": "-101", "rsrq": "-7.5", "SINR": "n/a", "prbUsagePercent": "62.5", "activeUsers": "104"},
    ]
    event = read(measurement(AT, *cells))
    assert (event.rsrp_dbm, event.rsrq_db, event.sinr_db, event.prb_ratio) == (-101.0, -9.0, 12.0, 0.625)
    assert event.users == 184  # 80 + 104


def test_the_interval_is_that_of_heartbeats_and_measurements() -> None:
    assert read(heartbeat(AT, interval_s=60)).interval_s == 60
    assert read(heartbeat(AT)).interval_s is None
    assert read(measurement(AT, {"rsrp": "-90"})).interval_s == 300


@pytest.mark.parametrize("seconds", [0, -5, 86_401])
def test_an_interval_that_is_no_promise_is_left_out(seconds: int) -> None:
    assert read(heartbeat(AT, interval_s=seconds)).interval_s is None


def test_one_name_of_a_figure_counts_and_fields_of_the_block_stand_in() -> None:
    assert read(measurement(AT, {"users": "5", "connectedUsers": "6"})).users == 5
    event = measurement(AT, {"rsrp": "-90"})
    event["measurementFields"]["concurrentSessions"] = 33
    assert read(event).users == 33
    assert read(measurement(AT, more={"prbRatio": "0.5", "prbPercent": "70"})).prb_ratio == 0.5


@pytest.mark.parametrize(
    ("fields", "technology"),
    [
        ({"nfNamingCode": "eNB"}, "4G"),
        ({"nfNamingCode": "AFX", "nfcNamingCode": "gnodeb"}, "5G"),
        ({"nfNamingCode": "AFX"}, "4G"),  # the default
    ],
)
def test_the_technology_is_the_first_known_spelling(fields: dict[str, str], technology: str) -> None:
    assert read(heartbeat(AT, **fields)).technology == technology
    assert read(measurement(AT, more={"RAT": "umts"}, **fields)).technology == "3G"


def test_the_publisher_stands_for_the_operator() -> None:
    assert read(heartbeat(AT), "viettel/oss-2").operator == "viettel"


def test_a_device_without_a_clock_has_the_time_of_its_arrival() -> None:
    assert read(heartbeat(AT, startEpochMicrosec=0, lastEpochMicrosec=0)).at == NOW
    assert read(heartbeat(AT, lastEpochMicrosec=0)).at == AT
    clockless = read(fault("MAJOR", AT, startEpochMicrosec=0, lastEpochMicrosec=0))
    assert clockless.alarm is not None
    assert (clockless.at, clockless.alarm.raised_at) == (NOW, None)


def test_an_alarm_is_not_lost_for_its_words() -> None:
    event = fault("MAJOR", AT)
    event["faultFields"] |= {"alarmCondition": "x" * 5000, "specificProblem": " \0 "}
    made = read(event)
    assert made.alarm is not None
    assert (made.alarm.condition, made.alarm.problem) == ("x" * 128, None)
    assert made.alarm.id is not None
    assert len(made.alarm.id) == 64


def test_an_alarm_goes_by_its_condition_and_interface_until_it_ends() -> None:
    def alarm_id(condition: str, **fields: str) -> str | None:
        event = fault("MAJOR", AT)
        event["faultFields"] |= {"alarmCondition": condition, **fields}
        alarm = read(event).alarm
        assert alarm is not None
        return alarm.id

    assert alarm_id(" Link\n\x07Down ") == "Link Down"
    assert alarm_id("LinkDown", alarmInterfaceA="eth0") == "LinkDown / eth0" != alarm_id("LinkDown")
    assert alarm_id(" ") is None


def test_what_says_nothing_of_a_site_is_unused() -> None:
    assert isinstance(translate(syslog(AT), MAPPING, "a", NOW), Unused)
    assert isinstance(translate({"commonEventHeader": header("other", AT)}, MAPPING, "a", NOW), Unused)


@pytest.mark.parametrize(
    ("event", "errors"),
    [
        ({"commonEventHeader": header("measurement", AT)}, [("/measurementFields", "missing")]),
        (heartbeat(AT, sourceName=" "), [("/commonEventHeader/sourceName", "missing")]),
        (heartbeat(AT, sourceName="a\nb"), [("/commonEventHeader/sourceName", "characters")]),
        (heartbeat(AT, sourceName="a" * 200), [("/commonEventHeader/sourceName", "too_long")]),
        (heartbeat(NOW + timedelta(hours=1)), [("/commonEventHeader/lastEpochMicrosec", "future")]),
        (heartbeat(AT, lastEpochMicrosec=micros(AT) // 1000),
         [("/commonEventHeader/lastEpochMicrosec", "out_of_range")]),
        (heartbeat(AT, lastEpochMicrosec=1e300), [("/commonEventHeader/lastEpochMicrosec", "out_of_range")]),
        (measurement(AT, {"rsrp": "-90"}, {"rsrp": "-30"}, {"rsrp": "-30"}), []),
        (measurement(AT, {"rsrp": "-30"}),
         [("/measurementFields/additionalMeasurements/0/hashMap/rsrp", "out_of_range")]),
        (measurement(AT, {"r/s~r/p": "bad"}),
         [("/measurementFields/additionalMeasurements/0/hashMap/r~1s~0r~1p", "type")]),
        (measurement(AT, {"sinr": "1e999"}), [("/measurementFields/additionalMeasurements/0/hashMap/sinr", "type")]),
        (measurement(AT, more={"sinr": "3,5"}), [("/measurementFields/additionalFields/sinr", "type")]),
        (measurement(AT, {"users": "1.5"}), [("/measurementFields/additionalMeasurements/0/hashMap/users", "type")]),
        (measurement(AT, more={"lat": "20.9"}), [("", "position")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_of_the_event_that_was_sent(event: object, errors: list[tuple[str, str]]) -> None:
    if errors:
        assert refusals(event) == errors
    else:
        read(event)


def test_without_a_default_an_unknown_technology_is_refused() -> None:
    event = heartbeat(AT, nfNamingCode="AFX")
    assert refusals(event, default_technology=None, technology=MAPPING.technology[2:]) == [
        ("/commonEventHeader/nfNamingCode", "missing")
    ]


MARK = "mark7e1d"
texts = st.text(max_size=12).map(lambda text: MARK + text)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
figures = st.dictionaries(
    st.sampled_from(["rsrp", "RSRQ", "sinr_dB", "users", "prbPercent", "lat", "lon", "technology", "operator"]),
    st.floats(-150, 150).map(repr) | st.sampled_from(["", "n/a", "LTE", "1e999", "−97"]) | texts,
    max_size=5,
)
times = st.timedeltas(timedelta(), timedelta(days=3)).map(lambda ago: NOW - ago)
severities = st.sampled_from(["CRITICAL", "MAJOR", "MINOR", "WARNING", "NORMAL"])
events = st.one_of(
    st.builds(fault, severities, times, more=figures),
    st.builds(heartbeat, times),
    st.builds(measurement, times, figures, figures, more=figures),
    st.builds(state_change, st.sampled_from(["inService", "maintenance", "outOfService"]), st.just("inService"), times),
    st.builds(threshold, st.sampled_from(["SET", "CONT", "CLEAR"]), severities, times, figures),
    st.builds(syslog, times),
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """An event with some members changed, dropped or added."""
    event: dict[str, Any] = json.loads(json.dumps(draw(events)))
    for _ in range(draw(st.integers(0, 3))):
        part = draw(st.sampled_from([event, *(block for block in event.values() if isinstance(block, dict))]))
        name = draw(st.sampled_from([*part, MARK]))
        if draw(st.booleans()):
            part[name] = draw(values)
        else:
            part.pop(name, None)
    return event


@given(event=damaged() | values)
def test_whatever_comes_is_a_sample_or_unused_or_refused_without_being_quoted(event: object) -> None:
    made = translate(event, MAPPING, "operator-a", NOW)
    if isinstance(made, Sample):
        outcome = validate_one("bts", made.body, now=NOW, max_future=timedelta(minutes=5))
        if isinstance(outcome, Bts):
            assert outcome.id == made.id
            return
        made = Refused(made.id, made.at_origin(outcome))
    if isinstance(made, Refused):
        assert 0 < len(made.errors) <= MAX_ERRORS
        told = json.dumps([[error.pointer, error.message] for error in made.errors])
        assert MARK not in told


@given(event=events, publisher=st.sampled_from(["a", "b/c"]), later=st.timedeltas(timedelta(), timedelta(days=9)))
def test_the_same_event_is_the_same_sample_whenever_it_comes(
    event: dict[str, Any], publisher: str, later: timedelta
) -> None:
    assert translate(event, MAPPING, publisher, NOW) == translate(event, MAPPING, publisher, NOW + later)


@given(event=events)
def test_numbers_for_versions_change_nothing(event: dict[str, Any]) -> None:
    numbers = {
        name: {key: float(value) if key == "version" or key.endswith("FieldsVersion") else value
               for key, value in block.items()}
        for name, block in event.items()
    }  # fmt: skip
    assert translate(numbers, MAPPING, "a", NOW) == translate(event, MAPPING, "a", NOW)


@given(at=times)
def test_microseconds_are_kept_exactly(at: datetime) -> None:
    assert read(heartbeat(at)).at == at


names = st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=5), st.integers(0, 3), st.integers(0, 3))


@given(first=names, second=names)
def test_what_differs_in_name_id_sequence_or_time_is_another_event(
    first: tuple[str, str, int, int], second: tuple[str, str, int, int]
) -> None:
    ids = []
    for source, own, sequence, last in (first, second):
        event = heartbeat(AT, sourceName=source, eventId=own, sequence=sequence, lastEpochMicrosec=micros(AT) + last)
        made = translate(event, MAPPING, "a", NOW)
        assert not isinstance(made, Unused)
        ids.append(made.id)
    assert (ids[0] == ids[1]) is (first == second)


def test_a_long_name_makes_a_short_id() -> None:
    made = translate(heartbeat(AT, eventId="ố" * 300), MAPPING, "a", NOW)
    assert isinstance(made, Sample)
    assert len(made.id) == 64


def test_a_number_that_looks_like_a_phones_is_a_digest() -> None:
    event = read(fault("MAJOR", AT, eventId="0912345678"))
    assert event.id is not None
    assert len(event.id) == 64
    assert refusals(heartbeat(AT, sourceName="0912345678")) == [
        ("/commonEventHeader/sourceName", "personal_data_in_id")
    ]


@st.composite
def hours(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What a site tells in an hour, in the order of its times."""
    offsets = sorted(draw(st.sets(st.integers(0, 3600), min_size=1, max_size=20)))
    told = []
    for offset in offsets:
        at = NOW - timedelta(seconds=3600 - offset)
        kind = draw(st.integers(0, 2))
        if kind == 0:
            told.append(fault(draw(severities), at))
        elif kind == 1:
            told.append(measurement(at, {"rsrp": draw(st.sampled_from(["-90", "-108", "-115"]))}))
        else:
            told.append(heartbeat(at))
    return told


@given(hour=hours(), data=st.data())
def test_an_hour_that_comes_again_in_order_tells_nothing_new(hour: list[dict[str, Any]], data: st.DataObject) -> None:
    network = Network(started=minutes_of(NOW) - 60)
    network.send(*map(read, hour))
    told = list(network.told)
    network.send(*[read(event) for event in hour[data.draw(st.integers(0, len(hour) - 1)) :]])
    assert network.told == told


@pytest.mark.parametrize(("event", "domain"), [(syslog(AT), "syslog"), ({}, None), (7, None), ([], None)])
def test_the_domain_is_read_of_anything(event: object, domain: str | None) -> None:
    assert domain_of(event) == domain


def test_an_unknown_domain_is_none() -> None:
    assert domain_of({"commonEventHeader": {"domain": ["fault"]}}) is None
    assert domain_of({"commonEventHeader": {"domain": "weather"}}) is None
