from __future__ import annotations

from dataclasses import replace

from tests.unit.incidents.support import Desk, bts, command, correlation, signal

DAY = 60 * 24


def test_an_incident_that_is_not_done_in_time_is_overdue_and_told_once() -> None:
    desk = Desk()
    desk.signal(signal("1", severity="high"))
    assert desk.tick(59).incidents == []
    changes = desk.tick(60)
    (incident,) = changes.incidents
    assert (incident.overdue, incident.status) == (True, "routed")
    assert [(alert.reason, alert.text) for alert in changes.alerts] == [
        ("sla_breached", "Quá hạn xử lý (hạn 13:00 22/11/2026)."),
    ]  # fmt: skip
    assert desk.tick(61).incidents == []
    desk.restart()
    assert desk.tick(62).incidents == []


def test_what_is_done_in_time_is_never_overdue() -> None:
    desk = Desk()
    incident = desk.signal(signal("1", severity="high")).incidents[0]
    desk.command(command(incident.incident_id, "resolve"), minutes=59)
    assert desk.tick(61).alerts == []


def test_a_deadline_survives_a_restart() -> None:
    desk = Desk()
    desk.signal(signal("1", severity="high"))
    desk.restart()
    assert [alert.reason for alert in desk.tick(60).alerts] == ["sla_breached"]


def test_a_deadline_that_worsening_shortened_holds() -> None:
    desk = Desk()
    desk.signal(signal("1", severity="low"))
    desk.signal(signal("2", severity="critical", minutes=1))
    assert desk.tick(14).alerts == []
    assert [alert.reason for alert in desk.tick(15).alerts] == ["sla_breached"]


def test_what_is_overdue_by_becoming_graver_is_told_once() -> None:
    desk = Desk()
    desk.signal(signal("1", severity="normal"))
    (alert,) = desk.signal(signal("2", severity="critical", minutes=20)).alerts
    assert (alert.reason, alert.text.endswith("Quá hạn xử lý (hạn 12:15 22/11/2026).")) == ("worsened", True)
    desk.restart()
    changes = desk.tick(20.1)
    assert ([incident.overdue for incident in changes.incidents], changes.alerts) == ([True], [])
    assert [decision.kind for decision in changes.decisions] == ["breach"]


def test_a_breach_that_is_rolled_back_happens_again() -> None:
    desk = Desk()
    desk.signal(signal("1", severity="high"))
    before = list(desk.book.snapshot())
    mark = len(desk.journal.undos)
    first = desk.tick(60)
    desk.journal.roll_back(mark)
    assert list(desk.book.snapshot()) == before
    assert desk.tick(60) == first


def test_what_is_resolved_is_closed_after_a_week_and_forgotten_a_day_later() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    desk.command(command(incident.incident_id, "resolve"), minutes=0)
    assert desk.tick(7 * DAY - 1).incidents == []
    changes = desk.tick(7 * DAY)
    assert [case.status for case in changes.incidents] == ["closed"]
    assert [told.status for told in changes.feedback] == ["closed"]
    assert desk.tick(8 * DAY - 1).evicted == []
    assert desk.tick(8 * DAY).evicted == [incident.incident_id]
    assert (len(desk.book), desk.state, list(desk.book.snapshot())) == (0, {}, [])


def test_where_no_citizen_waits_it_is_closed_after_a_day() -> None:
    desk = Desk()
    desk.signal(bts("1"))
    desk.signal(bts("2", 10, clears=True))
    assert [case.status for case in desk.tick(10 + DAY).incidents] == ["closed"]


def test_a_reopened_incident_is_not_closed() -> None:
    desk = Desk()
    incident = desk.signal(signal("1", severity="low")).incidents[0]
    desk.command(command(incident.incident_id, "resolve"), minutes=0)
    desk.command(command(incident.incident_id, "reopen", reason="why"), minutes=5)
    assert [case.status for case in desk.tick(8 * DAY).incidents] == ["reopened"], "overdue it is"


def test_beyond_the_bound_the_oldest_finished_incidents_leave_earlier() -> None:
    few = replace(correlation(), lifetimes=replace(correlation().lifetimes, max_finished=3))
    desk = Desk(few)
    ids = []
    for number in range(5):
        incident = desk.signal(signal(str(number), north_m=number * 1000)).incidents[0]
        desk.command(command(incident.incident_id, "resolve", name=f"c-{number}"), minutes=number)
        ids.append(incident.incident_id)
    desk.signal(signal("open", north_m=9000))
    changes = desk.tick(6)
    assert changes.evicted == ids[:2]
    assert [case.status for case in changes.incidents] == ["closed", "closed"], "their last state says so"
    assert len(desk.book) == 4
    assert desk.tick(7).evicted == []


def test_a_signal_of_a_forgotten_incident_opens_another() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    desk.command(command(incident.incident_id, "reject", reason="why"), minutes=0)
    desk.tick(DAY)
    assert desk.signal(signal("2", minutes=DAY)).incidents[0].evidence_count == 1
