"""Which devices are silent, what failed behind them, and who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ioc.area import AreaWriter
from ioc.records import Signal
from tests.unit.area.liveness_support import NOON, Owner, all_but, device, said
from tests.unit.incidents.support import signal

LONE = [device("s-1"), device("s-2", 300), device("s-3", None)]


def test_a_device_that_stops_is_told_once_three_intervals_and_a_minute_later() -> None:
    owner = Owner(LONE)
    owner.warm_up()
    last = max(second for second in range(owner.second + 1) if (second - sum(b"s-1") % 60) % 60 == 0)
    # 3 × 60 s without news, 60 s more until what failed behind it would have been seen, and the tick after.
    assert owner.run(last + 240 - owner.second, all_but("s-1")) == []
    (told,) = owner.run(1, all_but("s-1"))
    assert (told.kind, told.device, told.category, told.subcategory) == (
        "silence:device", "s-1", "other", "device_fault",
    )  # fmt: skip
    assert told.title == "Thiết bị im lặng: s-1"
    assert "Chu kỳ gửi 1 phút, báo im lặng sau 3 phút" in told.text
    assert owner.run(3600, all_but("s-1")) == []
    assert owner.counts() == {"online": 2, "silent": 1}


def test_a_device_that_never_spoke_is_silent_too() -> None:
    owner = Owner([device("never", tags=("hospital",)), device("s-2")])
    (told,) = owner.run(900, all_but("never"))
    assert (told.device, told.severity, told.evidence["newest"]) == ("never", "high", None)
    assert "Chưa từng có số liệu" in told.text


def test_since_when_a_device_is_known_survives_restarts() -> None:
    owner = Owner([device("never", 3600), device("s-2")])
    for _ in range(10):
        assert owner.run(1200, all_but("never")) == []
        owner.restart()
    # Of 12,000 s each restart took the grace of 120 s, so 3 × 3600 s are not listened to yet.
    (told,) = owner.run(1200, all_but("never"))
    assert told.device == "never"


def test_what_speaks_only_with_news_is_not_waited_for() -> None:
    owner = Owner([device("door", None), device("s-1")])
    assert owner.run(7200) == []
    assert owner.counts() == {"online": 2}


def test_a_talkative_device_is_waited_for_as_often_as_it_is_told_of() -> None:
    owner = Owner([device("fast", 2), device("s-1")])
    owner.second = 0
    for _ in range(40):  # told every 15 s at most: a word each 16 s, by far more than 3 × 2 s apart
        owner.second += 16
        owner.hear("fast", "s-1")
        assert owner.tick() == []
    assert owner.counts() == {"online": 2}


def test_a_device_that_is_back_for_good_ends_it() -> None:
    owner = Owner(LONE)
    owner.warm_up()
    owner.run(600, all_but("s-1"))
    # Heard at once within a minute, then over one and a half intervals: with the third word.
    assert owner.run(120) == []
    (over,) = owner.run(60)
    assert (over.clears, over.device, over.title) == (True, "s-1", "Hết im lặng: s-1")
    assert owner.run(1200) == []


def test_a_device_that_flaps_makes_one_condition() -> None:
    owner = Owner(LONE)
    owner.warm_up()
    # Twenty hours of one word, then seven minutes of nothing: longer than a silence takes to be told.
    speaks = lambda each, second: each.id != "s-1" or second % 420 < 60  # noqa: E731
    owner.run(420 * 20, speaks)
    assert said(owner.signals) == [("+silence:device", "s-1")]
    assert said(owner.run(600)) == [("-silence:device", "s-1")]


def test_late_words_do_not_make_a_device_speak_again() -> None:
    owner = Owner(LONE)
    owner.warm_up()
    owner.run(600, all_but("s-1"))
    for _ in range(20):  # what a station had buffered before it died comes in, oldest first
        owner.run(1, all_but("s-1"))
        owner.hear("s-1", at=owner.second - 620)
    assert said(owner.run(300, all_but("s-1"))) == []
    assert owner.open_now() == {("silence:device", "s-1")}


STATIONS = [device(f"st-{n}", 60 if n < 3 else 300, collector="logger") for n in range(8)]
OTHERS = [device(f"other-{n}", collector="other") for n in range(3)]


def test_when_all_of_a_collector_is_silent_the_collector_has_failed() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    (told,) = owner.run(3600, all_but(*(each.id for each in STATIONS)))
    assert (told.kind, told.device, told.severity) == ("silence:collector", "logger", "high")
    assert told.title == "Mất toàn bộ số liệu từ nơi thu logger"
    assert "không phải từng thiết bị" in told.text
    assert owner.counts() == {"online": 3, "silent": 8}


def test_who_stays_silent_when_the_collector_is_back_is_told() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    owner.run(1800, all_but(*(each.id for each in STATIONS)))
    # Slow devices get their three intervals and the minute from then on.
    after = owner.run(1800, all_but("st-1", "st-5"))
    assert said(after) == [("-silence:collector", "logger"), ("+silence:device", "st-1"), ("+silence:device", "st-5")]
    assert [(each.at - after[0].at).total_seconds() for each in after[1:]] == [241, 961]


def test_one_of_a_collector_is_its_own_failure() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    assert said(owner.run(3600, all_but("st-0", "st-4"))) == [("+silence:device", "st-0"), ("+silence:device", "st-4")]


def test_two_fast_devices_among_many_slow_ones_are_no_failed_collector() -> None:
    slow = [device(f"slow-{n}", 3600, collector="logger") for n in range(20)]
    owner = Owner([device("fast-1", collector="logger"), device("fast-2", collector="logger"), *slow])
    owner.run(4000)
    told = said(owner.run(7200, all_but("fast-1", "fast-2")))
    assert told == [("+silence:device", "fast-1"), ("+silence:device", "fast-2")]


AREA = [device(f"d-{n}", commune="00001", site=f"mast-{n // 2}", collector=f"c-{n}") for n in range(8)]
REST = [device(f"r-{n}", commune="00002" if n < 6 else "00003", collector=f"x-{n}") for n in range(14)]


def test_more_than_half_of_a_commune_is_the_area() -> None:
    owner = Owner(AREA + REST)
    owner.warm_up()
    (told,) = owner.run(1200, all_but("d-0", "d-2", "d-4", "d-6", "d-1"))
    assert (told.kind, told.device, told.commune, told.centre) == ("silence:commune", "00001", "00001", "a")
    assert told.title == "5/8 thiết bị im lặng: Phường Một"
    assert told.evidence["listed"] == ["d-0", "d-1", "d-2", "d-4", "d-6"]


def test_an_area_that_recovers_leaves_those_who_do_not() -> None:
    owner = Owner(AREA + REST)
    owner.warm_up()
    owner.run(1200, all_but(*(each.id for each in AREA)))
    assert owner.open_now() == {("silence:commune", "00001")}
    assert said(owner.run(1200, all_but("d-3"))) == [("-silence:commune", "00001"), ("+silence:device", "d-3")]


def test_devices_of_one_mast_that_fall_silent_together_are_the_mast() -> None:
    owner = Owner(AREA + REST)
    owner.warm_up()
    (told,) = owner.run(1200, all_but("d-2", "d-3"))
    assert (told.kind, told.device, told.commune) == ("silence:site", "mast-1", "00001")
    assert "mất điện" in told.text


def test_what_was_told_of_few_is_gathered_when_it_becomes_many() -> None:
    owner = Owner(AREA + REST)
    owner.warm_up()
    assert sorted(said(owner.run(1200, all_but("d-0", "d-2", "d-3")))) == [
        ("+silence:device", "d-0"),
        ("+silence:site", "mast-1"),
    ]
    gathered = owner.run(1200, all_but("d-0", "d-2", "d-3", "d-4", "d-6"))
    assert sorted(said(gathered)) == [
        ("+silence:commune", "00001"),
        ("-silence:device", "d-0"),
        ("-silence:site", "mast-1"),
    ]
    assert {each.evidence.get("ending") for each in gathered} == {None, "explained"}


def test_a_whole_centre_is_one_area() -> None:
    owner = Owner(AREA + REST)
    owner.warm_up()
    silent = {each.id for each in (*AREA, *REST) if each.commune in {"00001", "00002"}} - {"d-7", "r-5"}
    (told,) = owner.run(1200, all_but(*silent))
    assert (told.kind, told.device, told.centre, told.commune) == ("silence:centre", "a", "a", "00000")
    assert "Trung tâm A" in told.title


def test_the_upstream_node_explains_before_the_area_does() -> None:
    fed = [replace(each, upstream="node") for each in AREA]
    owner = Owner(fed + REST)
    owner.warm_up()
    (told,) = owner.run(1200, all_but(*(each.id for each in fed)))
    assert (told.kind, told.device) == ("silence:upstream", "node")


SITES = [device(f"bts-{n}", source="bts", commune="00001", collector=f"oss-{n // 4}") for n in range(8)]


def test_a_base_station_alone_is_told_by_its_site_and_by_all_of_its_collector_here() -> None:
    owner = Owner(SITES)
    owner.warm_up()
    assert owner.run(1200, all_but("bts-1", "bts-2", "bts-3", "bts-5", "bts-6", "bts-7")) == []
    assert owner.counts("bts") == {"online": 2, "silent": 6}
    (told,) = owner.run(1200, all_but("bts-0", "bts-1", "bts-2", "bts-3", "bts-5", "bts-6", "bts-7"))
    assert (told.kind, told.device, told.source) == ("silence:collector", "oss-0", "bts")


def test_base_stations_count_where_an_area_is_silent_with_others() -> None:
    mixed = [*SITES[:5], device("air", commune="00001"), device("rain", commune="00001")]
    owner = Owner(mixed)
    owner.warm_up()
    (told,) = owner.run(1200, all_but("bts-1", "bts-2", "bts-3", "bts-4", "air"))
    assert (told.kind, told.evidence["silent"]) == ("silence:commune", 5)


def test_nobody_is_silent_because_nobody_listened() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    owner.second += 3600  # the worker was away for an hour
    owner.restart()
    assert owner.run(900) == []
    owner.second += 3600  # Kafka was away; the worker lived
    assert owner.run(900) == []
    owner.listens = False  # intake is on another machine that was away
    assert owner.run(3600) == []
    owner.listens = True
    assert owner.run(900) == []
    assert owner.counts() == {"online": 11}


def test_while_one_partition_gives_no_account_its_source_is_not_listened_to() -> None:
    owner = Owner([device("a"), device("b")])
    for _ in range(300):
        owner.run(1)
        owner.hear(partition=1)
    owner.missing = frozenset({("sensors", 0)})
    for _ in range(1800):
        owner.run(1)
        owner.hear(partition=1)
    assert owner.signals == []
    owner.missing = frozenset()
    for _ in range(600):
        owner.run(1, all_but("a"))
        owner.hear(partition=1)
    assert said(owner.signals) == [("+silence:device", "a")]


def test_a_backlog_is_read_before_anybody_is_found_silent() -> None:
    owner = Owner([device("a"), device("b")])
    owner.warm_up()
    owner.restart()
    base = owner.second
    owner.second += 3600
    for step in range(600):  # ten minutes to read an hour that lies in the topic
        owner.second += 1
        reached = base + 6 * step
        owner.hear("a", "b", at=reached, read_to=NOON.__class__.fromtimestamp(NOON.timestamp() + reached, NOON.tzinfo))
        assert owner.tick() == []
    assert owner.run(600) == []


def test_time_before_a_pause_counts_with_the_time_after_it() -> None:
    owner = Owner([device("slow", 600), device("b")])
    owner.run(1300)
    assert owner.run(1500, all_but("slow")) == []
    owner.second += 7200
    owner.restart()
    (told,) = owner.run(900, all_but("slow"))
    # 3 × 600 s and the minute, of which some 1,500 s were before the pause.
    assert told.device == "slow"


def fault(kind: str, name: str, **changes: object) -> Signal:
    plain = signal("f", subcategory="device_fault", source="sensors")
    return replace(plain, category="other", kind=kind, device=name, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "state"),
    [({"flag": "flatline"}, "stuck"), ({"state": "stuck"}, "stuck"), ({"flag": "calibrating"}, "maintenance"),
     ({"flag": "device_error"}, "faulty"), ({}, "faulty")],
)  # fmt: skip
def test_a_fault_shows_in_the_state_until_it_is_over(evidence: dict[str, str], state: str) -> None:
    owner = Owner(LONE)
    owner.warm_up()
    writer = AreaWriter(owner.state)
    said_so = fault("fault:so2:x", "s-1", evidence=evidence)
    assert owner.liveness.signal(said_so, owner.now, writer) is said_so
    owner.tick()
    assert owner.counts() == {"online": 2, state: 1}
    owner.restart()
    owner.tick()
    assert owner.counts() == {"online": 2, state: 1}
    owner.liveness.signal(replace(said_so, clears=True), owner.now, AreaWriter(owner.state))
    assert owner.counts() == {"online": 3}
    owner.tick()
    assert not [key for key in owner.changelog.records if key.startswith(b"live/f/")]


def test_a_collector_that_said_itself_that_it_is_away_explains_its_devices() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    gone = all_but(*(each.id for each in STATIONS))
    service = fault("fault:service", "logger", source="cameras")
    assert owner.liveness.signal(service, owner.now, AreaWriter(owner.state)) is service
    assert owner.run(1800, gone) == []
    owner.restart()
    assert owner.run(1800, gone) == []
    owner.liveness.signal(replace(service, clears=True), owner.now, AreaWriter(owner.state))
    # Its devices get the time to speak that everybody has.
    assert owner.run(240, gone) == []
    assert said(owner.run(60, gone)) == [("+silence:collector", "logger")]


CAMERAS = [
    device(f"cam-{n}", None, source="cameras", collector="nvr", site=f"pole-{n // 3}", commune="00001")
    for n in range(12)
]  # fmt: skip


def offline(owner: Owner, *names: str, over: bool = False) -> None:
    """Who analyses the cameras' pictures says that some are away, or are back."""
    for name in names:
        word = fault("fault:link", name, source="cameras", at=owner.now, clears=over, evidence={"state": "offline"})
        assert owner.liveness.signal(word, owner.now, AreaWriter(owner.state)) is None
    owner.tick()


def test_a_camera_that_is_away_is_told_as_such_and_until_it_is_back() -> None:
    owner = Owner(CAMERAS)
    owner.warm_up()
    offline(owner, "cam-1")
    assert owner.counts("cameras") == {"online": 11, "silent": 1}
    (told,) = owner.run(62)
    assert (told.title, told.kind, told.device) == ("Thiết bị mất kết nối: cam-1", "silence:device", "cam-1")
    owner.restart()
    assert owner.run(600) == []
    offline(owner, "cam-1", over=True)
    assert said(owner.signals[1:]) == [("-silence:device", "cam-1")]


def test_cameras_of_one_pole_are_the_pole_and_all_of_one_recorder_the_recorder() -> None:
    owner = Owner(CAMERAS + AREA)
    owner.warm_up()
    offline(owner, "cam-3", "cam-4", "cam-5")
    assert said(owner.run(600)) == [("+silence:site", "pole-1")]
    offline(owner, *(each.id for each in CAMERAS if each.id not in {"cam-3", "cam-4", "cam-5"}))
    owner.run(600)
    assert said(owner.signals[1:]) == [("+silence:collector", "nvr"), ("-silence:site", "pole-1")]
    offline(owner, *(each.id for each in CAMERAS[:3] + CAMERAS[4:]), over=True)
    owner.run(600)
    assert said(owner.signals[3:]) == [("-silence:collector", "nvr"), ("+silence:device", "cam-3")]
    assert owner.open_now() == {("silence:device", "cam-3")}


def test_when_the_analysis_is_away_no_camera_has_failed() -> None:
    owner = Owner(CAMERAS)
    owner.warm_up()
    service = fault("fault:service", "nvr", source="cameras")
    owner.liveness.signal(service, owner.now, AreaWriter(owner.state))
    offline(owner, *(each.id for each in CAMERAS))
    assert owner.run(1200) == []
    owner.liveness.signal(replace(service, clears=True), owner.now, AreaWriter(owner.state))
    offline(owner, *(each.id for each in CAMERAS[1:]), over=True)
    assert said(owner.run(600)) == [("+silence:device", "cam-0")]


def test_what_was_told_before_a_device_was_registered_ends_as_it_began() -> None:
    owner = Owner(CAMERAS)
    owner.warm_up()
    end = fault("fault:link", "cam-1", source="cameras", clears=True, evidence={"state": "online"})
    assert owner.liveness.signal(end, owner.now, AreaWriter(owner.state)) is end


def test_devices_that_are_in_no_register_count_where_they_are_heard() -> None:
    owner = Owner([device("s-1")])
    owner.devices.append(device("stranger"))
    owner.run(120)
    assert owner.counts() == {"online": 2}
    owner.run(3 * 3600, all_but("stranger"))
    assert owner.counts() == {"online": 1}
    assert owner.signals == []


def test_what_leaves_the_register_is_over() -> None:
    owner = Owner(STATIONS + LONE)
    owner.warm_up()
    owner.run(600)
    owner.run(1800, all_but("s-1", *(each.id for each in STATIONS)))
    assert owner.open_now() == {("silence:collector", "logger"), ("silence:device", "s-1")}
    owner.restart(LONE[1:2])
    assert {(each.kind, each.evidence["ending"]) for each in owner.run(2)} == {
        ("silence:collector", "unlisted"),
        ("silence:device", "unlisted"),
    }
    assert owner.open_now() == set()


def test_a_round_that_fails_leaves_nothing_behind() -> None:
    owner, other = Owner(STATIONS + OTHERS, fails=3), Owner(STATIONS + OTHERS)
    for each in (owner, other):
        each.run(840)
        each.run(1500, all_but(*(station.id for station in STATIONS)))
        each.run(1500, all_but("st-1"))
    assert said(owner.signals) == said(other.signals)
    assert owner.open_now() == {("silence:device", "st-1")}
    assert owner.changelog.records.keys() == other.changelog.records.keys()


def test_what_a_device_says_of_the_time_before_it_was_known_does_not_make_it_overdue() -> None:
    owner = Owner([device("new"), device("s-1")])
    owner.warm_up()
    owner.restart([*owner.devices, device("newer")])
    owner.run(1, all_but("new", "newer"))
    owner.hear("newer", at=-86_400)
    assert said(owner.run(200, all_but("newer"))) == []
    assert said(owner.run(300)) == []


def test_quiet_ticks_write_nothing_but_the_checkpoint() -> None:
    owner = Owner(STATIONS + OTHERS)
    owner.warm_up()
    owner.run(600)
    writes = 0
    for _ in range(600):
        owner.second += 1
        owner.hear(*(each.id for each in owner.devices if owner.turn(each)))
        owner.liveness.tick(owner.now, AreaWriter(owner.state))
        writes += bool(owner.state.changes())
        owner.changelog.commit(owner.state)
    assert writes == 10  # one a minute


def test_states_are_shown_as_they_change_and_none_is_shown_twice() -> None:
    owner = Owner([device("a"), device("b")])
    owner.run(600)
    assert [(row.device, row.part, row.state) for row in owner.shown] == [
        ("a", "sensors", "online"), ("b", "sensors", "online"),
    ]  # fmt: skip
    owner.run(1200, all_but("b"))
    assert [(row.device, row.state) for row in owner.shown[2:]] == [("b", "silent")]
    owner.run(6 * 3600)
    assert [(row.device, row.state) for row in owner.shown[3:]] == [("b", "online"), ("a", "online"), ("b", "online")]


def test_states_that_a_failed_round_showed_are_shown_again() -> None:
    owner = Owner([device("a")], fails=2)
    owner.run(300)
    assert [(row.device, row.state) for row in owner.shown] == [("a", "online")]
