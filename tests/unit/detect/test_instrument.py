"""Flags of single readings, what a series shows over hours and days, and what the operator is told of a device."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import load_rules
from ioc.detect.instrument import FLAGS, GOOD, Flag
from ioc.detect.instrument_device import WHOLE, Told, finding, news
from ioc.detect.instrument_series import Series, Trouble, advanced, course, suspicion
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, reading

TEXT = SHIPPED.read_text()
RULES = load_rules(TEXT.encode(), ZONE).instruments
HOUR = 3600.0
FIVE_MINUTES = 300.0
NOON_S = 1_795_323_600.0


@pytest.mark.parametrize(
    ("value", "status", "flag"),
    [
        (20, "00", "ok"), (20, None, "ok"), (0, "00", "ok"), (500, "00", "ok"),
        (20, "01", "calibrating"), (20, "calibrating", "calibrating"), (20, "02", "device_error"),
        (20, "?", "device_error"),
        (-9999, "00", "sentinel"), (9999, "00", "sentinel"), (-999, None, "sentinel"), (-999, "02", "device_error"),
        (-0.1, "00", "out_of_range"), (500.1, "00", "out_of_range"),
    ],
)  # fmt: skip
def test_what_one_reading_shows(value: float, status: str | None, flag: Flag) -> None:
    assert RULES.flag(reading(value, metric="pm2_5", status=status)) == flag


def test_a_range_holds_for_its_own_unit_and_an_unknown_metric_has_none() -> None:
    assert RULES.flag(reading(9000, metric="pm2_5", unit="ppb")) == "ok"
    assert RULES.flag(reading(1e9, metric="radon", unit="Bq/m³")) == "ok"
    assert RULES.flag(reading(-10.1, metric="temperature", unit="°C")) == "out_of_range"


def test_a_device_with_limits_of_its_own_has_their_range() -> None:
    own = TEXT + (
        '\n[[sensor]]\nlimit_set = "lab"\nmetric = "so2"\nname = "x"\ncategory = "environment"\nsubcategory = "air"\n'
        'unit = "µg/m³"\nvalid = [0, 50]\nabove = [{ limit = 20, clear = 10, severity = "low" }]\nbasis = "x"\n'
        'source = "x"\ndate = 2026-01-01\n\n[[device]]\nid = "lab-1"\nlimit_sets = ["lab"]\n'
    )
    rules = load_rules(own.encode(), ZONE).instruments
    assert rules.flag(reading(60, device="lab-1")) == "out_of_range"
    assert rules.flag(reading(60, device="lab-2")) == "ok"
    assert rules.flag(reading(60, metric="temperature", unit="°C", device="lab-1")) == "out_of_range"


def series_of(values: list[float], step_s: float = FIVE_MINUTES) -> Series:
    found: Series | None = None
    for n, value in enumerate(values):
        found = advanced(found, NOON_S + n * step_s, value, RULES)
    assert found is not None
    return found


def suspected(values: list[float], metric: str = "pm2_5") -> tuple[Flag | None, bool]:
    return suspicion(series_of(values), RULES.checks[metric], RULES.min_readings)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(24, (None, False)), (24.1, ("flatline", False)), (72, ("flatline", False)), (72.1, ("flatline", True))],
)
def test_what_stands_still_is_suspicious_after_a_day_and_bad_after_three(
    hours: float, expected: tuple[Flag | None, bool]
) -> None:
    assert suspected([12.5] * (int(hours * 12 + 0.999) + 1)) == expected


def test_one_other_value_or_a_long_silence_begins_anew() -> None:
    day = [12.5] * 300
    assert suspected([*day, 12.6, 12.5]) == (None, False)
    before = series_of(day)
    after = advanced(before, before.at_s + RULES.gap_s + 1, 12.5, RULES)
    assert suspicion(after, RULES.checks["pm2_5"], RULES.min_readings) == (None, False)


def test_rain_may_stand_still() -> None:
    assert "rain_24h" not in RULES.checks
    assert suspected([1.5] * 12 * 71, "humidity") == (None, False), "days of one humidity are ordinary here"


@pytest.mark.parametrize(
    ("zeros_in_ten", "expected"),
    [(2, (None, False)), (3, ("zeros", False)), (4, ("zeros", True))],
)
def test_too_many_zeros_over_whole_days(zeros_in_ten: int, expected: tuple[Flag | None, bool]) -> None:
    ten = [0.0] * zeros_in_ten + [float(n) for n in range(1, 11 - zeros_in_ten)]
    assert suspected(ten * 29 * 3) == expected


def test_zeros_of_one_night_are_no_fault_before_a_day_is_known() -> None:
    midnight = NOON_S - NOON_S % RULES.window_s
    found: Series | None = None
    for n in range(150):
        found = advanced(found, midnight + n * FIVE_MINUTES, n % 3 and 5.0, RULES)
    assert found is not None
    assert found.zero_share(RULES.min_readings) == 0


flags = st.lists(st.sampled_from(FLAGS), max_size=40)


def follow(sent: list[Flag]) -> list[Trouble | None]:
    trouble: Trouble | None = None
    found = []
    for flag in sent:
        trouble = course(trouble, flag, None, bad=False, rules=RULES)
        found.append(trouble)
    return found


def test_three_in_a_row_are_bad_and_three_good_ones_end_it() -> None:
    bad: list[Flag] = ["sentinel", "sentinel", "ok", "sentinel", "calibrating", "device_error"]
    levels = [trouble.level if trouble else 0 for trouble in follow(bad)]
    assert levels == [0, 0, 0, 0, 0, 2]
    ended = follow([*bad, "ok", "ok", "sentinel", "ok", "ok", "ok"])
    assert [trouble.level if trouble else 0 for trouble in ended[5:]] == [2, 2, 2, 2, 2, 2, 0]
    assert ended[5] is not None
    assert ended[5].flag == "device_error"


@given(flags)
def test_it_takes_three_in_a_row_whatever_comes_between(sent: list[Flag]) -> None:
    level, streak, good = 0, 0, 0
    for flag, trouble in zip(sent, follow(sent), strict=True):
        streak = 0 if flag in GOOD else streak + 1
        good = good + 1 if flag in GOOD else 0
        level = 2 if streak >= 3 else 0 if good >= 3 else level
        assert (trouble.level if trouble else 0) == level
        assert trouble is None or (trouble.streak <= 3 and trouble.good < 3), "what is remembered is bounded"


BAD = Trouble(2, "sentinel", 3)
SUSPICIOUS = Trouble(1, "flatline")


def device(**seen: float) -> dict[str, Series]:
    return {metric: Series(NOON_S + hours * HOUR) for metric, hours in seen.items()}


def names(
    troubles: dict[str, Trouble], told: dict[str, Told], series: dict[str, Series]
) -> list[tuple[str, str, bool]]:
    return [(one.name, one.told.severity, one.over) for one in news(series, troubles, told, RULES)]


def test_one_metric_is_told_by_itself_and_all_of_them_as_the_device() -> None:
    both = device(pm2_5=0, so2=0)
    assert names({"so2": BAD}, {}, both) == [("so2", "normal", False)]
    assert names({"so2": BAD, "pm2_5": BAD}, {}, both) == [(WHOLE, "normal", False)]
    assert names({"so2": BAD}, {}, device(so2=0)) == [("so2", "normal", False)], "a device of one metric has no whole"
    assert names({"so2": BAD, "pm2_5": BAD}, {}, device(pm2_5=0, so2=0, co=-4)) == [(WHOLE, "normal", False)]
    assert names({"so2": SUSPICIOUS, "pm2_5": BAD}, {}, both) == [("so2", "low", False), ("pm2_5", "normal", False)]


def test_a_device_that_was_told_stays_until_nothing_is_bad() -> None:
    both, whole = device(pm2_5=0, so2=0), {WHOLE: Told("sentinel", "normal")}
    assert names({"so2": BAD, "pm2_5": BAD}, whole, both) == []
    assert names({"so2": BAD}, whole, both) == []
    assert names({}, whole, both) == [(WHOLE, "normal", True)]
    assert names({"so2": SUSPICIOUS}, whole, both) == [("so2", "low", False), (WHOLE, "normal", True)]


def test_a_suspicion_that_becomes_certain_worsens_the_condition_that_was_told() -> None:
    told = {"so2": Told("flatline", "low")}
    (one,) = news(device(so2=0), {"so2": Trouble(2, "sentinel", 3)}, told, RULES)
    assert one.told == Told("flatline", "normal")
    assert names({"so2": SUSPICIOUS}, told, device(so2=0)) == []
    assert names({}, told, device(so2=0)) == [("so2", "low", True)]


def test_what_is_said_is_a_device_fault_and_its_end_has_the_same_kind() -> None:
    series = {"pm2_5": series_of([12.5] * 900)}
    (begun,) = news(series, {"pm2_5": Trouble(2, "flatline")}, {}, RULES)
    said = finding("tram-1", begun, series, {"pm2_5": Trouble(2, "flatline")}, RULES)
    assert (said.category, said.subcategory, said.severity, said.clears) == ("other", "device_fault", "normal", False)
    assert (said.kind, said.device) == ("fault:pm2_5:flatline", "tram-1")
    assert said.title == "Lỗi thiết bị tram-1: bụi mịn PM2.5 – số đo đứng yên"
    assert "giữ nguyên 12,5 trong 74,9 giờ" in said.text
    assert "không phải hiện tượng môi trường" in said.text
    assert said.evidence["unchanged_hours"] == 74.9
    (over,) = news(series, {}, {"pm2_5": begun.told}, RULES)
    ended = finding("tram-1", over, series, {}, RULES)
    assert (ended.kind, ended.clears, ended.severity) == (said.kind, True, "low")


def test_a_whole_device_names_its_metrics() -> None:
    series, troubles = device(pm2_5=0, so2=0), {"so2": BAD, "pm2_5": Trouble(2, "device_error", 3)}
    (one,) = news(series, troubles, {}, RULES)
    said = finding("tram-1", one, series, troubles, RULES)
    assert said.kind in {"fault:device:sentinel", "fault:device:device_error"}
    assert said.evidence["metrics"] == {"pm2_5": "device_error", "so2": "sentinel"}
    assert "tất cả các thông số" in said.title


def test_every_check_names_its_source_and_date() -> None:
    assert {"pm2_5", "so2", "temperature", "ph"} <= set(RULES.checks)
    assert all(check.source and check.since.year >= 2010 and check.name for check in RULES.checks.values())


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('calibrating = ["01"', 'calibrating = ["00"', "calibrating", "takes for ok"),
        ("cycles = 3", "cycles = 0", "cycles", "at least 1"),
        ("flat_h = [24, 72]", "flat_h = [72, 24]", "flat_h", "suspicious, then what is bad"),
        ("zeros = [0.2, 0.3]", "zeros = [20, 30]", "zeros", "between 0 and 1"),
        ("valid = [-10, 50]", "valid = [50, -10]", "valid", "lowest to the highest"),
        ('metric = "humidity"', 'metric = "RH"', "metric", "arrive as humidity"),
        ('metric = "humidity"', 'metric = "temperature"', "unit", "no unit"),
        ('metric = "wind_direction"', 'metric = "wind_speed"', "unit", "no unit"),
        ('metric = "cod"', 'metric = "tss"', "metric", "listed twice"),
        ("good_cycles = 3", "god_cycles = 3", "good_cycles", "is 'god_cycles' meant"),
    ],
)
def test_a_wrong_check_is_refused_with_its_key(old: str, new: str, key: str, problem: str) -> None:
    start = TEXT.index("[instruments]")
    end = TEXT.index("# --- Water")
    broken = TEXT[:start] + TEXT[start:end].replace(old, new, 1) + TEXT[end:]
    assert broken != TEXT
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        load_rules(broken.encode(), ZONE)
    assert key in caught.value.key
    assert caught.value.line > TEXT[:start].count("\n")
