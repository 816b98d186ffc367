"""Critical gauges of one cause: the first ones alert, one incident as grave speaks for more, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.incidents import Changes, load_correlation
from ioc.records import Deadline, Incident, Signal
from ioc.synthetic import marked
from ioc.tomlfile import ConfigError
from tests.unit.incidents.support import CORRELATION, Desk, after, command, signal

RAW = CORRELATION.read_text()
CALM = 3
"""So many alert each, on a day like any other."""
FAR_M = 5000
"""Gauges stand so far apart that none joins another."""
RULE = "inhibit-gauges"


def gauge(number: int, minutes: float = 0, **more: Any) -> Signal:
    fields = {
        "source": "sensors", "category": "disaster", "subcategory": "rain", "severity": "critical",
        "device": f"rain-{number}", "kind": "limit:rain_24h", "north_m": FAR_M * number,
    }  # fmt: skip
    name = f"{number}-{minutes}-{more.get('severity', '')}-{more.get('clears', '')}"
    return signal(name, minutes=minutes, **(fields | more))


def dry(number: int, minutes: float) -> Signal:
    return gauge(number, minutes, severity="low", clears=True)


def flood(minutes: float, number: int, **more: Any) -> Signal:
    """A citizen at a gauge of the same kind of thing."""
    fields = {"category": "disaster", "subcategory": "rain", "severity": "critical", "north_m": FAR_M * number + 20}
    return signal(f"flood-{number}-{minutes}", minutes=minutes, **(fields | more))


def now_of(desk: Desk) -> dict[str, Incident]:
    return {incident.incident_id: incident for incident in desk.all.incidents}


def incident_of(desk: Desk, one: Signal) -> Incident:
    name = next(key.decode().split("/")[1] for key in desk.state if key.endswith(f"/{one.signal_id}".encode()))
    return now_of(desk)[name]


def above(desk: Desk) -> Incident:
    (found,) = [each for each in now_of(desk).values() if each.subcategory == "gauges"]
    return found


def told(changes: Changes) -> list[tuple[str, str, str]]:
    return [(alert.reason, alert.subcategory, alert.severity) for alert in changes.alerts]


def held(changes: Changes) -> list[tuple[str, str]]:
    return [(each.rule_id, each.inputs["reason"]) for each in changes.decisions if each.kind == "inhibit"]


def many(count: int, desk: Desk | None = None) -> Desk:
    desk = desk or Desk()
    for number in range(count):
        desk.signal(gauge(number, number))
    return desk


def test_the_first_ones_alert_each_and_one_more_brings_an_incident_as_grave_for_all() -> None:
    desk = Desk()
    for number in range(CALM):
        changes = desk.signal(gauge(number, number))
        assert (told(changes), held(changes)) == ([("opened", "rain", "critical")], [])
    changes = desk.signal(gauge(3, 3))
    (alert,) = changes.alerts
    assert (alert.reason, alert.category, alert.severity, alert.centre) == ("opened", "disaster", "critical", "a")
    assert alert.title == "Nguy cấp tại 4 điểm đo (thiên tai)"
    assert alert.text.count("Tiêu đề") == 4, "it names every one of them"
    assert held(changes) == [(RULE, "opened")]
    found = above(desk)
    assert (found.children_count, found.title, found.due_at) == (4, alert.title, after(3 + 15))
    assert {incident_of(desk, gauge(number, number)).parent for number in range(4)} == {found.incident_id}
    assert sorted(found.text) == sorted(alert.text)


def test_growth_is_told_when_doubled_and_after_a_pause_or_with_what_is_said_anyhow() -> None:
    desk = many(4)
    for number in range(4, 16):
        changes = desk.signal(gauge(number, 5))
        assert (told(changes), held(changes)) == ([], [(RULE, "opened")])
    assert (above(desk).children_count, above(desk).text.count("Tiêu đề")) == (16, 12)
    assert above(desk).text.endswith("; và 4 điểm khác."), "who looks sees it before it is told"
    (breach,) = [alert for alert in desk.tick(18).alerts if alert.subcategory == "gauges"]
    assert (breach.reason, breach.title) == ("sla_breached", "Nguy cấp tại 16 điểm đo (thiên tai)")
    assert breach.text.endswith("; và 4 điểm khác.")
    for number in range(16, 32):
        assert told(desk.signal(gauge(number, 19))) == []
    assert told(desk.tick(47.9)) == []
    (alert,) = desk.tick(48).alerts
    assert (alert.reason, alert.title) == ("worsened", "Nguy cấp tại 32 điểm đo (thiên tai)")


def test_a_gauge_that_worsens_in_a_surge_moves_to_the_others() -> None:
    rules = load_correlation(RAW.replace("calm = 30 ", "calm = 1 ").encode())
    desk = Desk(rules)
    desk.signal(gauge(100, severity="high"))
    desk.signal(gauge(101, severity="high"))
    (surge,) = [each for each in now_of(desk).values() if each.subcategory == "surge"]
    assert incident_of(desk, gauge(101, severity="high")).parent == surge.incident_id
    many(4, desk)
    changes = desk.signal(gauge(101, 5))
    assert (told(changes), held(changes)) == ([], [(RULE, "worsened")])
    moved = incident_of(desk, gauge(101, 5))
    assert (moved.severity, moved.parent) == ("critical", above(desk).incident_id)
    assert (above(desk).children_count, now_of(desk)[surge.incident_id].children_count) == (5, 1)
    assert moved.history[-1]["rule_id"] == "gather-gauges"


def test_those_that_worsen_are_counted_from_when_they_did() -> None:
    desk = Desk()
    for number in range(4):
        desk.signal(gauge(number, 0, severity="high"))
    for number in range(CALM):
        assert told(desk.signal(gauge(number, 200 + number))) == [("worsened", "rain", "critical")]
    changes = desk.signal(gauge(3, 203))
    assert (told(changes), held(changes)) == ([("opened", "gauges", "critical")], [(RULE, "worsened")])
    assert above(desk).children_count == 4


def test_what_a_person_says_of_a_listed_gauge_is_told_at_once() -> None:
    desk = many(6)
    changes = desk.signal(flood(7, 5))
    assert told(changes) == [("opened", "rain", "critical")], "for the first time"
    assert told(desk.signal(flood(8, 0))) == [("updated", "rain", "critical")], "this one had alerted"
    assert incident_of(desk, flood(7, 5)).evidence_count == 2
    worse = desk.tick(60)
    assert ("sla_breached", "rain", "critical") in told(worse), "it speaks for itself from now on"


@pytest.mark.parametrize(
    "more",
    [
        {"subcategory": "risk_level"},
        {"category": "fire_rescue", "subcategory": "fire"},
        {"source": "cameras", "kind": "flooding", "subcategory": "flood"},
        {"source": "security", "category": "security", "subcategory": "cyber"},
        {"source": "bts", "category": "telecom", "subcategory": "no_signal"},
        {"source": "reports", "device": None, "kind": "report", "subcategory": "flood"},
        {"category": "environment", "subcategory": "air", "kind": "air"},
        {"centre": "b"},
    ],
)
def test_nothing_else_that_is_critical_is_gathered(more: dict[str, Any]) -> None:
    desk = many(6)
    changes = desk.signal(gauge(50, 7, **more))
    assert (told(changes)[0][0], told(changes)[0][2], held(changes)) == ("opened", "critical", [])
    assert incident_of(desk, gauge(50, 7, **more)).parent is None


def test_what_the_law_sets_a_clock_for_is_told_at_once() -> None:
    desk = many(6)
    duty = replace(gauge(50, 7), deadlines=[Deadline("notice", after(600), source="act")])
    assert told(desk.signal(duty)) == [("opened", "rain", "critical")]


def test_gauges_that_turn_critical_hours_apart_alert_each() -> None:
    desk = Desk()
    for number in range(8):
        assert told(desk.signal(gauge(number, 21 * number)))[-1] == ("opened", "rain", "critical"), number


def test_it_ends_when_it_is_quiet_and_all_are_over_and_survives_a_restart() -> None:
    desk = many(5)
    for number in range(5):
        changes = desk.signal(dry(number, 30))
        assert (told(changes), held(changes)) == ([], [(RULE, "resolved")])
    desk.restart()
    assert all(alert.reason == "sla_breached" for alert in desk.tick(63.9).alerts)
    assert told(desk.tick(64)) == [("resolved", "gauges", "critical")]
    assert told(desk.signal(gauge(9, 65))) == [("opened", "rain", "critical")], "the next one begins anew"


def test_when_an_operator_has_ended_it_the_gauges_speak_for_themselves() -> None:
    desk = many(5)
    desk.command(command(above(desk).incident_id, "resolve"), minutes=10)
    assert [alert.reason for alert in desk.tick(60).alerts] == ["sla_breached"] * CALM + ["opened"] * 2


def test_a_gauge_that_an_operator_takes_out_stays_out() -> None:
    desk = many(5)
    child = incident_of(desk, gauge(4, 4)).incident_id
    changes = desk.command(command(above(desk).incident_id, "split", incidents=[child]), minutes=6)
    assert told(changes) == [("opened", "rain", "critical")]
    for number in (5, 6, 7):
        desk.signal(gauge(number, 7))
    desk.signal(dry(4, 8))
    again = desk.signal(gauge(4, 9))
    assert told(again) == [("updated", "rain", "critical")]
    assert now_of(desk)[child].parent is None


def test_it_is_merged_into_nothing_and_nothing_into_it() -> None:
    desk = many(5)
    one, other = above(desk).incident_id, incident_of(desk, gauge(0, 0)).incident_id
    for number, (which, into) in enumerate([(one, other), (other, one)]):
        order = command(which, "merge", name=f"m-{number}", into=into)
        assert [receipt.result for receipt in desk.command(order).receipts] == ["rejected"]


def test_what_is_made_is_never_listed_with_what_is_real() -> None:
    desk = Desk()
    for number in range(6):
        desk.signal(marked(gauge(number, number)))
    assert above(desk).title.endswith("(mô phỏng)")
    assert "mô phỏng" not in above(desk).text
    assert told(desk.signal(gauge(50, 7))) == [("opened", "rain", "critical")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("storm = 0 ", "storm = 4 ", "gauges.storm: must not be more than calm"),
        ('"disaster/rain", ', '"disaster", ', "gauges.kinds: 'disaster' must name a subcategory"),
        ('"disaster/rain", ', '"rain/disaster", ', "gauges.kinds: 'rain/disaster' does not begin with a category"),
        ("{count} điểm", "điểm", "gauges.title: must have the placeholders"),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str, problem: str) -> None:
    head, mark, table = RAW.partition("[gauges]")
    assert old in table
    with pytest.raises(ConfigError, match=problem):
        load_correlation((head + mark + table.replace(old, new, 1)).encode())


# --- Laws ---

courses = st.lists(
    st.tuples(
        st.sampled_from(["gauge", "gauge", "gauge", "gauge", "high", "dry", "flood", "split", "resolve", "restart"]),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=40,
)


def feed(desk: Desk, course: list[tuple[str, int]], first: int = 0) -> None:
    for minute, (what, number) in enumerate(course, first):
        match what:
            case "gauge":
                desk.signal(gauge(number, minute))
            case "high":
                desk.signal(gauge(number, minute, severity="high"))
            case "dry":
                desk.signal(dry(number, minute))
            case "flood":
                desk.signal(flood(minute, number))
            case "restart":
                desk.restart()
            case _:
                names = sorted(name for name, each in now_of(desk).items() if each.subcategory == "gauges")
                for name in names[:1]:
                    listed = [each for each, incident in now_of(desk).items() if incident.parent == name]
                    order = command(name, what, name=f"c-{minute}", reason="why", incidents=listed[:1])  # type: ignore[arg-type]
                    desk.command(order, minutes=minute)


@given(courses)
@example([*(("gauge", number) for number in (0, 2, 3, 1, 1)), ("resolve", 0), ("flood", 1)])
@settings(max_examples=200)
def test_every_critical_incident_is_told_of_or_spoken_for(course: list[tuple[str, int]]) -> None:
    desk = Desk()
    feed(desk, course)
    opened = Counter(alert.incident_id for alert in desk.all.alerts if alert.reason == "opened")
    inhibited = {each.incident_id for each in desk.all.decisions if each.rule_id == RULE}
    found = now_of(desk)
    assert max(opened.values(), default=1) == 1
    for name, incident in found.items():
        if incident.reporters:
            assert name in opened, "a person in danger is never silent"
        assert name in opened or name in inhibited, "an alert, or a decision that says why there is none"
        if incident.severity == "critical" and name not in opened:
            assert incident.parent is not None
            assert found[incident.parent].severity == "critical"
            assert incident.parent in opened
    listed = Counter(incident.parent for incident in found.values() if incident.parent)
    for name, incident in found.items():
        assert incident.children_count == listed[name]
    for ids in ([alert.alert_id for alert in desk.all.alerts], [each.decision_id for each in desk.all.decisions]):
        assert len(ids) == len(set(ids))
    versions = Counter[str]()
    for incident in desk.all.incidents:
        versions[incident.incident_id] += 1
        assert incident.version == versions[incident.incident_id]
    assert dict(desk.book.snapshot()) == desk.state


@given(courses, courses)
@settings(max_examples=60)
def test_after_a_restart_everything_goes_on_alike(before: list[tuple[str, int]], more: list[tuple[str, int]]) -> None:
    whole, broken = Desk(), Desk()
    for desk in (whole, broken):
        feed(desk, before)
    broken.restart()
    for desk in (whole, broken):
        feed(desk, more, first=100)
    assert broken.all == whole.all
    assert broken.state == whole.state


@given(courses, courses, courses)
@settings(max_examples=60)
def test_rolling_back_leaves_no_trace(
    kept: list[tuple[str, int]], lost: list[tuple[str, int]], again: list[tuple[str, int]]
) -> None:
    desk, witness = Desk(), Desk()
    for each in (desk, witness):
        feed(each, without_restarts(kept))
    mark, stored = len(desk.journal.undos), dict(desk.state)
    feed(desk, without_restarts(lost), first=100)
    desk.journal.roll_back(mark)
    desk.state = stored
    desk.all, witness.all = Changes(), Changes()
    for each in (desk, witness):
        feed(each, without_restarts(again), first=200)
    assert desk.all == witness.all
    assert list(desk.book.snapshot()) == list(witness.book.snapshot())


def without_restarts(course: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [step for step in course if step[0] != "restart"]
