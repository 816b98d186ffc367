"""Wrong unit: returned with a reason, at most twice; then it stays with the receiver of last resort."""

from __future__ import annotations

from ioc.records import Incident
from tests.unit.incidents.support import Desk, command, signal


def returned(desk: Desk, times: int) -> Incident:
    name = desk.signal(signal("1")).incidents[0].incident_id
    for number in range(times):
        if number:
            desk.command(command(name, "assign", name=f"assign-{number}", unit=f"unit-{number % 2 + 1}"))
        order = command(name, "return", name=f"return-{number}", reason="Không thuộc thẩm quyền")
        (receipt,) = desk.command(order).receipts
        assert receipt.result == "accepted"
    found = desk.book.get(name)
    assert found is not None
    return found


def test_a_returned_incident_waits_for_a_unit_and_its_centre_is_told() -> None:
    desk = Desk()
    incident = returned(desk, 1)
    assert (incident.status, incident.returned_count, incident.unit) == ("returned", 1, "unit-1")
    assert [(alert.reason, alert.status, alert.text) for alert in desk.all.alerts[1:]] == [
        ("updated", "returned", "Đơn vị Một trả lại, lần 1: Không thuộc thẩm quyền")
    ]
    assert desk.tick(239).alerts == [], "the time for handling runs on"
    assert [alert.reason for alert in desk.tick(240).alerts] == ["sla_breached"]


def test_the_third_return_goes_to_the_receiver_of_last_resort() -> None:
    desk = Desk()
    incident = returned(desk, 3)
    assert (incident.status, incident.returned_count, incident.unit) == ("routed", 3, "unit-last")
    assert [step["rule_id"] for step in incident.history[-2:]] == ["ROU-return", "last-resort"]
    assert desk.all.alerts[-1].text == (
        "Đơn vị Một trả lại, lần 3: Không thuộc thẩm quyền (chuyển Trung tâm, không trả lại nữa)"
    )
    assert "Trung tâm" in desk.all.feedback[-1].text["vi"]
    assert desk.all.transitions.count("last-resort") == 1
    decision = desk.all.decisions[-1]
    assert (decision.kind, decision.rule_id, decision.outcome) == ("route", "last-resort", "unit-last")
    assert decision.inputs == {"from_unit": "unit-1", "returned_count": 3}


def test_it_cannot_be_returned_again_whoever_has_it_then() -> None:
    desk = Desk()
    name = returned(desk, 3).incident_id
    desk.restart()
    for number, unit in enumerate(("unit-last", "unit-2")):
        desk.command(command(name, "assign", name=f"to-{unit}", unit=unit))
        order = command(name, "return", name=f"again-{number}", reason="Không")
        (receipt,) = desk.command(order).receipts
        assert (receipt.result, receipt.errors[0].code) == ("rejected", "not_allowed")
        said = "routed, with the receiver of last resort: not returned again; allowed: "
        assert receipt.errors[0].message.startswith(said)
        assert "return," not in receipt.errors[0].message.removeprefix(said)


def test_the_receiver_of_last_resort_returns_nothing() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.command(command(name, "assign", unit="unit-last"))
    (receipt,) = desk.command(command(name, "return", reason="Không")).receipts
    assert receipt.result == "rejected"
