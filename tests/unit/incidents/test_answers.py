"""What operators and citizens say to each other: labels put right, questions, results, ratings."""

from __future__ import annotations

import pytest

from ioc.incidents import Changes
from ioc.routing import Route
from tests.unit.incidents.support import Desk, Routes, after, command, signal


def resolved() -> tuple[Desk, str]:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    desk.signal(signal("2"))
    desk.command(command(incident, "resolve", reason="Đã dọn"))
    return desk, incident


def rate(
    desk: Desk, incident: str, rating: str, *, report: str = "1", minutes: float = 2, comment: str = ""
) -> Changes:
    name = f"{report}-{rating}-{minutes}"
    return desk.command(
        command(incident, "rate", name=name, signal_id=f"reports:{report}", rating=rating, comment=comment), minutes
    )


def test_a_rating_is_kept_and_changes_nothing_when_repeated() -> None:
    desk, incident = resolved()
    changes = rate(desk, incident, "satisfied", comment="Cảm ơn, gọi 0912345678")
    (rated,) = changes.incidents
    assert rated.ratings == {"satisfied": 1}
    assert rated.history[-1]["reason"] == "Cảm ơn, gọi [số điện thoại]"
    assert [(one.report_id, one.rating, one.status) for one in changes.feedback] == [("1", "satisfied", "resolved")]
    again = rate(desk, incident, "satisfied", minutes=3)
    assert [receipt.result for receipt in again.receipts] == ["duplicate_of"]
    assert (again.incidents, again.state) == ([], [])
    changed = rate(desk, incident, "neutral", minutes=4)
    assert changed.incidents[0].ratings == {"neutral": 1}


def test_who_is_unsatisfied_reopens_once_and_all_reporters_hear_of_it() -> None:
    desk, incident = resolved()
    changes = rate(desk, incident, "unsatisfied", comment="Vẫn còn")
    assert changes.incidents[0].status == "reopened"
    assert sorted((one.report_id, one.status) for one in changes.feedback) == [("1", "reopened"), ("2", "reopened")]
    assert [(alert.reason, alert.text) for alert in changes.alerts] == [("updated", "Vẫn còn")]
    desk.command(command(incident, "resolve", name="again"), minutes=5)
    second = rate(desk, incident, "unsatisfied", report="2", minutes=6)
    assert (second.incidents[0].status, second.incidents[0].ratings) == ("resolved", {"unsatisfied": 2})


@pytest.mark.parametrize(("days", "status"), [(6.9, "reopened"), (7.1, "closed")])
def test_it_reopens_within_seven_days(days: float, status: str) -> None:
    desk, incident = resolved()
    desk.command(command(incident, "close"))
    desk.tick(60 * 24 * 3)
    assert rate(desk, incident, "unsatisfied", minutes=60 * 24 * days).incidents[0].status == status


def test_what_is_not_over_cannot_be_rated() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    (receipt,) = rate(desk, incident, "satisfied").receipts
    assert receipt.errors[0].message == "routed; a report is rated when it is resolved, closed, rejected"
    for wrong in ("great", ""):
        assert rate(desk, incident, wrong).receipts[0].errors[0].pointer == "/arguments/rating"
    assert rate(desk, incident, "neutral", report="9").receipts[0].errors[0].code == "unknown_signal"


def test_a_question_is_passed_on_without_personal_data_and_stops_the_clock() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    changes = desk.command(command(incident, "request_info", reason="Ở đoạn nào? Gọi 0912345678"), minutes=60)
    (told,) = changes.feedback
    assert "Câu hỏi: Ở đoạn nào? Gọi [số điện thoại]" in told.text["vi"]
    assert (told.status, told.expected_at) == ("needs_info", None)
    assert desk.tick(600).alerts == []
    (started,) = desk.command(command(incident, "start"), minutes=700).incidents
    assert started.due_at == after(240 + 640)
    assert [alert.reason for alert in desk.tick(881).alerts] == ["sla_breached"]


def test_the_result_and_the_reason_are_passed_on() -> None:
    desk, _ = resolved()
    assert "Kết quả: Đã dọn" in desk.all.feedback[-1].text["vi"]
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    (told,) = desk.command(command(incident, "reject", reason="Ngoài địa bàn", unit="unit-2")).feedback
    assert told.text["vi"].endswith("Lý do: Ngoài địa bàn Cần hỏi thêm, xin liên hệ Đơn vị Hai.")
    desk.command(command(incident, "reopen", reason="nhầm"))
    (receipt,) = desk.command(command(incident, "resolve", evidence=["gọi 0912345678"])).receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [("/arguments/evidence/0", "personal_data")]
    changes = desk.command(command(incident, "resolve", name="r", evidence=["https://anh.example/1.jpg"]))
    assert changes.feedback[0].evidence == ["https://anh.example/1.jpg"]
    assert "Có 1 ảnh kết quả kèm theo." in changes.feedback[0].text["vi"]


def test_reclassifying_changes_reroutes_and_leaves_an_example_to_learn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Routes, "route",
        lambda _, labels: Route("r", "unit-2" if labels.category == "traffic" else "unit-1", None, (), ("root", "r")),
    )  # fmt: skip
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    wanted = {"category": "traffic", "subcategory": "accident", "severity": "high"}
    changes = desk.command(command(incident, "reclassify", reason="Tai nạn", **wanted))
    (found,) = changes.incidents
    assert (found.category, found.subcategory, found.severity, found.unit) == ("traffic", "accident", "high", "unit-2")
    assert (found.status, found.due_at) == ("routed", after(60))
    assert [alert.reason for alert in changes.alerts] == ["updated"]
    assert [one.report_id for one in changes.feedback] == ["1"]
    route, decision = changes.decisions
    assert (route.kind, route.rule_id, route.outcome) == ("route", "route-r", "unit-2")
    assert (decision.kind, decision.inputs["new"]) == ("reclassified", wanted)
    assert decision.inputs["old"] == {"category": "urban_infrastructure", "subcategory": "tree", "severity": "normal"}
    (example,) = decision.inputs["examples"]
    assert (example["text"], example["versions"]) == ("Nội dung 1", {"lexicon": "lexicon-1"})
    assert {key for key, count in desk.book.open_counts.items() if count} == {("a", "traffic", "high")}


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({}, "/arguments"),
        ({"category": "x"}, "/arguments/category"),
        ({"category": "traffic"}, "/arguments/subcategory"),
        ({"severity": "worst"}, "/arguments/severity"),
    ],
)
def test_a_label_that_is_none_is_refused(arguments: dict[str, str], pointer: str) -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0].incident_id
    (receipt,) = desk.command(command(incident, "reclassify", reason="x", **arguments)).receipts
    assert [error.pointer for error in receipt.errors] == [pointer]
