"""Silences and maintenance windows: what they hold back, what they never do, and what is told when they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ioc.incidents import Changes
from ioc.records import Command, Incident
from tests.unit.incidents.support import NOON, Desk, after, bts, command, signal
from tests.unit.incidents.test_escalation import CHAINS, clock, fire

HOUR = 60.0
DAY = 24 * HOUR


def silence(name: str = "s-1", *, hours: float = 4, reason: str = "thi công", **arguments: Any) -> Command:
    what = {"owner": "Tổ trực A", "matchers": ["category = urban_infrastructure"], "centres": ["a"]}
    what |= {"ends_at": (NOON + timedelta(hours=hours)).isoformat()} | arguments
    return command(name, "silence", name=f"c-{name}", reason=reason, **what)


def maintenance(name: str = "m-1", **arguments: Any) -> Command:
    return silence(name, **{"kind": "maintenance", "matchers": ["device = QN-1"]} | arguments)


def reasons(changes: Changes) -> list[str]:
    return [alert.reason for alert in changes.alerts]


def opened(changes: Changes) -> Incident:
    return next(each for each in changes.incidents if each.version == 1)


def hides(desk: Desk) -> dict[str, int]:
    return desk.all.silences[-1].hidden


def test_a_silence_is_kept_written_and_answered_for() -> None:
    desk = Desk()
    changes = desk.command(silence(), minutes=0)
    (record,) = changes.silences
    assert (record.silence_id, record.kind, record.owner, record.reason) == ("s-1", "silence", "Tổ trực A", "thi công")
    assert (record.created_by, record.ends_at, record.ended_at) == ("operator-1", after(4 * HOUR), None)
    assert [receipt.result for receipt in changes.receipts] == ["accepted"]
    assert changes.decisions[0].rule_id == "silence-begin"
    assert dict(desk.book.snapshot()) == desk.state
    again = desk.command(silence(), minutes=1)
    assert [receipt.result for receipt in again.receipts] == ["duplicate_of"]
    assert (again.silences, again.state) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({"owner": " "}, "/arguments/owner"), ({"owner": None}, "/arguments/owner"), ({"reason": ""}, "/reason"),
        ({"matchers": []}, "/arguments/matchers"), ({"matchers": ["colour = red"]}, "/arguments/matchers"),
        ({"centres": []}, "/arguments/centres"), ({"centres": ["x"]}, "/arguments/centres/0"),
        ({"hours": 24 * 8}, "/arguments/ends_at"), ({"hours": -1}, "/arguments/ends_at"),
        ({"ends_at": None}, "/arguments/ends_at"), ({"ends_at": "2026-11-22T12:00:00"}, "/arguments/ends_at"),
        ({"windows": [{"start": "x"}]}, "/arguments/windows"), ({"windows": {}}, "/arguments/windows"),
        ({"kind": "emergency"}, "/arguments/kind"), ({"kind": "maintenance"}, "/arguments/matchers"),
        ({"matchers": ["source = bts", "device = 0912345678"]}, "/arguments/matchers/1"),
        ({"kind": ["silence"]}, "/arguments/kind"), ({"colour": "red"}, "/arguments/colour"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(arguments: dict[str, Any], pointer: str) -> None:
    desk = Desk()
    changes = desk.command(silence(**arguments), minutes=0)
    (receipt,) = changes.receipts
    assert (receipt.result, receipt.errors[0].pointer) == ("rejected", pointer)
    assert (changes.silences, changes.state) == ([], [])


def test_personal_data_goes_no_further() -> None:
    desk = Desk()
    (record,) = desk.command(silence(owner="Anh Nam 0912345678", reason="gọi 0987654321"), minutes=0).silences
    assert "0912345678" not in record.owner
    assert "0987654321" not in record.reason


def test_alerts_are_held_back_counted_and_explained_while_the_incident_goes_on() -> None:
    desk = Desk()
    desk.command(silence(), minutes=0)
    changes = desk.signal(signal("1", minutes=1))
    assert reasons(changes) == []
    (incident,) = changes.incidents
    assert changes.silenced == ["a"]
    held = next(each for each in changes.decisions if each.kind == "silence")
    assert (held.rule_id, held.outcome, held.incident_id) == ("silence-silence", "silenced", incident.incident_id)
    assert (held.inputs["silence"], held.inputs["owner"], held.inputs["reason"]) == ("s-1", "Tổ trực A", "opened")
    # The citizen is answered, the target passes, and the centre elsewhere is told as ever.
    assert changes.feedback
    assert reasons(desk.signal(signal("2", minutes=2, commune="00002", centre="b", north_m=5000))) == ["opened"]
    late = desk.tick(3.99 * HOUR)
    assert not late.alerts
    assert hides(desk) == {"a": 1}


def test_what_is_still_open_when_it_ends_is_told_as_opened_with_what_was_held_back() -> None:
    desk = Desk()
    desk.command(silence(), minutes=0)
    one = opened(desk.signal(signal("1", minutes=1)))
    desk.signal(signal("2", minutes=2))
    two = opened(desk.signal(signal("3", north_m=5000, minutes=3)))
    desk.command(command(two.incident_id, "resolve"), minutes=4)
    changes = desk.tick(4 * HOUR)
    assert [(alert.incident_id, alert.reason) for alert in changes.alerts if alert.incident_id != "s-1"] == [
        (one.incident_id, "opened")
    ]
    (told,) = [alert for alert in changes.alerts if alert.incident_id == one.incident_id]
    assert told.evidence_count == 2
    assert "Nội dung 1" in told.text
    assert "Nội dung 2" in told.text
    (summary,) = [alert for alert in changes.alerts if alert.incident_id == "s-1"]
    assert (summary.centre, summary.reason, summary.grouped) == ("a", "resolved", 4)
    assert "đã giữ lại 4 cảnh báo" in summary.title
    (record,) = changes.silences
    assert (record.ended_at, record.ended_by) == (after(4 * HOUR), "system")
    assert reasons(desk.tick(4 * HOUR + 1)) == ["sla_breached"]  # its clock has gone on
    assert dict(desk.book.snapshot()) == desk.state


def test_what_was_told_before_speaks_of_what_was_held_back() -> None:
    desk = Desk()
    one = opened(desk.signal(signal("1")))
    desk.command(silence(), minutes=1)
    desk.signal(signal("2", minutes=2))
    desk.signal(signal("3", severity="high", minutes=3))
    changes = desk.command(command("s-1", "unsilence", name="end"), minutes=5)
    assert [receipt.result for receipt in changes.receipts] == ["accepted"]
    (told,) = desk.tick(5.1).alerts
    assert (told.incident_id, told.reason, told.severity) == (one.incident_id, "worsened", "high")
    assert told.grouped == 1


def test_a_resolution_that_was_held_back_is_told() -> None:
    desk = Desk()
    one = opened(desk.signal(signal("1")))
    desk.command(silence(), minutes=1)
    desk.command(command(one.incident_id, "resolve"), minutes=2)
    told = [alert for alert in desk.tick(4 * HOUR).alerts if alert.incident_id == one.incident_id]
    assert [alert.reason for alert in told] == ["resolved"]


def test_ending_is_for_what_is_in_force() -> None:
    desk = Desk()
    (receipt,) = desk.command(command("s-9", "unsilence")).receipts
    assert receipt.errors[0].code == "unknown_silence"
    desk.command(silence(), minutes=0)
    (receipt,) = desk.command(command("s-1", "end_emergency")).receipts
    assert receipt.errors[0].code == "unknown_emergency"


@pytest.mark.parametrize(
    ("matchers", "told"),
    [(["category = fire_rescue"], ["opened"]), (["category = fire_rescue", "severity = critical"], []),
     (["severity =~ critical|high"], []), (["severity =~ .*"], ["opened"])],
)  # fmt: skip
def test_what_citizens_say_is_critical_is_silenced_only_in_so_many_words(matchers: list[str], told: list[str]) -> None:
    desk = Desk()
    desk.command(silence(matchers=matchers), minutes=0)
    assert reasons(desk.signal(fire(minutes=1))) == told


def test_a_machine_s_critical_signal_is_silenced_without_the_word() -> None:
    desk = Desk()
    desk.command(silence(matchers=["device = QN-1"]), minutes=0)
    assert reasons(desk.signal(bts("1", 1, severity="critical"))) == []


@pytest.mark.parametrize("matcher", ["device = QN-1", "kind =~ site:.*", "site = QN-1", "source = bts"])
def test_devices_sites_and_kinds_are_matched(matcher: str) -> None:
    desk = Desk()
    desk.command(silence(matchers=[matcher]), minutes=0)
    assert reasons(desk.signal(bts("1", 1))) == []
    assert reasons(desk.signal(signal("1", minutes=1))) == ["opened"]


def test_recurring_windows_are_local_and_tell_what_is_open_when_they_close() -> None:
    """22:00 to 05:00: noon in Việt Nam plus ten hours, plus seventeen."""
    desk = Desk()
    desk.command(silence(hours=72, windows=[{"start": "22:00", "end": "05:00"}]), minutes=0)
    assert reasons(desk.signal(signal("day", minutes=9.9 * HOUR))) == ["opened"]
    assert reasons(desk.signal(signal("night", minutes=10 * HOUR, north_m=5000))) == []
    assert reasons(desk.tick(16.9 * HOUR)).count("opened") == 0
    assert reasons(desk.tick(17 * HOUR)).count("opened") == 1
    assert reasons(desk.signal(signal("next", minutes=17.1 * HOUR, north_m=9000))) == ["opened"]
    assert reasons(desk.signal(signal("again", minutes=34 * HOUR, north_m=15_000))) == []


def test_one_silence_takes_over_where_another_ends() -> None:
    desk = Desk()
    desk.command(silence("s-1", hours=1), minutes=0)
    desk.command(silence("s-2", hours=2), minutes=0)
    one = opened(desk.signal(signal("1", minutes=1)))
    assert not [alert for alert in desk.tick(HOUR).alerts if alert.incident_id == one.incident_id]
    told = [alert for alert in desk.tick(2 * HOUR).alerts if alert.incident_id == one.incident_id]
    assert [alert.reason for alert in told] == ["opened"]


def test_centres_are_reminded_daily_of_what_is_hidden() -> None:
    desk = Desk()
    desk.command(silence(hours=6 * 24), minutes=0)
    desk.command(silence("s-2", hours=6 * 24, matchers=["category = traffic"]), minutes=0)
    desk.signal(signal("1", minutes=HOUR))
    told = {hour: [a for a in desk.tick(hour * HOUR).alerts if a.incident_id == "s-1"] for hour in range(2, 60)}
    assert [hour for hour, alerts in told.items() if alerts] == [25, 49]
    (reminder,) = told[25]
    assert (reminder.reason, reminder.centre, reminder.grouped) == ("updated", "a", 2)  # the target has passed too
    assert "đang giữ lại" in reminder.title
    assert not [alert for alert in desk.all.alerts if alert.incident_id == "s-2"]  # it hides nothing


def test_escalation_stops_when_silenced_and_begins_again() -> None:
    desk = Desk(paging=CHAINS)
    one = opened(desk.signal(fire()))
    assert len(clock(desk, 5)) == 1
    desk.command(silence(hours=1, matchers=["severity = critical"]), minutes=6)
    assert clock(desk, *range(7, 60)) == []
    assert desk.all.silenced == ["a", "a"]  # the step, and the target that has passed
    told = clock(desk, *range(60, 71))
    assert [(alert.to, (alert.at - NOON) / timedelta(minutes=1)) for alert in told] == [("unit", 65), ("duty", 70)]
    assert told[0].incident_id == one.incident_id


def raised(desk: Desk, name: str, minutes: float, **more: Any) -> Changes:
    return desk.signal(bts(name, minutes, **more), minutes=minutes)


def test_maintenance_mutes_a_device_s_signals_without_an_incident() -> None:
    desk = Desk()
    desk.command(maintenance(), minutes=0)
    changes = raised(desk, "1", 5)
    assert (changes.incidents, changes.alerts, changes.silenced) == ([], [], ["a"])
    (decision,) = changes.decisions
    assert (decision.kind, decision.rule_id, decision.inputs["device"]) == ("silence", "mute-maintenance", "QN-1")
    assert raised(desk, "1", 6).state == []  # known
    assert reasons(raised(desk, "2", 5, site="QN-2", north_m=9000)) == ["opened"]
    assert raised(desk, "3", 10, clears=True).alerts == []
    assert "opened" not in reasons(desk.tick(4 * HOUR))
    assert dict(desk.book.snapshot()) == desk.state


def test_what_goes_on_after_the_maintenance_is_told() -> None:
    desk = Desk()
    desk.command(maintenance(), minutes=0)
    raised(desk, "1", 5)
    raised(desk, "2", 7, severity="critical")
    desk.restart()
    changes = desk.tick(4 * HOUR)
    (alert,) = [alert for alert in changes.alerts if alert.reason == "opened"]
    assert (alert.severity, alert.category) == ("critical", "telecom")
    assert not [key for key in desk.state if key.startswith(b"muted/")]


def test_maintenance_begun_later_mutes_from_then_on_and_a_clear_is_heard() -> None:
    desk = Desk()
    starts = (NOON + timedelta(hours=1)).isoformat()
    desk.command(maintenance(starts_at=starts), minutes=0)
    assert reasons(raised(desk, "1", 30)) == ["opened"]
    raised(desk, "2", 61, severity="critical")
    (known,) = desk.book.open_counts.items()
    assert known[0][2] == "high"
    ended = raised(desk, "3", 70, clears=True)
    assert ended.incidents[0].status == "resolved"
    assert not [key for key in desk.state if key.startswith(b"muted/")]


def test_a_site_is_maintained_with_all_its_devices_and_others_can_ask() -> None:
    desk = Desk()
    desk.command(maintenance(matchers=["site = mast-1", "severity != critical"]), minutes=0)
    desk.command(silence(matchers=["device = camera-2"]), minutes=0)
    ((name, covers),) = desk.book.maintenance(after(1))
    assert name.startswith("m-1/")
    assert covers("camera-1", "cameras")
    assert not covers("camera-2", "cameras")
    assert not [*desk.book.maintenance(after(4 * HOUR))]
    assert not [*desk.book.maintenance(after(-1))]


def test_taking_changes_back_leaves_nothing() -> None:
    desk = Desk()
    desk.signal(signal("0"))
    before = dict(desk.book.snapshot())
    mark = len(desk.journal.undos)
    desk.command(silence(), minutes=0)
    desk.command(maintenance(), minutes=0)
    desk.signal(signal("1", minutes=1))
    raised(desk, "1", 2)
    desk.command(command("s-1", "unsilence"), minutes=3)
    desk.tick(5)
    desk.journal.roll_back(mark)
    assert dict(desk.book.snapshot()) == before


def test_a_signal_without_a_device_is_no_device_s() -> None:
    desk = Desk()
    desk.command(maintenance(matchers=["device != QN-1", "device =~ .*"]), minutes=0)
    assert reasons(desk.signal(signal("1", minutes=1))) == ["opened"]
