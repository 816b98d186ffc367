from __future__ import annotations

from datetime import timedelta
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import QUIET, Finding, SensorDetector, State, decode_state, encode_state, load_rules
from ioc.detect.model import NEVER
from ioc.events.sensor import Sensor
from tests.unit.detect.support import SHIPPED, ZONE, reading, rules

detector = SensorDetector(rules().sensors)


def run(*readings: Sensor) -> list[Finding]:
    """Findings of one series."""
    state: State | None = None
    findings = []
    for one in readings:
        finding, changed = detector.evaluate(one, state)
        state = changed or state
        if finding:
            findings.append(finding)
    return findings


def test_a_normal_reading_is_quiet_and_writes_no_state() -> None:
    assert detector.evaluate(reading(20), None) is QUIET


def test_a_reading_at_the_limit_is_within_it() -> None:
    assert detector.evaluate(reading(350), None) is QUIET


@pytest.mark.parametrize(("value", "severity"), [(351, "normal"), (801, "high"), (1601, "critical")])
def test_severity_follows_the_highest_limit_that_is_passed(value: float, severity: str) -> None:
    (finding,) = run(reading(value))
    assert (finding.severity, finding.category, finding.subcategory) == (severity, "environment", "air")
    assert (finding.kind, finding.device, finding.clears) == ("limit:so2", "tram-1", False)


def test_the_text_says_what_the_limit_is_and_claims_no_violation() -> None:
    (finding,) = run(reading(412.5))
    assert finding.title == "Khí SO2 cao hơn ngưỡng: 412,5 µg/m³"
    assert "lúc 12:00 22/11/2026 cao hơn 350 µg/m³ (giới hạn trung bình 1 giờ" in finding.text
    assert "QCVN 05:2023/BTNMT" in finding.text
    assert finding.evidence["limit"] == 350


def test_between_clear_and_limit_the_condition_goes_on() -> None:
    assert [finding.clears for finding in run(reading(400), reading(340, 5), reading(400, 10))] == [False]


def test_behind_clear_it_ends_once() -> None:
    findings = run(reading(400), reading(315, 5), reading(20, 10))
    assert [(finding.kind, finding.clears, finding.severity) for finding in findings] == [
        ("limit:so2", False, "normal"),
        ("limit:so2", True, "low"),
    ]


def test_a_graver_level_is_news_and_a_lesser_one_is_not() -> None:
    findings = run(reading(400), reading(900, 5), reading(400, 10), reading(900, 15), reading(1700, 20))
    assert [finding.severity for finding in findings] == ["normal", "high", "critical"]


def test_what_is_older_than_the_last_change_changes_nothing() -> None:
    findings = run(reading(400, 10), reading(20, 5), reading(20, 20), reading(900, 15), reading(900, 20))
    assert [finding.clears for finding in findings] == [False, True]


@pytest.mark.parametrize("status", ["01", "02", "calibrating", "error", "?"])
def test_an_instrument_that_is_not_ok_says_nothing(status: str) -> None:
    assert detector.evaluate(reading(9000, status=status), None) is QUIET
    assert detector.evaluate(reading(0, 5, status=status), State(2, 0)) is QUIET


def test_no_status_is_taken_for_ok() -> None:
    assert len(run(reading(400, status=None))) == 1


@pytest.mark.parametrize("value", [-9999, -999, 9999, -1, 20_000, nan])
def test_sentinels_and_impossible_values_neither_raise_nor_clear(value: float) -> None:
    assert detector.evaluate(reading(value), None) is QUIET
    assert detector.evaluate(reading(value, 5), State(2, 0)) is QUIET


def test_another_unit_or_an_unknown_metric_is_compared_with_nothing() -> None:
    assert detector.evaluate(reading(9000, unit="ppb"), None) is QUIET
    assert detector.evaluate(reading(9000, metric="radon"), None) is QUIET


def test_ph_has_a_limit_on_each_side() -> None:
    ph = [reading(value, 5 * n, metric="ph", unit="pH") for n, value in enumerate((7, 5.4, 5.6, 9.5, 7))]
    findings = run(*ph)
    assert [finding.rule_id for finding in findings] == [
        "sensor/effluent-B/ph/below-1",
        "sensor/effluent-B/ph/above-1",
        "sensor/effluent-B/ph/clear",
    ]


def test_noise_takes_three_readings_in_a_row() -> None:
    def noise(value: float, minutes: float) -> Sensor:
        return reading(value, minutes, metric="noise", unit="dBA")

    assert run(noise(80, 0), noise(80, 1), noise(60, 2), noise(80, 3), noise(80, 4)) == []
    assert len(run(noise(80, 0), noise(80, 1), noise(80, 2), noise(80, 3))) == 1
    assert run(noise(80, 0), noise(80, 0), noise(80, 0)) == [], "the same reading again is not another"


def test_the_night_has_a_stricter_limit_than_the_day() -> None:
    nine_pm = 9 * 60
    day = [reading(60, minute, metric="noise", unit="dBA") for minute in range(3)]
    night = [reading(60, nine_pm + minute, metric="noise", unit="dBA") for minute in range(3)]
    assert run(*day) == []
    assert [finding.severity for finding in run(*night)] == ["low"]


def test_a_device_has_the_limits_that_its_entry_names() -> None:
    own = SHIPPED.read_bytes() + b'\n[[device]]\nid = "mo-1"\nlimit_sets = ["effluent-A"]\n'
    strict = SensorDetector(load_rules(own, ZONE).sensors)
    assert strict.evaluate(reading(60, metric="tss", unit="mg/L", device="mo-2"), None) is QUIET
    finding, _ = strict.evaluate(reading(60, metric="tss", unit="mg/L", device="mo-1"), None)
    assert finding is not None
    assert finding.rule_id == "sensor/effluent-A/tss/above-1"


def test_dust_is_compared_with_bands_and_never_with_an_hourly_limit() -> None:
    (finding,) = run(reading(85, metric="pm2_5"))
    assert "không phải kết luận vượt quy chuẩn" in finding.text
    assert run(reading(51, metric="pm2_5")) == []


@given(
    st.builds(
        State,
        *[
            st.integers(-(2**15), 2**15 - 1),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(0, 65535),
            st.integers(-(2**63), 2**63 - 1),
            st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-(2**63), 2**63 - 1)), max_size=5).map(tuple),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(-(2**15), 2**15 - 1),
        ],
    ).map(lambda state: state if state.back_at != NEVER else state._replace(back_level=0))
)
def test_a_state_survives_its_bytes(state: State) -> None:
    assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x02" + bytes(20), bytes(22)])
def test_foreign_bytes_are_no_state(raw: bytes) -> None:
    with pytest.raises(ValueError, match="state"):
        decode_state(raw)


series = st.lists(
    st.tuples(st.sampled_from([20.0, 330.0, 400.0, 900.0, 1700.0, -999.0]), st.integers(0, 60)), max_size=30
)


@given(series)
def test_conditions_begin_worsen_and_end_and_are_never_repeated(values: list[tuple[float, int]]) -> None:
    rank = 0
    for finding in run(*[reading(value, minute) for value, minute in values]):
        level = finding.evidence["level"]
        assert level == 0 if finding.clears else level > rank, "only a graver level or the end is news"
        assert not finding.clears or rank > 0, "only what began can end"
        rank = level


@given(series)
def test_the_same_readings_again_are_no_news(values: list[tuple[float, int]]) -> None:
    readings = sorted((reading(value, minute) for value, minute in values), key=lambda one: one.observed_at)
    state: State | None = None
    for one in readings:
        state = detector.evaluate(one, state)[1] or state
        again, changed = detector.evaluate(one, state)
        assert again is None
        assert changed is None


def test_clock_of_the_state_is_exact_to_the_microsecond() -> None:
    first = reading(400)
    _, state = detector.evaluate(first, None)
    later = Sensor("tram-1", "so2", 20, "µg/m³", first.observed_at + timedelta(microseconds=1), status="00")
    finding, _ = detector.evaluate(later, state)
    assert finding is not None
    assert finding.clears
