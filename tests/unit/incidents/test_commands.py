from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.incidents import FINISHED, TRANSITIONS, allowed
from ioc.records import Incident
from ioc.vocabulary import ACTIONS, STATUSES, Action, Status
from tests.unit.incidents.support import Desk, after, command, signal

PATHS: dict[Status, tuple[Action, ...]] = {
    "routed": (),
    "accepted": ("accept",),
    "in_progress": ("accept", "start"),
    "needs_info": ("request_info",),
    "returned": ("return",),
    "resolved": ("resolve",),
    "closed": ("resolve", "close"),
    "reopened": ("resolve", "reopen"),
    "rejected": ("reject",),
}
"""How to get there from the opening."""


def at_status(status: Status) -> tuple[Desk, Incident]:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    for number, action in enumerate(PATHS[status]):
        changes = desk.command(command(incident.incident_id, action, name=f"path-{number}", reason="why"))
        assert changes.receipts[0].result == "accepted"
    found = desk.book.get(incident.incident_id)
    assert found is not None
    assert found.status == status
    return desk, found


@pytest.mark.parametrize(("status", "action"), list(product(PATHS, ACTIONS)))
def test_the_table_decides_and_a_refusal_says_what_is_allowed(status: Status, action: Action) -> None:
    desk, incident = at_status(status)
    other = desk.signal(signal("other", north_m=1000)).incidents[0].incident_id
    if action == "split" and status not in FINISHED:
        (incident,) = desk.signal(signal("2")).incidents
    changes = desk.command(
        command(incident.incident_id, action, reason="why", unit="unit-2", into=other, incident=other,
                signals=["reports:1"], severity="high")
    )  # fmt: skip
    (receipt,) = changes.receipts
    assert receipt.id == f"command-{action}"
    transition = TRANSITIONS.get((status, action))
    if transition is None:
        assert receipt.result == "rejected"
        assert (receipt.errors[0].pointer, receipt.errors[0].code) == ("/action", "not_allowed")
        assert receipt.errors[0].message == f"{status}; allowed: {', '.join(allowed(status, acknowledged=False))}"
        assert (changes.incidents, changes.state, changes.alerts, changes.feedback) == ([], [], [], [])
    else:
        assert receipt.result == "accepted"
        (after_it,) = [each for each in changes.incidents if each.incident_id == incident.incident_id]
        assert (after_it.status, after_it.version) == (transition.to, incident.version + 1)
        step = after_it.history[-1]
        assert (step["by"], step["action"], step["from"], step["to"]) == ("operator-1", action, status, transition.to)
        assert step["rule_id"] == transition.rule_id
    (decision,) = (each for each in changes.decisions if each.kind != "route")
    assert decision.outcome == receipt.result


ALL_PATHS: dict[str, tuple[Action, ...]] = {**PATHS, "duplicate": ("merge",)}


@given(
    st.sampled_from(sorted(ALL_PATHS)), st.sampled_from(ACTIONS), st.booleans(),
    st.sampled_from(["unit-1", "unit-2", "unit-last"]), st.integers(0, 3),
)  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_whatever_came_before_a_command_is_done_or_told_what_is_allowed(
    status: str, action: Action, acknowledged: bool, unit: str, returns: int
) -> None:
    """The table, less what an acknowledgement and the receiver of last resort rule out; the receipt lists the rest."""
    desk = Desk()
    other = desk.signal(signal("other", north_m=1000)).incidents[0].incident_id
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.signal(signal("2"))
    arguments: dict[str, Any] = {
        "into": other, "incident": other, "signals": ["reports:1"], "severity": "high", "evidence": []
    }  # fmt: skip
    way: list[tuple[Action, dict[str, Any]]] = []
    for _ in range(returns):
        way += [("return", {}), ("assign", {"unit": "unit-1"})]
    way += [("assign", {"unit": unit})] if unit != "unit-1" else []
    way += [("acknowledge", {})] if acknowledged else []
    way += [(step, {"unit": "unit-2"}) for step in ALL_PATHS[status]]
    for number, (step, more) in enumerate(way):
        desk.command(command(name, step, name=f"way-{number}", reason="why", **(arguments | more)))
    before = desk.book.get(name)
    assert before is not None
    keeps = returns > 2 or before.unit == "unit-last"
    expected = allowed(before.status, acknowledged=before.acknowledged_at is not None, keeps=keeps)
    (receipt,) = desk.command(
        command(name, action, name="last", reason="why", **(arguments | {"unit": "unit-2"}))
    ).receipts
    assert (receipt.result == "accepted") == (action in expected)
    assert set(expected) <= {each for state, each in TRANSITIONS if state == before.status}
    now = desk.book.get(name)
    assert now is not None
    if action not in expected:
        assert receipt.errors[0].message.endswith(f"; allowed: {', '.join(expected)}")
        assert now == before
    elif action == "return" and before.returned_count == 2:
        assert (now.status, now.unit) == ("routed", "unit-last")
    else:
        assert now.status == TRANSITIONS[before.status, action].to


def test_only_reopening_leaves_what_is_over() -> None:
    leaving = {action for (status, action), row in TRANSITIONS.items() if status in FINISHED and row.to not in FINISHED}
    assert leaving == {"reopen"}


def test_every_row_has_its_own_rule_id_and_known_codes() -> None:
    ids = [row.rule_id for row in TRANSITIONS.values()]
    assert len(ids) == len(set(ids))
    assert {status for status, _ in TRANSITIONS} <= set(STATUSES)
    assert {action for _, action in TRANSITIONS} <= set(get_args(Action))


def test_from_every_unfinished_status_an_incident_can_be_resolved() -> None:
    assert all((status, "resolve") in TRANSITIONS for status in STATUSES if status not in FINISHED)


def test_acknowledging_is_an_attribute_and_done_once() -> None:
    desk, incident = at_status("routed")
    changes = desk.command(command(incident.incident_id, "acknowledge"), minutes=3)
    (acknowledged,) = changes.incidents
    assert (acknowledged.status, acknowledged.acknowledged_by) == ("routed", "operator-1")
    assert acknowledged.acknowledged_at == after(3)
    assert [(measure.kind, measure.seconds) for measure in changes.measures] == [("acknowledged", 180)]
    assert (changes.alerts, changes.feedback) == ([], [])
    (receipt,) = desk.command(command(incident.incident_id, "acknowledge", name="again")).receipts
    assert receipt.result == "rejected"
    assert receipt.errors[0].message.startswith("already acknowledged; allowed: accept, assign")


def test_resolving_alerts_measures_and_tells_the_citizen() -> None:
    desk, incident = at_status("routed")
    changes = desk.command(command(incident.incident_id, "resolve", reason="Đã dọn"), minutes=30)
    assert [(alert.reason, alert.status, alert.text) for alert in changes.alerts] == [
        ("resolved", "resolved", "Đã dọn")
    ]
    assert [(measure.kind, measure.seconds) for measure in changes.measures] == [("resolved", 1800)]
    assert [(told.report_id, told.status) for told in changes.feedback] == [("1", "resolved")]
    assert not any(desk.book.open_counts.values())


def test_a_command_that_is_known_changes_nothing() -> None:
    desk, incident = at_status("routed")
    desk.command(command(incident.incident_id, "accept", name="c-1"))
    changes = desk.command(command(incident.incident_id, "accept", name="c-1"))
    assert [(receipt.result, receipt.duplicate_of) for receipt in changes.receipts] == [("duplicate_of", "c-1")]
    assert (changes.incidents, changes.state, changes.decisions) == ([], [], [])


def test_another_version_than_expected_is_refused() -> None:
    desk, incident = at_status("accepted")
    (receipt,) = desk.command(command(incident.incident_id, "resolve", version=1)).receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [("/expected_version", "version")]
    (receipt,) = desk.command(command(incident.incident_id, "resolve", name="c-2", version=2)).receipts
    assert receipt.result == "accepted"


@pytest.mark.parametrize("action", ["return", "reject", "request_info", "comment"])
def test_what_needs_a_reason_is_refused_without(action: Action) -> None:
    desk, incident = at_status("routed")
    (receipt,) = desk.command(command(incident.incident_id, action, reason=" ")).receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [("/reason", "missing")]


def test_a_reason_has_a_bound() -> None:
    desk, incident = at_status("routed")
    (receipt,) = desk.command(command(incident.incident_id, "comment", reason="x" * 2001)).receipts
    assert receipt.errors[0].code == "too_long"


@pytest.mark.parametrize("unit", [None, "unit-9", 7, ["unit-1"]])
def test_an_incident_is_assigned_to_known_units_only(unit: object) -> None:
    desk, incident = at_status("routed")
    (receipt,) = desk.command(command(incident.incident_id, "assign", unit=unit)).receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [("/arguments/unit", "unknown_unit")]


def test_assigning_changes_the_unit() -> None:
    desk, incident = at_status("returned")
    (assigned,) = desk.command(command(incident.incident_id, "assign", unit="unit-2")).incidents
    assert (assigned.unit, assigned.status) == ("unit-2", "routed")
    assert "Đơn vị Hai" in desk.all.feedback[-1].text["vi"]


def test_an_unknown_incident_gets_a_receipt_too() -> None:
    changes = Desk().command(command("99-00001-20261122-AAAAAA", "accept"))
    assert [error.code for error in changes.receipts[0].errors] == ["unknown_incident"]
    assert changes.incidents == []


@pytest.mark.parametrize("field", ["command_id", "incident_id", "by"])
def test_an_identifier_that_is_personal_data_is_refused_and_not_repeated(field: str) -> None:
    desk, incident = at_status("routed")
    changes = desk.command(replace(command(incident.incident_id, "comment", reason="ok"), **{field: "0912 345 678"}))
    (receipt,) = changes.receipts
    assert [(error.pointer, error.code) for error in receipt.errors] == [(f"/{field}", "personal_data_in_id")]
    assert changes.incidents == []
    assert "0912" not in repr((changes.receipts, changes.decisions))


@pytest.mark.parametrize(
    ("action", "arguments"), [("comment", {}), ("reclassify", {"severity": "high"}), ("resolve", {})]
)
def test_what_operators_write_leaves_without_personal_data(action: Action, arguments: dict[str, Any]) -> None:
    desk, incident = at_status("routed")
    reason = "Đã gọi anh Nguyễn Văn Hùng, 0912 345 678, xe 14A-123.45, mail hung@example.vn"
    changes = desk.command(command(incident.incident_id, action, reason=reason, note=reason, **arguments))
    assert changes.receipts[0].result == "accepted"
    written = repr((changes.incidents, changes.alerts, changes.feedback, changes.decisions, changes.receipts))
    for personal in ("Hùng", "0912", "123.45", "hung@"):
        assert personal not in written
    assert changes.incidents[0].history[-1]["reason"] == "Đã gọi anh [tên], [số điện thoại], xe [biển số], mail [email]"
