"""Hours that are over: limits on their own averaging times, bands of the index, corrections by late readings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import common_data
from ioc.detect import load_rules
from ioc.detect.air import load_vn_aqi
from ioc.detect.air_hours import HOUR_S, hour_of
from ioc.detect.air_judge import INDEX, Change, Crossing, StationAir, Verdict, judge
from ioc.detect.air_words import correction_finding, crossing_finding
from tests.unit.detect.support import SHIPPED, ZONE

AQI = load_vn_aqi((common_data() / "vn_aqi.toml").read_bytes())
RULES = load_rules(SHIPPED.read_bytes(), ZONE).air
NINE = hour_of(datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp())
"""The hour that ends at 9:00 in Việt Nam."""


class Station:
    """A station whose hours are judged as they end."""

    def __init__(self) -> None:
        self.air = StationAir(judged=NINE - 200)

    def fill(self, hour: int, readings: int = 12, **values: float) -> None:
        for metric, value in values.items():
            for _ in range(readings):
                self.air.hours.add(metric, hour, value)
        if hour <= self.air.judged:
            self.air.redo_from = min(hour, self.air.redo_from or hour)

    def judge(self, hour: int = 0, *, fresh_h: int = 3, now: int | None = None) -> tuple[list[Crossing], list[Change]]:
        newest = hour or self.air.hours.newest()
        redo = bool(self.air.redo_from)
        return judge(self.air, newest, (now or newest) - fresh_h, AQI, RULES, redo=redo)

    def hours(self, *values: float, metric: str = "so2", first: int = NINE - 24) -> list[tuple[str, int, int]]:
        """Conditions that change while these hourly means come in: key, place of the hour, rung."""
        self.fill(first - 1, **{metric: values[0]})
        found = []
        for n, value in enumerate(values):
            self.fill(first + n, **{metric: value})
            found += [(one.key, n, one.rung) for one in self.judge()[0] if one.key != INDEX]
        return found


def test_one_reading_beyond_the_limit_is_nothing_and_the_mean_of_an_hour_is() -> None:
    station = Station()
    station.fill(NINE - 1, so2=20)
    station.fill(NINE, 11, so2=300)
    station.fill(NINE, 1, so2=900)
    assert station.judge() == ([], [])  # (11 · 300 + 900) / 12 = 350: at the limit is within it
    station.fill(NINE + 1, 11, so2=300)
    station.fill(NINE + 1, 1, so2=912)
    ((crossing,), _) = station.judge()
    assert (crossing.key, crossing.hour, crossing.value, crossing.rung) == ("so2-1h", NINE + 1, 351, 1)


@pytest.mark.parametrize(
    ("metric", "means", "expected"),
    [
        ("so2", [351.0, 340, 315, 351], [("so2-1h", 0, 1), ("so2-1h", 2, 0), ("so2-1h", 3, 1)]),
        ("no2", [201.0], [("no2-1h", 0, 1)]),
        ("co", [30_001.0], [("co-1h", 0, 1)]),
        ("tsp", [301.0], [("tsp-1h", 0, 1)]),
        # Eight hours need six of them: the fifth hour, after the first one that only says how full hours are.
        ("co", [10_001.0] * 8, [("co-8h", 5, 1)]),
        ("o3", [121.0] * 7, [("o3-8h", 5, 1)]),
        ("pm2_5", [46.0] * 20, [("pm2_5-24h", 17, 1)]),
        ("pm2_5", [45.0] * 30, []),
        ("pm10", [101.0] * 20, [("pm10-24h", 17, 1)]),
        ("pm10", [500.0] * 17, []),
        ("so2", [126.0] * 20, [("so2-24h", 17, 1)]),
    ],
)
def test_each_limit_has_its_averaging_time(
    metric: str, means: list[float], expected: list[tuple[str, int, int]]
) -> None:
    assert Station().hours(*means, metric=metric) == expected


def test_an_hour_with_too_few_readings_has_no_mean_for_a_limit() -> None:
    station = Station()
    station.fill(NINE - 1, tsp=20)
    station.fill(NINE, 12, tsp=20)
    station.fill(NINE + 1, 8, tsp=900)
    assert station.judge() == ([], [])  # 8 of 12 are less than three quarters
    station.fill(NINE + 2, 9, tsp=900)
    assert [one.key for one in station.judge()[0]] == ["tsp-1h"]


def test_the_first_hour_of_a_station_says_how_often_it_sends_and_no_more() -> None:
    station = Station()
    station.fill(NINE, 1, so2=900)
    assert [one.key for one in station.judge()[0]] == [INDEX]


@pytest.mark.parametrize(("pm2_5", "value", "rung"), [(81, 151, 1), (151, 201, 2), (251, 301, 3)])
def test_bands_of_the_hourly_index_are_news(pm2_5: float, value: int, rung: int) -> None:
    station = Station()
    for hour in range(NINE - 12, NINE):
        station.fill(hour, pm2_5=80)
    assert station.judge() == ([], [])  # 150 is not above 150
    for hour in range(NINE, NINE + 12):
        station.fill(hour, pm2_5=pm2_5)
    crossings = [one for one in station.judge(fresh_h=12)[0] if one.key == INDEX]
    assert crossings[-1].rung == rung
    said = crossing_finding("tram-1", crossings[-1], AQI, RULES)
    assert said.severity == ["normal", "high", "critical"][rung - 1]
    assert said.evidence["air_level"] == rung + 3
    assert crossings[-1].value <= value


def test_the_index_comes_to_rest_below_its_band_once() -> None:
    station = Station()
    found = []
    for n, mean in enumerate([80.0] * 3 + [160.0] * 3 + [76.0] * 12 + [60.0] * 12):
        station.fill(NINE + n, pm2_5=mean)
        found += [(one.rung, one.before) for one in station.judge()[0] if one.key == INDEX]
    assert found[-1][0] == 0
    assert [rung for rung, _ in found[:-1]] == sorted({rung for rung, _ in found[:-1]}), "up, then down once"


def test_gases_without_dust_have_bands_and_no_vn_aqi() -> None:
    station = Station()
    station.fill(NINE - 1, so2=20)
    station.fill(NINE, so2=900)
    (mean, gases), _ = station.judge()
    assert (mean.key, gases.key, gases.rung) == ("so2-1h", INDEX, 2)
    assert gases.value == 213  # 200 + (300 − 200) / (1600 − 800) · 100 = 212.5
    assert station.air.verdicts[NINE] == Verdict(-1, ("so2-1h",))
    said = crossing_finding("tram-1", gases, AQI, RULES)
    assert said.title == "Chỉ số giờ của các khí 213 – Rất xấu"
    assert "không có VN_AQI" in said.text


def test_the_words_name_mean_limit_and_regulation_and_claim_no_violation() -> None:
    station = Station()
    station.fill(NINE - 1, so2=20)
    station.fill(NINE, so2=412.5)
    crossing = station.judge()[0][0]
    said = crossing_finding("tram-1", crossing, AQI, RULES)
    assert said.title == "Khí SO2 trung bình 1 giờ cao hơn giới hạn: 412,5 µg/m³"
    assert "08:00 22/11 đến 09:00 22/11/2026: 412,5 µg/m³, cao hơn giới hạn 350 µg/m³ (QCVN 05:2023/BTNMT" in said.text
    assert "chưa phải kết luận vi phạm" in said.text
    assert (said.kind, said.severity, said.category, said.subcategory) == ("air:so2-1h", "normal", "environment", "air")
    assert said.evidence["limit"] == 350
    station.fill(NINE + 1, so2=20)
    over = crossing_finding("tram-1", station.judge()[0][0], AQI, RULES)
    assert (over.kind, over.clears, over.severity) == ("air:so2-1h", True, "low")


def test_the_evidence_of_an_index_has_level_and_colour() -> None:
    station = Station()
    station.fill(NINE - 1, pm2_5=200)
    station.fill(NINE, pm2_5=200)
    (crossing,) = station.judge()[0]
    said = crossing_finding("tram-1", crossing, AQI, RULES)
    assert said.title == "VN_AQI giờ 250 – Rất xấu"
    evidence = said.evidence
    assert (evidence["index"], evidence["air_level"], evidence["air_level_name"]) == (250, 5, "Rất xấu")
    assert (evidence["colour"], evidence["pollutant"], evidence["limit"]) == ("#8f3f97", "pm2_5", 200)
    assert evidence["hour"] == "2026-11-22T02:00:00+00:00"


def test_the_limit_of_the_day_on_which_the_mean_ends_counts() -> None:
    new_year = hour_of(datetime(2025, 12, 31, 17, tzinfo=UTC).timestamp())  # 24:00 of 31 December in Việt Nam
    station = Station()
    station.air.judged = new_year - 30
    for hour in range(new_year - 25, new_year + 1):
        station.fill(hour, pm2_5=48)
    assert station.judge() == ([], [])
    station.fill(new_year + 1, pm2_5=48)
    assert [one.key for one in station.judge()[0]] == ["pm2_5-24h"]


def test_a_past_hour_is_corrected_and_alarms_nobody() -> None:
    station = Station()
    for hour in range(NINE - 12, NINE + 1):
        station.fill(hour, pm2_5=20, so2=100)
    assert station.judge() == ([], [])
    before = dict(station.air.verdicts)
    station.fill(NINE - 6, pm2_5=400, so2=700)
    crossings, changes = station.judge()
    assert crossings == []
    assert changes[0] == Change(NINE - 6, before[NINE - 6], station.air.verdicts[NINE - 6])
    assert changes[0].after.exceeded == ("so2-1h",)
    assert changes[0].after.aqi > before[NINE - 6].aqi
    assert station.judge() == ([], []), "it is said once"
    said = correction_finding("tram-1", changes, RULES)
    assert said.clears, "it opens nothing"
    assert (said.kind, said.severity) == ("air:correction", "low")
    first = said.evidence["hours"][0]
    assert first["hour"] == "2026-11-21T20:00:00+00:00"
    assert first["before"] == {"index": 40, "exceeded": []}
    assert first["after"] == {"index": changes[0].after.aqi, "exceeded": ["so2-1h"]}
    assert "Không phải cảnh báo về hiện tại" in said.text


def test_late_readings_that_change_nothing_are_no_correction() -> None:
    station = Station()
    for hour in range(NINE - 12, NINE + 1):
        station.fill(hour, pm2_5=20)
    station.judge()
    station.fill(NINE - 5, 1, pm2_5=20)
    assert station.judge() == ([], [])


def test_hours_of_an_outage_are_filled_in_quietly_unless_a_limit_was_exceeded() -> None:
    station = Station()
    for hour in range(NINE - 12, NINE - 8):
        station.fill(hour, so2=20, pm2_5=20)
    station.judge(now=NINE - 9)
    for hour in range(NINE - 8, NINE + 1):
        station.fill(hour, so2=400 if hour == NINE - 6 else 20, pm2_5=20)
    crossings, changes = station.judge()
    assert crossings == []
    assert changes == [Change(NINE - 6, None, Verdict(station.air.verdicts[NINE - 6].aqi, ("so2-1h",)))]


def test_an_hour_that_is_filled_up_while_it_is_fresh_is_judged_once() -> None:
    station = Station()
    station.fill(NINE - 2, so2=20)
    station.fill(NINE - 1, so2=20)
    station.fill(NINE, 4, so2=400)
    assert station.judge() == ([], [])
    station.fill(NINE, 8, so2=400)
    crossings, changes = station.judge()
    assert ([one.key for one in crossings], changes) == (["so2-1h"], [])
    station.fill(NINE, 1, so2=400)
    assert station.judge() == ([], [])


def test_late_readings_end_no_condition_and_begin_none() -> None:
    station = Station()
    assert Station().hours(20, 20, 400) == [("so2-1h", 2, 1)]
    station.hours(20, 20, 400, 20)
    levels = dict(station.air.levels)
    station.fill(NINE - 22, so2=2000)
    station.fill(NINE - 21, so2=2000)
    crossings, changes = station.judge()
    assert crossings == []
    assert [(change.hour, change.before, change.after.exceeded) for change in changes] == [
        (NINE - 21, None, ("so2-1h",))
    ]
    assert station.air.levels == levels


readings = st.lists(
    st.tuples(st.integers(-30, 0), st.sampled_from(["so2", "pm2_5", "o3", "tsp"]), st.sampled_from([5, 130, 260, 420])),
    max_size=80,
)


@settings(deadline=None)
@given(sent=readings, data=st.data())
def test_in_the_end_an_hours_verdict_does_not_depend_on_the_order_of_arrival(
    sent: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    one, other = Station(), Station()
    for back, metric, value in sent:
        one.fill(NINE + back, 1, **{metric: value})
    one.judge(NINE)
    for back, metric, value in data.draw(st.permutations(sent)):
        other.fill(NINE + back, 1, **{metric: value})
        if data.draw(st.booleans()):
            other.air.redo_from = other.air.redo_from and min(other.air.redo_from, NINE - 30)
            other.judge(max(other.air.hours.newest(), other.air.judged))
    other.air.redo_from = NINE - 100
    other.judge(NINE)
    assert one.air.verdicts == other.air.verdicts


@settings(deadline=None)
@given(sent=readings)
def test_what_is_written_is_read(sent: list[tuple[int, str, int]]) -> None:
    station = Station()
    for back, metric, value in sent:
        station.fill(NINE + back, 1, **{metric: value})
        if back % 3 == 0:
            station.judge(max(station.air.hours.newest(), station.air.judged))
    station.air.place = 20.9, 107.1
    again = StationAir.decode(station.air.encode())
    assert again.encode() == station.air.encode()
    assert judge(again, NINE + 1, NINE, AQI, RULES, redo=False) == judge(
        station.air, NINE + 1, NINE, AQI, RULES, redo=False
    )


def test_a_state_of_hours_alone_is_read_too() -> None:
    air = StationAir.decode(b'[["pm2_5",%d,12,240.0]]' % NINE)
    assert air.hours.cells == {"pm2_5": {NINE: (12, 240.0)}}
    assert datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp() == HOUR_S * NINE
