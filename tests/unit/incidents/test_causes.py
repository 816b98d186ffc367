"""A power cut speaks for the stations and complaints of its area; they stay listed, and a restart changes nothing."""

from __future__ import annotations

import pytest

from ioc.records import Incident, Signal
from tests.unit.incidents.support import Desk, bts, command, signal


def cut(name: str, minutes: float = 0, north_m: float = 0) -> Signal:
    return signal(
        name,
        category="power_water",
        subcategory="outage",
        severity="high",
        minutes=minutes,
        reporter=name,
        north_m=north_m,
    )


def complaint(name: str, minutes: float, north_m: float = 0) -> Signal:
    return signal(
        name, category="telecom", subcategory="mobile_data", minutes=minutes, north_m=north_m, reporter=name
    )  # fmt: skip


def now_of(desk: Desk) -> dict[str, Incident]:
    return {incident.incident_id: incident for incident in desk.all.incidents}


@pytest.mark.parametrize("restart", [False, True])
def test_a_power_cut_lists_what_was_lost_with_it(restart: bool) -> None:
    desk = Desk()
    for number in range(3):
        desk.signal(cut(f"cut-{number}", number, north_m=number * 100))
    (parent,) = now_of(desk)
    if restart:
        desk.restart()
    changes = desk.signal(bts("site", 20, north_m=700))
    assert not changes.alerts
    assert [(each.kind, each.rule_id) for each in changes.decisions if each.kind == "inhibit"] == [
        ("inhibit", "inhibit-cause")
    ]
    if restart:
        desk.restart()
    assert not desk.signal(complaint("data", 25, 300)).alerts
    listed = [each for each in now_of(desk).values() if each.parent == parent]
    assert {each.category for each in listed} == {"telecom"}
    assert len(listed) == now_of(desk)[parent].children_count == 2
    if restart:
        desk.restart()
    assert not desk.signal(bts("back", 40, north_m=700, clears=True)).alerts
    assert dict(desk.book.snapshot()) == desk.state


def test_what_was_lost_before_the_cut_is_known_is_listed_then() -> None:
    desk = Desk()
    opened = desk.signal(bts("site", 0, north_m=700)).alerts
    assert [alert.reason for alert in opened] == ["opened"]
    desk.signal(cut("cut-0", 1))
    desk.restart()
    desk.signal(cut("cut-1", 2))
    assert not any(each.parent for each in now_of(desk).values()), "two reporters are not sure enough"
    changes = desk.signal(cut("cut-2", 3))
    (site,) = [each for each in changes.incidents if each.category == "telecom"]
    assert site.parent is not None
    assert now_of(desk)[site.parent].children_count == 1
    assert [each.rule_id for each in changes.decisions if each.kind == "fuse"] == ["cause-power"]


def test_when_the_cut_is_over_what_it_listed_speaks_for_itself() -> None:
    desk = Desk()
    for number in range(3):
        desk.signal(cut(f"cut-{number}", number))
    (parent,) = now_of(desk)
    desk.signal(complaint("data", 20, 900))
    desk.command(command(parent, "resolve", reason="có điện"), 60)
    changes = desk.signal(complaint("data-2", 70, 900))
    assert [alert.reason for alert in changes.alerts] == ["opened"]


def test_evidence_and_what_is_listed_are_taken_out_each_in_its_way() -> None:
    desk = Desk()
    for number in range(3):
        desk.signal(cut(f"cut-{number}", number))
    (parent,) = now_of(desk)
    (site,) = [each for each in desk.signal(bts("site", 20, north_m=700)).incidents if each.category == "telecom"]
    freed = desk.command(command(parent, "split", incidents=[site.incident_id], name="c1"), 21)
    assert [alert.reason for alert in freed.alerts] == ["opened"]
    assert now_of(desk)[site.incident_id].parent is None
    split = desk.command(command(parent, "split", signals=["reports:cut-2"], name="c2"), 22)
    assert split.receipts[0].result == "accepted"


def test_what_is_critical_is_never_held_back() -> None:
    desk = Desk()
    for number in range(3):
        desk.signal(cut(f"cut-{number}", number))
    assert [each.reason for each in desk.signal(bts("site", 20, severity="critical")).alerts] == ["opened"]
