from __future__ import annotations

import re
from math import cos, radians, sin
from typing import Literal

import pytest

from ioc.records import Incident, Signal
from ioc.vocabulary import Category, Severity
from tests.unit.incidents.support import Desk, after, bts, command, correlation, signal


def outage(name: str, located_by: Literal["text", "none"]) -> Signal:
    return signal(name, category="power_water", subcategory="outage", east_m=None, located_by=located_by)


def latest(desk: Desk) -> list[Incident]:
    return list({incident.incident_id: incident for incident in desk.all.incidents}.values())


def test_a_first_signal_opens_an_incident_with_its_alert_owner_and_deadline() -> None:
    desk = Desk()
    changes = desk.signal(signal("1", severity="high"), minutes=2)
    (incident,) = changes.incidents
    assert re.fullmatch(r"99-00001-20261122-[A-Z2-7]{6}", incident.incident_id)
    assert (incident.status, incident.unit, incident.version) == ("routed", "unit-1", 1)
    assert incident.opened_at == after(0), "event time"
    assert incident.updated_at == after(2), "processing time"
    assert incident.due_at == after(60)
    assert [step["to"] for step in incident.history] == ["received", "routed"]
    (alert,) = changes.alerts
    assert (alert.reason, alert.centre, alert.severity, alert.text) == ("opened", "a", "high", "Nội dung 1")
    assert alert.alert_id == f"{incident.incident_id}:1:opened"


def test_the_day_in_the_id_is_the_local_day_of_the_event() -> None:
    seventeen_utc = 12 * 60
    (incident,) = Desk().signal(signal("1", minutes=seventeen_utc)).incidents
    assert incident.incident_id.split("-")[2] == "20261123", "17:00 UTC is midnight in Việt Nam"


def test_the_same_signal_gives_the_same_id_and_another_gives_another() -> None:
    ids = [Desk().signal(signal(name)).incidents[0].incident_id for name in ("1", "1", "2")]
    assert ids[0] == ids[1] != ids[2]


def test_a_signal_that_comes_again_when_its_incident_has_left_memory_gives_the_same_ids() -> None:
    """So that whoever has taken its alert takes it for the same one."""
    desk, one = Desk(), signal("1", category="fire_rescue", subcategory="fire", severity="critical")
    first = desk.signal(one)
    incident = first.incidents[0].incident_id
    desk.command(command(incident, "reject", reason="báo nhầm"), 2)
    desk.tick(2 + 24 * 60)
    assert desk.all.evicted == [incident]
    again = desk.signal(one, minutes=3 + 24 * 60)
    assert [each.alert_id for each in again.alerts] == [each.alert_id for each in first.alerts]


def test_a_signal_that_is_known_changes_nothing() -> None:
    desk = Desk()
    desk.signal(signal("1"))
    changes = desk.signal(signal("1"), minutes=9)
    assert not any([changes.incidents, changes.alerts, changes.feedback, changes.decisions, changes.state])


@pytest.mark.parametrize(
    ("north_m", "minutes", "joins"),
    [(0, 0, True), (79, 1440, True), (79, -1440, True), (81, 0, False), (0, 1441, False), (0, -1441, False)],
)
def test_what_is_near_in_place_and_event_time_joins(north_m: float, minutes: float, joins: bool) -> None:
    """Urban infrastructure: 80 m and 1,440 min."""
    desk = Desk()
    desk.signal(signal("1"))
    (incident,) = desk.signal(signal("2", north_m=north_m, minutes=minutes)).incidents
    assert (incident.evidence_count == 2) is joins


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_the_grid_finds_neighbours_in_every_direction(angle: int) -> None:
    desk = Desk()
    desk.signal(signal("1", north_m=13, east_m=17))
    near = signal("2", north_m=13 + 79 * sin(radians(angle)), east_m=17 + 79 * cos(radians(angle)))
    assert desk.signal(near).incidents[0].evidence_count == 2


def test_the_nearest_of_several_is_joined() -> None:
    desk = Desk()
    desk.signal(signal("far", north_m=100))
    near = desk.signal(signal("near", north_m=0)).incidents[0]
    assert desk.signal(signal("3", north_m=40)).incidents[0].incident_id == near.incident_id


def test_a_happening_on_a_border_is_one_incident_and_names_both_centres() -> None:
    desk = Desk()
    desk.signal(signal("1", commune="00001", centre="a"))
    (incident,) = desk.signal(signal("2", commune="00003", centre="c", north_m=50)).incidents
    assert (incident.evidence_count, incident.centre, incident.centre_also) == (2, "a", "c")


def test_other_kinds_of_things_at_one_place_are_other_incidents() -> None:
    desk = Desk()
    desk.signal(signal("1", subcategory="tree"))
    assert desk.signal(signal("2", subcategory="manhole")).incidents[0].evidence_count == 1
    assert desk.signal(signal("3", category="environment", subcategory="waste")).incidents[0].evidence_count == 1


def test_smoke_seen_and_fire_reported_are_one_incident() -> None:
    desk = Desk()
    camera = signal("1", source="cameras", category="fire_rescue", subcategory="smoke", device="cam-1", severity="high")
    desk.signal(camera)
    report = signal("2", category="fire_rescue", subcategory="fire", severity="critical", north_m=250)
    changes = desk.signal(report)
    assert changes.incidents[0].evidence_count == 2
    assert [alert.reason for alert in changes.alerts] == ["worsened"]
    assert changes.alerts[0].sources == ["cameras", "reports"]


def test_without_exact_place_only_area_wide_things_join() -> None:
    desk = Desk()
    for name in ("1", "2"):
        desk.signal(signal(f"tree-{name}", east_m=None, located_by="text"))
        desk.signal(outage(f"power-{name}", "text"))
        desk.signal(outage(f"nowhere-{name}", "none"))
    assert sorted(incident.evidence_count for incident in latest(desk)) == [1, 1, 1, 1, 2]


def test_the_first_exact_position_becomes_the_incidents_and_is_found_by_the_next() -> None:
    desk = Desk()
    desk.signal(outage("1", "text"))
    (placed,) = desk.signal(signal("2", category="power_water", subcategory="outage")).incidents
    assert (placed.evidence_count, placed.lat) == (2, 21.0)
    near = desk.signal(signal("3", category="power_water", subcategory="outage", north_m=900, commune="00002"))
    assert near.incidents[0].evidence_count == 3
    far = desk.signal(signal("4", category="power_water", subcategory="outage", north_m=1100))
    assert far.incidents[0].evidence_count == 1, "both have a position: the commune's name says no more"


@pytest.mark.parametrize(
    ("before", "now", "reasons"),
    [("normal", "high", ["worsened"]), ("normal", "low", ["updated"]), ("high", "high", ["updated"])],
)
def test_a_severity_rise_is_told_as_worsened(before: Severity, now: Severity, reasons: list[str]) -> None:
    desk = Desk()
    desk.signal(signal("1", severity=before))
    changes = desk.signal(signal("2", severity=now))
    assert [alert.reason for alert in changes.alerts] == reasons
    assert changes.incidents[0].severity == min(before, now, key=["critical", "high", "normal", "low"].index)


def test_a_severity_rise_shortens_the_deadline_and_takes_the_acknowledgement_back() -> None:
    desk = Desk()
    opened = desk.signal(signal("1", severity="normal")).incidents[0]
    desk.command(command(opened.incident_id, "acknowledge"))
    worse = desk.signal(signal("2", severity="critical", minutes=3)).incidents[0]
    assert worse.due_at == after(15)
    assert (worse.acknowledged_at, worse.acknowledged_by) == (None, None)


def test_updates_are_told_at_2_5_10_20_and_50_pieces_of_evidence() -> None:
    desk = Desk()
    for number in range(60):
        desk.signal(signal(str(number)))
    assert [(alert.reason, alert.evidence_count) for alert in desk.all.alerts] == [
        ("opened", 1), ("updated", 2), ("updated", 5), ("updated", 10), ("updated", 20), ("updated", 50),
    ]  # fmt: skip


def test_reporters_are_counted_once_each_and_unnamed_ones_each() -> None:
    desk = Desk()
    for name, reporter in (("1", "x"), ("2", "x"), ("3", "y"), ("4", None), ("5", None)):
        desk.signal(signal(name, reporter=reporter))
    incident = desk.all.incidents[-1]
    assert (incident.reporters, incident.evidence_count) == (4, 5)


def test_the_evidence_list_is_bounded_and_keeps_beginning_and_end() -> None:
    desk = Desk()
    for number in range(150):
        desk.signal(signal(str(number)))
    incident = desk.all.incidents[-1]
    assert incident.evidence_count == 150
    assert [evidence.event_id for evidence in incident.evidence] == [str(n) for n in (*range(50), *range(100, 150))]
    assert desk.signal(signal("60")).state == [], "what left the list is known all the same"


def test_a_flood_of_machine_signals_is_remembered_up_to_a_bound() -> None:
    desk = Desk()
    for number in range(1100):
        desk.signal(
            signal(str(number), source="security", category="security", subcategory="cyber", device="host",
                   minutes=number / 10)
        )  # fmt: skip
    assert desk.all.incidents[-1].evidence_count == 1100
    assert len(desk.state) == 1001, "one case and 1,000 members"


class TestMachines:
    def test_the_same_device_and_kind_joins_its_open_incident_whenever(self) -> None:
        desk = Desk()
        desk.signal(bts("1", severity="normal"))
        changes = desk.signal(bts("2", 60 * 24 * 5, severity="high"))
        assert changes.incidents[0].evidence_count == 2
        assert [alert.reason for alert in changes.alerts] == ["worsened"]

    def test_its_end_resolves_the_incident_once(self) -> None:
        desk = Desk()
        desk.signal(bts("1"))
        changes = desk.signal(bts("2", 30, clears=True))
        assert changes.incidents[0].status == "resolved"
        assert [alert.reason for alert in changes.alerts] == ["resolved"]
        assert [(measure.kind, measure.seconds) for measure in changes.measures] == [("resolved", 1800)]
        again = desk.signal(bts("3", 31, clears=True))
        assert (again.incidents, again.alerts) == ([], [])
        assert [decision.outcome for decision in again.decisions] == ["nothing_to_clear"]

    def test_an_end_without_a_beginning_is_noted_and_shown_to_nobody(self) -> None:
        changes = Desk().signal(bts("1", clears=True))
        assert (changes.incidents, changes.alerts, changes.state) == ([], [], [])
        assert [decision.outcome for decision in changes.decisions] == ["nothing_to_clear"]

    def test_an_end_older_than_the_beginning_is_late(self) -> None:
        desk = Desk()
        desk.signal(bts("1", 10))
        changes = desk.signal(bts("2", 5, clears=True))
        assert changes.incidents == []
        assert [decision.outcome for decision in changes.decisions] == ["late"]

    def test_several_sites_of_one_outage_resolve_with_the_last(self) -> None:
        desk = Desk()
        desk.signal(bts("1", 0, site="QN-1"))
        desk.signal(bts("2", 1, site="QN-2", north_m=1500))
        assert desk.signal(bts("3", 10, site="QN-1", clears=True)).incidents[0].status == "routed"
        assert desk.signal(bts("4", 11, site="QN-2", clears=True)).incidents[0].status == "resolved"

    def test_with_a_citizens_report_an_operator_has_to_resolve(self) -> None:
        desk = Desk()
        desk.signal(bts("1"))
        desk.signal(signal("2", category="telecom", subcategory="no_signal", north_m=500))
        changes = desk.signal(bts("3", 10, clears=True))
        assert changes.incidents[0].status == "routed"
        assert [decision.outcome for decision in changes.decisions] == ["condition_ended"]

    def test_flapping_keeps_one_incident(self) -> None:
        desk = Desk()
        desk.signal(bts("1"))
        desk.signal(bts("2", 10, clears=True))
        changes = desk.signal(bts("3", 39))
        assert (changes.incidents[0].status, changes.incidents[0].evidence_count) == ("reopened", 3)
        assert [alert.reason for alert in changes.alerts] == ["updated"]
        assert [alert.reason for alert in desk.signal(bts("4", 50, clears=True)).alerts] == ["resolved"]

    def test_after_the_quiet_time_there_is_a_new_incident_that_names_the_old(self) -> None:
        desk = Desk()
        old = desk.signal(bts("1")).incidents[0]
        desk.signal(bts("2", 10, clears=True))
        (new,) = desk.signal(bts("3", 41)).incidents
        assert new.incident_id != old.incident_id
        assert new.previous_incident == old.incident_id

    def test_late_news_of_an_episode_that_is_over_is_evidence_and_nothing_more(self) -> None:
        desk = Desk()
        desk.signal(bts("1"))
        desk.signal(bts("2", 10, clears=True))
        changes = desk.signal(bts("3", 5, severity="critical"), minutes=12)
        assert (changes.incidents[0].status, changes.incidents[0].evidence_count) == ("resolved", 3)
        assert changes.alerts == []
        assert desk.signal(bts("4", 11, clears=True)).incidents == []


def test_every_outcome_is_explained() -> None:
    desk = Desk()
    desk.signal(signal("1"))
    (decision,) = desk.signal(signal("2", severity="high")).decisions
    assert (decision.kind, decision.rule_id, decision.outcome) == ("join", "join-near", "joined")
    assert decision.inputs["severity_before"] == "normal"
    assert decision.versions == {
        "lexicon": "lexicon-1", "correlation": correlation().version, "catalog": "duties-1", "routes": "routes-1",
    }  # fmt: skip


@pytest.mark.parametrize("category", ["security", "tourism", "public_service", "other"])
def test_open_counts_follow_every_change(category: Category) -> None:
    desk = Desk()
    desk.signal(signal("1", category=category, east_m=None))
    desk.signal(bts("2"))
    counts = {key: count for key, count in desk.book.open_counts.items() if count}
    assert counts == {("a", category, "normal"): 1, ("a", "telecom", "high"): 1}
    desk.signal(bts("3", 1, severity="critical"))
    desk.signal(bts("4", 2, clears=True))
    counts = {key: count for key, count in desk.book.open_counts.items() if count}
    assert counts == {("a", category, "normal"): 1}


def test_what_waits_for_somebody_is_counted_until_it_is_acknowledged_or_finished() -> None:
    desk = Desk()
    first = desk.signal(bts("1", severity="critical")).incidents[0]
    desk.signal(signal("2", category="tourism", east_m=None))
    assert dict(desk.book.untaken_counts) == {("a", "critical"): 1, ("a", "normal"): 1}
    desk.command(command(first.incident_id, "acknowledge"))
    assert dict(desk.book.untaken_counts) == {("a", "critical"): 0, ("a", "normal"): 1}
    desk.restart()
    assert {key: count for key, count in desk.book.untaken_counts.items() if count} == {("a", "normal"): 1}
