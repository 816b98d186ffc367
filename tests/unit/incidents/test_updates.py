"""How often an incident is told of again, and that nothing is lost by waiting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.records import Alert
from tests.unit.incidents.support import Desk, after, bts, command, signal
from tests.unit.incidents.test_escalation import CHAINS

CALM = CHAINS[CHAINS.index("updates:") :]
FEW = "chains: []\n" + CALM.replace("centre_most: 1000", "centre_most: 2")
PLAIN = "chains: []\n" + CALM


def news(alerts: list[Alert]) -> list[tuple[str, int, int]]:
    return [(alert.reason, alert.evidence_count, alert.grouped) for alert in alerts]


def test_the_first_update_comes_at_once_and_the_next_after_the_pause_with_all_between() -> None:
    desk = Desk(paging=PLAIN)
    for number in range(12):
        desk.signal(signal(str(number), minutes=number / 10))
    assert news(desk.all.alerts) == [("opened", 1, 0), ("updated", 2, 0)]
    waiting = [each for each in desk.all.decisions if each.kind == "group"]
    assert [(each.rule_id, each.inputs["count"]) for each in waiting] == [("group-pause", 1), ("group-pause", 2)]
    assert desk.tick(5).alerts == []
    (told,) = desk.tick(5.1).alerts
    assert news([told]) == [("updated", 12, 1)]
    assert "Nội dung 4" in told.text
    assert "Nội dung 9" in told.text
    assert desk.tick(20).alerts == []


def test_grave_news_waits_for_nothing_and_takes_along_what_waits() -> None:
    desk = Desk(paging=PLAIN)
    for number in range(5):
        desk.signal(signal(str(number), minutes=number / 10))
    (worse,) = desk.signal(signal("w", minutes=1, severity="high")).alerts
    assert news([worse]) == [("worsened", 6, 1)]
    assert "Gộp 1 tin" in worse.text
    assert desk.tick(6).alerts == []  # nothing is left to tell
    (opened, *_) = desk.all.alerts
    (over,) = desk.command(command(opened.incident_id, "resolve"), minutes=7).alerts
    assert news([over]) == [("resolved", 6, 0)]


def test_a_centre_gets_no_more_than_its_share_and_loses_nothing() -> None:
    desk = Desk(paging=FEW)
    for number in range(4):
        for each in range(2):
            desk.signal(signal(f"{number}-{each}", north_m=5000 * number, minutes=number / 10))
        desk.signal(signal(f"b-{number}", north_m=5000 * number, minutes=number / 10, commune="00002", centre="b"))
    told = [alert for alert in desk.all.alerts if alert.reason == "updated"]
    assert len(told) == 2
    at_once = {alert.incident_id for alert in told}
    assert desk.tick(4.9).alerts == []
    later = desk.tick(5.2).alerts
    assert len(later) == 2
    assert at_once.isdisjoint(alert.incident_id for alert in later)
    assert all(alert.reason == "updated" for alert in later)


def test_flapping_is_told_once_in_a_pause_and_its_last_state_is_told() -> None:
    desk = Desk(paging=PLAIN)
    for number in range(6):
        desk.signal(bts(f"on-{number}", number * 2))
        desk.signal(bts(f"off-{number}", number * 2 + 1, clears=True))
    told = [(alert.reason, (alert.at - after(0)).total_seconds() / 60) for alert in desk.all.alerts]
    assert told[:3] == [("opened", 0), ("resolved", 1), ("updated", 2)]
    assert len(told) < 10
    for minute in range(12, 40):
        desk.tick(minute)
    assert desk.all.incidents[-1].flapping, "it stays open until it has been quiet for half an hour"
    for minute in range(40, 43):
        desk.tick(minute)
    last = desk.all.alerts[-1]
    assert (last.reason, last.status) == ("resolved", "resolved")
    assert sum(1 for each in desk.all.alerts if each.reason == "opened") == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 2), st.sampled_from(["normal", "normal", "high"])), max_size=40
    ),
    st.sets(st.integers(0, 40)),
)
@settings(max_examples=60, deadline=None)
def test_bounds_hold_and_nothing_is_lost_whatever_comes(course: list[tuple[int, int, str]], restarts: set[int]) -> None:
    plain, broken = Desk(paging=FEW), Desk(paging=FEW)
    by_minute: dict[int, list[tuple[int, int, str]]] = {}
    for number, (minute, place, severity) in enumerate(course):
        by_minute.setdefault(minute, []).append((number, place, severity))
    for minute in range(60):
        for number, place, severity in by_minute.get(minute, []):
            one = signal(str(number), north_m=5000 * place, minutes=minute, severity=severity)  # type: ignore[arg-type]
            plain.signal(one)
            broken.signal(one)
        if minute in restarts:
            broken.restart()
        plain.tick(minute)
        broken.tick(minute)
    assert broken.all == plain.all
    updates = [alert for alert in plain.all.alerts if alert.reason == "updated"]
    for alert in updates:
        near = [each for each in updates if 0 <= (alert.at - each.at).total_seconds() < 300]
        assert len(near) <= 2
        assert sum(each.incident_id == alert.incident_id for each in near) == 1
    # Every mark that was passed has been told of, alone or with others, by an alert at it or after it.
    for incident in {each.incident_id: each for each in plain.all.incidents}.values():
        told = [alert.evidence_count for alert in plain.all.alerts if alert.incident_id == incident.incident_id]
        passed = [mark for mark in (1, 2, 5, 10, 20) if mark <= incident.evidence_count]
        assert all(any(count >= mark for count in told) for mark in passed)
    waited = sum(each.rule_id == "group-pause" for each in plain.all.decisions)
    assert (
        sum(alert.grouped for alert in plain.all.alerts)
        + sum(each.rule_id == "release-pause" for each in plain.all.decisions)
        == waited
    )


@pytest.mark.parametrize("pause", ["5m", "0s"])
def test_what_waits_survives_a_restart(pause: str) -> None:
    text = PLAIN.replace("pause: 5m", f"pause: {pause}").replace("centre_window: 5m", f"centre_window: {pause}")
    desk = Desk(paging=text)
    for number in range(5):
        desk.signal(signal(str(number), minutes=number / 10))
    desk.restart()
    desk.tick(6)
    assert [alert.evidence_count for alert in desk.all.alerts] == [1, 2, 5]
