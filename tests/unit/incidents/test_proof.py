"""Physical faults need something that shows what was done; without it an incident is flagged, never held up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ioc.clocks import RoundTheClock
from ioc.vocabulary import Category, Severity
from tests.unit.incidents.support import Desk, Duties, Duty, bts, command, signal

PHOTO = "https://anh.example.vn/sau.jpg"


class _Physical(Duties):
    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        return Duty(RoundTheClock(timedelta(hours=4)), evidence=True)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Duties, "duty", _Physical.duty)
    return Desk()


def opened(desk: Desk) -> str:
    return desk.signal(signal("1")).incidents[0].incident_id


def test_what_nothing_shows_to_be_done_is_resolved_and_flagged(desk: Desk) -> None:
    changes = desk.command(command(opened(desk), "resolve", reason="Đã vá"))
    (incident,) = changes.incidents
    assert (incident.status, incident.flags, incident.proof) == ("resolved", ["no_evidence"], [])
    assert incident.history[-1]["rule_id"] == "flag-no-evidence"
    assert changes.alerts[0].text == "Đã vá. Chưa có ảnh hoặc minh chứng đã xử lý."
    assert changes.receipts[0].result == "accepted"
    assert changes.transitions == ["ROU-resolve", "flag-no-evidence"]


def test_with_a_photo_it_is_not(desk: Desk) -> None:
    changes = desk.command(command(opened(desk), "resolve", reason="Đã vá", evidence=[PHOTO, "attachment-7"]))
    assert (changes.incidents[0].flags, changes.incidents[0].proof) == ([], [PHOTO, "attachment-7"])
    assert changes.alerts[0].text == "Đã vá"
    assert changes.feedback[0].evidence == [PHOTO, "attachment-7"]


@pytest.mark.parametrize("action", ["comment", "close"])
def test_a_photo_may_follow(desk: Desk, action: str) -> None:
    name = opened(desk)
    desk.command(command(name, "resolve"))
    desk.restart()
    (incident,) = desk.command(command(name, action, reason="Ảnh đây", evidence=[PHOTO])).incidents  # type: ignore[arg-type]
    assert (incident.flags, incident.proof) == ([], [PHOTO])
    assert incident.history[-1]["rule_id"] == "evidence-given"


def test_a_photo_may_come_before(desk: Desk) -> None:
    name = opened(desk)
    desk.command(command(name, "comment", reason="Xong một nửa", evidence=[PHOTO]))
    assert desk.command(command(name, "resolve")).incidents[0].flags == []


def test_who_opens_it_again_wants_to_see_it_done_again(desk: Desk) -> None:
    name = opened(desk)
    desk.command(command(name, "resolve", evidence=[PHOTO]))
    (again,) = desk.command(command(name, "reopen", reason="Vẫn hỏng")).incidents
    assert (again.proof, again.flags) == ([], [])
    (done,) = desk.command(command(name, "resolve", name="again")).incidents
    assert done.flags == ["no_evidence"]


def test_the_flag_stays_when_time_closes_it(desk: Desk) -> None:
    name = opened(desk)
    desk.command(command(name, "resolve"), minutes=0)
    (closed,) = desk.tick(60 * 24 * 7).incidents
    assert (closed.status, closed.flags) == ("closed", ["no_evidence"])
    assert "evidence-given" not in desk.all.transitions


def test_what_ends_by_itself_needs_no_photo(desk: Desk) -> None:
    desk.signal(bts("1"))
    (incident,) = desk.signal(bts("2", 5, clears=True)).incidents
    assert (incident.status, incident.flags) == ("resolved", [])


@pytest.mark.parametrize("action", ["reject", "return", "comment"])
def test_what_is_not_done_needs_none(desk: Desk, action: str) -> None:
    (incident,) = desk.command(command(opened(desk), action, reason="Không")).incidents  # type: ignore[arg-type]
    assert incident.flags == []


def test_other_kinds_need_none() -> None:
    desk = Desk()
    assert desk.command(command(opened(desk), "resolve")).incidents[0].flags == []


def test_a_link_with_personal_data_is_refused_with_every_action_that_takes_one(desk: Desk) -> None:
    name = opened(desk)
    for action in ("comment", "resolve"):
        order = command(name, action, reason="ok", evidence=["https://a.example.vn/0912345678.jpg"])  # type: ignore[arg-type]
        assert [error.code for error in desk.command(order).receipts[0].errors] == ["personal_data"]
