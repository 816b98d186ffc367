"""What makes an incident graver, or spreads it, has to be seen again."""

from __future__ import annotations

import pytest

from ioc.records import Incident
from tests.unit.incidents.support import Desk, command, signal


def acknowledged() -> tuple[Desk, Incident]:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    (incident,) = desk.command(command(name, "acknowledge")).incidents
    assert incident.acknowledged_by == "operator-1"
    return desk, incident


def unacknowledged(incident: Incident) -> list[tuple[str, str]]:
    return [(step["rule_id"], step["reason"]) for step in incident.history if step["action"] == "unacknowledge"]


def test_a_graver_report_takes_the_acknowledgement_back() -> None:
    desk, incident = acknowledged()
    changes = desk.signal(signal("2", severity="critical", minutes=2))
    (worse,) = changes.incidents
    assert (worse.incident_id, worse.acknowledged_at, worse.acknowledged_by) == (incident.incident_id, None, None)
    assert unacknowledged(worse) == [("unacknowledge-severity", "critical")]
    assert [(alert.reason, alert.text) for alert in changes.alerts] == [
        ("worsened", "Nội dung 2. Mức độ nghiêm trọng đã tăng: cần xác nhận lại.")
    ]
    assert "unacknowledge-severity" in changes.transitions
    (receipt,) = desk.command(command(worse.incident_id, "acknowledge", name="again")).receipts
    assert receipt.result == "accepted"


def test_evidence_from_another_commune_takes_it_back_once() -> None:
    desk, incident = acknowledged()
    changes = desk.signal(signal("2", commune="00002", centre="b", minutes=2, north_m=20))
    (spread,) = changes.incidents
    assert (spread.incident_id, spread.centre_also) == (incident.incident_id, "b")
    assert (spread.acknowledged_at, spread.communes_also) == (None, ["00002"])
    assert unacknowledged(spread) == [("unacknowledge-area", "00002")]
    assert [(alert.reason, alert.text) for alert in changes.alerts] == [
        ("updated", "Nội dung 2. Đã lan sang Xã Hai: cần xác nhận lại.")
    ]
    desk.restart()
    desk.command(command(incident.incident_id, "acknowledge", name="again"))
    (known,) = desk.signal(signal("3", commune="00002", centre="b", minutes=3, north_m=20)).incidents
    assert (known.acknowledged_by, known.communes_also) == ("operator-1", ["00002"])


def test_more_of_the_same_leaves_it() -> None:
    desk, _ = acknowledged()
    changes = desk.signal(signal("2", severity="low", minutes=2))
    assert changes.incidents[0].acknowledged_by == "operator-1"
    assert unacknowledged(changes.incidents[0]) == []


def test_evidence_without_a_place_is_nowhere_new() -> None:
    desk, incident = acknowledged()
    nowhere = signal("2", commune="00000", centre="province", east_m=None, located_by="none", minutes=2)
    merged = desk.signal(nowhere).incidents[0].incident_id
    desk.command(command(merged, "merge", into=incident.incident_id))
    found = desk.book.get(incident.incident_id)
    assert found is not None
    assert (found.acknowledged_by, found.communes_also, found.evidence_count) == ("operator-1", [], 2)


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (signal("2", severity="critical", north_m=900), "unacknowledge-severity"),
        (signal("2", commune="00002", centre="b", north_m=900), "unacknowledge-area"),
    ],
)
def test_a_merge_may_take_it_back(other: object, rule: str) -> None:
    desk, incident = acknowledged()
    merged = desk.signal(other).incidents[0].incident_id  # type: ignore[arg-type]
    changes = desk.command(command(merged, "merge", into=incident.incident_id))
    found = desk.book.get(incident.incident_id)
    assert found is not None
    assert [each for each, _ in unacknowledged(found)] == [rule]
    (alert,) = [alert for alert in changes.alerts if alert.incident_id == incident.incident_id]
    assert alert.text.endswith("cần xác nhận lại.")


def test_an_operator_who_calls_it_graver_takes_it_back_too() -> None:
    desk, incident = acknowledged()
    changes = desk.command(command(incident.incident_id, "reclassify", reason="Nặng hơn", severity="high"))
    assert (changes.incidents[0].acknowledged_at, changes.alerts[0].reason) == (None, "worsened")
    assert changes.alerts[0].text == "Nặng hơn. Mức độ nghiêm trọng đã tăng: cần xác nhận lại."


def test_what_is_split_off_takes_its_communes_along() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.signal(signal("2", commune="00002", centre="b", minutes=2, north_m=20))
    new, kept = None, None
    for each in desk.command(command(name, "split", signals=["reports:2"])).incidents:
        new, kept = (new, each) if each.incident_id == name else (each, kept)
    assert new is not None
    assert kept is not None
    assert (new.commune, new.communes_also, kept.communes_also) == ("00002", [], [])


def test_taking_it_back_can_be_taken_back() -> None:
    desk, incident = acknowledged()
    mark, before = len(desk.journal.undos), list(desk.book.snapshot())
    desk.signal(signal("2", commune="00002", centre="b", minutes=2, north_m=20))
    desk.journal.roll_back(mark)
    assert list(desk.book.snapshot()) == before
    assert desk.book.get(incident.incident_id) == incident
