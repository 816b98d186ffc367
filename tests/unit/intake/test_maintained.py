"""Who says of itself that somebody works on it: told to the province's owner at once, and as long as it holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.events.bts import SiteState
from ioc.events.camera import Camera
from ioc.intake.heard import HeardDevices, Maintained
from ioc.intake.switched import SwitchedOff
from ioc.records import Health, decode, encode
from ioc.vocabulary import Source
from tests.unit.detect.support import NOON, after, rules
from tests.unit.intake.network import SITE, Network, sample
from tests.unit.intake.store import Changelog
from tests.unit.intake.test_instrument import START_S, Bench

NOON_S = NOON.timestamp()
WORDS: tuple[SiteState | None, ...] = ("in_service", "maintenance", "degraded", "unknown", None)


def heard_of(watch: Maintained, bench: Network | Bench, source: Source) -> HeardDevices:
    return HeardDevices(source, 0, bench.state, again_s=15, expected=False, maintained=[watch])


def told(heard: HeardDevices, at_s: float) -> dict[str, str | None]:
    summaries = [decode(Health, encode(each)) for each in heard.summaries(round(at_s * 1000))]
    return {each.device: each.state for health in summaries for each in health.heard}


def say(heard: HeardDevices, network: Network, minutes: float, state: SiteState | None, **more: str) -> None:
    one = sample(minutes, state, **more)  # type: ignore[arg-type]
    at_s = one.observed_at.timestamp()
    heard.take(one.site_id, "p", at_s, round(at_s * 1000))
    network.send(one)


def test_the_last_word_of_a_site_is_told_however_short_after_the_one_before() -> None:
    network = Network()
    heard = heard_of(network.watch, network, "bts")
    say(heard, network, 0, "in_service")
    assert told(heard, NOON_S) == {SITE: None}
    say(heard, network, 0.05, "maintenance")
    assert told(heard, NOON_S + 4) == {SITE: "maintenance"}
    assert told(heard, NOON_S + 5) == {}
    say(heard, network, 10, "unknown")  # says nothing, also not that the work is done
    assert told(heard, NOON_S + 600) == {SITE: "maintenance"}
    say(heard, network, 10.1, "in_service")
    assert told(heard, NOON_S + 607) == {SITE: None}


def test_a_site_is_worked_on_while_one_of_its_technologies_is() -> None:
    network = Network()
    heard = heard_of(network.watch, network, "bts")
    say(heard, network, 0, "maintenance", technology="4G")
    say(heard, network, 1, "maintenance", technology="2G")
    say(heard, network, 2, "in_service", technology="4G")
    assert told(heard, NOON_S + 120) == {SITE: "maintenance"}
    say(heard, network, 3, "in_service", technology="2G")
    assert told(heard, NOON_S + 180) == {SITE: None}


def test_who_takes_a_partition_over_tells_it_again() -> None:
    network = Network()
    say(heard_of(network.watch, network, "bts"), network, 0, "maintenance")
    again = network.restarted(1)
    assert told(heard_of(again.watch, again, "bts"), NOON_S + 60) == {SITE: "maintenance"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.booleans(), st.booleans()), max_size=12))
def test_what_was_told_last_is_what_holds(words: list[tuple[SiteState | None, bool, bool]]) -> None:
    """Whatever rounds fail and whoever takes over."""
    network = Network()
    heard = heard_of(network.watch, network, "bts")
    known: str | None = None
    for minute, (word, fails, restarts) in enumerate(words):
        say(heard, network, minute, word)
        if restarts:
            network = network.restarted(minute)
            heard = heard_of(network.watch, network, "bts")
        if fails:
            told(heard, NOON_S + minute * 60)
            network.state.rollback()
        known = told(heard, NOON_S + minute * 60 + 1).get(SITE, known)
        network.commit()
        assert known == ("maintenance" if network.watch.maintained(SITE) else None)


@pytest.mark.parametrize("restarted", [False, True])
def test_an_instrument_that_is_calibrated_is_worked_on_from_its_first_word_to_its_last(restarted: bool) -> None:
    bench = Bench()
    bench.send(0, pm2_5=20, so2=10)
    bench.send(5, pm2_5=20.5, so2=11, status="01")
    bench.tick(5)
    if restarted:
        bench.restart()
    heard = heard_of(bench.watch, bench, "sensors")
    assert told(heard, START_S + 301) == {"tram-1": "maintenance"}
    bench.send(10, pm2_5=21)
    assert bench.watch.maintained("tram-1")  # the other instrument has not said yet that it is done
    bench.send(10, so2=12)
    assert told(heard, START_S + 601) == {"tram-1": None}


def test_other_faults_and_late_words_are_no_maintenance() -> None:
    bench = Bench()
    bench.send(0, pm2_5=20)
    bench.send(5, pm2_5=20, status="02")
    bench.send(10, pm2_5=-9999)
    bench.send(3, pm2_5=20, status="01", delay_s=900)
    assert not bench.watch.maintained("tram-1")
    bench.send(15, pm2_5=20, status="01")
    bench.send(20, pm2_5=-9999)
    assert not bench.watch.maintained("tram-1")


def seen(kind: str, minute: float, camera: str = "cam-1") -> Camera:
    return Camera(id=f"{kind}/{minute}", camera_id=camera, kind=kind, observed_at=after(minute), confidence=1)


class Cameras:
    """Cameras of one partition, committed word by word."""

    def __init__(self, changelog: Changelog | None = None) -> None:
        self.changelog = changelog or Changelog()
        self.state = self.changelog.recover()
        self.watch = SwitchedOff(rules().faults.cameras, self.state)
        self.state.release()

    def say(self, kind: str, minute: float, *, commit: bool = True) -> bool:
        """Take in a word; whether the camera counts as switched off now."""
        one = seen(kind, minute)
        assert self.watch.take(one, one.observed_at.timestamp(), 0) is None
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        return self.watch.maintained("cam-1")


def test_a_camera_is_worked_on_while_something_of_it_is_switched_off() -> None:
    cameras = Cameras()
    words = ["healthy", "fire", "detect_disabled", "record_disabled"]
    assert [cameras.say(word, minute) for minute, word in enumerate(words)] == [False, False, True, True]
    assert cameras.say("detect_online", 5)
    assert not cameras.say("record_offline", 6)  # switched on, and broken
    assert not cameras.say("record_disabled", 4)  # overtaken
    assert cameras.say("detect_disabled", 7)
    assert not cameras.say("healthy", 8)


def test_what_is_switched_off_survives_a_restart_and_a_failed_round_leaves_nothing() -> None:
    cameras = Cameras()
    assert not cameras.say("detect_disabled", 0, commit=False)
    assert cameras.changelog.records == {}
    assert cameras.say("detect_disabled", 1)
    again = Cameras(cameras.changelog)
    heard = HeardDevices("cameras", 0, again.state, again_s=15, expected=False, maintained=[again.watch])
    assert told(heard, NOON_S + 120) == {"cam-1": "maintenance"}
    again.say("online", 3)
    assert told(heard, NOON_S + 180) == {"cam-1": None}
