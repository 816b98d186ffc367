"""The clocks of an incident: raw and paused, of each unit, and what waiting for a citizen does to a target."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from ioc.clocks import Target, WorkingDays
from ioc.incidents.case import decode_case
from ioc.records import Incident
from ioc.vocabulary import Category, Severity
from tests.unit.clocks.test_working_time import local, office
from tests.unit.incidents.support import Desk, Duties, Duty, after, bts, command, signal

DAY = 60 * 24


def unit_clocks(incident: Incident) -> list[tuple[str, float, float]]:
    """Unit, seconds and seconds paused."""
    return [(each["unit"], each["seconds"], each["paused_s"]) for each in incident.unit_clocks]


def last(desk: Desk) -> Incident:
    return desk.all.incidents[-1]


def test_raw_time_goes_on_while_a_citizen_is_awaited_and_paused_time_is_told_beside_it() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.command(command(name, "request_info", reason="Ở đâu?"), minutes=10)
    assert last(desk).clock == {
        "raw_s": 600.0, "paused_s": 0.0, "paused_at": after(10), "pause": "waiting_citizen",
    }  # fmt: skip
    desk.command(command(name, "comment", reason="Đã gọi"), minutes=40)
    assert (last(desk).clock["raw_s"], last(desk).clock["paused_s"]) == (2400, 1800)
    desk.restart()
    desk.command(command(name, "start"), minutes=70)
    assert last(desk).clock == {"raw_s": 4200.0, "paused_s": 3600.0, "paused_at": None, "pause": None}
    assert last(desk).due_at == after(240 + 60)
    changes = desk.command(command(name, "resolve"), minutes=100)
    assert (last(desk).clock["raw_s"], last(desk).clock["paused_s"]) == (6000, 3600)
    assert [(each.kind, each.seconds, each.paused_s) for each in changes.measures] == [("resolved", 6000, 3600)]


def test_what_is_done_has_its_clock_stand() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.command(command(name, "resolve"), minutes=30)
    desk.tick(30 + 7 * DAY)
    assert (last(desk).status, last(desk).clock["raw_s"]) == ("closed", 1800)
    desk.command(command(name, "reopen", reason="Vẫn hỏng"), minutes=40 + 7 * DAY)
    assert last(desk).clock["raw_s"] == (40 + 7 * DAY) * 60


def test_without_a_citizen_there_is_nobody_to_wait_for() -> None:
    desk = Desk()
    name = desk.signal(bts("1")).incidents[0].incident_id
    desk.command(command(name, "request_info", reason="?"), minutes=1)
    assert (last(desk).status, last(desk).clock["paused_at"]) == ("needs_info", None)
    assert [alert.reason for alert in desk.tick(60).alerts] == ["sla_breached"]


def test_when_the_awaited_report_is_split_off_the_clock_runs_again() -> None:
    desk = Desk()
    name = desk.signal(bts("1")).incidents[0].incident_id
    report = signal("r", category="telecom", subcategory="no_signal", minutes=1)
    assert desk.signal(report).incidents[0].incident_id == name
    desk.command(command(name, "request_info", reason="?"), minutes=2)
    assert last(desk).clock["paused_at"] == after(2)
    desk.command(command(name, "split", signals=["reports:r"]), minutes=5)
    (kept,) = [each for each in desk.all.incidents[-2:] if each.incident_id == name]
    assert (kept.clock["paused_at"], kept.clock["paused_s"]) == (None, 180)


def test_each_unit_has_its_own_time_and_what_is_nobodys_is_no_units() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    assert last(desk).unit_clocks == [
        {"unit": "unit-1", "from": after(0), "to": None, "seconds": 0.0, "paused_s": 0.0}
    ]  # fmt: skip
    desk.command(command(name, "return", reason="Không phải"), minutes=10)
    assert last(desk).unit_clocks == [
        {"unit": "unit-1", "from": after(0), "to": after(10), "seconds": 600.0, "paused_s": 0.0}
    ]  # fmt: skip
    desk.restart()
    desk.command(command(name, "assign", unit="unit-2"), minutes=25)
    desk.command(command(name, "request_info", reason="?"), minutes=30)
    desk.command(command(name, "start"), minutes=50)
    desk.command(command(name, "resolve"), minutes=60)
    assert unit_clocks(last(desk)) == [("unit-1", 600, 0), ("unit-2", 35 * 60, 20 * 60)]
    assert last(desk).clock["raw_s"] == 3600
    desk.command(command(name, "reopen", reason="Chưa"), minutes=100)
    assert unit_clocks(last(desk)) == [("unit-1", 600, 0), ("unit-2", 35 * 60, 20 * 60), ("unit-2", 0, 0)]


def test_units_that_take_turns_for_ever_fill_no_record_and_lose_no_time() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    for number in range(50):
        unit = f"unit-{2 - number % 2}"
        desk.command(command(name, "assign", name=f"c-{number}", unit=unit), minutes=1 + number)
    assert len(last(desk).unit_clocks) == 32
    assert sum(each["seconds"] for each in last(desk).unit_clocks) == 50 * 60


class _Office(Duties):
    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        target: Target = WorkingDays(3, office())
        if severity == "critical":
            target = WorkingDays(1, office())
        return Duty(target)


@pytest.fixture
def in_office(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Duties, "duty", _Office.duty)
    return Desk()


def minutes(text: str) -> float:
    """From the support's noon (Sunday 22/11/2026) to a local time."""
    return (local(text) - after(0)).total_seconds() / 60


def test_a_target_of_working_days_is_due_with_the_last_shift_and_told_so(in_office: Desk) -> None:
    in_office.signal(signal("1"))  # on a Sunday; Tuesday 24/11 is a holiday
    assert last(in_office).due_at == local("2026-11-26T17:00")
    assert "17:00 26/11/2026" in in_office.all.feedback[-1].text["vi"]
    assert in_office.tick(minutes("2026-11-26T16:59")).alerts == []
    assert [alert.reason for alert in in_office.tick(minutes("2026-11-26T17:00")).alerts] == ["sla_breached"]


def test_waiting_over_night_moves_it_by_working_time_only(in_office: Desk) -> None:
    name = in_office.signal(signal("1")).incidents[0].incident_id
    in_office.command(command(name, "request_info", reason="?"), minutes=minutes("2026-11-25T16:00"))
    in_office.restart()
    in_office.command(command(name, "start"), minutes=minutes("2026-11-26T08:30"))
    # An hour before the end of the shifts, and one after their beginning.
    assert last(in_office).due_at == local("2026-11-27T09:30")
    assert last(in_office).clock["paused_s"] == 16.5 * 3600


def test_a_graver_target_counts_what_was_waited_by_its_own_rules(in_office: Desk) -> None:
    name = in_office.signal(signal("1", severity="low")).incidents[0].incident_id
    in_office.command(command(name, "request_info", reason="?"), minutes=minutes("2026-11-23T08:30"))
    in_office.command(command(name, "start"), minutes=minutes("2026-11-23T10:30"))
    assert last(in_office).due_at == local("2026-11-27T09:30")
    in_office.signal(signal("2", severity="critical", minutes=minutes("2026-11-23T11:00")))
    assert last(in_office).incident_id == name
    assert last(in_office).due_at == local("2026-11-25T09:30")  # Monday's end and two hours; Tuesday is a holiday


def test_what_is_reopened_late_counts_from_then_on(in_office: Desk) -> None:
    name = in_office.signal(signal("1", severity="low")).incidents[0].incident_id
    in_office.command(command(name, "request_info", reason="?"), minutes=minutes("2026-11-23T08:30"))
    in_office.command(command(name, "resolve"), minutes=minutes("2026-11-23T10:30"))
    in_office.command(command(name, "reopen", reason="Hỏng"), minutes=minutes("2026-11-28T09:00"))
    assert last(in_office).due_at == local("2026-12-02T17:00")
    in_office.restart()
    in_office.command(
        command(name, "reclassify", reason="Nặng", severity="critical"), minutes=minutes("2026-11-28T09:10")
    )  # fmt: skip
    assert last(in_office).due_at == local("2026-11-30T17:00"), (
        "neither from the opening nor with what was waited before"
    )


def test_a_state_of_before_keeps_what_was_waited() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    ((key, raw),) = [each for each in desk.state.items() if each[0].startswith(b"case/")]
    old: dict[str, Any] = orjson.loads(raw)
    old["waited_s"] = 1800.0
    for name in ("clock", "unit_clocks", "communes_also", "returned_count", "proof", "flags"):
        del old["incident"][name]
    assert sum((wait.until - wait.since for wait in decode_case(orjson.dumps(old)).waits), timedelta()) == timedelta(
        minutes=30
    )  # fmt: skip
    desk.state[key] = orjson.dumps(old)
    desk.restart()
    desk.command(command(incident.incident_id, "reclassify", reason="Nặng", severity="high"), minutes=5)
    assert (last(desk).due_at, last(desk).clock["paused_s"]) == (after(60 + 30), 300)
    assert unit_clocks(last(desk)) == [("unit-1", 0, 0)]
