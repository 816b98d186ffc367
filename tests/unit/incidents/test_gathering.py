"""Incidents listed under an outage or a surge: what is said of them, what is held back, and what never is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.incidents import Changes, load_correlation
from ioc.records import Deadline, Incident, Signal
from ioc.synthetic import marked
from ioc.tomlfile import ConfigError
from tests.unit.incidents.support import CORRELATION, Desk, after, bts, command, signal

RAW = CORRELATION.read_text()
FEW = load_correlation(RAW.replace("calm = 30 ", "calm = 3 ").encode())
"""A centre's fourth incident within ten minutes opens a surge."""
CONDITION = "bts|outage:o-1|outage"


def outage(name: str, minutes: float = 0, *, gathers: tuple[str, ...] = (), clears: bool = False) -> Signal:
    made = signal(
        f"outage-{name}", source="bts", category="telecom", subcategory="no_signal", device="outage:o-1", kind="outage",
        severity="low" if clears else "high", minutes=minutes, clears=clears, east_m=None, commune="00000",
    )  # fmt: skip
    return replace(made, gathers=[f"bts:{each}" for each in gathers], title=f"Mất sóng {name}", text=f"Chữ {name}")


def lost(number: int, minutes: float = 0, *, part: bool = True) -> Signal:
    one = bts(f"lost-{number}", minutes, site=f"QN-{number}", north_m=5000 * number)
    return replace(one, part_of=CONDITION if part else None)


def back(number: int, minutes: float) -> Signal:
    return bts(f"back-{number}", minutes, site=f"QN-{number}", clears=True, north_m=5000 * number)


def tree(number: int, minutes: float = 0, **more: object) -> Signal:
    return signal(f"tree-{number}", north_m=1000 * number, minutes=minutes, **more)  # type: ignore[arg-type]


def now_of(desk: Desk) -> dict[str, Incident]:
    return {incident.incident_id: incident for incident in desk.all.incidents}


def incident_of(desk: Desk, signal: Signal) -> Incident:
    name = next(key.decode().split("/")[1] for key in desk.state if key.endswith(f"/{signal.signal_id}".encode()))
    return now_of(desk)[name]


def reasons(changes: Changes) -> list[tuple[str, str]]:
    return [(alert.reason, alert.title) for alert in changes.alerts]


def inhibited(changes: Changes) -> list[tuple[str, str]]:
    return [(each.rule_id, each.inputs["reason"]) for each in changes.decisions if each.kind == "inhibit"]


def test_a_part_of_an_outage_says_nothing_and_waits_for_it() -> None:
    desk = Desk()
    changes = desk.signal(lost(1))
    assert (changes.alerts, inhibited(changes)) == ([], [("inhibit-outage", "opened")])
    desk.restart()
    opened = desk.signal(outage("1", 1))
    assert reasons(opened) == [("opened", "Mất sóng 1")]
    above, child = incident_of(desk, outage("1")), incident_of(desk, lost(1))
    assert (above.children_count, above.text, above.parent) == (1, "Chữ 1", None)
    assert child.parent == above.incident_id
    assert child.history[-1]["rule_id"] == "gather-outage"
    assert opened.alerts[0].version == above.version, "the alert counts what is listed"


def test_what_was_told_of_before_is_listed_and_says_no_more() -> None:
    desk = Desk()
    assert [reason for reason, _ in reasons(desk.signal(lost(1, part=False)))] == ["opened"]
    desk.signal(outage("1", 1, gathers=("lost-1",)))
    assert incident_of(desk, lost(1)).parent == incident_of(desk, outage("1")).incident_id
    changes = desk.signal(back(1, 5))
    assert (changes.alerts, inhibited(changes)) == ([], [("inhibit-outage", "resolved")])


def test_growth_is_told_when_doubled_and_after_a_pause_whatever_comes() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(lost(2))
    desk.signal(outage("1", 0))
    for number in range(3, 9):
        assert desk.signal(lost(number, 1), minutes=1).alerts == []
    desk.signal(outage("2", 2))
    assert desk.tick(29.9).alerts == []
    desk.restart()
    (alert,) = desk.tick(30).alerts
    assert (alert.reason, alert.title, alert.text) == ("worsened", "Mất sóng 2", "Chữ 2")
    assert desk.tick(31).alerts == []
    for number in range(9, 16):
        assert desk.signal(lost(number, 70), minutes=70).alerts == []
    assert [reason for reason, _ in reasons(desk.signal(lost(16, 71), minutes=71))] == ["worsened"], "16 = 2 x 8"


def test_its_own_further_signals_bring_it_up_to_date_without_an_alert() -> None:
    desk = Desk()
    desk.signal(outage("1", 0))
    for number in range(2, 12):
        changes = desk.signal(outage(str(number), number))
        assert changes.alerts == []
    assert incident_of(desk, outage("1")).title == "Mất sóng 11"


def test_a_graver_outage_is_told_at_once() -> None:
    desk = Desk()
    desk.signal(outage("1", 0))
    graver = replace(outage("2", 1), severity="critical")
    assert reasons(desk.signal(graver)) == [("worsened", "Mất sóng 2")]


def test_an_outage_ends_by_its_own_signal_and_late_parts_stay_silent() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.signal(lost(number))
    desk.signal(outage("1", 1))
    for number in (1, 2):
        desk.signal(back(number, 20))
    changes = desk.signal(outage("end", 21, clears=True))
    assert reasons(changes) == [("resolved", "Mất sóng end")]
    late = desk.signal(lost(3, 5), minutes=60)
    assert (late.alerts, inhibited(late)) == ([], [("inhibit-outage", "opened")])
    assert incident_of(desk, lost(3)).parent == incident_of(desk, outage("1")).incident_id
    assert desk.signal(back(3, 19), minutes=61).alerts == []
    assert incident_of(desk, lost(3)).status == "resolved"
    assert [reason for reason, _ in reasons(desk.signal(lost(4, 30), minutes=62))] == ["opened"], "this one is new"


def test_a_target_that_passes_is_not_told_of_a_part_but_stands_on_it() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(outage("1", 50))
    changes = desk.tick(61)
    assert changes.alerts == []
    assert inhibited(changes) == [("inhibit-outage", "sla_breached")]
    assert incident_of(desk, lost(1)).overdue


def test_after_an_operator_has_ended_the_outage_its_parts_speak_for_themselves() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(outage("1", 1))
    desk.command(command(incident_of(desk, outage("1")).incident_id, "resolve"), minutes=5)
    changes = desk.tick(61)
    assert [alert.reason for alert in changes.alerts] == ["opened"], "nothing has told of it before"
    assert [alert.reason for alert in desk.signal(lost(2, 62)).alerts] == ["opened"]


def test_too_much_in_one_centre_goes_to_a_surge_that_says_what_it_is() -> None:
    desk = Desk(FEW)
    for number in range(3):
        assert [reason for reason, _ in reasons(desk.signal(tree(number)))] == ["opened"]
    changes = desk.signal(tree(3, 1))
    (alert,) = changes.alerts
    assert (alert.reason, alert.category, alert.subcategory, alert.severity) == ("opened", "other", "surge", "high")
    assert alert.title == "Dồn dập: gom 4 vụ việc không khẩn cấp (hạ tầng đô thị 4)"
    assert inhibited(changes) == [("inhibit-surge", "opened")]
    assert [each.report_id for each in changes.feedback] == ["tree-3"], "its citizen is answered as ever"
    surge = now_of(desk)[alert.incident_id]
    assert surge.children_count == 4, "with those of just before"
    elsewhere = desk.signal(tree(4, 2, centre="b"))
    assert [reason for reason, _ in reasons(elsewhere)] == ["opened"]


@pytest.mark.parametrize(
    "more",
    [
        {"severity": "critical"},
        {"category": "fire_rescue", "subcategory": "fire", "severity": "high"},
        {"category": "health_food", "subcategory": "medical_emergency", "severity": "normal"},
        {
            "category": "disaster",
            "subcategory": "river",
            "source": "sensors",
            "device": "gauge",
            "severity": "critical",
        },
    ],
)
def test_what_is_critical_is_told_at_once_in_any_surge(more: dict[str, object]) -> None:
    desk = Desk(FEW)
    for number in range(6):
        desk.signal(tree(number))
    changes = desk.signal(tree(7, 1, **more))
    assert [reason for reason, _ in reasons(changes)] == ["opened"]
    assert incident_of(desk, tree(7, **more)).parent is None


def test_what_the_law_sets_a_clock_for_is_told_at_once() -> None:
    desk = Desk(FEW)
    for number in range(6):
        desk.signal(tree(number))
    attack = signal("soc", source="security", category="security", subcategory="cyber", severity="high", minutes=1)
    duty = Deadline("first_notice", after(60 * 24), source="nghị định", title="báo cáo")
    assert [reason for reason, _ in reasons(desk.signal(replace(attack, deadlines=[duty])))] == ["opened"]
    assert desk.signal(replace(attack, signal_id="security:2", event_id="2")).alerts == []


def test_what_becomes_critical_in_a_surge_is_told_at_once() -> None:
    desk = Desk(FEW)
    for number in range(5):
        desk.signal(tree(number))
    grown = signal("grave", north_m=4000, minutes=1, severity="critical")
    (alert,) = desk.signal(grown).alerts
    assert (alert.reason, alert.severity) == ("opened", "critical"), "for the first time"
    again = desk.signal(signal("more", north_m=4000, minutes=2, severity="critical"))
    assert again.alerts == []
    assert now_of(desk)[alert.incident_id].evidence_count == 3


def test_a_surge_grows_and_ends_when_it_is_quiet_and_all_is_done() -> None:
    desk = Desk(FEW)
    for number in range(10):
        desk.signal(tree(number))
    (surge,) = [incident for incident in now_of(desk).values() if incident.subcategory == "surge"]
    (grown,) = [alert for alert in desk.tick(30).alerts if alert.incident_id == surge.incident_id]
    assert (grown.reason, grown.title) == ("worsened", "Dồn dập: gom 10 vụ việc không khẩn cấp (hạ tầng đô thị 10)")
    names = [name for name, incident in now_of(desk).items() if incident.parent == surge.incident_id]
    assert len(names) == 10
    for number, name in enumerate(names):
        changes = desk.command(command(name, "resolve", name=f"c-{number}"), minutes=40)
        assert changes.alerts == []
    assert desk.tick(59).alerts == []
    desk.restart()
    assert [alert.reason for alert in desk.tick(60).alerts] == ["resolved"]
    assert now_of(desk)[surge.incident_id].status == "resolved"


def test_what_is_made_fills_no_centre_for_what_is_real() -> None:
    desk = Desk(FEW)
    for number in range(6):
        for centre in ("a", "b", "c"):
            desk.signal(marked(tree(10 * number + ord(centre), centre=centre)))
    surges = [incident for incident in now_of(desk).values() if incident.subcategory == "surge"]
    assert len(surges) == 3
    assert all(incident.title.endswith("(mô phỏng)") for incident in surges)
    real = desk.signal(tree(900, 1, centre="a"))
    assert [reason for reason, _ in reasons(real)] == ["opened"], "a made storm lets everything real through"


def test_after_a_quiet_hour_a_surge_takes_in_nothing_more() -> None:
    desk = Desk(FEW)
    for number in range(5):
        desk.signal(tree(number))
    assert [reason for reason, _ in reasons(desk.signal(tree(9, 59)))] == []
    assert [reason for reason, _ in reasons(desk.signal(tree(10, 119.5)))] == ["opened"]


def test_a_storm_over_several_centres_lets_nothing_more_through() -> None:
    desk = Desk(FEW)
    for number in range(4):
        for centre in ("a", "b", "c"):
            desk.signal(tree(10 * number + ord(centre), 0, centre=centre))
    assert len([incident for incident in now_of(desk).values() if incident.subcategory == "surge"]) == 3
    (alert,) = desk.signal(tree(900, 1, centre="d")).alerts
    assert (alert.subcategory, alert.centre) == ("surge", "d"), "its first one there"


def stations_lost(desk: Desk, count: int) -> None:
    """Each alone, in three centres in turn; no outage lists them yet."""
    for number in range(count):
        one = replace(lost(number, part=False), centre="abc"[number % 3])
        assert [reason for reason, _ in reasons(desk.signal(one))] == ["opened"]


def test_stations_that_no_outage_lists_yet_make_a_storm() -> None:
    desk = Desk()
    stations_lost(desk, 6)
    desk.restart()
    (alert,) = desk.signal(tree(900, 1, centre="d")).alerts
    assert (alert.subcategory, alert.centre) == ("surge", "d")


def test_what_makes_a_storm_opens_no_surge_itself() -> None:
    desk = Desk()
    stations_lost(desk, 9)
    assert "surge" not in {incident.subcategory for incident in now_of(desk).values()}


@pytest.mark.parametrize(("lost_sites", "minutes"), [(5, 1), (6, 11)])
def test_few_stations_or_long_ago_are_no_storm(lost_sites: int, minutes: float) -> None:
    desk = Desk()
    stations_lost(desk, lost_sites)
    (alert,) = desk.signal(tree(900, minutes, centre="d")).alerts
    assert alert.subcategory == "tree"


def test_a_centre_is_told_of_a_missed_target_before_it_is_told_of_growth() -> None:
    desk = Desk(FEW)
    for number in range(4):
        desk.signal(
            signal(
                f"rain-{number}", source="sensors", category="disaster", subcategory="rain", severity="critical",
                device=f"rain-{number}", kind="limit:rain_24h", north_m=100_000 + 5000 * number,
            )
        )  # fmt: skip
    for number in range(4):
        desk.signal(tree(number, 30), minutes=30)
    for number in range(4, 12):
        desk.signal(tree(number, 31), minutes=31)
    assert [(each.subcategory, each.reason) for each in desk.tick(60).alerts] == [("gauges", "sla_breached")]
    assert desk.tick(89).alerts == []
    assert [each.title for each in desk.tick(90).alerts if each.subcategory == "surge"] == [
        "Dồn dập: gom 12 vụ việc không khẩn cấp (hạ tầng đô thị 12)"
    ], "with what is next to be said of it"


def test_an_operator_takes_something_out_and_it_stays_out() -> None:
    desk = Desk()
    for number in (1, 2, 3):
        desk.signal(lost(number))
    desk.signal(outage("1", 1))
    above, child = incident_of(desk, outage("1")), incident_of(desk, lost(2))
    changes = desk.command(command(above.incident_id, "split", incidents=[child.incident_id]))
    assert [receipt.result for receipt in changes.receipts] == ["accepted"]
    assert [(alert.reason, alert.incident_id) for alert in changes.alerts] == [("opened", child.incident_id)]
    assert now_of(desk)[child.incident_id].parent is None
    assert now_of(desk)[above.incident_id].children_count == 2
    desk.restart()
    desk.signal(outage("2", 2, gathers=("lost-1", "lost-2", "lost-3")))
    assert now_of(desk)[child.incident_id].parent is None, "the operator's word is remembered"


def test_taking_out_what_is_not_listed_is_refused() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(outage("1", 1))
    single = desk.signal(tree(1)).incidents[0]
    above = incident_of(desk, outage("1")).incident_id
    for number, wanted in enumerate(([single.incident_id], [], "all")):
        order = command(above, "split", name=f"c-{number}", incidents=wanted)
        assert [receipt.result for receipt in desk.command(order).receipts] == ["rejected"]


def test_a_surge_is_merged_into_nothing_and_nothing_into_it() -> None:
    desk = Desk(FEW)
    for number in range(5):
        desk.signal(tree(number))
    (surge,) = [name for name, incident in now_of(desk).items() if incident.subcategory == "surge"]
    other = incident_of(desk, tree(0)).incident_id
    for number, (one, into) in enumerate([(surge, other), (other, surge)]):
        order = command(one, "merge", name=f"m-{number}", into=into)
        assert [receipt.result for receipt in desk.command(order).receipts] == ["rejected"]


def test_of_two_outages_that_are_merged_the_parts_follow() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(outage("1", 1))
    second = replace(outage("2", 2, gathers=("lost-2",)), device="outage:o-2")
    desk.signal(lost(2, part=False))
    desk.signal(second)
    one, other = incident_of(desk, outage("1")).incident_id, incident_of(desk, second).incident_id
    changes = desk.command(command(one, "merge", into=other), minutes=3)
    assert [receipt.result for receipt in changes.receipts] == ["accepted"]
    assert {incident_of(desk, lost(number)).parent for number in (1, 2)} == {other}
    assert (now_of(desk)[other].children_count, now_of(desk)[one].children_count) == (2, 0)


def test_a_part_that_is_merged_elsewhere_is_listed_no_more() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.signal(lost(number))
    desk.signal(outage("1", 1))
    single = desk.signal(tree(1)).incidents[0].incident_id
    desk.command(command(incident_of(desk, lost(1)).incident_id, "merge", into=single))
    assert now_of(desk)[incident_of(desk, outage("1")).incident_id].children_count == 1


def test_a_part_moves_to_the_outage_that_names_it_later() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.signal(lost(number))
    desk.signal(outage("1", 1))
    cut = replace(outage("cut", 2, gathers=("lost-2",)), device="outage:cut")
    desk.signal(cut)
    assert incident_of(desk, lost(2)).parent == incident_of(desk, cut).incident_id
    assert now_of(desk)[incident_of(desk, outage("1")).incident_id].children_count == 1


def test_a_station_that_fails_again_belongs_to_the_outage_of_now() -> None:
    desk = Desk()
    desk.signal(lost(1))
    desk.signal(outage("1", 1))
    desk.signal(back(1, 10))
    desk.signal(outage("end", 11, clears=True))
    again = replace(bts("again", 20, site="QN-1", north_m=5000), part_of="bts|outage:o-2|outage")
    assert desk.signal(again).alerts == [], "it waits for the second outage's incident"
    second = replace(outage("2", 21), device="outage:o-2")
    assert [reason for reason, _ in reasons(desk.signal(second))] == ["opened"]
    found = incident_of(desk, again)
    assert (found.status, found.parent) == ("reopened", incident_of(desk, second).incident_id)


def test_a_complaint_joins_a_lost_station_and_brings_it_to_the_outage() -> None:
    desk = Desk()
    desk.signal(lost(1, part=False))
    desk.signal(outage("1", 1))
    report = signal("c", category="telecom", subcategory="no_signal", minutes=2, north_m=5100)
    changes = desk.signal(replace(report, part_of=CONDITION))
    assert changes.alerts == []
    found = incident_of(desk, report)
    assert (found.evidence_count, found.parent) == (2, incident_of(desk, outage("1")).incident_id)
    assert len(changes.feedback) == 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("storm = 0 ", "storm = 31 ", "gathering.storm: must not be more than calm"),
        ("growth = 2 ", "growth = 1 ", "gathering.growth: must be more than 1"),
        ('severity = "high"', 'severity = "critical"', "gathering.severity: must not be critical"),
        ("{kinds}", "{things}", "gathering.title: must have the placeholders"),
        ('category = "other"', 'category = "others"', "gathering.category: must be one of"),
        ("quiet_min = 60", "quiet_mins = 60", "gathering.quiet_min: is missing"),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str, problem: str) -> None:
    assert old in RAW
    with pytest.raises(ConfigError, match=problem):
        load_correlation(RAW.replace(old, new, 1).encode())


# --- Laws ---

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["lost", "lost", "alone", "back", "outage", "end", "tree", "grave", "tick", "split", "resolve"]
        ),
        st.integers(0, 6),
        st.integers(0, 120),
    ),
    max_size=25,
)
Course = list[tuple[str, int, int]]


def feed(desk: Desk, course: Course, first: int = 0) -> None:
    for index, (what, number, minutes) in enumerate(course, first):
        match what:
            case "lost" | "alone":
                one = lost(number, minutes, part=what == "lost")
                desk.signal(replace(one, signal_id=f"bts:{index}", event_id=f"{index}"), minutes=120)
            case "back":
                one = back(number, minutes)
                desk.signal(replace(one, signal_id=f"bts:{index}", event_id=f"{index}"), minutes=120)
            case "outage" | "end":
                desk.signal(outage(str(index), minutes, gathers=("0", "1", "2"), clears=what == "end"), minutes=120)
            case "tree" | "grave":
                severity = "critical" if what == "grave" else "normal"
                desk.signal(
                    tree(100 * index + number, minutes, severity=severity, centre="ab"[number % 2]), minutes=120
                )
            case "tick":
                desk.tick(120 + minutes)
            case _:
                names = sorted(key.decode().split("/")[1] for key in desk.state if key.startswith(b"case/"))
                if names:
                    name = names[number % len(names)]
                    listed = [each for each in names if now_or_none(desk, each) == name]
                    order = command(name, what, name=f"c-{index}", reason="why", incidents=listed[:1], signals=["x"])
                    desk.command(order, minutes=120)


def now_or_none(desk: Desk, name: str) -> str | None:
    found = desk.book.get(name)
    return found.parent if found else None


def check(desk: Desk) -> None:
    states = now_of(desk)
    gathering = {name for name, incident in states.items() if incident.text}
    for name in gathering:
        children = [each for each in states.values() if each.parent == name and each.status != "duplicate"]
        assert states[name].children_count == len(children)
        assert states[name].parent is None
    opened = [alert.incident_id for alert in desk.all.alerts if alert.reason == "opened"]
    held = {each.incident_id for each in desk.all.decisions if each.kind == "inhibit"}
    assert len(opened) == len(set(opened)), "opened once at most"
    assert set(states) <= set(opened) | held, "what was not told of says why"
    grave = {incident.incident_id for incident in states.values() if incident.severity == "critical"}
    assert grave <= set(opened) | {alert.incident_id for alert in desk.all.alerts}
    ids = [alert.alert_id for alert in desk.all.alerts]
    assert len(ids) == len(set(ids))
    decisions = [each.decision_id for each in desk.all.decisions]
    assert len(decisions) == len(set(decisions))
    versions: dict[str, int] = {}
    for incident in desk.all.incidents:
        assert incident.version == versions.get(incident.incident_id, 0) + 1
        versions[incident.incident_id] = incident.version


@given(steps)
@settings(max_examples=150)
def test_what_gathers_counts_what_is_listed_and_nothing_is_silent_without_a_reason(course: Course) -> None:
    desk = Desk(FEW)
    feed(desk, course)
    check(desk)
    assert dict(desk.book.snapshot()) == desk.state


@given(steps, steps)
@settings(max_examples=80)
def test_after_a_restart_everything_goes_on_alike(before: Course, afterwards: Course) -> None:
    whole, broken = Desk(FEW), Desk(FEW)
    feed(whole, before)
    feed(broken, before)
    broken.restart()
    for desk in (whole, broken):
        feed(desk, afterwards, 100)
    assert broken.all == whole.all
    assert broken.state == whole.state


@given(steps, steps, steps)
@settings(max_examples=80)
def test_rolling_back_leaves_no_trace(kept: Course, lost_: Course, again: Course) -> None:
    desk, witness = Desk(FEW), Desk(FEW)
    feed(desk, kept)
    feed(witness, kept)
    mark, stored = len(desk.journal.undos), dict(desk.state)
    feed(desk, lost_, 100)
    desk.journal.roll_back(mark)
    desk.state = stored
    desk.all, witness.all = Changes(), Changes()
    feed(desk, again, 200)
    feed(witness, again, 200)
    assert desk.all == witness.all
    assert list(desk.book.snapshot()) == list(witness.book.snapshot())


def test_the_time_of_opening_that_counts_is_when_operators_were_alerted() -> None:
    desk = Desk(FEW)
    for number in range(3):
        desk.signal(tree(number, -300), minutes=0)
    (alert,) = desk.signal(tree(3, -900), minutes=9).alerts
    assert alert.subcategory == "surge"
    assert alert.at == after(9)
