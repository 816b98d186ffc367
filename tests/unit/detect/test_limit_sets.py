"""Which limits apply to which device, and what is refused because it could never have an effect."""

from __future__ import annotations

import re

import pytest

from ioc.catalog.devices import Device
from ioc.detect import Finding, SensorDetector, State, load_rules
from ioc.detect.limits import SensorRules
from ioc.events.sensor import Sensor
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, reading, rules

TEXT = SHIPPED.read_text()
GAUGE = """
[[gauge]]
id = "song-vi-du"
metric = "water_level"
unit = "m"
name = "mực nước sông Ví Dụ"
valid = [-2, 12]
alert_levels = [2.5, 3.2, 4.0]
clear_below = 0.1
quiet_s = 1800
eases = true
source = "quyết định ví dụ của tỉnh"
date = 2020-03-20
"""


def device(name: str, *limit_sets: str, kind: str = "") -> Device:
    return Device(
        name, "sensors", kind, name, None, None, None, 300.0, None, limit_sets, None, (), None, None, (), synthetic=True
    )


def read(more: str = "", *devices: Device) -> SensorRules:
    return load_rules((TEXT + more).encode(), ZONE, devices={each.id: each for each in devices}).sensors


def run(limits: SensorRules, *readings: Sensor) -> list[Finding]:
    detector = SensorDetector(limits)
    states: dict[str, State] = {}
    findings = []
    for one in readings:
        finding, state = detector.evaluate(one, states.get(detector.key(one)))
        if state:
            states[detector.key(one)] = state
        if finding:
            findings.append(finding)
    return findings


def water(metric: str, value: float, name: str = "tram-1", minutes: float = 0) -> Sensor:
    return reading(value, minutes, metric=metric, unit="pH" if metric == "ph" else "mg/L", device=name)


@pytest.mark.parametrize(
    ("limits", "metric", "within", "beyond"),
    [
        ("effluent-A", "fe", 1, 1.01), ("effluent-A", "mn", 0.5, 0.51), ("effluent-A", "nh4", 5, 5.1),
        ("effluent-B", "fe", 5, 5.1), ("effluent-B", "bod5", 50, 51), ("effluent-B", "ph", 5.5, 5.4),
        ("surface-health", "mn", 0.1, 0.11), ("surface-health", "hg", 0.001, 0.0011),
        ("surface-A1", "ph", 8.5, 8.6), ("surface-B2", "do", 2, 1.9), ("surface-A2", "cod", 15, 15.1),
        ("coastal-aquaculture", "nh4", 0.1, 0.11), ("coastal-beach", "do", 4, 3.9), ("coastal-other", "fe", 0.5, 0.51),
    ],
)  # fmt: skip
def test_a_station_is_held_against_the_column_that_the_register_gives_it(
    limits: str, metric: str, within: float, beyond: float
) -> None:
    own = read("", device("tram-1", limits))
    assert run(own, water(metric, within)) == []
    (finding,) = run(own, water(metric, beyond))
    assert finding.rule_id == f"sensor/{limits}/{metric}/{'below' if metric == 'do' or beyond < within else 'above'}-1"
    assert (finding.category, finding.subcategory, finding.severity) == ("environment", "water", "normal")


def test_a_superseded_act_says_so_with_every_finding() -> None:
    (finding,) = run(read("", device("tram-1", "effluent-A")), water("tss", 51))
    assert "Lưu ý: QCVN 40:2011/BTNMT đã được QCVN 40:2025/BTNMT thay thế" in finding.text
    assert "QCVN 40:2025" in finding.evidence["limit_note"]
    (valid,) = run(read("", device("tram-1", "surface-health")), water("fe", 0.6))
    assert "Lưu ý" not in valid.text
    assert "limit_note" not in valid.evidence


def test_twice_the_limit_is_grave_and_a_tenth_below_it_is_back() -> None:
    findings = run(read(), water("cod", 301), water("cod", 136, minutes=5), water("cod", 135, minutes=10))
    assert [(each.severity, each.clears) for each in findings] == [("high", False), ("low", True)]


def test_a_station_takes_the_factors_of_its_permit_and_ph_does_not() -> None:
    own = read('\n[[device]]\nid = "mo-1"\nlimit_sets = ["effluent-B"]\nkq = 0.9\nkf = 0.9\n')
    assert run(own, water("tss", 81, "mo-1"), water("ph", 5.5, "mo-1")) == []
    (finding,) = run(own, water("tss", 81.1, "mo-1"))
    assert finding.evidence["limit"] == pytest.approx(100 * 0.9 * 0.9)
    assert "Kq = 0,9, Kf = 0,9" in finding.text
    assert run(own, water("tss", 81.1, "mo-2")) == []


def test_a_class_of_devices_shares_its_limit_sets_and_a_device_may_differ() -> None:
    more = '\n[[device_class]]\nclass = "river"\nlimit_sets = ["surface-health"]\n'
    own = read(more, device("a", kind="river"), device("b", "effluent-A", kind="river"), device("c", kind="other"))
    assert [finding.device for name in "abc" for finding in run(own, water("fe", 0.6, name))] == ["a"]
    assert [finding.device for name in "abc" for finding in run(own, water("fe", 6, name))] == ["a", "b", "c"]


def test_an_entry_of_its_own_goes_before_the_register() -> None:
    more = '\n[[device]]\nid = "a"\nlimit_sets = ["effluent-A"]\n'
    (finding,) = run(read(more, device("a", "surface-health")), water("fe", 1.5, "a"))
    assert finding.rule_id == "sensor/effluent-A/fe/above-1"


def test_a_special_zone_has_stricter_noise_limits_by_day_and_by_night() -> None:
    own = read("", device("vien", "noise-special"))

    def noise(value: float, minutes: float) -> list[Finding]:
        return run(
            own,
            *(reading(value, minutes + n, metric="noise", unit="dBA", device="vien") for n in range(3)),
        )

    assert noise(55, 0) == []
    assert [each.rule_id for each in noise(56, 0)] == ["sensor/noise-special/noise/above-1"]
    assert noise(46, 0) == []
    assert [each.evidence["limit"] for each in noise(46, 600)] == [45]


def test_noise_is_over_when_it_was_quiet_for_a_quarter_of_an_hour() -> None:
    def noise(value: float, minutes: float) -> Sensor:
        return reading(value, minutes, metric="noise", unit="dBA")

    loud = [noise(80, 0), noise(80, 1), noise(80, 2)]
    assert [each.clears for each in run(read(), *loud, noise(60, 3), noise(60, 17))] == [False]
    assert [each.clears for each in run(read(), *loud, noise(60, 3), noise(60, 18))] == [False, True]


def level(value: float, minutes: float, name: str = "song-vi-du") -> Sensor:
    return reading(value, minutes, metric="water_level", unit="m", device=name, status=None)


def test_a_gauge_has_the_alert_levels_of_its_own_entry_and_another_has_none() -> None:
    own = read(GAUGE)
    readings = [(2.4, 0), (2.6, 10), (3.3, 20), (4.1, 30), (3.05, 40), (3.05, 70), (2.3, 80), (2.3, 110)]
    findings = run(own, *(level(*one) for one in readings))
    assert [(each.severity, each.evidence.get("label"), each.eases) for each in findings] == [
        ("normal", "báo động I", False),
        ("high", "báo động II", False),
        ("critical", "báo động III", False),
        ("normal", "báo động I", True),
        ("low", None, False),
    ]
    assert findings[1].title == "Mực nước sông Ví Dụ trên báo động II: 3,3 m"
    assert findings[3].title == "Mực nước sông Ví Dụ giảm còn báo động I: 3,05 m"
    assert "quyết định ví dụ của tỉnh" in findings[0].text
    assert (findings[0].kind, findings[0].category) == ("limit:water_level", "disaster")
    assert run(own, *(level(*one, "song-khac") for one in readings)) == []


def test_no_gauge_ships_with_alert_levels() -> None:
    assert rules().sensors.gauges == {}
    assert "water_level" not in rules().sensors.default
    assert "tide_level" not in rules().sensors.default


def test_a_gauge_keeps_the_limits_that_other_metrics_have() -> None:
    own = read(GAUGE.replace("song-vi-du", "a"), device("a", "surface-health"), device("b", "surface-health"))
    assert [each.kind for each in run(own, water("fe", 0.6, "a"), level(2.6, 1, "a"))] == [
        "limit:fe",
        "limit:water_level",
    ]
    assert [each.kind for each in run(own, water("fe", 0.6, "b"), level(2.6, 1, "b"))] == ["limit:fe"]


def risk(value: float, minutes: float) -> Sensor:
    return reading(value, minutes, metric="disaster_risk_level", unit="cấp", device="kttv|bão", status=None)


def test_the_issued_disaster_risk_level_is_told_by_its_name_and_colour() -> None:
    findings = run(read(), *(risk(value, n) for n, value in enumerate([1, 3, 3, 5, 4, 2, 0])))
    assert [(each.severity, each.evidence.get("colour"), each.eases, each.clears) for each in findings] == [
        ("low", "xanh dương nhạt", False, False),
        ("high", "da cam", False, False),
        ("critical", "tím", False, False),
        ("critical", "đỏ", True, False),
        ("normal", "vàng nhạt", True, False),
        ("low", None, False, True),
    ]
    assert findings[1].title == "Rủi ro thiên tai: cấp 3, lớn, màu da cam"
    assert "hệ thống không tự tính" in findings[1].text
    assert "QĐ 18/2021/QĐ-TTg" in findings[1].text
    assert findings[3].title == "Rủi ro thiên tai hạ xuống cấp 4, rất lớn, màu đỏ"
    assert findings[5].title == "Rủi ro thiên tai: đã kết thúc"


def test_rain_eases_band_by_band() -> None:
    values = [(60, 0), (210, 5), (150, 10), (40, 15)]
    findings = run(read(), *(reading(value, at, metric="rain_24h", unit="mm", device="mua") for value, at in values))
    assert [(each.severity, each.eases, each.clears) for each in findings] == [
        ("low", False, False),
        ("high", False, False),
        ("normal", True, False),
        ("low", False, True),
    ]


def sensor(*lines: str) -> str:
    keys = {
        "limit_set": '"own"', "metric": '"noise"', "name": '"tiếng ồn"', "category": '"environment"',
        "subcategory": '"noise"', "unit": '"dBA"', "valid": "[0, 150]", "basis": '"b"', "source": '"s"',
        "date": "2026-01-01", "above": '[{ limit = 70, clear = 67, severity = "low" }]',
    } | {line.split(" = ", 1)[0]: line.split(" = ", 1)[1] for line in lines}  # fmt: skip
    return "\n[[sensor]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items() if value) + "\n"


def test_outside_its_schedule_a_condition_ends_and_none_begins() -> None:
    more = sensor('weekdays = ["sun"]', "hours = [7, 13]")
    own = read(more, device("d", "own"))

    def noise(minutes: float) -> Sensor:
        return reading(80, minutes, metric="noise", unit="dBA", device="d")  # from Sunday, 22/11/2026, 12:00

    findings = run(own, noise(0), noise(59), noise(60), noise(61), noise(24 * 60), noise(7 * 24 * 60))
    assert [(each.clears, each.title) for each in findings] == [
        (False, "Tiếng ồn cao hơn ngưỡng: 80 dBA"),
        (True, "Tiếng ồn: hết thời gian áp dụng ngưỡng"),
        (False, "Tiếng ồn cao hơn ngưỡng: 80 dBA"),
    ]


def test_what_was_counted_under_one_limit_does_not_count_under_the_next() -> None:
    night = sensor("hours = [13, 7]", 'above = [{ limit = 55, clear = 52, severity = "low" }]', "hold_s = 600")
    own = read(sensor("hours = [7, 13]", "hold_s = 600") + night, device("d", "own"))

    def noise(minutes: float) -> Sensor:
        return reading(80, minutes, metric="noise", unit="dBA", device="d")

    assert run(own, noise(55), noise(64), noise(73)) == []
    assert len(run(own, noise(55), noise(64), noise(74))) == 1


def test_what_was_counted_last_night_does_not_count_tonight() -> None:
    night = sensor("hours = [21, 6]", "hold_s = 600")
    own = read(
        sensor("hours = [6, 21]", 'above = [{ limit = 75, clear = 70, severity = "low" }]') + night, device("d", "own")
    )

    def noise(value: float, minutes: float) -> Sensor:
        return reading(value, 17 * 60 + minutes, metric="noise", unit="dBA", device="d")  # from Monday, 05:00

    day = 24 * 60
    assert run(own, noise(73, 55), noise(73, 61), noise(73, 120), noise(73, day + 50)) == []
    assert len(run(own, noise(73, 55), noise(73, 61), noise(73, day + 50), noise(73, day + 59.99))) == 0
    assert run(own, noise(73, 30), noise(73, 41))[0].rule_id == "sensor/own/noise/above-1"


def test_the_text_says_how_long_it_has_been_so() -> None:
    own = read(sensor("hold_s = 900"), device("d", "own"))
    noise = [reading(80, minutes, metric="noise", unit="dBA", device="d") for minutes in (0, 10, 15)]
    (finding,) = run(own, *noise)
    assert "kéo dài ít nhất 15 phút" in finding.text


RUNGS = 'above = [{{ limit = 70, clear = 67, severity = "low" }}, {{ limit = 80, clear = {}, severity = "{}" }}]'
ACT = '\n[[limit_set]]\nid = "{}"\nact = "QCVN 99"\nstatus = "{}"\n{}date = 2026-01-01\n'


@pytest.mark.parametrize(
    ("more", "key", "problem"),
    [
        (sensor("hold_s = 54000", "hours = [6, 21]"), "hold_s", "fewer `hours`"),
        (sensor("gap_s = 60"), "gap_s", "no effect"),
        (sensor("samples = 1.5"), "samples", "whole number"),
        (sensor("quiet_s = -1"), "quiet_s", "at least 0"),
        (sensor("hours = [6, 6]"), "hours", "two different hours"),
        (sensor("above = "), "sensor", "needs `above` or `below`"),
        (sensor('above = [{ limit = 150, clear = 67, severity = "low" }]'), "above", "never passed"),
        (sensor('above = [{ limit = -1, clear = -2, severity = "low" }]'), "above", "never passed, or always"),
        (sensor('above = [{ limit = 70, clear = -1, severity = "low" }]'), "above", "never ends"),
        (sensor('below = [{ limit = 80, clear = 81, severity = "low" }]'), "below", "every value is beyond"),
        (sensor(RUNGS.format(60, "high")), "clear", "must not lie behind"),
        (sensor(RUNGS.format(77, "low")), "severity", "graver"),
        (sensor() + sensor('weekdays = ["sat"]'), "metric", "contradicts another"),
        (sensor("until = 2026-06-30") + sensor("from = 2026-07-01", "valid = [0, 140]"), "valid", "one instrument"),
        (sensor() + ACT.format("own", "not_obtained", 'note = "n"\n'), "limit_set", "not_obtained"),
        (ACT.format("other", "superseded", 'note = "n"\n'), "limit_set", "no effect"),
        (ACT.format("effluent-A", "in_force", ""), "id", "listed twice"),
        (sensor() + ACT.format("own", "superseded", ""), "note", "what holds instead"),
        ('\n[[device]]\nid = "d"\nlimit_sets = ["effluent-2025"]\n', "limit_sets", "could not be obtained"),
        ('\n[[device]]\nid = "d"\nlimit_sets = ["surface-A1", "surface-A2"]\n', "limit_sets", "another one after it"),
        ('\n[[device]]\nid = "d"\nlimit_sets = ["rain"]\nkq = 0.9\n', "kq", "no effect"),
        ('\n[[device]]\nid = "d"\nlimit_sets = ["effluent-A"]\nkf = 0\n', "kf", "above 0"),
        ('\n[[device_class]]\nclass = "c"\nlimit_sets = ["nope"]\n', "limit_sets", "no [[sensor]] belongs to"),
        (GAUGE.replace("[2.5, 3.2, 4.0]", "[2.5, 2.5, 4.0]"), "alert_levels", "never reached"),
        (GAUGE.replace("[2.5, 3.2, 4.0]", "[2.5, 4.0]"), "alert_levels", "list of 3"),
        (GAUGE.replace("[-2, 12]", "[-2, 4]"), "alert_levels", "never passed"),
        (GAUGE + GAUGE, "id", "listed twice"),
        (GAUGE.replace('"m"', '"cm"'), "metric", "arrive as"),
    ],
)  # fmt: skip
def test_what_could_never_have_an_effect_is_refused_with_its_line(more: str, key: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        read(more)
    assert key in caught.value.key
    assert caught.value.line > TEXT.count("\n") or key == "limit_set"


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("ph = [6, 9]", "ph = [9, 6]", "ph", "lowest and the highest"),
        ("tss = 50, cod = 75", "tss = 50, xyz = 75", "most.xyz", "[water.metrics] lacks it"),
        ("tss = 50, cod = 75", "tss = 6000, cod = 75", "most.tss", "outside `valid`"),
        ("tss = 50, cod = 75", "tss = 0, cod = 75", "most.tss", "above 0"),
        ("least = { do = 6 }", "least = { tss = 6 }", "least.tss", "has a limit already"),
        ("grave_factor = 2", "grave_factor = 1", "grave_factor", "never reached"),
        ("clear_share = 0.9", "clear_share = 1.1", "clear_share", "share"),
        ('mn = { name = "mangan Mn"', 'mangan = { name = "mangan Mn"', "mangan", "no metric"),
        ('severities = ["normal", "high", "critical"]', 'severities = ["high", "normal"]', "severities", "three"),
    ],
)
def test_a_wrong_figure_of_water_or_gauges_is_refused(old: str, new: str, key: str, problem: str) -> None:
    broken = TEXT.replace(old, new, 1)
    assert broken != TEXT
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        load_rules(broken.encode(), ZONE)
    assert caught.value.key.endswith(key)
    assert abs(caught.value.line - (TEXT[: TEXT.index(old)].count("\n") + 1)) <= 1


def test_a_device_of_the_register_with_unknown_limits_is_named() -> None:
    with pytest.raises(ConfigError, match=r"device 'd' of the register names 'nope', which no \[\[sensor\]\]"):
        read("", device("d", "nope"))


def test_the_shipped_limit_sets_are_those_that_the_guides_name() -> None:
    assert set(load_rules(SHIPPED.read_bytes(), ZONE).sensors.sets) >= {
        "air", "effluent-A", "effluent-B", "surface-health", "surface-A1", "surface-A2", "surface-B1", "surface-B2",
        "coastal-aquaculture", "coastal-beach", "coastal-other", "noise-ordinary", "noise-special", "rain",
        "disaster-risk",
    }  # fmt: skip
    assert set(rules().sensors.lacking) == {"effluent-2025", "coastal-2023"}
