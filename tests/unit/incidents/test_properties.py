"""Laws that hold whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.clocks import RoundTheClock, Target, WorkingDays, WorkingHours
from ioc.incidents import FINISHED, TRANSITIONS, Changes, IncidentBook
from ioc.incidents.lifecycle import MAX_RETURNS, UNPROMPTED, row
from ioc.incidents.pager import is_nobodys
from ioc.incidents.similarity import sketch
from ioc.records import Command, Deadline, HistoryEntry, Signal
from ioc.vocabulary import Category, Severity
from tests.unit.clocks.test_working_time import office
from tests.unit.incidents.support import Desk, Duties, Duty, Journal, after, bts, command, new_book, signal

Input = tuple[str, Any]
"""``signal``, ``tick`` (minutes) or ``command`` (which incident, action)."""

numbers = st.integers(0, 7)
TEXTS = (
    "",
    "phuong vi nga giua duong quoc lo muoi tam",
    "phuong vi nga quoc lo muoi tam ket",
    "loa keo karaoke dem khuya",
)


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    number = draw(numbers)
    minutes = draw(st.integers(-90, 300))
    if draw(st.booleans()):
        return bts(
            f"{number}-{minutes}", minutes, site=f"QN-{number % 3}", clears=draw(st.booleans()),
            severity=draw(st.sampled_from(["critical", "high", "normal"])), north_m=number % 3 * 1500,
        )  # fmt: skip
    kinds: list[tuple[Category, str]] = [
        ("fire_rescue", "fire"), ("urban_infrastructure", "tree"), ("telecom", "no_signal"),
        ("disaster", "flood"), ("urban_infrastructure", "drain"), ("power_water", "outage"),
    ]  # fmt: skip
    category, subcategory = draw(st.sampled_from(kinds))
    one = signal(
        f"{category}-{number}-{minutes}", category=category, subcategory=subcategory, minutes=minutes,
        severity=draw(st.sampled_from(["critical", "normal", "low"])), north_m=draw(st.sampled_from([0, 60, 500])),
        east_m=draw(st.sampled_from([0.0, None])), located_by=draw(st.sampled_from(["polygon", "text"])),
        reporter=draw(st.sampled_from([None, "x", "y"])), commune=draw(st.sampled_from(["00001", "00002"])),
    )  # fmt: skip
    one.deadlines = [
        Deadline(name, one.at + timedelta(hours=hours), source="act")
        for name, hours in draw(st.sampled_from([(), (("first_notice", 24),), (("first_notice", 24), ("report", 72))]))
    ]
    one.evidence = {"sketch": sketch(draw(st.sampled_from(TEXTS))), "photo_ids": draw(st.sampled_from([[], ["p"]]))}
    return one


actions = st.sampled_from(
    [
        "acknowledge", "accept", "start", "request_info", "resolve", "close", "reopen", "reject", "comment",
        "split", "merge", "not_related", "reclassify", "rate", "assign", "return",
    ]
)  # fmt: skip
inputs = st.one_of(
    st.tuples(st.just("signal"), signals()),
    st.tuples(st.just("signal"), signals()),
    st.tuples(st.just("tick"), st.integers(0, 60 * 24 * 9)),
    st.tuples(st.just("command"), st.tuples(numbers, actions)),
    st.tuples(st.just("command"), st.tuples(numbers, actions)),
)
courses = st.lists(inputs, max_size=25)


def feed(desk: Desk, one: Input, number: int) -> None:
    kind, what = one
    if kind == "signal":
        # What was rejected is forgotten after a day. That its signal does not come again then is for intake to see to,
        # which knows repeats for its windows. One that does gives the same ids again, as it is promised.
        if what.signal_id not in forgotten(desk):
            desk.signal(what, minutes=300 + number)
    elif kind == "tick":
        desk.tick(300 + what)
    else:
        which, action = what
        if (order := order_of(desk.book, which, action, number)) is not None:
            desk.command(order, minutes=300 + number)


def forgotten(desk: Desk) -> set[str]:
    """Signals of incidents that are in memory no more."""
    gone = {*desk.all.evicted}
    return {each.signal_id for one in desk.all.incidents if one.incident_id in gone for each in one.evidence}


def order_of(book: IncidentBook, which: int, action: Any, number: int) -> Command | None:
    ids = sorted(key.decode().split("/")[1] for key, _ in book.snapshot() if key.startswith(b"case/"))
    if not ids:
        return None
    one, other = ids[which % len(ids)], ids[(which + 1) % len(ids)]
    members = sorted(
        key.decode().split("/")[2] for key, _ in book.snapshot() if key.startswith(f"member/{one}".encode())
    )
    report: dict[str, Any] = {"deadline": "first_notice"} if action == "comment" and which % 2 else {}
    merged = sorted(key for key, case in cases_of(book).items() if case["incident"]["parent"] == one)
    if action == "split" and merged and which % 2:
        report["incidents"] = merged
    return command(
        one, action, name=f"c-{number}", reason="why", into=other, incident=other, signals=members[:1],
        signal_id=members[-1] if members else "", rating="unsatisfied" if which % 2 else "satisfied",
        severity="high" if which % 2 else "low", unit=f"unit-{which % 2 + 1}",
        evidence=["https://anh.example.vn/1.jpg"] if which % 3 == 0 else [], **report,
    )  # fmt: skip


def cases_of(book: IncidentBook) -> dict[str, Any]:
    """Cases as they are stored, by incident."""
    return {
        key.decode().split("/")[1]: orjson.loads(value)
        for key, value in book.snapshot()
        if key.startswith(b"case/")
    }  # fmt: skip


def run(course: list[Input]) -> Desk:
    desk = Desk()
    for number, one in enumerate(course):
        feed(desk, one, number)
    return desk


def state_of(book: IncidentBook) -> list[tuple[bytes, bytes]]:
    return list(book.snapshot())


def open_counts(book: IncidentBook) -> dict[Any, int]:
    return {key: count for key, count in book.open_counts.items() if count}


@given(courses)
@settings(deadline=None)
def test_the_stored_state_is_the_whole_state(course: list[Input]) -> None:
    desk = run(course)
    assert dict(state_of(desk.book)) == desk.state


@given(courses, courses)
@settings(max_examples=60, deadline=None)
def test_after_a_restart_everything_goes_on_alike(before: list[Input], afterwards: list[Input]) -> None:
    whole, broken = run(before), run(before)
    broken.restart()
    assert open_counts(broken.book) == open_counts(whole.book)
    for number, one in enumerate(afterwards):
        feed(whole, one, 1000 + number)
        feed(broken, one, 1000 + number)
    assert broken.all == whole.all
    assert state_of(broken.book) == state_of(whole.book)


def split_over(course: list[Input], restarts: set[int]) -> None:
    whole, broken = run(course), Desk()
    for number, one in enumerate(course):
        if number in restarts:
            broken.restart()
        feed(broken, one, number)
    assert broken.all == whole.all
    assert state_of(broken.book) == state_of(whole.book)


@given(courses, st.sets(st.integers(0, 24)))
@settings(max_examples=60, deadline=None)
def test_a_course_may_be_split_over_any_number_of_restarts(course: list[Input], restarts: set[int]) -> None:
    """Commands, signals and time in between: encoded and loaded in the middle, the book ends as it would have."""
    split_over(course, restarts)


def _in_office(_: Duties, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
    """Every kind of target, and repairs that need evidence."""
    targets: dict[Severity, Target] = {
        "critical": RoundTheClock(timedelta(minutes=15)), "high": WorkingHours(timedelta(hours=4), office()),
        "normal": WorkingDays(1, office()), "low": WorkingDays(3, office()),
    }  # fmt: skip
    return Duty(targets[severity], evidence=category == "urban_infrastructure")


@given(courses, st.sets(st.integers(0, 24)))
@settings(max_examples=60, deadline=None)
def test_working_time_outlives_restarts_and_is_never_due_before_it_began(
    course: list[Input], restarts: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Duties, "duty", _in_office)
        split_over(course, restarts)
        for incident in run(course).all.incidents:
            assert incident.due_at is not None
            assert incident.due_at > incident.opened_at


@given(courses)
@settings(deadline=None)
def test_every_step_is_a_row_of_a_table_and_counted_once(course: list[Input]) -> None:
    desk = run(course)
    rows = {each.rule_id: (status, each.to) for (status, _), each in TRANSITIONS.items()}
    steps: dict[tuple[str, int], HistoryEntry] = {}
    for incident in desk.all.incidents:
        for number, step in enumerate(incident.history):
            steps[incident.incident_id, number] = step
    # What worsens stands beside the step, if any, that the same signal caused.
    assert all(step["from"] == step["to"] for step in steps.values() if step["action"] == "worsen")
    moves = [step for step in steps.values() if step["action"] != "worsen"]
    for step in moves:
        before, to, rule_id = step["from"], step["to"], step["rule_id"]
        if rule_id in rows:
            assert (before, to) == rows[rule_id]
        elif (known := row(rule_id)) is not None:
            sources, result = UNPROMPTED[known]
            assert before in sources
            assert to == (result or before)
        else:
            assert before == to, f"{rule_id} is in no table"
    counted = Counter(known for step in moves if (known := row(step["rule_id"])) is not None)
    assert Counter(desk.all.transitions) == counted


@given(courses)
@settings(deadline=None)
def test_clocks_of_units_are_in_order_and_within_the_raw_clock(course: list[Input]) -> None:
    for incident in run(course).all.incidents:
        ended = [each for each in incident.unit_clocks if each["to"] is not None]
        running = [each for each in incident.unit_clocks if each["to"] is None]
        busy = incident.status not in FINISHED and incident.status != "returned"
        assert [each["unit"] for each in running] == ([incident.unit] if busy else [])
        assert incident.unit_clocks == ended + running
        assert all(each["seconds"] >= each["paused_s"] >= 0 for each in ended)
        for one, other in zip(ended, incident.unit_clocks[1:], strict=False):
            assert one["to"] is not None
            assert one["from"] <= one["to"] <= other["from"]
        clock = incident.clock
        assert clock["raw_s"] >= clock["paused_s"] >= sum(each["paused_s"] for each in ended)
        assert (clock["paused_at"] is not None) == (clock["pause"] is not None)
        assert clock["pause"] is None or incident.status == "needs_info"
        assert incident.returned_count <= MAX_RETURNS + 1
        assert not incident.flags or incident.status in {"resolved", "closed"}


@given(courses, courses, courses)
@settings(max_examples=60, deadline=None)
def test_rolling_back_leaves_no_trace(kept: list[Input], lost: list[Input], again: list[Input]) -> None:
    desk, witness = run(kept), run(kept)
    state, counts, mark = state_of(desk.book), open_counts(desk.book), len(desk.journal.undos)
    stored = dict(desk.state)
    for number, one in enumerate(lost):
        feed(desk, one, 500 + number)
    desk.journal.roll_back(mark)
    assert state_of(desk.book) == state
    assert open_counts(desk.book) == counts
    desk.state = stored
    desk.all, witness.all = Changes(), Changes()
    for number, one in enumerate(again):
        feed(desk, one, 1000 + number)
        feed(witness, one, 1000 + number)
    assert desk.all == witness.all
    assert state_of(desk.book) == state_of(witness.book)


@given(courses, courses, courses)
@settings(max_examples=40, deadline=None)
def test_rolling_back_to_a_savepoint_keeps_what_came_before(
    kept: list[Input], first: list[Input], second: list[Input]
) -> None:
    desk = run(kept)
    for number, one in enumerate(first):
        feed(desk, one, 500 + number)
    savepoint, mark = state_of(desk.book), len(desk.journal.undos)
    for number, one in enumerate(second):
        feed(desk, one, 1000 + number)
    desk.journal.roll_back(mark)
    assert state_of(desk.book) == savepoint


@given(st.lists(signals(), max_size=25))
@settings(deadline=None)
def test_redelivery_changes_nothing(batch: list[Signal]) -> None:
    """But for an end that came before its beginning: then it had nothing to end."""
    desk = Desk()
    batch = [one for one in batch if desk.signal(one, minutes=300).incidents or not one.clears]
    state = state_of(desk.book)
    for one in batch:
        changes = desk.signal(one, minutes=301)
        assert (changes.incidents, changes.alerts, changes.feedback, changes.state) == ([], [], [], [])
    assert state_of(desk.book) == state


@given(
    st.lists(st.integers(0, 40), unique=True, max_size=12).flatmap(
        lambda ids: st.tuples(st.just(ids), st.permutations(ids))
    )
)
def test_independent_signals_may_come_in_any_order(orders: tuple[list[int], list[int]]) -> None:
    def end(order: list[int]) -> list[tuple[bytes, bytes]]:
        book = new_book()
        for number in order:
            book.apply_signal(signal(str(number), north_m=number * 1000), after(0), Journal())
        return state_of(book)

    assert end(orders[0]) == end(orders[1])


@given(courses)
@settings(deadline=None)
def test_each_incident_has_one_opened_and_versions_without_gaps(course: list[Input]) -> None:
    desk = run(course)
    opened = Counter(alert.incident_id for alert in desk.all.alerts if alert.reason == "opened")
    assert opened == Counter({incident.incident_id for incident in desk.all.incidents})
    late = [alert for alert in desk.all.alerts if alert.reason == "sla_breached"]
    breaches = Counter(alert.incident_id for alert in late if not alert.text.startswith("Quá hạn báo cáo"))
    assert not breaches or max(breaches.values()) == 1
    missed = Counter(
        (one.incident_id, step["reason"])
        for one in {each.incident_id: each for each in desk.all.incidents}.values()
        for step in one.history
        if step["rule_id"] == "deadline-missed"
    )
    assert not missed or max(missed.values()) == 1
    assert len(late) - breaches.total() <= missed.total()
    ids = [alert.alert_id for alert in desk.all.alerts]
    assert len(ids) == len(set(ids))
    versions: dict[str, int] = {}
    for incident in desk.all.incidents:
        assert incident.version == versions.get(incident.incident_id, 0) + 1
        versions[incident.incident_id] = incident.version


@given(courses)
@settings(deadline=None)
def test_open_counts_are_those_of_the_incidents(course: list[Input]) -> None:
    desk = run(course)
    last = {incident.incident_id: incident for incident in desk.all.incidents}
    expected = Counter(
        (incident.centre, incident.category, incident.severity)
        for incident in last.values()
        if incident.status not in FINISHED
    )
    assert open_counts(desk.book) == dict(expected)
    waiting = Counter(
        (case.incident.centre, case.incident.severity) for case in desk.book._memory.cases.values() if is_nobodys(case)
    )
    assert {key: count for key, count in desk.book.untaken_counts.items() if count} == dict(waiting)


FUSED: list[Input] = [
    ("signal", bts("0-0", 0, site="QN-0", severity="critical")),
    ("signal", signal("fire", category="fire_rescue", subcategory="fire", severity="critical")),
]
"""A lost station that a fire takes in; of their two incidents the fire's is the second."""


@given(courses)
@example([*FUSED, ("command", (1, "split"))])
@example([*FUSED, ("command", (0, "comment")), ("command", (1, "split"))])
@settings(deadline=None)
def test_histories_connect_and_only_reopening_or_parting_a_merge_leaves_what_is_over(course: list[Input]) -> None:
    """A duplicate is left only by taking the merge back: to the status from before it, and never without a parent."""
    for incident in run(course).all.incidents:
        for one, other in zip(incident.history, incident.history[1:], strict=False):
            assert other["from"] == one["to"]
        unmerged = None
        for step in incident.history:
            if step["to"] == "duplicate" != step["from"]:
                unmerged = step["from"]
            if step["from"] in FINISHED and step["to"] not in FINISHED:
                parted = step["from"] == "duplicate"
                assert step["action"] == ("split" if parted else "reopen")
                assert not parted or step["to"] == unmerged
        assert incident.history[-1]["to"] == incident.status
        assert (incident.status != "duplicate") or incident.parent is not None


@given(courses)
@settings(deadline=None)
def test_what_an_operator_has_parted_is_not_joined(course: list[Input]) -> None:
    """Each signal is in one incident; a pair that was parted stays two as long as both are at hand."""
    desk = run(course)
    owners: dict[str, set[str]] = {}
    parted = [key.decode().split("/")[1:] for key in desk.state if key.startswith(b"verdict/")]
    for key in desk.state:
        if key.startswith(b"member/"):
            _, incident, name = key.decode().split("/", 2)
            owners.setdefault(name, set()).add(incident)
    assert all(len(incidents) == 1 for incidents in owners.values())
    for one, other in parted:
        assert desk.book.are_apart(one, other)
        order = command(one, "merge", name="last", into=other)
        (receipt,) = desk.book.apply_command(order, after(300), Journal()).receipts
        assert receipt.result == "rejected"


def filed(book: IncidentBook) -> dict[str, dict[Any, Any]]:
    """What leads where; grids in which nothing is any more do not count."""
    tables: dict[str, dict[Any, Any]] = {**vars(book._memory.index)}  # nothing outside shows it
    return {name: {key: deepcopy(each) for key, each in table.items() if each} for name, table in tables.items()}


@given(courses, st.integers(0, 24))
@settings(max_examples=60, deadline=None)
def test_look_ups_follow_from_the_stored_cases_also_after_taking_back(course: list[Input], kept: int) -> None:
    """What is filed step by step, and unfiled step by step, is what loading files at once."""
    desk = run(course[:kept])
    before, mark = filed(desk.book), len(desk.journal.undos)
    for number, one in enumerate(course[kept:]):
        feed(desk, one, kept + number)
    after = filed(desk.book)
    desk.restart()
    assert filed(desk.book) == after
    desk = run(course[:kept])
    for number, one in enumerate(course[kept:]):
        feed(desk, one, kept + number)
    desk.journal.roll_back(mark)
    assert filed(desk.book) == before
