"""Reports that an incident owes: by when, told once when late, done by an operator's word, whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.incidents.deadlines import done, missed, next_due, passed, united
from ioc.records import Deadline, Signal
from tests.unit.incidents.support import Desk, after, command, signal

HOUR = 60
DAY = 24 * HOUR


def owing(name: str = "1", minutes: float = 0, *, hours: tuple[int, ...] = (24, 72), asset: str = "portal") -> Signal:
    names = {24: "first_notice", 72: "report"}
    one = signal(
        name, source="security", category="security", subcategory="cyber", severity="critical", minutes=minutes,
        east_m=None, device=asset, kind="cyber:data_leak",
    )  # fmt: skip
    one.deadlines = [
        Deadline(
            names[each], one.at + timedelta(hours=each), source="Nghị định 331/2026/NĐ-CP", title=f"Báo cáo {each}"
        )
        for each in hours
    ]
    return one


def opened(desk: Desk) -> str:
    return desk.signal(owing()).incidents[0].incident_id


def late(desk: Desk, minutes: float) -> list[str]:
    """What a tick says of reports; of the target for handling something else is said."""
    return [
        alert.text for alert in desk.tick(minutes).alerts
        if alert.reason == "sla_breached" and alert.text.startswith("Quá hạn báo cáo")
    ]  # fmt: skip


def test_each_deadline_that_passes_is_told_once_with_its_act_and_time() -> None:
    desk = Desk()
    opened(desk)
    assert late(desk, DAY - 1) == []
    assert late(desk, DAY) == ["Quá hạn báo cáo: Báo cáo 24 (hạn 12:00 23/11/2026, Nghị định 331/2026/NĐ-CP)."]
    assert late(desk, DAY + 1) == []
    desk.restart()
    assert late(desk, 3 * DAY - 1) == []
    assert len(late(desk, 3 * DAY)) == 1
    incident = desk.all.incidents[-1]
    assert [(each.name, each.missed, each.done_at) for each in incident.deadlines] == [
        ("first_notice", True, None), ("report", True, None),
    ]  # fmt: skip
    assert [each["reason"] for each in incident.history if each["rule_id"] == "deadline-missed"] == [
        "first_notice", "report",
    ]  # fmt: skip
    assert [each.outcome for each in desk.all.decisions if each.kind == "deadline"] == ["missed", "missed"]


def test_a_comment_says_that_a_report_was_made() -> None:
    desk = Desk()
    name = opened(desk)
    changes = desk.command(command(name, "comment", reason="Đã gửi công văn", deadline="first_notice"), minutes=HOUR)
    assert [receipt.result for receipt in changes.receipts] == ["accepted"]
    (incident,) = changes.incidents
    assert [(each.name, each.done_at) for each in incident.deadlines] == [
        ("first_notice", after(HOUR)), ("report", None),
    ]  # fmt: skip
    assert [each["rule_id"] for each in incident.history][-2:] == ["ROU-comment", "deadline-done"]
    assert late(desk, DAY) == []
    assert len(late(desk, 3 * DAY)) == 1


@pytest.mark.parametrize("wanted", ["raport", 7, "first_notice"])
def test_what_is_no_deadline_or_is_done_is_refused(wanted: object) -> None:
    desk = Desk()
    name = opened(desk)
    desk.command(command(name, "comment", reason="Xong", deadline="first_notice"), minutes=1)
    changes = desk.command(command(name, "comment", name="2", reason="Xong", deadline=wanted), minutes=2)
    (receipt,) = changes.receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [("/arguments/deadline", "unknown_deadline")]
    assert changes.incidents == []


def test_a_report_that_was_late_can_still_be_made() -> None:
    desk = Desk()
    name = opened(desk)
    desk.tick(DAY)
    (incident,) = desk.command(command(name, "comment", reason="Gửi muộn", deadline="first_notice"), DAY + 5).incidents
    first = incident.deadlines[0]
    assert (first.missed, first.done_at) == (True, after(DAY + 5))


def test_a_resolved_and_closed_incident_still_owes_its_reports_and_is_not_forgotten_before() -> None:
    desk = Desk()
    name = opened(desk)
    desk.command(command(name, "resolve"), minutes=10)
    desk.command(command(name, "close"), minutes=20)
    assert len(late(desk, DAY)) == 1
    assert desk.tick(2 * DAY).evicted == []
    assert len(late(desk, 3 * DAY)) == 1
    assert desk.tick(3 * DAY + 1).evicted == [name]


def test_once_its_reports_are_made_a_closed_incident_is_forgotten_as_others_are() -> None:
    desk = Desk()
    name = opened(desk)
    desk.command(command(name, "resolve"), minutes=10)
    desk.command(command(name, "close"), minutes=20)
    for number, deadline in enumerate(("first_notice", "report")):
        desk.command(command(name, "comment", name=f"c{number}", reason="Đã báo", deadline=deadline), minutes=30)
    assert desk.tick(2 * DAY).evicted == [name]


def test_what_was_no_incident_owes_nothing() -> None:
    desk = Desk()
    name = opened(desk)
    desk.command(command(name, "reject", reason="Báo động giả"), minutes=10)
    assert late(desk, DAY) == []
    desk.command(command(name, "reopen", reason="Không phải giả"), minutes=DAY + 10)
    assert len(late(desk, DAY + 11)) == 1


def test_waiting_for_information_does_not_stop_the_clock_of_the_law() -> None:
    desk = Desk()
    name = opened(desk)
    desk.command(command(name, "request_info", reason="Máy chủ nào?"), minutes=10)
    assert len(late(desk, DAY)) == 1


def test_a_later_event_does_not_put_a_deadline_off_and_an_earlier_one_brings_it_forward() -> None:
    desk = Desk()
    opened(desk)
    (joined,) = desk.signal(owing("2", 30)).incidents
    assert [each.due_at for each in joined.deadlines] == [after(DAY), after(3 * DAY)]
    (joined,) = desk.signal(owing("3", -30), minutes=40).incidents
    assert [each.due_at for each in joined.deadlines] == [after(DAY - 30), after(3 * DAY - 30)]


def test_merged_incidents_owe_each_report_once_and_split_ones_both() -> None:
    desk = Desk()
    one = opened(desk)
    other = desk.signal(owing("9", 5, asset="mail")).incidents[0].incident_id
    desk.command(command(other, "comment", reason="Đã báo", deadline="first_notice"), minutes=6)
    desk.command(command(other, "merge", into=one), minutes=10)
    incident = desk.book.get(one)
    assert incident is not None
    assert [(each.name, each.due_at, each.done_at) for each in incident.deadlines] == [
        ("first_notice", after(DAY), after(6)), ("report", after(3 * DAY), None),
    ]  # fmt: skip
    desk.command(command(one, "split", signals=["security:9"]), minutes=20)
    parts = [each for each in desk.all.incidents[-2:] if each.status != "duplicate"]
    assert [len(each.deadlines) for each in parts] == [2, 2]


def test_finished_incidents_that_make_room_are_those_that_owe_nothing() -> None:
    base = Desk().rules
    desk = Desk(base)
    name = opened(desk)
    desk.command(command(name, "resolve"), minutes=10)
    rules = desk.book._memory.rules
    desk.book._memory.rules = replace(rules, lifetimes=replace(rules.lifetimes, max_finished=0))
    assert desk.tick(20).evicted == []


def test_a_miss_that_is_rolled_back_happens_again() -> None:
    desk = Desk()
    opened(desk)
    desk.tick(30)
    before, mark = list(desk.book.snapshot()), len(desk.journal.undos)
    first = desk.tick(DAY)
    desk.journal.roll_back(mark)
    assert list(desk.book.snapshot()) == before
    assert desk.tick(DAY) == first


instants = st.integers(0, 100).map(after)
names = st.sampled_from(["a", "b", "c"])
deadlines = st.lists(
    st.builds(Deadline, name=names, due_at=instants, done_at=st.none() | instants, missed=st.booleans()),
    max_size=6,
    unique_by=lambda each: each.name,
)


@given(deadlines, deadlines, deadlines)
def test_uniting_does_not_depend_on_the_order(one: list[Deadline], two: list[Deadline], three: list[Deadline]) -> None:
    whole = united(united(united((), one), two), three)
    assert whole == united(united((), three), united(united((), two), one))
    assert united(whole, whole) == whole
    for each in (*one, *two, *three):
        (kept,) = [row for row in whole if row.name == each.name]
        assert kept.due_at <= each.due_at
        assert each.done_at is None or kept.done_at is not None


@given(deadlines, st.lists(instants, max_size=8))
def test_every_deadline_is_missed_at_most_once_and_only_undone(some: list[Deadline], clock: list[datetime]) -> None:
    incident = replace(Desk().signal(owing()).incidents[0], deadlines=united((), some))
    told: list[str] = []
    for now in sorted(clock):
        told += [each.name for each in passed(incident, now)]
        incident = replace(incident, deadlines=missed(incident.deadlines, now))
        due = next_due(incident)
        assert due is None or due > now
    assert len(told) == len(set(told))
    if clock:
        assert set(told) == {
            each.name for each in some if each.done_at is None and not each.missed and each.due_at <= max(clock)
        }
    for name in [each.name for each in incident.deadlines]:
        incident = replace(incident, deadlines=done(incident.deadlines, name, after(500)))
    assert next_due(incident) is None
