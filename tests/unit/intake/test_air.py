"""The air of one partition's stations: what is told when an hour is over, and when late readings change a past one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc import metrics
from ioc.catalog import common_data
from ioc.detect import SensorDetector, load_rules
from ioc.detect.air import load_vn_aqi
from ioc.detect.air_hours import HOUR_S
from ioc.events.sensor import Sensor
from ioc.intake import IntakeParts
from ioc.intake.air import AirWatch
from ioc.intake.companion import Notice
from ioc.intake.machines import MachineJudge
from streams.transport.state import PartitionState
from tests.unit.detect.support import SHIPPED, ZONE
from tests.unit.incidents.support import Desk
from tests.unit.intake.store import Changelog

AQI = load_vn_aqi((common_data() / "vn_aqi.toml").read_bytes())
RULES = load_rules(SHIPPED.read_bytes(), ZONE).air
EIGHT = datetime(2026, 11, 22, 8, tzinfo=UTC)
SETTLED_S = RULES.settle_s + 1


class Bench:
    """A watch with a state that is committed by hand; hours are counted from :data:`EIGHT`."""

    def __init__(self) -> None:
        self.changelog = Changelog()
        self.now_ms = int(EIGHT.timestamp() * 1000)
        self.restart()

    def restart(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.watch = AirWatch(AQI, RULES, lambda _: True, self.state, checkpoint=timedelta(0))

    def send(self, hour: float, station: str = "tram-1", readings: int = 4, **values: float) -> None:
        """Readings of the hour that ends so long after eight."""
        for metric, value in values.items():
            for n in range(readings):
                at = EIGHT + timedelta(hours=hour, minutes=-60 / readings * n)
                event = Sensor(station, metric, value, "µg/m³", at, lat=20.95, lon=107.08)
                self.watch.take(event, at.timestamp(), self.now_ms)
        self.watch.flush(int((EIGHT + timedelta(hours=hour)).timestamp() * 1000))

    def tick(self, hour: float, *, after_s: float = 0, commit: bool = True) -> list[Notice]:
        now_s = EIGHT.timestamp() + hour * HOUR_S + after_s
        notices = self.watch.tick(int(now_s * 1000))
        if commit:
            self.now_ms = int(now_s * 1000)
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        return notices


def said(notices: list[Notice]) -> list[tuple[str, bool]]:
    return [(notice.finding.kind, notice.finding.clears) for notice in notices]


def test_an_hour_is_judged_ten_minutes_after_its_end_and_once() -> None:
    bench = Bench()
    bench.send(-1, so2=20)
    bench.send(0, so2=400)
    assert bench.tick(0, after_s=599) == []
    (notice,) = bench.tick(0, after_s=600)
    assert notice.finding.kind == "air:so2-1h"
    assert (notice.at, notice.lat, notice.lon) == (EIGHT, 20.95, 107.08)
    assert bench.tick(0, after_s=601) == []
    bench.send(1, so2=20)
    assert said(bench.tick(1, after_s=600)) == [("air:so2-1h", True)]


def test_readings_of_an_hour_that_goes_on_say_nothing_yet() -> None:
    bench = Bench()
    bench.send(-1, so2=20)
    bench.send(0.5, so2=5000, readings=1)
    assert bench.tick(0.9) == []


def test_what_comes_late_is_corrected_once_and_quietly() -> None:
    bench = Bench()
    for hour in range(-6, 1):
        bench.send(hour, pm2_5=20, so2=20)
        bench.tick(hour, after_s=600)
    for _ in range(3):
        bench.send(-4, pm2_5=100, so2=900, readings=5)
        assert bench.tick(0, after_s=700) == []
    notices = bench.tick(0, after_s=700 + SETTLED_S)
    assert said(notices) == [("air:correction", True)]
    hours = notices[0].finding.evidence["hours"]
    assert hours[0]["hour"] == "2026-11-22T04:00:00+00:00"
    assert hours[0]["after"]["exceeded"] == ["so2-1h"]
    assert bench.tick(0, after_s=800 + 2 * SETTLED_S) == []


def test_while_late_data_settles_the_hours_go_on() -> None:
    bench = Bench()
    for hour in range(-6, 1):
        bench.send(hour, so2=20)
        bench.tick(hour, after_s=600)
    assert bench.tick(0, after_s=3300) == []
    bench.send(-4, so2=900, readings=20)
    assert bench.tick(0, after_s=3301) == []
    bench.send(1, so2=400)
    assert said(bench.tick(1, after_s=600)) == [("air:so2-1h", False), ("air:correction", True)]


def test_a_region_that_comes_back_is_corrected_a_few_stations_at_a_time() -> None:
    bench = Bench()
    for station in range(25):
        for hour in range(-4, 1):
            bench.send(hour, f"tram-{station}", so2=20)
    assert [bench.tick(0, after_s=600 + n) for n in range(2)] == [[], []]
    for station in range(25):
        bench.send(-3, f"tram-{station}", so2=900, readings=20)
    bench.tick(0, after_s=700)
    told = [len(bench.tick(0, after_s=700 + SETTLED_S + n)) for n in range(6)]
    assert told == [5, 5, 5, 5, 5, 0]


def test_a_restart_repeats_nothing_and_forgets_no_correction() -> None:
    bench = Bench()
    for hour in range(-4, 1):
        bench.send(hour, so2=20 if hour else 400)
    assert len(bench.tick(0, after_s=600)) == 1
    bench.restart()
    assert bench.tick(0, after_s=610) == []
    bench.send(-2, so2=900, readings=40)
    bench.tick(0, after_s=620)
    bench.restart()
    assert bench.tick(0, after_s=700) == []
    assert said(bench.tick(0, after_s=701 + SETTLED_S)) == [("air:correction", True)]


def test_what_a_failed_round_told_is_told_again() -> None:
    bench = Bench()
    bench.send(-1, so2=20)
    bench.send(0, so2=400)
    bench.changelog.commit(bench.state)
    first = bench.tick(0, after_s=600, commit=False)
    assert len(first) == 1
    assert bench.tick(0, after_s=601) == first
    bench.send(-1, so2=900, readings=40)
    bench.state.rollback()
    bench.tick(0, after_s=700)
    assert bench.tick(0, after_s=800 + SETTLED_S) == []


def test_level_and_index_are_shown_while_they_are_fresh() -> None:
    bench = Bench()
    for hour in (-2, -1, 0, 0.5):
        bench.send(hour, pm2_5=60)
    index, level = (metrics.AIR_QUALITY_INDEX.name, "tram-1"), (metrics.AIR_QUALITY_LEVEL.name, "tram-1")
    now_ms = int(EIGHT.timestamp() * 1000)
    assert bench.watch.gauges(now_ms) == {index: 117, level: 3}  # 100 + 50 / 30 · 10 = 116.7, kém
    assert bench.watch.gauges(now_ms + 3 * 3_600_000 + 1) == {}


sent = st.lists(st.tuples(st.integers(-5, 0), st.sampled_from([20.0, 400.0, 2000.0])), min_size=1, max_size=25)


@settings(deadline=None)
@given(sent=sent, data=st.data())
def test_restarts_and_failed_rounds_change_nothing(sent: list[tuple[int, float]], data: st.DataObject) -> None:
    plain, shaken = Bench(), Bench()
    for n, (hour, value) in enumerate(sent):
        told = []
        for bench in (plain, shaken):
            if bench is shaken and data.draw(st.booleans()):
                bench.send(hour, so2=value)
                bench.tick(0, after_s=600 + 1000 * n, commit=False)
                bench.restart()
            bench.send(hour, so2=value)
            told.append(said(bench.tick(0, after_s=600 + 1000 * n)))
        assert told[0] == told[1]


def test_a_correction_opens_no_incident(parts: IntakeParts) -> None:
    bench = Bench()
    for hour in range(-6, 1):
        bench.send(hour, so2=20)
    bench.tick(0, after_s=600)
    bench.send(-3, so2=900, readings=40)
    bench.tick(0, after_s=601)
    (notice,) = bench.tick(0, after_s=700 + SETTLED_S)
    judge = MachineJudge(
        "sensors", SensorDetector(parts.rules.sensors), PartitionState(0), catalogue=parts.catalogue, hide=str,
        versions={}, late=timedelta(hours=72),
    )  # fmt: skip
    signal = judge.notify(notice, int(EIGHT.timestamp() * 1000))
    assert signal.commune != "00000"
    desk = Desk()
    changes = desk.signal(signal)
    assert (changes.incidents, changes.alerts) == ([], [])
    assert [decision.outcome for decision in changes.decisions] == ["nothing_to_clear"]
