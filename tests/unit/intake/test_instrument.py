"""The watch over instruments on one partition: what it tells when; a crash or a failed round changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from math import sin
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.detect import load_rules
from ioc.events.sensor import Sensor
from ioc.intake.companion import Notice
from ioc.intake.instrument import PREFIX, InstrumentWatch
from streams.transport.state import PartitionState
from tests.unit.detect.support import SHIPPED, ZONE
from tests.unit.intake.store import Changelog

RULES = load_rules(SHIPPED.read_bytes(), ZONE).instruments
START_S = 1_795_323_600
MINUTE = 60


class Bench:
    """A watch with a state that is committed by hand."""

    def __init__(self) -> None:
        self.changelog = Changelog()
        self.restart()

    def restart(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.watch = InstrumentWatch(RULES, self.state)
        self.state.release()

    def send(
        self,
        minute: float,
        *,
        delay_s: float = 5,
        device: str = "tram-1",
        status: str = "00",
        unit: str = "µg/m³",
        **values: float,
    ) -> None:
        """One cycle of a device: its metrics with their values."""
        at_s = START_S + minute * MINUTE
        for metric, value in values.items():
            event = Sensor(device, metric, value, unit, datetime.fromtimestamp(at_s, UTC), status=status)
            assert self.watch.take(event, at_s, int((at_s + delay_s) * 1000)) is None
        self.watch.flush(int((at_s + delay_s) * 1000))

    def tick(self, minute: float, *, commit: bool = True) -> list[Notice]:
        """Two ticks, the second after the time that metrics have to fail together."""
        now_ms = int((START_S + minute * MINUTE) * 1000)
        notices = [*self.watch.tick(now_ms), *self.watch.tick(now_ms + 61_000)]
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        return notices


def said(notices: list[Notice]) -> list[tuple[str, bool]]:
    return [(notice.finding.kind, notice.finding.clears) for notice in notices]


def test_three_bad_cycles_are_told_once_and_three_good_ones_end_it() -> None:
    bench = Bench()
    told = []
    for minute, value in enumerate([20, 9999, 9999, 9999, 9999, 21, 22, 23, 24]):
        bench.send(5 * minute, pm2_5=value, so2=10 + minute)
        told.append(said(bench.tick(5 * minute + 1)))
    assert told == [[], [], [], [("fault:pm2_5:sentinel", False)], [], [], [], [("fault:pm2_5:sentinel", True)], []]
    assert dict(bench.watch.drain()) == {"ok": 14, "sentinel": 4}
    assert dict(bench.watch.drain()) == {}


def test_a_device_that_fails_whole_is_told_once() -> None:
    bench = Bench()
    for minute in (0, 5, 10):
        bench.send(minute, status="02", pm2_5=1, pm10=1, so2=1, no2=1)
        if minute < 10:
            assert bench.tick(minute + 1) == []
    (notice,) = bench.tick(11)
    assert notice.finding.kind == "fault:device:device_error"
    assert notice.at == datetime.fromtimestamp(START_S + 10 * MINUTE, UTC)
    for minute in (15, 20, 25):
        bench.send(minute, pm2_5=minute, pm10=minute, so2=minute, no2=minute)
    assert said(bench.tick(26)) == [("fault:device:device_error", True)]


def test_what_recovers_before_it_was_told_is_no_news() -> None:
    bench = Bench()
    for minute in range(3):
        bench.send(minute / 10, pm2_5=-999)
    assert bench.watch.tick(START_S * 1000) == []
    for minute in range(3, 6):
        bench.send(minute / 10, pm2_5=minute)
    assert bench.tick(2) == []


def test_late_readings_say_nothing_about_now() -> None:
    bench = Bench()
    for minute in range(6):
        bench.send(5 * minute, delay_s=2 * 3600, pm2_5=9999)
    assert bench.tick(200) == []
    bench.send(60, pm2_5=20)
    for minute in (40, 45, 50):  # older than what is known, by little
        bench.send(minute, delay_s=60 * (61 - minute), pm2_5=-999)
    assert bench.tick(201) == []
    bench.send(55, delay_s=360, pm2_5=20)
    assert bench.watch.drain() == {"sentinel": 9, "ok": 1, "late": 1}


def test_a_flat_line_is_told_as_a_suspicion_then_as_a_fault_and_then_no_longer_used() -> None:
    bench = Bench()
    told = {}
    trusted = {}
    for minute in range(0, 75 * 60, 10):
        bench.send(minute, pm2_5=7.5)
        trusted[minute // 60] = bench.watch.trusts(event(7.5, minute))
        if minute % 60 == 0 and (notices := bench.tick(minute + 1)):
            told[minute // 60] = [(n.finding.kind, n.finding.severity) for n in notices]
    assert told == {25: [("fault:pm2_5:flatline", "low")], 73: [("fault:pm2_5:flatline", "normal")]}
    assert [hour for hour, good in trusted.items() if not good] == [72, 73, 74]
    assert bench.watch.trusts(event(9.0, 75 * 60))
    for minute in range(3):
        bench.send(75 * 60 + minute, pm2_5=8 + minute)
    assert said(bench.tick(75 * 60 + 4)) == [("fault:pm2_5:flatline", True)]


def event(value: float, minute: float, device: str = "tram-1") -> Sensor:
    at = datetime.fromtimestamp(START_S + minute * MINUTE, UTC)
    return Sensor(device, "pm2_5", value, "µg/m³", at, status="00")


def test_zeros_among_measurements_are_told_and_only_the_zeros_are_not_used() -> None:
    bench = Bench()
    told = []
    for minute in range(0, 3 * 24 * 60, 10):
        bench.send(minute, pm2_5=0 if minute % 20 == 0 else 5 + sin(minute))
        if minute % 60 == 0:
            told += [(n.finding.kind, n.finding.severity) for n in bench.tick(minute + 1)]
    assert told == [("fault:pm2_5:zeros", "normal")]
    assert not bench.watch.trusts(event(0, 3 * 24 * 60))
    assert bench.watch.trusts(event(4, 3 * 24 * 60))


def test_what_was_told_is_told_again_by_nobody_after_a_restart_and_its_end_is_told() -> None:
    bench = Bench()
    for minute in (0, 5, 10):
        bench.send(minute, pm2_5=9999, so2=minute)
    assert len(bench.tick(11)) == 1
    bench.restart()
    assert bench.tick(12) == []
    bench.send(15, pm2_5=9999)
    assert bench.tick(16) == []
    bench.restart()
    for minute in (20, 25, 30):
        bench.send(minute, pm2_5=minute)
    assert said(bench.tick(31)) == [("fault:pm2_5:sentinel", True)]


def test_what_a_failed_round_told_is_told_again() -> None:
    bench = Bench()
    for minute in (0, 5, 10):
        bench.send(minute, pm2_5=9999, so2=minute)
    bench.changelog.commit(bench.state)
    first = bench.tick(11, commit=False)
    assert len(first) == 1
    assert [notice.finding for notice in bench.tick(12)] == [notice.finding for notice in first]


def test_readings_of_a_failed_round_are_forgotten() -> None:
    bench = Bench()
    bench.send(0, pm2_5=9999)
    bench.send(5, pm2_5=9999)
    bench.changelog.commit(bench.state)
    bench.watch.drain()
    bench.send(10, pm2_5=9999, so2=3)
    bench.send(10, device="tram-2", pm2_5=3)
    bench.state.rollback()
    assert bench.tick(11) == []
    assert bench.watch.drain() == {}
    bench.send(10, pm2_5=9999, so2=3)
    assert said(bench.tick(11)) == [("fault:pm2_5:sentinel", False)]
    assert not any(key.endswith(b"tram-2") for key in bench.changelog.records)


def test_a_device_that_is_silent_for_days_is_forgotten() -> None:
    bench = Bench()
    for minute in range(3):
        bench.send(minute, pm2_5=20)
        bench.send(minute, device="tram-2", pm2_5=9999)
    bench.tick(5)
    bench.send(20, device="tram-3", pm2_5=20)
    bench.changelog.commit(bench.state)
    assert set(bench.changelog.records) >= {PREFIX + b"tram-1", PREFIX + b"tram-2"}
    bench.send(5 * 24 * 60, device="tram-3", pm2_5=21)
    bench.changelog.commit(bench.state)
    assert PREFIX + b"tram-1" not in bench.changelog.records
    assert PREFIX + b"tram-2" in bench.changelog.records, "somebody waits for its recovery"
    bench.send(31 * 24 * 60, device="tram-3", pm2_5=22)
    bench.changelog.commit(bench.state)
    assert PREFIX + b"tram-2" not in bench.changelog.records


def test_a_device_that_is_well_is_written_down_on_a_timer() -> None:
    bench = Bench()
    for minute in range(10):
        bench.send(minute, pm2_5=20 + minute)
    assert bench.state.get(PREFIX + b"tram-1") is None
    bench.send(10, pm2_5=31)
    assert bench.state.get(PREFIX + b"tram-1") is not None


cycles = st.lists(
    st.tuples(
        st.sampled_from(["tram-1", "tram-2"]),
        st.sampled_from(["pm2_5", "so2"]),
        st.sampled_from([1.0, 2.0, 9999.0, -5.0]),
        st.sampled_from(["00", "01"]),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(cycles=cycles, data=st.data())
def test_restarts_and_failed_rounds_change_nothing(
    cycles: list[tuple[str, str, float, str]], data: st.DataObject
) -> None:
    """What is told, and in which order, is that of a watch that never stopped."""
    plain, shaken = Bench(), Bench()
    for n, (device, metric, value, status) in enumerate(cycles):
        told = []
        for bench in (plain, shaken):
            if bench is shaken and data.draw(st.booleans()):
                bench.send(2 * n, device=device, status=status, **{metric: value})
                bench.tick(2 * n + 0.2, commit=False)
                bench.restart()
            bench.send(2 * n, device=device, status=status, **{metric: value})
            told.append(said(bench.tick(2 * n + 0.2)))
        assert told[0] == told[1]


@pytest.mark.parametrize("minutes", [0, 4])
def test_a_position_goes_with_the_news(minutes: int) -> None:
    bench = Bench()
    for minute in range(3):
        at_s = START_S + minute * MINUTE
        one = Sensor("t", "so2", 9999, "µg/m³", datetime.fromtimestamp(at_s, UTC), lat=20.95, lon=107.1)
        bench.watch.take(one, at_s, at_s * 1000)
    bench.watch.flush((START_S + 3 * MINUTE) * 1000)
    (notice,) = bench.tick(3 + minutes)
    assert (notice.lat, notice.lon) == (20.95, 107.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=30, max_size=250))
def test_a_ph_that_is_zero_now_and_then_is_one_fault_until_it_has_been_well_for_long(zeros: list[bool]) -> None:
    """A pH of 0 is no value at once, long before anybody knows how many of them there are."""
    bench = Bench()
    well, told = 0, 0
    for number, zero in enumerate(zeros):
        bench.send(5 * number, unit="pH", ph=0.0 if zero else 7 + number / 1000)
        well = 0 if zero else well + 1
        for kind, over in said(bench.tick(5 * number + 1)):
            assert kind == "fault:ph:out_of_range"
            assert over == (told > 0)
            told += -1 if over else 1
            assert not over or well >= RULES.zero_good_cycles


def test_four_zeros_in_ten_are_told_once_and_end_once_they_are_gone() -> None:
    bench, random = Bench(), Random(7)
    told = []
    for number in range(400):  # 33 hours
        zero = number < 300 and random.random() < 0.4
        bench.send(5 * number, unit="pH", ph=0.0 if zero else 7 + number / 1000)
        told += [(over, number >= 300) for _, over in said(bench.tick(5 * number + 1))]
    assert told == [(False, False)]
    for number in range(400, 900):  # until the days with zeros are behind
        bench.send(5 * number, unit="pH", ph=7 + number / 1000)
        told += [(over, True) for _, over in said(bench.tick(5 * number + 1))]
    assert told == [(False, False), (True, True)]
