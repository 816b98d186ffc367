"""Laws of liveness over any outages: every silence is told once, and no restart or repetition makes a difference."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.area.liveness.listening import Listening
from ioc.catalog.devices import Device
from tests.unit.area.liveness_support import Owner, Speaks, device

REGISTER = [
    device(
        f"d-{n:02}", 60 if n % 3 else 120, source="bts" if n % 5 == 4 else "sensors", commune=f"0000{1 + n % 3}",
        collector=f"c-{n % 4}", site=f"m-{n // 2}", upstream=f"u-{n // 8}",
    )
    for n in range(16)
]  # fmt: skip

Outage = tuple[str, int, int]
"""What is out: the column of a device, and that device; and since which minute."""

COLUMNS = ("id", "collector", "site", "upstream", "commune")
outages = st.lists(st.tuples(st.sampled_from(COLUMNS), st.integers(0, 15), st.integers(0, 20)), max_size=4)


def field(plan: list[Outage], start: int) -> Speaks:
    """Devices that do not speak while something behind them is out."""

    def speaks(each: Device, second: float) -> bool:
        return not any(out(each, one) and second >= start + one[2] * 60 for one in plan)

    return speaks


def out(each: Device, one: Outage) -> bool:
    column, number, _ = one
    return bool(getattr(each, column) == getattr(REGISTER[number], column))


def ready() -> Owner:
    owner = Owner(REGISTER, pace=5)
    owner.run(500)
    return owner


def covers(told: tuple[str, str], each: Device) -> bool:
    level, name = told[0].removeprefix("silence:"), told[1]
    if level == "centre":
        return name == ("b" if each.commune == "00003" else "a")
    return bool(name == (each.id if level == "device" else getattr(each, level)))


def check(owner: Owner, plan: list[Outage]) -> None:
    """Every device that is out is told, by itself or by what explains it and not by both, and no other by itself.

    A base station's own silence is its site's business and told by intake: here it is owed only where its collector is
    out, which is looked at before all else. Whether it is part of an area or a node depends on who else is left there.
    """
    told = owner.open_now()
    for each in REGISTER:
        by = {kind for kind, name in told if covers((kind, name), each)}
        its = {one[0] for one in plan if out(each, one)}
        if its and (each.source != "bts" or "collector" in its):
            assert by, each.id
        if "silence:device" in by:
            assert by == {"silence:device"}
            assert its


@settings(max_examples=25, deadline=None)
@given(outages)
def test_every_silence_is_told_by_itself_or_by_what_explains_it(plan: list[Outage]) -> None:
    owner = ready()
    owner.run(3600, field(plan, owner.second))
    check(owner, plan)
    owner.run(2400)
    assert owner.open_now() == set()


@settings(max_examples=15, deadline=None)
@given(outages, st.lists(st.integers(1, 500), max_size=3), st.integers(0, 2000), st.integers(0, 5))
@example([("upstream", 0, 11), ("commune", 0, 0), ("commune", 11, 0)], [116], 0, 0)
@example([("id", 2, 0), ("commune", 0, 0)], [1], 0, 0)
@example([("upstream", 5, 16), ("commune", 6, 10)], [147], 0, 0)
def test_restarts_failures_and_repetitions_change_nothing_of_what_is_told(
    plan: list[Outage], restarts: list[int], away: int, fails: int
) -> None:
    owner, other = ready(), ready()
    other.fails = fails
    owner.run(3600, field(plan, owner.second))
    speaks = field(plan, other.second)
    other.scrambled = True
    for ticks in restarts:
        other.run(ticks * other.pace, speaks)
        other.second += away
        other.restart()
    other.run(3600, speaks)
    # Who is silent since when is known a little less exactly after a restart. Where outages overlap, one of them may
    # then be told by what it has in common with another, or by itself: either says of each device that it is silent.
    check(owner, plan)
    check(other, plan)
    if len(plan) < 2:
        assert other.open_now() == owner.open_now()
    # Of each condition there is one beginning, whatever began and ended around it.
    begun = [(each.kind, each.device) for each in other.signals if not each.clears]
    assert len(begun) == len(set(begun))


spans = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 300)), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(spans, st.integers(0, 60))
def test_pauses_never_overlap_and_survive(plan: list[tuple[int, int]], until: int) -> None:
    """``plan``: how many seconds the partition gives account, then for how many it does not."""
    listening, now = Listening(["sensors"], gap_ms=10_000, grace_ms=30_000), 1_000_000
    for speaks, rests in plan:
        for silent in (False, True):
            for _ in range(rests if silent else speaks):
                now += 1000
                if not silent:
                    listening.account("sensors", 0, now)
                listening.tick(now, 10**9)
    again = Listening(["sensors"], gap_ms=10_000, grace_ms=30_000)
    again.load(listening.encode())
    for one in (listening, again):
        later = now
        for _ in range(until):
            later += 1000
            one.account("sensors", 0, later)
            one.tick(later, 10**9)
        pauses = one.pauses("sensors", later)
        assert all(begin <= end for begin, end in pauses)
        assert all(before[1] <= after[0] for before, after in pairwise(pauses))
    if until > 31:
        assert listening.pauses("sensors", later) == listening.pauses("sensors", later + 5000)
