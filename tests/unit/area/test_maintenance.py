"""Devices under maintenance: by their own word, as long as anybody works on a device, and no part of any silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.area.liveness import load_liveness
from ioc.tomlfile import ConfigError
from ioc.vocabulary import Source
from tests.unit.area.liveness_support import NOON, SHIPPED, Owner, all_but, device, rules, said

LONGEST_S = rules().maintenance_ms // 1000


@pytest.mark.parametrize("source", ["sensors", "bts", "cameras"])
def test_a_device_under_maintenance_is_not_silent_until_its_time_is_over(source: Source) -> None:
    owner = Owner([device("d", source=source), device("e", source=source)], pace=5)
    owner.warm_up()
    owner.maintained = {"d"}
    owner.run(60)
    assert owner.counts(source) == {"maintenance": 1, "online": 1}
    assert owner.run(LONGEST_S - 120, all_but("d")) == []
    assert owner.counts(source) == {"maintenance": 1, "online": 1}
    owner.run(180, all_but("d"))
    assert owner.counts(source) == {"silent": 1, "online": 1}
    # What a base station does not say is its site's business.
    assert owner.open_now() == (set() if source == "bts" else {("silence:device", "d")})


def test_what_operators_plan_counts_as_long_as_it_is_in_force_and_is_asked_once() -> None:
    asked: list[str] = []

    def covers(name: str, _: Source) -> bool:
        asked.append(name)
        return name == "d"

    owner = Owner([device("d"), device("e")])
    owner.warm_up()
    begin = owner.second
    owner.planned = lambda at: [("m-1", covers)] if at < NOON + timedelta(seconds=begin + 600) else []
    assert owner.run(590, all_but("d")) == []
    assert owner.counts() == {"maintenance": 1, "online": 1}
    assert sorted(asked) == ["d", "e"]
    assert said(owner.run(60, all_but("d"))) == [("+silence:device", "d")]
    assert owner.counts() == {"silent": 1, "online": 1}


def test_who_says_another_word_is_judged_like_any_other_again() -> None:
    owner = Owner([device("d"), device("e")])
    owner.warm_up()
    owner.maintained = {"d"}
    owner.run(60)
    owner.maintained = set()
    owner.run(60)
    assert owner.counts() == {"online": 2}
    assert said(owner.run(300, all_but("d"))) == [("+silence:device", "d")]


def test_who_goes_on_saying_so_for_too_long_is_shown_as_what_it_is() -> None:
    owner = Owner([device("d")], pace=5)
    owner.warm_up()
    owner.maintained = {"d"}
    owner.run(LONGEST_S + 120)
    assert owner.counts() == {"online": 1}
    assert owner.signals == []


def test_a_silence_that_was_told_ends_when_somebody_works_on_the_device() -> None:
    owner = Owner([device("d"), device("e")])
    owner.warm_up()
    assert said(owner.run(300, all_but("d"))) == [("+silence:device", "d")]
    owner.maintained = {"d"}
    owner.hear("d")
    (over,) = owner.tick()
    assert (over.clears, over.rule_id) == (True, "liveness/device/maintenance")
    assert owner.run(3600, all_but("d")) == []


@pytest.mark.parametrize("maintained", [0, 3])
def test_devices_under_maintenance_are_no_part_of_a_silent_area(maintained: int) -> None:
    """Six of ten silent are more than half; three of seven are not, and are told one by one."""
    devices = [device(f"d-{n}", commune="00001", collector=f"c-{n}") for n in range(10)]
    owner = Owner(devices)
    owner.warm_up()
    owner.maintained = {f"d-{n}" for n in range(maintained)}
    owner.run(60)
    owner.run(900, all_but(*(f"d-{n}" for n in range(6))))
    if maintained:
        assert owner.open_now() == {("silence:device", f"d-{n}") for n in (3, 4, 5)}
    else:
        assert owner.open_now() == {("silence:commune", "00001")}
        assert owner.signals[0].title.startswith("6/10 ")


def test_the_share_is_of_those_that_nobody_works_on() -> None:
    """Five of the seven others are silent: that is the area."""
    owner = Owner([device(f"d-{n}", commune="00001", collector=f"c-{n}") for n in range(10)])
    owner.warm_up()
    owner.maintained = {"d-7", "d-8", "d-9"}
    owner.run(60)
    owner.run(900, all_but(*(f"d-{n}" for n in (0, 1, 2, 3, 4, 7, 8, 9))))
    assert owner.open_now() == {("silence:commune", "00001")}
    assert owner.signals[0].title.startswith("5/7 ")


def test_a_collector_behind_which_everything_is_worked_on_has_not_failed() -> None:
    owner = Owner([device(f"d-{n}", collector="c") for n in range(4)])
    owner.warm_up()
    owner.maintained = {"d-0", "d-1", "d-2", "d-3"}
    owner.run(60)
    assert owner.run(3600, lambda _device, _second: False) == []


def test_who_speaks_under_maintenance_shows_that_the_collector_works() -> None:
    owner = Owner([device(f"d-{n}", collector="c") for n in range(3)])
    owner.warm_up()
    owner.maintained = {"d-2"}
    owner.run(1200, all_but("d-0", "d-1"))
    assert owner.open_now() == {("silence:device", "d-0"), ("silence:device", "d-1")}


words = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 30)), max_size=8)


@settings(max_examples=25, deadline=None)
@given(words, st.lists(st.booleans(), min_size=8, max_size=8))
def test_restarts_and_failed_rounds_change_nothing(plan: list[tuple[int, bool, int]], restarts: list[bool]) -> None:
    """Devices take up and leave maintenance, and fall silent after their word."""
    told = []
    for disturbed in (False, True):
        owner = Owner([device(f"d-{n}", collector=f"c-{n}") for n in range(4)], pace=5, fails=3 if disturbed else 0)
        owner.run(500)
        silent: set[str] = set()
        for (number, works, minutes), restart in zip(plan, restarts, strict=False):
            name = f"d-{number}"
            owner.maintained = owner.maintained | {name} if works else owner.maintained - {name}
            owner.hear(name)
            owner.tick()
            if disturbed and restart:
                before = owner.counts().get("maintenance")
                owner.restart()
                assert owner.counts().get("maintenance") == before
            silent ^= {name}
            owner.run(minutes * 60, all_but(*silent))
        owner.run(900, all_but(*silent))  # time that nobody listened after a restart is over
        told.append({device for _, device in owner.open_now()} | {str(owner.counts().get("maintenance"))})
    assert told[0] == told[1]


def test_the_longest_maintenance_is_a_figure_with_a_source() -> None:
    raw = SHIPPED.read_bytes()
    for old, new, key in (
        (b"longest_s = 28800\n", b"longest_s = -1\n", "maintenance.longest_s"),
        (b"longest_s = 28800\nsource", b"longest_s = 28800\norigin", "maintenance.source"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_liveness(raw.replace(old, new, 1))
        assert caught.value.key == key
