"""Reports, cameras, sensors, stations and gates tell one happening: one incident. Different things stay apart."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.incidents import load_correlation
from ioc.records import Incident, Signal
from ioc.synthetic import marked
from ioc.tomlfile import ConfigError
from tests.unit.incidents.support import CORRELATION, Desk, after, bts, command, correlation, signal


def report(name: str, category: Any = "fire_rescue", subcategory: str = "fire", **more: Any) -> Signal:
    more = {"severity": "critical", "reporter": name} | more
    return signal(name, category=category, subcategory=subcategory, **more)


def camera(name: str, category: Any = "fire_rescue", subcategory: str = "smoke", **more: Any) -> Signal:
    more = {"severity": "high", "kind": f"camera:{subcategory}", "device": f"cam-{name}"} | more
    return signal(name, source="cameras", category=category, subcategory=subcategory, **more)


def sensor(name: str, category: Any = "environment", subcategory: str = "air", **more: Any) -> Signal:
    more = {"severity": "high", "kind": "limit:pm25", "device": f"station-{name}"} | more
    return signal(name, source="sensors", category=category, subcategory=subcategory, **more)


def fire() -> list[Signal]:
    """Three people, a camera, an air station 400 m away, the site on the roof."""
    return [
        report("1"), report("2", minutes=2, north_m=60), report("3", minutes=4, east_m=80), camera("1", minutes=1),
        sensor("pm", minutes=6, north_m=400), bts("site", 8, north_m=40),
    ]  # fmt: skip


def open_incidents(desk: Desk) -> list[Incident]:
    found = {incident.incident_id: incident for incident in desk.all.incidents}
    return [each for each in found.values() if each.status not in {"duplicate", "resolved", "closed"}]


def parts_of(desk: Desk) -> set[frozenset[str]]:
    """Which signals are together."""
    return {frozenset(each.signal_id for each in incident.evidence) for incident in open_incidents(desk)}


def test_a_fire_told_by_six_sources_is_one_incident_with_six_pieces_of_evidence() -> None:
    desk = Desk()
    for one in fire():
        desk.signal(one)
    (incident,) = open_incidents(desk)
    assert (incident.evidence_count, incident.reporters, incident.severity) == (6, 3, "critical")
    rules = {each.event_id: each.rule_id for each in incident.evidence}
    assert rules == {
        "1": "join-near", "2": "join-near", "3": "join-near", "pm": "fuse-fire-air", "site": "fuse-fire-site",
    } | {"1": rules["1"]}  # fmt: skip
    assert {each.source for each in incident.evidence} == {"reports", "cameras", "sensors", "bts"}
    assert incident.confidence == 0.987
    assert [alert.reason for alert in desk.all.alerts if alert.reason == "opened"] == ["opened"]
    why = next(each for each in desk.all.decisions if each.rule_id == "fuse-fire-air")
    assert why.inputs["affinity"] == "fire-air"
    assert (why.inputs["strength"], why.inputs["distance_m"], why.inputs["score"]) == (0.7, 400.0, 0.713)


@pytest.mark.parametrize("order", [*permutations(range(6))][::37])
def test_the_order_of_arrival_plays_no_part(order: tuple[int, ...]) -> None:
    desk, signals = Desk(), fire()
    for minute, number in enumerate(order):
        desk.signal(signals[number], minutes=10 + minute)
    (incident,) = open_incidents(desk)
    assert {each.signal_id for each in incident.evidence} == {each.signal_id for each in signals}
    assert (incident.evidence_count, incident.reporters, incident.confidence) == (6, 3, 0.987)
    assert (incident.category, incident.severity) == ("fire_rescue", "critical")


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4), st.sets(st.integers(0, 9)))
@settings(max_examples=40, deadline=None)
def test_order_redelivery_and_restarts_change_nothing(order: list[int], again: list[int], restarts: set[int]) -> None:
    desk, signals = Desk(), fire()
    for minute, number in enumerate([*order, *again]):
        if minute in restarts:
            desk.restart()
        desk.signal(signals[number], minutes=10 + minute)
    assert parts_of(desk) == {frozenset(each.signal_id for each in signals)}
    assert dict(desk.book.snapshot()) == desk.state
    desk.journal.roll_back() if not restarts else None


def test_everything_is_taken_back() -> None:
    desk = Desk()
    for one in reversed(fire()):
        desk.signal(one)
    assert desk.state
    desk.journal.roll_back()
    assert not [*desk.book.snapshot()]


SCENES: dict[str, list[Signal]] = {
    "flood": [
        report("1", "disaster", "flood", severity="high"),
        report("2", "urban_infrastructure", "drain", severity="normal", minutes=10, north_m=90),
        camera("1", "disaster", "flood", minutes=5, north_m=120),
        sensor("rain", "disaster", "rain", minutes=-20, east_m=500, kind="limit:rain"),
        sensor("river", "disaster", "river", minutes=30, east_m=-300, kind="limit:river"),
    ],
    "accident": [
        report("1", "traffic", "accident", severity="high"),
        camera("1", "traffic", "accident", minutes=2, north_m=70),
        sensor("loop", "traffic", "jam", minutes=9, north_m=150, kind="limit:speed"),
    ],
    "queue": [
        signal("q", source="gate", category="traffic", subcategory="border_queue", severity="high", device="gate-1",
               kind="queue:out"),
        report("1", "traffic", "jam", severity="normal", minutes=20, north_m=300),
        camera("1", "traffic", "jam", severity="normal", minutes=25, north_m=320),
    ],
}  # fmt: skip


@pytest.mark.parametrize("scene", SCENES)
def test_what_belongs_together_is_one_incident_in_every_order(scene: str) -> None:
    signals = SCENES[scene]
    for order in permutations(range(len(signals))):
        desk = Desk()
        for minute, number in enumerate(order):
            desk.signal(signals[number], minutes=60 + minute)
        assert parts_of(desk) == {frozenset(each.signal_id for each in signals)}, order


APART: dict[str, list[Signal]] = {
    "a robbery next to a burst pipe": [
        report("1", "security", "robbery"), report("2", "power_water", "burst_pipe", severity="high", north_m=10),
    ],
    "an accident next to a street light": [
        report("1", "traffic", "accident", severity="high"),
        report("2", "urban_infrastructure", "street_light", severity="low", north_m=15),
    ],
    "two fires 600 m apart": [report("1"), report("2", north_m=600, minutes=3)],
    "two fires, each with its camera": [report("1"), camera("2", north_m=600)],
    "dust two kilometres from a fire": [report("1"), sensor("pm", north_m=2000)],
    "dust three hours after a fire": [report("1"), sensor("pm", minutes=180)],
    "a graver sign than the thing": [report("1", "traffic", "accident", severity="normal"),
                                     sensor("loop", "traffic", "jam", severity="high")],
    "an emergency is no sign of a jam": [report("1", "traffic", "accident", severity="high"),
                                         report("2", "fire_rescue", "fire", severity="high")],
    "a citizen's word about air is no instrument": [report("1"), report("2", "environment", "air", severity="normal")],
    "what is made is apart from what is real": [report("1"), marked(sensor("pm"))],
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_near_but_different_happenings_stay_apart(case: str) -> None:
    for signals in (APART[case], APART[case][::-1]):
        desk = Desk()
        for minute, one in enumerate(signals):
            desk.signal(one, minutes=200 + minute)
        assert parts_of(desk) == {frozenset({one.signal_id}) for one in signals}


def test_a_happening_on_the_border_of_two_centres_is_one_incident() -> None:
    for order in permutations(range(3)):
        desk = Desk()
        signals = [
            report("1", centre="a", commune="00001"),
            report("2", centre="b", commune="00003", north_m=150, minutes=2),
            sensor("pm", centre="b", commune="00003", north_m=300, minutes=4),
        ]
        for minute, number in enumerate(order):
            desk.signal(signals[number], minutes=10 + minute)
        (incident,) = open_incidents(desk)
        assert {incident.centre, incident.centre_also} == {"a", "b"}
        assert incident.evidence_count == 3
        assert {incident.commune, *incident.communes_also} == {"00001", "00003"}


def test_what_somebody_has_taken_up_stays_theirs() -> None:
    desk = Desk()
    (opened,) = desk.signal(bts("site")).incidents
    desk.command(command(opened.incident_id, "accept"))
    desk.signal(report("1", minutes=2))
    assert parts_of(desk) == {frozenset({"bts:site"}), frozenset({"reports:1"})}


def test_what_an_operator_took_out_never_comes_back() -> None:
    desk = Desk()
    (opened,) = desk.signal(report("1")).incidents
    desk.signal(bts("site", 1))
    desk.command(command(opened.incident_id, "split", signals=["bts:site"]), 2)
    desk.restart()
    desk.signal(bts("back", 3, clears=True))
    desk.signal(bts("site-again", 50))
    desk.signal(report("2", minutes=51))
    fire_now = next(each for each in open_incidents(desk) if each.category == "fire_rescue")
    assert {each.source for each in fire_now.evidence} == {"reports"}


def test_the_end_of_a_sign_does_not_end_the_happening_nor_bring_it_back() -> None:
    desk = Desk()
    (opened,) = desk.signal(report("1")).incidents
    desk.signal(bts("site", 1))
    desk.signal(bts("back", 5, clears=True))
    assert desk.book.get(opened.incident_id).status == "routed"  # type: ignore[union-attr]
    desk.command(command(opened.incident_id, "resolve", reason="đã dập"), 10)
    (again,) = desk.signal(bts("again", 12)).incidents
    assert again.incident_id != opened.incident_id
    assert again.previous_incident == opened.incident_id
    assert desk.book.get(opened.incident_id).status == "resolved"  # type: ignore[union-attr]


def test_a_taken_in_citizen_is_answered_by_the_greater_incident() -> None:
    desk = Desk()
    desk.signal(report("drain", "urban_infrastructure", "drain", severity="normal"))
    changes = desk.signal(report("flood", "disaster", "flood", severity="high", minutes=5))
    (incident,) = open_incidents(desk)
    assert incident.reporters == 2
    told = [each for each in changes.feedback if each.report_id == "drain"]
    assert [each.status for each in told] == ["duplicate"]
    assert told[0].incident_id == incident.incident_id
    changes = desk.command(command(incident.incident_id, "resolve", reason="đã rút"), 30)
    assert {each.report_id for each in changes.feedback} == {"drain", "flood"}


def test_confidence_grows_with_independent_sources_only() -> None:
    desk = Desk()

    def sure(one: Signal) -> float | None:
        return desk.signal(one).incidents[-1].confidence

    assert sure(report("1")) == 0.5
    assert sure(report("1b", reporter="1")) == 0.5, "the same person again"
    assert sure(report("2")) == 0.625
    assert sure(camera("c")) == 0.85
    assert sure(camera("c2", device="cam-c", kind="camera:smoke")) == 0.85, "the same device again"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "fire-smell"', 'name = "fire-air"', "is the name of another row too"),
        ('signs = ["environment/air"]', 'signs = ["environmental/air"]', "does not begin with a category"),
        ('signs = ["environment/air"]', 'signs = ["fire_rescue"]', "would be a sign of itself"),
        ('sources = ["bts"]', 'sources = ["btss"]', "'btss' is no source"),
        ('role = "child"\n', 'role = "chld"\n', "role: must be"),
        ('"fire_rescue/explosion", "fire_rescue/gas_leak"]\nsigns', '"fire_rescue/explosion"]\nsigns', "must name"),
        ("min_score = 0.5\n", "min_score = 4\n", "must be at most 1"),
        ("further = 0.5", "", "further: is missing"),
        ("gate = 0.7", "gates = 0.7", "gate: is missing"),
        ("changes = 3", "changes = 1", "must be at least 2"),
    ],
)
def test_wrong_rows_are_refused(old: str, new: str, problem: str) -> None:
    raw = CORRELATION.read_text(encoding="utf-8")
    assert old in raw
    with pytest.raises(ConfigError, match=problem):
        load_correlation(raw.replace(old, new, 1).encode())


def test_every_kind_of_the_rows_is_found_by_kind() -> None:
    fusion = correlation().fusion
    assert [row.name for row in fusion.of_sign("telecom", "no_signal")] == ["fire-site", "flood-site", "power"]
    assert [row.name for row in fusion.of_head("disaster", "flood")] == ["flood-drain", "flood-gauge", "flood-site"]
    assert fusion.of_head("tourism", "beach") == ()


def test_what_comes_again_after_it_was_resolved_is_another_episode() -> None:
    desk = Desk()
    (first,) = desk.signal(report("1", "urban_infrastructure", "tree", severity="normal")).incidents
    desk.command(command(first.incident_id, "resolve", reason="đã dọn"), 60)
    desk.restart()
    (again,) = desk.signal(report("2", "urban_infrastructure", "tree", severity="normal", minutes=600)).incidents
    assert (again.previous_incident, again.opened_at) == (first.incident_id, after(600))
    (other,) = desk.signal(
        report("3", "urban_infrastructure", "tree", severity="normal", minutes=600, north_m=300)
    ).incidents  # fmt: skip
    assert other.previous_incident is None


def test_a_station_that_is_evidence_of_a_fire_does_not_make_the_fire_part_of_an_outage() -> None:
    desk = Desk()
    (opened,) = desk.signal(report("1", severity="high")).incidents
    desk.signal(bts("site", 1))
    outage = bts("outage", 3, site="outage:a:1")
    outage.kind, outage.gathers = "outage", ["bts:site"]
    desk.signal(outage)
    again = bts("site-4G", 4)
    again.part_of = "bts|outage:a:1|outage"
    desk.signal(again)
    incident = desk.book.get(opened.incident_id)
    assert incident is not None
    assert incident.parent is None
    assert incident.evidence_count == 3
