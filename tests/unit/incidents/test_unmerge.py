"""Taking a merge back: both incidents are as they were, and nobody suggests it again."""

from __future__ import annotations

from ioc.records import Incident
from tests.unit.incidents.support import Desk, after, command, signal


def both(desk: Desk) -> tuple[str, str]:
    """Two reports each of two trees."""
    names = [
        desk.signal(signal(f"{place}{number}", north_m=north_m, minutes=number, reporter=f"{place}{number}"))
        .incidents[0]
        .incident_id
        for place, north_m in (("a", 0), ("b", 500))
        for number in range(2)
    ]
    assert names[0] == names[1] != names[2] == names[3]
    return names[0], names[2]


def state(incident: Incident | None) -> tuple[object, ...]:
    assert incident is not None
    signals = [each.signal_id for each in incident.evidence]
    return (
        incident.status, incident.parent, signals, incident.evidence_count, incident.reporters, incident.severity,
        incident.unit, incident.due_at, incident.lat, incident.children_count, incident.also, incident.confidence,
    )  # fmt: skip


def test_undoing_a_merge_restores_both_with_members_reporters_and_answers() -> None:
    desk = Desk()
    one, other = both(desk)
    before = state(desk.book.get(one)), state(desk.book.get(other))
    desk.command(command(one, "merge", into=other, reason="một cây"), 10)
    assert desk.book.get(other).evidence_count == 4  # type: ignore[union-attr]
    desk.restart()
    changes = desk.command(command(other, "split", incidents=[one], reason="hai cây"), 20)
    assert changes.receipts[0].result == "accepted"
    assert (state(desk.book.get(one)), state(desk.book.get(other))) == before
    assert {(each.report_id, each.incident_id, each.merged_count) for each in changes.feedback} == {
        ("a0", one, 2), ("a1", one, 2),
    }  # fmt: skip
    assert changes.transitions == ["ROU-split", "unmerge-routed"]
    assert desk.book.are_apart(one, other)
    resolved = desk.command(command(one, "resolve", reason="xong"), 30)
    assert {each.report_id for each in resolved.feedback} == {"a0", "a1"}
    resolved = desk.command(command(other, "resolve", reason="xong", name="c2"), 31)
    assert {each.report_id for each in resolved.feedback} == {"b0", "b1"}
    assert dict(desk.book.snapshot()) == desk.state


def test_what_was_parted_is_refused_and_never_suggested() -> None:
    desk = Desk()
    one, other = both(desk)
    desk.command(command(one, "merge", into=other), 10)
    desk.command(command(other, "split", incidents=[one]), 20)
    again = desk.command(command(one, "merge", into=other, name="again"), 21)
    assert [each.code for each in again.receipts[0].errors] == ["verdict"]
    assert not desk.book.get(one).similar  # type: ignore[union-attr]
    assert not desk.book.get(other).similar  # type: ignore[union-attr]


def test_what_came_since_stays_with_the_whole() -> None:
    desk = Desk()
    one, other = both(desk)
    desk.command(command(one, "merge", into=other), 10)
    desk.signal(signal("late", north_m=510, minutes=11, reporter="late"))
    desk.command(command(other, "split", incidents=[one]), 20)
    assert desk.book.get(other).evidence_count == 3  # type: ignore[union-attr]
    assert desk.book.get(one).evidence_count == 2  # type: ignore[union-attr]
    assert desk.book.get(one).updated_at == after(20)  # type: ignore[union-attr]


def test_what_was_written_of_a_duplicate_keeps_nobody_from_taking_the_merge_back() -> None:
    desk = Desk()
    one, other = both(desk)
    desk.command(command(one, "accept", name="taken"), 9)
    desk.command(command(one, "merge", into=other), 10)
    desk.command(command(one, "comment", name="words", reason="đã gọi lại cho người dân"), 11)
    changes = desk.command(command(other, "split", incidents=[one]), 20)
    assert changes.transitions == ["ROU-split", "unmerge-accepted"]
    assert desk.book.get(one).status == "accepted"  # type: ignore[union-attr]
    resolved = desk.command(command(one, "resolve", name="done", reason="xong"), 30)
    assert {each.report_id for each in resolved.feedback} == {"a0", "a1"}


def test_only_what_was_merged_into_it_is_taken_out() -> None:
    desk = Desk()
    one, other = both(desk)
    refused = desk.command(command(other, "split", incidents=[one]), 20)
    assert [each.code for each in refused.receipts[0].errors] == ["unknown_incident"]


def test_a_fusion_is_taken_back_alike() -> None:
    desk = Desk()
    (drain,) = desk.signal(
        signal("drain", category="urban_infrastructure", subcategory="drain", reporter="x")
    ).incidents  # fmt: skip
    desk.signal(signal("flood", category="disaster", subcategory="flood", severity="high", minutes=5, reporter="y"))
    gone = desk.book.get(drain.incident_id)
    assert gone is not None
    assert gone.status == "duplicate"
    assert gone.parent is not None
    desk.command(command(gone.parent, "split", incidents=[drain.incident_id]), 20)
    back = desk.book.get(drain.incident_id)
    assert back is not None
    assert (back.status, back.reporters, back.parent) == ("routed", 1, None)
    desk.signal(
        signal("flood2", category="disaster", subcategory="flood", severity="critical", minutes=21, reporter="z")
    )
    assert desk.book.get(drain.incident_id).status == "routed"  # type: ignore[union-attr]


def test_what_is_split_off_has_an_id_of_its_own_also_when_a_merge_was_forgotten() -> None:
    """Its signal gave an id to the merged incident; that one has left memory, but not screens, stores and topics."""
    desk = Desk()
    one, other = both(desk)
    desk.command(command(one, "merge", into=other, reason="một cây"), 10)
    desk.tick(10 + 24 * 60)
    assert desk.all.evicted == [one]
    order = command(other, "split", signals=["reports:a0", "reports:a1"], reason="hai cây")
    changes = desk.command(order, 20 + 24 * 60)
    assert changes.receipts[0].result == "accepted"
    (opened,) = [alert for alert in changes.alerts if alert.reason == "opened"]
    assert opened.incident_id not in {one, other}
    told = [alert.alert_id for alert in desk.all.alerts]
    assert len(told) == len(set(told))
    again = Desk()
    both(again)
    again.command(command(one, "merge", into=other, reason="một cây"), 10)
    again.tick(10 + 24 * 60)
    again.restart()
    assert again.command(order, 20 + 24 * 60) == changes


def test_each_split_of_one_signal_has_an_id_of_its_own_also_when_the_one_before_was_forgotten() -> None:
    desk = Desk()
    one, _ = both(desk)
    names = []
    for number in range(2):
        start = number * 2 * 24 * 60 + 10
        order = command(one, "split", name=f"split-{number}", signals=["reports:a1"], reason="hai cây")
        (opened,) = [alert.incident_id for alert in desk.command(order, start).alerts if alert.reason == "opened"]
        names.append(opened)
        back = command(opened, "merge", name=f"merge-{number}", into=one, override=True, reason="một cây")
        assert desk.command(back, start + 1).receipts[0].result == "accepted"
        desk.tick(start + 1 + 24 * 60)
    assert desk.all.evicted == names
    assert len(set(names)) == 2
