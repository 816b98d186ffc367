"""How stations, base stations and gates are now: told as it changes, and anew every few hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ioc.intake.states import AGAIN_S, Shown, StateTeller, Subject
from ioc.records import Health, StateRow, decode, encode
from streams.transport import PartitionState
from tests.unit.intake.gates import Post, passage
from tests.unit.intake.gates import sample as queue
from tests.unit.intake.network import SITE, Network, sample
from tests.unit.intake.test_air import EIGHT, Bench

NOW_MS = 1_790_000_000_000
STATION = Subject("air", "tram-1")


class Board:
    """What is shown, as the test sets it."""

    def __init__(self) -> None:
        self.now: dict[Subject, Shown] = {}

    def shown(self, _: int) -> Mapping[Subject, Shown]:
        return self.now


class Desk:
    """A teller and the round around it."""

    def __init__(self) -> None:
        self.board, self.state = Board(), PartitionState(0)
        self.teller = StateTeller("sensors", 3, self.state, [self.board], every_s=15)

    def told(self, second: float, *, commit: bool = True) -> dict[str, str]:
        rows = self.rows(second)
        if commit:
            self.state.commit()
        else:
            self.state.rollback()
        return {row.device: row.state for row in rows}

    def rows(self, second: float) -> list[StateRow]:
        healths = list(self.teller.healths(NOW_MS + round(second * 1000)))
        read = [decode(Health, encode(each)) for each in healths]
        assert [health.part for health in read] == [*range(len(read))]
        assert all((health.source, health.partition, health.read_to) == ("sensors", 3, None) for health in read)
        return [row for health in read for row in health.states]


def test_what_changes_is_told_and_what_does_not_is_not() -> None:
    desk = Desk()
    desk.board.now = {STATION: Shown("good"), Subject("air", "tram-2"): Shown("bad")}
    assert desk.told(0) == {"tram-1": "good", "tram-2": "bad"}
    assert desk.told(15) == {}
    desk.board.now[STATION] = Shown("good", (("index", 41.0),))
    assert desk.told(29) == {}  # it is looked at every 15 s
    assert desk.told(30) == {"tram-1": "good"}


def test_what_is_no_longer_known_is_told_once() -> None:
    desk = Desk()
    desk.board.now = {STATION: Shown("good")}
    desk.told(0)
    desk.board.now = {}
    assert desk.told(15) == {"tram-1": ""}
    assert desk.told(30) == {}


def test_everything_is_told_again_every_few_hours() -> None:
    desk = Desk()
    desk.board.now = {STATION: Shown("good")}
    desk.told(0)
    assert desk.told(AGAIN_S - 1) == {}
    assert desk.told(AGAIN_S + 15) == {"tram-1": "good"}
    assert desk.told(AGAIN_S + 30) == {}


def test_what_a_failed_round_told_is_told_again() -> None:
    desk = Desk()
    desk.board.now = {STATION: Shown("good")}
    assert desk.told(0, commit=False) == {"tram-1": "good"}
    assert desk.told(0) == {"tram-1": "good"}
    desk.board.now = {}
    assert desk.told(15, commit=False) == {"tram-1": ""}
    assert desk.told(15) == {"tram-1": ""}


def test_many_rows_are_several_records() -> None:
    desk = Desk()
    desk.board.now = {Subject("air", str(number)): Shown("good") for number in range(2_500)}
    assert len(desk.rows(0)) == 2_500


def test_a_station_shows_the_level_of_its_air_while_that_is_fresh() -> None:
    bench = Bench()
    for hour in range(4):
        bench.send(hour, pm2_5=60.0)
    bench.tick(3.2)
    now_ms = bench.now_ms
    found = bench.watch.shown(now_ms)
    ((subject, shown),) = found.items()
    assert subject == STATION
    figures = dict(shown.figures)
    assert (shown.state, shown.lat) == ("poor", 20.95)
    # NowCast of three equal hours: w = 1, so 60 µg/m³; (150 - 100) / (80 - 50) * (60 - 50) + 100 = 116.7
    assert figures == {"index": 117.0, "hour_end_s": (EIGHT + timedelta(hours=2)).timestamp()}
    assert bench.watch.shown(now_ms + 86_400_000) == {}


def test_a_site_shows_each_operator_and_technology() -> None:
    network = Network()
    network.send(sample(0, "in_service", technology="4G"), sample(1, "out_of_service", technology="2G"))
    found = {subject.part.rpartition("|")[2]: shown.state for subject, shown in network.watch.shown(0).items()}
    assert found == {"4G": "in_service", "2G": "out_of_service"}
    assert {subject.device for subject in network.watch.shown(0)} == {SITE}


def test_a_gate_shows_its_queue_its_yards_and_how_long_goods_wait() -> None:
    post = Post()
    post.take(queue(260, 0.85, 0, yard="bai-1"))
    post.take(*(passage(f"14C-{number:05}", "yard_waiting", number / 10, goods="durian") for number in range(30)))
    post.wait_until(post.now + timedelta(minutes=20))
    ((subject, shown),) = post.watch.shown(post.now_ms).items()
    figures = dict(shown.figures)
    assert subject == Subject("gate", "cua-khau-1", "out")
    assert (shown.state, figures["waiting"], figures["fill/bai-1"]) == ("normal", 260.0, 0.85)
    assert figures["wait_longest_s/durian"] >= 1_000
    later = post.now_ms + round(post.rules.silent_s * 1000) + 1_000
    assert post.watch.shown(later) == {}
