"""A condition that comes and goes is one incident that stays open, counts, and says little."""

from __future__ import annotations

from ioc.records import Incident
from tests.unit.incidents.support import Desk, bts, command, signal


def now_of(desk: Desk) -> list[Incident]:
    return [*{incident.incident_id: incident for incident in desk.all.incidents}.values()]


def flap(desk: Desk, times: int, *, every: float = 2, start: float = 0) -> None:
    """Lost and back so often."""
    for number in range(times):
        desk.signal(bts(f"lost-{start}-{number}", start + number * 2 * every))
        desk.signal(bts(f"back-{start}-{number}", start + (number * 2 + 1) * every, clears=True))


def test_three_changes_within_half_an_hour_keep_one_incident_open() -> None:
    desk = Desk()
    flap(desk, 1)
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping, incident.flaps) == ("resolved", False, 0)
    flap(desk, 1, start=5)
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping, incident.flaps) == ("reopened", True, 1)
    assert [alert.reason for alert in desk.all.alerts] == ["opened", "resolved", "updated", "updated"]
    assert desk.all.alerts[-1].text.endswith(
        "Chập chờn: tình trạng đã quay lại 1 lần; sự việc giữ mở tới khi yên 30 phút."
    )
    assert [each["rule_id"] for each in incident.history[-2:]] == ["reopen-device", "flapping-begins"]


def test_while_it_flaps_only_doublings_are_told() -> None:
    desk = Desk()
    flap(desk, 33)
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping, incident.flaps) == ("reopened", True, 32)
    told = [alert.reason for alert in desk.all.alerts]
    assert told == ["opened", "resolved", "updated", "updated", *["updated"] * 5], "begins, then 2, 4, 8, 16, 32"
    assert incident.evidence_count == 66


def test_quiet_ends_it_also_after_a_restart() -> None:
    desk = Desk()
    flap(desk, 3)
    desk.restart()
    assert not desk.tick(10 + 29).incidents
    changes = desk.tick(10 + 30)
    (incident,) = changes.incidents
    assert (incident.status, incident.flapping, incident.flaps) == ("resolved", False, 2)
    assert [alert.reason for alert in changes.alerts] == ["resolved"]
    assert changes.transitions == ["flapping-over"]
    assert not desk.tick(10 + 60).incidents


def test_what_is_quiet_but_goes_on_stays_open_and_flaps_no_more() -> None:
    desk = Desk()
    flap(desk, 3)
    desk.signal(bts("lost-last", 12))
    (incident,) = desk.tick(42).incidents
    assert (incident.status, incident.flapping) == ("reopened", False)
    changes = desk.signal(bts("back-last", 50, clears=True))
    assert changes.incidents[-1].status == "resolved", "one change is none of three"


def test_slow_changes_do_not_flap() -> None:
    desk = Desk()
    flap(desk, 4, every=16)
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping, incident.flaps) == ("resolved", False, 3)


def test_what_gets_worse_is_told_at_once() -> None:
    desk = Desk()
    flap(desk, 5)
    changes = desk.signal(bts("worse", 21, severity="critical"))
    assert [alert.reason for alert in changes.alerts] == ["worsened"]


def test_an_operator_ends_it() -> None:
    desk = Desk()
    flap(desk, 3)
    (incident,) = now_of(desk)
    (resolved,) = desk.command(command(incident.incident_id, "resolve", reason="thay thiết bị"), 13).incidents
    assert (resolved.status, resolved.flapping) == ("resolved", False)


def test_after_long_quiet_it_is_a_new_episode() -> None:
    desk = Desk()
    flap(desk, 3)
    desk.tick(60)
    (again,) = desk.signal(bts("again", 200)).incidents
    (first, second) = now_of(desk)
    assert (again.incident_id, again.previous_incident) == (second.incident_id, first.incident_id)
    assert (again.flaps, again.flapping) == (0, False)


def test_a_citizens_word_keeps_it_open_anyway() -> None:
    desk = Desk()
    desk.signal(signal("1", category="telecom", subcategory="no_signal", reporter="x"))
    flap(desk, 3, start=1)
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping) == ("routed", True)
    (settled,) = desk.tick(60).incidents
    assert (settled.status, settled.flapping) == ("routed", False)


def test_several_stations_that_come_back_one_after_the_other_do_not_flap() -> None:
    desk = Desk()
    for number in range(4):
        desk.signal(bts(f"lost-{number}", number, site=f"QN-{number}", north_m=number * 10))
    for number in range(4):
        desk.signal(bts(f"back-{number}", 5 + number, site=f"QN-{number}", north_m=number * 10, clears=True))
    (incident,) = now_of(desk)
    assert (incident.status, incident.flapping, incident.flaps) == ("resolved", False, 0)
