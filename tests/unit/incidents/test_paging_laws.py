"""Laws of escalation, silences, maintenance, emergency modes and grouped updates, whatever comes in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.records import Command
from tests.unit.incidents.support import Desk, after, command, signal
from tests.unit.incidents.test_emergency import MODE
from tests.unit.incidents.test_properties import feed as feed_input
from tests.unit.incidents.test_properties import inputs

PAGING = MODE.replace("centre_most: 1000", "centre_most: 3")

_MATCHERS = (
    ["category = fire_rescue"], ["category = fire_rescue", "severity = critical"], ["device =~ QN-.*"],
    ["device = QN-1", "severity != critical"], ["centre = a"], ["source = bts"],
)  # fmt: skip

rules = st.tuples(
    st.sampled_from(["silence", "silence", "maintenance", "emergency", "unsilence", "end_emergency"]),
    st.integers(0, 3),
    st.sampled_from(_MATCHERS),
    st.integers(0, 60 * 24 * 2),
    st.sampled_from([[], [{"start": "12:00", "end": "18:00"}], [{"start": "23:00", "end": "01:00", "days": ["mon"]}]]),
)
steps = st.one_of(inputs, inputs, st.tuples(st.just("rule"), rules))
courses = st.lists(steps, max_size=25)


def rule(what: Any, number: int) -> Command:
    kind, name, matchers, minutes, windows = what
    if kind in {"unsilence", "end_emergency"}:
        return command(f"rule-{name}", kind, name=f"r-{number}", reason="xong")
    ends_at = (after(300 + number) + timedelta(minutes=minutes)).isoformat()
    given_to: dict[str, Any] = {"owner": "Tổ trực", "centres": ["a", "b"], "ends_at": ends_at}
    if kind == "emergency":
        return command(f"rule-{name}", kind, name=f"r-{number}", reason="bão", communes=["00001"], **given_to)
    given_to |= {"kind": kind, "matchers": matchers, "windows": windows}
    return command(f"rule-{name}", "silence", name=f"r-{number}", reason="thi công", **given_to)


def feed(desk: Desk, one: Any, number: int, times: int = 1) -> None:
    kind, what = one
    for _ in range(times):
        if kind == "rule":
            desk.command(rule(what, number), minutes=300 + number)
        else:
            feed_input(desk, one, number)


def run(course: list[Any]) -> Desk:
    desk = Desk(paging=PAGING)
    for number, one in enumerate(course):
        feed(desk, one, number)
    return desk


@given(courses)
@settings(max_examples=80, deadline=None)
def test_the_stored_state_is_the_whole_state(course: list[Any]) -> None:
    desk = run(course)
    assert dict(desk.book.snapshot()) == desk.state


@given(courses, st.sets(st.integers(0, 24)))
@settings(max_examples=80, deadline=None)
def test_restarts_in_the_middle_change_nothing(course: list[Any], restarts: set[int]) -> None:
    whole, broken = run(course), Desk(paging=PAGING)
    for number, one in enumerate(course):
        if number in restarts:
            broken.restart()
        feed(broken, one, number)
    for desk in (whole, broken):
        for minutes in (400, 800, 5000):
            desk.tick(minutes)
    assert broken.all == whole.all
    assert dict(broken.book.snapshot()) == dict(whole.book.snapshot())


@given(courses, st.integers(0, 24))
@settings(max_examples=80, deadline=None)
def test_what_is_taken_back_was_never_there(course: list[Any], after_so_many: int) -> None:
    desk = run(course[:after_so_many])
    before, mark = dict(desk.book.snapshot()), len(desk.journal.undos)
    for number, one in enumerate(course[after_so_many:], start=after_so_many):
        feed(desk, one, number)
    desk.journal.roll_back(mark)
    assert dict(desk.book.snapshot()) == before
    desk.state, desk.all = before, run(course[:after_so_many]).all
    plain = run(course[:after_so_many])
    for each in (desk, plain):
        for minutes in (400, 800, 5000):
            each.tick(minutes)
    assert desk.all == plain.all


@given(courses)
@settings(max_examples=80, deadline=None)
def test_a_signal_that_comes_again_changes_nothing(course: list[Any]) -> None:
    """Signals are told again by whoever sends them; commands are told apart by their ids."""
    plain, again = run(course), Desk(paging=PAGING)
    for number, one in enumerate(course):
        feed(again, one, number, times=2 if one[0] == "signal" else 1)
    assert (again.all.alerts, again.all.silenced) == (plain.all.alerts, plain.all.silenced)
    assert dict(again.book.snapshot()) == dict(plain.book.snapshot())


SPLIT_LATE: list[Any] = [
    ("signal", signal("one")),
    ("signal", signal("two", north_m=5000)),
    ("command", (1, "merge")),
    ("tick", 1500),
    ("command", (0, "split")),
]
"""What was merged is split off by its signals when the merged incident has left memory."""


@given(courses)
@example(SPLIT_LATE)
@settings(max_examples=80, deadline=None)
def test_alert_ids_are_unique_and_one_opens_at_most(course: list[Any]) -> None:
    """Of signals that do not come again when their incident has left memory: then they have their old ids again."""
    desk = run(course)
    for minutes in (400, 800, 5000, 9000):
        desk.tick(minutes)
    ids = [alert.alert_id for alert in desk.all.alerts]
    assert len(ids) == len(set(ids))
    begun = [
        alert.incident_id for alert in desk.all.alerts if alert.reason == "opened" and not rule_id(alert.incident_id)
    ]
    assert len(begun) == len(set(begun))
    decisions = [each.decision_id for each in desk.all.decisions if each.event_id is None]
    assert len(decisions) == len(set(decisions))


@given(courses)
@settings(max_examples=80, deadline=None)
def test_after_every_silence_what_is_open_has_been_told(course: list[Any]) -> None:
    desk = run(course)
    for minutes in (400, 5000, 5001, 5010, 5020):
        desk.tick(minutes)
    told = {alert.incident_id for alert in desk.all.alerts}
    for incident in {each.incident_id: each for each in desk.all.incidents}.values():
        if desk.book.get(incident.incident_id) is None or incident.status in {
            "resolved",
            "closed",
            "rejected",
            "duplicate",
        }:
            continue
        # A cause that is told of speaks for what it explains.
        assert {incident.incident_id, incident.parent} & told


def rule_id(name: str) -> bool:
    return name.startswith("rule-")
