"""Chains of escalation: who is told when while nobody takes an incident up, and what stops that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.records import Alert, Signal
from ioc.vocabulary import Action
from tests.unit.incidents.support import Desk, after, command, policy, signal

CHAINS = """
times:
  office: [{days: [mon, tue, wed, thu, fri, sat, sun], from: "08:00", to: "17:00"}]
chains:
  - id: critical
    match: [severity = critical]
    steps: [{wait: 5m, to: unit}, {wait: 5m, to: duty}, {wait: 10m, to: centre}, {wait: 10m, to: province}]
    repeat: 1
  - id: high
    match: [severity = high]
    together: 30m
    steps: [{wait: 30m, to: duty}, {wait: 60m, to: province}]
  - id: normal
    match: [severity = normal]
    times: office
    steps: [{wait: 1h, to: unit}]
updates: {marks: [2, 5, 10, 20, 50, 100], pause: 5m, centre_most: 1000, centre_window: 5m}
limits: {silence: 7d, maintenance: 30d, emergency: 72h, remind: 24h}
emergency: {}
"""


def fire(name: str = "1", minutes: float = 0, north_m: float = 0, **more: object) -> Signal:
    return signal(
        name, category="fire_rescue", subcategory="fire", severity="critical", minutes=minutes, north_m=north_m,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def clock(desk: Desk, *minutes: float) -> list[Alert]:
    """Escalations of these ticks."""
    return [alert for each in minutes for alert in desk.tick(each).alerts if alert.reason == "escalated"]


def steps(alerts: list[Alert]) -> list[tuple[float, str, str]]:
    return [((alert.at - after(0)) / timedelta(minutes=1), alert.to, alert.centre) for alert in alerts]


FULL = [(5, "unit", "a"), (10, "duty", "a"), (20, "centre", "a"), (30, "province", "province")]


def test_every_step_comes_at_its_time_and_the_last_goes_to_the_province() -> None:
    desk = Desk(paging=CHAINS)
    (opened,) = desk.signal(fire()).incidents
    told = clock(desk, *range(1, 31))
    assert steps(told) == FULL
    assert {alert.incident_id for alert in told} == {opened.incident_id}
    assert all("Chưa ai nhận" in alert.text and opened.title in alert.text for alert in told)
    decided = [each for each in desk.all.decisions if each.kind == "escalate"]
    assert [(each.rule_id, each.outcome) for each in decided] == [
        ("escalate-critical", to) for to in ("unit", "duty", "centre", "province")
    ]
    assert decided[0].versions["paging"] == policy(CHAINS).version
    incident = desk.book.get(opened.incident_id)
    assert incident is not None
    assert [each["reason"] for each in incident.history if each["action"] == "escalate"] == [
        "unit", "duty", "centre", "province",
    ]  # fmt: skip
    assert incident.centre == "a"  # it stays the centre's


def test_a_chain_begins_again_as_often_as_it_says_and_then_ends() -> None:
    desk = Desk(paging=CHAINS)
    desk.signal(fire())
    assert steps(clock(desk, *range(1, 400))) == FULL + [(30 + at, to, centre) for at, to, centre in FULL]


def test_ticks_that_come_late_add_no_delay_and_skip_nobody() -> None:
    desk = Desk(paging=CHAINS)
    desk.signal(fire())
    assert steps(clock(desk, 5.4, 10.3, 20.2, 30.1)) == [(5.4, "unit", "a"), (10.3, "duty", "a"), (20.2, "centre", "a"),
                                                         (30.1, "province", "province")]  # fmt: skip
    desk = Desk(paging=CHAINS)
    desk.signal(fire())
    # After an hour without a worker the first is told, and has its five minutes before the next.
    assert steps(clock(desk, 60, 60.02, 64, 65)) == [(60, "unit", "a"), (65, "duty", "a")]


@pytest.mark.parametrize("action", ["acknowledge", "accept", "start", "request_info", "resolve", "reject"])
def test_it_stops_when_somebody_takes_it_up(action: Action) -> None:
    desk = Desk(paging=CHAINS)
    (opened,) = desk.signal(fire()).incidents
    assert len(clock(desk, 5)) == 1
    desk.command(command(opened.incident_id, action, reason="why"), minutes=6)
    assert not clock(desk, *range(7, 14))


def test_what_makes_it_graver_begins_its_own_chain() -> None:
    desk = Desk(paging=CHAINS)
    (opened,) = desk.signal(signal("1", severity="high")).incidents
    desk.command(command(opened.incident_id, "acknowledge"), minutes=1)
    desk.signal(signal("2", severity="critical", minutes=2))
    assert steps(clock(desk, *range(3, 13))) == [(7, "unit", "a"), (12, "duty", "a")]


def test_reopened_it_escalates_again() -> None:
    desk = Desk(paging=CHAINS)
    (opened,) = desk.signal(fire()).incidents
    desk.command(command(opened.incident_id, "resolve"), minutes=2)
    desk.command(command(opened.incident_id, "reopen", reason="why"), minutes=100)
    assert steps(clock(desk, 104, 105)) == [(105, "unit", "a")]


def test_times_are_local_and_nothing_is_lost_by_waiting_for_them() -> None:
    desk = Desk(paging=CHAINS)
    night = 8 * 60  # 20:00 in Việt Nam
    desk.signal(signal("1", minutes=night))
    told = clock(desk, night + 60, night + 12 * 60 - 1, night + 12 * 60)
    assert steps(told) == [(night + 12 * 60, "unit", "a")]  # 08:00


def test_several_are_told_together_each_with_its_decision() -> None:
    desk = Desk(paging=CHAINS)
    names = [desk.signal(signal(str(n), severity="high", north_m=1000 * n, minutes=n)).incidents[0].incident_id
             for n in range(8)]  # fmt: skip
    elsewhere = desk.signal(signal("b", severity="high", north_m=9000, minutes=8, commune="00002", centre="b"))
    changes = desk.tick(60)
    told = [alert for alert in changes.alerts if alert.reason == "escalated"]
    assert [(alert.centre, alert.grouped) for alert in told] == [("a", 7), ("b", 0)]
    assert names[1] in told[0].text
    decided = {each.incident_id for each in changes.decisions if each.kind == "escalate"}
    assert decided == {*names, elsewhere.incidents[0].incident_id}
    (province,) = clock(desk, 120)
    assert (province.to, province.centre, province.grouped) == ("province", "province", 8)


def test_a_changed_file_goes_on_with_what_it_has() -> None:
    desk = Desk(paging=CHAINS)
    desk.signal(fire())
    clock(desk, 5, 10)
    shorter = CHAINS.replace(", {wait: 10m, to: centre}, {wait: 10m, to: province}", "")
    desk.paging.replace(policy(shorter))
    assert steps(clock(desk, 20, 25)) == [(25, "unit", "a")]  # the step that was due is gone: the chain begins again
    desk.paging.replace(policy(CHAINS.replace("id: critical", "id: renamed")))
    assert steps(clock(desk, 30, 34, 35)) == [(35, "unit", "a")]


@given(st.lists(st.sampled_from(["restart", "again", "tick"]), max_size=60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_restarts_redelivery_and_ticks_in_between_change_nothing(course: list[str], acknowledged: bool) -> None:
    """A chain's alerts are the same, whatever happens between its steps."""
    plain, rough = Desk(paging=CHAINS), Desk(paging=CHAINS)
    (opened,) = plain.signal(fire()).incidents
    rough.signal(fire())
    for minute in range(1, 70):
        what = course[minute] if minute < len(course) else ""
        if what == "restart":
            rough.restart()
        elif what == "again":
            rough.signal(fire(), minutes=minute)
        elif what == "tick":
            rough.tick(minute - 0.5)
        if acknowledged and minute == 12:
            order = command(opened.incident_id, "acknowledge")
            plain.command(order, minutes=12)
            rough.command(order, minutes=12)
            rough.command(order, minutes=12)
        plain.tick(minute)
        rough.tick(minute)
    assert rough.all.alerts == plain.all.alerts
    assert [each for each in rough.all.decisions if each.kind == "escalate"] == [
        each for each in plain.all.decisions if each.kind == "escalate"
    ]
    assert dict(rough.book.snapshot()) == dict(plain.book.snapshot()) == plain.state


@given(st.permutations(range(5)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_arrival_changes_nothing(order: list[int]) -> None:
    told = []
    for numbers in (range(5), order):
        desk = Desk(paging=CHAINS)
        for number in numbers:
            severity = "critical" if number % 2 else "high"
            desk.signal(signal(str(number), severity=severity, north_m=2000 * number), minutes=1)  # type: ignore[arg-type]
        for minute in range(2, 95):
            desk.tick(minute)
        told.append({
            (alert.at, alert.to, alert.centre, alert.grouped, alert.grouped or alert.incident_id)
            for alert in desk.all.alerts if alert.reason == "escalated"
        })  # fmt: skip
    assert told[0] == told[1]
